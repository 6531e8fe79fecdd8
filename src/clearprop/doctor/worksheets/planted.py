"""Every mistake of the doctor's table, planted in a sheet's network.

A sheet has one sample, so mistakes over samples change nothing there; those that only a program
can make are left out. A mistake counts for a parameter if it changes the formula of that
derivative: this is seen at numbers drawn at random, so that a sheet on which it changes nothing
(two inputs that are equal) can be told apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...network import Network
from ..backward import Objective, enter, right_pass, workspace
from ..formula import Misfit, Workspace
from ..mistakes import MISTAKES
from ..mistakes_of_samples import OF_SAMPLES
from ..naming import facts_of
from ..planting import Planted, plantings
from .sheets import Student, Task

ONLY_IN_PROGRAMS = {
    *(mistake.name for mistake in OF_SAMPLES),
    "changed_in_place",
    "softmax_axis",
    "targets_transposed",
}
DIFFERENT = 1e-9
_PLACE = re.compile(r"([a-zA-Z]+)(\d*)")


class Plants:
    """The mistakes that can be made on the sheets of a task.

    Attributes
    ----------
    planted : list of Planted
        Simplest first.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        net = Network.of(task.shape, np.zeros(task.shape.n_parameters))
        mistakes = {
            name: row for name, row in MISTAKES.items()
            if name not in ONLY_IN_PROGRAMS and row.when != "no l2"
        }  # fmt: skip
        right = right_pass(net, Objective())
        found = plantings(net, Objective(), 1, mistakes)
        pairs = [(one, one.into(right)) for one in found]
        passes = [(one, changed) for one, changed in pairs if changed is not None]
        self.planted = [one for one, _ in passes]
        self._changed: dict[Any, list[set[str]]] = {}
        self._places: dict[str, tuple[str, tuple[int, ...]]] = {}
        for name in task.ask:
            parameter = task.naming.find(name)
            assert parameter is not None  # noqa: S101 (a task asks about parameters there are)
            self._places[name] = parameter[1:]
        # Formulas are entered once; each sheet puts its own numbers to them.
        wanted = [f"d{array}" for array in dict.fromkeys(a for a, _ in self._places.values())]
        n_in, n_out = task.shape.layers[0], task.shape.layers[-1]
        y = np.zeros(1, int) if task.shape.loss.targets == "class" else np.zeros((1, n_out))
        self._base = workspace(net, np.zeros((1, n_in)), y)
        self._right = enter(self._base, right, wanted)
        self._entered = [enter(self._base, changed, wanted) for _, changed in passes]

    def numbers(
        self, student: Student, instead: Mapping[str, Any] | None = None
    ) -> list[dict[str, float]]:
        """Return what each mistake makes of the derivatives that it changes, by parameter.

        ``instead`` are other arrays for some of the forward pass, such as a student's own.
        """
        work = self._workspace(student.net, np.array([student.x]), student.targets)
        found = self._all(work.other(**instead) if instead else work)
        return [
            {name: value for name, value in one.items() if name in changed}
            for one, changed in zip(found, self.changed(student.y), strict=True)
        ]

    def changed(self, y: int | tuple[float, ...]) -> list[set[str]]:
        """Return, for each mistake, the parameters whose derivative it changes.

        For classes this depends on which is right: forgetting to subtract y changes nothing for
        the others.
        """
        key = None if self.task.shape.loss.targets == "value" else y
        if key not in self._changed:
            self._changed[key] = self._changes(key)
        return self._changed[key]

    def _changes(self, key: int | tuple[float, ...] | None) -> list[set[str]]:
        shape, draws = self.task.shape, np.random.RandomState(0)
        net = Network.of(shape, draws.uniform(0.3, 0.9, shape.n_parameters))
        X = draws.uniform(0.3, 0.9, (1, shape.layers[0]))
        y = draws.uniform(0.1, 0.9, (1, shape.layers[-1])) if key is None else np.array([key])
        work = self._workspace(net, X, y)
        right = self._slopes(work, self._right)
        return [
            {
                name for name, value in one.items()
                if not abs(value - right[name]) <= DIFFERENT * abs(right[name])
            }
            for one in self._all(work)
        ]  # fmt: skip

    def _workspace(self, net: Network, X: Any, y: Any) -> Workspace:
        names = workspace(net, X, y).names
        return self._base.other(**{**names, "eta": self.task.learning_rate})

    def _all(self, work: Workspace) -> list[dict[str, float]]:
        return [self._slopes(work, entered) for entered in self._entered]

    def _slopes(self, work: Workspace, entered: Mapping[str, int]) -> dict[str, float]:
        """Return the derivatives asked for, as a backward pass has them."""
        found = {}
        for name, (array, place) in self._places.items():
            try:
                value = np.asarray(work.value(entered[f"d{array}"]))
            except (Misfit, KeyError):
                continue
            if value.shape == self.task.shape.shapes[array] and np.isfinite(value[place]):
                found[name] = float(value[place])
        return found

    def facts(self, one: Planted, parameter: str) -> dict[str, Any]:
        """Return what the words of a mistake speak of, in the names of a sheet."""
        net = Network.of(self.task.shape, np.zeros(self.task.shape.n_parameters))
        places = (_PLACE.fullmatch(name) for name in one.formulas)
        parts = [(found[1], int(found[2] or 0)) for found in places if found]
        facts = dict(facts_of(net, one, parts, self.task.learning_rate))
        layers = facts["in"] if facts["at"] == "layers" else []
        unit = facts["unit"]
        if isinstance(unit, list) and unit and unit[0] != "last" and unit[1]:
            facts["unit"], layers = self.task.naming.neuron(unit[1], unit[0] - 1), []
        else:
            facts["unit"] = ""
        return {
            "layers": list(layers),  # type: ignore[call-overload]
            "arrays": f"dloss/d{parameter}",
            "a": "out",
            "z": "net",
            **{key: str(facts[key]) for key in ("gate", "other", "unit", "eta")},
        }
