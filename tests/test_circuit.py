"""Circuits: operators, shapes, texts, names, and values that never change."""

import math
import operator

import numpy as np
import pytest

import clearprop as cp
from clearprop.circuit import operation
from clearprop.errors import CircuitError, ExpressionError
from clearprop.operations import PICK

# Stanford CS231n's four circuits, with its printed numbers (twelve decimals).
CS231N = {
    "(x + y) * z": (
        {"x": -2, "y": 5, "z": -4},
        -12,
        {"x": -4, "y": -4, "z": 3},
    ),
    "sigmoid(w0*x0 + w1*x1 + w2)": (
        {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3},
        0.731058578630,
        {
            "w0": -0.196611933241,
            "x0": 0.393223866483,
            "w1": -0.393223866483,
            "x1": -0.589835799724,
            "w2": 0.196611933241,
        },
    ),
    "(x + sigmoid(y)) / (sigmoid(x) + (x + y)*(x + y))": (
        {"x": 3, "y": -4},
        1.545644884107,
        {"x": 2.059569795572, "y": 1.592232751484},
    ),
    "2 * (x*y + max(z, w))": (
        {"x": 3, "y": -4, "z": 2, "w": -1},
        -20,
        {"x": -8, "y": 6, "z": 2, "w": 0},
    ),
}


@pytest.mark.parametrize("text", CS231N)
def test_published_circuits(text):
    at, value, slopes = CS231N[text]
    f = cp.parse(text, **at)
    assert cp.evaluate(f) == pytest.approx(value, rel=0, abs=1e-12)
    found = {wire.name: slope for wire, slope in cp.gradients(f).items()}
    assert found == pytest.approx(slopes, rel=0, abs=1e-12)


def test_published_circuit_written_with_operators():
    x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
    f = (x + y) * z
    assert cp.evaluate(f) == -12.0
    assert cp.gradients(f) == {x: -4.0, y: -4.0, z: 3.0}


BINARY = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}
LEFT, RIGHT = np.array([[1.5, 2.0, 0.25]]), np.array([[0.5, -3.0, 2.0]])


@pytest.mark.parametrize(("a", "b"), [(2.5, -1.5), (3, 2), (LEFT, RIGHT), (LEFT, 2), (2.0, RIGHT)])
@pytest.mark.parametrize("sign", BINARY)
def test_operators_do_what_numpy_does(sign, a, b):
    compute = BINARY[sign]
    expected = compute(np.asarray(a, float), np.asarray(b, float))
    wires = cp.input("a", a), cp.input("b", b)
    for left, right in [wires, (a, wires[1]), (wires[0], b)]:
        f = compute(left, right)
        assert isinstance(f, cp.Wire)
        assert f.shape == expected.shape
        np.testing.assert_array_equal(cp.evaluate(f), expected)


def test_matmul_on_either_side_of_an_array():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4) - 5
    A, B = cp.input("A", a), cp.input("B", b)
    for f in (A @ B, a @ B, A @ b):
        assert isinstance(f, cp.Wire)
        np.testing.assert_array_equal(cp.evaluate(f), a @ b)


def test_negation_transpose_and_sums():
    a = np.arange(6.0).reshape(2, 3)
    A = cp.input("A", a)
    for f, expected in [
        (-A, -a),
        (A.T, a.T),
        (A.sum(), 15.0),
        (A.sum(0), a.sum(0)),
        (A.sum(1), a.sum(1)),
        (A.sum(0, 1), 15.0),
        (cp.input("x", 3.0).sum(), 3.0),
    ]:
        assert f.shape == np.shape(expected)
        np.testing.assert_array_equal(cp.evaluate(f), expected)


def test_every_gate_is_a_function_of_wires():
    x = cp.input("x", 0.3)
    assert cp.evaluate(cp.gates.sigmoid(x)) == pytest.approx(1 / (1 + math.exp(-0.3)), rel=1e-15)
    assert cp.evaluate(cp.gates.max(x, 0.5)) == 0.5
    assert set(dir(cp.gates)) == set(cp.GATES)
    assert cp.evaluate(cp.apply("leaky_relu(alpha=0.5)", -x)) == -0.15
    with pytest.raises(AttributeError, match="no gate named 'sigmoud'; there are: identity"):
        cp.gates.sigmoud(x)


@pytest.mark.parametrize(
    ("shapes", "result"),
    [
        ([(), ("N", 2)], ("N", 2)),
        ([(2,), ("N", 2)], ("N", 2)),
        ([("N", 2), (2,)], ("N", 2)),
        ([(3,), (2, 3)], (2, 3)),
        ([("N",), ("N",)], ("N",)),
        ([("K",), ("N", "K")], ("N", "K")),
    ],
)
def test_smaller_shapes_are_repeated_along_leading_axes(shapes, result):
    a, b = (cp.input(name, shape=shape) for name, shape in zip("ab", shapes, strict=True))
    f = a * b
    assert f.shape == result
    sizes = {"N": 4, "K": 3}
    values = [np.random.default_rng(len(s)).normal(size=[sizes.get(n, n) for n in s])
              for s in shapes]  # fmt: skip
    found = cp.evaluate(f, {a: values[0], b: values[1]})
    np.testing.assert_array_equal(found, values[0] * values[1])


def scalar():
    return cp.input("x", 2.0)


def matrix(*shape):
    return cp.input("M", shape=shape)


# What cannot be built or evaluated, and words that the message must contain.
WRONG = {
    "unlike shapes": (
        lambda: cp.input("a", shape=("N", 3)) + cp.input("b", shape=("N", 2)),
        ["add works element by element", "a (N, 3)", "b (N, 2)"],
    ),
    "unlike letters": (lambda: matrix("N", 2) * matrix("M", 2), ["multiply", "(N, 2)", "(M, 2)"]),
    "trailing axes": (lambda: matrix("N", 2) + cp.input("b", shape=("N",)), ["leading axes"]),
    "matmul": (lambda: matrix("N", 3) @ matrix(2, 4), ["matmul", "(N, 3)", "(2, 4)"]),
    "matmul of a vector": (lambda: matrix("N", 3) @ np.ones(3), ["(n, k) by (k, m)", "(3,)"]),
    "transpose of a vector": (lambda: cp.input("v", np.ones(3)).T, ["matrix", "(3,)"]),
    "no such axis": (lambda: matrix(2, 3).sum(2), ["(2,)", "(2, 3)", "no such axis"]),
    "no such axis from the end": (lambda: matrix(2, 3).sum(-3), ["no such axis"]),
    "too few inputs": (lambda: cp.apply("multiply", scalar()), ["takes 2 input(s), 1 given: x"]),
    "too many inputs": (lambda: cp.gates.tanh(scalar(), 1), ["tanh takes 1 input(s), 2 given"]),
    "text for a number": (lambda: scalar() * "2", ["a constant", "not '2'"]),
    "None for a number": (lambda: scalar() + None, ["a constant", "not None"]),
    "a complex input": (lambda: cp.input("x", 1j), ["the input x", "real number", "1j"]),
    "an input without a name": (lambda: cp.input(3), ["a name", "not 3"]),
    "no shape": (lambda: cp.input("x", shape="N"), ["a tuple", "'N'"]),
    "half a shape": (lambda: cp.input("x", shape=(2.5, 3)), ["a tuple", "2.5"]),
    "a value of another shape at once": (
        lambda: cp.input("x", np.ones(3), shape=(4,)),
        ["(4,)", "(3,)"],
    ),
    "a ragged value": (lambda: cp.input("x", [[1], [1, 2]]), ["real number", "[[1], [1, 2]]"]),
    "an order": (lambda: scalar() < 3, ["cp.gates.less"]),
    "no wire": (lambda: cp.evaluate(3), ["a wire, or several", "3"]),
    "no wire in a list": (lambda: cp.evaluate([scalar(), 3.0]), ["among them is 3.0"]),
    "a wire written twice": (
        lambda: cp.gradients((x := scalar()) * x, wrt=[x * x]),
        ["is not in the circuit", "keep the wire in a variable"],
    ),
    "another input of that name": (
        lambda: cp.evaluate(scalar() * 2, {scalar(): 1.0}),
        ["another wire"],
    ),
    "a name that no input has": (lambda: cp.evaluate(scalar(), {"q": 1.0}), ["'q'", "are x"]),
    "a derivative by a name that no wire has": (
        lambda: cp.gradients(scalar() * 2, wrt="q"),
        ["'q'", "no wire has this name", "x"],
    ),
    "a complex value": (
        lambda: cp.evaluate((x := scalar()) * 2, {x: np.array(1j)}),
        ["the input x", "real number"],
    ),
    "computed class numbers": (
        lambda: cp.apply_loss("hinge", np.ones((2, 3)), cp.gates.greater(matrix(2), 0.0)),
        ["class numbers are data"],
    ),
    "truth": (lambda: bool(scalar()), ["the wire x is neither true nor false", "where"]),
    "and": (lambda: scalar() and 1, ["neither true nor false"]),
    "no value": (lambda: cp.evaluate(cp.input("q") * 2), ["q has no value", "{q: ...}"]),
    "a value of another shape": (
        lambda: cp.evaluate(x := cp.input("x", shape=(2,)), {x: np.ones(3)}),
        ["the input x has the shape (2,)", "(3,)"],
    ),
    "a text for a value": (
        lambda: cp.evaluate((x := scalar()) * 2, {x: "two"}),
        ["the input x", "not 'two'"],
    ),
    "a letter with two meanings": (
        lambda: cp.evaluate(
            (a := cp.input("a", shape=("N",))) * (b := cp.input("b", shape=("N",))),
            {a: np.ones(3), b: np.ones(4)},
        ),
        ["the input b has the shape (N,)", "(4,)", "N = 3"],
    ),
    "values for no input": (
        lambda: cp.evaluate(scalar() * 2, {scalar() * 3: 1.0}),
        ["multiply", "not an input"],
    ),
    "a dtype of whole numbers": (lambda: cp.evaluate(scalar(), dtype=int), ["dtype", "float64"]),
    "pick without its rows": (
        lambda: operation(PICK, matrix("N", 3), matrix("M")),
        ["pick takes (n, k) and n numbers", "(N, 3)", "(M,)"],
    ),
    "a gradient of an array": (
        lambda: cp.gradients((scalar() * np.ones(3)).named("f")),
        ["f has the shape (3,)", "f.sum()"],
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_circuits_are_refused_with_a_reason(what):
    make, words = WRONG[what]
    with pytest.raises(CircuitError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("x ** 2", 0, "write pow(a, b)"),
        ("x + sigmoud(x)", 4, "there is no function 'sigmoud'"),
        ("x + max(x)", 4, "max takes 2 argument(s), 1 given"),
        ("2 * (x > 0)", 5, "first argument of where"),
        ("x * 2j", 4, "2j is not a real number"),
        ("x @ x", 0, "'@' multiplies matrices"),
        ("x + ", 3, "not an expression"),
        ("__import__('os')", 0, "there is no function '__import__'"),
        ("x.real", 0, "not part of the language"),
    ],
)
def test_a_text_that_is_no_circuit_gets_a_caret_where_it_goes_wrong(text, column, words):
    with pytest.raises(ExpressionError) as caught:
        cp.parse(text, x=1.0)
    *reason, shown, caret = str(caught.value).split("\n")
    assert words in " ".join(reason)
    assert shown.strip() == text.strip()
    assert caret.index("^") - 4 == column


def test_a_text_and_its_values_must_name_the_same_inputs():
    with pytest.raises(CircuitError, match=r"no value for y$"):
        cp.parse("x * y", x=1.0)
    with pytest.raises(CircuitError, match="nothing in it is called z"):
        cp.parse("x * y", x=1.0, y=2.0, z=3.0)


def test_texts_know_constants_choices_and_an_input_called_text():
    assert cp.evaluate(cp.parse("pi * text", text=2)) == 2 * math.pi
    f = cp.parse("where(x < y, square(x), add(x, y))", x=3, y=4)
    assert cp.evaluate(f) == 9.0
    assert cp.gradients(f) == {f.inputs[1].inputs[0]: 6.0, f.inputs[2].inputs[1]: 0.0}


def test_names_and_what_wires_print():
    x, y = cp.inputs(x=3.0, y=-4.0)
    assert repr(x * y) == "multiply(x, y)"
    assert repr(x * y + 2) == "add(…, …)"
    assert repr((x * y).named("area")) == "area"
    assert repr(cp.constant(2.5)) == "2.5"
    assert repr(cp.constant(np.ones((2, 3)))) == "constant(2, 3)"
    assert repr(cp.gradients(x * y)) == "{x: -4.0, y: 3.0}"
    assert [wire.gate_name for wire in (x, x * y, x.sum(), cp.constant(1))] == [
        "input", "multiply", "sum", "constant",
    ]  # fmt: skip


def test_a_wire_found_by_name_must_be_the_only_one():
    x, y = cp.inputs(x=3.0, y=-4.0)
    slopes = cp.gradients(x * y)
    assert slopes["y"] == 3.0
    with pytest.raises(KeyError, match="there is no derivative by 'z'; there are: x, y"):
        slopes["z"]
    twin = cp.input("x", 1.0)
    with pytest.raises(KeyError, match="2 wires are named 'x'"):
        cp.gradients(x * twin)["x"]


def test_whole_numbers_are_numbers():
    x, y = cp.inputs(x=1, y=4)
    assert cp.evaluate(x / y) == 0.25
    assert type(cp.evaluate(x * y)) is float
    counts = cp.constant(np.array([1, 2]))
    np.testing.assert_array_equal(cp.evaluate(counts ** np.array([-1, -2])), [1, 0.25])
    assert cp.evaluate(cp.constant(2**62) * 4) == 2.0**64
    assert cp.evaluate(cp.constant(np.array([2**62])) * np.array([4])) == [2.0**64]


def test_a_wire_keeps_its_numbers_when_their_owner_changes_his():
    mine, fixed = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    w = cp.input("w", mine)
    f = (w * fixed).sum()
    mine[:], fixed[:] = 100, 100
    assert cp.evaluate(f) == 11.0
    with pytest.raises(ValueError, match="read-only"):
        w.value[0] = 5


def test_evaluating_and_differentiating_leave_wires_alone():
    x, y = cp.inputs(x=3.0, y=np.array([-4.0, 2.0]))
    f = (cp.gates.tanh(x * y) / (y + 7)).sum()
    wires, stack = [], [f]
    while stack:
        wire = stack.pop()
        wires.append(wire)
        stack += wire.inputs

    def everything():
        return [(w.kind, w.inputs, w.shape, w.name, repr(w.value), w.setting) for w in wires]

    before = everything()
    first = cp.evaluate(f), cp.gradients(f), cp.gradients(f, {x: 1.0}), cp.backward(f)
    assert everything() == before
    assert repr(first[:2]) == repr((cp.evaluate(f), cp.gradients(f)))
    answer = cp.evaluate(y * 1.0)
    answer[0] = 99
    assert cp.evaluate(y * 1.0)[0] == -4.0


@pytest.mark.parametrize("length", [20_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_long_chains_need_no_recursion(length):
    x = cp.input("x", 0.005)
    f, value, slope = x, 0.005, 1.0
    for i in range(length):
        if i % 2:
            f, value = cp.gates.tanh(f), math.tanh(value)
            slope *= 1 - value * value
        else:
            shift = 0.01 if i % 4 else -0.01  # to and fro, so that the slope stays far from 0
            f, value = f + shift, value + shift
        if i == length // 2:
            middle, slope_there = f, slope
    assert slope > 0.001
    assert cp.evaluate(f) == pytest.approx(value, rel=1e-12)
    found = cp.gradients(f, wrt=[x, middle])
    assert found[x] == pytest.approx(slope, rel=1e-9)
    assert found[middle] == pytest.approx(slope / slope_there, rel=1e-9)
