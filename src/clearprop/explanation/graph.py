"""A scalar circuit as nodes: what a person sees of it, with values and local slopes.

A node is an input, or a piece of the circuit that is shown as one line. Its formula and its
slopes are expressions of the names of other nodes.

>>> import clearprop as cp
>>> x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
>>> graph = graph_of((x + y).named("q") * z)
>>> [(node.name, node.value) for node in graph.nodes.values()]
[('x', -2.0), ('y', 5.0), ('z', -4.0), ('q', 3.0), ('f', -12.0)]
>>> len(graph.paths("x", "f"))
1
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..circuit import Wire, topological
from ..errors import CircuitError
from ..expansion import expand
from ..feeds import At
from ..operations import show_shape
from ..program import evaluate
from ..tables.expression import Expression
from ..tables.gates import Gate
from . import reading

MOST_PATHS = 64


@dataclass(frozen=True)
class Node:
    """One line of a forward pass.

    Attributes
    ----------
    name : str
    value : float
    formula : Expression or None
        Of other nodes' names; None for inputs.
    said : Expression or None
        The formula with its gate written out, where it is a call of one.
    slopes : mapping of str to Expression
        By each node that it is made of.
    gate : str
        What computes it: a gate's name, "sum of products", "loss", "input".
    """

    name: str
    value: float
    formula: Expression | None = None
    said: Expression | None = None
    slopes: Mapping[str, Expression] = field(default_factory=dict)
    gate: str = "input"


@dataclass(frozen=True)
class Graph:
    """Nodes by name, each after those that it is made of."""

    nodes: Mapping[str, Node]

    @cached_property
    def values(self) -> dict[str, float]:
        """The value of every node."""
        return {name: node.value for name, node in self.nodes.items()}

    @cached_property
    def feeds(self) -> dict[str, list[str]]:
        """For each node, those that are made of it."""
        found: dict[str, list[str]] = {name: [] for name in self.nodes}
        for name, node in self.nodes.items():
            for below in node.slopes:
                found[below].append(name)
        return found

    def slope(self, of: str, by: str) -> float:
        """Return a local slope's value."""
        return reading.value_of(self.nodes[of].slopes[by], self.values)

    def counts(self, end: str) -> dict[str, int]:
        """Return from how many paths each node reaches the end."""
        ways = dict.fromkeys(self.nodes, 0)
        ways[end] = 1
        for name in reversed(list(self.nodes)):
            ways[name] += sum(ways[above] for above in self.feeds[name])
        return ways

    def paths(self, start: str, end: str, most: int = MOST_PATHS) -> list[tuple[str, ...]] | None:
        """Return every way from one node to another; None if there are more than ``most``."""
        ways = self.counts(end)
        if ways[start] > most:
            return None
        found: list[tuple[str, ...]] = []
        waiting: list[tuple[str, ...]] = [(start,)]
        while waiting:
            path = waiting.pop()
            if path[-1] == end:
                found.append(path)
                continue
            onward = [above for above in self.feeds[path[-1]] if ways[above]]
            waiting += [(*path, above) for above in reversed(onward)]
        return found

    def deltas(self, end: str, start: str | None = None) -> dict[str, float]:
        """Return the derivative of the end by each node that leads to it, from the end back.

        With ``start``, of those alone that lie between.
        """
        between = set(self.nodes) if start is None else self._behind(start)
        found = {end: 1.0}
        for name in reversed(list(self.nodes)):
            if name in found or name not in between:
                continue
            above = [one for one in self.feeds[name] if one in found]
            if above:
                found[name] = sum(found[one] * self.slope(one, name) for one in above)
        return found

    def _behind(self, start: str) -> set[str]:
        found, waiting = {start}, [start]
        while waiting:
            for above in self.feeds[waiting.pop()]:
                if above not in found:
                    found.add(above)
                    waiting.append(above)
        return found


def graph_of(output: Wire, at: At | None = None) -> Graph:
    """Return the nodes of a circuit that a person built: every gate is one.

    Array circuits are drawn out into scalars first. Gates without a name are called g1, g2,
    ..., the output f.

    Raises
    ------
    CircuitError
        If the output is no single number, or an input has no value.
    """
    if output.shape != ():
        raise CircuitError(
            f"only a single number is explained; {output!r} has the shape "
            f"{show_shape(output.shape)}. Sum it first: {output.name or 'f'}.sum()"
        )
    scalar = expand(output, at)
    order = list(topological([scalar]))
    names: dict[Wire, str] = {}
    taken = {wire.name for wire in order if wire.name}
    for wire in order:
        if wire.kind != "constant":
            names[wire] = wire.name or _free("f" if wire is scalar else "g", taken)
    return assemble(scalar, names)


def _free(letter: str, taken: set[str]) -> str:
    if letter == "f" and "f" not in taken:
        taken.add("f")
        return "f"
    number = 1
    while f"{letter}{number}" in taken:
        number += 1
    taken.add(f"{letter}{number}")
    return f"{letter}{number}"


def assemble(
    outputs: Wire | Sequence[Wire],
    names: Mapping[Wire, str],
    first: Callable[[str], bool] = lambda _: False,
) -> Graph:
    """Return the nodes of a scalar circuit, cut at the wires that have names."""
    tops = [outputs] if isinstance(outputs, Wire) else list(outputs)
    shown = [wire for wire in topological(tops) if wire in names]
    shown.sort(key=lambda wire: bool(wire.inputs))  # what is given stands first
    values = dict(zip((names[w] for w in shown), map(float, evaluate(shown)), strict=True))
    nodes: dict[str, Node] = {}
    for wire in shown:
        text = names[wire]
        if text in nodes:
            raise CircuitError(f"two wires are named {text!r}; give each a name of its own")
        if not wire.inputs:
            nodes[text] = Node(text, values[text])
            continue
        piece = reading.local(wire, _parents(wire, names), text)
        formula = reading.simplified(piece.formula, values, first)
        slopes = {
            below: reading.simplified(slope, values, first) for below, slope in piece.slopes.items()
        }
        nodes[text] = Node(text, values[text], formula, _said(wire, names), slopes, _gate(wire))
    return Graph(nodes)


def _parents(wire: Wire, names: Mapping[Wire, str]) -> dict[Wire, str]:
    found: dict[Wire, str] = {}
    waiting = list(reversed(wire.inputs))
    seen: set[Wire] = set()
    while waiting:
        below = waiting.pop()
        if below in names:
            found[below] = names[below]
        elif below not in seen:
            seen.add(below)
            waiting += reversed(below.inputs)
    return found


def _said(wire: Wire, names: Mapping[Wire, str]) -> Expression | None:
    """Return a gate of the table written out, where the wire is one with named inputs."""
    gate = wire.kind
    if (
        not isinstance(gate, Gate)
        or gate.is_primitive()
        or any(w not in names for w in wire.inputs)
    ):
        return None
    if gate.name in ("add", "subtract", "multiply", "divide", "negate", "square", "identity"):
        return None
    return reading.of_gate(gate, *(reading.name(names[w]) for w in wire.inputs))


def _gate(wire: Wire) -> str:
    kinds = {w.gate_name for w in (wire, *wire.inputs) if isinstance(w.kind, Gate)}
    if wire.gate_name == "add" and kinds <= {"add", "multiply"} and "multiply" in kinds:
        return "sum of products"
    return wire.gate_name
