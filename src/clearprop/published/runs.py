"""Training runs: data, first weights, gradient descent, and the losses on the way.

>>> from clearprop.published.reading import read_example
>>> run = RunPart(read_example("moons").parts[0])
>>> round(run.value(Quantity("loss", updates=1), run.procedure), 6)
0.432387
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from ..data import make_blobs, make_circles, make_moons, make_spirals
from ..errors import ClearPropError, ExampleError
from ..network import Network
from ..samples import check_features, check_targets
from ..tables.initializers import Initializer
from ..tables.optimizers import OPTIMIZERS
from .procedure import Descent, Goal, Procedure
from .quantities import Quantity
from .reading import Part, as_list, as_mapping, as_number, check_keys

Array: TypeAlias = np.ndarray[Any, Any]

MAKERS: Mapping[str, Callable[..., tuple[Array, Array]]] = {
    "moons": make_moons,
    "spirals": make_spirals,
    "circles": make_circles,
    "blobs": make_blobs,
}
AFTER_THE_DATA = "after the data"


def network_of(given: Any, where: str) -> Network:
    """Return the network that a file describes.

    Raises
    ------
    ExampleError
        If it describes none.
    """
    data = as_mapping(given, where)
    known = ("layers", "activation", "output_activation", "loss", "shared_bias")
    check_keys(data, known, where)
    if "layers" not in data:
        raise ExampleError(f"{where}: layers are missing, such as [2, 3, 2]")
    try:
        return Network(**data)
    except ClearPropError as error:
        raise ExampleError(f"{where}: {error}") from None


class RunPart:
    """A training run; its quantities are ``loss`` and ``accuracy`` after so many updates."""

    n_outputs = 1

    def __init__(self, part: Part) -> None:
        self.part = part
        self.where = f"{part.where}.run" if part.where else "run"
        data = as_mapping(part.data["run"], self.where)
        check_keys(data, ("data", "network", "weights", "training", "loss"), self.where)
        for key in ("data", "network", "training"):
            if key not in data:
                raise ExampleError(f"{self.where}: {key} is missing")
        bare = network_of(data["network"], f"{self.where}.network")
        draws, X, y = _samples(data["data"], f"{self.where}.data")
        try:
            self.X = check_features(X, bare.layers[0], np.float64)
            self.y = check_targets(y, len(self.X), bare.architecture, np.float64)
        except ClearPropError as error:
            raise ExampleError(f"{self.where}.data: {error}") from None
        self.network = _weighted(bare, data.get("weights", {}), draws, f"{self.where}.weights")
        self.procedure = self._procedure(data)
        self._descents: dict[Procedure, Descent] = {}

    @property
    def sample_count(self) -> int:
        """How many samples are learned from."""
        return len(self.X)

    def _procedure(self, data: Mapping[str, Any]) -> Procedure:
        where = f"{self.where}.training"
        training = as_mapping(data["training"], where)
        check_keys(training, ("optimizer", "learning_rate", "reduction", "l2", "biases"), where)
        step = _goal(training, where)
        shown = step
        if "loss" in data:
            loss = as_mapping(data["loss"], f"{self.where}.loss")
            check_keys(loss, ("reduction", "l2"), f"{self.where}.loss")
            shown = _goal(loss, f"{self.where}.loss")
        if "learning_rate" not in training:
            raise ExampleError(f"{where}: learning_rate is missing")
        optimizer = training.get("optimizer", "gradient_descent")
        if not isinstance(optimizer, str) or optimizer not in OPTIMIZERS:
            raise ExampleError(
                f"{where}.optimizer: one of {', '.join(OPTIMIZERS)}, not {optimizer!r:.60}"
            )
        biases = training.get("biases", "trained")
        if biases not in ("kept", "trained"):
            raise ExampleError(f"{where}.biases: kept or trained, not {biases!r:.60}")
        return Procedure(
            step,
            shown,
            rate=as_number(training["learning_rate"], f"{where}.learning_rate"),
            optimizer=optimizer,
            biases=biases,
        )

    def check(self, quantity: Quantity, where: str) -> None:
        """See that the quantity is one of a run."""
        if quantity.by or quantity.of not in ("loss", "accuracy"):
            raise ExampleError(
                f"{where}: a run has loss and accuracy, such as 'loss after 100 updates'; not "
                f"{str(quantity)!r}"
            )
        if quantity.of == "accuracy" and self.network.architecture.loss.targets == "value":
            raise ExampleError(f"{where}: a network that predicts values has no accuracy")

    def stepped(self, procedure: Procedure) -> bool:
        """Tell whether the way of this procedure has been gone already."""
        return procedure.path() in self._descents

    def after(self, updates: int, procedure: Procedure) -> Network | None:
        """Return the network after some updates; None where it is not finite by then."""
        path = procedure.path()
        if path not in self._descents:
            self._descents[path] = Descent(self.network, self.X, self.y, path)
        try:
            return self._descents[path].after(updates)
        except ClearPropError as error:
            raise ExampleError(f"{self.where}.training: {error}") from None

    def value(self, quantity: Quantity, procedure: Procedure) -> float:
        """Return a loss or an accuracy as a procedure gives it; NaN where it gives none."""
        shift = procedure.shift if quantity.updates else 0
        network = self.after(max(0, quantity.updates + shift), procedure)
        if network is None:
            return math.nan
        if quantity.of == "accuracy":
            right = np.asarray(network.predict(self.X)).reshape(self.y.shape) == self.y
            return float(right.mean())
        return self.loss(network, procedure.shown) * procedure.factor

    def loss(self, network: Network, goal: Goal) -> float:
        """Return an objective of a network."""
        return network.loss(self.X, self.y, l2=goal.l2, reduction=goal.reduction)

    def gradient(self, network: Network, goal: Goal) -> dict[str, Array]:
        """Return an objective's gradient."""
        return network.gradients(self.X, self.y, l2=goal.l2, reduction=goal.reduction)


def _goal(data: Mapping[str, Any], where: str) -> Goal:
    reduction = data.get("reduction", "mean")
    if reduction not in ("mean", "sum"):
        raise ExampleError(f"{where}.reduction: mean or sum, not {reduction!r}")
    l2 = as_number(data.get("l2", 0), f"{where}.l2")
    if l2 < 0:
        raise ExampleError(f"{where}.l2: a number from 0 up, not {l2:g}")
    return Goal(reduction, l2)


def _samples(given: Any, where: str) -> tuple[np.random.RandomState, Array, Array]:
    data = dict(as_mapping(given, where))
    if "make" not in data:
        check_keys(data, ("X", "y"), where)
        if len(data) < 2:
            raise ExampleError(f"{where}: give X and y, or make (one of {', '.join(MAKERS)})")
        rows, wanted = as_list(data["X"], f"{where}.X"), as_list(data["y"], f"{where}.y")
        try:
            return np.random.RandomState(0), np.array(rows, float), np.array(wanted)
        except (TypeError, ValueError):
            raise ExampleError(f"{where}: X and y are rows of numbers") from None
    maker = data.pop("make")
    if not isinstance(maker, str) or maker not in MAKERS:
        raise ExampleError(f"{where}.make: one of {', '.join(MAKERS)}, not {maker!r}")
    seed = data.pop("random_state", None)
    if type(seed) is not int or not 0 <= seed < 2**32:
        raise ExampleError(f"{where}.random_state: a whole number from 0 up, not {seed!r}")
    draws = np.random.RandomState(seed)
    try:
        X, y = MAKERS[maker](**data, random_state=draws)
    except (ClearPropError, TypeError) as error:
        raise ExampleError(f"{where}: {error}") from None
    return draws, X, y


def _weighted(net: Network, given: Any, draws: np.random.RandomState, where: str) -> Network:
    """Draw the first weights: normal numbers times a scale, biases 0."""
    data = as_mapping(given, where)
    check_keys(data, ("scale", "seed"), where)
    seed = data.get("seed", 0)
    if seed != AFTER_THE_DATA:
        if type(seed) is not int or not 0 <= seed < 2**32:
            raise ExampleError(f"{where}.seed: a whole number, or {AFTER_THE_DATA!r}, not {seed!r}")
        draws = np.random.RandomState(seed)
    try:
        row = Initializer("given", "normal", str(data.get("scale", "1 / sqrt(fan_in)")))
    except ClearPropError as error:
        raise ExampleError(f"{where}.scale: {error}") from None
    arrays = {}
    for name, shape in net.architecture.shapes.items():
        scale = row.scale_for(*shape) if name[0] == "W" else 0.0
        arrays[name] = scale * draws.randn(*shape) if scale else np.zeros(shape)
    return net.with_parameters(arrays)
