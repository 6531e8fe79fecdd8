import numpy as np


def nonlin(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


def backward(X, y, syn0, bias0, syn1, bias1):
    z1 = np.dot(X, syn0) + bias0
    l1 = nonlin(z1)
    z2 = np.dot(l1, syn1) + bias1
    l2 = nonlin(z2)
    l2_error = l2 - y
    cost = 0.5 * np.sum(l2_error ** 2)
    l2_delta = l2_error * nonlin(l2, deriv=True)
    l1_error = l2_delta.dot(syn1.T)
    l1_delta = l1_error * nonlin(z1, deriv=True)  # right: l1_delta = l1_error * nonlin(l1, deriv=True)
    return cost, X.T.dot(l1_delta), l1_delta.sum(axis=0), l1.T.dot(l2_delta), l2_delta.sum(axis=0)
