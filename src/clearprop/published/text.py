"""An audit as lines for a terminal of 100 columns."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator

from .digits import Printed, plain_digits
from .judging import Reason
from .results import REPRODUCED, Audit, Finding, Row
from .words import check_language, digits, say, say_step

WIDTH = 100
SHOWN_TRIES = 5
SHORT = ("rate", "stable", "curvature", "limit")  # facts of a finding that need few digits
_WORDS = re.compile(r"\s+|[\u2e80-\uffff]|[^\s\u2e80-\uffff]+")  # Chinese breaks anywhere


def as_text(audit: Audit, language: str) -> str:
    """Return an audit in words and columns."""
    check_language(language)
    lines = [*_folded(audit.title, 0, 2)]
    author = ", ".join(str(audit.source[k]) for k in ("author", "year") if k in audit.source)
    lines += [*_folded(author, 2, 2)] if author else []
    lines += [f"  {audit.source['address']}"] if "address" in audit.source else []
    wide = max((_width(_name(row, language)) for row in audit.rows), default=0)
    column = min(max(wide, 12), 46) + 4
    part = ""
    lines.append("")
    for row in audit.rows:
        if row.part != part:
            part = row.part
            lines += ["", *_folded(part, 2, 2)] if lines[-1] else [*_folded(part, 2, 2)]
        lines += _row(row, column, language)
    for finding in audit.findings:
        lines += ["", *_folded(_finding(finding, language), 2, 4)]
    lines += ["", *_folded(summary(audit, language), 2, 4)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def summary(audit: Audit, language: str = "en") -> str:
    """Return the line that says how many rows are reproduced."""
    count = len(audit.rows)
    if audit.reproduced == count:
        return say(language, "all", count=count)
    return say(
        language, "some", reproduced=audit.reproduced, count=count, explained=audit.explained
    )


def _name(row: Row, language: str) -> str:
    if row.kind == "formula":
        return row.name if row.verdict == REPRODUCED else say(language, "as written", name=row.name)
    return say(language, "as taken", name=row.name) if row.kind == "gradient" else row.name


def _row(row: Row, column: int, language: str) -> Iterator[str]:
    name = f"  {_name(row, language)}"
    if row.kind == "number":
        printed = Printed.read(row.printed)
        if row.verdict == REPRODUCED:
            yield _cells(column, name, row.printed, say(language, "reproduced"))
            return
        by = say(language, "differs", difference=f"{abs(row.difference):.2g}")
        sign = say(language, "wrong sign") if row.wrong_sign else by
        yield _cells(column, name, row.printed, printed.show(row.recomputed), sign)
        yield from _reasons(row, language, printed)
        return
    if row.verdict == REPRODUCED:
        shown = row.printed or plain_digits(row.claimed, 6)
        right = say(language, "right")
        line = f"{_padded(name, column)} {shown}   {right}"
        yield from (
            [line] if _width(line) <= WIDTH else [name, *_folded(f"{shown}   {right}", 6, 10)]
        )
        return
    yield _cells(column, name, plain_digits(row.claimed, 6))
    note = say(language, "wrong sign") if row.wrong_sign else ""
    if row.ratio is not None:
        note = say(language, "times", ratio=digits(row.ratio))
    yield _cells(column, f"  {row.name}", plain_digits(row.recomputed, 6), note)
    if row.printed:
        yield from _folded(f"{row.name} = {row.printed}", 6, 10)
    yield from _reasons(row, language, None)


def _reasons(row: Row, language: str, printed: Printed | None) -> Iterator[str]:
    for index, reason in enumerate(row.reasons):
        lead = say(language, "or" if index else "why")
        many = len(reason.steps) > 1
        for place, step in enumerate(reason.steps, 1):
            number = f"{place}. " if many else ""
            inside = 6 + _width(lead)
            text = f"{number}{say_step(language, step)}"
            if place == 1:
                yield from _folded(lead + text, 6, inside + len(number))
            else:
                yield from _folded(text, inside, inside + len(number))
    if row.alone:
        names = ", ".join(row.alone)
        yield from _folded(say(language, "alone", names=names), 6, 6)
        yield from _tried(row, language, printed)
    if row.reasons:
        if row.mended is not None:
            steps = len(row.reasons[0].steps)
            those = say(language, {1: "one", 2: "two"}.get(steps, "many"))
            value = plain_digits(row.mended, 6)
            yield from _folded(say(language, "mended", many=those, value=value), 6, 6)
        return
    key = {"number": "unknown", "formula": "unknown formula", "gradient": "unknown gradient"}
    yield from _folded(say(language, key[row.kind]), 6, 6)
    yield from _tried(row, language, printed)


def _tried(row: Row, language: str, printed: Printed | None) -> Iterator[str]:
    for reason in _nearest(row):
        words = "; ".join(say_step(language, step) for step in reason.steps)
        value = printed.show(reason.value) if printed else plain_digits(reason.value)
        yield from _folded(say(language, "tried", words=words, value=value), 8, 10)


def _nearest(row: Row) -> list[Reason]:
    """Return the ways that come nearest to what is printed, one of each kind."""
    kinds: dict[str, Reason] = {}
    for reason in sorted(row.tried, key=lambda one: abs(one.value - row.claimed)):
        kinds.setdefault(reason.steps[0].name, reason)
    return list(kinds.values())[:SHOWN_TRIES]


def _finding(finding: Finding, language: str) -> str:
    facts = {k: f"{v:.3g}" if k in SHORT else digits(v) for k, v in finding.facts.items()}
    return say(language, finding.name, **facts)


def _cells(column: int, name: str, *cells: str) -> str:
    line = _padded(name, column)
    if _width(line) > column:
        line += "  "
    for cell in cells[:-1]:
        # Signs stand before the column of the digits.
        line += _padded(cell if cell[:1] in "-+" else f" {cell}", 19)
    last = cells[-1]
    return line + (last if len(cells) > 1 else (last if last[:1] in "-+" else f" {last}"))


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - _width(text))


def _width(text: str) -> int:
    """Return how many columns a text takes; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _folded(text: str, first: int, further: int) -> list[str]:
    if _width(text) == len(text):
        return textwrap.wrap(
            text, WIDTH, initial_indent=" " * first, subsequent_indent=" " * further,
            break_on_hyphens=False,
        )  # fmt: skip
    lines, line = [], " " * first
    for word in _WORDS.findall(text):
        if _width(line) + _width(word) > WIDTH and line.strip():
            lines.append(line)
            line = " " * further
        line += word if line.strip() or not word.isspace() else ""
    return [*lines, line]
