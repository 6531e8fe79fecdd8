"""How functions are called, however they were written: styles, layouts, results, refusals."""

import inspect
import re
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop as cp
from calling_cases import assert_right, case, parts
from calling_styles import STYLES, backprop
from clearprop.doctor.calling.caller import find_caller
from clearprop.doctor.calling.leaves import leaves, put
from homework_reading import homework, mend

SUMMED = ("sums", "one_sample", "a_class_one_sample")
PARTIAL = {"weights_only": "W"}


def in_style(name, sizes):
    make = STYLES[name]
    more = {"sizes": sizes} if "sizes" in inspect.signature(make).parameters else {}
    return make(len(sizes) - 1, **more)


def check_style(name, sizes, rows, seed):
    net, X, y = case(sizes, rows, seed)
    caller = find_caller(in_style(name, sizes), net, X, y)
    reduction = "sum" if name in SUMMED else "mean"
    kinds = PARTIAL.get(name, "Wb")
    assert_right(caller(net.parameters, X, y), net, X, y, reduction, kinds)
    other, X, y = case(sizes, rows + 2, seed + 1)  # other parameters, other rows, the same way
    assert_right(caller(other.parameters, X, y), other, X, y, reduction, kinds)


# --- styles ---------------------------------------------------------------------------------


def test_there_are_many_styles():
    assert len(STYLES) >= 40


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("sizes", [(2, 3, 2), (3, 4, 2, 3)], ids=str)
def test_right_gradients_come_out_right_in_every_style(name, sizes):
    check_style(name, list(sizes), 7, 0)


@pytest.mark.parametrize("name", STYLES)
def test_square_layers_and_as_many_rows_are_told_apart(name):
    """Where every axis is of equal length, shapes say nothing."""
    check_style(name, [3, 3, 3], 3, 1)


@given(
    name=st.sampled_from(sorted(STYLES)),
    hidden=st.lists(st.integers(2, 5), max_size=3),
    ends=st.tuples(st.integers(2, 5), st.integers(2, 5)),
    rows=st.integers(2, 8),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_right_gradients_of_random_networks_in_random_styles(name, hidden, ends, rows, seed):
    check_style(name, [ends[0], *hidden, ends[1]], rows, seed)


@pytest.mark.parametrize("mended", [False, True], ids=["slips", "mended"])
@pytest.mark.parametrize("work", homework(), ids=lambda work: work.file)
def test_homework_is_called_and_read_as_its_author_says(work, mended, tmp_path):
    text = work.path.read_text("utf-8")
    file = tmp_path / work.file
    file.write_text(mend(text)[0] if mended else text, "utf-8")
    module = types.ModuleType(work.path.stem)
    exec(compile(file.read_text("utf-8"), str(file), "exec"), module.__dict__)
    made = re.search(r"= (\w+)\(", work.before) or re.match(r"(\w+)\(", work.call)
    X, y, parameters = work.data()
    loss, expected = work.load(mended=mended)(X.copy(), y.copy(), dict(parameters))
    X, y, parameters = work.data()
    net = work.net(parameters)
    penalty = work.network["l2"] or None
    caller = find_caller(getattr(module, made[1]), net, X, y, l2=penalty)
    answer = caller(net.parameters, X, y)
    if loss is not None:
        assert answer.loss == pytest.approx(float(loss), rel=1e-9)
    assert set(answer.gradients) == set(expected)
    for name, array in expected.items():
        np.testing.assert_allclose(answer.gradients[name], array, rtol=1e-7, atol=1e-12)


# --- other losses ---------------------------------------------------------------------------


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def squares(X, y, W1, b1, W2, b2):
    h = sigmoid(X @ W1 + b1)
    d = 2 * (h @ W2 + b2 - y) / len(X)
    e = d @ W2.T * h * (1 - h)
    return np.mean((h @ W2 + b2 - y) ** 2), X.T @ e, e.sum(0), h.T @ d, d.sum()


def squares_of_a_row_of_targets(X, y, W1, b1, W2, b2):
    assert y.ndim == 1
    return squares(X, y[:, None], W1, b1, W2, b2)


def logistic_columns(X, Y, W1, b1, W2, b2):
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    cost = -(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)).sum() / X.shape[1]
    d2 = (A2 - Y) / X.shape[1]
    d1 = W2.T @ d2 * (1 - A1**2)
    return {"db1": d1.sum(1, keepdims=True), "dW1": d1 @ X.T, "cost": cost,
            "dW2": d2 @ A1.T, "db2": d2.sum(1, keepdims=True)}  # fmt: skip


OTHERS = [
    (squares, "squared_error", "sigmoid", 2.0),
    (squares_of_a_row_of_targets, "squared_error", "sigmoid", 2.0),
    (logistic_columns, "logistic", "tanh", 1.0),
]


@pytest.mark.parametrize(
    ("fn", "loss", "gate", "factor"),
    OTHERS,
    ids=lambda given: getattr(given, "__name__", str(given)),
)
def test_losses_of_one_output(fn, loss, gate, factor):
    draw = np.random.RandomState(3)
    net = cp.Network([3, 4, 1], gate, loss, seed=3)
    X, y = draw.randn(9, 3), draw.randint(0, 2, (9, 1)).astype(float)
    answer = find_caller(fn, net, X, y)(net.parameters, X, y)
    for name, expected in net.gradients(X, y).items():
        np.testing.assert_allclose(answer.gradients[name], factor * expected)
    assert answer.loss == pytest.approx(factor * net.loss(X, y))


def test_biases_that_a_layer_shares():
    def shared(X, y, W1, b1, W2, b2):
        h = sigmoid(X @ W1 + b1)
        d = h @ W2 + b2 - y
        e = d @ W2.T * h * (1 - h)
        return 0.5 * np.sum(d**2), X.T @ e, e.sum(), h.T @ d, d.sum()

    net = cp.Network([2, 3, 2], "sigmoid", "squared_error", shared_bias=True, seed=1)
    X, y = np.random.RandomState(0).randn(2, 5, 2)
    answer = find_caller(shared, net, X, y)(net.parameters, X, y)
    assert_right(answer, net, X, y, "sum")


# --- what comes back ------------------------------------------------------------------------


def not_summed(X, y, W1, b1, W2, b2):
    _, (dW1, dW2), _, (d1, d2), _ = parts(X, y, W1, b1, W2, b2)
    return dW1, d1, dW2, d2


def test_a_bias_gradient_that_is_not_summed_is_kept_as_it_came():
    net, X, y = case([2, 3, 2], 6)
    caller = find_caller(not_summed, net, X, y)
    answer = caller(net.parameters, X, y)
    assert answer.misfits == ("b1", "b2")
    assert answer.gradients["b1"].shape == (6, 3)
    np.testing.assert_allclose(answer.gradients["b1"].sum(0), net.gradients(X, y)["b1"])
    said = [note.text() for note in caller.notes]
    assert "the gradient of b2 came with the shape (6, 2); b2 has (2,)" in said


def test_transposed_gradients_are_turned_and_said_square_ones_with_them():
    def transposed(X, y, W1, b1, W2, b2):
        _, dWs, dbs, *_ = parts(X, y, W1, b1, W2, b2)
        return 7.0, dWs[0].T, dbs[0], dWs[1].T, dbs[1]

    net, X, y = case([2, 3, 3], 6)
    caller = find_caller(transposed, net, X, y)
    answer = caller(net.parameters, X, y)
    expected = net.gradients(X, y)
    assert all(np.allclose(answer.gradients[name], expected[name]) for name in expected)
    (note,) = [note for note in caller.notes if note.key == "turned"]
    assert note.facts["names"] == "W1, W2"
    (note,) = [note for note in caller.notes if note.key == "loss unknown"]
    assert note.facts["value"] == "7"


def test_steps_of_the_network_that_come_back_under_names():
    def generous(X, y, W1, b1, W2, b2):
        loss, dWs, dbs, (d1, d2), P = parts(X, y, W1, b1, W2, b2)
        return {"loss": loss, "dW1": dWs[0], "db1": dbs[0], "dW2": dWs[1], "db2": dbs[1],
                "dz1": d1, "delta_output": d2, "da1": d2 @ W2.T, "probs": P}  # fmt: skip

    net, X, y = case([2, 3, 2], 6)
    answer = find_caller(generous, net, X, y)(net.parameters, X, y)
    assert {name: array.shape for name, array in answer.others.items()} == {
        "delta1": (6, 3), "delta2": (6, 2), "dA1": (6, 3), "P": (6, 2),
    }  # fmt: skip
    np.testing.assert_allclose(answer.others["P"], net.predict_proba(X))
    assert_right(answer, net, X, y)


def test_parameters_that_are_handed_back_are_no_gradients():
    def with_parameters(W1, b1, W2, b2, X, y):
        return (W1, b1, W2, b2), [g * g for g in (W1, b1, W2, b2)]  # wrong, and fits in shape

    net, X, y = case([2, 3, 2], 6)
    answer = find_caller(with_parameters, net, X, y)(net.parameters, X, y)
    for name, array in net.parameters.items():
        np.testing.assert_array_equal(answer.gradients[name], array**2)


def test_the_return_statement_names_what_numbers_and_shapes_do_not():
    def wrong(X, y, W1, b1, W2, b2):
        dW1, db1, dW2, db2 = W1**2, b1**2, W2**2, b2**2
        return dW2, db2 / len(X), dW1.T, db1

    net, X, y = case([3, 3, 3], 7)
    answer = find_caller(wrong, net, X, y)(net.parameters, X, y)
    np.testing.assert_array_equal(answer.gradients["W2"], net.parameters["W2"] ** 2)
    np.testing.assert_array_equal(answer.gradients["b2"], net.parameters["b2"] ** 2 / 7)
    np.testing.assert_array_equal(answer.gradients["W1"], net.parameters["W1"].T ** 2)


def test_axes_of_equal_length_by_chance_do_not_deceive():
    """As many samples as inputs and outputs, no loss, all gradients wrong: columns or rows?"""

    def wrong(X, T, W1, b1, W2, b2):
        A = np.tanh(W1 @ X + b1[:, None])
        d = W2 @ A + b2[:, None] - T
        return (W2.T @ d) @ X.T, (W2.T @ d).sum(1), d @ A.T + 1, d.sum(1) ** 2

    net, X, y = case([3, 4, 3], 3)
    caller = find_caller(wrong, net, X, y)
    assert caller.way.layout.x == "columns"
    assert find_caller(wrong, net, *case([3, 4, 3], 5)[1:]).way.layout == caller.way.layout


def test_gradients_in_float32_stay_float32():
    def single(X, y, W1, b1, W2, b2):
        _, dWs, dbs, *_ = parts(X, y, W1, b1, W2, b2)
        return [g.astype(np.float32) for g in (dWs[0], dbs[0], dWs[1], dbs[1])]

    net, X, y = case([2, 3, 2], 6)
    answer = find_caller(single, net, X, y)(net.parameters, X, y)
    assert {array.dtype for array in answer.gradients.values()} == {np.dtype("float32")}


def test_nan_is_read_like_any_number():
    def broken(X, y, W1, b1, W2, b2):
        _, dWs, dbs, *_ = parts(X, y, W1, b1, W2, b2)
        return dWs[0] * np.nan, dbs[0], dWs[1], dbs[1]

    net, X, y = case([2, 3, 2], 6)
    answer = find_caller(broken, net, X, y)(net.parameters, X, y)
    assert np.isnan(answer.gradients["W1"]).all()
    assert np.isfinite(answer.gradients["W2"]).all()


def test_the_penalty_goes_to_whoever_takes_one():
    def penalised(X, y, W1, b1, W2, b2, reg=0.0):
        loss, dWs, dbs, *_ = backprop([W1, W2], [b1, b2], X, np.eye(2)[y], l2=reg)
        return loss, dWs, dbs

    net, X, y = case([2, 3, 2], 6)
    for l2, expected in ((None, 0.0), (0.3, 0.3)):
        answer = find_caller(penalised, net, X, y, l2=l2)(net.parameters, X, y)
        np.testing.assert_allclose(answer.gradients["W1"], net.gradients(X, y, l2=expected)["W1"])


def test_ways_to_arrays_lead_there_and_back():
    thing = types.SimpleNamespace(layers=[{"W": np.eye(2)}, (np.ones(3), 4.0)], name="x")
    found = {leaf.path: leaf.array.shape for leaf in leaves(thing)}
    assert found == {
        (".layers", 0, "W"): (2, 2), (".layers", 1, 0): (3,), (".layers", 1, 1): (),
    }  # fmt: skip
    put(thing, (".layers", 1, 0), np.zeros(5))
    assert thing.layers[1][0].shape == (5,)
    thing.itself = thing
    assert len(leaves(thing)) == 3


# --- what a function keeps, and what it changes ---------------------------------------------


def keeper():
    kept = {"dW1": 0.0, "dW2": 0.0}
    calls = []

    def add_up(X, y, W1, b1, W2, b2, seen=calls):
        loss, dWs, dbs, *_ = parts(X, y, W1, b1, W2, b2)
        seen.append(loss)
        kept["dW1"] = kept["dW1"] + dWs[0]
        kept["dW2"] = kept["dW2"] + dWs[1]
        return kept["dW1"], dbs[0], kept["dW2"], dbs[1]

    return add_up, calls


def test_finding_a_way_leaves_no_trace_in_what_a_function_keeps():
    net, X, y = case([2, 3, 2], 6)
    fn, calls = keeper()
    caller = find_caller(fn, net, X, y)
    assert calls == []
    first, second = (caller(net.parameters, X, y) for _ in range(2))
    assert_right(first, net, X, y)
    np.testing.assert_allclose(second.gradients["W1"], 2 * net.gradients(X, y)["W1"])
    caller.reset()
    assert_right(caller(net.parameters, X, y), net, X, y)


def test_a_way_that_fails_leaves_nothing_behind_for_the_next():
    shapes = []

    def same_shape_always(X, Y, W1, b1, W2, b2):
        shapes.append(X.shape)
        assert len(set(shapes)) == 1
        return STYLES["columns"](2)(X, Y, W1, b1, W2, b2)

    net, X, y = case([2, 3, 2], 6)
    caller = find_caller(same_shape_always, net, X, y)
    assert_right(caller(net.parameters, X, y), net, X, y)
    assert shapes == [(2, 6)]


def test_arguments_that_are_changed_in_place_are_seen():
    def careless(X, Y, W1, b1, W2, b2):
        loss, dWs, dbs, *_ = backprop([W1.T, W2.T], [b1[:, 0], b2[:, 0]], X.T, Y.T)
        W1 -= 0.5 * dWs[0].T
        Y -= 1
        return loss, [g.T for g in dWs], dbs

    net, X, y = case([2, 3, 2], 6)
    caller = find_caller(careless, net, X, y)
    assert_right(caller(net.parameters, X, y), net, X, y)
    assert set(caller.changed()) == {"W1", "y"}
    after = dict(caller.arguments(net.parameters, X, y))
    moved = net.parameters["W1"] - 0.5 * net.gradients(X, y)["W1"]
    np.testing.assert_allclose(after["W1"], moved)
    np.testing.assert_array_equal(after["X"], X)
    np.testing.assert_array_equal(after["b1"], net.parameters["b1"])
    np.testing.assert_array_equal(after["y"], np.eye(2)[y] - 1)


def test_nothing_is_changed_by_whoever_changes_nothing():
    net, X, y = case([2, 3, 2], 6)
    caller = find_caller(parts, net, X, y, "f(X, y, W1, b1, W2, b2)")
    caller(net.parameters, X, y)
    assert caller.changed() == ()


def test_raw_holds_the_very_arrays():
    out = np.zeros((2, 3))

    def same_array(X, y, W1, b1, W2, b2):
        _, dWs, dbs, *_ = parts(X, y, W1, b1, W2, b2)
        out[...] = dWs[0]
        return {"dW1": out, "db1": dbs[0], "dW2": dWs[1], "db2": dbs[1]}

    net, X, y = case([2, 3, 2], 6)
    answer = find_caller(same_array, net, X, y)(net.parameters, X, y)
    assert answer.raw["['dW1']"] is out


def test_a_caller_is_its_own_caller():
    net, X, y = case([2, 3, 2], 6)
    caller = find_caller(parts, net, X, y, "f(X, y, W1, b1, W2, b2)")
    assert find_caller(caller, net, X, y) is caller


def test_a_function_that_prints_and_warns_is_not_heard_while_ways_are_tried(capsys, recwarn):
    import warnings

    def noisy(X, Y, W1, b1, W2, b2):
        print("hello")  # noqa: T201
        warnings.warn("watch out", stacklevel=2)
        return backprop([W1, W2], [b1, b2], X, Y)[:3]

    net, X, y = case([2, 3, 2], 6)
    find_caller(noisy, net, X, y)
    assert capsys.readouterr().out == ""
    assert not recwarn.list
