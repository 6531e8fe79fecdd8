"""A process in which one peer works: told what to do by lines of JSON, it answers by such lines.

    python -m suite.worker PEER

``{"do": "prepare", "work": {...}}`` imports the peer and makes the data;
``{"do": "run", "epochs": n}`` times a run and returns its seconds and the numbers by which
it is compared; with ``"least": s`` it runs again and again until s seconds have gone by, and
returns the median. ``{"do": "memory", "epochs": n}`` returns the MiB that a run adds. What goes
wrong comes back as ``{"error": ...}``.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Mapping
from statistics import median
from typing import Any

from . import memory
from .data import Task, make_task
from .judge import figures
from .peers import PEERS, Runner
from .works import Work


class Hand:
    """Does what it is told, for one peer."""

    def __init__(self, peer: str) -> None:
        self.peer = PEERS[peer]
        self.task: Task | None = None
        self.runner: Runner | None = None

    def obey(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Carry an order out and return the answer."""
        if order["do"] == "prepare":
            self.task = make_task(Work.from_json(order["work"]))
            self.runner = self.peer.prepare(self.task)
            return {}
        if self.task is None or self.runner is None:
            raise ValueError("a worker must be told to prepare first")
        runner, epochs = self.runner, int(order["epochs"])
        if order["do"] == "memory":
            return {"mib": memory.added_by(lambda: runner.run(epochs))}
        least = float(order.get("least", 0))
        spent: list[float] = []
        while not spent or sum(spent) < least:
            gc.collect()
            began = time.perf_counter()
            made = runner.run(epochs)
            spent.append(time.perf_counter() - began)
        numbers = figures(self.task, runner.found(made))
        return {"seconds": median(spent), "figures": numbers, "about": runner.about(made)}


def serve(peer: str) -> None:
    """Answer every line until there are no more."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints is no answer
    hand = Hand(peer)
    for line in sys.stdin:
        try:
            answer = hand.obey(json.loads(line))
        except Exception as error:  # whatever a peer raises is reported as its own
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    serve(sys.argv[1])
