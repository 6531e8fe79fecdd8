"""The command with all its subcommands."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import rich_click as click

from .. import __version__
from .audit import audit
from .check import check
from .doctor import doctor
from .explain import explain
from .export import export
from .failures import guarded
from .mistakes import mistakes
from .moons import moons
from .predict import predict
from .screen import Screen
from .tables import LISTINGS, listing
from .train import train
from .worksheet import grade, worksheet

HELP = """
Feed-forward neural networks with nothing hidden.

Train them on tables of your own or on the tutorial's two moons, and look up every formula that
they are made of. Each command explains itself: clearprop train --help.

\b
Examples:
  clearprop moons
  clearprop train iris.csv --target species --save iris.clearprop
  clearprop predict iris.clearprop new.csv --out predictions.csv
  clearprop explain tutorial --wrt w1
  clearprop check homework.py:backward --network 2-3-2
  clearprop doctor iris.clearprop iris.csv
  clearprop worksheet --network 2-2-2 --students 30 --out sheets/
  clearprop gates --activations
"""
EPILOG = "Exit codes: 0 done, 1 an error in data, files or training, 2 wrong usage, 130 Ctrl-C."
COMMANDS = (moons, train, predict, explain, audit, check, doctor, export, worksheet, grade)
TABLES = (*(listing(each) for each in LISTINGS), mistakes)
LOOK = click.RichHelpConfiguration(
    theme="default-slim",
    style_helptext="",
    style_epilog_text="dim",
    max_width=100,
    padding_helptext_first_line=(0, 0, 1, 0),
    text_paragraph_linebreaks="\n\n",
    command_groups={
        "*": [
            {"name": "Commands", "commands": [str(each.name) for each in COMMANDS]},
            {"name": "Tables", "commands": [str(each.name) for each in TABLES]},
        ]
    },
)


class App(click.RichGroup):
    """The group of commands; whatever goes wrong in one ends in a line and an exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run and exit, as a click command does."""
        given = kwargs.pop("args", args[0] if args else None)
        sys.exit(self.run(sys.argv[1:] if given is None else list(given)))

    def run(self, argv: Sequence[str]) -> int:
        """Run and return the exit code."""
        screen = Screen(json="--json" in argv)
        words = list(argv) or ["--help"]
        debug = "--debug" in argv or os.environ.get("CLEARPROP_DEBUG", "") not in {"", "0"}

        def work() -> Any:
            return super(App, self).main(
                words, prog_name="clearprop", standalone_mode=False, obj=screen
            )

        return guarded(screen, work, debug=debug)


@click.group(cls=App, name="clearprop", help=HELP, epilog=EPILOG)
@click.rich_config(help_config=LOOK)
@click.version_option(__version__, prog_name="clearprop", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error, too.")
def app(debug: bool) -> None:
    """Do nothing: the subcommands do it all; ``--debug`` is read in :meth:`App.run`."""


for _command in (*COMMANDS, *TABLES):
    app.add_command(_command)


def run(argv: Sequence[str]) -> int:
    """Run the command with these words and return its exit code."""
    return app.run(argv)
