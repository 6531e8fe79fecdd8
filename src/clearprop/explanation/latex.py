r"""An explanation as LaTeX: fragments to paste, or a document that compiles.

>>> import clearprop as cp
>>> x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
>>> text = to_latex(cp.explain((x + y) * z, wrt="x"))
>>> r"\frac{\partial f}{\partial x}" in text
True
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from string import Formatter

from .array_writing import in_latex, spelled
from .latex_math import escaped, formula, in_language, lines_of, named, pieces, slopes_of, width
from .outline import (
    ArrayLine,
    Cell,
    Equation,
    Outline,
    Product,
    Section,
    Side,
    Table,
    Words,
)
from .views import Explanation
from .words import LANGUAGES, say

# In ems: the column of an A4 article in its usual size, and of the document made here.
ROOM, DOCUMENT_ROOM = 33.0, 39.0
FEW_ROWS = 36  # of a table that stands on one page

_PREAMBLE = r"""\documentclass[11pt,a4paper]{{article}}
{packages}\usepackage[margin=25mm]{{geometry}}
\usepackage{{amsmath}}
\allowdisplaybreaks
\setlength{{\jot}}{{5pt}}
\setlength{{\parindent}}{{0pt}}
\setlength{{\parskip}}{{4pt}}
\emergencystretch=3em
\begin{{document}}
"""


def to_latex(
    explanation: Explanation, language: str = "en", document: bool = False, digits: int = 6
) -> str:
    """Return an explanation as LaTeX.

    Parameters
    ----------
    explanation : Derivation, LayerDerivation, ParameterTable or MatrixForm
    language : {"en", "zh"}
    document : bool
        A whole document, which says in its first line what compiles it (pdflatex; xelatex and
        ctex for Chinese); otherwise fragments to paste into one that uses amsmath.
    digits : int
        Significant digits of each number.

    Raises
    ------
    CircuitError
        If there is no such language, or the digits are none from 1 to 17.
    """
    if document:
        return documents([explanation], language, digits)
    return Page(explanation, language, digits, ROOM).text()


def documents(explanations: Sequence[Explanation], language: str = "en", digits: int = 6) -> str:
    """Return several explanations as one document."""
    pages = [Page(one, language, digits, DOCUMENT_ROOM).text() for one in explanations]
    body = "\n\\clearpage\n".join(pages)
    plain = language == "en" and body.isascii()
    engine = "pdflatex" if plain else "xelatex"
    cjk = any("\u2e80" <= letter <= "\uffef" and letter != "\ufffd" for letter in body)
    packages = "\\usepackage[UTF8,scheme=plain]{ctex}\n" if cjk else ""
    preamble = _PREAMBLE.format(packages=packages)
    return f"% {say(language, 'engine', engine=engine)}\n{preamble}\n{body}\\end{{document}}\n"


def filled(words: Words, language: str, setter: Setter) -> str:
    """Return words with what is filled in, each part set by a view."""
    template = LANGUAGES[language][words.template] if language in LANGUAGES else say(language, "")
    parts = []
    for literal, key, spec, _ in Formatter().parse(template):
        parts.append(setter.plain_text(literal))
        if key is None:
            continue
        what = words.what[key]
        if isinstance(what, Words):
            parts.append(filled(what, language, setter))
        elif isinstance(what, Side):
            parts.append(setter.inline(what))
        else:
            parts.append(setter.plain_text(format(what, spec or "")))
    return "".join(parts)


class Setter(ABC):
    """How a view sets plain text, and a formula among it."""

    language: str

    def words(self, words: Words) -> str:
        """Return words, filled in."""
        return filled(words, self.language, self)

    @abstractmethod
    def plain_text(self, text: str) -> str:
        """Return plain text as it stands in the view."""

    @abstractmethod
    def inline(self, side: Side) -> str:
        """Return a formula among words."""


class Page(Setter):
    """An explanation's outline, set in LaTeX."""

    tight = r"\setlength{\arraycolsep}{2pt}"

    def __init__(self, explanation: Explanation, language: str, digits: int, room: float) -> None:
        self.language, self.room = language, room
        self.outline: Outline = explanation.outline(digits)

    def plain_text(self, text: str) -> str:
        """Return plain text as it stands in the view."""
        return escaped(text)

    def inline(self, side: Side) -> str:
        """Return a formula among words."""
        return f"${self.formula(side)}$"

    def formula(self, side: Side) -> str:
        """Return one side of an equation."""
        return in_language(formula(side), self.language)

    def text(self) -> str:
        """Return the whole."""
        page = self.outline
        between = say(self.language, "between")
        head = [rf"\section*{{{self.words(page.question)}}}"]
        if page.about:
            head.append(between.join(map(self.words, page.about)))
        return "\n".join([*head, *(self._section(s) for s in page.sections)]) + "\n"

    def _section(self, section: Section) -> str:
        lines = [f"\n\\subsection*{{{self.words(section.heading)}}}"]
        for block in blocks(section):
            if isinstance(block, Words):
                lines.append(f"{self.words(block)}\n")
            elif isinstance(block, Product):
                lines.append(self._product(block))
            elif isinstance(block, Table):
                lines.append(self._table(block))
            else:
                lines.append(aligned([self.row(one) for one in block], self.room))
        return "\n".join(lines)

    def row(self, equation: Equation | ArrayLine) -> list[str]:
        """Return the sides of an equation."""
        if isinstance(equation, ArrayLine):
            right = in_latex(equation.formula, shapes=equation.shapes)
            return [spelled(equation.name), in_language(right, self.language)]
        return [self.formula(equation.left), *map(self.formula, equation.sides)]

    def _table(self, table: Table) -> str:
        """Set a table; a long one as several, since LaTeX would not break it."""
        head = " & ".join(self._head(one).replace(r"\frac", r"\dfrac") for one in table.head)
        rows = [" & ".join(f"${self.formula(one)}$" for one in row) for row in table.rows]
        parts = [rows[k : k + FEW_ROWS] for k in range(0, len(rows), FEW_ROWS)]
        columns = f"l{'r' * (len(table.head) - 1)}"
        return "\n".join(
            f"\\begin{{center}}\n\\begin{{tabular}}{{{columns}}}\n{head} \\\\[1.2ex] \\hline\n"
            + " \\\\\n".join(part)
            + "\n\\end{tabular}\n\\end{center}"
            for part in parts
        )

    def _head(self, head: Words | Side) -> str:
        return self.words(head) if isinstance(head, Words) else self.inline(head)

    def _product(self, product: Product) -> str:
        mark = f"({product.mark})\\quad " if product.mark else ""
        way = r" \to ".join(map(named, product.names))
        rows = self.product(product, self.room)
        return "\n".join([f"\n{mark}${way}$", r"\begin{align*}", *rows, r"\end{align*}"])

    def product(self, product: Product, room: float) -> Iterator[str]:
        """Yield the rows of a product: slopes, gates, symbols, numbers under each other."""
        share = self.formula(product.share)
        cells = [self._cell(cell, first=k == 0) for k, cell in enumerate(product.cells)]
        line: list[tuple[str, ...]] = []
        more = False
        for cell in cells:
            wide = sum(max(map(width, one)) + 1.05 for one in (*line, cell)) + width(share) + 2
            if line and wide > room:
                yield f"& {self.tight}{array(line, more)} \\\\"
                line, more = [], True
            line.append(cell)
        yield f"& {self.tight}{array(line, more, share)}"

    def _cell(self, cell: Cell, first: bool) -> tuple[str, ...]:
        symbol, value = map(self.formula, (cell.symbol, cell.value))
        loose = any(piece[0] in "+-" for piece in pieces(f"0 {symbol}")[1:])
        if loose or symbol.startswith("-"):
            symbol = f"({symbol})"
        value = f"({value})" if value.startswith("-") and not first else value
        rows = (slopes_of(cell.gates), symbol, value)
        if cell.slope is None:
            return rows
        return self.formula(cell.slope).replace(r"\frac", r"\dfrac"), *rows


Block = Words | Product | Table | list[Equation] | list[ArrayLine]


def blocks(section: Section) -> Iterator[Block]:
    """Yield what stands in a section; equations that follow each other are one block."""
    equations: list[Equation] = []
    arrays: list[ArrayLine] = []
    for line in section.lines:
        if equations and not isinstance(line, Equation):
            yield equations
            equations = []
        if arrays and not isinstance(line, ArrayLine):
            yield arrays
            arrays = []
        if isinstance(line, Equation):
            equations.append(line)
        elif isinstance(line, ArrayLine):
            arrays.append(line)
        else:
            yield line
    yield from filter(None, (equations, arrays))


def array(cells: Sequence[tuple[str, ...]], more: bool, share: str = "") -> str:
    """Set the factors of a product in columns: slopes, if they are said; gates, symbols, numbers.

    ``more`` is whether others stand before them; what they come to stands behind the numbers.
    """
    before = r"\cdot & " if more else ""
    rows = [before + r" & \cdot & ".join(row) for row in zip(*cells, strict=True)]
    columns = "c" * (2 * len(cells) - (not more))  # signs have columns: web pages know no others
    if share:
        columns, rows[-1] = f"{columns}l", f"{rows[-1]} & = {share}"
    ends = [" \\\\[1.6ex]"] * (len(rows) - 3) + [" \\\\[0.8ex]"] * 2 + [""]
    body = "\n".join(f"  {row}{end}" for row, end in zip(rows, ends, strict=True))
    return f"\\begin{{array}}{{{columns}}}\n{body}\n\\end{{array}}"


def aligned(rows: Sequence[Sequence[str]], room: float, inner: bool = False) -> str:
    """Set equations below each other, in columns where there is room for them.

    ``inner`` is for a place that is a formula already (``aligned`` for ``align*``).
    """
    count = max(map(len, rows))
    full = [[*row[:-1], *[""] * (count - len(row)), row[-1]] for row in rows]
    wide = sum(max(width(row[k]) for row in full) for k in range(count)) + 1.3 * (count - 1)
    if wide <= room and count > 1:
        name = "alignedat" if inner else "alignat*"
        lines = [
            f"{row[0]} &{' &&'.join(f'= {side}' if side else '' for side in row[1:])}"
            for row in full
        ]
        begin = rf"\begin{{{name}}}{{{count - 1}}}"
    else:
        name = "aligned" if inner else "align*"
        rest = room - max(width(row[0]) for row in rows) - 1.5  # what they share stands left
        lines = [line for row in rows for line in _broken(row, rest)]
        begin = rf"\begin{{{name}}}"
    body = " \\\\\n".join(lines)
    return f"{begin}\n{body}\n\\end{{{name}}}"


def _broken(row: Sequence[str], room: float) -> Iterator[str]:
    """Yield the lines of an equation: as many sides on each as fit, long ones on several."""
    left, *sides = row
    line = ""
    for side in sides:
        longer = f"{line} = {side}" if line else side
        if not line or width(longer) <= room:
            line = longer
        else:
            yield from _lines(left, line, room)
            left, line = "", side
    yield from _lines(left, line, room)


def _lines(left: str, side: str, room: float) -> Iterator[str]:
    first, *more = lines_of(side, room - 1)
    yield f"{left} &= {first}"
    for line in more:
        yield rf" &\quad {{}}{line}"
