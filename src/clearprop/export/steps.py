"""From nodes to statements: which values get a line and a name of their own, and in which order.

A value gets its own line if somebody named it (Z1, dW1, a part of a gate's row) or if it is
needed twice and is more than a single sign between two variables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from ..circuit import Wire
from ..operations import show_shape
from ..tables.losses import Loss
from .graph import Graph, Node
from .layout import aligned, statement

RESERVED = (
    "forward", "loss", "losses", "gradients", "scores", "predict", "predict_proba", "train",
    "arrays", "numbers", "encode", "read_csv", "predict_rows", "check_gradients", "is_number",
)  # fmt: skip
"""Functions of the program, and other names that are taken in it."""

_NOUNS = {
    "add": "sum", "subtract": "difference", "multiply": "product", "divide": "ratio",
    "negate": "minus", "where": "choice", "max": "larger", "min": "smaller", "pow": "power",
    "sqrt": "root", "sum": "sum", "matmul": "product", "cast": "number", "one_hot": "hit",
    "largest": "largest", "pick": "picked", "argmax": "argmax", "whole": "whole",
}  # fmt: skip


class Names:
    """What the values of a program are called: the same everywhere in it, and each name once.

    Parameters
    ----------
    graph : Graph
    taken : iterable of str
        Names that mean something else in the program.
    layers : mapping of Wire to int
        The layer of each activation.
    """

    def __init__(self, graph: Graph, taken: Iterable[str], layers: Mapping[Wire, int]) -> None:
        self.graph, self.layers = graph, layers
        self.of: dict[Node, str] = {}
        self._taken = {name.lower() for name in taken}

    def set(self, node: Node, name: str) -> None:
        """Call a value by a name, unless it has one."""
        if node not in self.of:
            self.of[node] = name
            self._taken.add(name.lower())

    def get(self, node: Node) -> str:
        """Return the name of a value; it is given one, if it has none."""
        if node not in self.of:
            offered = self._offered(node)
            self.set(node, next(name for name in offered if self._is_free(name)))
        return self.of[node]

    def _is_free(self, name: str) -> bool:
        """Whether a name is new, and no other looks like it (b1 and B1); l, O and I are digits."""
        return name not in ("l", "O", "I") and name.lower() not in self._taken

    def _offered(self, node: Node) -> Iterator[str]:
        if node in self.graph.parts:
            yield from self._of_part(node)
        noun = _NOUNS.get(word := node.operation.split(" ")[0], word)
        noun = "question" if not noun.isidentifier() else noun
        about = self._about(node)
        yield f"{noun}_{about}" if about else noun
        number = 2
        while True:
            yield f"{noun}_{number}"
            number += 1

    def _of_part(self, node: Node) -> Iterator[str]:
        part, wire = self.graph.parts[node]
        if isinstance(wire.kind, Loss):
            yield part
            yield f"{part}_loss"
            return
        layer = self.layers.get(wire, "")
        row = wire.kind
        siblings = [f"{name}{layer}" for name in getattr(row, "parts", ())]
        # Either all parts of a gate go by their short names, or none.
        own = {self.of.get(other) for other in self.graph.parts_of[wire]}
        if all(name in own or self._is_free(name) for name in siblings):
            yield f"{part}{layer}"
        yield f"{wire.gate_name}{layer}_{part}"

    def _about(self, node: Node) -> str:
        """Return the variable that a value is mostly about: the first in it."""
        waiting = [node]
        while waiting:
            one = waiting.pop()
            if one is not node and one in self.of:
                return self.of[one]
            waiting.extend(reversed([a for a in one.arguments if not a.is_leaf or a in self.of]))
        return ""


def ordered(targets: Iterable[Node], given: Collection[Node] = ()) -> list[Node]:
    """Return what must be computed for some values, arguments before what uses them."""
    done: set[Node] = set()
    order: list[Node] = []
    stack = [(node, False) for node in reversed(list(targets))]
    while stack:
        node, ready = stack.pop()
        if node in done or node in given or node.is_leaf:
            continue
        if ready:
            done.add(node)
            order.append(node)
        else:
            stack.append((node, True))
            stack.extend((below, False) for below in reversed(node.arguments))
    return order


def lines_of_their_own(
    graph: Graph, targets: Iterable[Node], named: Iterable[Node], given: Collection[Node] = ()
) -> set[Node]:
    """Return the values that get a line each, among those that the targets need."""
    targets = list(targets)
    order = ordered(targets, given)
    known = set(given)
    chosen = {n for n in named if n not in known}
    chosen |= {n for n in order if n in graph.parts and not n.is_view}
    uses: Counter[Node] = Counter()
    for node in reversed(order):
        if node not in chosen and _is_worth_it(node, uses[node], chosen | known):
            chosen.add(node)
        for below in node.arguments:
            uses[below] += 1 if node in chosen else max(uses[node], 1)
    return chosen & set(order)


def _is_worth_it(node: Node, uses: int, named: set[Node]) -> bool:
    if uses < 2 or node.is_view or node.weak or node.operation == "cast" or node.shape == ():
        return False
    simple = node.is_arithmetic and all(_is_simple(below, named) for below in node.arguments)
    return uses > 2 if simple else True


def _is_simple(node: Node, named: set[Node]) -> bool:
    while node.is_view and node not in named:
        node = node.arguments[0]
    return node.is_leaf or node in named


class Block:
    """The body of a function on its way: what is computed already, and what gets a line.

    Parameters
    ----------
    names : Names
    chosen : set of Node
        The values that get a line each.
    given : iterable of Node
        What the function is given.
    notes : mapping of Node to str, optional
        What is to be said of a value beside its shape.
    """

    def __init__(
        self,
        names: Names,
        chosen: set[Node],
        given: Iterable[Node] = (),
        notes: Mapping[Node, str] | None = None,
    ) -> None:
        self.names, self.chosen, self.notes = names, chosen, notes or {}
        self.known = {node: names.get(node) for node in given}

    def lines(self, targets: Iterable[Node]) -> list[str]:
        """Return the lines that compute some values, in order."""
        lines: list[str] = []
        for node in ordered(targets, self.known):
            if node in self.chosen:
                text = self.text(node)
                self.known[node] = name = self.names.get(node)
                shape = show_shape(node.shape) if node.shape else ""
                comment = ": ".join(filter(None, (shape, self.notes.get(node, ""))))
                lines += statement(name, text, comment)
        return aligned(lines)

    def text(self, node: Node) -> str:
        """Return the text of a value, by what is known already."""
        return self.names.graph.text(node, self.known)
