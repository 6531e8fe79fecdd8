"""The printers of code: text in another language computes what the expression computes."""

import json
import random
import re
import shutil
import subprocess
from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.errors import ExpressionError
from clearprop.numerics import COMPLEX, REAL, evaluate_gate, evaluate_slopes, quiet
from clearprop.tables import GATES, INITIALIZERS, LOSSES, OPTIMIZERS
from clearprop.tables.expression import (
    COMPARISONS,
    CONSTANTS,
    PRIMITIVES,
    Expression,
    Meaning,
    fold,
    parse,
)
from clearprop.tables.printers import (
    CPP,
    JAVASCRIPT,
    LATEX,
    NUMPY,
    to_complex_numpy,
    to_cpp,
    to_javascript,
    to_latex,
    to_numpy,
    write,
)


def expressions(value, label=""):
    """Every expression behind a row's columns, with the column's name."""
    if isinstance(value, Expression):
        yield label, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from expressions(inner, f"{label}.{name}" if label else name)
    elif isinstance(value, tuple):
        for i, inner in enumerate(value):
            yield from expressions(inner, f"{label}.{i}")


ROWS = [
    pytest.param(tree, id=f"{table.kind}-{row.name}-{label}")
    for table in (GATES, LOSSES, OPTIMIZERS, INITIALIZERS)
    for row in table.values()
    for label, tree in expressions(vars(row))
]
TREES = [param.values[0] for param in ROWS]
EACH_GATE = pytest.mark.parametrize("gate", GATES.values(), ids=str)
THOROUGH = settings(deadline=None, max_examples=300)

VALUES = (0.0, -0.0, 1.0, -1.0, 0.3, -2.5, 7.0, 1e-9, -1e4, 1e300, np.inf, -np.inf, np.nan)
NAMES = {
    "a": np.array(VALUES),
    "b": np.array(VALUES[::-1]),
    "c": np.array(VALUES[4:] + VALUES[:4]),
}
NUMBERS = st.one_of(
    st.sampled_from([0.0, 1.0, 2.0, 10.0, 0.5, 1e-5, 1e16, 1e300, 123456789.0]),
    st.floats(allow_nan=False, allow_infinity=False),
)
LEAVES = st.one_of(
    NUMBERS.map(lambda value: Expression("number", value=value)),
    st.sampled_from([*NAMES, *CONSTANTS]).map(lambda name: Expression("name", name=name)),
)
ARITHMETIC = {"add": 2, "subtract": 2, "multiply": 2, "divide": 2, "negate": 1}


def larger(arities):
    def node(inner):
        kinds = [
            st.tuples(*[inner] * count).map(lambda args, kind=kind: Expression(kind, args))
            for kind, count in arities.items()
            if kind != "where"
        ]
        if "where" in arities:
            signs = st.sampled_from(sorted(COMPARISONS))
            test = st.builds(lambda sign, *pair: Expression(sign, pair), signs, inner, inner)
            kinds.append(st.builds(lambda *args: Expression("where", args), test, inner, inner))
        return st.one_of(kinds)

    return node


ANY_TREE = st.recursive(LEAVES, larger(ARITHMETIC | PRIMITIVES), max_leaves=15)
SUMS = st.recursive(
    st.sampled_from("abc").map(lambda n: Expression("name", name=n)),
    larger(ARITHMETIC),
    max_leaves=15,
)

NP = {
    **{name: REAL[name] for name in ("exp", "expm1", "log", "log1p", "tanh", "sqrt", "abs")},
    **{"power": np.power, "maximum": np.maximum, "minimum": np.minimum, "where": np.where},
    **{"divide": np.divide, "pi": np.pi, "real": np.real, "isnan": np.isnan},
}


def run_python(text, names):
    """Run a printed text with nothing at hand but the NumPy functions it may use."""
    with quiet():
        return np.asarray(eval(text, {"np": SimpleNamespace(**NP), "__builtins__": {}, **names}))


def meant(tree, names, functions=REAL):
    with quiet():
        return np.asarray(fold(tree, Meaning(names, functions, np.asarray)))


def assert_same_bits(left, right):
    left, right = np.broadcast_arrays(left, right)
    for part in (np.real, np.imag):
        a, b = (np.ascontiguousarray(part(side), dtype=np.float64) for side in (left, right))
        same = (a.view(np.uint64) == b.view(np.uint64)) | (np.isnan(a) & np.isnan(b))
        assert same.all(), (left[~same][:3], right[~same][:3])


@THOROUGH
@given(ANY_TREE)
def test_numpy_text_computes_what_the_tree_computes(tree):
    assert_same_bits(run_python(to_numpy(tree), NAMES), meant(tree, NAMES))


@THOROUGH
@given(ANY_TREE)
def test_complex_numpy_text_computes_what_the_tree_computes(tree):
    with quiet():
        names = {name: values + 1e-3j * np.roll(values, 3) for name, values in NAMES.items()}
    assert_same_bits(run_python(to_complex_numpy(tree), names), meant(tree, names, COMPLEX))


@THOROUGH
@given(ANY_TREE)
def test_names_that_stand_for_more_than_a_name_are_bracketed(tree):
    given = {"p": NAMES["b"], "q": NAMES["c"]}
    text = to_numpy(tree, {"a": "p - q", "b": "-p", "c": "q"})
    names = {"a": meant(parse("p - q"), given), "b": -given["p"], "c": given["q"]}
    assert_same_bits(run_python(text, given), meant(tree, names))


@pytest.mark.parametrize(
    "text", ["-where(a > 0, 1, 0)", "pow(where(a > 0, 2, 1), -1)", "pow(10, 20) * a", "a * -0"]
)
def test_nothing_is_computed_with_integers(text):
    assert_same_bits(run_python(to_numpy(parse(text)), NAMES), meant(parse(text), NAMES))


@EACH_GATE
@pytest.mark.parametrize(
    ("printer", "functions", "step"),
    [(to_numpy, REAL, 0.0), (to_complex_numpy, COMPLEX, 1e-30j)],
    ids=["real", "complex"],
)
def test_numpy_text_of_every_gate(gate, printer, functions, step):
    rng = np.random.default_rng(11)
    inputs = [np.append(rng.uniform(low, high, 200), VALUES) + step for low, high in gate.domain]
    names = {**gate.parameters, **dict(zip(gate.inputs, inputs, strict=True))}
    for part, tree in gate.part_trees.items():
        names[part] = run_python(printer(tree), names)
    names["y"] = run_python(printer(gate.value_tree), names)
    with quiet():
        value = evaluate_gate(gate, *inputs, functions=functions)
        slopes = evaluate_slopes(gate, *inputs, functions=functions)
    assert_same_bits(names["y"], value)
    for tree, slope in zip(gate.slope_trees, slopes, strict=True):
        assert_same_bits(run_python(printer(tree), names), slope)


@pytest.mark.parametrize("tree", ROWS)
def test_numpy_text_of_every_expression_of_every_table(tree):
    names, _ = points_for(tree)
    assert_same_bits(run_python(to_numpy(tree), names), meant(tree, names))


# JavaScript and C++: one process runs every expression of the tables, and random trees of
# operations that IEEE 754 rounds correctly, which must agree in every bit but a zero's sign.

EXACT = ("add", "subtract", "multiply", "divide", "negate", "abs", "max", "min", "sqrt", "where")


def random_tree(rng, depth):
    if depth == 0 or rng.random() < 0.1:
        if rng.random() < 0.3:
            return Expression("number", value=rng.choice([1.0, 2.0, 0.5, 3.25, 1e-5, 1e20, -1.5]))
        return Expression("name", name=rng.choice("abc"))
    kind = rng.choice(EXACT)
    arguments = [random_tree(rng, depth - 1) for _ in range({**ARITHMETIC, **PRIMITIVES}[kind])]
    if kind == "where":
        arguments[0] = Expression(
            rng.choice(sorted(COMPARISONS)), (arguments[0], random_tree(rng, depth - 1))
        )
    return Expression(kind, tuple(arguments))


_rng = random.Random(2024)
RANDOM_TREES = [random_tree(_rng, 5) for _ in range(300)]


def points_for(tree):
    """For a tree's names, in order: arrays of 24 values each, NaN among them."""
    names = sorted(tree.names())
    rng = np.random.default_rng(5)
    points = rng.uniform(-3, 3, (24, len(names)))
    points[-len(names) - 1 :][: len(names)][np.eye(len(names), dtype=bool)] = np.nan
    return dict(zip(names, points.T, strict=True)), points


def assert_language_agrees(printer, run):
    cases = []
    for tree in TREES + RANDOM_TREES:
        names, points = points_for(tree)
        cases.append((printer(tree, {name: f"v[{i}]" for i, name in enumerate(names)}), points))
    answers = run(cases)
    for i, (tree, (text, points), answer) in enumerate(
        zip(TREES + RANDOM_TREES, cases, answers, strict=True)
    ):
        wanted = np.broadcast_to(meant(tree, points_for(tree)[0]), len(points))
        got = np.array(answer, dtype=np.float64)
        tolerance = 1e-14 if i < len(TREES) else 0.0
        with quiet():
            close = abs(got - wanted) <= tolerance * np.maximum(1, abs(wanted))
        close |= (got == wanted) | (np.isnan(got) & np.isnan(wanted))
        assert close.all(), (text, points[~close][0], got[~close][0], wanted[~close][0])


def run_program(*command, given=""):
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[:2000]
    return done.stdout


_NODE = """
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
const run = ([code, points]) => {
  const f = new Function("v", '"use strict"; return ' + code + ";");
  return points.map((v) => String(f(v.map(Number))));
};
process.stdout.write(JSON.stringify(cases.map(run)));
"""
_JS_WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def test_javascript_agrees_with_numpy():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on PATH")

    def run(cases):
        spelled = [
            [text, [[_JS_WORDS.get(repr(x), repr(x)) for x in map(float, p)] for p in points]]
            for text, points in cases
        ]
        return json.loads(run_program(node, "-e", _NODE, given=json.dumps(spelled)))

    assert_language_agrees(to_javascript, run)


_CPP = """
#include <cmath>
#include <cstdio>
#include <cstdlib>
struct T {  // a number that no bare literal turns into unasked
  double x;
  explicit T(double x) : x(x) {}
};
T operator-(T a) { return T(-a.x); }
#define ARITHMETIC(sign) T operator sign(T a, T b) { return T(a.x sign b.x); }
#define COMPARISON(sign) bool operator sign(T a, T b) { return a.x sign b.x; }
ARITHMETIC(+) ARITHMETIC(-) ARITHMETIC(*) ARITHMETIC(/)
COMPARISON(<) COMPARISON(<=) COMPARISON(>) COMPARISON(>=) COMPARISON(==) COMPARISON(!=)
#define FUNCTION(name) T name(T a) { return T(std::name(a.x)); }
namespace prim {
FUNCTION(exp) FUNCTION(expm1) FUNCTION(log) FUNCTION(log1p) FUNCTION(tanh) FUNCTION(sqrt)
FUNCTION(abs)
T pow(T a, T b) { return T(std::pow(a.x, b.x)); }
T max(T a, T b) { return a.x >= b.x || std::isnan(a.x) ? a : b; }
T min(T a, T b) { return a.x <= b.x || std::isnan(a.x) ? a : b; }
T where(bool q, T a, T b) { return q ? a : b; }
}
"""


def test_cpp_agrees_with_numpy(tmp_path):
    compiler = shutil.which("g++") or shutil.which("c++")
    if compiler is None:
        pytest.skip("there is no C++ compiler on PATH")

    def run(cases):
        lines = [_CPP]
        for i, (text, _) in enumerate(cases):
            lines.append(f"T f{i}(const T* v) {{ (void)v; return {text}; }}")
        listed = ", ".join(f"f{i}" for i in range(len(cases)))
        widths = ", ".join(str(points.shape[1]) for _, points in cases)
        most = max(points.shape[1] for _, points in cases)
        lines.append(
            f"""
T (*const functions[])(const T*) = {{{listed}}};
const int widths[] = {{{widths}}};
int main() {{
  char word[64];
  for (int i = 0; i < {len(cases)}; ++i)
    for (int point = 0; point < {len(cases[0][1])}; ++point) {{
      T v[] = {{{", ".join(["T(0)"] * most)}}};
      for (int k = 0; k < widths[i]; ++k)
        if (std::scanf("%63s", word) == 1) v[k] = T(std::strtod(word, nullptr));
      std::printf("%.17g\\n", functions[i](v).x);
    }}
}}"""
        )
        source, program = tmp_path / "rows.cpp", tmp_path / "rows"
        source.write_text("\n".join(lines))
        flags = ["-std=c++17", "-O0", "-ffp-contract=off", "-Wall", "-Werror"]
        run_program(compiler, *flags, "-o", program, source)
        numbers = "\n".join(repr(float(x)) for _, points in cases for x in points.ravel())
        results = run_program(program, given=numbers).split()
        return np.array(results, dtype=float).reshape(len(cases), -1)

    assert_language_agrees(to_cpp, run)


# The texts themselves.


@THOROUGH
@given(SUMS)
def test_brackets_in_code_are_right_and_needed(tree):
    text = to_javascript(tree)
    assert parse(text) == tree
    for bracket in re.finditer(r"\(", text):
        depth, end = 1, bracket.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        start, inside = bracket.start(), text[bracket.end() : end - 1]
        if text[:start].endswith("-") and inside.startswith("-"):
            continue  # -(-x): two signs in a row would be C++'s and JavaScript's --
        assert parse(text[:start] + inside + text[end:]) != tree
    assert "--" not in text


@THOROUGH
@given(NUMBERS)
def test_numbers_are_the_shortest_that_read_back(value):
    text = to_javascript(Expression("number", value=value))
    assert float(text) == value
    assert len(text.lstrip("-")) <= len(repr(abs(value)))


@pytest.mark.parametrize(
    ("text", "python", "cpp", "latex"),
    [
        ("1.0", "1", "T(1)", "1"),
        ("0.50", "0.5", "T(0.5)", "0.5"),
        ("-1", "-1", "-T(1)", "-1"),
        ("-0", "-0.0", "-T(0)", "-0"),
        ("0.00001", "1e-5", "T(1e-5)", "10^{-5}"),
        ("2.5e-7", "2.5e-7", "T(2.5e-7)", r"2.5 \cdot 10^{-7}"),
        ("1e16", "1e16", "T(1e16)", "10^{16}"),
        ("123456789", "123456789", "T(123456789)", "123456789"),
        ("pi", "np.pi", "T(3.141592653589793)", r"\pi"),
        ("1 / x", "1 / x", "T(1) / x", r"\frac{1}{x}"),
        ("1 / 4 * x", "1.0 / 4.0 * x", "T(1) / T(4) * x", r"\frac{1}{4} x"),
        ("1 / 0", "np.divide(1.0, 0.0)", "T(1) / T(0)", r"\frac{1}{0}"),
    ],
)
def test_numbers_in_each_language(text, python, cpp, latex):
    tree = parse(text)
    assert (to_numpy(tree), to_cpp(tree), to_latex(tree)) == (python, cpp, latex)


def test_two_signs_never_run_together():
    assert to_javascript(parse("-x - y"), {"x": "-a", "y": "-1"}) == "-(-a) - -1"


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
@pytest.mark.parametrize("dialect", [NUMPY, CPP, JAVASCRIPT, LATEX], ids=lambda d: d.name)
def test_what_has_no_literal_is_refused(dialect, value):
    with pytest.raises(ExpressionError, match="not a number that an expression can hold"):
        write(Expression("number", value=value), dialect)


def test_an_operation_without_a_rule_is_refused():
    with pytest.raises(ExpressionError, match="'mish' cannot be written in NumPy"):
        to_numpy(parse("mish(x)", {"mish": 1}))
