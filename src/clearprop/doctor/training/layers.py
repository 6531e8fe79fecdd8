"""What is looked at layer by layer: neurons alike, dead or saturated, and gradients that fade."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from ...backprop import backward
from ...circuit import apply, input
from ...network import Network
from ...numerics import quiet
from ...program import Program
from ...tables import INITIALIZERS
from ...tables.gates import Gate
from .case import Case
from .report import Place
from .seen import SUFFERS, Seen

Array: TypeAlias = np.ndarray[Any, Any]

HALF = 0.5  # of the constant answer's loss, or of a layer
FLAT = 0.05  # of a gate's steepest slope: below it the gate counts as saturated
GRID = np.linspace(-40, 40, 1601)


def symmetric_weights(case: Case, threshold: float) -> Iterator[Seen]:
    """Look for hidden neurons with the same weights, in and out, as another of their layer."""
    network = case.start or case.network
    W = {name: np.asarray(array, np.float64) for name, array in network.parameters.items()}
    for layer, n_neurons in enumerate(network.layers[1:-1], 1):
        bias = np.broadcast_to(W[f"b{layer}"], (n_neurons,))[None]
        both = np.vstack([W[f"W{layer}"], bias, W[f"W{layer + 1}"].T])
        scale = np.abs(both).max() or 1.0
        kinds, count = np.unique(np.round(both / scale, 7), axis=1, return_counts=True)
        twins = int(count[count > 1].sum())
        if twins < threshold * n_neurons or twins == 0:
            continue
        gate = case.net.gates[layer - 1]
        zero = not both.any()
        yield Seen(
            twins / n_neurons,
            {"neurons": n_neurons, "twins": twins, "kinds": kinds.shape[1], "zero": int(zero)},
            {"initializer": gate.initializer},
            Place(layer=layer, gate=gate.name),
            case="zero" if zero else "",
            severity="fatal" if kinds.shape[1] == 1 else "harmful",
        )


def dead_neurons(case: Case, threshold: float) -> Iterator[Seen]:
    """Look for neurons whose slope is 0 on every sample, so that nothing reaches their weights."""
    before = _dead(case, case.start) if case.start is not None else {}
    for layer, dead in _dead(case, case.network).items():
        # A run that does not suffer may well spare some.
        spared = case.finite and case.learned() >= SUFFERS and dead.mean() <= HALF
        if dead.mean() < threshold or spared:
            continue
        gate, size = case.net.gates[layer - 1], len(dead)
        early = before.get(layer)
        yield Seen(
            float(dead.mean()),
            {"dead": int(dead.sum()), "neurons": size,
             "at_start": None if early is None else int(early.sum())},
            {"activation": "leaky_relu"} | (
                {} if early is None or early.mean() < threshold / 2 else
                {"initializer": gate.initializer}
            ),
            Place(layer=layer, gate=gate.name),
            case="" if early is None else "later" if early.mean() < threshold / 2 else "start",
            severity="fatal"
            if dead.all()
            else "minor"
            if case.finite and case.learned() >= SUFFERS
            else "harmful",
        )  # fmt: skip


def _dead(case: Case, network: Network) -> dict[int, Array]:
    slopes = _slopes(case, network)
    return {
        layer: (found == 0).all(axis=0)
        for layer, found in slopes.items()
        if not _bounded(case.net.gates[layer - 1])[0]
    }


def saturated_neurons(case: Case, threshold: float) -> Iterator[Seen]:
    """Look for layers whose gates are mostly on the flat ends of their curve."""
    if case.learned() >= SUFFERS:
        return
    stuck = case.learned() < HALF  # gates that answer yes or no are flat at the end of good runs
    before = _saturated(case, case.start) if case.start is not None else {}
    for layer, share in _saturated(case, case.network).items():
        early = before.get(layer)
        at_start = early is not None and early >= threshold
        if not (at_start or (stuck and share >= threshold)):
            continue
        gate = case.net.gates[layer - 1]
        weights = np.asarray((case.start or case.network).parameters[f"W{layer}"])
        wanted = INITIALIZERS[gate.initializer].scale_for(*weights.shape)
        if INITIALIZERS[gate.initializer].distribution == "uniform":
            wanted /= np.sqrt(3)
        yield Seen(
            float(early if at_start and early is not None else share),
            {"share": share, "at_start": early, "std": float(weights.std()), "wanted": wanted},
            {"initializer": gate.initializer},
            Place(layer=layer, gate=gate.name),
            case="" if early is None else "start" if at_start else "later",
        )


def _saturated(case: Case, network: Network) -> dict[int, float]:
    shares = {}
    for layer, slopes in _slopes(case, network).items():
        bounded, steepest = _bounded(case.net.gates[layer - 1])
        if bounded:
            shares[layer] = float((np.abs(slopes) < FLAT * steepest).mean())
    return shares


def fading_gradients(case: Case, threshold: float) -> Iterator[Seen]:
    """Compare the slopes of the loss by z in the first layer with those in the last."""
    return _across(case, lambda ratio: ratio <= threshold, "W1")


def exploding_gradients(case: Case, threshold: float) -> Iterator[Seen]:
    """See whether those of the first layer are far larger than those of the last."""
    return _across(case, lambda ratio: ratio >= threshold, "W1")


def _across(case: Case, wrong: Any, name: str) -> Iterator[Seen]:
    network = case.start or case.network
    depth = len(network.layers) - 1
    if depth < 3 or (case.finite and case.learned() >= SUFFERS):
        return
    sizes = _deltas(case, network)
    # An output gate's own slope belongs to the loss, not to the way back through the layers.
    first, last = sizes[0], sizes[-1]
    if not (np.isfinite(sizes).all() and last > 0):
        return
    ratio = first / last
    if not wrong(ratio):
        return
    gate = case.net.gates[0]
    suited = "relu" if _bounded(gate)[0] else gate.name
    advice = {"initializer": "he" if suited == "relu" else gate.initializer}
    yield Seen(
        float(ratio),
        {"first": float(first), "last": float(last), "layers": depth,
         "each": float(ratio ** (1 / (depth - 1))), "sizes": [float(size) for size in sizes]},
        advice if suited == gate.name else {"activation": suited, **advice},
        Place(layer=1, gate=gate.name),
        severity="fatal" if case.learned() < 0.5 else "harmful",
    )  # fmt: skip


def _deltas(case: Case, network: Network) -> Array:
    """Return the root mean square of the samples' slopes by each layer's z."""
    circuit = case.net.circuit()
    slopes = backward(circuit.losses.sum(), circuit.z)
    feeds = _feeds(case, network) | {circuit.targets: case.plan.targets[case.rows]}
    program = case.net.program(tuple(slopes[wire] for wire in circuit.z), network.dtype)
    with quiet():
        values = program.run(feeds)
        return np.array([np.sqrt(np.mean(np.square(v, dtype=np.float64))) for v in values])


def _slopes(case: Case, network: Network) -> dict[int, Array]:
    """Return, for each layer with a gate, its slopes: an array of shape (n_rows, n_neurons)."""
    key = ("slopes", network.vector.tobytes())
    if key not in case.memo:
        circuit = case.net.circuit()
        layers = [i for i, gate in enumerate(case.net.gates, 1) if gate.name != "identity"]
        wires = [
            backward(circuit.a[i - 1].sum(), [circuit.z[i - 1]])[circuit.z[i - 1]] for i in layers
        ]
        with quiet():
            values = case.net.program(tuple(wires), network.dtype).run(_feeds(case, network))
        case.memo[key] = dict(zip(layers, values, strict=True))
    found: dict[int, Array] = case.memo[key]
    return found


def _feeds(case: Case, network: Network) -> dict[Any, Any]:
    circuit = case.net.circuit()
    feeds: dict[Any, Any] = {
        wire: network.parameters[name] for name, wire in circuit.parameters.items()
    }
    return feeds | {circuit.X: case.plan.X[case.rows]}


@lru_cache(maxsize=64)
def _bounded(gate: Gate) -> tuple[bool, float]:
    """Tell whether a gate levels off at both ends, and how steep it is at its steepest."""
    x = input("x", shape=("N",))
    out = apply(gate, x)
    slope = backward(out.sum(), [x])[x]
    with quiet():
        (slopes,) = Program([slope]).run({x: GRID})
    steepest = float(np.abs(slopes).max())
    ends = max(abs(float(slopes[0])), abs(float(slopes[-1])))
    middle = float(np.abs(slopes[len(slopes) // 2]))
    return bool(steepest > 0 and ends < 1e-6 * steepest and middle > 0), steepest
