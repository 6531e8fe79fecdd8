"""The report: tables on the screen, and the same in Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from .verdicts import Verdict, memory_reached, unit
from .works import Work

ON_SCREEN = ("who", "median", "min … max", "ratio", "mark", "end", "adds")
QUICK = "QUICK: shortened work and few turns. This is not the real work; no ratio here counts."
METHOD = """\
Everybody does the same work: the same rows, start weights, order of rows and number of epochs.
One process each, a first run that is not timed (what compiles, compiles there), then rounds in
which everybody has one turn, so that noise meets all alike. A turn is as many runs as fill 0.3
seconds, at least one, and its time is their median: a processor that wakes from idling is slow at
first, which would weigh on the short runs. Who has worked 10 seconds has no more turns than three.
Times are of whole runs from the start weights, data in memory. The orders of
rows are ready beforehand for the peers, and gathered in their fastest way; clearprop works them
out within its time. clearprop also checks its arguments and keeps the loss of every epoch; peers
are asked for neither. *Ratio* is a peer's median divided by clearprop's. The losses of all weights
are computed by one NumPy function in float64; *early* and *end* are their largest differences from
clearprop's, as a share of it. *Adds* is the MiB by which the first run in a fresh process raises
its peak above what was resident before it (libraries imported, data made, nothing run).

Every peer is written for speed: scikit-learn as it comes, without early stopping; *PyTorch* with
autograd and fused optimizers; *PyTorch, compiled* with the whole step in one compiled function;
*JAX* with the whole run in one (`fori_loop`, `scan`, `vmap`); *JAX, rows last* the same with rows
along the last axis, which its compiler likes better and hardly anybody writes.\
"""
NOISY = 2.0  # a longest turn above so many shortest ones is told of
SIZES = ((1.0, "s", 1.0), (1e-3, "ms", 1e3), (1e-6, "µs", 1e6), (0.0, "ns", 1e9))


def shown_time(seconds: float, largest: float | None = None) -> str:
    """Return a time with three digits, in the unit that fits it (or the largest beside it).

    >>> shown_time(0.0123), shown_time(1234.5), shown_time(0.9, 2.0), shown_time(float("nan"))
    ('12.3 ms', '1,234 s', '0.90 s', '')
    """
    if math.isnan(seconds):
        return ""
    largest = largest or seconds
    name, times = next((name, times) for least, name, times in SIZES if largest >= least)
    decimals = max(0, 2 - int(math.log10(max(1.0, largest * times))))
    return f"{seconds * times:,.{decimals}f} {name}"


def shown_spread(verdict: Verdict) -> str:
    """Return the shortest and the longest time, in one unit."""
    if not verdict.turns:
        return ""
    least = shown_time(verdict.least, verdict.most).split()[0]
    return f"{least} … {shown_time(verdict.most)}"


def shown_ratio(verdict: Verdict) -> str:
    """Return how many times as long as ours it took, or that this does not count."""
    if verdict.failure:
        return "FAILED"
    if verdict.ratio is None:
        return "1" if verdict.ours else ""
    return f"{verdict.ratio:,.0f}" if verdict.ratio >= 100 else f"{verdict.ratio:.3g}"


def shown_mark(verdict: Verdict, quick: bool) -> str:
    """Return a mark, and whether it is reached."""
    if verdict.mark is None:
        return ""
    word = {True: " ✓", False: " ✗", None: " ?"}[verdict.reached]
    return f"{verdict.mark:g}{'' if quick else word}"


def shown_share(work: Work, verdict: Verdict, share: float | None) -> str:
    """Return a difference from our loss; for predictions, how many answers are wrong."""
    if share is None or (verdict.ours and work.kind != "predict"):
        return ""
    return f"{share:.0f} wrong" if work.kind == "predict" else f"{share:.0e}" if share else "0"


def cells(work: Work, verdict: Verdict, lean: bool | None, quick: bool) -> dict[str, str]:
    """Return a line of the table, by the heads of its columns."""
    v = verdict
    memory = "" if v.mib is None else f"{v.mib:.1f} MiB"
    if v.ours and not quick:
        memory += {True: " ✓", False: " ✗", None: ""}[lean]
    return {
        "who": v.label,
        "median": shown_time(v.typical),
        "min … max": shown_spread(v),
        "turns": str(v.turns),
        "ratio": shown_ratio(v),
        "mark": shown_mark(v, quick),
        "loss": "" if v.loss is None else f"{v.loss:.6f}",
        "early": shown_share(work, v, v.early),
        "end": shown_share(work, v, v.late),
        "adds": memory,
    }


def table(work: Work, verdicts: Sequence[Verdict], quick: bool) -> Table:
    """Return a class of work as a table for the screen, with fewer columns."""
    made = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for head in ON_SCREEN:
        made.add_column(head, justify="left" if head == "who" else "right", no_wrap=True)
    lean = memory_reached(verdicts)
    for verdict in verdicts:
        line = cells(work, verdict, lean, quick)
        bad = verdict.failure or (verdict.reached is False and not quick)
        style = "red" if bad else "bold" if verdict.ours else ""
        made.add_row(*(line[head] for head in ON_SCREEN), style=style)
    return made


def notes(verdicts: Sequence[Verdict]) -> list[str]:
    """Return a line for each peer that says how it did the work, or was disturbed at it."""
    lines = [f"{v.label} ran on the {v.about}." for v in verdicts if v.about]
    lines += [
        f"{v.label} was disturbed: its longest turn took {v.most / v.least:.0f} times its shortest."
        for v in verdicts
        if v.most > NOISY * v.least
    ]
    return lines


def failures(verdicts: Sequence[Verdict]) -> list[str]:
    """Return why somebody's time does not count, a line each."""
    return [f"{v.label} FAILED: {v.failure}" for v in verdicts if v.failure]


def tolerances(work: Work) -> str:
    """Return what is allowed of the losses, and why."""
    if work.kind == "predict":
        return f"Allowed: no wrong answer; {work.why}."
    own = "".join(f" ({peer}: {share:.0e})" for peer, share in work.own.items())
    return (
        f"Allowed of the loss: {work.close:.0e} after {work.early:,} {unit(work)} (early), "
        f"{work.far:.0e} after {work.epochs:,} (end){own}; {work.why}."
    )


def markdown_row(line: Sequence[str]) -> str:
    """Return a line of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"


def section(work: Work, verdicts: Sequence[Verdict], quick: bool) -> list[str]:
    """Return a class of work in Markdown."""
    lean = memory_reached(verdicts)
    lines = [cells(work, verdict, lean, quick) for verdict in verdicts]
    heads = list(lines[0])
    return [
        f"## {work.name}",
        "",
        f"{work.about[:1].upper()}{work.about[1:]}.",
        "",
        markdown_row(heads),
        "| --- |" + " ---: |" * (len(heads) - 1),
        *(markdown_row(list(line.values())) for line in lines),
        "",
        " ".join([*notes(verdicts), tolerances(work)]),
        "",
        *(f"* {line}" for line in failures(verdicts)),
    ]


def markdown(
    classes: Sequence[tuple[Work, Sequence[Verdict]]],
    facts: Mapping[str, str],
    missed: Sequence[str],
    command: str,
    quick: bool,
) -> str:
    """Return the whole report in Markdown."""
    lines = ["# Speed", "", f"Made by `{command}`; not to be edited by hand.", ""]
    if quick:
        lines += [f"**{QUICK}**", ""]
    lines += [markdown_row(("machine", "")), "| --- | --- |"]
    lines += [markdown_row(pair) for pair in facts.items()]
    lines += ["", METHOD]
    for work, verdicts in classes:
        lines += ["", *section(work, verdicts, quick)]
    lines += ["", "## What is missed", "", *(f"* {line}" for line in missed or ["Nothing."])]
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"
