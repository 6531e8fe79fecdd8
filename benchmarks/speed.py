"""Time clearprop and its peers on the same work, in turn, and check that all reach the same loss.

    python benchmarks/speed.py
    python benchmarks/speed.py --classes tiny small --peers jax pytorch
    python benchmarks/speed.py --quick

What the work is stands in ``suite/works.py``, a row for each class; who does it in
``suite/peers``. A peer that is not installed is skipped with a line, one that reaches another
loss is reported as FAILED and has no ratio. A run of everything writes ``RESULTS.md``.

The exit status is 1 if a mark is missed or a loss differs; with --quick, only if a loss differs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from suite import machine, memory
from suite.peers import PEERS, Peer
from suite.report import QUICK, failures, markdown, notes, table
from suite.turns import measure, present
from suite.verdicts import Verdict, judge, troubles
from suite.works import OURS, WORKS, Work

RESULTS = Path(__file__).with_name("RESULTS.md")
REPEATS = 9


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    others = [name for name in PEERS if name != OURS]
    parser.add_argument("--classes", nargs="+", choices=WORKS, default=list(WORKS))
    parser.add_argument("--peers", nargs="*", choices=others, default=others, metavar="PEER",
                        help=f"of {', '.join(others)}; by default all")  # fmt: skip
    parser.add_argument("--repeats", type=int, help=f"turns at most; by default {REPEATS}")
    parser.add_argument("--quick", action="store_true", help="shortened work: no ratio counts")
    parser.add_argument("--out", type=Path, help="where the report is written; by default "
                        "RESULTS.md beside this script, for a run of everything")  # fmt: skip
    asked = parser.parse_args(arguments)
    if asked.repeats is not None and asked.repeats < 1:
        parser.error("--repeats is at least 1")
    everything = not asked.quick and {*asked.classes, *asked.peers} == {*WORKS, *others}
    asked.repeats = asked.repeats or (1 if asked.quick else REPEATS)
    asked.out = asked.out or (RESULTS if everything else None)
    return asked


def one_class(
    work: Work, peers: Sequence[Peer], asked: argparse.Namespace, screen: Console
) -> tuple[Work, list[Verdict]]:
    """Measure a class of work and print its table."""
    doing = work.shortened() if asked.quick else work
    with screen.status(work.name) as status:
        here = [peer for peer in peers if peer.name == OURS or peer.name in work.peers]
        verdicts = judge(doing, measure(doing, here, asked.repeats, status.update))
    shortened = " (shortened)" if asked.quick else ""
    screen.print(f"[bold]{work.name}[/]: {work.about}{shortened}. {' '.join(notes(verdicts))}")
    screen.print(table(doing, verdicts, asked.quick))
    for line in failures(verdicts):
        screen.print(f"[red]{line}")
    return doing, verdicts


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; return the exit status."""
    asked, screen = read(arguments), Console(highlight=False)
    facts = machine.described()
    lines = Table.grid(padding=(0, 2))
    for pair in facts.items():
        lines.add_row(*pair)
    screen.print(lines)
    if asked.quick:
        screen.print(f"[bold]{QUICK}")
    if not memory.measurable():
        screen.print(memory.SKIPPED)
    wanted = [PEERS[OURS], *(PEERS[name] for name in dict.fromkeys(asked.peers))]
    peers = present(wanted, screen.print)
    screen.print()
    seen = [one_class(WORKS[name], peers, asked, screen) for name in dict.fromkeys(asked.classes)]
    missed = [line for work, verdicts in seen for line in troubles(work, verdicts, asked.quick)]
    for line in missed:
        screen.print(f"[red]{line}")
    if asked.out is not None:
        given = " ".join(sys.argv[1:] if arguments is None else arguments)
        command = f"python benchmarks/speed.py {given}".strip()
        asked.out.write_text(markdown(seen, facts, missed, command, asked.quick), encoding="utf-8")
        screen.print(f"written: {asked.out}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
