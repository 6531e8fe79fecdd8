"""Every loss of the table: against formulas written here once more, at near and far scores."""

import itertools
import math
from dataclasses import replace

import mpmath
import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import TableError
from clearprop.tables import LOSSES, Loss, register_loss
from clearprop.tables.complexstep import STEP
from clearprop.tables.losschecks import loss_of

pytestmark = pytest.mark.filterwarnings("error")

EACH_LOSS = pytest.mark.parametrize("loss", LOSSES.values(), ids=str)


# The losses as textbooks write them, of scores, targets (of the right class: 1) and parameters.


def softmax_cross_entropy(scores, hits):
    whole = mpmath.fsum(mpmath.exp(s) for s in scores)
    return -mpmath.log(mpmath.exp(scores[hits.index(1)]) / whole)


def hinge(scores, hits, margin=1.0):
    right = scores[hits.index(1)]
    wrong = (s for s, hit in zip(scores, hits, strict=True) if not hit)
    return mpmath.fsum(max(mpmath.mpf(0), s - right + margin) for s in wrong)


def logistic(scores, targets):
    def sigmoid(s):
        return 1 / (1 + mpmath.exp(-s))

    pairs = zip(scores, targets, strict=True)
    return -mpmath.fsum(mpmath.log(sigmoid(s) if t else sigmoid(-s)) for s, t in pairs)


def squared_error(scores, targets):
    return mpmath.fsum((s - t) ** 2 for s, t in zip(scores, targets, strict=True)) / 2


def absolute_error(scores, targets):
    return mpmath.fsum(abs(s - t) for s, t in zip(scores, targets, strict=True))


def huber(scores, targets, delta=1.0):
    def one(off):
        return off * off / 2 if off <= delta else delta * (off - mpmath.mpf(delta) / 2)

    return mpmath.fsum(one(abs(s - t)) for s, t in zip(scores, targets, strict=True))


FORMULAS = [
    ("softmax_cross_entropy", softmax_cross_entropy, {}),
    ("hinge", hinge, {}),
    ("hinge", hinge, {"margin": 10.0}),
    ("logistic", logistic, {}),
    ("squared_error", squared_error, {}),
    ("absolute_error", absolute_error, {}),
    ("huber", huber, {}),
    ("huber", huber, {"delta": 0.25}),
]
EACH_FORMULA = pytest.mark.parametrize(
    ("name", "formula", "parameters"), FORMULAS, ids=[f"{n}{p or ''}" for n, _, p in FORMULAS]
)


def one_hot(right, count):
    return [float(i == right) for i in range(count)]


def targets_for(loss, rng, count):
    if loss.targets == "class":
        return one_hot(rng.integers(count), count)
    if loss.targets == "binary":
        return [float(t) for t in rng.integers(0, 2, count)]
    return [float(t) for t in rng.normal(0, 2, count)]


def cases(loss):
    """Samples of two to six outputs; half of them with scores around 3, half up to 300."""
    rng = np.random.default_rng(31)
    for i in range(60):
        count = int(rng.integers(2, 7))
        scores = rng.normal(0, 3, count) if i % 2 else rng.uniform(-300, 300, count)
        yield [float(s) for s in scores], targets_for(loss, rng, count)
    for scores in itertools.product((-300.0, 300.0), repeat=3):
        yield list(scores), targets_for(loss, rng, 3)


def value_and_slopes(loss, scores, targets):
    value, slopes = loss_of(loss, [complex(s) for s in scores], [complex(t) for t in targets])
    return value.real, [slope.real for slope in slopes]


def true_slopes(formula, scores, targets, parameters):
    """The formula's derivative by each score: a difference of 30 digits."""
    h = mpmath.mpf(10) ** -30
    for which in range(len(scores)):
        up, down = ([s + d * (i == which) for i, s in enumerate(scores)] for d in (h, -h))
        higher, lower = (formula(moved, targets, **parameters) for moved in (up, down))
        yield float((higher - lower) / (2 * h))


@EACH_FORMULA
def test_value_and_slopes_are_the_textbooks(name, formula, parameters):
    loss = LOSSES[name].with_parameters(**parameters)
    for scores, targets in cases(loss):
        value, slopes = value_and_slopes(loss, scores, targets)
        with mpmath.workdps(400):  # exp(300) beside exp(-300), and 30 digits of a difference
            exact = [mpmath.mpf(s) for s in scores]
            wanted = float(formula(exact, targets, **parameters))
            wanted_slopes = list(true_slopes(formula, exact, targets, parameters))
        assert value == pytest.approx(wanted, rel=1e-12, abs=1e-300)
        assert slopes == pytest.approx(wanted_slopes, rel=1e-12, abs=1e-300)


@EACH_FORMULA
def test_values_at_scores_of_ten_thousand(name, formula, parameters):
    loss = LOSSES[name].with_parameters(**parameters)
    for scores in itertools.product((-1e4, 1e4), repeat=3):
        targets = one_hot(1, 3)
        value, _ = value_and_slopes(loss, scores, targets)
        with mpmath.workdps(40):
            wanted = float(formula([mpmath.mpf(s) for s in scores], targets, **parameters))
        assert value == pytest.approx(wanted, rel=1e-12, abs=0)


@EACH_LOSS
def test_slopes_are_the_derivatives(loss):
    for scores, targets in cases(loss):
        if max(map(abs, scores)) > 30:
            continue  # there are no digits left to compare where exp(-300) meets 1
        _, slopes = value_and_slopes(loss, scores, targets)
        for which, slope in enumerate(slopes):
            shifted = [complex(s, STEP * (i == which)) for i, s in enumerate(scores)]
            true = loss_of(loss, shifted, [complex(t) for t in targets])[0].imag / STEP
            assert slope == pytest.approx(true, rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("loss", [loss for loss in LOSSES.values() if loss.shown], ids=str)
def test_the_slope_that_is_shown_is_the_slope(loss):
    as_shown = replace(loss, slope=loss.shown)
    for scores, targets in cases(loss):
        _, slopes = value_and_slopes(loss, scores, targets)
        _, shown = value_and_slopes(as_shown, scores, targets)
        assert shown == pytest.approx(slopes, rel=1e-12, abs=1e-12)


@EACH_LOSS
def test_a_nan_score_makes_the_loss_and_its_slope_nan(loss):
    rng = np.random.default_rng(3)
    for which in range(4):
        scores, targets = [0.5, -1.0, 2.0, 0.1], targets_for(loss, rng, 4)
        scores[which] = math.nan
        value, slopes = value_and_slopes(loss, scores, targets)
        assert math.isnan(value)
        assert math.isnan(slopes[which])


def hessian(name, score, target, dtype="float64"):
    s, wanted = cp.input("s", [score]), cp.input("wanted", [target])
    slope = cp.backward(cp.apply_loss(name, s, wanted))[s]
    return float(np.sum(cp.evaluate(cp.backward(slope.sum())[s], dtype=dtype)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("score", [0.0, 1.0, -1.0, 30.0, -30.0, 110.0, -110.0, 800.0, -800.0, 1e4])
def test_the_curvature_of_the_logistic_loss(score, dtype):
    with mpmath.workdps(40):
        p = 1 / (1 + mpmath.exp(-mpmath.mpf(score)))
        wanted = float(p * (1 - p))
    for target in (0.0, 1.0):
        assert hessian("logistic", score, target, dtype) == pytest.approx(wanted, rel=1e-5)


def test_the_absolute_error_has_no_curvature_on_its_target():
    assert hessian("absolute_error", 2.0, 2.0) == 0
    assert hessian("squared_error", 2.0, 2.0) == 1


# Stanford's CS231n notes, "Linear classification": the two worked examples.


def test_cs231n_hinge_with_a_margin_of_ten():
    value, slopes = value_and_slopes(LOSSES.resolve("hinge(margin=10)"), [13, -7, 11], [1, 0, 0])
    assert value == 8
    assert slopes == [-1, 0, 1]


def test_cs231n_hinge_beside_softmax():
    scores, hits = [-2.85, 0.86, 0.28], [0, 0, 1]
    assert value_and_slopes(LOSSES["hinge"], scores, hits)[0] == pytest.approx(1.58, abs=1e-12)
    value, slopes = value_and_slopes(LOSSES["softmax_cross_entropy"], scores, hits)
    assert value == pytest.approx(1.040190569, abs=5e-10)
    assert sum(slopes) == pytest.approx(0, abs=1e-15)


def test_slopes_where_there_is_no_derivative():
    assert value_and_slopes(LOSSES["absolute_error"], [2.0], [2.0]) == (0, [0])
    assert value_and_slopes(LOSSES["huber"], [3.0], [2.0]) == (0.5, [1])
    assert value_and_slopes(LOSSES["hinge"], [1.0, 2.0], [0.0, 1.0]) == (0, [0, 0])


def test_names_of_the_formulas_are_in_the_table():
    assert {name for name, _, _ in FORMULAS} <= set(LOSSES)


# Wrong rows.

SQUARED = {"e": ("sum", "0.5 * (target - s) * (target - s)")}
SOFTMAX = {"m": ("max", "s"), "t": ("sum", "exp(s - m)"), "c": ("pick", "s")}
CROSS_ENTROPY = "log(t) + (m - c)"

WRONG_LOSSES = {
    # what is wrong: (value, slope, targets, stages, further columns, a part of the message)
    "slope off by a millionth": (
        "e",
        "1.000001 * (s - target)",
        "value",
        SQUARED,
        {},
        "changes by",
    ),
    "slope of the other sign": ("e", "target - s", "value", SQUARED, {}, "changes by"),
    "slope lacks a factor": ("2 * e", "s - target", "value", SQUARED, {}, "for each unit"),
    "slope lacks a term": (CROSS_ENTROPY, "p", "class", SOFTMAX, {}, "for each unit"),
    "unknown targets": ("e", "s - target", "number", SQUARED, {}, "not 'number'"),
    "unknown reduction": ("e", "s", "value", {"e": ("mean", "s")}, {}, "'mean' cannot be done"),
    "pick without a class": ("c", "1", "value", {"c": ("pick", "s")}, {}, "'pick' cannot be done"),
    "unknown name in a stage": ("e", "s", "value", {"e": ("sum", "q * s")}, {}, "stage e: 'q * s'"),
    "stage uses a later stage": (
        "a",
        "1",
        "value",
        {"a": ("sum", "b"), "b": ("sum", "s")},
        {},
        "stage a: 'b' uses b",
    ),
    "value uses a score": ("e + s", "s - target", "value", SQUARED, {}, "value: 'e + s' uses s"),
    "target of another kind": ("e", "s - target", "class", SQUARED, {}, "uses target"),
    "probability of the target": (
        "e",
        "s - target",
        "value",
        SQUARED,
        {"probability": "target"},
        "probability: 'target' uses target",
    ),
    "stage named like the score": ("s", "1", "value", {"s": ("sum", "s")}, {}, "something else"),
    "part named like a stage": (
        "e",
        "s - target",
        "value",
        SQUARED,
        {"parts": {"e": "s"}},
        "the part 'e' has the name of something else",
    ),
    "parameter named like a score": (
        "e",
        "s - target",
        "value",
        SQUARED,
        {"parameters": {"s": 1.0}},
        "the parameter 's' has the name of something else",
    ),
    "wrong far from the target": (
        "e",
        "0 * s",
        "value",
        {"e": ("sum", "max(abs(s - target) - 50, 0)")},
        {},
        "for each unit",
    ),
    "wrong between two comparisons": (
        "e",
        "where(s > 40.5, where(s < 40.6, 0 * s, s - target), s - target)",
        "value",
        SQUARED,
        {},
        "for each unit",
    ),
    "no slope between those of the sides": (
        "e",
        "where(s > target, 1, where(s < target, -1, s - target + 7))",
        "value",
        {"e": ("sum", "abs(s - target)")},
        {},
        "but beside them it is -1 and 1",
    ),
    "a stage that is no pair": ("e", "s", "value", {"e": "s"}, {}, "a stage is a reduction and"),
    "a stage of numbers": ("e", "s", "value", {"e": ("sum", 1)}, {}, "a stage is a reduction and"),
    "no stages": ("e", "s", "value", None, {}, "stages is a mapping with names"),
    "latex that is no text": ("e", "s - target", "value", SQUARED, {"latex": 5}, "latex is a text"),
    "NaN hidden": (
        "e",
        "where(s > target, 1, -1)",
        "value",
        {"e": ("sum", "where(s > target, s - target, target - s)")},
        {},
        "a score that is NaN must make loss and slope NaN",
    ),
    "another slope shown": (
        "e",
        "s - target",
        "value",
        SQUARED,
        {"shown": "target - s"},
        "'target - s' is shown as the slope",
    ),
    "not an expression": ("e", "s -", "value", SQUARED, {}, "slope: this is not an expression"),
}


@pytest.mark.parametrize("wrong", WRONG_LOSSES)
def test_a_wrong_loss_cannot_be_built(wrong):
    value, slope, targets, stages, columns, message = WRONG_LOSSES[wrong]
    columns = {"parts": {"p": "exp(s - m) / t"}, **columns} if stages is SOFTMAX else columns
    with pytest.raises(TableError) as caught:
        Loss("my_loss", value, slope, targets, stages, **columns)
    assert "my_loss" in str(caught.value)
    assert message in str(caught.value)


def test_the_rows_that_were_spoilt_are_right_unspoilt():
    assert Loss("my_loss", "e", "s - target", "value", SQUARED)
    parts = {"p": "exp(s - m) / t"}
    assert Loss("my_loss", CROSS_ENTROPY, "p - hit", "class", SOFTMAX, parts=parts)


def test_a_loss_can_be_registered_at_run_time():
    row = Loss("loss_of_the_tests", "e", "s - target", "value", SQUARED)
    try:
        assert register_loss(row) is row
        assert LOSSES.resolve("loss_of_the_tests") is row
        with pytest.raises(TableError, match="already a loss named 'loss_of_the_tests'"):
            register_loss(row)
    finally:
        LOSSES.remove(row.name)
    with pytest.raises(TableError, match="Did you mean 'hinge'"):
        LOSSES["hing"]
