"""Checks what people hand in as X, y and sample weights, and says what is wrong with it."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .architecture import Architecture
from .errors import NetworkError
from .numerics import quiet

Array: TypeAlias = np.ndarray[Any, Any]
PLAIN: Any = ("C", "ALIGNED", "ENSUREARRAY")  # memory that compiled code may read as it is
BLOCK = 65_536  # numbers that are looked at together


def numbers(values: ArrayLike, what: str, dtype: Any) -> Array:
    """Return a C-contiguous array of real numbers (of their own dtype where ``dtype`` is None).

    Raises
    ------
    NetworkError
        If they are no numbers, or do not fit into the dtype.
    """
    if np.ma.is_masked(values):
        raise NetworkError(
            f"{what} is a masked array with masked cells; fill them in "
            "(for example with .filled(value)) or leave those rows out"
        )
    try:
        array = np.asarray(values)
        if array.dtype.kind in "cmMSUV" or _holds_text(array):
            raise TypeError("these are no real numbers, or not yet")
        if array.dtype.kind not in "biuf":
            array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise NetworkError(
            f"{what} should be an array of numbers; given {_brief(values)}{_hint(values, what)}"
        ) from None
    return array if dtype is None else _cast(array, what, np.dtype(dtype))


def _holds_text(array: Array) -> bool:
    return array.dtype.kind == "O" and any(isinstance(v, str | bytes) for v in array.flat)


def _hint(values: Any, what: str) -> str:
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):
        return ""
    if array.dtype.kind in "mM":
        return "; turn times into numbers first, such as days since the first one"
    if array.dtype.kind in "SU" or _holds_text(array):
        if what == "y":
            return (
                "; for names of classes write classes, y = np.unique(y, return_inverse=True), "
                "or let cp.prepare read the table"
            )
        return f"; if these are numbers written as text, {what}.astype(float) reads them"
    return ""


def _cast(array: Array, what: str, dtype: np.dtype[Any]) -> Array:
    with quiet():
        cast = np.require(array, dtype, PLAIN)
    if array.dtype.kind == "f" and array.dtype.itemsize > dtype.itemsize:
        lost = np.isinf(cast) & np.isfinite(array)
        if lost.any():
            place = tuple(int(i) for i in np.argwhere(lost)[0])
            where = f"[{', '.join(map(str, place))}]" if place else ""
            raise NetworkError(
                f"{what}{where} is {array[place]:g}, which is too large for {dtype}; scale it "
                "down, or take a network with dtype='float64'"
            )
    return cast


def _brief(values: Any) -> str:
    text = repr(values)
    return text if len(text) <= 60 else text[:57] + "..."


def check_features(X: ArrayLike, n_inputs: int, dtype: Any) -> Array:
    """Return X as a C-contiguous array of shape (n_samples, n_inputs)."""
    if X is None:
        raise NetworkError(
            f"X is missing: give an array with a row for each sample and {n_inputs} column(s), one "
            "for each input, not None"
        )
    array = numbers(X, "X", dtype)
    if array.ndim != 2 or array.shape[1] != n_inputs:
        hint = ""
        if array.shape == (n_inputs,):
            hint = "; for one sample write X[None, :] or [[...]]"
        elif array.ndim == 2 and array.shape[0] == n_inputs:
            hint = "; samples are rows, so perhaps X.T is meant"
        raise NetworkError(
            f"X has a row for each sample and {n_inputs} column(s), one for each input; "
            f"given an array of shape {array.shape}{hint}"
        )
    return array


def check_targets(y: ArrayLike, rows: int, net: Architecture, dtype: Any) -> Array:
    """Return y in the form that the network's loss takes."""
    if y is None:
        kind = "a class number" if net.loss.targets == "class" else "the targets"
        raise NetworkError(f"y is missing: give {kind} for each of the {rows} samples, not None")
    if net.loss.targets == "class":
        return _classes(numbers(y, "y", None), rows, net)
    array = numbers(y, "y", dtype)
    n_outputs = net.layers[-1]
    if array.shape == (rows,) and n_outputs == 1:
        array = array[:, None]
    if array.shape != (rows, n_outputs):
        raise NetworkError(
            f"y for {net.loss.name} has the shape ({rows}, {n_outputs}), one row for each "
            f"sample and one column for each output; given {array.shape}"
        )
    if net.loss.targets == "binary" and not np.isin(array, (0, 1)).all():
        wrong = array[~np.isin(array, (0, 1))][0]
        raise NetworkError(f"{net.loss.name} takes targets 0 and 1; y contains {wrong:g}")
    return array


def _classes(array: Array, rows: int, net: Architecture) -> Array:
    classes = net.layers[-1]
    if array.ndim != 1 and array.shape in ((rows, 1), (rows, classes)):
        hint = "y[:, 0]" if array.shape == (rows, 1) else "y.argmax(axis=1)"
        raise NetworkError(
            f"{net.loss.name} takes one class number for each sample, so y has the shape "
            f"({rows},); given {array.shape}: perhaps {hint} is meant"
        )
    if array.shape != (rows,):
        raise NetworkError(
            f"y has one class number for each of the {rows} samples of X; given an array of "
            f"shape {array.shape}"
        )
    wrong = ~((array >= 0) & (array < classes) & (array == np.floor(array)))
    if wrong.any():
        row = int(wrong.argmax())
        raise NetworkError(
            f"y holds class numbers from 0 to {classes - 1}, one for each of the network's "
            f"{classes} outputs; y[{row}] is {array[row]:g}"
        )
    return np.require(array, np.int64, PLAIN)


def check_weights(sample_weight: ArrayLike, rows: int, dtype: Any) -> Array:
    """Return the samples' weights, of shape (n_samples,)."""
    array = numbers(sample_weight, "sample_weight", dtype)
    if array.shape != (rows,):
        raise NetworkError(
            f"sample_weight has one number for each of the {rows} samples; given {array.shape}"
        )
    if not (np.isfinite(array).all() and (array >= 0).all() and array.any()):
        raise NetworkError("sample weights are finite, not negative, and not all 0")
    with quiet():
        total = array.sum()
    if not np.isfinite(total):
        raise NetworkError(
            f"the sum of the sample weights is too large for {array.dtype}; only their ratios "
            "matter to a mean, so divide all of them by their largest"
        )
    return array


def check_finite(array: Array, what: str) -> None:
    """Refuse NaN and infinity in data to learn from, and say where the first one stands."""
    step = max(1, BLOCK // max(1, array[:1].size))  # a few rows at a time: no second large array
    for start in range(0, len(array), step):
        wrong = ~np.isfinite(array[start : start + step])
        if wrong.any():
            first, *others = (int(i) for i in np.argwhere(wrong)[0])
            place = (start + first, *others)
            raise NetworkError(
                f"{what}[{', '.join(map(str, place))}] is {array[place]}; nothing can be learned "
                "from it. Leave such rows out or fill them in."
            )
