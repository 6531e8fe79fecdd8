"""Calls that people write themselves, functions that cannot be called, and what is said of it."""

import re

import numpy as np
import pytest

import clearprop as cp
from calling_cases import assert_right, case, parts
from calling_styles import STYLES, backprop
from clearprop.doctor.calling.caller import find_caller
from clearprop.doctor.calling.template import Template
from clearprop.errors import DoctorError

# --- calls that people write ----------------------------------------------------------------


def nameless(a, q, r, s, t, u):
    """Columns; one-hot; its names say nothing."""
    assert s.shape == (3, 1)
    loss, dWs, dbs, *_ = backprop([r.T, t.T], [s[:, 0], u[:, 0]], a.T, q.T)
    return loss, [g.T for g in dWs], dbs


def of_a_dict(weights, *, batch):
    W = weights["layers"]
    loss, dWs, dbs, *_ = parts(*batch, W[0], weights["b"][0], W[1], weights["b"][1])
    return loss, dWs, dbs


CALLS = [
    (nameless, "f(X.T, one_hot(y).T, W1.T, b1[:, None], W2.T, b2[:, None])"),
    (nameless, "f(X, y, W1, b1, W2, b2)"),  # what is not said is found
    (nameless, "nameless(X.T, y, W1.T, b1.reshape(-1, 1), W2.T, b2[:, None])"),
    (of_a_dict, "f({'layers': [W1, W2], 'b': [b1, b2]}, batch=(X, y))"),
    (parts, "f(X, y, W1, b1, W2, b2)"),
    (lambda *a: parts(*a[0], *a[1], *a[2]), "f((X, y), (W1, b1), (W2, b2))"),
    (lambda n, k, *a: parts(*a) if n == k == 6 else None, "f(n, 6, X, y, W1, b1, W2, b2)"),
    (lambda v, X, y: parts(X, y, *split(v)), "f(flat(W2, b1, W1, b2), X, y)"),
    (STYLES["forward_and_backward"](2),
     "A, cache = forward_propagation(X.T, params); f(params, cache, X.T, one_hot(y).T)"),
]  # fmt: skip


def split(v):
    return v[9:15].reshape(2, 3), v[6:9], v[:6].reshape(3, 2), v[15:]


@pytest.mark.parametrize(("fn", "call"), CALLS, ids=[call for _, call in CALLS])
def test_a_call_that_is_given_is_carried_out(fn, call):
    net, X, y = case([2, 3, 2], 6)
    if "params, cache" in call:
        call = call.replace("params", "{'W1': W1.T, 'b1': b1[:, None], 'W2': W2.T,"
                            " 'b2': b2[:, None]}")  # fmt: skip
    caller = find_caller(fn, net, X, y, call)
    assert_right(caller(net.parameters, X, y), net, X, y)
    assert all(note.key != "call" for note in caller.notes)  # the person knows


REFUSED = {
    "f(X, y, W1 + 1)": r"'W1 \+ 1' cannot stand in a call",
    "f(X, y": "is no call",
    "": "the call is empty",
    "X": "does not call the function",
    "g(X, y)": "does not call the function",
    "f(open('/etc/passwd'))": "there is no function 'open'",
    "f(X.__class__)": "cannot stand in a call",
    "f(X.tofile('x'))": ".tofile cannot stand in a call",
    "f(lambda: 0)": "cannot stand in a call",
    "f(X, y, W3)": "'W3' in the call .* means nothing here",
    "f([x for x in X])": "cannot stand in a call",
    "import os; f(X)": "cannot stand in a call",
    "f(*X)": "cannot stand in a call",
    "f(**params)": "cannot stand in a call",
    "f(X[y])": "cannot stand in a call",
}


@pytest.mark.parametrize("call", REFUSED)
def test_a_call_that_is_none_is_refused(call):
    net, X, y = case([2, 3, 2], 6)
    with pytest.raises(DoctorError, match=REFUSED[call]):
        find_caller(parts, net, X, y, call)


def test_a_call_may_hand_over_what_it_got():
    doubled = Template("a, b = f(X); f([b, -1, None, True], key={'k': a[0], 1: a[-1]}, z=X[:, 0])")
    words = {"X": np.arange(6.0).reshape(2, 3)}
    seen = []

    def f(*given, **named):
        seen.append((given, named))
        return np.array([5, 7]), "b"

    doubled.run(f, words)
    (given,), named = seen[1]
    assert given == ["b", -1, None, True]
    assert named["key"] == {"k": 5, 1: 7}
    assert named["z"].tolist() == [0, 3]


# --- what cannot be called ------------------------------------------------------------------


def gives(value):
    return lambda X, y, W1, b1, W2, b2: value


def slip(X, y, W1, b1, W2, b2):
    return X @ W3  # noqa: F821


def shapes_never_fit(X, y, W1, b1, W2, b2):
    return X @ np.ones((99, 3))


def leaves_for_good(X, y, W1, b1, W2, b2):
    raise SystemExit(3)


class Weightless:
    def __init__(self, sizes):
        self.colour = "blue"

    def loss(self, X, y):
        return 0.0


REFUSALS = [
    (gives(None), "it returns None .is a return missing"),
    (gives(0.5), "it returns a number, 0.5; expected are dW1 .2, 3., db1 .3,."),
    (gives((0.5, np.zeros((7, 7)))), r"it returns a tuple with \[0\].*\[1\] of shape .7, 7."),
    (gives({"a": "text"}), "it returns {'a': 'text'}"),
    (slip, r"line \d+, in slip\n    return X @ W3.*\nNameError: name 'W3' is not defined"),
    (shapes_never_fit, r"ValueError: matmul.*\n.called as f.X, y, W1, b1, W2, b2.; if it is meant"),
    (leaves_for_good, r"raise SystemExit.3.\nit ends the program"),
    (lambda one, two, three, four, five: None, "say how it is called with call='...'"),
    (Weightless, "no object could be made of the class Weightless"),
    (Weightless([1]), "no attributes that could be the network's weights.*colour"),
    (3, "a function is expected"),
]  # fmt: skip


@pytest.mark.parametrize(("fn", "message"), REFUSALS, ids=[m for _, m in REFUSALS])
def test_what_cannot_be_called_is_said_with_the_reason(fn, message):
    net, X, y = case([2, 3, 2], 6)
    with pytest.raises(DoctorError, match=re.compile(message, re.DOTALL)):
        find_caller(fn, net, X, y)


def test_data_that_do_not_fit_the_network_are_refused():
    net, X, y = case([2, 3, 2], 6)
    with pytest.raises(cp.ClearPropError, match="2 column"):
        find_caller(parts, net, X[:, :1], y)
    with pytest.raises(DoctorError, match="no rows"):
        find_caller(parts, net, X[:0], y[:0])


def test_an_error_in_a_later_call_says_where():
    def picky(X, y, W1, b1, W2, b2):
        if len(X) < 6:
            raise ValueError("too few")
        return parts(X, y, W1, b1, W2, b2)[:3]

    net, X, y = case([2, 3, 2], 6)
    caller = find_caller(picky, net, X, y)
    with pytest.raises(DoctorError, match=r"in picky.*raise ValueError.*too few"):
        caller(net.parameters, X[:3], y[:3])


# --- words ----------------------------------------------------------------------------------


def test_what_was_matched_is_said_in_both_languages():
    net, X, y = case([2, 3, 2], 6)
    notes = find_caller(STYLES["columns"](2), net, X, y).notes
    assert [note.text() for note in notes] == [
        "it is called as f(X, y, W1, b1, W2, b2)",
        "X goes in with a column for each sample",
        "y goes in as one-hot columns",
        "W1, W2 go in as (n_out, n_in)",
        "b1, b2 go in as (n_out, 1)",
        "the results were taken, in this order, for loss, dW1, db1, dW2, db2",
        "its loss is the mean of the samples' losses",
    ]
    for note in notes:
        assert re.search("[\u4e00-\u9fff]", note.text("zh"))
        assert note.to_json()["key"] == note.key
    with pytest.raises(DoctorError, match="language is one of en, zh"):
        notes[0].text("fr")
