"""The loss that somebody's weights have: NumPy in float64, the same few lines for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from .data import Task

Array: TypeAlias = np.ndarray[Any, Any]


def scores_of(task: Task, parameters: Sequence[Array]) -> Array:
    """Return a network's scores for all rows, in float64."""
    flowing = task.X.astype(np.float64)
    for layer in range(0, len(parameters), 2):
        if layer:
            flowing = np.tanh(flowing) if task.work.activation == "tanh" else flowing.clip(0)
        weights, bias = (np.asarray(p, np.float64) for p in parameters[layer : layer + 2])
        flowing = flowing @ weights + bias
    return flowing


def loss_of(task: Task, parameters: Sequence[Array]) -> float:
    """Return the mean loss and its share of the penalty, whatever was summed in training."""
    scores, work, rows = scores_of(task, parameters), task.work, len(task.X)
    if work.loss == "squared_error":
        data = 0.5 * np.square(scores - task.y).sum()
    elif scores.shape[1] == 1:  # one logistic score for two classes, as scikit-learn has it
        data = np.logaddexp(0, scores[:, 0] * (1 - 2 * task.y)).sum()
    else:
        top = scores.max(axis=1)
        total = np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top
        data = (total - scores[np.arange(rows), task.y]).sum()
    penalty = work.l2 / 2 * sum(float(np.square(w).sum()) for w in parameters[::2])
    return float(data + penalty * (1 if work.reduction == "sum" else rows)) / rows


def figures(task: Task, found: Any) -> list[float]:
    """Return the numbers by which what was found is compared.

    One loss for each network; for predictions, how many answers are not those of the start
    weights in float64; for processes, the loss that they printed.
    """
    if task.work.kind == "process":
        return [float(found)]
    if task.work.kind == "predict":
        right = scores_of(task, task.starts[0]).argmax(axis=1)[: len(found)]
        return [float((np.ravel(found) != right).sum())]
    return [loss_of(task, parameters) for parameters in found]
