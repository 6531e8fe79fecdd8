r"""Lines for a screen: how wide they are, filled up, broken at blanks.

>>> columns("loss"), columns("损失"), pad("z", 3) + "|"
(4, 4, 'z  |')
>>> print(*wrapped("  a + b + c", 9, "    "), sep="\n")
  a + b +
    c
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator


def columns(text: str) -> int:
    """Return how many columns of a screen a text takes; Chinese characters take two."""
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
        if not unicodedata.combining(c)
    )


def pad(text: str, width: int) -> str:
    """Fill a text up with blanks."""
    return text + " " * max(0, width - columns(text))


def wrapped(text: str, width: int, indent: str = "        ") -> Iterator[str]:
    """Break a line at blanks; what follows is indented."""
    while columns(text) > width:
        cut = text.rfind(" ", len(indent) + 1, width)
        if cut < 0:
            break
        yield text[:cut].rstrip()
        text = indent + text[cut:].lstrip()
    yield text


def side_by_side(title: str, rest: str, width: int) -> Iterator[str]:
    """Write a title and what it is about in one line where there is room, else below it."""
    if columns(title) + 4 + columns(rest) <= width:
        yield f"{title}    {rest}" if rest else title
    else:
        yield title
        yield from wrapped(rest, width, "  ")
