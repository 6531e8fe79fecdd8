"""Every parameter's gradient and its value after one step, in one table.

>>> import clearprop as cp
>>> net = cp.Network([2, 2, 2], "sigmoid", "squared_error", "sigmoid", shared_bias=True)
>>> net = net.with_parameters(
...     W1=[[0.15, 0.25], [0.20, 0.30]], b1=0.35, W2=[[0.40, 0.50], [0.45, 0.55]], b2=0.60)
>>> table = explain_all(net, [0.05, 0.10], [0.01, 0.99], learning_rate=0.5)
>>> round(table["w5"].updated, 8), [row.name for row in table.rows]
(0.35891648, ['w1', 'w2', 'w3', 'w4', 'b1', 'w5', 'w6', 'w7', 'w8', 'b2'])
>>> print(explain_all(net, [0.05, 0.10], [0.01, 0.99], "W1", learning_rate=0.5))
Every number of W1, its derivative and one step    2-2-2 network, sigmoid, squared error
  name  value         dloss/d  value - 0.5·dloss/d
  w1     0.15  0.000438567734          0.149780716
  w2      0.2  0.000877135469          0.199561432
  w3     0.25  0.000497712735          0.249751144
  w4      0.3  0.000995425471          0.299502287
<BLANKLINE>
Matrix form, with N = 1
  ∂L/∂W1 = 1/N · Xᵀ([((A2 − Y) ⊙ A2 ⊙ (1 − A2))W2ᵀ] ⊙ A1 ⊙ (1 − A1))
                 2×N    N×2      N×2    N×2    2×2    N×2    N×2
<BLANKLINE>
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import NetworkError
from ..network import Network
from ..settings import check_l2
from .batches import samples, weights_of
from .derivation import Subject
from .figures import significant
from .finding import find_parameter, no_parameter
from .matrix import matrix_form
from .matrix_data import MatrixForm
from .matrix_text import beside
from .naming import Naming
from .screen_lines import columns, side_by_side
from .views import Explanation
from .words import network_in_words, say

if TYPE_CHECKING:
    from .outline import Outline

MOST_ROWS = 10_000


@dataclass(frozen=True)
class Row:
    """One parameter.

    ``array`` and ``place`` say where it stands: ``W1``, (0, 2). ``updated`` is
    ``value - learning_rate * gradient``, None where no step was asked for.
    """

    name: str
    array: str
    place: tuple[int, ...]
    value: float
    gradient: float
    updated: float | None


@dataclass(frozen=True)
class ParameterTable(Explanation):
    """The parameters of a network, their gradients and one step of gradient descent.

    Attributes
    ----------
    subject : Subject
        The network, and how its samples' losses become one.
    wrt : str
        ``"all"``, or the array whose numbers these are.
    loss : float
        The objective before the step.
    learning_rate : float or None
    rows : tuple of Row
    matrix : MatrixForm or None
        How the arrays are computed that these numbers are in.
    """

    FORMAT = "clearprop parameters"
    KIND = "a table of parameters"
    DIGITS = 9

    subject: Subject
    wrt: str
    loss: float
    learning_rate: float | None
    rows: tuple[Row, ...]
    matrix: MatrixForm | None = None

    def __getitem__(self, name: str) -> Row:
        """Return the row of a parameter by its name; KeyError if there is none."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(f"no row is called {name!r}; they go from {self.rows[0].name!r} "
                       f"to {self.rows[-1].name!r}")  # fmt: skip

    def text(self, *, language: str = "en", width: int = 100, digits: int = 9) -> str:
        """Return it as lines for a screen.

        Parameters
        ----------
        language : {"en", "zh"}
        width : int
            The longest line, in columns; a title that is longer is broken.
        digits : int
            Significant digits of each number.
        """
        return "\n".join(_lines(self, language, width, digits)) + "\n"

    def outline(self, digits: int = 9) -> Outline:
        """Return what a page about it says."""
        from .outline_table import outline_of  # noqa: PLC0415 (a view, when it is asked for)

        return outline_of(self, digits)


def explain_all(
    net: Network,
    x: ArrayLike,
    y: ArrayLike,
    wrt: str = "all",
    *,
    notation: str = "neuron",
    l2: float = 0.0,
    reduction: str = "mean",
    sample_weight: ArrayLike | None = None,
    learning_rate: float | None = None,
) -> ParameterTable:
    """Return every parameter, its gradient and its value after one step.

    Parameters
    ----------
    net : Network
    x : array of shape (n_inputs,) or (n_samples, n_inputs)
    y : class number or array
    wrt : str
        ``"all"``, or an array such as ``"W1"``.
    notation : {"neuron", "matrix"}
    l2, reduction, sample_weight, learning_rate
        As for :meth:`clearprop.Network.explain`.

    Raises
    ------
    NetworkError
        If the data do not fit, there is no such array, or it has more than 10,000 numbers.
    """
    shape = net.architecture
    X, targets = samples(net, x, y)
    naming = Naming(shape, notation)
    arrays = set(shape.shapes)
    if wrt != "all":
        found = find_parameter(shape, wrt)
        if found is None or found[0] != wrt:
            raise no_parameter(shape, wrt)
        arrays = {wrt}
    count = sum(net.parameters[name].size for name in arrays)
    if count > MOST_ROWS:
        raise NetworkError(
            f"a table of {wrt} would have {count:,} rows; up to {MOST_ROWS:,} are written. Ask for "
            "one array, such as wrt='b1', or take net.gradients(X, y), which has all"
        )
    weights = weights_of(sample_weight, len(X))
    how: dict[str, Any] = {"l2": l2, "reduction": reduction, "sample_weight": weights or None}
    gradients = net.gradients(X, targets, **how)
    rows = []
    for name, array, place in naming.parameters():
        if array in arrays:
            value, slope = float(net.parameters[array][place]), float(gradients[array][place])
            new = None if learning_rate is None else value - learning_rate * slope
            rows.append(Row(name, array, place, value, slope, new))
    subject = Subject(
        "network", shape.layers, tuple(str(gate) for gate in shape.gates), str(shape.loss),
        reduction, len(X), 0, check_l2(l2), weights=weights,
    )  # fmt: skip
    loss = float(np.float64(net.loss(X, targets, **how)))
    form = matrix_form(net, "W1" if wrt == "all" else wrt, **how)
    return ParameterTable(subject, wrt, loss, learning_rate, tuple(rows), form)


def _lines(table: ParameterTable, language: str, width: int, digits: int) -> Iterator[str]:
    about = table.subject
    every = "all parameters" if table.wrt == "all" else "all numbers"
    words = [network_in_words(language, about.layers, about.activations, about.loss)]
    if about.n_samples > 1:
        template = "weighted samples" if about.weights else "samples"
        how = say(language, about.reduction)
        words.append(say(language, template, count=about.n_samples, reduction=how))
    rest = say(language, "between").join(words)
    yield from side_by_side(say(language, every, name=table.wrt), rest, width)
    yield from _table(table, language, digits)
    if table.matrix is not None and table.wrt != "all":
        yield ""
        yield from beside(table.matrix, table.wrt, about.n_samples, language, width)


def _table(table: ParameterTable, language: str, digits: int) -> list[str]:
    head = [say(language, "name"), say(language, "value"), "dloss/d"]
    if table.learning_rate is not None:
        rate = significant(table.learning_rate, 15)
        head.append(f"{say(language, 'value')} - {rate}·dloss/d")
    cells = [head]
    for row in table.rows:
        values = [row.value, row.gradient, *([] if row.updated is None else [row.updated])]
        cells.append([row.name, *(significant(value, digits) for value in values)])
    wide = [max(map(columns, column)) for column in zip(*cells, strict=True)]
    lines = []
    for name, *numbers in cells:
        text = name + " " * (wide[0] - columns(name))
        for cell, room in zip(numbers, wide[1:], strict=True):
            text += "  " + " " * (room - columns(cell)) + cell
        lines.append("  " + text)
    return lines
