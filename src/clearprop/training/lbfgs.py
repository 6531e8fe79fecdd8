"""L-BFGS through SciPy, on an engine's loss and gradient over all rows."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engines.protocol import Advance, Plan, State
from ..engines.reference import prepare
from ..errors import MissingExtraError

TOLERANCE = 1e-10


def minimise(
    plan: Plan, state: State, after_epoch: Callable[[Advance], bool]
) -> tuple[State, bool]:
    """Run L-BFGS from a state, one epoch for each iteration.

    ``after_epoch`` sees each new state and ends the run by returning True. Returns the
    last finite state, and whether the objective stopped being finite.
    """
    try:
        from scipy.optimize import minimize  # noqa: PLC0415 (heavy, and an extra)
    except ImportError:
        raise MissingExtraError("SciPy", "scipy", "optimizer='lbfgs'") from None
    work = prepare(plan)
    frozen = np.zeros(len(state.vector), bool) if plan.frozen is None else plan.frozen
    broken = False

    def objective(free: Any) -> tuple[float, Any]:
        nonlocal broken
        vector = state.vector.copy()
        vector[~frozen] = free
        data, penalty, gradient, _ = work.loss_and_gradient(vector, slice(None))
        loss = float(data + penalty)
        if not np.isfinite(loss):
            broken = True
            raise StopIteration
        return loss, np.asarray(gradient[~frozen], np.float64)

    before = np.nan

    def step(intermediate_result: Any) -> None:
        nonlocal state, before
        vector = state.vector.copy()
        vector[~frozen] = intermediate_result.x
        state = State(vector, {}, state.step + 1)
        losses, before = [before], float(intermediate_result.fun)
        if after_epoch(Advance(state, losses)):
            raise StopIteration

    options = {
        "maxiter": plan.epochs,
        "maxfun": max(15 * plan.epochs, 15_000),
        "maxcor": int(plan.optimizer.parameters["memory"]),
        "ftol": TOLERANCE * np.finfo(plan.dtype).eps / np.finfo(np.float64).eps,
        "gtol": TOLERANCE,
    }
    with contextlib.suppress(StopIteration):
        before = objective(state.vector[~frozen])[0]
        minimize(
            objective,
            state.vector[~frozen].astype(np.float64),
            jac=True,
            method="L-BFGS-B",
            callback=step,
            options=options,
        )
    return state, broken
