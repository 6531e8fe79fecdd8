"""The matrix form on a screen: with the shapes under every factor, or in short."""

from __future__ import annotations

from collections.abc import Iterator

from .array_writing import in_text, ruled
from .matrix_data import Line, MatrixForm
from .screen_lines import columns, side_by_side, wrapped
from .words import network_in_words, say

INDENT = 2


def to_text(form: MatrixForm, *, language: str = "en", width: int = 100) -> str:
    """Return a matrix form as text: each formula, and under it the shapes of its factors.

    Parameters
    ----------
    form : MatrixForm
    language : {"en", "zh"}
    width : int
        The longest line, in columns of the screen; longer formulas are broken before a sign.
    """
    return "\n".join(_lines(form, language, width)) + "\n"


def beside(
    form: MatrixForm, name: str, count: int, language: str, width: int
) -> Iterator[str]:  # fmt: skip
    """Yield a matrix form in short, to stand in the explanation of one number.

    Parameters
    ----------
    form : MatrixForm
    name : str
        What the number is called there.
    count : int
        How many samples there are.
    language : {"en", "zh"}
    width : int
    """
    template = "matrix beside" if form.entry in ("", name) else "matrix entry"
    yield say(language, template, count=count, name=name, entry=form.entry)
    lines = [form.derivative]
    if form.whole is None:  # by δ of its layer, which is by δ of the next
        names = form.derivative.formula.names()
        lines += [line for line in form.steps if line.name in names]
    for line in lines:
        yield from _equation(line, width)
    for line in form.needed_for(*lines):
        if line.name.isalpha():  # what a gate's slope is says its name: tanh′(Z1)
            yield from _plain(line, width)


def _lines(form: MatrixForm, language: str, width: int) -> Iterator[str]:
    title = say(language, "matrix", derivative=form.derivative.name)
    if form.entry:
        title += f" ({say(language, 'matrix asked', entry=form.entry, array=form.wrt)})"
    about = network_in_words(language, form.layers, form.activations, form.loss)
    yield from side_by_side(title, about, width)
    if form.whole is not None:
        yield from _equation(form.whole, width)
    if form.definitions:
        yield ""
        yield say(language, "matrix where")
        for line in form.definitions:
            yield from _plain(line, width)
    yield ""
    yield say(language, "forward")
    for line in form.forward:
        yield from _equation(line, width)
    yield ""
    yield say(language, "matrix steps")
    for line in form.steps:
        yield from _equation(line, width)
    yield ""
    yield from _prose(say(language, "matrix signs"), width)


def _equation(line: Line, width: int) -> Iterator[str]:
    return ruled(f"{line.name} = ", line.formula, width, INDENT)


def _plain(line: Line, width: int) -> Iterator[str]:
    """Write a definition, element by element, broken at blanks."""
    text = " " * INDENT + f"{line.name} = {in_text(line.formula)}"
    return wrapped(text, width, " " * (INDENT + 4))


def _prose(text: str, width: int) -> Iterator[str]:
    while columns(text) > width:
        cut = max(at for at, c in enumerate(text) if c in " ，；" and columns(text[:at]) < width)
        yield text[: cut + 1].rstrip()
        text = text[cut + 1 :]
    yield text
