"""From what a person asks of a training run to a :class:`clearprop.engines.Plan`, checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..engines import Plan, RowOrder
from ..errors import TrainingError
from ..network import Network
from ..samples import check_features, check_finite, check_targets, check_weights
from ..tables.optimizers import OPTIMIZERS, Optimizer
from .order import AsGiven, Shuffled

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
    shuffle: bool,
    seed: int,
) -> Plan:
    """Return the plan of a run; the arguments are those of :func:`clearprop.fit`.

    Raises
    ------
    TrainingError, NetworkError, TableError
        If the run cannot be started as asked.
    """
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
    shuffled = Shuffled(_seed(seed))
    order: RowOrder = shuffled if shuffle and size < n_rows else AsGiven()
    return Plan(
        architecture=network.architecture,
        X=features,
        targets=targets,
        sample_weight=weights,
        optimizer=row,
        learning_rate=_rate(row.learning_rate if learning_rate is None else learning_rate),
        batch_size=size,
        epochs=_whole(epochs, "epochs"),
        l2=_l2(l2),
        reduction=reduction,
        frozen=_mask(network, frozen),
        order=order,
        dtype=dtype,
    )


def _real(value: Any) -> bool:
    number = isinstance(value, int | float | np.integer | np.floating)
    return number and not isinstance(value, bool) and math.isfinite(value)


def _rate(value: float) -> float:
    if not (_real(value) and value > 0):
        raise TrainingError(f"learning_rate is a number above 0, not {value!r}")
    return float(value)


def _l2(value: float) -> float:
    if not (_real(value) and value >= 0):
        raise TrainingError(f"l2 is a number from 0 up, not {value!r}")
    return float(value)


def _whole(value: int, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise TrainingError(f"{name} is a whole number, at least 1, not {value!r}")
    return int(value)


def _seed(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TrainingError(f"seed is a whole number from 0 to 2**32 - 1, not {value!r}")
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
