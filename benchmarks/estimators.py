"""clearprop's MLPClassifier and MLPRegressor beside scikit-learn's: how fast, and how accurate.

    python benchmarks/estimators.py speed      # fit and one-row predict_proba, in one process
    python benchmarks/estimators.py accuracy   # 20 paired repeats over nine data sets

Both sides are given the same settings, the same rows and the same ``random_state``, and one
thread. Speed: runs by turns, and the medians of each. Accuracy: each repeat draws a new split
and a new start; the differences are put to Wilcoxon's signed-rank test, and the p-values
corrected by Holm's method over the data sets.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from scipy.stats import wilcoxon
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import clearprop as cp
from suite.data import MAKERS
from suite.works import WORKS

Array: TypeAlias = np.ndarray[Any, Any]
Pair: TypeAlias = tuple[Callable[[], Any], Callable[[], Any]]
REPEATS = 20
WORSE = 0.01  # the p-value below which a data set counts as worse
MARKS = {"tabular": 8.0, "small": 25.0, "one row": 1.0}


def fits(name: str, dtype: str) -> Pair:
    """Return what trains scikit-learn's class and ours on a class of work of the suite."""
    work = WORKS[name]
    X, y = MAKERS[work.data](work)
    X = np.ascontiguousarray(X, dtype)
    told: dict[str, Any] = {
        "hidden_layer_sizes": work.layers[1:-1], "activation": work.activation,
        "solver": work.optimizer, "alpha": 1e-4, "batch_size": work.batch, "tol": 0.0,
        "learning_rate_init": work.learning_rate, "max_iter": work.epochs, "random_state": 0,
        "n_iter_no_change": work.epochs,
    }  # fmt: skip
    return (lambda: MLPClassifier(**told).fit(X, y), lambda: cp.MLPClassifier(**told).fit(X, y))


def single_rows(calls: int = 300) -> Pair:
    """Return what asks for the probabilities of one row, call after call."""
    theirs, ours = (fit() for fit in fits("small", "float64"))
    rows = np.random.RandomState(1).standard_normal((calls, 1, WORKS["small"].layers[0]))

    def asked(model: Any) -> Callable[[], Any]:
        return lambda: [model.predict_proba(row) for row in rows]

    return asked(theirs), asked(ours)


def by_turns(pair: Pair, runs: int) -> tuple[float, float]:
    """Return the median seconds of each of two, run by turns after a first run of each."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for run in range(runs + 1):
        for which, call in enumerate(pair):
            began = time.perf_counter()
            call()
            if run:
                seconds[which].append(time.perf_counter() - began)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


def speed(runs: int) -> bool:
    """Print the table of speeds; whether every mark is met."""
    pairs = [(n, d, fits(n, d)) for n in ("tabular", "small") for d in ("float32", "float64")]
    pairs.append(("one row", "float64", single_rows()))
    print(f"{'':10}{'':10}{'scikit-learn':>14}{'clearprop':>12}{'times':>8}{'mark':>7}")
    met = True
    for name, dtype, pair in pairs:
        theirs, ours = by_turns(pair, runs)
        times, mark = theirs / ours, MARKS[name]
        met = met and times >= mark
        print(f"{name:10}{dtype:10}{theirs:12.4f} s{ours:10.4f} s{times:8.1f}{mark:7g}")
    return met


def tables() -> Iterator[tuple[str, Any, Array, Array]]:
    """Return the data sets by name, each with the kind of estimator that it is for."""
    for name in ("iris", "wine", "breast_cancer", "digits"):
        yield name, "MLPClassifier", *getattr(datasets, f"load_{name}")(return_X_y=True)
    yield "diabetes", "MLPRegressor", *datasets.load_diabetes(return_X_y=True)
    yield "moons", "MLPClassifier", *datasets.make_moons(400, noise=0.3, random_state=0)
    yield (
        "five classes",
        "MLPClassifier",
        *datasets.make_classification(600, 20, n_informative=10, n_classes=5, random_state=1),
    )
    yield "friedman1", "MLPRegressor", *datasets.make_friedman1(500, noise=1.0, random_state=2)
    yield (
        "linear",
        "MLPRegressor",
        *datasets.make_regression(400, 15, n_informative=8, noise=20.0, random_state=3),
    )


def paired(kind: str, X: Array, y: Array, repeat: int) -> tuple[float, float]:
    """Return the held-out scores of scikit-learn's class and of ours in one repeat."""
    classes = kind == "MLPClassifier"
    parts = train_test_split(
        X, y, test_size=0.3, random_state=repeat, stratify=y if classes else None
    )
    scale = StandardScaler().fit(parts[0])
    train, test = scale.transform(parts[0]), scale.transform(parts[1])
    aim = parts[2:] if classes else [(t - parts[2].mean()) / parts[2].std() for t in parts[2:]]
    told: dict[str, Any] = {
        "hidden_layer_sizes": (32,),
        "max_iter": 80,
        "random_state": repeat,
        "batch_size": 32,
    }
    theirs = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}[kind](**told)
    ours = getattr(cp, kind)(**told, dtype="float32")  # so that the two part ways at all
    found = [model.fit(train, aim[0]).score(test, aim[1]) for model in (theirs, ours)]
    return float(found[0]), float(found[1])


def holm(values: list[float]) -> list[float]:
    """Return p-values corrected for their number, by Holm's method."""
    corrected, least = [0.0] * len(values), 0.0
    for rank, index in enumerate(np.argsort(values)):
        least = max(least, min(1.0, (len(values) - rank) * values[index]))
        corrected[index] = least
    return corrected


def accuracy(repeats: int) -> bool:
    """Print the table of scores; whether none is worse."""
    rows, values = [], []
    for name, kind, X, y in tables():
        theirs, ours = np.array([paired(kind, X, y, repeat) for repeat in range(repeats)]).T
        gained = np.round(ours - theirs, 6)  # what is smaller is float32's rounding: a tie
        worse = wilcoxon(gained, alternative="less").pvalue if gained.any() else 1.0
        values.append(float(worse))
        rows.append((name, theirs.mean(), ours.mean(), gained.mean(), abs(gained).max()))
    print(f"{'':14}{'scikit-learn':>13}{'clearprop':>11}{'gained':>10}{'at most':>9}{'p worse':>9}")
    corrected = holm(values)
    for (name, theirs, ours, gain, most), p in zip(rows, corrected, strict=True):
        print(f"{name:14}{theirs:13.4f}{ours:11.4f}{gain:+10.5f}{most:9.4f}{p:9.3f}")
    return min(corrected) >= WORSE


def main() -> None:
    """Print what was asked for; end with 1 where a mark is missed."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    asked.add_argument("what", choices=["speed", "accuracy"])
    asked.add_argument("--runs", type=int, default=5, help="speed: runs of each")
    asked.add_argument("--repeats", type=int, default=REPEATS, help="accuracy: repeats")
    told = asked.parse_args()
    cp.set_threads(1)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        met = speed(told.runs) if told.what == "speed" else accuracy(told.repeats)
    raise SystemExit(0 if met else 1)


if __name__ == "__main__":
    main()
