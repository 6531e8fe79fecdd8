"""Data to learn from: point sets made by a formula, and tables read from files.

    >>> from clearprop.data import RawTable, make_moons, prepare
    >>> X, y = make_moons(100, noise=0.2, random_state=0)
    >>> table = RawTable.from_columns({"x0": X[:, 0], "x1": X[:, 1], "moon": y})
    >>> prepared = prepare(table, "moon")
    >>> prepared.X.shape, prepared.columns.classes
    ((100, 2), (0, 1))

* :func:`make_moons`, :func:`make_circles`, :func:`make_blobs`, :func:`make_spirals` make points.
* :func:`read_csv` reads a :class:`RawTable`; :func:`write_csv` writes one.
* :func:`prepare` turns a table into arrays, and its :class:`Columns` remember how.

Importing this loads NumPy and nothing else; polars is loaded when a file is read.
"""

from .columns import (
    MISSING_CATEGORY,
    ClassTarget,
    Columns,
    NumberColumn,
    ValueTarget,
    WordColumn,
)
from .preparing import Prepared, prepare
from .synthetic import make_blobs, make_circles, make_moons, make_spirals
from .table import MISSING_CELLS, RawTable
from .tablefile import read_csv, write_csv

__all__ = [
    "MISSING_CATEGORY",
    "MISSING_CELLS",
    "ClassTarget",
    "Columns",
    "NumberColumn",
    "Prepared",
    "RawTable",
    "ValueTarget",
    "WordColumn",
    "make_blobs",
    "make_circles",
    "make_moons",
    "make_spirals",
    "prepare",
    "read_csv",
    "write_csv",
]
