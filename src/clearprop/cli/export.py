"""``clearprop export``: a saved network as a program of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import rich_click as click

from ..modelfile import load_model
from ..tables import OPTIMIZERS
from . import options
from .options import OUTPUT, TRAINING, RowType, Several, check_output, option
from .running import described, network_facts
from .screen import Screen, counted

HELP = """
Print a saved network as a Python program that needs NumPy and nothing else.

The program has the network's numbers to the last bit, and its mathematics for people to read:
forward, loss, gradients, a training loop, predictions. It reads tables and answers in their terms,
where the model file says how.

\b
Examples:
  clearprop export iris.clearprop --to iris.py
  clearprop export iris.clearprop --to -
"""
KEYS = "command, model, network, to, lines; or, with --to -, script"


@click.command("export", help=HELP)
@click.argument("model", type=click.Path(path_type=Path), metavar="MODEL.clearprop")
@option(
    TRAINING,
    "--optimizer",
    Several(RowType(OPTIMIZERS, [n for n, row in OPTIMIZERS.items() if row.method == "updates"])),
    "The optimizers that the program can train with, the first by default, with commas; if none "
    "are named, the one that trained the network and some others.",
)
@click.option(
    "--sample-weight",
    is_flag=True,
    panel=TRAINING,
    help="Let the program's rows have weights.",
)
@option(
    OUTPUT,
    "--to",
    click.Path(path_type=Path, allow_dash=True),
    "Where to write the program; a file that exists is replaced, but never MODEL.clearprop. A - "
    "writes it to the screen.",
    metavar="SCRIPT.py",
    required=True,
)
@options.json(KEYS)
@options.quiet
@click.pass_obj
def export(
    screen: Screen, model: Path, to: Path, optimizer: tuple[str, ...] | None, sample_weight: bool
) -> None:
    """Do what the command was asked for."""
    from ..export import to_script

    shown = str(to) == "-"
    if not shown:
        check_output("--to", to, model)
    loaded = load_model(model)
    script = to_script(loaded, optimizers=optimizer, sample_weight=sample_weight)
    screen.facts |= {
        "command": "export", "model": str(model), "network": network_facts(loaded.network),
    }  # fmt: skip
    if shown:
        screen.facts["script"] = script
        if not screen.json:
            sys.stdout.write(script)
    else:
        to.write_text(script, encoding="utf-8", newline="\n")
        screen.facts |= {"to": str(to), "lines": script.count("\n")}
        lines = counted(script.count("\n"), "line")
        screen.line(f"  {described(loaded.network)}: {lines} of Python written to {to}")
    screen.document()
