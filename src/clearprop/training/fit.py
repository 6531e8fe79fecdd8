"""Training: from a network and data to a trained network and what happened on the way.

>>> import clearprop as cp
>>> X, y = cp.make_moons(100, noise=0.1, random_state=0)
>>> result = cp.fit(cp.Network([2, 8, 2]), X, y, epochs=300, learning_rate=0.01)
>>> bool(result.loss < result.losses[0])
True
>>> float((result.network.predict(X) == y).mean()) > 0.8
True
"""

from __future__ import annotations

import time
import warnings
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..conveniences import RunConveniences
from ..engines import Advance, Engine, Plan, RowOrder, Shuffled, State, choose_engine, passed_over
from ..engines.reference import starting_slots
from ..errors import ClearPropWarning
from ..network import Network
from ..tables.optimizers import Optimizer
from . import lbfgs
from .callbacks import Callback, Losses, Progress, check_callbacks, ends, period
from .planning import by_lbfgs, make_plan
from .trouble import Trouble, find_trouble

Array: TypeAlias = np.ndarray[Any, Any]
SLICE = 0.05  # seconds that an engine works before control comes back
ADVICE = "A smaller learning rate or scaled inputs usually help."


@dataclass(frozen=True, eq=False)
class Origin:
    """What a run was made from; :func:`clearprop.diagnose` looks at it.

    Attributes
    ----------
    start : Network
        With the weights before the first step.
    plan : Plan
        The settings, and the data (not copied).
    rows : array of int or None
        The rows that were learned from; None: all.
    complete : bool
        Whether the data are there.
    """

    start: Network
    plan: Plan
    rows: Array | None = None
    complete: bool = True

    def __getstate__(self) -> dict[str, Any]:
        """Leave the data out of a copy that is sent away: they may be large."""
        plan = self.plan
        bare = replace(plan, X=plan.X[:0], targets=plan.targets[:0], sample_weight=None)
        return {"start": self.start, "plan": bare, "rows": None, "complete": False}


@dataclass(frozen=True, eq=False)
class Result(RunConveniences):
    """What a training run has come to.

    Attributes
    ----------
    network : Network
        The trained network.
    losses : array of shape (n_epochs,)
        The objective as each batch met it, before its update, averaged over the epoch's
        batches by their share of the rows (with ``reduction="sum"`` the data's part is
        added up). With full batches, ``losses[i]`` is the objective after i updates.
    loss : float
        The objective over all rows at the end, ``reduction(losses) + l2/2 · ΣW²``.
    seconds : float
        From the start; of several networks see :func:`clearprop.fit_many`.
    engine : str
    optimizer : str
    stopped : {"finished", "converged", "interrupted", "callback", "not finite"}
        Why the run ended.
    trouble : Trouble or None
        Where NaN or infinity first appeared; the network has the last finite weights.
    origin : Origin or None
        What the run was made from. It holds on to the data, without a copy; a result that
        is pickled leaves them out.
    """

    network: Network
    losses: Array = field(repr=False)
    loss: float
    seconds: float
    engine: str
    optimizer: str
    stopped: str
    trouble: Trouble | None = None
    origin: Origin | None = field(default=None, repr=False)

    @property
    def epochs(self) -> int:
        """The number of epochs that were completed."""
        return len(self.losses)


def fit(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    optimizer: str | Optimizer = "adam",
    learning_rate: float | None = None,
    epochs: int = 200,
    batch_size: int | None = None,
    l2: float = 0.0,
    reduction: str = "mean",
    sample_weight: ArrayLike | None = None,
    frozen: Sequence[str] = (),
    shuffle: bool | RowOrder = True,
    seed: int = 0,
    engine: str = "auto",
    callbacks: Iterable[Callback] = (),
) -> Result:
    """Train a network; the one given stays as it is.

    The objective is ``reduction(sample losses) + l2/2 · ΣW²`` (weights, not biases) of
    each batch. Ctrl-C ends the run and keeps what was learned. NaN or infinity ends it
    with a warning that names the epoch, the layer and the gate, and keeps the last finite
    weights.

    Parameters
    ----------
    network : Network
    X : array of shape (n_samples, n_inputs)
    y : array
        Class numbers (n_samples,), or targets (n_samples, n_outputs).
    optimizer : str or Optimizer
        A row of ``clearprop.OPTIMIZERS``, perhaps with parameters: ``"adam(beta1=0.8)"``.
    learning_rate : float, optional
        By default the optimizer's own. L-BFGS takes none: it searches along each line.
    epochs : int
        Passes over all rows. (L-BFGS: iterations at most.)
    batch_size : int, optional
        Rows for each step; by default all of them.
    l2 : float
    reduction : {"mean", "sum"}
    sample_weight : array of shape (n_samples,), optional
    frozen : sequence of str
        Parameters that keep their values, such as ``["b1", "b2"]``.
    shuffle : bool or RowOrder
        Visit the rows in a new order each epoch (only where there are several batches), or
        in an order of your own, such as ``cp.Shuffled(3)``.
    seed : int
        Decides the order of rows, where ``shuffle`` is True.
    engine : {"auto", "native", "reference"}
        ``"auto"`` takes the native engine, or the reference engine where it cannot; a
        warning then says why.
    callbacks : iterable of functions of one Progress
        Called after every epoch (or as its ``every`` says, see ``clearprop.Every``);
        returning True ends the run, None or False lets it go on.

    Returns
    -------
    Result

    Raises
    ------
    TrainingError, NetworkError, TableError, EngineError
        If the run cannot be started as asked.
    """
    watchers = check_callbacks(callbacks)
    own_order = not isinstance(shuffle, bool | np.bool_ | Shuffled)
    plan = make_plan(
        network,
        X,
        y,
        optimizer=optimizer,
        learning_rate=learning_rate,
        epochs=epochs,
        batch_size=batch_size,
        l2=l2,
        reduction=reduction,
        sample_weight=sample_weight,
        frozen=frozen,
        shuffle=shuffle,
        seed=seed,
        copy=bool(watchers) or own_order,
    )
    chosen = choose_engine(engine, plan)
    if engine == "auto" and (reason := passed_over(plan)):
        text = f"trained by the {chosen.name} engine, which is much slower: {reason}"
        warnings.warn(text, ClearPropWarning, stacklevel=2)
    run = Run(network, plan, chosen, watchers)
    result = run.result(run.go())
    if result.trouble:
        warnings.warn(
            f"training stopped at {result.trouble}. The weights before that step are kept. "
            f"{ADVICE}",
            ClearPropWarning,
            stacklevel=2,
        )
    return result


class Run:
    """One run on its way: the loop around the engine."""

    def __init__(
        self, network: Network, plan: Plan, engine: Engine, callbacks: tuple[Callback, ...]
    ) -> None:
        self.network, self.plan, self.engine, self.callbacks = network, plan, engine, callbacks
        self.losses = array("d")
        slots = starting_slots(plan.optimizer, plan.learning_rate, network.vector)
        self.state = State(network.vector, slots)
        self.began = time.perf_counter()
        self._failed_at: State | None = None  # where it is not the state that was kept
        self._periods = [period(callback) for callback in callbacks]
        self._last_call = [0] * len(callbacks)

    def go(self) -> str:
        """Run to the end and return why it was one."""
        try:
            return self._minimise() if by_lbfgs(self.plan.optimizer) else self._descend()
        except KeyboardInterrupt:
            return "interrupted"

    def _descend(self) -> str:
        plan = self.plan
        last = plan.epochs * plan.steps_per_epoch
        while self.state.step < last:
            stop_at = self._next_call() * plan.steps_per_epoch
            deadline = time.perf_counter() + SLICE
            advance = self.engine.advance(self.state, plan, min(stop_at, last), deadline)
            ended = self._take(advance)
            if advance.failed:
                return "not finite"
            if ended:
                return "callback"
        return "finished"

    def _minimise(self) -> str:
        stopped = False

        def after_epoch(advance: Advance) -> bool:
            nonlocal stopped
            stopped = self._take(advance)
            return stopped

        last, broken = lbfgs.minimise(self.engine, self.plan, self.state, after_epoch)
        if broken:
            self._failed_at = last
            return "not finite"
        if stopped:
            return "callback"
        return "finished" if len(self.losses) == self.plan.epochs else "converged"

    def _take(self, advance: Advance) -> bool:
        """Keep what an engine returned, tell the callbacks; True if one of them ends the run."""
        # First: what an interruption leaves over is cut at the end.
        self.losses.frombytes(np.ascontiguousarray(advance.losses, np.float64).view(np.uint8).data)
        self.state = advance.state
        epoch, ended = self.state.step // self.plan.steps_per_epoch, False
        progress = None
        for index, callback in enumerate(self.callbacks):
            every = self._periods[index]
            if every is not None and (epoch % every or epoch == self._last_call[index]):
                continue
            self._last_call[index] = epoch
            if progress is None:
                seconds = time.perf_counter() - self.began
                progress = Progress(
                    epoch, self.plan.epochs, Losses(self.losses, epoch), seconds, self.engine.name,
                    self.network, self.state.vector,
                )  # fmt: skip
            ended = ends(callback, progress) or ended
        return ended

    def _next_call(self) -> int:
        """Return the epoch before which no callback needs to be called."""
        epoch = self.state.step // self.plan.steps_per_epoch
        periods = [every for every in self._periods if every]
        return min(((epoch // p + 1) * p for p in periods), default=self.plan.epochs)

    def result(self, stopped: str) -> Result:
        """Return what it has come to."""
        seconds = time.perf_counter() - self.began
        return result_of(
            self.network, self.plan, self.engine, self.state, self.losses, seconds, stopped,
            self.wrong(stopped),
        )  # fmt: skip

    def wrong(self, stopped: str) -> State | None:
        """Return the state from which the next step gives NaN or infinity, if there is one."""
        return (self._failed_at or self.state) if stopped == "not finite" else None


def result_of(
    network: Network,
    plan: Plan,
    engine: Engine,
    state: State,
    losses: ArrayLike,
    seconds: float,
    stopped: str,
    wrong: State | None = None,
    loss: float | None = None,
) -> Result:
    """Return what a run has come to that stands at a state.

    ``losses`` may have some that an interruption left over; ``wrong`` is the state from which
    the next step gives NaN or infinity; ``loss`` is the one over all rows, where it is known.
    """
    trained = Network.of(network.architecture, state.vector, network.dtype)
    trouble = None if wrong is None else find_trouble(plan, wrong)
    kept = np.array(losses, np.float64)[: state.step // plan.steps_per_epoch]
    if loss is None:
        loss = engine.loss(plan, state.vector)
    origin = Origin(network, replace(plan))  # without what engines have made of the plan
    return Result(
        trained, kept, loss, seconds, engine.name, str(plan.optimizer), stopped, trouble, origin
    )
