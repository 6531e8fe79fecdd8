"""Every gate of the table: slopes against derivatives, kinks, far ends, NaN and float32."""

import itertools

import mpmath
import numpy as np
import pytest

import clearprop as cp
from clearprop.numerics import COMPLEX, REAL, evaluate_gate, evaluate_slopes, quiet
from clearprop.tables import GATES, Gate, Kink, activations, register_gate
from clearprop.tables.expression import CONSTANTS, Meaning, fold

pytestmark = pytest.mark.filterwarnings("error")

EACH_GATE = pytest.mark.parametrize("gate", GATES.values(), ids=str)
STEP = 1e-30
FAR, NEAR = 1e4, 1e-9


def random_points(gate, count=10_000, seed=20):
    rng = np.random.default_rng(seed)
    return [rng.uniform(low, high, count) for low, high in gate.domain]


def evaluate(gate, tree, inputs, functions=REAL):
    """Evaluate one of the gate's expressions, y included."""
    names = {name: np.asarray(value) for name, value in gate.parameters.items()}
    names |= dict(zip(gate.inputs, inputs, strict=True))
    with quiet():
        for part, part_tree in gate.part_trees.items():
            names[part] = fold(part_tree, Meaning(names, functions, np.asarray))
        names["y"] = fold(gate.value_tree, Meaning(names, functions, np.asarray))
        return np.broadcast_to(fold(tree, Meaning(names, functions, np.asarray)), inputs[0].shape)


@EACH_GATE
def test_slopes_are_the_derivatives(gate):
    inputs = random_points(gate)
    smooth = np.ones(len(inputs[0]), dtype=bool)
    for at, _ in gate.kink_trees:
        smooth &= abs(evaluate(gate, at, inputs)) >= 1e-6
    assert smooth.sum() > 9_000
    with quiet():
        slopes = evaluate_slopes(gate, *inputs)
        for which, slope in enumerate(slopes):
            assert slope.shape == inputs[which].shape
            shifted = [x + STEP * 1j * (i == which) for i, x in enumerate(inputs)]
            true = evaluate_gate(gate, *shifted, functions=COMPLEX).imag / STEP
            error = abs(slope - true) / np.maximum(1, abs(true))
            assert error[smooth].max() <= 1e-13


def points_on(gate, at):
    """Random points with ``at`` = 0 exactly: the input that moves it is found by bisection."""
    points = []
    for candidate in zip(*random_points(gate, 50), strict=True):
        for which, domain in enumerate(gate.domain):
            point, (low, high) = np.array(candidate), domain

            def sign(value, point=point, which=which):
                point[which] = value
                return float(evaluate(gate, at, list(point[:, None]))[0])

            rising = sign(high) > 0
            for _ in range(80):
                middle = (low + high) / 2
                here = sign(middle)
                low, high = (low, middle) if (here > 0) == rising else (middle, high)
                if here == 0:
                    points.append(point)
                    break
    return list(np.array(points).T)


KINKS = [
    pytest.param(gate, at, declared, id=f"{gate.name}-{kink.at}")
    for gate in GATES.values()
    for kink, (at, declared) in zip(gate.kinks, gate.kink_trees, strict=True)
]


@pytest.mark.parametrize(("gate", "at", "declared"), KINKS)
def test_the_declared_slopes_are_taken_on_kinks(gate, at, declared):
    inputs = points_on(gate, at)
    assert len(inputs[0]) >= 50
    assert (evaluate(gate, at, inputs) == 0).all()
    with quiet():
        slopes = evaluate_slopes(gate, *inputs)
    for slope, tree in zip(slopes, declared, strict=True):
        np.testing.assert_array_equal(slope, evaluate(gate, tree, inputs))


@pytest.mark.parametrize(
    ("spec", "inputs", "slopes"),
    [
        ("relu", [0.0], [0.0]),
        ("leaky_relu(alpha=0.2)", [0.0], [0.2]),
        ("elu(alpha=1.5)", [0.0], [1.5]),
        ("abs", [0.0], [0.0]),
        ("max", [3.0, 3.0], [1.0, 0.0]),
        ("min", [-3.0, -3.0], [1.0, 0.0]),
    ],
)
def test_slopes_on_kinks_by_hand(spec, inputs, slopes):
    assert [
        float(s) for s in evaluate_slopes(GATES.resolve(spec), *map(np.float64, inputs))
    ] == slopes


# Far from 0 and near it, against arbitrary precision.


def _real(function):
    """A function of the reals: NaN in, NaN out, and NaN where there is no real answer."""

    def answer(*arguments):
        if any(map(mpmath.isnan, arguments)):
            return mpmath.nan
        try:
            found = mpmath.mpmathify(function(*arguments))
        except ZeroDivisionError:
            return mpmath.nan
        return found if isinstance(found, mpmath.mpf) else mpmath.nan

    return answer


def _power(base, exponent):
    if base == 0:
        return mpmath.mpf(1 if exponent == 0 else 0) if exponent >= 0 else mpmath.inf
    return mpmath.power(base, exponent)


PRECISE = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": _real(lambda a, b: a / b),
    "negate": lambda a: -a,
    "exp": _real(mpmath.exp),
    "expm1": _real(lambda a: mpmath.exp(a) - 1),
    "log": _real(mpmath.log),
    "log1p": _real(lambda a: mpmath.log(1 + a)),
    "tanh": _real(mpmath.tanh),
    "sqrt": _real(mpmath.sqrt),
    "pow": _real(_power),
    "abs": _real(abs),
    "max": _real(max),
    "min": _real(min),
    "where": lambda condition, then, otherwise: then if condition else otherwise,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def precisely(gate, tree, point):
    names = {name: mpmath.mpf(value) for name, value in gate.parameters.items()}
    names |= dict(zip(gate.inputs, point, strict=True)) | dict.fromkeys(CONSTANTS, +mpmath.pi)
    for part, part_tree in gate.part_trees.items():
        names[part] = fold(part_tree, Meaning(names, PRECISE, mpmath.mpf))
    names["y"] = fold(gate.value_tree, Meaning(names, PRECISE, mpmath.mpf))
    return mpmath.mpf(fold(tree, Meaning(names, PRECISE, mpmath.mpf)))


def true_slope(gate, which, point):
    """Return the derivative by a difference of 30 digits; the declared slope where there is none.

    No derivative: on a kink, across the jump of a question, outside a function's domain.
    """
    for at, declared in gate.kink_trees:
        if precisely(gate, at, point) == 0:
            return precisely(gate, declared[which], point)
    h = mpmath.mpf(10) ** -30
    ends = []
    for shift in (-h, h):
        moved = [x + shift * (i == which) for i, x in enumerate(point)]
        ends.append(precisely(gate, gate.value_tree, moved))
    if gate.logical or any(map(mpmath.isnan, ends)):
        return precisely(gate, gate.slope_trees[which], point)
    return (ends[1] - ends[0]) / (2 * h)


def assert_rounded(got, true, tolerance, scale):
    """Compare with the true number as a double rounds it: inf, 0 and NaN included."""
    wanted = float(true)
    if np.isnan(wanted) or np.isinf(wanted) or wanted == 0:
        np.testing.assert_array_equal(got, wanted)
    else:
        assert abs(got - wanted) <= tolerance * scale(abs(wanted))


POINTS = [
    pytest.param(gate, point, id=f"{gate.name}{point}")
    for gate in GATES.values()
    for size in (FAR, NEAR)
    for point in itertools.product((-size, size), repeat=len(gate.inputs))
]


@pytest.mark.parametrize(("gate", "point"), POINTS)
def test_value_and_slopes_far_from_zero_and_near_it(gate, point):
    inputs = [np.array([x]) for x in point]
    with quiet():
        value, slopes = evaluate_gate(gate, *inputs), evaluate_slopes(gate, *inputs)
    with mpmath.workdps(120):
        exact = [mpmath.mpf(x) for x in point]
        true_value = precisely(gate, gate.value_tree, exact)
        assert_rounded(value[0], true_value, 1e-12, lambda size: size)
        for which, slope in enumerate(slopes):
            true = true_slope(gate, which, exact)
            assert_rounded(slope[0], true, 1e-13, lambda size: max(1.0, size))


@pytest.mark.parametrize(
    ("spec", "inputs", "value", "slopes"),
    [
        ("sigmoid", [-FAR], 0, [0]),
        ("sigmoid", [FAR], 1, [0]),
        ("softplus", [FAR], FAR, [1]),
        ("gelu", [FAR], FAR, [1]),
        ("silu", [-FAR], 0, [0]),
        ("exp", [FAR], np.inf, [np.inf]),
        ("expm1", [-FAR], -1, [0]),
        ("sqrt", [-FAR], np.nan, [np.nan]),
        ("power", [FAR, -FAR], 0, [0, 0]),
        ("power", [-FAR, 3.0], -1e12, [3e8, np.nan]),
        ("max", [-FAR, FAR], FAR, [0, 1]),
    ],
)
def test_far_from_zero_by_hand(spec, inputs, value, slopes):
    gate, inputs = GATES[spec], [np.array([x]) for x in inputs]
    with quiet():
        np.testing.assert_allclose(evaluate_gate(gate, *inputs), [value], rtol=1e-14)
        np.testing.assert_allclose(np.ravel(evaluate_slopes(gate, *inputs)), slopes, rtol=1e-14)


# Slopes of slopes, through circuits.

SMOOTH = {
    "identity": lambda x: x,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "tanh": mpmath.tanh,
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "gelu": lambda x: x / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (x + x**3 * CUBIC))),
}
CUBIC = mpmath.mpf("0.044715")


def second_derivative(gate, at, dtype):
    x = cp.input("x", at)
    slope = cp.backward(cp.apply(gate, x)).get(x)
    second = cp.backward(slope).get(x) if slope is not None else None
    return 0.0 if second is None else float(cp.evaluate(second, dtype=dtype))


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-14), ("float32", 1e-6)])
@pytest.mark.parametrize("name", SMOOTH)
def test_second_derivatives_are_right_everywhere(name, dtype, tolerance):
    for size in (0.0, 1.0, 30.0, 100.0, 710.0, 800.0, 1e4):
        for at in (size, -size):
            with mpmath.workdps(200 if size < 200 else 10_000):
                h = mpmath.mpf(10) ** -30
                before, here, after = (SMOOTH[name](at + shift * h) for shift in (-1, 0, 1))
                true = float((before - 2 * here + after) / h**2)
            assert abs(second_derivative(GATES[name], at, dtype) - true) <= tolerance, at


def test_the_second_derivative_beyond_kinks_is_that_of_the_declared_slope():
    assert second_derivative(GATES["abs"], 0.0, "float64") == 0
    for exponent, wanted in ((0.0, 0.0), (1.0, 0.0), (2.0, 2.0), (3.0, 0.0)):
        x = cp.input("x", 0.0)
        slope = cp.backward(cp.gates.power(x, exponent))[x]
        assert cp.gradients(slope).get(x, 0.0) == wanted


def test_gelu_is_right_where_a_square_overflows():
    for at, wanted in ((1e200, 1.0), (-1e200, 0.0), (1e160, 1.0)):
        assert evaluate_slopes(GATES["gelu"], np.array(at))[0] == wanted


# NaN and float32.


@pytest.mark.parametrize("gate", [gate for gate in GATES.values() if not gate.logical], ids=str)
def test_nan_in_gives_nan_out(gate):
    for which in range(len(gate.inputs)):
        inputs = random_points(gate, 200)
        inputs[which] = np.full(200, np.nan)
        with quiet():
            assert np.isnan(evaluate_gate(gate, *inputs)).all()
            if len(inputs) == 1 and np.ptp(evaluate_slopes(gate, *random_points(gate))[0]) > 0:
                assert np.isnan(evaluate_slopes(gate, *inputs)[0]).all()


def test_a_question_counts_nan_as_no():
    nan, one = np.array([np.nan]), np.array([1.0])
    for name in ("less", "less_equal", "greater", "greater_equal", "equal"):
        assert evaluate_gate(GATES[name], nan, one) == 0
        assert evaluate_gate(GATES[name], one, nan) == 0
    assert evaluate_gate(GATES["not_equal"], nan, one) == 1


@EACH_GATE
def test_float32_inputs(gate):
    inputs = [x.astype(np.float32) for x in random_points(gate)]
    with quiet():
        wanted = evaluate_gate(gate, *(x.astype(np.float64) for x in inputs))
        got = evaluate_gate(gate, *inputs)
        slopes = evaluate_slopes(gate, *inputs)
    ulp = np.spacing(abs(wanted).astype(np.float32)).astype(np.float64)
    assert (abs(got - wanted) <= 4 * ulp).all()
    assert all(np.isfinite(slope).all() for slope in slopes)


# The table as a whole.


def test_parameters_reach_the_values():
    gate, x = GATES.resolve("leaky_relu(alpha=0.2)"), np.array([-1.0, 2.0])
    np.testing.assert_array_equal(evaluate_gate(gate, x), [-0.2, 2.0])
    np.testing.assert_array_equal(evaluate_slopes(gate, x)[0], [0.2, 1.0])
    np.testing.assert_array_equal(evaluate_gate(GATES["leaky_relu"], x), [-0.01, 2.0])


def test_a_gate_can_be_registered_at_run_time():
    mish = Gate(
        "mish_of_the_tests",
        "x * t",
        ["t + x * (1 - t * t) / (1 + exp(-x))"],
        parts={"t": "tanh(max(x, 0) + log1p(exp(-abs(x))))"},
        activation=True,
    )
    assert mish.name not in GATES
    try:
        assert register_gate(mish) is mish
        assert GATES[mish.name] is GATES.resolve(mish.name) is mish
        assert mish.name in activations()
        assert list(GATES)[-1] == mish.name
        again = Gate(mish.name, "x", ["1"])
        with pytest.raises(ValueError, match="already a gate named 'mish_of_the_tests'"):
            register_gate(again)
        assert GATES[mish.name] is mish
    finally:
        GATES.remove(mish.name)
    assert mish.name not in GATES
    with pytest.raises(ValueError, match="already means a number"):
        register_gate(Gate("pi", "x", ["1"]))


def test_activations_have_one_input_and_the_others_are_not_offered():
    assert {"identity", "sigmoid", "tanh", "relu"} <= set(activations())
    assert not {"add", "multiply", "exp", "less"} & set(activations())
    assert all(len(GATES[name].inputs) == 1 for name in activations())


def test_a_kink_away_from_zero_is_checked_too():
    slope = "where(x <= 0, 0, where(x < 6, 1, where(x >= 6, 0, x)))"
    kinks = [Kink("x", ["0"]), Kink("x - 6", ["0"])]
    relu6 = Gate("relu6", "max(min(x, 6), 0)", [slope], kinks=kinks)
    inputs = points_on(relu6, relu6.kink_trees[1][0])
    np.testing.assert_array_equal(inputs[0], 6.0)
    with pytest.raises(ValueError, match=r"relu6: at its kink .* is 0, but 1 is declared"):
        Gate("relu6", "max(min(x, 6), 0)", [slope], kinks=[kinks[0], Kink("x - 6", ["1"])])
