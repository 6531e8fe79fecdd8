"""Data to train on, and how the recipes of the training doctor run."""

import warnings

import numpy as np
from sklearn import datasets

import clearprop as cp
from clearprop.errors import ClearPropWarning


def moons(n=200, noise=0.2):
    return cp.make_moons(n, noise=noise, random_state=0)


def circles():
    return cp.make_circles(200, noise=0.1, factor=0.5, random_state=0)


def blobs(centers=3):
    X, y = cp.make_blobs(300, centers=centers, random_state=1)
    return scaled(X), y


def scaled(X):
    std = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(std > 0, std, 1)


def table(name, scale=True):
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return (scaled(X) if scale else X), y


def wave(n=200):
    X = np.linspace(-2, 2, n)[:, None]
    return X, np.sin(2 * X)


def diabetes():
    X, y = datasets.load_diabetes(return_X_y=True)
    return scaled(X), scaled(y[:, None])


def rare(n=1000, few=30, apart=1.5, loss="class"):
    """Two clouds that overlap; the second has few points."""
    draws = np.random.RandomState(0)
    X = draws.randn(n, 2)
    y = np.zeros(n, int)
    y[:few] = 1
    X[:few] += apart
    return X, (y if loss == "class" else y[:, None])


def split(X, y, n):
    """Keep the last rows of a shuffled table for validation."""
    order = np.random.RandomState(0).permutation(len(X))
    return (X[order[:n]], y[order[:n]]), (X[order[n:]], y[order[n:]])


def times(net, factor):
    """Make all first weights larger."""
    return net.with_parameters({n: W * factor for n, W in net.parameters.items() if n[0] == "W"})


GD = {"optimizer": "gradient_descent"}


def run(net, data, **how):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ClearPropWarning)
        return cp.fit(net, *data, **how)


def validated(net, data, n, **how):
    train, rest = split(*data, n)
    return run(net, train, **how), rest
