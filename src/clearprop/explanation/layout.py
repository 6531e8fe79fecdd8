"""Layered layout: where the gates of a circuit stand, and along which points its wires run.

Nothing here knows of pictures or of wires: boxes with sizes go in, places come out. Every box
stands in a column right of all that feeds it; a wire that passes a column on its way has a place
of its own there, so that no wire runs through a box. The order within the columns is chosen for
few crossings (``layout_order``), the heights for straight wires
(``layout_heights``).

>>> boxes = [Box("x"), Box("y"), Box("f", ports=2)]
>>> layout = arrange(boxes, [Link("x", "f", 0), Link("y", "f", 1)])
>>> layout.places["x"].column, layout.places["f"].column, layout.crossings
(0, 1, 0)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import CircuitError
from .layout_heights import heights
from .layout_order import Point, Segment, best_order, slots

MOST_BOXES = 1_500
MOST_POINTS = 12_000
NARROWEST, WIDEST = 24.0, 150.0  # of the space between two columns, where wires change height


@dataclass(frozen=True)
class Box:
    """Something that has a place of its own.

    Attributes
    ----------
    key : str
    lead, tail : float
        Width left of the point where its wire starts, and what the start of the wire needs.
    above, below : float
        Height above and below its middle.
    ports : int
        How many wires enter it.
    ordered : bool
        Whether they enter in the order of their numbers from the top; if not, in that which
        gives few crossings.
    port_gap : float
        Between two wires that enter it.
    steady : bool
        Whether it should stand above the steady ones that come after it: a picture without
        crossings goes before that, and so do two crossings less.
    """

    key: str
    lead: float = 30.0
    tail: float = 30.0
    above: float = 20.0
    below: float = 20.0
    ports: int = 0
    ordered: bool = False
    port_gap: float = 14.0
    steady: bool = False


@dataclass(frozen=True)
class Link:
    """A wire from a box into a port of another."""

    source: str
    target: str
    port: int = 0


@dataclass(frozen=True)
class Place:
    """Where a box stands.

    Attributes
    ----------
    column : int
    left, start, right : float
        Where its column begins, where its wire starts, and where the column ends.
    y : float
        The height of its middle.
    """

    column: int
    left: float
    start: float
    right: float
    y: float


@dataclass(frozen=True)
class Layout:
    """Places by key; for each link the points that it runs through, the last one its port."""

    places: Mapping[str, Place]
    routes: Sequence[Sequence[tuple[float, float]]]
    width: float
    height: float
    crossings: int


def arrange(
    boxes: Sequence[Box], links: Sequence[Link], *, near: bool = False, gap: float = 10.0
) -> Layout:
    """Lay out a circuit from left to right.

    Parameters
    ----------
    boxes : sequence of Box
        With keys of their own.
    links : sequence of Link
        Without loops.
    near : bool
        Whether a box that nothing feeds stands just before the first that it feeds; else it
        stands in the first column.
    gap : float
        Between what stands above each other.

    Raises
    ------
    CircuitError
        If there is more than can be read (or laid out in about a second).
    """
    if not boxes:
        return Layout({}, [], 0.0, 0.0, 0)
    if len(boxes) > MOST_BOXES:
        raise CircuitError(
            f"this circuit has {len(boxes):,} gates and inputs; a picture has at most "
            f"{MOST_BOXES:,}. Draw a part of it, or the array circuit, which has one gate for "
            "many numbers"
        )
    at = {box.key: i for i, box in enumerate(boxes)}
    columns = _columns(len(boxes), [(at[one.source], at[one.target]) for one in links], near)
    points, segments, chains = _with_turns(boxes, links, at, columns)
    order, crossings = best_order(points, segments)
    slot = slots(points, segments, order)
    y = heights(points, segments, order, slot, gap)
    return _finished(boxes, links, points, segments, chains, slot, y, crossings)


def _columns(count: int, pairs: Sequence[tuple[int, int]], near: bool) -> list[int]:
    """Return each box's column: the length of the longest way to it."""
    feeds: list[list[int]] = [[] for _ in range(count)]
    lacking = [0] * count
    for source, target in pairs:
        feeds[source].append(target)
        lacking[target] += 1
    sources = [box for box in range(count) if not lacking[box]]
    column = [0] * count
    ready = list(sources)
    for box in ready:
        for target in feeds[box]:
            column[target] = max(column[target], column[box] + 1)
            lacking[target] -= 1
            if not lacking[target]:
                ready.append(target)
    if len(ready) < count:
        raise CircuitError("a circuit has no loops; these boxes feed each other in a circle")
    if near:
        for box in sources:
            if feeds[box]:
                column[box] = min(column[target] for target in feeds[box]) - 1
    return column


def _with_turns(
    boxes: Sequence[Box], links: Sequence[Link], at: Mapping[str, int], columns: Sequence[int]
) -> tuple[list[Point], list[Segment], list[list[int]]]:
    """Return points (boxes, then places where wires pass a column) and what joins them.

    All wires from one box share their way for as long as they can.
    """
    points = [
        Point(columns[i], *_reach(box), box.ports, box.ordered, box.port_gap, False, box.steady)
        for i, box in enumerate(boxes)
    ]
    segments: list[Segment] = []
    passing: dict[int, list[int]] = {i: [i] for i in range(len(boxes))}
    chains: list[list[int]] = []
    for link in links:
        source, target = at[link.source], at[link.target]
        chain = passing[source]
        while columns[source] + len(chain) < columns[target]:
            segments.append(Segment(chain[-1], len(points)))
            chain.append(len(points))
            points.append(Point(columns[source] + len(chain) - 1, 3.0, 3.0, 1, False, 0.0, True))
            if len(points) > MOST_POINTS:
                raise CircuitError(
                    f"the wires of this circuit ({len(boxes):,} gates and inputs) pass each other "
                    f"more than {MOST_POINTS:,} times; no picture of it can be read. Draw a part "
                    "of it, or the array circuit"
                )
        way = chain[: columns[target] - columns[source]]
        segments.append(Segment(way[-1], target, link.port))
        chains.append([*way, len(segments) - 1])
    return points, segments, chains


def _reach(box: Box) -> tuple[float, float]:
    """Return a box's height above and below its middle, its ports included."""
    half = (box.ports - 1) / 2 * box.port_gap
    return max(box.above, half), max(box.below, half)


def _finished(
    boxes: Sequence[Box],
    links: Sequence[Link],
    points: Sequence[Point],
    segments: Sequence[Segment],
    chains: Sequence[Sequence[int]],
    slot: Sequence[float],
    y: Sequence[float],
    crossings: int,
) -> Layout:
    top = min(height - point.above for height, point in zip(y, points, strict=True))
    bottom = max(height + point.below for height, point in zip(y, points, strict=True))
    lefts, starts, rights = _across(boxes, points, segments, slot, y)
    places = {}
    for i, box in enumerate(boxes):
        column = points[i].column
        places[box.key] = Place(column, lefts[column], starts[column], rights[column], y[i] - top)
    routes = []
    for link, (*way, last) in zip(links, chains, strict=True):
        route = [(rights[points[way[0]].column], y[way[0]] - top)]
        for passed in way[1:]:
            column = points[passed].column
            route += [(lefts[column], y[passed] - top), (rights[column], y[passed] - top)]
        place = places[link.target]
        route.append((place.left, place.y + slot[last]))
        routes.append(route)
    return Layout(places, routes, rights[-1], bottom - top, crossings)


def _across(
    boxes: Sequence[Box],
    points: Sequence[Point],
    segments: Sequence[Segment],
    slot: Sequence[float],
    y: Sequence[float],
) -> tuple[list[float], list[float], list[float]]:
    """Return where each column begins, where wires start in it, and where it ends."""
    count = 1 + max(point.column for point in points)
    lead, tail, climb = [0.0] * count, [0.0] * count, [0.0] * count
    for box, point in zip(boxes, points, strict=False):
        lead[point.column] = max(lead[point.column], box.lead)
        tail[point.column] = max(tail[point.column], box.tail)
    for number, segment in enumerate(segments):
        column = points[segment.source].column
        rise = abs(y[segment.target] + slot[number] - y[segment.source])
        climb[column] = max(climb[column], rise)
    lefts, starts, rights, x = [], [], [], 0.0
    for column in range(count):
        lefts.append(x)
        starts.append(x + lead[column])
        rights.append(x + lead[column] + tail[column])
        x = rights[-1] + min(WIDEST, NARROWEST + 0.25 * climb[column])
    return lefts, starts, rights
