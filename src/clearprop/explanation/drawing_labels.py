"""Where names stand on lines that cross: each on its own line, and none on another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Line: TypeAlias = tuple[float, float, float, float]
Bounds: TypeAlias = tuple[float, float, float, float]

PARTS = (0.5, 0.4, 0.6, 0.32, 0.68, 0.25, 0.75, 0.18, 0.82)
TALL = 15.0
CLEAR = 4.0  # of other lines


def place_labels(wanted: Sequence[tuple[Line, float]]) -> list[tuple[float, float]]:
    """Return the middle of each label, given its line and its width.

    Each is tried at several parts of its line, the middle first, and put where it covers least:
    of other labels, then of other lines.

    >>> place_labels([((0.0, 0.0, 100.0, 0.0), 20.0)])
    [(50.0, 0.0)]
    """
    taken: list[Bounds] = []
    found: list[tuple[float, float]] = []
    lines = [line for line, _ in wanted]
    for own, (line, width) in enumerate(wanted):
        tries = []
        for rank, part in enumerate(PARTS):
            x = line[0] + part * (line[2] - line[0])
            y = line[1] + part * (line[3] - line[1])
            box = (x - width / 2, y - TALL / 2, x + width / 2, y + TALL / 2)
            covered = sum(_overlap(box, other) for other in taken)
            wide = (box[0] - CLEAR, box[1] - CLEAR, box[2] + CLEAR, box[3] + CLEAR)
            crossed = sum(_passes(wide, other) for at, other in enumerate(lines) if at != own)
            tries.append((covered, crossed, rank, x, y, box))
        best = min(tries)
        taken.append(best[5])
        found.append((best[3], best[4]))
    return found


def _overlap(one: Bounds, other: Bounds) -> float:
    """Return the area that two boxes have in common."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    tall = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, wide) * max(0.0, tall)


def _passes(box: Bounds, line: Line) -> bool:
    """Tell whether a line runs through a box."""
    x1, y1, x2, y2 = line
    left, right = max(box[0], x1), min(box[2], x2)
    if left >= right or x1 == x2:
        return False
    slope = (y2 - y1) / (x2 - x1)
    heights = (y1 + slope * (left - x1), y1 + slope * (right - x1))
    return max(heights) > box[1] and min(heights) < box[3]
