"""Why a run's loss swings: the doctor's finding, in terms of the loss that an example prints."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..doctor.training.case import Case
from ..doctor.training.history_shape import LOOK
from ..doctor.training.rates import step_too_long
from ..network import Network
from ..training.planning import make_plan
from .runs import RunPart

MOST_PARAMETERS = 200


def too_long_a_step(run: RunPart, updates: int) -> dict[str, Any] | None:
    """Return what is wrong with the step of a run, if its loss swings at the end of it.

    Parameters
    ----------
    run : RunPart
        Of plain gradient descent.
    updates : int

    Returns
    -------
    dict or None
        The losses between which it swings, the largest curvature where a shorter step leads,
        the longest stable step, a step that is stable and the loss that it reaches.
    """
    plain = run.procedure.optimizer == "gradient_descent"
    if not plain or updates < 2 * LOOK or run.network.n_parameters > MOST_PARAMETERS:
        return None
    network = run.after(updates, run.procedure)
    found = None if network is None else step_too_long(_case(run, network, updates))
    if found is None:
        return None

    def shown(vector: Any) -> float:
        return run.loss(Network.of(run.network.architecture, vector), run.procedure.shown)

    low, high = sorted(shown(vector) for vector in found.ends)
    return {
        "rate": run.procedure.rate,
        "low": low,
        "high": high,
        "curvature": found.sharpness,
        "limit": found.limit,
        "stable": found.advised,
        "reaches": shown(found.settled.vector),
    }


def _case(run: RunPart, network: Network, updates: int) -> Case:
    """Return the run as the doctor sees it."""
    step = run.procedure.step
    kept = [n for n in network.parameters if n[0] == "b" and run.procedure.biases == "kept"]
    plan = make_plan(
        network, run.X, run.y, optimizer=run.procedure.optimizer, batch_size=None,
        learning_rate=run.procedure.rate, epochs=updates, l2=step.l2, reduction=step.reduction,
        sample_weight=None, frozen=kept, shuffle=False, seed=0,
    )  # fmt: skip
    return Case(
        network, plan, np.zeros(0), run.loss(network, step), updates, "finished",
        start=run.network,
    )  # fmt: skip
