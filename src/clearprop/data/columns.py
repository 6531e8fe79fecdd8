"""How the columns of a table become the inputs and outputs of a network, as plain data.

:func:`~clearprop.data.prepare` makes a :class:`Columns` from training data. It encodes other tables
the same way, turns a network's answers back into words or units, and goes into a model file as
JSON:

    columns = prepare(read_csv("iris.csv"), "species").columns
    X, notes = columns.encode(read_csv("more.csv"))
    columns.decode_classes([0, 2])        # ['setosa', 'virginica']

A column of numbers is one input, (value - centre) / scale, and a missing cell takes ``fill``. A
column of words is one input per category: 1 for the word's own category, 0 for the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from .table import RawTable, is_number, listed, shown, suggestion

__all__ = [
    "MISSING_CATEGORY",
    "ClassTarget",
    "Columns",
    "NumberColumn",
    "ValueTarget",
    "WordColumn",
]

Label: TypeAlias = int | float | str

MISSING_CATEGORY = "(missing)"
"""The category of missing cells in a column of words, where training data has such cells."""

MAX_CATEGORIES = 1_000
"""A column of words has at most this many categories, not counting the missing one."""

MAX_CLASSES = 1_000
"""There are at most this many classes."""

MAX_INPUTS = 1_000_000
"""All columns together are at most this many inputs."""

MAX_NAMES = 100_000_000
"""The names of all inputs together have at most this many letters."""

MAX_NUMBERS = 2**31
"""X has at most this many entries (16 GiB)."""


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers: one input, (value - centre) / scale; missing cells count as ``fill``."""

    name: str
    centre: float
    scale: float
    fill: float

    @property
    def n_inputs(self) -> int:
        """The number of inputs: 1."""
        return 1

    @property
    def input_names(self) -> tuple[str, ...]:
        """The name of its one input: the column's own."""
        return (self.name,)

    def encode_into(self, table: RawTable, out: NDArray[np.float64]) -> list[str]:
        """Write the input into ``out``, shape (n_rows, 1), and return notes."""
        numbers = table.numbers(self.name)
        missing = np.isnan(numbers)
        with np.errstate(over="ignore"):
            out[:, 0] = (np.where(missing, self.fill, numbers) - self.centre) / self.scale
        beyond = np.flatnonzero(~np.isfinite(out[:, 0]))
        if len(beyond):
            raise DataError(
                f"{table.source}, {table.where(int(beyond[0]))}, column {shown(self.name)}: the "
                f"number is too far from the column's mean, {self.centre:.6g}, to be standardised; "
                "correct it, or measure in other units"
            )
        if not missing.any():
            return []
        return [
            f"column {shown(self.name)}: {_cells(missing.sum(), len(missing))} missing and counted "
            f"as the training data's mean, {self.fill:.6g}"
        ]


@dataclass(frozen=True)
class WordColumn:
    """A column of words: one input per category, of which at most one is 1 and the rest are 0."""

    name: str
    categories: tuple[str, ...]

    @property
    def n_inputs(self) -> int:
        """The number of inputs: one per category."""
        return len(self.categories)

    @property
    def input_names(self) -> tuple[str, ...]:
        """One name per category, such as "colour=red"."""
        return tuple(f"{self.name}={category}" for category in self.categories)

    def encode_into(self, table: RawTable, out: NDArray[np.float64]) -> list[str]:
        """Write the inputs into ``out``, shape (n_rows, n_categories), and return notes."""
        words = [MISSING_CATEGORY if word is None else word for word in table.words(self.name)]
        codes = _codes(words, self.categories)
        rows = np.flatnonzero(codes >= 0)
        out[rows, codes[rows]] = 1.0
        unseen = [words[row] for row in np.flatnonzero(codes < 0).tolist()]
        if not unseen:
            return []
        return [
            f"column {shown(self.name)}: {_cells(len(unseen), len(words))} unknown from training "
            f"({listed(sorted(set(unseen)), 3)}); all inputs of the column are 0 there"
        ]


@dataclass(frozen=True)
class ClassTarget:
    """A target of classes, sorted; the network has one output for each."""

    name: str
    classes: tuple[Label, ...]


@dataclass(frozen=True)
class ValueTarget:
    """A target of numbers; the network's one output is (value - centre) / scale."""

    name: str
    centre: float
    scale: float


@dataclass(frozen=True)
class Columns:
    """What the inputs and outputs of a network mean, in terms of a table's columns.

    Attributes
    ----------
    features : tuple of NumberColumn or WordColumn
        The columns that become inputs, in order.
    target : ClassTarget or ValueTarget
        The column to predict.

    Examples
    --------
    >>> columns = Columns((WordColumn("sky", ("clear", "grey")),), ValueTarget("rain", 2.0, 0.5))
    >>> X, notes = columns.encode(RawTable.from_columns({"sky": ["grey", "clear"]}))
    >>> columns.input_names, X.tolist()
    (('sky=clear', 'sky=grey'), [[0.0, 1.0], [1.0, 0.0]])
    >>> columns.decode_values([[0.0], [2.0]]).tolist()
    [[2.0], [3.0]]
    >>> Columns.from_json(columns.to_json()) == columns
    True
    """

    features: tuple[NumberColumn | WordColumn, ...]
    target: ClassTarget | ValueTarget

    @property
    def task(self) -> str:
        """What is learned: "classify" or "regress"."""
        return "classify" if isinstance(self.target, ClassTarget) else "regress"

    @property
    def classes(self) -> tuple[Label, ...]:
        """The classes in the order of the outputs; empty for a regression."""
        return self.target.classes if isinstance(self.target, ClassTarget) else ()

    @property
    def input_names(self) -> tuple[str, ...]:
        """One name per input of the network, such as "width" or "colour=red"."""
        return tuple(name for feature in self.features for name in feature.input_names)

    @property
    def n_inputs(self) -> int:
        """The number of inputs of the network."""
        return sum(feature.n_inputs for feature in self.features)

    @property
    def n_outputs(self) -> int:
        """The number of outputs of the network: one per class, or one value."""
        return len(self.classes) or 1

    def encode(self, table: RawTable) -> tuple[NDArray[np.float64], tuple[str, ...]]:
        """Turn the rows of a table into inputs of the network.

        Parameters
        ----------
        table : RawTable
            Has all columns of ``features``; others do not matter.

        Returns
        -------
        X : ndarray of float64, shape (n_rows, n_inputs)
        notes : tuple of str
            What was missing, or unknown from training.

        Raises
        ------
        DataError
            For a column that is not there, a word in a column of numbers, or an infinite number.
        """
        for feature in self.features:
            table.column(feature.name)
        if table.n_rows * self.n_inputs > MAX_NUMBERS:
            raise DataError(
                f"{table.source}: {table.n_rows:,} rows of {self.n_inputs:,} inputs are more than "
                f"{MAX_NUMBERS:,} numbers; take rows out, or columns with many words"
            )
        X = np.zeros((table.n_rows, self.n_inputs))
        notes, start = list(table.notes), 0
        for feature in self.features:
            stop = start + feature.n_inputs
            notes += feature.encode_into(table, X[:, start:stop])
            start = stop
        return X, tuple(notes)

    def encode_target(
        self, table: RawTable
    ) -> tuple[NDArray[np.int64] | NDArray[np.float64], NDArray[np.bool_], tuple[str, ...]]:
        """Turn the target column of a table into what the network should answer.

        Parameters
        ----------
        table : RawTable
            Has the target column, with the classes known from training.

        Returns
        -------
        y : ndarray of int64, shape (n_kept,), or of float64, shape (n_kept, 1)
            Class numbers, or standardised values, of the rows with a target.
        keep : ndarray of bool, shape (n_rows,)
            The rows with a target: ``X[keep]`` goes with ``y``.
        notes : tuple of str
            How many rows were dropped.

        Raises
        ------
        DataError
            Where the column or all of its cells are missing, or hold what training did not know.
        """
        name, target = self.target.name, self.target
        keep = np.array([cell is not None for cell in table.cells(name)], dtype=bool)
        if not keep.any():
            raise DataError(f"{table.source}: all cells of the target {shown(name)} are missing")
        kept = table if keep.all() else table.take(keep)
        notes = () if keep.all() else (dropped_note(name, keep),)
        if isinstance(target, ClassTarget):
            return _class_numbers(kept, target), keep, notes
        with np.errstate(over="ignore"):
            y = ((kept.numbers(name) - target.centre) / target.scale).reshape(-1, 1)
        if not np.isfinite(y).all():
            raise DataError(
                f"{table.source}: a value of {shown(name)} is too far from the training data's "
                f"mean, {target.centre:.6g}, to be standardised; measure in other units"
            )
        return y, keep, notes

    def decode_classes(self, indices: ArrayLike) -> list[Label]:
        """Return the labels of class numbers, shape (n,), such as ``outputs.argmax(axis=1)``."""
        numbers = np.asarray(indices)
        if not self.classes:
            raise DataError(f"{shown(self.target.name)} is a value and has no classes")
        if numbers.ndim != 1 or (numbers.size and numbers.dtype.kind not in "iu"):
            raise DataError(f"class numbers are a list of whole numbers, not {shown(indices)}")
        wrong = numbers[(numbers < 0) | (numbers >= len(self.classes))]
        if len(wrong):
            raise DataError(
                f"there are classes 0 to {len(self.classes) - 1}, and no class {wrong[0]}"
            )
        return [self.classes[number] for number in numbers.tolist()]

    def decode_values(self, outputs: ArrayLike) -> NDArray[np.float64]:
        """Return outputs of the network, of any shape, in the units of the target column."""
        if not isinstance(self.target, ValueTarget):
            raise DataError(f"{shown(self.target.name)} has classes; use decode_classes")
        return np.asarray(outputs, dtype=np.float64) * self.target.scale + self.target.centre

    def to_json(self) -> dict[str, Any]:
        """Return all of this as dicts, lists, numbers and texts, for a model file."""
        from .columnsjson import to_json  # noqa: PLC0415

        return to_json(self)

    @classmethod
    def from_json(cls, obj: object) -> Columns:
        """Return the columns that :meth:`to_json` described; ModelFileError for anything else."""
        from .columnsjson import from_json  # noqa: PLC0415

        return from_json(obj)


def unsound_inputs(features: Sequence[NumberColumn | WordColumn]) -> str:
    """Say what is wrong with the inputs of some features taken together; "" if nothing is."""
    n_inputs = sum(feature.n_inputs for feature in features)
    if n_inputs > MAX_INPUTS:
        return f"{n_inputs:,} inputs are more than {MAX_INPUTS:,}"
    # Before the names are made: each category repeats the name of its column.
    length = sum(
        feature.n_inputs * len(feature.name) + sum(map(len, getattr(feature, "categories", ())))
        for feature in features
    )
    if length > MAX_NAMES:
        return f"the names of all inputs have {length:,} letters, more than {MAX_NAMES:,}"
    # Hashes first: all names together may take a thousand times the size of a model file.
    hashes = Counter(hash(name) for feature in features for name in feature.input_names)
    for code in [code for code, count in hashes.items() if count > 1]:
        alike = [n for feature in features for n in feature.input_names if hash(n) == code]
        if len(set(alike)) < len(alike):
            return f"two inputs have the same name, {shown(alike[0])}"
    return ""


def dropped_note(name: str, keep: NDArray[np.bool_]) -> str:
    """Return the note on rows without a target."""
    return (
        f"{_cells(len(keep) - keep.sum(), len(keep), 'row')} dropped because the target "
        f"{shown(name)} is missing"
    )


def _class_numbers(table: RawTable, target: ClassTarget) -> NDArray[np.int64]:
    cells: Sequence[Any]
    if isinstance(target.classes[0], str):
        cells = table.words(target.name)
        codes = _codes([word or "" for word in cells], target.classes)
    else:
        table.numbers(target.name)
        cells = table.cells(target.name)
        numbers: dict[Any, int] = {label: number for number, label in enumerate(target.classes)}
        codes = np.array([numbers.get(cell, -1) for cell in cells], dtype=np.int64)
    unknown = np.flatnonzero(codes < 0)
    if len(unknown):
        row = int(unknown[0])
        known = [label for label in target.classes if isinstance(label, str)]
        raise DataError(
            f"{table.source}, {table.where(row)}: training knew no class {shown(cells[row])} of "
            f"{shown(target.name)}, only {listed(target.classes)}.{suggestion(cells[row], known)}"
        )
    return codes


def _codes(words: Sequence[str], categories: Sequence[Label]) -> NDArray[np.int64]:
    """Return the number of each word's category, -1 for none.

    A word that is a number also finds the one category that is the same number ("7" finds "007"):
    whether a file's column is numbers or words depends on its other rows.
    """
    numbers = {category: number for number, category in enumerate(categories)}
    same: dict[float, list[int]] = {}
    for text, number in numbers.items():
        if isinstance(text, str) and is_number(text):
            same.setdefault(float(text), []).append(number)
    for word in set(words) - numbers.keys():
        found = same.get(float(word), []) if is_number(word) else []
        if len(found) == 1:
            numbers[word] = found[0]
    return np.fromiter((numbers.get(word, -1) for word in words), np.int64, len(words))


def _cells(count: int, total: int, unit: str = "cell") -> str:
    return f"{count} of {total} {unit}s {'is' if count == 1 else 'are'}"
