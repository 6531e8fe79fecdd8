"""Right back-propagation in NumPy, which all calling styles share, and their table."""

import numpy as np


def backprop(weights, biases, X, T, reduction="mean", l2=0.0):
    """Samples are rows, weights (in, out), T one-hot rows; return loss, dWs, dbs, deltas, P."""
    A = [X]
    for W, b in zip(weights, biases, strict=True):
        Z = A[-1] @ W + b
        A.append(np.tanh(Z) if len(A) < len(weights) else Z)
    P = np.exp(A[-1] - A[-1].max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    share = len(X) if reduction == "mean" else 1
    loss = -np.sum(T * np.log(P)) / share + l2 / 2 * sum((W**2).sum() for W in weights)
    delta = (P - T) / share
    dWs, dbs, deltas = [], [], []
    for k in reversed(range(len(weights))):
        dWs.insert(0, A[k].T @ delta + l2 * weights[k])
        dbs.insert(0, delta.sum(axis=0))
        deltas.insert(0, delta)
        delta = delta @ weights[k].T * (1 - A[k] ** 2)
    return loss, dWs, dbs, deltas, P


def hot(y, k):
    assert y.ndim == 1
    assert y.dtype.kind == "i"
    return np.eye(k)[y]


def checked(Ws, bs, X, T):
    """Fail as NumPy would where shapes do not fit."""
    X @ Ws[0] + bs[0]
    assert T.shape == (len(X), Ws[-1].shape[1])


STYLES = {}


def style(make):
    STYLES[make.__name__] = make
    return make


def interleaved(*kinds):
    return [x for pair in zip(*kinds, strict=True) for x in pair]
