"""How well an answer fits a network: what decides between two ways of calling a function.

>>> import numpy as np
>>> import clearprop as cp
>>> net = cp.Network([2, 3, 2])
>>> X, y = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([0, 1])
>>> judge = Judge(net, X, y)
>>> judge.loss(net.loss(X, y, reduction="sum")), judge.loss(0.3)
('sum', None)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ...network import Network
from ...numerics import quiet
from .layouts import Array
from .results import Reading

__all__ = ["Fit", "Judge"]

CLOSE = 1e-4  # far coarser than any honest error, far finer than what a wrong call gives
RIGHT = 1e-5


@dataclass(frozen=True, order=True)
class Fit:
    """How well an answer fits; the larger the better, the first field first.

    ``loss``: 2 it is a known one, 1 none came back, 0 it is none of those known. ``left``:
    minus the number of arrays without a name that were not taken for anything.
    """

    loss: int
    fitting: int
    left: int
    whole: bool
    finite: bool
    explained: int

    @property
    def certain(self) -> bool:
        """Whether no other way of calling can fit better."""
        return self.whole and self.finite and (self.loss == 2 or self.explained == self.fitting)


class Judge:
    """Compares answers with what ClearProp computes for the same numbers."""

    def __init__(
        self,
        net: Network,
        X: Array,
        y: Array,
        l2: float | None = None,
        parameters: Mapping[str, Array] | None = None,
    ) -> None:
        own = net if parameters is None else net.with_parameters(parameters)
        self.net, self.n_rows, self.l2 = own, len(X), l2
        with quiet():
            self.total = own.loss(X, y, reduction="sum")
            self.slopes = own.gradients(X, y, reduction="sum")
        self.weights = [np.asarray(own.parameters[n]) for n in own.parameters if n[0] == "W"]
        self.squares = sum(float((w * w).sum()) for w in self.weights)

    def conventions(self) -> Iterator[tuple[str, float]]:
        """Yield the ways in which people add up a loss, each with its value."""
        loss = self.net.architecture.loss
        outputs = self.net.layers[-1]
        doubled = ("", 1.0), ("doubled ", 2.0)
        for scale, factor in doubled if loss.targets == "value" else doubled[:1]:
            yield f"{scale}mean", factor * self.total / self.n_rows
            yield f"{scale}sum", factor * self.total
            if loss.targets != "class" and outputs > 1:
                yield f"{scale}mean over outputs", factor * self.total / self.n_rows / outputs

    def loss(self, value: float) -> str | None:
        """Return which of the conventions a loss is; None for none of them."""
        penalties = [0.0]
        if self.l2:
            penalties += [c * self.l2 * self.squares for c in (0.5, 1, 0.5 / self.n_rows,
                                                               1 / self.n_rows)]  # fmt: skip
        for name, expected in self.conventions():
            for penalty in penalties:
                if math.isclose(value, expected + penalty, rel_tol=CLOSE, abs_tol=1e-9):
                    return name
        return None

    def fit(self, reading: Reading, left: int = 0) -> Fit:
        """Return how well a reading fits."""
        arrays = list(reading.gradients.values())
        known = reading.loss is not None and self.loss(reading.loss) is not None
        return Fit(
            loss=1 if reading.loss is None else 2 if known else 0,
            finite=all(bool(np.isfinite(a).all()) for a in arrays),
            left=-left,
            fitting=sum(how != "misfit" for how in reading.how.values()),
            whole=bool(arrays) and "misfit" not in reading.how.values(),
            explained=sum(self._explained(n, a) for n, a in reading.gradients.items()
                          if reading.how[n] != "misfit"),
        )  # fmt: skip

    def _explained(self, name: str, given: Array) -> bool:
        """Whether a gradient is the right one, up to a factor and a penalty on its weights."""
        columns = [np.ravel(self.slopes[name])]
        if name[0] == "W":
            columns.append(np.ravel(self.net.parameters[name]))
        target = np.ravel(given).astype(np.float64)
        if not np.isfinite(target).all():
            return False
        basis = np.stack(columns, axis=1).astype(np.float64)
        factors, *_ = np.linalg.lstsq(basis, target, rcond=None)
        largest = float(np.abs(target).max(initial=0.0))
        if largest == 0:
            return not np.any(basis[:, 0])
        error = float(np.abs(basis @ factors - target).max())
        return bool(error <= RIGHT * largest and factors[0] > 0)
