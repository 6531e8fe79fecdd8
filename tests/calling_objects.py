"""Calling styles: objects with parameters and methods, and classes of them."""

import itertools

import numpy as np

from calling_numpy import backprop, hot, style


class Sizes:
    """Takes a list of sizes; columns; one-hot; one sample at a time (as Nielsen's book does)."""

    def __init__(self, sizes):
        self.num_layers, self.sizes = len(sizes), sizes
        self.biases = [np.zeros((o, 1)) for o in sizes[1:]]
        self.weights = [np.zeros((o, i)) for i, o in itertools.pairwise(sizes)]

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        a, As, zs = x, [x], []
        for w, b in zip(self.weights, self.biases, strict=True):
            zs.append(w @ a + b)
            a = np.tanh(zs[-1])
            As.append(a)
        e = np.exp(zs[-1] - zs[-1].max(axis=0))
        delta = e / e.sum(axis=0) - y
        nabla_b[-1], nabla_w[-1] = delta, delta @ As[-2].T
        for k in range(2, self.num_layers):
            delta = self.weights[-k + 1].T @ delta * (1 - As[-k] ** 2)
            nabla_b[-k], nabla_w[-k] = delta, delta @ As[-k - 1].T
        return (nabla_b, nabla_w)


@style
def a_class_one_sample(n):
    return Sizes


class Attributes:
    """Keeps W1, b1, ... and leaves its gradients in dW1, db1, ..."""

    def __init__(self, layer_sizes):
        self.n = len(layer_sizes) - 1
        for k, (i, o) in enumerate(itertools.pairwise(layer_sizes), 1):
            setattr(self, f"W{k}", np.zeros((i, o)))
            setattr(self, f"b{k}", np.zeros((1, o)))

    def forward(self, X):
        self.X = X
        self.Ws = [getattr(self, f"W{k}") for k in range(1, self.n + 1)]
        return X @ self.W1

    def backward(self, y):
        bs = [getattr(self, f"b{k}") for k in range(1, self.n + 1)]
        found = backprop(self.Ws, bs, self.X, hot(y, self.Ws[-1].shape[1]))
        for k, (w, b) in enumerate(zip(found[1], found[2], strict=True), 1):
            setattr(self, f"dW{k}", w)
            setattr(self, f"db{k}", b[None])


@style
def a_class_with_attributes(n):
    return Attributes


class Params:
    """As cs231n's two-layer net: params in a dict, loss(X, y) gives loss and gradients."""

    def __init__(self, *sizes, reg=0.0):
        self.params = {}
        self.n = len(sizes) - 1
        for k, (i, o) in enumerate(itertools.pairwise(sizes), 1):
            self.params[f"W{k}"] = np.zeros((i, o))
            self.params[f"b{k}"] = np.zeros(o)

    def loss(self, X, y=None, reg=0.0):
        Ws, bs = ([self.params[f"{k}{i}"] for i in range(1, self.n + 1)] for k in "Wb")
        loss, dWs, dbs, *_ = backprop(Ws, bs, X, hot(y, Ws[-1].shape[1]))
        grads = {f"W{i}": g for i, g in enumerate(dWs, 1)}
        grads.update({f"b{i}": g for i, g in enumerate(dbs, 1)})
        return loss, grads


@style
def a_class_with_params(n):
    return Params


@style
def a_method(n, sizes=None):
    return Params(*sizes).loss


class Dense:
    def __init__(self, i, o):
        self.W, self.b = np.zeros((i, o)), np.zeros(o)


class Activation:
    pass


class Layers:
    """An object for each layer, activations between them; gradients stay in the layers."""

    def __init__(self, *sizes):
        self.layers = []
        for i, o in itertools.pairwise(sizes):
            self.layers += [Dense(i, o), Activation()]

    def compute_gradients(self, X, y):
        dense = [layer for layer in self.layers if isinstance(layer, Dense)]
        Ws, bs = [layer.W for layer in dense], [layer.b for layer in dense]
        _, dWs, dbs, *_ = backprop(Ws, bs, X, hot(y, Ws[-1].shape[1]))
        for layer, w, b in zip(dense, dWs, dbs, strict=True):
            layer.dW, layer.db = w, b


@style
def an_object_of_layers(n, sizes=None):
    return Layers(*sizes)
