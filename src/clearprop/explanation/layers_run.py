"""Numbers for a layer-by-layer derivation, by programs made of the network's own wires."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..architecture import NetworkCircuit, Objective
from ..circuit import Wire
from ..network import Network
from ..program import Program
from .batches import Place
from .derivation import Check
from .explaining import AGREES

Array = np.ndarray[Any, np.dtype[Any]]


def rows(
    net: Network, circuit: NetworkCircuit, wires: list[Wire], X: Array, y: Array | None,
    parameters: Mapping[str, Array] | None = None,
) -> dict[Wire, Array]:  # fmt: skip
    """Return the values of some wires in double precision; of a single row, without its axis."""
    feeds: dict[Wire, Any] = {
        wire: (parameters or net.parameters)[name] for name, wire in circuit.parameters.items()
    }
    feeds[circuit.X] = X
    if y is not None:
        feeds[circuit.targets] = y
    values = Program(wires, np.float64).run(feeds)
    return {
        wire: np.asarray(value[0] if len(X) == 1 and wire.shape[:1] == ("N",) else value)
        for wire, value in zip(wires, values, strict=True)
    }


def central_difference(
    net: Network, array: str, place: Place, x: Array, y: Any, slope: float
) -> Check:
    """Move the parameter to both sides, and run the circuit again.

    Differences over one and two steps, so combined that the error is of the fourth order
    (Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 25.3.6).
    """
    circuit = net.architecture.circuit(Objective("sum"))
    parameters = {n: np.array(v, np.float64) for n, v in net.parameters.items()}
    moved, start = parameters[array], float(net.parameters[array][place])

    def loss(by: float) -> float:
        moved[place] = start + by
        values = rows(net, circuit, [circuit.losses], x[None], np.asarray(y)[None], parameters)
        return float(values[circuit.losses])

    checks = []
    for size in (1e-3, 1e-4, 1e-5):  # a shorter step where a long one goes over a kink
        step = size * max(1.0, abs(start))
        near, far = loss(step) - loss(-step), loss(2 * step) - loss(-2 * step)
        value = (8 * near - far) / (12 * step)
        error = abs(value - slope) / abs(slope) if slope else abs(value)
        checks.append(Check(value, error, error <= AGREES or abs(value - slope) <= 1e-10))
        if checks[-1].agrees:
            return checks[-1]
    return checks[0]
