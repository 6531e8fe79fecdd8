"""Formulas as people read them on a screen: symbols, or the numbers put in for them.

>>> from clearprop.explanation.reading import parse_formula
>>> tree = parse_formula("1 / (1 + exp(-net))")
>>> symbols(tree), numbers(tree, {"net": 0.3775})
('1/(1 + e^-net)', '1/(1 + e^-0.3775)')
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..tables.expression import COMPARISONS, Expression, parse
from ..tables.printers import (
    ATOM,
    BRACKETED,
    COMPARISON,
    INSIDE,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Dialect,
    Rule,
    write,
)
from .batches import divisor
from .figures import MOST_DIGITS, significant
from .reading import value_of

DIGITS = 6
FEW_SHARES = 8  # of more samples, the first are written


def _named(operation: str) -> Rule:
    """Write a gate of the table as a function; its parameters stand after a semicolon."""
    name, _, settings = operation.partition("(")
    return Rule(
        lambda *texts: f"{name}({', '.join([*texts, *([settings[:-1]] if settings else [])])})"
    )


class _Rules(dict[str, Rule]):
    def get(self, operation: str, default: Any = None) -> Any:
        return self[operation] if operation in self else _named(operation)


TEXT = Dialect(
    "text",
    _Rules(
        {
            "brackets": Rule("({0})"),
            "add": Rule("{0} + {1}", SUM, (SUM, SUM)),
            "subtract": Rule("{0} - {1}", SUM, (SUM, PRODUCT)),
            "multiply": Rule("{0}·{1}", PRODUCT, (PRODUCT, SIGN)),
            "divide": Rule("{0}/{1}", PRODUCT, (PRODUCT, POWER)),
            "negate": Rule("-{0}", SIGN, (POWER,)),
            "exp": Rule("e^{0}", POWER, (SIGN,)),
            "square": Rule("{0}²", POWER, (ATOM,)),
            "pow": Rule("{0}^{1}", POWER, (ATOM, ATOM)),
            "abs": Rule("|{0}|", ATOM, (INSIDE,)),
            "log": Rule("log{0}", POWER, (BRACKETED,)),
            "where": Rule("({1} if {0} else {2})", ATOM),
            **{s: Rule(f"{{0}} {s} {{1}}", COMPARISON, (SUM, SUM)) for s in COMPARISONS},
        }
    ),
    constants={"pi": "π"},
    lone_minus=False,
    expansions={"log1p": parse("log(1 + u)"), "expm1": parse("exp(u) - 1")},
)


_SIGNS = {"add": "+", "subtract": "-", "multiply": "×", "divide": "/", "negate": "-"}


def slopes_of(gates: Iterable[str]) -> str:
    """Write the slopes of gates, one after the other.

    >>> slopes_of(["sigmoid", "add", "multiply"])
    "sigmoid'·+'·×'"
    """
    return "·".join(f"{_SIGNS.get(gate, gate.partition('(')[0])}'" for gate in gates)


def symbols(tree: Expression) -> str:
    """Write a formula with its names."""
    return write(tree, TEXT)


def numbers(tree: Expression, values: Mapping[str, float], digits: int = DIGITS) -> str:
    """Write a formula with numbers in place of its names."""
    names = {name: significant(values[name], digits) for name in tree.names()}
    return write(tree, TEXT, names)


def enough_digits(
    compute: Callable[[Callable[[float], float]], float], result: float, digits: int
) -> int:
    """Return how many digits the parts of a line need, so that a reader comes to its result.

    ``compute`` works the line out from its parts, each put through the function that it is
    given. At least ``digits``; as many as there are where sums cancel.
    """
    wanted = significant(result, digits)
    for count in range(digits, MOST_DIGITS):

        def rounded(value: float, count: int = count) -> float:
            return float(significant(value, count))

        value = compute(rounded)
        near = [value * (1 - 1e-13), value * (1 + 1e-13)]  # a reader may add up in another order
        if math.isclose(value, result, rel_tol=1e-15):
            near = [value]
        if all(significant(one, digits) == wanted for one in near):
            return count
    return MOST_DIGITS


def line(tree: Expression, values: Mapping[str, float], result: float, digits: int = DIGITS) -> str:
    """Write a formula with numbers of which its result, to so many digits, can be computed."""
    return numbers(tree, values, digits_for(tree, values, result, digits))


def shares_line(
    shares: Sequence[float], weights: Sequence[float], reduction: str, result: float, digits: int
) -> str:
    """Write how the shares of samples are put together, each times its weight, if it has one.

    >>> shares_line([0.5, -0.25], [2, 1], "mean", 0.25, 6)
    '(2·0.5 + 1·(-0.25))/3 = 0.25'
    """
    below = divisor(len(shares), weights, reduction)
    each = weights or (1.0,) * len(shares)

    def compute(rounded: Callable[[float], float]) -> float:
        return math.fsum(w * rounded(one) for w, one in zip(each, shares, strict=True)) / below

    count = enough_digits(compute, result, digits)
    terms = [significant(share, count) for share in shares[:FEW_SHARES]]
    terms = [f"({term})" if term.startswith("-") else term for term in terms]
    if weights:
        pairs = zip(weights, terms, strict=False)  # the first of them
        terms = [f"{significant(weight, 15)}·{term}" for weight, term in pairs]
    total = " + ".join(terms) + (" + ..." if len(shares) > FEW_SHARES else "")
    over = f"({total})/{significant(below, 15)}" if reduction == "mean" else total
    return f"{over} = {significant(result, digits)}"


def digits_for(
    tree: Expression, values: Mapping[str, float], result: float, digits: int = DIGITS
) -> int:
    """Return how many digits the numbers in a formula need for its result to come out."""
    names = {name: values[name] for name in tree.names()}
    return enough_digits(
        lambda rounded: value_of(tree, {n: rounded(v) for n, v in names.items()}), result, digits
    )
