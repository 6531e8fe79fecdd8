r"""A derivation as Markdown, for GitHub and notebooks: formulas between dollars, and tables.

>>> import clearprop as cp
>>> x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
>>> print(to_markdown(cp.explain((x + y) * z, wrt="x")).split("\n\n")[2])
| step | formula | numbers | value |
| --- | --- | --- | --- |
| $g_1$ | $x + y$ | $-2 + 5$ | $3$ |
| $f$ | $g_1 z$ | $3 \cdot (-4)$ | $-12$ |
"""

from __future__ import annotations

from collections.abc import Sequence

from .derivation import Derivation
from .latex import Page, aligned
from .latex_math import named
from .outline import Equation, Product, Section, derivative_name
from .words import say

ROOM = 60.0  # ems; a page on a screen is wide, and what is wider can be moved sideways
_ESCAPES = {c: f"\\{c}" for c in "\\`*_{}[]<>#|$~"} | {"&": "&amp;"}


def to_markdown(derivation: Derivation, language: str = "en", digits: int = 6) -> str:
    """Return a derivation as Markdown, with formulas between ``$`` and ``$$``.

    Parameters
    ----------
    derivation : Derivation
    language : {"en", "zh"}
    digits : int
        Significant digits of each number.

    Raises
    ------
    CircuitError
        If there is no such language, or the digits are none from 1 to 17.
    """
    return _Markdown(derivation, language, digits, ROOM).text()


def to_display(derivation: Derivation, language: str = "en", digits: int = 6) -> str:
    """Return the chain rule alone, as one formula between ``$$``, for notebooks."""
    page = _Markdown(derivation, language, digits, ROOM)
    rows = []
    for section in page.outline.sections:
        if section.kind in ("chain", "deltas"):
            rows = [page.display(line) for line in section.lines if isinstance(line, Product)]
            rows.append(page.equations([e for e in section.lines if isinstance(e, Equation)]))
    body = " \\\\[2ex]\n".join(f"& {row}" for row in rows if row)
    if not body:
        zero = named(derivative_name(derivation.result, derivation.wrt))
        return f"$$\n{zero} = 0\n$$"
    return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"


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
        if section.kind in ("forward", "deltas"):
            words = [line for line in section.lines if not isinstance(line, Equation)]
            parts += [self.words(line) for line in words if not isinstance(line, Product)]
            rows = [self.row(line) for line in section.lines if isinstance(line, Equation)]
            return [*parts, self._table(rows)] if rows else parts
        for line in section.lines:
            if isinstance(line, Product):
                parts += [self._way(line), f"$$\n{self.display(line)}\n$$"]
            elif isinstance(line, Equation):
                parts.append(f"$$\n{self.equations([line])}\n$$")
            else:
                parts.append(self.words(line))
        return parts

    def _way(self, product: Product) -> str:
        mark = f"**({product.mark})** " if product.mark else ""
        return mark + "$" + r" \to ".join(map(named, product.names)) + "$"

    def display(self, product: Product) -> str:
        """Return a path's product as one formula."""
        rows = list(self.product(product, self.room))
        if len(rows) == 1:
            return rows[0].removeprefix("& ")
        return "\\begin{aligned}\n" + "\n".join(rows) + "\n\\end{aligned}"

    def equations(self, equations: Sequence[Equation]) -> str:
        """Return equations as one formula."""
        rows = [self.row(one) for one in equations]
        return aligned(rows, self.room, inner=True) if rows else ""

    def _table(self, rows: Sequence[Sequence[str]]) -> str:
        head = [say(self.language, key) for key in ("step", "formula", "numbers", "value")]
        lines = [f"| {' | '.join(head)} |", f"|{' --- |' * 4}"]
        for left, *sides in rows:
            full = [left, *sides[:-1], *[""] * (3 - len(sides)), sides[-1]]
            lines.append("| " + " | ".join(_in_table(cell) for cell in full) + " |")
        return "\n".join(lines)


def _in_table(cell: str) -> str:
    """Return a formula for a cell; a bar would end the cell."""
    return "$" + cell.replace("|", r"\vert ") + "$" if cell else ""
