"""How a run ends: callbacks, Ctrl-C, and numbers that are no numbers any more."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import ClearPropWarning
from clearprop.training import Trouble
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
    for answer in (None, False, 1, "stop", 0.5):
        assert small_run(lambda p, answer=answer: answer)[1].epochs == 10


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
        ["lbfgs", [20, 200, 2], 2000, None],
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
    assert found["after"] == found["again"] < found["before"]


def explode(**how):
    """A rate far too large for a network of relus with squared error."""
    net, X, y = problem([2, 4, 1], "relu", "squared_error", rows=20)
    how = {"optimizer": "gradient_descent", "learning_rate": 30.0, "epochs": 1000} | how
    with pytest.warns(ClearPropWarning) as caught:
        result = cp.fit(net, X, y, **how)
    assert len(caught) == 1
    return net, result, caught[0]


@pytest.mark.parametrize("batch_size", [None, 7])
def test_numbers_that_blow_up_end_the_run_with_the_last_finite_weights(batch_size):
    net, result, warned = explode(batch_size=batch_size)
    assert result.stopped == "not finite"
    assert 0 < result.epochs < 1000
    assert np.isfinite(result.network.vector).all()
    assert not np.array_equal(result.network.vector, net.vector)
    trouble = result.trouble
    assert isinstance(trouble, Trouble)
    assert trouble.epoch == result.epochs + 1
    assert (trouble.gate, trouble.what, trouble.layer) in [
        ("matmul", "Z1", 1), ("matmul", "Z2", 2), ("squared_error", "losses", 0),
    ]  # fmt: skip
    assert not np.isfinite(trouble.value)
    assert f"training stopped at {trouble}." in str(warned.message)
    assert "weights before that step are kept" in str(warned.message)
    assert warned.filename == __file__  # it points at who called fit


def overflowing(W1, W2, activation="identity", loss="squared_error"):
    net = cp.Network([1, 1, 1], activation, loss).with_parameters(W1=[[W1]], W2=[[W2]])
    with pytest.warns(ClearPropWarning) as caught:
        result = cp.fit(net, np.ones((3, 1)), np.ones((3, 1)), epochs=3)
    assert result.network.vector.tobytes() == net.vector.tobytes()
    assert result.epochs == 0
    return result.trouble, str(caught[0].message)


@pytest.mark.parametrize(
    ("how", "layer", "gate", "what"),
    [
        ({"W1": 1e200, "W2": 1e200}, 2, "matmul", "Z2"),
        ({"W1": 1e200, "W2": 1.0, "activation": "cubed"}, 1, "cubed", "A1"),
        ({"W1": 1e100, "W2": 1e100}, 0, "squared_error", "losses"),
    ],
)
def test_the_place_where_it_began_is_named(how, layer, gate, what):
    cp.register_gate(cp.Gate("cubed", "x * x * x", ["3 * x * x"], activation=True))
    try:
        trouble, message = overflowing(**how)
    finally:
        cp.GATES.remove("cubed")
    assert (trouble.epoch, trouble.layer, trouble.gate, trouble.what) == (1, layer, gate, what)
    assert trouble.value == np.inf
    assert str(trouble) in message
    assert message.startswith("training stopped at epoch 1: ")


def test_an_update_that_overflows_is_named_an_update():
    net = cp.Network([1, 1], loss="absolute_error")
    with pytest.warns(ClearPropWarning, match="epoch 1: gate update"):
        result = cp.fit(net, [[1e300]], [[0.0]], optimizer="gradient_descent", learning_rate=1e10)
    assert result.trouble.layer == 0
    assert result.network.vector.tobytes() == net.vector.tobytes()


@pytest.mark.parametrize("optimizer", cp.OPTIMIZERS)
def test_a_start_that_is_not_finite_ends_every_optimizer_alike(optimizer):
    net = cp.Network([1, 1, 1], "relu", "squared_error")
    net = net.with_parameters(W1=[[1e200]], W2=[[1e200]])
    with pytest.warns(ClearPropWarning, match="epoch 1: layer 2, gate matmul: Z2 became inf"):
        result = cp.fit(net, [[1.0], [2.0]], [1.0, 1.0], optimizer=optimizer, epochs=5)
    assert (result.stopped, result.epochs) == ("not finite", 0)


def test_a_good_run_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for optimizer in cp.OPTIMIZERS:
            _, result = small_run(optimizer=optimizer)
            assert result.trouble is None
