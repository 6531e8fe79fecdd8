"""Losses as gates on arrays: right, differentiable, safe at large scores, honest about NaN."""

import warnings

import mpmath as mp
import numpy as np
import pytest

import clearprop as cp
import peers
from clearprop.errors import CircuitError
from clearprop.loss_circuit import LossWires, unfold
from gradient_checks import differences, error, targets_for

ROWS, OUTPUTS = 6, 4


def mp_softplus(x):
    return mp.log(1 + mp.exp(x))


def mp_hinge(s, y):
    return mp.fsum(max(mp.mpf(0), s[j] - s[y] + 1) for j in range(len(s)) if j != y)


# Each loss of one sample, in 60 digits.
PRECISE = {
    "softmax_cross_entropy": lambda s, y: mp.log(mp.fsum(mp.exp(v) for v in s)) - s[y],
    "hinge": mp_hinge,
    "logistic": lambda s, y: mp.fsum(mp_softplus(v) - v * t for v, t in zip(s, y, strict=True)),
    "squared_error": lambda s, y: mp.fsum((v - t) ** 2 for v, t in zip(s, y, strict=True)) / 2,
    "absolute_error": lambda s, y: mp.fsum(abs(v - t) for v, t in zip(s, y, strict=True)),
    "huber": lambda s, y: mp.fsum(
        (v - t) ** 2 / 2 if abs(v - t) <= 1 else abs(v - t) - mp.mpf("0.5")
        for v, t in zip(s, y, strict=True)
    ),
    "quantile": lambda s, y: mp.fsum(abs(v - t) for v, t in zip(s, y, strict=True)) / 2,
    "poisson": lambda s, y: mp.fsum(
        mp.exp(v) - t * v - t + (t * mp.log(t) if t > 0 else 0) for v, t in zip(s, y, strict=True)
    ),
}


def precise_slope(loss, s, y, j):
    """The derivative by score j, from the definition of each loss."""
    with mp.workdps(60):
        s = [mp.mpf(float(v)) for v in s]
        if loss == "softmax_cross_entropy":
            return mp.exp(s[j]) / mp.fsum(mp.exp(v) for v in s) - (j == y)
        if loss == "hinge":
            inside = [k != y and s[k] - s[y] + 1 > 0 for k in range(len(s))]
            return -sum(inside) if j == y else int(inside[j])
        d = s[j] - mp.mpf(float(y[j]))
        if loss == "logistic":
            return 1 / (1 + mp.exp(-s[j])) - mp.mpf(float(y[j]))
        if loss == "squared_error":
            return d
        if loss == "poisson":
            return mp.exp(s[j]) - mp.mpf(float(y[j]))
        if loss == "quantile":
            return mp.sign(d) / 2
        return mp.sign(d) if loss == "absolute_error" else max(-1, min(1, d))


def sample(loss, seed=0, rows=ROWS):
    rng = np.random.default_rng(seed)
    return 2 * rng.normal(size=(rows, OUTPUTS)), targets_for(loss, rng, rows, OUTPUTS)


def circuit_of(loss, scores, y):
    s = cp.input("s", scores)
    return s, cp.apply_loss(loss, s, y)


def test_every_loss_has_a_peer_here():
    assert set(peers.LOSSES) == set(PRECISE) == set(cp.LOSSES)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("loss", cp.LOSSES)
def test_losses_and_slopes_against_formulas(loss, seed):
    scores, y = sample(loss, seed)
    s, losses = circuit_of(loss, scores, y)
    value, slope = peers.LOSSES[loss]
    assert losses.shape == (ROWS,)
    assert error(cp.evaluate(losses), value(scores, y)) < 1e-14
    weights = np.random.default_rng(seed).normal(size=ROWS)
    found = cp.gradients((losses * weights).sum())[s]
    assert error(found, slope(scores, y) * weights[:, None]) < 1e-14


@pytest.mark.parametrize("loss", cp.LOSSES)
def test_slopes_against_differences(loss):
    scores, y = sample(loss, seed=7)
    s, losses = circuit_of(loss, scores, y)
    f = losses.sum()
    expected = differences(lambda at: cp.evaluate(f, {s: at}), scores)
    assert error(cp.gradients(f)[s], expected) < 1e-10


@pytest.mark.parametrize("loss", cp.LOSSES)
def test_one_sample_alone(loss):
    scores, y = sample(loss, seed=1, rows=1)
    s, losses = circuit_of(loss, scores, y)
    one, alone = circuit_of(loss, scores[0], y[0])
    assert alone.shape == ()
    assert cp.evaluate(alone) == cp.evaluate(losses)[0]
    np.testing.assert_array_equal(cp.gradients(alone)[one], cp.gradients(losses.sum())[s][0])


# Score differences of up to 2e4: exp overflows on the way in a careless formula.
EXTREME = [
    [1e4, -1e4, 0.0, 3.0],
    [-1e4, 1e4, 1e4, -2.0],
    [-1e4, -1e4, -1e4, -1e4],
    [1e4, 1e4, 1e4, 1e4],
    [1e-9, -1e-9, 0.0, 710.0],
]


@pytest.mark.parametrize("loss", cp.LOSSES)
def test_large_scores_are_safe(loss):
    scores = np.array(EXTREME)
    if loss == "poisson":  # whose scores are logarithms
        scores = np.minimum(scores, 20.0)
    y = targets_for(loss, np.random.default_rng(3), len(scores), OUTPUTS)
    s, losses = circuit_of(loss, scores, y)
    with warnings.catch_warnings(), mp.workdps(60):
        warnings.simplefilter("error")
        values, slopes = cp.evaluate(losses), cp.gradients(losses.sum())[s]
        for row in range(len(scores)):
            at = [mp.mpf(float(v)) for v in scores[row]]
            wanted = y[row] if y.ndim == 1 else [mp.mpf(float(t)) for t in y[row]]
            exact = PRECISE[loss](at, wanted)
            assert abs(values[row] - exact) <= 1e-14 * max(1, abs(exact))
            for j in range(OUTPUTS):
                exact = precise_slope(loss, scores[row], y[row], j)
                assert abs(slopes[row, j] - exact) <= 1e-14 * max(1, abs(exact))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("loss", cp.LOSSES)
def test_nan_in_gives_nan_out(loss, dtype):
    for column in range(OUTPUTS):
        scores, y = sample(loss, seed=2)
        scores[3, column] = np.nan
        s, losses = circuit_of(loss, scores, y)
        found = cp.evaluate(losses, dtype=dtype)
        assert np.isnan(found[3])
        assert np.isfinite(np.delete(found, 3)).all()
        slopes = cp.gradients(losses.sum(), dtype=dtype)[s]
        assert np.isnan(slopes[3, column])
        assert np.isfinite(np.delete(slopes, 3, axis=0)).all()


def test_published_losses():
    """CS231n's two examples: hinge 8 and 1.58, cross-entropy 1.040190569."""
    first, second = np.array([13.0, -7.0, 11.0]), np.array([-2.85, 0.86, 0.28])
    for loss, scores, right, expected, tolerance in [
        ("hinge(margin=10)", first, 0, 8.0, 0),
        ("hinge", second, 2, 1.58, 1e-15),
        ("softmax_cross_entropy", second, 2, 1.040190569, 1e-9),
    ]:
        _, losses = circuit_of(loss, scores[None], np.array([right]))
        assert cp.evaluate(losses)[0] == pytest.approx(expected, rel=0, abs=tolerance)


@pytest.mark.parametrize("scores", [[0.3, -1.2, 2.0], [5.0, 5.0, 4.9], [-800.0, 0.0, 800.0]])
@pytest.mark.parametrize("right", range(3))
def test_second_derivatives_of_softmax_cross_entropy(scores, right):
    """diag(p) - p·pᵀ, whatever the right class."""
    s, loss = circuit_of("softmax_cross_entropy", np.array(scores), right)
    slope = cp.backward(loss)[s]
    unit = cp.input("unit", shape=(3,))
    picked = (slope * unit).sum()
    hessian = [cp.gradients(picked, {unit: row}, wrt=[s])[s] for row in np.eye(3)]
    p = peers.softmax(np.array([scores]))[0]
    np.testing.assert_allclose(hessian, np.diag(p) - np.outer(p, p), rtol=0, atol=1e-15)


def test_kinks_take_the_declared_slopes():
    at = np.array([[0.0, 1.0, 0.5]])
    s, losses = circuit_of("absolute_error", at, at)
    np.testing.assert_array_equal(cp.gradients(losses.sum())[s], [[0, 0, 0]])
    s, losses = circuit_of("hinge", np.array([[1.0, 0.0, 2.5]]), np.array([0]))
    np.testing.assert_array_equal(cp.gradients(losses.sum())[s], [[-1, 0, 1]])
    s, losses = circuit_of("huber(delta=0.5)", np.array([[0.5, -0.5, 2.0]]), np.zeros((1, 3)))
    np.testing.assert_array_equal(cp.gradients(losses.sum())[s], [[0.5, -0.5, 0.5]])


def test_a_loss_taken_apart():
    scores, y = sample("softmax_cross_entropy")
    s, losses = circuit_of("softmax_cross_entropy", scores, y)
    parts = unfold(losses)
    np.testing.assert_array_equal(cp.evaluate(parts.stages["m"]), scores.max(axis=1))
    assert error(cp.evaluate(parts.value), cp.evaluate(losses)) == 0
    assert error(cp.evaluate(parts.probability), peers.softmax(scores)) < 1e-15
    assert error(cp.gradients(parts.value.sum())[s], cp.gradients(losses.sum())[s]) < 1e-14
    without = LossWires(cp.LOSSES["logistic"], s, None).probability
    assert error(cp.evaluate(without), 1 / (1 + np.exp(-scores))) < 1e-15
    with pytest.raises(CircuitError, match="the hinge loss gives scores, not probabilities"):
        LossWires(cp.LOSSES["hinge"], s, None).probability  # noqa: B018
    with pytest.raises(CircuitError, match="s is not the output of a loss"):
        unfold(s)


@pytest.mark.parametrize(
    ("loss", "scores", "targets", "words"),
    [
        ("hinge", ("N", 3), (3,), "targets (n,); given (N, 3) and (3,)"),
        ("hinge", ("N", 3), ("N", 3), "targets (n,); given (N, 3) and (N, 3)"),
        ("huber", ("N", 3), ("N",), "targets of the same shape; given (N, 3) and (N,)"),
        ("huber", (), (), "takes scores (n, outputs)"),
        ("hinge", (2, 5, 3), (2, 5), "takes scores (n, outputs)"),
        ("hinge", ("N", "K"), ("N",), "needs the number of classes"),
    ],
)
def test_shapes_that_do_not_fit(loss, scores, targets, words):
    with pytest.raises(CircuitError) as caught:
        cp.apply_loss(loss, cp.input("s", shape=scores), cp.input("y", shape=targets))
    assert words in str(caught.value)
    assert loss in str(caught.value)
