"""Reading tables from CSV files, and writing them.

    table = read_csv("iris.csv")
    write_csv("answers.csv", {"line": [2, 3], "species": ["setosa", "virginica"]})

A file is UTF-8 text of at most 2 GiB: a header with a name for each column, then rows with as many
cells as the header. Cells are separated by a comma, semicolon, tab or bar; quotes follow RFC 4180.
Spaces around a cell do not count, empty lines are skipped, and the cells in ``MISSING_CELLS`` are
missing. A column is numbers if every cell that is not missing is a number, else words. Decimal
commas are read where semicolons separate the cells.

Cells are read by polars (``pip install "clearprop[data]"``), after :mod:`clearprop.data.scan` has
found the form of the file sound.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, MissingExtraError
from .scan import Layout, as_utf8_lines, scan, sniff_separator
from .table import (
    EXACT,
    MISSING_CELLS,
    NUMBER,
    Column,
    RawTable,
    check_names,
    frozen,
    is_number,
    listed,
    shown,
    suggestion,
)

if TYPE_CHECKING:
    import polars as pl

__all__ = ["MAX_BYTES", "read_csv", "write_csv"]

MAX_BYTES = 2 * 1024**3
"""Files larger than this are refused: the table would not fit into memory."""

COMMA_NUMBER = r"^([+-]?[0-9]+),([0-9]+(?:[eE][+-]?[0-9]+)?)$"
POINT_NUMBER = r"^[+-]?[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?$"


def read_csv(path: str | os.PathLike[str], *, separator: str | None = None) -> RawTable:
    r"""Read a table from a CSV file.

    Parameters
    ----------
    path : str or path
        The file.
    separator : str, optional
        The character between cells; without it, the one of ``, ; tab |`` that fits the first lines.

    Returns
    -------
    RawTable

    Raises
    ------
    DataError
        For a file that cannot be read or is not a sound table; the message names the line.
    MissingExtraError
        Where polars is not installed.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "leaves.csv"
    ...     _ = path.write_text("width;colour\n1,5;red\n2,5;?\n")
    ...     table = read_csv(path)
    >>> table.columns["width"].tolist(), table.columns["colour"]
    ([1.5, 2.5], ('red', None))
    """
    polars = _polars("Reading CSV files")
    source = os.fspath(path)
    if separator is not None and not _is_separator(separator):
        raise DataError(
            f"the separator is one character such as ';' or '\\t' (a tab), not {shown(separator)}"
        )
    data = as_utf8_lines(_bytes(Path(path), source), source)
    separator = sniff_separator(data) if separator is None else separator
    layout = scan(data, separator, source)
    frame = _frame(polars, data[layout.start :], separator, layout, source)
    names = tuple((name or "").strip() for name in frame.row(0))
    check_names(names, f"{source}, line {layout.lines[0]}")
    keep = ~layout.blank
    keep[0] = False
    if not keep.any():
        raise DataError(f"{source} has a header and no rows: expected a row of cells below it")
    frame = frame.filter(polars.Series(keep))
    return _typed(polars, frame, names, layout.lines[keep], source=source, separator=separator)


def write_csv(path: str | os.PathLike[str], columns: Mapping[str, Iterable[Any]]) -> None:
    """Write columns to a CSV file (UTF-8, commas, quotes where needed).

    Numbers are written so that reading gives the same float64 again; None and NaN become empty
    cells. The file appears as a whole or not at all: it is written beside its place and then moved.

    Parameters
    ----------
    path : str or path
        The file; one that exists is replaced.
    columns : mapping of str to sequence
        The columns by name, as :meth:`RawTable.from_columns` takes them.

    Raises
    ------
    DataError
        For columns that are no table, or a place that cannot be written to.
    MissingExtraError
        Where polars is not installed.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "sums.csv"
    ...     write_csv(path, {"sum": [0.1 + 0.2, None], "note": ["a, b", "plain"]})
    ...     print(path.read_text(), end="")
    sum,note
    0.30000000000000004,"a, b"
    ,plain
    """
    polars = _polars("Writing CSV files")
    source = os.fspath(path)
    table = RawTable.from_columns(columns, source=source)
    series = []
    for name in table.names:
        column = table.columns[name]
        if isinstance(column, tuple):
            zero = next((row for row, cell in enumerate(column) if cell and "\0" in cell), None)
            if zero is not None:
                raise DataError(
                    f"{source}: column {shown(name)}, {table.where(zero)} holds a zero character, "
                    "which no CSV file can hold; take it out"
                )
            series.append(polars.Series(name, column, dtype=polars.String))
        else:
            numbers = polars.Series(name, column)
            if name in table.whole:
                numbers = numbers.fill_nan(None).cast(polars.Int64)
            series.append(numbers.fill_nan(None) if numbers.dtype.is_float() else numbers)
    frame = polars.DataFrame(series)
    if len(series) == 1:
        # An empty line is no row, so the empty cell of a lone column is written as "".
        frame = frame.select(polars.all().cast(polars.String).fill_null(""))
    _replace(Path(path), frame, source)


def _polars(purpose: str) -> Any:
    """Return polars; it is loaded here, when a file is at hand, because it is large."""
    try:
        import polars  # noqa: PLC0415
    except ImportError:
        raise MissingExtraError("polars", "data", purpose) from None
    return polars


def _is_separator(text: object) -> bool:
    return isinstance(text, str) and len(text) == 1 and text.isascii() and text not in '"\n\r\0'


def _bytes(path: Path, source: str) -> bytes:
    """Return what a file holds, after looking at what it is."""
    try:
        if path.is_dir():
            raise DataError(f"{source} is a folder: give the path of a CSV file in it")
        if path.exists() and not path.is_file():
            raise DataError(f"{source} is not an ordinary file: save the table to one first")
        size = path.stat().st_size
        if size <= MAX_BYTES:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            size = len(data)
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(
            f"{source} does not exist: check the name, and the folder it is looked for in."
            f"{_similar_file(path)}"
        ) from None
    except PermissionError:
        raise DataError(
            f"{source} may not be read by you: ask its owner, or change its permissions"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{source} cannot be read ({reason}): check the path") from None
    if size > MAX_BYTES:
        raise DataError(
            f"{source} has {size:,} bytes and at most {MAX_BYTES:,} are read: split the file, or "
            "take out rows or columns"
        )
    return data


def _similar_file(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return ""
    return suggestion(path.name, names)


def _frame(polars: Any, data: bytes, separator: str, layout: Layout, source: str) -> pl.DataFrame:
    """Return all records, the header and empty lines too, as columns of text."""
    try:
        frame: pl.DataFrame = polars.read_csv(
            data, has_header=False, infer_schema=False, separator=separator
        )
    except polars.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{source} cannot be read as CSV ({reason}): save it again") from None
    if frame.shape != (len(layout.lines), layout.n_fields):
        raise DataError(
            f"{source} cannot be read for certain: {len(layout.lines)} rows of {layout.n_fields} "
            f"cells were counted, and {frame.height} rows of {frame.width} read; save it again"
        )
    return frame


def _typed(
    polars: Any,
    frame: pl.DataFrame,
    names: tuple[str, ...],
    lines: NDArray[np.int64],
    *,
    source: str,
    separator: str,
) -> RawTable:
    """Decide of each column of text what it holds."""
    text = polars.all().str.strip_chars()
    frame = frame.select(polars.when(text.is_in(list(MISSING_CELLS)).not_()).then(text))
    columns: dict[str, Column] = {}
    whole: set[str] = set()
    notes = []
    numeric_names = [name for name in names if is_number(name)]
    if 2 * len(numeric_names) >= len(names):
        notes.append(
            f"the first line is taken for the names of the columns, but holds numbers "
            f"({listed(numeric_names, 3)}): if it is a row, put a line with names above it"
        )
    for name, series in zip(names, frame.iter_columns(), strict=True):
        if separator == ";":
            place = f"{source}: column {shown(name)}"
            series, changed = _with_points(series, lines, place)  # noqa: PLW2901
            if changed:
                notes.append(f"column {shown(name)}: {changed} decimal commas are read as points")
        columns[name], is_whole = _decided(polars, series)
        if is_whole:
            whole.add(name)
    return RawTable(
        names, columns, len(lines), source, lines, "line", frozenset(whole), tuple(notes)
    )


def _with_points(series: pl.Series, lines: NDArray[np.int64], place: str) -> tuple[pl.Series, int]:
    """Turn decimal commas into points, and count them."""
    commas = series.str.contains(COMMA_NUMBER).fill_null(False)
    count = int(commas.sum())
    if not count:
        return series, 0
    points = series.str.contains(POINT_NUMBER).fill_null(False)
    if points.any():
        comma, point = int(commas.arg_max() or 0), int(points.arg_max() or 0)
        raise DataError(
            f"{place} has a decimal comma in line {lines[comma]} ({series[comma]}) and a decimal "
            f"point in line {lines[point]} ({series[point]}): use the same in all of the column"
        )
    return series.str.replace(COMMA_NUMBER, "$1.$2"), count


def _decided(polars: Any, series: pl.Series) -> tuple[Column, bool]:
    """Return a column of text as numbers or words, and whether all numbers are whole."""
    missing = series.null_count()
    if missing < len(series) and not series.str.contains(f"^(?:{NUMBER})$").all():
        return tuple(series.to_list()), False
    integers = series.cast(polars.Int64, strict=False)
    whole = integers.null_count() == missing < len(series)
    if whole and not missing:
        return frozen(integers.to_numpy()), True
    floats = series.cast(polars.Float64, strict=False).fill_null(np.nan).to_numpy()
    return frozen(floats), whole and bool(np.nanmax(np.abs(floats)) <= EXACT)


def _replace(path: Path, frame: pl.DataFrame, source: str) -> None:
    """Write a file beside its place, and move it there when it is complete."""
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        if target.exists() and not (target.is_file() and os.access(target, os.W_OK)):
            raise DataError(f"{source} is not a file that you may write to: choose another name")
        with beside.open("xb") as file:
            frame.write_csv(file)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    except DataError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(
            f"{source} cannot be written ({reason}): check that the folder exists, that you may "
            "write there and that the disk is not full"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
