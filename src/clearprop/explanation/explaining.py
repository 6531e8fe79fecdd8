"""Making derivations: of a network's loss by its parameters, of a circuit by its wires."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

from numpy.typing import ArrayLike

from ..architecture import Objective
from ..circuit import Wire
from ..errors import CircuitError, NetworkError
from ..feeds import At
from ..network import Network
from ..settings import check_l2
from . import reading
from .batches import Place, sample_shares, samples, second_shares, together, weights_of
from .derivation import Check, Delta, Derivation, Factor, Path, Step, Subject
from .derivative_names import derivative_name
from .graph import Graph, graph_of
from .layer_derivation import LayerDerivation
from .matrix import matrix_beside
from .naming import Naming
from .network_graph import network_graph
from .second import with_backward_pass

MOST_NUMBERS = 5_000  # parameters that are drawn out one by one
AGREES = 1e-6


def explain(
    f: Wire,
    wrt: Wire | str,
    at: At | None = None,
    *,
    second: Wire | str | None = None,
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
    second : Wire or str, optional
        Explain the second derivative: how the derivative by ``wrt`` moves with this one.
    learning_rate : float, optional
        Show one step of gradient descent too.

    Raises
    ------
    CircuitError
        If there is no such wire, or the output is no single number.

    Examples
    --------
    >>> import clearprop as cp
    >>> x, y = cp.inputs(x=2.0, y=3.0)
    >>> found = cp.explain(x * x * y, wrt="x", second="y")
    >>> found.result, found.wrt, found.total  # 2x
    ('∂f/∂x', 'y', 4.0)
    """
    graph = graph_of(f, at)
    name = _called(wrt, "wrt")
    result = list(graph.nodes)[-1]
    _known(graph, name, result)
    if second is None:
        return _derive(graph, name, result, Subject("circuit"), learning_rate)
    _no_step(learning_rate)
    by = _called(second, "second")
    _known(graph, by, "")
    first = derivative_name(result, name)
    return _derive(with_backward_pass(graph, result, name), by, first, Subject("circuit"))


def _called(wire: Wire | str, argument: str) -> str:
    name = wire.name if isinstance(wire, Wire) else wire
    if not isinstance(name, str) or (isinstance(wire, Wire) and not name):
        raise CircuitError(
            f"{argument} is a wire that has a name, or the name; not {wire!r}. For a second "
            'derivative: cp.explain(f, wrt="x", second="y")'
        )
    return name


def _no_step(learning_rate: float | None) -> None:
    if learning_rate is not None:
        raise CircuitError(
            "a step of gradient descent goes along the first derivative; for a second one leave "
            "learning_rate out"
        )


def explain_network(
    net: Network,
    x: Any,
    y: Any,
    wrt: str,
    *,
    second: str | None = None,
    notation: str = "neuron",
    l2: float = 0.0,
    reduction: str = "mean",
    sample_weight: ArrayLike | None = None,
    learning_rate: float | None = None,
    sample: int = 0,
) -> Derivation | LayerDerivation:
    """Explain how a network's loss moves with one of its numbers; see ``Network.explain``."""
    shape = net.architecture
    X, targets = samples(net, x, y)
    if not 0 <= sample < len(X):
        raise NetworkError(f"sample is a row's number from 0 to {len(X) - 1}, not {sample!r}")
    if shape.n_parameters > MOST_NUMBERS:
        if second is not None:
            raise NetworkError(
                f"second derivatives are explained of networks of at most {MOST_NUMBERS:,} "
                f"parameters; this one has {shape.n_parameters:,}"
            )
        from .layers import explain_layers  # noqa: PLC0415 (it takes samples from here)

        return explain_layers(
            net, X, targets, wrt, notation=notation, l2=l2, reduction=reduction,
            sample_weight=sample_weight, learning_rate=learning_rate, sample=sample,
        )  # fmt: skip
    Objective(reduction)  # which says what is wrong with it
    naming = Naming(shape, notation)
    graph = network_graph(net, X[sample], targets[sample], naming, again=second is not None)
    name, parameter = _meant(graph, naming, wrt)
    right = f"o{int(targets[sample]) + 1}" if shape.loss.targets == "class" else ""
    subject = Subject(
        "network", shape.layers, tuple(str(gate) for gate in shape.gates), str(shape.loss),
        reduction, len(X), sample, check_l2(l2), right, weights_of(sample_weight, len(X)),
    )  # fmt: skip
    several = len(X) > 1
    if second is None:
        shares = sample_shares(net, X, targets, *parameter[1:]) if parameter and several else None
        weight = parameter is not None and parameter[1][0] == "W"
        penalty = subject.l2 * graph.values[name] if weight else 0.0
        found = _derive(graph, name, "loss", subject, learning_rate, shares, penalty)
        form = matrix_beside(
            net, name, sample=sample, l2=l2, reduction=reduction, sample_weight=sample_weight
        )
        return replace(found, matrix=form)
    _no_step(learning_rate)
    by, other = _meant(graph, naming, second)
    shares = None
    if parameter and other and several:
        shares = second_shares(net, X, targets, parameter[1:], other[1:])
    twice = parameter is not None and parameter == other and parameter[1][0] == "W"
    first = derivative_name("loss", name)
    graph = with_backward_pass(graph, "loss", name)
    return _derive(graph, by, first, subject, None, shares, subject.l2 if twice else 0.0)


def _meant(graph: Graph, naming: Naming, asked: str) -> tuple[str, tuple[str, str, Place] | None]:
    """Return the node that is meant by a name, and which parameter it is, if it is one."""
    parameter = naming.find(asked)
    name = parameter[0] if parameter else _alias(naming.net, asked, naming, graph)
    _known(graph, name, "loss")
    return name, parameter


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
    rate: float | None = None,
    shares: tuple[float, ...] | None = None,
    penalty: float = 0.0,
) -> Derivation:
    deltas = graph.deltas(result, name)
    slope = deltas.get(name, 0.0)
    paths = graph.paths(name, result)
    each = shares or (slope,)
    total = together(each, subject.weights, subject.reduction) + penalty
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
    node = graph.nodes[of]
    seen = node.gate != "loss" and node.formula is not None and by in node.formula.names()
    gates = reading.gates_between(node.formula, by) if node.formula and seen else (node.gate,)
    return Factor(of, by, node.slopes[by], graph.slope(of, by), gates)


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
