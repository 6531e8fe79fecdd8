"""L-BFGS through SciPy, on an engine's loss and gradient over all rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from ..engines import Advance, Engine, Plan, State
from ..errors import MissingExtraError
from ..numerics import quiet

Array: TypeAlias = np.ndarray[Any, Any]
TOLERANCE = 1e-10
SHORTEN = 10  # by how much a line search shortens a step into infinity


class _Ended(Exception):  # noqa: N818 (no error: a way out of SciPy)
    """A callback ended the run."""


class _Passed(Exception):  # noqa: N818
    """A callback's StopIteration, which SciPy would take for an end of its own."""


class _Objective:
    """Loss and gradient of the parameters that are free to move.

    SciPy's line search interpolates what it is told, so infinity would lead it nowhere.
    Where the loss is not finite, it is told of a parabola instead that leaves the step's
    start with the true slope and has its minimum at a tenth of the step: so it backs up.
    """

    def __init__(self, engine: Engine, plan: Plan, start: Array) -> None:
        self.engine, self.plan = engine, plan
        self.free = np.ones(len(start), bool) if plan.frozen is None else ~plan.frozen
        self.vector = start
        self.start = self.last = start[self.free].astype(np.float64)
        self.before = self.at = self.true(self.start)

    def vector_of(self, free: Array) -> Array:
        vector = self.vector.copy()
        with quiet():  # a trial point may be too far out for float32
            vector[self.free] = free
        return vector

    def true(self, free: Array) -> tuple[float, Array]:
        data, penalty, gradient = self.engine.loss_and_gradient(self.plan, self.vector_of(free))
        with quiet():
            return float(data + penalty), np.asarray(gradient[self.free], np.float64)

    def __call__(self, free: Array) -> tuple[float, Array]:
        self.last, self.at = free.copy(), self.true(free)
        loss, gradient = self.at
        if np.isfinite(loss) and np.isfinite(gradient).all():
            return loss, gradient
        before, slope = self.before
        promised = abs(float(slope @ (free - self.start)))
        return before + (SHORTEN / 2 - 1) * promised, (1 - SHORTEN) * slope

    def accept(self, free: Array) -> None:
        """Start the next step here; SciPy accepts the point that it has just asked about."""
        self.start = free.copy()
        self.before = self.at if np.array_equal(free, self.last) else self.true(free)


def scipy_minimize() -> Any:
    """Return SciPy's ``minimize``.

    Raises
    ------
    MissingExtraError
        If SciPy is not installed.
    """
    try:
        from scipy.optimize import minimize  # noqa: PLC0415 (heavy, and an extra)
    except ImportError:
        raise MissingExtraError("SciPy", "scipy", "optimizer='lbfgs'") from None
    return minimize


def search(
    engine: Engine,
    plan: Plan,
    start: Array,
    callback: Callable[[float], None],
    **options: Any,
) -> tuple[Array, Any]:
    """Run L-BFGS with SciPy's own options; return the parameters, and what SciPy says.

    ``callback`` is told the loss before each iteration.
    """
    objective = _Objective(engine, plan, start)

    def step(intermediate_result: Any) -> None:
        callback(objective.before[0])
        objective.accept(intermediate_result.x)

    found = scipy_minimize()(
        objective, objective.start, jac=True, method="L-BFGS-B", callback=step, options=options
    )
    return objective.vector_of(found.x), found


def minimise(
    engine: Engine, plan: Plan, state: State, after_epoch: Callable[[Advance], bool]
) -> tuple[State, bool]:
    """Run L-BFGS from a state, one epoch for each iteration.

    ``after_epoch`` sees each new state and ends the run by returning True. Returns the
    last state, and whether what it gives is not finite: so at the start, or where SciPy
    ended at such a point.
    """
    minimize = scipy_minimize()
    objective = _Objective(engine, plan, state.vector)
    if not _finite(objective.before):
        return state, True
    before = objective.before[0]

    def step(intermediate_result: Any) -> None:
        nonlocal state, before
        objective.accept(intermediate_result.x)
        losses, before = [before], objective.before[0]
        state = State(objective.vector_of(intermediate_result.x), {}, state.step + 1)
        try:
            ended = after_epoch(Advance(state, losses))
        except StopIteration as error:
            raise _Passed from error
        if ended:
            raise _Ended

    options = {
        "maxiter": plan.epochs,
        "maxfun": max(15 * plan.epochs, 15_000),
        "maxcor": int(plan.optimizer.parameters["memory"]),
        "ftol": TOLERANCE * np.finfo(plan.dtype).eps / np.finfo(np.float64).eps,
        "gtol": TOLERANCE,
    }
    try:
        found = minimize(
            objective, objective.start, jac=True, method="L-BFGS-B", callback=step, options=options
        )
    except _Ended:
        return state, False
    except _Passed as passed:
        raise passed.__cause__ from None  # type: ignore[misc]
    if _finite(objective.true(found.x)):
        return state, False
    return replace(state, vector=objective.vector_of(found.x)), True


def _finite(point: tuple[float, Array]) -> bool:
    loss, gradient = point
    return bool(np.isfinite(loss) and np.isfinite(gradient).all())
