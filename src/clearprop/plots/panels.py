"""Several networks on the same points, side by side."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import DataError
from . import canvas
from .answers import Answers, Plane, Predict, read_names, read_points
from .boundary import Painted, draw_classes, legend_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..network import Network
    from ..training import Result

WIDTH, NARROWEST = 10.0, 2.5  # inches of the picture, and of a panel


def plot_boundaries(
    panels: Sequence[tuple[str, Network | Result]],
    X: ArrayLike,
    y: ArrayLike,
    *,
    columns: int | None = None,
    losses: Sequence[float] | None = None,
    class_names: Sequence[Any] | None = None,
    feature_names: Sequence[Any] | None = None,
    title: str | None = None,
    path: str | os.PathLike[str] | None = None,
    predict: Sequence[Predict] | None = None,
) -> Figure:
    """Draw the decision boundaries of several networks in one picture, on shared axes.

    Under each panel's title stand the share of right answers and the loss.

    Parameters
    ----------
    panels : sequence of (title, network)
        Networks, or results of runs, with two inputs.
    X : array of shape (n_samples, 2)
    y : array of shape (n_samples,)
        Class numbers 0, 1, ...
    columns : int, optional
        Panels in a row; by default at most four.
    losses : sequence of float, optional
        The loss to write for each panel; by default the mean over the points, without
        L2: ``network.loss(X, y)``.
    class_names, feature_names, title, path
        As for :func:`plot_decision_boundary`; a PNG of more than four columns is wider.
    predict : sequence of functions, optional
        For each panel the function to ask in place of its network, as for
        :func:`plot_decision_boundary`; then no loss is written unless it is given.

    Returns
    -------
    matplotlib.figure.Figure
        With one axes for each panel.

    Raises
    ------
    DataError
        If there are no panels, a network predicts values, or as for
        :func:`plot_decision_boundary`.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import clearprop as cp
    >>> nets = [(f"{h} hidden", cp.Network([2, h, 2])) for h in (1, 2, 3)]
    >>> figure = plot_boundaries(nets, [[0, 1], [1, 0]], [0, 1])
    >>> [ax.get_title(loc="left") for ax in figure.axes]
    ['1 hidden', '2 hidden', '3 hidden']
    """
    place = canvas.check_path(path)
    shown = _read_panels(panels, predict)
    n = len(shown)
    points, targets = read_points(X, y, shown[0][1])
    names = read_names(feature_names, 2, "feature_names") or ["", ""]
    n_columns = _columns(columns, n)
    n_rows = math.ceil(n / n_columns)
    figure, axes = _grid(n, n_rows, n_columns, title)
    plane = Plane.around(points, 320, 260)
    scale = 1.0 if n_columns < 3 else 0.75
    painted = [
        draw_classes(ax, answers, plane, points, targets, scale)
        for ax, (_, answers) in zip(axes, shown, strict=True)
    ]
    written = _losses(losses, shown, points, targets)
    for number, (ax, (name, _)) in enumerate(zip(axes, shown, strict=True)):
        left, lowest = number % n_columns == 0, number + n_columns >= n
        canvas.dress(ax, names[0] if lowest else "", names[1] if left else "", size=9)
        ax.tick_params(labelbottom=lowest, labelleft=left)
        ax.locator_params(nbins=5)
        line = f"{painted[number].accuracy} right{written[number]}"
        room = 0.88 * 72 * figure.get_figwidth() / n_columns
        canvas.entitle(ax, name, line, size=11.5, room=room)
    _add_legend(figure, axes, painted, class_names, n_rows * n_columns - n)
    return canvas.finish(figure, place)


def _read_panels(
    panels: Sequence[tuple[str, Network | Result]], predict: Sequence[Predict] | None
) -> list[tuple[str, Answers]]:
    shown: list[tuple[str, Answers]] = []
    asked = predict if predict is not None else [None] * len(panels)
    if len(asked) != len(panels):
        raise DataError(
            f"predict has one function for each panel: given {len(asked)} for {len(panels)}"
        )
    for panel, function in zip(panels, asked, strict=True):
        if not isinstance(panel, tuple | list) or len(panel) != 2:
            raise DataError(f"a panel is a title and a network, (title, network); not {panel!r}")
        answers = Answers(panel[1], function)
        if answers.regression:
            raise DataError(
                f"the network of {panel[0]!r} predicts values, which have no boundary; draw its "
                "surface with plot_decision_boundary"
            )
        shown.append((str(panel[0]), answers))
    if not shown:
        raise DataError("there are no panels to draw; give a sequence of (title, network)")
    return shown


def _losses(
    losses: Sequence[float] | None, shown: list[tuple[str, Answers]], X: Any, y: Any
) -> list[str]:
    if losses is not None:
        if len(losses) != len(shown):
            raise DataError(
                f"losses has one number for each panel: given {len(losses)} for {len(shown)}"
            )
        return [f", loss {float(loss):.4f}" for loss in losses]
    return [
        "" if answers.predict else f", loss {answers.network.loss(X, y):.4f}"
        for _, answers in shown
    ]


def _columns(columns: int | None, n: int) -> int:
    if columns is None:
        return math.ceil(n / math.ceil(n / 4))
    if isinstance(columns, bool) or not isinstance(columns, int | np.integer) or columns < 1:
        raise DataError(f"columns is a whole number, at least 1, not {columns!r}")
    return min(int(columns), n)


def _grid(n: int, n_rows: int, n_columns: int, title: str | None) -> tuple[Figure, list[Axes]]:
    """Return a figure with n axes that share their limits, the last row perhaps not full."""
    width = max(WIDTH, NARROWEST * n_columns)
    panel = min(0.72 * (width / n_columns - 0.35), 5.0)
    below = 0.3 if n < n_rows * n_columns else 0.6  # a legend, unless it has a place of its own
    figure = canvas.new_figure(
        width, n_rows * (panel + 0.75) + below + (0.45 if title else 0), dpi=canvas.PIXELS / WIDTH
    )
    grid = figure.add_gridspec(n_rows, n_columns)
    axes: list[Axes] = []
    for number in range(n):
        first = axes[0] if axes else None
        where = grid[divmod(number, n_columns)]
        axes.append(figure.add_subplot(where, sharex=first, sharey=first))
    if title:
        strong, _ = canvas.inks(axes[0])
        figure.suptitle(
            canvas.wrapped(title, 90), x=0.014, ha="left", color=strong, fontsize=14.5,
            fontweight="bold", parse_math=False,
        )  # fmt: skip
    return figure, axes


def _add_legend(
    figure: Figure, axes: list[Axes], painted: list[Painted], names: Any, free: int
) -> None:
    """Say once what the colours mean: in the free place of the last row, else below."""
    most = max(painted, key=lambda one: len(one.handles))
    labels = legend_names(most, read_names(names, most.n_classes, "class_names"))
    if len(labels) > most.n_classes:
        labels[-1] = "wrong"
    if not free:
        beneath = {"loc": "outside lower center", "ncols": min(len(labels), 6)}
        canvas.legend(figure, most.handles, labels, **beneath)
        return
    box = canvas.legend(axes[-1], most.handles, labels, loc="upper left", bbox_to_anchor=(1.09, 1))
    box.set_in_layout(False)
