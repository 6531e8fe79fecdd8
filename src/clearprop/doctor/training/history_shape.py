"""What the losses of a run tell: whether they swing, fall still, or go up and down.

>>> swings([0.3, 0.5] * 30), swings([0.5 / (1 + i) for i in range(60)])
(True, False)
>>> round(fall_in_last_tenth([1.0 - i / 1000 for i in range(1000)]), 2)
0.1
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

Array: TypeAlias = np.ndarray[Any, Any]

LOOK = 40  # epochs at the end of a run that are looked at
SMALL = 1e-6  # a swing below this share of the loss is rounding


def swings(losses: ArrayLike) -> bool:
    """Tell whether the last losses go up and down by turns, more often than not."""
    last = np.asarray(losses, np.float64)[-LOOK:]
    if len(last) < LOOK or not np.isfinite(last).all():
        return False
    moves = np.diff(last)
    turns = np.count_nonzero(moves[1:] * moves[:-1] < 0)
    return bool(np.ptp(last) > SMALL * abs(float(last.mean())) and turns > len(moves) // 2)


def swings_since(losses: ArrayLike) -> int:
    """Return the epoch from which on every stretch of losses swings as the last one does."""
    given = np.asarray(losses, np.float64)
    moves = np.diff(given)
    turning = (moves[1:] * moves[:-1] < 0).astype(np.int64)
    if len(turning) < LOOK:
        return 0
    total = np.concatenate([[0], np.cumsum(turning)])
    calm = np.flatnonzero(total[LOOK:] - total[:-LOOK] <= LOOK // 2)
    return 0 if calm.size == 0 else int(calm[-1]) + LOOK


def rough(losses: ArrayLike) -> bool:
    """Tell whether the later half of the losses goes up nearly as much as it goes down."""
    later = np.asarray(losses, np.float64)
    later = later[len(later) // 2 :]
    if len(later) < 5:
        return False
    moves = np.diff(later)
    up, down = float(moves[moves > 0].sum()), float(-moves[moves < 0].sum())
    return up > 0 and up >= 0.5 * down


def fall_in_last_tenth(losses: Sequence[float] | Array, begin: float | None = None) -> float:
    """Return the share of a run's whole fall that its last tenth has made.

    By a straight line through the last fifth, so that noise counts for little: a slope that
    does not stand out from the noise (three standard errors) counts as 0. A run at an even pace
    gives 0.1.

    Parameters
    ----------
    losses : sequence of float
    begin : float, optional
        From where the fall counts; by default the first loss.
    """
    given = np.asarray(losses, np.float64)
    begin = float(given[0]) if begin is None and len(given) else begin
    count = max(5, len(given) // 5)
    if len(given) < 10 or not np.isfinite(given).all() or begin is None:
        return 0.0
    last = given[-count:]
    place = np.arange(count) - (count - 1) / 2
    slope = float(place @ last / (place @ place))
    rest = last - last.mean() - slope * place
    doubt = float(np.sqrt((rest @ rest) / max(1, count - 2) / (place @ place)))
    whole = begin - float(last.mean() + slope * (count - 1) / 2)
    if whole <= 0 or slope >= -3 * doubt:
        return 0.0
    return -slope * (len(given) / 10) / whole
