"""What all commands share: lines, notes, tables and a progress bar, or one JSON document."""

from __future__ import annotations

import json
import math
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.table import Table

MANY = 12  # notes that are printed
WIDTH, NARROW = 100, 60  # columns of a view: the most, and the least that makes sense

Advance = Callable[[float, float | None], None]
"""Takes how far a run has come, and its loss, if it has one."""


class Screen:
    """Where a command speaks: results on stdout; notes, errors and the bar on stderr.

    Attributes
    ----------
    json : bool
        Print one JSON document and no lines; notes become part of it.
    quiet : bool
        Print nothing but errors.
    notes : list of str
        The notes so far.
    facts : dict
        What the JSON document says.
    """

    def __init__(self, json: bool = False) -> None:
        self.json, self.quiet = json, False
        self.notes: list[str] = []
        self.facts: dict[str, Any] = {}
        self._bar: Bar | None = None

    def line(self, text: str = "", style: str = "", *, lead: str = "", hang: int = 4) -> None:
        """Print a line, folded on a terminal.

        ``lead`` is how it begins, and has the style (all of the line where it is empty);
        further lines are indented by ``hang``.
        """
        if self.json or self.quiet:
            return
        console = _console()
        if self._bar is not None and console.is_terminal:
            console = self._bar.console  # it prints above the bar
        text = lead + text
        if console.is_terminal:
            text = _folded(text, console.width, hang)
        shown = Text(text)
        shown.stylize(style, 0, len(lead) or None)
        console.print(shown, soft_wrap=True)

    def styled(self, text: Text) -> None:
        """Print a line with colours of its own, as it is."""
        if not (self.json or self.quiet):
            _console().print(text, soft_wrap=True)

    @property
    def width(self) -> int:
        """How long lines may be: what a terminal has room for, but at most 100 columns."""
        console = _console()
        return max(NARROW, min(WIDTH, console.width)) if console.is_terminal else WIDTH

    def tell(self, notes: Sequence[str]) -> None:
        """Print notes, or the first of many."""
        for text in notes[:MANY]:
            self.note(text)
        if len(notes) > MANY:
            self.note(f"and {len(notes) - MANY} more notes, which --json would list")
            self.notes[-1:] = notes[MANY:]

    def note(self, text: str) -> None:
        """Say something that the person should know of, on stderr."""
        self.notes.append(text)
        if self.json or self.quiet:
            return
        sys.stdout.flush()
        console = _console(stderr=True) if self._bar is None else self._bar.console
        if console.is_terminal:
            text = _folded(text, console.width - 8, 0).replace("\n", "\n" + " " * 8)
        console.print(Text.assemble("  ", ("note: ", "yellow"), text), soft_wrap=True)

    def table(self, table: Table) -> None:
        """Print a table, folded to the width of the terminal."""
        if not (self.json or self.quiet):
            _console().print(table)

    def document(self) -> None:
        """With ``--json``, print the document: the facts, and the notes."""
        if self.json:
            sys.stdout.write(json_text({**self.facts, "notes": self.notes}))

    def error(self, message: str) -> None:
        """Print an error on stderr, and with ``--json`` as part of the document."""
        console, text = _console(stderr=True), f"clearprop: error: {message}"
        if console.is_terminal:
            text = "\n".join(_folded(line, console.width, 4) for line in text.split("\n"))
        shown = Text(text)
        shown.stylize("bold red", 11, 17)
        sys.stdout.flush()
        console.print(shown, soft_wrap=True)
        self.facts["error"] = message
        self.document()

    @contextmanager
    def bar(self, total: int, unit: str) -> Iterator[Advance]:
        """Show a progress bar on stderr, where that is a terminal."""
        console = _console(stderr=True)
        if self.json or self.quiet or not console.is_terminal:
            yield lambda _done, _loss: None
            return
        bar = _bar(console)
        task = bar.add_task("", total=total, unit=unit, loss="")

        def advance(done: float, loss: float | None) -> None:
            bar.update(task, completed=done, loss="" if loss is None else f"loss {loss:.6g}")

        self._bar = bar
        try:
            with bar:
                yield advance
        finally:
            self._bar = None


def _console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def _folded(text: str, width: int, hang: int) -> str:
    return textwrap.fill(
        text, width, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False
    )


def _bar(console: Console) -> Bar:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    counter = "{task.completed:,.0f} of {task.total:,.0f} {task.fields[unit]}"
    return Progress(
        TextColumn(" "),
        BarColumn(bar_width=20),
        TextColumn(counter),
        TextColumn(" {task.fields[loss]} "),
        TimeRemainingColumn(compact=True),
        TextColumn("left", style="dim"),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


def json_text(content: Any) -> str:
    """Return a JSON text in which a number that is not finite is null."""
    return json.dumps(_plain(content), indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def printable(text: object) -> str:
    """Return a text from a file such that it cannot move the cursor or change colours."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))


def percent(part: int, whole: int) -> str:
    """Return a share with one decimal; 100 only where nothing is missing, 0 where all is.

    >>> percent(195, 200), percent(9999, 10000), percent(5, 5)
    ('97.5 %', '99.9 %', '100 %')
    """
    if part in (0, whole):
        return "0 %" if part == 0 else "100 %"
    return f"{min(max(100 * part / whole, 0.1), 99.9):.1f} %"


def duration(seconds: float) -> str:
    """Return a time as people say it.

    >>> duration(0.0312), duration(3.4), duration(200)
    ('0.03 s', '3.4 s', '3 min 20 s')
    """
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{round(seconds) // 60} min {round(seconds) % 60} s"


def counted(number: int, unit: str) -> str:
    """Return a count with its unit.

    >>> counted(1, "row"), counted(20000, "pass"), counted(2, "class")
    ('1 row', '20,000 passes', '2 classes')
    """
    ending = "" if number == 1 else "es" if unit.endswith("s") else "s"
    return f"{number:,} {unit}{ending}"
