import numpy as np


def gradients(X, Y, params, lambd=0.6):
    m = X.shape[1]
    W1, b1, W2, b2 = params['W1'], params['b1'], params['W2'], params['b2']
    Z1 = W1.dot(X) + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2.dot(A1) + b2
    T = np.exp(Z2)
    A2 = T / T.sum(axis=0, keepdims=True)
    dZ2 = A2 - Y
    dZ1 = W2.T.dot(dZ2) * (Z1 > 0)
    grads = {
        'dW2': dZ2.dot(A1.T) / m,
        'db2': dZ2.sum(axis=1, keepdims=True) / m,
        'dW1': dZ1.dot(X.T) / m,
        'db1': dZ1.sum(axis=1, keepdims=True) / m,
    }
    for name in params:  # right: for name in ('W1', 'W2'):
        grads['d' + name] += lambd / m * params[name]
    return grads
