"""The layer-by-layer derivation of one parameter as lines for a screen."""

from __future__ import annotations

from collections.abc import Iterator

from . import reading
from .derivation import Step
from .figures import significant
from .layer_derivation import LayerDerivation, Split, Summary, in_order
from .screen_lines import columns
from .text_view import TextView
from .writing import line, symbols

LONGEST = 60  # columns of a slope that is written out


def to_text(
    derivation: LayerDerivation, *, language: str = "en", width: int = 100, digits: int = 6
) -> str:
    """Return a layer derivation as text.

    Parameters
    ----------
    derivation : LayerDerivation
    language : {"en", "zh"}
    width : int
        The longest line, in columns of the screen.
    digits : int
        Significant digits of each result; numbers in a sum that cancels have more, so that
        its result can be computed from what is printed.
    """
    return "\n".join(_View(derivation, language, width, digits).lines()) + "\n"


class _View(TextView):
    def __init__(self, derivation: LayerDerivation, language: str, width: int, digits: int) -> None:
        super().__init__(derivation, language, width, digits)
        self.d = derivation
        self._steps = {step.name: step for step in derivation.steps}
        self._said: set[str] = set()

    def lines(self) -> Iterator[str]:
        yield from self.title()
        yield ""
        yield self.say("forward")
        yield from self._forward()
        yield ""
        yield self.say("layers back")
        yield from self._table([(layer.number, layer.delta) for layer in self.d.layers
                                if layer.delta is not None], "δ")  # fmt: skip
        for split in self.d.splits:
            yield ""
            yield from self._split(split)
        if not self.d.splits:
            yield from self._made_of(self.d.target)
            if self.d.target not in self._said:
                yield from self._single(self._steps[self.d.target])
        yield ""
        yield from self._product()
        yield from self.together()
        yield from self.matrix(self.d.matrix)
        yield ""
        yield from self.end()

    def _forward(self) -> Iterator[str]:
        d = self.d
        yield from self._table([(layer.number, layer.z) for layer in d.layers], "z")
        yield from self._table(
            [(layer.number, layer.a) for layer in d.layers if layer.a is not None], "a"
        )
        target = d.neuron
        for step in d.steps:
            if step.name == d.source or step.name in target:
                yield from self._single(step)
        yield f"  loss = {self.number(d.value)}"

    def _table(self, rows: list[tuple[int, Summary | None]], letter: str) -> Iterator[str]:
        """Write what a letter's numbers are in each layer, set below each other."""
        cells = []
        for number, summary in rows:
            if summary is None:
                continue
            short = [significant(v, 4) for v in (summary.smallest, summary.largest, summary.mean)]
            zeros = self.say("layers zeros", count=summary.zeros) if summary.zeros else ""
            cells.append((f"{letter}{number}", f"{summary.count:,}", *short, zeros))
        wide = [max(map(columns, column)) for column in zip(*cells, strict=True)]
        for name, count, low, high, mean, zeros in cells:
            text = self.say(
                "layers range", name=name.ljust(wide[0]), count=count.rjust(wide[1]),
                low=low.rjust(wide[2]), high=high.rjust(wide[3]), mean=mean.rjust(wide[4]),
            )  # fmt: skip
            yield f"  {text}{zeros}".rstrip()

    def _split(self, split: Split) -> Iterator[str]:
        template = "layers all" if len(split.terms) == split.count else "layers split"
        if not split.terms:
            template = "layers none"
        yield self.say(
            template, name=split.step.name, layer=split.layer, terms=len(split.terms),
            count=split.count, percent=significant(100 * split.covered, 2),
        )  # fmt: skip
        if split.step.formula is not None:
            for name in in_order(split.step.formula):
                yield from self._made_of(name)
        yield from self._equation(split.step)

    def _made_of(self, name: str) -> Iterator[str]:
        """Write how a number in a sum comes about, what it is made of first."""
        step = self._steps.get(name)
        if step is None or step.formula is None or name in self._said:
            return
        self._said.add(name)
        for part in in_order(step.formula):
            yield from self._made_of(part)
        yield from self._single(step)

    def _single(self, step: Step) -> Iterator[str]:
        """Write one number in one line."""
        self._said.add(step.name)
        text = f"{step.name}"
        formula = step.formula
        if formula is not None and columns(symbols(formula)) <= LONGEST:
            text += f" = {symbols(formula)}"
            put_in = line(formula, self.values, step.value, self.digits)
            if put_in != self.number(step.value):
                text += f" = {put_in}"
        if not text.endswith(f" = {self.number(step.value)}"):
            text += f" = {self.number(step.value)}"
        yield from self.wrapped(f"  {text}", "      ")

    def _equation(self, step: Step) -> Iterator[str]:
        """Write a sum in three lines: symbols, numbers, the result."""
        if step.formula is None or step.formula.operation == "number":
            yield f"  {step.name} = {self.number(step.value)}"
            return
        put_in = line(step.formula, self.values, step.value, self.digits)
        yield from self.wrapped(f"  {step.name} = {symbols(step.formula)}", "      ")
        yield from self.wrapped(f"    = {put_in}", "      ")
        yield f"    = {self.number(step.value)}"

    def _product(self) -> Iterator[str]:
        d = self.d
        formula = reading.name(d.target)
        if d.source:
            formula = reading.call("multiply", reading.name(d.source), formula)
        yield self.say("layers product")
        yield from self._single(Step(self.sample_slope, d.slope, formula))
