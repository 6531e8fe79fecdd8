"""A circuit as expressions to print: every gate written out by its row, nothing written twice.

A :class:`Node` is one operation on numbers or arrays. What is computed twice in the same way is
one node, however many wires say so, across the forward and the backward pass.

>>> import clearprop as cp
>>> x = cp.input("x", shape=("N", 2))
>>> graph = Graph({x: "x"})
>>> graph.text(graph.of(cp.gates.sigmoid(x)))
'1 / (1 + np.exp(-x))'
>>> graph.of(cp.gates.tanh(x)) is graph.of(cp.gates.tanh(x))
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..circuit import Wire, broadcast, operation
from ..errors import CircuitError
from ..loss_circuit import unfold
from ..operations import BROADCAST, ONE_HOT, Operation, Shape, show_shape
from ..tables.expression import COMPARISONS, CONSTANTS, PRIMITIVES, Expression, fold
from ..tables.gates import Gate
from ..tables.losses import Loss
from ..tables.printers import ATOM, NUMPY, PRODUCT, SIGN, Printed, Printer, Rule

MANY_CLASSES = 1_000  # beyond, np.eye would take more memory than the data


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """One operation.

    Attributes
    ----------
    operation : str
        ``"number"``, ``"name"``, an operation of the expression language, or an operation on
        whole arrays with its setting, such as ``"sum (0,)"``.
    arguments : tuple of Node
    shape : tuple of int or str
    value : float
        Of a number.
    name : str
        Of a name.
    weak : bool
        It is a Python number, which takes the precision of the arrays it meets.
    thin : bool
        NumPy will hold it with fewer numbers than its shape says, and broadcast it.
    """

    operation: str
    arguments: tuple[Node, ...] = ()
    shape: Shape = ()
    value: float = 0.0
    name: str = ""
    weak: bool = False
    thin: bool = False

    @property
    def is_leaf(self) -> bool:
        """Whether nothing is computed for it."""
        return self.operation in ("number", "name")

    @property
    def is_view(self) -> bool:
        """Whether it only shows an array in another way, at no cost."""
        return self.operation.startswith((_REPEATED, "transpose"))

    @property
    def is_arithmetic(self) -> bool:
        """Whether it is a sign and not a function."""
        return self.operation in _SIGNS

    @property
    def once(self) -> Node:
        """What it is before it is repeated along leading axes, as NumPy does by itself."""
        node = self
        while node.operation == _REPEATED:
            node = node.arguments[0]
        return node

    def is_number(self, value: float) -> bool:
        """Whether it is this number, perhaps repeated along axes."""
        node = self.once
        return node.operation == "number" and node.value == value


_REPEATED = "broadcast"
_SIGNS = frozenset({"add", "subtract", "multiply", "divide", "negate"}) | COMPARISONS


class Graph:
    """The nodes behind some wires.

    Parameters
    ----------
    names : mapping of Wire to str
        How inputs are called in the program; those in ``weak`` are Python numbers there.
    weak : iterable of Wire
    single : bool
        Whether the program computes in float32.
    """

    def __init__(
        self, names: Mapping[Wire, str], weak: Iterable[Wire] = (), *, single: bool = False
    ) -> None:
        self.single = single
        self.parts: dict[Node, tuple[str, Wire]] = {}
        self.parts_of: dict[Wire, list[Node]] = {}
        self._known: dict[Any, Node] = {}
        self._of: dict[Wire, Node] = {}
        self._names = dict(names)
        self._weak = set(weak)
        self._rules: dict[str, Rule] = dict(NUMPY.rules)
        self._printer = Printer(replace(NUMPY, rules=self._rules), {})

    # --- making nodes ---------------------------------------------------------------------

    def number(self, value: float) -> Node:
        """Return the node of a number."""
        if value == CONSTANTS["pi"]:
            return self.name(_PI.text, weak=True)
        return self._once(Node("number", value=value, weak=True), repr(value))

    def name(self, name: str, shape: Shape = (), *, weak: bool = False) -> Node:
        """Return the node of a variable."""
        return self._once(Node("name", name=name, shape=shape, weak=weak), name)

    def of(self, wire: Wire) -> Node:
        """Return the node of a wire."""
        waiting = [wire]
        while waiting:
            one = waiting[-1]
            new = [] if one in self._of else [w for w in one.inputs if w not in self._of]
            if new:
                waiting.extend(reversed(new))
                continue
            if one not in self._of:
                self._of[one] = self._make(one)
            waiting.pop()
        return self._of[wire]

    def fold(self, tree: Expression, names: Mapping[str, Node]) -> Node:
        """Return the node of an expression."""
        return fold(tree, _Nodes(self, names))

    def apply(self, name: str, *arguments: Node) -> Node:
        """Return the node of an operation of the expression language."""
        shape = max((node.shape for node in arguments), key=len)
        arguments = tuple(node.once for node in arguments)
        simple = self._simpler(name, arguments, shape)
        if simple is not None:
            return simple
        values = arguments[1:] if name == "where" else arguments
        weak = all(node.weak for node in values)
        thin = bool(shape) and all(node.thin or node.shape != shape for node in arguments)
        function = name in PRIMITIVES
        made = Node(name, arguments, shape, weak=weak and not function, thin=thin)
        node = self._once(made)
        # A function of Python numbers gives a float64, which would draw all else with it.
        return self._cast(node) if weak and function and self.single else node

    def full(self, node: Node) -> Node:
        """Return a node with all the numbers that its shape says."""
        if not node.thin:
            return node
        sizes = show_shape(tuple("len(X)" if n == "N" else n for n in node.shape))
        rule = Rule(f"np.broadcast_to({{0}}, {sizes})")
        whole = self._shaping(f"whole {sizes}", rule, (node,), node.shape)
        return self._cast(whole) if node.weak and self.single else whole

    def _cast(self, node: Node) -> Node:
        made = Node("cast", (node,), node.shape, thin=node.thin)
        self._rules["cast"] = Rule("np.float32({0})")
        return self._once(made)

    def _once(self, node: Node, text: str = "") -> Node:
        return self._known.setdefault((node.operation, node.arguments, text, node.shape), node)

    def _simpler(self, name: str, arguments: tuple[Node, ...], shape: Shape) -> Node | None:
        """Return what a gate comes to where no number changes by it: 1 · x, 0.5 · (2 · x)."""
        if name == "!=":
            first, second = arguments
            first = first.arguments[0] if first.operation == "cast" else first
            asks = first.operation == "where" and second.is_number(0)
            if asks and first.arguments[1].is_number(1) and first.arguments[2].is_number(0):
                return first.arguments[0]
        if name != "multiply":
            return None
        left, right = arguments
        for one, other in ((left, right), (right, left)):
            if one.is_number(1) and other.shape == shape:
                return other
        if left.operation == right.operation == "multiply":
            inner, half = left.arguments
            double, outer = right.arguments
            if half.is_number(0.5) and double.is_number(2):
                return self.apply("multiply", inner, outer)
        return None

    def _make(self, wire: Wire) -> Node:
        kind = wire.kind
        if isinstance(kind, Gate):
            return self._gate(wire, kind)
        if isinstance(kind, Loss):
            return self._loss(wire, kind)
        if isinstance(kind, Operation):
            return self._operation(wire, kind)
        if kind == "constant":
            if wire.shape:
                raise CircuitError("only numbers can be constants of a program, not arrays")
            return self.number(float(wire.value))
        if wire not in self._names:
            raise CircuitError(f"the program has no name for the input {wire!r}")
        return self.name(self._names[wire], wire.shape, weak=wire in self._weak)

    def _gate(self, wire: Wire, gate: Gate) -> Node:
        inputs = (self._of[below] for below in wire.inputs)
        names = dict(zip(gate.inputs, inputs, strict=True))
        names |= {name: self.number(value) for name, value in gate.parameters.items()}
        self._fold_parts(wire, gate.part_trees, names)
        return self.fold(gate.value_tree, names)

    def _loss(self, wire: Wire, loss: Loss) -> Node:
        scores, targets = wire.inputs
        apart = unfold(wire)
        value = self.of(apart.value)
        names = {name: self.number(value) for name, value in loss.parameters.items()}
        names["s"] = self.of(scores)
        if loss.targets == "class":
            hit = operation(ONE_HOT, targets, setting=scores.shape[-1])
            names["hit"] = self.of(hit)
            self._call(names["hit"], "hit", wire)
        else:
            names["target"] = self.of(targets)
        for stage, gathered in apart.stages.items():
            self._call(self.of(gathered), stage, wire)
            names[stage] = self.of(broadcast(gathered, scores.shape, (len(scores.shape) - 1,)))
        self._fold_parts(wire, loss.part_trees, names)
        return value

    def _fold_parts(
        self, wire: Wire, parts: Mapping[str, Expression], names: dict[str, Node]
    ) -> None:
        """Make the nodes of a row's parts, and remember what the row calls them."""
        for part, tree in parts.items():
            names[part] = node = self.fold(tree, names)
            if node.shape and not node.is_leaf:
                self._call(node, part, wire)

    def _call(self, node: Node, part: str, wire: Wire) -> None:
        """Remember what a row calls a value of a wire."""
        if node not in self.parts:
            self.parts[node] = part, wire
            self.parts_of.setdefault(wire, []).append(node)

    def _operation(self, wire: Wire, kind: Operation) -> Node:
        arguments = [self._of[below] for below in wire.inputs]
        if kind is BROADCAST:
            return self._broadcast(wire, arguments[0])
        n_axes = len(wire.inputs[0].shape)
        key = f"{kind.name} {wire.setting} {n_axes}"
        rule = _RULES[kind.name](wire.setting, n_axes)
        if kind.name == "one_hot" and self.single:
            rule = Rule(f"np.float32({rule.template})")
        whole = tuple(self.full(node) for node in arguments)
        return self._shaping(key, rule, whole, wire.shape)

    def _broadcast(self, wire: Wire, below: Node) -> Node:
        """Leave repeating to NumPy: it adds leading axes itself, and others are marked by None."""
        shape, axes = wire.setting
        key = _REPEATED
        if below.once.shape == ():
            below = below.once
        elif axes != tuple(range(len(axes))):
            below = self.full(below)
            index = ", ".join("None" if axis in axes else ":" for axis in range(len(shape)))
            key = f"{_REPEATED} {axes}"
            self._rules[key] = Rule(f"{{0}}[{index}]", ATOM, (ATOM,))
        return self._once(Node(key, (below,), shape, weak=below.weak, thin=True))

    def _shaping(self, key: str, rule: Rule, arguments: tuple[Node, ...], shape: Shape) -> Node:
        self._rules[key] = rule
        return self._once(Node(key, arguments, shape))

    # --- printing them ---------------------------------------------------------------------

    def text(self, node: Node, names: Mapping[Node, str] | None = None) -> str:
        """Return the Python text of a node, with what is in ``names`` called so."""
        return self._printed(node, names or {}).text

    def _printed(self, node: Node, names: Mapping[Node, str]) -> Printed:
        below = [
            Printed(names[one]) if one in names else self._printed(one, names)
            for one in node.arguments
        ]
        if node.operation == "number":
            return self._printer.number(node.value)
        if node.operation == "name":
            return _PI if node.name == _PI.text else Printed(node.name)
        if node.operation == _REPEATED:
            return below[0]
        return self._printer.apply(node.operation, *below)


_PI = Printed("np.pi", ATOM, "np.pi", CONSTANTS["pi"])


class _Nodes:
    """The algebra that turns an expression into nodes."""

    def __init__(self, graph: Graph, names: Mapping[str, Node]) -> None:
        self.graph, self.names, self.number = graph, names, graph.number

    def name(self, name: str) -> Node:
        known = self.names.get(name)
        return self.graph.name(NUMPY.constants[name], weak=True) if known is None else known

    def apply(self, operation: str, *arguments: Node) -> Node:
        return self.graph.apply(operation, *arguments)


def _sum(axes: tuple[int, ...], n_axes: int) -> Rule:
    if len(axes) == n_axes:
        return Rule("{0}.sum()", ATOM, (ATOM,))
    axis = axes[0] if len(axes) == 1 else axes
    return Rule(f"{{0}}.sum(axis={axis})", ATOM, (ATOM,))


def _one_hot(size: int, n_axes: int) -> Rule:
    if size <= MANY_CLASSES:
        return Rule(f"np.eye({size})[{{0}}]")
    return Rule(f"np.where({{0}}[..., None] == np.arange({size}), 1.0, 0.0)")


_RULES: Mapping[str, Callable[[Any, int], Rule]] = {
    "matmul": lambda setting, n_axes: Rule("{0} @ {1}", PRODUCT, (SIGN, SIGN)),
    "transpose": lambda setting, n_axes: Rule("{0}.T", ATOM, (ATOM,)),
    "sum": _sum,
    "largest": lambda setting, n_axes: Rule(f"{{0}}.max(axis={n_axes - 1})", ATOM, (ATOM,)),
    "argmax": lambda setting, n_axes: Rule(f"{{0}}.argmax(axis={n_axes - 1})", ATOM, (ATOM,)),
    "pick": lambda setting, n_axes: Rule("{0}[np.arange(len({1})), {1}]", ATOM, (ATOM, ATOM)),
    "one_hot": _one_hot,
}
"""How the operations on whole arrays are written; elementwise gates are printed by their rows."""
