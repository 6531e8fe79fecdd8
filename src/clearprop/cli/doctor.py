"""``clearprop doctor``: what is wrong with a training run; also the notes after a training."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import rich_click as click

from ..data import Columns, RawTable, read_csv
from ..doctor.training.diagnosing import diagnose
from ..doctor.training.report import Diagnosis
from ..doctor.training.words import WORDS
from ..errors import DataError, ModelFileError
from ..modelfile import load_model
from ..training import Result
from . import options
from .failures import as_options
from .options import OUTPUT, TRAINING, Number, option
from .screen import Screen, counted

WIDTH = 100
EFFORT = 0.25  # of the training's own work, after a training; what takes no time is free

HELP = """
Say what is wrong with the training of a saved network, and what to set instead.

DATA.csv has the rows that the network was trained on; the model file holds how it was trained and
every loss on the way. Measured are the learning rate against the sharpness of the loss, dead and
saturated neurons, gradients that vanish or explode, unscaled inputs, rare classes, and whether the
loss is still falling; with --validation also over- and underfitting. Where a setting is blamed,
another one has been tried.

\b
Examples:
  clearprop doctor iris.clearprop iris.csv
  clearprop doctor iris.clearprop iris.csv --validation new.csv
  clearprop doctor iris.clearprop iris.csv --language zh
"""
KEYS = (
    "model, data, healthy, findings (a list of key, severity, measured, threshold, source, "
    "figures, advice, place, case), checked, unchecked, run"
)


@click.command("doctor", help=HELP)
@click.argument("model", type=click.Path(path_type=Path), metavar="FILE.clearprop")
@click.argument("file", type=click.Path(path_type=Path), metavar="DATA.csv")
@option(
    TRAINING,
    "--validation",
    click.Path(path_type=Path),
    "Rows that the network was not trained on.",
    metavar="FILE.csv",
)
@option(
    TRAINING,
    "--effort",
    Number(0),
    "What trial runs may cost, as a share of the training itself.",
    1.0,
)
@options.separator
@click.option(
    "--language",
    type=click.Choice(sorted(WORDS)),
    default="en",
    show_default=True,
    panel=OUTPUT,
    help="In which words: English or Chinese.",
)
@options.json(KEYS)
@options.quiet
@click.pass_obj
def doctor(
    screen: Screen,
    /,
    model: Path,
    file: Path,
    validation: Path | None,
    effort: float,
    separator: str | None,
    language: str,
) -> None:
    """Diagnose the run that made a model file."""
    loaded = load_model(model)
    if loaded.columns is None:
        raise ModelFileError(
            f"{model} does not say which columns it takes: it was saved in Python without "
            "columns=...; save it with them, or use cp.diagnose in Python"
        )
    X, y = _samples(screen, loaded.columns, read_csv(file, separator=separator))
    more = {}
    if validation is not None:
        table = read_csv(validation, separator=separator)
        more["X_val"], more["y_val"] = _samples(screen, loaded.columns, table)
    found = diagnose(loaded, X, y, effort=effort, **more)
    screen.line(f"  {model}, {counted(len(X), 'row')} of {file}", "bold")
    for line in found.text(language, width=WIDTH - 2).rstrip("\n").split("\n"):
        title = re.match(r"\d+\. ", line)
        screen.line(f"  {line}".rstrip(), "yellow" if title else "", hang=5)
    screen.facts |= {"command": "doctor", "model": str(model), "data": str(file)}
    screen.facts |= {"healthy": found.healthy} | found.to_data()
    screen.document()


def _samples(screen: Screen, columns: Columns, table: RawTable) -> tuple[Any, Any]:
    """Return a table's rows with a known target, encoded."""
    name = columns.target.name
    if name not in table.columns:
        raise DataError(f"{table.source} has no column {name!r}, which the network predicts")
    X, notes = columns.encode(table)
    y, keep, dropped = columns.encode_target(table)
    screen.tell([as_options(note) for note in (*notes, *dropped)])
    return X[keep], y


def tell_diagnosis(
    screen: Screen, result: Result, *, unit: str = "epoch", samples: int = 1
) -> Diagnosis | None:
    """Say after a training what is wrong with it: a note for each finding, or one line.

    Parameters
    ----------
    screen : Screen
    result : Result
    unit : str
        What an epoch is called.
    samples : int
        What losses are divided by.
    """
    screen.facts["diagnosis"] = None
    if result.stopped in ("interrupted", "callback"):
        return None
    found = diagnose(result, effort=EFFORT).per_sample(samples)
    for note in found.notes(unit=unit):
        screen.note(settings_as_options(note[:1].lower() + note[1:], unit))
    if found.healthy:
        screen.line(f"  the doctor finds nothing wrong ({counted(len(found.checked), 'check')})")
    screen.facts["diagnosis"] = {"healthy": found.healthy, **found.to_data()}
    return found


def settings_as_options(text: str, unit: str = "epoch") -> str:
    """Return advice with settings written as options of the command.

    >>> settings_as_options("take learning_rate=0.005, or layers=[2, 16, 16, 2]")
    'take --learning-rate 0.005, or --hidden 16,16'
    """
    text = re.sub(
        r"\blayers=\[\d+(?:, )?(.*?),? ?\d+\]",
        lambda m: f"--hidden {m[1].replace(' ', '') or 'none'}",
        text,
    )
    epochs = "--passes" if unit == "pass" else "--epochs"
    text = re.sub(r"\bepochs=([\d,]+)", lambda m: f"{epochs} {m[1].replace(',', '')}", text)
    text = re.sub(r"\b(initializer|activation)='(\w+)'", r"--\1 \2", text)
    return re.sub(r"\b(learning_rate|l2)=", lambda m: f"--{m[1].replace('_', '-')} ", text)
