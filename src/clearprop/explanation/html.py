"""An explanation as one web page, which needs nothing else: no network, no fonts, no library.

Formulas are MathML. Whatever lies on one wire lights up together, in formulas and in the
picture, where it is pointed at, tapped, or reached with the keyboard.

>>> import clearprop as cp
>>> x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
>>> page = to_html(cp.explain((x + y) * z, wrt="x"))
>>> "default-src 'none'" in page, "://" in page
(True, False)
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from html import unescape

from .array_mathml import in_mathml, name_in_mathml
from .figures import significant
from .html_style import SCRIPT, fragment_style, page_style
from .latex import Setter, blocks, filled
from .mathml import bracketed, dressed, named, pieces, printed
from .outline import ArrayLine, Equation, Product, Section, Side, Table, Words
from .svg import escaped
from .svg_check import checked
from .views import Explanation
from .words import say
from .writing import slopes_of

_LANG = {"zh": "zh-Hans"}
_PAGE = """\
<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main class="clearprop">
{body}
<div class="says" role="status" aria-live="polite">{hint}</div>
</main>
<script type="application/json" id="values">{values}</script>
<script>{script}</script>
</body>
</html>
"""


def to_html(
    explanation: Explanation, language: str = "en", digits: int = 6, picture: str = ""
) -> str:
    """Return an explanation as one HTML page that is complete in itself.

    Parameters
    ----------
    explanation : Derivation, LayerDerivation, ParameterTable or MatrixForm
    language : {"en", "zh"}
    digits : int
        Significant digits of each number.
    picture : str or SVG, optional
        An SVG document to stand above, such as ``cp.draw_circuit(...)``: what has a name of the
        explanation in ``data-wire`` lights up with it.

    Raises
    ------
    CircuitError
        If there is no such language, the digits are none from 1 to 17, or the picture is no
        SVG, has scripts, or refers to something outside it.
    """
    view = _Html(explanation, language, digits)
    body = view.body(checked(str(picture)) if picture else "")
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    values = json.dumps(view.values(body), ensure_ascii=False)
    for letter in "<>&":  # nothing in a name can end the element that holds it
        values = values.replace(letter, f"\\u{ord(letter):04x}")
    return _PAGE.format(
        lang=_LANG.get(language, language), hash=digest, style=page_style(), body=body,
        title=escaped(view.title()), hint=escaped(say(language, "hint")), values=values,
        script=SCRIPT,
    )  # fmt: skip


def to_fragment(explanation: Explanation, language: str = "en", digits: int = 6) -> str:
    """Return an explanation as a part of a page, for notebooks: styled, without a script."""
    body = _Html(explanation, language, digits, alone=False).body("")
    lang = _LANG.get(language, language)
    style = f"<style>\n{fragment_style()}</style>"
    return f'<div class="clearprop fragment" lang="{lang}">\n{style}\n{body}\n</div>\n'


class _Letters(Setter):
    """Plain letters, for a page's title."""

    def plain_text(self, text: str) -> str:
        """Return the text."""
        return text

    def inline(self, side: Side) -> str:
        """Return a name or a number."""
        tree = side.tree
        return tree.name or significant(tree.value, side.constants)


class _Html(Setter):
    def __init__(
        self, explanation: Explanation, language: str, digits: int, alone: bool = True
    ) -> None:
        self.language, self.digits, self.alone = language, digits, alone
        self.outline = explanation.outline(digits)
        self.wires = self.outline.wires

    def plain_text(self, text: str) -> str:
        """Return plain text as it stands in a page."""
        return escaped(text)

    def inline(self, side: Side) -> str:
        """Return a formula among words."""
        return dressed(printed(side, self.wires), self.language)

    def _shown(self, side: Side) -> str:
        return dressed(printed(side, self.wires), self.language, display=True)

    def title(self) -> str:
        """Return the question in plain letters."""
        return filled(self.outline.question, self.language, _Letters())

    def values(self, body: str) -> dict[str, str]:
        """Return what is said of each wire of the page: its value, and its derivative."""
        seen = set(re.findall(r'data-wire="([^"]*)"', body))
        notes = ((escaped(name), text) for name, text in self.outline.notes.items())
        return {unescape(name): text for name, text in notes if name in seen}

    def body(self, picture: str) -> str:
        """Return the page's content."""
        page = self.outline
        parts = [self._heading("h1", self.words(page.question))]
        if page.about:
            about = escaped(say(self.language, "between")).join(map(self.words, page.about))
            parts.append(f'<p class="about">{about}</p>')
        if picture:
            parts.append(f'<figure class="picture">{picture}</figure>')
        return "\n".join([*parts, *map(self._section, page.sections)])

    def _heading(self, level: str, text: str) -> str:
        if self.alone:
            return f"<{level}>{text}</{level}>"
        kind = "title" if level == "h1" else "heading"  # a notebook has headings of its own
        return f'<div class="{kind}">{text}</div>'

    def _section(self, section: Section) -> str:
        parts = [self._heading("h2", self.words(section.heading))]
        for block in blocks(section):
            if isinstance(block, Words):
                parts.append(f"<p>{self.words(block)}</p>")
            elif isinstance(block, Product):
                parts.append(self._product(block))
            elif isinstance(block, Table):
                parts.append(self._table(block))
            else:
                steps = [
                    self._equation(one) if isinstance(one, Equation) else self._arrays(one)
                    for one in block
                ]
                parts.append('<div class="steps">\n' + "\n".join(steps) + "\n</div>")
        inside = "\n".join(parts)
        return f'<section class="{section.kind}">\n{inside}\n</section>'

    def _table(self, table: Table) -> str:
        """Set a table; it can be moved sideways where the screen is narrow."""
        head = "".join(
            f"<th>{self.words(one) if isinstance(one, Words) else self._shown(one)}</th>"
            for one in table.head
        )
        rows = "\n".join(self._row(row) for row in table.rows)
        return (
            f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{rows}\n</tbody>\n</table></div>"
        )

    def _row(self, row: Sequence[Side]) -> str:
        wire = escaped(row[0].tree.name)
        name, *cells = (self.inline(one) for one in row)
        numbers = "".join(f"<td>{cell}</td>" for cell in cells)
        return f'<tr data-wire="{wire}"{self._focus()}><th scope="row">{name}</th>{numbers}</tr>'

    def _arrays(self, line: ArrayLine) -> str:
        """Set an equation of whole arrays, in pieces between which a line may end."""
        wire = escaped(line.name)
        right = "".join(in_mathml(line.formula, self.language, shapes=line.shapes))
        return (
            f'<div class="step arrays"><span class="left" data-wire="{wire}"{self._focus()}>'
            f'{name_in_mathml(line.name, self.language)}</span><span class="sides">'
            f"{_EQUALS}{right}</span></div>"
        )

    def _focus(self) -> str:
        return ' tabindex="0"' if self.alone else ""

    def _equation(self, equation: Equation) -> str:
        *sides, value = equation.sides
        wire = escaped(equation.wire)
        middle = "".join(f'<span class="side">{self._side(side)}</span> ' for side in sides)
        return (
            f'<div class="step"><span class="left" data-wire="{wire}"{self._focus()}>'
            f'{self._shown(equation.left)}</span><span class="sides">{middle}</span>'
            f'<span class="value">{_EQUALS}<span data-wire="{wire}">{self.inline(value)}</span>'
            "</span></div>"
        )

    def _side(self, side: Side) -> str:
        """Set one side of an equation, in pieces between which a line may end."""
        text = printed(side, self.wires)
        return f"{_EQUALS}" + "".join(
            dressed(one, self.language, display=True) for one in pieces(text)
        )

    def _product(self, product: Product) -> str:
        mark = f'<span class="mark">({product.mark})</span>' if product.mark else ""
        way = f' <span class="arrow">→</span> '.join(  # noqa: F541 (quotes within)
            f"<math>{named(name, self.wires)}</math>" for name in product.names
        )
        cells = "\n".join(self._cells(product))
        share = f'<div class="share">{_EQUALS}{self.inline(product.share)}</div>'
        return (
            f'<div class="path">\n<div class="way">{mark}{way}</div>\n'
            f'<div class="product">\n{cells}\n{share}\n</div>\n</div>'
        )

    def _cells(self, product: Product) -> Iterator[str]:
        for number, cell in enumerate(product.cells):
            wire = escaped(cell.by)
            symbol = self._bracketed(cell.symbol, after=True)
            value = self._bracketed(cell.value, after=number > 0)
            inner = escaped(cell.symbol.tree.name) or wire
            slope = f"<div>{self._shown(cell.slope)}</div>" if cell.slope else "<div></div>"
            yield (
                f'<div class="factor" data-wire="{wire}"{self._focus()}>'
                f'{slope}<div class="gates">{escaped(slopes_of(cell.gates))}</div>'
                f'<div class="symbol">{symbol}</div>'
                f'<div class="numbers" data-wire="{inner}">{value}</div></div>'
            )

    def _bracketed(self, side: Side, after: bool) -> str:
        """Set a factor of a product: a sum in brackets, and so what begins with a minus."""
        text = printed(side, self.wires)
        if (text.startswith("-") and after) or len(pieces(text)) > 1:
            text = bracketed(text)
        return dressed(text, self.language)


_EQUALS = '<span class="equals">=</span>'
