"""Calling styles: functions that take parameters one by one."""

import numpy as np

from calling_numpy import backprop, checked, hot, style


def written(head, body, **names):
    """Make a function from its text, as it depends on the number of layers."""
    space = {"np": np, "backprop": backprop, "hot": hot, "checked": checked, **names}
    lines = "\n".join("    " + line for line in body)
    exec(f"def {head}:\n{lines}", space)
    return space[head.partition("(")[0]]


def named(n, *kinds, sep=", ", first=1):
    return sep.join(f"{kind}{i}" for i in range(first, n + first) for kind in kinds)


def lists(n, w="W", b="b", first=1):
    return [f"Ws = [{named(n, w, first=first)}]", f"bs = [{named(n, b, first=first)}]"]


RUN = "loss, dWs, dbs, deltas, P = backprop(Ws, bs, X, T)"
ROWS = ["T = hot(y, Ws[-1].shape[1])", "checked(Ws, bs, X, T)", RUN]


@style
def one_by_one(n):
    return written(
        f"f(X, y, {named(n, 'W', 'b')})",
        [*lists(n), *ROWS, "return (loss, *(g for p in zip(dWs, dbs) for g in p))"],
    )


@style
def weights_then_biases(n):
    return written(
        f"f({named(n, 'W')}, {named(n, 'b')}, X, y)", [*lists(n), *ROWS, "return (*dWs, *dbs)"]
    )


@style
def small_letters(n):
    return written(
        f"f(x, t, {named(n, 'w')}, {named(n, 'bias')})",
        [*lists(n, "w", "bias"), "X, y = x, t", *ROWS, "return tuple(dWs) + tuple(dbs)"],
    )


@style
def long_names(n):
    return written(
        f"f({named(n, 'weights', 'bias_')}, inputs, labels)",
        [
            *lists(n, "weights", "bias_"),
            "X, y = inputs, labels",
            *ROWS,
            "return {**{f'dW{i}': g for i, g in enumerate(dWs, 1)},"
            " **{f'db{i}': g for i, g in enumerate(dbs, 1)}}",
        ],
    )


@style
def counted_from_zero(n):
    return written(
        f"f(X, y, {named(n, 'W', 'b', first=0)})",
        [
            *lists(n, first=0),
            *ROWS,
            "return loss, {f'grad_W{i}': g for i, g in enumerate(dWs)}"
            " | {f'grad_b{i}': g for i, g in enumerate(dbs)}",
        ],
    )


@style
def loss_last(n):
    return written(
        f"f({named(n, 'W', 'b')}, X, y)",
        [*lists(n), *ROWS, "return (*(g for p in zip(dWs, dbs) for g in p), loss)"],
    )


@style
def from_the_end(n):
    return written(
        f"f(X, y, {named(n, 'W', 'b')})",
        [*lists(n), *ROWS, "return (loss, *(g for p in zip(dWs[::-1], dbs[::-1]) for g in p))"],
    )


@style
def one_dict_with_loss(n):
    return written(
        f"f(X, y, {named(n, 'W', 'b')})",
        [
            *lists(n),
            *ROWS,
            "return {'loss': loss, 'grads': {'W': dWs, 'b': dbs}, 'delta': None,"
            " **{f'delta{i}': d for i, d in enumerate(deltas, 1)}, 'probs': P}",
        ],
    )


@style
def keywords_only(n):
    return written(
        f"f(*, inputs, targets, {named(n, 'W', 'b')}, verbose=False)",
        [*lists(n), "X, y = inputs, targets", *ROWS, "return [loss, dWs, dbs]"],
    )


@style
def any_number(n):
    return written(
        "f(*args)",
        ["X, y, *rest = args", "Ws, bs = rest[::2], rest[1::2]", *ROWS, "return loss, dWs, dbs"],
    )


@style
def weights_only(n):
    return written(f"f(X, y, {named(n, 'W', 'b')})", [*lists(n), *ROWS, "return dWs"])


@style
def one_hot_rows(n):
    return written(
        f"f(X, Y, {named(n, 'W', 'b')})",
        [
            *lists(n),
            "T = Y",
            "P = X @ W1",
            "assert np.allclose(T.sum(axis=1), 1)",
            "checked(Ws, bs, X, T)",
            RUN,
            "return (loss, *(g for p in zip(dWs, dbs) for g in p))",
        ],
    )


@style
def columns(n):
    return written(
        f"f(X, Y, {named(n, 'W', 'b')})",
        [
            *lists(n),
            "m = X.shape[1]",
            "assert bs[0].shape == (Ws[0].shape[0], 1)",
            "Ws, bs, X, T = [W.T for W in Ws], [b.T for b in bs], X.T, Y.T",
            "assert np.allclose(T.sum(axis=1), 1)",
            "checked(Ws, bs, X, T)",
            RUN,
            "dWs, dbs = [g.T for g in dWs], [g[:, None] for g in dbs]",
            "return (loss, *(g for p in zip(dWs, dbs) for g in p))",
        ],
    )


@style
def columns_without_loss(n):
    return written(
        f"f(X, Y, {named(n, 'W', 'b')})",
        [
            *lists(n),
            "m = X.shape[1]",
            "assert bs[0].shape == (Ws[0].shape[0], 1)",
            "Ws, bs, X, T = [W.T for W in Ws], [b.T for b in bs], X.T, Y.T",
            "assert np.allclose(T.sum(axis=1), 1)",
            "checked(Ws, bs, X, T)",
            RUN,
            "return {'dW': [g.T for g in dWs], 'db': [g[:, None] for g in dbs]}",
        ],
    )


@style
def out_in_rows(n):
    return written(
        f"f(x, y, {named(n, 'W', 'b')})",
        [
            *lists(n),
            "X, Ws = x, [W.T for W in Ws]",
            *ROWS,
            "dWs = [g.T for g in dWs]",
            "return (loss, *(g for p in zip(dWs, dbs) for g in p))",
        ],
    )


@style
def y_as_column(n):
    return written(
        f"f(X, y, {named(n, 'W', 'b')})",
        [
            *lists(n),
            "assert y.shape == (len(X), 1)",
            "y = y[:, 0]",
            *ROWS,
            "return (loss, *(g for p in zip(dWs, dbs) for g in p))",
        ],
    )


@style
def biases_as_rows(n):
    return written(
        f"f(X, y, {named(n, 'W', 'b')})",
        [
            *lists(n),
            "assert bs[0].ndim == 2",
            *ROWS,
            "return (loss, *(g for p in zip(dWs, [b[None] for b in dbs]) for g in p))",
        ],
    )


@style
def more_axes(n):
    return written(
        f"f(X, y, {named(n, 'W', 'b')})",
        [*lists(n), *ROWS, "return (loss, *(g[None] for p in zip(dWs, dbs) for g in p))"],
    )


@style
def lists_of_numbers(n):
    return written(
        f"f(X, y, {named(n, 'W', 'b')})",
        [*lists(n), *ROWS, "return (float(loss), *(g.tolist() for p in zip(dWs, dbs) for g in p))"],
    )


@style
def thetas_with_the_bias_in_front(n):
    return written(
        f"f({named(n, 'Theta')}, X, y)",
        [
            f"thetas = [{named(n, 'Theta')}]",
            "Ws, bs = [t[:, 1:].T for t in thetas], [t[:, 0] for t in thetas]",
            *ROWS,
            "return (loss, *(np.hstack([b[:, None], w.T]) for w, b in zip(dWs, dbs)))",
        ],
    )


CACHE = """
def forward_propagation(X, parameters):
    assert parameters["b1"].shape == (len(parameters["W1"]), 1)
    A2 = parameters["W1"] @ X
    return A2, {"X": X, "Z1": A2, "A0": X}

def backward_propagation(parameters, cache, X, Y):
    n = len(parameters) // 2
    Ws = [parameters["W" + str(i)].T for i in range(1, n + 1)]
    bs = [parameters["b" + str(i)].T for i in range(1, n + 1)]
    assert cache["Z1"].shape[1] == X.shape[1]
    checked(Ws, bs, X.T, Y.T)
    loss, dWs, dbs, *_ = backprop(Ws, bs, X.T, Y.T)
    grads = {"dW" + str(i): g.T for i, g in enumerate(dWs, 1)}
    grads.update({"db" + str(i): g[:, None] for i, g in enumerate(dbs, 1)})
    return grads
"""


@style
def forward_and_backward(n):
    space = {"backprop": backprop, "checked": checked, "__name__": "homework"}
    exec(CACHE, space)
    return space["backward_propagation"]


@style
def sums(n):
    return written(
        f"f(X, y, {named(n, 'W', 'b')})",
        [
            *lists(n),
            "T = hot(y, Ws[-1].shape[1])",
            "checked(Ws, bs, X, T)",
            "loss, dWs, dbs, deltas, P = backprop(Ws, bs, X, T, 'sum')",
            "return (loss, *(g for p in zip(dWs, dbs) for g in p))",
        ],
    )
