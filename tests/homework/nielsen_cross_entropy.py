# network2.py with the cross-entropy cost
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


class CrossEntropyCost:
    @staticmethod
    def fn(a, y):
        return np.sum(np.nan_to_num(-y * np.log(a) - (1 - y) * np.log(1 - a)))

    @staticmethod
    def delta(z, a, y):
        return (a - y) * sigmoid_prime(z)  # right: return a - y


def backprop(x, y, weights, biases, cost=CrossEntropyCost):
    activation, activations, zs = x, [x], []
    for b, w in zip(biases, weights):
        zs.append(w @ activation + b)
        activation = sigmoid(zs[-1])
        activations.append(activation)
    nabla_b = [None] * len(biases)
    nabla_w = [None] * len(weights)
    delta = cost.delta(zs[-1], activations[-1], y)
    nabla_b[-1] = delta
    nabla_w[-1] = delta @ activations[-2].T
    for l in range(2, len(weights) + 1):
        delta = (weights[-l + 1].T @ delta) * sigmoid_prime(zs[-l])
        nabla_b[-l] = delta
        nabla_w[-l] = delta @ activations[-l - 1].T
    return cost.fn(activations[-1], y), nabla_b, nabla_w


def total(X, Y, weights, biases):
    cost = 0.0
    nabla_b = [np.zeros(b.shape) for b in biases]
    nabla_w = [np.zeros(w.shape) for w in weights]
    for x, y in zip(X, Y):
        c, db, dw = backprop(x[:, None], y[:, None], weights, biases)
        cost += c
        for l in range(len(weights)):
            nabla_b[l] += db[l]
            nabla_w[l] += dw[l]
    return cost, nabla_b, nabla_w
