"""Compare clearprop's accuracy with scikit-learn's MLPClassifier on four small data sets.

    python benchmarks/accuracy.py --repeats 20
    python benchmarks/accuracy.py --repeats 4 --datasets iris wine --activation tanh

Each repeat splits a data set anew into five stratified folds. Both sides see the same
standardised numbers, have the same hidden layers and activation, and run Adam with the same
learning rate and batch size for the same number of epochs: as many as scikit-learn takes
with its default stopping rule. scikit-learn adds ``alpha/2 · ΣW²`` once for each batch,
divided by the batch's rows, to the mean loss; ``l2 = alpha / batch_size`` is the same
objective here. Both draw their first weights from Glorot's distribution, which is what
scikit-learn always does; ``--initializer default`` takes clearprop's own choice instead (He's
for relu), which changes what is compared: how training starts, and not only how it goes on.

``--recipe command`` compares what people get who ask for nothing: ``clearprop train`` with its
own defaults (read from the command), against scikit-learn's.

The exit status is 1 if clearprop is more than one point below on any data set.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from click import Context
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

import clearprop as cp
from clearprop.cli.train import BATCH
from clearprop.cli.train import train as train_command

DATASETS: dict[str, Callable[..., Any]] = {
    "iris": load_iris,
    "wine": load_wine,
    "breast_cancer": load_breast_cancer,
    "digits": load_digits,
}
FOLDS, ALPHA, LEARNING_RATE, MOST_EPOCHS = 5, 1e-4, 1e-3, 2000
ALLOWED = 1.0  # points that clearprop may be lower
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Sides:
    """What both sides are told; ``initializer`` is clearprop's, None for its own choice.

    ``recipe`` holds what ``clearprop train`` does by default, where that is compared.
    """

    hidden: tuple[int, ...]
    activation: str
    initializer: str | None
    recipe: dict[str, Any] | None = None


def train_scikit_learn(X: Array, y: Array, sides: Sides, seed: int) -> MLPClassifier:
    """Return scikit-learn's classifier, trained until its own rule ends it."""
    peer = MLPClassifier(
        sides.hidden,
        activation=sides.activation,
        alpha=ALPHA,
        learning_rate_init=LEARNING_RATE,
        max_iter=MOST_EPOCHS,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return peer.fit(X, y)


def train_clearprop(X: Array, y: Array, sides: Sides, seed: int, epochs: int) -> cp.Network:
    """Return a network trained on the same objective for as many epochs."""
    classes, batch = int(y.max()) + 1, min(200, len(X))
    outputs, loss = (1, "logistic") if classes == 2 else (classes, "softmax_cross_entropy")
    net = cp.Network(
        [X.shape[1], *sides.hidden, outputs],
        sides.activation,
        loss,
        initializer=sides.initializer,
        seed=seed,
    )
    return cp.fit(
        net,
        X,
        y,
        optimizer="adam",
        learning_rate=LEARNING_RATE,
        epochs=epochs,
        batch_size=batch,
        l2=ALPHA / batch,
        seed=seed,
    ).network


def command_defaults() -> dict[str, Any]:
    """Return what ``clearprop train`` does where it is told nothing."""
    options = {
        option.name: option.get_default(Context(train_command)) for option in train_command.params
    }
    wanted = ("optimizer", "learning_rate", "epochs", "l2", "initializer", "activation")
    return {name: options[name] for name in wanted} | {"batch_size": BATCH}


def train_as_command(X: Array, y: Array, sides: Sides, seed: int) -> cp.Network:
    """Return a network trained as ``clearprop train`` does by default."""
    told = dict(sides.recipe or {})
    shape = [X.shape[1], *sides.hidden, int(y.max()) + 1]
    gate, initializer = told.pop("activation"), told.pop("initializer")
    net = cp.Network(shape, gate, initializer=initializer, seed=seed)
    return cp.fit(net, X, y, seed=seed, **told).network


def one_repeat(X: Array, y: Array, sides: Sides, repeat: int) -> tuple[float, float]:
    """Return the accuracies over all folds of one repeat: scikit-learn's and clearprop's."""
    right = np.zeros(2)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=repeat)
    for fold, (train, test) in enumerate(folds.split(X, y)):
        scaler = StandardScaler().fit(X[train])
        known, unknown = scaler.transform(X[train]), scaler.transform(X[test])
        seed = FOLDS * repeat + fold
        peer = train_scikit_learn(known, y[train], sides, seed)
        if sides.recipe:
            net = train_as_command(known, y[train], sides, seed)
        else:
            net = train_clearprop(known, y[train], sides, seed, peer.n_iter_)
        for side, answers in enumerate((peer.predict(unknown), net.predict(unknown))):
            right[side] += (answers == y[test]).sum()
    return float(right[0] / len(y)), float(right[1] / len(y))


def compare(name: str, repeats: int, sides: Sides) -> float:
    """Print a data set's line and return by how many points clearprop is higher."""
    began = time.perf_counter()
    X, y = DATASETS[name](return_X_y=True)
    pairs = [one_repeat(X, y, sides, repeat) for repeat in range(repeats)]
    points = 100 * np.array(pairs)
    mean, spread = points.mean(axis=0), points.std(axis=0)
    apart = points[:, 1] - points[:, 0]
    print(
        f"{name:<14}{mean[0]:>9.2f} ± {spread[0]:<6.2f}{mean[1]:>9.2f} ± {spread[1]:<6.2f}"
        f"{apart.mean():>+9.2f} ± {apart.std():<6.2f}{time.perf_counter() - began:>8.0f} s",
        flush=True,
    )
    return float(apart.mean())


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare on each data set asked for; return the exit status."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=20, help="five-fold splits of each data set")
    parser.add_argument("--datasets", nargs="+", choices=DATASETS, default=list(DATASETS))
    parser.add_argument("--hidden", default="16,16", help="neurons of each hidden layer")
    parser.add_argument("--activation", choices=("relu", "tanh"), default="relu")
    parser.add_argument(
        "--initializer", choices=("default", *cp.INITIALIZERS), default="glorot", help="clearprop's"
    )
    parser.add_argument("--recipe", choices=("same", "command"), default="same")
    asked = parser.parse_args(arguments)
    if asked.repeats < 1:
        parser.error("--repeats is at least 1")
    hidden = tuple(int(size) for size in asked.hidden.split(","))
    initializer = None if asked.initializer == "default" else asked.initializer
    recipe = command_defaults() if asked.recipe == "command" else None
    sides = Sides(hidden, asked.activation, initializer, recipe)
    told = recipe or {"activation": asked.activation, "initializer": asked.initializer}
    print(
        f"accuracy in points, mean ± spread over {asked.repeats} repeats of {FOLDS} folds; "
        f"hidden {asked.hidden}, {', '.join(f'{name} {value}' for name, value in told.items())}"
    )
    print(f"{'':<14}{'scikit-learn':>15}   {'clearprop':>15}   {'difference':>15}")
    apart = {name: compare(name, asked.repeats, sides) for name in asked.datasets}
    low = [name for name, points in apart.items() if points < -ALLOWED]
    if low:
        print(f"more than {ALLOWED:g} point below scikit-learn: {', '.join(low)}")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
