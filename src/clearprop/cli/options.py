"""Options that several commands have; their choices and defaults come from the tables."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from ..engines import ENGINES
from ..errors import TableError
from ..settings import DTYPES
from ..tables import GATES, OPTIMIZERS, activations
from ..tables.rows import Table
from .screen import Screen

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType

F = TypeVar("F", bound=Callable[..., Any])

DATA, NETWORK, TRAINING, OUTPUT = "The data", "The network", "Training", "Output"
"""The groups of options in a command's help."""


class RowType(ParamType):
    """A row of a table, written ``tanh`` or ``leaky_relu(alpha=0.2)``.

    Parameters
    ----------
    table : Table
    offered : iterable of str
        The rows that make sense here; by default all.
    metavar : str
        What the help calls it.
    """

    def __init__(
        self, table: Table[Any], offered: Iterable[str] | None = None, metavar: str = ""
    ) -> None:
        self.table = table
        self.offered = tuple(table if offered is None else offered)
        self.name = metavar or table.kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the row; wrong usage if there is none."""
        known = f"There are: {', '.join(self.offered)}"
        try:
            row = self.table.resolve(value)
        except TableError as error:
            what, several, _ = str(error).partition("There are: ")
            self.fail(what + (known if several else ""), param, ctx)
        if row.name not in self.offered:
            self.fail(f"the {self.table.kind} {row.name!r} does not fit here. {known}", param, ctx)
        return row

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Any:
        """Offer the names of the rows."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in self.offered if name.startswith(incomplete)]


class Several(ParamType):
    """One or several values of another type, with commas: ``relu,tanh``; a tuple."""

    def __init__(self, each: ParamType) -> None:
        self.each, self.name = each, each.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a tuple of the values."""
        if isinstance(value, tuple):
            return value
        parts = re.split(r",(?![^(]*\))", str(value))  # not the commas within brackets
        return tuple(self.each.convert(part.strip(), param, ctx) for part in parts)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Any:
        """Offer what the other type offers."""
        return self.each.shell_complete(ctx, param, incomplete)


class Number(ParamType):
    """A finite number in a range.

    Parameters
    ----------
    least : float
    above : bool
        Whether ``least`` itself is too small.
    whole : bool
        Whether it is a whole number.
    most : float
    """

    def __init__(
        self, least: float, *, above: bool = False, whole: bool = False, most: float = math.inf
    ) -> None:
        self.least, self.above, self.whole, self.most = least, above, whole, most
        self.name = "whole number" if whole else "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; wrong usage if it is none, or out of range."""
        try:
            number: float = int(value) if self.whole else float(value)
        except (ValueError, OverflowError):
            number = math.nan
        enough = number > self.least if self.above else number >= self.least
        if not (math.isfinite(number) and enough and number <= self.most):
            low = f" above {self.least:g}" if self.above else f" from {self.least:g}"
            up = ", up to" if self.above else " to"
            open_end = "" if self.above else " up"
            bounds = low + (open_end if math.isinf(self.most) else f"{up} {self.most:,.0f}")
            self.fail(f"a {self.name}{bounds} is expected, not {str(value)!r}", param, ctx)
        return number


class Layers(ParamType):
    """Neurons of each hidden layer, ``16,16``; ``none`` for no hidden layer."""

    name = "neurons"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a tuple of int."""
        if isinstance(value, tuple):
            return value
        if str(value).strip() == "none":
            return ()
        parts = str(value).split(",")
        if not all(re.fullmatch(r"\s*0*[1-9][0-9]{0,8}\s*", part, re.ASCII) for part in parts):
            self.fail(
                "the number of neurons of each hidden layer is expected, such as 16,16 (each at "
                f"least 1; none for no hidden layer), not {str(value)!r}",
                param,
                ctx,
            )
        return tuple(map(int, parts))


class Separator(ParamType):
    """The character between the cells of a table; a tab is written ``tab``."""

    name = "character"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the character."""
        return "\t" if value in ("tab", "\\t") else value


class BatchSize(Number):
    """A number of rows; 0 stands for ``all``."""

    def __init__(self) -> None:
        super().__init__(1, whole=True, most=10**9)
        self.name = "rows|all"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number."""
        return 0 if value in ("all", 0) else super().convert(value, param, ctx)


def check_output(option: str, path: Path | None, *inputs: Path) -> None:
    """See, before any work, that a file can be written, and that it is none of the inputs.

    Raises
    ------
    click.UsageError
        If it cannot, or is.
    """
    if path is None:
        return
    for given in inputs:
        if path.resolve() == given.resolve():
            raise click.UsageError(f"{option} {path} would overwrite what is read from it; choose "
                                   "another name")  # fmt: skip
    if path.is_dir():
        raise click.UsageError(f"{option} {path} is a folder; give the name of a file in it")
    if not path.parent.is_dir():
        raise click.UsageError(f"{option} {path}: there is no folder {path.parent}; make it first")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise click.UsageError(f"{option} {path}: you may not write there; choose another folder")


def option(
    panel: str, name: str, kind: ParamType, explained: str, default: Any = None, **more: Any
) -> Callable[[F], F]:
    """Return an option of a panel of the help, which shows its default unless that is None."""
    if default is not None:  # a default of None would count as given where an option is required
        more["default"] = default
    return click.option(
        name, type=kind, help=explained, panel=panel, show_default=default is not None, **more
    )


def activation(default: str) -> Callable[[F], F]:
    """Return the option ``--activation``."""
    names = activations()
    return option(
        NETWORK,
        "--activation",
        Several(RowType(GATES, names, "gate")),
        "The gate after each hidden layer: one for all, or one for each with commas. There are: "
        f"{', '.join(names)}; parameters in brackets, as in 'leaky_relu(alpha=0.2)'.",
        default,
    )


def hidden(default: str) -> Callable[[F], F]:
    """Return the option ``--hidden``."""
    return option(
        NETWORK,
        "--hidden",
        Layers(),
        "Neurons of each hidden layer, with commas, such as 16,16; none for no hidden layer.",
        default,
    )


def optimizer(default: str) -> Callable[[F], F]:
    """Return the option ``--optimizer``."""
    return option(
        TRAINING,
        "--optimizer",
        RowType(OPTIMIZERS),
        f"How a gradient becomes a step. There are: {', '.join(OPTIMIZERS)}.",
        default,
    )


def l2(default: float) -> Callable[[F], F]:
    """Return the option ``--l2``."""
    return option(
        TRAINING,
        "--l2",
        Number(0),
        "Adds l2/2 times the sum of the squared weights (not biases) to what is minimised.",
        default,
    )


def seed(decides: str) -> Callable[[F], F]:
    """Return the option ``--seed``."""
    return option(TRAINING, "--seed", Number(0, whole=True, most=2**32 - 1), decides, 0)


def machine(command: F) -> F:
    """Add ``--engine`` and ``--dtype``."""
    engines = click.Choice(["auto", *ENGINES])
    digits = "How exactly is computed: with about 16 digits, or about 7."
    command = option(TRAINING, "--dtype", click.Choice(DTYPES), digits, DTYPES[0])(command)
    which = "What does the computing; auto is the fastest that can."
    return option(TRAINING, "--engine", engines, which, "auto")(command)


def separator(command: F) -> F:
    """Add ``--separator``."""
    what = "What stands between the cells: a character such as ';', or tab; found out by default."
    return option(DATA, "--separator", Separator(), what)(command)


def json(keys: str) -> Callable[[F], F]:
    """Return the option ``--json``; ``keys`` are the keys of the document."""
    return click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_set("json"),
        panel=OUTPUT,
        help=f"Print one JSON document and nothing else. Keys: {keys}, notes; or error.",
    )


def quiet(command: F) -> F:
    """Add ``--quiet``."""
    return click.option(
        "--quiet",
        is_flag=True,
        expose_value=False,
        callback=_set("quiet"),
        panel=OUTPUT,
        help="Print nothing but errors.",
    )(command)


def _set(attribute: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def callback(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
        if value:
            setattr(ctx.ensure_object(Screen), attribute, True)

    return callback
