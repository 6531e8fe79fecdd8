r"""An explanation as Markdown, for GitHub and notebooks: formulas between dollars, and tables.

>>> import clearprop as cp
>>> x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
>>> print(to_markdown(cp.explain((x + y) * z, wrt="x")).split("\n\n")[2])
| step | formula | numbers | value |
| --- | --- | --- | --- |
| $g_1$ | $x + y$ | $-2 + 5$ | $3$ |
| $f$ | $g_1 z$ | $3 \cdot (-4)$ | $-12$ |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .latex import Page, aligned, blocks
from .latex_math import named
from .outline import ArrayLine, Equation, Outline, Product, Section, Table, Words
from .views import Explanation
from .words import say

_TABLES = ("forward", "deltas", "back", "split")  # sections whose equations stand in a table
ROOM = 60.0  # ems; a page on a screen is wide, and what is wider can be moved sideways
_ESCAPES = {c: f"\\{c}" for c in "\\`*_{}[]<>#|$~"} | {"&": "&amp;"}


def to_markdown(explanation: Explanation, language: str = "en", digits: int = 6) -> str:
    """Return an explanation as Markdown, with formulas between ``$`` and ``$$``.

    Parameters
    ----------
    explanation : Derivation, LayerDerivation, ParameterTable or MatrixForm
    language : {"en", "zh"}
    digits : int
        Significant digits of each number.

    Raises
    ------
    CircuitError
        If there is no such language, or the digits are none from 1 to 17.
    """
    return _Markdown(explanation, language, digits, ROOM).text()


def to_display(explanation: Explanation, language: str = "en", digits: int = 6) -> str:
    """Return what matters most as one formula between ``$$``, for notebooks.

    Of a derivation that is the chain rule, of a table its rows, of a matrix form the whole.
    """
    page = _Markdown(explanation, language, digits, ROOM)
    rows = [row for section in _main(page.outline) for row in page.displays(section)]
    body = " \\\\[2ex]\n".join(f"& {row}" for row in rows)
    return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"


def _main(outline: Outline) -> list[Section]:
    for kinds in (("chain", "deltas"), ("table",), ("whole", "where")):
        found = [section for section in outline.sections if section.kind in kinds]
        if found:
            return found
    return list(outline.sections)


class _Markdown(Page):
    tight = ""  # web pages set their own distances

    def plain_text(self, text: str) -> str:
        printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
        return "".join(_ESCAPES.get(letter, letter) for letter in printable)

    def text(self) -> str:
        page = self.outline
        parts = [f"## {self.words(page.question)}"]
        if page.about:
            parts.append(say(self.language, "between").join(map(self.words, page.about)))
        for section in page.sections:
            parts += self._parts(section)
        return "\n\n".join(parts) + "\n"

    def _parts(self, section: Section) -> list[str]:
        parts = [f"### {self.words(section.heading)}"]
        for block in blocks(section):
            if isinstance(block, Words):
                parts.append(self.words(block))
            elif isinstance(block, Product):
                parts += [self._way(block), f"$$\n{self.display(block)}\n$$"]
            elif isinstance(block, Table):
                parts.append(self._table(block))
            elif isinstance(block[0], Equation) and section.kind in _TABLES:
                parts.append(self._steps([self.row(one) for one in block]))
            else:
                parts += [f"$$\n{self.equations([one])}\n$$" for one in block]
        return parts

    def displays(self, section: Section) -> Iterator[str]:
        """Yield the formulas of a section, each as one."""
        for block in blocks(section):
            if isinstance(block, Product):
                yield self.display(block)
            elif isinstance(block, Table):
                yield self._array_of(block)
            elif not isinstance(block, Words):
                yield self.equations(block)

    def _way(self, product: Product) -> str:
        mark = f"**({product.mark})** " if product.mark else ""
        return mark + "$" + r" \to ".join(map(named, product.names)) + "$"

    def display(self, product: Product) -> str:
        """Return a path's product as one formula."""
        rows = list(self.product(product, self.room))
        if len(rows) == 1:
            return rows[0].removeprefix("& ")
        return "\\begin{aligned}\n" + "\n".join(rows) + "\n\\end{aligned}"

    def equations(self, equations: Sequence[Equation | ArrayLine]) -> str:
        """Return equations as one formula."""
        return aligned([self.row(one) for one in equations], self.room, inner=True)

    def _table(self, table: Table) -> str:
        head = [self._head(one) for one in table.head]
        lines = [f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
        for row in table.rows:
            lines.append("| " + " | ".join(_in_table(self.formula(one)) for one in row) + " |")
        return "\n".join(lines)

    def _array_of(self, table: Table) -> str:
        """Return a table as one formula."""
        head = [rf"\text{{{self.words(one)}}}" if isinstance(one, Words) else self.formula(one)
                for one in table.head]  # fmt: skip
        rows = [" & ".join(map(self.formula, row)) for row in table.rows]
        body = " \\\\\n".join([f"{' & '.join(head)} \\\\ \\hline", *rows])
        columns = f"l{'r' * (len(head) - 1)}"
        return f"\\begin{{array}}{{{columns}}}\n{body}\n\\end{{array}}"

    def _steps(self, rows: Sequence[Sequence[str]]) -> str:
        head = [say(self.language, key) for key in ("step", "formula", "numbers", "value")]
        lines = [f"| {' | '.join(head)} |", f"|{' --- |' * 4}"]
        for left, *sides in rows:
            full = [left, *sides[:-1], *[""] * (3 - len(sides)), sides[-1]]
            lines.append("| " + " | ".join(_in_table(cell) for cell in full) + " |")
        return "\n".join(lines)


def _in_table(cell: str) -> str:
    """Return a formula for a cell; a bar would end the cell."""
    return "$" + cell.replace("|", r"\vert ") + "$" if cell else ""
