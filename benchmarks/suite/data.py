"""What the work is done on: rows, first weights and orders, made by NumPy and the same for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

import clearprop as cp
from clearprop.data import make_moons

from .works import Work

Array: TypeAlias = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Task:
    """A class of work with its numbers.

    Parameters
    ----------
    X : array of shape (rows, n_inputs)
    y : array
        Class numbers (rows,) of int64, or values (rows, n_outputs).
    starts : list of lists of arrays
        For each network W1, b1, W2, b2, ...
    orders : array of shape (epochs, rows)
        The order of rows in each epoch, where there are batches: clearprop's own for seed 0,
        which clearprop works out again while it is timed; peers have it ready.
    """

    work: Work
    X: Array
    y: Array
    starts: list[list[Array]]
    orders: Array


def moons(work: Work) -> tuple[Array, Array]:
    """Return the tutorial's points."""
    return make_moons(work.rows, noise=0.2, random_state=0)


def teacher(work: Work) -> tuple[Array, Array]:
    """Return normal numbers, and the classes that a random network gives them, with noise."""
    draw = np.random.RandomState(0)
    n_in, n_out = work.layers[0], work.layers[-1]
    X = draw.standard_normal((work.rows, n_in))
    hidden = np.tanh(X @ draw.standard_normal((n_in, 16)) / np.sqrt(n_in) * 2)
    scores = hidden @ draw.standard_normal((16, n_out))
    return X, (scores + draw.gumbel(size=scores.shape) / 2).argmax(axis=1)


def surface(work: Work) -> tuple[Array, Array]:
    """Return normal numbers, and smooth functions of them, with noise."""
    draw = np.random.RandomState(0)
    X = draw.standard_normal((work.rows, work.layers[0]))
    turns = draw.standard_normal((work.layers[0], work.layers[-1]))
    y = np.sin(X @ turns) + 0.5 * np.cos(X @ turns[:, ::-1])
    return X, y + 0.1 * draw.standard_normal(y.shape)


MAKERS: dict[str, Callable[[Work], tuple[Array, Array]]] = {
    "moons": moons,
    "teacher": teacher,
    "surface": surface,
}


def network(work: Work, seed: int = 0) -> cp.Network:
    """Return the network before training."""
    return cp.Network(
        work.layers, work.activation, work.loss,
        initializer=work.initializer, seed=seed, dtype=work.dtype,
    )  # fmt: skip


def make_task(work: Work) -> Task:
    """Return the work with its numbers, the same in every process."""
    X, y = MAKERS[work.data](work)
    values = work.loss == "squared_error"
    starts = [list(network(work, seed).parameters.values()) for seed in range(work.nets)]
    orders = np.empty((0, work.rows), np.int64)
    if work.batch is not None:
        shuffled = cp.Shuffled(0)
        orders = np.stack([shuffled.rows(work.rows, epoch) for epoch in range(work.epochs)])
    y = np.ascontiguousarray(y, work.dtype if values else np.int64)
    return Task(work, np.ascontiguousarray(X, work.dtype), y, starts, orders)
