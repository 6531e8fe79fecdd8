"""What a row refuses when it is made, wherever it is wrong, and that nobody changes it after."""

import copy
import math
import pickle

import pytest

import clearprop as cp
from clearprop.errors import TableError
from clearprop.tables import GATES, INITIALIZERS, LOSSES, OPTIMIZERS, Gate, Initializer, Kink, Loss
from clearprop.tables.rows import within

STEP = "where(x > 0, 1, where(x <= 0, 0, x))"
WITH_ONE_AT_ZERO = "where(x >= 0, 1, where(x < 0, 0, x))"
HARD_TANH = "max(-1, min(1, x))"

WRONG_SOMEWHERE = {
    # what is wrong: (value, slopes, further columns, a part of the message)
    "no slope between the kinks": (HARD_TANH, ["0 * x"], {}, "the slope '0 * x' is"),
    "slope -7 between the kinks": (
        HARD_TANH,
        ["where(x > 1, 0, where(x < -1, 0, -7 + 0 * x))"],
        {},
        "is -7",
    ),
    "a narrow bump": ("exp(-100 * x * x)", ["0 * x"], {}, "the slope '0 * x' is"),
    "a very narrow bump": ("exp(-100000000 * x * x)", ["0 * x"], {}, "the slope '0 * x' is"),
    "a wrong branch at the end": (
        "where(x > 35, 2 * x, x)",
        ["1"],
        {"kinks": [Kink("x - 35", ["1"])]},
        "the value changes by 2",
    ),
    "a narrow branch": (
        "where(x > 20.1, where(x < 20.2, 3 * x, x), x)",
        ["1"],
        {},
        "the value changes by 3",
    ),
    "a jump of the derivative": (
        "max(x, 0)",
        [WITH_ONE_AT_ZERO],
        {},
        "the derivative jumps from 0 to 1 at x = 0; declare where it does and the slope taken "
        'there, for example kinks=[Kink("x", ["1"])]',
    ),
    "a jump elsewhere": (
        "max(x, 3)",
        ["where(x >= 3, 1, where(x < 3, 0, x))"],
        {},
        "at x = 3; declare where it does and the slope taken there, for example "
        'kinks=[Kink("x - 3", ["1"])]',
    ),
    "the second of two jumps": (
        HARD_TANH,
        ["where(x >= 1, 0, where(x <= -1, 0, 1 + 0 * x))"],
        {"kinks": [Kink("x - 1", ["0"])]},
        'kinks=[Kink("x + 1", ["0"])]',
    ),
    "a jump of the value": ("where(x > 1, x, x - 1)", ["1"], {}, "the value jumps from 0 to 1"),
    "a jump along the second input": (
        "x0 + max(x1, 0)",
        ["1", "where(x1 > 0, 1, where(x1 <= 0, 0, x1))"],
        {},
        "the derivative jumps from 0 to 1 at x1 = 0",
    ),
    "another slope at one point": (
        "x * x",
        ["where(x == 2, 7, 2 * x)"],
        {},
        "at x = 2 the slope 'where(x == 2, 7, 2 * x)' is 7, but beside it",
    ),
}


@pytest.mark.parametrize("wrong", WRONG_SOMEWHERE)
def test_a_gate_that_is_wrong_somewhere_cannot_be_built(wrong):
    value, slopes, columns, message = WRONG_SOMEWHERE[wrong]
    with pytest.raises(TableError) as caught:
        Gate("my_gate", value, slopes, **columns)
    assert message in str(caught.value)


def test_the_same_gates_are_built_when_they_are_right():
    slope = "where(x >= 1, 0, where(x <= -1, 0, 1 + 0 * x))"
    assert Gate("g", HARD_TANH, [slope], kinks=[Kink("x - 1", ["0"]), Kink("x + 1", ["0"])])
    assert Gate("g", HARD_TANH, [slope], kinks=[Kink("abs(x) - 1", ["0"])])
    assert Gate("g", "exp(-100 * x * x)", ["-200 * x * y"])
    kink = Kink("x - 35", ["1"])
    assert Gate(
        "g", "where(x > 35, 2 * x, x)", ["where(x > 35, 2, where(x <= 35, 1, x))"], kinks=[kink]
    )
    assert Gate("g", "max(x, 0)", [WITH_ONE_AT_ZERO], kinks=[Kink("x", ["1"])])
    assert Gate("g", "where(x > 0, x * x, x * x * x)", ["where(x > 0, 2 * x, 3 * x * x)"])
    # Right, though it loses digits near 0.
    slope = "(x * exp(x) - expm1(x)) / (x * x)"
    assert Gate("g", "expm1(x) / x", [slope], domain=[(0.0, 1.0)])


WRONG_COLUMNS = [
    # (arguments, further columns, a part of the message)
    ((3, "x", ["1"]), {}, "not 3"),
    (("g", 3, ["1"]), {}, "g: value is a text, not 3"),
    (("g", "x", None), {}, "slopes is a list"),
    (("g", "x", [1]), {}, "slopes is a list of texts"),
    (("g", "x", ["1"]), {"parameters": None}, "parameters is a mapping"),
    (("g", "x", ["1"]), {"parameters": {3: 1}}, "parameters is a mapping"),
    (("g", "x", ["1"]), {"parts": ["x"]}, "parts is a mapping"),
    (("g", "x", ["1"]), {"domain": [(1,)]}, "domain is a list of one (low, high)"),
    (("g", "x", ["1"]), {"domain": [("a", "b")]}, "domain is a list"),
    (("g", "x", ["1"]), {"domain": 5}, "domain is a list"),
    (("g", "x", ["1"]), {"domain": [(5, 1)]}, "domain is a list"),
    (("g", "x", ["1"]), {"domain": [(0, math.inf)]}, "domain is a list"),
    (("g", "x", ["1"]), {"kinks": ["x"]}, "kinks is a list of Kink"),
    (("g", "x", ["1"]), {"kinks": None}, "kinks is a list of Kink"),
    (("g", "x", ["1"]), {"initializer": "nope"}, "g: there is no initializer named 'nope'"),
    (("g", "x", ["1"]), {"initializer": None}, "initializer is a text"),
    (("g", "x", ["1"]), {"latex": 5}, "latex is a text, not 5"),
    (("g", "x", ["1"]), {"activation": "yes"}, "activation is True or False, not 'yes'"),
    (("g", "x", ["1"]), {"also": "h"}, "also is a list of texts"),
    (("g", "a * x", ["a"]), {"parameters": {"a": 1.0}, "limits": {"b": "[0, 1)"}}, "no parameter"),
    (("g", "a * x", ["a"]), {"parameters": {"a": 1.0}, "limits": {"a": "0..1"}}, "an interval"),
    (("g", "a * x", ["a"]), {"parameters": {"a": 1.0}, "limits": {"a": (0, 1)}}, "an interval"),
    (("g", "a * x", ["a"]), {"parameters": {"a": 1.0}, "limits": {"a": "[0, 1)"}}, "lie in [0, 1)"),
    (("g", "exp * x", ["exp"]), {"parameters": {"exp": 1.0}}, "name of something else"),
    (("pi", "x", ["1"]), {}, "'pi' already means a number"),
    (("pow", "x", ["1"]), {}, "'pow' already means a function"),
    (("exp", "2 * exp(x)", ["y"]), {}, "'exp' already means a function"),
]


@pytest.mark.parametrize(("arguments", "columns", "message"), WRONG_COLUMNS)
def test_a_column_of_another_type_is_refused_in_a_sentence(arguments, columns, message):
    with pytest.raises(TableError) as caught:
        Gate(*arguments, **columns)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("arguments", [(3, ["0"]), ("x", None), ("x", "0"), ("x", [0])])
def test_a_kink_of_other_types_is_refused(arguments):
    with pytest.raises(TableError, match="a kink is a text and a list of texts"):
        Kink(*arguments)


@pytest.mark.parametrize(
    "spec",
    ["adam(beta1=1)", "adam(beta2=-0.1)", "adam(epsilon=0)", "momentum(momentum=1.1)",
     "lbfgs(memory=0)", "rmsprop(rho=1.5)", "rprop(down=2)", "adamw(weight_decay=-1)"],
)  # fmt: skip
def test_an_optimizers_parameters_have_limits(spec):
    with pytest.raises(TableError, match=r"must lie in [\[(]"):
        OPTIMIZERS.resolve(spec)


def test_a_losss_parameters_have_limits():
    assert LOSSES.resolve("hinge(margin=0)").parameters["margin"] == 0
    for spec in ("hinge(margin=-1)", "huber(delta=0)"):
        with pytest.raises(TableError, match="must lie in"):
            LOSSES.resolve(spec)


@pytest.mark.parametrize(
    ("number", "interval", "answer"),
    [(0, "[0, 1)", True), (1, "[0, 1)", False), (1, "(0,1]", True), (0, "(0, 1]", False),
     (1e9, "(0, inf)", True), (-2, "[-2.5, -1e0]", True), (-3, "[-2.5, -1]", False)],
)  # fmt: skip
def test_intervals(number, interval, answer):
    assert within(number, interval) is answer


# Nobody changes a row.

ROWS = [
    pytest.param(table, row, id=f"{table.kind}-{row.name}")
    for table in (GATES, LOSSES, OPTIMIZERS, INITIALIZERS)
    for row in table.values()
]


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_a_row_cannot_be_changed(table, row):
    for column in vars(row).values():
        assert not isinstance(column, list | set | dict)
        if hasattr(column, "keys"):
            with pytest.raises(TypeError):
                column["alpha"] = 0.9


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_a_row_is_copied_and_pickled(table, row):
    assert copy.copy(row) is copy.deepcopy([row])[0] is row
    assert pickle.loads(pickle.dumps(row)) is row
    other = row.with_parameters(**dict.fromkeys(row.parameters.keys() & {"alpha", "delta"}, 0.25))
    again = pickle.loads(pickle.dumps(other))
    assert vars(again) == vars(other)


def test_a_row_of_ones_own_is_pickled_by_what_it_says():
    row = Gate("relu", "min(x, 0)", ["where(x < 0, 1, where(x >= 0, 0, x))"],
               kinks=[Kink("x", ["0"])])  # fmt: skip
    again = pickle.loads(pickle.dumps(row))
    assert again is not row
    assert again.value == "min(x, 0)"
    assert vars(again) == vars(row)


# Tables know what stands in them.


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: cp.register_gate(LOSSES["hinge"]), "class Gate) is expected here, not the loss "),
        (lambda: cp.register_gate("x"), "a gate (a row of the class Gate) is expected here"),
        (lambda: cp.register_loss(GATES["tanh"]), "is expected here, not the gate tanh"),
        (lambda: cp.Network([2, 2], loss=GATES["tanh"]), "a loss (a row of the class Loss)"),
        (lambda: cp.apply(LOSSES["hinge"], cp.input("x", 1.0)), "not the loss hinge(margin=1.0)"),
        (lambda: OPTIMIZERS.resolve(GATES["tanh"]), "an optimizer (a row of"),
        (lambda: INITIALIZERS.resolve(3), "an initializer is named by a text, not by 3"),
        (lambda: OPTIMIZERS.add(OPTIMIZERS["adam"]), "already an optimizer named 'adam'"),
        (lambda: GATES[["relu"]], "there is no gate named ['relu']"),
    ],
)
def test_a_row_of_another_kind_is_refused(use, message):
    with pytest.raises(TableError) as caught:
        use()
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("table", "given", "meant"),
    [
        (LOSSES, "mse", "squared_error"),
        (LOSSES, "MSE", "squared_error"),
        (LOSSES, "mae", "absolute_error"),
        (LOSSES, "l1", "absolute_error"),
        (LOSSES, "svm", "hinge"),
        (LOSSES, "bce", "logistic"),
        (LOSSES, "cross_entropy", "softmax_cross_entropy"),
        (LOSSES, "cross-entropy", "softmax_cross_entropy"),
        (OPTIMIZERS, "sgd", "gradient_descent"),
        (OPTIMIZERS, "L-BFGS", "lbfgs"),
        (INITIALIZERS, "xavier", "glorot"),
        (GATES, "swish", "silu"),
    ],
)
def test_the_name_that_people_expect_leads_to_the_row(table, given, meant):
    with pytest.raises(TableError, match=f"Did you mean '{meant}'"):
        table.resolve(given)
    assert given not in table


# Initialisers.


def test_the_scale_of_an_initializer():
    assert INITIALIZERS["he"].scale_for(8, 3) == 0.5
    assert INITIALIZERS["glorot"].scale_for(4, 2) == 1.0
    assert INITIALIZERS["zeros"].scale_for(1, 1) == 0.0
    mine = Initializer("mine", "normal", "gain / fan_in", parameters={"gain": 3.0})
    assert mine.scale_for(2, 5) == 1.5


@pytest.mark.parametrize("fan_in", [1, 2])
def test_a_scale_that_is_no_number_is_refused(fan_in):
    row = Initializer("mine", "normal", "sqrt(2 / (fan_in - 2))")
    assert row.scale_for(4, 1) == 1.0
    with pytest.raises(TableError, match=rf"for a layer of {fan_in} input\(s\) and 3 output"):
        row.scale_for(fan_in, 3)
    with pytest.raises(TableError, match="mine: the scale '0 - fan_in'"):
        Initializer("mine", "normal", "0 - fan_in").scale_for(2, 2)


def test_a_loss_with_a_margin_around_its_target_is_built_when_it_is_right():
    slope = "where(s - target > 50, 1, where(s - target < -50, -1, 0 * (s - target)))"
    stages = {"e": ("sum", "max(abs(s - target) - 50, 0)")}
    assert Loss("m", "e", slope, "value", stages)
