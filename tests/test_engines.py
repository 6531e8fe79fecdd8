"""Engines: every one keeps the protocol, and agrees with hand-written loops."""

import dataclasses
import time

import numpy as np
import pytest

import clearprop as cp
import peers
from clearprop.engines import ENGINES, Plan, State, choose_engine
from clearprop.engines.reference import starting_slots
from clearprop.errors import EngineError
from clearprop.training.planning import make_plan
from gradient_checks import check_training, error, problem

NEVER, AT_ONCE = float("inf"), float("-inf")
DESCENDING = [name for name, row in cp.OPTIMIZERS.items() if row.updates]
MINIBATCH = [name for name in DESCENDING if not cp.OPTIMIZERS[name].full_batch]


def plan_of(net, X, y, **how):
    defaults = {
        "optimizer": "adam", "learning_rate": 0.05, "epochs": 6, "batch_size": None, "l2": 0.1,
        "reduction": "mean", "sample_weight": None, "frozen": (), "shuffle": True, "seed": 5,
    }  # fmt: skip
    return make_plan(net, X, y, **(defaults | how))


def start(plan, net):
    return State(net.vector, starting_slots(plan.optimizer, plan.learning_rate, net.vector))


def bits(state):
    return (
        state.vector.tobytes(),
        {name: array.tobytes() for name, array in state.slots.items()},
        state.step,
        state.running,
    )


@pytest.fixture(params=ENGINES)
def engine(request):
    return ENGINES[request.param]


def ran(engine, plan, state, *stops):
    """Advance to each stop in turn; returns the last state and all losses."""
    losses = []
    for stop in stops:
        advance = engine.advance(state, plan, stop, NEVER)
        assert not advance.failed
        assert advance.state.step == stop
        state, losses = advance.state, losses + list(advance.losses)
    return state, losses


@pytest.mark.parametrize("batch_size", [None, 3])
@pytest.mark.parametrize("optimizer", DESCENDING)
def test_in_pieces_or_at_once_the_bits_are_the_same(engine, optimizer, batch_size):
    if batch_size and optimizer not in MINIBATCH:
        batch_size = None
    net, X, y = problem([2, 3, 2])
    plan = plan_of(net, X, y, optimizer=optimizer, batch_size=batch_size)
    last = plan.epochs * plan.steps_per_epoch
    whole, losses = ran(engine, plan, start(plan, net), last)
    pieces, pieces_losses = ran(engine, plan, start(plan, net), 1, 2, 4, last - 1, last)
    assert bits(pieces) == bits(whole)
    assert pieces_losses == losses
    assert len(losses) == plan.epochs


def test_a_deadline_ends_a_slice_and_changes_no_bit(engine):
    net, X, y = problem([2, 3, 2])
    plan = plan_of(net, X, y, batch_size=2)
    last = plan.epochs * plan.steps_per_epoch
    whole, losses = ran(engine, plan, start(plan, net), last)
    state, seen, slices = start(plan, net), [], 0
    while state.step < last:
        advance = engine.advance(state, plan, last, AT_ONCE)
        assert advance.state.step > state.step
        state, slices = advance.state, slices + 1
        seen += list(advance.losses)
    assert bits(state) == bits(whole)
    assert seen == losses
    assert slices > 1


def test_control_comes_back_at_about_the_deadline(engine):
    net, X, y = problem([2, 8, 2], rows=100)
    plan = plan_of(net, X, y, epochs=10**9)
    engine.advance(start(plan, net), plan, 3, NEVER)  # makes what is made once
    began = time.perf_counter()
    advance = engine.advance(start(plan, net), plan, 10**9, began + 0.05)
    assert 0.04 < time.perf_counter() - began < 0.15
    assert advance.state.step > 10


def test_the_state_given_is_never_written(engine):
    net, X, y = problem([2, 3, 2])
    plan = plan_of(net, X, y, batch_size=3)
    state, before_net = start(plan, net), net.vector.tobytes()
    first, _ = ran(engine, plan, state, 2)
    before = bits(state), bits(first), X.tobytes(), y.tobytes()
    ran(engine, plan, first, 9)
    ran(engine, plan, first, 3, 4, 5)
    assert (bits(state), bits(first), X.tobytes(), y.tobytes()) == before
    assert net.vector.tobytes() == before_net


def test_a_run_goes_on_from_a_state_alone(engine):
    """Saved in the middle of an epoch, and taken up by a plan made anew."""
    net, X, y = problem([2, 3, 2])
    plan = plan_of(net, X, y, batch_size=2, optimizer="adam")
    whole, _ = ran(engine, plan, start(plan, net), 17)
    state, _ = ran(engine, plan, start(plan, net), 6)
    assert state.running > 0
    saved = State(
        state.vector.copy(), {n: a.copy() for n, a in state.slots.items()}, 6, state.running
    )
    other, _, _ = problem([2, 3, 2], seed=9)
    again = plan_of(other, X, y, batch_size=2, optimizer="adam")
    assert bits(ran(engine, again, saved, 17)[0]) == bits(whole)


def test_the_same_seed_gives_the_same_bits_and_another_gives_others(engine):
    net, X, y = problem([2, 3, 2], rows=40)

    def trained(seed):
        plan = plan_of(net, X, y, batch_size=7, seed=seed)
        return ran(engine, plan, start(plan, net), 6 * 6)

    one, again, other = trained(5), trained(5), trained(6)
    assert bits(one[0]) == bits(again[0])
    assert one[1] == again[1]
    assert bits(one[0]) != bits(other[0])


def test_nan_ends_an_advance_with_the_last_finite_state(engine):
    net, X, y = problem([1, 4, 1], "relu", "squared_error")
    plan = plan_of(
        net, X, y, optimizer="gradient_descent", learning_rate=50.0, epochs=10**4, l2=0.0
    )
    advance = engine.advance(start(plan, net), plan, 10**4, NEVER)
    assert advance.failed
    assert 0 < advance.state.step < 1000
    assert len(advance.losses) == advance.state.step
    assert np.isfinite(advance.state.vector).all()
    again = engine.advance(advance.state, plan, 10**4, NEVER)
    assert again.failed
    assert bits(again.state) == bits(advance.state)


def test_a_slot_that_overflows_ends_an_advance_too(engine):
    """Squares of float32 gradients: w would stay put for ever, silently."""
    net, X, y = problem([1, 1], loss="absolute_error", dtype="float32")
    X = np.float32(1e20) * X
    assert np.isfinite(net.gradients(X, y)["W1"]).all()
    plan = plan_of(net, X, y, optimizer="rmsprop", l2=0.0, reduction="sum", epochs=3)
    advance = engine.advance(start(plan, net), plan, 3, NEVER)
    assert advance.failed
    assert advance.state.step == 0


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_states_keep_the_networks_precision(engine, dtype):
    net, X, y = problem([2, 3, 2], "gelu", dtype=dtype)
    for optimizer in DESCENDING:
        plan = plan_of(net, X, y, optimizer=optimizer, sample_weight=np.arange(7.0))
        state, _ = ran(engine, plan, start(plan, net), 4)
        kept = {str(array.dtype) for array in (state.vector, *state.slots.values())}
        assert kept == {dtype}, optimizer


# What check_training holds a run to: each optimizer, then one feature at a time.
@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "squared_error"])
@pytest.mark.parametrize("optimizer", DESCENDING)
def test_fifty_steps_of_every_optimizer_against_a_hand_written_loop(engine, optimizer, loss):
    net, X, y = problem([3, 5, 2], loss=loss, rows=20)
    check_training(
        net, X, y, optimizer=optimizer, rate=0.02, epochs=50, l2=0.05, engine_name=engine.name
    )


FEATURES = {
    "small last batch": {"batch_size": 8},
    "one row at a time": {"batch_size": 1, "epochs": 3},
    "a batch beyond all rows": {"batch_size": 1000},
    "sums": {"reduction": "sum", "rate": 0.005},
    "sums in batches": {"reduction": "sum", "rate": 0.005, "batch_size": 8, "l2": 0.1},
    "l2 in batches": {"batch_size": 8, "l2": 0.2},
    "sample weights": {"sample_weight": np.arange(20) % 4, "l2": 0.1},
    "weighted batches": {"sample_weight": np.arange(20) % 4, "batch_size": 8},
    "weighted sums": {
        "sample_weight": np.arange(20) % 4, "batch_size": 8, "reduction": "sum", "rate": 0.005,
    },
    "batches of weight 0": {"sample_weight": np.arange(20) == 7, "batch_size": 3},
    "frozen biases": {"frozen": ("b1", "b2"), "batch_size": 8},
    "a frozen layer": {"frozen": ("W1", "b1"), "l2": 0.3},
}  # fmt: skip


@pytest.mark.parametrize("optimizer", ["nesterov", "adamw"])
@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_against_a_hand_written_loop(engine, feature, optimizer):
    net, X, y = problem([3, 5, 3], rows=20)
    check_training(net, X, y, optimizer=optimizer, engine_name=engine.name, **FEATURES[feature])


@pytest.mark.parametrize("gate", ["relu", "sigmoid", "softplus", "leaky_relu"])
def test_deep_networks_with_shared_biases(engine, gate):
    net, X, y = problem([3, 4, 4, 3], gate, shared_bias=True, rows=10)
    check_training(net, X, y, optimizer="momentum", batch_size=4, engine_name=engine.name)


@pytest.mark.parametrize("optimizer", DESCENDING)
def test_frozen_parameters_keep_their_bits(engine, optimizer):
    net, X, y = problem([2, 3, 2])
    result = cp.fit(net, X, y, optimizer=optimizer, epochs=20, l2=0.5, frozen=["W1", "b2"],
                    engine=engine.name)  # fmt: skip
    for name, array in result.network.parameters.items():
        moved = array.tobytes() != net.parameters[name].tobytes()
        assert moved == (name not in ("W1", "b2")), name


def test_engines_agree_with_the_reference(engine):
    net, X, y = problem([4, 9, 3], rows=50)
    for optimizer in MINIBATCH:
        how = {"optimizer": optimizer, "epochs": 10, "batch_size": 16, "l2": 0.01}
        found = cp.fit(net, X, y, engine=engine.name, **how)
        expected = cp.fit(net, X, y, engine="reference", **how)
        assert error(found.network.vector, expected.network.vector) < 1e-10
        assert error(found.losses, expected.losses) < 1e-10


class Refuses:
    name = "picky"

    def unsupported(self, plan):
        return "it knows no tanh"


def test_auto_takes_the_first_engine_that_can(monkeypatch):
    net, X, y = problem([2, 3, 2])
    plan = plan_of(net, X, y)
    assert isinstance(plan, Plan)
    others = dict(ENGINES)
    ENGINES.clear()
    try:
        ENGINES.update({"picky": Refuses()} | others)
        assert choose_engine("auto", plan).name == next(iter(others))
        assert choose_engine("reference", plan).name == "reference"
        with pytest.raises(EngineError, match="picky engine cannot do this: it knows no tanh"):
            choose_engine("picky", plan)
        with pytest.raises(EngineError, match="no engine 'gpu'; there are: auto, picky"):
            choose_engine("gpu", plan)
    finally:
        ENGINES.clear()
        ENGINES.update(others)


def test_the_peers_know_every_optimizer():
    assert set(peers.UPDATES) == set(DESCENDING)


class Slowing:
    """Learning rates that differ from step to step, and begin anew each epoch."""

    def of(self, epoch, steps):
        return 0.05 / (1 + epoch + np.arange(steps) / 3)


HOW_TO_STEP = {
    "rates": {"rates": Slowing()},
    "a shared penalty": {"shared_penalty": True},
    "another share shown": {"shown": 0.25},
    "earlier steps": {"earlier": 11},
    "a shortened gradient": {"clip": 0.05},
    "all at once": {"rates": Slowing(), "shared_penalty": True, "shown": 2.0, "clip": 0.3},
}  # fmt: skip


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("batch_size", [None, 3])
@pytest.mark.parametrize("name", HOW_TO_STEP)
def test_every_way_to_step_against_a_loop_by_hand(engine, name, batch_size, weighted):
    net, X, y = problem([2, 3, 2])
    weights = np.linspace(0.2, 2, len(X)) if weighted else None
    plan = plan_of(net, X, y, batch_size=batch_size, sample_weight=weights)
    plan = dataclasses.replace(plan, **HOW_TO_STEP[name])
    last = plan.epochs * plan.steps_per_epoch
    state, losses = ran(engine, plan, start(plan, net), 1, 4, last)
    vector, m, v = net.vector.copy(), 0.0, 0.0
    wanted = np.zeros(plan.epochs)
    for step in range(last):
        epoch, batch = divmod(step, plan.steps_per_epoch)
        order = plan.order.rows(plan.n_rows, epoch)
        rows = np.arange(plan.n_rows) if order is None else order
        rows = rows[batch * plan.batch_size : (batch + 1) * plan.batch_size]
        here = {"sample_weight": None if weights is None else weights[rows]}
        count = len(rows) if weights is None else weights[rows].sum()
        l2 = plan.l2 / count if plan.shared_penalty else plan.l2
        now = cp.Network.of(net.architecture, vector)
        data = now.loss(X[rows], y[rows], **here)
        penalty = now.loss(X[rows], y[rows], l2=l2, **here) - data
        wanted[epoch] += (plan.shown * data + penalty) * len(rows) / plan.n_rows
        slopes = now.gradients(X[rows], y[rows], l2=l2, **here)
        g = np.concatenate([slope.ravel() for slope in slopes.values()])
        g = g * min(1, (plan.clip or np.inf) / np.linalg.norm(g))
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        t = plan.earlier + step + 1
        rate = plan.learning_rate if plan.rates is None else plan.rates.of(epoch, 9)[batch]
        rate *= np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        vector = vector - rate * m / (np.sqrt(v) + 1e-8)
    np.testing.assert_allclose(state.vector, vector, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(losses, wanted, rtol=1e-12)
