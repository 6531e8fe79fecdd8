"""The ``clearprop`` command: what it prints, writes and returns when all goes well."""

import csv
import dataclasses
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import clearprop as cp
from clearprop.cli.app import app
from clearprop.cli.failures import as_options, guarded
from clearprop.cli.screen import Screen, printable
from clearprop.data import write_csv
from clearprop.errors import ClearPropWarning

pytest.importorskip("polars")
datasets = pytest.importorskip("sklearn.datasets")

BUNCHES = {
    "iris": ("species", datasets.load_iris),
    "wine": ("cultivar", datasets.load_wine),
    "cancer": ("diagnosis", datasets.load_breast_cancer),
    "digits": ("digit", datasets.load_digits),
    "diabetes": ("progression", lambda: datasets.load_diabetes(scaled=False)),
}


def run(*args, code=0, env=None):
    """Run a command in this process and return what came of it."""
    result = CliRunner().invoke(app, [str(arg) for arg in args], env=env)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    assert "\x1b" not in result.output
    return result


def document(*args, code=0):
    """Run a command with --json and return its document, the only thing on stdout."""
    return json.loads(run(*args, "--json", code=code).stdout)


def python(code, *args, **more):
    """Run some Python in a fresh process."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        capture_output=True, text=True, timeout=120, check=False, env=ENV, **more,
    )  # fmt: skip


ENV = {**os.environ, "PYTHONPATH": str(Path(cp.__file__).parents[1])}
COMMAND = "import sys; from clearprop.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A folder with a training file and a file of other rows for each data set."""
    folder = tmp_path_factory.mktemp("tables")
    for name, (target, load) in BUNCHES.items():
        bunch = load()
        y = bunch.target
        if name in ("iris", "wine", "cancer"):
            y = bunch.target_names[y]
        order = np.random.RandomState(0).permutation(len(y))
        cut = len(y) // 5
        for part, rows in (("new", order[:cut]), ("train", order[cut:])):
            columns = dict(zip(bunch.feature_names, bunch.data[rows].T, strict=True))
            write_csv(folder / f"{name}-{part}.csv", {**columns, target: y[rows].tolist()})
    return folder


@pytest.fixture(scope="module")
def trained(tables):
    """The saved networks of the iris (classes) and of diabetes (numbers)."""
    found = {}
    for name in ("iris", "diabetes"):
        found[name] = tables / f"{name}.clearprop"
        run("train", tables / f"{name}-train.csv", "--target", BUNCHES[name][0], "--epochs", 60,
            "--save", found[name])  # fmt: skip
    return found


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


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
    assert len(said) == 4


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


# --- train and predict ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["iris", "wine", "cancer", "digits"])
def test_classes_are_learned_and_predicted(tables, tmp_path, name):
    target = BUNCHES[name][0]
    data, new = tables / f"{name}-train.csv", tables / f"{name}-new.csv"
    model, out = tmp_path / "m.clearprop", tmp_path / "p.csv"
    epochs = 15 if name == "digits" else 100
    told = document("train", data, "--target", target, "--save", model, "--epochs", epochs)
    assert told["task"] == "classify"
    assert told["accuracy"] > 0.9
    assert told["saved"] == str(model)

    before = new.read_bytes()
    said = run("predict", model, new, "--out", out).stdout
    assert new.read_bytes() == before
    rows, given = rows_of(out), rows_of(new)
    assert [{name: row[name] for name in given[0]} for row in rows] == given
    classes = [str(label) for label in told["classes"]]
    chances = np.array([[float(row[f"p_{label}"]) for label in classes] for row in rows])
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-12)
    best = [classes[i] for i in chances.argmax(axis=1)]
    assert [row[f"predicted_{target}"] for row in rows] == best
    right = sum(row[target] == row[f"predicted_{target}"] for row in rows)
    assert right / len(rows) > 0.85
    share = "100" if right == len(rows) else f"{100 * right / len(rows):.1f}"
    assert f"{share} % of the {len(rows)} rows with a known '{target}' right" in said


def test_numbers_are_learned_and_predicted(tables, trained, tmp_path):
    new, out = tables / "diabetes-new.csv", tmp_path / "p.csv"
    said = run("predict", trained["diabetes"], new, "--out", out).stdout
    rows = rows_of(out)
    wanted = np.array([float(row["progression"]) for row in rows])
    errors = wanted - [float(row["predicted_progression"]) for row in rows]
    r2 = 1 - (errors**2).sum() / ((wanted - wanted.mean()) ** 2).sum()
    rmse = np.sqrt((errors**2).mean())
    assert r2 > 0.2
    assert f"R² {r2:.4f}, root mean squared error {rmse:.4g}, on the 88 rows" in said


def test_training_says_what_it_read_and_did(tables, tmp_path):
    result = run("train", tables / "iris-train.csv", "--target", "species", "--epochs", 20,
                 "--hidden", "8", "--activation", "tanh", "--engine", "reference")  # fmt: skip
    said = result.stdout
    assert "iris-train.csv: 120 rows; 'species' (3 classes) from 4 columns, 4 inputs" in said
    assert "4-8-3 tanh, softmax cross-entropy, 67 parameters, reference engine" in said
    assert re.findall(r"epoch +(\d+)   loss", said) == [str(n) for n in range(2, 21, 2)]
    assert re.search(r"\d % of the 120 training rows right; new rows usually fare worse", said)
    assert "not saved: --save iris-train.clearprop would keep this network" in said
    assert "note: the target 'species' holds words: classify it" in result.stderr


def test_training_says_the_same_in_json(tables):
    args = ("train", tables / "diabetes-train.csv", "--target", "progression", "--epochs", 5)
    said, told = run(*args).stdout, document(*args)
    assert f"R² {told['r2']:.4f}, root mean squared error {told['rmse']:.4g}" in said
    assert f"loss {told['loss']:.6g}" in said
    assert len(told["losses"]) == told["epochs"] == 5
    assert told["batch_size"] == 32
    assert told["learning_rate"] == cp.OPTIMIZERS["adam"].learning_rate
    assert told["classes"] == []
    assert any("regress it" in note for note in told["notes"])


def test_what_is_saved_is_what_was_trained(tables, tmp_path):
    model = tmp_path / "m.clearprop"
    told = document("train", tables / "iris-train.csv", "--target", "species", "--epochs", 7,
                    "--batch-size", "all", "--seed", 3, "--save", model)  # fmt: skip
    loaded = cp.load_model(model)
    assert loaded.columns.classes == ("setosa", "versicolor", "virginica")
    history = loaded.history
    assert (history.epochs, history.seed, history.batch_size) == (7, 3, None)
    assert history.losses == tuple(told["losses"])
    prepared = cp.prepare(cp.read_csv(tables / "iris-train.csv"), "species")
    twin = cp.fit(cp.Network([4, 16, 16, 3], "relu", seed=3), prepared.X, prepared.y, epochs=7,
                  l2=0.001, seed=3)  # fmt: skip
    np.testing.assert_array_equal(loaded.network.vector, twin.network.vector)


@pytest.mark.parametrize(
    ("data", "options", "key", "expected"),
    [
        ("iris", "--task classify", "task", "classify"),
        ("diabetes", "--task regress --loss 'huber(delta=2)'", "task", "regress"),
        ("diabetes", "--drop sex --drop s1", "inputs", ["age", "bmi", "bp", *
                                                        (f"s{i}" for i in range(2, 7))]),
        ("diabetes", "--words sex --drop age --drop s1 --drop s2 --drop s3 --drop s4 --drop s5",
         "inputs", ["sex=1.0", "sex=2.0", "bmi", "bp", "s6"]),
        ("iris", "--optimizer rprop", "batch_size", None),
        ("iris", "--optimizer lbfgs", "batch_size", None),
        ("iris", "--optimizer nesterov --learning-rate 0.2", "learning_rate", 0.2),
        ("iris", "--optimizer momentum", "learning_rate", 0.01),
        ("cancer", "--loss logistic", "accuracy", None),
        ("iris", "--loss 'hinge(margin=2)'", "accuracy", None),
        ("diabetes", "--no-standardize --dtype float32 --learning-rate 1e-6", "r2", None),
        ("iris", "--output-activation sigmoid --activation gelu,silu", "accuracy", None),
    ],
)  # fmt: skip
def test_training_takes_options(tables, data, options, key, expected):
    target = BUNCHES[data][0]
    told = document("train", tables / f"{data}-train.csv", "--target", target, "--epochs", 2,
                    *shlex.split(options))  # fmt: skip
    assert key in told
    if expected is not None or key == "batch_size":
        assert told[key] == expected


@pytest.mark.parametrize("loss", ["logistic", "hinge"])
def test_other_losses_for_classes_predict_too(tables, tmp_path, loss):
    model = tmp_path / "m.clearprop"
    run("train", tables / "cancer-train.csv", "--target", "diagnosis", "--loss", loss,
        "--epochs", 20, "--save", model)  # fmt: skip
    told = document("predict", model, tables / "cancer-new.csv")
    assert told["accuracy"] > 0.85
    first = told["predictions"][0]
    assert ("probabilities" in first) == (loss == "logistic")
    if loss == "logistic":
        chances = first["probabilities"]
        assert list(chances) == ["benign", "malignant"]
        assert first["prediction"] == max(chances, key=chances.get)


def test_the_loss_curve_is_drawn(tables, tmp_path):
    plot = tmp_path / "loss.svg"
    said = run("train", tables / "iris-train.csv", "--target", "species", "--epochs", 3,
               "--plot", plot).stdout  # fmt: skip
    assert f"loss curve: {plot}" in said
    assert "<svg" in plot.read_text()


def test_predictions_go_to_a_pipe_as_they_go_to_a_file(tables, trained, tmp_path):
    out, new = tmp_path / "p.csv", tables / "iris-new.csv"
    run("predict", trained["iris"], new, "--out", out)
    piped = run("predict", trained["iris"], new)
    assert piped.stdout_bytes == out.read_bytes()
    assert "of the 30 rows with a known 'species' right" in piped.stderr
    only = run("predict", trained["iris"], new, "--only").stdout.splitlines()
    assert only[0] == "predicted_species,p_setosa,p_versicolor,p_virginica"
    assert len(only) == 31


def test_predictions_in_json(tables, trained, tmp_path):
    out, new = tmp_path / "p.csv", tables / "iris-new.csv"
    told = document("predict", trained["iris"], new, "--out", out)
    assert told["rows"] == told["scored_rows"] == 30
    for told_row, row in zip(told["predictions"], rows_of(out), strict=True):
        assert told_row["prediction"] == row["predicted_species"]
        for label in told["classes"]:
            assert told_row["probabilities"][label] == float(row[f"p_{label}"])
    assert [row["line"] for row in told["predictions"]] == list(range(2, 32))


def test_rows_without_a_target_or_with_new_words(tmp_path):
    data, new, model = tmp_path / "d.csv", tmp_path / "n.csv", tmp_path / "m.clearprop"
    rows = [f"{i},{'red' if i % 2 else 'blue'},{'yes' if i % 2 else 'no'}" for i in range(20)]
    data.write_text("\n".join(["size,colour,buys", *rows]))
    run("train", data, "--target", "buys", "--drop", "size", "--epochs", 30, "--save", model)
    new.write_text("buys,colour,predicted_buys\n,red,a\nyes,red,b\nno,blue,c\nno,?,d\nyes,green,e")
    result = run("predict", model, new)
    assert "note: column 'colour': 2 of 5 cells are unknown from training" in result.stderr
    assert "1 of 5 rows is not compared because the target 'buys' is missing" in result.stderr
    assert "75.0 % of the 4 rows with a known 'buys' right" in result.stderr
    assert result.stdout.splitlines()[0] == (
        "buys,colour,predicted_buys,predicted_buys_,p_no,p_yes"
    )
    new.write_text("buys,colour\nperhaps,red\n")
    result = run("predict", model, new)
    assert "not compared with the target" in result.stderr
    new.write_text("colour\nred\n")
    assert result.stdout.splitlines()[1].startswith("perhaps,red,")
    assert run("predict", model, new).stdout.splitlines()[1].startswith("red,")


def test_many_notes_are_cut_short_but_not_in_json(tmp_path):
    data = tmp_path / "flat.csv"
    names = [f"c{i}" for i in range(40)]
    rows = [[str(i), *["5"] * 39, "ab"[i % 2]] for i in range(6)]
    data.write_text("\n".join(",".join(row) for row in [[*names, "kind"], *rows]))
    args = ("train", data, "--target", "kind", "--epochs", 1)
    said = run(*args).stderr
    assert said.count("note:") == 13
    assert "and 28 more notes" in said
    assert len(document(*args)["notes"]) == 40


def test_quiet_prints_nothing(tables, trained, tmp_path):
    for args in (
        ("moons", "--passes", 2, "--no-plot"),
        ("train", tables / "iris-train.csv", "--target", "species", "--epochs", 1),
        ("predict", trained["iris"], tables / "iris-new.csv", "--out", tmp_path / "p.csv"),
    ):
        assert run(*args, "--quiet").output == ""


def test_a_semicolon_or_tab_between_cells(tables, tmp_path):
    text = (tables / "iris-train.csv").read_text()
    data = tmp_path / "t.csv"
    data.write_text(text.replace(",", "\t"))
    told = document("train", data, "--target", "species", "--epochs", 1, "--separator", "tab")
    assert told["rows"] == 120


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
    ("args", "expected"),
    [
        (["gates", "--activations"], "mish  as a newcomer\n      y     = x * t"),
        (["moons", "--help"], "mish"),
        (["moons", "--activation", "mish", "--passes", "2", "--no-plot"], "2-3-2 mish, softmax"),
    ],
)
def test_a_new_row_needs_no_other_edit(args, expected):
    done = python(MISH, *args)
    assert (done.returncode, done.stderr) == (0, "")
    assert expected in done.stdout


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
def test_examples_in_the_help_work_verbatim(example, tables, trained, tmp_path, monkeypatch):
    assert len(EXAMPLES) > 12
    monkeypatch.chdir(tmp_path)
    Path("iris.csv").write_bytes((tables / "iris-train.csv").read_bytes())
    Path("new.csv").write_bytes((tables / "iris-new.csv").read_bytes())
    Path("iris.clearprop").write_bytes(trained["iris"].read_bytes())
    assert run(*shlex.split(example)[1:]).stdout


# --- processes ------------------------------------------------------------------------------

HEAVY = ("matplotlib", "polars", "sklearn", "scipy", "pandas")
LOADED = f"""
import sys
from clearprop.cli import main
code = main(sys.argv[1:])
sys.stderr.write(" ".join(name for name in {HEAVY} if name in sys.modules))
sys.exit(code)
"""


@pytest.mark.parametrize(
    ("args", "loaded"),
    [
        (["--help"], ""),
        (["train", "--help"], ""),
        (["gates"], ""),
        (["moons", "--no-plot", "--passes", "2"], ""),
        (["train", "iris-train.csv", "--target", "species", "--epochs", "1", "--quiet"], "polars"),
    ],
)
def test_nothing_is_loaded_before_it_is_needed(tables, args, loaded):
    done = python(LOADED, *args, cwd=tables)
    assert (done.returncode, done.stderr) == (0, loaded)


def test_it_is_a_module_too():
    done = subprocess.run([sys.executable, "-m", "clearprop", "--version"], capture_output=True,
                          text=True, check=True, timeout=60, env=ENV)  # fmt: skip
    assert done.stdout == f"clearprop {cp.__version__}\n"


def interrupted(args, cwd):
    """Start a run, send Ctrl-C when it is on its way; the process, and the seconds it took."""
    process = subprocess.Popen([sys.executable, "-c", COMMAND, *args], cwd=cwd, text=True, env=ENV,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    said = line = process.stdout.readline()
    while line and "engine" not in said:
        said += (line := process.stdout.readline())
    time.sleep(0.2)
    began = time.perf_counter()
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=30)
    return process.returncode, said + rest, errors, time.perf_counter() - began


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for a child process")
def test_ctrl_c_keeps_what_was_learned(tables, tmp_path):
    model = tmp_path / "m.clearprop"
    args = ["train", "iris-train.csv", "--target", "species", "--epochs", "1000000", "--save",
            str(model)]  # fmt: skip
    seconds = []
    for _ in range(4):
        code, said, errors, took = interrupted(args, tables)
        assert code == 130
        assert re.search(r"interrupted after [\d,]+ of 1,000,000 epochs", said)
        assert f"saved: {model}" in said
        assert "Traceback" not in errors
        loaded = cp.load_model(model)
        assert loaded.history.stopped == "interrupted"
        assert loaded.history.epochs > 0
        model.unlink()
        seconds.append(took)
        if took < 0.5:  # other work on the machine may have delayed one of them
            break
    assert min(seconds) < 0.5


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for a child process")
def test_ctrl_c_ends_moons_in_an_orderly_way(tmp_path):
    code, said, errors, _ = interrupted(["moons", "--passes", "10000000"], tmp_path)
    assert (code, errors) == (130, "")
    assert re.search(r"interrupted after [\d,]+ of 10,000,000 passes", said)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_elsewhere_is_one_line(monkeypatch):
    def stop(*args, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr("clearprop.cli.moons.make_moons", stop)
    result = run("moons", code=130)
    assert result.stderr.strip() == "clearprop: interrupted"


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.parametrize("args", ["gates", "predict iris.clearprop big.csv"])
def test_a_reader_that_has_seen_enough_hears_no_complaint(tables, trained, tmp_path, args):
    lines = (tables / "iris-new.csv").read_text().splitlines()
    (tables / "big.csv").write_text("\n".join([lines[0], *lines[1:] * 300]))
    words = [sys.executable, "-c", COMMAND, *args.split()]
    line = f"{shlex.join(words)} | head -1"
    done = subprocess.run(
        line, shell=True, capture_output=True, text=True, cwd=tables, check=False, env=ENV
    )
    assert len(done.stdout.splitlines()) == 1
    assert "error" not in done.stderr
    assert "Exception" not in done.stderr


def on_a_terminal(args, cwd, width=80, **env):
    """Run on a pseudo-terminal and return all that was written to it."""
    pty = pytest.importorskip("pty")
    code = f"import sys, os; os.environ['COLUMNS'] = '{width}'; {COMMAND}"
    main, side = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", code, *map(str, args)], stdin=side,
                               stdout=side, stderr=side, cwd=cwd, close_fds=True,
                               env={**ENV, "TERM": "xterm-256color", **env})  # fmt: skip
    os.close(side)
    said = b""
    try:
        while part := os.read(main, 65_536):
            said += part
    except OSError:  # the other side has been closed
        pass
    os.close(main)
    assert process.wait(timeout=60) == 0
    return said.decode().replace("\r\n", "\n")


def without_codes(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_a_terminal_gets_a_table_of_the_first_rows(tables, trained):
    said = on_a_terminal(["predict", trained["iris"].name, "iris-new.csv"], tables)
    lines = without_codes(said).splitlines()
    heading = " ".join(lines[2:4]).split()
    assert sorted(heading) == ["line", "p(setosa)", "p(versicolor)", "p(virginica)", "predicted",
                               "species", "species"]  # fmt: skip
    assert [line.split()[0] for line in lines[5:15]] == [str(n) for n in range(2, 12)]
    assert "  and 20 rows more; --out predictions.csv would write all" in lines
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("width", [80, 100])
def test_lines_are_folded_to_the_terminal(width, tables):
    for args in (["gates"], ["losses"], ["optimizers"], ["moons", "--help"]):
        lines = without_codes(on_a_terminal(args, tables, width)).splitlines()
        assert width - 15 < max(map(len, lines)) <= width, args


def test_the_bar_shows_on_a_terminal_and_is_gone_at_the_end(tables):
    args = ["train", "iris-train.csv", "--target", "species", "--epochs", "400"]
    said = on_a_terminal(args, tables)
    assert "━" in said
    assert " of 400 epochs" in said
    assert "\x1b[2K" in said.rpartition("━")[2]  # the line is erased


def test_colour_is_for_terminals_that_want_it(tables):
    assert "\x1b[1;36m" in on_a_terminal(["initializers"], tables)
    assert "\x1b[1;36m" not in on_a_terminal(["initializers"], tables, NO_COLOR="1")


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


def test_arguments_are_written_as_options():
    given = "take loss='logistic' or words=[...]; leave batch_size out"
    assert as_options(given) == "take --loss logistic or --words; leave --batch-size out"


def test_a_file_cannot_write_on_the_terminal():
    assert printable("a\x1b[31mb\nc") == "a\N{REPLACEMENT CHARACTER}[31mb\N{REPLACEMENT CHARACTER}c"
