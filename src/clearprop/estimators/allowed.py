"""Which values the estimators' parameters may have, in scikit-learn's own words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, Options, StrOptions

from ..engines import ENGINES
from ..errors import TableError
from ..tables import LOSSES, OPTIMIZERS, Loss, activations
from ..tables.gates import GATES, Gate
from ..tables.optimizers import Optimizer
from ..training.schedules import SCHEDULES

OF_SCIKIT_LEARN = ("constant", "invscaling", "adaptive")


class Specs(StrOptions):  # type: ignore[misc, unused-ignore]
    """Names of rows of a table, perhaps with parameters in brackets."""

    def __init__(self, names: Iterable[str], resolve: Callable[[str], Any]) -> None:
        super().__init__(set(names))
        self._resolve = resolve

    def is_satisfied_by(self, val: Any) -> bool:
        """Whether the text names a row, with parameters that it has."""
        if not isinstance(val, str):
            return False
        if val in self.options:
            return True
        try:
            self._resolve(val)
        except TableError:
            return False
        return True


def _activation(spec: str) -> None:
    if not GATES.resolve(spec).activation:
        raise TableError(f"{spec} is no activation")


def losses(targets: str, *others: str) -> Specs:
    """Return the constraint of a loss over one kind of targets."""

    def resolve(spec: str) -> None:
        if LOSSES.resolve(spec).targets != targets:
            raise TableError(f"{spec} takes other targets")

    return Specs([*others, *(n for n, row in LOSSES.items() if row.targets == targets)], resolve)


def _solver(spec: str) -> None:
    OPTIMIZERS.resolve(spec)


PARAMETERS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [Specs(["logistic", *activations()], _activation), Gate, list, tuple],
    "solver": [Specs(["sgd", *OPTIMIZERS], _solver), Optimizer],
    "alpha": [Interval(Real, 0, None, closed="left")],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [StrOptions({*OF_SCIKIT_LEARN, *SCHEDULES})],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "power_t": [Interval(Real, 0, None, closed="left")],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [Interval(Real, 0, None, closed="left")],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "momentum": [Interval(Real, 0, 1, closed="both")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="left")],
    "beta_1": [Interval(Real, 0, 1, closed="left")],
    "beta_2": [Interval(Real, 0, 1, closed="left")],
    "epsilon": [Interval(Real, 0, None, closed="neither")],
    "n_iter_no_change": [
        Interval(Integral, 1, None, closed="left"),
        Options(Real, {np.inf}),
    ],
    "max_fun": [Interval(Integral, 1, None, closed="left")],
    "clip_norm": [Interval(Real, 0, None, closed="neither"), None],
    "scoring": [str, callable, None],
    "dtype": [StrOptions({"float64", "float32"}), None],
    "engine": [StrOptions({"auto", *ENGINES})],
    "callbacks": ["array-like", None],
}
"""What both estimators take."""

CLASSIFIER: dict[str, list[Any]] = {
    **PARAMETERS,
    "loss": [losses("class", "log_loss"), Loss],
    "class_weight": [StrOptions({"balanced"}), dict, None],
}
REGRESSOR: dict[str, list[Any]] = {**PARAMETERS, "loss": [losses("value"), Loss]}
