"""Threads change no bit: any number of them, several callers, forks, and where a slice ends."""

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import clearprop as cp
from clearprop.engines import ENGINES
from clearprop.errors import EngineError
from gradient_checks import problem
from native_checks import (
    NEEDS_NATIVE,
    carried,
    digest,
    digest_of,
    gradient_plan,
    plan_of,
    python,
    start,
)

pytestmark = NEEDS_NATIVE

COUNTS = (1, 2, 4)
# Work that is worth threads: several panels of rows for each step, several for the update.
WORK = {
    "batches, float32": (
        {"layers": [50, 64, 64, 2], "rows": 1500, "dtype": "float32"},
        {"batch_size": 256, "epochs": 2},
    ),
    "all rows, float32": (
        {"layers": [4, 32, 16, 4], "rows": 10_000, "dtype": "float32", "loss": "squared_error"},
        {"epochs": 3},
    ),
    "all rows, weighted": (
        {"layers": [10, 40, 3], "rows": 5000, "shared_bias": True},
        {"epochs": 3, "sample_weight": np.arange(5000) % 3, "l2": 0.1},
    ),
    "packed weights": (
        {"layers": [300, 200, 10], "rows": 500},
        {"batch_size": 200, "epochs": 2, "optimizer": "momentum", "learning_rate": 0.01},
    ),
    "a megabyte of parameters": (
        {"layers": [300, 460, 10], "rows": 500},
        {"batch_size": 200, "epochs": 2, "optimizer": "adamw", "l2": 0.1, "frozen": ("b1",)},
    ),
    "a frozen layer": (
        {"layers": [30, 100, 100, 2], "rows": 700, "activation": "relu"},
        {"batch_size": 300, "epochs": 2, "frozen": ("W2",), "optimizer": "adamw"},
    ),
}


@pytest.fixture(autouse=True)
def _the_number_of_threads_is_put_back():
    before = cp.threads()
    yield
    cp.set_threads(before)


def runs(count, work):
    """The hashes of some runs for each number of threads."""
    network, how = WORK[work]
    net, X, y = problem(**network)
    found = {}
    for threads in COUNTS:
        cp.set_threads(threads)
        found[threads] = {
            digest_of(cp.fit(net, X, y, engine="native", **how)) for _ in range(count)
        }
    return found


@pytest.mark.parametrize("work", WORK)
def test_any_number_of_threads_gives_one_hash(work):
    assert len(set.union(*runs(3, work).values())) == 1


def test_a_hundred_runs_give_one_hash():
    assert len(set.union(*runs(100, "batches, float32").values())) == 1


@pytest.mark.slow
@pytest.mark.parametrize("work", WORK)
def test_a_hundred_runs_of_everything_give_one_hash(work):
    assert len(set.union(*runs(100, work).values())) == 1


@pytest.mark.parametrize("work", WORK)
def test_loss_and_gradient_too(work):
    network, how = WORK[work]
    net, X, y = problem(**network)
    plan = gradient_plan(net, X, y, sample_weight=how.get("sample_weight"))
    hashes = set()
    for threads in COUNTS * 5:
        cp.set_threads(threads)
        data, penalty, gradient = ENGINES["native"].loss_and_gradient(plan, net.vector)
        hashes.add(digest(gradient, np.float64([data, penalty])))
    assert len(hashes) == 1


def test_predictions_too():
    net, X, _ = problem([20, 30, 3], rows=9000, dtype="float32")
    X = X.astype(np.float32)
    hashes = set()
    for threads in COUNTS * 3:
        cp.set_threads(threads)
        hashes.add(digest(net.scores(X), net.predict(X), net.predict_proba(X)))
    assert len(hashes) == 1


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the system lists no threads")
@pytest.mark.parametrize("work", WORK)
def test_this_work_is_really_shared_out(work):
    """In a process of its own: more threads than before the run."""
    network, how = WORK[work]
    kept = {key: value for key, value in how.items() if key != "sample_weight"}
    program = f"""
import os, clearprop as cp
from gradient_checks import problem
from native_checks import digest_of
net, X, y = problem(**{network!r})
before = len(os.listdir("/proc/self/task"))
cp.set_threads(1)
cp.fit(net, X, y, engine="native", **{kept!r})
alone = len(os.listdir("/proc/self/task"))
cp.set_threads(2)
cp.fit(net, X, y, engine="native", **{kept!r})
print(alone - before, len(os.listdir("/proc/self/task")) - before)
"""
    done = python("-c", program)
    assert done.stdout.split() == ["0", "1"], done.stderr


def test_several_callers_at_once_give_the_same_bits():
    cp.set_threads(2)
    jobs = [(*problem(**WORK[work][0]), WORK[work][1]) for work in WORK]

    def one(job):
        net, X, y, how = job
        return digest_of(cp.fit(net, X, y, engine="native", **how))

    alone = [one(job) for job in jobs]
    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(one, jobs * 4)) == alone * 4


def test_one_plan_may_be_carried_out_by_several_callers_at_once():
    net, X, y = problem([20, 32, 3], rows=400)
    plan = plan_of(net, X, y, batch_size=64, epochs=20)
    expected, _ = carried(plan, net)

    def one(seconds):
        state, losses = carried(plan, net, seconds=seconds)
        return digest(state.vector, *state.slots.values(), losses)

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(one, [None, 0, 0.001, 0.002] * 4))
    assert found == {one(None)}
    assert digest(carried(plan, net)[0].vector) == digest(expected.vector)


@pytest.mark.parametrize("work", ["batches, float32", "all rows, weighted"])
def test_where_a_slice_ends_changes_no_bit(work):
    network, how = WORK[work]
    net, X, y = problem(**network)
    rng, hashes, slices = random.Random(3), set(), 0
    for threads in COUNTS * 4:
        cp.set_threads(threads)
        plan = plan_of(net, X, y, **(how | {"epochs": 4}))
        state, losses, last = start(plan, net), [], 4 * plan.steps_per_epoch
        while state.step < last:
            seconds = rng.choice([-1, 0, 0.0005, 0.002, 1])
            stop = min(last, state.step + rng.choice([1, 2, 3, 100]))
            deadline = time.perf_counter() + seconds
            advance = ENGINES["native"].advance(state, plan, stop, deadline)
            state, losses, slices = advance.state, losses + list(advance.losses), slices + 1
        hashes.add(digest(state.vector, *state.slots.values(), losses))
    assert len(hashes) == 1
    assert slices > 20


FORKED = """
import os, sys, threading, clearprop as cp
from gradient_checks import problem
from native_checks import digest_of
net, X, y = problem([50, 64, 64, 2], rows=1500, dtype="float32")

def run(epochs=2):
    return digest_of(cp.fit(net, X, y, engine="native", batch_size=256, epochs=epochs))

cp.set_threads(4)
print(run())
busy = threading.Thread(target=run, args=(200,))
if "busy" in sys.argv:
    busy.start()
for _ in range(3):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, run().encode())
        os._exit(0)
    os.close(write)
    print(os.read(read, 100).decode())
    assert os.waitpid(child, 0)[1] == 0
if busy.is_alive():
    busy.join()
print(run())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("when", ["between runs", "busy"])
def test_a_child_process_trains_too(when):
    # Python warns of forks beside threads; ours are exactly what is tried here.
    done = python("-W", "ignore", "-c", FORKED, when)
    assert done.returncode == 0, done.stderr
    found = done.stdout.split()
    assert len(found) == 5
    assert len(set(found)) == 1


def usual():
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return str(min(count, 16))


@pytest.mark.parametrize(
    ("text", "share", "count"),
    [("3", "1", "3"), ("1", "", "1"), ("9999", "1", "256"), ("0", "", None), ("many", "0", None),
     ("", "1", "1"), ("", "9999", None)],
)  # fmt: skip
def test_the_environment_says_how_many(text, share, count):
    told = {"CLEARPROP_THREADS": text, "OMP_NUM_THREADS": share}
    done = python("-c", "import clearprop as cp; print(cp.threads())", **told)
    assert done.stdout.strip() == (count or usual()), done.stderr


def test_threads_are_what_was_set():
    for count in (1, 7, 256, np.int64(3)):
        cp.set_threads(count)
        assert cp.threads() == count


@pytest.mark.parametrize("count", [0, -1, 257, 1.5, 2.0, True, "2", None, [2]])
def test_no_number_of_threads_is_refused(count):
    before = cp.threads()
    with pytest.raises(EngineError, match="threads are a whole number from 1 to 256, not"):
        cp.set_threads(count)
    assert cp.threads() == before
