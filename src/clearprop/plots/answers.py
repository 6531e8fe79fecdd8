"""What a network answers on a plane: the numbers behind the pictures, without any drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..errors import DataError
from ..network import Network
from ..training import Result

Array: TypeAlias = np.ndarray[Any, Any]
Predict: TypeAlias = Callable[[Array], ArrayLike]
ROWS = 16_384  # points asked for at a time, so that a wide network needs little memory


@dataclass(frozen=True)
class Classes:
    """The classes answered for some points.

    Attributes
    ----------
    scores : array of shape (n_points, n_classes)
        The largest of a row is the class answered.
    certainty : array of shape (n_points,)
        0 where two classes are equally right, 1 where there is no doubt.
    """

    scores: Array
    certainty: Array

    @property
    def answer(self) -> Array:
        """The class of each point."""
        return np.asarray(self.scores.argmax(axis=1))


@dataclass(frozen=True)
class Plane:
    """A grid of points over the data: ``x`` (n_x,) and ``y`` (n_y,) with both borders."""

    x: Array
    y: Array

    @classmethod
    def around(cls, X: Array, n_x: int, n_y: int) -> Plane:
        """Return a plane somewhat larger than the data."""
        low, high = X.min(axis=0), X.max(axis=0)
        margin = 0.08 * (high - low)
        flat = margin <= 1e-9 * np.maximum(np.abs(low), np.abs(high))
        margin = np.where(flat, np.maximum(np.abs(low), 1) * 0.5, margin)
        return cls(*(np.linspace(low[i] - margin[i], high[i] + margin[i], n)
                     for i, n in enumerate((n_x, n_y))))  # fmt: skip

    @property
    def points(self) -> Array:
        """The points of the grid, row by row from below, of shape (n_y · n_x, 2)."""
        return np.stack(np.meshgrid(self.x, self.y), axis=-1).reshape(-1, 2)

    @property
    def shape(self) -> tuple[int, int]:
        """(n_y, n_x)."""
        return len(self.y), len(self.x)

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of an image with a pixel around each point."""
        half_x, half_y = (self.x[1] - self.x[0]) / 2, (self.y[1] - self.y[0]) / 2
        return (self.x[0] - half_x, self.x[-1] + half_x, self.y[0] - half_y, self.y[-1] + half_y)


class Answers:
    """A network, or a function in its place, that is asked about points of a plane.

    Parameters
    ----------
    network : Network or Result
    predict : function, optional
        From points (n, 2) to classes (n,), to a column of scores for each class, or to
        values (n,) where the network predicts values.

    Raises
    ------
    DataError
        If there is no single picture of what it answers.
    """

    def __init__(self, network: Network | Result, predict: Predict | None = None) -> None:
        net = network.network if isinstance(network, Result) else network
        if not isinstance(net, Network):
            raise DataError(f"a Network or the Result of a run is drawn, not {_brief(net)}")
        self.network, self.predict = net, predict
        self.loss = net.architecture.loss
        n_inputs, n_outputs = net.layers[0], net.layers[-1]
        self.regression = self.loss.targets == "value"
        self.n_classes = max(n_outputs, 2)
        if predict is not None:
            return
        if n_inputs != 2:
            raise DataError(
                f"a plane has two axes and this network has {n_inputs} inputs. Train on two "
                "features, X[:, [0, 1]], or hold the others fixed: "
                "predict=lambda points: net.predict(...) with all columns filled in"
                if n_inputs > 2
                else "a plane has two axes and this network has 1 input; plot net.predict(X) "
                "against X instead"
            )
        if self.loss.targets != "class" and n_outputs > 1:
            kind = "yes-or-no questions" if self.loss.targets == "binary" else "values"
            one = (
                "net.predict_proba(points)[:, 0] > 0.5"
                if self.loss.targets == "binary"
                else "net.predict(points)[:, 0]"
            )
            raise DataError(
                f"this network answers {n_outputs} {kind} for each point; choose the one to "
                f"draw: predict=lambda points: {one}"
            )

    def classes(self, points: Array) -> Classes:
        """Return the classes of points (n, 2)."""
        parts = [self._classes(chunk) for chunk in _chunks(points)]
        width = max(part.scores.shape[1] for part in parts)
        scores = [np.pad(p.scores, ((0, 0), (0, width - p.scores.shape[1]))) for p in parts]
        return Classes(np.vstack(scores), np.concatenate([part.certainty for part in parts]))

    def _classes(self, points: Array) -> Classes:
        if self.predict is not None:
            return self._told(_asked(self.predict, points))
        scores = self.network.scores(points)
        if scores.shape[1] == 1:
            scores = np.hstack([np.zeros_like(scores), scores])
        if self.loss.probability_tree is not None:
            return Classes(scores, _lead(self.network.predict_proba(points)))
        margin = self.loss.parameters.get("margin", 0.0) or 1.0
        return Classes(scores, np.clip(_lead(scores) / margin, 0, 1))

    def _told(self, told: Array) -> Classes:
        """Read what a function said: columns of scores, or classes."""
        if told.ndim == 2 and told.shape[1] > 1:
            return Classes(told, np.clip(_lead(told), 0, 1))
        classes = told.ravel()
        if (classes < 0).any() or (classes != np.floor(classes)).any():
            raise DataError(
                "predict= returns class numbers (n,), or a column for each class (n, n_classes); "
                f"it returned {_brief(classes)}"
            )
        number = classes.astype(int)
        count = max(self.n_classes, int(number.max(initial=0)) + 1)
        return Classes(np.eye(count)[number], np.full(len(number), 0.6))

    def values(self, points: Array) -> Array:
        """Return the values (n,) that are predicted for points (n, 2)."""
        ask = self.predict or self.network.predict
        parts = [_asked(ask, chunk) for chunk in _chunks(points)]
        for part in parts:
            if part.size != len(part):
                raise DataError(
                    "predict= returns one value for each point of a network that predicts "
                    f"values; it returned an array of shape {part.shape}"
                )
        return np.concatenate([part.ravel() for part in parts])


def _asked(predict: Predict, points: Array) -> Array:
    told = np.asarray(predict(points))
    if told.dtype.kind not in "biuf" or told.ndim not in {1, 2} or len(told) != len(points):
        raise DataError(
            f"predict= takes points of shape {points.shape} and returns a number or a row of "
            f"numbers for each; it returned {_brief(told)}"
        )
    return told.astype(np.float64)


def _chunks(points: Array) -> list[Array]:
    return [points[i : i + ROWS] for i in range(0, len(points), ROWS)]


def _lead(columns: Array) -> Array:
    """Return by how much the largest of each row is ahead of the next."""
    with np.errstate(invalid="ignore"):
        ordered = np.partition(columns, -2, axis=1)
        return np.asarray(ordered[:, -1] - ordered[:, -2])


def _brief(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."


def read_points(X: ArrayLike, y: ArrayLike, answers: Answers) -> tuple[Array, Array]:
    """Return X as (n, 2) and y as (n,), having checked both.

    Raises
    ------
    DataError
        If they are not finite numbers of these shapes, or y holds no class numbers.
    """
    try:
        points, targets = np.asarray(X, np.float64), np.asarray(y)
    except (TypeError, ValueError):
        raise DataError(f"X is an array of numbers, not {_brief(X)}") from None
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise DataError(
            "X has one row for each point and two columns, the two features; given an array of "
            f"shape {points.shape}"
        )
    if targets.shape == (len(points), 1):
        targets = targets[:, 0]
    if targets.shape != (len(points),):
        raise DataError(
            f"y has one value for each of the {len(points)} points of X; given an array of shape "
            f"{targets.shape}"
        )
    if targets.dtype.kind not in "biuf":
        raise DataError(
            f"y holds numbers; given {_brief(targets.tolist()[0])}. Write classes as 0, 1, ... and "
            "their names in class_names"
        )
    for name, array in (("X", points), ("y", targets)):
        if not np.isfinite(array).all():
            row = int(np.argwhere(~np.isfinite(array))[0][0])
            raise DataError(f"{name} has no finite number in row {row}; leave such rows out")
    if answers.regression:
        return points, targets.astype(np.float64)
    if (targets < 0).any() or (targets != np.floor(targets)).any():
        raise DataError(f"y holds class numbers 0, 1, ...; given {_brief(np.unique(targets))}")
    return points, targets.astype(np.int64)


def read_names(names: Sequence[Any] | None, count: int, what: str) -> list[str] | None:
    """Return a name for each of ``count`` things, or None where none are given."""
    if names is None:
        return None
    found = [str(name) for name in names]
    if isinstance(names, str) or len(found) != count:
        raise DataError(
            f"{what} has one name for each of the {count}: given {len(found)}, {_brief(names)}"
        )
    return found


def described(network: Network) -> str:
    """Return a network in a line: ``2-3-2 tanh, softmax cross-entropy``."""
    shape = network.architecture
    hidden = ", ".join(dict.fromkeys(gate.name for gate in shape.gates[:-1]))
    loss = shape.loss.name.replace("cross_entropy", "cross-entropy").replace("_", " ")
    if shape.gates[-1].name != "identity":
        loss = f"{loss} after {shape.gates[-1].name}"
    sizes = "-".join(map(str, shape.layers))
    return f"{sizes} {hidden}, {loss}" if hidden else f"{sizes}, {loss}"
