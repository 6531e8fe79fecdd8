"""Rows that contradict themselves cannot be built, and rows are found by text."""

import math

import numpy as np
import pytest

from clearprop.errors import ClearPropError, TableError
from clearprop.tables import GATES, INITIALIZERS, LOSSES, OPTIMIZERS, Gate, Kink
from clearprop.tables.rows import Row, Table

SIGMOID, STEP = "1 / (1 + exp(-x))", "where(x > 0, 1, where(x <= 0, 0, x))"

WRONG_GATES = {
    # what is wrong: (value, slopes, further columns, a part of the message)
    "slope off by a millionth": (SIGMOID, ["1.000001 * y * (1 - y)"], {}, "but the value changes"),
    "slope of the other sign": (SIGMOID, ["-y * (1 - y)"], {}, "but the value changes by"),
    "slope lacks a term": ("x * tanh(x)", ["tanh(x)"], {}, "for each unit of x"),
    "slope of another function": ("exp(x)", ["exp(-x)"], {}, "for each unit of x"),
    "slopes swapped": ("x0 / x1", ["-y / x1", "1 / x1"], {"domain": [(1, 2)] * 2}, "unit of x0"),
    "second slope wrong": ("x0 * x1", ["x1", "x1"], {}, "unit of x1"),
    "right only to the right of 0": ("abs(x)", ["where(x < 9, 1, x / x)"], {}, "unit of x"),
    "undefined on its domain": ("log(x)", ["1 / x"], {}, "changes by"),
    "wrong arity": ("exp(x, x)", ["y"], {}, "exp takes 1 argument(s), 2 given"),
    "power sign": ("x ** 2", ["2 * x"], {}, "pow(a, b)"),
    "slope not an expression": ("x * x", ["2 x"], {}, "slope 0"),
    "unknown name in the value": ("beta * x", ["beta"], {}, "uses beta; it may use x"),
    "unknown name in a slope": ("x", ["1 + 0 * gamma"], {}, "slope 0: '1 + 0 * gamma' uses gamma"),
    "value uses the output": ("x + 0 * y", ["1"], {}, "uses y"),
    "input of a two-input gate": ("x0", ["1"], {}, "uses x0"),
    "part uses a later part": ("p", ["1"], {"parts": {"p": "q", "q": "x"}}, "part p: 'q' uses q"),
    "part named like the input": ("x", ["1"], {"parts": {"x": "2"}}, "name of something else"),
    "part named like the output": ("x", ["1"], {"parts": {"y": "2"}}, "name of something else"),
    "part named like a parameter": (
        "a * x",
        ["a"],
        {"parts": {"a": "2"}, "parameters": {"a": 1.0}},
        "the part 'a' has the name of something else",
    ),
    "part named like a constant": ("pi * x", ["pi"], {"parts": {"pi": "3"}}, "something else"),
    "part with a bad name": ("x", ["1"], {"parts": {"T": "2"}}, "'T' cannot be the name"),
    "parameter named like the input": (
        "x",
        ["1"],
        {"parameters": {"x": 1.0}},
        "the parameter 'x' has the name of something else",
    ),
    "parameter not a number": ("a * x", ["a"], {"parameters": {"a": "1"}}, "must be a number"),
    "parameter not finite": ("a * x", ["a"], {"parameters": {"a": math.nan}}, "must be finite"),
    "NaN hidden by the value": (
        "where(x > 0, x, 0)",
        [STEP],
        {"kinks": [Kink("x", ["0"])]},
        "let the last branch of where pass x on",
    ),
    "NaN hidden by the slope": (
        "max(x, 0)",
        ["where(x > 0, 1, 0)"],
        {"kinks": [Kink("x", ["0"])]},
        "'where(x > 0, 1, 0)' is 0 when x is NaN",
    ),
    "NaN hidden by the second input": (
        "where(x1 > 0, x0, x0)",
        ["1", "0"],
        {},
        "when x1 is NaN",
    ),
    "kink declared otherwise": ("max(x, 0)", [STEP], {"kinks": [Kink("x", ["1"])]}, "at its kink"),
    "kink with too many slopes": (
        "max(x, 0)",
        [STEP],
        {"kinks": [Kink("x", ["0", "0"])]},
        "one slope for each input",
    ),
    "kink of an unknown name": ("max(x, 0)", [STEP], {"kinks": [Kink("z", ["0"])]}, "uses z"),
    "activation of two inputs": ("x0 + x1", ["1", "1"], {"activation": True}, "has one input"),
    "slopes not a list": ("x", "1", {}, "slopes is a list"),
    "no slopes": ("1", [], {}, "slopes is a list"),
    "too many inputs": ("x0", ["1", "0", "0", "0", "0"], {}, "slopes is a list"),
    "domain of another gate": ("x", ["1"], {"domain": [(0, 1), (0, 1)]}, "2 domain(s)"),
}


@pytest.mark.parametrize("wrong", WRONG_GATES)
def test_a_wrong_gate_cannot_be_built(wrong):
    value, slopes, columns, message = WRONG_GATES[wrong]
    with pytest.raises(TableError) as caught:
        Gate("my_gate", value, slopes, **columns)
    assert "my_gate" in str(caught.value)
    assert message in str(caught.value)
    assert isinstance(caught.value, ClearPropError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "name", ["", "Sigmoid", "1st", "two words", "a-b", "lambda", "_x", "é", "x" * 41, "a\n"]
)
def test_a_bad_name_is_refused(name):
    with pytest.raises(TableError) as caught:
        Gate(name, "x", ["1"])
    assert repr(name) in str(caught.value)


def test_the_rows_that_were_spoilt_are_right_unspoilt():
    kinks = [Kink("x", ["0"])]
    assert Gate("my_gate", SIGMOID, ["y * (1 - y)"]).inputs == ("x",)
    assert Gate("my_gate", "x * tanh(x)", ["tanh(x) + x * (1 - tanh(x) * tanh(x))"])
    assert Gate("my_gate", "x0 / x1", ["1 / x1", "-y / x1"], domain=[(1, 2)] * 2)
    assert Gate("my_gate", "max(x, 0)", [STEP], kinks=kinks)
    assert Gate("my_gate", "log(x)", ["1 / x"], domain=[(0.5, 2)])
    assert Gate("my_gate", "p", ["1"], parts={"q": "x", "p": "q"})
    assert Gate("my_gate", "a * x", ["a"], parameters={"a": 2}).parameters == {"a": 2.0}
    assert Gate("my_gate", "c * x", ["c"], parts={"c": "sqrt(2 / pi)"})  # a slope without x


def test_a_row_keeps_nothing_that_its_maker_can_change():
    parameters = {"a": 2.0}
    gate = Gate("my_gate", "a * x", ["a"], parameters=parameters)
    parameters["a"] = 3.0
    assert gate.parameters == {"a": 2.0}
    with pytest.raises(AttributeError):
        gate.value = "x"


# Rows by text.


def test_a_text_with_parameters_names_a_row():
    gate = GATES.resolve("leaky_relu(alpha=0.2)")
    assert (gate.name, dict(gate.parameters)) == ("leaky_relu", {"alpha": 0.2})
    assert GATES["leaky_relu"].parameters["alpha"] == 0.01
    assert GATES.resolve(gate) is gate
    assert GATES.resolve("relu") is GATES.resolve(" relu ") is GATES["relu"]
    assert GATES.resolve(" leaky_relu ( alpha = -2e-1 ) ").parameters == {"alpha": -0.2}
    assert GATES.resolve("leaky_relu()").parameters == {"alpha": 0.01}
    adam = OPTIMIZERS.resolve("adam(beta1=0.5, epsilon=1)")
    assert (adam.parameters["beta1"], adam.parameters["epsilon"]) == (0.5, 1.0)
    assert adam.parameters["beta2"] == OPTIMIZERS["adam"].parameters["beta2"]


EVERY_ROW = [
    pytest.param(table, row, id=f"{table.kind}-{row.name}")
    for table in (GATES, LOSSES, OPTIMIZERS, INITIALIZERS)
    for row in table.values()
]


@pytest.mark.parametrize(("table", "row"), EVERY_ROW)
def test_a_rows_text_names_the_row(table, row):
    again = table.resolve(row.spec)
    assert (again.name, again.parameters, again.spec) == (row.name, row.parameters, str(row))
    other = row.with_parameters(
        **{
            name: 1.5 * value if value in (1.2, 0.5, 10.0) else value / 3
            for name, value in row.parameters.items()
        }
    )
    assert table.resolve(other.spec).parameters == other.parameters
    assert type(other) is type(row)
    assert row.about


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("sigmiod", "no gate named 'sigmiod'. Did you mean 'sigmoid'?"),
        ("Tanh", "Did you mean 'tanh'?"),
        ("leaky_rleu(alpha=0.2)", "Did you mean 'leaky_relu'?"),
        ("", "There are: identity, sigmoid"),
        ("qqq", "There are: identity, sigmoid"),
        ("(alpha=1)", "There are: identity"),
        ("relu(alpha=1)", "relu has no parameter 'alpha'; its parameters: none"),
        ("leaky_relu(beta=1)", "leaky_relu has no parameter 'beta'; its parameters: alpha"),
        ("leaky_relu(self=1)", "leaky_relu has no parameter 'self'"),
        ("leaky_relu(alpha=0.2", "closing bracket"),
        ("leaky_relu(alpha=0.2))", "closing bracket"),
        ("leaky_relu(alpha=0.2) + 1", "closing bracket"),
        ("leaky_relu(alpha=(0.2))", "closing bracket"),
        ("leaky_relu(0.2)", "'0.2' should be name=number, as in alpha=0.2"),
        ("leaky_relu(alpha)", "'alpha' should be name=number"),
        ("leaky_relu(alpha=)", "'alpha=' should be name=number"),
        ("leaky_relu(alpha==1)", "should be name=number"),
        ("leaky_relu(alpha=0.2;)", "should be name=number"),
        ("leaky_relu(,)", "'' should be name=number"),
        ("leaky_relu(alpha=True)", "should be name=number"),
        ("leaky_relu(alpha='1')", "should be name=number"),
        ("leaky_relu(alpha=1j)", "should be name=number"),
        ("leaky_relu(alpha=alpha)", "should be name=number"),
        ("leaky_relu(alpha=exit)", "should be name=number"),
        ("leaky_relu(alpha=1\x00)", "should be name=number"),
        ("leaky_relu(alpha=1, alpha=2)", "sets 'alpha' twice"),
        ("leaky_relu(alpha=1e999)", "alpha must be finite, not inf"),
        ("leaky_relu(alpha=" + "9" * 500 + ")", "should be name=number"),
        (None, "a gate is named by a text, not by None"),
        (["relu"], "a gate is named by a text, not by ['relu']"),
    ],
)
def test_a_text_that_names_no_row_is_refused(spec, message):
    with pytest.raises(TableError) as caught:
        GATES.resolve(spec)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"beta": 1.0}, "no parameter 'beta'"),
        ({"name": 1.0}, "no parameter 'name'"),
        ({"alpha": "0.2"}, "alpha must be a number, not '0.2'"),
        ({"alpha": None}, "must be a number"),
        ({"alpha": True}, "must be a number"),
        ({"alpha": 1j}, "must be a number"),
        ({"alpha": [0.2]}, "must be a number"),
        ({"alpha": math.nan}, "alpha must be finite, not nan"),
        ({"alpha": -math.inf}, "alpha must be finite, not -inf"),
        ({"alpha": 10**400}, "must be finite"),
    ],
)
def test_with_parameters_refuses(parameters, message):
    with pytest.raises(TableError, match="leaky_relu") as caught:
        GATES["leaky_relu"].with_parameters(**parameters)
    assert message in str(caught.value)


@pytest.mark.parametrize("number", [1, np.float32(0.5), np.float64(0.2), np.int64(2)], ids=repr)
def test_with_parameters_takes_any_real_number(number):
    row = GATES["leaky_relu"].with_parameters(alpha=number)
    assert row.parameters == {"alpha": float(number)}
    assert row.spec == f"leaky_relu(alpha={float(number)})"


def test_with_no_parameters_the_row_stays_what_it_was():
    row = GATES["elu"].with_parameters()
    assert (row.spec, row.value, row.kinks) == (
        "elu(alpha=1.0)",
        GATES["elu"].value,
        GATES["elu"].kinks,
    )


def test_a_changed_row_is_checked_again():
    square = Gate("my_gate", "x * x", ["twice * x"], parameters={"twice": 2.0})
    with pytest.raises(TableError, match=r"my_gate: at x = .* the slope 'twice"):
        square.with_parameters(twice=3.0)


def test_a_table_is_a_mapping():
    table = Table("row", Row, (Row("one", about="the first"), Row("two")))
    assert (list(table), len(table)) == (["one", "two"], 2)
    assert "one" in table
    assert None not in table
    assert table.get("one") is table["one"]
    assert table.get("three") is None
    assert table.get("three", 3) == 3
    table.remove("one")
    assert list(table) == ["two"]
    with pytest.raises(TableError, match="no row named 'one'"):
        table.remove("one")
    with pytest.raises(TableError, match="already a row named 'two'"):
        table.add(Row("two"))
