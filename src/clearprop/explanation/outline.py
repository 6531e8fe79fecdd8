"""What a page about a derivation says, section by section, before it is set in any language.

LaTeX, Markdown and HTML are made of the same outline, so that they cannot disagree. Formulas are
expressions; words are the names of templates, with what is to be filled in.

>>> import clearprop as cp
>>> x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
>>> page = outline_of(cp.explain((x + y) * z, wrt="x"))
>>> [section.kind for section in page.sections]
['forward', 'chain', 'check']
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..tables.expression import Expression
from . import reading
from .derivation import Delta, Derivation, Factor, Path, Step
from .figures import MOST_DIGITS, significant
from .writing import digits_for, enough_digits, line, symbols

FEW_STEPS = 24  # a longer forward pass shows those on the way only
FEW_TERMS = 8  # of a sum that is written whole
LONGEST = 48  # letters of a formula that is written out
DOTS = "…"  # the name that stands for terms left out


@dataclass(frozen=True)
class Words:
    """A template of :mod:`words`, and what is filled in: text, numbers, formulas, words."""

    template: str
    what: Mapping[str, str | int | Side | Words] = field(default_factory=dict)


@dataclass(frozen=True)
class Side:
    """One side of an equation: an expression, perhaps with numbers in place of its names.

    ``digits`` is how many those numbers have, ``constants`` how many numbers have that stand in
    the expression itself.
    """

    tree: Expression
    values: Mapping[str, float] | None = None
    digits: int = 6
    constants: int = 15


@dataclass(frozen=True)
class Equation:
    """What is called ``wire``, and what it is equal to, one after the other."""

    wire: str
    left: Side
    sides: tuple[Side, ...]


@dataclass(frozen=True)
class Cell:
    """One factor of a product: its name as a derivative, its formula, its value."""

    of: str
    by: str
    slope: Side
    symbol: Side
    value: Side


@dataclass(frozen=True)
class Product:
    """One path, as the product of its slopes; ``mark`` is 0 for a path that is alone."""

    mark: int
    names: tuple[str, ...]
    cells: tuple[Cell, ...]
    share: Side


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    kind: str
    heading: Words
    lines: tuple[Words | Equation | Product, ...] = ()


@dataclass(frozen=True)
class Outline:
    """A page: its question, what it is about, its sections.

    ``wires`` says which wire a name is, where the page calls it otherwise.
    """

    question: Words
    about: tuple[Words, ...]
    sections: tuple[Section, ...]
    wires: Mapping[str, str] = field(default_factory=dict)


def derivative_name(of: str, by: str) -> str:
    """Return the name of a derivative, which the views set as a fraction."""
    return f"∂{of}/∂{by}"


def plain(name: str) -> Side:
    """Return a name as a side."""
    return Side(reading.name(name))


def figure(value: float, digits: int) -> Side:
    """Return a number as a side."""
    return Side(reading.number(value), constants=digits)


def outline_of(derivation: Derivation, digits: int = 6) -> Outline:
    """Return what a page about a derivation says.

    Results have so many significant digits, and what they are computed from so many that a
    reader comes to the same digits.

    Raises
    ------
    CircuitError
        If the digits are no whole number from 1 to 17.
    """
    significant(0.0, digits)  # which says what is wrong with them
    return _Outliner(derivation, digits).page()


class _Outliner:
    def __init__(self, derivation: Derivation, digits: int) -> None:
        self.d, about, self.digits = derivation, derivation.subject, digits
        self.values = derivation.values
        self.network = about.kind == "network"
        self.several = about.n_samples > 1 or bool(derivation.penalty)
        # With several samples or a penalty, what is drawn out is one sample's loss.
        one = f"{derivation.result}_{about.sample + 1}"
        self.result = one if self.several else derivation.result
        self.values[self.result] = derivation.value
        self.called = Words("the loss") if self.network else plain(derivation.result)
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
        question = Words(
            "question",
            {"wrt": plain(d.wrt), "value": figure(d.wrt_value, self.digits), "result": self.called},
        )
        sections = [Section("forward", Words("forward"), tuple(self._forward())), self._chain()]
        if d.n_paths:
            sections += [*self._whole(), *self._update(), self._check()]
        wires = {self.result: d.result}
        return Outline(question, tuple(self._about()), tuple(sections), wires)

    def _about(self) -> Iterator[Words]:
        about = self.d.subject
        if not self.network:
            return
        hidden = list(dict.fromkeys(a for a in about.activations if a != "identity"))
        yield Words(
            "network",
            {
                "layers": "-".join(map(str, about.layers)),
                "activations": ", ".join(hidden) or "identity",
                "loss": about.loss.replace("_", " "),
            },
        )
        if about.right:
            yield Words("right", {"name": plain(about.right)})
        if about.n_samples > 1:
            yield Words("sample", {"number": about.sample + 1, "count": about.n_samples})

    def _forward(self) -> Iterator[Equation]:
        steps = [step for step in self.d.steps if step.formula is not None]
        if len(steps) > FEW_STEPS:
            steps = [step for step in steps if step.on_the_way]
        for step in steps:
            assert step.formula is not None  # noqa: S101 (chosen above)
            called = self.result if step.name == self.d.result else step.name
            sides = self._sides(step.formula, self._said(step), step.value)
            yield Equation(step.name, plain(called), sides)

    def _said(self, step: Step) -> Expression:
        """Return what is written with numbers: the gate itself, where that is short."""
        if step.said is not None:
            written = line(step.said, self.values, step.value, self.digits)
            if len(written) <= LONGEST:
                return step.said
        assert step.formula is not None  # noqa: S101 (steps without one are not written)
        return step.formula

    def _sides(
        self,
        symbol: Expression,
        said: Expression,
        result: float,
        known: Mapping[str, float] | None = None,
        more: int = 0,
    ) -> tuple[Side, ...]:
        """Return a formula, the formula with numbers put in, and what it comes to."""
        digits = min(MOST_DIGITS, self.digits + more)
        value = figure(result, digits)
        if not symbol.names():
            return (value,)
        values = {**self.values, **(known or {})}
        values = {name: values[name] for name in said.names()}
        count = digits_for(said, values, result, digits)
        if said.operation == "name":
            return (Side(symbol), value)
        return (Side(elided(symbol)), Side(elided(said), values, count), value)

    def _chain(self) -> Section:
        d = self.d
        what: dict[str, str | int | Side | Words] = {"wrt": plain(d.wrt), "result": self.called}
        if d.n_paths == 0:
            return Section("chain", Words("chain_0", what))
        if not d.paths:
            heading = Words("too_many", {**what, "count": d.n_paths})
            said = Words("deltas", {"result": self.called})
            return Section("deltas", heading, (said, *map(self._delta, d.deltas)))
        template = "chain_1" if d.n_paths == 1 else "chain"
        products = [self._product(number, path) for number, path in enumerate(d.paths, 1)]
        whole = [self._sum_of_paths()] if len(products) > 1 or self.several else []
        if len(products) == 1 and not whole:
            whole = [Equation(d.wrt, self._slope_of(self.result), (figure(d.slope, self.digits),))]
        heading = Words(template, {**what, "count": d.n_paths})
        return Section("chain", heading, (*products, *whole))

    def _slope_of(self, result: str) -> Side:
        return plain(derivative_name(result, self.d.wrt))

    def _sum_of_paths(self) -> Equation:
        shares = [reading.number(path.share) for path in self.d.paths]
        sides = [figure(self.d.slope, self.digits)]
        if len(shares) > 1:
            sides.insert(0, Side(elided(_sum(shares)), {}, constants=self.share_digits))
        return Equation(self.d.wrt, self._slope_of(self.result), tuple(sides))

    def _product(self, number: int, path: Path) -> Product:
        count = enough_digits(
            lambda rounded: math.prod(rounded(factor.value) for factor in path.factors),
            path.share,
            self.share_digits,
        )
        cells = tuple(self._cell(factor, count) for factor in path.factors)
        mark = number if len(self.d.paths) > 1 else 0
        names = tuple(self.result if n == self.d.result else n for n in path.names)
        return Product(mark, names, cells, figure(path.share, self.share_digits))

    def _slope_name(self, factor: Factor) -> str:
        of = self.result if factor.of == self.d.result else factor.of
        return derivative_name(of, factor.by)

    def _cell(self, factor: Factor, digits: int) -> Cell:
        slope = plain(self._slope_name(factor))
        return Cell(
            factor.of, factor.by, slope, Side(self._symbol(factor, slope.tree)),
            figure(factor.value, digits),
        )  # fmt: skip

    def _symbol(self, factor: Factor, slope: Expression) -> Expression:
        if len(symbols(factor.symbol)) <= LONGEST:
            return factor.symbol
        gate = self.gates[factor.of]
        if gate in ("loss", "sum of products"):
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
            number = reading.name(slope) if symbol.operation.endswith("'") else symbol
            if term.of != self.d.result:
                above = derivative_name(self.result, term.of)
                known[above] = self.by_name[term.of]
                symbol, number = (_times(reading.name(above), one) for one in (symbol, number))
            shown.append(symbol)
            said.append(number)
        sides = self._sides(_sum(shown), _sum(said), delta.value, known)
        return Equation(delta.name, plain(derivative_name(self.result, delta.name)), sides)

    def _whole(self) -> Iterator[Section]:
        """Say what becomes of the shown sample's slope: samples put together, the penalty."""
        d, about = self.d, self.d.subject
        if not self.several:
            return
        names = [derivative_name(f"{d.result}_{k}", d.wrt) for k in range(1, len(d.shares) + 1)]
        known = dict(zip(names, d.shares, strict=True))
        if len(d.shares) == 1:
            known = {derivative_name(self.result, d.wrt): d.slope}
            names = list(known)
        tree = elided(_sum([reading.name(name) for name in names]))
        lines: list[Words | Equation] = []
        if about.n_samples > 1:
            if about.reduction == "mean":
                tree = reading.call("divide", tree, reading.number(about.n_samples))
            what: dict[str, str | int | Side | Words] = {
                "count": about.n_samples, "reduction": Words(about.reduction)
            }  # fmt: skip
            lines.append(Words("samples", what))
        if d.penalty:
            weight = reading.call("multiply", reading.number(about.l2), reading.name(d.wrt))
            tree = reading.call("add", tree, weight)
            lines.append(Words("penalty", {"l2": figure(about.l2, 15), "wrt": plain(d.wrt)}))
        sides = self._sides(tree, tree, d.total, known)
        lines.append(Equation(d.wrt, self._slope_of(d.result), sides))
        heading = Words("all samples" if about.n_samples > 1 else "regularisation")
        yield Section("whole", heading, tuple(lines))

    def _update(self) -> Iterator[Section]:
        d = self.d
        if d.learning_rate is None or d.updated is None:
            return
        slope = derivative_name(d.result, d.wrt)
        known = {slope: d.total, d.wrt: d.wrt_value}
        old, by = reading.name(d.wrt), reading.name(slope)
        rate = reading.number(d.learning_rate)
        tree = reading.call("subtract", old, reading.call("multiply", rate, by))
        sides = self._sides(tree, tree, d.updated, known, more=3)
        yield Section("update", Words("update"), (Equation(d.wrt, plain(f"{d.wrt}⁺"), sides),))

    def _check(self) -> Section:
        check = self.d.check
        words = Words(
            "difference",
            {
                "value": figure(check.value, self.digits),
                "error": figure(check.error, 1),
                "verdict": Words("agrees" if check.agrees else "differs"),
            },
        )
        return Section("check", Words("check"), (words,))


def _times(left: Expression, right: Expression) -> Expression:
    return left if right.is_number(1) else reading.call("multiply", left, right)


def _sum(terms: Sequence[Expression]) -> Expression:
    found = terms[0]
    for term in terms[1:]:
        found = reading.call("add", found, term)
    return found


def elided(tree: Expression) -> Expression:
    """Return an expression with dots in place of the middle of its long sums.

    >>> from .writing import symbols
    >>> symbols(elided(_sum([reading.name(f"w{k}") for k in range(1, 101)])))
    'w1 + w2 + w3 + w4 + … + w99 + w100'
    """
    terms = []
    rest = tree
    while rest.operation == "add":
        terms.append(rest.arguments[1])
        rest = rest.arguments[0]
    terms = [rest, *reversed(terms)]
    if len(terms) == 1:
        if not tree.arguments:
            return tree
        return replace(tree, arguments=tuple(map(elided, tree.arguments)))
    if len(terms) > FEW_TERMS:
        terms = [*terms[:4], reading.name(DOTS), *terms[-2:]]
    return _sum([elided(term) for term in terms])
