"""The numbers of a fitted network: one flat vector, shown as ``coefs_`` and ``intercepts_``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from .. import compiled
from ..architecture import Architecture
from ..network import Network

Array: TypeAlias = np.ndarray[Any, Any]


def gathered(shape: Architecture, coefs: Sequence[Any], intercepts: Sequence[Any]) -> Array:
    """Return a flat vector of what may be lists of any arrays.

    Raises
    ------
    ValueError
        If they are not of the network's shapes.
    """
    arrays = [np.asarray(a) for pair in zip(coefs, intercepts, strict=True) for a in pair]
    found, wanted = [a.shape for a in arrays], list(shape.shapes.values())
    if found != wanted:
        raise ValueError(
            f"coefs_ and intercepts_ have the shapes {found[::2]} and {found[1::2]}; this network, "
            f"{'-'.join(map(str, shape.layers))}, has {wanted[::2]} and {wanted[1::2]}"
        )
    vector = np.concatenate([a.ravel() for a in arrays])
    return vector if vector.dtype == np.float32 else vector.astype(np.float64, copy=False)


@dataclass(frozen=True, eq=False)
class Answering:
    """A network's numbers, and the compiled code that answers with them, if there is any."""

    shape: Architecture
    vector: Array
    predictor: Any

    @classmethod
    def of(cls, shape: Architecture, vector: Array) -> Answering:
        """Return what answers with a vector, and follows when its numbers change."""
        return cls(shape, vector, compiled.predictor(shape, vector))

    def ask(self, X: Array, *, chances: bool) -> Array:
        """Return scores or probabilities of rows, which are of the vector's precision."""
        if self.predictor is not None:
            found: Array = self.predictor.chances(X) if chances else self.predictor.scores(X)
            return found
        network = Network.of(self.shape, self.vector, self.vector.dtype)
        if not chances:
            return network.scores(X)
        found = network.predict_proba(X)
        return found[:, 1:] if self.shape.layers[-1] == 1 else found


class Numbers:
    """The numbers that an estimator shows, and whether it still shows them.

    People may put other arrays into ``coefs_``, or write into those that they find there: both
    count at once, as they do in scikit-learn. It is left out of copies and pickles.
    """

    def __init__(self, shape: Architecture) -> None:
        self.shape = shape
        self._shown: tuple[Answering, list[Array], list[Array]] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Numbers, (self.shape,)

    def show(self, vector: Array) -> tuple[list[Array], list[Array]]:
        """Take a vector for the network's own; return its views: weights, and biases."""
        shapes = self.shape.shapes
        parts = {n: vector[at].reshape(shapes[n]) for n, at in self.shape.places.items()}
        coefs = [part for name, part in parts.items() if name[0] == "W"]
        intercepts = [part for name, part in parts.items() if name[0] == "b"]
        self._shown = Answering.of(self.shape, vector), coefs, intercepts
        return list(coefs), list(intercepts)

    def now(self, coefs: Sequence[Any], intercepts: Sequence[Any]) -> Answering:
        """Return what answers for these weights and biases."""
        if self._shown is not None:
            answering, own_coefs, own_intercepts = self._shown
            if _same(coefs, own_coefs) and _same(intercepts, own_intercepts):
                return answering
        return Answering.of(self.shape, gathered(self.shape, coefs, intercepts))


def _same(these: Sequence[Any], those: Sequence[Any]) -> bool:
    return len(these) == len(those) and all(a is b for a, b in zip(these, those, strict=True))
