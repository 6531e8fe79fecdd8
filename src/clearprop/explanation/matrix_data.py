"""The matrix form as data: how the derivative of the loss by a whole array is computed.

:func:`.matrix.matrix_form` makes it from a network's backward circuit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .array_writing import in_latex, in_text, spelled
from .arrays import Formula
from .views import Explanation

if TYPE_CHECKING:
    from .outline import Outline


@dataclass(frozen=True)
class Line:
    """One equation: a name, and what it is equal to."""

    name: str
    formula: Formula


@dataclass(frozen=True)
class MatrixForm(Explanation):
    """How the derivative of the loss by a whole array is computed.

    Attributes
    ----------
    wrt : str
        The array, such as ``W1``.
    layers : tuple of int
    activations : tuple of str
        Of the hidden layers and the output.
    loss, reduction : str
    forward : tuple of Line
        ``Z1 = X W1 + b1``, ``A1 = tanh(Z1)``, and so on, from the circuit.
    definitions : tuple of Line
        What else is named: ``P``, and slopes that are too long to stand in a formula.
    whole : Line or None
        The derivative in one formula; None where it would go through more than 8 layers.
    steps : tuple of Line
        The same layer by layer, from the end back: δ of each layer and its parameters'
        derivatives, down to the layer asked for.
    entry : str
        The one number that was asked for, ``W1[0,2]``; empty where the array was.
    """

    FORMAT = "clearprop matrix form"
    KIND = "a matrix form"

    wrt: str
    layers: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    reduction: str
    forward: tuple[Line, ...]
    definitions: tuple[Line, ...]
    whole: Line | None
    steps: tuple[Line, ...]
    entry: str = ""

    @property
    def derivative(self) -> Line:
        """The derivative: in one formula where there is one, else by the last δ."""
        if self.whole is not None:
            return self.whole
        return next(line for line in self.steps if line.name == f"∂L/∂{self.wrt}")

    @property
    def equation(self) -> str:
        """The derivative as one line of text, however long."""
        return f"{self.derivative.name} = {in_text(self.derivative.formula)}"

    def needed_for(self, *lines: Line) -> tuple[Line, ...]:
        """Return the definitions that some lines need, and those that these need."""
        names = set().union(*(line.formula.names() for line in lines))
        found: list[Line] = []
        for line in reversed(self.definitions):
            if line.name in names:
                found.insert(0, line)
                names |= line.formula.names()
        return tuple(found)

    def equations_latex(self, *, shapes: bool = True) -> str:
        r"""Return the equations alone: an ``aligned`` to stand between ``\[`` and ``\]``.

        Parameters
        ----------
        shapes : bool
            Whether the shape stands under every factor.

        Examples
        --------
        >>> import clearprop as cp
        >>> form = cp.matrix_form(cp.Network([2, 2], loss="squared_error"), "b1")
        >>> print(form.equations_latex(shapes=False))
        \begin{aligned}
        \frac{\partial L}{\partial b_1} &= \frac{1}{N} \, \sum_n (Z_1 - Y) \\
        Z_1 &= X W_1 + b_1 \\
        \delta_1 &= Z_1 - Y \\
        \frac{\partial L}{\partial W_1} &= \frac{1}{N} \, X^{\top} \delta_1 \\
        \frac{\partial L}{\partial b_1} &= \frac{1}{N} \, \sum_n \delta_1
        \end{aligned}
        """
        whole = [self.whole] if self.whole is not None else []
        rows = [
            f"{spelled(line.name)} &= "
            + in_latex(line.formula, shapes=shapes and line not in self.definitions)
            for line in (*whole, *self.definitions, *self.forward, *self.steps)
        ]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def text(self, *, language: str = "en", width: int = 100, digits: int = 6) -> str:
        """Return it as lines for a screen, with the shapes under every factor.

        ``digits`` is there for the views that all explanations have: the numbers of a matrix
        form are those of the tables, and are written whole.
        """
        from .matrix_text import to_text  # noqa: PLC0415 (a view, when it is asked for)

        return to_text(self, language=language, width=width)

    def outline(self, digits: int = 6) -> Outline:
        """Return what a page about it says."""
        from .outline_matrix import outline_of  # noqa: PLC0415 (a view, when it is asked for)

        return outline_of(self, digits)
