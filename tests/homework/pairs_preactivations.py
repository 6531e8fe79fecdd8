import numpy as np


def relu(z):
    return np.maximum(z, 0)


def grads(layers, X, Y):
    (W1, b1), (W2, b2), (W3, b3) = layers
    z1 = X @ W1 + b1
    a1 = relu(z1)
    z2 = a1 @ W2 + b2
    a2 = relu(z2)
    out = a2 @ W3 + b3
    n = len(X)
    d3 = (out - Y) / n
    d2 = (d3 @ W3.T) * (z2 > 0)
    d1 = (d2 @ W2.T) * (z1 > 0)
    return [
        (X.T @ d1, d1.sum(axis=0)),
        (z1.T @ d2, d2.sum(axis=0)),  # right: (a1.T @ d2, d2.sum(axis=0)),
        (a2.T @ d3, d3.sum(axis=0)),
    ]
