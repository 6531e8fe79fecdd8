"""Training: the tutorial's run, other people's optimizers, and what decides the result."""

import gc
import importlib
import weakref

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.datasets import make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

import clearprop as cp
from gradient_checks import check_training, error, peer_of, problem

fit_module = importlib.import_module("clearprop.training.fit")
MOONS = {"optimizer": "gradient_descent", "learning_rate": 0.01, "l2": 0.01, "reduction": "sum"}


@pytest.fixture(scope="module")
def moons():
    np.random.seed(0)
    return make_moons(200, noise=0.20)


def tutorials_program(X, y, passes):
    """The tutorial's own program, typed anew: the loss it would print at each pass."""
    n, epsilon, reg_lambda, losses = len(X), 0.01, 0.01, []
    np.random.seed(0)
    W1, b1 = np.random.randn(2, 3) / np.sqrt(2), np.zeros((1, 3))
    W2, b2 = np.random.randn(3, 2) / np.sqrt(3), np.zeros((1, 2))

    def forward():
        a1 = np.tanh(X.dot(W1) + b1)
        exp_scores = np.exp(a1.dot(W2) + b2)
        return a1, exp_scores / np.sum(exp_scores, axis=1, keepdims=True)

    def loss():
        data = np.sum(-np.log(forward()[1][range(n), y]))
        data += reg_lambda / 2 * (np.sum(np.square(W1)) + np.sum(np.square(W2)))
        return 1.0 / n * data

    losses.append(loss())
    for _ in range(passes):
        a1, delta3 = forward()
        delta3[range(n), y] -= 1
        dW2, db2 = a1.T.dot(delta3), np.sum(delta3, axis=0, keepdims=True)
        delta2 = delta3.dot(W2.T) * (1 - np.power(a1, 2))
        dW1, db1 = np.dot(X.T, delta2), np.sum(delta2, axis=0)
        dW2, dW1 = dW2 + reg_lambda * W2, dW1 + reg_lambda * W1
        W1, b1 = W1 - epsilon * dW1, b1 - epsilon * db1
        W2, b2 = W2 - epsilon * dW2, b2 - epsilon * db2
        losses.append(loss())
    return np.array(losses), {"W1": W1, "b1": b1[0], "W2": W2, "b2": b2[0]}


@pytest.fixture(scope="module")
def moons_run(moons):
    X, y = moons
    net = cp.Network([2, 3, 2], "tanh", initializer="fan_in", seed=0)
    return net, cp.fit(net, X, y, epochs=1002, **MOONS)


def test_the_tutorials_published_losses(moons, moons_run):
    net, result = moons_run
    assert net.loss(*moons, l2=0.01, reduction="sum") / 200 == pytest.approx(
        0.583940477723, rel=0, abs=1e-12
    )
    printed = result.losses / 200
    assert printed[0] == pytest.approx(0.583940477723, abs=1e-12)
    assert round(printed[1], 6) == 0.432387
    assert round(printed[1001], 6) == 0.068947
    assert (result.network.predict(moons[0]) == moons[1]).mean() > 0.95


def test_a_thousand_passes_as_the_tutorials_program_makes_them(moons, moons_run):
    losses, parameters = tutorials_program(*moons, 1002)
    _, result = moons_run
    np.testing.assert_allclose(result.losses / 200, losses[:-1], rtol=1e-12, atol=0)
    assert result.loss / 200 == pytest.approx(losses[-1], rel=1e-12)
    for name, array in result.network.parameters.items():
        assert error(array, parameters[name]) < 1e-11, name


@pytest.mark.slow
def test_twenty_thousand_passes_end_in_the_published_swing(moons):
    net = cp.Network([2, 3, 2], "tanh", initializer="fan_in", seed=0)
    result = cp.fit(net, *moons, epochs=20_000, **MOONS)
    last = {round(loss, 6) for loss in result.losses[-100:] / 200}
    assert last == {0.070758, 0.071316}
    assert (result.network.predict(moons[0]) == moons[1]).mean() == 0.975
    shorter = cp.fit(net, *moons, epochs=20_000, **(MOONS | {"learning_rate": 0.005}))
    assert round(shorter.loss / 200, 6) == 0.067804
    lowest = cp.fit(
        shorter.network, *moons, optimizer="lbfgs", epochs=500, l2=0.01, reduction="sum"
    )
    assert round(lowest.loss / 200, 7) == 0.0677996


def sklearn_run(net, X, y, rate, epochs, batch_size, alpha, **solver):
    """scikit-learn's MLPClassifier, started from a network's own weights."""
    names = range(1, len(net.layers))
    peer = MLPClassifier(
        net.layers[1:-1], activation=net.architecture.gates[0].name, batch_size=batch_size,
        learning_rate_init=rate, alpha=alpha, shuffle=False, max_iter=1, warm_start=True,
        tol=0.0, n_iter_no_change=10**9, **solver,
    )  # fmt: skip
    with pytest.warns(ConvergenceWarning):
        peer.fit(X, y)
    peer.coefs_ = [net.parameters[f"W{i}"].copy() for i in names]
    peer.intercepts_ = [net.parameters[f"b{i}"].copy() for i in names]
    peer.loss_curve_ = []
    peer.set_params(max_iter=epochs)
    peer.n_iter_ = 0
    with pytest.warns(ConvergenceWarning):
        peer.fit(X, y)
    return peer


SKLEARN = {
    "gradient_descent": {"solver": "sgd", "momentum": 0.0, "nesterovs_momentum": False},
    "momentum": {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": False},
    "nesterov": {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": True},
    "adam": {"solver": "adam"},
    "adam(beta1=0.8, beta2=0.95)": {"solver": "adam", "beta_1": 0.8, "beta_2": 0.95},
}


@pytest.mark.parametrize(("batch_size", "alpha"), [(60, 0.0), (60, 0.6), (20, 0.4), (25, 0.0)])
@pytest.mark.parametrize("optimizer", SKLEARN)
def test_scikit_learn_takes_the_same_steps(optimizer, batch_size, alpha):
    net, X, y = problem([3, 6, 4, 3], rows=60)
    peer = sklearn_run(net, X, y, 0.02, 50, batch_size, alpha, **SKLEARN[optimizer])
    result = cp.fit(net, X, y, optimizer=optimizer, learning_rate=0.02, epochs=50, shuffle=False,
                    batch_size=batch_size, l2=alpha / batch_size)  # fmt: skip
    for layer in (1, 2, 3):
        parameters = result.network.parameters
        assert error(parameters[f"W{layer}"], peer.coefs_[layer - 1]) < 1e-9
        assert error(parameters[f"b{layer}"], peer.intercepts_[layer - 1]) < 1e-9
    np.testing.assert_allclose(result.losses, peer.loss_curve_, rtol=1e-9)


@pytest.mark.parametrize("how", [{}, {"reduction": "sum", "l2": 0.3}])
@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "logistic", "squared_error"])
def test_lbfgs_reaches_what_scipy_reaches(loss, how):
    how = {"l2": 0.02} | how
    net, X, y = problem([3, 3, 2], loss=loss, rows=30)
    peer = peer_of(net, **how)
    shapes = {name: array.shape for name, array in peer.parameters.items()}

    def objective(vector):
        start = 0
        for name, shape in shapes.items():
            size = int(np.prod(shape))
            peer.parameters[name] = vector[start : (start := start + size)].reshape(shape)
        slopes = peer.gradients(X, y)
        return peer.objective(X, y), np.concatenate([g.ravel() for g in slopes.values()])

    options = {"maxiter": 500, "ftol": 0, "gtol": 1e-9, "maxfun": 10**5}
    found = minimize(objective, net.vector, jac=True, method="L-BFGS-B", options=options)
    result = cp.fit(net, X, y, optimizer="lbfgs", epochs=500, **how)
    assert result.loss == pytest.approx(found.fun, rel=1e-6)
    assert result.stopped in ("converged", "finished")
    assert max(np.abs(g).max() for g in result.network.gradients(X, y, **how).values()) < 1e-4
    assert result.losses[0] == pytest.approx(net.loss(X, y, **how), rel=1e-15)
    assert result.loss == pytest.approx(objective(result.network.vector)[0], rel=1e-12)
    assert len(result.losses) == result.epochs <= 500
    frozen = cp.fit(net, X, y, optimizer="lbfgs", frozen=["W1", "b2"], epochs=30, **how)
    assert frozen.network.parameters["W1"].tobytes() == net.parameters["W1"].tobytes()
    assert frozen.network.parameters["b2"].tobytes() == net.parameters["b2"].tobytes()
    assert result.loss < frozen.loss < frozen.losses[0]


def test_lbfgs_in_single_precision_and_with_nothing_to_move():
    net, X, y = problem([3, 3, 2], dtype="float32", rows=30)
    result = cp.fit(net, X, y, optimizer="lbfgs", epochs=100, l2=0.01)
    assert result.network.dtype == np.float32
    assert result.loss < 0.9 * result.losses[0]
    still = cp.fit(net, X, y, optimizer="lbfgs", frozen=["W1", "b1", "W2", "b2"])
    assert still.network.vector.tobytes() == net.vector.tobytes()


@pytest.mark.parametrize("slice_seconds", [0, 10])
@pytest.mark.parametrize("batch_size", [None, 8])
def test_where_deadlines_fall_changes_no_bit(monkeypatch, slice_seconds, batch_size):
    net, X, y = problem([2, 5, 2], rows=30)
    how = {"epochs": 40, "batch_size": batch_size, "optimizer": "adam", "l2": 0.1}
    expected = cp.fit(net, X, y, **how)
    monkeypatch.setattr("clearprop.training.fit.SLICE", slice_seconds)
    found = cp.fit(net, X, y, **how, callbacks=[cp.Every(None, lambda progress: None)])
    assert found.network.vector.tobytes() == expected.network.vector.tobytes()
    assert found.losses.tobytes() == expected.losses.tobytes()
    assert found.loss == expected.loss


def test_callbacks_change_no_bit():
    net, X, y = problem([2, 5, 2], rows=30)
    watched = [cp.Every(n, lambda p: p.network.vector.sum() > 1e9) for n in (1, 3, 7, None)]
    how = {"epochs": 40, "batch_size": 8}
    a, b = cp.fit(net, X, y, **how), cp.fit(net, X, y, **how, callbacks=watched)
    assert a.network.vector.tobytes() == b.network.vector.tobytes()
    assert a.losses.tobytes() == b.losses.tobytes()


def test_a_seed_decides_the_order_and_nothing_else_does():
    net, X, y = problem([2, 5, 2], rows=30)

    def bits(**how):
        return cp.fit(net, X, y, **({"epochs": 5, "batch_size": 8} | how)).network.vector.tobytes()

    assert bits(seed=1) == bits(seed=1)
    assert bits(seed=1) != bits(seed=2)
    assert bits(seed=1, shuffle=False) == bits(seed=2, shuffle=False)
    assert bits(seed=1, batch_size=None) == bits(seed=2, batch_size=30)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_training_leaves_what_it_was_given(dtype):
    net, X, y = problem([2, 5, 2], dtype=dtype)
    before = net.vector.tobytes(), X.tobytes(), y.tobytes()
    for optimizer in cp.OPTIMIZERS:
        result = cp.fit(net, X, y, optimizer=optimizer, epochs=3)
        assert (net.vector.tobytes(), X.tobytes(), y.tobytes()) == before
        assert result.network is not net
        assert result.network.architecture is net.architecture
        assert str(result.network.dtype) == dtype
        with pytest.raises(ValueError, match="read-only"):
            result.network.vector[0] = 1


def test_what_a_result_says():
    net, X, y = problem([2, 5, 2])
    result = cp.fit(net, X, y, epochs=7, l2=0.1, sample_weight=np.arange(7.0))
    assert result.stopped == "finished"
    assert (result.epochs, result.losses.shape) == (7, (7,))
    assert result.optimizer == "adam(beta1=0.9, beta2=0.999, epsilon=1e-08)"
    assert result.engine in cp.engines.ENGINES
    assert result.seconds > 0
    assert result.trouble is None
    expected = result.network.loss(X, y, l2=0.1, sample_weight=np.arange(7.0))
    assert result.loss == pytest.approx(expected, rel=1e-14)


def test_with_full_batches_a_loss_is_the_objective_after_so_many_updates():
    net, X, y = problem([2, 5, 2])
    losses = cp.fit(net, X, y, epochs=5, l2=0.1).losses
    for updates in range(1, 5):
        after = cp.fit(net, X, y, epochs=updates, l2=0.1)
        assert after.loss == pytest.approx(losses[updates], rel=1e-14)


@pytest.mark.parametrize("optimizer", [n for n, row in cp.OPTIMIZERS.items() if row.updates])
def test_the_default_learning_rate_is_the_rows(optimizer):
    net, X, y = problem([2, 3, 2])
    rate = cp.OPTIMIZERS[optimizer].learning_rate
    result = cp.fit(net, X, y, optimizer=optimizer, epochs=3)
    expected = check_training(net, X, y, optimizer=optimizer, rate=rate, epochs=3)
    assert result.network.vector.tobytes() == expected.network.vector.tobytes()


def test_an_order_of_ones_own():
    net, X, y = problem([2, 5, 2], rows=30)

    def vector(**how):
        return cp.fit(net, X, y, epochs=3, batch_size=8, **how).network.vector.tobytes()

    assert vector(shuffle=cp.Shuffled(3)) == vector(seed=3)
    assert vector(shuffle=cp.Shuffled(3)) != vector(seed=4)
    assert vector(shuffle=np.bool_(False)) == vector(shuffle=False)

    class Backwards:
        def rows(self, n_rows, epoch):
            return np.arange(n_rows)[::-1]

    flipped = cp.fit(net, X[::-1], y[::-1], epochs=3, batch_size=8, shuffle=False)
    assert vector(shuffle=Backwards()) == flipped.network.vector.tobytes()


@pytest.mark.parametrize("batch_size", [None, 7])
def test_a_callback_that_writes_to_the_callers_data_changes_no_bit(batch_size):
    net, X, y = problem([2, 3, 2], rows=20)
    how = {"epochs": 10, "batch_size": batch_size}
    weights = np.linspace(0.5, 2, 20)
    expected = cp.fit(net, X.copy(), y.copy(), sample_weight=weights.copy(), **how)
    mine = X.copy(), y.copy(), weights.copy()

    def spoil(progress):
        for array in mine:
            array[:] = 0

    found = cp.fit(net, mine[0], mine[1], sample_weight=mine[2], callbacks=[spoil], **how)
    assert not any(array.any() for array in mine)  # they stay the caller's to write to
    assert found.network.vector.tobytes() == expected.network.vector.tobytes()
    assert found.loss == expected.loss


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_the_data_go_when_the_run_is_over(monkeypatch, optimizer):
    """Without the help of the collector of reference cycles, which may come late."""
    plans = []
    original = fit_module.make_plan

    def watched(*given, **how):
        plan = original(*given, **how)
        plans.append(weakref.ref(plan))
        return plan

    monkeypatch.setattr(fit_module, "make_plan", watched)
    net, X, y = problem([2, 3, 2], rows=20)
    cp.fit(net, X, y, optimizer=optimizer, epochs=3)  # imports, which leave cycles of their own
    gc.collect()
    gc.disable()
    try:
        result = cp.fit(net, X, y, optimizer=optimizer, epochs=3, callbacks=[lambda p: None])
        assert plans[-1]() is None
        assert result.epochs == 3
    finally:
        gc.enable()


def test_numbers_of_numpy_are_numbers():
    how = {"learning_rate": 0.5, "epochs": 3, "batch_size": 2, "seed": 3, "l2": 0.25}
    from_numpy = {
        "learning_rate": np.float32(0.5), "epochs": np.int64(3), "batch_size": np.int32(2),
        "seed": np.uint8(3), "l2": np.float16(0.25),
    }  # fmt: skip
    net, X, y = cp.Network([2, 3, 2]), np.linspace(-1, 1, 8).reshape(4, 2), np.array([0, 1, 0, 1])
    a, b = cp.fit(net, X, y, **how), cp.fit(net, X, y, **from_numpy)
    assert a.network.vector.tobytes() == b.network.vector.tobytes()
