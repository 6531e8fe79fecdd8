"""``clearprop check`` and ``clearprop mistakes``."""

import json
import os
import re

import numpy as np
import pytest

import clearprop as cp
from clearprop.cli.check import Sizes, Where
from clearprop.doctor.slips import SLIPS
from commands import document, run
from sandbox_files import ENDLESS, GOOD, HEAD, REPORTS, RIGHT, WRONG, F

pytest.importorskip("polars")
NETWORK = ("--network", "2-3-2")
COLUMNS = """import numpy as np
def backward(X, Y, W1, b1, W2, b2):
    print("X is", X.shape)
    A1 = np.tanh(W1 @ X + b1)
    Z2 = W2 @ A1 + b2
    P = np.exp(Z2) / np.exp(Z2).sum(axis=0)
    dZ2 = (P - Y) / X.shape[1]
    dZ1 = W2.T @ dZ2
    loss = -np.sum(Y * np.log(P)) / X.shape[1]
    return (loss, dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True),
            dZ2 @ A1.T, dZ2.sum(axis=1, keepdims=True))
"""


QUICK = (
    "syntax",
    "fails in the call",
    "wrong shapes",
    "exit",
    "os._exit",
    "in the call",
    "no names",
)


def some(names, *quick):
    """The names as parameters; tests/test_sandbox.py tries all, here most wait for -m slow."""
    return [name if name in quick else pytest.param(name, marks=pytest.mark.slow) for name in names]


@pytest.fixture
def file(tmp_path):
    """Write a text as a file and return its name on the command line."""

    def write(text, name="f"):
        path = tmp_path / "homework.py"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return f"{path}:{name}"

    return write


def test_a_right_one_is_right(file):
    said = run("check", file(GOOD), *NETWORK).stdout
    assert re.findall(r"^    (d\w+) .* right$", said, re.MULTILINE) == ["dW2", "db2", "dW1", "db1"]
    assert "wrong" not in said


def test_a_wrong_one_is_explained_and_the_calling_is_said(file):
    said = run("check", file(COLUMNS, "backward"), *NETWORK, code=1).stdout
    assert "X goes in with a column for each sample; y goes in as one-hot columns" in said
    assert "W1, W2 go in as (n_out, n_in); b1, b2 go in as (n_out, 1)" in said
    assert "The slope of tanh is missing in layer 1." in said
    assert said.count("X is (2, 12)") == 1  # once, however often it is called
    assert re.search(r"^ +x1 +x2 +y$", said, re.MULTILINE)
    assert len(re.findall(r"^ +-?\d\.\d\d +-?\d\.\d\d +[01]$", said, re.MULTILINE)) == 12


def test_it_says_the_same_in_chinese(file):
    said = run("check", file(COLUMNS, "backward"), *NETWORK, "--language", "zh", code=1).stdout
    assert "X 的每一列是一个样本；y 以 one-hot 列传入" in said
    assert "第 1 层缺少 tanh 的斜率" in said
    assert "数据（种子 0）" in said
    assert not re.search("goes in|missing|right|printed", said)


@pytest.mark.parametrize("options", [("--json",), ("--format", "json")])
def test_json_is_one_document(file, options):
    name = file(COLUMNS, "backward")
    told = json.loads(run("check", name, *NETWORK, *options, code=1).stdout)
    assert told["right"] is False
    assert told["call"] == "f(X, y, W1, b1, W2, b2)"
    assert told["explanations"][0]["mistakes"][0]["name"] == "missing_slope"
    assert {each["name"]: each["right"] for each in told["verdicts"]} == {
        "dW1": False, "db1": False, "dW2": True, "db2": True,
    }  # fmt: skip
    assert "X is" in told["printed"]
    net = cp.Network([2, 3, 2])
    X, y = told["data"]["X"], told["data"]["y"]
    assert np.isfinite(net.loss(X, y))  # the data are there, to be used
    assert "X goes in with a column for each sample" in told["called"]


@pytest.mark.parametrize("name", some(RIGHT, "prints a lot"))
def test_right_files_end_well_whatever_else_they_do(file, name):
    run("check", file(RIGHT[name]), *NETWORK)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits and signals of POSIX")
@pytest.mark.parametrize("name", some(REPORTS | ENDLESS, *QUICK))
def test_what_cannot_be_checked_ends_in_one_clear_report(file, name):
    text, expected = (REPORTS | ENDLESS)[name]
    limits = ("--memory", 128, "--time", 0.3 if name in ENDLESS else 20)
    result = run("check", file(text), *NETWORK, *limits, code=2)
    assert result.stderr.startswith("clearprop: error: ")
    assert result.stderr.count("clearprop: error") == 1
    for part in expected:
        assert part in result.stderr


def test_nan_is_wrong_and_said(file):
    body = "\n    return X.T @ np.full((len(X), 3), np.nan), np.full(3, np.nan), W2 * 0, b2 * 0\n"
    said = run("check", file(HEAD + F + body), *NETWORK, code=1).stdout
    assert "NaN" in said


def test_what_was_printed_before_it_failed_is_shown(file):
    text = GOOD.replace(
        F, F + "\n    print('rows:', len(X), '\\x1b[31m')\n    if len(X) < 12: 1 / 0"
    )
    said = run("check", file(text), *NETWORK, code=0).stdout
    assert "rows: 12" in said
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("loss", "network", "text"),
    [
        ("squared_error", "3-1", "d = (X @ W1 + b1 - y) / len(X)"),
        ("squared_error", "3-2", "d = (X @ W1 + b1 - y) / len(X)"),
        ("logistic", "3-1", "d = (1 / (1 + np.exp(-X @ W1 - b1)) - y) / len(X)"),
        ("absolute_error", "4-2", "d = np.sign(X @ W1 + b1 - y) / len(X)"),
    ],
)
def test_other_losses_and_networks(file, loss, network, text):
    body = f"def f(X, y, W1, b1):\n    {text}\n    return X.T @ d, d.sum(0)\n"
    options = ("--network", network, "--loss", loss, "--rows", 7, "--seed", 5)
    assert "right" in run("check", file(HEAD + body), *options).stdout
    wrong = body.replace("/ len(X)", "* X[:, :1]")
    run("check", file(HEAD + wrong), *options, code=1)


def test_the_convention_that_is_asked_for_decides(file):
    text = GOOD.replace("return loss, ", "return ")  # without a loss either counts
    run("check", file(text), *NETWORK)
    run("check", file(text), *NETWORK, "--reduction", "mean", "--l2", 0)
    said = run("check", file(text), *NETWORK, "--reduction", "sum", "--l2", 0, code=1).stdout
    assert "divided by N" in said
    run("check", file(text), *NETWORK, "--reduction", "mean", "--l2", 0.1, code=1)


def test_data_from_a_table(file, tmp_path):
    table = tmp_path / "t.csv"
    rows = [f"{i % 7},{(i * i) % 5},{'no' if i % 3 else 'yes'}" for i in range(30)]
    table.write_text("\n".join(["a,b,kind", *rows]))
    name = file(GOOD)
    said = run("check", name, *NETWORK, "--data", table, "--target", "kind").stdout
    assert f"12 rows of {table}" in said
    told = document("check", name, *NETWORK, "--data", table, "--target", "kind", "--rows", 20)
    assert told["n_rows"] == 20
    expected = cp.prepare(cp.read_csv(table), "kind")
    np.testing.assert_allclose(told["data"]["X"], expected.X[:20])
    refused = {
        ("--network", "3-3-2"): "gives 2 inputs (a, b), and --network begins with 3",
        ("--network", "2-3-4"): "'kind' has 2 classes, and --network ends with 4 outputs",
        ("--network", "2-2", "--target", "none"): "none",
        ("--network", "2-2", "--data", tmp_path / "no.csv"): "no.csv",
    }
    for options, message in refused.items():
        more = ("--data", table, "--target", "kind", *options)
        assert message in run("check", name, *more, code=2).stderr


def test_large_data_are_described_and_not_listed(file):
    body = "def f(params, X, y):\n    1 / 0\n"
    text = GOOD.replace("X.T @ dh", "np.zeros_like(W1)")
    said = run("check", file(text), "--network", "100-3-2", "--rows", 64, code=1).stdout
    assert "64 rows of 100 random numbers (seed 0)" in said
    assert "x1" not in said
    run("check", file(HEAD + body), "--network", "100-3-2", code=2)


def test_which_function_is_found_out_where_there_is_one(file):
    path = file(GOOD).removesuffix(":f")
    run("check", path, *NETWORK)
    path = file(WRONG + "\ndef helper(): pass\n").removesuffix(":f")
    said = run("check", path, *NETWORK, code=2).stderr
    assert "say which function of the file is meant: homework.py:f, homework.py:helper" in said


USAGE = [
    (("none.py:f", *NETWORK), "there is no file none.py"),
    (("HERE",), "--network is missing"),
    (("HERE", "--network", "2x3"), "such as 2-3-2"),
    (("HERE", "--network", "2-0-2"), "such as 2-3-2"),
    (("HERE", *NETWORK, "--data", "t.csv"), "belong together"),
    (("HERE", *NETWORK, "--target", "y"), "belong together"),
    (("HERE", *NETWORK, "--loss", "none"), "none"),
    (("HERE", *NETWORK, "--time", "0"), "a number above 0, up to 3,600"),
    (("HERE", *NETWORK, "--call", "f(X, 1 + 1)"), "'1 + 1' cannot stand in a call"),
    (("HERE", *NETWORK, "--call", "f(X, Q)"), "'Q' in the call 'f(X, Q)' means nothing"),
]


@pytest.mark.parametrize(("words", "message"), USAGE, ids=[m for _, m in USAGE])
def test_wrong_usage(file, words, message):
    here = file(GOOD)
    result = run("check", *(here if word == "HERE" else word for word in words), code=2)
    assert message in result.stderr


def test_small_types_take_their_own_values():
    assert Sizes().convert((2, 3), None, None) == (2, 3)
    assert Sizes().convert("2-3-2", None, None) == (2, 3, 2)
    assert Where().convert(("a", "b"), None, None) == ("a", "b")


# --- the table ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_table_of_mistakes_lists_every_row(language):
    said = run("mistakes", "--language", language).stdout
    names = re.findall(r"^  (\w+)$", said, re.MULTILINE)
    assert sorted(names) == sorted([*cp.MISTAKES, *SLIPS])
    assert "{" not in said
    assert "delta[l] = dA[l]" in said
    assert "slope(other, Z[l], A[l])" in said


def test_the_table_of_mistakes_as_data():
    told = document("mistakes")
    assert [row["name"] for row in told["mistakes"]] == list(cp.MISTAKES)
    row = next(row for row in told["mistakes"] if row["name"] == "missing_slope")
    assert row["edits"][0]["formulas"] == {"delta{l}": "dA{l}"}


def test_a_row_added_at_run_time_is_listed(monkeypatch):
    row = cp.Mistake(
        "mine", [cp.Edit({"dW{l}": "3 * old"})], {"en": "Three times.", "zh": "三倍。"},
        {"en": "because.", "zh": "因为。"},
    )  # fmt: skip
    rows = {**cp.MISTAKES, "mine": row}
    monkeypatch.setattr("clearprop.doctor.mistakes.MISTAKES", rows)
    said = run("mistakes").stdout
    assert "Added at run time\n  mine\n      Three times.\n      Because.\n" in said
    assert "      dW[l] = 3 * old\n" in said
