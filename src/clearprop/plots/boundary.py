"""One network on its plane: the regions of its classes, or the surface of its values."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import DataError
from . import canvas, palette
from .answers import Answers, Array, Plane, Predict, described, read_names, read_points
from .surface import draw_surface

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..network import Network
    from ..training import Result


def plot_decision_boundary(
    network: Network | Result,
    X: ArrayLike,
    y: ArrayLike,
    *,
    class_names: Sequence[Any] | None = None,
    feature_names: Sequence[Any] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
    path: str | os.PathLike[str] | None = None,
    predict: Predict | None = None,
) -> Figure:
    """Draw what a network with two inputs answers everywhere, with the points on top.

    Each class has its colour, stronger where the network is surer: by the lead of the largest
    probability over the next, or of the largest score where the loss has no probabilities
    (hinge: full colour from the margin on). A line stands where the answer changes; points that
    are answered wrongly have a ring. A network that predicts a value is drawn as a surface of
    filled contours, with the points in the colours of their true values.

    Parameters
    ----------
    network : Network or Result
        With two inputs, unless ``predict`` is given.
    X : array of shape (n_samples, 2)
    y : array of shape (n_samples,)
        Class numbers 0, 1, ..., or values.
    class_names : sequence of str, optional
        One for each class, for the legend.
    feature_names : sequence of str, optional
        Two, for the axes.
    title : str, optional
        By default the network in a line.
    ax : matplotlib.axes.Axes, optional
        Draw here instead of on a new figure.
    path : str or path, optional
        Write the picture there: .png (1400 pixels wide), .svg or .pdf.
    predict : function, optional
        Asked in place of the network, where its inputs are not simply the two axes (scaled
        features, further features held fixed). Takes points (n, 2); returns class numbers (n,)
        or a column of probabilities for each class, or values (n,) for a network of values.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        If the network has other than two inputs or several answers, X and y do not fit, or the
        file cannot be written there.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import clearprop as cp
    >>> figure = plot_decision_boundary(cp.Network([2, 3, 2]), [[0, 1], [1, 0]], [0, 1])
    >>> figure.axes[0].get_xlabel()
    'x₁'
    """
    place = canvas.check_path(path)
    answers = Answers(network, predict)
    points, targets = read_points(X, y, answers)
    names = read_names(feature_names, 2, "feature_names") or ["x₁", "x₂"]
    own = ax is None
    if ax is None:
        ax = canvas.new_figure(7, 5).subplots()
    plane, scale = Plane.around(points, 480, 360), canvas.scale_of(ax)
    if answers.regression:
        subtitle = draw_surface(ax, answers, plane, points, targets)
    else:
        painted = draw_classes(ax, answers, plane, points, targets, scale)
        labels = read_names(class_names, painted.n_classes, "class_names")
        _add_legend(ax, painted, labels, own)
        subtitle = painted.summary
    canvas.dress(ax, *names)
    ax.locator_params(nbins=6)
    words = described(answers.network) if title is None else title
    canvas.entitle(ax, words, subtitle, size=13 * scale, room=canvas.ROOM if own else None)
    return canvas.finish(canvas.root_of(ax), place)


class Painted:
    """What was drawn of a classifier: the points of each class, and the wrong ones."""

    def __init__(self, n_classes: int, targets: Array, wrong: Array) -> None:
        self.n_classes, self.targets, self.wrong = n_classes, targets, wrong
        self.handles: list[Any] = []

    @property
    def accuracy(self) -> str:
        """The share of right answers, such as ``97.5 %``; 100 % only if all are right."""
        n_wrong, n = int(self.wrong.sum()), len(self.wrong)
        share = 100 * (1 - n_wrong / n)
        text = f"{share:.1f}"
        if n_wrong and text == "100.0":
            text = "> 99.9"
        return f"{text.removesuffix('.0')} %"

    @property
    def summary(self) -> str:
        """The accuracy in words."""
        n = len(self.wrong)
        return f"{self.accuracy} of the {n:,} points right" if n > 1 else f"{self.accuracy} right"


def draw_classes(
    ax: Axes, answers: Answers, plane: Plane, points: Array, targets: Array, scale: float = 1.0
) -> Painted:
    """Paint the regions, the boundaries and the points; ``scale`` shrinks points and lines."""
    grid = answers.classes(plane.points)
    there = answers.classes(points)
    n_classes = max(grid.scores.shape[1], there.scores.shape[1])
    if targets.max() >= n_classes:
        raise DataError(
            f"y holds class {targets.max()}, but the network knows {n_classes} classes, 0 to "
            f"{n_classes - 1}"
        )
    image = palette.tints(grid.answer, grid.certainty).reshape(*plane.shape, 3)
    ax.imshow(
        image, extent=plane.extent, origin="lower", aspect="auto", interpolation="bilinear",
        zorder=0,
    )  # fmt: skip
    for field in _leads(grid.scores):
        if (field > 0).any() and (field <= 0).any():
            ax.contour(
                plane.x, plane.y, field.reshape(plane.shape), levels=[0.0], colors=palette.INK,
                linewidths=1.5 * scale, zorder=1,
            )  # fmt: skip
    painted = Painted(n_classes, targets, there.answer != targets)
    _draw_points(ax, painted, points, scale)
    ax.set_xlim(plane.x[0], plane.x[-1])
    ax.set_ylim(plane.y[0], plane.y[-1])
    return painted


def _leads(scores: Array) -> list[Array]:
    """Return for each class its lead over the best other: a boundary where it is 0."""
    found = []
    count = scores.shape[1]
    with np.errstate(invalid="ignore", over="ignore"):
        for number in range(count) if count > 2 else (1,):
            others = np.delete(scores, number, axis=1).max(axis=1)
            found.append(np.clip(np.nan_to_num(scores[:, number] - others), -1e30, 1e30))
    return found


def _draw_points(ax: Axes, painted: Painted, points: Array, scale: float) -> None:
    size = scale**2 * float(np.clip(34 * (250 / len(points)) ** 0.5, 5, 40))
    flat = len(points) > 3000  # thousands of shapes make an SVG that no browser opens
    for number in range(painted.n_classes):
        here = painted.targets == number
        marker, looks = palette.marker_of(number, painted.n_classes)
        handle = ax.scatter(
            points[here, 0], points[here, 1], s=size * looks, marker=marker,
            color=palette.colour_of(number), edgecolors=palette.edge_of(number),
            linewidths=min(0.7, size / 40), zorder=3, rasterized=flat,
        )  # fmt: skip
        painted.handles.append(handle)
    crowd = size < 12  # where rings of the usual size would cover all else
    if painted.wrong.any():
        ring = ax.scatter(
            points[painted.wrong, 0], points[painted.wrong, 1], facecolors="none",
            s=(1.6 if crowd else 3.4) * size, edgecolors=palette.INK,
            linewidths=0.4 if crowd else 1.1 * scale**0.5, zorder=4, rasterized=flat,
        )  # fmt: skip
        painted.handles.append(ring)


def _add_legend(ax: Axes, painted: Painted, names: list[str] | None, beside: bool) -> None:
    labels = legend_names(painted, names)
    if beside:
        canvas.legend(ax, painted.handles, labels, loc="upper left", bbox_to_anchor=(1.025, 1))
        return
    look = {"facecolor": "white", "edgecolor": palette.FAINT, "framealpha": 0.85}
    canvas.legend(
        ax, painted.handles, labels, loc="upper right", frameon=True, borderaxespad=0.6,
        fontsize=9 * canvas.scale_of(ax), **look,
    )  # fmt: skip


def legend_names(painted: Painted, names: list[str] | None) -> list[str]:
    """Return what the legend says of the painted things, in their order."""
    found = list(names or (f"class {number}" for number in range(painted.n_classes)))
    n_wrong = int(painted.wrong.sum())
    return [*found, f"wrong ({n_wrong:,})"] if n_wrong else found
