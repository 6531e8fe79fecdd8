"""Calling styles: all parameters in a dict, a list, a vector, a namespace."""

import itertools
from collections import namedtuple
from types import SimpleNamespace

import numpy as np

from calling_numpy import STYLES, backprop, hot, interleaved, style


@style
def a_dict(n):
    def loss_and_grads(params, X, y):
        Ws = [params[f"W{i}"] for i in range(1, n + 1)]
        bs = [params[f"b{i}"] for i in range(1, n + 1)]
        loss, dWs, dbs, *_ = backprop(Ws, bs, X, hot(y, Ws[-1].shape[1]))
        grads = {f"W{i}": g for i, g in enumerate(dWs, 1)}
        return loss, grads | {f"b{i}": g for i, g in enumerate(dbs, 1)}

    return loss_and_grads


@style
def a_dict_in_small_letters(n):
    def f(X, y, parameters):
        Ws = [parameters[f"w{i}"] for i in range(1, n + 1)]
        bs = [parameters[f"bias_{i}"] for i in range(1, n + 1)]
        _, dWs, dbs, *_ = backprop(Ws, bs, X, hot(y, Ws[-1].shape[1]))
        return {f"dw{i}": g for i, g in enumerate(dWs, 1)} | {
            f"dbias_{i}": g for i, g in enumerate(dbs, 1)
        }

    return f


@style
def a_dict_from_zero(n):
    def f(params, X, y):
        Ws, bs = ([params[f"{kind}{i}"] for i in range(n)] for kind in "Wb")
        loss, dWs, dbs, *_ = backprop(Ws, bs, X, hot(y, Ws[-1].shape[1]))
        return loss, {f"W{i}": g for i, g in enumerate(dWs)} | {
            f"b{i}": g for i, g in enumerate(dbs)
        }

    return f


@style
def a_dict_of_layers(n):
    def f(params, X, y):
        Ws, bs = ([params[f"layer{i + 1}"][kind] for i in range(n)] for kind in "Wb")
        loss, dWs, dbs, *_ = backprop(Ws, bs, X, hot(y, Ws[-1].shape[1]))
        return loss, {
            f"layer{i}": {"W": w, "b": b} for i, (w, b) in enumerate(zip(dWs, dbs, strict=True), 1)
        }

    return f


@style
def a_list(n):
    def f(params, X, y):
        Ws, bs = params[::2], params[1::2]
        assert isinstance(params, list)
        loss, dWs, dbs, *_ = backprop(Ws, bs, X, hot(y, Ws[-1].shape[1]))
        return loss, interleaved(dWs, dbs)

    return f


@style
def pairs(n):
    def f(params, X, y):
        Ws, bs = zip(*[(W, b) for W, b in params], strict=True)
        loss, dWs, dbs, *_ = backprop(list(Ws), bs, X, hot(y, Ws[-1].shape[1]))
        return loss, list(zip(dWs, dbs, strict=True))

    return f


@style
def two_lists(n):
    def f(weights, biases, X, y):
        loss, dWs, dbs, *_ = backprop(weights, biases, X, hot(y, weights[-1].shape[1]))
        return loss, dWs, dbs

    return f


@style
def biases_first(n):
    def f(x, y, weights, biases):
        _, dWs, dbs, *_ = backprop(weights, biases, x, hot(y, weights[-1].shape[1]))
        nabla_b, nabla_w = dbs, dWs
        return (nabla_b, nabla_w)

    return f


def unflat(vector, sizes, order="pairs"):
    Ws, bs, at = [], [], 0
    shapes = list(itertools.pairwise(sizes))
    plan = [("W", s) if k == 0 else ("b", s) for s in shapes for k in (0, 1)]
    if order != "pairs":
        plan = [("W", s) for s in shapes] + [("b", s) for s in shapes]
    for kind, (i, o) in plan:
        size = i * o if kind == "W" else o
        part = vector[at : at + size]
        at += size
        (Ws if kind == "W" else bs).append(part.reshape(i, o) if kind == "W" else part)
    assert at == len(vector)
    return Ws, bs


def flat_style(order):
    def make(n, sizes=None):
        def cost(theta, X, y):
            Ws, bs = unflat(theta, sizes, order)
            loss, dWs, dbs, *_ = backprop(Ws, bs, X, hot(y, sizes[-1]))
            parts = interleaved(dWs, dbs) if order == "pairs" else [*dWs, *dbs]
            return loss, np.concatenate([g.ravel() for g in parts])

        return cost

    return make


STYLES["a_vector"] = flat_style("pairs")
STYLES["a_vector_weights_first"] = flat_style("kinds")


@style
def a_vector_of_thetas(n, sizes=None):
    def cost(nn_params, X, y):
        Ws, bs, at = [], [], 0
        for i, o in itertools.pairwise(sizes):
            theta = nn_params[at : at + o * (i + 1)].reshape(o, i + 1)
            Ws.append(theta[:, 1:].T)
            bs.append(theta[:, 0])
            at += o * (i + 1)
        J, dWs, dbs, *_ = backprop(Ws, bs, X, hot(y, sizes[-1]))
        parts = [np.hstack([b[:, None], w.T]).ravel() for w, b in zip(dWs, dbs, strict=True)]
        return J, np.concatenate(parts)

    return cost


@style
def a_namespace(n):
    def f(model, X, y):
        Ws = [getattr(model, f"W{i}") for i in range(1, n + 1)]
        bs = [getattr(model, f"b{i}") for i in range(1, n + 1)]
        loss, dWs, dbs, *_ = backprop(Ws, bs, X, hot(y, Ws[-1].shape[1]))
        return loss, SimpleNamespace(
            **{f"W{i}": g for i, g in enumerate(dWs, 1)},
            **{f"b{i}": g for i, g in enumerate(dbs, 1)},
        )

    return f


@style
def a_named_tuple(n):
    Grads = namedtuple("Grads", [f"d{k}{i}" for i in range(1, n + 1) for k in "Wb"])

    def f(X, y, params):
        Ws, bs = ([params[f"{k}{i}"] for i in range(1, n + 1)] for k in "Wb")
        loss, dWs, dbs, *_ = backprop(Ws, bs, X, hot(y, Ws[-1].shape[1]))
        return Grads(*interleaved(dWs, dbs)), loss

    return f


class Tensor:
    """What a tensor of PyTorch shows to the world."""

    def __init__(self, array):
        self.array = array

    def detach(self):
        return self

    def cpu(self):
        return self

    def numpy(self):
        return self.array


@style
def tensors(n):
    def f(params, X, y):
        Ws, bs = ([params[f"{k}{i}"] for i in range(1, n + 1)] for k in "Wb")
        loss, dWs, dbs, *_ = backprop(Ws, bs, X, hot(y, Ws[-1].shape[1]))
        return Tensor(np.array(loss)), [Tensor(g) for g in interleaved(dWs, dbs)]

    return f


@style
def one_sample(n):
    """Loops over nothing: takes one x (n_in,), as textbooks write it."""

    def f(x, y, Ws, bs):
        assert x.ndim == 1
        _, dWs, dbs, *_ = backprop(Ws, bs, x[None], np.eye(Ws[-1].shape[1])[[y]])
        return dWs, dbs

    return f
