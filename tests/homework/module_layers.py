import numpy as np


class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.RandomState(0).randn(n_in, n_out)
        self.b = np.zeros(n_out)
        self.zero_grad()

    def zero_grad(self):
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW += self.x.T @ dout
        self.db += dout.sum(axis=0)
        return dout @ self.W.T


class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * self.out * (1 - self.out)


layers = [Linear(3, 5), Sigmoid(), Linear(5, 2)]


def loss_and_gradients(X, y, W1, b1, W2, b2):
    layers[0].W, layers[0].b = W1, b1
    layers[2].W, layers[2].b = W2, b2
    # right: layers[0].zero_grad(); layers[2].zero_grad()
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = 0.5 * ((out - y) ** 2).sum() / len(X)
    dout = (out - y) / len(X)
    for layer in reversed(layers):
        dout = layer.backward(dout)
    return loss, layers[0].dW + 0, layers[0].db + 0, layers[2].dW + 0, layers[2].db + 0
