"""What scikit-learn draws from ``random_state``: the initial weights, then an order each epoch."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from ..architecture import Architecture

Array: TypeAlias = np.ndarray[Any, Any]


def draw_vector(shape: Architecture, factor: float, random_state: np.random.RandomState) -> Array:
    """Return initial weights and biases, one after the other as a network holds them.

    Both are uniform within ``sqrt(factor / (n_in + n_out))``.
    """
    vector = np.empty(shape.n_parameters)
    for layer, (n_in, n_out) in enumerate(zip(shape.layers, shape.layers[1:], strict=False), 1):
        bound = np.sqrt(factor / (n_in + n_out))
        weights = random_state.uniform(-bound, bound, (n_in, n_out))
        vector[shape.places[f"W{layer}"]] = weights.ravel()
        vector[shape.places[f"b{layer}"]] = random_state.uniform(-bound, bound, n_out)
    return vector


class DrawnOrder:
    """The order of rows that ``sklearn.utils.shuffle`` makes of the one before, epoch by epoch.

    Each order is drawn when its epoch begins, and only the last one can be asked for again.
    """

    def __init__(self, random_state: np.random.RandomState, n_rows: int) -> None:
        self._draw, self._order, self._epoch = random_state, np.arange(n_rows), -1

    def rows(self, n_rows: int, epoch: int) -> Array:
        """Return the order of the rows in an epoch."""
        while self._epoch < epoch:
            step = np.arange(n_rows)
            self._draw.shuffle(step)
            self._order = self._order[step]
            self._epoch += 1
        return self._order


class Rate:
    """A learning rate that is one number for each epoch, set while the run is on its way."""

    def __init__(self, now: float) -> None:
        self.now = now

    def of(self, epoch: int, steps: int) -> float:
        """Return the rate of an epoch that is about to begin."""
        return self.now
