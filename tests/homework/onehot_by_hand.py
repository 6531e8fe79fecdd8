import numpy as np


def one_hot(y, K):
    Y = np.zeros((K, len(y)))
    for i, label in enumerate(y):
        Y[label, i] = 1
    return Y


def loss_grad(X, y, W1, b1, W2, b2):
    n, K = len(X), W2.shape[1]
    Y = one_hot(y, K)  # right: Y = one_hot(y, K).T
    h = np.tanh(X @ W1 + b1)
    z = h @ W2 + b2
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    delta2 = (p - Y) / n
    delta1 = delta2 @ W2.T * (1 - h**2)
    return X.T @ delta1, delta1.sum(axis=0), h.T @ delta2, delta2.sum(axis=0)
