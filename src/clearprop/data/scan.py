"""The first look at a CSV file: whether it is sound, where its rows begin, what separates cells.

Everything that can be wrong with the form of a file is found here, with the line it is on, before
a cell is read. The rules are those of RFC 4180: a cell is either free of quotes, or wrapped in
quotes as a whole, with quotes inside it doubled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .table import MAX_COLUMNS, counted

__all__ = ["MAX_CELL", "Layout", "as_utf8_lines", "scan", "sniff_separator"]

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

MAX_CELL = 1_000_000
"""A cell is at most this many bytes long."""

MAX_RECORD = 256 * 1024**2
"""A row is at most this many bytes long."""

BLOCK = 4 * 1024**2
SAMPLE = 64 * 1024

OTHER_FORMATS = {
    b"PK\x03\x04": "an Excel workbook or another zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "compressed with gzip",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF document",
}


@dataclass(frozen=True)
class Layout:
    """Where the records of a file are.

    ``start`` is the offset of the header, ``n_fields`` the number of cells in each record;
    ``lines`` (the line on which a record begins) and ``blank`` (whether it is an empty line) have
    an entry for each record from the header on.
    """

    start: int
    n_fields: int
    lines: NDArray[np.int64]
    blank: NDArray[np.bool_]


def as_utf8_lines(data: bytes, source: str) -> bytes:
    """Return a file's bytes without byte-order mark and with lines that end in LF or CR LF."""
    for magic, kind in OTHER_FORMATS.items():
        if data.startswith(magic):
            raise DataError(f"{source} is {kind}, not a CSV file: save the table as CSV (UTF-8)")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{source} is encoded as UTF-16: save it as UTF-8 (in Excel: CSV UTF-8)")
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    zero = data.find(b"\0")
    if zero >= 0:
        raise DataError(
            f"{source}, line {_breaks(data, 0, zero) + 1} holds a zero byte, which no text does: "
            "this is a binary file or a damaged one, so save the table as CSV (UTF-8)"
        )
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    if not data.strip():
        raise DataError(
            f"{source} is empty: expected a line with the names of the columns, then rows"
        )
    return data


def sniff_separator(data: bytes) -> str:
    """Return the separator of cells that fits the first lines of a file best.

    It is the one that each of the first lines (20 at most) holds equally often, outside quotes; of
    several, or where the lines disagree, the one that is most frequent in the header.
    """
    sample = re.sub(rb'"[^"]*"', b"", data.lstrip(b"\r\n")[:SAMPLE])
    lines = [line for line in sample.split(b"\n") if line.strip()][:20] or [b""]
    if len(data) > SAMPLE and len(lines) > 1:
        lines.pop()  # it may be cut off
    best, best_score = ",", (False, 0)
    for separator in SEPARATORS:
        counts = [line.count(separator.encode()) for line in lines]
        score = (counts[0] > 0 and len(set(counts)) == 1, counts[0])
        if score > best_score:
            best, best_score = separator, score
    return best


def scan(data: bytes, separator: str, source: str) -> Layout:
    """Find the records of a file, and refuse it where they are not sound."""
    first_solid = re.search(rb"[^ \t\r\n]", data)
    position = start = data.rfind(b"\n", 0, first_solid.start() if first_solid else 0) + 1
    line = _breaks(data, 0, start) + 1
    n_fields, size = 0, BLOCK
    lines, blanks = [], []
    while position < len(data):
        block = _Block(data, position, size, separator=separator, line=line, source=source)
        if not len(block.ends):
            if size > MAX_RECORD:
                raise DataError(
                    f"{source}, line {line} begins a row longer than {MAX_RECORD:,} bytes: "
                    "probably its quotes do not pair, so look for a missing quote"
                )
            size *= 2
            continue
        n_fields = n_fields or int(block.n_fields[0])
        if n_fields > MAX_COLUMNS:
            raise DataError(
                f"{source} has {n_fields:,} columns and at most {MAX_COLUMNS:,} are read: take out "
                "those you do not need"
            )
        lines.append(block.lines)
        blanks.append(block.blank(n_fields))
        position, line, size = block.stop, block.next_line, BLOCK
    return Layout(start, n_fields, np.concatenate(lines), np.concatenate(blanks))


class _Block:
    """The whole records among some bytes of a file that begin where a record begins."""

    def __init__(
        self, data: bytes, start: int, size: int, *, separator: str, line: int, source: str
    ) -> None:
        self.data, self.start, self.line = data, start, line
        self.separator, self.source = separator, source
        self.at_end = start + size >= len(data)
        chars = np.frombuffer(data, np.uint8, min(size, len(data) - start), start)
        newline, cut = chars == ord("\n"), chars == ord(separator)
        self.breaks = np.flatnonzero(newline)
        quote = chars == ord('"')
        self.quoted = bool(quote.any())
        if self.quoted:
            outside = np.cumsum(quote, dtype=np.int32) & 1 == 0
            newline &= outside
            cut &= outside
        ends = np.flatnonzero(newline)
        if self.at_end and (not len(ends) or ends[-1] != len(chars) - 1):
            if self.quoted and not outside[-1]:
                self._refuse_quotes(chars, quote)
                last = start + int(np.flatnonzero(quote)[-1])
                raise DataError(
                    f"{self.place(last)}: the quote that opens a cell here is never closed; "
                    'add the closing "'
                )
            ends = np.append(ends, len(chars))
        self.ends = ends
        if not len(ends):
            return
        last = int(ends[-1])
        self.begins = np.concatenate([[0], ends[:-1] + 1])
        self.cuts = np.flatnonzero(cut[:last])
        self.stop = start + last + 1
        self.lines = line + np.searchsorted(self.breaks, self.begins)
        self.next_line = line + int(np.searchsorted(self.breaks, last + 1))
        firsts = np.searchsorted(self.cuts, self.begins)
        self.n_fields = np.searchsorted(self.cuts, ends) - firsts + 1
        if self.quoted:
            self._refuse_quotes(chars[:last], quote[:last])
        self._refuse_text()
        self._refuse_long_cells()

    def place(self, offset: int) -> str:
        """Say in which line an offset of the file lies."""
        return f"{self.source}, line {self.line + _breaks(self.data, self.start, offset)}"

    def blank(self, n_fields: int) -> NDArray[np.bool_]:
        """Say of each record whether it is an empty line, and refuse other misfits."""
        lonely = self.n_fields == 1
        blank = np.zeros(len(self.ends), dtype=bool)
        if lonely.any():
            chars = np.frombuffer(self.data, np.uint8, self.stop - 1 - self.start, self.start)
            solid = np.concatenate([[0], np.cumsum(~np.isin(chars, list(b" \t\r\n")))])
            blank = lonely & (solid[self.ends] == solid[self.begins])
        misfits = np.flatnonzero((self.n_fields != n_fields) & ~blank)
        if len(misfits):
            found = int(self.n_fields[misfits[0]])
            mark = SEPARATORS.get(self.separator, repr(self.separator))
            advice = ", and decimal commas need ; between cells" if self.separator == "," else ""
            place = f"{self.source}, line {self.lines[misfits[0]]}"
            raise DataError(
                f"{place} has {counted(found, 'cell')} where the header has {n_fields}: every row "
                f"needs as many as the header (a cell that contains a {mark} is put in "
                f"quotes{advice})"
            )
        return blank

    def _refuse_quotes(self, chars: NDArray[np.uint8], quote: NDArray[np.bool_]) -> None:
        """Refuse a quote that neither opens nor closes a cell, nor is doubled inside one."""
        places = np.flatnonzero(quote)
        edges = np.array([ord('"'), ord("\n"), ord(self.separator)], dtype=np.uint8)
        framed = np.concatenate([edges[1:2], chars, edges[1:2], edges[1:2]])
        opens, closes = places[::2], places[1::2]
        before, after, second = framed[opens], framed[closes + 2], framed[closes + 3]
        line_end = (after == ord("\r")) & (second == ord("\n"))
        astray = np.concatenate(
            [opens[~np.isin(before, edges)], closes[~np.isin(after, edges) & ~line_end]]
        )
        if len(astray):
            raise DataError(
                f"{self.place(self.start + int(astray.min()))}: a quote stands inside a cell; "
                "expected quotes only around a whole cell (without spaces outside them), and "
                'doubled ("") inside it'
            )

    def _refuse_text(self) -> None:
        """Refuse bytes that are not UTF-8. The block ends with a line, so no letter is cut."""
        try:
            self.data[self.start : self.stop].decode("utf-8")
        except UnicodeDecodeError as error:
            offset = self.start + error.start
            raise DataError(
                f"{self.place(offset)}: byte {self.data[offset]:#04x} is not UTF-8 text; save the "
                "file as UTF-8 (in Excel: CSV UTF-8)"
            ) from None

    def _refuse_long_cells(self) -> None:
        marks = np.sort(np.concatenate([self.cuts, self.ends]))
        lengths = np.diff(marks, prepend=-1) - 1
        if int(lengths.max()) > MAX_CELL:
            mark = int(np.argmax(lengths > MAX_CELL))
            record = int(np.searchsorted(self.ends, marks[mark]))
            column = mark - int(np.searchsorted(marks, self.begins[record])) + 1
            raise DataError(
                f"{self.source}, line {self.lines[record]}, column {column}: the cell is "
                f"{int(lengths[mark]):,} bytes long and at most {MAX_CELL:,} are read; shorten it, "
                "or look for a missing quote"
            )


def _breaks(data: bytes, start: int, stop: int) -> int:
    return data.count(b"\n", start, stop)
