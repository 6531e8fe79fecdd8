"""The ``clearprop`` command when something is wrong: one line, an exit code, no traceback."""

import errno
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import clearprop as cp
from clearprop.cli.app import app
from commands import ENV

pytest.importorskip("polars")

REPORTED, USAGE = 1, 2


def invoke(*args, **more):
    return CliRunner().invoke(app, [str(arg) for arg in args], **more)


def error_of(result, code):
    """Return the error line, having seen that there is one and nothing worse."""
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    lines = [line for line in result.stderr.splitlines() if not line.startswith("  note: ")]
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("clearprop: error: ")
    return lines[0]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with good and bad files."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.RandomState(0)
    rows = [f"{a:.3f},{b:.3f},{'xyz'[i % 3]},{a - b:.3f}" for i, (a, b) in
            enumerate(rng.randn(30, 2))]  # fmt: skip
    files = {
        "good.csv": "\n".join(["a,b,kind,value", *rows]),
        "empty.csv": "",
        "header.csv": "a,b,kind\n",
        "one-class.csv": "a,kind\n1,x\n2,x\n3,x\n",
        "same.csv": "a,value\n1,0.5\n2,0.5\n3,0.5\n",
        "ragged.csv": "a,kind\n1,x\n2\n3,y,z\n",
        "infinite.csv": "a,kind\n1,x\ninf,y\n3,x\n4,y\n",
        "slip.csv": "a,kind\n1,x\n2,y\n3O,x\n4,y\n5,x\n",
        "no-targets.csv": "a,kind\n1,\n2,?\n",
        "two.csv": "a,kind\n1,x\n2,y\n1,x\n2,y\n",
        "lacking.csv": "a,value\n1,2\n",
        "words.csv": "a,b\nmuch,2\n",
        "binary.csv": b"\x00\x01\xff\xfe",
        "noise.clearprop": b"not a model at all",
        "nothing.clearprop": b"",
    }
    for name, content in files.items():
        Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    cp.save_model("columnless.clearprop", cp.Network([2, 3, 2]))
    prepared = cp.prepare(cp.read_csv("good.csv"), "kind")
    columns = prepared.columns
    cp.save_model("good.clearprop", cp.Network([3, 4, 3]), columns=columns)
    good = Path("good.clearprop").read_bytes()
    Path("cut.clearprop").write_bytes(good[:-9])
    Path("huge.clearprop").write_bytes(b"\xff" * 8 + good[8:])
    Path("flipped.clearprop").write_bytes(good[:20] + b"\x00" + good[21:])
    Path("sub").mkdir()
    return tmp_path


BAD = [
    # The command line itself.
    ("trian", USAGE, "no such command 'trian'. Did you mean 'train'?"),
    ("--colour", USAGE, "no such option '--colour'"),
    ("moons --passses 3", USAGE, "Did you mean"),
    ("moons --passes", USAGE, "'--passes' requires an argument"),
    ("moons now", USAGE, "unexpected extra argument"),
    ("train", USAGE, "FILE.csv is missing (see clearprop train --help)"),
    ("predict good.clearprop", USAGE, "NEW.csv is missing (see clearprop predict --help)"),
    # Values of options.
    ("moons --hidden 0", USAGE, "--hidden: the number of neurons of each hidden layer is expected"),
    ("moons --hidden 3,x", USAGE, "not '3,x'"),
    ("moons --hidden 1.5", USAGE, "--hidden"),
    ("moons --hidden ''", USAGE, "--hidden"),
    ("moons --activation tanhh", USAGE, "no gate named 'tanhh'. Did you mean 'tanh'?"),
    ("moons --activation add", USAGE, "the gate 'add' does not fit here"),
    ("moons --activation 'leaky_relu(beta=1)'", USAGE, "leaky_relu has no parameter 'beta'"),
    ("moons --activation 'leaky_relu(alpha=x)'", USAGE, "should be name=number"),
    ("moons --activation ''", USAGE, "no gate named ''"),
    ("moons --activation tanh,relu,elu --hidden 3,3", REPORTED, "3 activation(s)"),
    (
        "moons --loss mse",
        USAGE,
        "Did you mean 'squared_error'? There are: softmax_cross_entropy, hi",
    ),
    ("moons --optimizer 'adam(beta1=2)'", USAGE, "beta1 must lie in [0, 1)"),
    ("moons --optimizer lbfgs --learning-rate 1", REPORTED, "leave --learning-rate out"),
    ("moons --loss hinges", USAGE, "Did you mean 'hinge'?"),
    ("moons --loss squared_error", USAGE, "the loss 'squared_error' does not fit here"),
    ("moons --optimizer adm", USAGE, "Did you mean 'adam'?"),
    ("moons --learning-rate -0.1", USAGE, "--learning-rate: a number above 0 is expected"),
    ("moons --learning-rate 0", USAGE, "a number above 0"),
    ("moons --learning-rate nan", USAGE, "a number above 0"),
    ("moons --learning-rate inf", USAGE, "a number above 0"),
    ("moons --learning-rate fast", USAGE, "not 'fast'"),
    ("moons --l2 -1", USAGE, "--l2: a number from 0 up is expected"),
    ("moons --passes 0", USAGE, "--passes: a whole number from 1"),
    ("moons --passes 1e3", USAGE, "not '1e3'"),
    ("moons --samples 1", USAGE, "--samples: a whole number from 2"),
    ("moons --noise -1", USAGE, "--noise: a number from 0 up"),
    ("moons --seed -1", USAGE, "--seed: a whole number from 0 to 4,294,967,295"),
    ("moons --seed 4294967296", USAGE, "--seed"),
    ("moons --engine turbo", USAGE, "'turbo' is not one of 'auto', 'native', 'reference'"),
    ("moons --dtype int8", USAGE, "--dtype"),
    ("moons --reduction max", USAGE, "--reduction"),
    ("moons --compare 1,0", USAGE, "--compare"),
    ("moons --compare 1,2 --hidden 3", USAGE, "leave out --hidden"),
    ("moons --out nowhere", USAGE, "--out: Directory 'nowhere' does not exist"),
    ("moons --out good.csv", USAGE, "--out"),
    ("moons --hidden 900000000,900000000 --passes 1", REPORTED, "parameters; at most"),
    # Data to learn from.
    ("train nowhere.csv --target kind", REPORTED, "nowhere.csv does not exist"),
    ("train godo.csv --target kind", REPORTED, "Did you mean 'good.csv'?"),
    ("train sub --target kind", REPORTED, "sub is a folder"),
    ("train good.csv", USAGE, "--target; good.csv has the columns 'a', 'b', 'kind', 'value'"),
    ("train good.csv --target knid", REPORTED, "Did you mean 'kind'?"),
    ("train empty.csv --target kind", REPORTED, "empty.csv"),
    ("train header.csv --target kind", REPORTED, "no rows"),
    ("train one-class.csv --target kind", REPORTED, "nothing to tell apart"),
    ("train same.csv --target value", REPORTED, "nothing to learn"),
    ("train ragged.csv --target kind", REPORTED, "line 3"),
    ("train infinite.csv --target kind", REPORTED, "infinite"),
    ("train slip.csv --target kind", REPORTED, "name the column in --words"),
    ("train no-targets.csv --target kind", REPORTED, "rows with a target"),
    ("train binary.csv --target kind", REPORTED, "binary.csv"),
    ("train good.csv --target kind --drop nix", REPORTED, "no column 'nix'"),
    ("train good.csv --target kind --drop kind", USAGE, "both --target and --drop"),
    ("train two.csv --target kind --drop a", REPORTED, "no column to predict"),
    ("train good.csv --target kind --words nix", REPORTED, "no column 'nix'"),
    ("train good.csv --target kind --task regress", REPORTED, "expected a number"),
    ("train good.csv --target kind --separator ;;", REPORTED, "the separator is one character"),
    ("train good.csv --target kind --task guess", USAGE, "--task"),
    ("train good.csv --target kind --loss huber", USAGE, "'kind' has classes"),
    ("train good.csv --target value --loss hinge", USAGE, "'value' has numbers"),
    ("train good.csv --target kind --loss logistic", USAGE, "'kind' has 3"),
    ("train good.csv --target kind --optimizer lbfgs --batch-size 4", REPORTED, "lbfgs needs"),
    ("train good.csv --target kind --batch-size 0.5", USAGE, "--batch-size"),
    ("train good.csv --target kind --epochs 0", USAGE, "--epochs"),
    # Where results go.
    ("train good.csv --target kind --save no/m.clearprop", USAGE, "there is no folder no"),
    ("train good.csv --target kind --save good.csv", USAGE, "would overwrite"),
    ("train good.csv --target kind --save sub/../good.csv", USAGE, "would overwrite"),
    ("train good.csv --target kind --save sub", USAGE, "is a folder"),
    ("train good.csv --target kind --plot l.bmp", REPORTED, ".png, .svg or .pdf"),
    ("train good.csv --target kind --plot no/l.png", USAGE, "there is no folder no"),
    ("train good.csv --target kind --plot m.png --save m.png", USAGE, "would overwrite"),
    ("moons --save no/m.clearprop", USAGE, "there is no folder no"),
    ("moons --save m.clearprop --compare 2,3", USAGE, "--save keeps one network"),
    ("moons --save m.clearprop --seeds 9", USAGE, "--save keeps one network"),
    # Models, and data to predict.
    ("predict nowhere.clearprop good.csv", REPORTED, "it does not exist"),
    ("predict good.csv good.csv", REPORTED, "good.csv cannot be loaded"),
    ("predict noise.clearprop good.csv", REPORTED, "noise.clearprop cannot be loaded"),
    ("predict nothing.clearprop good.csv", REPORTED, "it is empty"),
    ("predict cut.clearprop good.csv", REPORTED, "cut.clearprop cannot be loaded"),
    ("predict huge.clearprop good.csv", REPORTED, "huge.clearprop cannot be loaded"),
    ("predict flipped.clearprop good.csv", REPORTED, "flipped.clearprop cannot be loaded"),
    ("predict columnless.clearprop good.csv", REPORTED, "does not say which columns"),
    ("predict sub good.csv", REPORTED, "it is a folder"),
    ("predict good.clearprop nowhere.csv", REPORTED, "nowhere.csv does not exist"),
    ("predict good.clearprop lacking.csv", REPORTED, "no column 'b'"),
    ("predict good.clearprop words.csv", REPORTED, "no column 'value'"),
    ("predict good.clearprop empty.csv", REPORTED, "empty.csv"),
    ("predict good.clearprop good.csv --out good.csv", USAGE, "would overwrite"),
    ("predict good.clearprop good.csv --out ./good.clearprop", USAGE, "would overwrite"),
    ("predict good.clearprop good.csv --out no/p.csv", USAGE, "there is no folder no"),
    ("predict good.clearprop good.csv --out sub", USAGE, "is a folder"),
]


@pytest.mark.parametrize(("line", "code", "expected"), BAD, ids=[line for line, *_ in BAD])
def test_what_is_wrong_is_said_in_a_line(folder, line, code, expected):
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    result = invoke(*shlex.split(line))
    assert expected in error_of(result, code)
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert after == before

    told = invoke(*shlex.split(line), "--json")
    if "--passes" not in line.split()[-1]:  # there, --json itself was taken for the value
        document = json.loads(told.stdout)
        assert expected in document["error"]
        assert document["error"] in error_of(told, code)


DIVERGES = ("train", "good.csv", "--target", "value", "--optimizer", "gradient_descent",
            "--learning-rate", "1e12", "--activation", "identity")  # fmt: skip


def test_a_run_that_diverges_keeps_the_last_finite_weights(folder):
    result = invoke(*DIVERGES, "--save", "m.clearprop")
    line = error_of(result, REPORTED)
    assert "training stopped at epoch " in line
    assert "gate " in line
    assert "(it was 1e+12)" in line
    assert result.stderr.count("training stopped") == 1
    assert "saved: m.clearprop (the last finite weights)" in result.stdout
    loaded = cp.load_model("m.clearprop")
    assert np.isfinite(loaded.network.vector).all()
    assert loaded.history.stopped == "not finite"

    told = json.loads(invoke(*DIVERGES, "--save", "m.clearprop", "--json").stdout)
    assert told["error"] in line
    assert (told["saved"], told["stopped"]) == ("m.clearprop", "not finite")


def test_moons_that_diverge(folder):
    result = invoke("moons", "--learning-rate", "1e300", "--passes", 9)
    assert "training stopped at epoch 2: gate " in error_of(result, REPORTED)
    assert "stopped after 1 of 9 passes" in result.stdout
    assert not list(folder.glob("*.png"))


def test_a_bug_is_called_one(monkeypatch, folder):
    def broken(*args, **more):
        raise ZeroDivisionError("once\nin a while")

    monkeypatch.setattr("clearprop.cli.moons.make_moons", broken)
    line = error_of(invoke("moons"), REPORTED)
    assert "this is a bug in ClearProp (ZeroDivisionError: once in a while)" in line
    for more in (
        {"args": ["--debug", "moons"]},
        {"args": ["moons"], "env": {"CLEARPROP_DEBUG": "1"}},
    ):
        result = CliRunner().invoke(app, **more)
        assert result.exit_code == REPORTED
        assert "Traceback" in result.stderr
        assert result.stderr.splitlines()[-1] == line
    assert "Traceback" not in invoke("moons", env={"CLEARPROP_DEBUG": "0"}).stderr


@pytest.mark.parametrize(
    ("error", "code", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left", "p.csv"), REPORTED, "p.csv: No space left"),
        (PermissionError(errno.EACCES, "Permission denied", "d"), REPORTED, "Permission denied"),
        (MemoryError(), REPORTED, "not enough memory"),
        (cp.ClearPropError("take task='regress'"), REPORTED, "take --task regress"),
        (cp.GATES["tanh"].with_parameters, REPORTED, "this is a bug"),
    ],
)
def test_errors_from_below(monkeypatch, error, code, expected):
    def fail(*args, **more):
        raise error  # a method is no exception: raising it is a TypeError, as a bug would be

    monkeypatch.setattr("clearprop.cli.moons.make_moons", fail)
    assert expected in error_of(invoke("moons"), code)


HIDE = """
import sys
sys.modules[sys.argv.pop(1)] = None
from clearprop.cli import main
sys.exit(main(sys.argv[1:]))
"""


def without(library, *args, cwd):
    return subprocess.run([sys.executable, "-c", HIDE, library, *args], cwd=cwd, check=False,
                          capture_output=True, text=True, timeout=120, env=ENV)  # fmt: skip


@pytest.mark.parametrize("library", ["click", "rich_click", "rich"])
def test_without_its_toolkit_the_command_says_how_to_get_it(tmp_path, library):
    done = without(library, "moons", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    name = "rich" if library == "rich" else "rich-click"
    assert done.stderr == (
        f"clearprop: error: the command needs {name}, which is not installed: "
        'pip install "clearprop[cli]"\n'
    )


def test_without_matplotlib_moons_has_no_pictures(folder):
    done = without("matplotlib", "moons", "--passes", "2", cwd=folder)
    assert done.returncode == 0
    assert "2 passes in" in done.stdout
    assert "note: no pictures: drawing a picture needs matplotlib" in done.stderr
    assert 'pip install "clearprop[plot]"' in done.stderr


@pytest.mark.parametrize(
    ("library", "extra"), [("matplotlib", "plot"), ("polars", "data"), ("scipy", "scipy")]
)
def test_what_is_asked_for_and_missing_is_an_error_before_any_training(folder, library, extra):
    done = without(library, "train", "good.csv", "--target", "kind", "--plot", "l.png",
                   "--optimizer", "lbfgs", "--save", "m.clearprop", cwd=folder)  # fmt: skip
    assert done.returncode == 1
    assert f'pip install "clearprop[{extra}]"' in done.stderr.splitlines()[-1]
    assert not Path("m.clearprop").exists()


@pytest.mark.skipif(os.name == "nt", reason="POSIX shell")
@pytest.mark.parametrize(
    ("line", "code", "expected"),
    [
        ("gates >&-", 0, ""),
        ("moons --bogus 2>&-", 2, ""),
        pytest.param("gates > /dev/full", 1, "No space left on device",
                     marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux")),
    ],
)  # fmt: skip
def test_streams_that_are_closed_or_full(line, code, expected):
    command = f"{shlex.quote(sys.executable)} -m clearprop {line}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, env=ENV)
    assert done.returncode == code
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
