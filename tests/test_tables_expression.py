"""The parser of the small language: what it reads, what it refuses, and where the caret stands."""

import math
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clearprop as cp
from clearprop.errors import ClearPropError, ExpressionError
from clearprop.numerics import REAL, quiet
from clearprop.tables import Gate
from clearprop.tables.complexstep import evaluate
from clearprop.tables.expression import (
    COMPARISONS,
    CONSTANTS,
    MAX_DEPTH,
    MAX_TEXT,
    PRIMITIVES,
    Expression,
    Meaning,
    fold,
    parse,
)
from clearprop.tables.printers import to_numpy

FLOATS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
}

REFUSED = [
    # (text, column of the caret, a part of the message)
    ("x ** 2", 0, "pow(a, b)"),
    ("1 + (x ** 2)", 5, "pow(a, b)"),
    ("1 + x and x", 0, "'and'"),
    ("exp(x or 1)", 4, "'and' and 'or'"),
    ("not x", 0, "not part"),
    ("x < 1", 0, "first argument of where"),
    ("1 + (x < 1)", 5, "first argument of where"),
    ("where(x > 0, x > 1, 0)", 13, "first argument of where"),
    ("where((x > 0) > 1, x, 0)", 7, "first argument of where"),
    ("where(0 < x < 1, x, 0)", 6, "not a chain"),
    ("where(x in y, x, 0)", 6, "one comparison"),
    ("where(x is y, x, 0)", 6, "one comparison"),
    ("where(x, 1, 0)", 6, "needs a comparison"),
    ("x.real", 0, "Attribute"),
    ("1 + x.real", 4, "Attribute"),
    ("x[0]", 0, "Subscript"),
    ("lambda: x", 0, "Lambda"),
    ("exp(lambda: x)", 4, "Lambda"),
    ("x if x else y", 0, "IfExp"),
    ("'x'", 0, "not a real number"),
    ("1 + 'x'", 4, "not a real number"),
    ("b'x'", 0, "not a real number"),
    ("f'{x}'", 0, "JoinedStr"),
    ("x + 2j", 4, "not a real number"),
    ("True", 0, "not a real number"),
    ("None", 0, "not part"),
    ("...", 0, "not part"),
    ("(y := x)", 1, "NamedExpr"),
    ("[x]", 0, "List"),
    ("(x, y)", 0, "Tuple"),
    ("{x}", 0, "Set"),
    ("{x: 1}", 0, "Dict"),
    ("[a for a in x]", 0, "ListComp"),
    ("await x", 0, "Await"),
    ("x // 2", 0, "'//' is not part of the language; it has the signs + - * /"),
    ("x % 2", 0, "'%' is not part"),
    ("1 + x @ y", 4, "'@' multiplies matrices"),
    ("x | y", 0, "'|' is not part"),
    ("1 + x^2", 0, "'^' is not part of the language; write pow(a, b)"),
    ("~x", 0, "'~' is not part"),
    ("1e999", 0, "too large"),
    ("x * 1e999", 4, "too large"),
    ("x - 1" + "0" * 400, 4, "too large"),
    ("0x" + "f" * 400, 0, "too large"),
    ("max(x, y=1)", 0, "by position"),
    ("exp(x, **y)", 0, "by position"),
    ("exp(*x)", 4, "Starred"),
    ("exp()", 0, "1 argument(s), 0 given"),
    ("2 * exp(x, y)", 4, "1 argument(s), 2 given"),
    ("where(x > 0, x)", 0, "3 argument(s), 2 given"),
    ("sin(x)", 0, "no function 'sin'"),
    ("1 + print(x)", 4, "no function 'print'"),
    ("__import__('os')", 0, "no function"),
    ("exp(x)(y)", 0, "only the functions"),
    ("x.exp(y)", 0, "only the functions"),
    ("π * x", 0, "'π'"),
    ("x − 1", 2, "'−'"),
    ("x²", 1, "'²'"),
    ("1 + ａｂｓ(x)", 4, "'ａ'"),
    ("x # and so on", 2, "'#'"),
    ("x # half\n + 1", 2, "'#'"),
    ("x\x00", 1, "not part"),
    ("\ud800", 0, "not part"),
    ("\ufeffx", 0, "not part"),
    ("1 +", 3, "not an expression"),
    ("exp(x) *", 8, "not an expression"),
    ("x y", 2, "not an expression"),
    ("x = 1", 2, "not an expression"),
    ("x + )", 4, "not an expression"),
    ("x; y", 1, "not an expression"),
    ("(x", 0, "not an expression"),
    ("import os", 0, "not an expression"),
]


@pytest.mark.parametrize(
    ("text", "column", "reason"), REFUSED, ids=[repr(r[0])[:40] for r in REFUSED]
)
def test_what_is_not_on_the_list_is_refused_with_the_caret_under_it(text, column, reason):
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    error = caught.value
    assert type(error) is ExpressionError
    assert isinstance(error, ClearPropError)
    assert isinstance(error, ValueError)
    assert reason in error.reason
    assert error.column == column
    first, shown, caret = str(error).splitlines()
    assert first == error.reason
    assert shown == "    " + error.text
    assert caret.index("^") == 4 + column
    if column < len(error.text) and text[column].isprintable():
        assert error.text[column] == " ".join(text.split())[column]
    str(error).encode()  # whatever was given, the message can be printed


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \t\n ", "empty"),
        ("x" * (MAX_TEXT + 1), "2,001 characters"),
        ("(" * 250 + "x" + ")" * 250, "parenthes"),
        ("-" * 1900 + "x", "deep|read"),
        ("exp(" * 300 + "x" + ")" * 300, "parenthes"),
        (None, "a text, not NoneType"),
        (b"x", "a text, not bytes"),
        (1.0, "a text, not float"),
    ],
)
def test_what_cannot_be_read_at_all_is_refused(text, reason):
    with pytest.raises(ExpressionError, match=reason):
        parse(text)


@pytest.mark.parametrize(
    "nest",
    [
        lambda depth: "exp(" * depth + "x" + ")" * depth,
        lambda depth: "-" * depth + "x",
        lambda depth: "where(0 < 1, 0, " * (depth - 2) + "where(x < 1, 0, -1)" + ")" * (depth - 2),
    ],
    ids=["calls", "signs", "choices"],
)
def test_nesting_is_limited(nest):
    assert parse(nest(MAX_DEPTH)).names() >= {"x"}
    with pytest.raises(ExpressionError, match=f"more than {MAX_DEPTH} deep"):
        parse(nest(MAX_DEPTH + 1))


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "+2*"])
def test_a_sum_or_a_product_may_be_as_long_as_the_text(sign):
    text = sign.join(["x"] * ((MAX_TEXT + len(sign)) // (1 + len(sign))))
    tree = parse(text)
    assert len(text) > MAX_TEXT - 5
    assert tree == parse(text)
    assert hash(tree) == hash(parse(text))
    assert tree != parse(text.replace("x", "y"))
    got = fold(tree, Meaning({"x": 1.25}, FLOATS, float))
    assert got == pytest.approx(eval(text, {"x": 1.25}), rel=1e-12)
    assert evaluate(tree, {"x": 1.25 + 0j}).real == pytest.approx(got, rel=1e-12)
    assert to_numpy(tree).replace(" ", "") == text


def test_a_long_sum_is_a_gate():
    gate = Gate("long_sum", "+".join(["x"] * 900), ["900"], activation=True)
    x = cp.input("x", 2.0)
    assert cp.gradients(cp.apply(gate, x)) == {x: 900.0}
    assert cp.evaluate(cp.apply(gate, x)) == 1800.0


def test_a_text_of_the_longest_length_is_read():
    assert parse("x" * MAX_TEXT).name == "x" * MAX_TEXT


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", 7), ("1_000", 1000), (".5", 0.5), ("1e-3", 0.001), ("0x10", 16), ("pi", math.pi)],
)
def test_numbers(text, value):
    assert fold(parse(text), Meaning({}, {}, float)) == value


def test_spaces_and_lines_do_not_matter():
    assert parse(" 1\n +\t x ") == parse("1+x")
    assert parse("+x") == parse("(x)") == parse("x")


def test_names_are_free_names_only():
    assert parse("where(x0 < pi, alpha, exp(x1))").names() == {"x0", "x1", "alpha"}


def test_walk_yields_arguments_before_what_uses_them():
    kinds = [node.operation for node in parse("-exp(x) / 2").walk()]
    assert kinds == ["name", "exp", "negate", "number", "divide"]


@pytest.mark.parametrize(
    ("text", "number", "answer"),
    [("2", 2, True), ("-2", -2, True), ("--2", 2, True), ("-2", 2, False), ("x", 0, False)],
)
def test_is_number(text, number, answer):
    assert parse(text).is_number(number) is answer


def test_functions_can_be_more_than_the_primitives():
    tree = parse("swish(x) + exp(x)", {**PRIMITIVES, "swish": 1})
    assert tree.arguments[0] == Expression("swish", (Expression("name", name="x"),))


# Random expressions, as our text and as Python's (the same, but with literals marked).

NAMES = {"a": np.float64(0.7), "b": np.float64(-3.25), "c": np.float64(0.0), "d": np.float64(41.5)}
NUMBERS = st.floats(0, allow_infinity=False, allow_nan=False)
PYTHON = {
    "F": np.float64,
    "pi": np.float64(math.pi),
    **{name: REAL[name] for name in PRIMITIVES},
    **NAMES,
}
_ARITHMETIC = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}


def leaf():
    numbers = NUMBERS.map(lambda n: (repr(n), f"F({n!r})", Expression("number", value=n)))
    names = st.sampled_from([*NAMES, *CONSTANTS])
    return st.one_of(numbers, names.map(lambda n: (n, n, Expression("name", name=n))))


def larger(inner):
    def binary(left, sign, right):
        tree = Expression(_ARITHMETIC[sign], (left[2], right[2]))
        return (f"({left[0]}) {sign} ({right[0]})", f"({left[1]}) {sign} ({right[1]})", tree)

    def call(name, *arguments):
        ours, python, trees = zip(*arguments, strict=True)
        text = f"{name}({', '.join(ours)})"
        return text, f"{name}({', '.join(python)})", Expression(name, trees)

    def choice(left, sign, right, then, otherwise):
        test = Expression(sign, (left[2], right[2]))
        ours = f"where({left[0]} {sign} {right[0]}, {then[0]}, {otherwise[0]})"
        python = f"where({left[1]} {sign} {right[1]}, {then[1]}, {otherwise[1]})"
        return ours, python, Expression("where", (test, then[2], otherwise[2]))

    def negation(of):
        return f"-({of[0]})", f"-({of[1]})", Expression("negate", (of[2],))

    calls = [
        st.builds(call, st.just(name), *[inner] * count)
        for name, count in PRIMITIVES.items()
        if name != "where"
    ]
    signs = st.sampled_from(sorted(COMPARISONS))
    return st.one_of(
        st.builds(binary, inner, st.sampled_from(list(_ARITHMETIC)), inner),
        st.builds(negation, inner),
        st.builds(choice, inner, signs, inner, inner, inner),
        *calls,
    )


EXPRESSIONS = st.recursive(leaf(), larger, max_leaves=12).filter(lambda e: len(e[0]) <= MAX_TEXT)


def value_of(tree):
    with quiet():
        return np.float64(fold(tree, Meaning(NAMES, REAL, np.float64)))


def same_bits(left, right):
    return (np.isnan(left) and np.isnan(right)) or left.tobytes() == right.tobytes()


@given(EXPRESSIONS)
def test_a_printed_tree_reads_back_as_itself(expression):
    text, python, tree = expression
    assert parse(text) == tree
    with quiet():
        direct = np.float64(eval(python, {"__builtins__": {}}, PYTHON))
    assert same_bits(value_of(parse(text)), direct)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "-", "--"]),
            st.sampled_from(list(NAMES)),
            st.sampled_from(list("+-*/")),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_precedence_is_pythons(terms):
    text = "".join(f"{sign}{name} {operator} " for sign, name, operator in terms) + "a"
    with quiet():
        direct = np.float64(eval(text, {"__builtins__": {}}, NAMES))
    assert same_bits(value_of(parse(text)), direct)


ODD = st.sampled_from(
    ["where", "exp", "(", ")", ",", "<", "<=", "==", "=", "**", "*", "-", "x", "1", "1e999", "0x",
     "lambda", ":", ":=", "if", "else", "for", "in", "and", "not", "'", '"', "f'", "{", "}", "[",
     "]", ".", "#", "\\", "\n", "\t", "\x00", "é", "ﬁ", "\ud83d", "_", "@", ";", "yield", "await"]
)  # fmt: skip


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(ODD, max_size=25).map("".join),
        st.lists(ODD, max_size=25).map(" ".join),
    )
)
def test_of_any_text_only_an_expression_error_escapes(text):
    try:
        tree = parse(text)
    except ExpressionError as error:
        str(error).encode()
    else:
        allowed = {"number", "name", "add", "subtract", "multiply", "divide", "negate"}
        assert {n.operation for n in tree.walk()} <= allowed | PRIMITIVES.keys() | COMPARISONS


@given(EXPRESSIONS, st.integers(0), ODD)
def test_a_spoilt_expression_is_read_or_refused(expression, place, odd):
    text = expression[0]
    place %= len(text) + 1
    try:
        parse(text[:place] + odd + text[place:])
    except ExpressionError as error:
        str(error).encode()
