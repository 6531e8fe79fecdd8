"""The numbers that stand around an answer, and what each slip on paper makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from ...explanation.reading import value_of
from ...numerics import evaluate_gate, evaluate_slopes, quiet
from ...tables.gates import GATES, Gate, activations
from .questions import Question
from .sheets import Student
from .slips import SLIPS, PaperSlip

Facts: TypeAlias = Mapping[str, str]
Numbers: TypeAlias = Mapping[str, float]


@dataclass(frozen=True)
class Slipped:
    """A slip at an answer: what comes out, and the names that its words speak of."""

    name: str
    value: float
    facts: Facts = field(default_factory=dict)


def slips_at(student: Student, question: Question, slope: float | None = None) -> list[Slipped]:
    """Return what every slip that can be made at an answer makes of it.

    Parameters
    ----------
    slope : float, optional
        The derivative that an update starts from; the right one by default.
    """
    here = _Around(student, question, slope)
    found = []
    for row in SLIPS.values():
        if row.kind in (here.kind, "any"):
            for numbers, facts in here.over(row):
                value = _value(row, {**here.numbers, **numbers})
                if value is not None:
                    found.append(Slipped(row.name, value, {**here.facts, **facts}))
    return found


def _value(row: PaperSlip, numbers: Numbers) -> float | None:
    if not row.expression.names() <= numbers.keys():
        return None
    with quiet():
        return value_of(row.expression, numbers)


class _Around:
    """What is known around one answer of one sheet."""

    def __init__(self, student: Student, question: Question, slope: float | None) -> None:
        self.student, self.question = student, question
        self.task, self.naming = student.task, student.task.naming
        self.values = student.values
        self.numbers: dict[str, float] = {
            "right": student.right[question.key],
            "n_outputs": float(self.task.shape.layers[-1]),
            "rate": self.task.learning_rate,
        }
        self.facts: dict[str, str] = {"own": question.name}
        self.ranges: dict[str, list[tuple[Numbers, Facts]]] = {"": [({}, {})]}
        self.ranges["other"] = list(self._others())
        self.kind = self._value() if question.kind == "value" else self._parameter(slope)

    def over(self, row: PaperSlip) -> list[tuple[Numbers, Facts]]:
        """Return what a row is tried for."""
        return self.ranges.get(row.over, [])

    def _others(self) -> Iterator[tuple[Numbers, Facts]]:
        own = self.question
        near = {"value": ("value",), "slope": ("new",), "new": ("slope", "new")}[own.kind]
        for other in self.task.questions:
            if other.kind in near and other != own and (own.kind == "value" or _near(own, other)):
                yield {"other": self.student.right[other.key]}, {"other": other.key}

    def _value(self) -> str:
        name, shape = self.question.name, self.task.shape
        for layer in range(1, self.naming.last + 1):
            for index in range(shape.layers[layer]):
                if name == self.naming.z(layer, index):
                    return self._net(layer, index)
                if name == self.naming.a(layer, index):
                    return self._out(layer, index)
        if name == "loss":
            return self._loss()
        for index in range(shape.layers[-1]):
            score = self.naming.score(index)
            if name == self.naming.of_output("e", index) and shape.loss.name == "squared_error":
                target = self.values[self.naming.target(index)]
                self.numbers |= {"target": target, "score": self.values[score]}
                return "square"
            if name == self.naming.of_output("p", index) and shape.loss.targets == "class":
                scores = sum(self.values[self.naming.score(k)] for k in range(shape.layers[-1]))
                self.numbers |= {"score": self.values[score], "scores": scores}
                self.facts["score"] = score
                return "probability"
        return "other value"

    def _net(self, layer: int, index: int) -> str:
        shape, naming, values = self.task.shape, self.naming, self.values
        sources = self._sources(layer)
        weights = [naming.weight(layer, k, index) for k in range(len(sources))]
        bias = naming.bias(layer, index)
        self.numbers["bias"] = values[bias]
        self.facts |= {"bias": bias, "neuron": naming.neuron(layer, index)}
        self.ranges["term"] = [
            ({"weight": values[w], "source": values[s]}, {"weight": w, "source": s})
            for w, s in zip(weights, sources, strict=True)
        ]
        if shape.layers[layer] == shape.layers[layer - 1]:
            turned = [naming.weight(layer, index, k) for k in range(len(sources))]
            self.numbers["turned"] = values[bias] + sum(
                values[w] * values[s] for w, s in zip(turned, sources, strict=True)
            )
        if layer > 1:
            before = [naming.z(layer - 1, k) for k in range(len(sources))]
            self.numbers["ungated"] = values[bias] + sum(
                values[w] * values[s] for w, s in zip(weights, before, strict=True)
            )
        return "net"

    def _sources(self, layer: int) -> list[str]:
        """Return what goes into the neurons of a layer."""
        count = self.task.shape.layers[layer - 1]
        if layer == 1:
            return [self.naming.given(k) for k in range(count)]
        return [self.naming.a(layer - 1, k) for k in range(count)]

    def _out(self, layer: int, index: int) -> str:
        gate = self.task.shape.gates[layer - 1]
        net = self.naming.z(layer, index)
        z = self.values[net]
        self.numbers |= {"net": z, "mirrored": _gate(gate, -z), "slope": _slope(gate, z)}
        self.facts |= {"net": net, "gate": gate.name}
        others = [GATES[name] for name in activations() if name not in (gate.name, "identity")]
        self.ranges["gate"] = [({"other": _gate(one, z)}, {"other": one.name}) for one in others]
        return "out"

    def _loss(self) -> str:
        shape, right = self.task.shape, self.numbers["right"]
        if "log" in shape.loss.said["loss"][1]:
            self.numbers["of_log"] = right
        if shape.loss.said["loss"][0] == "sum":
            self.numbers["of_sum"] = right
        if shape.loss.name == "squared_error":
            self.numbers["of_squares"] = right
        if shape.loss.name == "softmax_cross_entropy":
            correct = int(self.student.y)  # type: ignore[arg-type]
            self.facts["correct"] = f"o{correct + 1}"
            names = [self.naming.of_output("p", k) for k in range(shape.layers[-1])]
            self.ranges["class"] = [
                ({"p": self.values[name]}, {"p": name})
                for k, name in enumerate(names) if k != correct
            ]  # fmt: skip
        return "loss"

    def _parameter(self, slope: float | None) -> str:
        name = self.question.name
        found = self.naming.find(name)
        assert found is not None  # noqa: S101 (a sheet asks about parameters that there are)
        _, array, place = found
        derivation = self.student.derivations[name]
        self.numbers["old"] = self.values[name]
        self.numbers["slope"] = derivation.total if slope is None else slope
        if self.question.kind == "new":
            return "new"
        deltas = {delta.name: delta.value for delta in derivation.deltas}
        layer = int(array[1:])
        if array[0] == "W":
            source, target = place
            self.facts["source"] = self._sources(layer)[source]
            self.numbers["delta"] = deltas.get(self.naming.z(layer, target), 0.0)
        elif not place:
            neurons = range(self.task.shape.layers[layer])
            self.ranges["neuron"] = [
                ({"share": deltas.get(self.naming.z(layer, k), 0.0)},
                 {"neuron": self.naming.neuron(layer, k)}) for k in neurons
            ]  # fmt: skip
        self.ranges["parameter"] = list(self._other_parameters(array, place))
        return "slope"

    def _other_parameters(
        self, array: str, place: tuple[int, ...]
    ) -> Iterator[tuple[Numbers, Facts]]:
        gradients = self.student.gradients
        for name, other, where in self.naming.parameters():
            if (other, where) != (array, place):
                # Those of the same array are likeliest to be mixed up: they come with a why.
                instead = self._instead(array, place, where) if other == array else ("", "")
                facts = {"other": name, "taken": instead[0], "meant": instead[1]}
                yield {"other": float(gradients[other][where])}, facts

    def _instead(
        self, array: str, place: tuple[int, ...], other: tuple[int, ...]
    ) -> tuple[str, str]:
        layer = int(array[1:])
        if array[0] == "W" and place[1] == other[1]:
            sources = self._sources(layer)
            return sources[other[0]], sources[place[0]]
        if array[0] == "b" or place[0] == other[0]:
            return self.naming.neuron(layer, other[-1]), self.naming.neuron(layer, place[-1])
        return "", ""


def _near(own: Question, other: Question) -> bool:
    return other.name == own.name or other.kind == own.kind


def _gate(gate: Gate, x: float) -> float:
    return float(evaluate_gate(gate, np.array(x)))


def _slope(gate: Gate, x: float) -> float:
    return float(evaluate_slopes(gate, np.array(x))[0])
