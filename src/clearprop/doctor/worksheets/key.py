"""The key to worksheets: right answers, and where each derivative comes from, step by step."""

from __future__ import annotations

from collections.abc import Sequence

from ...explanation.latex_math import escaped as escaped_latex
from ...explanation.latex_math import named
from ...explanation.svg import escaped
from . import sheet_latex
from .parts import symbol
from .report_text import answer
from .sheet_html import formula, given, head, page
from .sheets import Student, Task, Worksheets
from .words import say

MORE_FIGURES = 4  # of a right answer, beside those that are asked for
_STYLE = """\
.fragment { margin-top: 6mm; font-size: 10pt; }
.sheet .clearprop.fragment { --ink: #000; --soft: #444; --faint: #bbb;
  --value: #000; --gradient: #000; }
.roomy { max-width: none; overflow-x: auto; }
.roomy table { font-size: 9pt; }
.roomy a { color: inherit; }
.all td, .all th { padding: .4mm 1.6mm; white-space: nowrap; }
.answers { columns: 2; column-gap: 10mm; }
.answers table { width: 100%; margin: 0; break-inside: auto; }
"""


def key_page(task: Task, students: Sequence[Student]) -> str:
    """Return right answers and full derivations as one page."""
    title = f"{say(task.language, 'title')} · {say(task.language, 'key')}"
    return page(title, "\n".join(map(_key, students)), task.language, _STYLE)


def _key(student: Student) -> str:
    task, language = student.task, student.task.language
    more = escaped(f" · {say(language, 'key')}")
    rows = "".join(
        f'<tr><td>{formula(symbol(q))}</td><td class="number">{answer(v, task.digits)}</td>'
        f'<td class="number">{answer(v, task.digits + MORE_FIGURES)}</td></tr>'
        for q, v in student.answers()
    )
    parts = [
        head(student, more),
        given(student),
        f"<h2>{escaped(say(language, 'answers'))}</h2>",
        f'<div class="answers"><table>{rows}</table></div>',
        *(one.view(language=language, digits=task.digits + MORE_FIGURES - 1)._repr_html_()
          for one in student.derivations.values()),
    ]  # fmt: skip
    return f'<section class="sheet">\n{chr(10).join(parts)}\n</section>'


def index_page(sheets: Worksheets) -> str:
    """Return the right answers of all sheets in one table, which leads to each key."""
    task, language = sheets.task, sheets.task.language
    wide = max(2, len(str(len(sheets))))
    heads = [escaped(say(language, key)) for key in ("number", "name")]
    cells = "".join(f"<th>{text}</th>" for text in heads) + "".join(
        f'<th class="number">{formula(symbol(q))}</th>' for q in task.questions
    )
    rows = []
    for one in sheets.students:
        link = f'<a href="sheet-{one.number:0{wide}}.html">{one.number}</a>'
        numbers = "".join(
            f'<td class="number">{answer(value, task.digits)}</td>' for _, value in one.answers()
        )
        rows.append(f"<tr><td>{link}</td><td>{escaped(one.name)}</td>{numbers}</tr>")
    title = f"{say(language, 'title')} · {say(language, 'key')}"
    body = (
        f'<section class="sheet roomy"><header><h1>{escaped(title)}</h1>'
        f"<span>{escaped(say(language, 'network', layers=task.network))}</span></header>"
        f'<table class="all"><thead><tr>{cells}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
        "</section>"
    )
    return page(title, body, language, _STYLE + "@page { size: A4 landscape; margin: 10mm; }\n")


def key_document(task: Task, students: Sequence[Student]) -> str:
    """Return right answers and full derivations as one LaTeX document."""
    body = "\n\\clearpage\n".join(map(_key_latex, students))
    return sheet_latex.document(body, task.language)


def _key_latex(student: Student) -> str:
    task, language = student.task, student.task.language
    cells = [
        rf"\makebox[0.48\textwidth][l]{{$\displaystyle {named(symbol(q))} = "
        rf"{answer(value, task.digits)}$\quad{{\small ({answer(value, task.digits + 4)})}}}}"
        for q, value in student.answers()
    ]
    rows = [r"\hfill ".join(cells[k : k + 2]) for k in range(0, len(cells), 2)]
    return "\n".join(
        [
            sheet_latex.head(student, f" · {say(language, 'key')}"),
            sheet_latex.given(student),
            rf"\heading{{{escaped_latex(say(language, 'answers'))}}}",
            "\\\\[6pt]\n".join(rows) + r"\par",
            *(one.latex(language=language, digits=task.digits + MORE_FIGURES - 1)
              for one in student.derivations.values()),
        ]
    )  # fmt: skip
