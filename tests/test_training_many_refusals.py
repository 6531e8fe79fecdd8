"""Many networks that cannot be trained, and what is said of them."""

import sys

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import ClearPropError, EngineError, NetworkError, TableError, TrainingError
from many_networks import X, Y, some

NETS = some(3)
WRONG = {
    "one network": ((NETS[0], X, Y), {}, TrainingError, ["list of networks", "cp.fit trains one"]),
    "no networks": ((3, X, Y), {}, TrainingError, ["list of networks", "not 3"]),
    "a text": ((["net"], X, Y), {}, TrainingError, ["trains a network", "'net'"]),
    "one that does not fit": (
        ([*NETS, cp.Network([3, 2])], X, Y), {}, NetworkError, ["networks[3]: X has", "3 column"],
    ),
    "its classes": (
        ([cp.Network([2, 3]), NETS[0]], X, Y * 2), {}, NetworkError, ["networks[1]: y holds"],
    ),
    "NaN": ((NETS, X * np.nan, Y), {}, NetworkError, ["X[0, 0] is nan"]),
    "rates": (None, {"learning_rate": [0.1, 0.2]}, TrainingError, ["learning_rate has", "3", "2"]),
    "a rate": (None, {"learning_rate": [0.1, 1, 0]}, TrainingError, ["networks[2]: learning_rate"]),
    "an optimizer": (
        None, {"optimizer": ["adam", "adm", "adam"]}, TableError, ["networks[1]: ", "'adam'?"],
    ),
    "seeds": (None, {"seed": range(4)}, TrainingError, ["seed has one value", "given 4"]),
    "a seed": (None, {"seed": np.array([0, -1, 2])}, TrainingError, ["networks[1]: seed", "-1"]),
    "epochs": (None, {"epochs": [1, 2, 0.5]}, TrainingError, ["networks[2]: epochs", "0.5"]),
    "two dimensions": (None, {"l2": np.ones((3, 2))}, TrainingError, ["l2 is a number"]),
    "frozen": (
        ([NETS[0], cp.Network([2, 2])], X, Y), {"frozen": ["b2"]}, TrainingError,
        ["networks[1]: there is no parameter 'b2'"],
    ),
    "rprop": (
        None, {"optimizer": ["adam", "adam", "rprop"], "batch_size": 5}, TrainingError,
        ["networks[2]: rprop needs the gradient over all rows"],
    ),
    "weights": (
        None, {"sample_weight": np.ones((2, 60))}, TrainingError, ["3 networks", "(2, 60)"],
    ),
    "few weights": (None, {"sample_weight": np.ones((3, 9))}, NetworkError, ["60 samples", "(9,)"]),
    "weights of 0": (
        None, {"sample_weight": np.repeat([1.0, 0, 1], 60).reshape(3, 60)}, NetworkError,
        ["networks[1]: sample weights", "not all 0"],
    ),
    "rows of weight 0": (
        None, {"sample_weight": np.arange(60.0), "rows": [[1], [0, 0], [2]]}, NetworkError,
        ["networks[1]: sample weights", "not all 0"],
    ),
    "one list of rows": (None, {"rows": [3, 4, 5]}, TrainingError, ["one list of 3", "X[rows]"]),
    "too few rows": (None, {"rows": [[1], [2]]}, TrainingError, ["each of the 3", "given 2 lists"]),
    "rows beyond": (
        None, {"rows": [[1], [60], [2]]}, TrainingError, ["networks[1]: ", "0 to 59", "60"],
    ),
    "rows from behind": (None, {"rows": [[1], [-1], [2]]}, TrainingError, ["networks[1]: ", "-1"]),
    "no rows": (None, {"rows": [[1], [2], []]}, TrainingError, ["networks[2]: ", "at least one"]),
    "half rows": (None, {"rows": [[1], [0.5], [2]]}, TrainingError, ["networks[1]", "[0.5]"]),
    "a mask": (None, {"rows": [Y == 1] * 3}, TrainingError, ["np.flatnonzero(mask)"]),
    "rows in words": (None, {"rows": "all"}, TrainingError, ["numbers of its rows", "'all'"]),
    "rows in a number": (None, {"rows": 7}, TrainingError, ["numbers of its rows", "7"]),
    "callbacks": (None, {"callbacks": print}, TrainingError, ["one ManyProgress"]),
    "every": (None, {"callbacks": [cp.Every(3, print)]}, TrainingError, ["20 times a second"]),
    "an answer": (None, {"callbacks": [lambda progress: 1]}, TrainingError, ["returns True"]),
    "engine": (None, {"engine": "gpu"}, EngineError, ["no engine 'gpu'"]),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_runs_that_cannot_start(what):
    data, how, kind, words = WRONG[what]
    with pytest.raises(ClearPropError) as caught:
        cp.fit_many(*(data or (NETS, X, Y)), **({"epochs": 2} | how))
    assert type(caught.value) is kind
    for word in words:
        assert word in str(caught.value)


def test_a_library_that_is_missing_is_named_before_any_training(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    seen = []
    with pytest.raises(ClearPropError, match=r"clearprop\[scipy\]"):
        cp.fit_many(NETS, X, Y, optimizer=["adam", "adam", "lbfgs"], callbacks=[seen.append])
    assert not seen
