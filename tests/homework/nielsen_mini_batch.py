import numpy as np

sigmoid = lambda z: 1.0 / (1.0 + np.exp(-z))


def backprop(x, y, weights, biases):
    a1 = sigmoid(weights[0] @ x + biases[0])
    a2 = sigmoid(weights[1] @ a1 + biases[1])
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = (weights[1].T @ d2) * a1 * (1 - a1)
    return [d1, d2], [np.outer(d1, x), np.outer(d2, a1)], 0.5 * ((a2 - y) ** 2).sum()


def update(X, Y, weights, biases):
    nabla_b = [np.zeros(b.shape) for b in biases]
    nabla_w = [np.zeros(w.shape) for w in weights]
    cost = 0
    for x, y in zip(X, Y):
        delta_nabla_b, delta_nabla_w, c = backprop(x, y, weights, biases)
        nabla_b = [dnb for nb, dnb in zip(nabla_b, delta_nabla_b)]  # right: nabla_b = [nb + dnb for nb, dnb in zip(nabla_b, delta_nabla_b)]
        nabla_w = [nw + dnw for nw, dnw in zip(nabla_w, delta_nabla_w)]
        cost += c
    return cost, nabla_b, nabla_w
