"""Seeing that a picture from elsewhere does nothing but be seen."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from ..errors import CircuitError

_ELEMENTS = frozenset(
    {
        "svg", "title", "desc", "style", "defs", "g", "path", "rect", "circle", "ellipse", "line",
        "polyline", "polygon", "text", "tspan", "lineargradient", "radialgradient", "stop",
        "marker", "clippath", "mask", "pattern", "symbol", "use", "metadata",
    }
)  # fmt: skip
_OPEN_ENDED = re.compile(r"url\s*\(\s*['\"]?\s*[^#'\"\s]|@import|javascript:|expression\s*\(", re.I)


def checked(picture: str) -> str:
    """Return an SVG document that stands by itself, without what may come before it.

    Raises
    ------
    CircuitError
        If it is no SVG, has scripts or other elements that act, or refers to something outside.

    Examples
    --------
    >>> checked('<?xml version="1.0"?><svg viewBox="0 0 1 1"><g/></svg>')
    '<svg viewBox="0 0 1 1"><g/></svg>'
    """
    start = picture.find("<svg")
    if start < 0:
        raise CircuitError("picture is an SVG document, such as cp.draw_circuit(...); this is none")
    document = picture[start:].strip()
    reader = _Reader()
    reader.feed(document)
    reader.close()
    if reader.open or reader.roots != 1:
        raise CircuitError(
            "the picture is not one whole SVG document: "
            + (f"<{reader.open[-1]}> is never closed" if reader.open else "it has several parts")
        )
    return document


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.roots = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _ELEMENTS:
            raise CircuitError(f"the picture has an element <{tag}>, which pictures here cannot")
        self.roots += not self.open
        for name, value in attrs:
            inside = value or ""
            link = name.rpartition(":")[2] in ("href", "src") and not inside.startswith("#")
            if name.startswith("on") or link or _OPEN_ENDED.search(inside):
                raise CircuitError(f"the picture's <{tag}> acts or refers to elsewhere: {name}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise CircuitError(f"the picture is not well formed at </{tag}>")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style" and _OPEN_ENDED.search(data):
            raise CircuitError("the picture's style sheet refers to something outside it")
        if not self.open and data.strip():
            raise CircuitError("there is text outside the picture's <svg>")
