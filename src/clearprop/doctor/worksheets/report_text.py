"""Marks as lines for a screen, and as CSV."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

from ...explanation.figures import significant
from .report import Grading, Mark, Marked
from .tables import written
from .words import problem_text, reason_text, say, several, verdict_text

COUNTS = ("right", "carried", "wrong", "few", "blank", "unread")


def to_text(grading: Grading, language: str, width: int = 100, sheet: int | None = None) -> str:
    """Return marks as text: a table of the class, each wrong answer with its reason.

    ``sheet`` is the only one to be shown, where one is named.
    """
    if sheet is not None:
        lines = list(_student(grading[sheet], grading, language, width))
        return "\n".join(lines or [say(language, "nothing wrong")]) + "\n"
    blocks = [
        [about(grading, language)],
        list(_table(grading, language)),
        *(list(_student(one, grading, language, width)) for one in grading.students),
        list(_common(grading, language)),
        list(_problems(grading, language)),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def about(grading: Grading, language: str) -> str:
    """Return what was marked, in a line."""
    tolerance = grading.tolerance
    head = say(language, "about", sheets=len(grading.students), count=len(grading.questions),
               digits=grading.digits)  # fmt: skip
    template = f"tolerance {tolerance}" if tolerance < 2 else "tolerance"
    return f"{head}{'. ' if language == 'en' else '。'}" + say(
        language, template, tolerance=tolerance
    )


def answer(value: float, digits: int) -> str:
    """Return a right answer with all the figures that are asked for."""
    return significant(value, digits, trim=False)


def used(grading: Grading) -> list[str]:
    """Return the columns of the table that have something to say; those right are always one."""
    return [
        what for what in COUNTS
        if what == "right" or any(one.count(what) for one in grading.students)
    ]  # fmt: skip


def _table(grading: Grading, language: str) -> Iterator[str]:
    columns = used(grading)
    names = any(one.name for one in grading.students)
    head = [say(language, "number"), *([say(language, "student")] if names else [])]
    rows = [[*head, *(say(language, what) for what in columns)]]
    for one in grading.students:
        counts = [one.count(what) for what in columns]
        cells = [f"{counts[0]} / {len(one.marks)}", *(str(n) if n else "" for n in counts[1:])]
        rows.append([str(one.number), *([_short(one.name, 24)] if names else []), *cells])
    wide = [max(map(_columns, column)) for column in zip(*rows, strict=True)]
    left = {1} if names else set()
    for row in rows:
        cells = [
            cell + " " * (room - _columns(cell)) if at in left
            else " " * (room - _columns(cell)) + cell
            for at, (cell, room) in enumerate(zip(row, wide, strict=True))
        ]  # fmt: skip
        yield ("  " + "  ".join(cells)).rstrip()


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _student(one: Marked, grading: Grading, language: str, width: int) -> Iterator[str]:
    marks = [mark for mark in one.marks if mark.verdict not in ("right", "missing")]
    if not marks:
        return
    yield f"{say(language, 'sheet', number=one.number)}{'  ' if one.name else ''}{one.name}"
    wide = max(_columns(mark.question.key) for mark in marks)
    blank = [mark.question.key for mark in marks if mark.verdict == "blank"]
    if len(blank) > 2:
        line = f"{say(language, 'blank')}: {', '.join(blank)}"
        yield from textwrap.wrap(line, width, initial_indent="  ", subsequent_indent="    ",
                                 break_long_words=False, break_on_hyphens=False)  # fmt: skip
    for mark in marks:
        if mark.question.key in blank and len(blank) > 2:
            continue
        yield f"  {mark.question.key:<{wide}}  {judged(mark, grading.digits, language)}"
        if mark.reasons:
            yield from textwrap.wrap(
                several(mark.reasons, language), width, initial_indent=" " * (wide + 4),
                subsequent_indent=" " * (wide + 6), break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip


def judged(mark: Mark, digits: int, language: str) -> str:
    """Return a verdict in a line: what was given, what is right."""
    if mark.verdict in ("wrong", "few"):
        right = say(language, "is right", right=answer(mark.right, digits))
        few = f" ({say(language, 'few')})" if mark.verdict == "few" else ""
        return f"{_short(mark.given, 24)}{few}; {right}"
    return verdict_text(mark.verdict, mark.given, language, digits)


def _common(grading: Grading, language: str) -> Iterator[str]:
    found = [(reason, count) for reason, count in grading.most_common() if count > 1]
    if found:
        yield say(language, "most")
        for reason, count in found:
            yield f"  {say(language, 'times', count=count):>9}  {reason_text(reason, language)}"


def _problems(grading: Grading, language: str) -> Iterator[str]:
    if grading.problems:
        yield say(language, "problems")
        for one in grading.problems:
            yield f"  {problem_text(one.kind, one.facts, language)}"


def to_csv(grading: Grading, language: str) -> str:
    """Return marks as CSV: a row for each answer."""
    heads = ("number", "student", "question", "given answer", "right answer", "verdict", "reason")
    rows: list[Sequence[str]] = [[say(language, head) for head in heads]]
    for one in grading.students:
        rows += [
            [
                str(one.number), one.name, mark.question.key, mark.given,
                answer(mark.right, grading.digits),
                verdict_text(mark.verdict, mark.given, language, grading.digits),
                several(mark.reasons, language) if mark.reasons else "",
            ]
            for mark in one.marks
        ]  # fmt: skip
    for problem in grading.problems:
        rows.append(["", "", "", "", "", "", problem_text(problem.kind, problem.facts, language)])
    return written(rows)
