"""``clearprop explain``: how a number comes about, and how it moves with another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rich_click as click

from ..data import read_csv
from ..errors import ClearPropError, DataError, ModelFileError
from ..explanation import Derivation, LayerDerivation, MatrixForm, ParameterTable
from ..explanation import explain as explain_circuit
from ..explanation.asking import ask, notation_of
from ..explanation.drawing import draw_circuit, draw_network
from ..explanation.examples import published_example, published_examples
from ..explanation.naming import NOTATIONS
from ..explanation.words import LANGUAGES
from ..formulas import parse
from ..modelfile import load_model
from ..network import Network
from . import options
from .colours import coloured
from .failures import as_options
from .options import DATA, OUTPUT, TRAINING, Number, check_output, option
from .screen import WIDTH, Screen

HELP = """
Show how a loss moves with one number: every step, every slope, every path, and a check.

WHAT is a published example (tutorial, mazur), a model file with a row of a table, or a formula
with the values of its letters.

\b
Examples:
  clearprop explain tutorial --wrt w1
  clearprop explain mazur --wrt w5 --language zh
  clearprop explain "(x+y)*z" --at x=-2,y=5,z=-4
  clearprop explain "sigmoid(w*x + b)" --at w=2,x=0.5,b=-0.3 --wrt x --second w
  clearprop explain iris.clearprop --data iris.csv --row 3 --wrt "W1[0,2]"
"""
KEYS = (
    "format, version, subject, result, wrt, wrt_value, value, steps, n_paths, paths, deltas, "
    "shares, slope, penalty, total, learning_rate, updated, check, matrix"
)
VIEWS = ("text", "markdown", "latex", "html")
PICTURE = "svg"


class Values(click.ParamType):  # type: ignore[type-arg]
    """Values of letters: ``x=-2,y=5``; a dict."""

    name = "x=1,y=2"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the values by name; wrong usage if they are none."""
        if isinstance(value, dict):
            return value
        found: dict[str, float] = {}
        for part in str(value).split(","):
            name, sign, number = part.partition("=")
            try:
                found[name.strip()] = float(number)
            except ValueError:
                sign = ""
            if not sign or not name.strip().isidentifier():
                self.fail(f"{part.strip()!r} is not like x=-2; write x=-2,y=5,z=-4", param, ctx)
        return found


@click.command("explain", help=HELP)
@click.argument("what", metavar="WHAT")
@option(
    DATA,
    "--wrt",
    click.STRING,
    "The number to explain: a parameter (w1, b2, W1[0,2]), an input (i1), or a step between "
    "(net_h1, out_o2). A formula's first letter where it is left out.",
    metavar="NAME",
)
@option(
    DATA,
    "--second",
    click.STRING,
    "Explain the second derivative: how the derivative by --wrt moves with this number.",
    metavar="NAME",
)
@option(DATA, "--at", Values(), "The values of a formula's letters.", metavar="x=1,y=2")
@option(
    DATA,
    "--data",
    click.Path(path_type=Path),
    "The table that a model file's row is in, with its target.",
    metavar="FILE.csv",
)
@option(
    DATA,
    "--row",
    Number(1, whole=True),
    "Which row of the table, counted from 1; all rows where it is left out.",
)
@options.separator
@option(
    TRAINING,
    "--learning-rate",
    Number(0, above=True),
    "Show a step of gradient descent; the published examples have their own.",
)
@option(
    OUTPUT,
    "--notation",
    click.Choice(NOTATIONS),
    "How the numbers are called: w1, net_h1, out_h1; or W1[0,0], z1[0], a1[0]. By default as in "
    "--wrt.",
)
@click.option(
    "--matrix",
    is_flag=True,
    panel=OUTPUT,
    help="Show only how the whole array is computed that the number is in, with all shapes.",
)
@option(OUTPUT, "--language", click.Choice(list(LANGUAGES)), "English or Chinese.")
@option(
    OUTPUT,
    "--format",
    click.Choice([*VIEWS, PICTURE]),
    "How it is shown. latex is a document with --out, else lines to paste; svg is the picture of "
    "the circuit or network.",
)
@option(OUTPUT, "--digits", Number(1, whole=True, most=15), "Significant digits of each number.")
@option(
    OUTPUT,
    "--out",
    click.Path(path_type=Path),
    "Write it to a file; one that exists is replaced.",
    metavar="FILE",
)
@options.json(KEYS)
@options.quiet
@click.pass_obj
def explain(
    screen: Screen,
    what: str,
    wrt: str | None,
    second: str | None,
    at: dict[str, float] | None,
    data: Path | None,
    row: int | None,
    separator: str | None,
    learning_rate: float | None,
    notation: str | None,
    matrix: bool,
    language: str | None,
    format: str | None,
    digits: int | None,
    out: Path | None,
) -> None:
    """Do what the command was asked for."""
    check_output("--out", out, *([data] if data else []))
    how: dict[str, Any] = {
        "second": second, "learning_rate": learning_rate,
        "notation": notation or notation_of(wrt or ""),
    }  # fmt: skip
    if what.endswith(".clearprop") or Path(what).is_file():
        answer = _of_model(screen, Path(what), data, row, separator, wrt, how)
    elif what in published_examples():
        answer = _of_example(what, wrt, how)
    else:
        answer = _of_formula(what, at, wrt, second, learning_rate)
    if matrix:
        answer = answer.of_arrays()
    view = format or "text"
    text = _shown(answer, view, language or "en", digits, None if out else screen.width)
    screen.facts |= answer.found.to_dict()
    if out is not None:
        out.write_text(text, "utf-8")
        screen.line(f"written to {out}")
    elif view == "text":
        name = getattr(answer.found, "wrt", "")
        for line in coloured(text.splitlines(), name):
            screen.styled(line)
    else:
        for plain in text.splitlines():
            screen.line(plain)
    screen.document()


def _shown(
    answer: Answer, view: str, language: str, digits: int | None, width: int | None
) -> str:  # fmt: skip
    """Return an answer in a view: for a screen so wide, or without a width for a file."""
    if view == PICTURE:
        return str(answer.draw(language=language))
    settings: dict[str, Any] = {"language": language}
    if digits is not None:
        settings["digits"] = digits
    if view == "text":
        settings["width"] = width or WIDTH
    if view == "html":
        settings["picture"] = answer.picture(language)
    if view == "latex":
        settings["document"] = width is None
    text: str = getattr(answer.found, view)(**settings)
    return text


@dataclass(frozen=True)
class Answer:
    """An explanation, and who draws what it is of."""

    found: Derivation | LayerDerivation | ParameterTable | MatrixForm
    draw: Callable[..., Any]

    def picture(self, language: str) -> str:
        """Return the picture as SVG; nothing where there is too much for one."""
        try:
            return str(self.draw(language=language))
        except ClearPropError:
            return ""

    def of_arrays(self) -> Answer:
        """Return the matrix form alone."""
        if isinstance(self.found, MatrixForm) or self.found.matrix is None:
            raise click.UsageError(
                "--matrix is for a network's parameters, inputs and neurons, and first derivatives"
            )
        return Answer(self.found.matrix, self.draw)


def _drawing(net: Network, x: Any, y: Any, notation: str) -> Callable[..., Any]:
    """Return who draws a network: number by number, or as layers where that is too much."""

    def draw(language: str) -> Any:
        try:
            return draw_circuit(net, x=x, y=y, notation=notation, language=language)
        except ClearPropError:
            return draw_network(net, notation=notation, language=language)

    return draw


def _of_formula(
    text: str,
    at: dict[str, float] | None,
    wrt: str | None,
    second: str | None,
    rate: float | None,
) -> Answer:
    if not at:
        known = ", ".join(published_examples())
        raise click.UsageError(
            f"{text!r} is neither a file nor one of the examples ({known}); a formula needs the "
            'values of its letters: clearprop explain "(x+y)*z" --at x=-2,y=5,z=-4'
        )
    circuit = parse(text, **at)
    found = explain_circuit(circuit, wrt or next(iter(at)), second=second, learning_rate=rate)
    return Answer(found, partial(draw_circuit, circuit))


def _of_example(name: str, wrt: str | None, how: dict[str, Any]) -> Answer:
    example = published_example(name)
    rate = how.pop("learning_rate") or (None if how["second"] else example.learning_rate)
    net, x, y = example.network, example.x, example.y
    found = ask(net, x, y, wrt or "w1", learning_rate=rate, **how)
    return Answer(found, _drawing(net, x, y, how["notation"]))


def _of_model(
    screen: Screen,
    path: Path,
    data: Path | None,
    row: int | None,
    separator: str | None,
    wrt: str | None,
    how: dict[str, Any],
) -> Answer:
    model = load_model(path)
    if model.columns is None:
        raise ModelFileError(
            f"{path} does not say which columns it takes: it was saved in Python without "
            "columns=...; there, net.explain(x, y, wrt=...) explains it"
        )
    if data is None:
        raise click.UsageError("a model file is explained for rows of a table: add --data FILE.csv")
    table = read_csv(data, separator=separator)
    X, notes = model.columns.encode(table)
    screen.tell([as_options(note) for note in notes])
    y, keep, more = model.columns.encode_target(table)
    screen.tell([as_options(note) for note in more])
    lines = np.arange(len(X))[keep]  # rows without a target are left out
    X = X[keep]
    if row is not None:
        here = np.flatnonzero(lines == row - 1)
        if not len(here):
            what = "its target is missing" if row <= table.n_rows else f"it has {table.n_rows} rows"
            raise DataError(f"{data}: row {row} cannot be explained: {what}")
        X, y = X[here], y[here]
    if not len(X):
        raise DataError(f"{data} has no row with a known target")
    found = ask(model.network, X, y, wrt or "W1[0,0]", **how)
    return Answer(found, _drawing(model.network, X[0], y[0], how["notation"]))
