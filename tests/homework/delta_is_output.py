import numpy as np


def sigma(z):
    return 1 / (1 + np.exp(-z))


def backprop(X, Y, W1, b1, W2, b2):
    A1 = sigma(X @ W1 + b1)
    A2 = sigma(A1 @ W2 + b2)
    loss = 0.5 * np.sum((A2 - Y) ** 2) / len(X)
    delta2 = A2  # right: delta2 = A2.copy()
    delta2 -= Y
    delta2 *= A2 * (1 - A2)
    delta2 /= len(X)
    delta1 = (delta2 @ W2.T) * A1 * (1 - A1)
    return loss, X.T @ delta1, delta1.sum(0), A1.T @ delta2, delta2.sum(0)
