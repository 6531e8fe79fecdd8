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
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import CircuitError, NetworkError
from ..network import Network
from ..settings import check_l2
from .array_writing import columns
from .derivation import Subject, _number_in, _plain
from .explaining import _samples
from .figures import significant
from .finding import find_parameter, no_parameter
from .naming import Naming
from .words import say

FORMAT, VERSION = "clearprop parameters", 1
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
class ParameterTable:
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
    """

    subject: Subject
    wrt: str
    loss: float
    learning_rate: float | None
    rows: tuple[Row, ...]

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

    def __str__(self) -> str:
        """Return the text view."""
        return self.text()

    def to_dict(self) -> dict[str, Any]:
        """Return it as data made of dicts, lists, texts and numbers."""
        plain: dict[str, Any] = _plain(self)
        return {"format": FORMAT, "version": VERSION, **plain}

    def to_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(self.to_dict(), allow_nan=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ParameterTable:
        """Return what :meth:`to_dict` was made of; CircuitError if it is no such thing."""
        if not isinstance(data, Mapping) or data.get("format") != FORMAT:
            raise CircuitError(f'a table of parameters has "format": "{FORMAT}"; this has not')
        if data.get("version") != VERSION:
            raise CircuitError(f"this is version {data.get('version')!r}, not {VERSION}")
        try:
            subject = dict(data["subject"])
            for key in ("layers", "activations"):
                subject[key] = tuple(subject[key])
            rows = tuple(
                Row(
                    str(row["name"]), str(row["array"]), tuple(map(int, row["place"])),
                    _number_in(row["value"]), _number_in(row["gradient"]),
                    None if row["updated"] is None else _number_in(row["updated"]),
                )
                for row in data["rows"]
            )  # fmt: skip
            rate = None if data["learning_rate"] is None else _number_in(data["learning_rate"])
            return cls(Subject(**subject), data["wrt"], _number_in(data["loss"]), rate, rows)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CircuitError(f"a table of parameters with something amiss: {error}") from None

    @classmethod
    def from_json(cls, text: str) -> ParameterTable:
        """Return what :meth:`to_json` was made of; CircuitError if it is no such thing."""
        try:
            data = json.loads(text)
        except ValueError as error:
            raise CircuitError(f"this is no JSON: {error}") from None
        return cls.from_dict(data)


def explain_all(
    net: Network,
    x: ArrayLike,
    y: ArrayLike,
    wrt: str = "all",
    *,
    notation: str = "neuron",
    l2: float = 0.0,
    reduction: str = "mean",
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
    l2, reduction, learning_rate
        As for :meth:`clearprop.Network.explain`.

    Raises
    ------
    NetworkError
        If the data do not fit, there is no such array, or it has more than 10,000 numbers.
    """
    shape = net.architecture
    X, targets = _samples(net, x, y)
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
    gradients = net.gradients(X, targets, l2=l2, reduction=reduction)
    rows = []
    for name, array, place in naming.parameters():
        if array in arrays:
            value, slope = float(net.parameters[array][place]), float(gradients[array][place])
            new = None if learning_rate is None else value - learning_rate * slope
            rows.append(Row(name, array, place, value, slope, new))
    subject = Subject(
        "network", shape.layers, tuple(str(gate) for gate in shape.gates), str(shape.loss),
        reduction, len(X), 0, check_l2(l2),
    )  # fmt: skip
    loss = float(np.float64(net.loss(X, targets, l2=l2, reduction=reduction)))
    return ParameterTable(subject, wrt, loss, learning_rate, tuple(rows))


def _lines(table: ParameterTable, language: str, width: int, digits: int) -> list[str]:
    about = table.subject
    kinds = list(dict.fromkeys(a for a in about.activations if a != "identity"))
    every = "all parameters" if table.wrt == "all" else "all numbers"
    title = say(language, every, name=table.wrt)
    words = [
        say(
            language, "network", layers="-".join(map(str, about.layers)),
            activations=", ".join(kinds) or "identity", loss=about.loss.replace("_", " "),
        )
    ]  # fmt: skip
    if about.n_samples > 1:
        how = say(language, about.reduction)
        words.append(say(language, "samples", count=about.n_samples, reduction=how))
    rest = say(language, "between").join(words)
    fits = columns(title) + 4 + columns(rest) <= width
    return [*([f"{title}    {rest}"] if fits else [title, rest]), *_table(table, language, digits)]


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
