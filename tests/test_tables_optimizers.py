"""Every optimizer of the table: fifty steps down a badly scaled valley, beside code by hand."""

import math

import numpy as np
import pytest

from clearprop.errors import TableError
from clearprop.numerics import REAL
from clearprop.tables import OPTIMIZERS, Optimizer
from clearprop.tables.expression import Meaning, fold

pytestmark = pytest.mark.filterwarnings("error")

STEPS = 50
CURVATURE = np.array([90.0, 1.0, 0.01, 3.0])
BOTTOM = np.array([0.5, -2.0, 10.0, 0.0])
START = np.array([1.5, 3.0, -4.0, -0.25])
IS_WEIGHT = np.array([1.0, 1.0, 0.0, 1.0])  # the third is a bias


def slope(w):
    return CURVATURE * (w - BOTTOM)


def height(w):
    return float(np.sum(CURVATURE * (w - BOTTOM) ** 2) / 2)


def run(row, learning_rate, gradient=slope, steps=STEPS):
    """Carry out a row's updates, in order; return the parameters after each step."""
    fixed = {**row.parameters, "learning_rate": learning_rate, "is_weight": IS_WEIGHT}
    state = {"w": START.copy()}
    for name, tree in row.slot_trees.items():
        state[name] = np.full(len(START), fold(tree, Meaning(fixed, REAL, np.float64)))
    path = []
    for t in range(1, steps + 1):
        names = {**fixed, **state, "g": gradient(state["w"]), "t": float(t)}
        for name, tree in row.update_trees.items():
            names[name] = fold(tree, Meaning(names, REAL, np.float64))
        state = {name: names[name] for name in state}
        path.append(state["w"])
    return np.array(path)


# The same once more, one parameter at a time and without the table.


def gradient_descent(w, g, t, memory, rate, weight):
    return w - rate * g


def momentum(w, g, t, memory, rate, weight, keep=0.9):
    memory["v"] = keep * memory.get("v", 0.0) - rate * g
    return w + memory["v"]


def nesterov(w, g, t, memory, rate, weight, keep=0.9):
    memory["v"] = keep * memory.get("v", 0.0) - rate * g
    return w + keep * memory["v"] - rate * g


def rmsprop(w, g, t, memory, rate, weight):
    memory["r"] = 0.9 * memory.get("r", 0.0) + 0.1 * g**2
    return w - rate * g / (math.sqrt(memory["r"]) + 1e-8)


def adam(w, g, t, memory, rate, weight):
    memory["m"] = 0.9 * memory.get("m", 0.0) + 0.1 * g
    memory["v"] = 0.999 * memory.get("v", 0.0) + 0.001 * g**2
    rate *= math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return w - rate * memory["m"] / (math.sqrt(memory["v"]) + 1e-8)


def adamw(w, g, t, memory, rate, weight):
    memory["m"] = 0.9 * memory.get("m", 0.0) + 0.1 * g
    memory["v"] = 0.999 * memory.get("v", 0.0) + 0.001 * g**2
    first, second = memory["m"] / (1 - 0.9**t), memory["v"] / (1 - 0.999**t)
    shrunk = w - rate * 0.01 * w if weight else w
    return shrunk - rate * first / (math.sqrt(second) + 1e-8)


def rprop(w, g, t, memory, rate, weight):
    step, before = memory.get("step", rate), memory.get("before", 0.0)
    if g * before > 0:
        step = min(step * 1.2, 50.0)
    elif g * before < 0:
        step, g = max(step * 0.5, 1e-6), 0.0
    memory["step"], memory["before"] = step, g
    return w - step * (g > 0) + step * (g < 0)


BY_HAND = [gradient_descent, momentum, nesterov, rmsprop, adam, adamw, rprop]
EACH_BY_HAND = pytest.mark.parametrize("by_hand", BY_HAND, ids=lambda f: f.__name__)
WITH_UPDATES = [row for row in OPTIMIZERS.values() if row.updates]
EACH_ROW = pytest.mark.parametrize("row", WITH_UPDATES, ids=lambda row: row.name)


@EACH_BY_HAND
@pytest.mark.parametrize("learning_rate", [0.01, 0.002])
def test_fifty_steps_are_those_of_code_written_by_hand(by_hand, learning_rate):
    w, memories = START.tolist(), [{} for _ in START]
    wanted = []
    for t in range(1, STEPS + 1):
        g = slope(np.array(w)).tolist()
        w = [
            by_hand(w[i], g[i], t, memories[i], learning_rate, bool(IS_WEIGHT[i]))
            for i in range(len(w))
        ]
        wanted.append(w)
    path = run(OPTIMIZERS[by_hand.__name__], learning_rate)
    np.testing.assert_allclose(path, wanted, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("name", "kind", "settings"),
    [
        ("adam", "AdamOptimizer", {}),
        ("gradient_descent", "SGDOptimizer", {"momentum": 0.0, "nesterov": False}),
        ("momentum", "SGDOptimizer", {"momentum": 0.9, "nesterov": False}),
        ("nesterov", "SGDOptimizer", {"momentum": 0.9, "nesterov": True}),
    ],
)
def test_fifty_steps_are_those_of_scikit_learn(name, kind, settings):
    optimizers = pytest.importorskip("sklearn.neural_network._stochastic_optimizers")
    w = START.copy()
    theirs = getattr(optimizers, kind)([w], learning_rate_init=0.01, **settings)
    wanted = []
    for _ in range(STEPS):
        theirs.update_params([w], [slope(w)])
        wanted.append(w.copy())
    np.testing.assert_allclose(run(OPTIMIZERS[name], 0.01), wanted, rtol=1e-12, atol=0)


@EACH_ROW
def test_fifty_steps_lead_downhill(row):
    path = run(row, row.learning_rate)
    assert height(path[-1]) < height(START)
    assert np.isfinite(path).all()
    assert (path[0] != START).all()


@EACH_ROW
def test_a_parameter_moves_by_its_own_gradient_only(row):
    def one_steeper(w):
        return np.where(np.arange(len(w)) == 1, 7.0, 1.0) * slope(w)

    changed, path = run(row, row.learning_rate, one_steeper), run(row, row.learning_rate)
    others = np.arange(len(START)) != 1
    np.testing.assert_array_equal(changed[:, others], path[:, others])


@EACH_ROW
def test_a_nan_gradient_is_not_hidden(row):
    def broken(w):
        return np.where(np.arange(len(w)) == 1, np.nan, slope(w))

    path = run(row, row.learning_rate, broken, steps=3)
    assert np.isnan(path[:, 1]).all()
    assert np.isfinite(path[:, [0, 2, 3]]).all()


def test_only_weights_shrink_with_adamw():
    still = run(OPTIMIZERS["adamw"], 0.1, lambda w: 0 * w, steps=2)
    np.testing.assert_allclose(still[1][IS_WEIGHT == 1], START[IS_WEIGHT == 1] * 0.999**2)
    np.testing.assert_array_equal(still[1][IS_WEIGHT == 0], START[IS_WEIGHT == 0])


def test_lbfgs_is_left_to_scipy():
    assert not OPTIMIZERS["lbfgs"].updates
    assert [row.name for row in OPTIMIZERS.values() if row.method != "updates"] == ["lbfgs"]
    assert OPTIMIZERS["lbfgs"].method == "lbfgs"
    assert OPTIMIZERS["lbfgs"].full_batch


WRONG_OPTIMIZERS = {
    # what is wrong: (updates, further columns, a part of the message)
    "unknown name": ({"w": "w - alpha * g"}, {}, "update of w: 'w - alpha * g' uses alpha"),
    "name used before it is made": ({"v": "g", "w": "w - u", "u": "v"}, {}, "'w - u' uses u"),
    "w never updated": ({"v": "v + g"}, {"slots": {"v": "0"}}, "no update moves the parameter w"),
    "slot that starts with a gradient": (
        {"w": "w - g"},
        {"slots": {"v": "g"}},
        "slot v: 'g' uses g; it may use learning_rate",
    ),
    "slot named like the parameter": ({"w": "w - g"}, {"slots": {"w": "0"}}, "something else"),
    "slot with a bad name": ({"w": "w - g"}, {"slots": {"V": "0"}}, "'V' cannot be the name"),
    "setting named like the gradient": (
        {"w": "w - g"},
        {"parameters": {"g": 1.0}},
        "the parameter 'g' has the name of something else",
    ),
    "not an expression": ({"w": "w - g ** 2"}, {}, "pow(a, b)"),
    "w without w": ({"w": "-learning_rate * g"}, {}, "the new value of w does not depend on w"),
    "w a number": ({"u": "learning_rate", "w": "u"}, {}, "does not depend on w"),
    "slot a number": (
        {"v": "learning_rate", "w": "w - v"},
        {"slots": {"v": "0"}},
        "the slot v depends on none of w, g and the slots",
    ),
    "updates of a name that means something": ({"t": "g", "w": "w - t"}, {}, "something else"),
    "no updates": ({}, {}, "the method 'updates' needs updates"),
    "updates of SciPy's": ({"w": "w - g"}, {"method": "lbfgs"}, "'lbfgs' has no updates"),
    "SciPy's without a memory": ({}, {"method": "lbfgs"}, "lbfgs needs the parameter 'memory'"),
    "unknown method": ({}, {"method": "newton"}, "method is one of updates, lbfgs, not 'newton'"),
    "updates not a mapping": (None, {}, "updates is a mapping"),
    "learning rate of 0": ({"w": "w - g"}, {"learning_rate": 0}, "learning_rate is above 0"),
    "learning rate a text": ({"w": "w - g"}, {"learning_rate": "1"}, "must be a number"),
    "a function that is none": ({"w": "w - sign(g)"}, {}, "there is no function 'sign'"),
}


@pytest.mark.parametrize("wrong", WRONG_OPTIMIZERS)
def test_a_wrong_optimizer_cannot_be_built(wrong):
    updates, columns, message = WRONG_OPTIMIZERS[wrong]
    with pytest.raises(TableError) as caught:
        Optimizer("my_steps", updates, **columns)
    assert "my_steps" in str(caught.value)
    assert message in str(caught.value)


def test_a_right_one_can():
    row = Optimizer(
        "my_steps",
        {"u": "keep * v + g", "v": "u", "old": "w", "w": "old - learning_rate * u"},
        slots={"v": "0 * learning_rate"},
        parameters={"keep": 0.5},
    )
    assert height(run(row, 0.001)[-1]) < height(START)
