"""How a run ends: at its last epoch, by a callback, by Ctrl-C."""

import copy
import json
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import TrainingError
from gradient_checks import problem


def small_run(*callbacks, **how):
    net, X, y = problem([2, 3, 2], rows=12)
    return net, cp.fit(net, X, y, **({"epochs": 10} | how), callbacks=callbacks)


def test_callbacks_see_every_epoch_and_what_there_is_to_see():
    seen = []

    def watch(progress):
        assert len(progress.losses) == progress.epoch
        assert progress.epochs == 10
        assert progress.engine in cp.engines.ENGINES
        seen.append((progress.epoch, progress.seconds, progress.network))

    net, result = small_run(watch, batch_size=5)
    epochs, seconds, networks = zip(*seen, strict=True)
    assert epochs == tuple(range(1, 11))
    assert list(seconds) == sorted(seconds)
    assert seconds[-1] <= result.seconds
    assert networks[-1].vector.tobytes() == result.network.vector.tobytes()
    assert len({network.vector.tobytes() for network in (net, *networks)}) == 11


@pytest.mark.parametrize(
    ("every", "expected"), [(1, range(1, 11)), (3, [3, 6, 9]), (10, [10]), (11, []), (4, [4, 8])]
)
def test_a_callback_may_be_called_every_so_many_epochs(every, expected):
    for optimizer in ("adam", "lbfgs"):
        seen = []
        small_run(cp.Every(every, lambda p, seen=seen: seen.append(p.epoch)), optimizer=optimizer)
        assert seen == list(expected)


def test_a_callback_may_be_called_whenever_there_is_time(monkeypatch):
    seen = []
    note = cp.Every(None, lambda progress: seen.append(progress.epoch))
    small_run(note, epochs=200)
    assert seen[-1] == 200
    often = len(seen)
    monkeypatch.setattr("clearprop.training.fit.SLICE", 0)
    seen.clear()
    small_run(note, epochs=200)
    assert seen == list(range(1, 201))
    assert often < 200


def test_callbacks_with_different_periods_do_not_disturb_each_other():
    seen = []
    small_run(*(cp.Every(n, lambda p, n=n: seen.append((p.epoch, n))) for n in (2, 5)))
    assert seen == [(2, 2), (4, 2), (5, 5), (6, 2), (8, 2), (10, 2), (10, 5)]


def test_slices_that_end_within_an_epoch_call_nobody_twice(monkeypatch):
    monkeypatch.setattr("clearprop.training.fit.SLICE", 0)
    seen = []
    small_run(*(cp.Every(n, lambda p, n=n: seen.append((p.epoch, n))) for n in (1, 4)),
              batch_size=2, epochs=5)  # fmt: skip
    assert seen == [(1, 1), (2, 1), (3, 1), (4, 1), (4, 4), (5, 1)]


def test_lbfgs_says_whether_it_is_done():
    assert small_run(optimizer="lbfgs", epochs=3)[1].stopped == "finished"
    _, result = small_run(optimizer="lbfgs", epochs=5000, l2=0.1)
    assert result.stopped == "converged"
    assert result.epochs < 5000


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_true_ends_the_run_and_nothing_else_does(optimizer):
    others = []
    _, result = small_run(
        lambda p: p.epoch == 4, lambda p: others.append(p.epoch), optimizer=optimizer
    )
    assert (result.stopped, result.epochs, others) == ("callback", 4, [1, 2, 3, 4])
    _, four = small_run(optimizer=optimizer, epochs=4)
    assert result.network.vector.tobytes() == four.network.vector.tobytes()
    assert result.loss == four.loss
    assert small_run(lambda p: np.bool_(p.epoch == 4), optimizer=optimizer)[1].epochs == 4
    for answer in (None, False, np.bool_(False)):
        assert small_run(lambda p, answer=answer: answer, optimizer=optimizer)[1].epochs == 10


@pytest.mark.parametrize("answer", [1, 0, "stop", 0.5, np.ones(2)], ids=str)
def test_a_callback_answers_yes_or_no(answer):
    def callback(progress):
        return answer

    with pytest.raises(TrainingError, match=r"returns True to end the run.*callback returned"):
        small_run(callback)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_progress_cannot_be_changed_and_does_not_change(optimizer):
    """Each keeps showing what was true when it was made."""
    kept = []
    _, result = small_run(lambda p: kept.append((p, list(p.losses))), optimizer=optimizer)
    for epoch, (progress, then) in enumerate(kept, 1):
        assert progress.epoch == len(progress.losses) == epoch
        assert list(progress.losses) == then == result.losses[:epoch].tolist()
        assert progress.losses == tuple(then)
        assert (progress.losses[-1], progress.losses[-epoch]) == (then[-1], then[0])
        assert progress.losses[1:] == tuple(then[1:])
        np.testing.assert_array_equal(np.array(progress.losses), then)
        for index in (epoch, -epoch - 1):
            with pytest.raises(IndexError):
                progress.losses[index]
        assert not hasattr(progress.losses, "append")
        assert not hasattr(progress.losses, "clear")
        with pytest.raises(TypeError):
            progress.losses[0] = 0.0


def test_looking_at_the_last_loss_is_cheap():
    from clearprop.training.callbacks import Losses

    class Counting(list):
        asked = 0

        def __getitem__(self, index):
            Counting.asked += 1
            return super().__getitem__(index)

        def __iter__(self):
            raise AssertionError("all of them were looked at")

    losses = Losses(Counting(range(10**6)), 10**6)
    assert (losses[-1], len(losses), bool(losses)) == (10**6 - 1, 10**6, True)
    assert Counting.asked == 1


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_errors_in_callbacks_reach_the_caller(optimizer):
    def fail(progress):
        raise LookupError(f"at {progress.epoch}")

    with pytest.raises(LookupError, match="at 2"):
        small_run(cp.Every(2, fail), optimizer=optimizer)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_an_interruption_keeps_what_was_learned(optimizer):
    def interrupt(progress):
        if progress.epoch == 5:
            raise KeyboardInterrupt

    _, result = small_run(interrupt, optimizer=optimizer)
    assert (result.stopped, result.epochs) == ("interrupted", 5)
    _, five = small_run(optimizer=optimizer, epochs=5)
    assert result.network.vector.tobytes() == five.network.vector.tobytes()
    assert result.loss == five.loss < result.losses[0]


INTERRUPTED = """
import json, os, signal, sys, threading, time
import numpy as np
import clearprop as cp

# A shell's background jobs ignore Ctrl-C, and so would this one.
signal.signal(signal.SIGINT, signal.default_int_handler)
optimizer, layers, rows, batch_size = json.loads(sys.argv[1])
rng = np.random.default_rng(0)
X = rng.normal(size=(rows, layers[0]))
y = (X[:, 0] * X[:, 1] > 0).astype(int)
net = cp.Network(layers, "relu")
cp.fit(net, X, y, optimizer=optimizer, epochs=1, batch_size=batch_size)
sent, timers = [], []

def send():
    sent.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)

def watch(progress):
    if progress.epoch and not timers:
        timers.append(threading.Timer(0.12, send))
        timers[0].start()

result = cp.fit(net, X, y, optimizer=optimizer, epochs=10**7, batch_size=batch_size,
                callbacks=[cp.Every(None, watch)])
took = time.perf_counter() - sent[0]
print(json.dumps({
    "took": took, "stopped": result.stopped, "epochs": result.epochs,
    "finite": bool(np.isfinite(result.network.vector).all()),
    "before": net.loss(X, y), "after": result.loss, "again": result.network.loss(X, y),
}))
"""


@pytest.mark.parametrize(
    "run",
    [
        ["adam", [2, 8, 2], 200, None],
        ["adam", [2, 8, 2], 200, 16],
        ["nesterov", [20, 64, 64, 2], 2000, 100],
        ["lbfgs", [20, 400, 2], 20_000, None],
    ],
    ids=lambda run: f"{run[0]}-{'-'.join(map(str, run[1]))}-{run[3]}",
)
def test_ctrl_c_ends_a_run_within_a_fifth_of_a_second(run):
    """A real SIGINT, to a process of its own."""
    for _ in range(3):  # a busy machine may be late once, not three times
        done = subprocess.run(
            [sys.executable, "-c", INTERRUPTED, json.dumps(run)],
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        assert done.stderr == b""
        found = json.loads(done.stdout)
        if found["took"] < 0.2:
            break
    assert found["took"] < 0.2
    assert found["stopped"] == "interrupted"
    assert found["finite"]
    assert found["epochs"] >= 1
    assert found["after"] == pytest.approx(found["again"], rel=1e-9)
    assert found["after"] < found["before"]


def test_a_stop_iteration_of_the_callers_own_is_no_end_of_the_run():
    def careless(progress):
        next(iter(()))

    with pytest.raises(StopIteration):
        small_run(careless, optimizer="lbfgs")


@pytest.mark.parametrize("again", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_results_and_progress_can_be_copied_and_sent(again):
    kept = []
    _, result = small_run(kept.append)
    for progress, epoch in zip(kept, range(1, 11), strict=True):
        other = again(progress)
        assert (other.epoch, other.losses) == (epoch, progress.losses)
        assert other.engine == progress.engine
        assert other.network.vector.tobytes() == progress.network.vector.tobytes()
    other = again(result)
    assert other.network.vector.tobytes() == result.network.vector.tobytes()
    assert other.losses.tobytes() == result.losses.tobytes()
    assert (other.loss, other.stopped, other.epochs) == (result.loss, "finished", 10)


def test_a_good_run_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for optimizer in cp.OPTIMIZERS:
            _, result = small_run(optimizer=optimizer)
            assert result.trouble is None
