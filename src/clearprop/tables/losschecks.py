"""Checks a loss against itself when its row is made, by complex-step differentiation.

The slope is compared with the derivative of the value for a few samples, with one score
moved far and near, and on both sides of every place where the expressions change branch.
"""

import functools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .complexstep import STEP, Function, compared, compiled, crossings, larger
from .failures import TableError

if TYPE_CHECKING:
    from .losses import Loss

TOLERANCE = 1e-12
BESIDE = 1e-5
_DISTANCES = (1e-3, 0.03, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1e3, 1e4)
_SAMPLES = ((0.31, -1.27, 2.9), (-3.3, 0.42, 0.11), (6.1, 5.3, -0.7))

Names = dict[str, complex]


class Formulas:
    """A loss's expressions as functions of one sample's scores.

    ``wanted`` is, per output, ``hit`` or ``target``.
    """

    def __init__(self, loss: "Loss") -> None:
        self.loss = loss
        self._constants = {name: complex(value) for name, value in loss.parameters.items()}
        self._stages = [(n, how, compiled(tree)) for n, (how, tree) in loss.stage_trees.items()]
        self._parts = [(name, compiled(tree)) for name, tree in loss.part_trees.items()]
        self.value = compiled(loss.value_tree)
        self.slope = compiled(loss.slope_tree)
        self.shown = compiled(loss.shown_tree)
        stages = [tree for _, tree in loss.stage_trees.values()]
        trees = (*stages, *loss.part_trees.values(), loss.value_tree, loss.slope_tree)
        fixed = {*loss.parameters, "hit", "target"}
        self.differences = [compiled(tree) for tree in compared(trees) if tree.names() - fixed]

    def stages(self, scores: Sequence[complex], wanted: Sequence[complex]) -> Names:
        """Return a sample's parameters and stages by name."""
        known = dict(self._constants)
        for stage, how, function in self._stages:
            outputs = zip(scores, wanted, strict=True)
            values = [function({**known, "s": s, "hit": w, "target": w}) for s, w in outputs]
            known[stage] = self._reduced(how, values, wanted)
        return known

    def said(self, scores: Sequence[complex], wanted: Sequence[complex]) -> complex:
        """Return the loss by the steps in which people write it."""
        each = [{**self._constants, "s": s, "hit": w, "target": w}
                for s, w in zip(scores, wanted, strict=True)]  # fmt: skip
        found: complex = 0j
        for step, (how, tree) in self.loss.said_trees.items():
            function = compiled(tree)
            values = [function(names) for names in each]
            if how != "each":
                found = self._reduced(how, values, wanted)
                values = [found] * len(each)
            for names, value in zip(each, values, strict=True):
                names[step] = value
        return found

    def _reduced(self, how: str, values: Sequence[complex], wanted: Sequence[complex]) -> complex:
        if how == "sum":
            return sum(values, complex(0))
        if how == "max":
            return functools.reduce(larger, values)
        if how == "whole":  # made of numbers that all outputs share
            return values[0]
        return next(v for v, w in zip(values, wanted, strict=True) if w == 1)

    def output(self, stages: Names, score: complex, wanted: complex) -> Names:
        """Return all names of one output: its score, what is wanted of it, and its parts."""
        names = {**stages, "s": score, "hit": wanted, "target": wanted}
        for part, function in self._parts:
            names[part] = function(names)
        return names


def loss_of(
    loss: "Loss", scores: Sequence[complex], wanted: Sequence[complex]
) -> tuple[complex, list[complex]]:
    """Return a loss's value for one sample and its slopes, one for each score."""
    formulas = Formulas(loss)
    stages = formulas.stages(scores, wanted)
    outputs = [formulas.output(stages, s, w) for s, w in zip(scores, wanted, strict=True)]
    return formulas.value(stages), [formulas.slope(names) for names in outputs]


def check_loss(loss: "Loss") -> None:
    """Refuse a loss whose slope is not the derivative of its value, or that hides NaN."""
    formulas = Formulas(loss)
    for right, scores in enumerate(_SAMPLES):
        wanted = [complex(i == right) for i in range(3)]
        if loss.targets == "value":
            wanted = [0.37 * right - w + 0.21 for w in wanted]
        for which in range(3):
            _check_at(formulas, which, scores, wanted, TOLERANCE)
        if right == 0:
            for which in (0, 1) if loss.targets != "value" else (0,):
                _check_along(formulas, which, scores, wanted)
    _check_said(formulas)
    for which in range(3):
        broken = [complex(math.nan if i == which else s) for i, s in enumerate(scores)]
        stages = formulas.stages(broken, wanted)
        slope = formulas.slope(formulas.output(stages, broken[which], wanted[which]))
        if not (math.isnan(formulas.value(stages).real) and math.isnan(slope.real)):
            raise TableError(f"{loss.name}: a score that is NaN must make loss and slope NaN")


def _check_said(formulas: Formulas) -> None:
    """See that the loss as people write it is the loss, for scores of ordinary size."""
    loss = formulas.loss
    for right, scores in enumerate(_SAMPLES):
        wanted = [complex(i == right) for i in range(3)]
        found = formulas.said([complex(s) for s in scores], wanted)
        value = formulas.value(formulas.stages([complex(s) for s in scores], wanted))
        if not abs(found - value) <= 1e-9 * max(1.0, abs(value)):
            raise TableError(
                f"{loss.name}: for the scores {scores} what is said gives {found.real:.9g}, the "
                f"value {value.real:.9g}"
            )


def _check_at(
    formulas: Formulas,
    which: int,
    scores: Sequence[float],
    wanted: Sequence[complex],
    tolerance: float,
) -> tuple[Names, float]:
    """Return the sample's stages and the derivative of the loss by one score."""
    shifted = [complex(s, STEP if i == which else 0.0) for i, s in enumerate(scores)]
    stages = formulas.stages(shifted, wanted)
    names = formulas.output(stages, shifted[which], wanted[which])
    true = formulas.value(stages).imag / STEP
    slope = formulas.slope(names).real
    loss = formulas.loss
    if not abs(slope - true) <= tolerance * max(1.0, abs(true)):
        if math.isnan(true) and max(map(abs, scores)) >= 100:
            return stages, true  # an overflow on the way; only our own losses must be safe there
        raise TableError(
            f"{loss.name}: for the scores {tuple(scores)} the slope {loss.slope!r} of output "
            f"{which} is {slope:.6g}, but the loss changes by {true:.6g} for each unit"
        )
    if loss.shown and not abs(slope - formulas.shown(names).real) <= tolerance * max(1, abs(true)):
        raise TableError(
            f"{loss.name}: {loss.shown!r} is shown as the slope, but is not {loss.slope!r}"
        )
    return stages, true


def _check_along(
    formulas: Formulas, which: int, scores: Sequence[float], wanted: Sequence[complex]
) -> None:
    """Move one score far and near, and to both sides of where branches meet."""

    def moved(place: float) -> tuple[float, ...]:
        return (*scores[:which], place, *scores[which + 1 :])

    centre = wanted[which].real if formulas.loss.targets == "value" else 0.0
    places = sorted(centre + sign * distance for distance in _DISTANCES for sign in (-1, 1))
    seen = [_check_at(formulas, which, moved(place), wanted, 1e-9)[0] for place in places]
    meetings: set[float] = set()
    for output in (0, 1):
        names = [
            formulas.output(stages, complex(moved(place)[output]), wanted[output])
            for stages, place in zip(seen, places, strict=True)
        ]
        for difference in formulas.differences:

            def value(place: float, f: Function = difference, output: int = output) -> float:
                there = moved(place)
                stages = formulas.stages(there, wanted)
                return f(formulas.output(stages, complex(there[output]), wanted[output])).real

            differences = [difference(n).real for n in names]
            meetings |= set(crossings(value, places, differences, meetings))
    for place in sorted(meetings):
        _check_sides(formulas, which, moved(place), wanted)


def _check_sides(
    formulas: Formulas, which: int, scores: Sequence[float], wanted: Sequence[complex]
) -> None:
    """Check beside a meeting of branches; on it the slope lies between those of the sides."""
    beside = BESIDE * max(1.0, abs(scores[which]))
    sides = []
    for sign in (-1, 1):
        there = [s + sign * beside * (i == which) for i, s in enumerate(scores)]
        sides.append(_check_at(formulas, which, there, wanted, 1e-6)[1])
    stages = formulas.stages(scores, wanted)
    names = formulas.output(stages, complex(scores[which]), wanted[which])
    slope = formulas.slope(names).real
    room = 1e-3 * max(1.0, *map(abs, sides))
    if not min(sides) - room <= slope <= max(sides) + room and not math.isnan(sum(sides)):
        loss = formulas.loss
        raise TableError(
            f"{loss.name}: for the scores {tuple(scores)} the slope {loss.slope!r} of output "
            f"{which} is {slope:.6g}, but beside them it is {sides[0]:.6g} and {sides[1]:.6g}"
        )
