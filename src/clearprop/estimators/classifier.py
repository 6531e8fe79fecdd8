"""The classifier: classes in, classes and probabilities out."""

from __future__ import annotations

from typing import Any, Self, TypeAlias

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels
from sklearn.utils.validation import check_is_fitted, validate_data

from ..tables import Loss
from . import allowed
from .base import BaseMLP
from .numbers_of import Answering
from .rules import loss_row

Array: TypeAlias = np.ndarray[Any, Any]


def _with_chances(estimator: MLPClassifier) -> bool:
    if loss_row(estimator.loss, "logistic").probability_tree is None:
        raise AttributeError(
            f"loss={estimator.loss!r} gives scores without probabilities; take loss='log_loss', "
            "or ask decision_function"
        )
    return True


def _without_chances(estimator: MLPClassifier) -> bool:
    return loss_row(estimator.loss, "logistic").probability_tree is None


class MLPClassifier(ClassifierMixin, BaseMLP):
    """scikit-learn's MLPClassifier on ClearProp's engines.

    All parameters of ``sklearn.neural_network.MLPClassifier`` are there, with the same meaning
    and the same draws from ``random_state``; see ``docs/estimators.md`` for what differs.

    Parameters
    ----------
    hidden_layer_sizes : array-like of int, default=(100,)
        Neurons of each hidden layer.
    activation : str, Gate, or a list with one for each hidden layer, default="relu"
        Any of ``clearprop.activations()``; ``"logistic"`` is the sigmoid.
    solver : str or Optimizer, default="adam"
        ``"lbfgs"``, ``"sgd"``, ``"adam"``, or a row of ``clearprop.OPTIMIZERS``, perhaps with
        parameters: ``"adamw"``, ``"rmsprop(rho=0.95)"``.
    alpha : float, default=0.0001
        The penalty ``alpha/2 · ΣW²``, divided by the rows of the batch.
    batch_size : int or "auto", default="auto"
        ``"auto"`` is 200, or all rows where there are fewer.
    learning_rate : str, default="constant"
        ``"constant"``, ``"invscaling"`` or ``"adaptive"`` (the last two for ``"sgd"`` only); or
        a schedule for any solver that takes steps: ``"cosine"``, ``"warmup_cosine"``,
        ``"one_cycle"``, ``"coslog4"``.
    learning_rate_init : float, default=0.001
    power_t : float, default=0.5
        ``"invscaling"`` divides by the samples seen to this power.
    max_iter : int, default=200
        Epochs (lbfgs: iterations).
    shuffle : bool, default=True
    random_state : int, RandomState or None, default=None
    tol : float, default=1e-4
    verbose : bool, default=False
    warm_start : bool, default=False
    momentum : float, default=0.9
    nesterovs_momentum : bool, default=True
    early_stopping : bool, default=False
        Hold rows back, stop when their score stays, keep the best epoch's weights.
    validation_fraction : float, default=0.1
    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
    n_iter_no_change : int, default=10
    max_fun : int, default=15000
    loss : str or Loss, default="log_loss"
        ``"log_loss"``, or a row of ``clearprop.LOSSES`` over classes: ``"hinge"``.
    class_weight : dict, "balanced" or None, default=None
        Multiplies the weights of a class's samples.
    clip_norm : float or None, default=None
        A longer gradient is shortened to this, by its Euclidean norm.
    scoring : str, function or None, default=None
        A scikit-learn scorer for early stopping; by default accuracy.
    dtype : {"float64", "float32"} or None, default=None
        None: that of X.
    engine : {"auto", "native", "reference"}, default="auto"
    callbacks : list of functions of one Progress, or None
        Called after each epoch; returning True ends the run.

    Attributes
    ----------
    classes_ : array of shape (n_classes,), or a list of them
    coefs_, intercepts_ : list of array
        Weights and biases of each layer.
    loss_, best_loss_, loss_curve_
        The objective as the batches met it: now, the least, after each epoch.
    validation_scores_, best_validation_score_
    n_iter_, t_, n_layers_, n_outputs_, out_activation_, n_features_in_, feature_names_in_
    network_ : Network
    diagnosis_ : Diagnosis

    Raises
    ------
    ValueError
        Of scikit-learn's own kinds, for parameters and data that it refuses too.

    Examples
    --------
    >>> from clearprop import MLPClassifier
    >>> from sklearn.datasets import make_moons
    >>> X, y = make_moons(200, noise=0.1, random_state=0)
    >>> clf = MLPClassifier((16,), solver="lbfgs", random_state=1).fit(X, y)
    >>> float(clf.score(X, y))
    1.0
    """

    _parameter_constraints: dict[str, list[Any]] = allowed.CLASSIFIER

    def __init__(
        self,
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
        loss: Any = "log_loss",
        class_weight: Any = None,
        clip_norm: float | None = None,
        scoring: Any = None,
        dtype: Any = None,
        engine: str = "auto",
        callbacks: Any = None,
    ) -> None:
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
        self.loss = loss
        self.class_weight = class_weight
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
        """Learn from rows and their classes.

        Parameters
        ----------
        X : array, data frame or sparse matrix of shape (n_samples, n_features)
        y : array of shape (n_samples,), or 0 and 1 of shape (n_samples, n_labels)
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
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        classes: Any = None,
        X_val: Any = None,
        y_val: Any = None,
    ) -> Self:
        """Learn from rows for one epoch, from where the last call ended.

        Parameters
        ----------
        X, y, sample_weight
            As for :meth:`fit`.
        classes : array of shape (n_classes,), optional
            All classes that there will ever be; needed in the first call.
        X_val, y_val : array, optional
            Rows to score; with ``early_stopping`` the best call's weights are kept.

        Returns
        -------
        self
        """
        if _check_partial_fit_first_call(self, classes):
            self._label_binarizer = LabelBinarizer()
            multilabel = type_of_target(y).startswith("multilabel")
            self._label_binarizer.fit(y if multilabel else classes)
        held = self._held(X_val, y_val, None)
        return self._fit(X, y, sample_weight, incremental=True, held=held)

    def predict(self, X: Any) -> Array:
        """Return the class of each row; of multilabel targets 0 and 1, (n_samples, n_labels)."""
        check_is_fitted(self)
        if _without_chances(self):
            return self._classes(self._ask(X, chances=False))
        return self._classes(self._ask(X, chances=True))

    @available_if(_with_chances)
    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, in the order of ``classes_``."""
        check_is_fitted(self)
        chances = self._ask(X, chances=True)
        if self.n_outputs_ > 1:
            return chances
        both = np.empty((len(chances), 2), chances.dtype)
        np.subtract(1, chances[:, 0], out=both[:, 0])
        both[:, 1] = chances[:, 0]
        return both

    @available_if(_with_chances)
    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms of :meth:`predict_proba`."""
        chances = self.predict_proba(X)
        logarithms: Array = np.log(chances, out=chances)
        return logarithms

    @available_if(_without_chances)
    def decision_function(self, X: Any) -> Array:
        """Return the scores of each class; of two classes, how far the second leads."""
        check_is_fitted(self)
        scores = self._ask(X, chances=False)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def _classes(self, answers: Array) -> Array:
        """Return the classes that go with probabilities or scores."""
        kind = self._label_binarizer.y_type_
        if kind.startswith("multilabel"):
            labels: Array = self._label_binarizer.inverse_transform(answers)
            return labels
        if self.n_outputs_ > 1:
            found: Array = self.classes_[answers.argmax(axis=1)]
        elif len(self.classes_) == 1:
            found = np.repeat(self.classes_[0], len(answers))
        else:
            found = self.classes_[(answers[:, 0] > 0.5).astype(np.intp)]
        return found

    def _validate_input(self, X: Any, y: Any, incremental: bool, reset: bool) -> tuple[Any, Any]:
        X, y = validate_data(
            self, X, y, accept_sparse=["csr", "csc"], multi_output=True,
            dtype=(np.float64, np.float32), reset=reset,
        )  # fmt: skip
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if not hasattr(self, "classes_") or (not self.warm_start and not incremental):
            self._label_binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._label_binarizer.classes_
        else:
            self._check_classes(y)
        return X, y

    def _check_classes(self, y: Any) -> None:
        classes = unique_labels(y)
        if self.warm_start:
            if set(classes) != set(self.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the previous "
                    f"call to fit. Previously got {self.classes_}, `y` has {classes}"
                )
        elif len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                f"'y' has {classes}."
            )

    def _validate_held(self, X: Any, y: Any) -> tuple[Any, Any]:
        X, y = validate_data(
            self, X, y, accept_sparse=["csr", "csc"], multi_output=True,
            dtype=(np.float64, np.float32), reset=False,
        )  # fmt: skip
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        strange = np.setdiff1d(unique_labels(y), self.classes_)
        if len(strange):
            raise ValueError(f"y_val has classes that y has not: {strange}")
        return X, y

    def _weighted(self, y: Any, sample_weight: Any, incremental: bool) -> Any:
        if self.class_weight is None:
            return sample_weight
        if incremental and self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' is not supported for partial_fit, which does not see all "
                "classes at once; give a dict of weights, such as the one that "
                "sklearn.utils.class_weight.compute_class_weight makes of all of y"
            )
        by_class = compute_sample_weight(self.class_weight, y)
        return by_class if sample_weight is None else by_class * sample_weight

    @property
    def _multilabel(self) -> bool:
        return bool(self._label_binarizer.y_type_.startswith("multilabel"))

    def _targets(self, y: Any, dtype: Any) -> Array:
        """Return what the loss takes: class numbers, or 0 and 1 for each output."""
        if self._multilabel:
            return np.require(self._label_binarizer.transform(y), dtype, "C")
        numbers = np.searchsorted(self.classes_, y)
        if len(self.classes_) > 2 or self.loss != "log_loss":
            return np.require(numbers, np.int64, "C")
        return np.require(numbers[:, None], dtype, "C")

    def _count_outputs(self, targets: Array) -> int:
        return int(targets.shape[1]) if targets.ndim == 2 else max(2, len(self.classes_))

    def _loss_row(self) -> Loss:
        several = not self._multilabel and len(self.classes_) > 2
        row = loss_row(self.loss, "softmax_cross_entropy" if several else "logistic")
        if self._multilabel and row.targets != "binary":
            raise ValueError(f"loss={self.loss!r} takes one class a sample; y has several labels")
        return row

    def _output_name(self, loss: Loss) -> str:
        names = {"logistic": "logistic", "softmax_cross_entropy": "softmax"}
        return names.get(loss.name, "identity")

    def _shown_share(self) -> float:
        return 1.0

    def _stratify(self, targets: Array) -> Array | None:
        return targets[:, 0] if targets.ndim == 2 and targets.shape[1] == 1 else None

    def _score_of(self, vector: Array, X: Array, targets: Array, weights: Array | None) -> float:
        """Return the accuracy with these parameters; of several labels, all must be right."""
        row = self._numbers.shape.loss
        chances = row.probability_tree is not None
        answers = Answering.of(self._numbers.shape, vector).ask(X, chances=chances)
        if not np.isfinite(answers).all():
            return float("nan")
        if targets.ndim == 1:
            right = answers.argmax(axis=1) == targets
        else:
            right = ((answers > 0.5) == targets).all(axis=1)
        return float(np.average(right, weights=weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
