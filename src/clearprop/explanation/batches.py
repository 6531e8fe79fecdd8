"""Several samples: what is handed in, each one's share of a derivative, their sum or mean."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..architecture import NetworkCircuit, Objective
from ..backprop import backward
from ..circuit import Wire, constant
from ..errors import NetworkError
from ..network import Network
from ..program import Program
from ..samples import check_features, check_targets, check_weights

Array = np.ndarray[Any, np.dtype[Any]]
Place = tuple[int, ...]
"""Where in its array a parameter is."""


def samples(net: Network, x: Any, y: Any) -> tuple[Array, Array]:
    """Return X and the targets, of several rows; a single sample may be handed in as one row."""
    rows = np.asarray(x)
    X = check_features(rows[None] if rows.ndim == 1 else rows, net.layers[0], np.float64)
    wanted = np.asarray(y)
    single = 0 if net.architecture.loss.targets == "class" else 1
    targets = check_targets(
        wanted[None] if wanted.ndim == single else wanted, len(X), net.architecture, np.float64
    )
    if not len(X):
        raise NetworkError("x has no rows; there is nothing to explain")
    return X, targets


def weights_of(sample_weight: ArrayLike | None, count: int) -> tuple[float, ...]:
    """Return the samples' weights, checked; none where all count alike."""
    if sample_weight is None:
        return ()
    given = np.reshape(np.asarray(sample_weight), -1) if count == 1 else sample_weight
    return tuple(map(float, check_weights(given, count, np.float64)))


def divisor(count: int, weights: Sequence[float], reduction: str) -> float:
    """Return what the sum over samples is divided by: 1, N, or the sum of their weights."""
    if reduction != "mean":
        return 1.0
    return float(np.sum(weights)) if weights else float(count)


def together(shares: Sequence[float], weights: Sequence[float], reduction: str) -> float:
    """Return the sum or the mean of shares, each times its sample's weight."""
    total = math.fsum(np.multiply(shares, weights) if weights else shares)
    return total / divisor(len(shares), weights, reduction)


def sample_shares(
    net: Network, X: Array, targets: Array, array: str, place: Place
) -> tuple[float, ...]:
    """Return the derivative of each sample's own loss by a parameter."""
    circuit = net.architecture.circuit(Objective("sum"))
    layer = int(array[1:])
    z = circuit.z[layer - 1]
    below = circuit.X if layer == 1 else circuit.a[layer - 2]
    program = Program([backward(circuit.losses.sum(), z)[z], below], np.float64)
    delta, values = program.run(_feeds(net, circuit, X, targets))
    if array[0] == "W":
        source, target = place
        return tuple((values[:, source] * delta[:, target]).tolist())
    column = delta[:, place[0]] if place else delta.sum(axis=1)
    return tuple(column.tolist())


def second_shares(
    net: Network, X: Array, targets: Array, *parameters: tuple[str, Place]
) -> tuple[float, ...]:
    """Return the derivative of each sample's own loss by one parameter, then by the next."""
    circuit = net.architecture.circuit(Objective("sum"))
    slope = circuit.losses.sum()
    for array, place in parameters:
        wire = circuit.parameters[array]
        chosen = np.zeros(np.shape(net.parameters[array]))
        chosen[place] = 1.0
        found = backward(slope, wire)[wire] * constant(chosen)
        slope = found.sum() if found.shape else found
    program = Program([slope], np.float64)
    return tuple(
        float(program.run(_feeds(net, circuit, X[k : k + 1], targets[k : k + 1]))[0])
        for k in range(len(X))
    )


def _feeds(net: Network, circuit: NetworkCircuit, X: Array, targets: Array) -> Mapping[Wire, Any]:
    feeds: dict[Wire, Any] = {w: net.parameters[name] for name, w in circuit.parameters.items()}
    return {**feeds, circuit.X: X, circuit.targets: targets}
