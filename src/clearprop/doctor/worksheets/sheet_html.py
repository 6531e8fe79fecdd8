"""Sheets as a web page to be printed: black on white, A4, nothing from elsewhere, no script."""

from __future__ import annotations

from collections.abc import Sequence

from ...explanation import reading
from ...explanation.mathml import math
from ...explanation.outline import Side
from ...explanation.svg import escaped
from .parts import KINDS, about, formulas, givens, has_log, has_more, rules, symbol
from .picture import as_svg
from .sheets import Student, Task
from .words import say

LANG = {"en": "en", "zh": "zh-Hans"}
STYLE = """\
html { background: #fff; color: #000; }
body { margin: 0; font: 11pt/1.4 "Source Serif 4", "Noto Serif", "Noto Serif CJK SC",
  "Songti SC", Georgia, "Times New Roman", serif; }
.sheet { max-width: 178mm; margin: 0 auto; padding: 12mm 5mm; }
.sheet + .sheet { border-top: 1px dashed #999; }
header { display: flex; justify-content: space-between; align-items: baseline; gap: 4mm;
  border-bottom: 1.2pt solid #000; padding-bottom: 1.5mm; }
h1 { font-size: 15pt; margin: 0; font-weight: 600; }
header > h1, header > span { flex: none; }
header > .who { flex: 0 1 auto; }
h2 { font-size: 11.5pt; margin: 4.5mm 0 1.5mm; font-weight: 600; break-after: avoid; }
p { margin: 1.2mm 0; }
.who i { display: inline-block; font-style: normal; border-bottom: .6pt solid #000;
  min-width: 48mm; padding: 0 1mm; }
.top { display: grid; grid-template-columns: 76mm 1fr; gap: 6mm; align-items: center;
  margin-top: 3mm; }
.top svg { display: block; width: 100%; height: auto; max-height: 88mm; }
.given h3 { font-size: 9.5pt; font-weight: 600; margin: 1.6mm 0 .2mm; }
.given div { display: grid; grid-template-columns: repeat(auto-fill, minmax(23mm, 1fr)); }
.given div.wide { grid-template-columns: repeat(auto-fill, minmax(36mm, 1fr)); }
.formulas { display: flex; flex-wrap: wrap; gap: 1.5mm 12mm; align-items: center; }
.asked { display: grid; grid-template-columns: repeat(3, 1fr); gap: 2.2mm 7mm; }
.asked.slope { row-gap: 2.8mm; }
.asked.slope, .asked.new { break-inside: avoid; }
.asked > div { display: flex; align-items: baseline; gap: 1.4mm; break-inside: avoid; }
.asked > div > b { flex: 1; border-bottom: .6pt solid #000; min-height: 6.2mm; font-weight: 400; }
math { font-size: 1.05em; }
math[display="block"], .slope math, .formulas math { math-style: normal; }
.rules { font-size: 10pt; }
table { border-collapse: collapse; margin: 2mm 0; }
td, th { padding: .6mm 2.5mm; border-bottom: .4pt solid #999; text-align: left; }
td.number, th.number { text-align: right; font-variant-numeric: lining-nums tabular-nums; }
@page { size: A4; margin: 14mm 16mm; }
@media print {
  .sheet { max-width: none; padding: 0; break-after: page; border: 0; }
  .sheet:last-child { break-after: auto; }
  .sheet + .sheet { border: 0; }
}
"""
_PAGE = """\
<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src \
'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def page(title: str, body: str, language: str, style: str = "") -> str:
    """Return a whole page."""
    return _PAGE.format(lang=LANG[language], title=escaped(title), style=STYLE + style, body=body)


def sheets_page(task: Task, students: Sequence[Student]) -> str:
    """Return sheets as one page, each on paper of its own."""
    title = say(task.language, "title")
    if len(students) == 1:
        title += f" · {say(task.language, 'sheet', number=students[0].number)}"
    return page(title, "\n".join(map(_sheet, students)), task.language)


def formula(text: str, language: str = "en") -> str:
    """Return a name as a formula."""
    return math(Side(reading.name(text)), language)


def head(student: Student, more: str = "") -> str:
    """Return the line at the top of a sheet."""
    language = student.task.language
    who = f"{escaped(say(language, 'name'))} <i>{escaped(student.name) or '&nbsp;'}</i>"
    number = escaped(say(language, "sheet", number=student.number))
    title = escaped(say(language, "title")) + more
    return (f'<header><h1>{title}</h1><span>{number}</span><span class="who">{who}</span>'
            "</header>")  # fmt: skip


def given(student: Student) -> str:
    """Return the picture, and the numbers beside it."""
    language = student.task.language
    groups = []
    for one in givens(student):
        cells = "".join(
            f"<span>{formula(name)}{f' = {escaped(number)}' if number else ''}</span>"
            for name, number in one.numbers
        )
        kind = ' class="wide"' if one.wide else ""
        groups.append(f"<h3>{escaped(one.heading)}</h3><div{kind}>{cells}</div>")
    picture = as_svg(student.task.shape, language)
    return f'<div class="top">{picture}<div class="given">{"".join(groups)}</div></div>'


def _sheet(student: Student) -> str:
    task, language = student.task, student.task.language
    between = " " if language == "en" else ""
    parts = [head(student), f"<p>{escaped(between.join(about(task)))}</p>", given(student)]
    lines = []
    for left, side in formulas(student):
        name = escaped(left) if "(" in left else formula(left)
        lines.append(f"<span>{name} = {math(side, language)}</span>")
    notes = [say(language, "likewise")] * has_more(task)
    notes += [say(language, "natural")] * has_log(student)
    parts.append(f"<h2>{escaped(say(language, 'formulas'))}</h2>")
    parts.append(f'<div class="formulas">{"".join(lines)}'
                 f"{''.join(f'<span>{escaped(note)}</span>' for note in notes)}</div>")  # fmt: skip
    parts.append(f'<p class="rules">{escaped(between.join(rules(task)))}</p>')
    for number, kind in enumerate(KINDS, 1):
        asked = [question for question in task.questions if question.kind == kind]
        cells = "".join(f"<div>{formula(symbol(q))} = <b></b></div>" for q in asked)
        parts.append(f"<h2>{number}. {escaped(say(language, kind))}</h2>")
        parts.append(f'<div class="asked {kind}">{cells}</div>')
    parts.append(f"<h2>{escaped(say(language, 'working'))}</h2>")
    return f'<section class="sheet">\n{chr(10).join(parts)}\n</section>'
