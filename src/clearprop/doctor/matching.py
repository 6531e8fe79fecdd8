"""Which mistakes explain a gradient: each planted alone, then in pairs, and compared.

>>> import numpy as np
>>> import clearprop as cp
>>> net, X, y = cp.Network([2, 3, 2], seed=1), np.eye(2), np.array([0, 1])
>>> wrong = {f"d{name}": 2 * slope for name, slope in net.gradients(X, y).items()}
>>> search = Search(net, [Evidence(net, X, y, wrong)], Objective())
>>> [fit.names for fit in search.singles()]
[('sum_for_mean',), ('factor_two',), ('times_outputs',)]
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..network import Network
from ..samples import Array
from .backward import Objective, Pass, enter, gradient_names, right_pass, workspace
from .formula import Misfit
from .planting import Planted, plantings

SMALL = 1e-5  # of the largest derivative: arrays below are compared as if they were as large
PAIR_SECONDS = 4.0
MOST_FITS = 12


@dataclass(frozen=True)
class Evidence:
    """A gradient that someone computed, with what it is the gradient of.

    Parameters
    ----------
    net : Network
        At its parameters.
    X, y : array
        Checked.
    given : mapping of str to array
        ``dW1``, ``db1``, ... as far as there are any.
    """

    net: Network
    X: Array
    y: Array
    given: Mapping[str, Array]


@dataclass(frozen=True)
class Fit:
    """Mistakes that give the same numbers as those given.

    ``formulas`` are the numbers of their formulas in a workspace: what two mistakes write in
    the same way is the same mistake.
    """

    planted: tuple[Planted, ...]
    error: float
    eta: float | None = None
    formulas: tuple[tuple[str, int], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the mistakes."""
        return tuple(one.mistake.name for one in self.planted)

    @property
    def rank(self) -> int:
        """The simplest are small."""
        return sum(one.rank for one in self.planted)

    def into(self, formulas: Pass) -> dict[str, str] | None:
        """Return a backward pass with all of them in it."""
        found: dict[str, str] | None = dict(formulas)
        for one in self.planted:
            found = None if found is None else one.into(found)
        return found


def distance(value: Array, given: Array, largest: float) -> float:
    """Return max|value - given| / max|value|; infinite where the shapes differ.

    ``largest`` is the largest derivative of all arrays together.
    """
    if np.shape(value) != np.shape(given):
        return float("inf")
    scale = max(float(np.max(np.abs(value), initial=0.0)), SMALL * largest)
    off = float(np.max(np.abs(value - given), initial=0.0))
    return 0.0 if off == 0 else off / scale if scale > 0 else float("inf")


class Case:
    """One piece of evidence, with the numbers of the right backward pass over it."""

    def __init__(self, evidence: Evidence, objective: Objective) -> None:
        self.given = evidence.given
        self.work = workspace(evidence.net, evidence.X, evidence.y, objective.l2)
        self.right = right_pass(evidence.net, objective)
        self.names = [name for name in gradient_names(evidence.net) if name in evidence.given]
        self.entered = enter(self.work, self.right, self.names)
        self.largest = max(
            (float(np.max(np.abs(self.work.value(n)), initial=0.0)) for n in self.entered.values()),
            default=0.0,
        )
        self._errors: dict[tuple[str, int], float] = {}

    def with_eta(self, eta: float) -> Case:
        """Return the same with another learning rate in the formulas."""
        new = object.__new__(Case)
        new.__dict__.update(self.__dict__)
        new.work = self.work.other(eta=eta)
        new._errors = {}
        return new

    def error(self, name: str, number: int | None) -> float:
        """Return how far a formula's numbers are from those given under a name."""
        if number is None:
            return float("inf")
        key = (name, number)
        if key not in self._errors:
            try:
                value = self.work.value(number)
                self._errors[key] = distance(value, self.given[name], self.largest)
            except Misfit:
                self._errors[key] = float("inf")
        return self._errors[key]

    def errors(self) -> dict[str, float]:
        """Return how far each given array is from the right one."""
        return {name: self.error(name, self.entered.get(name)) for name in self.names}

    def worst(self, formulas: Pass, tolerance: float) -> float:
        """Return how far a pass is from what was given, in its worst array.

        Arrays are looked at until one is beyond the tolerance.
        """
        found, worst = enter(self.work, formulas, self.names), 0.0
        for name in sorted(self.names, key=lambda one: self.given[one].size):
            worst = max(worst, self.error(name, found.get(name)))
            if not worst <= tolerance:
                return float("inf")
        return worst

    def eta_of(self, formulas: Pass) -> float | None:
        """Return the learning rate with which some array of a pass fits best, if it has one."""
        once, best = self.with_eta(1.0), (float("inf"), 0.0)
        for name, number in enter(self.work, formulas, self.names).items():
            try:
                at_0, at_1 = (case.work.value(number) for case in (self, once))
            except Misfit:
                return None
            if np.shape(at_0) != self.given[name].shape or np.array_equal(at_0, at_1):
                continue
            along, off = (at_1 - at_0).ravel(), (self.given[name] - at_0).ravel()
            eta = float(along @ off / (along @ along))
            left = float(np.max(np.abs(off - eta * along)) / (np.max(np.abs(off)) or 1.0))
            if np.isfinite(eta) and abs(eta) > 1e-9:
                best = min(best, (left, eta))
        return best[1] or None


class Search:
    """Plants mistakes and compares, alone and in pairs.

    Parameters
    ----------
    evidence : sequence of Evidence
        All of it must fit; the first is looked at first.
    tolerance : float
        Of an error in an array, relative to its largest number.
    """

    def __init__(
        self,
        net: Network,
        evidence: Sequence[Evidence],
        objective: Objective,
        tolerance: float = 1e-9,
    ) -> None:
        self.cases = [Case(one, objective) for one in evidence]
        self.case, self.tolerance = self.cases[0], tolerance
        self.planted = [
            (one, changed)
            for one in plantings(net, objective, len(evidence[0].X))
            if (changed := one.into(self.case.right)) is not None
        ]

    def singles(self) -> list[Fit]:
        """Return the mistakes that give the numbers given, simplest first."""
        found = (self._fit((one,), changed) for one, changed in self.planted)
        return _distinct(fit for fit in found if fit is not None)

    def _fit(self, planted: tuple[Planted, ...], changed: Pass) -> Fit | None:
        """Return the fit of a changed pass, if it gives what was given in every case."""
        eta, worst = None, 0.0
        for case in self.cases:
            here = case
            if any(one.has_free_number for one in planted):
                eta = case.eta_of(changed) if eta is None else eta
                if eta is None:
                    return None
                here = case.with_eta(eta)
            worst = max(worst, here.worst(changed, self.tolerance))
            if worst > self.tolerance:
                return None
        numbers = enter(self.case.work, changed, self.case.names)
        return Fit(planted, worst, eta, tuple(sorted(numbers.items())))

    def pairs(self, seconds: float = PAIR_SECONDS) -> list[Fit]:
        """Return pairs that do, where neither is ruled out by what it alone decides.

        The simplest are tried first, for so many seconds.
        """
        found: list[Fit] = []
        deadline = time.perf_counter() + seconds
        for one, other in self._candidates():
            if time.perf_counter() > deadline or len(found) >= MOST_FITS:
                break
            for first, second in ((one, other), (other, one)):
                if (changed := _both(self.case.right, first, second)) is not None:
                    fit = self._fit((first, second), changed)
                    if fit is not None:
                        found.append(fit)
                    break
        return _distinct(sorted(found, key=lambda fit: fit.rank))

    def _candidates(self) -> Iterator[tuple[Planted, Planted]]:
        """Yield pairs, simplest first: what only one of them touches must fit with it alone."""
        everything = (1 << len(self.case.names)) - 1
        marks = []
        for one, changed in self.planted:
            touched, fitting = self._marks(one, changed)
            if touched:
                marks.append((one, touched, fitting | (everything & ~touched & self._right())))
        # Two mistakes that both move an array that is right would have to cancel: these last.
        right = self._right()
        pairs = (
            ((touched & touched_2 & right) != 0, one.rank + other.rank, one, other)
            for at, (one, touched, fitting) in enumerate(marks)
            for other, touched_2, fitting_2 in marks[at + 1 :]
            if not (everything & ~touched_2 & ~fitting) and not (everything & ~touched & ~fitting_2)
        )
        for _, _, one, other in sorted(pairs, key=lambda pair: pair[:2]):
            yield one, other

    def _marks(self, one: Planted, changed: Pass) -> tuple[int, int]:
        """Return which arrays a mistake touches, and which of them fit with it, as bits."""
        case = self.case
        if one.has_free_number:
            eta = case.eta_of(changed)
            case = case if eta is None else case.with_eta(eta)
        found, touched, fitting = enter(case.work, changed, case.names), 0, 0
        for bit, name in enumerate(case.names):
            if found.get(name) != self.case.entered.get(name):
                touched |= 1 << bit
                if case.error(name, found.get(name)) <= self.tolerance:
                    fitting |= 1 << bit
        return touched, fitting

    def _right(self) -> int:
        errors = self.case.errors()
        return sum(
            1 << bit for bit, name in enumerate(self.case.names) if errors[name] <= self.tolerance
        )


def _both(right: Pass, first: Planted, second: Planted) -> dict[str, str] | None:
    """Return the right pass with two mistakes in it; None where the second undoes the first."""
    for name in first.formulas.keys() & second.formulas.keys():
        if "old" not in second.formulas[name]:
            return None
    changed = first.into(right)
    return None if changed is None else second.into(changed)


def _distinct(fits: Iterator[Fit] | list[Fit]) -> list[Fit]:
    """Return the first fit of each mistake or pair of mistakes, and of each set of formulas."""
    kept: dict[tuple[str, ...], Fit] = {}
    seen: set[tuple[tuple[str, int], ...]] = set()
    for fit in fits:
        if fit.formulas not in seen:
            kept.setdefault(tuple(sorted(fit.names)), fit)
            seen.add(fit.formulas)
    return list(kept.values())
