"""What :func:`clearprop.fit_many` is asked for, checked: one job for each network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..architecture import Architecture
from ..engines import Engine, Plan, choose_engine, passed_over
from ..engines.many import ManyRuns
from ..errors import ClearPropError, TrainingError
from ..network import Network
from ..samples import check_weights, numbers
from .lbfgs import scipy_minimize
from .planning import Samples, by_lbfgs, own, plan_for

Array: TypeAlias = np.ndarray[Any, Any]


@dataclass(eq=False)
class Job:
    """One network, and what is to be done with it.

    Attributes
    ----------
    index : int
    network : Network
    plan : Plan
        Over all rows.
    rows : array of int or None
        Those that it is trained on.
    engine : Engine
    place : (ManyRuns, int) or None
        Where it runs beside others.
    fails_after : int or None
        The number of steps after which it is known to fail.
    """

    index: int
    network: Network
    plan: Plan
    rows: Array | None
    engine: Engine
    place: tuple[ManyRuns, int] | None = None
    fails_after: int | None = None
    _drawn: Plan | None = None

    def begin(self) -> Plan:
        """Return the plan over its own rows, which it holds until :meth:`end`."""
        if self.rows is None:
            return self.plan
        if self._drawn is None:
            plan, rows = self.plan, self.rows
            weights = None if plan.sample_weight is None else plan.sample_weight[rows]
            self._drawn = replace(
                plan, X=plan.X[rows], targets=plan.targets[rows], sample_weight=weights
            )
        return self._drawn

    def end(self) -> None:
        """Let go of what only a run on its way needs."""
        self._drawn = self.place = None
        self.plan.made.clear()

    @property
    def bytes(self) -> int:
        """How much memory its own rows take while it is on its way."""
        if self.rows is None:
            return 0
        arrays = (self.plan.X, self.plan.targets)
        return len(self.rows) * sum(array[:1].nbytes for array in arrays)


def make_jobs(
    networks: Any,
    X: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    rows: Any,
    engine: str,
    each: Mapping[str, Any],
    copy: bool,
    **settings: Any,
) -> list[Job]:
    """Return the jobs; the arguments are those of :func:`clearprop.fit_many`.

    ``each`` has the settings that may differ from network to network, ``settings`` the others;
    ``copy`` is as for :class:`~clearprop.training.planning.Samples`.

    Raises
    ------
    TrainingError, NetworkError, TableError, EngineError
        If a run cannot be started as asked; the message says which.
    """
    if isinstance(networks, Network) or not isinstance(networks, Iterable):
        raise TrainingError(
            "fit_many trains a list of networks, such as [cp.Network([2, 3, 2], seed=s) for s in "
            f"range(100)], not {networks!r}; cp.fit trains one network"
        )
    listed = list(networks)
    weights = _Weights(sample_weight, len(listed), copy)
    samples = Samples(X, y, weights.shared, copy=copy)
    draws = _draws(rows, len(listed))
    its_own = {name: _each(name, value, len(listed)) for name, value in each.items()}
    jobs = []
    alike: dict[Any, Architecture] = {}
    for index, (network, drawn) in enumerate(zip(listed, draws, strict=True)):
        own_settings = {name: values[index] for name, values in its_own.items()}
        try:
            plan, its_rows = _plan(
                index, network, samples, drawn, weights, **settings, **own_settings
            )
            chosen = choose_engine(engine, plan)
        except ClearPropError as error:
            if index == 0:  # as a rule it is so for all of them
                raise
            raise type(error)(f"networks[{index}]: {error}") from None
        net = plan.architecture
        # Networks of one architecture share its circuit and programs.
        first = alike.setdefault((net.layers, net.gates, net.loss, net.shared_bias), net)
        if first is not net:
            plan = replace(plan, architecture=first)
        jobs.append(Job(index, network, plan, its_rows, chosen))
    if any(by_lbfgs(job.plan.optimizer) for job in jobs):
        scipy_minimize()  # missing it is found out before hours of training, not after
    return jobs


def _plan(
    index: int, network: Any, samples: Samples, drawn: Any, weights: _Weights, **settings: Any
) -> tuple[Plan, Array | None]:
    """Return a network's plan over all rows, and the numbers of those that are its own."""
    rows = None if drawn is None else _row_numbers(drawn)
    n_drawn = None if rows is None else len(rows)
    plan = plan_for(network, samples, drawn=n_drawn, **settings)
    if weights.each is not None:
        own_weights = weights.of(index, len(plan.X), plan.dtype)
        plan = replace(plan, sample_weight=own_weights)
    if rows is not None:
        if rows.max() >= len(plan.X):
            raise TrainingError(
                f"rows are numbers from 0 to {len(plan.X) - 1}, those of the rows of X; "
                f"given {rows.max()}"
            )
        if plan.sample_weight is not None:
            check_weights(plan.sample_weight[rows], len(rows), plan.dtype)
    return plan, rows


class _Weights:
    """Sample weights: the same for all networks, or a row of them for each."""

    def __init__(self, given: ArrayLike | None, count: int, copy: bool) -> None:
        self.shared, self.each, self.copy = given, None, copy
        self._cast: dict[Any, Array] = {}
        if given is None:
            return
        array = numbers(given, "sample_weight", None)
        if array.ndim == 2:
            if len(array) != count:
                raise TrainingError(
                    f"sample_weight has a row for each of the {count} networks, or is of shape "
                    f"(n_samples,) for all of them; given an array of shape {array.shape}"
                )
            self.shared, self.each = None, given

    def of(self, index: int, n_rows: int, dtype: np.dtype[Any]) -> Array:
        """Return the weights for a network."""
        if dtype not in self._cast:
            cast = numbers(self.each, "sample_weight", dtype)  # type: ignore[arg-type]
            self._cast[dtype] = own(cast, self.each if self.copy else None)
        return check_weights(self._cast[dtype][index], n_rows, dtype)


def _draws(rows: Any, count: int) -> Sequence[Any]:
    """Return what is said of the rows of each network."""
    if rows is None:
        return [None] * count
    wanted = f"rows has for each of the {count} networks the numbers of its rows"
    if isinstance(rows, str) or not isinstance(rows, Iterable):
        raise TrainingError(f"{wanted}, or is None; not {rows!r}")
    found = list(rows)
    if found and all(np.ndim(each) == 0 for each in found):
        raise TrainingError(
            f"{wanted}; given one list of {len(found)}. To train all networks on the same rows, "
            "pass X[rows] and y[rows]"
        )
    if len(found) != count:
        raise TrainingError(f"{wanted}; given {len(found)} lists")
    return found


def _row_numbers(given: Any) -> Array:
    """Return row numbers as an array, having seen that they may be some."""
    array = np.asarray(given)
    if array.dtype.kind == "b":
        raise TrainingError(
            "rows are the numbers of rows; of a mask of True and False make them with "
            "np.flatnonzero(mask)"
        )
    if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "iu" or array.min() < 0:
        raise TrainingError(
            f"a network's rows are a list of row numbers, from 0 on, at least one; not {given!r}"
        )
    return array


def _each(name: str, value: Any, count: int) -> Sequence[Any]:
    """Return a setting's value for each network."""
    single = isinstance(value, str) or not isinstance(value, Iterable)
    if single or (isinstance(value, np.ndarray) and value.ndim == 0):
        return [value] * count
    values = value.tolist() if isinstance(value, np.ndarray) else list(value)
    if len(values) != count:
        raise TrainingError(
            f"{name} has one value for all networks, or one for each of the {count}; given "
            f"{len(values)}"
        )
    return values


def why_slow(jobs: Sequence[Job]) -> str:
    """Return what to say where ``"auto"`` does not take the fastest engine; empty: it does."""
    slow = [job for job in jobs if passed_over(job.plan)]
    if not slow:
        return ""
    how_many = "" if len(slow) == len(jobs) else f"{len(slow):,} of {len(jobs):,} networks are "
    name, reason = slow[0].engine.name, passed_over(slow[0].plan)
    return f"{how_many}trained by the {name} engine, which is much slower: {reason}"
