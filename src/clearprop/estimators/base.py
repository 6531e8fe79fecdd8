"""What the classifier and the regressor share: fitting, in scikit-learn's order of things."""

from __future__ import annotations

from typing import Any, Self, TypeAlias

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.metrics import check_scoring
from sklearn.utils import check_random_state
from sklearn.utils.optimize import _check_optimize_result
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from ..architecture import Architecture
from ..engines import AsGiven, Plan
from ..network import Network
from ..tables import OPTIMIZERS, Loss
from ..training import lbfgs
from .callbacks import CallbackSupportMixin
from .descent import NOT_FINITE, Descent, Samples, chosen
from .draws import draw_vector
from .looking import Looking, Record
from .numbers_of import Answering, Numbers, gathered
from .rules import bound_factor, hidden_sizes, is_lbfgs, shape_of
from .validation import Validation, split

Array: TypeAlias = np.ndarray[Any, Any]
ROWS = 8192  # of a sparse matrix that are spread out at a time


class BaseMLP(Looking, CallbackSupportMixin, BaseEstimator):
    """Fitting and answering; see :class:`clearprop.MLPClassifier`."""

    coefs_: list[Array]
    intercepts_: list[Array]

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        incremental: bool = False,
        held: tuple[Any, Any, Any] | None = None,
    ) -> Self:
        sizes = hidden_sizes(self.hidden_layer_sizes)
        first = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        X, y = self._validate_input(X, y, incremental, reset=first)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        sample_weight = self._weighted(y, sample_weight, incremental)
        dtype = self._precision(X, first)
        targets = self._targets(y, dtype)
        self.n_outputs_ = self._count_outputs(targets)
        loss = self._loss_row()
        shape = shape_of([X.shape[1], *sizes, self.n_outputs_], self.activation, loss)
        self._random_state = check_random_state(self.random_state)
        if first:
            vector = self._initialize(shape, loss, dtype)
        else:
            vector = gathered(shape, self.coefs_, self.intercepts_)
        self._numbers = Numbers(shape)
        self._show(vector)
        samples = Samples(_dense(X, dtype), targets, _cast(sample_weight, dtype))
        if is_lbfgs(self.solver):
            self._minimise(shape, vector, samples)
        else:
            self._descend(shape, vector, samples, y, incremental, held)
        if not all(np.isfinite(w).all() for w in (*self.coefs_, *self.intercepts_)):
            raise ValueError(NOT_FINITE)
        return self

    def _precision(self, X: Any, first: bool) -> np.dtype[Any]:
        if not first and self.coefs_[0].dtype in (np.float32, np.float64):
            return np.dtype(self.coefs_[0].dtype)
        return np.dtype(self.dtype or X.dtype)

    def _initialize(self, shape: Architecture, loss: Loss, dtype: np.dtype[Any]) -> Array:
        """Draw the weights, and set back all that is counted."""
        self.n_iter_ = 0
        self.t_ = 0
        self.n_layers_ = len(shape.layers)
        self.out_activation_ = self._output_name(loss)
        if not is_lbfgs(self.solver):
            self._begin_to_count()
        drawn = draw_vector(shape, bound_factor(self.activation), self._random_state)
        vector = drawn.astype(dtype, copy=False)
        self._best_vector = vector.copy()
        return vector

    def _begin_to_count(self) -> None:
        self.loss_curve_: list[float] = []
        self._no_improvement_count = 0
        self.best_loss_ = None if self.early_stopping else np.inf
        self.validation_scores_: list[float] | None = [] if self.early_stopping else None
        self.best_validation_score_ = -np.inf if self.early_stopping else None

    def _descend(
        self,
        shape: Architecture,
        vector: Array,
        samples: Samples,
        y: Any,
        incremental: bool,
        held: tuple[Any, Any, Any] | None,
    ) -> None:
        if not hasattr(self, "loss_curve_"):  # a warm start after lbfgs
            self._begin_to_count()
        validation = None
        if held is not None:
            validation = self._given(held, vector.dtype)
        elif self.early_stopping:
            if incremental:
                raise ValueError("partial_fit does not support early_stopping=True")
            train, rest = split(self, len(samples.X), self._stratify(samples.targets))
            kept = samples.take(rest)
            samples = samples.take(train)
            validation = self._validation(kept, y[rest])
            y = y[train]
        run = Descent(self, shape, vector, samples, y, validation, incremental)
        before = len(self.loss_curve_)
        run.go()
        start = Network.of(shape, vector, vector.dtype)
        stopped = "finished" if self.n_iter_ == self.max_iter else "converged"
        self._record = Record(start, run.plan, self.loss_curve_[before:], stopped)

    def _given(self, held: tuple[Any, Any, Any], dtype: np.dtype[Any]) -> Validation:
        """Return a person's own rows to look at, checked."""
        X, y, weights = held
        X, y = self._validate_held(X, y)
        if weights is not None:
            weights = _cast(_check_sample_weight(weights, X), dtype)
        kept = Samples(_dense(X, dtype), self._targets(y, dtype), weights)
        return self._validation(kept, y)

    def _validation(self, kept: Samples, y: Any) -> Validation:
        if self.validation_scores_ is None:
            self.validation_scores_, self.best_validation_score_ = [], -np.inf
        scorer = None if self.scoring is None else check_scoring(self, self.scoring)
        return Validation(kept.X, kept.targets, y, kept.weights, self.early_stopping, scorer)

    def _minimise(self, shape: Architecture, vector: Array, samples: Samples) -> None:
        plan = Plan(
            architecture=shape, X=samples.X, targets=samples.targets,
            sample_weight=samples.weights, optimizer=OPTIMIZERS["lbfgs"], learning_rate=1.0,
            batch_size=len(samples.X), epochs=self.max_iter, l2=float(self.alpha),
            reduction="mean", frozen=None, order=AsGiven(), dtype=vector.dtype,
            shared_penalty=True,
        )  # fmt: skip
        engine = chosen(self, plan)
        shown = self._shown_share()
        start = Network.of(shape, vector, vector.dtype)
        losses: list[float] = []
        vector, found = lbfgs.search(
            engine, plan, vector, losses.append,
            maxfun=self.max_fun, maxiter=self.max_iter, gtol=self.tol,
        )  # fmt: skip
        stopped = "converged" if found.success else "finished"
        self._record = Record(start, plan, losses, stopped)
        self.n_iter_ = _check_optimize_result("lbfgs", found, self.max_iter)
        self.loss_ = found.fun
        if shown != 1:
            data, penalty, _ = engine.loss_and_gradient(plan, vector)
            self.loss_ = float(shown * data + penalty)
        self._show(vector)

    def _show(self, vector: Array) -> None:
        """Make a flat vector the network's numbers."""
        vector = vector if vector.flags.writeable else vector.copy()
        self.coefs_, self.intercepts_ = self._numbers.show(vector)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if hasattr(self, "coefs_"):
            self._show(gathered(self._numbers.shape, self.coefs_, self.intercepts_))

    def _answering(self) -> Answering:
        check_is_fitted(self)
        return self._numbers.now(self.coefs_, self.intercepts_)

    def _ask(self, X: Any, *, chances: bool) -> Array:
        """Return the network's answers for rows as people give them."""
        answering = self._answering()
        dtype = answering.vector.dtype
        unnamed = not hasattr(self, "feature_names_in_") or hasattr(self, "_in_fit")
        if unnamed and _plain(X, dtype, self.n_features_in_):
            return answering.ask(X, chances=chances)
        X = validate_data(self, X, accept_sparse=["csr", "csc"], reset=False)
        if hasattr(X, "toarray") and X.shape[0] > ROWS:
            X = X.tocsr()
            starts = range(0, X.shape[0], ROWS)
            blocks = (_dense(X[start : start + ROWS], dtype) for start in starts)
            return np.concatenate([answering.ask(block, chances=chances) for block in blocks])
        return answering.ask(_dense(X, dtype), chances=chances)

    def _check_solver(self) -> bool:
        if is_lbfgs(self.solver):
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers. "
                f"{self.solver} is not stochastic."
            )
        return True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _plain(X: Any, dtype: Any, n_features: int) -> bool:
    """Whether rows need no more looking at: of the right kind and width, and finite."""
    if type(X) is not np.ndarray or X.dtype != dtype or X.ndim != 2 or not X.flags.c_contiguous:
        return False
    if X.shape[1] != n_features or X.shape[0] == 0:
        return False
    return bool(np.isfinite(X).all())


def _dense(X: Any, dtype: Any) -> Array:
    """Return rows as compiled code reads them."""
    array = X.toarray() if hasattr(X, "toarray") else X
    return np.require(array, dtype, ("C", "ALIGNED", "ENSUREARRAY"))


def _cast(weights: Any, dtype: Any) -> Array | None:
    return None if weights is None else np.require(weights, dtype, ("C", "ALIGNED", "ENSUREARRAY"))
