"""Training many independent networks: of several seeds, sizes, learning rates, draws of rows.

>>> import clearprop as cp
>>> X, y = cp.make_moons(100, noise=0.1, random_state=0)
>>> networks = [cp.Network([2, 3, 2], seed=seed) for seed in range(20)]
>>> results = cp.fit_many(networks, X, y, epochs=300, learning_rate=0.05)
>>> best = min(results, key=lambda result: result.loss)
>>> float((best.network.predict(X) == y).mean()) > 0.8
True
"""

from __future__ import annotations

import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .. import compiled
from ..engines import RowOrder, Shuffled, State
from ..engines.many import ManyRuns, together
from ..engines.reference import starting_slots
from ..errors import ClearPropWarning, TrainingError
from ..network import Network
from ..tables.optimizers import Optimizer
from .callbacks import Every, Progress, check_callbacks, ends
from .fit import ADVICE, SLICE, Origin, Result, Run, result_of
from .jobs import Job, make_jobs, why_slow

MEMORY = 2**26  # bytes of rows that runs on their way may have drawn for themselves
MOST = 4096  # runs on their way


@dataclass(frozen=True)
class ManyProgress:
    """How far many runs have come.

    Attributes
    ----------
    done, total : int
        Networks whose run has ended, and all of them.
    share : float
        How much of all is done, from 0 to 1, where the networks on their way count by their
        epochs.
    seconds : float
        Since the start.
    """

    done: int
    total: int
    share: float
    seconds: float


ManyCallback: TypeAlias = Callable[[ManyProgress], Any]


def fit_many(
    networks: Iterable[Network],
    X: ArrayLike,
    y: ArrayLike,
    *,
    optimizer: str | Optimizer | Sequence[str | Optimizer] = "adam",
    learning_rate: float | Sequence[float | None] | np.ndarray[Any, Any] | None = None,
    epochs: int | Sequence[int] | np.ndarray[Any, Any] = 200,
    batch_size: int | Sequence[int | None] | np.ndarray[Any, Any] | None = None,
    l2: float | Sequence[float] | np.ndarray[Any, Any] = 0.0,
    reduction: str = "mean",
    sample_weight: ArrayLike | None = None,
    rows: Sequence[ArrayLike] | np.ndarray[Any, Any] | None = None,
    frozen: Sequence[str] = (),
    shuffle: bool | RowOrder = True,
    seed: int | Sequence[int] | np.ndarray[Any, Any] = 0,
    engine: str = "auto",
    callbacks: Iterable[ManyCallback] = (),
) -> list[Result]:
    """Train many networks, each by itself; the ones given stay as they are.

    Each comes to exactly what :func:`clearprop.fit` makes of it alone, to the bit. The native
    engine trains as many at a time as it may use threads; L-BFGS, orders of rows of your own
    and the reference engine take one network after another.

    Ctrl-C ends all and keeps what was learned. NaN or infinity ends the run of one network,
    which keeps its last finite weights, and not those of the others; one warning tells of all.

    Parameters
    ----------
    networks : iterable of Network
        Of any sizes, activations, losses and precisions that fit X and y.
    X : array of shape (n_samples, n_inputs)
    y : array
        Class numbers (n_samples,), or targets (n_samples, n_outputs).
    optimizer, learning_rate, epochs, batch_size, l2, seed
        As for :func:`clearprop.fit`: one for all networks, or a list with one for each.
    reduction, frozen, shuffle, engine
        As for :func:`clearprop.fit`.
    sample_weight : array of shape (n_samples,) or (n_networks, n_samples), optional
        The same for all networks, or a row for each.
    rows : sequence of arrays of int, or array of int of shape (n_networks, n_rows), optional
        For each network the numbers of the rows that it is trained on. A number may stand
        there several times: ``np.random.RandomState(0).randint(n, size=(n_networks, n))`` are
        bootstrap samples. By default all rows, which are not copied for each network.
    callbacks : iterable of functions of one ManyProgress
        Called about 20 times a second, and at the end; returning True ends all.

    Returns
    -------
    list of Result
        One for each network, in order. ``seconds`` goes from the start of all to the moment
        when this network was done, so the largest is the time of all. ``stopped`` is
        "interrupted" or "callback" where a run was ended before its time.

    Raises
    ------
    TrainingError, NetworkError, TableError, EngineError
        If a run cannot be started as asked; the message says which one. Nothing is trained
        then.

    Examples
    --------
    Which learning rate?

    >>> import clearprop as cp
    >>> X, y = cp.make_moons(100, noise=0.1, random_state=0)
    >>> rates = [0.001, 0.01, 0.1]
    >>> results = cp.fit_many([cp.Network([2, 3, 2])] * 3, X, y, learning_rate=rates)
    >>> rates[min(range(3), key=lambda i: results[i].loss)]
    0.1
    """
    each = {
        "optimizer": optimizer, "learning_rate": learning_rate, "epochs": epochs,
        "batch_size": batch_size, "l2": l2, "seed": seed,
    }  # fmt: skip
    watchers = _checked(callbacks)
    own_order = not isinstance(shuffle, bool | np.bool_ | Shuffled)
    jobs = make_jobs(
        networks, X, y, sample_weight, rows, engine, each, copy=bool(watchers) or own_order,
        reduction=reduction, frozen=frozen, shuffle=shuffle,
    )  # fmt: skip
    runs = _Runs(jobs, watchers)
    if engine == "auto" and (slow := why_slow(jobs)):
        warnings.warn(slow, ClearPropWarning, stacklevel=2)
    results = runs.results(runs.go())
    if failed := [index for index, result in enumerate(results) if result.trouble]:
        warnings.warn(_what_failed(failed, results), ClearPropWarning, stacklevel=2)
    return results


def _what_failed(failed: list[int], results: list[Result]) -> str:
    first = f"networks[{failed[0]}]: {results[failed[0]].trouble}"
    which = f"the first is {first}" if len(failed) > 1 else first
    return (
        f"training stopped for {len(failed):,} of {len(results):,} networks; {which}. The "
        f"weights before that step are kept. {ADVICE}"
    )


def _checked(callbacks: Iterable[ManyCallback]) -> tuple[ManyCallback, ...]:
    found = check_callbacks(callbacks, "ManyProgress")
    if any(getattr(callback, "every", None) is not None for callback in found):
        raise TrainingError(
            "fit_many calls its callbacks about 20 times a second, not every so many epochs; pass "
            "plain functions"
        )
    return found


class _Runs:
    """Many runs on their way."""

    def __init__(self, jobs: list[Job], callbacks: tuple[ManyCallback, ...]) -> None:
        self.jobs, self.callbacks = jobs, callbacks
        self.done: dict[int, Result] = {}
        self.alone: dict[int, Run] = {}  # runs by themselves, by the number of their job
        self.began = self._told = time.perf_counter()
        self._share = 0.0

    def go(self) -> str:
        """Run to the end and return why it was one."""
        try:
            return "callback" if self._go() else "finished"
        except KeyboardInterrupt:
            return "interrupted"

    def _go(self) -> bool:
        groups: dict[Any, deque[Job]] = {}
        alone = []
        for job in self.jobs:
            if together(job.engine, job.plan):
                groups.setdefault(job.plan.dtype, deque()).append(job)
            else:
                alone.append(job)
        ended = any(self._together(waiting) for waiting in groups.values())
        ended = ended or any(self._alone(job) for job in alone)
        return ended or self._tell(0, last=True)

    def _together(self, waiting: deque[Job]) -> bool:
        """Run some at once; whether a callback ended it."""
        many = ManyRuns(waiting[0].plan.dtype)
        on_way: dict[int, Job] = {}
        drawn = 0
        while waiting or on_way:
            while waiting and self._room(len(on_way), drawn):
                job = waiting.popleft()
                drawn += job.bytes
                on_way[_add(job, many, _steps(job))] = job
            for number in many.advance(SLICE):
                job = on_way.pop(number)
                again = self._ended(job, many, number)
                if again is None:
                    drawn -= job.bytes
                else:
                    on_way[again] = job
                many.drop(number)
            if self._tell(many.begun()):
                return True
        return False

    def _room(self, on_way: int, drawn: int) -> bool:
        return on_way < MOST and (drawn < MEMORY or on_way < 2 * compiled.threads())

    def _ended(self, job: Job, many: ManyRuns, number: int) -> int | None:
        """Keep the result of a run that is done, or return the number under which it runs again.

        The native engine keeps no earlier state: what came before a step that failed is
        computed again.
        """
        state, losses, finite, loss = many.take(number, job.network.vector)
        if finite:
            failed = job.fails_after is not None
            how = "not finite" if failed else "finished"
            self._keep(job, state, losses, how, state if failed else None, loss)
        elif state.step == 0:
            start = _start(job)
            self._keep(job, start, losses, "not finite", start)
        else:
            job.fails_after = state.step
            return _add(job, many, state.step)
        return None

    def _alone(self, job: Job) -> bool:
        """Run one by itself; whether a callback ended it, and all."""
        asked = False

        def look(progress: Progress) -> bool:
            nonlocal asked
            asked = self._tell(progress.epoch / progress.epochs)
            return asked

        run = Run(job.network, job.begin(), job.engine, (Every(None, look),))
        self.alone[job.index] = run
        stopped = run.go()
        if stopped == "interrupted":
            raise KeyboardInterrupt
        if not asked:
            self._keep(job, run.state, run.losses, stopped, run.wrong(stopped))
        return asked

    def _keep(
        self, job: Job, state: State, losses: Any, stopped: str, wrong: State | None = None,
        loss: float | None = None,
    ) -> None:  # fmt: skip
        """Make and keep a result, and let go of the rest."""
        seconds = time.perf_counter() - self.began
        result = result_of(
            job.network, job.begin(), job.engine, state, losses, seconds, stopped, wrong, loss
        )
        # All share the data: rows that a run drew for itself are drawn again where needed.
        origin = Origin(job.network, job.plan, job.rows)
        self.done[job.index] = replace(result, origin=origin)
        self.alone.pop(job.index, None)
        job.end()

    def _tell(self, begun: float, last: bool = False) -> bool:
        """Tell the callbacks how far it is, about 20 times a second; whether one ends it."""
        now = time.perf_counter()
        if not self.callbacks or (now - self._told < SLICE / 2 and not last):
            return False
        self._told = now
        total = len(self.jobs)
        share = (len(self.done) + begun) / total if total else 1.0
        self._share = max(self._share, min(share, 1.0))  # a run that failed begins once more
        progress = ManyProgress(len(self.done), total, self._share, now - self.began)
        answers = [ends(callback, progress) for callback in self.callbacks]
        return True in answers

    def results(self, stopped: str) -> list[Result]:
        """Return the results; of those that were not done, as far as they came."""
        for job in self.jobs:
            if job.index in self.done:
                continue
            if job.index in self.alone:
                run = self.alone[job.index]
                self._keep(job, run.state, run.losses, stopped)
            elif job.place is None:
                self._keep(job, _start(job), (), stopped)
            else:
                self._break_off(job, *job.place, stopped)
        found = [self.done[job.index] for job in self.jobs]
        if stopped == "interrupted" and all(result.stopped != stopped for result in found):
            found[-1] = replace(found[-1], stopped=stopped)  # lest nobody learns of it
        return found

    def _break_off(self, job: Job, many: ManyRuns, number: int, stopped: str) -> None:
        state, losses, finite, _ = many.take(number, job.network.vector)
        if not finite:  # it came to this just now; there was no time to find its last good state
            state = _start(job)
        complete = state.step == _steps(job)
        self._keep(job, state, losses, "finished" if complete else stopped)


def _add(job: Job, many: ManyRuns, until_step: int) -> int:
    number = many.add(job.begin(), _start(job), until_step)
    job.place = many, number
    return number


def _start(job: Job) -> State:
    slots = starting_slots(job.plan.optimizer, job.plan.learning_rate, job.network.vector)
    return State(job.network.vector, slots)


def _steps(job: Job) -> int:
    plan = job.begin()
    return plan.epochs * plan.steps_per_epoch
