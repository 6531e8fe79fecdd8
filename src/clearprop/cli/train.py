"""``clearprop train``: a network from a table in a CSV file."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import rich_click as click

from ..data import Columns, Prepared, RawTable, prepare, read_csv
from ..data.table import listed
from ..errors import MissingExtraError
from ..modelfile import History, save_model
from ..network import Network
from ..tables import GATES, INITIALIZERS, LOSSES, activations
from ..training import Progress, Result
from ..training.planning import by_lbfgs
from . import options
from .doctor import tell_diagnosis
from .failures import DONE, as_options
from .options import (
    DATA,
    NETWORK,
    OUTPUT,
    TRAINING,
    BatchSize,
    Number,
    RowType,
    check_output,
    option,
)
from .running import described, ending, how_long, network_facts, train_on_screen
from .scores import Score, score
from .screen import Screen, counted, printable

DEFAULT_LOSS = {"classify": "softmax_cross_entropy", "regress": "squared_error"}
BATCH = 32  # rows for each step, where nothing else is asked for

HELP = """
Train a network to predict one column of a table from all others.

FILE.csv has a line with the names of its columns, and a row for each case. Cells may be numbers or
words; missing cells are filled in. A target of words (or of few whole numbers) is a class to tell,
any other a number to predict. Notes say what was decided.

The accuracy printed is that on the training rows. Rows that the network has not seen usually fare
worse: keep some in another file, and clearprop predict says how they fare.

\b
Examples:
  clearprop train iris.csv --target species
  clearprop train iris.csv --target species --hidden 16,16 --save iris.clearprop
  clearprop train iris.csv --target species --activation tanh --plot loss.png
"""
KEYS = (
    "data, rows, target, task, classes, inputs, network, optimizer, learning_rate, batch_size, "
    "l2, seed, epochs, stopped, engine, seconds, losses (before each epoch's updates), loss, "
    "right and accuracy, or r2 and rmse (on the training rows), saved, "
    "diagnosis (healthy, findings, checked, unchecked, run), plot"
)


@dataclass(frozen=True)
class Asked:
    """All that the command was asked for."""

    file: Path
    target: str | None
    task: str
    words: tuple[str, ...]
    drop: tuple[str, ...]
    separator: str | None
    no_standardise: bool
    hidden: tuple[int, ...]
    activation: tuple[Any, ...]
    output_activation: Any
    loss: Any
    initializer: Any
    optimizer: Any
    learning_rate: float | None
    epochs: int
    batch_size: int | None
    l2: float
    seed: int
    engine: str
    dtype: str
    save: Path | None
    plot: Path | None

    @property
    def rate(self) -> float | None:
        """The learning rate; None where none was given and the optimizer takes none."""
        own = None if by_lbfgs(self.optimizer) else float(self.optimizer.learning_rate)
        return self.learning_rate or own

    @property
    def batch(self) -> int | None:
        """Rows for each step; None: all."""
        if self.batch_size is None:
            return None if self.optimizer.full_batch else BATCH
        return self.batch_size or None

    def settings(self) -> dict[str, Any]:
        """Return the arguments of ``fit``."""
        return {
            "optimizer": self.optimizer, "learning_rate": self.rate, "epochs": self.epochs,
            "batch_size": self.batch, "l2": self.l2, "seed": self.seed, "engine": self.engine,
        }  # fmt: skip

    def table(self) -> RawTable:
        """Read the table, without the columns that are dropped."""
        table = read_csv(self.file, separator=self.separator)
        if self.target is None:
            raise click.UsageError(
                "say which column to predict, with --target; "
                f"{self.file} has the columns {listed(table.names)}"
            )
        for name in (self.target, *self.drop):
            table.column(name)
        if self.target in self.drop:
            raise click.UsageError(f"{self.target!r} cannot be both --target and --drop")
        kept = {name: column for name, column in table.columns.items() if name not in self.drop}
        return dataclasses.replace(table, names=tuple(kept), columns=kept)

    def network(self, columns: Columns) -> Network:
        """Return the network before training."""
        loss = self.loss or LOSSES[DEFAULT_LOSS[columns.task]]
        wanted = ("class", "binary") if columns.classes else ("value",)
        if loss.targets not in wanted:
            fitting = [name for name, row in LOSSES.items() if row.targets in wanted]
            raise click.UsageError(
                f"--loss {loss.name} does not fit: {columns.target.name!r} has "
                f"{'classes' if columns.classes else 'numbers'}; take {', '.join(fitting)}"
            )
        if loss.targets == "binary" and len(columns.classes) > 2:
            raise click.UsageError(
                f"--loss {loss.name} tells two classes apart, and {columns.target.name!r} has "
                f"{len(columns.classes)}; take {DEFAULT_LOSS['classify']}"
            )
        n_outputs = 1 if loss.targets == "binary" else columns.n_outputs
        gates = self.activation if len(self.activation) > 1 else self.activation[0]
        return Network(
            [columns.n_inputs, *self.hidden, n_outputs], gates, loss, self.output_activation,
            initializer=self.initializer, seed=self.seed, dtype=self.dtype,
        )  # fmt: skip


class Epochs:
    """Prints the network when its engine is known, then the loss of every tenth of the epochs."""

    def __init__(self, screen: Screen, asked: Asked, title: str) -> None:
        self.screen, self.title, self.total = screen, title, asked.epochs
        self.every = max(1, asked.epochs // 10)
        self._next = self.every

    def __call__(self, progress: Progress) -> None:
        """Print what is known by now."""
        if self.title:
            self.screen.line(f"  {self.title}, {progress.engine} engine", "bold")
            self.title = ""
        while self._next <= len(progress.losses):
            loss = progress.losses[self._next - 1]
            width = max(3, len(f"{self.total:,}"))
            self.screen.line(f"  epoch {self._next:>{width},}   loss {loss:.6g}")
            self._next += self.every


@click.command("train", help=HELP)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.csv")
@option(DATA, "--target", click.STRING, "The column to predict.", metavar="COLUMN")
@option(
    DATA,
    "--task",
    click.Choice(["auto", "classify", "regress"]),
    "Whether the target is a class or a number; auto decides by what it holds.",
    "auto",
)
@option(
    DATA,
    "--drop",
    click.STRING,
    "A column to leave out, such as an identifier; may be given several times.",
    metavar="COLUMN",
    multiple=True,
)
@option(
    DATA,
    "--words",
    click.STRING,
    "A column whose numbers are names, such as postcodes; may be given several times.",
    metavar="COLUMN",
    multiple=True,
)
@click.option(
    "--no-standardise",
    "--no-standardize",
    is_flag=True,
    panel=DATA,
    help="Leave numbers as they are, instead of shifting and scaling each column to mean 0 and "
    "standard deviation 1.",
)
@options.separator
@options.hidden("16,16")
@options.activation("relu")
@option(
    NETWORK,
    "--output-activation",
    RowType(GATES, activations(), "gate"),
    "The gate between the last layer and the loss.",
    "identity",
)
@option(
    NETWORK,
    "--loss",
    RowType(LOSSES),
    f"What is minimised, with the penalty --l2; by default {DEFAULT_LOSS['classify']} for classes "
    f"and {DEFAULT_LOSS['regress']} for numbers. There are: {', '.join(LOSSES)}.",
)
@option(
    NETWORK,
    "--initializer",
    RowType(INITIALIZERS),
    "From what the first weights are drawn. glorot does better than he on small tables, after "
    f"relu too (benchmarks/accuracy.py). There are: {', '.join(INITIALIZERS)}.",
    "glorot",
)
@options.optimizer("adam")
@option(
    TRAINING,
    "--learning-rate",
    Number(0, above=True),
    "How long steps are; by default the optimizer's own (see clearprop optimizers).",
)
@option(
    TRAINING,
    "--epochs",
    Number(1, whole=True, most=10**9),
    "How often to go over all rows.",
    200,
)
@option(
    TRAINING,
    "--batch-size",
    BatchSize(),
    f"Rows for each step; by default {BATCH}, or all where the optimizer needs that.",
)
@options.l2(0.01)
@options.seed("Decides the first weights and the order of rows.")
@options.machine
@option(
    OUTPUT,
    "--save",
    click.Path(path_type=Path),
    "Where to keep the network, for clearprop predict.",
    metavar="FILE.clearprop",
)
@option(
    OUTPUT,
    "--plot",
    click.Path(path_type=Path),
    "Where to draw the loss by epoch: a .png, .svg or .pdf.",
    metavar="FILE",
)
@options.json(KEYS)
@options.quiet
@click.pass_obj
def train(screen: Screen, /, **given: Any) -> int:
    """Do what the command was asked for, and return the exit code."""
    asked = Asked(**given)
    _check_outputs(asked)
    prepared = _read(screen, asked)
    columns = prepared.columns
    network = asked.network(columns)
    title = f"{described(network)}, {counted(network.n_parameters, 'parameter')}"
    result = train_on_screen(
        screen, network, prepared.X, prepared.y, unit="epochs",
        watch=Epochs(screen, asked, title), **asked.settings(),
    )  # fmt: skip
    if asked.save is not None:
        save_model(asked.save, result.network, columns=columns, history=_history(asked, result))
    reached = score(result.network, columns, prepared.X, prepared.y)
    _report(screen, asked, result, reached)
    tell_diagnosis(screen, result)
    code = ending(result, asked.rate)
    if asked.plot is not None and code == DONE:
        _plot(screen, asked.plot, result)
    screen.document()
    return code


def _check_outputs(asked: Asked) -> None:
    """See before the training that what comes of it can be kept."""
    check_output("--save", asked.save, asked.file)
    check_output("--plot", asked.plot, asked.file, *filter(None, [asked.save]))
    if asked.plot is not None:
        from ..plots.canvas import check_path

        check_path(asked.plot)
        if find_spec("matplotlib") is None:
            raise MissingExtraError("matplotlib", "plot", "--plot")


def _read(screen: Screen, asked: Asked) -> Prepared:
    """Read the table, prepare it, and say what was found."""
    table = asked.table()
    prepared = prepare(
        table, str(asked.target), task=asked.task, standardise=not asked.no_standardise,
        words=asked.words,
    )  # fmt: skip
    columns = prepared.columns
    target = printable(columns.target.name)
    what = counted(len(columns.classes), "class") if columns.classes else "a number"
    used = counted(len(columns.features), "column")
    screen.line(
        f"  {asked.file}: {counted(len(prepared.y), 'row')}; {target!r} ({what}) from {used}, "
        f"{counted(columns.n_inputs, 'input')}", "bold",
    )  # fmt: skip
    screen.tell([as_options(note) for note in prepared.notes])
    screen.facts |= {
        "command": "train", "data": str(asked.file), "rows": len(prepared.y),
        "target": columns.target.name, "task": columns.task, "classes": columns.classes,
        "inputs": columns.input_names,
    }  # fmt: skip
    return prepared


def _history(asked: Asked, result: Result) -> History:
    return History.of(
        result, learning_rate=asked.rate, batch_size=asked.batch, l2=asked.l2, seed=asked.seed
    )


def _report(screen: Screen, asked: Asked, result: Result, reached: Score) -> None:
    """Say what came of the training, and where it is kept."""
    screen.line(f"  {how_long(result, asked.epochs, 'epoch')}")
    good = f"; {reached.text('training rows')}; new rows usually fare worse"
    screen.line(f"  loss {result.loss:.6g}{'' if result.trouble else good}")
    if asked.save is not None:
        kept = "" if result.trouble is None else " (the last finite weights)"
        screen.line(f"  saved: {asked.save}{kept}; clearprop predict {asked.save} NEW.csv uses it")
    else:
        name = asked.file.with_suffix(".clearprop").name
        screen.line(f"  not saved: --save {name} would keep this network")
    screen.facts |= {
        "network": network_facts(result.network), "optimizer": result.optimizer,
        "learning_rate": asked.rate, "batch_size": asked.batch, "l2": asked.l2,
        "seed": asked.seed, "epochs": result.epochs, "stopped": result.stopped,
        "engine": result.engine, "seconds": result.seconds, "losses": result.losses,
        "loss": result.loss, **reached.facts,
        "saved": None if asked.save is None else str(asked.save), "plot": None,
    }  # fmt: skip


def _plot(screen: Screen, path: Path, result: Result) -> None:
    from ..plots import plot_loss

    plot_loss(result, path=path)
    screen.line(f"  loss curve: {path}")
    screen.facts["plot"] = str(path)
