"""The compiled losses: the fused formulas and the printed rows, against the reference engine.

A network of one layer whose weights are the identity has its inputs for scores, so a loss
can be shown any scores; the slopes by the biases are then the sums of its slopes.
"""

import mpmath
import numpy as np
import pytest

import clearprop as cp
from clearprop.engines import ENGINES
from clearprop.numerics import quiet
from gradient_checks import error, targets_for
from native_checks import NEEDS_NATIVE, gradient_plan, skip_unknown

pytestmark = NEEDS_NATIVE

NATIVE, REFERENCE = ENGINES["native"], ENGINES["reference"]
TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
OF_CLASSES = [name for name, row in cp.LOSSES.items() if row.targets == "class"]
OTHERS = [name for name, row in cp.LOSSES.items() if row.targets != "class"]
CASES = [(name, outputs) for name in OF_CLASSES for outputs in (2, 3, 4, 5, 17, 130)]
CASES += [(name, outputs) for name in OTHERS for outputs in (1, 2, 3, 4, 17)]
ROWS = (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 257)


def of_scores(loss, outputs, dtype="float64"):
    """A network whose scores are its inputs."""
    net = cp.Network([outputs, outputs], loss=loss, dtype=dtype)
    skip_unknown(net.architecture.loss)
    return net.with_parameters(W1=np.eye(outputs), b1=np.zeros(outputs))


def compare(net, scores, y, tolerance, **how):
    """Hold the native loss and slopes to the reference's, in float64 at the same scores."""
    if net.architecture.loss.name == "poisson":  # whose scores are logarithms
        scores = np.minimum(scores, 30.0)
    scores = scores.astype(net.dtype).astype(np.float64)
    exact = cp.Network.of(net.architecture, net.vector)
    found = NATIVE.loss_and_gradient(gradient_plan(net, scores, y, **how), net.vector)
    wanted = REFERENCE.loss_and_gradient(gradient_plan(exact, scores, y, **how), exact.vector)
    assert found[2].dtype == net.dtype
    # Below the smallest normal number digits go missing; where rows cancel, they all count.
    smallest = float(np.finfo(net.dtype).tiny)
    allowed = tolerance * abs(wanted[0]) + smallest
    assert abs(found[0] - wanted[0]) <= allowed, f"{found[0]}, not {wanted[0]}"
    assert error(found[1], wanted[1]) <= tolerance
    slopes, expected = net.views(found[2]), exact.views(wanted[2])
    for name in slopes:
        scale = abs(scores).mean() if name == "W1" else 1.0
        least = smallest / tolerance if len(scores) == 1 else max(0.1 * scale, smallest)
        assert error(slopes[name], expected[name], least) <= tolerance, name
    again = NATIVE.loss(gradient_plan(net, scores, y, **how), net.vector)
    assert again == pytest.approx(sum(found[:2]), rel=1e-6 if net.dtype == np.float32 else 1e-14)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("loss", "outputs"), CASES)
def test_any_number_of_rows_and_outputs(loss, outputs, dtype):
    net, rng = of_scores(loss, outputs, dtype), np.random.default_rng(outputs)
    for rows in ROWS:
        scores = rng.normal(size=(rows, outputs)) * rng.choice([0.1, 3, 30])
        compare(net, scores, targets_for(loss, rng, rows, outputs), TOLERANCE[dtype])


FEATURES = {
    "sums": {"reduction": "sum"},
    "weights": {"sample_weight": np.arange(37) % 5 / 7},
    "weighted sums": {"sample_weight": np.arange(37) % 5 / 7, "reduction": "sum", "l2": 0.3},
    "one weight that is not 0": {"sample_weight": np.arange(37) == 36},
    "l2": {"l2": 0.7},
}


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize(("loss", "outputs"), [(name, n) for name, n in CASES if n in (1, 2, 3, 5)])
def test_weights_sums_and_penalties(loss, outputs, feature, dtype):
    net, rng = of_scores(loss, outputs, dtype), np.random.default_rng(1)
    scores = rng.normal(size=(37, outputs))
    compare(net, scores, targets_for(loss, rng, 37, outputs), TOLERANCE[dtype], **FEATURES[feature])


def extreme(outputs, rng):
    """Rows of scores that are far out, far apart, all alike, or all but alike."""
    sizes = [0.0, 1e-30, 1e-8, 0.5, 20.0, 40.0, 87.0, 104.0, 700.0, 710.0, 746.0, 1e3, 1e6, 1e15]
    rows = [np.full(outputs, sign * size) for size in sizes for sign in (1, -1)]
    for size in sizes:
        row = rng.choice([-size, size], outputs)
        rows += [row, row + rng.choice([0, 1e-6], outputs), np.where(np.arange(outputs), 0, -size)]
    return np.array(rows)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("loss", "outputs"), [case for case in CASES if case[1] < 130])
def test_extreme_scores_one_row_at_a_time_and_all_at_once(loss, outputs, dtype):
    net, rng = of_scores(loss, outputs, dtype), np.random.default_rng(2)
    scores = extreme(outputs, rng)
    y = targets_for(loss, rng, len(scores), outputs)
    for row in range(len(scores)):
        one = slice(row, row + 1)
        compare(net, scores[one], y[one], TOLERANCE[dtype])
    compare(net, scores, y, TOLERANCE[dtype])


@pytest.mark.parametrize("outputs", [2, 3, 4, 16, 1000])
def test_equal_scores_cost_the_logarithm_of_their_number(outputs):
    """A product over thousands of rows must not overflow on its way to one logarithm."""
    for dtype, tolerance in (("float64", 1e-14), ("float32", 1e-6)):
        net, rows = of_scores("softmax_cross_entropy", outputs, dtype), 3000 if outputs < 99 else 70
        plan = gradient_plan(net, np.full((rows, outputs), 2.5), np.arange(rows) % outputs)
        assert NATIVE.loss(plan, net.vector) == pytest.approx(np.log(outputs), rel=tolerance)


def test_logistic_scores_of_0_cost_ln_2():
    for dtype, tolerance in (("float64", 1e-14), ("float32", 1e-6)):
        net = of_scores("logistic", 1, dtype)
        plan = gradient_plan(net, np.zeros((9000, 1)), np.arange(9000) % 2)
        assert NATIVE.loss(plan, net.vector) == pytest.approx(np.log(2), rel=tolerance)


def exact_softmax(scores, y):
    with mpmath.workdps(120):
        numbers = [mpmath.mpf(float(s)) for s in scores]
        powers = [mpmath.exp(s) for s in numbers]
        total = mpmath.fsum(powers)
        loss = mpmath.log(total) - numbers[y]
        return float(loss), [float(p / total - (j == y)) for j, p in enumerate(powers)]


def exact_logistic(scores, y):
    with mpmath.workdps(120):
        score = mpmath.mpf(float(scores[0]))
        p = 1 / (1 + mpmath.exp(-score))
        return float(-mpmath.log(p if y else 1 - p)), [float(p - y)]


@pytest.mark.parametrize("outputs", [1, 2, 3, 5])
@pytest.mark.parametrize("gap", [1e-12, 0.3, 5.0, 37.0, 90.0])
def test_small_losses_keep_their_digits(outputs, gap):
    """Against arbitrary precision: where a sample is nearly sure, and where it is wrong."""
    loss, exact = ("logistic", exact_logistic) if outputs == 1 else (
        "softmax_cross_entropy", exact_softmax,
    )  # fmt: skip
    net = of_scores(loss, outputs)
    for y in (0, 1):
        scores = np.full((1, outputs), 0.25)
        scores[0, 0] += gap
        plan = gradient_plan(net, scores, [y])
        data, _, gradient = NATIVE.loss_and_gradient(plan, net.vector)
        wanted, slopes = exact(scores[0], y)
        assert data == pytest.approx(wanted, rel=1e-14)
        np.testing.assert_allclose(net.views(gradient)["b1"], slopes, rtol=2e-14)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("loss", "outputs"), [case for case in CASES if case[1] in (1, 2, 3, 5)])
def test_what_is_not_finite_is_so_in_both_engines(loss, outputs, bad):
    """A bias that is not finite; the engines agree on what becomes of the loss."""
    net, rng = of_scores(loss, outputs), np.random.default_rng(3)
    y = targets_for(loss, rng, 21, outputs)
    for which in range(outputs):
        bias = np.zeros(outputs)
        bias[which] = bad
        plan = gradient_plan(net, rng.normal(size=(21, outputs)), y)
        vector = net.with_parameters(b1=bias).vector
        with quiet():
            found, wanted = (e.loss_and_gradient(plan, vector) for e in (NATIVE, REFERENCE))
        assert np.isfinite(found[0]) == np.isfinite(wanted[0])
        if np.isnan(bad):
            assert np.isnan(found[0])
            np.testing.assert_array_equal(np.isnan(found[2]), np.isnan(wanted[2]))
