"""What a returned loss is: which reduction, which factor, how much regulariser.

The same formula of a gradient is right for one loss and wrong for another, so a check asks the
loss first. Every loss looked for here is ``a · Σ losses + b · ½ΣW²``; a and b are found from
its values at a few points and then named.

>>> import numpy as np
>>> import clearprop as cp
>>> net, X, y = cp.Network([2, 3, 2], seed=1), np.eye(2), np.array([0, 1])
>>> found = found_in([(net, X, y, 2 * net.loss(X, y, reduction="mean"))], l2=0.0)
>>> found.reduction, found.l2, found.right
('sum', 0.0, True)
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..network import Network
from ..samples import Array
from .backward import Objective

AGREES = 1e-9  # relative, of a loss in float64
AGREES_32 = 1e-4

Value = tuple[Network, Array, Array, float]


@dataclass(frozen=True)
class Convention:
    """What a loss was found to be: ``factor · reduction(losses) + l2/2 · ΣW²``.

    Attributes
    ----------
    reduction : {"mean", "sum"}
    factor : float
        2 for a squared error without its half, 1/n_outputs for a mean over outputs too.
    l2 : float
        What stands before ½ΣW² in it.
    right : bool
        Whether the loss is of this form at all.
    """

    reduction: str
    factor: float
    l2: float
    right: bool = True

    @property
    def objective(self) -> Objective:
        """What the gradient of that loss is compared with."""
        return Objective(self.reduction, self.l2, self.factor)


NOT_FOUND = Convention("mean", 1.0, 0.0, right=False)


def parts_of(net: Network, X: Array, y: Array) -> tuple[float, float]:
    """Return the sum of the samples' losses, and half the sum of the squared weights."""
    data = net.loss(X, y, reduction="sum")
    squares = sum(float(np.sum(np.square(w))) for n, w in net.parameters.items() if n[0] == "W")
    return data, squares / 2


def factors(net: Network) -> tuple[float, ...]:
    """Return the factors that people put before a loss, the usual one first."""
    outputs = net.layers[-1]
    found = [1.0, 2.0, 0.5, 1 / outputs, 2 / outputs, 0.5 / outputs]
    return tuple(dict.fromkeys(found))


def found_in(
    values: Sequence[Value],
    l2: float | None,
    agrees: float = AGREES,
    reduction: str | None = None,
) -> Convention:
    """Return what a loss is, from its values at several points.

    Parameters
    ----------
    values : sequence of (network, X, y, loss)
        One is enough where l2 is given; otherwise at least three, at different parameters.
    l2 : float or None
        What was said of it; None: unknown.
    reduction : {"mean", "sum"}, optional
        What was said of it.
    """
    net, X = values[0][:2]
    table = np.array([parts_of(*value[:3]) for value in values])
    losses = np.array([value[3] for value in values])
    if not (np.isfinite(losses).all() and np.isfinite(table).all()):
        return NOT_FOUND
    usual = (1.0,) if net.architecture.loss.targets == "class" else factors(net)
    for factor, way in itertools.product(usual, (reduction,) if reduction else ("mean", "sum")):
        counts = np.array([len(value[1]) if way == "mean" else 1 for value in values])
        rest = losses - factor * table[:, 0] / counts
        for b in _candidates(l2, rest, table[:, 1], len(X), len(values)):
            if np.all(np.abs(rest - b * table[:, 1]) <= agrees * np.abs(losses)):
                return Convention(way, factor, b)
    return NOT_FOUND


def _candidates(
    l2: float | None, rest: Array, squares: Array, n_rows: int, n_values: int
) -> list[float]:
    """Return what may stand before ½ΣW²: what was said, its known variants, what fits best."""
    found = [0.0] if not l2 else [l2, 0.0, 2 * l2, l2 / n_rows, 2 * l2 / n_rows, l2 / 2]
    if n_values > 2 and float(squares @ squares) > 0:
        best = float(rest @ squares / (squares @ squares))
        if best > 0:
            found.append(_round(best))
    return found


def _round(number: float) -> float:
    """Return a number as a person would have written it, where it is that to 8 digits."""
    short = float(f"{number:.8g}")
    return short if abs(short - number) <= 1e-8 * abs(number) else number
