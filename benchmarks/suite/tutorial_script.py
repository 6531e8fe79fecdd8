"""The tutorial's script: its imports, its 20,000 passes, its picture.

    python -m suite.tutorial_script [PASSES]

The picture goes to a file that is thrown away, drawn by matplotlib's Agg.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons

from .tutorial_loop import Array, build_model, first_weights, predict


def plot_decision_boundary(pred_func: Callable[[Array], Array], X: Array, y: Array) -> None:
    """Draw what is predicted everywhere, and the points."""
    x_min, x_max = X[:, 0].min() - 0.5, X[:, 0].max() + 0.5
    y_min, y_max = X[:, 1].min() - 0.5, X[:, 1].max() + 0.5
    h = 0.01
    xx, yy = np.meshgrid(np.arange(x_min, x_max, h), np.arange(y_min, y_max, h))
    Z = pred_func(np.c_[xx.ravel(), yy.ravel()]).reshape(xx.shape)
    plt.contourf(xx, yy, Z, cmap="Spectral")
    plt.scatter(X[:, 0], X[:, 1], c=y, cmap="Spectral")


if __name__ == "__main__":
    np.random.seed(0)
    X, y = make_moons(200, noise=0.20)
    passes = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    model = build_model(X, y, first_weights(3), passes, print)
    plot_decision_boundary(lambda x: predict(model, x), X, y)
    plt.title("Decision Boundary for hidden layer size 3")
    plt.savefig(io.BytesIO(), format="png")
