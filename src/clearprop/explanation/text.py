"""A derivation as lines for a screen: each number under the symbol that it is the value of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ..tables.expression import Expression
from . import reading
from .derivation import BACKWARD, Derivation, Factor, Path, Step
from .derivative_names import slope_name
from .figures import significant
from .screen_lines import columns, pad
from .text_view import TextView
from .writing import digits_for, enough_digits, line, numbers, slopes_of, symbols

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


class _View(TextView):
    def __init__(self, derivation: Derivation, language: str, width: int, digits: int) -> None:
        super().__init__(derivation, language, width, digits)
        self.d = derivation
        # Of shares that cancel each other, so many digits that their sum is the sum.
        self._share_digits = enough_digits(
            lambda rounded: math.fsum(rounded(path.share) for path in derivation.paths),
            derivation.slope,
            digits,
        )
        self._gates = {step.name: step.gate for step in derivation.steps}

    def lines(self) -> Iterator[str]:
        d = self.d
        yield from self.title()
        yield ""
        back = [step for step in d.steps if step.gate == BACKWARD]
        yield self.say("forward")
        yield from self._steps([step for step in d.steps if step.gate != BACKWARD])
        yield ""
        if back:
            yield self.say("backward", result=back[0].name[1:].partition("/∂")[0])
            yield from self._steps(back)
            yield ""
        if d.n_paths == 0:
            yield self.say("chain_0", wrt=d.wrt, result=self.called)
            return
        if d.paths:
            template = "chain_1" if d.n_paths == 1 else "chain"
            yield self.say(template, wrt=d.wrt, result=self.called, count=d.n_paths)
            yield from self._paths()
        else:
            yield self.say("too_many", wrt=d.wrt, result=self.called, count=d.n_paths)
            yield self.say("deltas", result=self.called)
            yield from self._deltas()
        yield from self._whole()
        yield from self.matrix(d.matrix)
        yield ""
        yield from self.end()

    def _steps(self, steps: Sequence[Step]) -> Iterator[str]:
        steps = [step for step in steps if step.formula is not None]
        if len(steps) > FEW_STEPS:
            steps = [step for step in steps if step.on_the_way]
        rows = [
            (f"{step.name} = {symbols(step.formula)}", self._put_in(step), self.number(step.value))
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
            yield from self.wrapped(f"  {symbol}")
            yield from self.wrapped(f"      = {value}")
            yield f"      = {result}"

    def _paths(self) -> Iterator[str]:
        many = len(self.d.paths) > FEW_PATHS
        idle = sum(path.share == 0 for path in self.d.paths) if many else 0
        if not many:
            yield from self._by_hand()
        for number, path in enumerate(self.d.paths, 1):
            if idle and path.share == 0:
                continue
            mark = f"({number}) " if len(self.d.paths) > 1 else ""
            yield from self.wrapped(f"  {mark}{' → '.join(path.names)}", "      ")
            yield from self._product(path)
        if idle:
            yield "  " + self.say("idle", count=idle)

    def _by_hand(self) -> Iterator[str]:
        """Write the chain rule before anything is put in, and how it becomes simpler."""
        factors = [factor for path in self.d.paths for factor in path.factors]
        if len(factors) > len(self.d.paths) and not self.again:
            begin = f"  {self.sample_slope} "
            for number, path in enumerate(self.d.paths):
                sign = "+" if number else "="
                slopes = " · ".join(f"∂{factor.of}/∂{factor.by}" for factor in path.factors)
                first = " " * columns(begin) if number else begin
                indent = " " * (columns(begin) + 2)
                yield from self.wrapped(f"{first}{sign} {slopes}", indent)
        if any({"add", "multiply"} & set(factor.gates) for factor in factors):
            yield from self.wrapped("  " + self.say("swaps"))

    def _product(self, path: Path) -> Iterator[str]:
        """Write gates, symbols and numbers of a product below each other."""
        shown = path.simplified()
        count = enough_digits(
            lambda rounded: math.prod(rounded(factor.value) for factor in shown),
            path.share,
            self._share_digits,
        )
        cells = [
            (slopes_of(factor.gates), self._symbol(factor), significant(factor.value, count))
            for factor in shown
        ]
        share = significant(path.share, self._share_digits)
        line: list[tuple[str, ...]] = []
        for cell in cells:
            used = 6 + sum(max(map(columns, c)) + 3 for c in line) + max(map(columns, cell))
            ends = 6 + sum(max(map(columns, c)) + 3 for c in line) + columns(cell[-1]) + 3
            if line and max(used, ends + columns(share)) > self.width:
                yield from _rows(line, "", more=True)
                line = []
            line.append(cell)
        yield from _rows(line, share, more=False)

    def _symbol(self, factor: Factor) -> str:
        text = symbols(factor.symbol)
        if len(text) > LONGEST:  # the gate's own slope, which its row writes out
            gate = self._gates[factor.of]
            if gate in ("loss", "sum of products", BACKWARD) or "," in gate:
                return slope_name(factor.of, factor.by)
            return f"{gate}'({factor.by})"
        return f"({text})" if factor.symbol.operation in ("add", "subtract", "negate") else text

    def _deltas(self) -> Iterator[str]:
        result = self.d.result
        rows = []
        for delta in self.d.deltas:
            terms = [self._delta_term(term, result) for term in delta.terms]
            value = {self.derivative(result, term.of): self._delta(term.of) for term in delta.terms}
            symbol = terms[0]
            for more in terms[1:]:
                symbol = reading.call("add", symbol, more)
            known = {**self.values, **value}
            put_in = line(symbol, known, delta.value, self.digits)
            name = f"{self.derivative(result, delta.name)} = {symbols(symbol)}"
            rows.append((name, put_in, self.number(delta.value)))
        yield from self._columns(rows)

    def _delta_term(self, term: Factor, result: str) -> Expression:
        if term.of == result:
            return term.symbol
        above = reading.name(self.derivative(result, term.of))
        return above if term.symbol.is_number(1) else reading.call("multiply", above, term.symbol)

    def _delta(self, name: str) -> float:
        return next((d.value for d in self.d.deltas if d.name == name), 1.0)

    def _whole(self) -> Iterator[str]:
        d = self.d
        if d.paths:
            parts = " + ".join(f"({n})" for n in range(1, len(d.paths) + 1))
            name, value = f"  {self.sample_slope}", f" = {self.number(d.slope)}"
            fits = columns(name) + 3 + len(parts) + columns(value) <= self.width
            yield f"{name} = {parts}{value}" if fits and len(d.paths) > 1 else name + value
        yield from self.together()


def _rows(cells: Sequence[tuple[str, ...]], share: str, more: bool) -> Iterator[str]:
    """Set the factors of a product in columns; the last row is of numbers."""
    wide = [max(map(columns, cell)) for cell in cells]
    *above, below = (
        " · ".join(pad(text, n) for text, n in zip(row, wide, strict=True)).rstrip()
        for row in zip(*cells, strict=True)
    )
    for row in above:
        if row:  # no gates stand above what only has another name
            yield f"      {row}{' ·' if more else ''}"
    yield f"      {below}{' ·' if more else f' = {share}'}"
