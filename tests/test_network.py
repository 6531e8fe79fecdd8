"""Networks: published numbers, objectives, predictions, initial weights, refusals."""

import copy
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import clearprop as cp
import peers
from clearprop import compiled
from clearprop.errors import NetworkError
from gradient_checks import check_gradients, error, peer_of, problem

X1 = np.array([[0.05, 0.10]])
OBJECTIVES = {
    "mean": {},
    "sum": {"reduction": "sum"},
    "l2": {"l2": 0.3},
    "sum with l2": {"reduction": "sum", "l2": 0.3},
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("how", OBJECTIVES)
@pytest.mark.parametrize("loss", cp.LOSSES)
def test_gradients_pass_every_check(loss, how, weighted):
    net, X, y = problem([3, 4, 3], "tanh", loss, output_activation="sigmoid", seed=2, rows=4)
    weight = [0.5, 2.0, 0.0, 1.25] if weighted else None
    check_gradients(net, X, y, sample_weight=weight, **OBJECTIVES[how])


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("activation", cp.activations())
def test_gradients_of_every_activation(activation, shared):
    net, X, y = problem([3, 4, 5, 2], activation, shared_bias=shared, seed=5, rows=4)
    check_gradients(net, X, y, peer=activation in peers.ACTIVATIONS)


def test_one_activation_for_each_layer():
    net, X, y = problem([2, 3, 4, 3], ["relu", "sigmoid"], "huber", seed=4)
    assert repr(net) == "Network(2-3-4-3, relu, sigmoid, huber(delta=1.0), 40 parameters)"
    check_gradients(net, X, y)


def test_sum_and_mean_differ_by_the_number_of_samples():
    net, X, y = problem([2, 3, 2], rows=9)
    assert net.loss(X, y, reduction="sum") == pytest.approx(9 * net.loss(X, y), rel=1e-15)
    sums, means = net.gradients(X, y, reduction="sum"), net.gradients(X, y)
    for name in sums:
        assert error(sums[name], 9 * means[name]) < 1e-14


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_l2_term_is_half_the_squared_weights_without_the_biases(reduction):
    net, X, y = problem([2, 3, 2])
    how = {"reduction": reduction}
    squares = sum((net.parameters[name] ** 2).sum() for name in ("W1", "W2"))
    extra = net.loss(X, y, l2=0.4, **how) - net.loss(X, y, **how)
    assert extra == pytest.approx(0.2 * squares, rel=1e-13)
    plain, penalised = net.gradients(X, y, **how), net.gradients(X, y, l2=0.4, **how)
    for name, array in net.parameters.items():
        extra = 0.4 * array if name[0] == "W" else np.zeros_like(array)
        np.testing.assert_allclose(penalised[name] - plain[name], extra, rtol=0, atol=1e-15)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_weight_repeats_a_row(reduction):
    net, X, y = problem([2, 3, 2], rows=4)
    counts = np.array([1, 3, 0, 2])
    repeated, targets = np.repeat(X, counts, axis=0), np.repeat(y, counts)
    how = {"reduction": reduction, "l2": 0.1}
    weighted = net.forward(X, y, sample_weight=counts, **how)
    assert weighted["loss"] == pytest.approx(net.loss(repeated, targets, **how), rel=1e-14)
    np.testing.assert_array_equal(weighted["losses"], net.forward(X, y)["losses"])
    a = net.gradients(X, y, sample_weight=counts, **how)
    b = net.gradients(repeated, targets, **how)
    for name in a:
        assert error(a[name], b[name]) < 1e-13


def test_forward_gives_every_value():
    net, X, y = problem([2, 3, 4, 2], "sigmoid", output_activation="tanh", rows=5)
    values = net.forward(X, y, l2=0.2)
    assert list(values) == ["Z1", "A1", "Z2", "A2", "Z3", "A3", "losses", "loss"]
    peer = peer_of(net, l2=0.2)
    z, a = peer.forward(X)
    for layer in (1, 2, 3):
        assert error(values[f"Z{layer}"], z[layer - 1]) < 1e-14
        assert error(values[f"A{layer}"], a[layer]) < 1e-14
    assert values["losses"].shape == (5,)
    assert values["loss"] == pytest.approx(peer.objective(X, y), rel=1e-14)
    assert list(net.forward(X)) == ["Z1", "A1", "Z2", "A2", "Z3", "A3"]
    plain = cp.Network([2, 3, 2])
    assert list(plain.forward(X)) == ["Z1", "A1", "Z2"]
    np.testing.assert_allclose(plain.scores(X), plain.forward(X)["Z2"], rtol=1e-13, atol=1e-15)


def test_asking_changes_nothing():
    net, X, y = problem([2, 3, 2])
    before = net.vector.copy(), X.copy(), y.copy()
    first = net.gradients(X, y, l2=0.1), net.forward(X, y)
    first[0]["W1"][:] = 7  # what was returned belongs to who asked
    again = net.gradients(X, y, l2=0.1), net.forward(X, y)
    assert again[0]["W1"][0, 0] != 7
    assert again[1]["loss"] == first[1]["loss"]
    for now, then in zip((net.vector, X, y), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_parameters_are_views_of_one_vector_that_cannot_be_written():
    net = cp.Network([2, 3, 2], shared_bias=True, seed=4)
    assert {n: a.shape for n, a in net.parameters.items()} == {
        "W1": (2, 3), "b1": (), "W2": (3, 2), "b2": (),
    }  # fmt: skip
    assert net.n_parameters == len(net.vector) == 14
    for array in net.parameters.values():
        assert np.shares_memory(array, net.vector)
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(ValueError, match="read-only"):
        net.vector[0] = 1
    with pytest.raises(TypeError):
        net.parameters["W1"] = 0


def test_with_parameters_returns_another_network():
    net = cp.Network([2, 3, 2])
    vector, mine = net.vector.copy(), np.ones((3, 2))
    other = net.with_parameters(W2=mine, b1=[1, 2, 3])
    mine[:] = 5
    np.testing.assert_array_equal(net.vector, vector)
    np.testing.assert_array_equal(other.parameters["W2"], np.ones((3, 2)))
    np.testing.assert_array_equal(other.parameters["b1"], [1, 2, 3])
    np.testing.assert_array_equal(other.parameters["W1"], net.parameters["W1"])
    np.testing.assert_array_equal(cp.Network.of(net.architecture, vector).vector, vector)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_networks_can_be_copied_and_sent(again, dtype):
    net = cp.Network([2, 3, 2], "leaky_relu(alpha=0.3)", "hinge(margin=2)", shared_bias=True,
                     seed=4, dtype=dtype)  # fmt: skip
    X, y = np.ones((3, 2)), np.array([0, 1, 0])
    loss, _ = net.loss(X, y), net.gradients(X, y)  # what is made on the way does not hinder
    other = again(net)
    assert repr(other) == repr(net)
    assert (other.dtype, other.vector.tobytes()) == (net.dtype, net.vector.tobytes())
    assert other.loss(X, y) == loss
    assert not other.vector.flags.writeable
    shape = again(net.architecture)
    assert (shape.layers, shape.shared_bias) == (net.layers, True)
    assert [*map(str, (*shape.gates, shape.loss))] == [
        "leaky_relu(alpha=0.3)", "identity", "hinge(margin=2.0)",
    ]  # fmt: skip


def test_a_gate_of_ones_own_can_be_copied_and_sent():
    gate = cp.Gate("expo", "exp(x)", ["y"], activation=True)
    net = cp.Network([2, 3, 2], gate)
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(other.scores(np.ones((1, 2))), net.scores(np.ones((1, 2))))


def test_what_an_architecture_hands_out_cannot_be_changed():
    net = cp.Network([2, 3, 2])
    shape, X, y = net.architecture, np.ones((3, 2)), np.array([0, 1, 0])
    net.gradients(X, y)
    for handed in (shape.circuit().parameters, shape.backward(), shape.places, shape.shapes):
        with pytest.raises((TypeError, AttributeError)):
            handed.clear()
        with pytest.raises(TypeError):
            handed["W1"] = None
    assert shape.shapes is shape.shapes  # made once: a layer that asks for them all is cheap
    assert set(net.gradients(X, y)) == {"W1", "b1", "W2", "b2"}


def test_threads_that_ask_at_once_get_one_circuit():
    """The second must not take the circuit of one thread and the parameters of another."""
    for _ in range(20):
        shape = cp.Network([2, 3, 2]).architecture
        start = threading.Barrier(4)

        def ask(_, shape=shape, start=start):
            start.wait()
            slopes = shape.backward()
            return shape.circuit(), slopes, shape.program(tuple(slopes.values()), "float64")

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            with ThreadPoolExecutor(4) as pool:
                found = list(pool.map(ask, range(4)))
        finally:
            sys.setswitchinterval(interval)
        for circuit, slopes, program in found:
            assert circuit is found[0][0]
            assert slopes is found[0][1]
            assert program is found[0][2]
            assert set(program.inputs) & set(circuit.parameters.values())


@pytest.mark.parametrize("by_circuit", [True, False])
@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "logistic", "squared_error"])
def test_many_rows_are_answered_in_blocks_as_each_alone_would_be(monkeypatch, loss, by_circuit):
    if by_circuit:
        monkeypatch.setattr("clearprop.compiled.predictor", lambda net, vector: None)
    X = np.random.default_rng(0).normal(size=(200_000, 2))
    net = cp.Network([2, 3, 2], loss=loss, seed=1)
    longest, run = [], net._run
    monkeypatch.setattr(
        cp.Network, "_run",
        lambda self, wires, feeds: run(wires, longest.append(max(map(len, map(np.atleast_1d,
            feeds.values())))) or feeds),
    )  # fmt: skip
    p = net.parameters
    scores = np.tanh(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
    np.testing.assert_allclose(net.scores(X), scores, rtol=0, atol=1e-12)
    expected = {
        "softmax_cross_entropy": scores.argmax(axis=1), "logistic": scores > 0,
        "squared_error": scores,
    }[loss]  # fmt: skip
    np.testing.assert_allclose(net.predict(X), expected, rtol=0, atol=1e-12)
    if loss == "softmax_cross_entropy":
        np.testing.assert_allclose(net.predict_proba(X), peers.softmax(scores), rtol=0, atol=1e-12)
    assert max(longest, default=None) == (65_536 if by_circuit or compiled.missing() else None)
    some = [0, 65_535, 65_536, 199_999]
    alone = np.vstack([net.scores(X[[row]]) for row in some])
    np.testing.assert_allclose(net.scores(X)[some], alone, rtol=0, atol=1e-12)


def test_a_row_with_nan_spoils_no_other():
    X = np.array([[1.0, 2.0], [np.nan, 1.0]])
    net = cp.Network([2, 3, 2])
    scores = net.scores(X)
    assert np.isnan(scores[1]).all()
    np.testing.assert_allclose(scores[0], net.scores(X[:1])[0], rtol=1e-15)
    assert net.predict(X).tolist() == [net.predict(X[:1])[0], 0]


SCORES = np.array([[2.0, -1.0, 0.5], [0.0, 3.0, 3.0]])
PREDICTIONS = {
    "softmax_cross_entropy": ([0, 1], peers.softmax(SCORES)),
    "hinge": ([0, 1], None),
    "logistic": ([[1, 0, 1], [0, 1, 1]], 1 / (1 + np.exp(-SCORES))),
    "squared_error": (SCORES, None),
    "absolute_error": (SCORES, None),
    "huber": (SCORES, None),
    "quantile": (SCORES, None),
    "poisson": (SCORES, None),
}


@pytest.mark.parametrize("loss", cp.LOSSES)
def test_predictions(loss):
    """A network that passes its inputs on, so that the scores are known."""
    answers, chances = PREDICTIONS[loss]
    net = cp.Network([3, 3], loss=loss).with_parameters(W1=np.eye(3))
    np.testing.assert_array_equal(net.scores(SCORES), SCORES)
    np.testing.assert_array_equal(net.predict(SCORES), answers)
    if chances is None:
        with pytest.raises(NetworkError, match="without probabilities"):
            net.predict_proba(SCORES)
    else:
        np.testing.assert_allclose(net.predict_proba(SCORES), chances, rtol=1e-15)


def test_predictions_of_a_single_output():
    X = np.array([[-3.0], [0.0], [2.0]])
    value = cp.Network([1, 1], loss="squared_error").with_parameters(W1=[[2.0]])
    np.testing.assert_array_equal(value.predict(X), [-6, 0, 4])
    assert value.loss(X, [0, 0, 0]) == pytest.approx((18 + 8) / 3)
    binary = cp.Network([1, 1], loss="logistic").with_parameters(W1=[[2.0]])
    np.testing.assert_array_equal(binary.predict(X), [0, 0, 1])
    p = 1 / (1 + np.exp(-2 * X[:, 0]))
    np.testing.assert_allclose(binary.predict_proba(X), np.column_stack([1 - p, p]), rtol=1e-15)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_network_keeps_its_precision(dtype):
    _, X, y = problem([2, 8, 2])
    net = cp.Network([2, 8, 2], "gelu", dtype=dtype, seed=1)
    arrays = [net.vector, net.scores(X), net.predict_proba(X), *net.parameters.values()]
    arrays += net.forward(X, y, l2=0.1, sample_weight=np.ones(len(X))).values()
    arrays += net.gradients(X, y, l2=0.1, reduction="sum").values()
    arrays += [net.with_parameters(b1=np.zeros(8)).vector]
    assert {str(array.dtype) for array in arrays} == {dtype}
    wide = cp.Network([2, 8, 2], "gelu", seed=1)
    np.testing.assert_array_equal(net.vector, wide.vector.astype(dtype))
    for name, array in wide.gradients(X, y).items():
        assert error(net.gradients(X, y)[name], array) < 1e-4


def test_the_tutorials_initial_weights():
    np.random.seed(0)
    W1, W2 = np.random.randn(2, 3) / np.sqrt(2), np.random.randn(3, 2) / np.sqrt(3)
    net = cp.Network([2, 3, 2], initializer="fan_in", seed=0)
    np.testing.assert_allclose(net.parameters["W1"], W1, rtol=3e-16, atol=0)
    np.testing.assert_allclose(net.parameters["W2"], W2, rtol=3e-16, atol=0)
    assert not net.parameters["b1"].any()
    assert not net.parameters["b2"].any()


SPREAD = {
    "glorot": ("uniform", lambda n_in, n_out: np.sqrt(6 / (n_in + n_out))),
    "he": ("normal", lambda n_in, n_out: np.sqrt(2 / n_in)),
    "fan_in": ("normal", lambda n_in, n_out: 1 / np.sqrt(n_in)),
    "zeros": ("uniform", lambda n_in, n_out: 0.0),
}


@pytest.mark.parametrize("name", cp.INITIALIZERS)
def test_initial_weights_are_spread_as_the_rows_say(name):
    distribution, scale = SPREAD[name]
    net = cp.Network([300, 200, 2], initializer=name, seed=3)
    drawn, expected = net.parameters["W1"].ravel(), scale(300, 200)
    if distribution == "uniform":
        assert np.abs(drawn).max() <= expected
        assert np.abs(drawn).max() >= 0.999 * expected
        expected /= np.sqrt(3)
    assert drawn.std() == pytest.approx(expected, rel=0.02)
    assert abs(drawn.mean()) <= 0.02 * expected
    if distribution == "normal":
        assert np.mean(np.abs(drawn) < expected) == pytest.approx(0.6827, abs=0.01)


def test_the_initializer_suits_the_activation():
    assert cp.GATES["relu"].initializer == "he"
    for activation, suits in [("relu", "he"), ("tanh", "glorot")]:
        chosen = cp.Network([4, 5, 4], activation, output_activation=activation, seed=2)
        named = cp.Network([4, 5, 4], activation, initializer=suits, seed=2)
        np.testing.assert_array_equal(chosen.vector, named.vector)


def test_a_seed_decides_every_bit():
    a, b, c = (cp.Network([5, 4, 3], seed=seed).vector for seed in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


def test_what_networks_print():
    assert repr(cp.Network([2, 2])) == "Network(2-2, softmax_cross_entropy, 6 parameters)"
    big = cp.Network([100, 50, 1], "leaky_relu(alpha=0.2)", "logistic")
    assert repr(big) == "Network(100-50-1, leaky_relu(alpha=0.2), logistic, 5,101 parameters)"
    net = cp.Network([2, 2, 2], "sigmoid", "squared_error", "sigmoid", shared_bias=True)
    assert repr(net) == "Network(2-2-2, sigmoid, squared_error after sigmoid, 10 parameters)"
    assert (net.layers, net.n_parameters, net.dtype) == ((2, 2, 2), 10, np.float64)
