"""Many networks at once: each comes to the very bits that it comes to alone."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

import clearprop as cp
from clearprop import compiled
from clearprop.training.jobs import make_jobs
from many_networks import X, Y, each_engine, native, same, some

EACH = {"optimizer": "adam", "learning_rate": None, "epochs": 3, "batch_size": None, "l2": 0.0,
        "seed": 0}  # fmt: skip


MIXED = [
    cp.Network([2, 3, 2]),
    cp.Network([2, 16, 2], "relu", dtype="float32"),
    cp.Network([2, 2], loss="hinge"),
    cp.Network([2, 5, 4, 3], ["sigmoid", "elu"], seed=4),
    cp.Network([2, 40, 2], "gelu", shared_bias=True, dtype="float32", seed=1),
    cp.Network([2, 4, 1], "tanh", "logistic"),
    cp.Network([2, 4, 1], "softplus", "squared_error", "sigmoid"),
]
WEIGHTS = np.random.default_rng(0).uniform(0.1, 2, (len(MIXED), len(X)))
# What is the same for all networks, and what each has of its own.
SETTINGS = {
    "the defaults": ({}, {}),
    "the tutorial's": (
        {"optimizer": "gradient_descent", "learning_rate": 0.01, "l2": 0.01, "reduction": "sum"},
        {},
    ),
    "batches": ({"batch_size": 7, "l2": 0.1}, {"seed": [0, 1, 2, 3, 4, 5, 2**32 - 1]}),
    "in their order": ({"batch_size": 16, "shuffle": False, "frozen": ["b1"]}, {}),
    "in an order of one's own": ({"batch_size": 16, "shuffle": cp.Shuffled(9)}, {}),
    "sample weights": ({"sample_weight": WEIGHTS[0], "batch_size": 20}, {}),
    "learning rates": ({}, {"learning_rate": np.geomspace(1e-3, 0.5, 7), "l2": np.arange(7) / 10}),
    "no learning rate": ({}, {"learning_rate": [None, 0.1, None, 0.2, 0.3, None, 0.1]}),
    "all of it": (
        {},
        {
            "optimizer": ["adam", "nesterov", cp.OPTIMIZERS["rprop"], "adam(beta1=0.8)",
                          "gradient_descent", "lbfgs", "rmsprop"],
            "epochs": np.array([5, 1, 9, 3, 2, 6, 4]),
            "batch_size": [None, 8, None, 1, 1000, None, 13],
            "sample_weight": WEIGHTS,
        },
    ),
}  # fmt: skip


@each_engine
@pytest.mark.parametrize("what", SETTINGS)
def test_each_comes_to_the_bits_that_it_comes_to_alone(engine, what):
    shared, own = SETTINGS[what]
    common = {"epochs": 6, "engine": engine}
    results = cp.fit_many(MIXED, X, Y, **(common | shared | own))
    assert len(results) == len(MIXED)
    for index, (network, result) in enumerate(zip(MIXED, results, strict=True)):
        mine = {name: values[index] for name, values in own.items()}
        same(result, cp.fit(network, X, Y, **(common | shared | mine)))
        assert network.vector.tobytes() != result.network.vector.tobytes()


def some_rows(count, size=None, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, len(X), size or rng.integers(1, 100)) for _ in range(count)]


@each_engine
@pytest.mark.parametrize("how", [{}, {"batch_size": 32}, {"sample_weight": WEIGHTS[0]}], ids=str)
@pytest.mark.parametrize("memory", [0, 2**26])
def test_rows_of_their_own(engine, how, memory, monkeypatch):
    """A bootstrap sample is trained on as if its rows had been handed in."""
    monkeypatch.setattr("clearprop.training.many.MEMORY", memory)
    rows = some_rows(len(MIXED))
    results = cp.fit_many(MIXED, X, Y, rows=rows, epochs=5, engine=engine, **how)
    weights = how.get("sample_weight")
    for network, result, mine in zip(MIXED, results, rows, strict=True):
        more = {} if weights is None else {"sample_weight": weights[mine]}
        same(result, cp.fit(network, X[mine], Y[mine], epochs=5, engine=engine, **(how | more)))


def test_rows_as_one_array_and_weights_of_each():
    rows, weights = np.array(some_rows(7, 50)), WEIGHTS
    results = cp.fit_many(MIXED, X, Y, rows=rows, sample_weight=weights, epochs=4)
    for index, (network, mine) in enumerate(zip(MIXED, rows, strict=True)):
        alone = cp.fit(network, X[mine], Y[mine], sample_weight=weights[index][mine], epochs=4)
        same(results[index], alone)


@native
@pytest.mark.parametrize("batch_size", [None, 9])
def test_the_number_of_threads_changes_no_bit(batch_size):
    networks, before, found = some(40), compiled.threads(), []
    try:
        for count in (1, 2, 4):
            cp.set_threads(count)
            results = cp.fit_many(networks, X, Y, epochs=30, batch_size=batch_size)
            found.append([(r.network.vector.tobytes(), r.losses.tobytes()) for r in results])
    finally:
        cp.set_threads(before)
    assert found[0] == found[1] == found[2]


@each_engine
def test_short_slices_and_few_at_a_time_change_no_bit(engine, monkeypatch):
    networks = some(9)
    how = {"epochs": 40, "batch_size": 10, "engine": engine}
    expected = cp.fit_many(networks, X, Y, **how)
    monkeypatch.setattr("clearprop.training.many.SLICE", 1e-5)
    monkeypatch.setattr("clearprop.training.many.MOST", 2)
    for result, alone in zip(cp.fit_many(networks, X, Y, **how), expected, strict=True):
        same(result, alone)


def test_no_networks_no_results():
    assert cp.fit_many([], X, Y) == []


def test_networks_may_come_from_a_generator():
    results = cp.fit_many((net for net in some(3)), X, Y, epochs=2)
    assert [result.epochs for result in results] == [2, 2, 2]


# --- memory -----------------------------------------------------------------------------------


@pytest.mark.parametrize("copy", [False, True])
def test_networks_share_the_data(copy):
    jobs = make_jobs([*MIXED, *MIXED], X, Y, None, None, "auto", EACH,
                     copy=copy, reduction="mean", frozen=(), shuffle=True)  # fmt: skip
    assert len({id(job.plan.X) for job in jobs}) == 2  # float64 and float32
    # Class numbers for two outputs and for three, 0 or 1, values.
    assert len({id(job.plan.targets) for job in jobs}) == 4
    assert any(np.shares_memory(job.plan.X, X) for job in jobs) != copy
    assert not any(job.plan.X.flags.writeable for job in jobs)
    alike = make_jobs(some(9), X, Y, None, None, "auto", EACH, copy=copy, reduction="mean",
                      frozen=(), shuffle=True)  # fmt: skip
    assert len({id(job.plan.architecture) for job in alike}) == 1


@pytest.mark.parametrize("rows", [None, 4000])
def test_memory_does_not_grow_with_copies_of_the_data(rows, monkeypatch):
    monkeypatch.setattr("clearprop.training.many.MEMORY", 2**20)
    wide = np.random.default_rng(0).normal(size=(4000, 20))  # 640 kB
    targets = (wide[:, 0] > 0).astype(int)
    networks = some(60, (20, 2))
    drawn = None if rows is None else [np.arange(rows)] * len(networks)
    cp.fit_many(networks[:1], wide, targets, epochs=1)
    tracemalloc.start()
    try:
        cp.fit_many(networks, wide, targets, rows=drawn, epochs=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Copies for each would be 38 MB; those on their way at a time are a few.
    assert peak < (2e6 if rows is None else 8e6)


RESIDENT = """
import resource, sys
import numpy as np, clearprop as cp
X = np.random.default_rng(0).normal(size=(5000, 4))
y = (X[:, 0] > 0).astype(int)
networks = [cp.Network([4, 32, 32, 2], seed=seed) for seed in range(int(sys.argv[1]))]
cp.fit_many(networks[:8], X, y, epochs=1, batch_size=500)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
cp.fit_many(networks, X, y, epochs=1, batch_size=500)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@native
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="kilobytes on Linux")
def test_a_run_that_is_done_holds_no_scratch_memory():
    done = subprocess.run([sys.executable, "-c", RESIDENT, "300"], capture_output=True, text=True,
                          check=True, timeout=60)  # fmt: skip
    # Its weights, result and so on are some 50 kB; its order of rows and scratch 500 kB.
    assert int(done.stdout) / 300 < 120
