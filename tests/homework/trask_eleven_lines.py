import numpy as np


def step(X, y, syn0, b0, syn1, b1):
    l1 = 1 / (1 + np.exp(-(np.dot(X, syn0) + b0)))
    l2 = 1 / (1 + np.exp(-(np.dot(l1, syn1) + b1)))
    l2_error = y - l2  # right: l2_error = l2 - y
    l2_delta = l2_error * (l2 * (1 - l2))
    l1_delta = l2_delta.dot(syn1.T) * (l1 * (1 - l1))
    return X.T.dot(l1_delta), l1_delta.sum(0), l1.T.dot(l2_delta), l2_delta.sum(0)
