"""``clearprop moons --seeds``: what it says of many networks, and what it draws."""

import importlib
import re

import numpy as np
import pytest

import clearprop as cp
from clearprop.cli.seeds import Spread, histogram
from commands import document, python, run

seeds = importlib.import_module("clearprop.cli.seeds")
RELU = ("--activation", "relu", "--learning-rate", 0.003, "--passes", 400)


def by_the_library(count, activation="tanh", rate=0.01, passes=400, first=0, **more):
    X, y = cp.make_moons(200, noise=0.2, random_state=first)
    networks = [
        cp.Network([2, 3, 2], activation, initializer="fan_in", seed=first + i, **more)
        for i in range(count)
    ]
    results = cp.fit_many(networks, X, y, optimizer="gradient_descent", learning_rate=rate,
                          l2=0.01, reduction="sum", epochs=passes)  # fmt: skip
    return results, [int((result.network.predict(X) == y).sum()) for result in results]


def test_it_says_what_the_library_finds(tmp_path):
    args = ("moons", "--seeds", 60, *RELU, "--out", tmp_path)
    said, told = run(*args).stdout, document(*args)
    results, right = by_the_library(60, "relu", 0.003)
    losses = np.array([result.loss / 200 for result in results])
    rows = told["networks"]
    assert [row["seed"] for row in rows] == list(range(60))
    assert [row["loss"] for row in rows] == losses.tolist()  # the very floats
    assert [row["right"] for row in rows] == right
    assert {(row["passes"], row["stopped"]) for row in rows} == {(400, "finished")}
    assert told["final"] == np.quantile(losses, [0, 0.25, 0.5, 0.75, 1]).tolist()

    starts = [result.losses[0] / 200 for result in results]
    way = np.median(starts) - np.sort(losses)[1]  # one in fifty of sixty
    assert told["start"] == np.median(starts)
    assert told["bottom"] == np.sort(losses)[1]
    assert told["reached"] == (losses <= told["bottom"] + 0.01 * way).sum() > 1
    assert told["stuck"] == (losses > told["bottom"] + 0.1 * way).sum() > 20

    lines = said.splitlines()
    assert lines[0] == ("  2-3-2 relu, softmax cross-entropy, 200 moons, 17 parameters: 60 "
                        "networks, 400 passes each")  # fmt: skip
    assert f"  {told['stuck']} of 60 got stuck: a loss above {told['stuck_above']:.6f}" in lines
    reached = f"  {told['reached']:>2} of 60 reached the bottom: a loss up to"
    assert f"{reached} {told['reached_to']:.6f}" in lines
    assert "  " + "   ".join(f"{loss:.6f}" for loss in told["final"]) in lines
    order = np.argsort(losses, kind="stable")
    for name, index in (("best", order[0]), ("median", order[29]), ("worst", order[-1])):
        share = f"{right[index] / 2:.1f} %"
        (line,) = [line for line in lines if line.startswith(f"  {name} ")]
        assert line.split(maxsplit=3)[1:] == [str(index), f"{losses[index]:.6f}", share]
    assert re.search(r"\n  60 networks in [0-9.]+ s on the native engine: [0-9.]+ ms a network, "
                     r"[\d,]+ passes a second\n", said) or cp.compiled.missing()  # fmt: skip
    assert lines[-1] == f"  pictures: {tmp_path / 'moons-seeds.png'}"
    assert told["pictures"] == [str(tmp_path / "moons-seeds.png")]
    assert [path.name for path in tmp_path.iterdir()] == ["moons-seeds.png"]
    assert (tmp_path / "moons-seeds.png").stat().st_size > 30_000


def test_the_histogram_counts_every_network():
    said = run("moons", "--seeds", 60, *RELU, "--no-plot").stdout
    rows = re.findall(r"^  ([\d.]+)(?: – ([\d.]+))? +(\d+)  (█+)(  stuck)?$", said, re.MULTILINE)
    assert sum(int(count) for _, _, count, _, _ in rows) == 60
    ends = [float(end) for low, high, *_ in rows for end in (low, high or low)]
    assert ends == sorted(ends)
    longest = max(rows, key=lambda row: int(row[2]))
    assert len(longest[3]) == 40
    told = document("moons", "--seeds", 60, *RELU, "--no-plot")
    stuck = sum(int(count) for _, _, count, _, mark in rows if mark)
    assert stuck == told["stuck"]
    assert told["pictures"] == []


def test_losses_of_several_orders_are_binned_by_order():
    losses = np.array([0.001, 0.0011, 0.01, 0.5, 50.0])
    lines = [text.split() for text, _ in histogram(losses, 10.0)][1:]
    counts = [int(words[-2]) if words[-1][0] == "█" else words[-1] for words in lines]
    assert counts == [2, ":", 1, ":", 1, ":", "stuck"]
    lines = histogram(np.full(7, 0.25), 1.0)
    assert lines[1][0].split() == ["0.250000", "7", "█" * 40]


def test_a_stroke_of_luck_is_not_what_the_others_are_measured_by():
    losses = np.sort(np.r_[0.01, np.full(80, 0.1), np.full(19, 0.4)])
    found = Spread.of(losses, np.full(100, 0.9))
    assert (found.bottom, found.reached, found.stuck) == (0.1, 81, 19)
    assert found.reached_to == pytest.approx(0.108)
    assert found.stuck_above == pytest.approx(0.18)
    few = Spread.of(losses[[0, 5, 90]], np.full(3, 0.9))
    assert (few.bottom, few.reached, few.stuck) == (0.01, 1, 2)


def test_blocks_of_networks_change_nothing(monkeypatch):
    args = ("moons", "--seeds", 11, "--passes", 100, "--no-plot", "--seed", 5)
    whole = document(*args)
    monkeypatch.setattr(seeds, "AT_ONCE", 300)
    monkeypatch.setattr("clearprop.compiled.threads", lambda: 1)
    parts = document(*args)
    assert parts["networks"] == whole["networks"]
    assert [row["seed"] for row in parts["networks"]] == list(range(5, 16))
    assert parts["notes"] == []


def test_seeds_go_on_from_the_first_ones_after_the_last():
    told = document("moons", "--seeds", 3, "--passes", 2, "--no-plot", "--seed", 2**32 - 2)
    assert [row["seed"] for row in told["networks"]] == [2**32 - 2, 2**32 - 1, 0]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--hidden", "5,4"), "2-5-4-2 tanh, "),
        (("--dtype", "float32", "--l2", 0), "4 networks in "),
        (("--engine", "reference"), " on the reference engine: "),
        (("--optimizer", "lbfgs", "--reduction", "mean"), "4 networks in "),
        (("--loss", "logistic", "--samples", 50), "2-3-1 tanh, logistic, 50 moons, "),
    ],
)
def test_it_takes_the_options_of_one_network(options, expected):
    said = run("moons", "--seeds", 4, "--passes", 3, "--no-plot", *options).stdout
    assert expected in said


MISH = """
import sys, clearprop as cp
cp.register_gate(cp.Gate("mish", "x * t", ["t + x * (1 - t * t) / (1 + exp(-x))"],
    parts={"t": "tanh(max(x, 0) + log1p(exp(-abs(x))))"}, activation=True))
from clearprop.cli import main, seeds
seeds.AT_ONCE = 10
sys.exit(main(sys.argv[1:]))
"""


def test_a_gate_that_was_not_compiled_is_said_once():
    done = python(MISH, "moons", "--seeds", 20, "--passes", 2, "--no-plot", "--activation", "mish")
    assert done.returncode == 0
    assert "20 networks in " in done.stdout
    assert done.stderr.count("note: ") == 1
    assert "trained by the reference engine" in " ".join(done.stderr.split())


DIVERGING = ("--activation", "relu", "--learning-rate", 5, "--no-plot")


def test_networks_that_diverge_are_counted_and_left_out():
    args = ("moons", "--seeds", 30, "--passes", 80, *DIVERGING)
    told, result = document(*args), run(*args)
    bad = [row for row in told["networks"] if row["stopped"] == "not finite"]
    assert 0 < len(bad) == told["diverged"] < 30
    assert f"note: {len(bad)} networks diverged, the first at seed {bad[0]['seed']}, epoch " in (
        result.stderr
    )
    assert "a smaller --learning-rate (it was 5) usually helps" in result.stderr
    assert len(told["notes"]) == 1
    fine = [row["loss"] for row in told["networks"] if row["stopped"] == "finished"]
    assert told["final"][0] == min(fine)
    assert told["final"][-1] == max(fine)
    stuck = [loss for loss in fine if loss > told["start"]]
    assert told["stuck"] == len(stuck) > 0.9 * len(fine)
    said = f"  {told['stuck']} of {len(fine)} got stuck: they ended above {told['start']:.6f}, the"
    assert said in result.stdout


def test_where_all_diverge_it_is_an_error():
    args = ("moons", "--seeds", 5, "--passes", 300, *DIVERGING, "--l2", 1)
    said = run(*args, code=1).stderr
    assert "clearprop: error: all 5 networks diverged, the first at seed 0, epoch " in said
    assert document(*args, code=1)["diverged"] == 5


@pytest.mark.parametrize("after", [0, 1, 20])
def test_an_interruption_reports_what_is_done(after, monkeypatch, tmp_path):
    """After so many calls of the progress bar."""
    monkeypatch.setattr(seeds, "AT_ONCE", 1000)
    monkeypatch.setattr("clearprop.compiled.threads", lambda: 1)
    calls = iter(range(after))
    train = seeds.fit_many

    def stop(progress):
        if next(calls, None) is None:
            raise KeyboardInterrupt

    def interrupted(*args, callbacks, **settings):
        return train(*args, callbacks=[*callbacks, stop], **settings)

    monkeypatch.setattr(seeds, "fit_many", interrupted)
    args = ("moons", "--seeds", 300, "--passes", 200, "--out", tmp_path)
    result = run(*args, code=130)
    found = re.search(r"interrupted after (\d+) of 300 networks in ", result.stdout)
    done = int(found[1])
    assert after <= done < 300
    assert ("got stuck" in result.stdout) == (done > 0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("--seeds", 1), "--seeds: a whole number from 2 to 1,000,000 is expected, not '1'"),
        (("--seeds", "many"), "--seeds: a whole number"),
        (("--seeds", 5, "--compare", "1,2"), "--seeds of one; leave out one of them"),
    ],
)
def test_what_makes_no_sense_is_refused(args, expected):
    said = run("moons", *args, code=2).stderr
    assert expected in said
    assert len(said.splitlines()) == 1
