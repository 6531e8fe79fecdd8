"""The picture of how time grows: one panel a sweep, both axes logarithmic."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from clearprop.plots.palette import FAINT, INK, LINE_COLOURS, SOFT_INK

from .growth import SWEEPS, Point
from .peers import PEERS
from .works import OURS

COLOURS = dict(
    zip(
        (OURS, "jax", "pytorch", "scikit-learn", "tutorial", "jax-rows-last"),
        (LINE_COLOURS[i] for i in (0, 1, 3, 2, 5, 4)),
        strict=True,
    )
)
APART = 0.075  # of an axis's height, from one label at the right to the next
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def time_label(seconds: float, _: Any = None) -> str:
    """Return a time as people say it.

    >>> time_label(1e-4), time_label(10.0)
    ('100 µs', '10 s')
    """
    size, name = next(pair for pair in UNITS if seconds >= pair[0] * 0.999)
    return f"{seconds / size:,.0f} {name}"


def count_label(value: float, _: Any = None) -> str:
    """Return a count: 10,000 as 10k."""
    return f"{value / 1000:,.0f}k" if value >= 10_000 else f"{value:,.0f}"


def spread_out(heights: Sequence[float], apart: float, most: float = 1.0) -> list[float]:
    """Return heights at least ``apart`` from each other, in the same order, none above ``most``.

    >>> spread_out([0.5, 0.5, 0.0, 1.1], 0.2)
    [0.4, 0.6, 0.0, 1.0]
    """
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    groups: list[list[int]] = []
    middles: list[float] = []
    for i in order:
        groups.append([i])
        middles.append(heights[i])
        while len(groups) > 1:
            wanted = apart * (len(groups[-1]) + len(groups[-2])) / 2
            if middles[-1] - middles[-2] >= wanted:
                break
            upper, _ = groups.pop(), middles.pop()
            groups[-1] += upper
            middles[-1] = sum(heights[k] for k in groups[-1]) / len(groups[-1])
    found = [0.0] * len(heights)
    for group, middle in zip(reversed(groups), reversed(middles), strict=True):
        for place, i in reversed(list(enumerate(group))):
            wanted = middle + (place - (len(group) - 1) / 2) * apart
            found[i] = round(min(wanted, most), 12)
            most = found[i] - apart
    return found


def draw(
    lines: Mapping[str, Mapping[str, Sequence[Point]]], facts: Sequence[str], path: Path
) -> None:
    """Draw every sweep and write the picture."""
    style: Any = {
        "font.size": 9.5, "text.color": INK, "axes.edgecolor": SOFT_INK, "xtick.color": SOFT_INK,
        "ytick.color": SOFT_INK, "axes.labelcolor": SOFT_INK, "figure.dpi": 160,
        "font.family": "DejaVu Sans",
    }  # fmt: skip
    with plt.rc_context(style):
        figure, grid = plt.subplots(2, 3, figsize=(12.4, 7.6))
        panels = list(grid.flat)
        for axes, (name, found) in zip(panels, lines.items(), strict=False):
            panel(axes, name, found)
        for axes in panels[len(lines) :]:
            axes.axis("off")
        if len(lines) < len(panels):
            explain(panels[len(lines)], facts)
        figure.subplots_adjust(0.06, 0.08, 0.93, 0.92, wspace=0.7, hspace=0.48)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)
        plt.close(figure)


def panel(axes: Any, name: str, lines: Mapping[str, Sequence[Point]]) -> None:
    """Draw one sweep."""
    shown = {peer: points for peer, points in lines.items() if points}
    times = [seconds for points in shown.values() for _, seconds in points]
    values = sorted({value for points in shown.values() for value, _ in points})
    axes.set(xscale="log", yscale="log")
    low, high = math.log10(min(times) / 1.5), math.log10(max(times) * 1.5)
    axes.set_ylim(10.0**low, 10.0**high)
    decades = range(math.floor(low), math.ceil(high) + 1)
    between = (1, 2, 5) if high - low < 2 else (1,)
    times_shown = [
        m * 10.0**k for k in decades for m in between if low <= k + math.log10(m) <= high
    ]
    for axis, places, label in (
        (axes.xaxis, values, count_label),
        (axes.yaxis, times_shown, time_label),
    ):
        axis.set(major_locator=FixedLocator(places), major_formatter=FuncFormatter(label))
        axis.set_minor_locator(NullLocator())
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0)
    axes.tick_params(axis="x", length=3)
    for peer, points in shown.items():
        ours = peer == OURS
        axes.plot(*zip(*points, strict=True), color=COLOURS[peer], linewidth=2.6 if ours else 1.5,
                  marker="o", markersize=5 if ours else 3.5, zorder=3 if ours else 2)  # fmt: skip
    name_lines(axes, shown, low, high)
    axes.set_xlabel(SWEEPS[name].axis, loc="left")
    axes.set_title(name.capitalize(), loc="left", fontweight="bold", fontsize=12, pad=20)
    axes.text(0, 1.025, SWEEPS[name].about, transform=axes.transAxes, color=SOFT_INK, fontsize=8.5)


def name_lines(axes: Any, lines: Mapping[str, Sequence[Point]], low: float, high: float) -> None:
    """Write each line's name at its right end."""
    ends = [(math.log10(points[-1][1]) - low) / (high - low) for points in lines.values()]
    for peer, height in zip(lines, spread_out(ends, APART, 0.97), strict=True):
        axes.text(
            1.03, height, PEERS[peer].label, transform=axes.transAxes, va="center",
            color=COLOURS[peer], fontweight="bold" if peer == OURS else "normal",
        )  # fmt: skip


def explain(axes: Any, facts: Sequence[str]) -> None:
    """Write what the picture shows where a panel would be."""
    words = (
        "Lower is faster; both axes are logarithmic.\n\n"
        "Everybody trains the same networks on the\nsame rows, in float32 unless it says\n"
        "otherwise. A point is the median of several\nruns, in which the peers take turns.\n\n"
    )
    axes.text(0, 1, words + "\n".join(facts), transform=axes.transAxes, va="top",
              color=SOFT_INK, fontsize=9, linespacing=1.4)  # fmt: skip
