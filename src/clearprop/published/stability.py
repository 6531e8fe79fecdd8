"""Why a run's loss swings: the step against the curvature of what it goes down.

Gradient descent on a valley of curvature c is stable while the step is shorter than 2/c (the
classical bound; B. T. Polyak, *Introduction to Optimization*, 1987, section 1.4).
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from ..errors import ClearPropWarning
from ..network import Network
from ..training.fit import fit
from .procedure import Goal, Procedure
from .runs import RunPart

Array: TypeAlias = np.ndarray[Any, Any]

MOST_PARAMETERS = 200
LOOK = 40  # passes at the end of a run that are looked at
HALVINGS, DOUBLINGS = 4, 4


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
    start = run.after(updates - LOOK, run.procedure)
    if start is None:
        return None
    low, high, swings = _last(run, start, run.procedure, LOOK)
    if not swings:
        return None
    calm, rate = run.network, run.procedure.rate
    for _ in range(HALVINGS):
        rate /= 2
        shorter = replace(run.procedure, rate=rate)
        found = run.after(updates, shorter)
        if found is not None and not _last(run, found, shorter, LOOK)[2]:
            calm = found
            break
    else:
        return None
    settled = _settled(run, shorter, updates)
    curvature = largest_curvature(run, settled or calm, run.procedure.step)
    limit = 2 / curvature
    if not 0 < limit < run.procedure.rate:
        return None
    return {
        "rate": run.procedure.rate,
        "low": low,
        "high": high,
        "curvature": curvature,
        "limit": limit,
        "stable": rate,
        "reaches": run.loss(calm, run.procedure.shown),
    }


def _settled(run: RunPart, procedure: Procedure, updates: int) -> Network | None:
    """Return the network near where a procedure leads, when more updates change little."""
    network = run.after(updates, procedure)
    for _ in range(DOUBLINGS):
        updates *= 2
        further = run.after(updates, procedure)
        if network is None or further is None:
            return network
        before, after = (run.loss(each, procedure.step) for each in (network, further))
        network = further
        if abs(before - after) <= 1e-6 * abs(after):
            break
    return network


def _last(
    run: RunPart, network: Network, procedure: Procedure, passes: int
) -> tuple[float, float, bool]:
    """Return the lowest and the highest shown loss of the next passes, and whether it swings."""
    losses = []
    for _ in range(passes):
        losses.append(run.loss(network, procedure.shown))
        network = _one_more(run, network, procedure)
    moves = np.diff(losses)
    turns = np.count_nonzero(moves[1:] * moves[:-1] < 0)
    big = np.ptp(losses) > 1e-6 * abs(float(np.mean(losses)))
    return min(losses), max(losses), bool(big and turns > len(moves) // 2)


def _one_more(run: RunPart, network: Network, procedure: Procedure) -> Network:
    kept = [n for n in network.parameters if n[0] == "b" and procedure.biases == "kept"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ClearPropWarning)
        return fit(
            network, run.X, run.y, optimizer=procedure.optimizer, learning_rate=procedure.rate,
            epochs=1, l2=procedure.step.l2, reduction=procedure.step.reduction, frozen=kept,
        ).network  # fmt: skip


def largest_curvature(run: RunPart, network: Network, goal: Goal) -> float:
    """Return the largest eigenvalue of the second derivatives, from differences of gradients."""
    count = network.n_parameters
    rows = np.empty((count, count))
    for index in range(count):
        step = 1e-5 * max(1.0, abs(network.vector[index]))
        ends = []
        for sign in (1, -1):
            vector = network.vector.copy()
            vector[index] += sign * step
            slopes = run.gradient(Network.of(network.architecture, vector), goal)
            ends.append(np.concatenate([slope.ravel() for slope in slopes.values()]))
        rows[index] = (ends[0] - ends[1]) / (2 * step)
    return float(np.linalg.eigvalsh((rows + rows.T) / 2)[-1])
