"""Losses in circuits: one gate to look at, stages of wires when it is taken apart.

>>> import numpy as np
>>> import clearprop as cp
>>> scores = cp.input("scores", np.array([[13.0, -7.0, 11.0]]))
>>> cp.evaluate(cp.apply_loss("hinge(margin=10)", scores, np.array([0])))
array([8.])
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .circuit import Wire, as_wire, broadcast, operation
from .errors import CircuitError
from .formulas import build, names_of
from .operations import LARGEST, ONE_HOT, PICK, SUM, show_shape
from .tables.expression import Expression
from .tables.losses import LOSSES, TARGETS, Loss


def apply_loss(
    loss: str | Loss, scores: Wire | np.ndarray[Any, Any], targets: Wire | np.ndarray[Any, Any]
) -> Wire:
    """Put scores and targets into a loss gate; out comes one loss per sample, not reduced.

    Parameters
    ----------
    loss : str or Loss
        A row of ``clearprop.LOSSES`` or its name.
    scores : Wire or array
        Of shape (n_samples, n_outputs), or (n_outputs,) for one sample.
    targets : Wire or array
        Whole numbers of shape (n_samples,) for a loss over classes, as an input or a
        constant; otherwise of the scores' shape.

    Raises
    ------
    CircuitError
        If the shapes do not fit, or class numbers are computed in the circuit.
    """
    row = LOSSES.resolve(loss)
    found, wanted = as_wire(scores), as_wire(targets)
    expected = found.shape[:-1] if row.targets == "class" else found.shape
    if not 1 <= len(found.shape) <= 2 or wanted.shape != expected:
        raise CircuitError(
            f"{row.name} takes scores (n, outputs) and targets "
            f"{'(n,)' if row.targets == 'class' else 'of the same shape'}; given "
            f"{show_shape(found.shape)} and {show_shape(wanted.shape)}"
        )
    if row.targets == "class":
        _check_classes(row, found, wanted)
    return Wire(row, (found, wanted), found.shape[:-1])


def _check_classes(row: Loss, scores: Wire, targets: Wire) -> None:
    if not isinstance(scores.shape[-1], int):
        raise CircuitError(
            f"{row.name} needs the number of classes: the last axis of the scores is a number, "
            f"not a letter; given {show_shape(scores.shape)}"
        )
    if targets.kind not in ("input", "constant"):
        raise CircuitError(
            f"class numbers are data, an input or a constant; {targets!r} is computed"
        )


class LossWires:
    """A loss taken apart into wires: its value, its slope by the scores, its probabilities."""

    def __init__(self, row: Loss, scores: Wire, targets: Wire | None) -> None:
        self.row, self.scores = row, scores
        each: dict[str, Wire] = {"s": scores}
        if targets is not None and row.targets == "class":
            each["hit"] = operation(ONE_HOT, targets, setting=scores.shape[-1])
        elif targets is not None:
            each["target"] = targets
        self.stages: dict[str, Wire] = {}
        unknown = set(TARGETS.values()) - each.keys()
        for stage, (reduction, tree) in row.stage_trees.items():
            if targets is None and (reduction == "pick" or tree.names() & unknown):
                unknown.add(stage)
                continue
            gathered = self._gather(reduction, self._each(tree, each), targets)
            self.stages[stage] = gathered
            each[stage] = broadcast(gathered, scores.shape, (len(scores.shape) - 1,))
        self._names = names_of(row.part_trees, row.parameters, each)

    def _each(self, tree: Expression, names: dict[str, Wire]) -> Wire:
        return build(tree, names_of({}, self.row.parameters, names))

    def _gather(self, reduction: str, wire: Wire, targets: Wire | None) -> Wire:
        if reduction == "sum":
            return operation(SUM, wire, setting=(len(wire.shape) - 1,))
        if reduction == "max":
            return operation(LARGEST, wire)
        return operation(PICK, wire, as_wire(targets)) if targets is not None else wire

    @property
    def value(self) -> Wire:
        """The loss of each sample, of shape (n_samples,)."""
        return build(self.row.value_tree, names_of({}, self.row.parameters, self.stages))

    @property
    def slope(self) -> Wire:
        """The derivative of each sample's loss by its scores, of the scores' shape."""
        return build(self.row.slope_tree, self._names)

    @property
    def probability(self) -> Wire:
        """The probability of each output, of the scores' shape."""
        if self.row.probability_tree is None:
            raise CircuitError(f"the {self.row.name} loss gives scores, not probabilities")
        return build(self.row.probability_tree, self._names)


def unfold(wire: Wire) -> LossWires:
    """Take a loss gate apart."""
    if not isinstance(wire.kind, Loss):
        raise CircuitError(f"{wire!r} is not the output of a loss")
    return LossWires(wire.kind, *wire.inputs)
