"""Functions that people hand in which fit no textbook: no false "right", no made-up mistake."""

import numpy as np
import pytest

import clearprop as cp

RNG = np.random.default_rng(11)
X, Y = RNG.normal(size=(9, 3)), RNG.integers(0, 2, 9)


def backward(X, y, W1, b1, W2, b2):
    """Return what is right where each neuron has a bias of its own."""
    a1 = np.tanh(X @ W1 + b1)
    p = np.exp(a1 @ W2 + b2)
    p /= p.sum(axis=1, keepdims=True)
    d2 = (p - np.eye(2)[y]) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return X.T @ d1, d1.sum(axis=0), a1.T @ d2, d2.sum(axis=0)


def named(X, y, W1, b1, W2, b2):
    return dict(zip(["W1", "b1", "W2", "b2"], backward(X, y, W1, b1, W2, b2), strict=True))


@pytest.mark.parametrize("function", [backward, named])
def test_a_bias_for_each_neuron_is_no_shared_bias(function):
    net = cp.Network([3, 4, 2], shared_bias=True, seed=3)
    report = cp.check_gradients(function, net, X, Y)
    assert report.mistakes == ("shared_bias_apart",)
    assert report.reduction == "mean"
    said = report.text()
    assert "it has the shape (4,), b1 has ()" in said.replace("db1", "b1")
    assert "it should be  db1 = sum(delta1)\n" in said
    assert type(report).from_json(report.to_json()).text() == said


def test_a_shared_bias_is_right_where_all_is_summed():
    def shared(X, y, W1, b1, W2, b2):
        dW1, db1, dW2, db2 = backward(X, y, W1, b1, W2, b2)
        return dW1, db1.sum(), dW2, db2.sum()

    assert cp.check_gradients(shared, cp.Network([3, 4, 2], shared_bias=True, seed=3), X, Y).right


def zeros(X, y, *parameters):
    return [0 * array for array in parameters]


def whole_numbers(X, y, W1, b1, W2, b2):
    return [array.astype(int) for array in backward(X, y, W1, b1, W2, b2)]


def never_filled(X, y, W1, b1, W2, b2):
    return np.zeros_like(W1), *backward(X, y, W1, b1, W2, b2)[1:]


@pytest.mark.parametrize(
    ("function", "arrays"),
    [
        (zeros, ("dW2", "db2", "dW1", "db1")),
        (whole_numbers, ("dW2", "db2", "dW1", "db1")),
        (never_filled, ("dW1",)),
    ],
)
def test_zeros_are_no_gradient(function, arrays):
    report = cp.check_gradients(function, cp.Network([3, 4, 2], seed=3), X, Y)
    assert report.mistakes == ("no_gradient",), report
    assert report.explanations[0].explains == arrays


def generated(X, y, W1, b1, W2, b2):
    yield from backward(X, y, W1, b1, W2, b2)


def any_number(X, y, *parameters):
    return backward(X, y, *parameters)


def flat(theta, X, y):
    sizes = np.cumsum([12, 4, 8])
    W1, b1, W2, b2 = np.split(theta, sizes)
    parts = backward(X, y, W1.reshape(3, 4), b1, W2.reshape(4, 2), b2)
    return np.concatenate([part.ravel() for part in parts])


@pytest.mark.parametrize("function", [generated, any_number, flat])
def test_ways_to_write_a_right_one(function):
    report = cp.check_gradients(function, cp.Network([3, 4, 2], seed=3), X, Y)
    assert report.right
    assert report.text().endswith("All of it is right.\n")


def test_what_was_not_given_is_not_called_right():
    def only_weights(X, y, W1, b1, W2, b2):
        return {"dW1": backward(X, y, W1, b1, W2, b2)[0]}

    report = cp.check_gradients(only_weights, cp.Network([3, 4, 2], seed=3), X, Y)
    assert report.right
    assert report.text().endswith("All that was given is right.\n")


def test_one_row_is_one_row():
    report = cp.check_gradients(backward, cp.Network([3, 4, 2], seed=3), X[:1], Y[:1])
    assert report.text().startswith("3-4-2 network, tanh, softmax cross entropy, 1 row\n")
