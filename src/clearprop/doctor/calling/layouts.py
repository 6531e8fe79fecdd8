"""In which shapes arrays are handed over, and how what comes back is brought to our shapes.

ClearProp's own are: X a row for each sample, W (n_in, n_out), b (n_out,), y class numbers or a row
for each sample. A layout says in which of the other customary shapes each of them is handed over.

>>> import numpy as np
>>> import clearprop as cp
>>> net = cp.Network([2, 3, 2])
>>> layout = Layout(x="columns", y="one_hot_columns", w="out_in", b="column")
>>> layout.parameter("b1", np.zeros(3)).shape, layout.y_of(np.array([0, 1, 1, 0]), net).shape
((3, 1), (2, 4))
>>> adopt(np.zeros((3, 2)), "W1", (2, 3), layout)[0].shape
(2, 3)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ...network import Network

__all__ = ["Array", "Layout", "adopt", "adopt_step", "layouts"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Layout:
    """The shapes in which X, y, weights and biases are handed over.

    Parameters
    ----------
    x : {"rows", "columns", "vector"}
        A row or a column for each sample; "vector": one sample, (n_in,).
    y : {"numbers", "column", "row", "one_hot", "one_hot_columns", "rows", "columns", "vector"}
        Class numbers (N,), (N, 1) or (1, N); one-hot rows or columns; or the targets
        (N, n_out), (n_out, N), and (N,) where there is one output.
    w : {"in_out", "out_in"}
    b : {"flat", "row", "column"}
        (n_out,), (1, n_out) or (n_out, 1).
    """

    x: str = "rows"
    y: str = "numbers"
    w: str = "in_out"
    b: str = "flat"

    def X(self, X: Array) -> Array:  # noqa: N802 (the field's name)
        """Return a fresh array of the data."""
        if self.x == "vector":
            return np.array(X[0])
        return np.array(X.T if self.x == "columns" else X, order="C")

    def y_of(self, y: Array, net: Network) -> Any:
        """Return a fresh array of the targets; of one sample given as a vector, its own."""
        if net.architecture.loss.targets == "class":
            return self._classes(y, net)
        rows = np.array(y, net.dtype).reshape(len(y), -1)
        found = {"rows": rows, "columns": rows.T, "vector": rows[:, 0]}[self.y]
        if self.x == "vector" and self.y != "columns":
            return rows[0].copy() if self.y == "rows" else float(rows[0, 0])
        return np.array(found, order="C")

    def _classes(self, y: Array, net: Network) -> Any:
        if self.y.startswith("one_hot"):
            hot = one_hot(y, net.layers[-1], net.dtype)
            if self.x == "vector" and self.y == "one_hot":
                return hot[0].copy()
            return np.array(hot.T if self.y == "one_hot_columns" else hot, order="C")
        if self.x == "vector":
            return int(y[0])
        shape = {"numbers": (-1,), "column": (-1, 1), "row": (1, -1)}[self.y]
        return np.array(y, np.int64).reshape(shape)

    def y_back(self, given: Any, net: Network) -> Any:
        """Return a view of targets that were handed over, in the shape of ``y``."""
        if not isinstance(given, np.ndarray) or self.x == "vector":
            return given
        return given.T if self.y in ("one_hot_columns", "columns", "row") else given

    def parameter(self, name: str, array: Array) -> Array:
        """Return a fresh array of a parameter."""
        if name[0] == "b":
            flat = np.array(array)
            shapes = {"flat": flat.shape, "row": (1, flat.size), "column": (flat.size, 1)}
            return flat.reshape(shapes[self.b])
        return np.array(array.T if self.w == "out_in" else array, order="C")


def one_hot(y: Array, n_classes: int, dtype: Any = np.float64) -> Array:
    """Return a row for each class number, 1 at it and 0 elsewhere."""
    hot = np.zeros((len(y), n_classes), dtype)
    hot[np.arange(len(y)), np.asarray(y, np.int64).reshape(-1)] = 1
    return hot


_WEIGHTS = (
    ("rows", "in_out", ("flat", "row")),
    ("rows", "out_in", ("flat", "row")),
    ("columns", "out_in", ("column", "flat")),
    ("columns", "in_out", ("column", "flat")),
    ("rows", "out_in", ("column",)),
    ("rows", "in_out", ("column",)),
    ("columns", "out_in", ("row",)),
    ("columns", "in_out", ("row",)),
)
_ONE = (
    ("vector", "out_in", ("flat",)),
    ("vector", "in_out", ("flat",)),
    ("columns", "out_in", ("column",)),
    ("columns", "in_out", ("column",)),
    ("rows", "in_out", ("row", "flat")),
    ("rows", "out_in", ("row", "flat")),
)
_CLASSES = {
    "rows": ("numbers", "one_hot", "column", "one_hot_columns", "row"),
    "columns": ("one_hot_columns", "numbers", "row", "one_hot", "column"),
    "vector": ("numbers", "one_hot", "one_hot_columns"),
}
_TARGETS = {
    "rows": ("rows", "vector", "columns"),
    "columns": ("columns", "vector", "rows"),
    "vector": ("rows", "vector", "columns"),
}


def layouts(net: Network, *, one: bool = False) -> Iterator[Layout]:
    """Yield the layouts that make sense for a network, the most common first.

    With ``one``, those of functions that take a single sample.
    """
    classes = net.architecture.loss.targets == "class"
    for x, w, biases in _ONE if one else _WEIGHTS:
        for b in biases:
            for y in (_CLASSES if classes else _TARGETS)[x]:
                if y != "vector" or net.layers[-1] == 1:
                    yield Layout(x, y, w, b)


def adopt(
    array: Array, name: str, shape: tuple[int, ...], layout: Layout
) -> tuple[Array, str] | None:
    """Bring a gradient to the shape of its parameter, and say what that took.

    Returns
    -------
    (array, how) or None
        ``how`` is "" (it came as its parameter went in), "turned" (transposed against it),
        or "reshaped" (axes of length 1 left out or added, or all in one row); None if the
        shape fits nothing.
    """
    given = array.shape
    if name[0] == "b":
        if array.size != int(np.prod(shape)) or sum(n > 1 for n in given) > 1:
            return None
        expected = layout.parameter(name, np.zeros(shape)).shape
        return array.reshape(shape), "" if given == expected else "reshaped"
    there = shape[::-1] if layout.w == "out_in" else shape
    if given == there:
        return (array.T if layout.w == "out_in" else array), ""
    if given == there[::-1]:
        return (array if layout.w == "out_in" else array.T), "turned"
    longer = tuple(n for n in given if n != 1)
    if array.size != int(np.prod(shape)):
        return None
    if len(longer) <= 1 or longer == tuple(n for n in there if n != 1):
        found = array.reshape(there)
        return (found.T if layout.w == "out_in" else found), "reshaped"
    if longer == tuple(n for n in there[::-1] if n != 1):
        found = array.reshape(there[::-1])
        return (found if layout.w == "out_in" else found.T), "turned"
    return None


def adopt_step(array: Array, n_rows: int, width: int, layout: Layout) -> Array | None:
    """Bring a step of the network (z, a, δ) to the shape (n_samples, n_neurons)."""
    if array.shape == (width, n_rows) and (layout.x == "columns" or width != n_rows):
        return array.T
    if array.shape == (n_rows, width):
        return array
    if array.size == n_rows * width and (n_rows == 1 or width == 1):
        return array.reshape(n_rows, width)
    return None
