"""What the page about a derivation says: the forward pass, the paths, the sum, the end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ..tables.expression import Expression
from . import reading
from .derivation import BACKWARD, Delta, Derivation, Factor, Path, Step
from .derivative_names import derivative_name, is_derivative, slope_name
from .figures import significant
from .outline import (
    LONGEST,
    Cell,
    Equation,
    Outline,
    Product,
    Section,
    Side,
    Words,
    elided,
    figure,
    plain,
    sum_of,
    times,
)
from .outlining import Outliner, What, about_subject, array_notes, matrix_section
from .writing import digits_for, enough_digits, line, symbols

FEW_STEPS = 24  # a longer forward pass shows those on the way only


def outline_of(derivation: Derivation, digits: int = 6) -> Outline:
    """Return what a page about a derivation says.

    Results have so many significant digits, and what they are computed from so many that a
    reader comes to the same digits.

    Raises
    ------
    CircuitError
        If the digits are no whole number from 1 to 17.
    """
    return _Outliner(derivation, digits).page()


class _Outliner(Outliner):
    def __init__(self, derivation: Derivation, digits: int) -> None:
        super().__init__(derivation, digits)
        self.d = derivation
        self.again = is_derivative(derivation.result)  # this is a second derivative
        self.gates = {step.name: step.gate for step in derivation.steps}
        self.by_name = {delta.name: delta.value for delta in derivation.deltas}
        # Of shares that cancel each other, so many digits that their sum is the sum.
        self.share_digits = enough_digits(
            lambda rounded: math.fsum(rounded(path.share) for path in derivation.paths),
            derivation.slope,
            digits,
        )

    def page(self) -> Outline:
        d = self.d
        sections = [*self._passes(), self._chain()]
        if d.n_paths:
            sections += [
                *self.combined(d), *matrix_section(d.matrix, d.wrt, d.subject.n_samples),
                *self.update(d), self.check(d),
            ]  # fmt: skip
        return Outline(
            self.question(d.wrt, d.wrt_value), tuple(about_subject(d.subject)), tuple(sections),
            {self.result: d.result}, self._notes(),
        )  # fmt: skip

    def _notes(self) -> dict[str, str]:
        """Say of each wire its value, and the derivative by it."""
        notes = {}
        for step in self.d.steps:
            text = f"{step.name} = {significant(step.value, self.digits)}"
            if step.name in self.by_name:
                slope = significant(self.by_name[step.name], self.digits)
                text += f"    {derivative_name(self.d.result, step.name)} = {slope}"
            notes[step.name] = text
        return notes | array_notes(self.d.matrix)

    def _passes(self) -> Iterator[Section]:
        """Yield the forward pass, and the backward pass where that is explained itself."""
        back = [step for step in self.d.steps if step.gate == BACKWARD]
        steps = [step for step in self.d.steps if step.gate != BACKWARD]
        yield Section("forward", Words("forward"), tuple(self._steps(steps)))
        if back:
            of = back[0].name[1:].partition("/∂")[0]
            heading = Words("backward", {"result": plain(of)})
            yield Section("backward", heading, tuple(self._steps(back)))

    def _steps(self, steps: Sequence[Step]) -> Iterator[Equation]:
        steps = [step for step in steps if step.formula is not None]
        if len(steps) > FEW_STEPS:
            steps = [step for step in steps if step.on_the_way]
        for step in steps:
            assert step.formula is not None  # noqa: S101 (chosen above)
            called = self.result if step.name == self.d.result else step.name
            said = self._said(step)
            if step.said in (None, said):
                sides = self.sides(step.formula, said, step.value)
            else:  # as many digits as what the formula stands for needs
                count = digits_for(step.said, self.values, step.value, self.digits)
                values = {name: self.values[name] for name in step.formula.names()}
                shown = elided(step.formula)
                sides = (Side(shown), Side(shown, values, count), figure(step.value, self.digits))
            yield Equation(step.name, plain(called), sides)

    def _said(self, step: Step) -> Expression:
        """Return what is written with numbers: the gate itself, where that is short."""
        if step.said is not None:
            written = line(step.said, self.values, step.value, self.digits)
            if len(written) <= LONGEST:
                return step.said
        assert step.formula is not None  # noqa: S101 (steps without one are not written)
        return step.formula

    def _chain(self) -> Section:
        d = self.d
        what: What = {"wrt": plain(d.wrt), "result": self.called}
        if d.n_paths == 0:
            zero = Equation(d.wrt, self._slope_of(self.result), (figure(0.0, self.digits),))
            return Section("chain", Words("chain_0", what), (zero,))
        if not d.paths:
            heading = Words("too_many", {**what, "count": d.n_paths})
            said = Words("deltas", {"result": self.called})
            return Section("deltas", heading, (said, *map(self._delta, d.deltas)))
        template = "chain_1" if d.n_paths == 1 else "chain"
        products = [self._product(number, path) for number, path in enumerate(d.paths, 1)]
        factors = [factor for path in d.paths for factor in path.factors]
        swaps = any({"add", "multiply"} & set(factor.gates) for factor in factors)
        whole = [self._sum_of_paths()] if len(products) > 1 or self.several else []
        if len(products) == 1 and not whole:
            whole = [Equation(d.wrt, self._slope_of(self.result), (figure(d.slope, self.digits),))]
        heading = Words(template, {**what, "count": d.n_paths})
        return Section("chain", heading, (*[Words("swaps")] * swaps, *products, *whole))

    def _slope_of(self, result: str) -> Side:
        return plain(derivative_name(result, self.d.wrt))

    def _sum_of_paths(self) -> Equation:
        shares = [reading.number(path.share) for path in self.d.paths]
        sides = [figure(self.d.slope, self.digits)]
        if len(shares) > 1:
            sides.insert(0, Side(elided(sum_of(shares)), {}, constants=self.share_digits))
        return Equation(self.d.wrt, self._slope_of(self.result), tuple(sides))

    def _product(self, number: int, path: Path) -> Product:
        count = enough_digits(
            lambda rounded: math.prod(rounded(factor.value) for factor in path.factors),
            path.share,
            self.share_digits,
        )
        factors = path.simplified() if self.again else path.factors
        cells = tuple(self._cell(factor, count) for factor in factors)
        mark = number if len(self.d.paths) > 1 else 0
        names = tuple(self.result if n == self.d.result else n for n in path.names)
        return Product(mark, names, cells, figure(path.share, self.share_digits))

    def _slope_name(self, factor: Factor) -> str:
        of = self.result if factor.of == self.d.result else factor.of
        return slope_name(of, factor.by)

    def _cell(self, factor: Factor, digits: int) -> Cell:
        slope = plain(self._slope_name(factor))
        return Cell(
            factor.of, factor.by, None if self.again else slope, factor.gates,
            Side(self._symbol(factor, slope.tree)),
            figure(factor.value, digits),
        )  # fmt: skip

    def _symbol(self, factor: Factor, slope: Expression) -> Expression:
        if len(symbols(factor.symbol)) <= LONGEST:
            return factor.symbol
        gate = self.gates[factor.of]
        if gate in ("loss", "sum of products", BACKWARD) or "," in gate:
            return slope
        return reading.call(f"{gate}'", reading.name(factor.by))

    def _delta(self, delta: Delta) -> Equation:
        known = {}
        shown, said = [], []
        for term in delta.terms:
            slope = self._slope_name(term)
            known[slope] = term.value
            symbol = self._symbol(term, reading.name(slope))
            # A slope whose own formula is too long to be written is one number.
            own = symbol.operation.endswith("'") or symbol == reading.name(slope)
            number = reading.name(slope) if own else symbol
            if term.of != self.d.result:
                above = derivative_name(self.result, term.of)
                known[above] = self.by_name[term.of]
                symbol, number = (times(reading.name(above), one) for one in (symbol, number))
            shown.append(symbol)
            said.append(number)
        sides = self.sides(sum_of(shown), sum_of(said), delta.value, known)
        return Equation(delta.name, plain(derivative_name(self.result, delta.name)), sides)
