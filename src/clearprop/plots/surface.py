"""The surface of a network that predicts one value from two inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError
from . import canvas, palette
from .answers import Answers, Array, Plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap


def draw_surface(ax: Axes, answers: Answers, plane: Plane, points: Array, targets: Array) -> str:
    """Draw filled contours, a colour bar and the points; return a line about the errors."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    surface = answers.values(plane.points)
    if not np.isfinite(surface).any():
        raise DataError("the network's values are not finite anywhere; it has nothing to draw")
    seen = np.concatenate([surface[np.isfinite(surface)], targets])
    low, high = float(seen.min()), float(seen.max())
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        low, high = low - 0.5, high + 0.5
    both = low < -0.15 * high and high > -0.15 * low
    if both:
        high = max(-low, high)
        low = -high
    levels = MaxNLocator(14, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    colours = _colours("both" if both else "positive" if high + low > 0 else "negative")
    heights = np.ma.masked_invalid(surface.reshape(plane.shape))
    filled = ax.contourf(
        plane.x, plane.y, heights, levels=levels, cmap=colours, zorder=0, extend="neither"
    )
    ax.contour(
        plane.x, plane.y, heights, levels=levels, colors="white", linewidths=0.5, alpha=0.7,
        zorder=1, negative_linestyles="solid",
    )  # fmt: skip
    size = float(np.clip(38 * (250 / len(points)) ** 0.5, 6, 42))
    ax.scatter(
        points[:, 0], points[:, 1], c=targets, cmap=colours, vmin=levels[0], vmax=levels[-1],
        s=size, edgecolors=palette.INK, linewidths=min(0.5, size / 40), zorder=3,
        rasterized=len(points) > 3000,
    )  # fmt: skip
    bar = canvas.root_of(ax).colorbar(filled, ax=ax, pad=0.03, aspect=26)
    _, soft = canvas.inks(ax)
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=soft, labelsize=8.7, length=0)
    ax.set_xlim(plane.x[0], plane.x[-1])
    ax.set_ylim(plane.y[0], plane.y[-1])
    return _errors(answers.values(points), targets)


def _colours(kind: str) -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415

    stops = {
        "both": (*reversed(palette.NEGATIVE), *palette.POSITIVE[1:]),
        "positive": palette.POSITIVE,
        "negative": tuple(reversed(palette.NEGATIVE)),
    }[kind]
    return LinearSegmentedColormap.from_list(f"clearprop_{kind}", stops)


def _errors(values: Array, targets: Array) -> str:
    """Return the typical error, and the share of the variance that is explained."""
    squares = float(np.square(values - targets).mean())
    line = f"{len(targets):,} points, root mean squared error {squares**0.5:.3g}"
    variance = float(targets.var())
    return f"{line}, R² {1 - squares / variance:.3f}" if variance > 0 else line
