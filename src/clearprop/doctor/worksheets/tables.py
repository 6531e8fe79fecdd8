"""Tables of answers as CSV: the template, what comes back from a spreadsheet, and marks.

A cell is text until it is read as a number; nothing in a table is ever worked out. What is
written is safe to open in a spreadsheet: a text that would be a formula there gets an apostrophe
before it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...data.scan import as_utf8_lines, sniff_separator
from ...errors import DataError
from .marking import read_cell

if TYPE_CHECKING:
    from .sheets import Worksheets

SHEET, NAME = "sheet", "name"
MOST_BYTES = 10 * 1024**2
MOST_ROWS, MOST_CELLS = 20_000, 1_000


@dataclass(frozen=True)
class Table:
    """A table as text: the header, and rows with the line on which each begins."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def template(sheets: Worksheets) -> str:
    """Return an empty table of answers: a row for each sheet, a column for each question."""
    keys = [question.key for question in sheets.task.questions]
    rows = [[str(one.number), one.name, *[""] * len(keys)] for one in sheets.students]
    return written([[SHEET, NAME, *keys], *rows])


def written(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV whose cells no spreadsheet takes for formulas."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[safe(cell) for cell in row] for row in rows])
    return out.getvalue()


def safe(cell: str) -> str:
    """Return a cell that a spreadsheet shows and does not work out.

    >>> safe("=1+1"), safe("-0.15"), safe("-1+cmd")
    ("'=1+1", '-0.15', "'-1+cmd")
    """
    cell = "".join(letter if letter.isprintable() else " " for letter in cell)
    if cell.lstrip()[:1] in ("=", "+", "-", "@") and read_cell(cell).trouble:
        return f"'{cell}"
    return cell


def plain(cell: str) -> str:
    """Return a cell without the apostrophe that :func:`safe` puts before a formula."""
    return re.sub(r"^'(?=\s*[=+\-@])", "", cell.strip())


def read_table(path: Path) -> Table:
    """Read a table of text from a CSV file.

    Commas, semicolons, tabs and bars may separate the cells; quotes and a byte-order mark are
    understood.

    Raises
    ------
    DataError
        If it cannot be read, or is no table; the message says what to do.
    """
    source = str(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{source} has more than {MOST_BYTES:,} bytes; that is no table of "
                            "answers")  # fmt: skip
        data = as_utf8_lines(path.read_bytes(), source)
    except OSError as error:
        raise DataError(f"{source} cannot be read ({error.strerror}): check the path") from None
    separator = sniff_separator(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise DataError(f"{source} is no UTF-8 text; save it again (in Excel: CSV UTF-8)") from None
    return parsed(text, separator, source)


def parsed(text: str, separator: str, source: str) -> Table:
    """Return the table in a text; see :func:`read_table`."""
    rows: list[tuple[int, tuple[str, ...]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((line, tuple(cells)))
            line = reader.line_num + 1
            if len(rows) > MOST_ROWS or len(cells) > MOST_CELLS:
                raise DataError(f"{source} has more than {MOST_ROWS:,} rows or {MOST_CELLS:,} "
                                "columns; that is no table of answers")  # fmt: skip
    except csv.Error as error:
        raise DataError(f"{source}, line {line}: {error}; look for a quote that is not closed, and "
                        "save the table again") from None  # fmt: skip
    if not rows:
        raise DataError(f"{source} is empty: a line with the names of the columns is expected")
    header = tuple(cell.strip() for cell in rows[0][1])
    return Table(header, tuple(rows[1:]))


def read_names(path: Path) -> list[str]:
    """Return the students' names from a CSV file: its column ``name``, or its only column.

    Raises
    ------
    DataError
        If there is no such column.
    """
    table = read_table(path)
    folded = [cell.casefold() for cell in table.header]
    if NAME in folded:
        column = folded.index(NAME)
        rows = [cells for _, cells in table.rows]
    elif len(table.header) == 1:
        column, rows = 0, [table.header, *(cells for _, cells in table.rows)]
    else:
        raise DataError(f"{path} has no column 'name'; it has {', '.join(table.header[:10])}")
    found = [plain(cells[column]) if column < len(cells) else "" for cells in rows]
    return [name for name in found if name]
