"""The native engine's gradients on random networks, against the reference engine's."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.engines import ENGINES
from clearprop.numerics import quiet
from gradient_checks import error, targets_for
from native_checks import NEEDS_NATIVE, gradient_plan, skip_unknown

pytestmark = NEEDS_NATIVE

NATIVE, REFERENCE = ENGINES["native"], ENGINES["reference"]
ACTIVATIONS = cp.activations()
LOSSES = list(cp.LOSSES)
ROUNDING = 1e-6  # by how much float32 may move a parameter's effect


def random_problem(rng, dtype, *, widest=70, most_rows=300, deepest=5):
    """A random network, data for it, and an objective; all numbers are exact in float32."""
    layers = [int(rng.integers(1, widest + 1)) for _ in range(rng.integers(1, deepest + 1) + 1)]
    loss = LOSSES[rng.integers(len(LOSSES))]
    if cp.LOSSES[loss].targets == "class":
        layers[-1] = max(layers[-1], 2)
    gates = [ACTIVATIONS[i] for i in rng.integers(len(ACTIVATIONS), size=len(layers) - 1)]
    last = gates[-1] if rng.random() < 0.5 else "identity"
    net = cp.Network(
        layers, gates[:-1] or "tanh", loss, last, shared_bias=bool(rng.integers(2)),
        initializer="fan_in", seed=int(rng.integers(2**32)), dtype=dtype,
    )  # fmt: skip
    noise = 0.1 * rng.normal(size=net.n_parameters)
    net = cp.Network.of(net.architecture, (net.vector + noise).astype(np.float32), dtype)
    rows = int(rng.integers(1, most_rows + 1))
    X = rng.normal(size=(rows, layers[0])).astype(np.float32)
    y = targets_for(loss, rng, rows, layers[-1])
    how = {"reduction": str(rng.choice(["mean", "sum"])), "l2": float(rng.choice([0.0, 0.3]))}
    if rng.random() < 0.5:
        weight = rng.integers(0, 4, rows) / 4
        how["sample_weight"] = weight if weight.any() else weight + 1
    return net, X, y if y.dtype == np.int64 else y.astype(np.float32), how


def by(engine, net, X, y, how, vector=None):
    """Objective and gradient over all rows."""
    at = net.vector if vector is None else vector
    data, penalty, gradient = engine.loss_and_gradient(gradient_plan(net, X, y, **how), at)
    return float(data + penalty), gradient


def delicate(net, X, y, how, gradient):
    """Whether rounding to float32 may move a number over a kink, or a sum that cancels."""
    rng = np.random.default_rng(0)
    for _ in range(3):
        moved = net.vector * (1 + ROUNDING * rng.choice([-1, 1], net.n_parameters))
        if error(by(REFERENCE, net, X, y, how, moved)[1], gradient) > 5 * ROUNDING:
            return True
    return False


def check(seed, dtype, tolerance, **sizes):
    """Compare loss and gradient on one random problem; False where it is none for float32."""
    net, X, y, how = random_problem(np.random.default_rng(seed), dtype, **sizes)
    skip_unknown(*net.architecture.gates, net.architecture.loss)
    exact = cp.Network.of(net.architecture, net.vector, "float64")
    with quiet():
        loss, gradient = by(REFERENCE, exact, X, y, how)
        if not np.abs(gradient).max() > 1e-20 or not np.isfinite(loss):
            return False
        if dtype == "float32" and delicate(exact, X, y, how, gradient):
            return False
        found_loss, found = by(NATIVE, net, X, y, how)
    about = f"seed {seed}: {net}, {len(X)} rows, {how}"
    assert found.dtype == dtype
    assert error(found, gradient) <= tolerance, about
    assert abs(found_loss - loss) <= tolerance * max(abs(loss), 1), about
    return True


@pytest.mark.parametrize("block", range(4))
def test_float64_gradients_of_random_networks(block):
    fine = [check(seed, "float64", 1e-12) for seed in range(60 * block, 60 * (block + 1))]
    assert sum(fine) == 60


@pytest.mark.parametrize("block", range(4))
def test_float32_gradients_of_random_networks(block):
    fine = [check(seed, "float32", 1e-5) for seed in range(60 * block, 60 * (block + 1))]
    assert sum(fine) > 50


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
def test_wide_random_networks(dtype, tolerance):
    """Layers whose weights are packed before they are multiplied, beside some that are not."""
    sizes = {"widest": 330, "most_rows": 40, "deepest": 3}
    fine = [check(seed, dtype, tolerance, **sizes) for seed in range(1000, 1030)]
    assert sum(fine) > 25


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
def test_small_random_networks(dtype, tolerance):
    """A few neurons, a few rows: the shapes below one vector."""
    sizes = {"widest": 4, "most_rows": 9, "deepest": 3}
    fine = [check(seed, dtype, tolerance, **sizes) for seed in range(2000, 2150)]
    assert sum(fine) > 140


@pytest.mark.slow
@pytest.mark.parametrize("block", range(6))
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
def test_many_more_random_networks(block, dtype, tolerance):
    first = 10_000 + 250 * block
    assert sum(check(seed, dtype, tolerance) for seed in range(first, first + 250)) > 230


WIDE = {
    "images": ([784, 600, 10], 70),
    "a thousand classes": ([20, 30, 1000], 45),
    "packed at both ends": ([130, 127, 131], 33),
    "one row, packed": ([500, 400, 3], 1),
    "as many columns as no vector has": ([4097, 5, 2], 19),
    "one column": ([1, 300, 300, 2], 64),
    "one output": ([300, 77, 1], 17),
}


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
@pytest.mark.parametrize("shape", WIDE)
def test_wide_layers(shape, dtype, tolerance):
    layers, rows = WIDE[shape]
    rng = np.random.default_rng(7)
    loss = "softmax_cross_entropy" if layers[-1] > 1 else "logistic"
    net = cp.Network(layers, "tanh", loss, seed=1, dtype=dtype)
    X = rng.normal(size=(rows, layers[0])).astype(np.float32)
    y = targets_for(loss, rng, rows, layers[-1])
    how = {"l2": 0.01}
    loss, gradient = by(REFERENCE, cp.Network.of(net.architecture, net.vector), X, y, how)
    found_loss, found = by(NATIVE, net, X, y, how)
    assert error(found, gradient) <= tolerance
    assert found_loss == pytest.approx(loss, rel=tolerance)
