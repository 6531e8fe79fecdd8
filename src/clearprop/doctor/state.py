"""Slips of state: what a function keeps, and what it changes that is not its own.

They are found by calling again and looking. A caller (:mod:`clearprop.doctor.calling.caller`) hands
fresh copies in and tells which arrays these were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..network import Network
from ..samples import Array
from .report import Found

SAME = 1e-12


def copied(arrays: Mapping[str, Any]) -> dict[str, Array]:
    """Return copies in float64."""
    return {name: np.array(array, dtype=np.float64) for name, array in arrays.items()}


def changed_arguments(
    caller: Any, net: Network, X: Array, y: Array, gradients: Mapping[str, Array]
) -> list[Found]:
    """Return slips for the arrays handed to the last call that are not as they were."""
    changed = list(caller.changed())
    found = []
    data = [name for name in changed if name in ("X", "y")]
    parameters = [name for name in changed if name not in ("X", "y")]
    if parameters:
        eta = _step(caller.arguments(net.parameters, X, y), net, gradients)
        found.append(
            Found("changes_parameters", {"arrays": parameters, "eta": eta}, tuple(parameters))
        )
    if data:
        found.append(Found("changes_data", {"arrays": data}, tuple(data)))
    return found


def _step(
    arguments: Sequence[tuple[str, Any]], net: Network, gradients: Mapping[str, Array]
) -> str:
    """Return the learning rate, where the parameters went one step of gradient descent."""
    for name, array in arguments:
        slope = gradients.get(f"d{name}")
        before = net.parameters.get(name)
        if slope is None or before is None or np.shape(array) != slope.shape or not slope.any():
            continue
        gone = np.asarray(before) - np.asarray(array)
        eta = float(np.sum(gone * slope) / np.sum(slope * slope))
        if eta and _close(gone, eta * slope, 1e-6):
            return f"{eta:.6g}"
    return ""


def between_calls(first: Mapping[str, Array], second: Mapping[str, Array]) -> list[Found]:
    """Return slips seen by calling twice with the same arrays.

    ``first`` and ``second`` are copies of the gradients of both calls, taken at once.
    """
    names = [name for name in first if name in second]
    if any(first[n].shape != second[n].shape for n in names):
        return [Found("wrong_on_second_call")]
    moved = [name for name in names if not _close(second[name], first[name])]
    if not moved:
        return []
    added = all(_close(second[n], 2 * first[n]) for n in moved)
    slip = "not_reset" if added else "wrong_on_second_call"
    return [Found(slip, {"arrays": moved}, tuple(moved))]


def overwritten(before: Mapping[str, Array], now: Mapping[str, Any]) -> list[Found]:
    """Return the slip of results that a later call has changed."""
    arrays = [name for name in before if not _close(np.asarray(now[name]), before[name])]
    return [Found("shared_result", {"arrays": arrays}, tuple(arrays))] if arrays else []


def _close(a: Array, b: Array, tolerance: float = SAME) -> bool:
    scale = float(np.max(np.abs(b), initial=0.0))
    if not np.isfinite(scale):
        return bool(np.shape(a) == np.shape(b) and np.array_equal(a, b, equal_nan=True))
    return bool(
        np.shape(a) == np.shape(b)
        and np.allclose(a, b, rtol=0, atol=tolerance * scale, equal_nan=True)
    )
