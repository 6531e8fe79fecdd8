import numpy as np


def loss_and_gradients(X, y, W1, b1, W2, b2):
    dW1, db1, dW2, db2 = (np.zeros_like(p) for p in (W1, b1, W2, b2))
    loss = 0.0
    for x, label in zip(X, y):
        h = np.tanh(x @ W1 + b1)
        s = h @ W2 + b2
        p = np.exp(s) / np.sum(np.exp(s))
        loss += -np.log(p[label])
        d = p.copy()
        d[label] -= 1
        for k in range(len(d)):
            db2[k] += d[k]
            for j in range(len(h)):
                dW2[j, k] += d[k] * h[j]
        for j in range(len(h)):
            e = 0
            for k in range(len(d)):
                e += d[k] * W2[j, k]
            e *= 1 - h[j] ** 2
            db1[j] += e
            dW1[:, j] += e * x
    n = len(X)
    return loss / n, dW1 / n, db1 / n, dW2 / n, db2 / n
