"""Measure and draw how time grows with rows, width, depth, networks and threads.

    python benchmarks/curves.py
    python benchmarks/curves.py --redraw

The sweeps stand in ``suite/growth.py``. The picture is ``pictures/growth.png``, its numbers
``pictures/growth.json``; ``--redraw`` draws them again without measuring.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from suite import machine
from suite.drawing import draw
from suite.growth import SWEEPS, sweep_with
from suite.peers import PEERS
from suite.turns import present
from suite.works import OURS

PICTURE = Path(__file__).with_name("pictures") / "growth.png"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, unless told not to, and draw; return the exit status."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--sweeps", nargs="+", choices=SWEEPS, default=list(SWEEPS))
    parser.add_argument("--out", type=Path, help="the picture; by default pictures/growth.png")
    parser.add_argument("--redraw", action="store_true", help="draw what was measured last time")
    parser.add_argument("--quick", action="store_true", help="two points a line, one run each")
    asked = parser.parse_args(arguments)
    if asked.quick and asked.out is None:
        parser.error("--quick measures no real work; say with --out where its picture goes")
    picture = asked.out or PICTURE
    screen, numbers = Console(highlight=False), picture.with_suffix(".json")
    if not asked.redraw:
        names = dict.fromkeys(name for sweep in SWEEPS.values() for name in (OURS, *sweep.peers))
        peers = present([PEERS[name] for name in names], screen.print)
        facts = machine.described()
        lines = {
            name: sweep_with(SWEEPS[name], peers, screen.print, quick=asked.quick)
            for name in dict.fromkeys(asked.sweeps)
        }
        picture.parent.mkdir(parents=True, exist_ok=True)
        numbers.write_text(json.dumps({"machine": facts, "lines": lines}) + "\n")
    found = json.loads(numbers.read_text())
    here = found["machine"]
    words = [here["date"], here["processor"], f"clearprop {here['clearprop']}"]
    draw(found["lines"], words, picture)
    screen.print(f"written: {picture}, {numbers}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
