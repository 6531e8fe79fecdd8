"""scikit-learn's MLPClassifier and MLPRegressor, kept from stopping early.

They start from the given weights (``warm_start``), without a penalty, and visit the rows in
the order that everybody has: their random numbers are replaced by one that knows it. Two
classes are one logistic score to them, where others have two scores and a softmax: the same
function at the start (the second score minus the first), but Adam goes another way from there.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from ..data import Task
from . import Runner

Array: TypeAlias = np.ndarray[Any, Any]


class KnownOrder(np.random.RandomState):
    """Random numbers whose shuffles are known beforehand."""

    shuffles: Iterator[Array] = iter(())

    def shuffle(self, x: Any) -> None:
        """Put the rows in the next epoch's order."""
        x[:] = next(self.shuffles)


def steps_between(orders: Array) -> list[Array]:
    """Return what turns each epoch's order into the next; scikit-learn shuffles what it has."""
    steps, before = [], np.arange(orders.shape[1])
    for order in orders:
        steps.append(np.argsort(before)[order])
        before = order
    return steps


def start_of(task: Task) -> list[Array]:
    """Return the start weights, for two classes with one score."""
    start = list(task.starts[0])
    if task.work.loss != "squared_error" and task.work.layers[-1] == 2:
        start[-2:] = [start[-2][:, 1:] - start[-2][:, :1], start[-1][1:] - start[-1][:1]]
    return start


def estimator(task: Task, order: KnownOrder) -> Any:
    """Return an estimator that has seen what classes there are."""
    work = task.work
    kind = MLPRegressor if work.loss == "squared_error" else MLPClassifier
    made = kind(
        hidden_layer_sizes=work.layers[1:-1], activation=work.activation, solver=work.optimizer,
        alpha=0.0, batch_size=work.batch or work.rows, learning_rate_init=work.learning_rate,
        shuffle=work.batch is not None, random_state=order, tol=0.0, warm_start=True,
        n_iter_no_change=10**9, max_iter=1,
    )  # fmt: skip
    classes = range(work.layers[-1])
    few = [int(np.argmax(task.y == label)) for label in classes] if task.y.ndim == 1 else [0]
    known = {"classes": list(classes)} if task.y.ndim == 1 else {}
    made.set_params(batch_size=len(few), shuffle=False)
    made.partial_fit(task.X[few], task.y[few], **known)
    return made.set_params(batch_size=work.batch or work.rows, shuffle=work.batch is not None)


def prepare(task: Task) -> Runner:
    """Make ready to train, or to predict."""
    order = KnownOrder(0)
    made, start, steps = estimator(task, order), start_of(task), steps_between(task.orders)

    def begin() -> None:
        made.coefs_ = [w.copy() for w in start[::2]]
        made.intercepts_ = [b.copy() for b in start[1::2]]

    def run(epochs: int) -> Any:
        begin()
        order.shuffles = iter(steps)
        made.max_iter = epochs
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return made.fit(task.X, task.y)

    def found(trained: Any) -> list[list[Array]]:
        pairs = zip(trained.coefs_, trained.intercepts_, strict=True)
        return [[array for pair in pairs for array in pair]]

    if task.work.kind == "predict":
        begin()
        rows = [task.X[row : row + 1] for row in range(task.work.epochs)]
        return Runner(lambda calls: [made.predict(row) for row in rows[:calls]], np.ravel)
    return Runner(run, found)
