"""The compiled gates: the primitives against arbitrary precision, every gate against its row."""

import mpmath
import numpy as np
import pytest

import clearprop as cp
from clearprop import compiled
from clearprop.numerics import evaluate_gate, evaluate_slopes, quiet
from native_checks import NEEDS_NATIVE, evaluate, skip_unknown
from test_tables_gates import points_on, random_points

pytestmark = NEEDS_NATIVE

INF, NAN = np.inf, np.nan
LN2 = float(np.log(2))
TURNS = np.arange(-1074, 1024)  # powers of two, from the smallest number to the largest
# How many units in the last place each primitive may be off: somewhat more than the worst
# found at millions of points. The documentation says "about 2".
PRIMITIVES = {"exp": 1.5, "expm1": 2.5, "log": 1.0, "log1p": 2.5, "tanh": 3.0, "sqrt": 0.5}


def signed(rng, count, lowest, highest):
    """Numbers of both signs whose logarithms are spread evenly."""
    return rng.choice([-1.0, 1.0], count) * 10.0 ** rng.uniform(lowest, highest, count)


def dense(name, count, seed=0):
    """Points over a function's whole range, and more of them where it is delicate.

    Where the polynomials' reduced intervals meet (at odd multiples of half of ln 2 for the
    exponentials, at odd powers of the root of 2 for the logarithms), near 0 and 1, where
    digits could cancel, where results are subnormal, and at both ends.
    """
    rng = np.random.default_rng(seed)
    near = 1 + rng.normal(size=TURNS.size) * 1e-13
    spread, tiny = rng.uniform(-1, 1, count), signed(rng, count, -323, 0)
    with quiet():
        points = {
            "exp": [
                rng.uniform(-745.2, 709.8, count), rng.uniform(-745.2, -708, count), spread,
                tiny, TURNS * LN2 * near, (TURNS + 0.5) * LN2 * near,
            ],
            "expm1": [
                rng.uniform(-45, 709.8, count), rng.uniform(700, 709.8, count), spread, tiny,
                (TURNS * LN2 * near)[1000:], ((TURNS + 0.5) * LN2 * near)[1000:],
            ],
            "log": [
                10.0 ** rng.uniform(-323, 308, count), 1 + signed(rng, count, -16, -0.5),
                rng.uniform(0.5, 3, count), 2.0**TURNS, 2.0 ** (TURNS + 0.5) * near,
                rng.uniform(0, 3e-308, count),
            ],
            "log1p": [
                tiny[tiny > -1], -1 + 10.0 ** rng.uniform(-16, 0, count),
                10.0 ** rng.uniform(-3, 308, count), rng.uniform(-0.6, 3, count),
                2.0 ** (TURNS[1020:] + 0.5) * near[1020:] - 1,
            ],
            "tanh": [
                tiny, rng.uniform(-25, 25, count), spread, TURNS[1000:1150] * LN2 / 2,
                (TURNS[1000:1150] + 0.5) * LN2 / 2,
            ],
            "sqrt": [10.0 ** rng.uniform(-323, 308, count), rng.uniform(0, 4, count)],
        }[name]  # fmt: skip
    found = np.concatenate(points)
    return found[np.isfinite(found)]


def worst_ulp(name, x):
    """The largest error, in units of the last place of the true result, and where it is."""
    got, _ = evaluate(cp.GATES[name], x)
    function = getattr(mpmath, name)
    worst, at = 0.0, 0.0
    with mpmath.workdps(40):
        for point, value in zip(x.tolist(), got.tolist(), strict=True):
            true = function(mpmath.mpf(point))
            rounded = float(true)
            if np.isinf(rounded) or not np.isfinite(value):
                error = 0.0 if rounded == value else INF
            else:
                error = float(abs(value - true) / mpmath.mpf(float(np.spacing(abs(rounded)))))
            worst, at = max((worst, at), (error, point))
    return worst, at


@pytest.mark.parametrize("name", PRIMITIVES)
def test_float64_is_right_to_the_last_places(name):
    x = dense(name, 400)
    assert x.size > 500
    worst, at = worst_ulp(name, x)
    assert worst <= PRIMITIVES[name], f"{name}({at!r}) is {worst:.2f} units in the last place off"


@pytest.mark.slow
@pytest.mark.parametrize("name", PRIMITIVES)
def test_float64_is_right_at_many_more_points(name):
    worst, at = worst_ulp(name, dense(name, 15_000, seed=1))
    assert worst <= PRIMITIVES[name], f"{name}({at!r}) is {worst:.2f} units in the last place off"


def float32_patterns(step, chunk=1 << 22):
    """Every so-manyth of all 2**32 patterns of a float32, in pieces."""
    for first in range(0, 1 << 32, step * chunk):
        last = min(first + step * chunk, 1 << 32)
        yield np.arange(first, last, step, np.uint64).astype(np.uint32).view(np.float32)


def check_float32(name, step):
    seen, function = 0, getattr(np, name)
    for x in float32_patterns(step):
        got, _ = evaluate(cp.GATES[name], x)
        with quiet():
            true = function(x.astype(np.float64))
            wanted = true.astype(np.float32)
        same = (got == wanted) | (np.isnan(got) & np.isnan(wanted))
        finite = np.isfinite(wanted) & np.isfinite(got)
        wrong = ~same & ~finite
        assert not wrong.any(), f"{name}({x[wrong][:3]}) gave {got[wrong][:3]}"
        ulp = np.spacing(abs(wanted[finite])).astype(np.float64)
        error = abs(got[finite].astype(np.float64) - true[finite]) / ulp
        far = error > PRIMITIVES[name]
        assert not far.any(), f"{name}({x[finite][far][:3]}): {error[far][:3]} ulp"
        zero = (wanted == 0) & (got == 0)
        assert (np.signbit(got) == np.signbit(wanted))[zero].all(), f"{name}: the sign of a 0"
        seen += x.size
    assert seen == -(-(1 << 32) // step)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_float32_over_the_whole_range(name):
    check_float32(name, 4099)


@pytest.mark.slow
@pytest.mark.parametrize("name", PRIMITIVES)
def test_float32_over_the_whole_range_closely(name):
    check_float32(name, 37)


# Pairs of what goes in and what comes out; TINY is the smallest number of the precision.
TINY = "the smallest"
KEPT = [(0.0, 0.0), (-0.0, -0.0), (TINY, TINY)]
ENDS = {
    "exp": [(INF, INF), (-INF, 0.0), (0.0, 1), (-0.0, 1), (1e4, INF), (-1e4, 0.0), (TINY, 1)],
    "expm1": [(INF, INF), (-INF, -1), (1e4, INF), (-1e4, -1), *KEPT[:2]],
    "log": [(INF, INF), (-INF, NAN), (0.0, -INF), (-0.0, -INF), (-1.0, NAN), (1.0, 0.0)],
    "log1p": [(INF, INF), (-INF, NAN), (-1.0, -INF), (-1.5, NAN), *KEPT],
    "tanh": [(INF, 1), (-INF, -1), (1e30, 1), (-1e30, -1), *KEPT],
    "sqrt": [(INF, INF), (-INF, NAN), (0.0, 0.0), (-0.0, -0.0), (-1.0, NAN)],
    "abs": [(INF, INF), (-INF, INF), (0.0, 0.0), (-0.0, 0.0), (-1.5, 1.5), (TINY, TINY)],
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ENDS)
def test_the_ends_of_the_range(name, dtype):
    tiny = np.finfo(dtype).smallest_subnormal
    pairs = [[tiny if n is TINY else n for n in pair] for pair in ENDS[name]]
    x, wanted = np.array(pairs, dtype).T
    got, _ = evaluate(cp.GATES[name], x)
    np.testing.assert_array_equal(got, wanted)
    zero = wanted == 0
    np.testing.assert_array_equal(np.signbit(got[zero]), np.signbit(wanted[zero]))
    assert np.isnan(evaluate(cp.GATES[name], np.full(3, NAN, dtype))[0]).all()


@pytest.mark.parametrize(
    ("dtype", "largest"), [("float64", 709.782712893384), ("float32", 88.72283)]
)
def test_exp_overflows_where_it_should(dtype, largest):
    largest = np.array(largest, dtype)
    x = np.array([largest, np.nextafter(largest, np.array(INF, dtype))])
    for name in ("exp", "expm1"):
        got, _ = evaluate(cp.GATES[name], x)
        assert np.isfinite(got).tolist() == [True, False], name


# Every gate of the table.

GATES = [pytest.param(gate, id=gate.name) for gate in cp.GATES.values()]
TOLERANCE = {"float64": 1e-13, "float32": 5e-6}


def test_every_row_of_the_tables_was_compiled_in():
    for table in (cp.GATES, cp.LOSSES, cp.OPTIMIZERS):
        rows = [row for row in table.values() if getattr(row, "updates", True)]
        assert compiled.unknown(row for row in rows if getattr(row, "activation", True)) is None


def assert_follows(gate, inputs, dtype):
    """Hold value and slopes to those of NumPy in float64, at the same points."""
    inputs = [np.asarray(x, dtype) for x in inputs]
    value, slopes = evaluate(gate, *inputs)
    wide = [x.astype(np.float64) for x in inputs]
    with quiet():
        expected = [evaluate_gate(gate, *wide), *evaluate_slopes(gate, *wide)]
        expected = [np.asarray(part).astype(dtype).astype(np.float64) for part in expected]
    for part, wanted in zip([value, *slopes], expected, strict=True):
        got = part.astype(np.float64)
        np.testing.assert_array_equal(np.isnan(got), np.isnan(wanted))
        with quiet():
            error = abs(got - wanted) / np.maximum(1, abs(wanted))
        fine = (got == wanted) | np.isnan(wanted) | (error <= TOLERANCE[dtype])
        where = [x[~fine][:2] for x in inputs]
        assert fine.all(), f"{gate.name} at {where}: {got[~fine][:2]}, not {wanted[~fine][:2]}"


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("gate", GATES)
def test_value_and_slopes_are_the_rows(gate, dtype):
    skip_unknown(gate)
    assert_follows(gate, random_points(gate, 10_000), dtype)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("gate", [param for param in GATES if param.values[0].activation])
def test_activations_far_out_and_close_in(gate, dtype):
    skip_unknown(gate)
    sizes = np.r_[0.0, 10.0 ** np.arange(-30, 31), 30.0, 88.0, 104.0, 700.0, 709.0, 746.0, 800.0]
    assert_follows(gate, [np.r_[sizes, -sizes]], dtype)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("gate", [param for param in GATES if param.values[0].kinks])
def test_the_declared_slopes_are_taken_on_kinks(gate, dtype):
    skip_unknown(gate)
    for at, _ in gate.kink_trees:
        inputs = [x.astype(dtype) for x in points_on(gate, at)]
        _, slopes = evaluate(gate, *inputs)
        with quiet():
            assert_follows(gate, inputs, dtype)
            for got, wanted in zip(slopes, evaluate_slopes(gate, *inputs), strict=True):
                np.testing.assert_array_equal(got, wanted.astype(dtype))


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("gate", [param for param in GATES if not param.values[0].logical])
def test_nan_in_gives_nan_out(gate, dtype):
    skip_unknown(gate)
    for which in range(len(gate.inputs)):
        inputs = [x.astype(dtype) for x in random_points(gate, 37)]
        inputs[which][::2] = NAN
        value, slopes = evaluate(gate, *inputs)
        assert np.isnan(value[::2]).all()
        assert not np.isnan(value[1::2]).any()
        if len(inputs) == 1 and np.ptp(evaluate_slopes(gate, *random_points(gate))[0]) > 0:
            assert np.isnan(slopes[0][::2]).all()
            assert not np.isnan(slopes[0][1::2]).any()


@pytest.mark.parametrize("name", ["less", "less_equal", "greater", "greater_equal", "equal"])
def test_a_question_counts_nan_as_no(name):
    nan, one = np.array([NAN, 1.0, NAN]), np.array([1.0, NAN, NAN])
    np.testing.assert_array_equal(evaluate(cp.GATES[name], nan, one)[0], [0, 0, 0])
    np.testing.assert_array_equal(evaluate(cp.GATES["not_equal"], nan, one)[0], [1, 1, 1])


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 15, 16, 17, 33])
def test_any_number_of_points_gives_the_same_bits(count):
    """Whole vectors, a part of one, none: nothing beyond the end is touched."""
    x = np.linspace(-3, 3, 33).astype(np.float32)
    for name in ("silu", "max"):
        gate = cp.GATES[name]
        inputs = [x, x[::-1]][: len(gate.inputs)]
        whole = evaluate(gate, *inputs)[0]
        beyond = np.full(40, 9.0, np.float32)
        part = [np.ascontiguousarray(each[:count]) for each in inputs]
        slopes = [np.empty(count, np.float32) for _ in part]
        compiled.native().evaluate32(name, part, beyond[:count], slopes, [])
        np.testing.assert_array_equal(beyond[:count], whole[:count])
        assert (beyond[count:] == 9.0).all()


def test_parameters_reach_the_compiled_gate():
    gate = cp.GATES.resolve("leaky_relu(alpha=0.2)")
    value, (slope,) = evaluate(gate, np.array([-1.0, 2.0]))
    np.testing.assert_array_equal(value, [-0.2, 2.0])
    np.testing.assert_array_equal(slope, [0.2, 1.0])
