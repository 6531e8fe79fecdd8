import numpy as np


def backward(X, Y, W1, b1, W2, b2):
    hidden = np.maximum(X @ W1 + b1, 0)
    out = hidden @ W2 + b2
    err = Y  # right: err = Y.copy()
    err -= out
    loss = (err ** 2).sum() / 2
    dW2 = -hidden.T @ err
    db2 = -err.sum(axis=0)
    dhidden = -err @ W2.T
    dhidden[hidden <= 0] = 0
    return loss, X.T @ dhidden, dhidden.sum(axis=0), dW2, db2
