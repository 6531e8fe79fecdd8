"""The speed benchmark: its table, its judge, its verdicts, and a shortened run of it."""

import ast
import doctest
import importlib
import io
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

HOME = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(HOME))

from suite import judge, memory, report, tutorial_loop, verdicts  # noqa: E402
from suite.data import MAKERS, make_task, network  # noqa: E402
from suite.peers import PEERS, Peer, Runner  # noqa: E402
from suite.turns import Measured, Worker, WorkerError, present  # noqa: E402
from suite.worker import Hand  # noqa: E402
from suite.works import OURS, WORKS, Work  # noqa: E402

MARKS = {
    "tiny": {"tutorial": 40, "jax": 6, "pytorch": 200},
    "tiny32": {"jax": 15},
    "many": {"jax": 20},
    "regression": {"jax": 4, "pytorch": 15},
    "small": {"jax": 5, "scikit-learn": 50, "pytorch": 60},
    "tabular": {"jax": 2.5, "pytorch": 6, "scikit-learn": 10},
    "image": {"jax": 1.1, "pytorch": 1.5, "scikit-learn": 4},
    "one-row": {"scikit-learn": 30, "pytorch": 8},
    "start": {"tutorial": 5},
}


def done(work, peer):
    """Return what a worker answers to the work, in this process."""
    hand = Hand(peer)
    hand.obey({"do": "prepare", "work": work.to_json()})
    return hand.obey({"do": "run", "epochs": work.epochs})


def seen(peer, seconds, early=(0.5,), late=(0.25,), **more):
    return Measured(PEERS[peer], list(seconds), list(early), list(late), **more)


def printed(table):
    screen = Console(file=io.StringIO(), width=200)
    screen.print(table)
    return screen.file.getvalue()


def test_the_classes_and_marks_are_those_that_were_promised():
    assert {name: dict(work.marks) for name, work in WORKS.items()} == MARKS


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
def test_a_row_of_the_table_is_well_formed(work):
    assert Work.from_json(work.to_json()) == work
    assert {*work.peers} <= PEERS.keys() - {OURS}
    assert {*work.marks, *work.own} <= {*work.peers}
    assert 0 <= work.close <= work.far < 0.1
    assert work.why
    assert work.data in MAKERS
    short = work.shortened()
    assert short.epochs <= work.epochs
    for one in (work, short):
        assert 0 < one.early <= one.epochs
        assert one.batch is None or one.batch < one.rows


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
def test_everybody_gets_the_same_numbers(work):
    task, again = (make_task(work.changed(rows=300, nets=2, epochs=3)) for _ in range(2))
    assert task.X.shape == (300, work.layers[0])
    assert task.X.dtype == task.starts[1][0].dtype == work.dtype
    for a, b in ((task.X, again.X), (task.y, again.y), (task.orders, again.orders)):
        np.testing.assert_array_equal(a, b)
    assert all(np.array_equal(np.sort(order), np.arange(300)) for order in task.orders)
    assert len(task.orders) == (3 if work.batch else 0)


@pytest.mark.parametrize("peer", PEERS.values(), ids=PEERS)
def test_a_peer_has_the_function_that_its_row_names(peer):
    module, function = peer.place.split(":")
    source = HOME.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    assert function in {node.name for node in ast.parse(source).body if hasattr(node, "name")}


@pytest.mark.parametrize("name", ["tiny", "regression", "small", "tabular"])
def test_the_judge_says_what_a_network_says_of_its_loss(name):
    work = WORKS[name].changed(rows=200, epochs=1, dtype="float64")
    task, net = make_task(work), network(work)
    own = net.loss(task.X, task.y, l2=work.l2, reduction=work.reduction)
    shares = work.rows if work.reduction == "sum" else 1
    assert judge.figures(task, task.starts) == [pytest.approx(own / shares, rel=1e-14)]


def test_the_judge_knows_one_logistic_score_for_two_classes():
    task = make_task(WORKS["tabular"].changed(rows=50, epochs=1, dtype="float64"))
    *hidden, W, b = task.starts[0]
    one = [*hidden, W[:, 1:] - W[:, :1], b[1:] - b[:1]]
    assert judge.loss_of(task, one) == pytest.approx(judge.loss_of(task, task.starts[0]), rel=1e-14)


@pytest.mark.parametrize(
    ("name", "peer", "allowed"),
    [
        ("tiny", "tutorial", 1e-12),
        ("many", "tutorial", 1e-12),
        ("regression", "scikit-learn", 1e-5),
        ("small", "scikit-learn", 1e-5),
        ("tabular", "scikit-learn", 0.05),
        ("one-row", "scikit-learn", 0),
    ],
)
def test_a_peer_and_clearprop_reach_the_same_loss(name, peer, allowed):
    work = WORKS[name].shortened()
    if name == "many":
        work = work.changed(nets=3, epochs=20)
        if not hasattr(importlib.import_module("clearprop"), "fit_many"):
            pytest.skip("there is no fit_many yet")
    theirs, ours = done(work, peer), done(work, OURS)
    assert theirs["seconds"] > 0
    assert len(theirs["figures"]) == work.nets
    np.testing.assert_allclose(theirs["figures"], ours["figures"], rtol=allowed)


def test_scikit_learn_visits_the_rows_in_the_order_that_it_is_told():
    from suite.peers.scikit_learn import steps_between

    orders = make_task(WORKS["small"].changed(rows=70, epochs=4)).orders
    have = np.arange(70)
    for order, step in zip(orders, steps_between(orders), strict=True):
        have = have[step]
        np.testing.assert_array_equal(have, order)


def test_the_loop_is_the_tutorials():
    """It prints what the tutorial's own program prints (to be seen with ``clearprop moons``)."""
    task, lines = make_task(WORKS["start"]), []
    start = tutorial_loop.first_weights(3)
    for ours, theirs in zip(task.starts[0], start, strict=True):
        np.testing.assert_allclose(ours, np.squeeze(theirs), rtol=1e-15)
    tutorial_loop.build_model(task.X, task.y, start, 1_001, lines.append)
    assert lines == ["Loss after iteration 0: 0.432387", "Loss after iteration 1000: 0.068947"]


def test_ratios_are_of_medians():
    work = WORKS["tiny"]
    ours, slow = verdicts.judge(
        work, [seen("tutorial", [9, 5, 100, 7, 6]), seen(OURS, [0.25, 3, 0.2])]
    )
    assert (ours.label, ours.ours, ours.ratio) == ("clearprop", True, None)
    assert (ours.typical, ours.least, ours.most, ours.turns) == (0.25, 0.2, 3, 3)
    assert (slow.typical, slow.ratio, slow.mark, slow.reached) == (7, 28, 40, False)
    assert verdicts.troubles(work, [ours, slow]) == [
        "tiny: tutorial's NumPy took 28 times as long, the mark is 40"
    ]
    assert verdicts.troubles(work, [ours, slow], quick=True) == []


def test_a_disturbed_turn_is_told_of():
    found = verdicts.judge(WORKS["tiny"], [seen(OURS, [1, 1.5], about="native engine"),
                                           seen("jax", [9, 40, 8])])  # fmt: skip
    assert report.notes(found) == [
        "clearprop ran on the native engine.",
        "JAX was disturbed: its longest turn took 5 times its shortest.",
    ]


def test_times_are_of_one_call_where_the_work_says_so():
    work = WORKS["one-row"]
    ours, slow = verdicts.judge(
        work, [seen(OURS, [0.002], (0,), (0,)), seen("pytorch", [0.1], (0,), (0,))]
    )
    assert (ours.typical, slow.typical) == (1e-6, 5e-5)
    assert slow.ratio == pytest.approx(50)


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"late": [0.26]}, "another loss after 20,000 passes: 4.0e-02 of it away"),
        ({"early": [0.5 + 1e-8]}, "another loss after 500 passes: 2.0e-08 of it away"),
        ({"late": [float("nan")]}, "another loss after 20,000 passes: inf"),
        ({"late": [0.25, 0.25]}, "another loss"),
        ({"failure": "RuntimeError: no"}, "RuntimeError: no"),
    ],
)
def test_a_peer_with_another_loss_has_failed_and_no_ratio(figures, said):
    work = WORKS["tiny"]
    found = verdicts.judge(work, [seen(OURS, [1]), seen("jax", [50], **figures)])
    assert found[1].failure.startswith(said)
    assert found[1].ratio is None
    assert found[1].reached is None
    assert any(f"tiny: JAX FAILED: {said}" in line for line in verdicts.troubles(work, found))
    assert "FAILED" in printed(report.table(work, found, quick=False))
    written = report.markdown([(work, found)], {"date": "today"}, ["x missed"], "it", quick=False)
    assert f"* JAX FAILED: {said}" in written
    assert "* x missed" in written


def test_a_wrong_answer_fails_and_so_does_everybody_where_ours_fails():
    work = WORKS["one-row"]
    right, wrong = seen(OURS, [1], (0,), (0,)), seen("jax", [1], (0,), (3,))
    assert (
        verdicts.judge(work, [right, wrong])[1].failure == "3 answers are wrong after 2,000 calls"
    )
    broken = seen(OURS, [], (), (), failure="EngineError: no")
    found = verdicts.judge(WORKS["tiny"], [broken, seen("jax", [1])])
    assert [verdict.ratio for verdict in found] == [None, None]
    assert all(verdict.failure for verdict in found)


@pytest.mark.parametrize(("mib", "lean"), [(1.0, True), (2.0, True), (2.5, False), (None, None)])
def test_memory_is_compared_with_the_leanest_peer(mib, lean):
    work = WORKS["tiny"]
    peers = [seen("jax", [50], mib=40.0), seen("tutorial", [50], mib=2.0)]
    found = verdicts.judge(work, [seen(OURS, [1], mib=mib), *peers])
    assert verdicts.memory_reached(found) is lean
    assert bool(verdicts.troubles(work, found)) is (lean is False)


@pytest.mark.skipif(not memory.measurable(), reason=memory.SKIPPED)
def test_memory_sees_what_a_run_takes_even_if_it_gives_it_back():
    def run():
        np.ones(4 << 20)  # 32 MiB

    assert 31 < memory.added_by(run) < 40
    assert memory.added_by(lambda: None) < 1


def test_an_absent_peer_is_skipped_with_a_line():
    lines, absent = [], Peer("x", "The X", "nowhere:prepare", ("no_such_package",))
    assert present([PEERS[OURS], absent], lines.append) == [PEERS[OURS]]
    assert lines == ["skipped: The X (no_such_package is not installed)"]


def test_a_worker_says_what_went_wrong_and_its_death_is_no_silence():
    broken = Peer("nobody", "nobody", "")
    with Worker(PEERS["tutorial"]) as worker:
        with pytest.raises(WorkerError, match="prepare first"):
            worker.ask("run", epochs=1)
        with pytest.raises(WorkerError, match="KeyError: 'nonsense'"):
            worker.ask("prepare", work=WORKS["tiny"].changed(data="nonsense").to_json())
    with Worker(broken) as worker, pytest.raises(WorkerError, match="KeyError: 'nobody'"):
        worker.ask("run", epochs=1)


def test_a_turn_is_as_many_runs_as_fill_it_and_its_time_is_their_median():
    hand, naps = Hand("tutorial"), iter([0.2, 0.01, 0.01, 0.1, 5])
    hand.obey({"do": "prepare", "work": WORKS["start"].to_json()})
    hand.runner = Runner(run=lambda _: time.sleep(next(naps)), found=lambda _: 0.5)
    answer = hand.obey({"do": "run", "epochs": 1, "least": 0.3})
    assert 0.01 < answer["seconds"] < 0.1
    assert list(naps) == [5]


def test_a_shortened_run_from_the_command_line(tmp_path):
    out = tmp_path / "RESULTS.md"
    ended = subprocess.run(
        [sys.executable, HOME / "speed.py", "--quick", "--classes", "tiny", "--peers", "tutorial",
         "--out", out],
        capture_output=True, check=False, text=True, timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "120"},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert report.QUICK in " ".join(ended.stdout.split())
    written = out.read_text(encoding="utf-8")
    assert f"**{report.QUICK}**" in written
    assert "| tutorial's NumPy |" in written
    assert written.endswith("* Nothing.\n")


@pytest.mark.parametrize("name", ["report", "processes", "drawing"])
def test_the_examples_in_the_suite_run(name):
    found = doctest.testmod(importlib.import_module(f"suite.{name}"))
    assert found.attempted
    assert not found.failed


def test_the_curves_are_drawn_from_what_was_measured(tmp_path):
    from suite.drawing import draw
    from suite.growth import SWEEPS

    lines = {
        name: {peer: [(value, 1e-5 * value) for value in sweep.values] for peer in (OURS, "jax")}
        for name, sweep in SWEEPS.items()
    }
    draw(lines, ["today"], tmp_path / "new" / "growth.png")
    assert (tmp_path / "new" / "growth.png").stat().st_size > 20_000
