"""Checks a gate against itself when its row is made, by complex-step differentiation.

The slopes are compared with the derivative of the value at a few points of the domain,
near 0, near the ends, and on both sides of every place where the expressions change
branch (a comparison, ``max``, ``min``, ``abs``) and of every declared kink.
"""

import functools
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .complexstep import COMPLEX, STEP, Function, compared, compiled, crossings, evaluate
from .expression import Expression
from .failures import TableError

if TYPE_CHECKING:
    from .gates import Gate

__all__ = ["COMPLEX", "STEP", "check_slopes", "evaluate"]

TOLERANCE = 1e-12
BESIDE = 1e-5  # how far from a meeting of branches its two sides are looked at
JUMP = 1e-4  # what the two sides may differ by without being a jump
_FRACTIONS = (-0.8425, -0.55, -0.21, -0.034, 0.0275, 0.186, 0.4825, 0.77)
_DISTANCES = (1e-6, 1e-4, 1e-3, 1e-2, 0.1, 0.4, 1.5, 5.0, 15.0, 30.0)
_FROM_THE_ENDS = (1e-6, 0.02)

Point = tuple[float, ...]


class _Formulas:
    """A gate's expressions as functions of its inputs."""

    def __init__(self, gate: "Gate") -> None:
        self.gate = gate
        self._constants = {name: complex(value) for name, value in gate.parameters.items()}
        self._parts = [(name, compiled(tree)) for name, tree in gate.part_trees.items()]
        self._value = compiled(gate.value_tree)
        self.slopes = [compiled(tree) for tree in gate.slope_trees]
        self.kinks = [
            (compiled(at), [compiled(slope) for slope in slopes]) for at, slopes in gate.kink_trees
        ]

        trees = (*gate.part_trees.values(), gate.value_tree, *gate.slope_trees)
        kinks = [at for at, _ in gate.kink_trees]
        self.differences = [
            compiled(tree)
            for tree in compared(trees, kinks)
            if tree.names() - gate.parameters.keys()
        ]

    def names(self, point: Sequence[complex]) -> dict[str, complex]:
        """Return what the names of inputs, parameters, parts and the output stand for."""
        names = {**self._constants, **dict(zip(self.gate.inputs, point, strict=True))}
        for part, function in self._parts:
            names[part] = function(names)
        names["y"] = self._value(names)
        return names

    def beside(self, which: int, point: Point) -> dict[str, complex]:
        """Return the names a complex step from a point, along one input."""
        return self.names([complex(x, STEP if i == which else 0.0) for i, x in enumerate(point)])

    def on_kink(self, point: Point) -> bool:
        """Tell whether a kink is declared here."""
        if not self.kinks:
            return False
        names = self.names(point)
        return any(abs(at(names)) < 1e-9 for at, _ in self.kinks)


def check_slopes(gate: "Gate") -> None:
    """Refuse a gate whose slopes are not the derivatives of its value, or that hides NaN."""
    formulas = _Formulas(gate)
    for point in _points(gate):
        for which in range(len(point)):
            _check_at(formulas, which, point, TOLERANCE)
    for which in range(len(gate.inputs)):
        _check_along(formulas, which)
    _check_taken(formulas, formulas.names([0j] * len(gate.inputs)))
    _check_nan(formulas)


def _points(gate: "Gate") -> Iterator[Point]:
    """Yield a few points inside the domain, away from its middle and its ends."""
    for i in range(len(_FRACTIONS)):
        # A different stride for each input, so that two inputs are not always ordered alike.
        chosen = [
            _FRACTIONS[(i * (1 + 2 * n) + n) % len(_FRACTIONS)] for n in range(len(gate.inputs))
        ]
        yield tuple(
            round(low + (high - low) * (fraction + 1) / 2, 6)
            for (low, high), fraction in zip(gate.domain, chosen, strict=True)
        )


@functools.cache
def _places(low: float, high: float) -> list[float]:
    """Return places at geometric distances from 0 and near the ends of an interval."""
    width = high - low
    near = {sign * distance for distance in _DISTANCES for sign in (-1, 1)}
    ends = {low + width * part for part in _FROM_THE_ENDS}
    ends |= {high - width * part for part in _FROM_THE_ENDS}
    return sorted(place for place in near | ends if low < place < high)


def _check_at(
    formulas: _Formulas, which: int, point: Point, tolerance: float
) -> dict[str, complex]:
    names = formulas.beside(which, point)
    true, slope = names["y"].imag / STEP, formulas.slopes[which](names).real
    if abs(slope - true) <= tolerance * max(1.0, abs(true)) or formulas.on_kink(point):
        return names
    gate = formulas.gate
    where = ", ".join(f"{n} = {v:g}" for n, v in zip(gate.inputs, point, strict=True))
    raise TableError(
        f"{gate.name}: at {where} the slope {gate.slopes[which]!r} is {slope:.6g}, "
        f"but the value changes by {true:.6g} for each unit of {gate.inputs[which]}"
    )


def _check_along(formulas: _Formulas, which: int) -> None:
    """Move one input far and near, and to both sides of where branches meet."""
    base = next(_points(formulas.gate))

    def at(place: float) -> Point:
        return (*base[:which], place, *base[which + 1 :])

    places = _places(*formulas.gate.domain[which])
    seen = []
    for place in places:
        # Near 0 a formula may lose digits and still be the right one.
        tolerance = max(1e-9, min(1e-15 / (place * place), 1e-3))
        seen.append(_check_at(formulas, which, at(place), tolerance))
    meetings: set[float] = set()
    for function in formulas.differences:

        def value(place: float, function: Function = function) -> float:
            return function(formulas.names(at(place))).real

        differences = [function(names).real for names in seen]
        meetings |= set(crossings(value, places, differences, meetings))
    for place in sorted(meetings):
        _check_sides(formulas, which, at(place))
        _check_taken(formulas, formulas.names(at(place)))


def _check_sides(formulas: _Formulas, which: int, point: Point) -> None:
    """Compare slopes beside a point, and refuse a jump there that is not declared."""
    beside = BESIDE * max(1.0, abs(point[which]))
    low, high = formulas.gate.domain[which]
    sides = []
    for sign in (-1, 1):
        near, far = (point[which] + sign * distance for distance in (beside, 2 * beside))
        if not low < far < high:
            return
        ends = []
        for place in (near, far):
            moved = (*point[:which], place, *point[which + 1 :])
            y = _check_at(formulas, which, moved, JUMP)["y"]
            ends.append((y.real, y.imag / STEP))
        # A straight line through the two leads to the edge itself.
        sides.append([2 * near - far for near, far in zip(*ends, strict=True)])
    if not formulas.gate.logical and not formulas.on_kink(point):
        _check_meeting(formulas, which, point, sides)


def _check_meeting(
    formulas: _Formulas, which: int, point: Point, sides: Sequence[Sequence[float]]
) -> None:
    (value, left), (other, right) = sides
    gate, name = formulas.gate, formulas.gate.inputs[which]
    slope = formulas.slopes[which](formulas.names(point)).real
    size = max(1.0, abs(left))
    if abs(other - value) <= JUMP * max(1.0, abs(value)) and abs(right - left) <= JUMP * size:
        if abs(slope - (left + right) / 2) <= 10 * JUMP * size:
            return
        raise TableError(
            f"{gate.name}: at {name} = {point[which]:g} the slope {gate.slopes[which]!r} is "
            f"{slope:.6g}, but beside it the value changes by {left:.6g} for each unit of {name}"
        )
    what, before, after = "derivative", left, right
    if abs(right - left) <= JUMP * size:
        what, before, after = "value", value, other
    place = point[which]
    at = name if place == 0 else f"{name} {'-' if place > 0 else '+'} {abs(place):g}"
    names = formulas.names(point)
    slopes = ", ".join(f'"{function(names).real:g}"' for function in formulas.slopes)
    raise TableError(
        f"{gate.name}: the {what} jumps from {_short(before)} to {_short(after)} at "
        f"{name} = {place:g}; declare where it does and the slope taken there, for example "
        f'kinks=[Kink("{at}", [{slopes}])]'
    )


def _short(number: float) -> str:
    return f"{round(number, 9) + 0.0:.6g}"


def _check_taken(formulas: _Formulas, names: dict[str, complex]) -> None:
    """See that on a kink the declared slopes are taken."""
    gate = formulas.gate
    for at, slopes in formulas.kinks:
        if at(names) != 0:
            continue
        for which, declared in enumerate(slopes):
            taken, stated = formulas.slopes[which](names).real, declared(names).real
            if taken != stated:
                raise TableError(
                    f"{gate.name}: at its kink the slope {gate.slopes[which]!r} is {taken:g}, "
                    f"but {stated:g} is declared"
                )


def _check_nan(formulas: _Formulas) -> None:
    gate = formulas.gate
    if gate.logical:
        return
    for which, name in enumerate(gate.inputs):
        point = [complex(math.nan if i == which else 0.5) for i in range(len(gate.inputs))]
        names = formulas.names(point)
        _must_be_nan(gate, gate.value, name, names["y"])
    if len(gate.inputs) == 1 and _moves(gate.slope_trees[0], gate):
        _must_be_nan(gate, gate.slopes[0], gate.inputs[0], formulas.slopes[0](names))


def _moves(tree: Expression, gate: "Gate") -> bool:
    """Tell whether an expression depends on the gate's inputs, perhaps through a part."""
    moving = {*gate.inputs, "y"}
    for part, part_tree in gate.part_trees.items():
        if part_tree.names() & moving:
            moving.add(part)
    return bool(tree.names() & moving)


def _must_be_nan(gate: "Gate", text: str, name: str, value: complex) -> None:
    if not math.isnan(value.real):
        raise TableError(
            f"{gate.name}: {text!r} is {value.real:g} when {name} is NaN; comparing with NaN is "
            f"false, so let the last branch of where pass {name} on"
        )
