"""Small networks and losses to draw, and what stands in a figure, read back from it."""

import matplotlib.axis
import matplotlib.collections
import matplotlib.contour
import matplotlib.text
import numpy as np

import clearprop as cp
from clearprop.data import make_moons
from clearprop.plots import plot_boundaries, plot_decision_boundary, plot_loss

MOONS = make_moons(200, noise=0.2, random_state=0)


def linear(loss="softmax_cross_entropy", outputs=2, scale=1.0):
    """Return a network whose class 1 is where x0 + 2·x1 > 0.5; its score there is the excess."""
    net = cp.Network([2, outputs], loss=loss)
    W, b = np.zeros((2, outputs)), np.zeros(outputs)
    W[:, -1], b[-1] = (scale, 2 * scale), -0.5 * scale
    return net.with_parameters(W1=W, b1=b)


def swinging(n=20_000):
    """Return losses like the tutorial's: a steep start, then a swing between two values."""
    losses = np.where(np.arange(n) % 2, 0.0713, 0.0707)
    losses[: n // 20] = 0.071 + 0.5 * np.exp(-np.arange(n // 20) / (n / 300))
    return losses


def drawn(draw, **more):
    if draw == "loss":
        return plot_loss([0.9, 0.5, 0.4], **more)
    if draw == "boundary":
        return plot_decision_boundary(linear(), *MOONS, **more)
    return plot_boundaries([("a", linear()), ("b", linear())], *MOONS, **more)


def class_colours(ax):
    """Return the colour of each class's points, in the order in which they were drawn."""
    filled = [c for c in ax.collections if len(c.get_offsets()) and len(c.get_facecolors())]
    return [c.get_facecolors()[0, :3] for c in filled if hasattr(c, "get_sizes")]


def shown(ax):
    """Return each pixel's centre and the class whose colour it has been tinted with."""
    image = ax.images[0]
    rows, columns = image.get_array().shape[:2]
    left, right, bottom, top = image.get_extent()
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    y = bottom + (np.arange(rows) + 0.5) * (top - bottom) / rows
    centres = np.stack(np.meshgrid(x, y if image.origin == "lower" else y[::-1]), axis=-1)
    centres = centres.reshape(-1, 2)
    tint = 1 - np.asarray(image.get_array()).reshape(-1, 3)
    towards = 1 - np.array(class_colours(ax))
    cosines = (tint @ towards.T) / np.linalg.norm(towards, axis=1)
    return centres, cosines.argmax(axis=1), np.linalg.norm(tint, axis=1)


def boundary_lines(ax):
    """Return the corners of the lines where the answer changes."""
    lines = [c for c in ax.collections if isinstance(c, matplotlib.contour.ContourSet)]
    return np.vstack([p.vertices for c in lines for p in c.get_paths() if len(p.vertices)])


def rings(ax):
    """Return the points that are marked as wrong."""
    hollow = [c for c in ax.collections if hasattr(c, "get_sizes") and not len(c.get_facecolors())]
    return np.vstack([c.get_offsets() for c in hollow]) if hollow else np.empty((0, 2))


def curve(ax, number=0):
    """Return the drawn line of a run; the dots at its ends are lines of their own."""
    line = [line for line in ax.lines if line.get_linestyle() != "None"][number]
    return np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)


def bands(ax):
    """Return the corners of the bands around means."""
    return [
        c.get_paths()[0].vertices
        for c in ax.collections
        if isinstance(c, matplotlib.collections.PolyCollection)
    ]


def texts(figure):
    """Return all that is written in a figure."""
    return [t.get_text() for t in figure.findobj(matplotlib.text.Text) if t.get_text().strip()]


def boxes(figure, artists):
    figure.draw_without_rendering()
    return [artist.get_window_extent() for artist in artists]


def within(tick):
    """Return whether a tick is drawn: matplotlib makes some beyond the end of the axis."""
    axis = tick.axes.xaxis if isinstance(tick, matplotlib.axis.XTick) else tick.axes.yaxis
    low, high = sorted(axis.get_view_interval())
    return low <= tick.get_loc() <= high


def assert_nothing_is_cut_off(figure):
    figure.draw_without_rendering()
    ticks = figure.findobj(matplotlib.axis.Tick)
    unused = {tick.label1 for tick in ticks if not within(tick)}
    for artist in figure.findobj(matplotlib.text.Text):
        if not artist.get_text().strip() or not artist.get_visible() or artist in unused:
            continue
        box = artist.get_window_extent()
        assert box.x0 >= 0, artist
        assert box.y0 >= 0, artist
        assert box.x1 <= figure.bbox.x1, artist
        assert box.y1 <= figure.bbox.y1, artist
