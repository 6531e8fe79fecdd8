"""Schedules: how the learning rate changes on the way, as a share of the one that was given.

``SCHEDULES[name](p)`` is the factor at the share p of all steps, from 0 to 1.

>>> float(SCHEDULES["cosine"](0.0)), float(SCHEDULES["cosine"](1.0))
(1.0, 0.0)
>>> rates = Scheduled("warmup_cosine", 0.1, epochs=10)
>>> bool(rates.of(0, steps=4)[0] < rates.of(1, steps=4)[0])
True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, Any]
WARM = 0.1  # the share of all steps in which "warmup_cosine" comes to its full rate
RISE = 0.3  # the same for "one_cycle", and the factors where it begins and ends
FIRST, LAST = 1 / 25, 1e-4 / 25


def _cosine(p: Array) -> Array:
    found: Array = (1 + np.cos(np.pi * p)) / 2
    return found


def _warmup_cosine(p: Array) -> Array:
    return np.where(p < WARM, p / WARM, _cosine((p - WARM) / (1 - WARM)))


def _one_cycle(p: Array) -> Array:
    up = FIRST + (1 - FIRST) * (1 - _cosine(np.minimum(p / RISE, 1)))
    down = LAST + (1 - LAST) * _cosine((p - RISE) / (1 - RISE))
    return np.where(p < RISE, up, down)


def _coslog4(p: Array) -> Array:
    found: Array = (1 - np.cos(2 * np.pi * np.log2(1 + 15 * p))) / 2
    return found


SCHEDULES: Mapping[str, Callable[[Any], Array]] = {
    "cosine": _cosine,  # Loshchilov & Hutter, SGDR, ICLR 2017, without restarts
    "warmup_cosine": _warmup_cosine,
    "one_cycle": _one_cycle,  # Smith & Topin 2018
    "coslog4": _coslog4,  # RealMLP: Holzmüller, Grinsztajn, Steinwart, NeurIPS 2024
}
"""Every schedule, by name."""


class Scheduled:
    """A schedule over a run of so many epochs; see ``clearprop.engines.Rates``.

    Parameters
    ----------
    name : str
        A name of ``SCHEDULES``.
    learning_rate : float
    epochs : int
    """

    def __init__(self, name: str, learning_rate: float, epochs: int) -> None:
        self.name, self.learning_rate, self.epochs = name, learning_rate, epochs

    def of(self, epoch: int, steps: int) -> Array:
        """Return the rate of each step of an epoch; a step stands in the middle of its time."""
        share = (epoch * steps + np.arange(steps) + 0.5) / (self.epochs * steps)
        return self.learning_rate * SCHEDULES[self.name](share)
