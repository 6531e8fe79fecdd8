"""The heights in a layout: wires as straight as the order of the columns allows.

Each column in turn is moved to where its neighbours want it. What stands in it may not overlap;
the best heights under that rule are an isotonic regression, which one pass over the column finds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from .layout_order import Order, Point, Segment

Pulls: TypeAlias = Sequence[Sequence[tuple[int, float, float]]]
WORK = 150_000  # points moved in all rounds together
NEARLY = 16.0  # a bend less high than this is taken out, where there is room


def heights(
    points: Sequence[Point],
    segments: Sequence[Segment],
    order: Order,
    slot: Sequence[float],
    gap: float,
) -> list[float]:
    """Return the height of every point's middle."""
    before: list[list[tuple[int, float, float]]] = [[] for _ in points]
    after: list[list[tuple[int, float, float]]] = [[] for _ in points]
    for number, one in enumerate(segments):
        weight = _weight(points[one.source], points[one.target])
        before[one.target].append((one.source, -slot[number], weight))
        after[one.source].append((one.target, slot[number], weight))
    y = [0.0] * len(points)
    steps = [_steps(points, column, gap) for column in order]
    for column, offsets in zip(order, steps, strict=True):
        middle = offsets[-1] / 2 if offsets else 0.0
        for point, offset in zip(column, offsets, strict=True):
            y[point] = offset - middle
    _relax(order, steps, y, before, after)
    _level(points, order, steps, y, before, after)
    return [round(height, 2) for height in y]


def _relax(
    order: Order,
    steps: Sequence[Sequence[float]],
    y: list[float],
    before: Pulls,
    after: Pulls,
) -> None:
    rounds = max(4, min(60, WORK // len(y)))
    sides = [(before, None), (after, None), (before, after)]
    for turn in range(rounds):
        last = turn >= rounds // 2
        first, second = sides[2] if last else sides[turn % 2]
        forth = turn % 2 == 0
        for at in range(len(order)) if forth else reversed(range(len(order))):
            _move(order[at], steps[at], y, first, second)


def _level(
    points: Sequence[Point],
    order: Order,
    steps: Sequence[Sequence[float]],
    y: list[float],
    before: Pulls,
    after: Pulls,
) -> None:
    """Straighten what is nearly straight: wires that pass columns, inputs, gates in a row."""
    room: dict[int, tuple[int, int, float]] = {}
    for at, column in enumerate(order):
        room |= {point: (at, i, steps[at][i]) for i, point in enumerate(column)}

    def bounds(point: int) -> tuple[float, float]:
        at, i, offset = room[point]
        column, offsets = order[at], steps[at]
        low = y[column[i - 1]] + offset - offsets[i - 1] if i else -math.inf
        last = i + 1 == len(column)
        return low, math.inf if last else y[column[i + 1]] - offsets[i + 1] + offset

    done: set[int] = set()
    for first in sorted(room, key=lambda point: points[point].column):
        if first in done:
            continue
        chain = _chain(points, first, after)
        done |= set(chain)
        limits = [bounds(point) for point in chain]
        low, high = max(limit[0] for limit in limits), min(limit[1] for limit in limits)
        if low > high or (len(chain) == 1 and len(before[first]) > 1):
            continue
        own = sum(y[point] for point in chain) / len(chain)
        aims = [y[one] + shift for one, shift, _ in (*before[first], *after[chain[-1]])]
        near = [aim for aim in aims if low <= aim <= high and abs(aim - own) < NEARLY]
        if near or len(chain) > 1:
            level = near[0] if near else min(max(own, low), high)
            for point in chain:
                y[point] = level


def _chain(points: Sequence[Point], first: int, after: Pulls) -> list[int]:
    """Return the points by which one wire passes one column after the other."""
    chain = [first]
    while points[chain[-1]].passing:
        onward = [one for one, _, _ in after[chain[-1]] if points[one].passing]
        if not onward:
            break
        chain.append(onward[0])
    return chain


def _weight(source: Point, target: Point) -> float:
    """Return how much it matters that this piece of wire is level: bends on the way are ugly."""
    if target.ports == 1 and not target.passing:
        return 6.0
    return (1.0, 2.0, 8.0)[source.passing + target.passing]


def _steps(points: Sequence[Point], column: Sequence[int], gap: float) -> list[float]:
    """Return how far each point must at least stand below the first."""
    offsets, height = [], 0.0
    for i, point in enumerate(column):
        if i:
            upper = points[column[i - 1]]
            close = 0.6 if upper.passing and points[point].passing else 1.0
            height += upper.below + points[point].above + gap * close
        offsets.append(height)
    return offsets


def _move(
    column: Sequence[int],
    offsets: Sequence[float],
    y: list[float],
    first: Pulls,
    second: Pulls | None,
) -> None:
    # Blocks of points that touch: (weight, mean, how many); a block swallows the one above it
    # for as long as it would stand higher.
    blocks: list[tuple[float, float, int]] = []
    for point, offset in zip(column, offsets, strict=True):
        pulls = [*first[point], *(second[point] if second else ())]
        weight = sum(pull for _, _, pull in pulls)
        if weight:
            wanted = sum((y[one] + shift) * pull for one, shift, pull in pulls) / weight
        else:
            weight, wanted = 0.01, y[point]
        mean, count = wanted - offset, 1
        while blocks and blocks[-1][1] > mean:
            heavier, higher, more = blocks.pop()
            mean = (mean * weight + higher * heavier) / (weight + heavier)
            weight, count = weight + heavier, count + more
        blocks.append((weight, mean, count))
    at = 0
    for _, mean, count in blocks:
        for i in range(at, at + count):
            y[column[i]] = mean + offsets[i]
        at += count
