"""From array circuits to formulas of arrays: what a network's backward circuit says.

Nothing is differentiated here: the wires of :func:`clearprop.backward` are read. Where a part of
them is the slope of a gate or of the loss (it is the same gates on the same wires), it may be
called by a name, or written as its row says that people write it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ..architecture import Architecture, NetworkCircuit, Objective
from ..backprop import backward
from ..circuit import Wire, operation
from ..errors import CircuitError
from ..formulas import build, names_of
from ..loss_circuit import unfold
from ..operations import BROADCAST, LARGEST, MATMUL, ONE_HOT, SUM, TRANSPOSE, Shape
from ..tables.expression import Expression, fold
from ..tables.gates import Gate
from ..tables.losses import TARGETS, Loss
from . import arrays
from .array_writing import in_text
from .arrays import Formula
from .matrix_data import Line
from .screen_lines import columns

SHORT = 28  # columns of a slope that is written where it stands
LONG = 80  # columns of a slope that is written with its row's parts
SHORT_STAGE = 12

_OPERATION_OF = {
    "power": "pow",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}


def matrix_shape(shape: Shape) -> Shape:
    """Return the shape of a wire as a matrix: one number for each sample is a column."""
    return ("N", 1) if shape == ("N",) else shape


class Structures:
    """Tells which wires compute the same: the same gates of the same inputs."""

    def __init__(self) -> None:
        self._of: dict[Wire, int] = {}
        self._known: dict[Any, int] = {}

    def of(self, wire: Wire) -> int:
        """Return a number that wires have in common if they compute the same."""
        waiting = [wire]
        while waiting:
            one = waiting[-1]
            lacking = [below for below in one.inputs if below not in self._of]
            if one in self._of or not lacking:
                waiting.pop()
                self._of.setdefault(one, self._number(one))
            waiting += lacking
        return self._of[wire]

    def _number(self, wire: Wire) -> int:
        key: Any = (wire.kind, wire.setting, *(self._of.get(below) for below in wire.inputs))
        if not wire.inputs:
            scalar = wire.kind == "constant" and wire.shape == ()
            key = ("constant", repr(wire.value)) if scalar else wire
        return self._known.setdefault(key, len(self._known))


class Reading:
    """A network's circuits, read: names for what is given, formulas for the rest."""

    def __init__(self, net: Architecture, objective: Objective) -> None:
        self.net, self.objective = net, objective
        self.circuit: NetworkCircuit = net.circuit(objective)
        self.definitions: list[Line] = []
        self._same = Structures()
        self._names: dict[int, Formula] = {}
        self._name_what_is_given()
        self._name_slopes()

    def call(self, wire: Wire, formula: Formula) -> None:
        """Write ``formula`` wherever this wire, or one that computes the same, is met."""
        self._names.setdefault(self._same.of(wire), formula)

    def array(self, wire: Wire) -> Formula:
        """Return a named wire as a name."""
        return arrays.named(wire.name, matrix_shape(wire.shape))

    @property
    def wanted(self) -> Formula:
        """What the outputs should be."""
        return arrays.named("Y", ("N", self.net.layers[-1]))

    def _name_what_is_given(self) -> None:
        circuit = self.circuit
        for wire in (circuit.X, *circuit.parameters.values(), *circuit.z, *circuit.a):
            self.call(wire, self.array(wire))
        weights = arrays.named("s", ("N", 1))
        weighted = self.objective.weighted
        count = arrays.added_up(weights, (0, 1)) if weighted else arrays.named("N")
        self.call(circuit.count, count)
        self.call(circuit.l2, arrays.named("λ"))
        self.call(circuit.sample_weight, weights)
        targets = circuit.targets
        if self.net.loss.targets == "class":
            targets = operation(ONE_HOT, targets, setting=self.net.layers[-1])
        self.call(targets, self.wanted)

    def _name_slopes(self) -> None:
        """Give the loss's slope and the gates' slopes short names, where they are long."""
        taken = {"X", "Y", "N", *(w.name for w in (*self.circuit.z, *self.circuit.a))}
        scores = self.array(self.circuit.scores)
        loss = LossReading(self.net.loss, scores, self.wanted, taken)
        slope = arrays.filled(loss.slope, scores.shape)
        self.definitions += loss.definitions
        self.call(unfold(self.circuit.losses).slope, self._short("Δ", slope))
        layers = zip(self.net.gates, self.circuit.z, self.circuit.a, strict=True)
        for gate, z, a in layers:
            wire, parts = slope_wires(gate, z, a)
            if wire is None or self._same.of(wire) in self._names:
                continue
            shortest = SHORT
            if columns(in_text(self.read(wire))) > LONG:
                self._name_parts(parts, z.name)
                shortest = 0
            self.call(wire, self._short(f"{gate.name}′({z.name})", self.read(wire), shortest))

    def _name_parts(self, parts: Mapping[str, Wire], of: str) -> None:
        """Name what a long slope is made of as its row does: ``t(Z1)``."""
        for part, wire in parts.items():
            if wire.shape and self._same.of(wire) not in self._names:
                line = Line(f"{part}({of})", self.read(wire))
                self.definitions.append(line)
                self.call(wire, arrays.named(line.name, line.formula.shape))

    def _short(self, name: str, formula: Formula, shortest: int = SHORT) -> Formula:
        if columns(in_text(formula)) <= shortest and not _chooses(formula):
            return formula
        self.definitions.append(Line(name, formula))
        return arrays.named(name, formula.shape)

    def slopes(self, wires: list[Wire]) -> list[Wire]:
        """Return the wires of the loss's derivatives by some wires of the circuit."""
        return [_bare(wire) for wire in backward(self.circuit.objective, wires).values()]

    def read(self, wire: Wire, *, inside: bool = False) -> Formula:
        """Return what a wire says; ``inside`` looks into it even if it has a name."""
        made: dict[Wire, Formula] = {}
        waiting = [wire]
        while waiting:
            one = waiting[-1]
            known = self._names.get(self._same.of(one))
            if known is not None and not (inside and one is wire):
                made[one] = known
            lacking = [] if one in made else [below for below in one.inputs if below not in made]
            waiting += lacking
            if not lacking:
                if one not in made:
                    made[one] = self._one(one, [made[below] for below in one.inputs])
                waiting.pop()
        return made[wire]

    def _one(self, wire: Wire, inputs: list[Formula]) -> Formula:
        kind = wire.kind
        if kind == "constant" and wire.shape == ():
            return arrays.number(wire.value)
        if kind is BROADCAST:
            return inputs[0]
        if isinstance(kind, Gate):
            name = _OPERATION_OF.get(kind.name, str(kind))
            return arrays.operation_of(name, *inputs)
        whole = [
            arrays.filled(formula, matrix_shape(below.shape))
            for formula, below in zip(inputs, wire.inputs, strict=True)
        ]
        if kind is MATMUL:
            return arrays.matmul(*whole)
        if kind is TRANSPOSE:
            return arrays.turned(*whole)
        if kind is SUM:
            column = len(wire.inputs[0].shape) == 1
            return arrays.added_up(whole[0], (0, 1) if column else tuple(wire.setting))
        if kind is LARGEST:
            return Formula("largest", tuple(whole), (*whole[0].shape[:1], 1))
        raise CircuitError(f"{wire!r} is nothing that the matrix form has a sign for")


def _chooses(formula: Formula) -> bool:
    """Tell whether there are cases in a formula, other than 1 where something is true, else 0."""
    indicator = (arrays.number(1), arrays.number(0))
    return any(
        one.operation == "where" and one.arguments[1:] != indicator for one in formula.parts()
    )


def slope_wires(gate: Gate, z: Wire, a: Wire) -> tuple[Wire | None, dict[str, Wire]]:
    """Return the wire of a gate's local slope between two wires, and those of its row's parts.

    The slope is None where it is a number, whatever the wires.
    """
    (tree,) = gate.slope_trees
    if tree.operation == "number":
        return None, {}
    names = names_of(gate.part_trees, gate.parameters, {gate.inputs[0]: z})
    names["y"] = a
    slope = build(tree, names)
    return slope, {part: names[part] for part in gate.part_trees if dict.__contains__(names, part)}


def _bare(wire: Wire) -> Wire:
    """Return a derivative as the sweep made it, without the gate that only names it."""
    passes = isinstance(wire.kind, Gate) and wire.kind.name == "identity"
    return wire.inputs[0] if passes else wire


class LossReading:
    """A loss's slope as people write it, and what it is made of."""

    def __init__(self, loss: Loss, scores: Formula, wanted: Formula, taken: set[str]) -> None:
        self.loss, self.scores, self.wanted = loss, scores, wanted
        self.definitions: list[Line] = []
        self._taken = taken
        trees: dict[str, tuple[str, Expression]] = dict(loss.stage_trees)
        trees |= {name: ("each", tree) for name, tree in loss.part_trees.items()}
        trees |= {name: step for name, step in loss.said_trees.items() if name != "loss"}
        self._trees: Mapping[str, tuple[str, Expression]] = trees
        self._made: dict[str, Formula] = {k: arrays.number(v) for k, v in loss.parameters.items()}
        self._made |= {"s": scores, TARGETS[loss.targets]: wanted}
        self._uses = self._counted()
        self.slope = self._formula(loss.shown_tree)

    def _counted(self) -> Counter[str]:
        """Count where each step is used, in all that leads to the slope."""
        uses: Counter[str] = Counter()
        waiting = [self.loss.shown_tree]
        while waiting:
            found = [n.name for n in waiting.pop().walk() if n.operation == "name"]
            for name in found:
                if name in self._trees and name not in uses:
                    waiting.append(self._trees[name][1])
                uses[name] += 1
        return uses

    def _formula(self, tree: Expression) -> Formula:
        return fold(tree, _Arrays(self._named))

    def _named(self, name: str) -> Formula:
        if name not in self._made:
            how, tree = self._trees[name]
            formula = self._gathered(how, self._formula(tree))
            text = in_text(formula)
            if self._uses[name] > 1 or columns(text) > SHORT_STAGE:
                called = self._free(name)
                self.definitions.append(Line(called, formula))
                formula = arrays.named(called, formula.shape)
            self._made[name] = formula
        return self._made[name]

    def _free(self, name: str) -> str:
        """Return a capital letter for an array, where it is free."""
        for called in (name.capitalize(), name, f"{name}_"):
            if called not in self._taken:
                self._taken.add(called)
                return called
        raise CircuitError(f"{self.loss.name}: there is no name left for {name!r}")

    def _gathered(self, how: str, formula: Formula) -> Formula:
        if how in ("each", "whole"):
            return formula
        if how == "pick":
            formula = arrays.times(self.wanted, formula)
        whole = arrays.filled(formula, self.scores.shape)
        if how == "max":
            return Formula("largest", (whole,), (*whole.shape[:1], 1))
        return arrays.added_up(whole, (1,))


class _Arrays:
    """The algebra that turns an expression of a table into a formula of arrays."""

    def __init__(self, name: Callable[[str], Formula]) -> None:
        self._name = name

    def number(self, value: float) -> Formula:
        return arrays.number(value)

    def name(self, name: str) -> Formula:
        return arrays.number(3.141592653589793) if name == "pi" else self._name(name)

    def apply(self, operation: str, *arguments: Formula) -> Formula:
        return arrays.operation_of(operation, *arguments)
