"""From a table to arrays that a network can learn from.

    prepared = prepare(read_csv("iris.csv"), "species")
    prepared.X, prepared.y          # standardised inputs, class numbers
    prepared.notes                  # all that was decided on the way, in words

The decisions, each of which leaves a note:

* The task. A target of words is classified; so is one of whole numbers with at most 20 distinct
  values; any other is regressed. ``task`` says otherwise.
* A column of numbers is standardised with its mean and population standard deviation; missing cells
  take the mean.
* A column of words becomes one input per word; missing cells are a category of their own.
* A column with both numbers and words is words if less than half of its cells look like numbers.
  Otherwise it is an error that names the first cell which is none: most likely that cell is a slip.
  Columns named in ``words`` are words in any case.
* A column that is missing altogether, or of words that all differ in more than 20 rows (names and
  identifiers), is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .columns import (
    MAX_CATEGORIES,
    MAX_CLASSES,
    MISSING_CATEGORY,
    ClassTarget,
    Columns,
    NumberColumn,
    ValueTarget,
    WordColumn,
    dropped_note,
    unsound_inputs,
)
from .table import MAX_TEXT, RawTable, counted, is_number, listed, shown

__all__ = ["Prepared", "prepare"]

TASKS = ("auto", "classify", "regress")
FEW_VALUES = 20
"""Whole numbers with at most so many distinct values are taken for classes, and words that all
differ in more rows than this for names."""

_with_commas = re.compile(r"[+-]?[0-9]+(?:,[0-9]+)+(?:\.[0-9]*)?")


@dataclass(frozen=True, eq=False)
class Prepared:
    """Arrays to learn from, how they were made, and what was decided on the way.

    Attributes
    ----------
    X : ndarray of float64, shape (n, n_inputs)
        C-contiguous; the rows whose target is missing are left out.
    y : ndarray of int64, shape (n,), or of float64, shape (n, 1)
        Class numbers, or standardised values.
    columns : Columns
        How to do the same to other tables.
    notes : tuple of str
        What was decided.
    """

    X: NDArray[np.float64]
    y: NDArray[np.int64] | NDArray[np.float64]
    columns: Columns
    notes: tuple[str, ...]


def prepare(
    table: RawTable,
    target: str,
    *,
    task: str = "auto",
    standardise: bool = True,
    words: Collection[str] = (),
) -> Prepared:
    """Turn a table into inputs and targets, and remember how.

    Parameters
    ----------
    table : RawTable
        The training data.
    target : str
        The column to predict; all others are inputs.
    task : {"auto", "classify", "regress"}
        Whether the target is a class or a value.
    standardise : bool
        Whether numbers (the values of a regression too) are standardised; otherwise they stay.
    words : collection of str
        Columns whose numbers are categories, not amounts: postcodes, or a class called 1, 2 or 3.

    Returns
    -------
    Prepared

    Raises
    ------
    DataError
        Where the data cannot be learned from; the message says why, and in which line.

    Examples
    --------
    >>> table = RawTable.from_columns(
    ...     {"size": [1.0, 3.0, None], "colour": ["red", "blue", "red"], "kind": ["a", "b", "a"]}
    ... )
    >>> prepared = prepare(table, "kind")
    >>> prepared.columns.input_names
    ('size', 'colour=blue', 'colour=red')
    >>> prepared.X.tolist(), prepared.y.tolist()
    ([[-1.0, 0.0, 1.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]], [0, 1, 0])
    >>> prepared.notes[0]
    "the target 'kind' holds words: classify it, as 'a', 'b'"
    """
    if task not in TASKS:
        raise DataError(f"task is one of {listed(TASKS)}, not {shown(task)}")
    if isinstance(words, str):
        raise DataError(f"words is a list of columns, such as [{shown(words)}], not a text")
    for name in words:
        table.column(name)
    table.column(target)
    present = np.array([cell is not None for cell in table.cells(target)], dtype=bool)
    notes = []
    if not present.all():
        notes.append(dropped_note(target, present))
        table = table.take(present)
    if table.n_rows < 2:
        rows = counted(table.n_rows, "row")
        raise DataError(
            f"{table.source} has {rows} with a target {shown(target)}: learning needs at least 2, "
            "and many more to be of use"
        )
    target_column = _target(
        table, target, task=task, standardise=standardise, words=words, notes=notes
    )
    features = _features(table, target, standardise, words, notes)
    columns = Columns(features, target_column)
    X, more = columns.encode(table)
    y, _, _ = columns.encode_target(table)
    return Prepared(X, y, columns, (*notes, *more))


def _target(
    table: RawTable,
    name: str,
    *,
    task: str,
    standardise: bool,
    words: Collection[str],
    notes: list[str],
) -> ClassTarget | ValueTarget:
    """Choose what to learn, and note the choice and its reason."""
    is_words = name in words or isinstance(table.columns[name], tuple)
    if is_words and name not in words:
        _refuse_mixed(table, name, is_target=True)
    if is_words and task != "regress":
        return _class_target(table, name, table.words(name), "holds words", notes)
    numbers = table.numbers(name)
    distinct = np.unique(numbers)
    whole = bool((distinct == np.floor(distinct)).all())
    reason = f"holds {'whole ' if whole else ''}numbers with {len(distinct)} distinct values"
    if task == "classify" or (task == "auto" and whole and len(distinct) <= FEW_VALUES):
        if task == "auto":
            reason += f" (at most {FEW_VALUES}; task='regress' would predict amounts)"
        return _class_target(table, name, table.cells(name), reason, notes)
    if len(distinct) == 1:
        raise DataError(
            f"{table.source}: the target {shown(name)} is {distinct[0]:.6g} in every row, so there "
            "is nothing to learn; choose another column"
        )
    centre, scale = _mean_and_scale(numbers) if standardise else (0.0, 1.0)
    how = f", standardised (mean {centre:.6g}, deviation {scale:.6g})" if standardise else ""
    notes.append(f"the target {shown(name)} {reason}: regress it{how}")
    return ValueTarget(name, centre, scale)


def _class_target(
    table: RawTable, name: str, cells: Sequence[Any], reason: str, notes: list[str]
) -> ClassTarget:
    classes = tuple(sorted(set(cells)))
    place = f"{table.source}: the target {shown(name)}"
    if len(classes) == 1:
        raise DataError(
            f"{place} is {shown(classes[0])} in every row, so there is nothing to tell apart; "
            "choose another column, or add rows of another class"
        )
    if len(classes) > MAX_CLASSES or len(classes) == len(cells) > FEW_VALUES:
        advice = "task='regress'" if not isinstance(classes[0], str) else "another column"
        raise DataError(
            f"{place} has {len(classes):,} classes in {len(cells):,} rows, like a name or a "
            f"measurement, and a class needs several rows; choose {advice}"
        )
    _check_texts(classes, place)
    notes.append(f"the target {shown(name)} {reason}: classify it, as {listed(classes)}")
    return ClassTarget(name, classes)


def _features(
    table: RawTable,
    target: str,
    standardise: bool,
    words: Collection[str],
    notes: list[str],
) -> tuple[NumberColumn | WordColumn, ...]:
    """Choose what becomes of each column but the target; None is left out."""
    features: list[NumberColumn | WordColumn] = []
    for name in table.names:
        if name == target:
            continue
        feature: NumberColumn | WordColumn | None
        if name in words or isinstance(table.columns[name], tuple):
            feature = _word_column(table, name, name in words, notes)
        else:
            feature = _number_column(table, name, standardise, notes)
        if feature is not None:
            features.append(feature)
    if not features:
        raise DataError(
            f"{table.source} leaves no column to predict {shown(target)} from: add a column that "
            "says something about it" + "".join(f" ({note})" for note in notes[-1:])
        )
    if reason := unsound_inputs(features):
        raise DataError(f"{table.source}: {reason}; rename columns, or take some out")
    return tuple(features)


def _number_column(
    table: RawTable, name: str, standardise: bool, notes: list[str]
) -> NumberColumn | None:
    numbers = table.numbers(name)
    found = numbers[~np.isnan(numbers)]
    if not len(found):
        notes.append(f"column {shown(name)} is left out: all its cells are missing")
        return None
    mean, scale = _mean_and_scale(found)
    if found.min() == found.max():
        effect = "contributes 0" if standardise else "tells nothing"
        notes.append(f"column {shown(name)} is {found[0]:.6g} in every row and {effect}")
    elif name in table.whole and len(found) > FEW_VALUES and (np.diff(numbers) == 1).all():
        notes.append(
            f"column {shown(name)} counts the rows, as identifiers do: if it is one, take it out, "
            "or the network learns the order of the file"
        )
    return NumberColumn(name, mean if standardise else 0.0, scale if standardise else 1.0, mean)


def _word_column(table: RawTable, name: str, as_words: bool, notes: list[str]) -> WordColumn | None:
    cells = table.words(name)
    found = [cell for cell in cells if cell is not None]
    if not found:
        notes.append(f"column {shown(name)} is left out: all its cells are missing")
        return None
    if not as_words:
        _refuse_mixed(table, name)
    distinct = set(found)
    if len(distinct) == len(found) > FEW_VALUES:
        notes.append(
            f"column {shown(name)} is left out: its {len(found):,} words all differ, as names and "
            "identifiers do"
        )
        return None
    place = f"{table.source}: column {shown(name)}"
    if len(distinct) > MAX_CATEGORIES:
        raise DataError(
            f"{place} has {len(distinct):,} different words and at most {MAX_CATEGORIES:,} become "
            "inputs; take the column out, or replace the rare words by one such as 'other'"
        )
    _check_texts(distinct, place)
    if len(distinct) == 1 and len(found) == len(cells):
        notes.append(f"column {shown(name)} is {shown(found[0])} in every row and tells nothing")
    words = distinct if len(found) == len(cells) else distinct | {MISSING_CATEGORY}
    categories = tuple(sorted(words))
    notes.append(f"column {shown(name)} holds words: {len(categories)} inputs, one for each")
    return WordColumn(name, categories)


def _refuse_mixed(table: RawTable, name: str, *, is_target: bool = False) -> None:
    """Refuse words in what looks like a column of numbers.

    Reading it as words would make each of its numbers a category, and hide a slip such as "1O".
    """
    cells = table.words(name)
    counts = Counter(cell for cell in cells if cell is not None)
    plain = {cell for cell in counts if is_number(cell)}
    numeric = sum(counts[cell] for cell in counts if cell in plain or _with_commas.fullmatch(cell))
    if 2 * numeric < counts.total() or (is_target and len(plain) == len(counts)):
        return
    row = next(
        (n for n, cell in enumerate(cells) if cell is not None and cell not in plain),
        next(n for n, cell in enumerate(cells) if cell is not None),
    )
    what = "a number written as text" if cells[row] in plain else "no number"
    raise DataError(
        f"{table.source}, {table.where(row)}, column {shown(name)}: {shown(cells[row])} is {what}, "
        f"but {numeric} of the column's {counts.total()} cells look like numbers; write it as a "
        "number (with no commas in it), empty the cell if it is missing, or name the column in "
        "words=[...] if all its cells are words"
    )


def _check_texts(labels: Iterable[object], place: str) -> None:
    for label in labels:
        if isinstance(label, str) and len(label) > MAX_TEXT:
            raise DataError(
                f"{place} holds a text of {len(label):,} characters, and a category has at most "
                f"{MAX_TEXT:,}; take the column out"
            )


def _mean_and_scale(numbers: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean and the population standard deviation; of equal numbers, 1 instead of 0.

    The numbers are scaled by a power of two first, which changes no digit, so that neither a sum
    nor a square can overflow or vanish.
    """
    if numbers.min() == numbers.max():
        return float(numbers[0]), 1.0
    exponent = int(np.frexp(np.abs(numbers).max())[1])
    small = np.ldexp(numbers, -exponent)
    return float(np.ldexp(small.mean(), exponent)), float(np.ldexp(small.std(), exponent)) or 1.0
