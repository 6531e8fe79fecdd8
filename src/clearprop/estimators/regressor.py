"""The regressor: numbers in, numbers out."""

from __future__ import annotations

from typing import Any, Self, TypeAlias

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.metrics import r2_score
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from ..tables import Loss
from . import allowed
from .base import BaseMLP
from .numbers_of import Answering
from .rules import loss_row

Array: TypeAlias = np.ndarray[Any, Any]


class MLPRegressor(RegressorMixin, BaseMLP):
    """scikit-learn's MLPRegressor on ClearProp's engines.

    All parameters of ``sklearn.neural_network.MLPRegressor`` are there, with the same meaning
    and the same draws from ``random_state``; see ``docs/estimators.md`` for what differs.

    Parameters
    ----------
    loss : str or Loss, default="squared_error"
        ``"squared_error"``, ``"poisson"`` (scores are logarithms, y from 0 up), or another row
        of ``clearprop.LOSSES``: ``"absolute_error"``, ``"huber(delta=2)"``,
        ``"quantile(q=0.9)"``.
    hidden_layer_sizes, activation, solver, alpha, batch_size, learning_rate
    learning_rate_init, power_t, max_iter, shuffle, random_state, tol, verbose, warm_start
    momentum, nesterovs_momentum, early_stopping, validation_fraction
    beta_1, beta_2, epsilon, n_iter_no_change, max_fun
    clip_norm, scoring, dtype, engine, callbacks
        As for :class:`MLPClassifier`; without a scorer, early stopping looks at R².

    Attributes
    ----------
    coefs_, intercepts_, loss_, best_loss_, loss_curve_, validation_scores_
    best_validation_score_, n_iter_, t_, n_layers_, n_outputs_, out_activation_
    n_features_in_, feature_names_in_, network_, diagnosis_
        As for :class:`MLPClassifier`. Losses are means over rows and outputs (Poisson: sums
        over outputs), plus the penalty.

    Examples
    --------
    >>> from clearprop import MLPRegressor
    >>> from sklearn.datasets import make_regression
    >>> X, y = make_regression(200, 5, noise=1.0, random_state=0)
    >>> model = MLPRegressor("huber", (20,), solver="lbfgs", max_iter=2000, random_state=0)
    >>> bool(model.fit(X, y).score(X, y) > 0.99)
    True
    """

    _parameter_constraints: dict[str, list[Any]] = allowed.REGRESSOR

    def __init__(
        self,
        loss: Any = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        clip_norm: float | None = None,
        scoring: Any = None,
        dtype: Any = None,
        engine: str = "auto",
        callbacks: Any = None,
    ) -> None:
        self.loss = loss
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.clip_norm = clip_norm
        self.scoring = scoring
        self.dtype = dtype
        self.engine = engine
        self.callbacks = callbacks

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Learn from rows and the numbers wanted of them.

        Parameters
        ----------
        X : array, data frame or sparse matrix of shape (n_samples, n_features)
        y : array of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array of shape (n_samples,), optional
        X_val, y_val : array, optional
            Rows to score after each epoch, in place of some that are held back.
        sample_weight_val : array, optional

        Returns
        -------
        self
        """
        held = self._held(X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, held=held)

    @available_if(lambda est: est._check_solver())
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, X_val: Any = None, y_val: Any = None
    ) -> Self:
        """Learn from rows for one epoch, from where the last call ended.

        Parameters
        ----------
        X, y, sample_weight
            As for :meth:`fit`.
        X_val, y_val : array, optional
            Rows to score; with ``early_stopping`` the best call's weights are kept.

        Returns
        -------
        self
        """
        held = self._held(X_val, y_val, None)
        return self._fit(X, y, sample_weight, incremental=True, held=held)

    def predict(self, X: Any) -> Array:
        """Return what the network says of each row, (n_samples,) or (n_samples, n_outputs)."""
        check_is_fitted(self)
        answers = self._ask(X, chances=False)
        if self.out_activation_ == "exp":
            answers = np.exp(answers)
        return answers.ravel() if answers.shape[1] == 1 else answers

    def _validate_input(self, X: Any, y: Any, incremental: bool, reset: bool) -> tuple[Any, Any]:
        X, y = validate_data(
            self, X, y, accept_sparse=["csr", "csc"], multi_output=True, y_numeric=True,
            dtype=(np.float64, np.float32), reset=reset,
        )  # fmt: skip
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if self._loss_row().name == "poisson" and (y < 0).any():
            raise ValueError(
                "Some value(s) of y are out of the valid range of the loss 'poisson': it takes "
                "counts, from 0 up"
            )
        return X, y

    def _validate_held(self, X: Any, y: Any) -> tuple[Any, Any]:
        return self._validate_input(X, y, True, reset=False)

    def _weighted(self, y: Any, sample_weight: Any, incremental: bool) -> Any:
        return sample_weight

    def _targets(self, y: Any, dtype: Any) -> Array:
        return np.require(y if y.ndim == 2 else y[:, None], dtype, ("C", "ALIGNED"))

    def _count_outputs(self, targets: Array) -> int:
        return int(targets.shape[1])

    def _loss_row(self) -> Loss:
        return loss_row(self.loss, "squared_error")

    def _output_name(self, loss: Loss) -> str:
        return "exp" if loss.name == "poisson" else "identity"

    def _shown_share(self) -> float:
        """Return by what the sum over outputs is multiplied where a loss is told."""
        return 1.0 if self._loss_row().name == "poisson" else 1.0 / self.n_outputs_

    def _stratify(self, targets: Array) -> None:
        return

    def _score_of(self, vector: Array, X: Array, targets: Array, weights: Array | None) -> float:
        """Return R² with these parameters."""
        answers = Answering.of(self._numbers.shape, vector).ask(X, chances=False)
        if self.out_activation_ == "exp":
            answers = np.exp(answers)
        if not np.isfinite(answers).all():
            return float("nan")
        return float(r2_score(targets, answers, sample_weight=weights))
