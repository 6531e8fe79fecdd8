"""What the page about one parameter of a large network says, layer by layer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..tables.expression import Expression
from . import reading
from .derivation import Step
from .derivative_names import derivative_name
from .figures import significant
from .layer_derivation import LayerDerivation, Split, in_order
from .outline import (
    Equation,
    Outline,
    Section,
    Side,
    Table,
    Words,
    figure,
    plain,
    times,
)
from .outlining import Outliner, about_subject, array_notes, matrix_section
from .writing import symbols

LONGEST = 60  # letters of a gate's slope that is written out
SHORT = 4  # digits of what is said of many numbers


def outline_of(derivation: LayerDerivation, digits: int = 6) -> Outline:
    """Return what a page about a layer derivation says.

    Raises
    ------
    CircuitError
        If the digits are no whole number from 1 to 17.
    """
    return _Layers(derivation, digits).page()


class _Layers(Outliner):
    def __init__(self, derivation: LayerDerivation, digits: int) -> None:
        super().__init__(derivation, digits)
        self.d = derivation
        self.steps = {step.name: step for step in derivation.steps}
        self.values |= {_derivative(name): value for name, value in self.values.items()}
        self.said: set[str] = set()

    def page(self) -> Outline:
        d = self.d
        sections = [
            Section("forward", Words("forward"), (self._ranges("z", "a"), *self._forward())),
            Section("back", Words("layers back"), (self._ranges("delta"), *self._nearest())),
            *map(self._split, d.splits),
            Section("chain", Words("layers product"), (self._product(),)),
            *self.combined(d),
            *matrix_section(d.matrix, d.wrt, d.subject.n_samples),
            *self.update(d),
            self.check(d),
        ]
        return Outline(
            self.question(d.wrt, d.wrt_value), tuple(about_subject(d.subject)), tuple(sections),
            {self.result: d.result, **{_derivative(name): name for name in self.steps}},
            {**self._notes(), **array_notes(d.matrix)},
        )  # fmt: skip

    def _notes(self) -> Mapping[str, str]:
        d = self.d
        steps = [*d.steps, Step(d.result, d.value), Step(d.wrt, d.wrt_value)]
        return {s.name: f"{s.name} = {significant(s.value, self.digits)}" for s in steps}

    def _ranges(self, *kinds: str) -> Table:
        """Say what the numbers of each layer are, in short."""
        rows = []
        for kind in kinds:
            for layer in self.d.layers:
                many = getattr(layer, kind)
                if many is None:
                    continue
                letter = "δ" if kind == "delta" else kind
                ends = (many.smallest, many.largest, many.mean)
                numbers = [figure(many.count, 15), *(figure(end, SHORT) for end in ends)]
                rows.append((plain(f"{letter}{layer.number}"), *numbers, figure(many.zeros, 15)))
        head = ("name", "how many", "smallest", "largest", "mean", "zeros")
        return Table(tuple(map(Words, head)), tuple(rows))

    def _forward(self) -> Iterator[Equation]:
        target = self.d.neuron
        for step in self.d.steps:
            if step.name == self.d.source or step.name in target:
                yield self._equation(step)
        yield Equation(self.d.result, plain(self.result), (figure(self.d.value, self.digits),))

    def _nearest(self) -> Iterator[Equation]:
        """Say what δ of the target is, where no later layer does."""
        if not self.d.splits:
            yield from self._made_of(self.d.target)
            if self.d.target not in self.said:
                yield self._equation(self.steps[self.d.target])

    def _split(self, split: Split) -> Section:
        """Say what δ of the target is by a later layer."""
        template = "layers all" if len(split.terms) == split.count else "layers split"
        if not split.terms:
            template = "layers none"
        heading = Words(
            template,
            {
                "name": self._left(split.step.name), "layer": split.layer,
                "terms": len(split.terms), "count": split.count,
                "percent": significant(100 * split.covered, 2),
            },
        )  # fmt: skip
        lines: list[Equation] = []
        if split.step.formula is not None:
            for name in in_order(split.step.formula):
                lines += self._made_of(name)
        return Section("split", heading, (*lines, *self._in_two(split.step)))

    def _in_two(self, step: Step) -> Iterator[Equation]:
        """Write δ as what comes back to the neuron's output, and that times the gate's slope."""
        formula = step.formula
        if formula is None or formula.operation != "multiply" or not formula.arguments[1].arguments:
            yield self._equation(step)
            return
        slope, back = formula.arguments
        neuron = next(n for n in self.d.neuron if self.steps[n].formula is not None)
        name = derivative_name(self.result, neuron)
        self.values[name] = reading.value_of(back, self.values)
        yield self._equation(Step(name, self.values[name], back))
        yield self._equation(replace(step, formula=times(slope, reading.name(name))))

    def _made_of(self, name: str) -> Iterator[Equation]:
        """Say how a number in a sum comes about, what it is made of first."""
        step = self.steps.get(name)
        if step is None or step.formula is None or name in self.said:
            return
        for part in in_order(step.formula):
            yield from self._made_of(part)
        yield self._equation(step)

    def _equation(self, step: Step) -> Equation:
        self.said.add(step.name)
        left = self._left(step.name)
        value = (figure(step.value, self.digits),)
        long = step.gate and len(symbols(step.formula or left.tree)) > LONGEST
        if step.formula is None or step.formula.operation == "number" or long:
            return Equation(step.name, left, value)
        said = _renamed(step.formula, slopes=False)
        sides = self.sides(_renamed(step.formula, slopes=True), said, step.value)
        return Equation(step.name, left, sides)

    @staticmethod
    def _left(name: str) -> Side:
        return Side(_renamed(reading.name(name), slopes=True))

    def _product(self) -> Equation:
        d = self.d
        formula = reading.name(d.target)
        if d.source:
            formula = reading.call("multiply", reading.name(d.source), formula)
        name = derivative_name(self.result, d.wrt)
        return Equation(d.wrt, plain(name), self.sides(formula, formula, d.slope))


def _derivative(name: str) -> str:
    """Return the name of a derivative as pages write it: ``dz3[0]/dz1[5]`` is a fraction."""
    found = re.fullmatch(r"d([a-z].*)/d([a-z].*)", name)
    return derivative_name(found[1], found[2]) if found else name


def _renamed(tree: Expression, *, slopes: bool) -> Expression:
    """Return a formula with names as pages write them; ``tanh'(z1[0])`` is a function's value."""
    if tree.operation != "name":
        inside = (_renamed(one, slopes=slopes) for one in tree.arguments)
        return replace(tree, arguments=tuple(inside))
    found = re.fullmatch(r"(\w+')\((.+)\)", tree.name)
    if found and slopes:
        return reading.call(found[1], reading.name(found[2]))
    return reading.name(_derivative(tree.name))
