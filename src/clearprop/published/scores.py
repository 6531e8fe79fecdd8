"""Losses of one sample's scores.

>>> from clearprop.published.reading import read_example
>>> part = ScoresPart(read_example("cs231n").parts[4])
>>> part.value("hinge(margin=10)", part.procedure)
8.0
"""

from __future__ import annotations

import numpy as np

from ..circuit import Wire, input
from ..errors import ClearPropError, ExampleError
from ..loss_circuit import apply_loss
from ..program import evaluate
from ..tables.losses import LOSSES, Loss
from .procedure import Procedure
from .reading import Part, as_list, as_number


class ScoresPart:
    """One sample's scores; its quantities are losses by name, ``hinge(margin=10)``."""

    procedure = Procedure()

    def __init__(self, part: Part) -> None:
        self.part = part
        where = f"{part.where}." if part.where else ""
        scores = as_list(part.data["scores"], f"{where}scores")
        self.scores = [as_number(s, f"{where}scores[{i}]") for i, s in enumerate(scores)]
        self.correct = part.data.get("correct")
        self.where = where
        targets = part.data.get("targets")
        self.targets = None
        if targets is not None:
            listed = as_list(targets, f"{where}targets")
            self.targets = [as_number(t, f"{where}targets[{i}]") for i, t in enumerate(listed)]
        self.n_outputs = len(self.scores)

    def loss(self, name: str) -> Loss:
        """Return the loss that a name means.

        Raises
        ------
        ExampleError
            If there is none.
        """
        try:
            return LOSSES.resolve(name)
        except ClearPropError as error:
            raise ExampleError(f"{self.where}printed, {name!r}: {error}") from None

    def value(self, name: str, procedure: Procedure) -> float:
        """Return the loss of the scores."""
        row = self.loss(name)
        wanted = self.correct if row.targets == "class" else self.targets
        key = "correct" if row.targets == "class" else "targets"
        if wanted is None or (key == "correct" and type(wanted) is not int):
            raise ExampleError(f"{self.where}{key}: {row.name} needs it; given {wanted!r}")
        scores: Wire = input("scores", np.array([self.scores]))
        targets = np.array([wanted])
        try:
            found = evaluate(apply_loss(row, scores, targets), dtype=procedure.dtype)
        except ClearPropError as error:
            raise ExampleError(f"{self.where}{key}: {error}") from None
        return float(found[0]) * procedure.factor
