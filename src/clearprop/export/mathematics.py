"""The network's own functions, printed from its circuits: forward, loss, gradients, predictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from ..architecture import Architecture, Objective
from ..backprop import backward
from ..loss_circuit import LossWires
from ..operations import show_shape
from ..tables.printers import to_numpy
from .graph import Graph, Node
from .layout import WIDTH, indented, prose, statement
from .steps import RESERVED, Block, Names, lines_of_their_own, ordered

CALLER = (
    "X", "y", "parameters", "sample_weight", "weights", "count", "values", "np", "csv", "re",
    "sys", "len", "dict", "float",
)  # fmt: skip


class Mathematics:
    """The functions of a program that compute what a network computes.

    Parameters
    ----------
    shape : Architecture
    objective : Objective
    l2 : float
        Of the penalty, where the objective has one.
    single : bool
        Whether all is computed in float32.
    """

    def __init__(
        self, shape: Architecture, objective: Objective, l2: float, *, single: bool
    ) -> None:
        self.shape, self.objective, self.l2, self.single = shape, objective, l2, single
        self.circuit = circuit = shape.circuit(objective)
        named = {wire: name for name, wire in circuit.parameters.items()}
        count = "count" if objective.weighted else "len(X)"
        named |= {circuit.X: "X", circuit.targets: "y", circuit.sample_weight: "sample_weight"}
        named |= {circuit.l2: "L2", circuit.count: count}
        weak = [circuit.l2] + ([] if objective.weighted else [circuit.count])
        self.graph = graph = Graph(named, weak, single=single)
        layers = {wire: number for number, wire in enumerate(circuit.a, 1)}
        self.names = names = Names(graph, [*CALLER, *RESERVED, *shape.shapes], layers)
        # Named wires keep their names; a Z goes before the A that is the same, as in "identity".
        self.values = [*dict.fromkeys(w for pair in zip(circuit.z, circuit.a, strict=True)
                                      for w in pair)]  # fmt: skip
        for wire in self.values:
            names.set(graph.full(graph.of(wire)), wire.name)
        names.set(graph.of(circuit.losses), "losses")
        self.loss = graph.of(circuit.objective)
        self._name_slopes()
        self._choose_lines()

    def _name_slopes(self) -> None:
        asked = [*self.circuit.parameters.values(), *self.values]
        of = backward(self.circuit.objective, asked)
        slopes = {wire.name: self.graph.full(self.graph.of(of[wire])) for wire in asked}
        own = self.shape.backward(self.objective)
        self.slopes = {name: self.graph.full(self.graph.of(own[name])) for name in own}
        for name in sorted(slopes, key=lambda name: "ZAWb".index(name[0])):
            self.names.set(slopes[name], f"d{name}")
        self.waypoints = [slopes[wire.name] for wire in reversed(self.values)]

    def _choose_lines(self) -> None:
        """Decide over the forward and the backward pass together what gets a line."""
        graph = self.graph
        forward = [graph.full(graph.of(wire)) for wire in self.values]
        needed = set(ordered(self.slopes.values()))
        slopes = [node for node in self.waypoints if node in needed]
        named = [*forward, *slopes, *self.slopes.values()]
        chosen = lines_of_their_own(graph, [*forward, *self.slopes.values()], named)
        behind = set(ordered(forward))
        self.forward_lines = chosen & behind
        self.backward_lines = chosen - behind
        self.forward_values = forward
        self.keys: dict[Node, str] = {}
        for wire, node in zip(self.values, forward, strict=True):
            self.keys.setdefault(node, wire.name)
        # What the backward pass uses of the forward pass, first computed first.
        passed = set(ordered(self.slopes.values(), self.forward_lines))
        used = {below for node in passed for below in node.arguments}
        used |= set(self.slopes.values())
        self.passed_on = [n for n in ordered(forward) if n in self.forward_lines & used]

    # --- the functions ---------------------------------------------------------------------

    @cached_property
    def scores_name(self) -> str:
        """The name of what goes into the loss."""
        return self.names.get(self.scores)

    @property
    def scores(self) -> Node:
        """What goes into the loss."""
        return self.graph.full(self.graph.of(self.circuit.scores))

    @property
    def dtype(self) -> str:
        """The precision, as the program writes it."""
        return "np.float32" if self.single else "np.float64"

    def forward(self) -> list[str]:
        """Return the function ``forward``."""
        lines: list[str] = []
        block = Block(self.names, self.forward_lines)
        for layer, z in enumerate(self.circuit.z, 1):
            values = [z] if self.circuit.a[layer - 1] is z else [z, self.circuit.a[layer - 1]]
            nodes = [self.graph.full(self.graph.of(wire)) for wire in values]
            lines += ["", f"# Layer {layer}: {self._said(layer)}"]
            lines += block.lines(nodes)
        returned = {wire.name: node for wire, node in zip(self.values, self.forward_values,
                                                          strict=True)}  # fmt: skip
        own = set(self.forward_values)
        extra = [node for node in self.passed_on if node not in own]
        returned |= {self.names.get(node): node for node in extra}
        pairs = ", ".join(f'"{key}": {self.names.get(node)}' for key, node in returned.items())
        body = [
            f"X = np.asarray(X, dtype={self.dtype})  # (N, {self.shape.layers[0]})",
            *self._unpacked(list(self.shape.shapes)),
            *lines,
            "",
            *statement("return", f"{{{pairs}}}"),
        ]
        about = "Return every value on the way from X to the scores, by name."
        return self._function(
            "forward", "X, parameters=None", about, body, ordered(self.forward_values)
        )

    def _said(self, layer: int) -> str:
        n_in, n_out = self.shape.layers[layer - 1 : layer + 1]
        gate = self.shape.gates[layer - 1]
        last = layer == len(self.shape.gates)
        then = "scores" if last and gate.name == "identity" else gate.spec
        return f"{n_in} to {n_out}, {then}"

    def loss_function(self) -> list[str]:
        """Return the function ``loss``."""
        names, graph = self.names, self.graph
        needed = ordered([self.loss], [self.scores])
        named = [graph.of(self.circuit.losses)]
        chosen = lines_of_their_own(graph, [self.loss], named, [self.scores])
        stages = [node for node in self._stages if node in chosen]
        block = Block(names, chosen - {self.loss}, [self.scores], self._notes())
        lines = block.lines([*stages, self.loss])
        weights = [n for n in self._weights(needed) if n[0] == "W"]
        body = [
            *self._arrays(),
            *(self._unpacked(weights) if weights else []),
            f'{self.scores_name} = forward(X, parameters)["{self.keys[self.scores]}"]',
            "",
            *lines,
            *statement("return", block.text(self.loss)),
        ]
        return self._function("loss", self._arguments, f"Return {self.formula}.", body, needed)

    def gradients(self) -> list[str]:
        """Return the function ``gradients``."""
        names = self.names
        needed = ordered(self.slopes.values(), self.forward_lines)
        weights = self._weights(needed)
        body = [
            *self._arrays(),
            *(self._unpacked(weights) if weights else []),
        ]
        if self.passed_on:
            body.append("values = forward(X, parameters)")
        for some in self._by_layers():
            taken = ", ".join(f'values["{self._forward_key(node)}"]' for node in some)
            body.append(f"{', '.join(map(names.get, some))} = {taken}")
        body += self._backward_lines()
        pairs = ", ".join(f'"{name}": {self._slope_text(name)}' for name in self.slopes)
        body += ["", *statement("return", f"{{{pairs}}}")]
        about = "Return the derivative of the loss by each parameter: the chain rule, backward."
        return self._function("gradients", self._arguments, about, body, needed)

    def _by_layers(self) -> Iterator[list[Node]]:
        """Yield what the backward pass takes from the forward pass, a line's worth at a time."""
        done: set[Node] = set()
        line: list[Node] = []
        for wire in self.circuit.a:
            new = set(ordered([self.graph.full(self.graph.of(wire))], done))
            done |= new
            found = [node for node in self.passed_on if node in new]
            if line and not self._fits([*line, *found]):
                yield line
                line = []
            for node in found:
                if line and not self._fits([*line, node]):
                    yield line
                    line = []
                line.append(node)
        if line:
            yield line

    def _fits(self, nodes: Sequence[Node]) -> bool:
        return sum(2 * len(self.names.get(node)) + 12 for node in nodes) <= WIDTH - 24

    def _forward_key(self, node: Node) -> str:
        return self.keys.get(node) or self.names.get(node)

    def _slope_text(self, name: str) -> str:
        node = self.slopes[name]
        return self.names.get(node) if not node.is_leaf else self.graph.text(node)

    def _backward_lines(self) -> list[str]:
        lines: list[str] = []
        block = Block(self.names, self.backward_lines, self.forward_lines, self._notes())
        circuit = self.circuit
        reached = set(ordered(self.slopes.values()))
        of = dict(zip([w.name for w in reversed(self.values)], self.waypoints, strict=True))
        last = len(circuit.z)
        first = of[circuit.scores.name]
        stages = [node for node in self._stages if node in self.backward_lines]
        head = block.lines([*stages, first])
        if head:
            lines += ["", f"# Layer {last}, from the loss back", *head]
        for layer in range(last, 0, -1):
            targets = [of.get(f"A{layer}"), of[f"Z{layer}"]]
            targets += [self.slopes[f"W{layer}"], self.slopes[f"b{layer}"]]
            nodes = [n for n in targets if n is not None and n in reached]
            more = block.lines(nodes)
            opened = layer == last and head
            lines += more if opened else ["", f"# Layer {layer}", *more] if more else []
        return lines

    @property
    def _stages(self) -> list[Node]:
        """What the loss's row names, in the row's order."""
        losses = self.circuit.losses
        return [node for node, (_, wire) in self.graph.parts.items() if wire is losses]

    def _notes(self) -> dict[Node, str]:
        """Return what is worth saying of some values."""
        row, graph = self.shape.loss, self.graph
        notes = {}
        for node, (part, wire) in graph.parts.items():
            if wire is self.circuit.losses and part == "hit":
                notes[node] = "1 for the right class, else 0"
        if row.shown and len(self.circuit.z) > 0:
            slope = next(n for n in self.waypoints if self.names.get(n) == f"d{self.scores_name}")
            over = {"mean": " / count"}.get(self.objective.reduction, "")
            over = over if self.objective.weighted else over.replace("count", "len(X)")
            weight = " * sample_weight" if self.objective.weighted else ""
            shown = to_numpy(row.shown_tree, {"target": "y", "s": self.scores_name})
            shown = f"({shown})" if weight or over else shown
            notes[slope] = f"{shown}{weight}{over}, with no digit lost"
        return notes

    def scores_function(self) -> list[str]:
        """Return the function that predictions start from."""
        body = [f'return forward(X, parameters)["{self.keys[self.scores]}"]']
        about = f"Return what goes into the loss, of shape (N, {self.shape.layers[-1]})."
        return self._function("scores", "X, parameters=None", about, body)

    def predict(self) -> list[str]:
        """Return the function ``predict``."""
        one = self.shape.layers[-1] == 1
        kind = self.shape.loss.targets
        text, about = {
            "class": ("scores(X, parameters).argmax(axis=1)", "the class number of each row"),
            "binary": ("(scores(X, parameters) > 0).astype(int)",
                       "1 where the score is above 0, else 0"),
            "value": ("scores(X, parameters)", "the network's outputs for each row"),
        }[kind]  # fmt: skip
        if one and kind != "class":
            text += "[:, 0]"
        sizes = "(N,)" if one or kind == "class" else f"(N, {self.shape.layers[-1]})"
        about = f"Return {about}, of shape {sizes}."
        return self._function("predict", "X, parameters=None", about, [f"return {text}"])

    def predict_proba(self) -> list[str]:
        """Return the function ``predict_proba``; nothing where the loss has no probabilities."""
        if self.shape.loss.probability_tree is None:
            return []
        graph, names = self.graph, self.names
        apart = LossWires(self.shape.loss, self.circuit.scores, None)
        chance = graph.full(graph.of(apart.probability))
        chosen = lines_of_their_own(graph, [chance], [], [self.scores]) - {chance}
        block = Block(names, chosen, [self.scores])
        lines = block.lines([chance])
        text = block.text(chance)
        body = [f"{self.scores_name} = scores(X, parameters)", *lines]
        if self.shape.loss.targets == "binary" and self.shape.layers[-1] == 1:
            body += [*statement("p", text), "return np.hstack([1 - p, p])"]
            about = "Return the probabilities of class 0 and of class 1, of shape (N, 2)."
        else:
            body += statement("return", text)
            about = f"Return each output's probability, of shape (N, {self.shape.layers[-1]})."
        needed = ordered([chance], [self.scores])
        return self._function("predict_proba", "X, parameters=None", about, body, needed)

    # --- their parts -----------------------------------------------------------------------

    @property
    def _arguments(self) -> str:
        more = ", sample_weight=None" if self.objective.weighted else ""
        return f"X, y, parameters=None{more}"

    @property
    def formula(self) -> str:
        """What the loss is, in words."""
        weighted = "weighted " if self.objective.weighted else ""
        said = f"the {weighted}{self.objective.reduction} of the rows' losses"
        return said + (", plus L2 / 2 times all squared weights" * self.objective.penalised)

    def _weights(self, nodes: Sequence[Node]) -> list[str]:
        used = {below.name for node in nodes for below in node.arguments}
        return [name for name in self.shape.shapes if name in used]

    def _unpacked(self, wanted: Sequence[str]) -> list[str]:
        """Return lines that take parameters out of their mapping, a layer each."""
        lines = ["parameters = PARAMETERS if parameters is None else parameters"]
        for layer in range(1, len(self.shape.layers)):
            names = [name for name in (f"W{layer}", f"b{layer}") if name in wanted]
            if names:
                found = ", ".join(f'parameters["{name}"]' for name in names)
                sizes = ", ".join(show_shape(self.shape.shapes[name]) for name in names)
                lines.append(f"{', '.join(names)} = {found}  # {sizes}")
        return lines

    def _arrays(self) -> list[str]:
        if not self.objective.weighted:
            return ["X, y = arrays(X, y)"]
        lines = ["X, y, sample_weight = arrays(X, y, sample_weight)"]
        if self.objective.reduction == "mean":
            lines.append("count = sample_weight.sum() or 1.0")
        return lines

    def arrays(self) -> list[str]:
        """Return the function that makes arrays of what is given."""
        n_in, n_out = self.shape.layers[0], self.shape.layers[-1]
        body = [f"X = np.asarray(X, dtype={self.dtype})  # (N, {n_in})"]
        if self.shape.loss.targets == "class":
            body += [
                "y = np.asarray(y, dtype=np.int64).reshape(len(X))  # (N,)",
                f"if len(y) and not 0 <= y.min() <= y.max() < {n_out}:",
                f'    raise ValueError("y holds class numbers from 0 to {n_out - 1}")',
            ]
        else:
            body += [f"y = np.asarray(y, dtype={self.dtype}).reshape(len(X), {n_out})"
                     f"  # (N, {n_out})"]  # fmt: skip
        given = "X, y"
        if self.objective.weighted:
            body += ["weights = np.ones(len(X)) if sample_weight is None else sample_weight",
                     f"weights = np.asarray(weights, dtype={self.dtype})  # (N,)"]  # fmt: skip
            given = "X, y, sample_weight=None"
        body.append("return X, y, weights" if self.objective.weighted else "return X, y")
        about = "Return what is given as arrays of the right kinds and shapes."
        return self._function("arrays", given, about, body)

    def _function(
        self, name: str, arguments: str, about: str, body: Sequence[str], nodes: Sequence[Node] = ()
    ) -> list[str]:
        overflows = any(may_overflow(node) for node in nodes)
        return [
            *(['@np.errstate(over="ignore")  # exp may be inf on the way: 1 / inf is 0']
              if overflows else []),
            f"def {name}({arguments}):",
            f'    """{prose(about)}"""',
            *indented(body),
        ]  # fmt: skip


def may_overflow(node: Node) -> bool:
    """Whether this is an exponential of what may be large: not of min(x, 0), -|x| or s - max(s)."""
    if node.operation not in ("exp", "expm1"):
        return False
    (inside,) = node.arguments
    below = inside.arguments
    if inside.operation == "min":
        return not any(one.is_number(0) for one in below)
    if inside.operation == "negate":
        positive = below[0].operation == "max" and any(n.is_number(0) for n in below[0].arguments)
        return not (positive or below[0].operation == "abs")
    if inside.operation == "subtract":
        gathered = below[1].arguments
        largest = gathered and gathered[0].operation.startswith("largest")
        return not (largest and gathered[0].arguments[0] is below[0])
    return True
