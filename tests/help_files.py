"""The files that the examples in the help speak of, written into a folder."""

import clearprop as cp

HOMEWORK = '''
import numpy as np


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def backward(X, y, W1, b1, W2, b2):
    a1 = np.tanh(X @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    p[np.arange(len(y)), y] -= 1
    delta2 = p / len(y)
    delta1 = delta2 @ W2.T * (1 - a1**2)
    return loss, X.T @ delta1, delta1.sum(0), a1.T @ delta2, delta2.sum(0)


grads = backward


def f(X, Y, W, b):
    """Samples, classes and neurons are columns, and the network has one layer."""
    delta = (softmax((W @ X + b).T).T - Y) / X.shape[1]
    return delta @ X.T, delta.sum(axis=1, keepdims=True)


class Net:
    def __init__(self, sizes):
        self.W1, self.b1 = np.zeros((sizes[0], sizes[1])), np.zeros(sizes[1])
        self.W2, self.b2 = np.zeros((sizes[1], sizes[2])), np.zeros(sizes[2])

    def backprop(self, X, y):
        a1 = np.tanh(X @ self.W1 + self.b1)
        delta2 = (a1 @ self.W2 + self.b2 - y) / len(X)
        delta1 = delta2 @ self.W2.T * (1 - a1**2)
        return X.T @ delta1, delta1.sum(0), a1.T @ delta2, delta2.sum(0)
'''


def write_help_files(folder):
    """Write homework.py, class.csv, and sheets/ with a filled-in answers.csv beside it."""
    (folder / "homework.py").write_text(HOMEWORK, "utf-8")
    (folder / "class.csv").write_text("name\nAda\nGrace\n", "utf-8")
    made = cp.make_worksheets([2, 2, 2], 2, seed=1, ask=["w1", "w5"])
    made.save(folder / "sheets")
    (folder / "answers.csv").write_text(made.template(), "utf-8")
