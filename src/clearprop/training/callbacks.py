"""Callbacks: what happens beside the training, and may end it.

A callback is any function of one :class:`Progress`; returning True ends the run. It is
called after every epoch, unless it has an attribute ``every`` that says otherwise:
a number of epochs, or None for "whenever the engine comes up for air" (about 20 times a
second, however short the epochs are).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from ..network import Network


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a run has come.

    Attributes
    ----------
    epoch, epochs : int
        Epochs done, and planned.
    losses : sequence of float
        The loss of each epoch so far (see ``Result.losses``).
    seconds : float
        Since the start.
    engine : str
    """

    epoch: int
    epochs: int
    losses: list[float]
    seconds: float
    engine: str
    _start: Network = field(repr=False)
    _vector: np.ndarray[Any, Any] = field(repr=False)

    @property
    def network(self) -> Network:
        """The network as it is now."""
        return Network.of(self._start.architecture, self._vector, str(self._start.dtype))


Callback: TypeAlias = Callable[[Progress], Any]


@dataclass(frozen=True)
class Every:
    """A callback that is called every so many epochs, or (None) about 20 times a second.

    Examples
    --------
    >>> import clearprop as cp
    >>> X, y = cp.make_moons(40, random_state=0)
    >>> seen = []
    >>> note = Every(50, lambda progress: seen.append(progress.epoch))
    >>> _ = cp.fit(cp.Network([2, 3, 2]), X, y, epochs=100, callbacks=[note])
    >>> seen
    [50, 100]
    """

    every: int | None
    function: Callback

    def __call__(self, progress: Progress) -> Any:
        """Pass the call on."""
        return self.function(progress)
