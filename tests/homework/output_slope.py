import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def train_gradients(X, Y, W1, b1, W2, b2):
    hidden = sigmoid(X @ W1 + b1)
    output = sigmoid(hidden @ W2 + b2)
    n = X.shape[0]
    mse = np.sum(0.5 * (output - Y) ** 2) / n
    d_output = (output - Y) / n  # right: d_output = (output - Y) / n * output * (1 - output)
    d_hidden = d_output.dot(W2.T) * hidden * (1 - hidden)
    return mse, [X.T.dot(d_hidden), d_hidden.sum(0), hidden.T.dot(d_output), d_output.sum(0)]
