"""SVG documents as values: text that is safe to put anywhere, files, notebooks, PNG.

>>> picture = SVG(tag("circle", cx=10, cy=10, r=5), 20, 20, "A dot", "One dot.")
>>> "<title" in str(picture) and "<script" not in str(picture)
True

There are no scripts in a document, no references to anything outside it, and no fonts but the
generic families. Its colours stand in a style sheet of its own.
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

from ..errors import CircuitError, MissingExtraError
from .svg_theme import THEMES, sheet

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
# Widths of letters in parts of the size of the font: those of a wide font, to be safe.
_WIDTHS = {
    **dict.fromkeys("ijlI.,:;'|!() []ftr/", 0.41),
    **dict.fromkeys("mMwW@%", 0.99),
    **dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ+=<>#&×÷−", 0.84),
}


def escaped(text: str) -> str:
    """Return a text as it stands in XML, between tags and in attributes."""
    return "".join(_ESCAPES.get(c, c) if _allowed(c) else "\N{REPLACEMENT CHARACTER}" for c in text)


def _allowed(letter: str) -> bool:
    code = ord(letter)
    if code < 0x20 or 0x7F <= code < 0xA0:
        return letter in "\t\n\r"
    return not (0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE)


def coordinate(value: float) -> str:
    """Return a length with at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def tag(name: str, *content: str, **attributes: object) -> str:
    """Return an element. ``_`` in the names of attributes stands for ``-``; None is left out.

    >>> tag("text", escaped("a < b"), x=1.5, class_="name", data_wire='"q"')
    '<text x="1.5" class="name" data-wire="&quot;q&quot;">a &lt; b</text>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(content)
    return f"<{name}{written}>{inside}</{name}>" if content else f"<{name}{written}/>"


def _attribute(value: object) -> str:
    return coordinate(value) if isinstance(value, int | float) else escaped(str(value))


def label(text: str, x: float, y: float, kind: str, anchor: str = "middle") -> str:
    """Return one line of text."""
    return tag("text", escaped(text), x=x, y=y, class_=kind, text_anchor=anchor)


def identifier(kind: str, name: str) -> str:
    """Return an id made of a name: other names, other ids, and letters that are safe anywhere.

    >>> identifier("wire", "net_h1"), identifier("wire", "W1[0,2]")
    ('wire-net_h1', 'wire-W1-5b-0-2c-2-5d-')
    """
    safe = "".join(
        c if c.isascii() and (c.isalnum() or c == "_") else f"-{ord(c):x}-" for c in name
    )
    return f"{kind}-{safe}"


def text_width(text: str, size: float) -> float:
    """Return how much room a text needs, at most, in a common sans-serif font.

    >>> round(text_width("0.5933", 12))
    43
    """
    return size * sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.02
    return _WIDTHS.get(letter, 0.64 if letter.isascii() else 0.84)


def shortened(text: str, most: int = 24) -> str:
    """Return a text with dots in place of its middle, where it is too long to be read."""
    clean = " ".join(text.split())
    head = (most - 1) // 2
    return clean if len(clean) <= most else f"{clean[:head]}…{clean[head + 1 - most :]}"


def check_theme(theme: str) -> str:
    """Return a theme that there is."""
    if theme not in THEMES:
        raise CircuitError(f"theme is one of {', '.join(THEMES)}, not {theme!r}")
    return theme


@dataclass(frozen=True)
class SVG:
    """A picture.

    Attributes
    ----------
    content : str
        What is drawn, as SVG elements.
    width, height : float
        In CSS pixels.
    title, description : str
        What it shows, for those who do not see it.
    theme : {"auto", "light", "dark"}
        ``auto``: as the reader's system is set.
    """

    content: str
    width: float
    height: float
    title: str
    description: str
    theme: str = "auto"

    @property
    def text(self) -> str:
        """The whole document."""
        width, height = coordinate(self.width), coordinate(self.height)
        mark = f"{crc32(f'{self.title}{self.content}'.encode('utf-8', 'replace')):08x}"
        style = f"clearprop-{self.theme}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" class="{style}" '
            f'aria-labelledby="title-{mark} desc-{mark}">\n'
            f'<title id="title-{mark}">{escaped(self.title)}</title>\n'
            f'<desc id="desc-{mark}">{escaped(self.description)}</desc>\n'
            f"<style>\n{sheet(self.theme)}</style>\n"
            f'<rect class="paper" width="{width}" height="{height}" rx="8"/>\n'
            f"{self.content}\n</svg>\n"
        )

    def __str__(self) -> str:
        return self.text

    def _repr_svg_(self) -> str:
        return self.text

    def themed(self, theme: str) -> SVG:
        """Return this picture in another theme."""
        return replace(self, theme=check_theme(theme))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the document to a file (as PNG, where the file's name ends so)."""
        if Path(path).suffix.lower() == ".png":
            self.to_png(path)
        else:
            Path(path).write_text(self.text, encoding="utf-8", newline="\n")

    def to_png(self, path: str | os.PathLike[str] | None = None, scale: float = 2.0) -> bytes:
        """Return the picture as PNG, and write it to a file if one is named.

        Parameters
        ----------
        path : path, optional
        scale : float
            Pixels of the PNG for each of the picture's: 2 for sharp screens, 4 for print.

        Raises
        ------
        MissingExtraError
            If resvg-py is not installed (the extra ``png``).
        CircuitError
            If the scale would make a picture without pixels, or of more than 100 million.
        """
        if not 0 < scale < float("inf") or not 1 <= self.width * self.height * scale**2 <= 1e8:
            raise CircuitError(
                f"a scale of {scale!r} makes {self.width * scale:.0f} x {self.height * scale:.0f} "
                "pixels; take one that makes at least 1 and at most 100 million"
            )
        try:
            import resvg_py  # noqa: PLC0415 (only when a PNG is asked for)
        except ImportError:
            raise MissingExtraError("resvg-py", "png", "a picture as PNG") from None
        # A PNG has no reader's setting to follow; on paper it is light.
        flat = self.themed("light") if self.theme == "auto" else self
        png = bytes(resvg_py.svg_to_bytes(svg_string=flat.text, zoom=scale))
        if path is not None:
            Path(path).write_bytes(png)
        return png
