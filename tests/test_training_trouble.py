"""Runs into NaN and infinity: what is kept, what is blamed, and what is no trouble at all."""

import warnings

import numpy as np
import pytest
from scipy.optimize import minimize

import clearprop as cp
from clearprop.errors import ClearPropWarning
from clearprop.training import Trouble
from gradient_checks import problem


def explode(**how):
    """A rate far too large for a network of relus with squared error."""
    net, X, y = problem([2, 4, 1], "relu", "squared_error", rows=20)
    how = {"optimizer": "gradient_descent", "learning_rate": 30.0, "epochs": 1000} | how
    with pytest.warns(ClearPropWarning) as caught:
        result = cp.fit(net, X, y, **how)
    assert len(caught) == 1
    return net, result, str(caught[-1].message)


@pytest.mark.parametrize("batch_size", [None, 7])
def test_numbers_that_blow_up_end_the_run_with_the_last_finite_weights(batch_size):
    net, result, warned = explode(batch_size=batch_size)
    assert result.stopped == "not finite"
    assert 0 < result.epochs < 1000
    assert np.isfinite(result.network.vector).all()
    assert not np.array_equal(result.network.vector, net.vector)
    trouble = result.trouble
    assert isinstance(trouble, Trouble)
    assert trouble.epoch == result.epochs + 1
    assert (trouble.gate, trouble.what, trouble.layer) in [
        ("matmul", "Z1", 1), ("matmul", "Z2", 2), ("squared_error", "losses", 0),
    ]  # fmt: skip
    assert not np.isfinite(trouble.value)
    assert f"training stopped at {trouble}." in warned
    assert "weights before that step are kept" in warned


def overflowing(W1, W2, activation="identity", loss="squared_error"):
    net = cp.Network([1, 1, 1], activation, loss).with_parameters(W1=[[W1]], W2=[[W2]])
    with pytest.warns(ClearPropWarning) as caught:
        # Steps so short that nothing but the loss itself is out of bounds.
        result = cp.fit(
            net, np.ones((3, 1)), np.ones((3, 1)), epochs=3, optimizer="gradient_descent",
            learning_rate=1e-300,
        )  # fmt: skip
    assert result.network.vector.tobytes() == net.vector.tobytes()
    assert result.epochs == 0
    return result.trouble, str(caught[-1].message)


@pytest.mark.parametrize(
    ("how", "layer", "gate", "what"),
    [
        ({"W1": 1e200, "W2": 1e200}, 2, "matmul", "Z2"),
        ({"W1": 1e200, "W2": 1.0, "activation": "cubed"}, 1, "cubed", "A1"),
        ({"W1": 1e100, "W2": 1e100}, 0, "squared_error", "losses"),
    ],
)
def test_the_place_where_it_began_is_named(how, layer, gate, what):
    cp.register_gate(cp.Gate("cubed", "x * x * x", ["3 * x * x"], activation=True))
    try:
        trouble, message = overflowing(**how)
    finally:
        cp.GATES.remove("cubed")
    assert (trouble.epoch, trouble.layer, trouble.gate, trouble.what) == (1, layer, gate, what)
    assert trouble.value == np.inf
    assert str(trouble) in message
    assert message.startswith("training stopped at epoch 1: ")


def test_the_batch_in_which_it_began_is_looked_at():
    net = cp.Network([1, 1], loss="absolute_error").with_parameters(W1=[[1e10]])
    X = np.array([[1.0], [2.0], [3.0], [1e300]])
    with pytest.warns(ClearPropWarning, match="epoch 1: layer 1, gate matmul: Z1 became inf"):
        result = cp.fit(net, X, np.zeros(4), optimizer="gradient_descent", batch_size=2,
                        shuffle=False)  # fmt: skip
    assert result.network.vector.tobytes() != net.vector.tobytes()


def test_the_warning_points_at_who_called_fit():
    net = cp.Network([1, 1, 1], "identity", "squared_error")
    names = {"net": net.with_parameters(W1=[[1e200]], W2=[[1e200]]), "fit": cp.fit}
    with pytest.warns(ClearPropWarning) as caught:
        exec(compile("\n\nfit(net, [[1.0]], [1.0])", "asker.py", "exec"), names)
    assert (caught[0].filename, caught[0].lineno) == ("asker.py", 3)


def test_an_update_that_overflows_is_named_an_update():
    net = cp.Network([1, 1], loss="absolute_error")
    with pytest.warns(ClearPropWarning, match="epoch 1: gate update"):
        result = cp.fit(net, [[1e300]], [[0.0]], optimizer="gradient_descent", learning_rate=1e10)
    assert result.trouble.layer == 0
    assert result.network.vector.tobytes() == net.vector.tobytes()


@pytest.mark.parametrize("optimizer", cp.OPTIMIZERS)
def test_a_start_that_is_not_finite_ends_every_optimizer_alike(optimizer):
    net = cp.Network([1, 1, 1], "relu", "squared_error")
    net = net.with_parameters(W1=[[1e200]], W2=[[1e200]])
    with pytest.warns(ClearPropWarning, match="epoch 1: layer 2, gate matmul: Z2 became inf"):
        result = cp.fit(net, [[1.0], [2.0]], [1.0, 1.0], optimizer=optimizer, epochs=5)
    assert (result.stopped, result.epochs) == ("not finite", 0)


def spread_moons():
    X, y = cp.make_moons(60, noise=0.2, random_state=0)
    return X, y


def test_what_is_infinite_inside_a_slope_and_harmless_is_not_named():
    """exp(-x) in softplus' slope 1 / (1 + exp(-x)) overflows; the slope is 0, which is right."""
    X, y = spread_moons()
    net = cp.Network([2, 3, 2], "softplus")
    divides = cp.Optimizer("divides_by_0", {"w": "w - learning_rate * g / (t - 1)"})
    with pytest.warns(ClearPropWarning):
        trouble = cp.fit(net, X * 1000, y, optimizer=divides).trouble
    assert (trouble.epoch, trouble.layer, trouble.gate, trouble.what) == (1, 0, "update", "W1")
    assert not np.isfinite(trouble.value)


def test_a_slot_that_overflows_is_named():
    net = cp.Network([1, 2], loss="absolute_error", dtype="float32")
    with pytest.warns(ClearPropWarning):
        trouble = cp.fit(net, [[1e20]], [[1.0, 2.0]], optimizer="rmsprop").trouble
    assert (trouble.gate, trouble.what, trouble.value) == ("update", "slot r of W1", np.inf)


def test_a_loss_that_overflows_though_nothing_before_it_does_is_named_the_loss():
    net = cp.Network([1, 1], loss="absolute_error").with_parameters(W1=[[1.0]])
    with pytest.warns(ClearPropWarning):
        trouble = cp.fit(net, [[1.5e308], [1.5e308]], [0.0, 0.0], reduction="sum").trouble
    assert (trouble.layer, trouble.gate, trouble.what) == (0, "sum", "loss")
    assert trouble.value == np.inf


def test_a_harmless_infinity_in_another_layer_is_not_named():
    """tanh of an infinite Z1 is 1; what overflows is the loss."""
    net = cp.Network([1, 1, 1], "tanh", "squared_error")
    net = net.with_parameters(W1=[[1e300]], W2=[[1e200]])
    with pytest.warns(ClearPropWarning):
        trouble = cp.fit(net, [[1e300]], [0.0]).trouble
    assert (trouble.gate, trouble.what) == ("squared_error", "losses")


def test_a_gradient_that_is_not_finite_is_named():
    gate = cp.Gate("root", "sqrt(abs(x))", ["where(x > 0, 1, -1) / (2 * sqrt(abs(x)))"],
                   domain=[(0.1, 40)], activation=True)  # fmt: skip
    net = cp.Network([1, 1, 1], gate, "squared_error").with_parameters(W1=[[0.0]])
    with pytest.warns(ClearPropWarning):
        trouble = cp.fit(net, [[1.0]], [1.0]).trouble
    assert (trouble.layer, trouble.what) == (1, "dloss/db1")
    assert not np.isfinite(trouble.value)


def test_lbfgs_backs_up_from_infinity_as_scipy_does():
    """With exp for an activation, the first steps of the line search overflow."""
    X, y = spread_moons()
    X, y = X * 30, y * 5.0
    gate = cp.Gate("expo", "exp(x)", ["y"], activation=True)
    net = cp.Network([2, 4, 1], gate, loss="squared_error", seed=3)
    met = []

    def objective(vector):
        at = cp.Network.of(net.architecture, vector)
        loss = at.loss(X, y)
        met.append(np.isfinite(loss))
        return loss, np.concatenate([slope.ravel() for slope in at.gradients(X, y).values()])

    found = minimize(objective, net.vector, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = cp.fit(net, X, y, optimizer="lbfgs", epochs=200, engine="reference")
    assert not all(met), "this problem does not show what it should"
    assert result.stopped in ("converged", "finished")
    assert result.trouble is None
    assert np.isfinite(result.losses).all()
    assert (np.diff(result.losses) <= 0).all()
    assert result.loss <= found.fun * 1.01
