"""Back-propagation: derivatives, derivatives of derivatives, and what has none."""

import math

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import CircuitError
from gradient_checks import differences, error

# For each function of x: its first and second derivative, from a table of integrals.
CLOSED_FORMS = {
    "x * x * x": (lambda x: 3 * x**2, lambda x: 6 * x),
    "exp(2 * x)": (lambda x: 2 * math.exp(2 * x), lambda x: 4 * math.exp(2 * x)),
    "log(x)": (lambda x: 1 / x, lambda x: -1 / x**2),
    "sqrt(x)": (lambda x: 0.5 * x**-0.5, lambda x: -0.25 * x**-1.5),
    "1 / x": (lambda x: -1 / x**2, lambda x: 2 / x**3),
    "pow(x, 2.5)": (lambda x: 2.5 * x**1.5, lambda x: 3.75 * x**0.5),
    "pow(2, x)": (
        lambda x: math.log(2) * 2**x,
        lambda x: math.log(2) ** 2 * 2**x,
    ),
    "pow(x, x)": (
        lambda x: x**x * (math.log(x) + 1),
        lambda x: x**x * ((math.log(x) + 1) ** 2 + 1 / x),
    ),
    "tanh(x)": (
        lambda x: 1 / math.cosh(x) ** 2,
        lambda x: -2 * math.tanh(x) / math.cosh(x) ** 2,
    ),
    "sigmoid(x)": (
        lambda x: 0.25 / math.cosh(x / 2) ** 2,
        lambda x: -0.25 * math.tanh(x / 2) / math.cosh(x / 2) ** 2,
    ),
    "softplus(x)": (
        lambda x: 1 / (1 + math.exp(-x)),
        lambda x: 0.25 / math.cosh(x / 2) ** 2,
    ),
    "x * exp(-x)": (lambda x: (1 - x) * math.exp(-x), lambda x: (x - 2) * math.exp(-x)),
    "log1p(x * x)": (
        lambda x: 2 * x / (1 + x * x),
        lambda x: 2 * (1 - x * x) / (1 + x * x) ** 2,
    ),
    "expm1(x) * square(x)": (
        lambda x: math.exp(x) * x * x + math.expm1(x) * 2 * x,
        lambda x: math.exp(x) * (x * x + 4 * x) + 2 * math.expm1(x),
    ),
    "x / (1 + x)": (lambda x: 1 / (1 + x) ** 2, lambda x: -2 / (1 + x) ** 3),
}


@pytest.mark.parametrize("at", [0.3, 1.0, 2.7])
@pytest.mark.parametrize("text", CLOSED_FORMS)
def test_first_and_second_derivatives_against_closed_forms(text, at):
    f = cp.parse(text, x=at)
    (x,) = cp.gradients(f)
    first, second = CLOSED_FORMS[text]
    slope = cp.backward(f)[x]
    curvature = cp.backward(slope)[x]
    assert cp.evaluate(slope) == pytest.approx(first(at), rel=1e-13, abs=1e-15)
    assert cp.evaluate(curvature) == pytest.approx(second(at), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("at", [-2.0, 0.0, 1.5])
@pytest.mark.parametrize("text", ["x * x * x * x", "square(square(x))", "pow(x, 4)"])
def test_third_derivative_of_a_fourth_power(text, at):
    f = cp.parse(text, x=at)
    for expected in (4 * at**3, 12 * at**2, 24 * at, 24.0):
        (x,) = cp.gradients(f)
        f = cp.backward(f, [x])[x]
        assert cp.evaluate(f) == pytest.approx(expected, rel=1e-14)


def test_asking_twice_gives_the_same_twice():
    x, y = cp.inputs(x=0.7, y=np.array([1.0, -2.0]))
    f = (cp.gates.sigmoid(x * y) * y).sum()
    first = cp.gradients(f)
    for again in (cp.gradients(f), cp.gradients(f, wrt=[x, y])):
        assert first[x] == again[x]
        np.testing.assert_array_equal(first[y], again[y])
    first[y][:] = 0
    np.testing.assert_array_equal(cp.gradients(f)[y], again[y])


def test_a_value_used_twice_sums_its_gradients():
    x, y = cp.inputs(x=3.0, y=2.0)
    assert cp.gradients(x * x + x * y + x) == {x: 2 * 3 + 2 + 1, y: 3.0}
    assert cp.gradients(x - x) == {x: 0.0}
    assert cp.gradients(x * x * x * x)[x] == 4 * 27.0


def test_gradients_by_a_wire_in_the_middle():
    x, y = cp.inputs(x=3.0, y=-2.0)
    h = x * y
    f = h * h + y
    assert cp.gradients(f, wrt=[h, x, f]) == {h: -12.0, x: 24.0, f: 1.0}


def test_the_derivative_of_a_product_is_the_other_factor_itself():
    """Not a copy of it: values put in, and second derivatives, must reach it."""
    x, y = cp.inputs(x=3.0, y=-2.0)
    h = x + 1
    slopes = cp.backward(h * y)
    assert cp.evaluate(slopes[y], {x: 10.0}) == 11.0
    assert cp.gradients(slopes[y]) == {x: 1.0}
    assert cp.gradients(slopes[y], wrt=[h]) == {h: 1.0}
    assert cp.gradients(cp.backward(x * y)[y], {x: 5.0}) == {x: 1.0}
    assert cp.gradients(x * y, {x: 5.0})[y] == 5.0


def test_what_does_not_reach_the_output_has_slope_zero_of_its_own_shape():
    x, y = cp.inputs(x=3.0, y=np.ones((2, 3)))
    f = x * x
    found = cp.gradients(f, wrt=[y, x])
    assert found[x] == 6.0
    np.testing.assert_array_equal(found[y], np.zeros((2, 3)))
    rows = cp.input("rows", shape=("N", 2))
    g = (rows @ np.ones((2, 1))).sum()
    slope = cp.gradients(g * 0 + x, {rows: np.ones((4, 2))}, wrt=[rows])[rows]
    np.testing.assert_array_equal(slope, np.zeros((4, 2)))


def test_slopes_that_need_no_values_still_know_how_many_rows_there_are():
    bare = cp.input("X", shape=("N", 2))
    np.testing.assert_array_equal(
        cp.gradients(bare.sum(), {bare: np.zeros((3, 2))})[bare], np.ones((3, 2))
    )
    full = cp.input("X", np.zeros((3, 2)), shape=("N", 2))
    doubled = full * 2
    slopes = cp.gradients(doubled.sum(), wrt=[full, doubled])
    np.testing.assert_array_equal(slopes[full], 2 * np.ones((3, 2)))
    np.testing.assert_array_equal(slopes[doubled], np.ones((3, 2)))
    with pytest.raises(CircuitError, match=r"nothing says what N stands for .* \(N, 2\)"):
        cp.gradients(bare.sum())


def test_derivatives_say_what_they_are():
    x, y = cp.inputs(x=3.0, y=2.0)
    assert repr(cp.backward((x * y).named("area"))) == "{x: darea/dx, y: darea/dy}"
    assert repr(cp.backward(x + y)[x]) == "df/dx"


def test_data_that_choose_have_no_slope():
    scores, y = cp.input("scores", np.ones((2, 3))), cp.input("y", np.array([0, 2]))
    for loss in ("softmax_cross_entropy", "hinge"):
        f = cp.apply_loss(loss, scores, y).sum()
        assert list(cp.gradients(f)) == [scores]
        with pytest.raises(CircuitError, match="y is data that chooses; nothing has a slope by it"):
            cp.backward(f, [scores, y])
    targets = cp.input("t", np.ones((2, 3)))
    with pytest.raises(CircuitError, match="t is data"):
        cp.backward(cp.apply_loss("squared_error", scores, targets).sum(), [targets])


def test_a_gradient_is_of_a_single_number():
    x = cp.input("x", np.ones(3))
    with pytest.raises(CircuitError, match=r"f has the shape \(3,\)\. Sum it first: f\.sum\(\)"):
        cp.backward((x * 2).named("f"))
    assert error(cp.gradients((x * 2).sum())[x], [2, 2, 2]) == 0


@pytest.mark.parametrize("gate", [g for g, row in cp.GATES.items() if not row.logical])
def test_every_gate_in_the_middle_of_a_circuit(gate):
    """Slopes of slopes too: both against differences of what stands below."""
    row = cp.GATES[gate]
    rng = np.random.default_rng(4)
    low, high = np.array(row.domain).T
    low, high = np.maximum(low, -3) * 0.9, np.minimum(high, 3) * 0.9
    at = low + (high - low) * (0.1 + 0.8 * rng.random((4, len(low))))
    weights = rng.normal(size=4)
    wires = [cp.input(f"x{i}", column) for i, column in enumerate(at.T)]
    f = (cp.gates.square(cp.apply(gate, *wires)) * weights).sum()
    slopes = cp.backward(f)
    for i, wire in enumerate(wires):

        def value(column, wire=wire):
            return cp.evaluate(f, {wire: column})

        def total_slope(column, wire=wire):
            return float(np.sum(cp.evaluate(slopes[wire], {wire: column})))

        def close(found, expected):
            return np.abs(found - expected).max() <= 1e-7 * max(1, np.abs(expected).max())

        assert close(cp.evaluate(slopes[wire]), differences(value, at[:, i]))
        second = cp.gradients(slopes[wire].sum(), wrt=[wire])[wire]
        assert close(second, differences(total_slope, at[:, i]))


def test_matrices_against_their_textbook_gradients():
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    A, B = cp.input("A", a), cp.input("B", b)
    slopes = cp.gradients((A @ B).sum())
    assert error(slopes[A], np.ones((3, 2)) @ b.T) < 1e-15
    assert error(slopes[B], a.T @ np.ones((3, 2))) < 1e-15
    squared = cp.gates.square(A @ B).sum()
    assert error(cp.gradients(squared)[A], 2 * a @ b @ b.T) < 1e-14
    twice = cp.gradients(cp.backward(squared)[A].sum())
    assert error(twice[A], 2 * np.ones((3, 4)) @ b @ b.T) < 1e-14


def test_gradients_in_single_precision():
    x = cp.input("x", np.array([0.5, 2.0]))
    f = (cp.gates.tanh(x * 3) * x).sum()
    single = cp.gradients(f, dtype="float32")[x]
    assert single.dtype == np.float32
    assert 0 < error(single, cp.gradients(f)[x]) < 1e-5


def test_slopes_by_many_wires_come_at_the_price_of_one_sweep():
    xs = [cp.input(f"x{i}", float(i)) for i in range(3000)]
    total = xs[0]
    for x in xs[1:]:
        total = total + x * x
    assert cp.gradients(total, wrt=xs)["x2999"] == 2 * 2999.0
