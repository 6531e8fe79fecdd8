"""Putting questions to a person's function: the same call twice, other numbers, fewer rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import DoctorError
from ..network import Network
from ..samples import Array
from .backward import Objective, enter, gradient_names, right_pass, workspace
from .calling.caller import find_caller
from .conventions import AGREES, AGREES_32, NOT_FOUND, Convention, found_in
from .formula import Misfit
from .matching import Case, Evidence
from .report import Found, Verdict
from .state import between_calls, changed_arguments, copied, overwritten

N_POINTS = 4  # at which a loss is looked at, to tell data and regulariser apart


class Asker:
    """A function with a network and data to ask it about.

    Attributes
    ----------
    given : dict of str to array
        The gradients of the first call, as ``dW1``, ``db1``, ...
    loss : float or None
    state : list of Found
        Slips seen by calling twice.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        net: Network,
        X: Array,
        y: Array,
        call: str | None = None,
        l2: float | None = None,
    ) -> None:
        self.net, self.X, self.y = net, X, y
        self.caller: Any = fn
        if not hasattr(fn, "arguments"):
            self.caller = find_caller(fn, net, X, y, call, l2=l2)
        first = self._ask(net, X, y)
        self.given = _as_derivatives(first.gradients)
        self.others = copied(first.others)
        self.loss = None if first.loss is None else float(first.loss)
        self.single = {
            f"d{name}"
            for name, array in first.gradients.items()
            if np.asarray(array).dtype == np.float32
        }
        self.precision = "float32" if self.single else "float64"
        self.wanted = gradient_names(net)
        self.state = self._look_again(first)

    @property
    def notes(self) -> tuple[Any, ...]:
        """How it was called, and its results read."""
        return tuple(self.caller.notes)

    def _ask(self, net: Network, X: Array, y: Array) -> Any:
        return self.caller(net.parameters, X, y)

    def _look_again(self, first: Any) -> list[Found]:
        """Return slips of state: the arguments after the call, and calls after the first."""
        found = changed_arguments(self.caller, self.net, self.X, self.y, self.given)
        gradients, raw = copied(first.gradients), copied(first.raw)
        try:
            second = copied(self._ask(self.net, self.X, self.y).gradients)
        except DoctorError:
            return [*found, Found("wrong_on_second_call")]
        again = between_calls(gradients, second)
        if not again:
            self.elsewhere(self.points[1], self.X, self.y)
        return found + again + overwritten(raw, first.raw)

    @cached_property
    def points(self) -> list[Network]:
        """The network at its parameters, and near them."""
        draws = np.random.RandomState(0)
        vector = self.net.vector
        size = float(np.sqrt(np.mean(np.square(vector)))) or 1.0
        return [self.net] + [
            Network.of(self.net.architecture, vector + 0.3 * size * draws.randn(len(vector)))
            for _ in range(N_POINTS - 1)
        ]

    def loss_convention(self, l2: float | None, reduction: str | None = None) -> Convention:
        """Return what the loss is that comes back; NOT_FOUND where none does."""
        if self.loss is None or not np.isfinite(self.loss):
            return NOT_FOUND
        values = [(self.net, self.X, self.y, self.loss)]
        if not self.state:
            for net in self.points[1:]:
                answer = self.elsewhere(net, self.X, self.y)
                if answer is None or answer.loss is None:
                    break
                values.append((net, self.X, self.y, float(answer.loss)))
        agrees = AGREES if self.precision == "float64" else AGREES_32
        found = found_in(values, l2, agrees, reduction)
        if found.right or len(values) == 1:
            return found
        return found_in(values[:1], l2, agrees, reduction)  # a function that ignores what is put in

    def elsewhere(self, net: Network, X: Array, y: Array) -> Any:
        """Return the answer at other parameters or rows; None where there is none."""
        try:
            return self._ask(net, X, y)
        except DoctorError:  # it may know one size of data only
            return None

    def more_evidence(self) -> list[Evidence]:
        """Return gradients at other parameters, and of fewer rows at these."""
        if self.state:
            return []
        found = []
        for net, rows in ((self.points[1], len(self.X)), (self.points[2], self.fewer)):
            answer = self.elsewhere(net, self.X[:rows], self.y[:rows])
            if answer is not None:
                given = _as_derivatives(answer.gradients)
                if all(np.isfinite(array).all() for array in given.values()):
                    found.append(Evidence(net, self.X[:rows], self.y[:rows], given))
        return found

    def row(self, index: int) -> Evidence | None:
        """Return the gradient of one row alone; None where the function gives none."""
        X, y = self.X[index : index + 1], self.y[index : index + 1]
        answer = None if self.state else self.elsewhere(self.net, X, y)
        if answer is None:
            return None
        given = _as_derivatives(answer.gradients)
        finite = all(np.isfinite(array).all() for array in given.values())
        return Evidence(self.net, X, y, given) if finite else None

    @property
    def fewer(self) -> int:
        """A number of rows below that of the data."""
        return max(1, (2 * len(self.X)) // 3)

    def fits(self, objective: Objective) -> bool:
        """Tell whether the first gradients are right for an objective."""
        case = Case(Evidence(self.net, self.X, self.y, self.given), objective)
        tolerance = 1e-9 if self.precision == "float64" else 1e-4
        return bool(case.names) and all(e <= tolerance for e in case.errors().values())

    def l2_in_gradient(self, reduction: str) -> float:
        """Return the l2 that the last layer's gradient would have; -1 where there is none."""
        last = f"dW{len(self.net.layers) - 1}"
        work = workspace(self.net, self.X, self.y)
        number = enter(work, right_pass(self.net, Objective(reduction)), [last]).get(last)
        W = self.net.parameters[last[1:]]
        try:
            rest = self.given[last] - work.value(number)  # type: ignore[arg-type]
            found = float(np.sum(rest * W) / np.sum(W * W))
        except (Misfit, KeyError, ValueError):
            return -1.0
        return float(f"{found:.10g}") if np.isfinite(found) else -1.0

    def intermediate_verdicts(self, case: Case, tolerance: float) -> list[Verdict]:
        """Judge deltas and the like that came back under names; a factor N is no matter there."""
        verdicts = []
        for name in (one for one in case.right if one in self.others):
            array = self.others[name]
            number = enter(case.work, case.right, [name]).get(name)
            if number is None:
                continue
            right = case.work.value(number)
            if np.shape(right) != array.shape:
                continue
            scale = float(np.max(np.abs(right), initial=0.0)) or 1.0
            n = len(self.X)
            error = min(
                float(np.max(np.abs(array * f - right))) / scale for f in (1.0, 1 / n, float(n))
            )
            verdicts.append(Verdict(name, error, error <= tolerance, "", array.shape))
        return verdicts


def _as_derivatives(gradients: Mapping[str, Any]) -> dict[str, Array]:
    return {f"d{name}": array for name, array in copied(gradients).items()}
