"""What the native engine's tests share: their mark, and ways to call the compiled code."""

import hashlib
import os
import subprocess
import sys
import time

import numpy as np
import pytest

import clearprop as cp
from clearprop import compiled
from clearprop.engines import ENGINES, State
from clearprop.engines.reference import starting_slots
from clearprop.training.planning import make_plan

WHY_NOT = compiled.missing()
NEEDS_NATIVE = pytest.mark.skipif(WHY_NOT is not None, reason=f"no native engine: {WHY_NOT}")
NEVER = float("inf")
# An editable installation finds its own sources first, whatever stands in front on the path.
NOT_EDITABLE = """import sys
sys.meta_path[:] = [f for f in sys.meta_path if not type(f).__name__.startswith("ScikitBuild")]
"""


def skip_unknown(*rows):
    """Skip where a row is newer than the build; one test of its own fails for that."""
    if why := compiled.unknown(row for row in rows if getattr(row, "activation", True)):
        pytest.skip(why)


def evaluate(gate, *inputs):
    """A gate's value and slopes by the compiled code, in the inputs' own precision."""
    arrays = [np.ascontiguousarray(x) for x in inputs]
    value = np.full_like(arrays[0], 7.0)
    slopes = [np.full_like(value, 7.0) for _ in arrays]
    call = compiled.of_precision("evaluate", value.dtype)
    call(gate.name, arrays, value, slopes, list(gate.parameters.values()))
    return value, slopes


def gradient_plan(net, X, y, **how):
    """A plan for an engine's loss and gradient."""
    return plan_of(net, X, y, **({"epochs": 1, "l2": 0.0} | how))


def plan_of(net, X, y, **how):
    defaults = {
        "optimizer": "adam", "learning_rate": None, "epochs": 5, "batch_size": None, "l2": 0.0,
        "reduction": "mean", "sample_weight": None, "frozen": (), "shuffle": True, "seed": 5,
    }  # fmt: skip
    return make_plan(net, X, y, **(defaults | how))


def start(plan, net):
    return State(net.vector, starting_slots(plan.optimizer, plan.learning_rate, net.vector))


def carried(plan, net, *, engine="native", seconds=None):
    """Carry a plan out, in slices of some seconds; the state and the losses, or AssertionError."""
    state, losses, last = start(plan, net), [], plan.epochs * plan.steps_per_epoch
    while state.step < last:
        deadline = NEVER if seconds is None else time.perf_counter() + seconds
        advance = ENGINES[engine].advance(state, plan, last, deadline)
        assert not advance.failed
        state, losses = advance.state, losses + list(advance.losses)
    return state, losses


def digest(*arrays):
    """One hash of the bits of several arrays."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def digest_of(result):
    """One hash of the weights and the losses of a run."""
    return digest(result.network.vector, result.losses, np.float64(result.loss))


def both(net, X, y, **how):
    """The same run by the native engine and by the reference."""
    return (
        cp.fit(net, X, y, engine="native", **how),
        cp.fit(net, X, y, engine="reference", **how),
    )


def python(*arguments, **variables):
    """Run Python in a process of its own, where the same package is found; returns it."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        env=environment, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
