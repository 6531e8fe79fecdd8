"""What the makers of point sets accept as arguments, and what they say to anything else."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .table import shown

RandomSource: TypeAlias = int | np.random.RandomState | None

MAX_POINTS = 10**9
"""More points than this are refused: it is nearly always a slip of the keyboard."""


def is_whole(value: object) -> bool:
    """Say whether the value is a whole number (a bool is not)."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_real(value: object) -> bool:
    """Say whether the value is a finite number (a bool is not)."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def flag(name: str, value: object) -> bool:
    """Return True or False as given, and refuse what merely counts as one of them."""
    if not isinstance(value, (bool, np.bool_)):
        raise DataError(f"{name} is True or False, not {shown(value)}")
    return bool(value)


def whole(name: str, value: Any, *, at_least: int = 1) -> int:
    """Return a count as an int."""
    if not is_whole(value):
        raise DataError(f"{name} is a whole number (such as 100), not {shown(value)}")
    if not at_least <= value <= MAX_POINTS:
        raise DataError(f"{name} lies between {at_least} and {MAX_POINTS:,}, not at {shown(value)}")
    return int(value)


def counts(name: str, values: Any) -> list[int]:
    """Return one count per class; some may be 0, but not all of them."""
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise DataError(f"{name} is a whole number or one per class, not {shown(values)}")
    found = [whole(f"each entry of {name}", value, at_least=0) for value in values]
    if not sum(found):
        raise DataError(f"{name} asks for no points at all: {shown(values)}")
    return found


def two_counts(n_samples: Any) -> tuple[int, int]:
    """Return the counts of two classes; of an odd total, the second gets one more."""
    if is_whole(n_samples):
        total = whole("n_samples", n_samples)
        return total // 2, total - total // 2
    found = counts("n_samples", n_samples)
    if len(found) != 2:
        raise DataError(f"n_samples is one number or a pair, one per class, not {shown(n_samples)}")
    return found[0], found[1]


def bounded_size(numbers: int) -> None:
    """Refuse more coordinates than anyone means to ask for."""
    if numbers > 2 * MAX_POINTS:
        raise DataError(
            f"this asks for {numbers:,} coordinates and at most {2 * MAX_POINTS:,} are made: "
            "ask for fewer points"
        )


def deviation(name: str, value: Any) -> float:
    """Return a standard deviation."""
    if not is_real(value) or value < 0:
        raise DataError(f"{name} is a standard deviation, 0 or a larger number, not {shown(value)}")
    return float(value)


def fraction(name: str, value: Any) -> float:
    """Return a number from 0 to below 1."""
    if not is_real(value) or not 0 <= value < 1:
        raise DataError(f"{name} is a number from 0 to below 1, not {shown(value)}")
    return float(value)


def deviations(values: Any, n_blobs: int) -> list[float]:
    """Return one standard deviation per blob."""
    stds = [values] * n_blobs if isinstance(values, Real) else values
    if isinstance(stds, (str, bytes)) or not hasattr(stds, "__len__"):
        raise DataError(f"cluster_std is one number, or one per blob, not {shown(values)}")
    if len(stds) != n_blobs:
        raise DataError(f"cluster_std gives {len(stds)} standard deviations for {n_blobs} blobs")
    return [deviation("cluster_std", std) for std in stds]


def interval(name: str, pair: Any) -> tuple[float, float]:
    """Return the lowest and the highest of an interval."""
    if not isinstance(pair, (tuple, list)) or len(pair) != 2 or not all(map(is_real, pair)):
        raise DataError(f"{name} is a pair of numbers (lowest, highest), not {shown(pair)}")
    if pair[0] > pair[1]:
        raise DataError(f"{name} is (lowest, highest); {shown(pair)} has them the wrong way round")
    return pair[0], pair[1]


def places(name: str, values: Any) -> NDArray[np.float64]:
    """Return points as an array, one row each."""
    try:
        found = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        found = np.empty(0)
    if found.ndim != 2 or 0 in found.shape or not np.isfinite(found).all():
        raise DataError(
            f"{name} is a number of blobs, or an array of finite numbers with one row per blob "
            f"and one column per coordinate, not {shown(values)}"
        )
    return found


def generator(random_state: RandomSource) -> np.random.RandomState:
    """Return the source of random numbers that a seed stands for."""
    if random_state is None:
        return np.random.RandomState()
    if isinstance(random_state, np.random.RandomState):
        return random_state
    if not is_whole(random_state) or not 0 <= random_state < 2**32:
        raise DataError(
            "random_state is a whole number from 0 to 4294967295, a numpy.random.RandomState or "
            f"None, not {shown(random_state)}"
        )
    return np.random.RandomState(int(random_state))
