"""The tutorial's own NumPy loop, gate by gate as it stands there, in Python 3."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import tutorial_loop
from ..data import Task
from ..processes import printed_loss, run_module
from . import Runner


def prepare(task: Task) -> Runner:
    """Make ready for the loop (network after network), or for the whole script."""
    if task.work.kind == "process":
        return Runner(
            run=lambda passes: run_module("suite.tutorial_script", str(passes)),
            found=printed_loss,
        )

    def run(passes: int) -> list[dict[str, Any]]:
        losses: list[str] = []  # what it prints
        begun = [[np.atleast_2d(p).copy() for p in start] for start in task.starts]
        return [
            tutorial_loop.build_model(task.X, task.y, start, passes, losses.append)
            for start in begun
        ]

    def found(models: list[dict[str, Any]]) -> list[list[Any]]:
        return [[model[name] for name in ("W1", "b1", "W2", "b2")] for model in models]

    return Runner(run, found)
