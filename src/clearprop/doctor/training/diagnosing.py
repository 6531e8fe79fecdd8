"""The training doctor: what is wrong with a training run, from measurements.

>>> import clearprop as cp
>>> X, y = cp.make_moons(200, noise=0.2, random_state=0)
>>> net = cp.Network([2, 8, 2], initializer="zeros")
>>> found = cp.diagnose(cp.fit(net, X, y, learning_rate=0.05, epochs=100))
>>> found.main.key, found.main.place.layer, found.main.advice
('symmetric_weights', 1, {'initializer': 'glorot'})
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...errors import TrainingError
from ...modelfile import Model
from ...numerics import quiet
from ...training import Result
from .case import Case
from .report import Diagnosis, Finding
from .seen import Seen
from .table import CHECKS, Check

LATE = ("saturated_neurons", "dead_neurons")
"""Findings that a learning rate above the bound brings about, where they were not there before."""


def diagnose(
    result: Result | Model,
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    X_val: ArrayLike | None = None,
    y_val: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    effort: float = 1.0,
) -> Diagnosis:
    """Say what is wrong with a training run, if anything, and what to set instead.

    Parameters
    ----------
    result : Result or Model
        Of :func:`clearprop.fit` or :func:`clearprop.fit_many`; or a model file
        (:func:`clearprop.load_model`) with its training history.
    X, y : array, optional
        The data that it learned from. A result of ``fit`` knows them; a model does not.
    X_val, y_val : array, optional
        Rows that it did not learn from: over- and underfitting are looked for with them. The
        run is then gone through once more.
    sample_weight : array of shape (n_samples,), optional
        The weights of the rows, where data are given.
    effort : float
        What trial runs may cost, as a share of the training itself; what takes no noticeable
        time is free. With 0 nothing is tried, and only what needs no trial is found.

    Returns
    -------
    Diagnosis
        Print it, or look at its ``findings``; ``healthy`` where there is none.

    Raises
    ------
    TrainingError, NetworkError
        If the data are missing or do not fit.

    Examples
    --------
    >>> import clearprop as cp
    >>> X, y = cp.make_moons(200, noise=0.2, random_state=0)
    >>> net = cp.Network([2, 8, 2])
    >>> run = cp.fit(net, X, y, optimizer="gradient_descent", learning_rate=0.001, epochs=300)
    >>> found = cp.diagnose(run)
    >>> found.main.key, found.main.advice
    ('rate_too_low', {'learning_rate': 1.0})
    """
    if (X is None) != (y is None) or (X_val is None) != (y_val is None):
        raise TrainingError("data are two arrays: give X and y, and X_val and y_val, both or none")
    more: dict[str, Any] = {"effort": effort}
    if X_val is not None:
        more["validation"] = X_val, y_val
    return examine(_case(result, X, y, sample_weight, more))


def _case(result: Any, X: Any, y: Any, sample_weight: Any, more: dict[str, Any]) -> Case:
    if isinstance(result, Result):
        return Case.of(result, X, y, sample_weight=sample_weight, **more)
    if isinstance(result, Model):
        if result.history is None:
            raise TrainingError(
                "this model file has no training history, so there is no run to diagnose; save it "
                "with history=cp.History.of(result, ...)"
            )
        if X is None:
            raise TrainingError(
                "a model file does not hold the data: cp.diagnose(model, X, y), with X encoded as "
                "its columns say (model.columns.encode(table))"
            )
        return Case.of_history(result.network, result.history, np.asarray(X), y, **more)
    raise TrainingError(
        f"diagnose takes a result of cp.fit, or a model of cp.load_model, not {result!r:.60}"
    )


def examine(case: Case, keys: Sequence[str] = tuple(CHECKS)) -> Diagnosis:
    """Make the checks of a table on a case, causes first."""
    findings: list[Finding] = []
    checked: list[str] = []
    unchecked: dict[str, str] = {}
    for key in keys:
        check = CHECKS[key]
        missing = [need for need in check.needs if getattr(case, need) is None]
        if missing:
            unchecked[key] = missing[0]
            continue
        checked.append(key)
        if any(finding.key in check.explained_by for finding in findings):
            continue
        with quiet():  # what is measured may well be beyond what numbers hold
            findings += [_finding(check, seen) for seen in check.measure(case, check.threshold)]
    return Diagnosis(tuple(_ordered(findings)), tuple(checked), unchecked, _facts(case))


def _finding(check: Check, seen: Seen) -> Finding:
    threshold = check.threshold if seen.threshold is None else seen.threshold
    return Finding(
        check.key, seen.severity, float(seen.measured), float(threshold), check.source,
        dict(seen.figures), dict(seen.advice), seen.place, seen.case,
    )  # fmt: skip


def _ordered(findings: list[Finding]) -> list[Finding]:
    """Put what a rate above its bound has brought about behind that rate."""
    rate = any(finding.key == "rate_too_high" for finding in findings)
    late = [f for f in findings if rate and f.key in LATE and f.case == "later"]
    first = [f for f in findings if f not in late]
    places = [i for i, f in enumerate(first) if f.key == "rate_too_high"]
    at = places[0] + 1 if places else len(first)
    return [*first[:at], *late, *first[at:]]


def _facts(case: Case) -> dict[str, Any]:
    net = case.net
    return {
        "layers": list(net.layers), "gates": [gate.spec for gate in net.gates],
        "loss_function": net.loss.spec, "optimizer": str(case.plan.optimizer),
        "learning_rate": case.rate, "epochs": case.epochs, "batch_size": case.plan.batch_size,
        "rows": case.plan.n_rows, "l2": case.plan.l2, "reduction": case.plan.reduction,
        "loss": case.loss if np.isfinite(case.loss) else None, "constant": case.constant,
        "stopped": case.stopped,
    }  # fmt: skip
