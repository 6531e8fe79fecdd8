"""Marking the answers of a class, with a reason for each that is wrong.

>>> import clearprop as cp
>>> sheets = cp.make_worksheets([2, 2, 2], 1, seed=7)
>>> marks = grade(sheets, {1: {"net_h1": 0.4175, "dloss/dw1": "0,15"}})[1]
>>> [(mark.question.key, mark.verdict) for mark in marks.marks if mark.given]
[('net_h1', 'wrong'), ('dloss/dw1', 'comma')]
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from ...errors import DataError
from .marking import Cell, agrees, read_cell, too_few
from .planted import Plants
from .questions import Question
from .reasons import Finder
from .report import Grading, Mark, Marked, Problem
from .sheets import Student, Task, Worksheets
from .tables import NAME, SHEET, Table, plain, read_table

Answers: TypeAlias = "str | os.PathLike[str] | Mapping[Any, Mapping[str, Any]]"
LONGEST = 60  # letters of a cell that a problem shows


def grade(sheets: Worksheets | str | os.PathLike[str], answers: Answers) -> Grading:
    """Mark answers: right to so many figures, or wrong, and why.

    Parameters
    ----------
    sheets : Worksheets, or path
        As :func:`make_worksheets` returned them, or the folder that they were saved to.
    answers : path, or mapping
        A CSV file with a column ``sheet`` and one for each question, as the template has them;
        or ``{1: {"net_h1": 0.3775, ...}, ...}``.

    Returns
    -------
    Grading
        Print it; ``save("marks.html")`` writes a report.

    Raises
    ------
    DoctorError, DataError
        If there are no such sheets, or the answers are no table.
    """
    if not isinstance(sheets, Worksheets):
        sheets = Worksheets.load(sheets)
    reading = _Reading(sheets)
    if isinstance(answers, Mapping):
        reading.take_mapping(answers)
    else:
        reading.take_table(read_table(Path(answers)), str(answers))
    task = sheets.task
    marker = _Marker(task)
    students = tuple(marker.marked(one, reading.cells(one)) for one in sheets.students)
    return Grading(task.questions, task.digits, task.tolerance, task.language, students,
                   tuple(reading.all_problems()))  # fmt: skip


class _Reading:
    """From a table to each sheet's cells, with whatever is amiss."""

    def __init__(self, sheets: Worksheets) -> None:
        self.sheets = sheets
        self.keys = [question.key for question in sheets.task.questions]
        self.rows: dict[int, list[tuple[int, Mapping[str, str]]]] = {}
        self.unreadable: dict[int, int] = {}
        self.problems: list[Problem] = []

    def take_mapping(self, answers: Mapping[Any, Mapping[str, Any]]) -> None:
        """Take answers by sheet and question."""
        for at, (sheet, given) in enumerate(answers.items(), 1):
            number = self._sheet(str(sheet), at)
            if not isinstance(given, Mapping):
                raise DataError(f"the answers of sheet {sheet} are a mapping such as "
                                "{'net_h1': 0.3775}")  # fmt: skip
            self._columns(list(given), missing=False)
            cells = {k: "" if v is None else v if isinstance(v, str) else repr(_number(v))
                     for k, v in given.items()}  # fmt: skip
            if number:
                self.rows.setdefault(number, []).append((at, cells))

    def take_table(self, table: Table, source: str) -> None:
        """Take the rows of a CSV file."""
        folded = [cell.casefold() for cell in table.header]
        if SHEET not in folded:
            listed = ", ".join(table.header[:10])
            raise DataError(f"{source} has no column 'sheet', which says whose answers a row has; "
                            f"it has {listed[:200]}")  # fmt: skip
        columns = self._columns(list(table.header), missing=True)
        at_sheet = folded.index(SHEET)
        at_name = folded.index(NAME) if NAME in folded else None
        for line, row in table.rows:
            cells = list(row)
            number = self._sheet(cells[at_sheet] if at_sheet < len(cells) else "", line)
            while len(cells) > len(table.header) and not cells[-1].strip():
                cells.pop()
            if len(cells) != len(table.header):
                facts = {"line": line, "count": len(cells), "most": len(table.header)}
                self.problems.append(Problem("row", facts))
                if number:
                    self.unreadable[number] = line
                continue
            if not number:
                continue
            if at_name is not None:
                self._name(number, plain(cells[at_name]), line)
            found = {key: cells[at] for key, at in columns.items()}
            self.rows.setdefault(number, []).append((line, found))

    def _columns(self, header: list[str], missing: bool) -> dict[str, int]:
        """Return where each question's column is; the first of several of one name counts."""
        known = {key.casefold(): key for key in self.keys}
        found: dict[str, int] = {}
        for at, text in enumerate(header):
            key = known.get(str(text).strip().casefold())
            if key is not None and key not in found:
                found[key] = at
            elif key is not None or str(text).strip().casefold() not in (SHEET, NAME, ""):
                close = difflib.get_close_matches(str(text)[:LONGEST], self.keys, n=1, cutoff=0.75)
                meant = close[0] if close and key is None else ""
                problem = Problem("column", {"text": str(text)[:LONGEST], "meant": meant})
                if problem not in self.problems:
                    self.problems.append(problem)
        if missing:
            absent = [key for key in self.keys if key not in found]
            self.problems += [Problem("no column", {"text": key}) for key in absent]
        return found

    def _sheet(self, text: str, line: int) -> int:
        """Return the number of a sheet; 0 where there is none such."""
        text = plain(text)
        found = re.fullmatch(r"0*([0-9]{1,6})(?:\.0*)?", text)
        number = int(found[1]) if found else 0
        if 1 <= number <= len(self.sheets):
            return number
        facts = {"line": line, "text": text[:LONGEST], "most": len(self.sheets)}
        self.problems.append(Problem("sheet" if text else "no sheet", facts))
        return 0

    def _name(self, number: int, text: str, line: int) -> None:
        name = self.sheets[number].name
        if name and text and text.split() != name.split():
            facts = {"line": line, "sheet": number, "name": name, "text": text[:LONGEST]}
            self.problems.append(Problem("name", facts))

    def all_problems(self) -> Iterator[Problem]:
        """Yield what is amiss, sheets with several rows or none last."""
        yield from self.problems
        for number, rows in sorted(self.rows.items()):
            if len(rows) > 1:
                lines = ", ".join(str(line) for line, _ in rows)
                yield Problem("twice", {"sheet": number, "text": lines})
        for one in self.sheets.students:
            if one.number not in self.rows and one.number not in self.unreadable:
                yield Problem("missing", {"sheet": one.number, "name": one.name})

    def cells(self, student: Student) -> dict[str, Cell]:
        """Return what a student's row says to each question."""
        rows = self.rows.get(student.number, [])
        found: dict[str, Cell] = {}
        for key in self.keys:
            texts = list(dict.fromkeys(read_cell(row.get(key, "")).text for _, row in rows))
            if len(texts) > 1:
                found[key] = Cell(" / ".join(text or "–" for text in texts), "twice")
            elif rows:
                found[key] = read_cell(texts[0])
            elif student.number in self.unreadable:
                found[key] = Cell(str(self.unreadable[student.number]), "row")
            else:
                found[key] = Cell("", "missing")
        return found


def _number(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)


class _Marker:
    """Judges the answers of sheets."""

    def __init__(self, task: Task) -> None:
        self.task = task

    @cached_property
    def plants(self) -> Plants:
        """The mistakes; made when the first answer is wrong."""
        return Plants(self.task)

    def marked(self, student: Student, cells: Mapping[str, Cell]) -> Marked:
        """Return the verdicts on one sheet."""
        digits, tolerance = self.task.digits, self.task.tolerance
        given = {key: cell.value for key, cell in cells.items() if cell.value is not None}
        right = {
            key
            for key, value in given.items()
            if agrees(value, student.right[key], digits, tolerance)
        }
        finder = Finder(self.plants, student, given, right) if given.keys() - right else None

        def mark(question: Question) -> Mark:
            cell, wanted = cells[question.key], student.right[question.key]
            if cell.trouble:
                return Mark(question, cell.text, wanted, cell.trouble)
            if question.key in right or finder is None:
                return Mark(question, cell.text, wanted, "right")
            if too_few(cell, wanted, digits):
                return Mark(question, cell.text, wanted, "few")
            return Mark(question, cell.text, wanted, "wrong", finder.reasons(question))

        return Marked(student.number, student.name, tuple(map(mark, self.task.questions)))
