"""Marks as one web page: the class, the questions, each sheet with its reasons."""

from __future__ import annotations

from ...explanation.svg import escaped
from .parts import minus, symbol
from .report import BLANK, Grading, Mark, Marked
from .report_text import about, answer, judged, used
from .sheet_html import formula, page
from .words import problem_text, reason_text, say

_STYLE = """\
.class { display: flex; gap: 3mm 10mm; align-items: flex-start; justify-content: space-between;
  font-size: 10pt; }
.class td, .class th { padding: .45mm 1.8mm; }
.student { break-inside: avoid; margin: 4mm 0; }
.student h3 { font-size: 11pt; margin: 0 0 .8mm; border-bottom: .6pt solid #000; }
.student h3 span { float: right; font-weight: 400; }
.student dl { display: grid; grid-template-columns: max-content 1fr; gap: .8mm 4mm; margin: 1mm 0; }
.student dt { font-weight: 400; }
.student dd { margin: 0; }
.student dd p { margin: .3mm 0; }
.student dd .also { color: #444; font-size: .92em; }
.problems li, .most li { margin: .6mm 0; }
"""


def to_html(grading: Grading, language: str) -> str:
    """Return marks as a page."""
    title = f"{say(language, 'title')} · {say(language, 'report')}"
    parts = [
        f"<header><h1>{escaped(title)}</h1></header>",
        f"<p>{escaped(about(grading, language))}</p>",
        _problems(grading, language),
        f'<div class="class">{_class(grading, language)}{_questions(grading, language)}</div>',
        _most(grading, language),
        *(_student(one, grading, language) for one in grading.students),
    ]
    body = '<section class="sheet">\n' + "\n".join(filter(None, parts)) + "\n</section>"
    return page(title, body, language, _STYLE)


def _problems(grading: Grading, language: str) -> str:
    if not grading.problems:
        return ""
    lines = "".join(
        f"<li>{escaped(problem_text(one.kind, one.facts, language))}</li>"
        for one in grading.problems
    )
    return f'<h2>{escaped(say(language, "problems"))}</h2><ul class="problems">{lines}</ul>'


def _class(grading: Grading, language: str) -> str:
    columns = used(grading)
    names = ["student"] if any(one.name for one in grading.students) else []
    head = "".join(
        f"<th{'' if key == 'student' else ' class=number'}>{escaped(say(language, key))}</th>"
        for key in ("number", *names, *columns)
    )
    rows = []
    for one in grading.students:
        counts = [str(one.count(what) or "") for what in columns[1:]]
        cells = [f"{one.n_right} / {len(one.marks)}", *counts]
        numbers = "".join(f'<td class="number">{cell}</td>' for cell in cells)
        name = f"<td>{escaped(one.name)}</td>" if names else ""
        rows.append(f'<tr><td class="number">{one.number}</td>{name}{numbers}</tr>')
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _questions(grading: Grading, language: str) -> str:
    rows = []
    for at, question in enumerate(grading.questions):
        right = sum(one.marks[at].verdict == "right" for one in grading.students)
        rows.append(f'<tr><td>{formula(symbol(question))}</td><td class="number">{right}</td></tr>')
    head = escaped(say(language, "by question"))
    return f"<table><thead><tr><th colspan=2>{head}</th></tr></thead>{''.join(rows)}</table>"


def _most(grading: Grading, language: str) -> str:
    found = [(reason, count) for reason, count in grading.most_common() if count > 1]
    if not found:
        return ""
    lines = "".join(
        f"<li>{escaped(say(language, 'times', count=count))}: "
        f"{escaped(reason_text(reason, language))}</li>"
        for reason, count in found
    )
    return f'<h2>{escaped(say(language, "most"))}</h2><ul class="most">{lines}</ul>'


def _student(one: Marked, grading: Grading, language: str) -> str:
    marks = [mark for mark in one.marks if mark.verdict not in ("right", "missing")]
    if not marks:
        return ""
    blank = [mark for mark in marks if mark.verdict in BLANK]
    rows = [_mark(mark, grading, language) for mark in marks if mark not in blank]
    if blank:
        names = " ".join(formula(symbol(mark.question)) for mark in blank)
        rows.append(f"<dt>{escaped(say(language, 'blank'))}</dt><dd>{names}</dd>")
    number = escaped(say(language, "sheet", number=one.number))
    return (
        f'<div class="student"><h3>{number}&ensp;{escaped(one.name)}'
        f"<span>{one.n_right} / {len(one.marks)}</span></h3><dl>{''.join(rows)}</dl></div>"
    )


def _mark(mark: Mark, grading: Grading, language: str) -> str:
    name = formula(symbol(mark.question))
    if mark.verdict in ("wrong", "few"):
        right = minus(answer(mark.right, grading.digits))
        few = f" ({say(language, 'few')})" if mark.verdict == "few" else ""
        said = f"{minus(mark.given)}{few}; {say(language, 'is right', right=right)}"
    else:
        said = judged(mark, grading.digits, language)
    parts = [f"<p>{escaped(said)}</p>"]
    if mark.reasons:
        first, *others = (escaped(reason_text(one, language)) for one in mark.reasons)
        parts.append(f"<p><b>{first}</b></p>")
        if others:
            also = escaped(say(language, "also"))
            parts.append(f'<p class="also">{also}{" ".join(others)}</p>')
    return f"<dt>{name}</dt><dd>{''.join(parts)}</dd>"
