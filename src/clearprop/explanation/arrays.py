"""Formulas of whole arrays as data: what is multiplied, turned, added up, and of what shape.

A formula goes to JSON and back as nested lists: an operation, the shape of what comes out, and
its arguments.

>>> W, D = named("W2", (3, 2)), named("δ2", ("N", 2))
>>> product = matmul(D, turned(W))
>>> product.shape, to_lists(product)
(('N', 3), ['matmul', ['N', 3], ['name', ['N', 2], 'δ2'], ['transpose', [2, 3], ['name', ...]]])
>>> from_lists(to_lists(product)) == product
True

All arrays are matrices, so that nothing need be said of repeating them: one number for each
sample is a column ``(N, 1)``; one for each neuron ``(3,)`` is a row. What makes formulas here
simplifies them by exact algebra only: factors 1 and terms 0 are left out, numbers stand before
arrays, ``y·y`` is ``y²``, what is turned twice stands as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..operations import Dimension, Shape

PENALTY = "λ"
OPPOSITE = {">": "<=", "<=": ">", "<": ">=", ">=": "<"}


@dataclass(frozen=True)
class Formula:
    """One node of a formula of arrays.

    Attributes
    ----------
    operation : str
        ``"name"``, ``"number"``; ``"matmul"``, ``"transpose"``, ``"sum"`` (over ``axes``),
        ``"largest"`` (of each row), ``"scale"`` (a number times an array); ``"multiply"`` and
        the other gates of the table, element by element; a comparison.
    arguments : tuple of Formula
    shape : tuple of int or str
    name : str
        Of a name.
    value : float
        Of a number.
    axes : tuple of int
        What a sum goes over: (0,) the samples, (1,) the columns, (0, 1) both.
    """

    operation: str
    arguments: tuple[Formula, ...] = ()
    shape: Shape = ()
    name: str = ""
    value: float = 0.0
    axes: tuple[int, ...] = ()

    def is_number(self, value: float) -> bool:
        """Tell whether this is just that number."""
        return self.operation == "number" and self.value == value

    def parts(self) -> Iterator[Formula]:
        """Yield it and all that it is made of."""
        waiting = [self]
        while waiting:
            one = waiting.pop()
            waiting += one.arguments
            yield one

    def names(self) -> frozenset[str]:
        """Return the names in it."""
        return frozenset(one.name for one in self.parts() if one.operation == "name")


def number(value: float) -> Formula:
    """Return a number."""
    return Formula("number", value=float(value))


def named(name: str, shape: Shape = ()) -> Formula:
    """Return what has a name."""
    return Formula("name", shape=shape, name=name)


def common_shape(shapes: Iterable[Shape]) -> Shape:
    """Return the shape of arrays that are combined element by element."""
    found: Shape = ()
    for shape in shapes:
        longer, shorter = (shape, found) if len(shape) > len(found) else (found, shape)
        ones: Shape = (1,) * (len(longer) - len(shorter))
        found = tuple(b if a == 1 else a for a, b in zip(longer, (*ones, *shorter), strict=True))
    return found


def elementwise(operation: str, *arguments: Formula) -> Formula:
    """Return a gate or a comparison of arrays, as it is."""
    return Formula(operation, arguments, common_shape(a.shape for a in arguments))


Scaled = tuple[float, tuple[Formula, ...], Formula | None]


def taken_apart(formula: Formula) -> Scaled:
    """Return a number, the single quantities that multiply, and the array that is left."""
    operation, arguments = formula.operation, formula.arguments
    if operation == "number":
        return formula.value, (), None
    if operation == "negate":
        factor, scalars, core = taken_apart(arguments[0])
        return -factor, scalars, core
    if operation == "scale" or (operation == "multiply" and formula.shape == ()):
        return _both(taken_apart(arguments[0]), taken_apart(arguments[1]))
    if formula.shape == ():
        return 1.0, (formula,), None
    return 1.0, (), formula


def _both(left: Scaled, right: Scaled) -> Scaled:
    core = _hadamard(left[2], right[2]) if left[2] and right[2] else left[2] or right[2]
    return left[0] * right[0], left[1] + right[1], core


def _hadamard(left: Formula, right: Formula) -> Formula:
    if left == right:
        return elementwise("square", left)
    return elementwise("multiply", left, right)


def put_together(factor: float, scalars: tuple[Formula, ...], core: Formula | None) -> Formula:
    """Return the product of what :func:`taken_apart` gave."""
    if factor == 0:
        return number(0)
    front = None if abs(factor) == 1 else number(abs(factor))
    for scalar in scalars:
        front = scalar if front is None else Formula("multiply", (front, scalar))
    if core is None:
        whole = number(1) if front is None else front
    else:
        whole = core if front is None else Formula("scale", (front, core), core.shape)
    if factor > 0:
        return whole
    if whole.operation == "number":
        return number(-whole.value)
    return Formula("negate", (whole,), whole.shape)


def times(left: Formula, right: Formula) -> Formula:
    """Multiply element by element."""
    return put_together(*_both(taken_apart(left), taken_apart(right)))


def negated(formula: Formula) -> Formula:
    """Turn the sign round."""
    factor, scalars, core = taken_apart(formula)
    return put_together(-factor, scalars, core)


def matmul(left: Formula, right: Formula) -> Formula:
    """Multiply matrices; single quantities go to the front."""
    (f, a, x), (g, b, y) = taken_apart(left), taken_apart(right)
    if x is None or y is None:
        return times(left, right)
    return put_together(f * g, a + b, Formula("matmul", (x, y), (x.shape[0], y.shape[1])))


def turned(formula: Formula) -> Formula:
    """Turn rows into columns."""
    factor, scalars, core = taken_apart(formula)
    if core is not None:
        if core.operation == "transpose":
            core = core.arguments[0]
        else:
            core = Formula("transpose", (core,), (core.shape[1], core.shape[0]))
    return put_together(factor, scalars, core)


def added_up(formula: Formula, axes: tuple[int, ...]) -> Formula:
    """Sum over the samples (0,), the columns (1,) or both; columns stay a column."""
    factor, scalars, core = taken_apart(formula)
    if core is None:
        core = number(1)
    size = core.shape
    left: dict[tuple[int, ...], Shape] = {(0,): size[1:], (1,): (*size[:1], 1), (0, 1): ()}
    return put_together(factor, scalars, Formula("sum", (core,), left[axes], axes=axes))


def filled(formula: Formula, shape: Shape) -> Formula:
    """Return an array of this shape, where a number stands for an array of equal numbers."""
    return formula if formula.shape == shape else times(formula, named("ones", shape))


def plus(left: Formula, right: Formula) -> Formula:
    """Add."""
    if left.is_number(0):
        return right
    if right.is_number(0):
        return left
    if left.operation == right.operation == "number":
        return number(left.value + right.value)
    if _penalty(left) and not _penalty(right):
        left, right = right, left
    if right.operation == "negate":
        return elementwise("subtract", left, right.arguments[0])
    if left.operation == "negate":
        return elementwise("subtract", right, left.arguments[0])
    return elementwise("add", left, right)


def _penalty(formula: Formula) -> bool:
    """Tell what l2 adds: people write it after what the samples say."""
    return any(scalar.name == PENALTY for scalar in taken_apart(formula)[1])


def minus(left: Formula, right: Formula) -> Formula:
    """Subtract."""
    if left.operation == right.operation == "number":
        return number(left.value - right.value)
    if right.is_number(0):
        return left
    if left.is_number(0):
        return negated(right)
    return elementwise("subtract", left, right)


def over(left: Formula, right: Formula) -> Formula:
    """Divide."""
    if right.is_number(1):
        return left
    if right.shape == () and right.operation != "number" and left.shape != ():
        return times(elementwise("divide", number(1), right), left)
    return elementwise("divide", left, right)


def where(condition: Formula, then: Formula, otherwise: Formula) -> Formula:
    """Choose; a branch that only NaN would take is left out."""
    if otherwise.operation == "where":
        second = otherwise.arguments[0]
        if (
            OPPOSITE.get(condition.operation) == second.operation
            and second.arguments == condition.arguments
        ):
            otherwise = otherwise.arguments[1]
    if then == otherwise:
        return then
    return elementwise("where", condition, then, otherwise)


_SIMPLIFYING: Mapping[str, Callable[..., Formula]] = {
    "add": plus,
    "subtract": minus,
    "multiply": times,
    "divide": over,
    "negate": negated,
    "where": where,
}


def operation_of(name: str, *arguments: Formula) -> Formula:
    """Return an elementwise operation of arrays, simplified."""
    if name == "identity":
        return arguments[0]
    if name == "where" and arguments[0].operation not in COMPARED:
        arguments = (elementwise("!=", arguments[0], number(0)), *arguments[1:])
    if name in _SIMPLIFYING:
        return _SIMPLIFYING[name](*arguments)
    return elementwise(name, *arguments)


COMPARED = frozenset({"<", "<=", ">", ">=", "==", "!="})


def to_lists(formula: Formula) -> list[Any]:
    """Return a formula as nested lists: ``[operation, shape, arguments...]``.

    A name is ``["name", shape, text]``, a number ``["number", [], value]``, a sum
    ``["sum", shape, axes, argument]``.
    """
    start: list[Any] = [formula.operation, list(formula.shape)]
    if formula.operation == "name":
        return [*start, formula.name]
    if formula.operation == "number":
        return [*start, formula.value]
    if formula.operation == "sum":
        start.append(list(formula.axes))
    return [*start, *map(to_lists, formula.arguments)]


def from_lists(data: Any) -> Formula:
    """Return what :func:`to_lists` was made of; ValueError if it is no such thing."""
    if not isinstance(data, list) or len(data) < 3 or not isinstance(data[0], str):
        raise ValueError(f"a formula is a list [operation, shape, arguments...], not {data!r:.60}")
    operation, rest = data[0], data[2:]
    shape = tuple(map(_dimension, data[1]))
    if operation == "name":
        return Formula("name", shape=shape, name=str(rest[0]))
    if operation == "number":
        return Formula("number", shape=shape, value=float(rest[0]))
    axes: tuple[int, ...] = ()
    if operation == "sum":
        axes, rest = tuple(map(int, rest[0])), rest[1:]
    return Formula(operation, tuple(map(from_lists, rest)), shape, axes=axes)


def _dimension(size: Any) -> Dimension:
    return size if isinstance(size, str) else int(size)
