"""Rows that are held back: after each epoch they tell how well the network does on new data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from sklearn.model_selection import train_test_split

Array: TypeAlias = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Validation:
    """Rows that are not learned from.

    Parameters
    ----------
    X, targets : array
        In the network's precision, in the form that the loss takes.
    y : array
        As people gave it: a scorer looks at it.
    weights : array or None
    stops : bool
        Whether the score decides when to stop, and which epoch's weights are kept.
    scorer : function of an estimator, X and y, or None
        None: accuracy, or R².
    """

    X: Array
    targets: Array
    y: Any
    weights: Array | None
    stops: bool
    scorer: Any

    def look(self, estimator: Any, vector: Array) -> None:
        """Score the network with these parameters, and keep them if it is the best so far."""
        score = self._score(estimator, vector)
        estimator.validation_scores_.append(score)
        if estimator.verbose:
            print(f"Validation score: {score:f}")  # noqa: T201
        best = estimator.best_validation_score_
        if self.stops:
            stays = score < best + estimator.tol
            count = estimator._no_improvement_count + 1 if stays else 0
            estimator._no_improvement_count = count
        if score > best:
            estimator.best_validation_score_ = score
            estimator._best_vector = vector.copy()

    def _score(self, estimator: Any, vector: Array) -> float:
        if self.scorer is None:
            return float(estimator._score_of(vector, self.X, self.targets, self.weights))
        estimator._show(vector)
        more = {} if self.weights is None else {"sample_weight": self.weights}
        estimator._in_fit = True  # these rows have been looked at, and have lost their names
        try:
            return float(self.scorer(estimator, self.X, self.y, **more))
        finally:
            del estimator._in_fit


def split(estimator: Any, n_rows: int, stratify: Array | None) -> tuple[Array, Array]:
    """Return the rows to learn from and those held back, as scikit-learn draws them."""
    train, held = train_test_split(
        np.arange(n_rows),
        random_state=estimator._random_state,
        test_size=estimator.validation_fraction,
        stratify=stratify,
    )
    if len(held) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of your "
            "dataset."
        )
    return train, held
