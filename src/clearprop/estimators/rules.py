"""From an estimator's parameters to rows of the tables: its gates, its optimizer, its batches."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..architecture import Architecture, architecture
from ..tables import GATES, LOSSES, OPTIMIZERS, Loss
from ..tables.optimizers import Optimizer

BATCH = 200  # rows, where batch_size is "auto"


def hidden_sizes(given: Any) -> list[int]:
    """Return the hidden layers' sizes, as scikit-learn reads and refuses them."""
    sizes = list(given) if isinstance(given, Iterable) else [given]
    if np.any(np.array(sizes) <= 0):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
    return [int(size) for size in sizes]


def shape_of(sizes: list[int], activation: Any, loss: Loss) -> Architecture:
    """Return the network's architecture: its loss takes the scores of the last layer."""
    if isinstance(activation, list | tuple):
        return architecture(sizes, [gate_of(each) for each in activation], loss)
    return architecture(sizes, gate_of(activation), loss)


def gate_of(activation: Any) -> Any:
    """Return an activation by its name here: scikit-learn says logistic for the sigmoid."""
    return "sigmoid" if activation == "logistic" else activation


def bound_factor(activation: Any) -> float:
    """Return the factor in the bound of the initial weights."""
    if isinstance(activation, list | tuple):
        return 6.0
    return 2.0 if GATES.resolve(gate_of(activation)).name == "sigmoid" else 6.0


def is_lbfgs(solver: Any) -> bool:
    """Whether SciPy looks for the minimum, rather than steps down epoch by epoch."""
    return OPTIMIZERS.resolve(_plain(solver)).method == "lbfgs"


def _plain(solver: Any) -> Any:
    return "gradient_descent" if solver == "sgd" else solver


def optimizer_of(estimator: Any) -> Optimizer:
    """Return the row of the table that an estimator's solver stands for."""
    if estimator.solver == "sgd":
        name = "nesterov" if estimator.nesterovs_momentum else "momentum"
        return OPTIMIZERS[name].with_parameters(momentum=float(estimator.momentum))
    if estimator.solver in ("adam", "adamw"):
        return OPTIMIZERS[estimator.solver].with_parameters(
            beta1=float(estimator.beta_1),
            beta2=float(estimator.beta_2),
            epsilon=float(estimator.epsilon),
        )
    return OPTIMIZERS.resolve(estimator.solver)


def loss_row(given: Any, by_default: str) -> Loss:
    """Return a loss; ``log_loss`` is the one that suits the targets."""
    return LOSSES.resolve(by_default if given == "log_loss" else given)


def batch_of(estimator: Any, row: Optimizer, n_rows: int) -> int:
    """Return how many rows make a batch; a number that is too large is cut, with a warning."""
    if row.full_batch:
        if estimator.batch_size != "auto" and estimator.batch_size < n_rows:
            raise ValueError(
                f"solver={row.name!r} needs the gradient over all rows at each step; leave "
                "batch_size at 'auto', or take solver='adam'"
            )
        return n_rows
    if estimator.batch_size == "auto":
        return min(BATCH, n_rows)
    if estimator.batch_size > n_rows:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped",
            stacklevel=5,
        )
    return int(min(estimator.batch_size, n_rows))
