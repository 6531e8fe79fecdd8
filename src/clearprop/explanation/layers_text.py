"""The layer-by-layer derivation of one parameter as lines for a screen."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..tables.expression import Expression
from . import reading
from .array_writing import columns
from .derivation import Step
from .figures import significant
from .layer_derivation import LayerDerivation, Split, Summary
from .words import say
from .writing import enough_digits, line, symbols

LONGEST = 60  # columns of a slope that is written out
FEW_SHARES = 8


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


class _View:
    def __init__(self, derivation: LayerDerivation, language: str, width: int, digits: int) -> None:
        self.d, self.language, self.width, self.digits = derivation, language, width, digits
        self.values = derivation.values
        self._steps = {step.name: step for step in derivation.steps}
        self._said: set[str] = set()

    def lines(self) -> Iterator[str]:
        yield from self._title()
        yield ""
        yield self._say("forward")
        yield from self._forward()
        yield ""
        yield self._say("layers back")
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
        yield from self._samples()
        yield ""
        yield from self._end()

    def _say(self, template: str, **what: object) -> str:
        return say(self.language, template, **what)

    def _number(self, value: float) -> str:
        return significant(value, self.digits)

    def _title(self) -> Iterator[str]:
        d, about = self.d, self.d.subject
        question = self._say(
            "question", wrt=d.wrt, value=self._number(d.wrt_value), result=self._say("the loss")
        )
        kinds = list(dict.fromkeys(a for a in about.activations if a != "identity"))
        words = [
            self._say(
                "network", layers="-".join(map(str, about.layers)),
                activations=", ".join(kinds) or "identity", loss=about.loss.replace("_", " "),
            )
        ]  # fmt: skip
        if about.right:
            words.append(self._say("right", name=about.right))
        if about.n_samples > 1:
            words.append(self._say("sample", number=about.sample + 1, count=about.n_samples))
        rest = self._say("between").join(words)
        if columns(question) + 4 + columns(rest) <= self.width:
            yield question + " " * 4 + rest
        else:
            yield question
            yield from self._wrapped(rest, "  ")

    def _forward(self) -> Iterator[str]:
        d = self.d
        yield from self._table([(layer.number, layer.z) for layer in d.layers], "z")
        yield from self._table(
            [(layer.number, layer.a) for layer in d.layers if layer.a is not None], "a"
        )
        target = set(self._names(d))
        for step in d.steps:
            if step.name == d.source or step.name in target:
                yield from self._single(step)
        yield f"  loss = {self._number(d.value)}"

    @staticmethod
    def _names(d: LayerDerivation) -> Iterator[str]:
        """Yield the names of the target neuron's z and a: δ's index, after z and a."""
        for step in d.steps:
            if step.formula is not None and step.gate == step.formula.operation:
                yield step.name
                yield from step.formula.names()
                return

    def _table(self, rows: list[tuple[int, Summary | None]], letter: str) -> Iterator[str]:
        """Write what a letter's numbers are in each layer, set below each other."""
        cells = []
        for number, summary in rows:
            if summary is None:
                continue
            short = [significant(v, 4) for v in (summary.smallest, summary.largest, summary.mean)]
            zeros = self._say("layers zeros", count=summary.zeros) if summary.zeros else ""
            cells.append((f"{letter}{number}", f"{summary.count:,}", *short, zeros))
        wide = [max(map(columns, column)) for column in zip(*cells, strict=True)]
        for name, count, low, high, mean, zeros in cells:
            text = self._say(
                "layers range", name=name.ljust(wide[0]), count=count.rjust(wide[1]),
                low=low.rjust(wide[2]), high=high.rjust(wide[3]), mean=mean.rjust(wide[4]),
            )  # fmt: skip
            yield f"  {text}{zeros}".rstrip()

    def _split(self, split: Split) -> Iterator[str]:
        template = "layers all" if len(split.terms) == split.count else "layers split"
        if not split.terms:
            template = "layers none"
        yield self._say(
            template, name=split.step.name, layer=split.layer, terms=len(split.terms),
            count=split.count, percent=significant(100 * split.covered, 2),
        )  # fmt: skip
        if split.step.formula is not None:
            for name in _in_order(split.step.formula):
                yield from self._made_of(name)
        yield from self._equation(split.step)

    def _made_of(self, name: str) -> Iterator[str]:
        """Write how a number in a sum comes about, what it is made of first."""
        step = self._steps.get(name)
        if step is None or step.formula is None or name in self._said:
            return
        self._said.add(name)
        for part in _in_order(step.formula):
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
            if put_in != self._number(step.value):
                text += f" = {put_in}"
        if not text.endswith(f" = {self._number(step.value)}"):
            text += f" = {self._number(step.value)}"
        yield from self._wrapped(f"  {text}", "      ")

    def _equation(self, step: Step) -> Iterator[str]:
        """Write a sum in three lines: symbols, numbers, the result."""
        if step.formula is None or step.formula.operation == "number":
            yield f"  {step.name} = {self._number(step.value)}"
            return
        put_in = line(step.formula, self.values, step.value, self.digits)
        yield from self._wrapped(f"  {step.name} = {symbols(step.formula)}", "      ")
        yield from self._wrapped(f"    = {put_in}", "      ")
        yield f"    = {self._number(step.value)}"

    def _slope_name(self, sample: bool = False) -> str:
        d = self.d
        several = sample and (len(d.shares) > 1 or d.penalty)
        return f"dloss{f'_{d.subject.sample + 1}' if several else ''}/d{d.wrt}"

    def _product(self) -> Iterator[str]:
        d = self.d
        formula = reading.name(d.target)
        if d.source:
            formula = reading.call("multiply", reading.name(d.source), formula)
        yield self._say("layers product")
        yield from self._single(Step(self._slope_name(sample=True), d.slope, formula))

    def _samples(self) -> Iterator[str]:
        d = self.d
        if len(d.shares) > 1:
            yield ""
            yield self._say(
                "samples", count=len(d.shares), reduction=self._say(d.subject.reduction)
            )
            data, mean = d.total - d.penalty, d.subject.reduction == "mean"
            over = len(d.shares) if mean else 1
            digits = enough_digits(
                lambda rounded: math.fsum(map(rounded, d.shares)) / over, data, self.digits
            )
            terms = [significant(share, digits) for share in d.shares[:FEW_SHARES]]
            total = " + ".join(f"({t})" if t.startswith("-") else t for t in terms)
            total += " + ..." if len(d.shares) > FEW_SHARES else ""
            total = f"({total})/{over}" if mean else total
            yield from self._wrapped(f"  {total} = {self._number(data)}", "      ")
        if d.penalty:
            words = self._say("penalty", l2=self._number(d.subject.l2), wrt=d.wrt)
            yield f"  {words} = {self._number(d.penalty)}"
        if len(d.shares) > 1 or d.penalty:
            yield f"  {self._slope_name()} = {self._number(d.total)}"

    def _end(self) -> Iterator[str]:
        d = self.d
        update, check = self._say("update"), self._say("check")
        wide = max(columns(update), columns(check)) + 4
        if d.learning_rate is not None and d.updated is not None:
            values = {"w": d.wrt_value, "g": d.total}
            rate = reading.number(d.learning_rate)
            step = reading.call("subtract", reading.name("w"),
                                reading.call("multiply", rate, reading.name("g")))  # fmt: skip
            put_in = line(step, values, d.updated, self.digits + 3)
            new = significant(d.updated, self.digits + 3)
            text = f"{update}{' ' * (wide - columns(update))}{d.wrt}⁺ = {put_in} = {new}"
            yield from self._wrapped(text, " " * wide)
        verdict = self._say("agrees" if d.check.agrees else "differs")
        yield f"{check}{' ' * (wide - columns(check))}" + self._say(
            "difference", value=self._number(d.check.value), error=significant(d.check.error, 1),
            verdict=verdict,
        )  # fmt: skip

    def _wrapped(self, text: str, indent: str) -> Iterator[str]:
        """Break a line at blanks."""
        while columns(text) > self.width:
            cut = text.rfind(" ", len(indent) + 1, self.width)
            if cut < 0:
                break
            yield text[:cut].rstrip()
            text = indent + text[cut:].lstrip()
        yield text


def _in_order(formula: Expression) -> list[str]:
    """Return the names in a formula as they are met in it."""
    return list(dict.fromkeys(n.name for n in formula.walk() if n.operation == "name"))
