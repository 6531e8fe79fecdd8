"""From what a person asks of a training run to a :class:`clearprop.engines.Plan`, checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..architecture import Architecture, Objective
from ..engines import AsGiven, Plan, RowOrder, Shuffled
from ..errors import TrainingError
from ..network import Network
from ..samples import check_features, check_finite, check_targets, check_weights
from ..settings import check_l2, check_seed
from ..tables.optimizers import OPTIMIZERS, Optimizer

Array: TypeAlias = np.ndarray[Any, Any]


class Samples:
    """X, y and sample weights as a person gave them, checked and cast once for each need.

    Networks that take the same kind of data share its arrays.

    Parameters
    ----------
    X, y : array
    sample_weight : array of shape (n_samples,), optional
    copy : bool
        Whether to copy what is given in the right form already: where the caller's own code
        runs beside the training, it might write to it.
    """

    def __init__(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        copy: bool = True,
    ) -> None:
        self.X, self.y, self.sample_weight, self.copy = X, y, sample_weight, copy
        self._made: dict[tuple[Any, ...], Array] = {}

    def features(self, net: Architecture, dtype: np.dtype[Any]) -> Array:
        """Return X for a network, of shape (n_samples, n_inputs); read-only."""
        return self._once(("X", net.layers[0], dtype), lambda: self._features(net, dtype))

    def targets(self, net: Architecture, dtype: np.dtype[Any]) -> Array:
        """Return y for a network; read-only."""
        kind = net.loss.targets
        key = ("y", kind, net.layers[-1], None if kind == "class" else dtype)
        return self._once(key, lambda: self._targets(net, dtype))

    def weights(self, net: Architecture, dtype: np.dtype[Any]) -> Array | None:
        """Return the samples' weights for a network, of shape (n_samples,); read-only."""
        given = self.sample_weight
        if given is None:
            return None
        n_rows = len(self.features(net, dtype))
        return self._once(
            ("w", dtype), lambda: self._own(check_weights(given, n_rows, dtype), given)
        )

    def _once(self, key: tuple[Any, ...], make: Callable[[], Array]) -> Array:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def _features(self, net: Architecture, dtype: np.dtype[Any]) -> Array:
        features = check_features(self.X, net.layers[0], dtype)
        if len(features) == 0:
            raise TrainingError("X has no rows; there is nothing to learn from")
        check_finite(features, "X")
        return self._own(features, self.X)

    def _targets(self, net: Architecture, dtype: np.dtype[Any]) -> Array:
        targets = check_targets(self.y, len(self.features(net, dtype)), net, dtype)
        check_finite(targets, "y")
        return self._own(targets, self.y)

    def _own(self, array: Array, given: Any) -> Array:
        return own(array, given) if self.copy else own(array, None)


def make_plan(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None,
    copy: bool = True,
    **settings: Any,
) -> Plan:
    """Return the plan of a run; the arguments are those of :func:`clearprop.fit`.

    Raises
    ------
    TrainingError, NetworkError, TableError
        If the run cannot be started as asked.
    """
    return plan_for(network, Samples(X, y, sample_weight, copy=copy), **settings)


def plan_for(
    network: Network,
    samples: Samples,
    *,
    optimizer: str | Optimizer,
    learning_rate: float | None,
    epochs: int,
    batch_size: int | None,
    l2: float,
    reduction: str,
    frozen: Sequence[str],
    shuffle: bool | RowOrder,
    seed: int,
    drawn: int | None = None,
) -> Plan:
    """Return the plan of a run on samples that other runs may share.

    ``drawn`` is the number of rows of a run that will be given some of them only.
    """
    if not isinstance(network, Network):
        raise TrainingError(f"fit trains a network, such as cp.Network([2, 3, 2]), not {network!r}")
    row = OPTIMIZERS.resolve(optimizer)
    net, dtype = network.architecture, network.dtype
    features, targets = samples.features(net, dtype), samples.targets(net, dtype)
    n_rows = len(features) if drawn is None else drawn
    size = n_rows if batch_size is None else min(_whole(batch_size, "batch_size"), n_rows)
    if row.full_batch and size < n_rows:
        raise TrainingError(
            f"{row.name} needs the gradient over all rows at each step; leave batch_size out "
            "or take adam"
        )
    return Plan(
        architecture=net,
        X=features,
        targets=targets,
        sample_weight=samples.weights(net, dtype),
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


def own(array: Array, given: Any) -> Array:
    """Return an array that cannot be written to: a copy, where it shares memory with ``given``."""
    # A list has no memory of its own numbers to share, and would be read a second time.
    fresh = given is None or isinstance(given, list | tuple)
    shares = not fresh and np.may_share_memory(array, np.asarray(given))
    array = array.copy() if shares else array.view()
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
