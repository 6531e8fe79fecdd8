"""From wrong numbers to an answer: slips first, then mistakes, then what can still be said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..network import Network
from .asking import Asker
from .backward import Objective
from .conventions import NOT_FOUND
from .matching import Case, Evidence, Fit, Search
from .naming import explained, stretch_from, stretch_of
from .report import Explanation, Found, Stretch, Verdict

N_ROWS = 5  # looked at one by one
NEAR = 1e-3  # an error below this may be float32's
Answer = tuple[tuple[Explanation, ...], list[Found], Stretch | None]


def diagnosed(
    asker: Asker, case: Case, objective: Objective, verdicts: Sequence[Verdict], tolerance: float
) -> Answer:
    """Return the explanations, the slips, and where the backward pass first differs."""
    slips = list(asker.state)
    wrong = [one.name for one in verdicts if not one.right]
    if asker.single:
        worst = max((one.error or 0.0 for one in verdicts if one.name in asker.single), default=0.0)
        slips += [Found("float32_result", {"error": worst})]
    if not wrong:
        return (), slips + _with_fewer_rows(asker, objective, tolerance), None
    if any(one.trouble == "nan" for one in verdicts):
        names = [one.name for one in verdicts if one.trouble == "nan"]
        slips.append(Found("not_a_number", {"arrays": names}, tuple(names)))
        return (), slips, stretch_from(asker.net, {one.name: one for one in verdicts})
    if (noise := _float32(asker, objective, case)) is not None:
        return (), [*slips, noise], None
    first = Evidence(asker.net, asker.X, asker.y, asker.given)
    search = Search(asker.net, [first], objective, tolerance)
    fits = _narrowed(asker, objective, search.singles(), tolerance)
    if not fits and (fixed := _fixed_divisor(asker, objective, tolerance)):
        return (), slips + fixed, stretch_from(asker.net, {one.name: one for one in verdicts})
    fits = fits or _narrowed(asker, objective, search.pairs(), tolerance)
    by_row = not fits
    fits = fits or _row_by_row(asker, objective, tolerance)
    if fits:
        found = explained(asker.net, objective, fits, wrong, by_row=by_row)
        return found, slips, stretch_of(asker.net, objective, fits[0])
    slips += _factor(asker, objective, tolerance) or _own_loss(asker)
    return (), slips, stretch_from(asker.net, {one.name: one for one in verdicts})


def _narrowed(asker: Asker, objective: Objective, fits: list[Fit], tolerance: float) -> list[Fit]:
    """Return, of several fits, those that fit other parameters and fewer rows too."""
    if len(fits) < 2:
        return fits
    for more in asker.more_evidence():
        again = Case(more, objective)
        fits = [fit for fit in fits if _holds(again, fit, tolerance)] or fits
    return fits


def _row_by_row(asker: Asker, objective: Objective, tolerance: float) -> list[Fit]:
    """Return the mistake that explains each of a few rows by itself, at a place of its own.

    In a loop over samples the place may depend on the sample: which of the paths came last.
    """
    common: list[Fit] = []
    for row in range(min(len(asker.X), N_ROWS)):
        evidence = asker.row(row)
        if evidence is None:
            return []
        fits = Search(asker.net, [evidence], objective, tolerance).singles()
        fits = [fit for fit in fits if all(one.singles_out for one in fit.planted)]
        names = {fit.names for fit in fits}
        common = fits if row == 0 else [fit for fit in common if fit.names in names]
        if not common:
            return []
    return common


def _holds(case: Case, fit: Fit, tolerance: float) -> bool:
    changed = fit.into(case.right)
    here = case if fit.eta is None else case.with_eta(fit.eta)
    return changed is not None and here.worst(changed, tolerance) <= tolerance


def _float32(asker: Asker, objective: Objective, case: Case) -> Found | None:
    """Return the slip of float32, where the error is as large as float32 makes it."""
    errors = case.errors().values()
    worst = max(errors, default=0.0)
    if asker.precision != "float64" or not 0 < worst < NEAR:
        return None
    single = Network.of(asker.net.architecture, asker.net.vector, "float32")
    rounded = single.gradients(asker.X, asker.y, reduction=objective.reduction, l2=objective.l2)
    given = {f"d{name}": np.asarray(array, np.float64) * 1.0 for name, array in rounded.items()}
    theirs = Case(
        Evidence(asker.net, asker.X, asker.y, given), Objective(objective.reduction, objective.l2)
    )
    usual = max(theirs.errors().values(), default=0.0)
    return Found("float32_noise", {"error": worst}) if worst <= 30 * usual else None


def _ratio(evidence: Evidence, objective: Objective, tolerance: float) -> float | None:
    """Return the one number that all derivatives are too large by; None if there is none."""
    case = Case(evidence, objective)
    right = {name: case.work.value(number) for name, number in case.entered.items()}
    if any(np.shape(right[name]) != case.given[name].shape for name in right):
        return None
    top = sum(float(np.sum(right[n] * case.given[n])) for n in right)
    bottom = sum(float(np.sum(right[n] * right[n])) for n in right)
    if bottom == 0 or not np.isfinite(top):
        return None
    ratio = top / bottom
    off = max(float(np.max(np.abs(case.given[n] - ratio * right[n]), initial=0.0)) for n in right)
    return ratio if ratio and off <= tolerance * abs(ratio) * case.largest else None


def _factor(asker: Asker, objective: Objective, tolerance: float) -> list[Found]:
    """Return that everything is too large by one number."""
    first = Evidence(asker.net, asker.X, asker.y, asker.given)
    ratio = _ratio(first, objective, tolerance)
    return [] if ratio is None else [Found("constant_factor", {"factor": f"{ratio:.10g}"})]


def _fixed_divisor(asker: Asker, objective: Objective, tolerance: float) -> list[Found]:
    """Return that a mean divides by a number that is not the number of rows."""
    if objective.reduction != "mean":
        return []
    first = Evidence(asker.net, asker.X, asker.y, asker.given)
    ratio, rows = _ratio(first, objective, tolerance), len(asker.X)
    if ratio is None:
        return []
    divisor = rows / ratio
    if divisor < 2 or abs(divisor - round(divisor)) > 1e-6:
        return []
    for more in asker.more_evidence()[1:]:
        other = _ratio(more, objective, tolerance)
        if other is not None and abs(other / ratio * rows / len(more.X) - 1) < 1e-6:
            return [Found("fixed_divisor", {"divisor": round(divisor), "rows": rows})]
    return []


def _with_fewer_rows(asker: Asker, objective: Objective, tolerance: float) -> list[Found]:
    """Return the slip of a number of rows that is written into a function."""
    if asker.state or objective.reduction != "mean" or asker.fewer == len(asker.X):
        return []
    for more in asker.more_evidence()[1:]:
        ratio = _ratio(more, objective, tolerance)
        rows, fewer = len(asker.X), len(more.X)
        if ratio is not None and abs(ratio * rows / fewer - 1) < 1e-6:
            return [Found("fixed_divisor", {"divisor": rows, "rows": fewer})]
    return []


def _own_loss(asker: Asker) -> list[Found]:
    """Return that the gradient is right for the loss that came back, which is another one."""
    if asker.loss is None or asker.state or asker.loss_convention(None) is not NOT_FOUND:
        return []
    draws, step = np.random.RandomState(1), 1e-5
    for _ in range(2):
        along = draws.randn(asker.net.n_parameters)
        ends = []
        for sign in (1, -1):
            net = Network.of(asker.net.architecture, asker.net.vector + sign * step * along)
            answer = asker.elsewhere(net, asker.X, asker.y)
            if answer is None or answer.loss is None:
                return []
            ends.append(float(answer.loss))
        slope = (ends[0] - ends[1]) / (2 * step)
        own = Network.of(asker.net.architecture, along).parameters
        told = sum(
            float(np.sum(asker.given[f"d{name}"] * own[name]))
            for name in own
            if f"d{name}" in asker.given and asker.given[f"d{name}"].shape == own[name].shape
        )
        if not abs(slope - told) <= 1e-5 * max(abs(slope), abs(told)):
            return []
    return [Found("own_loss", {"loss": asker.net.architecture.loss.name})]
