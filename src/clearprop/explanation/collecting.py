"""Products and sums in a short form, as one would write them by hand.

>>> from .reading import parse_formula
>>> from .writing import symbols
>>> symbols(collected(parse_formula("o * d * (-1) + d * (1 - o)")))
'd·(1 - 2·o)'
>>> p1 = parse_formula("exp(s1) / (exp(s1) + exp(s2))")
>>> symbols(collected(parse_formula("-p2 / (exp(s1) + exp(s2)) * exp(s1)"), {"p1": p1}))
'-p2·p1'

Only what multiplies, divides, adds and subtracts is touched; products of sums are not expanded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..tables.expression import Expression
from .reading import call, name, number

_SUMS = ("add", "subtract")
_PRODUCTS = ("multiply", "divide", "negate", "square")


@dataclass
class _Term:
    """A number times powers of expressions, in the order in which they came."""

    count: float = 1.0
    powers: dict[Expression, int] = field(default_factory=dict)

    def times(self, tree: Expression, power: int = 1) -> None:
        left = self.powers.get(tree, 0) + power
        self.powers[tree] = left
        if not left:
            del self.powers[tree]


def collected(tree: Expression, known: Mapping[str, Expression] | None = None) -> Expression:
    """Return an expression with equal terms counted and common factors put before a bracket.

    ``known`` are names by which their formulas are replaced, where these are factors.
    """
    terms: list[_Term] = []
    for term in _terms(tree, 1.0, known or {}):
        for other in terms:
            if other.powers == term.powers:
                other.count += term.count
                break
        else:
            terms.append(term)
    terms = [term for term in terms if term.count]
    if not terms:
        return number(0)
    common = _common(terms) if len(terms) > 1 else {}
    if not common:
        return _sum(terms)
    for term in terms:
        for base, power in common.items():
            term.times(base, -power)
    whole = _Term(powers=dict(common))
    whole.times(collected(_sum(terms), known))
    return _product(whole)


def _terms(tree: Expression, count: float, known: Mapping[str, Expression]) -> list[_Term]:
    if tree.operation in _SUMS:
        left, right = tree.arguments
        sign = -count if tree.operation == "subtract" else count
        return [*_terms(left, count, known), *_terms(right, sign, known)]
    if tree.operation == "negate":
        return _terms(tree.arguments[0], -count, known)
    term = _Term(count)
    _multiply(term, tree, 1, known)
    for text, formula in known.items():
        part = _Term()
        _multiply(part, formula, 1, {})
        if len(part.powers) > 1 and part.count == 1 and _holds(term, part):
            for base, power in part.powers.items():
                term.times(base, -power)
            term.times(name(text))
    if len(term.powers) == 1:
        ((base, power),) = term.powers.items()
        if power == 1 and base.operation in (*_SUMS, "negate"):
            return _terms(base, term.count, known)  # a sum times a number
    return [term]


def _holds(term: _Term, part: _Term) -> bool:
    """Tell whether all the factors of one product are among those of another."""
    return all(
        term.powers.get(base, 0) * (1 if power > 0 else -1) >= abs(power)
        for base, power in part.powers.items()
    )


def _multiply(term: _Term, tree: Expression, power: int, known: Mapping[str, Expression]) -> None:
    if tree.operation == "number" and (tree.value or power > 0):
        term.count *= tree.value**power
        return
    if tree.operation in _SUMS:
        inner = collected(tree, known)
        if inner.operation in _SUMS:
            term.times(inner, power)
        else:
            _multiply(term, inner, power, known)
        return
    if tree.operation not in _PRODUCTS:
        parts = tuple(collected(part, known) for part in tree.arguments)
        term.times(call(tree.operation, *parts) if parts else tree, power)
        return
    if tree.operation == "negate":
        term.count = -term.count
    elif tree.operation == "square":
        power *= 2
    first, *rest = tree.arguments
    _multiply(term, first, power, known)
    for other in rest:
        _multiply(term, other, -power if tree.operation == "divide" else power, known)


def _common(terms: Sequence[_Term]) -> dict[Expression, int]:
    first, *rest = terms
    found = {}
    for base, power in first.powers.items():
        powers = [power, *(term.powers.get(base, 0) for term in rest)]
        if all(p > 0 for p in powers):
            found[base] = min(powers)
        elif all(p < 0 for p in powers):
            found[base] = max(powers)
    return found


def _sum(terms: Sequence[_Term]) -> Expression:
    first, *rest = sorted(terms, key=lambda term: term.count < 0)
    found = _product(first)
    for term in rest:
        part = _product(_Term(abs(term.count), term.powers))
        found = call("subtract" if term.count < 0 else "add", found, part)
    return found


def _product(term: _Term) -> Expression:
    above = _all([(base, power) for base, power in term.powers.items() if power > 0], term.count)
    below = [(base, -power) for base, power in term.powers.items() if power < 0]
    return call("divide", above, _all(below, 1)) if below else above


def _all(powers: Sequence[tuple[Expression, int]], count: float) -> Expression:
    """Return a product: its number first, then names, then brackets."""
    factors: list[Expression] = []
    for base, power in sorted(powers, key=lambda one: one[0].operation in _SUMS):
        pairs, single = divmod(power, 2)
        factors += [call("square", base)] * pairs + [base] * single
    if not factors or abs(count) != 1:
        factors.insert(0, number(count))
    elif count < 0:
        factors[0] = call("negate", factors[0])
    found = factors[0]
    for factor in factors[1:]:
        found = call("multiply", found, factor)
    return found
