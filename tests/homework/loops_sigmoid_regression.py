import numpy as np


def sig(t):
    return 1.0 / (1.0 + np.exp(-t))


def backprop(X, T, W1, b1, W2, b2):
    """E = 1/2 * sum over samples and outputs of (o - t)^2"""
    gW1, gb1 = np.zeros_like(W1), np.zeros_like(b1)
    gW2, gb2 = np.zeros_like(W2), np.zeros_like(b2)
    E = 0
    for x, t in zip(X, T):
        hid = sig(x @ W1 + b1)
        o = hid @ W2 + b2
        E += 0.5 * np.sum((o - t) ** 2)
        delta_o = o - t
        delta_h = (W2 @ delta_o) * hid * (1 - hid)
        for j in range(len(hid)):
            gb1[j] += delta_h[j]
            for i in range(len(x)):
                gW1[i, j] = delta_h[j] * x[i]  # right: gW1[i, j] += delta_h[j] * x[i]
            for k in range(len(o)):
                gW2[j, k] += delta_o[k] * hid[j]
        gb2 += delta_o
    return E, gW1, gb1, gW2, gb2
