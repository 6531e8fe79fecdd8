"""The ``clearprop`` command: moons, tables, help, and its small parts."""

import dataclasses
import re
import shlex
import sys
from pathlib import Path

import pytest

import clearprop as cp
from clearprop.cli.app import app
from clearprop.cli.failures import as_options, guarded
from clearprop.cli.options import RowType, Several
from clearprop.cli.screen import Screen, printable
from clearprop.errors import ClearPropWarning
from commands import document, make_tables, python, run, train_on
from help_files import write_help_files

# --- moons ----------------------------------------------------------------------------------


def test_moons_prints_the_tutorials_losses():
    args = ("moons", "--passes", 1001, "--no-plot", "--engine", "reference")
    said = run(*args).stdout.splitlines()
    assert said[0] == (
        "  2-3-2 tanh, softmax cross-entropy, 200 moons, 17 parameters, reference engine"
    )
    assert said[1:3] == ["  pass      0   loss 0.432387", "  pass  1,000   loss 0.068947"]
    assert re.fullmatch(
        r"  1,001 passes in [0-9.]+ s on the reference engine; 9\d\.\d % of the 200 points right",
        said[3],
    )
    assert said[4:] == ["  the doctor finds nothing wrong (11 checks)"]


@pytest.mark.slow
def test_moons_in_full(tmp_path):
    said = run("moons", "--out", tmp_path).stdout
    losses = re.findall(r"pass +([\d,]+)   loss (\S+)", said)
    assert [int(n.replace(",", "")) for n, _ in losses] == [*range(0, 20_000, 1000), 19_999]
    assert losses[0][1] == "0.432387"
    assert losses[1][1] == "0.068947"
    assert losses[-1][1] in ("0.070758", "0.071316")
    assert "; 97.5 % of the 200 points right" in said
    pictures = [tmp_path / "moons.png", tmp_path / "moons-loss.png"]
    assert f"pictures: {pictures[0]}, {pictures[1]}" in said
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG")


def test_moons_says_the_same_in_json():
    args = ("moons", "--passes", 1001, "--no-plot", "--engine", "reference")
    said, told = run(*args).stdout, document(*args)
    lines = [f"  pass {row['pass']:>6,}   loss {row['loss']:.6f}" for row in told["losses"]]
    assert said.splitlines()[1:3] == lines
    assert f"{100 * told['accuracy']:.1f} % of the {told['samples']} points" in said
    assert told["accuracy"] == told["right"] / told["samples"]
    assert told["losses"][-1]["loss"] == told["loss"]
    assert told["network"]["parameters"] == 17
    assert told["pictures"] == []
    # Full precision: the very float that the library gives.
    X, y = cp.make_moons(200, noise=0.2, random_state=0)
    net = cp.Network([2, 3, 2], "tanh", initializer="fan_in")
    result = cp.fit(net, X, y, optimizer="gradient_descent", learning_rate=0.01, l2=0.01,
                    reduction="sum", epochs=1001, engine="reference")  # fmt: skip
    assert told["loss"] == result.loss / 200


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--hidden 16,16", "2-16-16-2 tanh, softmax cross-entropy, 200 moons, 354 parameters"),
        ("--hidden none", "2-2, softmax cross-entropy, 200 moons, 6 parameters"),
        ("--activation 'leaky_relu(alpha=0.2)'", "2-3-2 leaky_relu(alpha=0.2), "),
        ("--hidden 4,5 --activation relu,tanh", "2-4-5-2 relu, tanh, "),
        ("--loss 'hinge(margin=2)' --learning-rate 1e-3", "tanh, hinge(margin=2), "),
        ("--loss logistic", "2-3-1 tanh, logistic, 200 moons, 13 parameters"),
        ("--optimizer 'adam(beta1=0.8)'", "3 passes in "),
        ("--optimizer lbfgs --reduction mean", "3 passes in "),
        ("--samples 51 --noise 0 --seed 7", "of the 51 points right"),
        ("--engine reference --dtype float32 --l2 0", "on the reference engine"),
    ],
)
def test_moons_takes_options(options, expected):
    assert expected in run("moons", "--passes", 3, "--no-plot", *shlex.split(options)).stdout


def test_a_mean_is_not_divided_again():
    told = document("moons", "--passes", 1, "--no-plot", "--reduction", "mean", "--l2", 0,
                    "--learning-rate", 1e-9)  # fmt: skip
    X, y = cp.make_moons(200, noise=0.2, random_state=0)
    net = cp.Network([2, 3, 2], "tanh", initializer="fan_in")
    assert told["loss"] == pytest.approx(net.loss(X, y), rel=1e-6)


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "logistic"])
def test_moons_keeps_its_network(tmp_path, loss):
    path, table = tmp_path / "moons.clearprop", tmp_path / "points.csv"
    args = ("moons", "--passes", 300, "--no-plot", "--loss", loss, "--save", path)
    told = document(*args)
    assert told["saved"] == str(path)
    X, y = cp.make_moons(200, noise=0.2, random_state=0)
    cp.write_csv(table, {"x2": X[:, 1], "moon": y.tolist(), "x1": X[:, 0]})
    found = document("predict", path, table)
    assert (found["scored_rows"], found["right"]) == (200, told["right"])
    assert cp.load_model(path).history.loss / 200 == told["loss"]


def test_moons_compares_sizes(tmp_path):
    args = ("moons", "--compare", "1,4", "--passes", 40, "--out", tmp_path)
    said, told = run(*args).stdout, document(*args)
    assert (tmp_path / "moons-compare.png").stat().st_size > 10_000
    assert [path.name for path in tmp_path.iterdir()] == ["moons-compare.png"]
    for row, line in zip(told["networks"], said.splitlines()[2:4], strict=True):
        neurons, loss, right, *_ = line.split()
        assert (row["hidden"], row["network"]["layers"]) == (int(neurons), [2, int(neurons), 2])
        assert f"{row['loss']:.6f}" == loss
        assert row["accuracy"] == pytest.approx(float(right) / 100)
    assert told["pictures"] == [str(tmp_path / "moons-compare.png")]


# --- tables, help, version ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "table"),
    [("gates", cp.GATES), ("losses", cp.LOSSES), ("optimizers", cp.OPTIMIZERS),
     ("initializers", cp.INITIALIZERS)],
)  # fmt: skip
def test_tables_show_every_row(command, table):
    said, told = run(command).stdout, document(command)[command]
    names = re.findall(r"^  ([a-z0-9_]+)(?:\(.*?\))?  \S", said, re.MULTILINE)
    assert sorted(names) == sorted(table)
    assert {row["name"] for row in told} == set(table)
    for row in table.values():
        assert row.about in said
        for name, value in row.parameters.items():
            assert f"{name}={value:g}" in said


def test_gates_show_values_and_slopes():
    said = run("gates").stdout
    for gate in cp.GATES.values():
        assert f" y      = {gate.value}\n" in said or f" y     = {gate.value}\n" in said
        for name, slope in zip(gate.inputs, gate.slopes, strict=True):
            assert f"      dy/d{name} = {slope}\n" in said
    told = {row["name"]: row for row in document("gates", "--activations")["gates"]}
    assert tuple(told) == cp.activations()
    tanh = told["tanh"]
    assert set(tanh) == {field.name for field in dataclasses.fields(cp.Gate) if field.init}
    assert (tanh["value"], tanh["slopes"], tanh["parameters"]) == ("tanh(x)", ["1 - y * y"], {})
    assert (tanh["domain"], tanh["activation"]) == ([[-40, 40]], True)
    assert told["relu"]["kinks"] == [{"at": "x", "slopes": ["0"]}]


MISH = """
import sys, clearprop as cp
cp.register_gate(cp.Gate("mish", "x * t", ["t + x * (1 - t * t) / (1 + exp(-x))"],
    parts={"t": "tanh(max(x, 0) + log1p(exp(-abs(x))))"}, activation=True, about="as a newcomer"))
from clearprop.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("args", "expected", "said"),
    [
        (["gates", "--activations"], "mish  as a newcomer\n      y     = x * t", ""),
        (["moons", "--help"], "mish", ""),
        (
            ["moons", "--activation", "mish", "--passes", "2", "--no-plot"],
            "2-3-2 mish, softmax", "the gate mish was not there when the engine was built",
        ),
    ],
)  # fmt: skip
def test_a_new_row_needs_no_other_edit(args, expected, said):
    done = python(MISH, *args)
    assert done.returncode == 0
    assert expected in done.stdout
    assert said in " ".join(done.stderr.split())
    assert bool(said) == bool(done.stderr)


def test_version_and_help():
    assert run("--version").stdout == f"clearprop {cp.__version__}\n"
    assert run().stdout == run("--help").stdout
    for name, command in app.commands.items():
        lines = run(name, "--help").stdout.splitlines()
        assert max(map(len, lines)) <= 80
        said = "\n".join(line.rstrip() for line in lines)
        assert said.startswith(f"Usage: clearprop {name}")
        assert "Examples:\n  clearprop " in said, name
        flat = " ".join(said.split())
        for option in command.params:
            if option.opts[0].startswith("--") and isinstance(option.default, int | float | str):
                default = f"[default={option.default}]"
                assert option.is_flag or default in flat, (name, option.opts)


EXAMPLES = sorted(
    {
        line.strip()
        for command in (app, *app.commands.values())
        for line in (command.help or "").splitlines()
        if line.startswith("  clearprop ")
    }
)


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_in_the_help_work_verbatim(example, tmp_path, monkeypatch):
    assert len(EXAMPLES) > 12
    monkeypatch.chdir(make_tables(tmp_path))
    train_on(tmp_path, ["iris"])
    Path("iris-train.csv").rename("iris.csv")
    Path("iris-new.csv").rename("new.csv")
    write_help_files(tmp_path)
    assert run(*shlex.split(example)[1:]).stdout


# --- small parts ----------------------------------------------------------------------------


def test_warnings_become_notes(capsys):
    import warnings

    def work():
        warnings.warn("the step is long; take task='regress'", ClearPropWarning, stacklevel=1)
        return 0

    screen = Screen()
    assert guarded(screen, work, debug=False) == 0
    assert capsys.readouterr().err == "  note: the step is long; take --task regress\n"
    assert screen.notes == ["the step is long; take --task regress"]
    with pytest.warns(DeprecationWarning, match="old"):
        guarded(screen, lambda: warnings.warn("old", DeprecationWarning, stacklevel=1), debug=False)


def test_an_exit_from_within_is_an_exit_code():
    assert guarded(Screen(), lambda: sys.exit(3), debug=False) == 3


def test_commas_within_brackets_do_not_part():
    kind = Several(RowType(cp.OPTIMIZERS))
    first, second = kind.convert("adam(beta1=0.8, beta2=0.9),rprop", None, None)
    assert (first.parameters["beta2"], second.name) == (0.9, "rprop")


def test_arguments_are_written_as_options():
    given = "take loss='logistic' or words=[...]; leave batch_size out"
    assert as_options(given) == "take --loss logistic or --words; leave --batch-size out"


def test_a_file_cannot_write_on_the_terminal():
    assert printable("a\x1b[31mb\nc") == "a\N{REPLACEMENT CHARACTER}[31mb\N{REPLACEMENT CHARACTER}c"
