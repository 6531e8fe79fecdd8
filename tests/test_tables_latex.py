"""The printer of formulas: LaTeX as a person would write it, and well formed for every row."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.errors import TableError
from clearprop.tables import GATES, INITIALIZERS, LOSSES, OPTIMIZERS, Gate
from clearprop.tables.expression import COMPARISONS, PRIMITIVES, Expression, parse
from clearprop.tables.printers import gate_latex, latex_name, to_latex


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("1 / (1 + exp(-x))", r"\frac{1}{1 + e^{-z_1}}"),
        ("x0 - (x1 + 1)", "x_0 - (x_1 + 1)"),
        ("x0 + (x1 - 1)", "x_0 + x_1 - 1"),
        ("x0 - (x1 - 1) - 2", "x_0 - (x_1 - 1) - 2"),
        ("x0 * (x1 * x10)", "x_0 x_1 x_{10}"),
        ("2 * 3 * x", r"2 \cdot 3 z_1"),
        ("x * 3", r"z_1 \cdot 3"),
        ("0.5 * (x / 2)", r"0.5 \cdot \frac{z_1}{2}"),
        ("x - -x", "z_1 - (-z_1)"),
        ("x0 * -x1", "x_0 (-x_1)"),
        ("-(x0 * x1) / x2", r"\frac{-x_0 x_1}{x_2}"),
        ("-(x0 + x1)", "-(x_0 + x_1)"),
        ("pow(x, 2) + pow(-x, alpha)", r"z_1^{2} + (-z_1)^{\alpha}"),
        ("pow(x / 2, 2)", r"\left(\frac{z_1}{2}\right)^{2}"),
        ("pow(pow(x, 2), 3)", "(z_1^{2})^{3}"),
        ("abs(x) + abs(x / 2)", r"|z_1| + \left|\frac{z_1}{2}\right|"),
        ("sqrt(2 / pi)", r"\sqrt{\frac{2}{\pi}}"),
        ("log1p(exp(x))", r"\log(1 + e^{z_1})"),
        ("alpha * expm1(x)", r"\alpha (e^{z_1} - 1)"),
        ("log(x / 2) * tanh(x)", r"\log\left(\frac{z_1}{2}\right) \tanh(z_1)"),
        ("max(x, 0) - min(x / 2, 1)", r"\max(z_1, 0) - \min\left(\frac{z_1}{2}, 1\right)"),
        ("learning_rate * g", r"\mathrm{learning\_rate} \cdot g"),
        (
            "where(x > 0, 1, where(x <= 0, 0, x))",
            r"\begin{cases} 1 & \text{if } z_1 > 0 \\ 0 & \text{if } z_1 \le 0 \\"
            r" z_1 & \text{otherwise} \end{cases}",
        ),
        (
            "2 * where(x != -1, x, 0)",
            r"2 \left(\begin{cases} z_1 & \text{if } z_1 \ne -1 \\"
            r" 0 & \text{otherwise} \end{cases}\right)",
        ),
    ],
)
def test_latex(text, latex):
    assert to_latex(parse(text), {"x": "z_1"}) == latex


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x", "x"),
        ("x0", "x_0"),
        ("W_12", "W_{12}"),
        ("alpha", r"\alpha"),
        ("beta1", r"\beta_1"),
        ("margin", r"\mathrm{margin}"),
        ("net_h1", r"\mathrm{net\_h1}"),
    ],
)
def test_latex_names(name, latex):
    assert latex_name(name) == latex


@pytest.mark.parametrize(
    ("gate", "inputs", "latex"),
    [
        ("sigmoid", ["z_1"], r"\sigma(z_1)"),
        ("sigmoid", [r"\frac{a}{b}"], r"\sigma\left(\frac{a}{b}\right)"),
        ("identity", ["a + b"], "a + b"),
        ("softplus", ["a + b"], r"\log(1 + e^{a + b})"),
        ("silu", ["a + b"], r"(a + b) \, \sigma(a + b)"),
        ("silu", ["-0.5"], r"(-0.5) \, \sigma(-0.5)"),
        ("multiply", ["a + b", "c"], "(a + b) c"),
        ("multiply", ["0.5", "-2"], "0.5 (-2)"),
        ("multiply", ["0.5", "2"], r"0.5 \cdot 2"),
        ("subtract", ["a + b", "c - d"], "a + b - (c - d)"),
        ("divide", ["a + b", "c"], r"\frac{a + b}{c}"),
        ("power", [r"\frac{a}{b}", "n - 1"], r"\left(\frac{a}{b}\right)^{n - 1}"),
        ("power", ["w^{(1)}", "2"], "(w^{(1)})^{2}"),
        ("power", ["(a + b)", "2"], "(a + b)^{2}"),
        ("negate", ["-0.5"], "-(-0.5)"),
        ("max", ["a", "b"], r"\max(a, b)"),
    ],
)
def test_latex_of_gates(gate, inputs, latex):
    assert gate_latex(GATES[gate], *inputs) == latex


def test_latex_of_a_gate_without_a_template_has_its_parts_put_in():
    gate = Gate("shifted", "t * u", ["u + t"], parts={"t": "x + 1", "u": "t - 3"})
    assert gate_latex(gate, "z") == "(z + 1) (z + 1 - 3)"


def test_a_template_that_raises_its_input_to_a_power_brackets_it():
    gate = Gate("squared", "x * x", ["2 * x"], latex="{x}^2 + c_{{{x}}}")
    assert gate_latex(gate, "z_1") == "z_1^2 + c_{z_1}"
    assert gate_latex(gate, "e^{z}") == "(e^{z})^2 + c_{e^{z}}"


def test_latex_of_a_gate_wants_all_its_inputs():
    with pytest.raises(TableError, match=r"multiply has 2 input\(s\), 1 given"):
        gate_latex(GATES["multiply"], "a")


def assert_well_formed(latex):
    depth = 0
    for brace in re.findall(r"\\.|[{}]", latex):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        assert depth >= 0, latex
    assert depth == 0, latex
    for opening, closing in ((r"\left", r"\right"), (r"\begin{cases}", r"\end{cases}"), "()"):
        assert latex.count(opening) == latex.count(closing), latex
    assert not re.search(r"[-+] *-|\d +\d|\^\{[^{}]*\}\^|\0", latex), latex
    assert "\\mathrm{" not in re.sub(r"\\mathrm\{[^{}]*\}(?! *\\mathrm)", "", latex), latex


def name(text):
    return Expression("name", name=text)


LEAVES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(lambda n: Expression("number", value=n)),
    st.sampled_from(["x", "x0", "pi", "beta2", "learning_rate"]).map(name),
)
ARITIES = {"add": 2, "subtract": 2, "multiply": 2, "divide": 2, "negate": 1, **PRIMITIVES}


def larger(inner):
    def build(kind, sign, *arguments):
        chosen = arguments[: ARITIES[kind]]
        if kind == "where":
            chosen = (Expression(sign, arguments[2:4]), *arguments[:2])
        return Expression(kind, chosen)

    signs = st.sampled_from(sorted(COMPARISONS))
    return st.builds(build, st.sampled_from(list(ARITIES)), signs, inner, inner, inner, inner)


@settings(deadline=None, max_examples=300)
@given(st.recursive(LEAVES, larger, max_leaves=12))
def test_latex_is_well_formed(tree):
    assert_well_formed(to_latex(tree))


def expressions(value):
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, Mapping | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from expressions(inner)


EACH_ROW = [row for table in (GATES, LOSSES, OPTIMIZERS, INITIALIZERS) for row in table.values()]


@pytest.mark.parametrize("row", EACH_ROW, ids=str)
def test_latex_of_every_row_is_well_formed(row):
    for tree in expressions(vars(row)):
        assert_well_formed(to_latex(tree))


@pytest.mark.parametrize("gate", GATES.values(), ids=str)
@pytest.mark.parametrize("text", ["z_1", "w x + b", "-0.5", r"\frac{a}{b}", r"e^{-z}"])
def test_latex_of_every_gate_is_well_formed(gate, text):
    assert_well_formed(gate_latex(gate, *[text] * len(gate.inputs)))
