import numpy as np


class Dense:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        self.z = x @ self.W + self.b
        return self.z

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return grad @ self.W.T


class Net:
    def __init__(self, W1, b1, W2, b2, W3, b3):
        self.layers = [Dense(W1, b1), Dense(W2, b2), Dense(W3, b3)]

    def loss(self, X, Y):
        d1, d2, d3 = self.layers
        out = d3.forward(np.tanh(d2.forward(np.tanh(d1.forward(X)))))
        g = d3.backward((out - Y) / len(X))
        g = d2.backward(g * (1 - np.tanh(d2.z) ** 2))
        d1.backward(g * (1 - np.tanh(d1.z) ** 2))
        return 0.5 * ((out - Y) ** 2).sum() / len(X)
