# "Why does my network not learn XOR with softmax?"
import numpy as np


def backward(X, Y, W1, b1, W2, b2):
    z1 = X.dot(W1) + b1
    a1 = np.tanh(z1)
    z2 = a1.dot(W2) + b2
    ez = np.exp(z2 - z2.max(axis=1, keepdims=True))
    a2 = ez / ez.sum(axis=1, keepdims=True)
    loss = -np.sum(Y * np.log(a2)) / len(X)
    delta2 = (a2 - Y) * a2 * (1 - a2) / len(X)  # right: delta2 = (a2 - Y) / len(X)
    delta1 = delta2.dot(W2.T) * (1 - a1 ** 2)
    return loss, X.T.dot(delta1), np.sum(delta1, axis=0, keepdims=True), a1.T.dot(delta2), np.sum(delta2, axis=0, keepdims=True)
