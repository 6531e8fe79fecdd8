"""The ``clearprop`` command as a process: what it loads, Ctrl-C, pipes and terminals."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time

import pytest

import clearprop as cp
from commands import COMMAND, ENV, make_tables, python, run, train_on


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A folder with a training file and a file of other rows for each data set."""
    return make_tables(tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def trained(tables):
    """The saved network of the iris."""
    return train_on(tables, ("iris",))


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


def interrupted(args, cwd, sign="engine", wait=0.2):
    """Start a run, send Ctrl-C when it is on its way; the process, and the seconds it took.

    ``sign`` is what it says when it is.
    """
    process = subprocess.Popen([sys.executable, "-c", COMMAND, *args], cwd=cwd, text=True, env=ENV,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    said = line = process.stdout.readline()
    while line and sign not in said:
        said += (line := process.stdout.readline())
    time.sleep(wait)
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


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for a child process")
@pytest.mark.parametrize(
    ("passes", "ends"), [(200, "ms a network, "), (10_000_000, "interrupted after 0 of ")]
)
def test_ctrl_c_ends_many_networks_in_an_orderly_way(tmp_path, passes, ends):
    args = ["moons", "--seeds", "100000", "--passes", str(passes)]
    code, said, errors, _ = interrupted(args, tmp_path, "networks", wait=1.0)
    assert (code, errors) == (130, "")
    assert re.search(r"interrupted after [\d,]+ of 100,000 networks in ", said)
    assert ends in said
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


def test_the_bar_of_many_networks_counts_them(tmp_path):
    said = on_a_terminal(["moons", "--seeds", "400", "--passes", "500", "--no-plot"], tmp_path)
    assert " of 400 networks" in said
    assert "\x1b[33m" in said or "0 of 400 got stuck" in without_codes(said)


def test_colour_is_for_terminals_that_want_it(tables):
    assert "\x1b[1;36m" in on_a_terminal(["initializers"], tables)
    assert "\x1b[1;36m" not in on_a_terminal(["initializers"], tables, NO_COLOR="1")


def test_a_stream_without_the_character_shows_a_question_mark(tables):
    args = ("train", "diabetes-train.csv", "--target", "progression", "--epochs", "1")
    done = subprocess.run([sys.executable, "-c", COMMAND, *args], capture_output=True, cwd=tables,
                          env={**ENV, "PYTHONIOENCODING": "ascii"}, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"; R? " in done.stdout
