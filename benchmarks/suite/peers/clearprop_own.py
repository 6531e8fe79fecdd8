"""clearprop itself, asked as anybody would ask it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import clearprop as cp

from ..data import Task, network
from ..processes import printed_loss, run_module
from . import Runner


def prepare(task: Task) -> Runner:
    """Make ready for any kind of work."""
    kinds = {"train": fitting, "many": fitting_many, "predict": predicting, "process": command}
    return kinds[task.work.kind](task)


def settings(task: Task) -> dict[str, Any]:
    """Return the arguments of ``fit``, all but the epochs."""
    work = task.work
    return {
        "optimizer": work.optimizer, "learning_rate": work.learning_rate, "l2": work.l2,
        "reduction": work.reduction, "batch_size": work.batch, "seed": 0,
    }  # fmt: skip


def fitting(task: Task) -> Runner:
    """Train one network; the losses of all epochs are kept, which peers are not asked for."""
    net, told = network(task.work), settings(task)
    return Runner(
        run=lambda epochs: [cp.fit(net, task.X, task.y, epochs=epochs, **told)],
        found=weights,
        about=engine,
    )


def fitting_many(task: Task) -> Runner:
    """Train all networks together."""
    nets, told = [network(task.work, seed) for seed in range(task.work.nets)], settings(task)
    return Runner(
        run=lambda epochs: cp.fit_many(nets, task.X, task.y, epochs=epochs, **told),
        found=weights,
        about=engine,
    )


def predicting(task: Task) -> Runner:
    """Predict one row after the other."""
    net = network(task.work)
    rows = [task.X[row : row + 1] for row in range(task.work.epochs)]
    return Runner(run=lambda calls: [net.predict(row) for row in rows[:calls]], found=np.ravel)


def command(task: Task) -> Runner:
    """Run ``clearprop moons``, from the start of Python to its end."""
    return Runner(
        run=lambda passes: run_module("clearprop", "moons", "--no-plot", "--passes", str(passes)),
        found=printed_loss,
    )


def weights(results: Sequence[cp.Result]) -> list[list[Any]]:
    """Return the parameters of each result."""
    return [list(result.network.parameters.values()) for result in results]


def engine(results: Sequence[cp.Result]) -> str:
    """Return which engine did it."""
    return f"{results[0].engine} engine"
