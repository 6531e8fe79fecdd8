"""A table as it was read: named columns of numbers or of words, and where each row stood.

>>> from clearprop.data import RawTable
>>> table = RawTable.from_columns({"width": [1.5, None], "colour": ["red", "blue"]})
>>> table
RawTable(2 rows, 2 columns: 'width', 'colour')
>>> table.where(1)
'row 2'
"""

from __future__ import annotations

import difflib
import math
import re
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

__all__ = ["MAX_COLUMNS", "MAX_TEXT", "MISSING_CELLS", "NUMBER", "Column", "RawTable"]

MISSING_CELLS = ("", "NA", "N/A", "NaN", "nan", "null", "None", "?")
"""Cells that count as missing, after the spaces around them are taken off."""

NUMBER = r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|(?i:inf|infinity))"
"""What is a number in a file, as a regular expression; Python and polars read it alike."""

MAX_COLUMNS = 100_000
"""A table has at most this many columns."""

MAX_TEXT = 10_000
"""A column's name, a category or a class is at most this many characters long."""

EXACT = 2**53
"""Up to here every whole number is a float64."""

Column: TypeAlias = "NDArray[np.float64] | NDArray[np.int64] | tuple[str | None, ...]"
"""Whole numbers, numbers (NaN where missing), or words (None where missing)."""

_number = re.compile(NUMBER)
_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = 60


@dataclass(frozen=True, eq=False, repr=False)
class RawTable:
    """Named columns of equal length, as they stood in a file or in Python.

    Made by :func:`~clearprop.data.read_csv` and :meth:`from_columns`; the arrays are read-only.

    Attributes
    ----------
    names : tuple of str
        The names of the columns, in order.
    columns : dict
        Per name: an int64 array (whole numbers, none missing), a float64 array (numbers, NaN where
        missing) or a tuple of ``str | None`` (words, None where missing), of ``n_rows`` entries.
    n_rows : int
        The number of rows.
    source : str
        The file's path, or what else to call the table in messages.
    lines : ndarray of int64, shape (n_rows,)
        The line of the file on which each row begins; of Python data, the number of the row.
    unit : str
        "line" or "row": what ``lines`` counts.
    whole : frozenset of str
        The columns whose numbers were all written as whole numbers.
    notes : tuple of str
        What reading had to decide.
    """

    names: tuple[str, ...]
    columns: dict[str, Column]
    n_rows: int
    source: str
    lines: NDArray[np.int64]
    unit: str = "row"
    whole: frozenset[str] = frozenset()
    notes: tuple[str, ...] = field(default=())

    @classmethod
    def from_columns(
        cls, columns: Mapping[str, Iterable[Any]], *, source: str = "the table"
    ) -> RawTable:
        """Make a table of Python data.

        Numbers stay numbers and words stay words: the text "12" is a word here. None, NaN and the
        texts in ``MISSING_CELLS`` are missing; True and False are the words "True" and "False". A
        column with words and numbers becomes a column of words.

        Parameters
        ----------
        columns : mapping of str to sequence
            The columns by name, all of one length: lists, tuples, one-dimensional arrays or series.
        source : str
            What to call the table in messages.

        Returns
        -------
        RawTable

        Raises
        ------
        DataError
            For no columns or rows, unequal lengths, unusable names, or values that are neither
            numbers nor words.

        Examples
        --------
        >>> table = RawTable.from_columns({"x": [1, 2, None], "kind": ["a", "?", "b"]})
        >>> table.columns["kind"]
        ('a', None, 'b')
        """
        if not isinstance(columns, Mapping) or not columns:
            raise DataError(
                f"{source} has no columns: give a mapping such as {{'width': [1.5, 2.0]}}"
            )
        names = tuple(columns)
        check_names(names, source)
        made, whole = {}, set()
        for name, values in columns.items():
            made[name], is_whole = _column(name, values, source)
            if is_whole:
                whole.add(name)
        n_rows = len(made[names[0]])
        for name, column in made.items():
            if len(column) != n_rows:
                raise DataError(
                    f"{source}: column {names[0]!r} has {n_rows} entries and column {name!r} has "
                    f"{len(column)}: all columns must be equally long"
                )
        if not n_rows:
            raise DataError(f"{source} has columns but no rows")
        return cls(names, made, n_rows, source, np.arange(1, n_rows + 1), "row", frozenset(whole))

    def __repr__(self) -> str:
        sizes = f"{counted(self.n_rows, 'row')}, {counted(len(self.names), 'column')}"
        return f"RawTable({sizes}: {listed(self.names)})"

    def where(self, row: int) -> str:
        """Say where a row (counted from 0) stands, such as "line 7"."""
        return f"{self.unit} {int(self.lines[row])}"

    def column(self, name: str) -> Column:
        """Return the column of a name; DataError, with a suggestion, where there is none."""
        if name not in self.columns:
            lone = "" if len(self.names) > 1 else " (just one: is its separator another?)"
            raise DataError(
                f"{self.source} has no column {shown(name)}; it has {listed(self.names)}{lone}."
                f"{suggestion(name, self.names)}"
            )
        return self.columns[name]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column as finite numbers, NaN where missing, shape (n_rows,).

        A word or an infinite value is a DataError that names the line.
        """
        column = self.column(name)
        if isinstance(column, tuple):
            bad = [row for row, cell in enumerate(column) if cell and not is_number(cell)]
            row = (bad or [row for row, cell in enumerate(column) if cell])[0]
            raise DataError(
                f"{self.source}, {self.where(row)}, column {shown(name)}: expected a number, not "
                f"the word {shown(column[row])}; correct it, or empty the cell if it is missing"
            )
        numbers = column.astype(np.float64)
        infinite = np.flatnonzero(np.isinf(numbers))
        if len(infinite):
            raise DataError(
                f"{self.source}, {self.where(int(infinite[0]))}, column {shown(name)}: the number "
                "is infinite (or beyond 1.8e308); correct it, or empty the cell if it is missing"
            )
        return numbers

    def cells(self, name: str) -> list[int | float | str | None]:
        """Return a column as Python values: int where written whole, float or str; or None."""
        column = self.column(name)
        if isinstance(column, tuple):
            return list(column)
        found: list[int | float] = column.tolist()
        if name in self.whole:
            return [None if math.isnan(cell) else int(cell) for cell in found]
        return [None if math.isnan(cell) else cell for cell in found]

    def words(self, name: str) -> list[str | None]:
        """Return a column as words, None where missing; a number is the word it is written as."""
        return [None if cell is None else as_text(cell) for cell in self.cells(name)]

    def take(self, keep: NDArray[np.bool_]) -> RawTable:
        """Return the table of the rows where ``keep``, shape (n_rows,), is True."""
        rows = np.flatnonzero(keep)
        columns: dict[str, Column] = {
            name: tuple(column[row] for row in rows.tolist())
            if isinstance(column, tuple)
            else column[rows]
            for name, column in self.columns.items()
        }
        return RawTable(
            self.names,
            columns,
            len(rows),
            self.source,
            self.lines[rows],
            self.unit,
            self.whole,
            self.notes,
        )


def is_number(text: str) -> bool:
    """Say whether a text is a number as a file may hold it."""
    return _number.fullmatch(text) is not None


def counted(count: int, unit: str) -> str:
    """Return a count with its unit: "1 row", "2 rows"."""
    return f"{count:,} {unit}" if count == 1 else f"{count:,} {unit}s"


def listed(texts: Sequence[object], most: int = 10) -> str:
    """Return some texts, quoted, for a message; the rest are counted."""
    parts = [shown(text) for text in texts[:most]]
    if len(texts) > most:
        parts.append(f"and {len(texts) - most} more")
    return ", ".join(parts)


def shown(value: object) -> str:
    """Return a value for a message: quoted, and never long."""
    try:
        return _repr.repr(value)
    except (ValueError, RecursionError):  # a whole number of thousands of digits, for one
        return f"a value of type {type(value).__name__}"


def suggestion(name: object, known: Sequence[str]) -> str:
    """Return " Did you mean ...?" where a known name is close, else nothing."""
    if not isinstance(name, str) or len(name) > MAX_TEXT:
        return ""
    by_folded = {text.strip().casefold(): text for text in known[:1000] if len(text) < 200}
    close = difflib.get_close_matches(name.strip().casefold(), by_folded, n=1)
    return f" Did you mean {by_folded[close[0]]!r}?" if close else ""


def check_names(names: Sequence[str], source: str) -> None:
    """Refuse names of columns that are empty, doubled, endless or no text at all."""
    if len(names) > MAX_COLUMNS:
        raise DataError(f"{source} has {len(names):,} columns; at most {MAX_COLUMNS:,} are read")
    first: dict[str, int] = {}
    for number, name in enumerate(names, start=1):
        if not isinstance(name, str) or not name.strip():
            raise DataError(
                f"{source}: column {number} has no name ({shown(name)}); every column needs one, "
                "so write it into the header, or take the column out"
            )
        if len(name) > MAX_TEXT or not is_unicode(name):
            raise DataError(
                f"{source}: the name of column {number} is not a text of at most {MAX_TEXT:,} "
                "characters; give it a shorter name"
            )
        if name in first:
            raise DataError(
                f"{source}: columns {first[name]} and {number} are both called {shown(name)}; "
                "rename one of them"
            )
        first[name] = number


def is_unicode(text: str) -> bool:
    """Say whether a text can be written as UTF-8: it has no half of a surrogate pair."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _column(name: str, values: Iterable[Any], source: str) -> tuple[Column, bool]:
    """Return the column of some Python values, and whether they were whole numbers."""
    place = f"{source}: column {shown(name)}"
    if isinstance(values, (str, bytes, Mapping)) or not hasattr(values, "__iter__"):
        raise DataError(f"{place} is not a list of values but {shown(values)}")
    if hasattr(values, "__array__") and not isinstance(values, np.ndarray):
        values = np.asarray(values)
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise DataError(
                f"{place} is an array of shape {values.shape}; a column has one dimension, so give "
                "each column its own name"
            )
        if not isinstance(values, np.ma.MaskedArray):
            if values.dtype.kind == "i":
                return frozen(values.astype(np.int64)), True
            if values.dtype.kind == "f":
                return frozen(values.astype(np.float64)), False
        values = values.tolist()
    cells = [_cell(value, place, row) for row, value in enumerate(values, start=1)]
    found = [cell for cell in cells if cell is not None]
    if any(isinstance(cell, str) for cell in found):
        return tuple(cell if cell is None else as_text(cell) for cell in cells), False
    return _numbers([cell for cell in cells if not isinstance(cell, str)])


def _cell(value: Any, place: str, row: int) -> int | float | str | None:
    """Return one Python value as a number, a word or None."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, int):
        return str(value) if isinstance(value, bool) else value
    if isinstance(value, str):
        value = value.strip()
        if not is_unicode(value):
            raise DataError(f"{place}, row {row}: {shown(value)} is not valid Unicode text")
        return None if value in MISSING_CELLS else value
    if isinstance(value, Real):
        number = _as_float(value)
        return None if math.isnan(number) else number
    raise DataError(
        f"{place}, row {row}: {shown(value)} is neither a number nor a word; turn it into one first"
    )


def _numbers(cells: Sequence[int | float | None]) -> tuple[Column, bool]:
    """Return numbers as int64 where they are whole and none is missing, else as float64."""
    whole = all(isinstance(cell, int) for cell in cells if cell is not None)
    if whole and all(cell is not None and -(2**63) <= cell < 2**63 for cell in cells):
        return frozen(np.array(cells, dtype=np.int64)), True
    floats = np.array([np.nan if cell is None else _as_float(cell) for cell in cells])
    found = floats[~np.isnan(floats)]
    exact = whole and len(found) > 0 and bool((np.abs(found) <= EXACT).all())
    return frozen(floats.astype(np.float64)), exact


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only array, its own where it was a view of another."""
    array = np.array(array)
    array.flags.writeable = False
    return array


def as_text(number: int | float | str) -> str:
    """Return a number as the word that it is in a column of words."""
    return number if isinstance(number, str) else repr(number)
