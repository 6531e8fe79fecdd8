"""Whether the learning rate fits: above what is stable, or far below it.

>>> import clearprop as cp
>>> X, y = cp.make_moons(200, noise=0.2, random_state=0)
>>> net = cp.Network([2, 3, 2], initializer="fan_in")
>>> result = cp.fit(net, X, y, optimizer="gradient_descent", learning_rate=0.01, l2=0.01,
...                 reduction="sum", epochs=20_000)
>>> found = step_too_long(Case.of(result))
>>> round(found.sharpness), round(found.limit, 4), found.advised
(356, 0.0056, 0.005)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ...network import Network
from .case import Case, Trial
from .history_shape import LOOK, rough, swings, swings_since
from .seen import MATERIAL, SUFFERS, Seen
from .sharpness import step_factor

Array: TypeAlias = np.ndarray[Any, Any]

HALVINGS = 8
SETTLED = 2e-5  # relative change of the loss, over as many passes as before, that counts as none
FIRST_STRETCH = 5_000  # passes with the shorter step before the loss is looked at again


@dataclass(frozen=True, eq=False)
class StepTooLong:
    """A run of full batches that swings about a minimum too narrow for its step.

    Attributes
    ----------
    low, high : float
        Between which the loss swings.
    since : int or None
        The epoch.
    last : float or None
        The sharpness at the last iterate: the larger of the two between which it swings.
    sharpness : float
        At the minimum, where a shorter step leads.
    limit : float
        The longest stable step there.
    advised : float
        A step that is stable there.
    reaches : float
        The loss of a run with it.
    ends : (array, array)
        The weights between which the run swings, that of the lower loss first.
    settled : Network
        The one that a run with the shorter step comes to.
    """

    low: float
    high: float
    since: int | None
    last: float | None
    factor: float
    sharpness: float
    limit: float
    advised: float
    reaches: float
    ends: tuple[Array, Array]
    settled: Network


def step_too_long(case: Case) -> StepTooLong | None:
    """Return what is wrong with the step of a run, if its loss swings at the end of it.

    The sharpness that counts is that of the minimum which the run circles: it goes on from the
    last iterate with half the rate (or a quarter, ...), until it settles.
    """
    factor = step_factor(case.plan.optimizer)
    if factor is None or not case.full_batch or not case.finite or case.rate is None:
        return None
    tail = _tail(case)
    if tail is None or not swings(tail.losses):
        return None
    settled = _settle(case)
    sharp = None if settled is None else case.sharpness(settled[0].network)
    if settled is None or sharp is None or sharp.value <= 0:
        return None
    limit = factor / sharp.value
    if limit >= case.rate:
        return None
    calm, rate = settled
    advised, reaches = _verified(case, calm, min(0.9 * limit, rate * 2))
    sizes = [case.sharpness(tail.network), case.sharpness(case.network)]
    known = [size.value for size in sizes if size is not None]
    low, high = float(tail.losses.min()), float(tail.losses.max())
    if reaches.loss >= 0.5 * (low + high):
        return None  # it goes on falling while it swings: the edge of stability, which may be well
    since = swings_since(case.losses) if case.every == 1 and len(case.losses) > LOOK else None
    return StepTooLong(
        low, high, since, max(known, default=None), factor, sharp.value, limit, advised,
        reaches.loss, _ends(tail, case), reaches.network,
    )  # fmt: skip


def _tail(case: Case) -> Trial | None:
    """Go on for some epochs as the run would have; its optimizer begins anew."""
    assert case.rate is not None  # noqa: S101
    odd = LOOK + 1  # so that it ends at the other of the two points
    ahead = case.go_on(case.network.vector, case.rate, odd)
    if ahead is None or ahead.epochs < odd:
        return None
    own = case.losses[-LOOK:]
    resumes = not case.plan.optimizer.slots
    if not resumes and case.every == 1 and len(own) == LOOK:
        return Trial(ahead.loss, own, ahead.network)
    return ahead


def _ends(tail: Trial, case: Case) -> tuple[Array, Array]:
    first, second = case.network.vector, tail.network.vector
    return (first, second) if case.loss <= tail.loss else (second, first)


def _settle(case: Case) -> tuple[Trial, float] | None:
    """Go on with a shorter step until the loss stays; the run, and its rate."""
    assert case.rate is not None  # noqa: S101
    rate = case.rate
    for _ in range(HALVINGS):
        rate /= 2
        calm = case.go_on(case.network.vector, rate, 5 * LOOK)
        if calm is None:
            return None
        if np.isfinite(calm.loss) and not swings(calm.losses):
            break
    else:
        return None
    passes = FIRST_STRETCH
    # Enough is left over to try the advice.
    while case.left > passes + case.epochs:
        further = case.go_on(calm.network.vector, rate, passes)
        if further is None or not np.isfinite(further.loss):
            break
        before, calm = calm.loss, further
        if abs(before - calm.loss) <= SETTLED * abs(calm.loss):
            break
        passes *= 2
    return calm, rate


def _verified(case: Case, calm: Trial, most: float) -> tuple[float, Trial]:
    """Return a round rate that does not swing when it is tried, and what it comes to."""
    advised = round_below(most)
    for _ in range(3):
        tried = case.trial(rate=advised, epochs=max(1, case.epochs))
        if tried is None:  # from the minimum instead, for a few passes
            tried = case.go_on(calm.network.vector, advised, LOOK)
        if tried is None or (np.isfinite(tried.loss) and not swings(tried.losses)):
            return advised, tried or calm
        advised = round_below(0.9 * advised)
    return advised, calm


def round_below(number: float) -> float:
    """Return the largest of 1, 2, 5, 10, ... (times powers of ten) that is not above a number.

    >>> round_below(0.00505), round_below(0.3), round_below(2.0)
    (0.005, 0.2, 2.0)
    """
    power = math.floor(math.log10(number))
    digit = max(d for d in (1, 2, 5) if d <= number / 10**power * (1 + 1e-9) or d == 1)
    return float(f"{digit}e{power}")


# ----------------------------------------------------------------------------------- too high


def rate_too_high(case: Case, threshold: float) -> Iterator[Seen]:
    """Look for a swing about a minimum, then for a run that a smaller rate does better than."""
    found = step_too_long(case)
    if found is not None:
        assert case.rate is not None  # noqa: S101
        lost = (0.5 * (found.low + found.high) - found.reaches) / max(abs(found.reaches), 1e-300)
        figures = {
            name: getattr(found, name)
            for name in ("low", "high", "since", "last", "factor", "sharpness", "limit", "reaches")
        }
        yield Seen(
            case.rate, figures, {"learning_rate": found.advised}, threshold=found.limit,
            case="swings", severity="harmful" if lost > 0.01 else "minor",
        )  # fmt: skip
        return
    if case.rate is None or not case.finite or not len(case.losses):
        return
    usual = typical(case.losses)
    if case.learned(usual) >= SUFFERS:
        return
    limit = _limit(case)
    later = case.losses[len(case.losses) // 2 :]
    risen = float(later.max()) > float(case.losses[0])
    above = limit is not None and case.rate > limit
    stuck = case.learned() < MATERIAL and bool((np.diff(case.losses) >= 0).any())
    if not (above or risen or stuck or rough(case.losses)):
        return
    best = _best_of(case, [case.rate / 10, case.rate / 100, case.rate / 1000], 0.25, _calmer)
    if best is None:
        return
    rate, trial, gain = best
    figures = {
        "reaches": typical(trial.losses), "loss": typical(_first(case, trial)), "gain": gain,
        "trial_epochs": trial.epochs, "learned": case.learned(usual), "limit": limit,
        "factor": step_factor(case.plan.optimizer),
    }  # fmt: skip
    if above and limit is not None:
        figures["sharpness"] = (figures["factor"] or 0.0) / limit
        yield Seen(
            case.rate, figures, {"learning_rate": rate}, threshold=limit, case="above",
            severity="fatal" if case.learned() < MATERIAL else "harmful",
        )  # fmt: skip
    else:
        yield Seen(
            case.rate, figures, {"learning_rate": rate}, case="tried", threshold=rate,
            severity="fatal" if case.learned() < MATERIAL else "harmful",
        )  # fmt: skip


def _limit(case: Case) -> float | None:
    """Return the longest step that is stable at the start and at the end of a run."""
    factor = step_factor(case.plan.optimizer)
    if factor is None:
        return None
    found = [case.sharpness(network) for network in (case.begin, case.network)]
    sizes = [each.value for each in found if each is not None and each.value > 0]
    return factor / max(sizes) if sizes else None


def typical(losses: Array) -> float:
    """Return the median loss of the later half of some epochs: that of a run that jumps about."""
    return float(np.median(losses[len(losses) // 2 :]))


def _first(case: Case, trial: Trial) -> Array:
    return case.losses[: max(1, -(-trial.epochs // case.every))]


def _calmer(case: Case, trial: Trial) -> float:
    """Return how much more a trial has learned than the run, as they typically were."""
    if not np.isfinite(trial.loss) or not trial.epochs:
        return -math.inf
    return case.learned(typical(trial.losses)) - case.learned(typical(_first(case, trial)))


def _best_of(
    case: Case,
    rates: list[float],
    share: float,
    better: Callable[[Case, Trial], float] | None = None,
) -> tuple[float, Trial, float] | None:
    """Try rates one after the other while each does better; the best that does so materially."""
    best: tuple[float, Trial, float] | None = None
    for rate in rates:
        trial = case.trial(rate=float(f"{rate:.6g}"), share=share)
        if trial is None:
            break
        gain = (better or gain_of)(case, trial)
        if best is not None and gain <= best[2]:
            break
        if gain > 0:
            best = float(f"{rate:.6g}"), trial, gain
    return best if best is not None and best[2] >= MATERIAL else None


def gain_of(case: Case, trial: Trial) -> float:
    """Return how much more a trial has learned than the run, after as many epochs."""
    if not np.isfinite(trial.loss):
        return -math.inf
    same = trial.epochs == case.epochs
    own = case.loss if same else case.loss_at(trial.epochs)
    return case.learned(_end(trial) if not same else trial.loss) - case.learned(own)


def _end(trial: Trial) -> float:
    return float(trial.losses[-1]) if len(trial.losses) else trial.loss


# ------------------------------------------------------------------------------------ too low


def rate_too_low(case: Case, threshold: float) -> Iterator[Seen]:
    """Look for a rate far below what is stable, where a larger one learns more."""
    if case.rate is None or not case.finite or case.learned() >= SUFFERS:
        return
    factor = step_factor(case.plan.optimizer)
    limit = _limit(case) if factor is not None else case.plan.optimizer.learning_rate
    if limit is None or case.rate > threshold * limit:
        return
    # The rate that ought to do first, then others: trials cost time.
    first = limit if factor is None else round_below(0.5 * limit)
    larger = [first, 10 * first] if factor is None else [first, round_below(0.9 * limit)]
    smaller = [rate for rate in (first / 10, first / 100) if rate > 2 * case.rate]
    best = _best_of(case, larger, 0.25) or _best_of(case, smaller, 0.25)
    if best is None:
        return
    rate, trial, gain = best
    yield Seen(
        case.rate,
        {"limit": limit, "reaches": _end(trial), "loss": case.loss_at(trial.epochs),
         "gain": gain, "trial_epochs": trial.epochs, "learned": case.learned(),
         "factor": factor, "sharpness": None if factor is None else factor / limit},
        {"learning_rate": rate},
        case="stable" if factor is not None else "usual",
        threshold=threshold * limit,
        severity="fatal" if case.learned() < MATERIAL else "harmful",
    )  # fmt: skip
