"""Epoch after epoch down the loss: the loop of the solvers that take steps.

An engine carries out whole epochs; what is done between them is what scikit-learn does
there: note the loss, look whether it still falls, change the learning rate, stop.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..architecture import Architecture
from ..engines import AsGiven, Plan, Rates, State, choose_engine, passed_over
from ..engines.reference import starting_slots
from ..errors import ClearPropWarning
from ..training.schedules import SCHEDULES, Scheduled
from .callbacks import Told
from .draws import DrawnOrder, Rate
from .rules import batch_of, optimizer_of
from .validation import Validation

Array: TypeAlias = np.ndarray[Any, Any]
SLICE = 0.05  # seconds that an engine works before Ctrl-C is heard
SLOWEST = 1e-6  # the learning rate below which "adaptive" stops
NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and "
    "need to be preprocessed."
)


@dataclass(frozen=True, eq=False)
class Samples:
    """What is learned from: rows, targets in the form the loss takes, weights or None."""

    X: Array
    targets: Array
    weights: Array | None

    def take(self, rows: Array) -> Samples:
        """Return some of the rows."""
        weights = None if self.weights is None else self.weights[rows]
        return Samples(self.X[rows], self.targets[rows], weights)


@dataclass
class Optimized:
    """What an optimizer remembers from one ``partial_fit`` to the next."""

    name: str
    slots: Mapping[str, Array]
    steps: int
    rate: float


class Descent:
    """One call of ``fit`` or ``partial_fit`` on its way.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Its parameters are read; its fitted attributes are written, epoch by epoch.
    shape : Architecture
    vector : array
        Where the parameters start.
    samples : Samples
    y : array
        The targets of these rows as people gave them, for callbacks.
    validation : Validation or None
    incremental : bool
        Whether it is one epoch that goes on from the last one.
    """

    def __init__(
        self,
        estimator: Any,
        shape: Architecture,
        vector: Array,
        samples: Samples,
        y: Any,
        validation: Validation | None,
        incremental: bool,
    ) -> None:
        self.estimator, self.incremental, self.validation = estimator, incremental, validation
        row = optimizer_of(estimator)
        before = getattr(estimator, "_optimized", None) if incremental else None
        if before is not None and before.name != row.name:
            before = None
        init = float(estimator.learning_rate_init)
        rate = init if before is None else before.rate
        n_rows = len(samples.X)
        drawn = DrawnOrder(estimator._random_state, n_rows) if estimator.shuffle else AsGiven()
        self.rates = self._rates(rate)
        self.plan = Plan(
            architecture=shape,
            X=samples.X,
            targets=samples.targets,
            sample_weight=samples.weights,
            optimizer=row,
            learning_rate=rate,
            batch_size=batch_of(estimator, row, n_rows),
            epochs=int(estimator.max_iter),
            l2=float(estimator.alpha),
            reduction="mean",
            frozen=None,
            order=drawn,
            dtype=vector.dtype,
            rates=self.rates,
            shared_penalty=True,
            shown=estimator._shown_share(),
            earlier=0 if before is None else before.steps,
            clip=None if estimator.clip_norm is None else float(estimator.clip_norm),
        )
        self.engine = chosen(estimator, self.plan)
        slots = starting_slots(row, rate, vector) if before is None else before.slots
        self.state = State(vector, slots)
        self.rate = rate
        self.told = Told(estimator, shape, vector, samples.X, y, samples.weights, self.engine.name)

    def _rates(self, rate: float) -> Rates | None:
        estimator = self.estimator
        name = estimator.learning_rate
        if name in SCHEDULES:
            if self.incremental:
                raise ValueError(
                    f"learning_rate={name!r} goes by the share of max_iter that is done, which "
                    "partial_fit does not know; take 'constant', or fit"
                )
            return Scheduled(name, rate, int(estimator.max_iter))
        return Rate(rate) if name != "constant" and estimator.solver == "sgd" else None

    def go(self) -> None:
        """Run to the end, and leave the estimator's attributes as they are to be."""
        estimator = self.estimator
        estimator.n_iter_ = 0
        try:
            for _ in range(self.plan.epochs):
                self.told.begin()
                self._epoch()
                ended = self._ends()
                if self.told.end(self.state.vector) or ended or self.incremental:
                    break
                if estimator.n_iter_ == estimator.max_iter:
                    warnings.warn(
                        f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached "
                        "and the optimization hasn't converged yet.",
                        ConvergenceWarning,
                        stacklevel=6,
                    )
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=6)
        self.told.close()
        vector = self.state.vector
        if self.validation is not None and self.validation.stops:
            vector = estimator._best_vector
        estimator._show(vector)
        steps = self.plan.earlier + self.state.step
        estimator._optimized = Optimized(
            self.plan.optimizer.name, self.state.slots, steps, self.rate
        )

    def _epoch(self) -> None:
        estimator, steps = self.estimator, self.plan.steps_per_epoch
        until = (self.state.step // steps + 1) * steps
        losses: list[float] = []
        while self.state.step < until:
            deadline = time.perf_counter() + SLICE
            advance = self.engine.advance(self.state, self.plan, until, deadline)
            self.state = advance.state
            losses += [float(loss) for loss in advance.losses]
            if advance.failed:
                estimator._show(self.state.vector)
                raise ValueError(NOT_FINITE)
        estimator.n_iter_ += 1
        estimator.loss_ = losses[-1]
        estimator.t_ += self.plan.n_rows
        estimator.loss_curve_.append(estimator.loss_)
        if estimator.verbose:
            print(f"Iteration {estimator.n_iter_}, loss = {estimator.loss_:.8f}")  # noqa: T201

    def _ends(self) -> bool:
        """Look whether it still gets better, and change the learning rate."""
        estimator, validation = self.estimator, self.validation
        if validation is not None:
            validation.look(estimator, self.state.vector)
        if validation is None or not validation.stops:
            look_at_loss(estimator)
        if estimator.solver == "sgd" and estimator.learning_rate == "invscaling":
            init = float(estimator.learning_rate_init)
            self._set_rate(init / (estimator.t_ + 1) ** estimator.power_t)
        if estimator._no_improvement_count <= estimator.n_iter_no_change:
            return False
        what = "Validation score" if validation and validation.stops else "Training loss"
        message = (
            f"{what} did not improve more than tol={estimator.tol:f} for "
            f"{estimator.n_iter_no_change} consecutive epochs."
        )
        return self._stops(message)

    def _stops(self, message: str) -> bool:
        """Return whether it is over, or goes on at a fifth of the learning rate."""
        estimator = self.estimator
        adaptive = estimator.solver == "sgd" and estimator.learning_rate == "adaptive"
        small = adaptive and self.rate <= SLOWEST
        if adaptive and not small:
            self._set_rate(self.rate / 5)
            estimator._no_improvement_count = 0
            message += f" Setting learning rate to {self.rate:f}"
        else:
            message += " Learning rate too small. Stopping." if small else " Stopping."
        if estimator.verbose:
            print(message)  # noqa: T201
        return not adaptive or small

    def _set_rate(self, rate: float) -> None:
        self.rate = rate
        if isinstance(self.rates, Rate):
            self.rates.now = rate


def look_at_loss(estimator: Any) -> None:
    """Count the epochs in which the loss did not fall by ``tol``."""
    loss = estimator.loss_curve_[-1]
    best = np.inf if estimator.best_loss_ is None else estimator.best_loss_
    stays = loss > best - estimator.tol
    estimator._no_improvement_count = estimator._no_improvement_count + 1 if stays else 0
    estimator.best_loss_ = min(loss, best)


def chosen(estimator: Any, plan: Plan) -> Any:
    """Return the engine for a plan; where "auto" takes the slow one, a warning says why."""
    engine = choose_engine(estimator.engine, plan)
    if estimator.engine == "auto" and (reason := passed_over(plan)):
        text = f"trained by the {engine.name} engine, which is much slower: {reason}"
        warnings.warn(text, ClearPropWarning, stacklevel=6)
    return engine
