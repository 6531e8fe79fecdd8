"""Checks of single settings (l2, seed, precision, yes or no), the same wherever they are given."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .errors import ClearPropError, NetworkError

DTYPES = ("float64", "float32")


def check_l2(l2: Any, error: type[ClearPropError] = NetworkError) -> float:
    """Return the factor of the penalty ``l2/2 · ΣW²``, a finite number from 0 up."""
    try:
        number = float(l2) if isinstance(l2, Real) and not isinstance(l2, bool) else -1.0
    except OverflowError:
        number = -1.0
    if not 0 <= number < np.inf:
        raise error(f"l2 is a number from 0 up, not {l2!r}")
    return number


def check_seed(seed: Any, error: type[ClearPropError] = NetworkError) -> int:
    """Return a seed, a whole number below 2**32."""
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not (whole and 0 <= seed < 2**32):
        raise error(f"seed is a whole number from 0 to 2**32 - 1, not {seed!r}")
    return int(seed)


def check_truth(value: Any, name: str, error: type[ClearPropError] = NetworkError) -> bool:
    """Return True or False; a text such as "no" counts as neither."""
    if not isinstance(value, bool | np.bool_):
        raise error(f"{name} is True or False, not {value!r}")
    return bool(value)


def check_precision(dtype: DTypeLike) -> np.dtype[Any]:
    """Return float64 or float32, from its name, type or dtype."""
    if dtype is not None and (not isinstance(dtype, str) or dtype in DTYPES):
        try:
            found: np.dtype[Any] = np.dtype(dtype)
        except TypeError:
            found = np.dtype(object)
        if found in (np.float64, np.float32):
            return found
    raise NetworkError(f'dtype is "float64" or "float32", not {dtype!r}')
