r"""How the text of a program is set: statements in lines of a readable width, and numbers.

>>> print(*statement("loss", "losses.sum() / len(X)", "()"))
loss = losses.sum() / len(X)  # ()
>>> print(*array_lines(np.array([[0.1, 0.25], [1e-300, -0.0]])), sep="\n")
np.array([
    [0.1, 0.25],
    [1e-300, -0.0],
])
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, Any]

WIDTH = 100
INDENT = " " * 4
MANY = 2_000  # numbers of an array that are still written as nested lists

_OPENING, _CLOSING = "([{", ")]}"
_OPERATORS = (" + ", " - "), (" * ", " / ", " @ ")


def statement(name: str, text: str, comment: str = "", *, width: int = WIDTH - 4) -> list[str]:
    """Return the lines of ``name = text``, or of a return where the name is ``return``."""
    head = "return " if name == "return" else f"{name} = "
    tail = f"  # {comment}" if comment else ""
    if len(head + text + tail) <= width:
        return [head + text + tail]
    above = [f"# {name}: {comment}"] if comment else []
    if len(head + text) <= width:
        return [*above, head + text]
    if len(parts := _terms(text)) > 1 and not _ends_in_brackets(text):
        inside = [line for part in parts for line in _broken(part, width - 4)]
        return [*above, f"{head}(", *indented(inside), ")"]
    first, *rest = _broken(text, width, head)
    return [*above, head + first, *rest]


def _broken(text: str, room: int, head: str = "") -> list[str]:
    """Return an expression that stands within brackets, or after a head, as lines."""
    if len(head + text) <= room:
        return [text]
    if len(parts := _terms(text)) > 1 and not _ends_in_brackets(text):
        return [line for part in parts for line in _broken(part, room)]
    start, end = _last_brackets(text)
    if start < 0 or end - start < 2:
        return [text]
    inside = _split(text[start + 1 : end], (", ",))
    lines = []
    for place, part in enumerate(inside):
        *before, last = _broken(part, room - 5)
        comma = "," if place < len(inside) - 1 or len(inside) > 1 else ""
        lines += [*before, last + comma]
    return [text[: start + 1], *indented(lines), text[end:]]


def _ends_in_brackets(text: str) -> bool:
    """Whether most of a product is its last factor, in brackets: dA1 * (...)."""
    start, end = _last_brackets(text)
    product = len(_split(text, _OPERATORS[0])) == 1
    return product and end == len(text) - 1 and 0 < start <= 40 and end - start > 40


def _terms(text: str) -> list[str]:
    """Split a sum into its terms, or a product into its factors, each with its sign."""
    for signs in _OPERATORS:
        if len(parts := _split(text, signs, keep=True)) > 1:
            return parts
    return [text]


def _split(text: str, signs: Sequence[str], *, keep: bool = False) -> list[str]:
    """Split at signs that stand in no brackets."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in _OPENING) - (letter in _CLOSING)
        found = depth == 0 and next((s for s in signs if text.startswith(s, place)), "")
        if found:
            parts.append(text[start:place])
            start = place + (1 if keep else len(found))
    return [*parts, text[start:]]


def _last_brackets(text: str) -> tuple[int, int]:
    """Return where the last pair of outermost brackets with something in it opens and closes."""
    depth, start, best = 0, -1, (-1, -1)
    for place, letter in enumerate(text):
        if letter in _OPENING:
            start = place if depth == 0 else start
            depth += 1
        elif letter in _CLOSING:
            depth -= 1
            if depth == 0 and place - start > best[1] - best[0]:
                best = start, place
    return best


def indented(lines: Iterable[str], by: str = INDENT) -> list[str]:
    """Return lines moved to the right."""
    return [by + line if line else line for line in lines]


def aligned(lines: Sequence[str], limit: int = 64) -> list[str]:
    """Put the comments at the ends of a block's lines under each other."""
    pairs = [line.partition("  # ") for line in lines]
    ends = [len(code) for code, mark, _ in pairs if mark and len(code) <= limit]
    column = max(ends, default=0)
    lines = []
    for code, mark, note in pairs:
        line = f"{code:<{column}}{mark}{note}".rstrip()
        lines.append(line if len(line) <= WIDTH - 4 else f"{code}{mark}{note}")
    return lines


def prose(text: str, width: int = WIDTH - 4) -> str:
    """Return words from elsewhere for a docstring or a comment, in which they cannot end it."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return textwrap.shorten(plain.replace("\\", "/").replace('"', "'"), width, placeholder=" ...")


def array_lines(array: Array) -> list[str]:
    """Return an array as Python, with every bit of it."""
    kind = ", dtype=np.float32" if array.dtype == np.float32 else ""
    if array.size > MANY:
        sizes = ", ".join(map(str, array.shape))
        words = textwrap.wrap(" ".join(_texts(array)), WIDTH - 8, break_on_hyphens=False)
        return ['numbers("""', *words, f'""", {sizes})']
    if array.ndim < 2:
        text = f"[{', '.join(_texts(array))}]" if array.ndim else _texts(array)[0]
        if len(text) <= WIDTH - 24 - len(kind):
            return [f"np.array({text}{kind})"]
        return ["np.array([", *indented(_row(array)), f"]{kind})"]
    rows: list[str] = []
    for row in array:
        text = f"[{', '.join(_texts(row))}],"
        whole = len(text) <= WIDTH - 8
        rows += [text] if whole else ["[", *indented(_row(row)), "],"]
    return ["np.array([", *indented(rows), f"]{kind})"]


def _row(numbers: Array) -> list[str]:
    text = ", ".join(_texts(numbers)) + ","
    return textwrap.wrap(text, WIDTH - 12, break_on_hyphens=False)


def _texts(array: Array) -> list[str]:
    """Return the shortest texts that read back as the very numbers."""
    flat = array.ravel()
    if array.dtype == np.float32:
        # Read as a double and then rounded, a short text might come to the number beside it.
        texts = [str(number) for number in flat]
        same = np.array([float(text) for text in texts], np.float64).astype(np.float32) == flat
        exact = flat.astype(np.float64).tolist()
        texts = [t if ok else repr(e) for t, ok, e in zip(texts, same, exact, strict=True)]
    else:
        texts = [repr(number) for number in flat.tolist()]
    if array.size > MANY:
        return texts
    return [re.sub("(nan|inf)", r"np.\1", text) for text in texts]
