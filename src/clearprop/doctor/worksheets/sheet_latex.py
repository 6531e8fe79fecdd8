r"""Sheets as LaTeX: a document that compiles, with the network drawn by TikZ.

>>> import clearprop as cp
>>> text = cp.make_worksheets([2, 2, 2], 1, seed=7).latex(1)
>>> text.splitlines()[0]
'% Compile this document with pdflatex. Needs amsmath, longtable, tikz.'
"""

from __future__ import annotations

from collections.abc import Sequence

from ...explanation.latex_math import escaped, in_language, named, width
from ...explanation.latex_math import formula as set_formula
from ...explanation.outline import Side
from .parts import KINDS, about, formulas, givens, has_log, has_more, rules, symbol
from .picture import as_tikz
from .sheets import Student, Task
from .words import say

COLUMNS = 3  # of answers
FEW = 12  # answers that stay together on a page
ROOM = 40.0  # ems across a page
_PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
%PACKAGES%\usepackage[a4paper,margin=17mm,top=15mm,bottom=15mm]{geometry}
\usepackage{amsmath,longtable,tikz}
\pagestyle{empty}
\setlength{\parindent}{0pt}
\setlength{\parskip}{3pt}
\allowdisplaybreaks
\emergencystretch=3em
\newcommand{\blank}[1]{\makebox[#1]{\hrulefill}}
\newcommand{\fitted}[1]{\sbox0{#1}\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\usebox0}%
  \else\usebox0\fi}
\newcommand{\heading}[1]{\par\medskip\textbf{#1}\par\nopagebreak}
\newcommand{\together}[1]{\par\medskip\noindent
  \begin{minipage}{\textwidth}\parskip=3pt #1\end{minipage}\par}
\begin{document}
"""


def document(body: str, language: str) -> str:
    """Return a whole document, which says in its first line what compiles it."""
    plain = language == "en" and body.isascii()
    cjk = any("\u2e80" <= letter <= "\uffef" and letter != "\ufffd" for letter in body)
    packages = "\\usepackage[UTF8,scheme=plain]{ctex}\n" if cjk else ""
    engine = say(language, "engine", engine="pdflatex" if plain else "xelatex")
    between = " " if language == "en" else ""
    first = f"% {engine}{between}{say(language, 'packages')}"
    return f"{first}\n{_PREAMBLE.replace('%PACKAGES%', packages)}\n{body}\n\\end{{document}}\n"


def sheets_document(task: Task, students: Sequence[Student]) -> str:
    """Return sheets as one document, each on paper of its own."""
    return document("\n\\clearpage\n".join(map(_sheet, students)), task.language)


def head(student: Student, more: str = "") -> str:
    """Return the line at the top of a sheet."""
    language = student.task.language
    name = escaped(student.name) or r"\blank{48mm}"
    number = escaped(say(language, "sheet", number=student.number))
    return (
        rf"{{\Large\textbf{{{escaped(say(language, 'title') + more)}}}}}\hfill {number}\hfill "
        rf"{escaped(say(language, 'name'))}~~{name}"
        "\\par\\vspace{-4pt}\\rule{\\textwidth}{0.8pt}\\par"
    )


def given(student: Student) -> str:
    """Return the picture, and the numbers beside it."""
    groups = []
    for one in givens(student):
        room, columns = ("36mm", 2) if one.wide else ("25mm", COLUMNS)
        cells = []
        for name, number in one.numbers:
            equal = f" = {number}".replace("\N{MINUS SIGN}", "-") if number else ""
            cells.append(rf"\makebox[{room}][l]{{${named(name)}{equal}$}}")
        rows = [cells[k : k + columns] for k in range(0, len(cells), columns)]
        lines = r"\\".join("".join(row) for row in rows)
        groups.append(rf"{{\small\textbf{{{escaped(one.heading)}}}}}\\ {lines}\\[2pt]")
    return "\n".join(
        [
            r"\begin{minipage}[c]{0.5\textwidth}\centering",
            rf"\fitted{{{as_tikz(student.task.shape)}}}",
            r"\end{minipage}\hfill",
            r"\begin{minipage}[c]{0.46\textwidth}\raggedright",
            *groups,
            r"\end{minipage}\par",
        ]
    )


def _formulas(student: Student) -> str:
    """Return the formulas of gates and loss, as many on a line as fit."""
    task, language = student.task, student.task.language
    cells = []
    for left, side in formulas(student):
        name = rf"\text{{{escaped(left[:-3])}}}(z)" if "(" in left else named(left)
        cells.append(rf"\displaystyle {name} = {side_of(side, language)}")
    lines: list[str] = []
    taken = 0.0
    for cell in cells:
        wide = width(cell) + 2
        if lines and taken + wide <= ROOM:
            lines[-1] += rf"\qquad ${cell}$"
            taken += wide
        else:
            lines.append(f"${cell}$")
            taken = wide
    notes = [say(language, "likewise")] * has_more(task)
    notes += [say(language, "natural")] * has_log(student)
    if notes:
        lines.append(escaped(" ".join(notes)))
    return "\\\\[3pt]\n".join(lines) + r"\par"


def side_of(side: Side, language: str) -> str:
    """Return one side of an equation."""
    return in_language(set_formula(side), language)


def _sheet(student: Student) -> str:
    task, language = student.task, student.task.language
    between = " " if language == "en" else ""
    parts = [
        head(student),
        escaped(between.join(about(task))) + r"\par\medskip",
        given(student),
        rf"\heading{{{escaped(say(language, 'formulas'))}}}",
        _formulas(student),
        rf"{{\small {escaped(between.join(rules(task)))}}}\par",
    ]
    for number, kind in enumerate(KINDS, 1):
        heading = rf"\heading{{{number}. {escaped(say(language, kind))}}}"
        asked = [named(symbol(q)) for q in task.questions if q.kind == kind]
        group = f"{heading}\n{_blanks(asked)}"
        parts.append(group if len(asked) > FEW else rf"\together{{{group}}}")
    parts.append(rf"\heading{{{escaped(say(language, 'working'))}}}\vfill")
    return "\n".join(parts)


def _blanks(names: list[str]) -> str:
    """Return names, each with a line to write on."""
    cells = [
        rf"\makebox[0.333\textwidth][l]{{$\displaystyle {name} =$ \blank{{33mm}}}}"
        for name in names
    ]
    rows = ["".join(cells[k : k + COLUMNS]) for k in range(0, len(cells), COLUMNS)]
    gap = "12pt" if any(r"\frac" in name for name in names) else "9pt"
    return f"\\\\[{gap}]\n".join(rf"\rule{{0pt}}{{16pt}}{row}" for row in rows) + r"\par"
