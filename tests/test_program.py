"""Evaluation: every operation against NumPy, in both precisions, without changing anything."""

import numpy as np
import pytest

import clearprop as cp
from clearprop import numerics
from clearprop.circuit import operation
from clearprop.errors import CircuitError
from clearprop.operations import OPERATIONS
from gradient_checks import differences, error

RNG = np.random.default_rng(0)
A, B, V = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 2)), RNG.normal(size=4)
T = RNG.normal(size=(2, 3, 4))
CLASSES = np.array([3, 0, 2])

# For each operation: what goes in, its setting, what NumPy makes of it. A new operation
# fails until it has a case here.
CASES = {
    "matmul": [((A, B), None, lambda a, b: a.dot(b))],
    "transpose": [((A,), None, lambda a: np.array([[row[j] for row in a] for j in range(4)]))],
    "sum": [
        ((A,), (0,), lambda a: a.sum(axis=0)),
        ((A,), (1,), lambda a: a.sum(axis=1)),
        ((A,), (0, 1), lambda a: a.sum()),
        ((T,), (0, 2), lambda a: a.sum(axis=(0, 2))),
        ((V,), (0,), lambda a: a.sum()),
    ],
    "broadcast": [
        ((V,), ((3, 4), (0,)), lambda a: np.tile(a, (3, 1))),
        ((V,), ((4, 5), (1,)), lambda a: np.repeat(a[:, None], 5, axis=1)),
        ((A,), ((2, 3, 4), (0,)), lambda a: np.stack([a, a])),
        ((V[0],), ((2, 3), (0, 1)), lambda a: np.full((2, 3), a)),
    ],
    "largest": [((A,), None, lambda a: a.max(axis=-1)), ((V,), None, max)],
    "pick": [
        ((A, CLASSES), None, lambda a, i: np.array([a[0, 3], a[1, 0], a[2, 2]])),
        ((V, np.array(2)), None, lambda a, i: a[2]),
    ],
    "argmax": [((A,), None, lambda a: np.array([list(row).index(max(row)) for row in a]))],
    "one_hot": [((CLASSES,), 4, lambda i: np.eye(4)[i]), ((np.array(1),), 3, lambda i: [0, 1, 0])],
}
NOT_DIFFERENTIABLE = {"argmax", "one_hot"}
EACH = [(name, case) for name in OPERATIONS for case in range(len(CASES.get(name, [None])))]


def wires_of(name, case):
    arrays, setting, expected = CASES[name][case]
    wires = [cp.input(f"x{i}", array) for i, array in enumerate(arrays)]
    return wires, operation(OPERATIONS[name], *wires, setting=setting), expected


def test_there_is_a_case_for_every_operation():
    assert set(CASES) == set(OPERATIONS)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "case"), EACH)
def test_operations_against_numpy(name, case, dtype):
    wires, result, expected = wires_of(name, case)
    found = cp.evaluate(result, dtype=dtype)
    wanted = expected(*(wire.value for wire in wires))
    assert np.shape(found) == result.shape == np.shape(wanted)
    assert error(found, wanted) <= 16 * np.finfo(dtype).eps
    if np.ndim(found) and name != "argmax":
        assert found.dtype == dtype


@pytest.mark.parametrize(("name", "case"), EACH)
def test_slopes_through_operations_against_differences(name, case):
    wires, result, expected = wires_of(name, case)
    weights = np.random.default_rng(1).normal(size=result.shape)
    f = (result * weights).sum()
    if name in NOT_DIFFERENTIABLE:
        assert cp.gradients(f) == {}
        with pytest.raises(CircuitError, match="x0 is data that chooses"):
            cp.gradients(f, wrt=wires)
        return
    arrays = [wire.value for wire in wires]
    movable = [i for i, array in enumerate(arrays) if array.dtype.kind == "f"]
    slopes = cp.gradients(f)
    assert list(slopes) == [wires[i] for i in movable]
    for i in movable:

        def value(array, i=i):
            changed = [array if j == i else other for j, other in enumerate(arrays)]
            return float((np.asarray(expected(*changed)) * weights).sum())

        assert np.shape(slopes[wires[i]]) == wires[i].shape
        assert error(slopes[wires[i]], differences(value, arrays[i])) <= 1e-11


def test_the_first_of_equal_maxima_takes_the_slope():
    x = cp.input("x", np.array([[2.0, 5.0, 5.0], [1.0, 1.0, 0.0]]))
    slope = cp.gradients(operation(OPERATIONS["largest"], x).sum())[x]
    np.testing.assert_array_equal(slope, [[0, 1, 0], [1, 0, 0]])


@pytest.mark.parametrize("gate", cp.GATES)
def test_gates_are_what_their_rows_say(gate):
    row = cp.GATES[gate]
    low, high = np.array(row.domain).T
    values = low + (high - low) * np.random.default_rng(2).random((50, len(low)))
    inputs = [cp.input(f"x{i}", column) for i, column in enumerate(values.T)]
    with numerics.quiet():
        expected = numerics.evaluate_gate(row, *values.T)
    np.testing.assert_array_equal(cp.evaluate(cp.apply(gate, *inputs)), expected)


def test_at_takes_the_place_of_an_inputs_own_value():
    x, y = cp.inputs(x=3.0, y=-4.0)
    f = x * y
    assert cp.evaluate(f, {x: 10.0}) == -40.0
    assert cp.evaluate(f, {x: 10, y: np.float32(0.5)}) == 5.0
    assert cp.evaluate(f) == -12.0
    assert cp.gradients(f, {x: 10.0}) == {x: -4.0, y: 10.0}


def test_letters_take_any_size():
    X, W = cp.input("X", shape=("N", 2)), cp.input("W", np.ones((2, 3)))
    f = (X @ W).sum(1)
    for rows in (0, 1, 5):
        values = np.arange(2.0 * rows).reshape(rows, 2)
        np.testing.assert_array_equal(cp.evaluate(f, {X: values}), 3 * values.sum(axis=1))


def test_several_wires_are_evaluated_together():
    x, y = cp.inputs(x=3.0, y=-4.0)
    assert cp.evaluate([x * y, x / y, x]) == [-12.0, -0.75, 3.0]
    assert cp.evaluate([]) == []


def test_what_is_computed_twice_is_computed_once(monkeypatch):
    counted = []

    def tanh(values):
        counted.append(values)
        return np.tanh(values)

    monkeypatch.setitem(numerics.REAL, "tanh", tanh)
    x = cp.input("x", 0.5)
    a, b = cp.gates.tanh(x * 2), cp.gates.tanh(x * 2)
    assert cp.evaluate(a + b) == 2 * np.tanh(1.0)
    assert len(counted) == 1


def test_zero_and_minus_zero_are_two_numbers():
    found = cp.evaluate([1 / cp.constant(0.0), 1 / cp.constant(-0.0)])
    assert found == [np.inf, -np.inf]


def test_choices_made_by_choices():
    q = cp.input("q", np.array([1.0, 0.0, -2.0]))
    inner = cp.gates.where(q, np.array([0.0, 1.0, 1.0]), np.array([5.0, 0.0, 5.0]))
    outer = cp.gates.where(inner, q * 10, q - 1)
    np.testing.assert_array_equal(cp.evaluate(outer), [0.0, -1.0, -20.0])
    question = cp.gates.where(cp.gates.less(q, 0.5), 7.0 + 0 * q, 0 * q)
    np.testing.assert_array_equal(cp.evaluate(question), [0.0, 7.0, 7.0])


def test_a_program_is_the_same_after_it_has_run():
    x = cp.input("x", np.array([1.0, 2.0]))
    program = cp.Program([(x * x).sum(), x + 1])
    assert program.inputs == (x,)
    first = program.run()
    other = program.run({x: np.array([5.0, 6.0])})
    again = program.run()
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    np.testing.assert_array_equal(other[1], [6.0, 7.0])


def test_a_float32_program_holds_nothing_wider():
    X = cp.input("X", RNG.normal(size=(5, 2)))
    whole = np.array([[1, 2, 3], [4, 5, 6]])
    scores = cp.gates.gelu(X @ whole + np.array([1, 2, 3])) * 2 ** cp.input("p", 3)
    losses = cp.apply_loss("softmax_cross_entropy", scores, np.array([0, 1, 2, 0, 1]))
    order = [scores, losses, *cp.backward(losses.sum()).values()]
    for value in cp.Program(order, "float32").run():
        assert np.asarray(value).dtype == np.float32
    wide = cp.evaluate(losses)
    assert error(cp.evaluate(losses, dtype="float32"), wide) < 1e-5
    assert error(cp.evaluate(losses, dtype="float32"), wide) > 0


@pytest.mark.parametrize("wrong", [-1, 3, 0.5, np.nan])
@pytest.mark.parametrize("how", ["constant", "fed"])
def test_numbers_that_choose_no_entry_are_refused(wrong, how):
    scores, y = cp.input("scores", np.ones((2, 3))), np.array([0, wrong])
    target = cp.input("y", shape=(2,)) if how == "fed" else cp.constant(y)
    losses = cp.apply_loss("hinge", scores, target)
    with pytest.raises(CircuitError, match="chooses among 3 entries by whole numbers from 0"):
        cp.evaluate(losses, {target: y} if how == "fed" else None)


def test_class_numbers_may_come_as_floats():
    scores = cp.input("scores", np.array([[1.0, 2.0], [4.0, 3.0]]))
    as_floats = cp.apply_loss("hinge", scores, np.array([1.0, 1.0]))
    as_integers = cp.apply_loss("hinge", scores, np.array([1, 1]))
    np.testing.assert_array_equal(cp.evaluate(as_floats), cp.evaluate(as_integers))
