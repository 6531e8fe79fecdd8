"""How the loss went: one training run, or several to compare."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from . import canvas, palette
from .curves import Curve, band, late_part, number, read_curves, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..training import Result

Losses: TypeAlias = "Result | ArrayLike"
Notes: TypeAlias = str | Mapping[int, str]
COLUMNS = 500  # about two pixels each in a PNG
DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)))


def plot_loss(
    losses: Losses | Mapping[str, Losses],
    *,
    compare: Losses | Mapping[str, Losses] | None = None,
    labels: str | Sequence[str] | None = None,
    log: bool = False,
    every: int | None = None,
    notes: Notes | None = None,
    title: str | None = None,
    ax: Axes | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw how the loss went with the epochs.

    A curve of more values than the picture has columns is drawn as its mean with a band from
    the smallest to the largest value of each column. Where all that happens after the first
    epochs is too flat to be seen, it is drawn once more, enlarged, in the empty corner.

    Parameters
    ----------
    losses : Result, sequence of float, or mapping of label to one of these
        ``Result.losses`` are in the reduction that was trained with, ``"mean"`` or ``"sum"``;
        divide ``"sum"`` by the number of samples to show a mean.
    compare : the same, optional
        A further run, or several by their labels.
    labels : str or sequence of str, optional
        Names of the runs that have none yet, in order.
    log : bool
        Draw the loss on a logarithmic axis; values of 0 and below are left out.
    every : int, optional
        Epochs from one value to the next, where not every epoch was kept; 1 by default.
    notes : str, or mapping of epoch to str, optional
        A remark below the picture, or remarks at points of the first curve.
    title : str, optional
    ax : matplotlib.axes.Axes, optional
        Draw here instead of on a new figure.
    path : str or path, optional
        Write the picture there: .png (1400 pixels wide), .svg or .pdf.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        If there is no finite loss to draw, labels do not fit, or the file cannot be written.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> figure = plot_loss([0.9, 0.5, 0.4], compare=[0.9, 0.7, 0.6], labels=["adam", "momentum"])
    >>> figure.axes[0].get_xlabel()
    'epoch'
    """
    place = canvas.check_path(path)
    curves = read_curves(losses, compare, labels, every, log)
    own = ax is None
    if ax is None:
        ax = canvas.new_figure(7, 4.4).subplots()
    _frame(ax, curves, log)
    canvas.dress(ax, "epoch", "loss (logarithmic)" if log else "loss")
    thinned = _lines(ax, curves)
    inset = _enlarge(ax, curves, log, isinstance(notes, Mapping))
    _label_ends(ax, curves)
    if isinstance(notes, str):
        _remark(ax, notes)
    elif notes:
        _mark(ax, inset, curves[0], notes)
    only = curves[0].label if len(curves) == 1 else ""
    words = title if title is not None else only or "Loss while training"
    room = canvas.ROOM if own else None
    canvas.entitle(ax, words, thinned, size=13 * canvas.scale_of(ax), room=room)
    return canvas.finish(canvas.root_of(ax), place)


def _frame(ax: Axes, curves: Sequence[Curve], log: bool) -> None:
    """Set limits, ticks and the quiet lines behind the curves."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter  # noqa: PLC0415

    last = max(float(curve.epochs[-1]) for curve in curves) or 1.0
    low = min(float(curve.values.min()) for curve in curves)
    high = max(float(curve.values.max()) for curve in curves)
    ax.set_xlim(-0.012 * last, 1.012 * last)
    if log:
        ax.set_yscale("log")
        room = math.exp(0.06 * (math.log(high) - math.log(low))) if high > low else 1.5
        ax.set_ylim(low / room, high * room)
    else:
        room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
        near = 0 <= low < 0.35 * high
        ax.set_ylim(0 if near else low - room, high + room)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    if log:
        log_ticks(ax, high / low)
    else:
        ax.ticklabel_format(axis="y", useOffset=False)


def log_ticks(ax: Axes, ratio: float) -> None:
    """Write ticks as plain numbers, and at least two of them."""
    from matplotlib import ticker  # noqa: PLC0415

    if ratio < 6:
        ax.yaxis.set_major_locator(ticker.MaxNLocator(5))
    else:
        ax.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5) if ratio < 500 else (1,)))
    if ratio < 1e7:
        ax.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:.6g}"))
    ax.yaxis.set_minor_formatter(ticker.NullFormatter())


def _lines(ax: Axes, curves: Sequence[Curve], columns: int = COLUMNS) -> str:
    """Draw each curve, or where it has too many values its mean in a band; say so if it is so."""
    widths = set()
    for place, curve in enumerate(curves):
        look = _look(place)
        thin = band(curve, columns)
        if thin is None:
            few = "o" if len(curve.values) == 1 else None
            ax.plot(curve.epochs, curve.values, marker=few, markersize=4, linewidth=1.5, **look)
            continue
        widths.add(round(float(thin.epochs[1] - thin.epochs[0])))
        ax.fill_between(
            thin.epochs, thin.low, thin.high, step="mid", color=look["color"], alpha=0.3,
            linewidth=0, zorder=3,
        )  # fmt: skip
        # The mean of a column would hide where a steep curve begins.
        epochs, mean = [curve.epochs[0], *thin.epochs], [curve.values[0], *thin.mean]
        ax.plot(epochs, mean, linewidth=1.1, **look)
    every = f" of every {min(widths):,} epochs" if len(widths) == 1 else ""
    return f"line: mean{every}; band: least to largest" if widths else ""


def _look(place: int) -> dict[str, Any]:
    """Return how the curve at that place is drawn: six colours, then the same ones dashed."""
    again, number_of = divmod(place, len(palette.LINE_COLOURS))
    dashes = DASHES[again % len(DASHES)]
    return {"color": palette.LINE_COLOURS[number_of], "linestyle": dashes, "zorder": 4}


def _enlarge(ax: Axes, curves: Sequence[Curve], log: bool, notes: bool) -> Axes | None:
    """Draw the late part once more, in the corner that it leaves empty."""
    since = late_part(curves, log)
    if since is None or canvas.width_of(ax) < 240:
        return None
    late = [
        replace(curve, epochs=curve.epochs[after], values=curve.values[after])
        for curve in curves
        if (after := curve.epochs >= since).any()
    ]
    inset = ax.inset_axes((0.36, 0.37, 0.615, 0.53))
    _frame(inset, late, log=False)
    # One far spike would flatten all else again; the large picture shows it.
    low = min(float(np.quantile(curve.values, 0.01)) for curve in late)
    high = max(float(np.quantile(curve.values, 0.99)) for curve in late)
    inset.set_ylim(low - 0.3 * (high - low), high + (0.8 if notes else 0.3) * (high - low))
    inset.set_xlim(since, None)
    inset.locator_params(axis="y", nbins=4)
    inset.locator_params(axis="x", nbins=5)
    canvas.dress(inset, size=8.8, inside=True)
    for side in ("top", "right"):
        inset.spines[side].set_visible(True)
    inset.annotate(
        f"the same from epoch {since:,.0f}, enlarged", (0, 1), (0, 4), xycoords="axes fraction",
        textcoords="offset points", fontsize=8.5, color=palette.SOFT_INK,
    )  # fmt: skip
    # Columns as wide as in the large picture, whose title says how wide they are.
    _lines(inset, late, round(COLUMNS * (1 - since / max(c.epochs[-1] for c in curves))))
    return inset


def _label_ends(ax: Axes, curves: Sequence[Curve]) -> None:
    """Say at the right end of each curve what it is, where it began and where it ended."""
    points = canvas.root_of(ax).get_figheight() * 72 * ax.get_position().height
    texts = [_end_text(curve, len(curves)) for curve in curves]
    block = 12.5 * max(len(text.splitlines()) for text in texts) / points
    heights = [_height(ax, curve.epochs[-1], curve.values[-1]) for curve in curves]
    places = spread(heights, block + 0.01, block / 2, 1 - block / 2)
    dark = canvas.inks(ax)[0] != palette.INK
    for index, (curve, text) in enumerate(zip(curves, texts, strict=True)):
        colour = _look(index)["color"]
        ends = (curve.epochs[0], curve.epochs[-1]), (curve.values[0], curve.values[-1])
        ax.plot(*ends, "o", color=colour, markersize=3.6, zorder=5)
        ax.annotate(
            text, (1, places[index]), (10, 0), xycoords="axes fraction", fontsize=9, va="center",
            textcoords="offset points", color=colour if dark else palette.darker(colour),
            parse_math=False,
        )  # fmt: skip
        moved = places[index] - heights[index]
        if abs(moved) > 0.015 and curve.epochs[-1] > 0.97 * ax.get_xlim()[1] / 1.012:
            ax.annotate(
                "", (1, heights[index]), (8, moved * points), xycoords="axes fraction",
                textcoords="offset points",
                arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkA": 0,
                            "shrinkB": 0},
            )  # fmt: skip
    if len(curves) == 1 and len(curves[0].values) > 1:
        _label_start(ax, curves[0])


def _end_text(curve: Curve, n_curves: int) -> str:
    text = number(curve.values[-1]) + (",\nthen not finite" if curve.broken else "")
    if n_curves == 1:
        return text
    gap = "  " if n_curves > 5 else "\n"
    return f"{_name(curve)}{gap}{number(curve.values[0])} → {text}"


def _label_start(ax: Axes, curve: Curve) -> None:
    """Write the first value beside the first point, where the curve does not run through it."""
    first = _height(ax, curve.epochs[0], curve.values[0])
    soon = _height(ax, 0, curve.values[: 1 + len(curve.values) // 12].max())
    ax.annotate(
        number(curve.values[0]), (curve.epochs[0], curve.values[0]),
        (7, -10 if soon > first + 0.02 else 4), textcoords="offset points", fontsize=9,
        color=palette.darker(palette.LINE_COLOURS[0]),
    )  # fmt: skip


def _name(curve: Curve) -> str:
    return canvas.wrapped(curve.label, 22)


def _height(ax: Axes, epoch: float, value: float) -> float:
    """Return where a value stands in the height of the axes, from 0 to 1."""
    there = ax.transData.transform((epoch, value))
    return float(ax.transAxes.inverted().transform(there)[1])


def _remark(ax: Axes, text: str) -> None:
    _, soft = canvas.inks(ax)
    room = canvas.root_of(ax).get_figwidth() * 72 * ax.get_position().width
    ax.annotate(
        canvas.wrapped(text, room / 4.9, lines=6), (0, 0), (0, -38), xycoords="axes fraction",
        textcoords="offset points", va="top", fontsize=9, color=soft, linespacing=1.35,
        parse_math=False,
    )  # fmt: skip


def _mark(ax: Axes, inset: Axes | None, curve: Curve, notes: Mapping[int, str]) -> None:
    """Write remarks at points of a curve, on the enlarged part where that shows them."""
    heights = {ax: 0.9, inset: 0.86}
    for epoch, text in sorted(notes.items()):
        within = inset is not None and epoch >= inset.get_xlim()[0]
        where = inset if inset is not None and within else ax
        value = float(np.clip(np.interp(epoch, curve.epochs, curve.values), *where.get_ylim()))
        left, right = where.get_xlim()
        early = epoch < (left + right) / 2
        beside = epoch + (0.012 if early else -0.012) * (right - left)
        lines = canvas.wrapped(str(text), 30)
        where.annotate(
            lines, (epoch, value), (beside, heights[where]), va="top",
            textcoords=("data", "axes fraction"), ha="left" if early else "right", fontsize=8.8,
            color=palette.INK, parse_math=False, zorder=6, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": palette.SOFT_INK, "linewidth": 0.8,
                        "relpos": (0, 0) if early else (1, 0), "shrinkA": 0, "shrinkB": 2},
        )  # fmt: skip
        heights[where] -= 0.1 * len(lines.splitlines())
