"""The part of a program that reads a table, and says its answers in the table's own terms.

What comes from the table (names of columns, words, classes) stands in the program as data: as
literals, and nowhere else.
"""

from __future__ import annotations

from typing import Any

from ..data.columns import MISSING_CATEGORY, ClassTarget, Columns, WordColumn
from ..data.table import MISSING_CELLS, NUMBER
from .layout import INDENT, WIDTH, indented

ENCODE = '''
def encode(rows):
    """Return X, of shape (N, {n_inputs}), from rows that map the names of columns to cells."""
    return np.array([
        [number for column in COLUMNS for number in inputs(row, *column)] for row in rows
    ]).reshape(len(rows), {n_inputs})


def inputs(row, name, mean, scale, fill, words):
    """Return the inputs that one cell stands for: a number, or one for each word."""
    cell = str(row[name]).strip()
    missing = cell in MISSING
    if words is None:
        return [((fill if missing else float(cell)) - mean) / scale]
    cell = {missing} if missing else cell
    same = [cell == word for word in words]
    if not any(same) and NUMBER.fullmatch(cell):  # 7 is the word 007, if no other is
        same = [NUMBER.fullmatch(word) and float(cell) == float(word) for word in words]
    return [float(bool(each) and sum(map(bool, same)) == 1) for each in same]


def read_csv(path):
    """Return the rows of a CSV file with a header, as encode takes them."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file, skipinitialspace=True)
        return [{{name.strip(): cell or "" for name, cell in row.items() if name}} for row in rows]
'''

CLASSES = '''
def predict_rows(rows, parameters=None):
    """Return the class of each row of a table."""
    return [CLASSES[number] for number in predict(encode(rows), parameters)]
'''

VALUES = '''
def predict_rows(rows, parameters=None):
    """Return the value of each row of a table, in the units of the target's column."""
    return [float(y) * TARGET_SCALE + TARGET_MEAN for y in predict(encode(rows), parameters)]
'''


def constants(columns: Columns) -> list[str]:
    """Return what the program knows of the table."""
    lines = [
        "# Columns of the table: name, mean, scale, what a missing cell counts as; or the words.",
        "COLUMNS = [",
    ]
    for feature in columns.features:
        if isinstance(feature, WordColumn):
            inside = _literal(list(feature.categories))
            lines += indented([f"({literal(feature.name)}, 0.0, 1.0, 0.0, {inside[0]}",
                               *inside[1:]])  # fmt: skip
            lines[-1] += "),"
        else:
            numbers = ", ".join(repr(float(n)) for n in (feature.centre, feature.scale,
                                                         feature.fill))  # fmt: skip
            lines.append(f"{INDENT}({literal(feature.name)}, {numbers}, None),")
    lines.append("]")
    target = columns.target
    lines.append(f"TARGET = {literal(target.name)}")
    if isinstance(target, ClassTarget):
        first, *rest = _literal(list(target.classes))
        lines += [f"CLASSES = {first}", *rest]
    else:
        lines.append(f"TARGET_MEAN, TARGET_SCALE = {target.centre!r}, {target.scale!r}")
    missing = ", ".join(map(literal, MISSING_CELLS))
    return [*lines, f"MISSING = ({missing})", "NUMBER = re.compile(", f'    r"{NUMBER}"', ")"]


def functions(columns: Columns) -> list[list[str]]:
    """Return the functions that go from rows of a table to answers."""
    text = ENCODE.format(n_inputs=columns.n_inputs, missing=literal(MISSING_CATEGORY))
    text += "\n\n" + (CLASSES if columns.classes else VALUES).strip("\n")
    return [part.strip("\n").split("\n") for part in text.strip("\n").split("\n\n\n")]


def literal(value: Any) -> str:
    """Return a text or a number as Python, in double quotes where that is as well."""
    text = repr(value)
    if isinstance(value, str) and text[0] == "'" and '"' not in text and "\\" not in text:
        return f'"{text[1:-1]}"'
    return text


def _literal(values: list[Any]) -> list[str]:
    """Return a list as lines."""
    texts = [literal(value) for value in values]
    if sum(len(text) + 2 for text in texts) <= WIDTH - 45:
        return [f"[{', '.join(texts)}]"]
    return ["[", *(f"{INDENT}{text}," for text in texts), "]"]


def module_imports(columns: Columns | None) -> list[str]:
    """Return the modules of the standard library that the program needs."""
    return ["import csv", "import re", "import sys"] if columns is not None else ["import sys"]
