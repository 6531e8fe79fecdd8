"""What an engine is: something that carries a training run on from one state to the next.

The state is plain NumPy and belongs to no engine, so a run can start on one engine, be
saved, and go on in another. A state is a value: an engine returns a new one and never
writes to the one it was given, so stopping a run at any instant leaves a whole state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np

from ..architecture import Architecture, Objective
from ..tables.optimizers import Optimizer

Array: TypeAlias = np.ndarray[Any, Any]


class RowOrder(Protocol):
    """In which order the rows are visited: one permutation for each epoch."""

    def rows(self, n_rows: int, epoch: int) -> Array | None:
        """Return the order of ``n_rows`` rows in an epoch; None: as they stand."""


class Rates(Protocol):
    """How long the steps are, where not all are alike."""

    def of(self, epoch: int, steps: int) -> float | Array:
        """Return the learning rate of an epoch's steps: one for all, or an array of ``steps``."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What a run is to do; it never changes on the way.

    Parameters
    ----------
    architecture : Architecture
    X : array of shape (n_samples, n_inputs)
    targets : array
        Class numbers (n_samples,), or (n_samples, n_outputs).
    sample_weight : array of shape (n_samples,) or None
    optimizer : Optimizer
    learning_rate : float
    batch_size : int
        At most n_samples; n_samples means full batch.
    epochs : int
    l2 : float
        The objective of a batch is ``reduction(sample losses) + l2/2 · ΣW²``.
    reduction : {"mean", "sum"}
    frozen : array of bool, of shape (n_parameters,), or None
        Parameters that keep their values.
    order : RowOrder
    dtype : numpy dtype
    rates : Rates or None
        Learning rates by epoch or step, in place of ``learning_rate``.
    shared_penalty : bool
        The penalty is divided by what a batch's mean divides by, as in scikit-learn:
        ``(Σ sample losses + l2/2 · ΣW²) / count``.
    shown : float
        By what the data's part is multiplied where an epoch's loss is told (not where it is
        learned from): scikit-learn tells squared errors as a mean over the outputs.
    earlier : int
        Steps that the optimizer has done before this run.
    clip : float or None
        A longer gradient (penalty included, by its Euclidean norm) is shortened to this.

    ``made`` is where each engine, under its name, keeps what it makes of a plan once.
    """

    architecture: Architecture
    X: Array
    targets: Array
    sample_weight: Array | None
    optimizer: Optimizer
    learning_rate: float
    batch_size: int
    epochs: int
    l2: float
    reduction: str
    frozen: Array | None
    order: RowOrder
    dtype: np.dtype[Any]
    rates: Rates | None = None
    shared_penalty: bool = False
    shown: float = 1.0
    earlier: int = 0
    clip: float | None = None
    made: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def n_rows(self) -> int:
        """The number of samples."""
        return len(self.X)

    @property
    def steps_per_epoch(self) -> int:
        """The number of batches in an epoch; the last may be smaller."""
        return -(-self.n_rows // self.batch_size)

    def rates_of(self, epoch: int) -> Array | None:
        """Return a learning rate for each step of an epoch; None: they are all alike."""
        if self.rates is None:
            return None
        steps = self.steps_per_epoch
        return np.broadcast_to(np.asarray(self.rates.of(epoch, steps), np.float64), steps)

    @property
    def objective(self) -> Objective:
        """The objective's form."""
        return Objective(self.reduction, self.l2 != 0, self.sample_weight is not None)


@dataclass(frozen=True, eq=False)
class State:
    """Where a run stands, between two steps.

    Parameters
    ----------
    vector : array of shape (n_parameters,)
        W1, b1, W2, b2, ... one after the other.
    slots : mapping of str to array
        What the optimizer keeps for each parameter.
    step : int
        Steps done since the start, over all epochs.
    running : float
        The current epoch's loss so far (see ``Advance.losses``).
    """

    vector: Array
    slots: Mapping[str, Array]
    step: int = 0
    running: float = 0.0


@dataclass(frozen=True, eq=False)
class Advance:
    """What came of carrying a run on.

    Parameters
    ----------
    state : State
        The newest state that is finite throughout.
    losses : sequence of float
        One for each epoch that was completed: the objective as each batch met it, before
        its update, averaged over batches by their share of the rows (for ``"sum"`` the
        data's part is added up instead).
    failed : bool
        Whether the step after ``state`` gave NaN or infinity.
    """

    state: State
    losses: Sequence[float] | Array = ()
    failed: bool = False


class Engine(Protocol):
    """What can carry out a plan."""

    name: str

    def unsupported(self, plan: Plan) -> str | None:
        """Return why this engine cannot carry out a plan, in one sentence; None: it can."""

    def advance(self, state: State, plan: Plan, until_step: int, deadline: float) -> Advance:
        """Carry a run on to a step, or until about ``deadline`` (``time.perf_counter()``).

        At least one step is done. Where the deadline falls never changes the result.
        """

    def loss_and_gradient(self, plan: Plan, vector: Array) -> tuple[float, float, Array]:
        """Return the data term, the penalty and the gradient over all rows, at ``vector``."""

    def loss(self, plan: Plan, vector: Array) -> float:
        """Return the objective over all rows, at ``vector``."""
