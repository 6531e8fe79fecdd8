"""Second derivatives: the backward pass as more steps of a graph, to be explained like the others.

>>> import clearprop as cp
>>> from clearprop.explanation.graph import graph_of
>>> from clearprop.explanation.writing import symbols
>>> x, y = cp.inputs(x=2.0, y=3.0)
>>> graph = with_backward_pass(graph_of((x * y + x) * y), "f", "x")
>>> [f"{n} = {symbols(node.formula)}" for n, node in graph.nodes.items() if n.startswith("∂")]
['∂f/∂g2 = y', '∂f/∂g1 = ∂f/∂g2', '∂f/∂x = ∂f/∂g1·y + ∂f/∂g2']
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..circuit import input
from ..errors import CircuitError
from ..formulas import build
from ..tables.expression import Expression
from ..tables.gates import GATES
from . import reading
from .collecting import collected
from .derivation import BACKWARD
from .derivative_names import derivative_name
from .graph import Graph, Node
from .writing import symbols

LONGEST = 48  # letters of a slope that is written out


def with_backward_pass(graph: Graph, result: str, wrt: str) -> Graph:
    """Return a graph that goes on to the derivative of its result by one of its nodes.

    Parameters
    ----------
    graph : Graph
    result, wrt : str
        The derivative's node is called ``∂result/∂wrt``, and so are those on the way to it.

    Raises
    ------
    CircuitError
        If the result does not depend on the node, or a name is taken.
    """
    # What a loss computes on its way (p1, p2) has formulas, but no slopes so far.
    known = {n: node.formula for n, node in graph.nodes.items() if node.formula and not node.slopes}
    nodes = {name: _with_slopes(node, graph.values, known) for name, node in graph.nodes.items()}
    values = dict(graph.values)
    reached = graph.deltas(result, wrt)
    if wrt not in reached:
        raise CircuitError(f"{wrt} does not reach {result}: all of its derivatives are 0")
    for name, value in reached.items():
        if name == result:
            continue
        own = derivative_name(result, name)
        if own in nodes:
            raise CircuitError(f"a wire is named {own!r}; give it another name")
        above = [one for one in graph.feeds[name] if one in reached]
        slopes = {one: nodes[one].slopes[name] for one in above}
        whole = _sum([_times(result, one, slopes[one]) for one in above])
        short = _sum([_times(result, one, _short(nodes[one], slopes[one])) for one in above])
        whole, short = (collected(reading.simplified(one, values)) for one in (whole, short))
        values[own] = value
        made = _with_slopes(Node(own, value, whole, gate=BACKWARD), values, {})
        nodes[own] = made if short == whole else replace(made, formula=short, said=whole)
    return Graph(nodes)


def _sum(terms: list[Expression]) -> Expression:
    found = terms[0]
    for more in terms[1:]:
        found = reading.call("add", found, more)
    return found


def _short(node: Node, slope: Expression) -> Expression:
    """Return a slope as it is shown: a long one of a gate as ``gelu'(x)``."""
    formula = node.formula
    if formula is None or len(symbols(slope)) <= LONGEST or len(formula.arguments) != 1:
        return slope
    name = formula.operation.partition("(")[0]
    return reading.call(f"{name}'", *formula.arguments) if name in GATES else slope


def _times(result: str, above: str, slope: Expression) -> Expression:
    if above == result:
        return slope
    product = reading.name(derivative_name(result, above))
    for factor in _factors(slope):
        product = reading.call("multiply", product, factor)
    return product


def _factors(tree: Expression) -> list[Expression]:
    if tree.operation != "multiply":
        return [tree]
    return [factor for part in tree.arguments for factor in _factors(part)]


def _with_slopes(node: Node, values: Mapping[str, float], known: Mapping[str, Expression]) -> Node:
    """Return a node with its slopes, read from the formula, where it has none yet."""
    if node.formula is None or node.slopes:
        return node
    if node.formula.operation == "name":
        return replace(node, slopes={node.formula.name: reading.number(1)})
    below = {name: input(name) for name in sorted(node.formula.names())}
    if not below:
        return node
    piece = reading.local(
        build(node.formula, below), {wire: name for name, wire in below.items()}, node.name
    )
    slopes = {name: reading.simplified(slope, values) for name, slope in piece.slopes.items()}
    return replace(node, slopes={name: collected(slope, known) for name, slope in slopes.items()})
