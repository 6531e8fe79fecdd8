"""``clearprop gates`` and its kin: a table of ClearProp, row by row.

A listing shows whatever rows its table has, so a new row appears by itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import rich_click as click

from ..tables import GATES, INITIALIZERS, LOSSES, OPTIMIZERS, Gate, Initializer, Loss, Optimizer
from ..tables.rows import Row, Table
from . import options
from .screen import Screen

Formulas = dict[str, str]


@dataclass(frozen=True)
class Listing:
    """A command that prints a table.

    Parameters
    ----------
    name : str
        The command, and the key of the rows in its JSON document.
    table : Table
    formulas : function
        From a row to what stands below its name: left sides and right sides.
    about : str
        The first line of the help.
    legend : str
        What the names in the formulas mean.
    parts : mapping of str to function
        The titles of parts of the table, and which rows stand in them.
    first_only : str
        An option that prints the first part only.
    """

    name: str
    table: Table[Any]
    formulas: Callable[[Any], Formulas]
    about: str
    legend: str
    parts: Mapping[str, Callable[[Any], bool]]
    first_only: str = ""

    def rows(self, part: str) -> list[Row]:
        """Return the rows of a part."""
        return [row for row in self.table.values() if self.parts[part](row)]

    @property
    def help(self) -> str:
        """The text of ``--help``."""
        option = self.first_only or "json"
        examples = f"\b\nExamples:\n  clearprop {self.name}\n  clearprop {self.name} --{option}"
        return f"{self.about}\n\n{self.legend}\n\n{examples}"


def listing(this: Listing) -> click.Command:
    """Return the command that prints a table."""
    first = next(iter(this.parts))

    @click.command(this.name, help=this.help)
    @options.json(f"{this.name} (a list with all that the table says of each)")
    @click.pass_obj
    def command(screen: Screen, /, **flags: bool) -> None:
        parts = [first] if any(flags.values()) else list(this.parts)
        screen.line(f"  {this.legend}", "dim", hang=2)
        for part in parts:
            screen.line()
            if part:
                screen.line(part, "bold", hang=0)
            for row in this.rows(part):
                _show(screen, row, this.formulas(row))
        rows = [row for part in parts for row in this.rows(part)]
        screen.facts[this.name] = [as_data(row) for row in rows]
        screen.document()

    if this.first_only:
        only = f"Only the {this.first_only}."
        flag = click.option(f"--{this.first_only}", is_flag=True, panel=options.OUTPUT, help=only)
        return flag(command)
    return command


def _show(screen: Screen, row: Row, formulas: Formulas) -> None:
    settings = {name: f"{value:g}" for name, value in row.parameters.items()}
    named = ", ".join(f"{name}={value}" for name, value in settings.items())
    name = f"{row.name}({named})" if named else row.name
    screen.line(f"  {row.about}", "bold cyan", lead=f"  {name}", hang=6)
    bounds = {
        name: f"{settings[name]}, settable in {limits}" for name, limits in row.limits.items()
    }
    lines = {**formulas, **bounds}
    width = max(map(len, lines), default=0)
    for left, right in lines.items():
        screen.line(f"      {left:<{width}} = {right}", hang=width + 9)
    if row.also:
        screen.line(f"      elsewhere called {', '.join(row.also)}", "dim", hang=6)


def as_data(value: Any) -> Any:
    """Return what a row says, as dicts, lists, texts and numbers: all that it was made of."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        made_of = [field.name for field in dataclasses.fields(value) if field.init]
        return {name: as_data(getattr(value, name)) for name in made_of}
    if isinstance(value, Mapping):
        return {name: as_data(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [as_data(part) for part in value]
    return value


def _of_gate(gate: Gate) -> Formulas:
    slopes = {f"dy/d{name}": slope for name, slope in zip(gate.inputs, gate.slopes, strict=True)}
    return {"y": gate.value, **slopes, **gate.parts}


def _of_loss(loss: Loss) -> Formulas:
    stages = {name: f"{how}({text})" for name, (how, text) in loss.stages.items()}
    chance = {"probability": loss.probability} if loss.probability else {}
    return {"loss": loss.value, **stages, "dloss/ds": loss.slope, **loss.parts, **chance}


def _of_optimizer(optimizer: Optimizer) -> Formulas:
    slots = {f"{name} at first": text for name, text in optimizer.slots.items()}
    rate = {"learning_rate": f"{optimizer.learning_rate:g}"} if optimizer.updates else {}
    return {**optimizer.updates, **slots, **rate}


def _of_initializer(initializer: Initializer) -> Formulas:
    spread = {"normal": "standard deviation", "uniform": "bounds ±"}[initializer.distribution]
    return {"weight": f"{initializer.distribution} around 0, {spread} {initializer.scale}"}


LISTINGS = (
    Listing(
        "gates",
        GATES,
        _of_gate,
        "Print the table of gates: what each computes, and how its output moves with its input.",
        "x is the input (x0, x1, ... where there are several), y the output. What stands in "
        "brackets after a name are its parameters, with their defaults.",
        {
            "Activations: gates that may stand between the layers of a network": (
                lambda gate: gate.activation
            ),
            "Other gates, of which circuits are made": lambda gate: not gate.activation,
        },
        "activations",
    ),
    Listing(
        "losses",
        LOSSES,
        _of_loss,
        "Print the table of losses: what a sample costs, and how that moves with each score.",
        "s is the score of an output; hit is 1 for the right class and 0 for the others; target "
        "is the value wanted. max and sum go over the outputs, pick takes the right class's. What "
        "stands in brackets after a name are its parameters, with their defaults.",
        {
            "For classes": lambda loss: loss.targets == "class",
            "For two classes, or questions answered by yes (1) or no (0)": (
                lambda loss: loss.targets == "binary"
            ),
            "For numbers": lambda loss: loss.targets == "value",
        },
    ),
    Listing(
        "optimizers",
        OPTIMIZERS,
        _of_optimizer,
        "Print the table of optimizers: what each keeps for a parameter w, and how it moves w.",
        "g is the gradient by w, t the number of the step; is_weight is 1 for weights and 0 for "
        "biases. The formulas are carried out in order. What stands in brackets after a name are "
        "its parameters, with their defaults.",
        {"": lambda _row: True},
    ),
    Listing(
        "initializers",
        INITIALIZERS,
        _of_initializer,
        "Print the table of initialisers: from what the first weights of a layer are drawn.",
        "fan_in and fan_out are the numbers of inputs and outputs of the layer; biases start at 0.",
        {"": lambda _row: True},
    ),
)
