"""How well predictions fit a target column, in the words and units of that column."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data import Columns
from ..network import Network
from .screen import percent


@dataclass(frozen=True)
class Score:
    """How well a network answers some rows.

    Parameters
    ----------
    rows : int
    right : int or None
        Rows whose class is right; None for a target of numbers.
    r2 : float
        1 - (sum of squared errors) / (sum of squared distances to the mean); NaN where all
        targets are equal.
    rmse : float
        The root of the mean squared error, in the target's own units.
    """

    rows: int
    right: int | None = None
    r2: float = math.nan
    rmse: float = math.nan

    @property
    def facts(self) -> dict[str, Any]:
        """What a JSON document says of it."""
        if self.right is not None:
            return {"right": self.right, "accuracy": self.right / self.rows}
        return {"r2": self.r2, "rmse": self.rmse}

    def text(self, rows: str) -> str:
        """Return it in words; ``rows`` says which rows, such as "training rows"."""
        if self.right is not None:
            return f"{percent(self.right, self.rows)} of the {self.rows:,} {rows} right"
        r2 = "undefined (all targets are equal)" if math.isnan(self.r2) else f"{self.r2:.4f}"
        return f"R² {r2}, root mean squared error {self.rmse:.4g}, on the {self.rows:,} {rows}"


def score(network: Network, columns: Columns, X: Any, y: Any) -> Score:
    """Return how well a network answers rows that are encoded by these columns.

    Parameters
    ----------
    network : Network
    columns : Columns
    X : array of shape (n_rows, n_inputs)
    y : array of shape (n_rows,) or (n_rows, 1)
        Class numbers, or standardised values.
    """
    answers = network.predict(X)
    if columns.classes:
        return Score(len(y), right=int((answers == y).sum()))
    wanted = columns.decode_values(y).ravel()
    with np.errstate(over="ignore", invalid="ignore"):  # a run that diverged
        errors = columns.decode_values(answers).ravel() - wanted
        around = wanted - wanted.mean()
        squares, spread = float((errors**2).sum()), float((around**2).sum())
    r2 = 1 - squares / spread if spread > 0 else math.nan
    return Score(len(wanted), r2=r2, rmse=math.sqrt(squares / len(wanted)))
