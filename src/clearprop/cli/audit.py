"""``clearprop audit``: worked examples from the literature, computed again."""

from __future__ import annotations

from typing import Any

import rich_click as click

from ..published import Audit, published_names
from ..published import audit as audit_example
from ..published.text import summary
from ..published.words import LANGUAGES
from . import options
from .options import OUTPUT
from .screen import Screen

HELP = """
Compute every printed number of a worked example again, and say why one differs.

EXAMPLE is one of the published examples, or a JSON file of your own: docs/audit.md says what
stands in such a file. Without it, all published examples are computed, a line for each. A reason
is found by trying other ways to compute (weights updated before they are used, sum for mean, a
path left out, a wrong slope, rounded intermediates, ...), and is shown only where it gives the
printed digits.

\b
Examples:
  clearprop audit
  clearprop audit mazur
  clearprop audit tutorial --language zh
  clearprop audit moons --json
"""
KEYS = (
    "title, source, reproduced, explained, rows (a list of part, kind, name, printed, claimed, "
    "recomputed, difference, verdict, reasons, tried, alone, mended, ratio, wrong_sign), findings; "
    "without EXAMPLE the list examples (name, and those keys)"
)


@click.command("audit", help=HELP)
@click.argument("example", required=False)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=LANGUAGES[0],
    show_default=True,
    panel=OUTPUT,
    help="In which words: English or Chinese.",
)
@options.json(KEYS)
@options.quiet
@click.pass_obj
def audit(screen: Screen, /, example: str | None, language: str) -> None:
    """Audit one example, or all published ones."""
    if example is not None:
        _show(screen, audit_example(example), language)
        return
    names = published_names()
    screen.facts["examples"] = []
    for name in names:
        found = audit_example(name)
        screen.facts["examples"].append({"name": name, **found.to_data()})
        screen.line(f"{summary(found, language)}", lead=f"  {name:<{max(map(len, names))}}   ")
        screen.line(f"  {' ' * max(map(len, names))}   {_brief(found)}", "dim")
    screen.document()


def _show(screen: Screen, found: Audit, language: str) -> None:
    first, *lines = found.text(language).rstrip("\n").split("\n")
    screen.line(first, "bold", hang=2)
    differing = {row.name for row in found.rows if row.reasons or row.tried}
    for line in lines:
        name = line.strip().split("  ")[0]
        screen.line(line, "yellow" if name in differing and "  " in line.strip() else "", hang=6)
    screen.facts |= found.to_data()
    screen.document()


def _brief(found: Audit) -> str:
    """Return where an example is from, on one line."""
    author: list[Any] = [found.source[k] for k in ("author", "year") if k in found.source]
    text = ", ".join([found.title.split(" (")[0].split(";")[0], *map(str, author)])
    return text if len(text) <= 84 else f"{text[:83]}…"
