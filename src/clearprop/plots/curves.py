"""Loss curves as numbers: reading them, thinning them out, placing their labels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ..errors import DataError

Array: TypeAlias = np.ndarray[Any, Any]
BEYOND = 1e200  # no axis can be drawn to there; such a loss counts as infinite


@dataclass(frozen=True)
class Curve:
    """One run.

    Attributes
    ----------
    label : str
        Its name, perhaps empty.
    epochs, values : array of shape (n,)
        The finite values (on a logarithmic axis: those above 0), and their epochs.
    broken : bool
        Whether the run ended in values that are not finite.
    """

    label: str
    epochs: Array
    values: Array
    broken: bool = False


@dataclass(frozen=True)
class Band:
    """A curve in columns: the least, mean and largest value of each."""

    epochs: Array
    low: Array
    mean: Array
    high: Array


def read_curves(
    losses: Any, compare: Any, labels: str | Sequence[str] | None, every: int | None, log: bool
) -> list[Curve]:
    """Return the runs to draw, the first one first."""
    step = 1 if every is None else every
    if isinstance(step, bool) or not isinstance(step, int | np.integer) or step < 1:
        raise DataError(f"every is a number of epochs, at least 1, not {every!r}")
    runs: list[tuple[str | None, Any]] = []
    for given in (losses, compare):
        if isinstance(given, Mapping):
            runs += [(str(name), values) for name, values in given.items()]
        elif given is not None:
            runs.append((None, given))
    if not runs:
        raise DataError("there is no run to draw; give a Result or its losses")
    wanting = sum(name is None for name, _ in runs)
    names = [labels] if isinstance(labels, str) else list(labels or ())
    if names and len(names) != wanting:
        raise DataError(
            f"labels names the runs without a name, which are {wanting}; given {len(names)}"
        )
    if not names:
        names = ["this run", "other run"] if wanting == 2 else ["this run"] * wanting
        names = names if len(runs) > 1 else [""]
    unnamed = iter(names)
    return [
        _read(str(next(unnamed)) if name is None else name, values, int(step), log)
        for name, values in runs
    ]


def _read(label: str, losses: Any, step: int, log: bool) -> Curve:
    what = f"the losses of {label!r}" if label else "losses"
    try:
        values = np.asarray(getattr(losses, "losses", losses), np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{what} should be a Result or a sequence of numbers") from None
    if values.ndim != 1:
        raise DataError(
            f"{what} should be one number for each epoch; given an array of shape {values.shape}"
        )
    if not len(values):
        raise DataError(f"{what} are empty: the run has not completed an epoch")
    fit = np.abs(values) < BEYOND  # which NaN is not
    broken = not fit[-1]
    if log:
        fit &= values > 1 / BEYOND
    if not fit.any():
        kind = "finite numbers above 0, which a logarithmic axis needs" if log else "finite numbers"
        raise DataError(f"{what} hold no {kind}")
    return Curve(label, np.flatnonzero(fit) * step, values[fit], broken)


def band(curve: Curve, columns: int) -> Band | None:
    """Return the curve in about that many columns, or None where it has too few values to need it.

    >>> zigzag = Curve("", np.arange(8), np.array([1.0, 3, 1, 3, 1, 3, 1, 3]))
    >>> found = band(zigzag, 2)
    >>> found.low.tolist(), found.mean.tolist(), found.high.tolist()
    ([1.0, 1.0], [2.0, 2.0], [3.0, 3.0])
    """
    n = len(curve.values)
    if n < 4 * columns:
        return None
    # An even number in each, or the mean of a loss that swings every epoch would swing too.
    width = 2 * math.ceil(n / (2 * columns))
    starts = np.arange(0, n, width)
    counts = np.diff([*starts, n])
    return Band(
        np.add.reduceat(curve.epochs.astype(float), starts) / counts,
        np.minimum.reduceat(curve.values, starts),
        np.add.reduceat(curve.values, starts) / counts,
        np.maximum.reduceat(curve.values, starts),
    )


def late_part(curves: Sequence[Curve], log: bool) -> float | None:
    """Return the epoch from which all curves together are too flat to be seen, if there is one.

    Flat is: within an eighth of the whole height, and below the middle of the picture.
    """
    longest = max(float(curve.epochs[-1]) for curve in curves)
    if min(len(curve.values) for curve in curves) < 40:
        return None
    height = np.log if log else np.asarray
    low = min(float(height(curve.values).min()) for curve in curves)
    high = max(float(height(curve.values).max()) for curve in curves)
    for share in (0.02, 0.05, 0.1, 0.2):
        since = share * longest
        late = [height(curve.values[curve.epochs >= since]) for curve in curves]
        if min(map(len, late)) < 20:
            continue
        bottom, top = (float(f([f(part) for part in late])) for f in (np.min, np.max))
        if 0 < top - bottom < 0.125 * (high - low) and top < low + 0.3 * (high - low):
            return since
    return None


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return places near those wanted, in their order, at least ``gap`` apart if there is room.

    >>> spread([0.1, 0.12, 0.9], 0.2, 0.0, 1.0)
    [0.1, 0.3..., 0.9]
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    if len(order) > 1:
        gap = min(gap, (high - low) / (len(order) - 1))
    places = list(wanted)
    least = low
    for i in order:
        places[i] = max(places[i], least)
        least = places[i] + gap
    most = high
    for i in reversed(order):
        places[i] = min(places[i], most)
        most = places[i] - gap
    return places


def number(value: float) -> str:
    """Return a loss as people write it, with four digits that count.

    >>> number(0.0678), number(141516.4), number(3e-9), number(12)
    ('0.06780', '141,516', '3.000e-09', '12.00')
    """
    if value == 0:
        return "0"
    if 1e4 <= abs(value) < 1e7:
        return f"{value:,.0f}"
    return f"{value:#.4g}".rstrip(".")
