"""``clearprop check``: is this back-propagation right, and if not, what is wrong with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rich_click as click

from ..data import prepare, read_csv
from ..errors import ClearPropError, DataError, DoctorError
from ..explanation.words import LANGUAGES
from ..network import Network
from ..tables import GATES, LOSSES, activations
from . import options
from .failures import DONE, REPORTED, USAGE, as_options
from .options import DATA, NETWORK, OUTPUT, Number, ParamType, RowType, option
from .screen import Screen, printable

if TYPE_CHECKING:
    from ..doctor.calling.sandbox import Sandboxed
    from ..doctor.report import GradientReport

HELP = """
Check a back-propagation of your own: which gradients are wrong, which mistake it is, and the fix.

FILE.py:FUNCTION is a function that takes parameters and data and returns gradients, perhaps with
the loss, in any of the usual ways; or a class with such a method. Without --data, random data are
made and shown. The file runs in a process of its own.

\b
Examples:
  clearprop check homework.py:backward --network 2-3-2 --activation tanh
  clearprop check homework.py:Net.backprop --network 4-8-1 --loss squared_error --rows 20
  clearprop check homework.py:f --network 2-3 --call "f(X.T, one_hot(y).T, W1.T, b1[:, None])"
  clearprop check homework.py:grads --network 4-5-3 --data iris.csv --target species
"""
EPILOG = "Exit codes: 0 all is right, 1 something is wrong, 2 it could not be checked."
RUNNING = "The file"
KEYS = (
    "file, function, call, data, right, layers, activations, loss, n_rows, reduction, l2, factor, "
    "inferred, loss_given, loss_right, loss_agrees, tolerance, verdicts, explanations, slips, "
    "stretch, called, printed"
)
WIDE = 8  # columns of data that are shown
LONG = 6  # lines of what the file prints that are shown
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {"data": "Data (seed {seed})", "of": "{rows} rows of {file}",
           "and": "; ", "printed": "The file printed:",
           "big": "{rows} rows of {inputs} random numbers (seed {seed})"},
    "zh": {"data": "数据（种子 {seed}）", "of": "{file} 的 {rows} 行", "and": "；",
           "printed": "该文件打印了：",
           "big": "{rows} 行，每行 {inputs} 个随机数（种子 {seed}）"},
}  # fmt: skip


class Sizes(ParamType):
    """Neurons of each layer, inputs and outputs included: ``2-3-2``; a tuple."""

    name = "2-3-2"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a tuple of int."""
        if isinstance(value, tuple):
            return value
        if not re.fullmatch(r"0*[1-9]\d{0,6}(-0*[1-9]\d{0,6})+", str(value).strip(), re.ASCII):
            self.fail(f"inputs, hidden neurons and outputs are expected, such as 2-3-2, not "
                      f"{str(value)!r}", param, ctx)  # fmt: skip
        return tuple(map(int, str(value).split("-")))


class Where(ParamType):
    """A function in a file: ``homework.py:backward``; a path and a name."""

    name = "FILE.py:FUNCTION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path and the name."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(.+?)(?::([^\W\d]\w*(?:\.[^\W\d]\w*)?))?", str(value))
        path, name = Path(found[1] if found else str(value)), found[2] if found else None
        if not path.is_file():
            self.fail(f"there is no file {path}; write homework.py:function", param, ctx)
        if name is None:
            there = _defined(path)
            if len(there) != 1:
                listed = ", ".join(f"{path.name}:{each}" for each in there or ["backward"])
                self.fail(f"say which function of the file is meant: {listed}", param, ctx)
            name = there[0]
        return path, name


def _defined(path: Path) -> list[str]:
    """Return the functions and classes that a file defines, without running it."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return []
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [node.name for node in tree.body if isinstance(node, kinds) and node.name[0] != "_"]


@dataclass(frozen=True)
class Asked:
    """All that the command was asked for."""

    where: tuple[Path, str]
    network: tuple[int, ...]
    activation: tuple[Any, ...]
    output_activation: Any
    loss: Any
    data: Path | None
    target: str | None
    rows: int
    separator: str | None
    reduction: str | None
    l2: float | None
    call: str | None
    seed: int
    language: str
    format: str
    time: float
    memory: int

    def net(self) -> Network:
        """Return the network, with parameters that are no special case: no bias is 0."""
        gates = self.activation if len(self.activation) > 1 else self.activation[0]
        made = Network(
            self.network, gates, self.loss, self.output_activation, seed=self.seed, dtype="float64"
        )
        draws = np.random.RandomState(self.seed)
        moved = made.vector + draws.uniform(-0.5, 0.5, made.n_parameters)
        return Network.of(made.architecture, moved)


@click.command("check", help=HELP, epilog=EPILOG)
@click.argument("where", type=Where(), metavar="FILE.py:FUNCTION")
@click.option(
    "--network",
    type=Sizes(),
    required=True,
    panel=NETWORK,
    help="Inputs, neurons of each hidden layer, outputs.",
)
@options.activation("tanh")
@option(
    NETWORK,
    "--output-activation",
    RowType(GATES, activations(), "gate"),
    "The gate between the last layer and the loss. Softmax and logistic live inside their losses.",
    "identity",
)
@option(
    NETWORK,
    "--loss",
    RowType(LOSSES),
    f"What the gradients should be of. There are: {', '.join(LOSSES)}; parameters in brackets, as "
    "in 'hinge(margin=2)'.",
    "softmax_cross_entropy",
)
@option(
    NETWORK,
    "--reduction",
    click.Choice(["sum", "mean"]),
    "Whether the samples' losses are added up or averaged. Left out: as in the loss that the "
    "function returns; where it returns none, either counts.",
)
@option(
    NETWORK,
    "--l2",
    Number(0),
    "The loss has l2/2 times the sum of the squared weights (not biases) in it. Left out: found.",
)
@option(
    DATA,
    "--data",
    click.Path(path_type=Path),
    "A table to take the data from; random data by default.",
    metavar="FILE.csv",
)
@option(DATA, "--target", click.STRING, "The column of --data to predict.", metavar="COLUMN")
@option(DATA, "--rows", Number(1, whole=True, most=10**6), "How many samples.", 12)
@options.separator
@option(
    DATA,
    "--seed",
    Number(0, whole=True, most=2**32 - 1),
    "Decides the random data and the parameters.",
    0,
)
@option(
    RUNNING,
    "--call",
    click.STRING,
    "How the function is called, where its arguments' names do not say it: X, y, W1, b1, ..., "
    "params (a dict), flat (a vector), one_hot(y), l2, n; .T and [:, None] change shapes.",
    metavar="'f(X, y, W1, b1)'",
)
@option(RUNNING, "--time", Number(0, above=True, most=3600), "Seconds that a call may take.", 10.0)
@option(
    RUNNING, "--memory", Number(16, whole=True, most=2**20), "MiB that the file may take.", 1024
)
@option(OUTPUT, "--language", click.Choice(list(LANGUAGES)), "English or Chinese.", "en")
@option(OUTPUT, "--format", click.Choice(["text", "json"]), "json is the same as --json.", "text")
@options.json(KEYS)
@options.quiet
@click.pass_obj
def check(screen: Screen, /, **given: Any) -> int:
    """Do what the command was asked for, and return the exit code."""
    asked = Asked(**given)
    screen.json = screen.json or asked.format == "json"
    if (asked.data is None) != (asked.target is None):
        raise click.UsageError("--data and --target belong together: a table, and its column to "
                               "predict")  # fmt: skip
    try:
        return _check(screen, asked)
    except ClearPropError as error:
        screen.error(_as_options(str(error)))
        return USAGE


def _check(screen: Screen, asked: Asked) -> int:
    from ..doctor.calling.sandbox import open_sandbox
    from ..doctor.gradcheck import check_gradients

    net = asked.net()
    X, y = _random(asked) if asked.data is None else _read(screen, asked)
    path, name = asked.where
    with open_sandbox(path, name, net, X, y, call=asked.call, l2=asked.l2, seconds=asked.time,
                      memory=asked.memory) as caller:  # fmt: skip
        try:
            report = check_gradients(caller, net, X, y, reduction=asked.reduction, l2=asked.l2)
        except DoctorError:
            _printed(screen, asked, caller.printed)
            raise
        _show(screen, asked, report, caller, (X, y))
    return DONE if report.right else REPORTED


def _show(
    screen: Screen, asked: Asked, report: GradientReport, caller: Sandboxed, data: tuple[Any, Any]
) -> None:
    """Print the data, how the function was called, and what was found."""
    X, y = data
    path, name = asked.where
    screen.line(f"  {printable(path)}:{name}", "bold")
    call, layout = (
        [n.text(asked.language) for n in caller.notes if n.tells and (n.key == "call") == first]
        for first in (True, False)
    )
    for said in filter(None, (call, layout)):
        screen.line("  " + WORDS[asked.language]["and"].join(said), "dim", hang=2)
    screen.line()
    _show_data(screen, asked, X, y)
    _printed(screen, asked, caller.printed)
    colours = {verdict.name: "green" if verdict.right else "red" for verdict in report.verdicts}
    for line in report.text(language=asked.language, width=96).splitlines():
        first = line.split()[0] if line.startswith("  ") else ""  # the name of a gradient
        screen.line(f"  {line}".rstrip(), colours.get(first, ""))
    found = report.to_dict()
    screen.facts |= {"file": str(path), "function": name, "call": caller.way.call,
                     "data": {"X": X, "y": y}, **found, "printed": caller.printed,
                     "called": [note.text(asked.language) for note in caller.notes]}  # fmt: skip
    screen.facts.pop("notes", None)
    screen.document()


def _random(asked: Asked) -> tuple[Any, Any]:
    """Return random data with two decimals, which a person can copy."""
    draws = np.random.RandomState(asked.seed)
    n_outputs = asked.network[-1]
    X = np.round(draws.randn(asked.rows, asked.network[0]), 2)
    if asked.loss.targets == "class":
        return X, draws.permutation(np.arange(asked.rows) % n_outputs)
    if asked.loss.targets == "binary":
        return X, draws.randint(0, 2, (asked.rows, n_outputs)).astype(np.float64)
    return X, np.round(draws.randn(asked.rows, n_outputs), 2)


def _read(screen: Screen, asked: Asked) -> tuple[Any, Any]:
    """Return the first rows of a table as inputs and targets."""
    table = read_csv(asked.data, separator=asked.separator)  # type: ignore[arg-type]
    task = "regress" if asked.loss.targets == "value" else "classify"
    prepared = prepare(table, str(asked.target), task=task)
    screen.tell([as_options(note) for note in prepared.notes])
    X, y = prepared.X[: asked.rows], prepared.y[: asked.rows]
    if X.shape[1] != asked.network[0]:
        raise DataError(
            f"{asked.data} gives {X.shape[1]} inputs ({', '.join(prepared.columns.input_names)}), "
            f"and --network begins with {asked.network[0]}"
        )
    n_classes = len(prepared.columns.classes)
    fits = {"class": n_classes == asked.network[-1], "binary": n_classes == 2, "value": True}
    if not fits[asked.loss.targets]:
        raise DataError(
            f"{asked.target!r} has {n_classes} classes, and --network ends with "
            f"{asked.network[-1]} outputs"
        )
    return X, y


def _show_data(screen: Screen, asked: Asked, X: Any, y: Any) -> None:
    words = WORDS[asked.language]
    rows, inputs = X.shape
    if asked.data is not None:
        screen.line("  " + words["of"].format(rows=rows, file=printable(asked.data)))
    elif inputs > WIDE or rows > 2 * WIDE:
        screen.line("  " + words["big"].format(rows=rows, inputs=inputs, seed=asked.seed))
    else:
        targets = y.reshape(rows, -1)
        shown = "{:g}" if asked.loss.targets != "value" else "{:.2f}"
        names = [f"x{k}" for k in range(1, inputs + 1)] + [
            "y" if targets.shape[1] == 1 else f"y{k}" for k in range(1, targets.shape[1] + 1)
        ]
        screen.line("  " + words["data"].format(seed=asked.seed))
        screen.line("  " + "".join(f"{name:>8}" for name in names), "dim")
        for left, right in zip(X, targets, strict=True):
            cells = [f"{v:.2f}" for v in left] + [shown.format(v) for v in right]
            screen.line("  " + "".join(f"{cell:>8}" for cell in cells))
    screen.line()


def _printed(screen: Screen, asked: Asked, text: str) -> None:
    """Show the beginning of what the file printed."""
    lines = list(dict.fromkeys(printable(line) for line in text.splitlines()))
    if not lines:
        return
    screen.line("  " + WORDS[asked.language]["printed"], "dim")
    for line in lines[:LONG]:
        screen.line(f"    {line[:96]}", "dim")
    if len(lines) > LONG:
        screen.line("    ...", "dim")
    screen.line()


def _as_options(text: str) -> str:
    """Return an error's message with arguments written as options, safe to print."""
    lines = [printable(line) for line in text.splitlines()]
    return as_options("\n".join(lines)).replace("call='...'", "--call '...'")
