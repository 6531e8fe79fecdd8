"""Callbacks during ``fit``: this project's own, and those of scikit-learn 1.9 and later."""

from __future__ import annotations

import time
from typing import Any, TypeAlias

import numpy as np

from ..architecture import Architecture
from ..network import Network
from ..training.callbacks import Losses, Progress, check_callbacks, ends, period

__all__ = ["CallbackSupportMixin", "Told"]

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # before scikit-learn 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Nothing: this scikit-learn has no callbacks."""


Array: TypeAlias = np.ndarray[Any, Any]


class Told:
    """Those who want to hear of each epoch.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
    shape : Architecture
    vector : array
        The parameters at the start.
    X, y : array
        What is learned from, as scikit-learn's callbacks are to see it.
    weights : array or None
    engine : str
    """

    def __init__(
        self,
        estimator: Any,
        shape: Architecture,
        vector: Array,
        X: Array,
        y: Any,
        weights: Array | None,
        engine: str,
    ) -> None:
        self.estimator, self.engine = estimator, engine
        self.own = check_callbacks(estimator.callbacks or ())
        self._periods = [period(callback) or 1 for callback in self.own]
        self._start = Network.of(shape, vector, vector.dtype) if self.own else None
        self._began = time.perf_counter()
        self._known = {
            "estimator": estimator, "X": X, "y": y,
            "metadata": None if weights is None else {"sample_weight": weights},
        }  # fmt: skip
        self._root: Any = None
        self._epoch: Any = None
        if getattr(estimator, "_skl_callbacks", None):
            self._root = estimator._init_callback_context(max_subtasks=int(estimator.max_iter))
            self._root.call_on_fit_task_begin(**self._known)

    def begin(self) -> None:
        """Say that an epoch begins."""
        if self._root is not None:
            self._epoch = self._root.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(**self._known)

    def end(self, vector: Array) -> bool:
        """Say that an epoch is over; return whether somebody ends the run."""
        ended = bool(self.own) and self._tell_own(vector)
        if self._epoch is not None:

            def attributes() -> dict[str, Any]:
                self.estimator._show(vector)
                shown = {"coefs_": self.estimator.coefs_, "intercepts_": self.estimator.intercepts_}
                return {**shown, "_in_fit": True}

            found = self._epoch.call_on_fit_task_end(
                **self._known, reconstruction_attributes=attributes
            )
            ended = bool(found) or ended
        return ended

    def close(self) -> None:
        """Say that the run is over."""
        if self._root is not None:
            self._root.call_on_fit_task_end(**self._known, reconstruction_attributes={})

    def _tell_own(self, vector: Array) -> bool:
        estimator = self.estimator
        epoch, ended, progress = estimator.n_iter_, False, None
        for callback, every in zip(self.own, self._periods, strict=True):
            if epoch % every:
                continue
            if progress is None:
                assert self._start is not None  # noqa: S101 (made where there are callbacks)
                losses = Losses(estimator.loss_curve_[-epoch:], epoch)
                seconds = time.perf_counter() - self._began
                progress = Progress(
                    epoch, estimator.max_iter, losses, seconds, self.engine, self._start, vector
                )
            ended = ends(callback, progress) or ended
        return ended
