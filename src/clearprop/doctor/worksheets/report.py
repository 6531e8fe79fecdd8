"""What marking found, as data: a verdict on each answer, with reasons.

It holds facts and no sentences; the views put words to it.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import DoctorError
from .marking import rounded
from .questions import Question
from .reasons import Reason

FORMAT, VERSION = "clearprop marks", 1
BLANK = ("blank", "missing")
UNREAD = ("comma", "formula", "no number", "text", "too large", "twice", "row")
"""Verdicts on what is no number."""


@dataclass(frozen=True)
class Mark:
    """The verdict on one answer.

    Attributes
    ----------
    question : Question
    given : str
        As it was written.
    right : float
    verdict : str
        ``right``; ``wrong``; ``few`` (figures: right as far as it goes); ``blank``, ``missing``
        (no row); ``comma``, ``formula``, ``no number``, ``text``, ``too large`` (not a number);
        ``twice`` (given twice, differently); ``row`` (in a row that cannot be read).
    reasons : tuple of Reason
        Of a wrong answer, the likeliest first; those after the first give equal numbers.
    """

    question: Question
    given: str
    right: float
    verdict: str
    reasons: tuple[Reason, ...] = ()

    @property
    def carried(self) -> bool:
        """Whether it is wrong only because an earlier answer is."""
        return bool(self.reasons) and self.reasons[0].kind == "carried"


@dataclass(frozen=True)
class Marked:
    """One sheet, marked."""

    number: int
    name: str
    marks: tuple[Mark, ...]

    @property
    def n_right(self) -> int:
        """How many answers are right."""
        return self.count("right")

    def __getitem__(self, key: str) -> Mark:
        """Return the mark of a question by its key (KeyError if there is none)."""
        for mark in self.marks:
            if mark.question.key == key:
                return mark
        raise KeyError(f"there is no question {key!r}")

    def count(self, what: str) -> int:
        """Count the answers that are ``right``, ``carried``, ``wrong``, ``blank``, ..."""
        if what == "carried":
            return sum(mark.carried for mark in self.marks)
        if what == "wrong":
            return sum(mark.verdict == "wrong" and not mark.carried for mark in self.marks)
        kinds = {"blank": BLANK, "unread": UNREAD}.get(what, (what,))
        return sum(mark.verdict in kinds for mark in self.marks)


@dataclass(frozen=True)
class Problem:
    """Something amiss with the table of answers itself."""

    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Grading:
    """What :func:`clearprop.grade` returns.

    Attributes
    ----------
    questions : tuple of Question
    digits, tolerance : int
        What was asked for.
    language : str
        Of the sheets, and of the views by default.
    students : tuple of Marked
        Every sheet, in order.
    problems : tuple of Problem
        Unknown sheets and columns, doubled rows, rows that are missing or cannot be read.
    """

    questions: tuple[Question, ...]
    digits: int
    tolerance: int
    language: str
    students: tuple[Marked, ...]
    problems: tuple[Problem, ...]

    def __getitem__(self, number: int) -> Marked:
        """Return the marks of a sheet by its number (KeyError if there is none)."""
        for one in self.students:
            if one.number == number:
                return one
        raise KeyError(f"there is no sheet {number}")

    def most_common(self, most: int = 8) -> list[tuple[Reason, int]]:
        """Return the reasons met most often, the first of each answer, with their numbers."""
        counted: Counter[tuple[str, str, tuple[Any, ...]]] = Counter()
        first: dict[tuple[str, str, tuple[Any, ...]], Reason] = {}
        for mark in self._wrong():
            reason = mark.reasons[0]
            if reason.kind in ("carried", "unknown"):
                continue
            layers = tuple(reason.facts.get("layers", ()))
            key = (reason.kind, reason.name, layers)
            first.setdefault(key, reason)
            counted[key] += 1
        return [(first[key], count) for key, count in counted.most_common(most)]

    def _wrong(self) -> Iterator[Mark]:
        return (mark for one in self.students for mark in one.marks if mark.reasons)

    def text(self, *, language: str | None = None, width: int = 100) -> str:
        """Return it as lines for a screen."""
        from .report_text import to_text  # noqa: PLC0415 (a view; opened when it is asked for)

        return to_text(self, language or self.language, width)

    def __str__(self) -> str:
        """Return the text view."""
        return self.text()

    def html(self, *, language: str | None = None) -> str:
        """Return it as one web page, to be printed too."""
        from .report_html import to_html  # noqa: PLC0415 (a view)

        return to_html(self, language or self.language)

    def csv(self, *, language: str | None = None) -> str:
        """Return it as CSV: a row for each answer; safe to open in a spreadsheet."""
        from .report_text import to_csv  # noqa: PLC0415 (a view)

        return to_csv(self, language or self.language)

    def to_dict(self) -> dict[str, Any]:
        """Return it as data made of dicts, lists, texts and numbers."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "digits": self.digits,
            "tolerance": self.tolerance,
            "students": [
                {
                    "sheet": one.number,
                    "name": one.name,
                    "right": one.n_right,
                    "carried": one.count("carried"),
                    "answers": [_plain(mark) for mark in one.marks],
                }
                for one in self.students
            ],
            "problems": [{"kind": one.kind, **one.facts} for one in self.problems],
        }

    def to_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    def save(self, path: str | os.PathLike[str], *, language: str | None = None) -> None:
        """Write a report: ``.html`` a page, ``.csv`` a table, ``.json`` data.

        Raises
        ------
        DoctorError
            If the file's name ends otherwise, or it cannot be written.
        """
        file = Path(path)
        views = {
            ".html": lambda: self.html(language=language),
            ".csv": lambda: "\ufeff" + self.csv(language=language),
            ".json": self.to_json,
        }
        if file.suffix.lower() not in views:
            raise DoctorError(f"a report is .html, .csv or .json, not {file.name!r}")
        try:
            file.write_text(views[file.suffix.lower()](), encoding="utf-8", newline="\n")
        except OSError as error:
            raise DoctorError(f"{file} cannot be written ({error.strerror})") from None


def _plain(mark: Mark) -> dict[str, Any]:
    return {
        "question": mark.question.key,
        "given": mark.given,
        "right": rounded(mark.right, 12),
        "verdict": mark.verdict,
        "reasons": [
            {"kind": one.kind, "name": one.name, **dict(one.facts)} for one in mark.reasons
        ],
    }
