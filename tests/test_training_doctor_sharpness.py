"""The sharpness, against all second derivatives, and the steps that it allows, against steps."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.doctor.training.sharpness import (
    DIFFERENCES,
    EXACT,
    longest_step,
    sharpness,
    sharpness_at,
    step_factor,
)
from clearprop.errors import TrainingError
from clearprop.training.planning import make_plan


def all_second_derivatives(net, X, y, **how):
    """One column after the other, by central differences of the gradient."""
    columns = []
    for index in range(net.n_parameters):
        ends = []
        for sign in (1, -1):
            vector = net.vector.copy()
            vector[index] += sign * 1e-5
            slopes = cp.Network.of(net.architecture, vector).gradients(X, y, **how)
            ends.append(np.concatenate([slope.ravel() for slope in slopes.values()]))
        columns.append((ends[0] - ends[1]) / 2e-5)
    found = np.array(columns)
    return (found + found.T) / 2


CASES = [
    ([2, 3, 2], "tanh", "softmax_cross_entropy", {}),
    ([2, 4, 3, 1], "sigmoid", "logistic", {"l2": 0.1}),
    ([2, 5, 2], "gelu", "squared_error", {"reduction": "sum"}),
    ([2, 3, 2], "relu", "softmax_cross_entropy", {"l2": 0.3, "reduction": "sum"}),
]


@pytest.mark.parametrize(("layers", "gate", "loss", "how"), CASES)
@pytest.mark.parametrize("method", [EXACT, DIFFERENCES])
def test_it_is_the_largest_eigenvalue(layers, gate, loss, how, method):
    draws = np.random.RandomState(3)
    X = draws.randn(30, 2)
    y = draws.randint(
        0, 2, 30 if layers[-1] == 2 and loss[0] == "s" and "soft" in loss else (30, layers[-1])
    )
    weights = draws.uniform(0.5, 2, 30)
    net = cp.Network(layers, gate, loss, seed=4)
    how = {**how, "sample_weight": weights}
    expected = np.linalg.eigvalsh(all_second_derivatives(net, X, y, **how))[-1]
    found = sharpness(net, X, y, method=method, **how)
    assert found.value == pytest.approx(expected, rel=2e-3)
    assert found.by == method
    assert abs(found.value - expected) <= found.error + 1e-5 * expected


def test_parameters_that_are_frozen_do_not_count():
    X, y = cp.make_moons(60, noise=0.2, random_state=0)
    net = cp.Network([2, 3, 2])
    plan = make_plan(
        net, X, y, optimizer="gradient_descent", learning_rate=1.0, epochs=1, batch_size=None,
        l2=0.0, reduction="mean", sample_weight=None, frozen=["W1", "b1"], shuffle=False, seed=0,
    )  # fmt: skip
    whole = all_second_derivatives(net, X, y)
    moving = slice(net.architecture.places["W2"].start, None)
    expected = np.linalg.eigvalsh(whole[moving, moving])[-1]
    assert sharpness_at(plan, net.vector).value == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("shared", [False, True])
def test_a_float32_network_is_looked_at_in_float64(shared):
    X, y = cp.make_moons(60, noise=0.2, random_state=0)
    net = cp.Network([2, 3, 2], shared_bias=shared)
    single = cp.Network.of(net.architecture, net.vector, "float32")
    found = sharpness(single, X, y, method=DIFFERENCES)
    assert found.value == pytest.approx(sharpness(net, X, y).value, rel=1e-3)


def test_an_unknown_method_is_refused():
    with pytest.raises(TrainingError, match="method is auto"):
        sharpness(cp.Network([2, 3, 2]), [[0.0, 1.0]], [0], method="guess")


@pytest.mark.parametrize(
    "optimizer",
    [
        "gradient_descent",
        "momentum",
        "momentum(momentum=0.5)",
        "nesterov",
        "nesterov(momentum=0.3)",
    ],
)
def test_steps_below_the_bound_stay_and_steps_above_it_leave(optimizer):
    """A valley of one weight, whose curvature is known: (w·x - y)² has 2x²."""
    net = cp.Network([1, 1], loss="squared_error").with_parameters(W1=[[1.0]])
    X, y = np.array([[1.5]]), np.zeros((1, 1))
    curvature = all_second_derivatives(net, X, y)[0, 0]
    bound = longest_step(optimizer, curvature)
    assert bound == pytest.approx(step_factor(optimizer) / curvature)
    how = {"optimizer": optimizer, "epochs": 2000, "frozen": ["b1"]}
    below = cp.fit(net, X, y, learning_rate=0.98 * bound, **how)
    above = cp.fit(net, X, y, learning_rate=1.02 * bound, **{**how, "epochs": 300})
    assert below.loss < 1e-6
    assert above.loss > 10 * above.losses[0]


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "adamw", "rprop", "lbfgs"])
def test_of_steps_that_are_scaled_it_says_nothing(optimizer):
    assert longest_step(optimizer, 3.0) is None
