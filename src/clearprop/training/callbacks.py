"""Callbacks: what happens beside the training, and may end it.

A callback is any function of one :class:`Progress`. Returning True ends the run; None or
False lets it go on. It is called after every epoch, unless it has an attribute ``every``
that says otherwise: a number of epochs, or None for "whenever the engine comes up for
air" (about 20 times a second, however short the epochs are).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableSequence, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, overload

import numpy as np

from ..errors import TrainingError
from ..network import Network


class Losses(Sequence[float]):
    """The losses of the first epochs of a run; later epochs do not change it.

    A window on the run's own list, which only ever grows: nothing is copied, so looking
    at the last loss after each of 20,000 epochs costs nothing.
    """

    __slots__ = ("_all", "_count")

    def __init__(self, losses: MutableSequence[float], count: int) -> None:
        self._all, self._count = losses, count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[float, ...]: ...
    def __getitem__(self, index: int | slice) -> float | tuple[float, ...]:
        places = range(self._count)[index]  # an IndexError, and negative numbers, as in a tuple
        if isinstance(places, range):
            return tuple(self._all[place] for place in places)
        return self._all[places]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(self._all[: self._count], dtype)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return self[:] == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Losses, (list(self[:]), self._count)

    def __repr__(self) -> str:
        return repr(self[:])


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a run has come. It keeps showing what was true when it was made.

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
    losses: Sequence[float]
    seconds: float
    engine: str
    _start: Network = field(repr=False)
    _vector: np.ndarray[Any, Any] = field(repr=False)

    @property
    def network(self) -> Network:
        """The network as it is now."""
        return Network.of(self._start.architecture, self._vector, self._start.dtype)


Callback: TypeAlias = Callable[[Progress], Any]


@dataclass(frozen=True)
class Every:
    """A callback that is called every so many epochs, or (None) about 20 times a second.

    Raises
    ------
    TrainingError
        If ``every`` is no number of epochs, or ``function`` no function.

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

    def __post_init__(self) -> None:
        """See that it can be called, and when."""
        period(self)
        if not callable(self.function):
            raise TrainingError(f"Every calls a function of one Progress, not {self.function!r}")

    def __call__(self, progress: Progress) -> Any:
        """Pass the call on."""
        return self.function(progress)


def period(callback: Callback) -> int | None:
    """Return after how many epochs a callback is called; None: as time goes by."""
    every = getattr(callback, "every", 1)
    whole = isinstance(every, int | np.integer) and not isinstance(every, bool)
    if every is not None and not (whole and every >= 1):
        raise TrainingError(f"a callback's every is a number of epochs or None, not {every!r}")
    return None if every is None else int(every)


def check_callbacks(callbacks: Any, takes: str = "Progress") -> tuple[Callable[[Any], Any], ...]:
    """Return the callbacks, having seen that each is a function."""
    found = tuple(callbacks) if isinstance(callbacks, Iterable) else (None,)
    if not all(callable(callback) for callback in found):
        raise TrainingError(f"callbacks is a list of functions of one {takes}, not {callbacks!r}")
    return found


def ends(callback: Callable[[Any], Any], progress: Any) -> bool:
    """Call a callback, and return whether it ends the run.

    Raises
    ------
    TrainingError
        If it answers neither yes nor no: what was meant should not be guessed.
    """
    answer = callback(progress)
    if answer is None:
        return False
    if not isinstance(answer, bool | np.bool_):
        raise TrainingError(
            "a callback returns True to end the run, and None or False to let it go on; "
            f"{getattr(callback, '__name__', callback)} returned {answer!r}"
        )
    return bool(answer)
