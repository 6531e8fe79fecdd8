"""The judgement of a formula: does it say what it is a formula for, and if not, why not.

A formula is compared at the given values and at others around them, so that agreement by chance
at one point counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ..errors import ClearPropError, ExampleError
from ..numerics import REAL, evaluate_gate, quiet
from ..tables.expression import PRIMITIVES, Expression, Meaning, fold, parse
from ..tables.gates import GATES
from .judging import Reason, Step, track_steps
from .parts import CircuitPart, NetworkPart
from .quantities import Quantity
from .tracks import Tracks, follow

Array: TypeAlias = np.ndarray[Any, Any]

POINTS, SPREAD = 5, 0.25
CLOSE = 1e-9


@dataclass(frozen=True)
class Judgement:
    """What came of a formula.

    Attributes
    ----------
    claimed, true : float
        At the given values.
    right : bool
    reasons : tuple of Reason
    mended : float
        What the formula gives with all its slips mended; NaN where none were found.
    """

    claimed: float
    true: float
    right: bool
    reasons: tuple[Reason, ...]
    mended: float


def judge_formula(
    part: NetworkPart | CircuitPart, quantity: Quantity, text: str, where: str
) -> Judgement:
    """Compare a formula in a part's names with the value or the derivative that it is for.

    Raises
    ------
    ExampleError
        If it is no expression, or uses names that are not there.
    """
    if quantity.updates:
        raise ExampleError(f"{where}: a formula is for a value or a derivative before any update")
    drawn = part.drawn
    point = _around(part.given)
    values = drawn.wiring.values(point)
    tree = _read(text, values, where)
    if quantity.by:
        true = drawn.wiring.derivative(quantity.of, quantity.by, point)
    else:
        true = values[quantity.of]
    claimed = _value(tree, values)
    right = _agrees(claimed, true)
    reasons: tuple[Reason, ...] = ()
    mended = float("nan")
    if not right:
        reason, mended = _why(part, quantity, tree, values, claimed, true, point)
        reasons = () if reason is None else (reason,)
    return Judgement(float(claimed[0]), float(true[0]), right, reasons, mended)


def _why(
    part: NetworkPart | CircuitPart,
    quantity: Quantity,
    tree: Expression,
    values: Mapping[str, Array],
    claimed: Array,
    true: Array,
    point: Mapping[str, Array],
) -> tuple[Reason | None, float]:
    if quantity.by:
        tracks = Tracks(part.drawn, quantity.of, quantity.by, point)
        track = follow(tracks, lambda found: _agrees(found, claimed))
        if track is not None:
            mended = tracks.total(tuple(tracks.paths))
            if _agrees(mended, true):
                reason = Reason(track_steps(tracks, track), float(track.values[0]))
                return reason, float(mended[0])
    for name, other, found in _other_names(tree, values):
        if _agrees(found, true):
            facts = {"written": name, "meant": other}
            return Reason((Step("another name", facts),), float(claimed[0])), float(found[0])
    return None, float("nan")


def _around(given: Mapping[str, float]) -> dict[str, Array]:
    """Return the given point, and a few others not far from it."""
    draws = np.random.RandomState(0)
    return {
        name: value + SPREAD * np.append(0.0, draws.randn(POINTS - 1))
        for name, value in given.items()
    }


def _read(text: str, values: Mapping[str, Array], where: str) -> Expression:
    try:
        tree = parse(text, {**{n: len(g.inputs) for n, g in GATES.items()}, **PRIMITIVES})
    except ClearPropError as error:
        raise ExampleError(f"{where}: {error}") from None
    unknown = sorted(tree.names() - values.keys())
    if unknown:
        raise ExampleError(
            f"{where}: there is no {', '.join(unknown)} here; there are: {', '.join(values)}"
        )
    return tree


class _Functions(dict[str, Any]):
    """The primitives, and every gate of the table."""

    def __missing__(self, name: str) -> Any:
        return lambda *arrays: evaluate_gate(GATES[name], *map(np.asarray, arrays))


def _value(tree: Expression, values: Mapping[str, Array]) -> Array:
    with quiet():
        found = fold(tree, Meaning(values, _Functions(REAL), np.asarray))
    return np.broadcast_to(np.asarray(found), (POINTS,))


def _agrees(one: Array, other: Array) -> bool:
    """Tell whether two quantities are the same, to 1e-9 of each."""
    return bool(np.all(np.abs(one - other) <= CLOSE * np.abs(other)))


class _Swapped(Meaning[Array]):
    """Reads one of the names in an expression as another."""

    def __init__(self, values: Mapping[str, Array], place: int, other: str) -> None:
        super().__init__(values, _Functions(REAL), np.asarray)
        self.place, self.other, self.count = place, other, -1

    def name(self, name: str) -> Array:
        self.count += 1
        return super().name(self.other if self.count == self.place else name)


def _other_names(tree: Expression, values: Mapping[str, Array]) -> Iterator[tuple[str, str, Array]]:
    """Yield what the formula gives with each of its names, in each place, read as another."""
    names = [node.name for node in tree.walk() if node.operation == "name"]
    with quiet():
        for place, name in enumerate(names):
            for other in values:
                if other != name and name in values:
                    found = fold(tree, _Swapped(values, place, other))
                    yield name, other, np.broadcast_to(np.asarray(found), (POINTS,))
