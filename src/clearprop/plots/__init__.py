"""Pictures: what a network answers all over its plane, and how its training went.

>>> import clearprop as cp
>>> from clearprop.data import make_moons
>>> from clearprop.plots import plot_decision_boundary, plot_loss
>>> X, y = make_moons(200, noise=0.2, random_state=0)
>>> result = cp.fit(cp.Network([2, 3, 2]), X, y, epochs=200, learning_rate=0.05)
>>> figure = plot_decision_boundary(result.network, X, y, title="Two moons")
>>> figure = plot_loss(result)

* :func:`plot_decision_boundary` shades the classes of a network with two inputs, or draws the
  surface of one that predicts a value.
* :func:`plot_boundaries` draws several networks side by side, on the same points.
* :func:`plot_loss` draws the loss of one run or of several.
* :func:`plot_spread` draws the losses of very many runs, and how their ends are spread.

Each returns a ``matplotlib.figure.Figure`` and, with ``path=``, writes it as PNG, SVG or PDF.
A notebook shows a returned figure by itself; a program needs no screen and leaves nothing open.
They need ``pip install "clearprop[plot]"``; matplotlib is loaded when a picture is asked for.
"""

from .boundary import plot_decision_boundary
from .history import plot_loss
from .panels import plot_boundaries
from .spread import plot_spread

__all__ = ["plot_boundaries", "plot_decision_boundary", "plot_loss", "plot_spread"]
