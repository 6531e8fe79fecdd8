"""Many runs in one picture: how their losses went, and where they ended."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..errors import DataError
from . import canvas, palette
from .curves import BEYOND, number, spread
from .history import log_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..training import Result

Array: TypeAlias = np.ndarray[Any, Any]
COLUMNS = 300  # points of a curve
LINES = 400  # curves that are drawn
BINS = 64  # over the height of the picture
LABELS = 6
USUAL, STUCK = palette.LINE_COLOURS[0], palette.LINE_COLOURS[1]


def plot_spread(
    runs: Sequence[Result] | ArrayLike,
    *,
    final: ArrayLike | None = None,
    epochs: ArrayLike | None = None,
    stuck: float | None = None,
    title: str | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw the losses of many runs, and beside them how their final losses are spread.

    A line for each run (of very many, for a choice of them that is spread evenly over the
    final losses), a dark line for the median, and at the right side a histogram: runs that get
    stuck pile up at certain losses.

    Parameters
    ----------
    runs : sequence of Result, or array of shape (n_runs, n_columns)
        What :func:`clearprop.fit_many` returned, or losses.
    final : array of shape (n_runs,), optional
        The losses at the end; by default ``Result.loss``, or the last column. Runs where it is
        NaN or infinity are left out.
    epochs : array of shape (n_columns,), optional
        The epoch of each column, from 1 on; by default 1, 2, 3, ...
    stuck : float, optional
        Runs whose final loss is above it are drawn in another colour.
    title : str, optional
    path : str or path, optional
        Write the picture there: .png (1400 pixels wide), .svg or .pdf.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        If there is no finite loss to draw, shapes do not fit, or the file cannot be written.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import clearprop as cp
    >>> X, y = cp.make_moons(50, noise=0.1, random_state=0)
    >>> networks = [cp.Network([2, 2, 2], seed=seed) for seed in range(30)]
    >>> results = cp.fit_many(networks, X, y, epochs=100, learning_rate=0.1)
    >>> figure = plot_spread(results)
    >>> [ax.get_xlabel() for ax in figure.axes]
    ['epoch', 'where they end']
    """
    place = canvas.check_path(path)
    runs_read = read_runs(runs, final, epochs)
    figure = canvas.new_figure(10, 5.2)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
    log = _frame(left, runs_read)
    above = runs_read.final > (np.inf if stuck is None else stuck)
    _draw_lines(left, runs_read, above)
    canvas.dress(left, "epoch", "loss (logarithmic)" if log else "loss")
    canvas.dress(right, "where they end")
    _draw_piles(right, runs_read, above, log)
    words = title if title is not None else f"{len(runs_read.final):,} runs"
    canvas.entitle(left, words, _legend(runs_read, above), room=canvas.ROOM)
    return canvas.finish(figure, place)


@dataclass(frozen=True)
class Runs:
    """Curves and final losses; what is not finite is NaN in the curves, and left out of both."""

    epochs: Array
    curves: Array
    final: Array
    left_out: int


def read_runs(runs: Any, final: Any, epochs: Any) -> Runs:
    """Return what there is to draw, the curves thinned out."""
    if not isinstance(runs, np.ndarray) and len(runs) and hasattr(runs[0], "losses"):
        final = [run.loss for run in runs] if final is None else final
        longest = max(run.epochs for run in runs)
        columns = thinned(longest)
        curves = np.full((len(runs), len(columns)), np.nan)
        for row, run in zip(curves, runs, strict=True):
            known = columns <= run.epochs
            row[known] = run.losses[columns[known] - 1]
        epochs = columns if epochs is None else epochs
    else:
        curves = _numbers(runs, "runs", 2)
    columns = np.arange(1, curves.shape[1] + 1) if epochs is None else _numbers(epochs, "epochs", 1)
    if final is None:
        final = curves[:, -1] if curves.size else ()
    ends = _numbers(final, "final", 1)
    if curves.size == 0 or len(ends) != len(curves) or len(columns) != curves.shape[1]:
        raise DataError(
            "runs is a list of results, or an array with a row of losses for each run; final has a "
            f"number for each row, epochs one for each column. Given {curves.shape}, "
            f"{np.shape(ends)} and {np.shape(columns)}"
        )
    fine = np.abs(ends) < BEYOND  # which NaN is not
    if not fine.any():
        raise DataError("no run has a finite final loss; there is nothing to draw")
    curves = np.where(np.abs(curves[fine]) < BEYOND, curves[fine], np.nan)
    return Runs(columns, curves, ends[fine], int((~fine).sum()))


def thinned(n_epochs: int, columns: int = COLUMNS) -> Array:
    """Return the epochs, from 1 on, at which a curve is drawn: close at the start, then further.

    >>> thinned(1000, 7).tolist()
    [1, 3, 10, 32, 100, 316, 1000]
    """
    if n_epochs < 1:
        raise DataError("losses are empty: no run has completed an epoch")
    return np.unique(np.geomspace(1, n_epochs, columns).round().astype(int))


def _numbers(values: Any, what: str, dimensions: int) -> Array:
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        array = np.empty((0,) * 3)
    if array.ndim != dimensions:
        shape = "(n_runs, n_columns)" if dimensions == 2 else "(n,)"
        raise DataError(f"{what} should be numbers in an array of shape {shape}")
    return array


def _frame(ax: Axes, runs: Runs) -> bool:
    """Set limits and ticks; whether the axis of losses is logarithmic."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter  # noqa: PLC0415

    shown = np.append(runs.curves[np.isfinite(runs.curves)], runs.final)
    low, high = float(shown.min()), float(shown.max())
    log = low > 0 and high > 4 * low
    if log:
        ax.set_yscale("log")
        room = (high / low) ** 0.05
        ax.set_ylim(low / room, high * room)
        log_ticks(ax, high / low)
    else:
        room = 0.05 * (high - low) or 0.1 * abs(high) or 1.0
        ax.set_ylim(low - room, high + room)
    first, last = float(runs.epochs[0]), float(runs.epochs[-1])
    if first > 0 and last > 30 * first:
        ax.set_xscale("log")
        ax.set_xlim(first, last)
    else:
        ax.set_xlim(first, last if last > first else first + 1)
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    return log


def _draw_lines(ax: Axes, runs: Runs, above: Array) -> None:
    from matplotlib.collections import LineCollection  # noqa: PLC0415

    order = np.argsort(runs.final, kind="stable")
    if len(order) > LINES:
        order = order[np.linspace(0, len(order) - 1, LINES).round().astype(int)]
    groups = [(order[~above[order]], USUAL), (order[above[order]], STUCK)]
    groups.sort(key=lambda group: -len(group[0]))  # the fewer would vanish below the many
    for those, colour in groups:
        if not len(those):
            continue
        lines = [np.column_stack((runs.epochs, runs.curves[i])) for i in those]
        alpha = float(np.clip(20 / len(those), 0.09, 0.9))
        ax.add_collection(
            LineCollection(lines, colors=colour, alpha=alpha, linewidths=0.9, zorder=3)
        )
    known = np.isfinite(runs.curves).all(axis=0)
    if known.any():
        middle = np.median(runs.curves[:, known], axis=0)
        ax.plot(runs.epochs[known], middle, color=palette.INK, linewidth=1.6, zorder=5)


def _draw_piles(ax: Axes, runs: Runs, above: Array, log: bool) -> None:
    low, high = ax.get_ylim()
    edges = np.geomspace(low, high, BINS + 1) if log else np.linspace(low, high, BINS + 1)
    usual, _ = np.histogram(runs.final[~above], edges)
    stuck, _ = np.histogram(runs.final[above], edges)
    most = int((usual + stuck).max())
    gap = 0.12 * np.diff(edges)
    for counts, start, colour in ((usual, 0 * usual, USUAL), (stuck, usual, STUCK)):
        some = counts > 0
        wide = np.maximum(counts[some], 0.01 * most)  # a single run among many is seen, too
        ax.barh(
            (edges[:-1] + gap / 2)[some], wide, (np.diff(edges) - gap)[some], start[some],
            align="edge", color=colour, linewidth=0, zorder=3,
        )  # fmt: skip
    ax.set_xlim(0, 1.02 * most)
    filled = np.flatnonzero(usual + stuck)
    piles = np.split(filled, np.flatnonzero(np.diff(filled) > 1) + 1)
    ranges = [(edges[pile[0]], edges[pile[-1] + 1]) for pile in piles]
    _label_piles(ax, runs.final, above, ranges)
    for side in ("top", "right", "bottom"):
        ax.spines[side].set_visible(False)
    ax.tick_params(labelbottom=False, bottom=False, labelleft=False, left=False, which="both")


def _label_piles(ax: Axes, final: Array, above: Array, ranges: Sequence[tuple[Any, Any]]) -> None:
    """Write beside the larger piles how many runs ended there, and at which losses."""
    piles = [np.flatnonzero((final >= low) & (final <= high)) for low, high in ranges]
    piles = [pile for pile in piles if len(pile) >= 0.01 * len(final)]
    piles = sorted(piles, key=len, reverse=True)[:LABELS]
    transform = ax.transData + ax.transAxes.inverted()
    heights = [float(transform.transform((0, np.median(final[pile])))[1]) for pile in piles]
    room = 27 / (canvas.root_of(ax).get_figheight() * 72 * ax.get_position().height)
    places = spread(heights, room, room / 2, 1 - room / 2)
    strong, _ = canvas.inks(ax)
    for pile, place in zip(piles, places, strict=True):
        ends = list(dict.fromkeys((number(final[pile].min()), number(final[pile].max()))))
        colour = STUCK if above[pile].mean() > 0.5 else USUAL
        ax.annotate(
            f"{len(pile):,} {'run' if len(pile) == 1 else 'runs'}\n{' – '.join(ends)}",
            (1, place), (6, 0), xycoords="axes fraction", textcoords="offset points",
            fontsize=9, va="center", linespacing=1.25, parse_math=False,
            color=palette.darker(colour) if strong == palette.INK else colour,
        )  # fmt: skip


def _legend(runs: Runs, above: Array) -> str:
    parts = ["a line for each", "dark: the median"]
    if above.any():
        parts.append(f"orange: {int(above.sum()):,} stuck")
    if runs.left_out:
        parts.append(f"{runs.left_out:,} not finite, left out")
    return "; ".join(parts)
