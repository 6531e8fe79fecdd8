"""A training run as the doctor sees it: what is known of it, and runs that try something else.

>>> import clearprop as cp
>>> X, y = cp.make_moons(100, noise=0.1, random_state=0)
>>> case = Case.of(cp.fit(cp.Network([2, 8, 2]), X, y, epochs=20))
>>> case.trial(rate=0.1).loss < case.loss
True

What trials may cost is counted, not timed, so that the same run gets the same diagnosis.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from ...architecture import Architecture, Objective, initial_vector
from ...engines import AsGiven, Plan, choose_engine
from ...errors import ClearPropWarning, TrainingError
from ...modelfile import History
from ...network import Network
from ...numerics import quiet
from ...samples import check_features, check_targets
from ...tables.optimizers import OPTIMIZERS
from ...training import Every, Result, Trouble
from ...training.fit import Run
from ...training.planning import by_lbfgs, make_plan
from .sharpness import Sharpness, sharpness_at

Array: TypeAlias = np.ndarray[Any, Any]

FREE = 4e8  # rows times parameters times passes that cost too little time to be counted
FREE_REFERENCE = 4e7  # the same without the native engine
MOST_LOOKED_AT = 2_000  # rows on which a network is looked at neuron by neuron
MOST_FOR_SHARPNESS = 2_000
POINTS = 40  # of a validation curve


@dataclass(frozen=True, eq=False)
class Trial:
    """What came of a run that tried something else.

    Attributes
    ----------
    loss : float
        The objective over all rows at the end; infinite where the run met NaN or infinity.
    losses : array
        As in ``Result``.
    network : Network
    """

    loss: float
    losses: Array
    network: Network

    @property
    def epochs(self) -> int:
        """How many epochs it has."""
        return len(self.losses)


@dataclass(eq=False)
class Case:
    """A run under examination.

    Attributes
    ----------
    network : Network
        As it ended.
    plan : Plan
        The settings and the data.
    losses : array
        One for every ``every`` epochs.
    loss : float
    epochs : int
    stopped : str
    start : Network or None
        As it began, where that is known.
    trouble : Trouble or None
    validation : (X, y) or None
    effort : float
        What trials may cost, as a share of the training itself.
    """

    network: Network
    plan: Plan
    losses: Array
    loss: float
    epochs: int
    stopped: str
    every: int = 1
    start: Network | None = None
    trouble: Trouble | None = None
    validation: tuple[Array, Array] | None = None
    effort: float = 1.0
    memo: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)
    left: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        """Count what trials may cost, in passes over all rows."""
        free = FREE if choose_engine("auto", self.plan).name == "native" else FREE_REFERENCE
        size = max(1, self.plan.n_rows * self.plan.architecture.n_parameters)
        self.left = self.effort * self.epochs + (free / size if self.effort > 0 else 0.0)

    @classmethod
    def of(
        cls, result: Result, X: Any = None, y: Any = None, *, sample_weight: Any = None, **more: Any
    ) -> Case:
        """Return the case of a result of ``fit``.

        Raises
        ------
        TrainingError
            If the result does not know its data, and none are given.
        """
        origin = result.origin
        if origin is None:
            raise TrainingError(
                "this result does not say how it was made (cp.fit was not what made it); pass "
                "cp.diagnose the model or history instead: cp.diagnose(cp.load_model(path), X, y)"
            )
        plan = origin.plan
        if X is not None:
            plan = _with_data(plan, X, y, sample_weight)
        elif not origin.complete:
            raise TrainingError(
                "this result was sent or copied without its data; pass them again: "
                "cp.diagnose(result, X, y)"
            )
        elif origin.rows is not None:
            plan = _rows_of(plan, origin.rows)
        return cls(
            result.network, plan, result.losses, result.loss, result.epochs, result.stopped,
            start=origin.start, trouble=result.trouble,
            **_checked(plan, more),
        )  # fmt: skip

    @classmethod
    def of_history(cls, network: Network, history: History, X: Any, y: Any, **more: Any) -> Case:
        """Return the case of a network and the history that its model file has."""
        row = OPTIMIZERS.resolve(history.optimizer)
        batch = history.batch_size
        plan = make_plan(
            network, X, y, optimizer=row, epochs=max(1, history.epochs), l2=history.l2,
            learning_rate=None if by_lbfgs(row) else history.learning_rate,
            batch_size=None if batch is None else min(batch, len(X)),
            reduction=history.reduction, sample_weight=None, frozen=(), shuffle=True,
            seed=history.seed or 0,
        )  # fmt: skip
        return cls(
            network, plan, np.array(history.losses), history.loss, history.epochs,
            history.stopped, every=history.every,
            **_checked(plan, more),
        )  # fmt: skip

    # ------------------------------------------------------------------------- what is known

    @property
    def net(self) -> Architecture:
        """Layers, gates and loss."""
        return self.plan.architecture

    @property
    def rate(self) -> float | None:
        """The learning rate; None where the optimizer takes none."""
        return None if by_lbfgs(self.plan.optimizer) else self.plan.learning_rate

    @property
    def finite(self) -> bool:
        """Whether the run met neither NaN nor infinity."""
        return self.stopped != "not finite" and bool(np.isfinite(self.loss))

    @property
    def full_batch(self) -> bool:
        """Whether each step saw all rows."""
        return self.plan.batch_size >= self.plan.n_rows

    @cached_property
    def begin(self) -> Network:
        """The network before training; drawn anew where the one that began is not known."""
        if self.start is not None:
            return self.start
        order = self.plan.order
        vector = initial_vector(self.net, None, getattr(order, "seed", 0))
        return Network.of(self.net, vector, self.plan.dtype)

    @cached_property
    def rows(self) -> Array:
        """The rows on which the network is looked at neuron by neuron."""
        n_rows = self.plan.n_rows
        return np.unique(np.linspace(0, n_rows - 1, min(n_rows, MOST_LOOKED_AT)).astype(int))

    @cached_property
    def constant(self) -> float:
        """The objective of the best answer that ignores the inputs; it measures what is learned.

        A network without hidden layers and inputs, whose only parameters are the last biases.
        """
        net = self.net
        shape = Architecture((1, net.layers[-1]), net.gates[-1:], net.loss)
        plan = replace(
            self.plan, architecture=shape, X=np.zeros((self.plan.n_rows, 1), self.plan.dtype),
            optimizer=OPTIMIZERS["rprop"], learning_rate=0.1, batch_size=self.plan.n_rows,
            epochs=60, l2=0.0, frozen=None, order=AsGiven(),
        )  # fmt: skip
        network = Network.of(shape, np.zeros(shape.n_parameters), self.plan.dtype)
        return _ran(plan, network).loss

    def learned(self, loss: float | None = None) -> float:
        """Return the share of the constant answer's loss that is gone; 1 is all of it.

        For squared error this is R², for classes McFadden's pseudo-R².
        """
        loss = self.loss if loss is None else loss
        if not np.isfinite(loss) or self.constant <= 0:
            return 0.0 if self.constant > 0 else 1.0
        return 1 - loss / self.constant

    def loss_at(self, epochs: int) -> float:
        """Return the loss that the run had after so many epochs, as its batches met it."""
        index = min(max(0, -(-(epochs - 1) // self.every)), len(self.losses) - 1)
        return float(self.losses[index]) if len(self.losses) else self.loss

    # ------------------------------------------------------------------------------- trials

    def afford(self, passes: float) -> bool:
        """Take some passes over the data from what is left, if there are as many."""
        if passes > self.left:
            return False
        self.left -= passes
        return True

    def trial(self, *, epochs: int | None = None, share: float = 0.5, **other: Any) -> Trial | None:
        """Run again from the start with something else; None where that would cost too much.

        Parameters
        ----------
        epochs : int, optional
            As many as the run had, or as ``share`` of what is left allows.
        share : float
        **other : Any
            ``rate``, ``network``, ``X`` (of all rows), ``l2``.
        """
        network = other.pop("network", None) or self.begin
        larger = network.n_parameters / max(1, self.network.n_parameters)
        if epochs is None:
            epochs = min(max(1, self.epochs), max(1, int(self.left * share / larger)))
        if epochs < 1 or not self.afford(epochs * larger):
            return None
        changes = {"learning_rate": other.get("rate"), "X": other.get("X"), "l2": other.get("l2")}
        plan = replace(
            self.plan, architecture=network.architecture, epochs=epochs,
            **{name: value for name, value in changes.items() if value is not None},
        )  # fmt: skip
        return _ran(plan, network)

    def go_on(self, vector: Array, rate: float, passes: int) -> Trial | None:
        """Go on from some weights, over all rows; None where that would cost too much."""
        if not self.afford(passes):
            return None
        network = Network.of(self.net, vector, self.plan.dtype)
        return _ran(replace(self.plan, learning_rate=rate, epochs=passes), network)

    def sharpness(self, network: Network) -> Sharpness | None:
        """Return the sharpness at a network, on some of the rows where they are many."""
        key = ("sharpness", network.vector.tobytes())
        if key not in self.memo:
            self.memo[key] = self._sharpness(network)
        found: Sharpness | None = self.memo[key]
        return found

    def _sharpness(self, network: Network) -> Sharpness | None:
        plan = self.plan
        part = 1.0
        if plan.n_rows > MOST_FOR_SHARPNESS:
            taken = np.linspace(0, plan.n_rows - 1, MOST_FOR_SHARPNESS).astype(int)
            part = len(taken) / plan.n_rows
            plan = _rows_of(plan, taken)
        if not self.afford(20 * part):
            return None
        with quiet():
            found = sharpness_at(plan, network.vector, most=30, tolerance=1e-2)
        scale = 1 / part if self.plan.reduction == "sum" else 1.0
        return replace(found, value=found.value * scale) if np.isfinite(found.value) else None

    # --------------------------------------------------------------------------- validation

    @cached_property
    def validation_curve(self) -> list[tuple[int, float]] | None:
        """The loss on the validation rows after some epochs: the run is gone through again."""
        if self.validation is None or self.start is None or not self.finite or not self.epochs:
            return None
        found = [(0, self.start)]
        every = Every(max(1, self.epochs // POINTS), lambda p: found.append((p.epoch, p.network)))
        _ran(replace(self.plan, epochs=self.epochs), self.start, every)
        self.memo["on the way"] = dict(found)
        return [(epoch, float(self.validation_losses(net).mean())) for epoch, net in found]

    def validation_losses(self, network: Network) -> Array:
        """Return the loss of each validation row."""
        assert self.validation is not None  # noqa: S101
        return sample_losses(network, *self.validation)


def sample_losses(network: Network, X: Array, y: Array) -> Array:
    """Return the loss of each sample."""
    circuit = network.architecture.circuit()
    feeds: dict[Any, Any] = {circuit.X: X, circuit.targets: y}
    feeds |= {circuit.parameters[name]: array for name, array in network.parameters.items()}
    (losses,) = network.architecture.program((circuit.losses,), network.dtype).run(feeds)
    return np.asarray(losses)


def _ran(plan: Plan, network: Network, callback: Callable[..., Any] | None = None) -> Trial:
    """Run a plan to its end, silently, by the fastest engine."""
    chosen = choose_engine("auto", plan)
    run = Run(network, plan, chosen, () if callback is None else (callback,))
    with warnings.catch_warnings(), quiet():
        warnings.simplefilter("ignore", ClearPropWarning)
        stopped = run.go()
        if stopped == "interrupted":
            raise KeyboardInterrupt
        loss = np.inf if stopped == "not finite" else chosen.loss(plan, run.state.vector)
    losses = np.array(run.losses)[: run.state.step // plan.steps_per_epoch]
    return Trial(float(loss), losses, Network.of(plan.architecture, run.state.vector, plan.dtype))


def _rows_of(plan: Plan, rows: Array) -> Plan:
    weights = None if plan.sample_weight is None else plan.sample_weight[rows]
    return replace(
        plan, X=plan.X[rows], targets=plan.targets[rows], sample_weight=weights,
        batch_size=min(plan.batch_size, len(rows)),
    )  # fmt: skip


def _with_data(plan: Plan, X: Any, y: Any, sample_weight: Any) -> Plan:
    size = plan.batch_size
    new = make_plan(
        Network.of(plan.architecture, np.zeros(plan.architecture.n_parameters), plan.dtype), X, y,
        optimizer=plan.optimizer, learning_rate=None, epochs=plan.epochs, batch_size=size,
        l2=plan.l2, reduction=plan.reduction, sample_weight=sample_weight, frozen=(),
        shuffle=plan.order, seed=0,
    )  # fmt: skip
    return replace(new, learning_rate=plan.learning_rate, frozen=plan.frozen)


def _checked(plan: Plan, more: dict[str, Any]) -> dict[str, Any]:
    """Check the validation data and the effort."""
    found = dict(more)
    given = found.pop("validation", None)
    effort = found.get("effort", 1.0)
    if isinstance(effort, bool) or not isinstance(effort, int | float) or not 0 <= effort < 1e6:
        raise TrainingError(f"effort is a number from 0 up, such as 0.5, not {effort!r}")
    if given is not None:
        X = check_features(given[0], plan.architecture.layers[0], plan.dtype)
        if len(X) == 0:
            raise TrainingError("X_val has no rows; leave it out, or give some")
        y = check_targets(given[1], len(X), plan.architecture, plan.dtype)
        found["validation"] = X, y
    return found


OBJECTIVE = Objective()
"""The mean over samples, without penalty: what a network is looked at by."""
