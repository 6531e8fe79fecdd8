import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


class Net:
    def __init__(self, weights, biases):
        self.weights, self.biases = weights, biases

    def backprop(self, x, y):
        a = x
        activations, zs = [a], []
        for w, b in zip(self.weights, self.biases):
            z = w.dot(a) + b
            a = sigmoid(z)
            zs.append(z)
            activations.append(a)
        nabla_b, nabla_w = [0, 0], [0, 0]
        delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
        nabla_b[1] = delta
        nabla_w[1] = delta.dot(activations[1].T)
        delta = self.weights[1].dot(delta) * sigmoid_prime(zs[0])  # right: delta = self.weights[1].T.dot(delta) * sigmoid_prime(zs[0])
        nabla_b[0] = delta
        nabla_w[0] = delta.dot(activations[0].T)
        return nabla_b, nabla_w

    def gradients(self, X, Y):
        nabla_b = [np.zeros_like(b) for b in self.biases]
        nabla_w = [np.zeros_like(w) for w in self.weights]
        for x, y in zip(X, Y):
            db, dw = self.backprop(x.reshape(-1, 1), y.reshape(-1, 1))
            nabla_b = [a + b for a, b in zip(nabla_b, db)]
            nabla_w = [a + b for a, b in zip(nabla_w, dw)]
        m = len(X)
        return [b / m for b in nabla_b], [w / m for w in nabla_w]
