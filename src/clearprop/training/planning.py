"""From what a person asks of a training run to a :class:`clearprop.engines.Plan`, checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..architecture import Objective
from ..engines import AsGiven, Plan, RowOrder, Shuffled
from ..errors import TrainingError
from ..network import Network
from ..samples import check_features, check_finite, check_targets, check_weights
from ..settings import check_l2, check_seed
from ..tables.optimizers import OPTIMIZERS, Optimizer

Array: TypeAlias = np.ndarray[Any, Any]


def make_plan(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    optimizer: str | Optimizer,
    learning_rate: float | None,
    epochs: int,
    batch_size: int | None,
    l2: float,
    reduction: str,
    sample_weight: ArrayLike | None,
    frozen: Sequence[str],
    shuffle: bool | RowOrder,
    seed: int,
) -> Plan:
    """Return the plan of a run; the arguments are those of :func:`clearprop.fit`.

    Raises
    ------
    TrainingError, NetworkError, TableError
        If the run cannot be started as asked.
    """
    if not isinstance(network, Network):
        raise TrainingError(f"fit trains a network, such as cp.Network([2, 3, 2]), not {network!r}")
    row = OPTIMIZERS.resolve(optimizer)
    dtype = network.dtype
    features = check_features(X, network.layers[0], dtype)
    n_rows = len(features)
    if n_rows == 0:
        raise TrainingError("X has no rows; there is nothing to learn from")
    targets = check_targets(y, n_rows, network.architecture, dtype)
    check_finite(features, "X")
    check_finite(targets, "y")
    size = n_rows if batch_size is None else min(_whole(batch_size, "batch_size"), n_rows)
    if row.full_batch and size < n_rows:
        raise TrainingError(
            f"{row.name} needs the gradient over all rows at each step; leave batch_size out "
            "or take adam"
        )
    weights = None if sample_weight is None else check_weights(sample_weight, n_rows, dtype)
    return Plan(
        architecture=network.architecture,
        X=_own(features, X),
        targets=_own(targets, y),
        sample_weight=None if weights is None else _own(weights, sample_weight),
        optimizer=row,
        learning_rate=_rate(row, learning_rate),
        batch_size=size,
        epochs=_whole(epochs, "epochs"),
        l2=check_l2(l2, TrainingError),
        reduction=Objective(reduction).reduction,
        frozen=_mask(network, frozen),
        order=_order(shuffle, check_seed(seed, TrainingError), n_rows, size),
        dtype=dtype,
    )


def by_lbfgs(row: Optimizer) -> bool:
    """Whether SciPy carries the run out, not an engine step by step."""
    return row.method == "lbfgs"


def _own(array: Array, given: Any) -> Array:
    """Return an array that nobody else can write to: a copy, where it is what was given."""
    # A list has no memory of its own numbers to share, and would be read a second time.
    fresh = isinstance(given, list | tuple)
    if not fresh and np.may_share_memory(array, np.asarray(given)):
        array = array.copy()
    array.flags.writeable = False
    return array


def _order(shuffle: bool | RowOrder, seed: int, n_rows: int, batch_size: int) -> RowOrder:
    if not callable(getattr(shuffle, "rows", None)):
        wanted = "shuffle is True or False, or an order such as cp.Shuffled(seed=3)"
        if not isinstance(shuffle, bool | np.bool_):
            raise TrainingError(f"{wanted}, not {shuffle!r}")
        return Shuffled(seed) if shuffle and batch_size < n_rows else AsGiven()
    order: RowOrder = shuffle  # type: ignore[assignment]
    rows = order.rows(n_rows, 0)
    if rows is not None and not np.array_equal(np.sort(rows), np.arange(n_rows)):
        raise TrainingError(
            f"{shuffle!r} gives no order of {n_rows} rows: rows(n_rows, epoch) returns each "
            "number from 0 to n_rows - 1 once, or None"
        )
    return order


def _rate(row: Optimizer, rate: float | None) -> float:
    if rate is None:
        return row.learning_rate
    if by_lbfgs(row):
        raise TrainingError(
            f"{row.name} finds the length of each step by itself; leave learning_rate out "
            f"(it was {rate!r})"
        )
    number = isinstance(rate, Real) and not isinstance(rate, bool)
    if not (number and math.isfinite(rate) and rate > 0):
        raise TrainingError(f"learning_rate is a number above 0, not {rate!r}")
    return float(rate)


def _whole(value: int, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise TrainingError(f"{name} is a whole number, at least 1, not {value!r}")
    return int(value)


def _mask(network: Network, frozen: Sequence[str]) -> Array | None:
    if not isinstance(frozen, Iterable):
        raise TrainingError(f'frozen is a list of parameters, such as ["b1"], not {frozen!r}')
    names = [frozen] if isinstance(frozen, str) else list(frozen)
    if not names:
        return None
    mask = np.zeros(network.n_parameters, bool)
    for name in names:
        if name not in network.architecture.places:
            known = ", ".join(network.architecture.places)
            raise TrainingError(f"there is no parameter {name!r} to freeze; there are: {known}")
        mask[network.architecture.places[name]] = True
    return mask
