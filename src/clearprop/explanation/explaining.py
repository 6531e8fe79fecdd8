"""Making derivations: of a network's loss by its parameters, of a circuit by its wires."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from ..backprop import gradients
from ..circuit import Wire
from ..errors import CircuitError, NetworkError
from ..feeds import At
from ..network import Network
from ..samples import check_features, check_targets
from ..settings import check_l2
from . import reading
from .derivation import Check, Delta, Derivation, Factor, Path, Step, Subject
from .graph import Graph, graph_of
from .layer_derivation import LayerDerivation
from .naming import Naming
from .network_graph import network_graph

MOST_NUMBERS = 5_000  # parameters that are drawn out one by one
AGREES = 1e-6


def explain(
    f: Wire,
    wrt: Wire | str,
    at: At | None = None,
    *,
    learning_rate: float | None = None,
) -> Derivation:
    """Explain how a circuit's output moves with one of its wires.

    Parameters
    ----------
    f : Wire
        A single number.
    wrt : Wire or str
        An input, or any named wire; gates without a name are called ``g1, g2, ...``.
    at : mapping of Wire (or name) to value, optional
    learning_rate : float, optional
        Show one step of gradient descent too.

    Raises
    ------
    CircuitError
        If there is no such wire, or the output is no single number.
    """
    graph = graph_of(f, at)
    name = wrt if isinstance(wrt, str) else wrt.name
    result = list(graph.nodes)[-1]
    _known(graph, name, result)
    return _derive(graph, name, result, Subject("circuit"), learning_rate)


def explain_network(
    net: Network,
    x: Any,
    y: Any,
    wrt: str,
    *,
    notation: str = "neuron",
    l2: float = 0.0,
    reduction: str = "mean",
    learning_rate: float | None = None,
    sample: int = 0,
) -> Derivation | LayerDerivation:
    """Explain how a network's loss moves with one of its numbers; see ``Network.explain``."""
    shape = net.architecture
    X, targets = _samples(net, x, y)
    if not 0 <= sample < len(X):
        raise NetworkError(f"sample is a row's number from 0 to {len(X) - 1}, not {sample!r}")
    if shape.n_parameters > MOST_NUMBERS:
        from .layers import explain_layers  # noqa: PLC0415 (it takes samples from here)

        return explain_layers(
            net, X, targets, wrt, notation=notation, l2=l2, reduction=reduction,
            learning_rate=learning_rate, sample=sample,
        )  # fmt: skip
    naming = Naming(shape, notation)
    graph = network_graph(net, X[sample], targets[sample], naming)
    parameter = naming.find(wrt)
    name = parameter[0] if parameter else _alias(shape, wrt, naming, graph)
    _known(graph, name, "loss")
    right = f"o{int(targets[sample]) + 1}" if shape.loss.targets == "class" else ""
    subject = Subject(
        "network", shape.layers, tuple(str(gate) for gate in shape.gates), str(shape.loss),
        reduction, len(X), sample, check_l2(l2), right,
    )  # fmt: skip
    shares = _shares(net, X, targets, parameter) if parameter and len(X) > 1 else None
    weight = bool(parameter) and parameter is not None and parameter[1][0] == "W"
    return _derive(graph, name, "loss", subject, learning_rate, shares, weight)


def _samples(net: Network, x: Any, y: Any) -> tuple[Any, Any]:
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


def _alias(shape: Any, wrt: str, naming: Naming, graph: Graph) -> str:
    """Return the node that is meant by a name of either notation."""
    if wrt in graph.nodes:
        return wrt
    for notation in ("neuron", "matrix"):
        other = Naming(shape, notation)
        for k in range(shape.layers[0]):
            if other.given(k) == wrt:
                return naming.given(k)
        for layer in range(1, naming.last + 1):
            for k in range(shape.layers[layer]):
                if other.z(layer, k) == wrt:
                    return naming.z(layer, k)
                if other.a(layer, k) == wrt:
                    return naming.a(layer, k)
    return wrt


def _known(graph: Graph, name: str, result: str) -> None:
    if name not in graph.nodes:
        listed = ", ".join(list(graph.nodes)[:24]) + (", ..." if len(graph.nodes) > 24 else "")
        raise CircuitError(f"there is nothing called {name!r}; there are: {listed}")
    if name == result:
        raise CircuitError(f"{result} moves with itself one for one; ask about what is behind it")


def _derive(
    graph: Graph,
    name: str,
    result: str,
    subject: Subject,
    rate: float | None,
    shares: tuple[float, ...] | None = None,
    weight: bool = False,
) -> Derivation:
    deltas = graph.deltas(result, name)
    slope = deltas.get(name, 0.0)
    paths = graph.paths(name, result)
    each = shares or (slope,)
    data = math.fsum(each) / (subject.n_samples if subject.reduction == "mean" else 1)
    penalty = subject.l2 * graph.values[name] if weight else 0.0
    total = data + penalty
    value = graph.values[name]
    return Derivation(
        subject=subject,
        result=result,
        wrt=name,
        wrt_value=value,
        value=graph.values[result],
        steps=tuple(
            Step(n.name, n.value, n.formula, n.said, n.gate, n.name in deltas)
            for n in graph.nodes.values()
        ),
        n_paths=graph.counts(result)[name],
        paths=tuple(_path(graph, names) for names in paths or ()),
        deltas=tuple(
            Delta(n, tuple(_factor(graph, above, n) for above in graph.feeds[n] if above in deltas),
                  delta)
            for n, delta in deltas.items() if n != result
        ),
        shares=each,
        slope=slope,
        penalty=penalty,
        total=total,
        learning_rate=rate,
        updated=None if rate is None else value - rate * total,
        check=_check(graph, name, result, slope),
    )  # fmt: skip


def _factor(graph: Graph, of: str, by: str) -> Factor:
    return Factor(of, by, graph.nodes[of].slopes[by], graph.slope(of, by))


def _path(graph: Graph, names: tuple[str, ...]) -> Path:
    factors = tuple(_factor(graph, of, by) for by, of in reversed(list(pairwise(names))))
    return Path(names, factors, math.prod(factor.value for factor in factors))


def _check(graph: Graph, name: str, result: str, slope: float) -> Check:
    """Move the number to both sides, and run through the formulas again.

    Differences over one and two steps, so combined that the error is of the fourth order
    (Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 25.3.6).
    """
    checks = []
    for size in (1e-3, 1e-4, 1e-5):  # a shorter step where a long one goes over a kink
        step = size * max(1.0, abs(graph.values[name]))
        at = {k: _moved(graph, name, result, k * step) for k in (-2, -1, 1, 2)}
        value = (8 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12 * step)
        error = abs(value - slope) / abs(slope) if slope else abs(value)
        checks.append(Check(value, error, error <= AGREES or abs(value - slope) <= 1e-10))
        if checks[-1].agrees:
            return checks[-1]
    return checks[0]


def _moved(graph: Graph, name: str, result: str, by: float) -> float:
    values: dict[str, float] = {}
    for node in graph.nodes.values():
        if node.name == name:
            values[name] = node.value + by
        elif node.formula is None:
            values[node.name] = node.value
        else:
            values[node.name] = reading.value_of(node.said or node.formula, values)
    return values[result]


def _shares(
    net: Network, X: Any, targets: Any, parameter: tuple[str, str, tuple[int, ...]]
) -> tuple[float, ...]:
    """Return the derivative of each sample's own loss by a parameter."""
    circuit = net.architecture.circuit()
    layer = int(parameter[1][1:])
    z = circuit.z[layer - 1]
    feeds: dict[Any, Any] = {w: net.parameters[n] for n, w in circuit.parameters.items()}
    feeds |= {circuit.X: X, circuit.targets: targets}
    delta = gradients(circuit.losses.sum(), feeds, wrt=z)[z]
    if parameter[1][0] == "b":
        place = parameter[2]
        column = delta[:, place[0]] if place else delta.sum(axis=1)
        return tuple(map(float, column))
    below = X if layer == 1 else net.forward(X)[circuit.a[layer - 2].name]
    source, target = parameter[2]
    return tuple(map(float, below[:, source] * delta[:, target]))
