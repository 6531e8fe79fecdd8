"""Check a person's own back-propagation: is it right, and if not, which mistake is it.

>>> import numpy as np
>>> import clearprop as cp
>>> net = cp.Network([2, 3, 2], seed=1)
>>> X, y = np.random.default_rng(0).normal(size=(8, 2)), np.array([0, 1] * 4)
>>> def mine(X, y, W1, b1, W2, b2):
...     a1 = np.tanh(X @ W1 + b1)
...     p = np.exp(a1 @ W2 + b2)
...     p /= p.sum(axis=1, keepdims=True)
...     d2 = (p - np.eye(2)[y]) / len(X)
...     d1 = d2 @ W2.T
...     return -np.log(p[range(8), y]).mean(), X.T @ d1, d1.sum(0), a1.T @ d2, d2.sum(0)
>>> print(check_gradients(mine, net, X, y).explanations[0].names)
('missing_slope',)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import NetworkError
from ..network import Network
from ..samples import check_features, check_finite, check_targets
from .asking import Asker
from .conventions import AGREES, AGREES_32, NOT_FOUND, Convention
from .diagnosing import diagnosed
from .matching import Case, Evidence
from .report import Found, GradientReport, Verdict

TOLERANCE: Mapping[str, float] = {"float64": 1e-9, "float32": 1e-4}


def check_gradients(
    fn: Callable[..., Any],
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    call: str | None = None,
    reduction: str | None = None,
    l2: float | None = None,
) -> GradientReport:
    """Compare a function's gradients with the right ones, and explain what differs.

    Parameters
    ----------
    fn : callable, or object with parameters and a method
        Takes parameters and data in any of the usual ways, returns gradients, perhaps with the
        loss; see :func:`clearprop.doctor.calling.caller.find_caller`.
    net : Network
        What it should be the gradient of, at the parameters to be put in.
    X : array of shape (n_samples, n_inputs)
    y : class numbers or array
        As for :meth:`Network.forward`.
    call : str, optional
        How it is called, such as ``"f(X, y, W1, b1, W2, b2)"``; found by trying where it is
        left out.
    reduction : {"mean", "sum"}, optional
        Over the samples. Left out: as in the loss that is returned; without one, either counts.
    l2 : float, optional
        The loss has ``l2/2 · ΣW²``. Left out: as in the loss, or else in the gradient.

    Returns
    -------
    GradientReport
        ``report.right``, ``report.mistakes``; print it, or ask for ``to_json()``.

    Raises
    ------
    NetworkError, DoctorError
        If the data do not fit the network, or the function cannot be called.
    """
    features = check_features(X, net.layers[0], np.float64)
    targets = check_targets(y, len(features), net.architecture, np.float64)
    check_finite(features, "X")
    if reduction not in (None, "mean", "sum"):
        raise NetworkError(f'reduction is "mean" or "sum" over the samples, not {reduction!r}')
    exact = Network.of(net.architecture, net.vector, "float64")
    asker = Asker(fn, exact, features, targets, call, l2)
    reports = [_report(asker, *way) for way in _conventions(asker, reduction, l2)]
    return min(reports, key=_simplicity)


def _simplicity(report: GradientReport) -> tuple[bool, int, int]:
    """Return what is small where a convention makes a gradient easy to explain."""
    first = report.explanations[0].names if report.explanations else ()
    wrong = sum(not one.right for one in report.verdicts)
    return bool(wrong) and not first, len(first), wrong


def _conventions(
    asker: Asker, reduction: str | None, l2: float | None
) -> list[tuple[Convention, str]]:
    """Return the losses that the gradient may be meant for, and what they were read from."""
    seen = asker.loss_convention(l2, reduction)
    said = reduction is not None and l2 is not None
    if seen is not NOT_FOUND and seen.right:
        chosen = Convention(reduction or seen.reduction, seen.factor, seen.l2 if l2 is None else l2)
        return [(chosen, "" if said else "loss")]
    if said:
        return [(Convention(str(reduction), 1.0, float(l2 or 0)), "")]
    return _from_gradient(asker, reduction, l2)


def _from_gradient(
    asker: Asker, reduction: str | None, l2: float | None
) -> list[tuple[Convention, str]]:
    """Return the convention under which the gradient is right; where none is, all to look at."""
    usual = Convention(reduction or "mean", 1.0, l2 or 0.0)
    for way in [reduction] if reduction else ["mean", "sum"]:
        for weight in [l2] if l2 is not None else [0.0, asker.l2_in_gradient(way)]:
            trial = Convention(way, 1.0, weight)
            if weight >= 0 and asker.fits(trial.objective):
                return [(trial, "" if trial == usual else "gradient")]
    if reduction or asker.loss is not None:
        return [(usual, "")]
    return [(usual, ""), (Convention("sum", 1.0, usual.l2), "gradient")]


def _report(asker: Asker, convention: Convention, inferred: str) -> GradientReport:
    objective = convention.objective
    case = Case(Evidence(asker.net, asker.X, asker.y, asker.given), objective)
    net, tolerance = asker.net, TOLERANCE[asker.precision]
    errors = case.errors()
    verdicts = [_verdict(name, asker, errors.get(name)) for name in asker.wanted]
    verdicts += asker.intermediate_verdicts(case, tolerance)
    loss_right = net.loss(asker.X, asker.y, reduction=objective.reduction) * objective.factor
    loss_right += (
        objective.l2
        / 2
        * sum(float(np.sum(np.square(w))) for name, w in net.parameters.items() if name[0] == "W")
    )
    agrees = (
        None
        if asker.loss is None
        else abs(asker.loss - loss_right)
        <= (AGREES if asker.precision == "float64" else AGREES_32) * max(abs(loss_right), 1e-12)
    )
    explanations, slips, stretch = diagnosed(asker, case, objective, verdicts, tolerance)
    if inferred == "gradient" and convention.reduction == "sum":
        slips = [*slips, Found("other_convention", {"own": "sum", "other": "mean"})]
    return GradientReport(
        layers=net.layers,
        activations=tuple(gate.spec for gate in net.architecture.gates),
        loss=net.architecture.loss.spec,
        n_rows=len(asker.X),
        reduction=objective.reduction,
        l2=objective.l2,
        factor=objective.factor,
        inferred=inferred,
        loss_given=asker.loss,
        loss_right=loss_right,
        loss_agrees=agrees,
        tolerance=tolerance,
        verdicts=tuple(verdicts),
        explanations=explanations,
        slips=tuple(slips),
        stretch=stretch,
        notes=asker.notes,
    )


def _verdict(name: str, asker: Asker, error: float | None) -> Verdict:
    if name not in asker.given:
        return Verdict(name, None, True, "missing")
    array = asker.given[name]
    if not np.isfinite(array).all():
        return Verdict(name, None, False, "nan", array.shape)
    if error is None or not np.isfinite(error):
        expected = np.shape(asker.net.parameters[name[1:]])
        return Verdict(name, None, False, "shape", array.shape, expected)
    tolerance = TOLERANCE["float32" if name in asker.single else "float64"]
    return Verdict(name, error, error <= tolerance, "", array.shape)
