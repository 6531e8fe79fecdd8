"""A derivation as one web page, which needs nothing else: no network, no fonts, no library.

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
from collections.abc import Iterator
from html import unescape

from .derivation import Derivation
from .figures import significant
from .html_style import SCRIPT, fragment_style, page_style
from .latex import Setter, filled
from .mathml import bracketed, dressed, named, pieces, printed
from .outline import Equation, Product, Section, Side, Words, outline_of
from .svg import escaped
from .svg_check import checked
from .words import say

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
    derivation: Derivation, language: str = "en", digits: int = 6, picture: str = ""
) -> str:
    """Return a derivation as one HTML page that is complete in itself.

    Parameters
    ----------
    derivation : Derivation
    language : {"en", "zh"}
    digits : int
        Significant digits of each number.
    picture : str or SVG, optional
        An SVG document to stand above, such as ``cp.draw_circuit(...)``: what has a name of the
        derivation in ``data-wire`` lights up with it.

    Raises
    ------
    CircuitError
        If there is no such language, the digits are none from 1 to 17, or the picture is no
        SVG, has scripts, or refers to something outside it.
    """
    view = _Html(derivation, language, digits)
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


def to_fragment(derivation: Derivation, language: str = "en", digits: int = 6) -> str:
    """Return a derivation as a part of a page, for notebooks: styled, without a script."""
    body = _Html(derivation, language, digits, alone=False).body("")
    lang = _LANG.get(language, language)
    style = f"<style>\n{fragment_style()}</style>"
    return f'<div class="clearprop fragment" lang="{lang}">\n{style}\n{body}\n</div>\n'


class _Html(Setter):
    def __init__(
        self, derivation: Derivation, language: str, digits: int, alone: bool = True
    ) -> None:
        self.d, self.language, self.digits, self.alone = derivation, language, digits, alone
        self.outline = outline_of(derivation, digits)
        self.wires = self.outline.wires

    def plain_text(self, text: str) -> str:
        """Return plain text as it stands in a page."""
        return escaped(text)

    def inline(self, side: Side) -> str:
        """Return a formula among words."""
        return dressed(printed(side, self.wires), self.language)

    def _shown(self, side: Side) -> str:
        return dressed(printed(side, self.wires), self.language, display=True)

    def words(self, words: Words) -> str:
        """Return words, filled in."""
        return filled(words, self.language, self)

    def title(self) -> str:
        """Return the question in plain letters."""
        d = self.d
        result = d.result if d.subject.kind == "circuit" else say(self.language, "the loss")
        value = significant(d.wrt_value, self.digits)
        return say(self.language, "question", wrt=d.wrt, value=value, result=result)

    def values(self, body: str) -> dict[str, str]:
        """Return what is said of each wire of the page: its value, and its derivative."""
        seen = set(re.findall(r'data-wire="([^"]*)"', body))
        slopes = {delta.name: delta.value for delta in self.d.deltas}
        found = {}
        for step in self.d.steps:
            name = escaped(step.name)
            if name not in seen:
                continue
            text = f"{step.name} = {significant(step.value, self.digits)}"
            if step.name in slopes:
                slope = significant(slopes[step.name], self.digits)
                text += f"    ∂{self.d.result}/∂{step.name} = {slope}"
            found[unescape(name)] = text
        return found

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
        steps: list[str] = []
        for line in (*section.lines, None):
            if isinstance(line, Equation):
                steps.append(self._equation(line))
                continue
            if steps:
                parts.append('<div class="steps">\n' + "\n".join(steps) + "\n</div>")
                steps = []
            if isinstance(line, Words):
                parts.append(f"<p>{self.words(line)}</p>")
            elif isinstance(line, Product):
                parts.append(self._product(line))
        inside = "\n".join(parts)
        return f'<section class="{section.kind}">\n{inside}\n</section>'

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
            yield (
                f'<div class="factor" data-wire="{wire}"{self._focus()}>'
                f"<div>{self._shown(cell.slope)}</div>"
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
