"""What a fitted estimator tells about itself: its network, every derivative, pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..engines import AsGiven, Plan, Shuffled
from ..errors import DoctorError, NetworkError
from ..network import Network
from ..training import Result
from ..training.fit import Origin

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..doctor.training.report import Diagnosis

Array: TypeAlias = np.ndarray[Any, Any]


class Record:
    """How the last ``fit`` went. It holds on to the data, and is left out of pickles."""

    def __init__(self, start: Network, plan: Plan, losses: list[float], stopped: str) -> None:
        self.start, self.plan, self.losses, self.stopped = start, plan, losses, stopped

    def __reduce__(self) -> tuple[Any, ...]:
        return type(None), ()

    def result(self, network: Network, loss: float) -> Result:
        """Return the run as :func:`clearprop.fit` would have told of it."""
        plan = self.plan
        told = replace(
            plan,
            l2=plan.l2 / plan.batch_size,
            order=AsGiven() if plan.batch_size >= plan.n_rows else Shuffled(0),
            rates=None,
            shared_penalty=False,
            shown=1.0,
            earlier=0,
        )
        losses = np.array(self.losses) / plan.shown
        origin = Origin(self.start, told)
        return Result(
            network, losses, loss / plan.shown, 0.0, "", str(plan.optimizer), self.stopped,
            origin=origin,
        )  # fmt: skip


class Looking:
    """Methods that scikit-learn's classes do not have."""

    @property
    def network_(self: Any) -> Network:
        """The fitted network, as a value; see :class:`clearprop.Network`."""
        answering = self._answering()
        return Network.of(answering.shape, answering.vector, answering.vector.dtype)

    def explain(self: Any, row: Any, wrt: str, y: Any = None, **settings: Any) -> Any:
        """Explain how one row's loss moves with one number; see :meth:`Network.explain`.

        Parameters
        ----------
        row : array of shape (n_features,) or (1, n_features)
        wrt : str
            A parameter (``w1``, ``W1[0,0]``), an input (``i1``), any step between.
        y : class, or number(s), optional
            What is wanted of the row; by default what the estimator answers.
        **settings
            As for :meth:`Network.explain`: ``notation``, ``l2``, ``learning_rate``.

        Returns
        -------
        Derivation or LayerDerivation

        Examples
        --------
        >>> from clearprop import MLPClassifier
        >>> X, y = [[0.0, 0.0], [1.0, 1.0]] * 5, ["no", "yes"] * 5
        >>> clf = MLPClassifier((2,), solver="lbfgs", random_state=0).fit(X, y)
        >>> clf.explain([0.0, 1.0], wrt="w1", y="yes").n_paths
        1
        """
        network = self.network_
        rows = np.atleast_2d(np.asarray(row, network.dtype))
        if rows.shape != (1, network.layers[0]):
            raise NetworkError(
                f"explain takes one row of {network.layers[0]} numbers; given an array of shape "
                f"{np.shape(row)}"
            )
        wanted = self.predict(rows) if y is None else np.asarray([y])
        if wanted.ndim > 1 and wanted.shape[1] == 1:
            wanted = wanted[:, 0]
        return network.explain(rows, self._targets(wanted, network.dtype), wrt, **settings)

    @property
    def diagnosis_(self: Any) -> Diagnosis:
        """What is wrong with the last ``fit``, if anything; see :func:`clearprop.diagnose`.

        Raises
        ------
        DoctorError
            If the data are gone: an estimator that was pickled leaves them behind.
        """
        result: Result = self._result()
        return result.diagnosis

    def plot_loss(self: Any, **settings: Any) -> Figure:
        """Draw how the loss went; the settings are those of :func:`clearprop.plot_loss`."""
        from ..plots import plot_loss  # noqa: PLC0415 (matplotlib, when a picture is asked for)

        return plot_loss(list(self.loss_curve_), **settings)

    def plot_decision_boundary(self: Any, X: Any, y: Any = None, **settings: Any) -> Any:
        """Draw what is answered all over a plane of two features, with the points on top.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, 2)
        y : array of shape (n_samples,), optional
            Colours the points.
        **settings
            As for ``sklearn.inspection.DecisionBoundaryDisplay.from_estimator``.

        Returns
        -------
        sklearn.inspection.DecisionBoundaryDisplay
        """
        from sklearn.inspection import DecisionBoundaryDisplay  # noqa: PLC0415 (loads matplotlib)

        told = {"response_method": "predict", "alpha": 0.4, "grid_resolution": 200, **settings}
        display = DecisionBoundaryDisplay.from_estimator(self, X, **told)
        points = np.asarray(X, float)
        colours = None
        if y is not None:
            colours = np.unique(np.asarray(y), return_inverse=True)[1]
        display.ax_.scatter(points[:, 0], points[:, 1], c=colours, edgecolors="black", s=25)
        return display

    def _result(self: Any) -> Result:
        record = getattr(self, "_record", None)
        if record is None:
            raise DoctorError(
                "the data of the last fit are not here: an estimator that was pickled or copied "
                "leaves them behind; fit it again"
            )
        result: Result = record.result(self.network_, self.loss_)
        return result

    def _held(self, X: Any, y: Any, weights: Any) -> tuple[Any, Any, Any] | None:
        if (X is None) != (y is None):
            raise ValueError("X_val and y_val go together: give both, or neither")
        if X is None and weights is not None:
            raise ValueError("sample_weight_val belongs to X_val and y_val, which are missing")
        return None if X is None else (X, y, weights)

    def _repr_html_inner(self: Any) -> str:
        return str(super()._repr_html_inner() + self._picture())  # type: ignore[misc]

    def _repr_mimebundle_(self: Any, **kwargs: Any) -> dict[str, Any]:
        """Return what a notebook shows: scikit-learn's diagram, and the network's picture."""
        shown: dict[str, Any] = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        if "text/html" in shown:
            shown["text/html"] += self._picture()
        return shown

    def _picture(self: Any) -> str:
        """Return the fitted network as SVG; nothing before it is fitted."""
        if not hasattr(self, "coefs_"):
            return ""
        from ..explanation.drawing import draw_network  # noqa: PLC0415 (only where it is shown)

        names = f"net{id(self):x}-"
        drawn = draw_network(self.network_, weights=False, prefix=names)
        return f'<div style="max-width: 36em">{drawn}</div>'
