"""The operations that change shapes: matmul, sum, transpose, broadcast, pick and their like.

Each is one row: which shapes fit, what NumPy function computes it, and (in
:mod:`clearprop.backprop`) how a slope passes back through it. Elementwise gates are rows
of the table of gates instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any, TypeAlias

import numpy as np

from .errors import CircuitError

Dimension: TypeAlias = int | str
Shape: TypeAlias = tuple[Dimension, ...]
Array: TypeAlias = np.ndarray[Any, Any]


def _row(name: str) -> Operation:
    return OPERATIONS[name]


def real_array(value: Any) -> Array | None:
    """Return a value as an array of real numbers; None if it is nothing of the kind."""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O" and all(isinstance(one, Real) for one in array.flat):
            array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    return array if array.dtype.kind in "biuf" else None


def show_shape(shape: Shape) -> str:
    """Write a shape as a person would: ``(N, 3)``."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation on whole arrays.

    ``shape(shapes, setting)`` gives the shape of the result, or raises CircuitError;
    ``compute(setting, dtype)`` gives the NumPy function that computes it (for ``broadcast``
    the sizes that the letters stand for come as a further argument).
    """

    name: str
    shape: Callable[[tuple[Shape, ...], Any], Shape]
    compute: Callable[[Any, Any], Callable[..., Array]]
    about: str

    def __reduce__(self) -> tuple[Any, ...]:
        """Make copies and pickles of a row be the row itself."""
        return _row, (self.name,)


def _matmul_shape(shapes: tuple[Shape, ...], setting: Any) -> Shape:
    left, right = shapes
    if len(left) != 2 or len(right) != 2 or left[1] != right[0]:
        raise CircuitError(
            f"matmul multiplies (n, k) by (k, m); given {show_shape(left)} and {show_shape(right)}"
        )
    return (left[0], right[1])


def _transpose_shape(shapes: tuple[Shape, ...], setting: Any) -> Shape:
    (shape,) = shapes
    if len(shape) != 2:
        raise CircuitError(f"transpose turns a matrix; given {show_shape(shape)}")
    return (shape[1], shape[0])


def _sum_shape(shapes: tuple[Shape, ...], axes: tuple[int, ...]) -> Shape:
    (shape,) = shapes
    if any(not 0 <= axis < len(shape) for axis in axes):
        raise CircuitError(f"sum over the axes {axes} of {show_shape(shape)}: no such axis")
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def _sum_compute(axes: tuple[int, ...], dtype: Any) -> Callable[..., Array]:
    add, axis = np.add.reduce, axes if len(axes) != 1 else axes[0]
    return lambda a: add(a, axis)


def _broadcast_shape(shapes: tuple[Shape, ...], setting: tuple[Shape, tuple[int, ...]]) -> Shape:
    (given,), (wanted, axes) = shapes, setting
    kept = tuple(size for axis, size in enumerate(wanted) if axis not in axes)
    if given != kept:
        raise CircuitError(
            f"{show_shape(given)} cannot be repeated along the axes {axes} of {show_shape(wanted)}"
        )
    return wanted


def _broadcast_compute(setting: tuple[Shape, tuple[int, ...]], dtype: Any) -> Callable[..., Array]:
    shape, axes = setting
    index = tuple(None if axis in axes else slice(None) for axis in range(len(shape)))
    return lambda a, sizes: np.broadcast_to(np.asarray(a)[index], sizes)


def _last_axis(shapes: tuple[Shape, ...], setting: Any) -> Shape:
    if not shapes[0]:
        raise CircuitError("this looks along the last axis of an array; a single number was given")
    return shapes[0][:-1]


def _pick_shape(shapes: tuple[Shape, ...], setting: Any) -> Shape:
    array, index = shapes
    if len(array) not in (1, 2) or index != array[:-1]:
        raise CircuitError(
            "pick takes (n, k) and n numbers, or (k,) and one number; given "
            f"{show_shape(array)} and {show_shape(index)}"
        )
    return index


def _pick_compute(setting: Any, dtype: Any) -> Callable[..., Array]:
    def pick(a: Array, index: Array) -> Array:
        return a[np.arange(len(index)), index] if a.ndim == 2 else a[int(index)]

    return pick


def _largest(a: Array) -> Array:
    return np.asarray(np.maximum.reduce(a, -1))


def _one_hot_compute(size: int, dtype: Any) -> Callable[..., Array]:
    columns = np.arange(size)
    return lambda index: (np.asarray(index)[..., None] == columns).astype(dtype)


MATMUL = Operation(
    "matmul",
    _matmul_shape,
    lambda setting, dtype: np.matmul,
    "rows of the first times columns of the second",
)
TRANSPOSE = Operation(
    "transpose", _transpose_shape, lambda setting, dtype: np.transpose, "turns rows into columns"
)
SUM = Operation("sum", _sum_shape, _sum_compute, "adds up along axes")
BROADCAST = Operation("broadcast", _broadcast_shape, _broadcast_compute, "repeats along new axes")
LARGEST = Operation(
    "largest", _last_axis, lambda setting, dtype: _largest, "the largest of the last axis"
)
PICK = Operation(
    "pick", _pick_shape, _pick_compute, "of each row of the last axis the entry of a given number"
)
ARGMAX = Operation(
    "argmax",
    _last_axis,
    lambda setting, dtype: lambda a: np.argmax(a, -1),
    "where the largest stands (first)",
)
ONE_HOT = Operation(
    "one_hot",
    lambda shapes, size: (*shapes[0], size),
    _one_hot_compute,
    "1 at the entry of the given number, 0 elsewhere",
)

OPERATIONS = {
    row.name: row for row in (MATMUL, TRANSPOSE, SUM, BROADCAST, LARGEST, PICK, ARGMAX, ONE_HOT)
}
"""Every operation on whole arrays, by name."""
