"""``clearprop worksheet`` and ``clearprop grade``: back-propagation by hand, for a class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from ..explanation.words import LANGUAGES
from ..tables import GATES, LOSSES, activations
from . import options
from .check import Sizes
from .options import DATA, NETWORK, OUTPUT, TRAINING, Number, RowType, check_output, option
from .screen import Screen, counted, printable

HELP = """
Make worksheets: back-propagation by hand, with other numbers for each student.

The folder gets the sheets (HTML and LaTeX, A4, black on white), the key with full derivations, a
table for the answers, and sheets.json, which clearprop grade reads. The same seed gives the same
sheets.

\b
Examples:
  clearprop worksheet --network 2-2-2 --students 30 --seed 7 --ask w1,w5,b2 --out sheets/
  clearprop worksheet --network 2-3-2 --names class.csv --language zh --out sheets/
  clearprop grade sheets/ answers.csv --out marks.html
"""
KEYS = "command, out, network, students, ask, seed, digits, tolerance, language, questions, files"
SHEETS = "The sheets"

GRADE_HELP = """
Mark the answers of a class, and say what went wrong in each that is wrong.

SHEETS is the folder that clearprop worksheet wrote; ANSWERS.csv is its answers.csv, filled in (also
as a spreadsheet saves it: with semicolons, quotes, a byte-order mark). An answer is right if it
agrees to as many significant figures as the sheet asks for. Every mistake that the doctor knows is
planted in the student's own network; the reason is the one that gives the student's number.

\b
Examples:
  clearprop grade sheets/ answers.csv
  clearprop grade sheets/ answers.csv --out marks.html --out marks.csv
"""
GRADE_KEYS = "format, version, digits, tolerance, students, problems, out"


@click.command("worksheet", help=HELP)
@option(
    NETWORK,
    "--network",
    Sizes(),
    "Inputs, neurons of each hidden layer, outputs.",
    required=True,
)
@options.activation("sigmoid")
@option(
    NETWORK,
    "--output-activation",
    RowType(GATES, activations(), "gate"),
    "The gate between the last layer and the loss. Left out: sigmoid where the loss compares "
    "values, else none (identity).",
)
@option(
    NETWORK,
    "--loss",
    RowType(LOSSES),
    f"There are: {', '.join(LOSSES)}.",
    "squared_error",
)
@click.option(
    "--own-biases",
    is_flag=True,
    panel=NETWORK,
    help="Each neuron has a bias of its own (b_h1); by default those of a layer share one (b1).",
)
@option(
    TRAINING, "--learning-rate", Number(0, above=True), "Of the one step that is asked for.", 0.5
)
@option(SHEETS, "--students", Number(1, whole=True, most=1000), "How many sheets.")
@option(
    SHEETS,
    "--names",
    click.Path(path_type=Path),
    "A table with a column name: a sheet for each student.",
    metavar="FILE.csv",
)
@option(SHEETS, "--seed", Number(0, whole=True, most=2**32 - 1), "Decides all numbers.", 0)
@option(
    SHEETS,
    "--ask",
    click.STRING,
    "The parameters whose derivative and new value are asked for, with commas; all for all. Left "
    "out: the first weight of each layer, and a bias.",
    metavar="w1,w5,b2",
)
@option(SHEETS, "--digits", Number(2, whole=True, most=10), "Significant figures of an answer.", 4)
@option(
    SHEETS,
    "--tolerance",
    Number(0, whole=True, most=5),
    "By how many units the last figure may be off.",
    1,
)
@option(SHEETS, "--language", click.Choice(list(LANGUAGES)), "English or Chinese.", "en")
@option(
    OUTPUT,
    "--out",
    click.Path(path_type=Path, file_okay=False),
    "The folder to write to; files of the same names are replaced.",
    metavar="FOLDER",
    required=True,
)
@options.json(KEYS)
@options.quiet
@click.pass_obj
def worksheet(screen: Screen, /, **given: Any) -> None:
    """Make and write the worksheets."""
    from ..doctor.worksheets import make_worksheets
    from ..doctor.worksheets.tables import read_names

    names = [] if given["names"] is None else read_names(given["names"])
    if given["students"] is None and not names:
        raise click.UsageError("--students is missing: how many sheets? Or give --names FILE.csv")
    activation = given["activation"]
    sheets = make_worksheets(
        given["network"],
        given["students"] or 0,
        activation=activation if len(activation) > 1 else activation[0],
        shared_bias=not given["own_biases"],
        names=names,
        **{key: given[key] for key in ("seed", "ask", "loss", "output_activation", "learning_rate",
                                       "digits", "tolerance", "language")},
    )  # fmt: skip
    out: Path = given["out"]
    files = sheets.save(out)
    task = sheets.task
    screen.facts |= {
        "command": "worksheet", "out": str(out), "network": list(task.shape.layers),
        "students": len(sheets), "ask": list(task.ask), "seed": task.seed, "digits": task.digits,
        "tolerance": task.tolerance, "language": task.language,
        "questions": [question.key for question in task.questions],
        "files": [str(path) for path in files],
    }  # fmt: skip
    folder = f"{printable(out)}/"
    screen.line(f"  {counted(len(sheets), 'sheet')} of a {task.network} network, "
                f"{len(task.questions)} answers each, seed {task.seed}")  # fmt: skip
    for name, what in (
        ("students/", "a sheet for each student (HTML and LaTeX)"),
        ("all-sheets.html, .tex", "all of them, to be printed"),
        ("key/index.html", "right answers; for each sheet a key with full derivations"),
        ("answers.csv", "the table for the answers"),
        ("sheets.json", "the numbers, which clearprop grade needs: keep it"),
    ):
        screen.line(f"  {folder + name:<{len(folder) + 23}} {what}")
    screen.document()


@click.command("grade", help=GRADE_HELP)
@click.argument("sheets", type=click.Path(path_type=Path), metavar="SHEETS")
@click.argument("answers", type=click.Path(path_type=Path), metavar="ANSWERS.csv")
@option(
    OUTPUT,
    "--out",
    click.Path(path_type=Path),
    "Write a report: .html a page, .csv a table, .json data; several times for several.",
    metavar="FILE",
    multiple=True,
)
@option(
    OUTPUT, "--language", click.Choice(list(LANGUAGES)), "English or Chinese; as the sheets are."
)
@option(DATA, "--sheet", Number(1, whole=True), "Show this sheet only.")
@options.json(GRADE_KEYS)
@options.quiet
@click.pass_obj
def grade(
    screen: Screen,
    sheets: Path,
    answers: Path,
    out: tuple[Path, ...],
    language: str | None,
    sheet: int | None,
) -> None:
    """Mark the answers and show what was found."""
    from ..doctor.worksheets import grade as mark
    from ..doctor.worksheets.report_text import to_text

    for path in out:
        check_output("--out", path, answers)
        if path.suffix.lower() not in (".html", ".csv", ".json"):
            raise click.UsageError(f"--out {path}: a report is .html, .csv or .json")
    grading = mark(sheets, answers)
    if sheet is not None and all(one.number != sheet for one in grading.students):
        raise click.UsageError(f"--sheet: there is no sheet {sheet}")
    text = to_text(grading, language or grading.language, 96, sheet)
    for line in text.splitlines():
        screen.line(f"  {line}" if line else "")
    for path in out:
        grading.save(path, language=language)
        screen.line(f"  written to {printable(path)}")
    screen.facts |= {**grading.to_dict(), "out": [str(path) for path in out]}
    screen.document()
