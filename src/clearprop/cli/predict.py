"""``clearprop predict``: what a saved network says of the rows of a table."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rich_click as click
from rich import box
from rich.table import Table
from rich.text import Text

from ..data import Columns, RawTable, read_csv, write_csv
from ..errors import DataError, ModelFileError
from ..modelfile import load_model
from ..network import Network
from . import options
from .failures import as_options
from .options import OUTPUT, check_output, option
from .running import described
from .scores import Score, score
from .screen import Screen, counted, printable

SHOWN = 10  # rows on the terminal
FEW_CLASSES = 5  # so many probabilities fit on a line of the terminal
CHUNK = 65_536  # rows computed at a time, so that a wide network needs little memory

HELP = """
Let a saved network predict the rows of a table.

NEW.csv has the columns that the network was trained on, in any order; other columns are passed on.
The predictions are all columns of NEW.csv, then predicted_TARGET and, where the network gives
probabilities, one column p_CLASS for each class. They go to the file after --out; without it,
the first rows are shown on a terminal, and all of them are printed as CSV into a pipe.

Where NEW.csv also has the target column, the share of right answers (or R² and the error) on its
rows is printed too.

\b
Examples:
  clearprop predict iris.clearprop new.csv
  clearprop predict iris.clearprop new.csv --out predictions.csv
  clearprop predict iris.clearprop new.csv --json
"""
KEYS = (
    "model, data, target, task, classes, rows, predictions (a list of line, prediction and, "
    "for classes, probabilities), scored_rows and right and accuracy, or "
    "r2 and rmse (where the target is there), out"
)


@dataclass(frozen=True)
class Predictions:
    """What a network says of a table.

    Parameters
    ----------
    table : RawTable
    columns : Columns
    answers : list
        A label or a number for each row.
    probabilities : array of shape (n_rows, n_classes) or None
    """

    table: RawTable
    columns: Columns
    answers: list[Any]
    probabilities: np.ndarray[Any, Any] | None

    @classmethod
    def of(cls, network: Network, columns: Columns, table: RawTable, X: Any) -> Predictions:
        """Let a network answer the rows of a table, encoded as X."""
        answers = _in_chunks(network.predict, X)
        if not columns.classes:
            return cls(table, columns, columns.decode_values(answers).ravel().tolist(), None)
        loss = network.architecture.loss
        if answers.ndim != 1 or answers.dtype.kind not in "iu":
            raise ModelFileError(
                f"its loss, {loss.name}, gives numbers and its target has classes; load it in "
                "Python with clearprop.load_model"
            )
        chances = _in_chunks(network.predict_proba, X) if loss.probability_tree else None
        return cls(table, columns, columns.decode_classes(answers), chances)

    def added(self) -> dict[str, Any]:
        """Return the columns that are predicted, by name."""
        taken = set(self.table.names)
        found: dict[str, Any] = {_new(f"predicted_{self.columns.target.name}", taken): self.answers}
        if self.probabilities is not None:
            for label, chances in zip(self.columns.classes, self.probabilities.T, strict=True):
                found[_new(f"p_{label}", taken)] = chances.tolist()
        return found

    def columns_out(self, only: bool) -> dict[str, Any]:
        """Return the table's own columns (unless ``only``), then those predicted."""
        own = {} if only else {name: self.table.cells(name) for name in self.table.names}
        return own | self.added()

    def facts(self) -> list[dict[str, Any]]:
        """Return a JSON object for each row."""
        found = [
            {self.table.unit: line, "prediction": answer}
            for line, answer in zip(self.table.lines.tolist(), self.answers, strict=True)
        ]
        if self.probabilities is not None:
            for row, chances in zip(found, self.probabilities.tolist(), strict=True):
                row["probabilities"] = dict(zip(self.columns.classes, chances, strict=True))
        return found


@click.command("predict", help=HELP)
@click.argument("model", type=click.Path(path_type=Path), metavar="MODEL.clearprop")
@click.argument("file", type=click.Path(path_type=Path), metavar="NEW.csv")
@options.separator
@option(
    OUTPUT,
    "--out",
    click.Path(path_type=Path),
    "Where to write the predictions; a file that exists is replaced, but never MODEL.clearprop "
    "or NEW.csv.",
    metavar="FILE.csv",
)
@click.option(
    "--only",
    is_flag=True,
    panel=OUTPUT,
    help="Write the predictions only, without the columns of NEW.csv.",
)
@options.json(KEYS)
@options.quiet
@click.pass_obj
def predict(
    screen: Screen, model: Path, file: Path, separator: str | None, out: Path | None, only: bool
) -> None:
    """Do what the command was asked for."""
    check_output("--out", out, model, file)
    network, columns = _load(model)
    table = read_csv(file, separator=separator)
    X, notes = columns.encode(table)
    screen.tell([as_options(note) for note in notes])
    found = Predictions.of(network, columns, table, X)
    piped = out is None and not screen.json and not sys.stdout.isatty()
    say = screen.note if piped else lambda text: screen.line(f"  {text}")
    if out is not None:
        write_csv(out, found.columns_out(only))
        say(f"{counted(table.n_rows, 'prediction')} written to {out}")
    elif piped:
        _print_csv(found.columns_out(only))
    else:
        screen.line(f"  {file} by {model}: {described(network)}", "bold")
        screen.table(_first_rows(found))
        if table.n_rows > SHOWN:
            more = counted(table.n_rows - SHOWN, "row")
            say(f"and {more} more; --out predictions.csv would write all")
    reached = _score(screen, network, columns, table, X)
    if reached is not None:
        say(reached.text(f"rows with a known {printable(columns.target.name)!r}"))
    screen.facts |= _facts(model, found, out, reached)
    screen.document()


def _load(path: Path) -> tuple[Network, Columns]:
    model = load_model(path)
    if model.columns is None:
        raise ModelFileError(
            f"{path} does not say which columns it takes: it was saved in Python without "
            "columns=...; save it with them, or use it in Python with clearprop.load_model"
        )
    return model.network, model.columns


def _score(
    screen: Screen, network: Network, columns: Columns, table: RawTable, X: Any
) -> Score | None:
    """Return how good the answers are, where the table has the target column."""
    if columns.target.name not in table.columns:
        return None
    try:
        y, keep, notes = columns.encode_target(table)
    except DataError as error:
        screen.note(f"the predictions are not compared with the target: {error}")
        return None
    for note in notes:
        screen.note(note.replace("dropped", "not compared"))
    return score(network, columns, X[keep], y)


def _facts(
    model: Path, found: Predictions, out: Path | None, reached: Score | None
) -> dict[str, Any]:
    columns = found.columns
    scored = {} if reached is None else {"scored_rows": reached.rows, **reached.facts}
    return {
        "command": "predict", "model": str(model), "data": found.table.source,
        "target": columns.target.name, "task": columns.task, "classes": columns.classes,
        "rows": found.table.n_rows, "predictions": found.facts(), **scored,
        "out": None if out is None else str(out),
    }  # fmt: skip


def _print_csv(columns: dict[str, Any]) -> None:
    """Print the very bytes that ``--out`` would write."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.csv"
        write_csv(path, columns)
        sys.stdout.flush()
        sys.stdout.buffer.write(path.read_bytes())


def _first_rows(found: Predictions) -> Table:
    """Return a table of the first rows for the terminal."""
    table, columns = found.table, found.columns
    printed = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    cells: dict[str, list[str]] = {f" {table.unit}": [f" {line}" for line in table.lines[:SHOWN]]}
    if columns.target.name in table.columns:
        known = table.words(columns.target.name)[:SHOWN]
        cells[columns.target.name] = [word or "" for word in known]
    answers = found.answers[:SHOWN]
    numbers = not columns.classes
    predicted = [f"{answer:.6g}" if numbers else str(answer) for answer in answers]
    cells[f"predicted {columns.target.name}"] = predicted
    if found.probabilities is not None:
        chances = found.probabilities[:SHOWN]
        if len(columns.classes) > FEW_CLASSES:
            cells["its probability"] = [f"{p:.4f}" for p in chances.max(axis=1)]
        else:
            for label, column in zip(columns.classes, chances.T, strict=True):
                cells[f"p({label})"] = [f"{p:.4f}" for p in column]
    for place, title in enumerate(cells):
        right = numbers or place == 0
        printed.add_column(Text(printable(title)), justify="right" if right else "left")
    for row in zip(*cells.values(), strict=True):
        printed.add_row(*(Text(printable(cell)) for cell in row))
    return printed


def _new(name: str, taken: set[str]) -> str:
    """Return a name for a column that no other column has, and take it."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _in_chunks(function: Callable[[Any], Any], X: Any) -> Any:
    return np.concatenate([function(X[i : i + CHUNK]) for i in range(0, len(X), CHUNK)])
