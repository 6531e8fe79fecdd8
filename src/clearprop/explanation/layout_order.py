"""The order of what stands in a column: few crossings.

Columns are swept forth and back, each sorted by where its neighbours in the column before stand
on average (Sugiyama, Tagawa & Toda, IEEE SMC 11, 1981); then neighbours change places wherever
that saves a crossing. This is done from several starts, and the best order found is kept.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product

Order = list[list[int]]
WORK = 40_000  # points looked at in all sweeps together
FAR = 1_000_000  # crossings: more than there are
FEW = 160  # points: so few are also sifted


@dataclass(frozen=True)
class Point:
    """A box, or a place where a wire passes a column."""

    column: int
    above: float
    below: float
    ports: int
    ordered: bool
    port_gap: float
    passing: bool = False
    steady: bool = False


@dataclass(frozen=True)
class Segment:
    """A piece of wire from one column to the next."""

    source: int
    target: int
    port: int = 0


@dataclass
class _Net:
    points: Sequence[Point]
    columns: int
    before: list[list[tuple[int, float]]] = field(default_factory=list)
    after: list[list[tuple[int, float]]] = field(default_factory=list)
    held: bool = False  # whether steady points may not pass each other

    @classmethod
    def of(cls, points: Sequence[Point], segments: Sequence[Segment]) -> _Net:
        net = cls(points, 1 + max(point.column for point in points))
        net.before, net.after = [[] for _ in points], [[] for _ in points]
        for one in segments:
            target = points[one.target]
            # Where ports have an order, a wire aims at a part of the box; else at the box.
            part = (one.port + 1) / (target.ports + 1) if target.ordered else 0.5
            net.before[one.target].append((one.source, part))
            net.after[one.source].append((one.target, part))
        return net


def best_order(points: Sequence[Point], segments: Sequence[Segment]) -> tuple[Order, int]:
    """Return what stands in each column from the top, and how many crossings are left."""
    net = _Net.of(points, segments)
    rounds = max(3, min(24, WORK // len(points)))
    best: Order = []
    least: tuple[bool, int, int] | None = None
    fewest = 0
    starts = _starts(net, max(1, min(16, WORK // (rounds * len(points)))))
    few = len(points) <= FEW and any(point.steady for point in points)
    for start, held in product(starts, (True, False) if few else (False,)):
        net.held = held
        order = _swept(net, start, rounds)
        if len(points) <= FEW:
            _sift(net, order)
        for one in (order, [column[::-1] for column in order]):
            # Of two as good, that in which things stand as they are named: o1 above o2.
            crossings = crossings_of(net, one)
            steady = [[p for p in column if points[p].steady] for column in one]
            found = (crossings > 0, crossings + 2 * _astray(steady), _astray(one))
            if least is None or found < least:
                best, least, fewest = one, found, crossings
        if least == (False, 0, 0):
            break
    return best, fewest


def _astray(order: Order) -> int:
    """Return how many neighbours stand the other way round than they came."""
    return sum(lower < upper for column in order for upper, lower in pairwise(column))


def _starts(net: _Net, count: int) -> list[Order]:
    """Return orders to start from: as things came, as one reads from the end, and others."""
    first = _by_depth(net, lambda below: below)
    given: Order = [[] for _ in range(net.columns)]
    for i, point in enumerate(net.points):
        given[point.column].append(i)
    starts = [first, given, _by_depth(net, lambda below: below[::-1])]
    state = 1
    while len(starts) < count:
        mixed = [list(column) for column in first]
        for column in mixed:
            for i in range(len(column) - 1, 0, -1):
                state = (state * 1_103_515_245 + 12_345) % 2**31
                j = state * (i + 1) >> 31
                column[i], column[j] = column[j], column[i]
        starts.append(mixed)
    return starts[:count]


def _by_depth(
    net: _Net, turned: Callable[[list[tuple[int, float]]], list[tuple[int, float]]]
) -> Order:
    order: Order = [[] for _ in range(net.columns)]
    seen: set[int] = set()
    ends = [i for i in range(len(net.points)) if not net.after[i]]
    waiting = ends[::-1]
    while waiting:
        point = waiting.pop()
        if point not in seen:
            seen.add(point)
            order[net.points[point].column].append(point)
            waiting += [below for below, _ in turned(net.before[point])][::-1]
    return order


def _swept(net: _Net, start: Order, rounds: int) -> Order:
    order = [list(column) for column in start]
    best, fewest = [list(column) for column in order], crossings_of(net, order)
    idle = 0
    for turn in range(rounds):
        if not fewest or idle > 5:
            break
        _sweep(net, order, forth=turn % 2 == 0, turned=turn % 4 > 1)
        _exchange(net, order)
        found = crossings_of(net, order)
        idle += 1
        if found < fewest:
            best, fewest, idle = [list(column) for column in order], found, 0
    return best


def _sweep(net: _Net, order: Order, *, forth: bool, turned: bool) -> None:
    position = _positions(net, order)
    columns = range(1, net.columns) if forth else range(net.columns - 2, -1, -1)
    neighbours = net.before if forth else net.after
    for column in columns:

        def middle(point: int) -> float:
            found = neighbours[point]
            if not found:
                return position[point]
            part = 0.0 if forth else sum(part for _, part in found) - 0.5 * len(found)
            return (sum(position[one] for one, _ in found) + part) / len(found)

        # Of those that aim at one place, now the first stands first, now the last.
        order[column].sort(key=lambda p: (middle(p), -position[p] if turned else position[p]))
        if net.held:
            _hold(net, order[column])
        for place, point in enumerate(order[column]):
            position[point] = place


def _hold(net: _Net, column: list[int]) -> None:
    """Let steady points change places among themselves, until they stand as they came."""
    places = [i for i, point in enumerate(column) if net.points[point].steady]
    for i, point in zip(places, sorted(column[i] for i in places), strict=True):
        column[i] = point


def _exchange(net: _Net, order: Order) -> None:
    """Let neighbours in a column change places for as long as that saves crossings."""
    position = _positions(net, order)
    for _ in range(4):
        better = False
        for column in order:
            for i in range(len(column) - 1):
                upper, lower = column[i], column[i + 1]
                if _saved(net, position, upper, lower) > 0:
                    column[i], column[i + 1] = lower, upper
                    position[upper], position[lower] = i + 1.0, float(i)
                    better = True
        if not better:
            break


def _sift(net: _Net, order: Order) -> None:
    """Move each point to the best place in its column, for as long as that saves crossings.

    A point can leap over others here, where exchanges of neighbours would have to pass a worse
    order (Matuszewski, Schönfeld & Molitor, Graph Drawing 1999).
    """
    position = _positions(net, order)
    better = True
    while better:
        better = False
        for column in order:
            for point in list(column):
                at = column.index(point)
                gain, best, place = 0, 0, at
                for i in range(at - 1, -1, -1):
                    gain += _saved(net, position, column[i], point)
                    if gain > best:
                        best, place = gain, i
                gain = 0
                for i in range(at + 1, len(column)):
                    gain += _saved(net, position, point, column[i])
                    if gain > best:
                        best, place = gain, i
                if best:
                    column.insert(place, column.pop(at))
                    for i, one in enumerate(column):
                        position[one] = float(i)
                    better = True


def _saved(net: _Net, position: Sequence[float], upper: int, lower: int) -> int:
    """Return how many crossings are saved if two points change places."""
    if net.held and net.points[upper].steady and net.points[lower].steady:
        return FAR if upper > lower else -FAR
    return _between(net, position, upper, lower) - _between(net, position, lower, upper)


def _between(net: _Net, position: Sequence[float], upper: int, lower: int) -> int:
    """Return how many wires of two points in one column cross, if they stand so."""
    crossings = 0
    for side in (net.before, net.after):
        # A box's own port is the same for both its sides; it orders only what follows.
        after = side is net.after
        low = sorted(position[one] + (part if after else 0.5) for one, part in side[lower])
        for one, part in side[upper]:
            mine = position[one] + (part if after else 0.5)
            for other in low:
                if other >= mine:
                    break
                crossings += 1
    return crossings


def _positions(net: _Net, order: Order) -> list[float]:
    position = [0.0] * len(net.points)
    for column in order:
        for place, point in enumerate(column):
            position[point] = float(place)
    return position


def crossings_of(net: _Net, order: Order) -> int:
    """Return how many pairs of wires cross."""
    position = _positions(net, order)
    total = 0
    for column in order[:-1]:
        passed: list[float] = []
        for point in column:
            aims = [position[one] + part for one, part in net.after[point]]
            total += sum(len(passed) - bisect_right(passed, aim) for aim in aims)
            for aim in aims:
                insort(passed, aim)
    return total


def slots(points: Sequence[Point], segments: Sequence[Segment], order: Order) -> list[float]:
    """Return for each piece of wire how far below its target's middle it enters."""
    place = {point: i for column in order for i, point in enumerate(column)}
    entering: dict[int, list[int]] = {}
    for number, one in enumerate(segments):
        entering.setdefault(one.target, []).append(number)
    found = [0.0] * len(segments)
    for target, numbers in entering.items():
        point = points[target]
        if point.ordered:
            numbers.sort(key=lambda n: segments[n].port)
        else:
            numbers.sort(key=lambda n: (place[segments[n].source], segments[n].port))
        for i, number in enumerate(numbers):
            found[number] = (i - (len(numbers) - 1) / 2) * point.port_gap
    return found
