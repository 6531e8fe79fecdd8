"""What a page about an explanation says, section by section, before it is set in any language.

LaTeX, Markdown and HTML are made of the same outline, so that they cannot disagree. Formulas are
expressions (or formulas of arrays); words are the names of templates, with what is filled in.

>>> import clearprop as cp
>>> x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
>>> page = cp.explain((x + y) * z, wrt="x").outline()
>>> [section.kind for section in page.sections]
['forward', 'chain', 'check']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..tables.expression import Expression
from . import reading
from .arrays import Formula

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
    """One factor of a product: its name as a derivative, its gates, its formula, its value.

    ``slope`` is None where the name would only be long: a derivative of a derivative.
    """

    of: str
    by: str
    slope: Side | None
    gates: tuple[str, ...]
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
class ArrayLine:
    """What a whole array is equal to; ``shapes`` stand under its factors if they are to."""

    name: str
    formula: Formula
    shapes: bool = True


@dataclass(frozen=True)
class Table:
    """Numbers in rows and columns; the first cell of each row is a name."""

    head: tuple[Words | Side, ...]
    rows: tuple[tuple[Side, ...], ...]


Row = Words | Equation | Product | ArrayLine | Table


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    kind: str
    heading: Words
    lines: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Outline:
    """A page: its question, what it is about, its sections.

    ``wires`` says which wire a name is, where the page calls it otherwise; ``notes`` what is
    said of a wire that is pointed at.
    """

    question: Words
    about: tuple[Words, ...]
    sections: tuple[Section, ...]
    wires: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


def plain(name: str) -> Side:
    """Return a name as a side."""
    return Side(reading.name(name))


def figure(value: float, digits: int) -> Side:
    """Return a number as a side."""
    return Side(reading.number(value), constants=digits)


def times(left: Expression, right: Expression) -> Expression:
    """Return a product, without a factor 1 behind."""
    return left if right.is_number(1) else reading.call("multiply", left, right)


def sum_of(terms: Sequence[Expression]) -> Expression:
    """Return a sum."""
    found = terms[0]
    for term in terms[1:]:
        found = reading.call("add", found, term)
    return found


def elided(tree: Expression) -> Expression:
    """Return an expression with dots in place of the middle of its long sums.

    >>> from .writing import symbols
    >>> symbols(elided(sum_of([reading.name(f"w{k}") for k in range(1, 101)])))
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
    return sum_of([elided(term) for term in terms])
