"""Colours of an explanation on a terminal: values green, derivatives red, as in the pictures.

Only what is there is coloured: the text is the same without.

>>> (text,) = coloured(["  dloss/dw1 = (1) + (2) = 0.5"], "w1")
>>> [(text.plain[span.start : span.end], span.style) for span in text.spans]
[('0.5', 'red'), ('w1', 'bold cyan')]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich.text import Text

VALUE, SLOPE, NAME, HEAD, SOFT = "green", "red", "bold cyan", "bold", "dim"

_NUMBER = r"-?(?:\d[\d.]*(?:e-?\d+)?|inf|nan)"
_RESULT = re.compile(rf"= ({_NUMBER})$")
_PRODUCT = re.compile(rf"{_NUMBER}(?: *· {_NUMBER})* *(?:·|= {_NUMBER})?$")
_GATES = re.compile(r"(?:[^\s·(]+'(?: *· *|·|$))+$")
_ROW = re.compile(rf"([^\s=]+) +({_NUMBER})(?: +({_NUMBER}))?(?: +({_NUMBER}))?$")
_DERIVATIVE = re.compile(r"[d∂δ(Σ]?\S*/[d∂]|δ|\(?-?\d|\(\d+\)")


def coloured(lines: Iterable[str], name: str) -> Iterator[Text]:
    """Yield the lines of an explanation's text with their colours.

    Parameters
    ----------
    lines : iterable of str
    name : str
        What is explained; it stands out.
    """
    style = VALUE
    for line in lines:
        text, body = Text(line), line.strip()
        start = len(line) - len(line.lstrip())
        if not body.startswith("="):  # else an equation goes on
            style = SLOPE if _DERIVATIVE.match(body) else VALUE
        if body and not start:
            head = re.match(r"\S+(?= {4})|.*", body)
            text.stylize(HEAD, 0, head.end() if head else None)
        elif _PRODUCT.match(body):
            text.stylize(SLOPE, start)
        elif _GATES.match(body):
            text.stylize(SOFT, start)
        elif row := _ROW.match(body):
            for group, colour in ((2, VALUE), (3, SLOPE), (4, VALUE)):
                if row[group]:
                    text.stylize(colour, start + row.start(group), start + row.end(group))
        elif result := _RESULT.search(line):
            text.stylize(style, *result.span(1))
        if name:
            text.highlight_regex(rf"(?:(?<![\w\]\[.])|(?<=/d)){re.escape(name)}(?![\w\[])", NAME)
        yield text
