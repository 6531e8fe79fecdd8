"""A derivation as lines for a screen: each number under the symbol that it is the value of."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence

from ..tables.expression import Expression
from . import reading
from .derivation import Derivation, Factor, Path, Step
from .figures import significant
from .words import say
from .writing import digits_for, enough_digits, line, numbers, symbols

FEW_STEPS = 24
FEW_PATHS = 8  # of more, those without a share are only counted
LONGEST = 48  # columns of a formula that is written out


def to_text(
    derivation: Derivation, *, language: str = "en", width: int = 100, digits: int = 6
) -> str:
    """Return a derivation as text.

    Parameters
    ----------
    derivation : Derivation
    language : {"en", "zh"}
    width : int
        The longest line, in columns of the screen.
    digits : int
        Significant digits of each number.
    """
    return "\n".join(_View(derivation, language, width, digits).lines()) + "\n"


class _View:
    def __init__(self, derivation: Derivation, language: str, width: int, digits: int) -> None:
        self.d, self.language, self.width, self.digits = derivation, language, width, digits
        self.values = derivation.values
        loss = derivation.subject.kind == "network"
        # Of shares that cancel each other, so many digits that their sum is the sum.
        self._share_digits = enough_digits(
            lambda rounded: math.fsum(rounded(path.share) for path in derivation.paths),
            derivation.slope,
            digits,
        )
        self._gates = {step.name: step.gate for step in derivation.steps}
        self._result = self._say("the loss") if loss else derivation.result

    def lines(self) -> Iterator[str]:
        d = self.d
        yield from self._title()
        yield ""
        yield self._say("forward")
        yield from self._forward()
        yield ""
        if d.n_paths == 0:
            yield self._say("chain_0", wrt=d.wrt, result=self._result)
            return
        if d.paths:
            template = "chain_1" if d.n_paths == 1 else "chain"
            yield self._say(template, wrt=d.wrt, result=self._result, count=d.n_paths)
            yield from self._paths()
        else:
            yield self._say("too_many", wrt=d.wrt, result=self._result, count=d.n_paths)
            yield self._say("deltas", result=self._result)
            yield from self._deltas()
        yield from self._whole()
        yield ""
        yield from self._end()

    def _say(self, template: str, **what: object) -> str:
        return say(self.language, template, **what)

    def _number(self, value: float) -> str:
        return significant(value, self.digits)

    def _slope_name(self) -> str:
        return f"d{self.d.result}/d{self.d.wrt}"

    def _title(self) -> Iterator[str]:
        d, about = self.d, self.d.subject
        question = self._say(
            "question", wrt=d.wrt, value=self._number(d.wrt_value), result=self._result
        )
        if about.kind != "network":
            yield question
            return
        hidden = list(dict.fromkeys(a for a in about.activations if a != "identity"))
        words = [
            self._say(
                "network", layers="-".join(map(str, about.layers)),
                activations=", ".join(hidden) or "identity", loss=about.loss.replace("_", " "),
            )
        ]  # fmt: skip
        if about.right:
            words.append(self._say("right", name=about.right))
        if about.n_samples > 1:
            words.append(self._say("sample", number=about.sample + 1, count=about.n_samples))
        rest = "，".join(words) if self.language == "zh" else ", ".join(words)
        if columns(question) + 4 + columns(rest) <= self.width:
            yield question + " " * 4 + rest
        else:
            yield from (question, rest)

    def _forward(self) -> Iterator[str]:
        steps = [step for step in self.d.steps if step.formula is not None]
        if len(steps) > FEW_STEPS:
            steps = [step for step in steps if step.on_the_way]
        rows = [
            (f"{step.name} = {symbols(step.formula)}", self._put_in(step), self._number(step.value))
            for step in steps
            if step.formula is not None
        ]
        yield from self._columns(rows)

    def _put_in(self, step: Step) -> str:
        """Write a step with numbers; its gate is written out where that is short."""
        said = line(step.said, self.values, step.value, self.digits) if step.said else ""
        if step.formula is None or (said and len(said) <= LONGEST):
            return said
        count = digits_for(step.said or step.formula, self.values, step.value, self.digits)
        return numbers(step.formula, self.values, count)

    def _columns(self, rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
        """Set rows under each other; those that are too long for it take two lines."""
        room = self.width - 2 - max((columns(row[2]) for row in rows), default=0) - 6
        fit = [row for row in rows if columns(row[0]) + columns(row[1]) <= room]
        first = max((columns(row[0]) for row in fit), default=0)
        second = max((columns(row[1]) for row in fit), default=0)
        while fit and first + second > room:  # the longest of them goes on lines of its own
            fit.remove(max(fit, key=lambda row: columns(row[0]) + columns(row[1])))
            first = max((columns(row[0]) for row in fit), default=0)
            second = max((columns(row[1]) for row in fit), default=0)
        for symbol, value, result in rows:
            if (symbol, value, result) in fit:
                middle = f" = {pad(value, second)}" if value != result else " " * (second + 3)
                yield f"  {pad(symbol, first)}{middle} = {result}".rstrip()
                continue
            yield from _wrapped(f"  {symbol}", self.width)
            yield from _wrapped(f"      = {value}", self.width)
            yield f"      = {result}"

    def _paths(self) -> Iterator[str]:
        many = len(self.d.paths) > FEW_PATHS
        idle = sum(path.share == 0 for path in self.d.paths) if many else 0
        for number, path in enumerate(self.d.paths, 1):
            if idle and path.share == 0:
                continue
            mark = f"({number}) " if len(self.d.paths) > 1 else ""
            yield from _wrapped(f"  {mark}{' → '.join(path.names)}", self.width, "      ")
            yield from self._product(path)
        if idle:
            yield "  " + self._say("idle", count=idle)

    def _product(self, path: Path) -> Iterator[str]:
        """Write the symbols and the numbers of a product below each other."""
        shown = [factor for factor in path.factors if not factor.symbol.is_number(1)]
        count = enough_digits(
            lambda rounded: math.prod(rounded(factor.value) for factor in shown),
            path.share,
            self._share_digits,
        )
        cells = [(self._symbol(factor), significant(factor.value, count)) for factor in shown]
        if not cells:
            cells = [("1", "1")]
        share = significant(path.share, self._share_digits)
        line: list[tuple[str, str]] = []
        for cell in cells:
            used = 6 + sum(max(map(columns, c)) + 3 for c in (*line, cell))
            if line and used + columns(share) > self.width:
                yield from _two_lines(line, "", more=True)
                line = []
            line.append(cell)
        yield from _two_lines(line, share, more=False)

    def _symbol(self, factor: Factor) -> str:
        text = symbols(factor.symbol)
        if len(text) > LONGEST:  # the gate's own slope, which its row writes out
            return f"{self._gates[factor.of]}'({factor.by})"
        if factor.symbol.operation in ("add", "subtract"):
            return f"({text})"
        return f"({text})" if factor.symbol.operation == "negate" else text

    def _deltas(self) -> Iterator[str]:
        result = self.d.result
        rows = []
        for delta in self.d.deltas:
            terms = [self._delta_term(term, result) for term in delta.terms]
            value = {f"d{result}/d{term.of}": self._delta(term.of) for term in delta.terms}
            symbol = terms[0]
            for more in terms[1:]:
                symbol = reading.call("add", symbol, more)
            known = {**self.values, **value}
            put_in = line(symbol, known, delta.value, self.digits)
            name = f"d{result}/d{delta.name} = {symbols(symbol)}"
            rows.append((name, put_in, self._number(delta.value)))
        yield from self._columns(rows)

    def _delta_term(self, term: Factor, result: str) -> Expression:
        if term.of == result:
            return term.symbol
        above = reading.name(f"d{result}/d{term.of}")
        return above if term.symbol.is_number(1) else reading.call("multiply", above, term.symbol)

    def _delta(self, name: str) -> float:
        return next((d.value for d in self.d.deltas if d.name == name), 1.0)

    def _whole(self) -> Iterator[str]:
        d = self.d
        if d.paths:
            parts = " + ".join(f"({n})" for n in range(1, len(d.paths) + 1))
            middle = f" = {parts}" if 1 < len(d.paths) <= 12 else ""
            one = (
                self._slope_name()
                if len(d.shares) == 1 and not d.penalty
                else (f"d{d.result}_{d.subject.sample + 1}/d{d.wrt}")
            )
            yield f"  {one}{middle} = {self._number(d.slope)}"
        if len(d.shares) > 1:
            word = self._say(d.subject.reduction)
            yield ""
            yield self._say("samples", count=len(d.shares), reduction=word)
            data = d.total - d.penalty
            mean = d.subject.reduction == "mean"
            count = enough_digits(
                lambda rounded: math.fsum(map(rounded, d.shares)) / (len(d.shares) if mean else 1),
                data,
                self.digits,
            )
            terms = [significant(share, count) for share in d.shares[:8]]
            more = " + ..." if len(d.shares) > 8 else ""
            total = " + ".join(f"({t})" if t.startswith("-") else t for t in terms) + more
            over = f"({total})/{len(d.shares)}" if mean else total
            yield from _wrapped(f"  {over} = {self._number(data)}", self.width, "      ")
        if d.penalty:
            yield (
                "  "
                + self._say("penalty", l2=self._number(d.subject.l2), wrt=d.wrt)
                + (f" = {self._number(d.penalty)}")
            )
        if len(d.shares) > 1 or d.penalty:
            yield f"  {self._slope_name()} = {self._number(d.total)}"

    def _end(self) -> Iterator[str]:
        d = self.d
        update, check = self._say("update"), self._say("check")
        wide = max(columns(update), columns(check)) + 4
        if d.learning_rate is not None and d.updated is not None:
            digits = self.digits + 3
            rate = significant(d.learning_rate, 15)
            by = d.learning_rate
            count = enough_digits(
                lambda rounded: rounded(d.wrt_value) - by * rounded(d.total), d.updated, digits
            )
            before, total = significant(d.wrt_value, count), significant(d.total, count)
            total = f"({total})" if total.startswith("-") else total
            yield (
                f"{pad(update, wide)}{d.wrt} - {rate}·{self._slope_name()} = {before} - "
                f"{rate}·{total} = {significant(d.updated, digits)}"
            )
        verdict = self._say("agrees" if d.check.agrees else "differs")
        yield pad(check, wide) + self._say(
            "difference", value=self._number(d.check.value), error=significant(d.check.error, 1),
            verdict=verdict,
        )  # fmt: skip


def columns(text: str) -> int:
    """Return how many columns of a screen a text takes; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
               if not unicodedata.combining(c))  # fmt: skip


def pad(text: str, width: int) -> str:
    """Fill a text up with blanks."""
    return text + " " * max(0, width - columns(text))


def _two_lines(cells: Sequence[tuple[str, str]], share: str, more: bool) -> Iterator[str]:
    wide = [max(map(columns, cell)) for cell in cells]
    above = " · ".join(pad(cell[0], n) for cell, n in zip(cells, wide, strict=True))
    below = " · ".join(pad(cell[1], n) for cell, n in zip(cells, wide, strict=True))
    yield f"      {above.rstrip()}{' ·' if more else ''}"
    yield f"      {below.rstrip() if more else below}{' ·' if more else f' = {share}'}"


def _wrapped(text: str, width: int, indent: str = "        ") -> Iterator[str]:
    """Break a line at blanks."""
    while columns(text) > width:
        cut = text.rfind(" ", len(indent) + 1, width)
        if cut < 0:
            break
        yield text[:cut].rstrip()
        text = indent + text[cut:].lstrip()
    yield text
