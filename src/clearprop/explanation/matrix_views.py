"""The matrix form on a screen and in LaTeX."""

from __future__ import annotations

from collections.abc import Iterator

from .array_writing import columns, in_latex, in_text, ruled, spelled
from .matrix import MatrixForm
from .matrix_reading import Line
from .words import say

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


def _lines(form: MatrixForm, language: str, width: int) -> Iterator[str]:
    kinds = list(dict.fromkeys(a for a in form.activations if a != "identity"))
    title = say(language, "matrix", derivative=form.derivative.name)
    about = say(
        language, "network", layers="-".join(map(str, form.layers)),
        activations=", ".join(kinds) or "identity", loss=form.loss.replace("_", " "),
    )  # fmt: skip
    yield from ([f"{title}    {about}"] if columns(title + about) + 4 <= width else [title, about])
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
    while columns(text) > width:
        cut = text.rfind(" ", INDENT + 5, width)
        if cut < 0:
            break
        yield text[:cut].rstrip()
        text = " " * (INDENT + 4) + text[cut:].lstrip()
    yield text


def _prose(text: str, width: int) -> Iterator[str]:
    while columns(text) > width:
        cut = max(at for at, c in enumerate(text) if c in " ，；" and columns(text[:at]) < width)
        yield text[: cut + 1].rstrip()
        text = text[cut + 1 :]
    yield text


def to_latex(form: MatrixForm, *, shapes: bool = True) -> str:
    r"""Return a matrix form in LaTeX: an ``aligned``, to stand between ``\[`` and ``\]``.

    Parameters
    ----------
    form : MatrixForm
    shapes : bool
        Whether the shape stands under every factor.

    Examples
    --------
    >>> import clearprop as cp
    >>> from clearprop.explanation.matrix import matrix_form
    >>> form = matrix_form(cp.Network([2, 2], loss="squared_error"), "b1")
    >>> print(to_latex(form, shapes=False))
    \begin{aligned}
    \frac{\partial L}{\partial b_1} &= \frac{1}{N} \, \sum_n \left(Z_1 - Y\right) \\
    Z_1 &= X W_1 + b_1 \\
    \delta_1 &= Z_1 - Y \\
    \frac{\partial L}{\partial W_1} &= \frac{1}{N} \, X^{\top} \delta_1 \\
    \frac{\partial L}{\partial b_1} &= \frac{1}{N} \, \sum_n \delta_1
    \end{aligned}
    """
    whole = [form.whole] if form.whole is not None else []
    lines = [(line, shapes and line not in form.definitions)
             for line in (*whole, *form.definitions, *form.forward, *form.steps)]  # fmt: skip
    rows = [f"{spelled(line.name)} &= {in_latex(line.formula, shapes=s)}" for line, s in lines]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"
