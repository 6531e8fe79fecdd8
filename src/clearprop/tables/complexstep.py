"""Expressions over Python's complex numbers, for derivatives that are right to the last digits.

Complex-step differentiation: for a smooth f, ``f'(x) = Im f(x + ih) / h`` without any
subtraction, so h can be 1e-30 (W. Squire and G. Trapp, *Using complex variables to
estimate derivatives of real functions*, SIAM Review 40, 1998). Comparisons, ``abs``,
``max`` and ``min`` look at real parts.
"""

import cmath
import math
import operator
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from .expression import COMPARISONS, CONSTANTS, Expression, Meaning, fold

STEP = 1e-30
NAN = complex(math.nan, math.nan)

Names = Mapping[str, complex]
Function = Callable[[Names], complex]


def _expm1(z: complex) -> complex:
    half = math.sin(z.imag / 2)
    real = math.expm1(z.real) * math.cos(z.imag) - 2 * half * half
    return complex(real, math.exp(z.real) * math.sin(z.imag))


def _log1p(z: complex) -> complex:
    u = 1 + z.real
    return complex(math.log1p(z.real), math.atan2(z.imag, u))


def _abs(z: complex) -> complex:
    return -z if z.real < 0 else z


def larger(a: complex, b: complex) -> complex:
    """Return the number with the larger real part; the first where they are equal."""
    return a if a.real >= b.real or math.isnan(a.real) else b


def _smaller(a: complex, b: complex) -> complex:
    return a if a.real <= b.real or math.isnan(a.real) else b


def _compare(test: Callable[[float, float], bool]) -> Callable[[complex, complex], complex]:
    return lambda a, b: complex(test(a.real, b.real))


COMPLEX: Mapping[str, Callable[..., complex]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "negate": operator.neg,
    "exp": cmath.exp,
    "expm1": _expm1,
    "log": cmath.log,
    "log1p": _log1p,
    "tanh": cmath.tanh,
    "sqrt": cmath.sqrt,
    "pow": lambda a, b: cmath.exp(b * cmath.log(a)) if a else complex(0.0**b.real),
    "abs": _abs,
    "max": larger,
    "min": _smaller,
    "<": _compare(operator.lt),
    "<=": _compare(operator.le),
    ">": _compare(operator.gt),
    ">=": _compare(operator.ge),
    "==": _compare(operator.eq),
    "!=": _compare(operator.ne),
}
"""What each operation but ``where`` does to Python's complex numbers."""


class _Functions:
    """The algebra that turns an expression into a function of its names."""

    def number(self, value: float) -> Function:
        number = complex(value)
        return lambda names: number

    def name(self, name: str) -> Function:
        return self.number(CONSTANTS[name]) if name in CONSTANTS else operator.itemgetter(name)

    def apply(self, operation: str, *arguments: Function) -> Function:
        if operation == "where":
            condition, then, otherwise = arguments
            return lambda names: then(names) if condition(names).real else otherwise(names)
        function, first, last = COMPLEX[operation], arguments[0], arguments[-1]
        if len(arguments) == 1:
            return lambda names: function(first(names))
        return lambda names: function(first(names), last(names))


def compiled(tree: Expression) -> Function:
    """Return an expression as a function of its names; NaN where arithmetic fails."""
    # Functions within functions are the fastest, but a sum of 1,000 terms would be 1,000 deep.
    small = sum(1 for _ in tree.walk()) <= 200
    function = fold(tree, _Functions()) if small else _step_by_step(tree)

    def safe(names: Names) -> complex:
        try:
            return function(names)
        except (OverflowError, ZeroDivisionError, ValueError):
            return NAN

    return safe


def _step_by_step(tree: Expression) -> Function:
    functions = {**COMPLEX, "where": lambda condition, a, b: a if condition.real else b}
    return lambda names: fold(tree, Meaning(names, functions, complex))


def evaluate(tree: Expression, names: Names, parts: Mapping[str, Expression] = {}) -> complex:
    """Evaluate a tree over complex numbers; ``parts`` are evaluated first, in order."""
    known = dict(names)
    for part, part_tree in parts.items():
        known[part] = compiled(part_tree)(known)
    return compiled(tree)(known)


def compared(trees: Iterable[Expression], more: Iterable[Expression] = ()) -> list[Expression]:
    """Return what the trees compare, as differences, each once: where one is 0, branches meet.

    ``more`` are further expressions that are to be looked at where they are 0.
    """
    zero = Expression("number")
    found: dict[frozenset[Expression], tuple[Expression, Expression]] = {}
    for tree in trees:
        for node in tree.walk():
            if node.operation == "abs":
                pair = (node.arguments[0], zero)
            elif node.operation in COMPARISONS or node.operation in ("max", "min"):
                pair = (node.arguments[0], node.arguments[1])
            else:
                continue
            found.setdefault(frozenset(pair), pair)
    for tree in more:
        left, right = tree.arguments if tree.operation == "subtract" else (tree, zero)
        found.setdefault(frozenset((left, right)), (left, right))
    return [Expression("subtract", pair) for pair in found.values()]


def crossings(
    difference: Callable[[float], float],
    places: Sequence[float],
    seen: Sequence[float],
    known: Collection[float] = (),
) -> Iterator[float]:
    """Yield where a difference changes sign, to the last digit, but for what is ``known``.

    ``seen`` are the differences at the ``places``. Of the two neighbouring numbers between
    which the sign changes, the one at which the difference is 0 is taken, if there is one.
    """
    for i in range(len(places) - 1):
        left, right = seen[i], seen[i + 1]
        if math.isnan(left) or math.isnan(right) or (left > 0) == (right > 0):
            continue
        low, high = places[i], places[i + 1]
        between = (place for place in known if low <= place <= high)
        if not any(abs(difference(place)) <= 1e-9 * (high - low) for place in between):
            yield _crossing(difference, low, high, left, right)


def _crossing(
    difference: Callable[[float], float], low: float, high: float, left: float, right: float
) -> float:
    middle = low - left * (high - low) / (right - left)  # right at once where it is linear
    for _ in range(80):
        if not low < middle < high:
            break
        here = difference(middle)
        if here == 0:
            return middle
        low, high = (middle, high) if (here > 0) == (left > 0) else (low, middle)
        middle = (low + high) / 2
    return high if difference(high) == 0 else low
