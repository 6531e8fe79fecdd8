"""Whether a run ended well: with finite numbers, at its bottom, and good for new rows, too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from ...architecture import architecture, initial_vector
from ...engines import State
from ...engines.reference import starting_slots
from ...network import Network
from ...tables import GATES
from ...training.trouble import find_trouble
from .case import Case, sample_losses
from .history_shape import fall_in_last_tenth
from .report import Place
from .seen import MATERIAL, Seen

Array: TypeAlias = np.ndarray[Any, Any]

WIDER = 16  # neurons of the hidden layers that a larger network gets at least
DOUBT = 3.0  # standard errors
LARGE = 1e3  # targets beyond this are scaled first


def not_finite(case: Case, threshold: float) -> Iterator[Seen]:
    """Look where NaN or infinity first appeared, and for a rate with which none does."""
    if case.stopped != "not finite":
        return
    trouble = case.trouble
    if trouble is None:  # of a model file: the step after its last finite weights
        slots = starting_slots(case.plan.optimizer, case.plan.learning_rate, case.network.vector)
        trouble = find_trouble(case.plan, State(case.network.vector, slots))
    advised, reaches = None, None
    if case.rate is not None:
        for down in (10, 100, 1000, 10_000):
            trial = case.trial(rate=float(f"{case.rate / down:.6g}"), share=0.2)
            if trial is None:
                break
            if np.isfinite(trial.loss) and case.learned(trial.loss) >= MATERIAL:
                advised, reaches = float(f"{case.rate / down:.6g}"), trial.loss
                break
    advice: dict[str, Any] = {} if advised is None else {"learning_rate": advised}
    how = "" if advised is None else "rate"
    largest = float(np.abs(case.plan.targets).max())
    if case.net.loss.targets == "value" and largest > LARGE and advised is None:
        advice, how = {"divide_targets_by": float(f"{largest:.1e}")}, "targets"
    at = trouble.epoch if case.trouble is not None else case.epochs + 1
    yield Seen(
        trouble.value,
        {"what": trouble.what, "value": str(trouble.value), "reaches": reaches,
         "from": case.loss_at(1) if case.epochs else None, "to": case.loss_at(case.epochs)},
        advice,
        Place(layer=trouble.layer or None, gate=trouble.gate, epoch=at, sample=trouble.sample),
        case=how,
        severity="fatal",
        threshold=float(np.finfo(case.plan.dtype).max),
    )  # fmt: skip


def still_falling(case: Case, threshold: float) -> Iterator[Seen]:
    """See how much of the whole fall the last tenth of the epochs has made."""
    if not case.finite or case.stopped == "converged" or len(case.losses) < 10:
        return
    begin = min(float(case.losses[0]), max(case.constant, case.loss))
    if begin <= case.loss:
        begin = float(case.losses[0])
    share = fall_in_last_tenth(case.losses, begin)
    if share < threshold:
        return
    yield Seen(
        share,
        {"loss": case.loss, "learned": case.learned(), "epochs": case.epochs},
        {"epochs": 3 * case.epochs},
        severity="harmful" if case.learned() < 0.5 else "minor",
    )


# ------------------------------------------------------------------------- with validation rows


def overfitting(case: Case, threshold: float) -> Iterator[Seen]:
    """See whether the loss on validation rows went up again while that of training fell.

    Parameters
    ----------
    case : Case
    threshold : float
        How far above its minimum the validation loss ends: Prechelt's generalisation loss.
    """
    if case.validation is None or not case.finite:
        return
    end = case.validation_losses(case.network)
    train = sample_losses(case.network, case.plan.X, case.plan.targets)
    curve = case.validation_curve
    if curve is None:
        yield from _gap(case, end, train)
        return
    epochs, means = np.array(curve).T
    smooth = _smoothed(means)  # one step more or less should not decide
    at = int(smooth.argmin())
    near = slice(max(0, at - 2), at + 3)
    epoch = int(epochs[near][means[near].argmin()])
    lowest, last = float(smooth[at]), float(smooth[-1])
    before = case.memo["on the way"][epoch]
    best = case.validation_losses(before)
    rise = last / lowest - 1 if lowest > 0 else 0.0
    fell = train.mean() < sample_losses(before, case.plan.X, case.plan.targets).mean()
    # The rise must stand out from what other validation rows would give.
    clear = float((end - best).mean()) > 2 * _standard_error(end - best)
    if rise <= threshold or not fell or not clear or end.mean() <= train.mean():
        return
    yield Seen(
        rise,
        {"best": lowest, "end": last, "train": float(train.mean())},
        {"epochs": max(1, epoch), "l2": _stronger(case)},
        Place(epoch=epoch),
        case="curve",
        severity="harmful" if rise > 0.2 else "minor",
    )


def _smoothed(values: Array) -> Array:
    """Return the median of each value and its two neighbours on either side."""
    return np.array([np.median(values[max(0, i - 2) : i + 3]) for i in range(len(values))])


def _gap(case: Case, end: Array, train: Array) -> Iterator[Seen]:
    """Compare new rows with those learned from, where there is no curve."""
    scale = case.plan.n_rows if case.plan.reduction == "sum" else 1
    constant = case.constant / scale
    gained = constant - float(train.mean())
    lost = float(end.mean() - train.mean())
    doubt = np.hypot(_standard_error(end), _standard_error(train))
    if gained <= 0 or lost <= 0.5 * gained or lost <= DOUBT * doubt:
        return
    yield Seen(
        lost / gained,
        {"end": float(end.mean()), "train": float(train.mean()), "constant": constant},
        {"l2": _stronger(case)},
        case="gap",
        threshold=0.5,
    )


def _stronger(case: Case) -> float:
    return 10 * case.plan.l2 if case.plan.l2 > 0 else 0.01


def _standard_error(values: Array) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else np.inf


def underfitting(case: Case, threshold: float) -> Iterator[Seen]:
    """See whether a larger network, or a smaller penalty, does better on the validation rows.

    Parameters
    ----------
    case : Case
    threshold : float
        The share of what the better one learns that the run has learned.
    """
    if case.validation is None or not case.finite or not case.epochs:
        return
    own = case.validation_losses(case.network)
    scale = case.plan.n_rows if case.plan.reduction == "sum" else 1
    constant = case.constant / scale
    ways: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
    if case.plan.l2 > 0:
        smaller = case.plan.l2 / 100
        ways.append(("penalty", {"l2": smaller}, {"l2": smaller}))
    larger = _larger(case)
    if larger is not None:
        ways.append(("size", {"network": larger}, {"layers": list(larger.layers)}))
    for name, other, advice in ways:
        trial = case.trial(epochs=case.epochs, **other)
        if trial is None or not np.isfinite(trial.loss):
            continue
        new = case.validation_losses(trial.network)
        better = constant - float(new.mean())
        share = (constant - float(own.mean())) / better if better > 0 else 1.0
        clear = float((own - new).mean()) > DOUBT * _standard_error(own - new)
        if share >= threshold or not clear or better < MATERIAL * constant:
            continue
        yield Seen(
            max(share, 0.0),
            {"end": float(own.mean()), "best": float(new.mean()),
             "train": float(sample_losses(case.network, case.plan.X, case.plan.targets).mean()),
             "l2": case.plan.l2},
            advice,
            case=name,
        )  # fmt: skip
        return


def _larger(case: Case) -> Network | None:
    """Return a network with wider hidden layers, or with one where there is none."""
    net = case.net
    hidden = [max(WIDER, 4 * size) for size in net.layers[1:-1]] or [WIDER]
    gates = list(net.gates[:-1]) or [GATES["tanh"]]
    if case.plan.frozen is not None:
        return None
    shape = architecture(
        [net.layers[0], *hidden, net.layers[-1]], gates, net.loss, net.gates[-1], net.shared_bias
    )
    return Network.of(shape, initial_vector(shape, None, 0), case.plan.dtype)
