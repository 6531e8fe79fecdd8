"""The order in which rows are visited: a counter-based generator of our own.

Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw, *Parallel random numbers: as
easy as 1, 2, 3*, SC 2011): additions, exclusive ors and rotations of 32-bit words, so
the same bits come out in NumPy, C++ and JavaScript. The rows of an epoch are sorted by
the 64-bit number that the generator makes of (seed, epoch) and the row's number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ..errors import TrainingError
from ..settings import check_seed

Array: TypeAlias = np.ndarray[Any, Any]

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
_MASK = 0xFFFFFFFF


def threefry(key: tuple[int, int], counter: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return two 32-bit words for each pair of counter words.

    Parameters
    ----------
    key : two ints below 2**32
    counter : two arrays of uint32

    Examples
    --------
    >>> zero = np.zeros(1, np.uint32)
    >>> [hex(word[0]) for word in threefry((0, 0), (zero, zero))]
    ['0x6b200159', '0x99ba4efe']
    """
    keys = (key[0], key[1], key[0] ^ key[1] ^ _PARITY)
    x0 = counter[0] + np.uint32(keys[0])
    x1 = counter[1] + np.uint32(keys[1])
    for group in range(5):
        for turn in _ROTATIONS[group % 2]:
            x0 = x0 + x1
            x1 = ((x1 << np.uint32(turn)) | (x1 >> np.uint32(32 - turn))) ^ x0
        x0 = x0 + np.uint32(keys[(group + 1) % 3])
        x1 = x1 + np.uint32((keys[(group + 2) % 3] + group + 1) & _MASK)
    return x0, x1


@dataclass(frozen=True)
class Shuffled:
    """A fresh order for every epoch, decided by the seed.

    Examples
    --------
    >>> Shuffled(seed=0).rows(5, epoch=0).shape
    (5,)
    """

    seed: int = 0

    def __post_init__(self) -> None:
        """See that the seed fits the generator's key."""
        check_seed(self.seed, TrainingError)

    def rows(self, n_rows: int, epoch: int) -> Array:
        """Return the order of the rows in an epoch."""
        number = np.arange(n_rows, dtype=np.uint64)
        words = threefry(
            (self.seed, epoch & _MASK),
            ((number & np.uint64(_MASK)).astype(np.uint32), (number >> 32).astype(np.uint32)),
        )
        rank = (words[0].astype(np.uint64) << np.uint64(32)) | words[1]
        return np.argsort(rank, kind="stable")


@dataclass(frozen=True)
class AsGiven:
    """Every epoch visits the rows as they stand."""

    def rows(self, n_rows: int, epoch: int) -> None:
        """Return None: no reordering."""
        return
