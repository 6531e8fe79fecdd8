"""Training runs that cannot start, and what is said of them."""

import importlib

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import ClearPropError, EngineError, NetworkError, TableError, TrainingError

fit_module = importlib.import_module("clearprop.training.fit")
NET = cp.Network([2, 3, 2])
XS, YS = np.linspace(-1, 1, 8).reshape(4, 2), np.array([0, 1, 0, 1])
VALUES = cp.Network([2, 1], loss="squared_error")


def every_0(progress):
    """A callback whose period makes no sense."""


every_0.every = 0


class Twice:
    """Visits row 0 twice."""

    def rows(self, n_rows, epoch):
        return np.maximum(np.arange(n_rows) - 1, 0)


WRONG = {
    "no rows": ((NET, XS[:0], YS[:0]), {}, TrainingError, ["no rows", "nothing to learn"]),
    "NaN in X": ((NET, XS * [[1, np.nan]], YS), {}, NetworkError, ["X[0, 1] is nan"]),
    "inf in X": ((NET, np.where(XS > 0.9, -np.inf, XS), YS), {}, NetworkError, ["X[3, 1] is -inf"]),
    "NaN in y": ((VALUES, XS, [1, 2, np.nan, 0]), {}, NetworkError, ["y[2, 0] is nan"]),
    "classes": ((NET, XS, YS + 1), {}, NetworkError, ["y[1] is 2"]),
    "rate 0": (None, {"learning_rate": 0}, TrainingError, ["learning_rate", "above 0", "0"]),
    "rate -1": (None, {"learning_rate": -1.0}, TrainingError, ["above 0", "-1.0"]),
    "rate nan": (None, {"learning_rate": np.nan}, TrainingError, ["above 0", "nan"]),
    "rate text": (None, {"learning_rate": "fast"}, TrainingError, ["above 0", "'fast'"]),
    "rate truth": (None, {"learning_rate": True}, TrainingError, ["above 0", "True"]),
    "l2": (None, {"l2": -0.1}, TrainingError, ["l2", "from 0 up", "-0.1"]),
    "l2 inf": (None, {"l2": np.inf}, TrainingError, ["l2", "inf"]),
    "epochs": (None, {"epochs": 0}, TrainingError, ["epochs", "at least 1", "0"]),
    "half an epoch": (None, {"epochs": 0.5}, TrainingError, ["epochs is a whole number", "0.5"]),
    "batch": (None, {"batch_size": 0}, TrainingError, ["batch_size", "at least 1"]),
    "seed": (None, {"seed": -1}, TrainingError, ["seed", "2**32 - 1", "-1"]),
    "seed text": (None, {"seed": "a"}, TrainingError, ["seed", "'a'"]),
    "huge seed": (None, {"seed": 2**32}, TrainingError, ["seed", str(2**32)]),
    "reduction": (None, {"reduction": "max"}, NetworkError, ['"mean" or "sum"', "'max'"]),
    "frozen": (None, {"frozen": ["W3"]}, TrainingError, ["'W3' to freeze", "W1, b1, W2, b2"]),
    "frozen number": (None, {"frozen": 3}, TrainingError, ["frozen is a list", "3"]),
    "weights": (None, {"sample_weight": [1]}, NetworkError, ["sample_weight", "4 samples"]),
    "optimizer": (None, {"optimizer": "adm"}, TableError, ["'adm'", "Did you mean 'adam'?"]),
    "its parameter": (None, {"optimizer": "adam(beta=1)"}, TableError, ["no parameter 'beta'"]),
    "batches": (
        None,
        {"optimizer": "rprop", "batch_size": 2},
        TrainingError,
        ["rprop needs the gradient over all rows", "adam"],
    ),
    "lbfgs batches": ({}, {"optimizer": "lbfgs", "batch_size": 2}, TrainingError, ["all rows"]),
    "engine": (None, {"engine": "gpu"}, EngineError, ["no engine 'gpu'", "auto, "]),
    "callbacks": (None, {"callbacks": print}, TrainingError, ["list of functions"]),
    "a callback": (None, {"callbacks": ["print"]}, TrainingError, ["list of functions"]),
    "every 0": (None, {"callbacks": [every_0]}, TrainingError, ["number of epochs or None, not 0"]),
    "no network": (("net", XS, YS), {}, TrainingError, ["fit trains a network", "not 'net'"]),
    "no X": ((NET, None, YS), {}, NetworkError, ["X is missing", "2 column(s)"]),
    "no y": ((NET, XS, None), {}, NetworkError, ["y is missing", "class number", "4 samples"]),
    "names of classes": (
        (NET, XS, np.array(["a", "b"])[YS]),
        {},
        NetworkError,
        ["np.unique(y, return_inverse=True)", "cp.prepare"],
    ),
    "a rate for lbfgs": (
        None,
        {"optimizer": "lbfgs", "learning_rate": 0.1},
        TrainingError,
        ["lbfgs finds the length of each step", "leave learning_rate out", "0.1"],
    ),
    "shuffle text": (None, {"shuffle": "no"}, TrainingError, ["shuffle", "'no'", "cp.Shuffled"]),
    "no order": (None, {"shuffle": Twice()}, TrainingError, ["no order of 4 rows"]),
    "l2 truth": (None, {"l2": True}, TrainingError, ["l2", "True"]),
}


@pytest.mark.parametrize("what", WRONG)
def test_runs_that_cannot_start(what):
    data, how, kind, words = WRONG[what]
    with pytest.raises(ClearPropError) as caught:
        cp.fit(*(data or (NET, XS, YS)), **({"epochs": 2} | how))
    assert type(caught.value) is kind
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("every", "function", "words"),
    [(0, print, "number of epochs"), (True, print, "number of epochs"), (3, None, "not None")],
)
def test_every_is_refused_where_it_is_made(every, function, words):
    with pytest.raises(TrainingError, match=words):
        cp.Every(every, function)
