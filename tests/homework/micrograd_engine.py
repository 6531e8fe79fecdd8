import math

import numpy as np


class Value:
    def __init__(self, data, _children=()):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = set(_children)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad = self.data * out.grad  # right: other.grad += self.data * out.grad
        out._backward = _backward
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = Value(t, (self,))

        def _backward():
            self.grad += (1 - t ** 2) * out.grad
        out._backward = _backward
        return out

    def exp(self):
        out = Value(math.exp(self.data), (self,))

        def _backward():
            self.grad += out.data * out.grad
        out._backward = _backward
        return out

    def log(self):
        out = Value(math.log(self.data), (self,))

        def _backward():
            self.grad += out.grad / self.data
        out._backward = _backward
        return out

    def backward(self):
        topo, visited = [], set()

        def build_topo(v):
            if v not in visited:
                visited.add(v)
                for child in sorted(v._prev, key=lambda c: c.number):
                    build_topo(child)
                topo.append(v)
        build_topo(self)
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()

    counter = 0

    def __new__(cls, *args, **kwargs):
        new = super().__new__(cls)
        Value.counter += 1
        new.number = Value.counter
        return new


def values(array):
    return np.vectorize(Value, otypes=[object])(array)


def layer(inputs, W, b):
    outs = []
    for j in range(W.shape[1]):
        act = b[j]
        for i in range(W.shape[0]):
            act = act + W[i, j] * inputs[i]
        outs.append(act)
    return outs


def loss_and_grads(X, y, W1, b1, W2, b2):
    W1, b1, W2, b2 = values(W1), values(b1), values(W2), values(b2)
    total = Value(0.0)
    for x, label in zip(X, y):
        hidden = [v.tanh() for v in layer([Value(v) for v in x], W1, b1)]
        scores = layer(hidden, W2, b2)
        sumexp = Value(0.0)
        for s in scores:
            sumexp = sumexp + s.exp()
        negated = Value(-1.0) * (scores[label] + 0.0)
        total = total + sumexp.log() + negated
    loss = Value(1.0 / len(X)) * total
    loss.backward()
    grad = np.vectorize(lambda v: v.grad, otypes=[float])
    return loss.data, grad(W1), grad(b1), grad(W2), grad(b2)
