"""Whatever does not fit a network is refused with words that say what would."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import ClearPropError, NetworkError, TableError

X, Y = np.zeros((4, 2)), np.array([0, 1, 0, 1])
NET = cp.Network([2, 3, 2])
VALUES = cp.Network([2, 3], loss="squared_error")
SINGLE = cp.Network([2, 3, 2], dtype="float32")
BINARY = cp.Network([2, 1], loss="logistic")

BUILDING = {
    "no layers": ([], {}, ["such as [2, 3, 2]", "given []"]),
    "one layer": ([2], {}, ["inputs, hidden layers and outputs"]),
    "a number": (3, {}, ["list of whole numbers", "not 3"]),
    "a text": ("2-3-2", {}, ["whole number"]),
    "no neurons": ([2, 0, 2], {}, ["at least 1, not 0"]),
    "a fraction": ([2, 2.5, 2], {}, ["whole number of neurons", "2.5"]),
    "truth for a number": ([2, True, 2], {}, ["not True"]),
    "not a number": ([2, float("nan")], {}, ["list of whole numbers"]),
    "too many layers": ([2] * 1001, {}, ["at most 1,000 layers", "given 1,001"]),
    "too many parameters": ([10**10, 10**10], {}, ["parameters; at most 2,147,483,648"]),
    "shared_bias": ([2, 2], {"shared_bias": "no"}, ["shared_bias is True or False", "'no'"]),
    "no precision": ([2, 2], {"dtype": None}, ['"float64" or "float32"', "None"]),
    "one class": ([2, 1], {}, ["at least 2 outputs", "loss='logistic'"]),
    "unknown activation": ([2, 3, 2], {"activation": "tahn"}, ["'tahn'", "Did you mean 'tanh'?"]),
    "a gate of two inputs": ([2, 3, 2], {"activation": "add"}, ["add is not an activation"]),
    "too many activations": (
        [2, 3, 2],
        {"activation": ["tanh", "relu"]},
        ["1 hidden layer(s), but 2 activation(s)"],
    ),
    "no activation": ([2, 3, 2], {"activation": None}, ["activation is a gate's name", "None"]),
    "an activation's number": ([2, 3, 2], {"activation": [3]}, ["named by a text, not by 3"]),
    "unknown parameter": (
        [2, 3, 2],
        {"activation": "relu(alpha=1)"},
        ["relu has no parameter 'alpha'"],
    ),
    "output activation": ([2, 2], {"output_activation": "max"}, ["max is not an activation"]),
    "unknown loss": ([2, 2], {"loss": "hing"}, ["Did you mean 'hinge'?"]),
    "unknown initializer": ([2, 2], {"initializer": "xavier"}, ["'xavier'", "glorot, he"]),
    "a negative seed": ([2, 2], {"seed": -1}, ["seed", "2**32 - 1", "-1"]),
    "a text for a seed": ([2, 2], {"seed": "0"}, ["seed", "'0'"]),
    "half precision": ([2, 2], {"dtype": "float16"}, ['"float64" or "float32"', "float16"]),
    "unknown precision": ([2, 2], {"dtype": "double double"}, ['"float64" or "float32"']),
}


@pytest.mark.parametrize("what", BUILDING)
def test_networks_that_cannot_be_built(what):
    layers, how, words = BUILDING[what]
    with pytest.raises(ClearPropError) as caught:
        cp.Network(layers, **how)
    assert type(caught.value) in (NetworkError, TableError)
    for word in words:
        assert word in str(caught.value)


USING = {
    "a row alone": (lambda: NET.predict([1.0, 2.0]), ["2 column(s)", "(2,)", "X[None, :]"]),
    "columns for rows": (lambda: NET.predict(np.zeros((2, 5))), ["(2, 5)", "perhaps X.T is meant"]),
    "too many columns": (lambda: NET.predict(np.zeros((3, 5))), ["2 column(s)", "(3, 5)"]),
    "words": (lambda: NET.predict([["a", "b"]]), ["X should be an array of numbers", "'a'"]),
    "ragged": (lambda: NET.predict([[1], [1, 2]]), ["X should be an array of numbers"]),
    "complex": (lambda: NET.predict(X + 1j), ["X should be an array of numbers"]),
    "nothing": (lambda: NET.predict(None), ["2 column(s)"]),
    "no rows": (lambda: NET.loss(X[:0], Y[:0]), ["X has no rows"]),
    "too few classes": (lambda: NET.loss(X, Y[:3]), ["each of the 4 samples", "(3,)"]),
    "a class too many": (lambda: NET.loss(X, Y + 1), ["from 0 to 1", "2 outputs", "y[1] is 2"]),
    "a negative class": (lambda: NET.loss(X, Y - 1), ["y[0] is -1"]),
    "half a class": (lambda: NET.loss(X, [0, 0.5, 1, 1]), ["y[1] is 0.5"]),
    "NaN for a class": (lambda: NET.loss(X, [0, 1, np.nan, 1]), ["y[2] is nan"]),
    "words for classes": (lambda: NET.loss(X, list("abab")), ["y should be an array of numbers"]),
    "a column": (lambda: NET.loss(X, Y[:, None]), ["(4, 1)", "y[:, 0]"]),
    "one-hot": (lambda: NET.loss(X, np.eye(2)[Y]), ["(4, 2)", "y.argmax(axis=1)"]),
    "targets' shape": (
        lambda: VALUES.loss(X, np.zeros((4, 2))),
        ["squared_error", "(4, 3)", "(4, 2)"],
    ),
    "not binary": (lambda: BINARY.loss(X, [0, 1, 2, 1]), ["targets 0 and 1", "contains 2"]),
    "-1 and 1": (lambda: BINARY.gradients(X, [-1, 1, -1, 1]), ["0 and 1", "-1"]),
    "reduction": (lambda: NET.loss(X, Y, reduction="max"), ['"mean" or "sum"', "'max'"]),
    "a negative l2": (lambda: NET.loss(X, Y, l2=-0.1), ["l2 is a number from 0 up", "-0.1"]),
    "NaN for l2": (lambda: NET.gradients(X, Y, l2=np.nan), ["l2 is a number from 0 up"]),
    "a text for l2": (lambda: NET.forward(X, Y, l2="small"), ["l2 is a number", "'small'"]),
    "weights' shape": (
        lambda: NET.loss(X, Y, sample_weight=[1, 2]),
        ["sample_weight", "4 samples", "(2,)"],
    ),
    "negative weights": (
        lambda: NET.loss(X, Y, sample_weight=[1, 1, 1, -1]),
        ["finite, not negative, and not all 0"],
    ),
    "no weight at all": (lambda: NET.loss(X, Y, sample_weight=[0] * 4), ["not all 0"]),
    "infinite weight": (lambda: NET.loss(X, Y, sample_weight=[1, 1, 1, np.inf]), ["finite"]),
    "unknown parameter": (
        lambda: NET.with_parameters(W3=1),
        ["no parameter 'W3'", "W1, b1, W2, b2"],
    ),
    "a parameter's shape": (
        lambda: NET.with_parameters(W1=np.zeros((3, 2))),
        ["W1 has the shape (2, 3)", "(3, 2)"],
    ),
    "a parameter's text": (lambda: NET.with_parameters(b1="zero"), ["b1", "'zero'"]),
    "a ragged parameter": (
        lambda: NET.with_parameters(W1=[[1], [1, 2]]),
        ["W1 should be an array of numbers"],
    ),
    "a complex parameter": (lambda: NET.with_parameters(b1=[1j] * 3), ["b1 should be an array"]),
    "parameters by no name": (lambda: NET.with_parameters([1, 2]), ["by name", "[1, 2]"]),
    "a vector of text": (
        lambda: cp.Network.of(NET.architecture, ["a"] * 17),
        ["vector of parameters should be an array of numbers", "'a'"],
    ),
    "text as numbers": (lambda: NET.predict([["1", "2"]]), ["text", "X.astype(float)"]),
    "text among objects": (lambda: NET.predict(np.array([["1", 2.0]], object)), ["as text"]),
    "times": (lambda: NET.predict(X.astype("datetime64[s]")), ["times", "numbers"]),
    "spans": (lambda: NET.predict(X.astype("timedelta64[s]")), ["times", "numbers"]),
    "masked cells": (
        lambda: NET.predict(np.ma.masked_array(X, X == 0)),
        ["X is a masked array", ".filled(value)"],
    ),
    "masked targets": (lambda: NET.loss(X, np.ma.masked_array(Y, Y == 1)), ["y is a masked"]),
    "too large for float32": (
        lambda: SINGLE.predict([[0, 1], [2, 1e300]]),
        ["X[1, 1] is 1e+300", "too large for float32", "scale it"],
    ),
    "targets beyond float32": (
        lambda: cp.Network([2, 3], loss="huber", dtype="float32").loss(X, np.full((4, 3), -1e300)),
        ["y[0, 0] is -1e+300"],
    ),
    "an enormous whole number": (lambda: NET.predict([[1, 10**400]]), ["X should be an array"]),
    "no y": (lambda: NET.loss(X, None), ["y is missing", "class number"]),
    "names of classes": (
        lambda: NET.loss(X, np.array(["a", "b"])[Y]),
        ["np.unique(y, return_inverse=True)", "cp.prepare"],
    ),
    "weights beyond all": (
        lambda: NET.loss(X, Y, sample_weight=[1e308] * 4),
        ["sum of the sample weights", "divide all"],
    ),
    "weights beyond float32": (
        lambda: SINGLE.loss(X, Y, sample_weight=[1, 1e300, 1, 1]),
        ["sample_weight[1] is 1e+300"],
    ),
    "truth for l2": (lambda: NET.loss(X, Y, l2=True), ["l2 is a number from 0 up", "True"]),
    "an enormous l2": (lambda: NET.loss(X, Y, l2=10**400), ["l2 is a number from 0 up"]),
    "a list for a reduction": (lambda: NET.loss(X, Y, reduction=["sum"]), ['"mean" or "sum"']),
    "l2 without y": (lambda: NET.forward(X, l2=0.1), ["needs y"]),
    "reduction without y": (lambda: NET.forward(X, reduction="sum"), ["needs y"]),
    "weights without y": (lambda: NET.forward(X, sample_weight=[1] * 4), ["needs y"]),
    "a vector's length": (
        lambda: cp.Network.of(NET.architecture, np.zeros(5)),
        ["2-3-2 network has 17 parameters", "(5,)"],
    ),
    "no probabilities": (
        lambda: VALUES.predict_proba(X),
        ["squared_error", "net.scores(X)", "softmax_cross_entropy or logistic"],
    ),
}


@pytest.mark.parametrize("what", USING)
def test_arrays_that_do_not_fit(what):
    use, words = USING[what]
    with pytest.raises(NetworkError) as caught:
        use()
    for word in words:
        assert word in str(caught.value)


def test_what_may_look_wrong_and_is_right():
    as_lists = NET.loss(X.tolist(), Y.tolist())
    for classes in (Y.astype(bool), Y.astype(np.uint8), Y.astype(float)):
        assert NET.loss(X, classes) == as_lists
    assert BINARY.loss(X, Y) == BINARY.loss(X, Y[:, None])
    assert NET.predict(X[:0]).shape == (0,)
    assert cp.Network([2.0, np.int64(3), 2]).layers == (2, 3, 2)
    for dtype in (np.float32, np.dtype("float32")):
        assert cp.Network([2, 3, 2], dtype=dtype).dtype == np.float32
        assert cp.Network.of(NET.architecture, NET.vector, dtype).dtype == np.float32
    assert SINGLE.scores([[np.inf, 1.0]]).shape == (1, 2)  # infinity as such is no accident
    assert NET.loss(np.ma.masked_array(X), Y) == as_lists  # nothing is masked
    assert cp.Network([2] * 1000).n_parameters == 999 * 6
    renamed = NET.with_parameters({"b1": [1, 2, 3]}, b2=[4, 5])
    assert renamed.vector.tobytes() == NET.with_parameters(b1=[1, 2, 3], b2=[4, 5]).vector.tobytes()
