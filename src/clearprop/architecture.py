"""The shape of a network, without its numbers: layers, gates, loss, and its circuit.

The circuit is what everything else reads: the reference engine runs it, and its backward
circuit is the matrix form of back-propagation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import numpy as np

from .backprop import backward
from .circuit import Wire, apply, constant, input
from .errors import NetworkError
from .loss_circuit import LossWires, apply_loss
from .operations import Shape
from .program import Program
from .settings import check_seed, check_truth
from .tables.gates import GATES, Gate, activations
from .tables.initializers import INITIALIZERS, Initializer
from .tables.losses import LOSSES, Loss

T = TypeVar("T")

MAX_LAYERS = 1_000
MAX_PARAMETERS = 2**31
REDUCTIONS = ("mean", "sum")


@dataclass(frozen=True)
class Objective:
    """What is minimised: ``reduction(sample losses) + l2/2 · ΣW²`` (weights, not biases).

    Parameters
    ----------
    reduction : {"mean", "sum"}
        Over samples; a mean is weighted by sample weights, where there are any.
    penalised : bool
        Whether the l2 term is there.
    weighted : bool
        Whether each sample's loss is multiplied by a weight of its own.
    """

    reduction: str = "mean"
    penalised: bool = False
    weighted: bool = False

    def __post_init__(self) -> None:
        """See that the reduction is one of the two."""
        if not isinstance(self.reduction, str) or self.reduction not in REDUCTIONS:
            raise NetworkError(
                f'reduction is "mean" or "sum" over the samples, not {self.reduction!r}'
            )


@dataclass(frozen=True, eq=False)
class NetworkCircuit:
    """A network as wires, for any number N of rows.

    ``z[i]`` and ``a[i]`` belong to layer i + 1; ``a[-1]`` are the scores. ``count`` is
    what a mean divides by (N, or the sum of sample weights).
    """

    X: Wire
    targets: Wire
    parameters: Mapping[str, Wire]
    z: tuple[Wire, ...]
    a: tuple[Wire, ...]
    losses: Wire
    data: Wire
    penalty: Wire
    objective: Wire
    count: Wire
    l2: Wire
    sample_weight: Wire

    @property
    def scores(self) -> Wire:
        """What goes into the loss, of shape (N, n_outputs)."""
        return self.a[-1]


@dataclass(frozen=True, eq=False)
class Architecture:
    """Layers, gates, loss: all that decides a network's circuit.

    Parameters
    ----------
    layers : tuple of int
        Number of inputs, of neurons in each hidden layer, of outputs.
    gates : tuple of Gate
        The activation after each layer of weights; the last is the output activation.
    loss : Loss
    shared_bias : bool
        One bias for all neurons of a layer.
    """

    layers: tuple[int, ...]
    gates: tuple[Gate, ...]
    loss: Loss
    shared_bias: bool = False
    _made: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """See that the numbers make a network."""
        if len(self.layers) < 2:
            raise NetworkError(
                "layers lists inputs, hidden layers and outputs, such as [2, 3, 2]; "
                f"given {list(self.layers)}"
            )
        if len(self.layers) > MAX_LAYERS:
            raise NetworkError(
                f"a network has at most {MAX_LAYERS:,} layers (inputs and outputs count); "
                f"given {len(self.layers):,}"
            )
        for size in self.layers:
            if isinstance(size, bool) or not isinstance(size, int) or size < 1:
                raise NetworkError(
                    f"each layer has a whole number of neurons, at least 1, not {size!r}"
                )
        if self.loss.targets == "class" and self.layers[-1] < 2:
            raise NetworkError(
                f"{self.loss.name} compares the scores of classes, so it needs at least 2 "
                f"outputs; for two classes with one output take loss='logistic'"
            )
        if self.n_parameters > MAX_PARAMETERS:
            raise NetworkError(
                f"this network would have {self.n_parameters:,} parameters; at most "
                f"{MAX_PARAMETERS:,} can be held. Make its widest layers smaller"
            )

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave out what was made on the way: a copy makes its own when asked."""
        return type(self), (self.layers, self.gates, self.loss, self.shared_bias)

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of each parameter, in the order W1, b1, W2, b2, ..."""
        found: dict[str, tuple[int, ...]] = {}
        for layer, (n_in, n_out) in enumerate(zip(self.layers, self.layers[1:], strict=False), 1):
            found[f"W{layer}"] = (n_in, n_out)
            found[f"b{layer}"] = () if self.shared_bias else (n_out,)
        return MappingProxyType(found)

    @cached_property
    def places(self) -> Mapping[str, slice]:
        """Where each parameter stands in the flat vector of all of them."""
        places, start = {}, 0
        for name, shape in self.shapes.items():
            places[name] = slice(start, start := start + math.prod(shape))
        return MappingProxyType(places)

    @cached_property
    def n_parameters(self) -> int:
        """How many numbers are learned."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def circuit(self, objective: Objective = Objective()) -> NetworkCircuit:
        """Return the network's wires; the same ones each time."""
        return self._once(objective, lambda: _build(self, objective))

    def backward(self, objective: Objective = Objective()) -> Mapping[str, Wire]:
        """Return the backward circuit: the wire of each parameter's gradient, by its name."""

        def build() -> Mapping[str, Wire]:
            circuit = self.circuit(objective)
            slopes = backward(circuit.objective, circuit.parameters.values())
            return MappingProxyType({wire.name: slope for wire, slope in slopes.items()})

        return self._once(("backward", objective), build)

    def probabilities(self) -> Wire:
        """Return the wire of the outputs' probabilities (CircuitError if the loss has none)."""
        scores = self.circuit().scores
        return self._once("probabilities", lambda: LossWires(self.loss, scores, None).probability)

    def program(self, wires: tuple[Wire, ...], dtype: Any) -> Program:
        """Return the program that computes these wires; made once."""
        return self._once((wires, np.dtype(dtype)), lambda: Program(wires, dtype))

    def _once(self, key: Any, make: Callable[[], T]) -> T:
        if key not in self._made:
            # Two threads may both make it; setdefault decides for all whose is the one kept.
            self._made.setdefault(key, make())
        found: T = self._made[key]
        return found


def _build(net: Architecture, objective: Objective) -> NetworkCircuit:
    X = input("X", shape=("N", net.layers[0]))
    parameters = {name: input(name, shape=shape) for name, shape in net.shapes.items()}
    z: list[Wire] = []
    a: list[Wire] = []
    flowing = X
    for layer, gate in enumerate(net.gates, 1):
        product = flowing @ parameters[f"W{layer}"]
        z.append((product + parameters[f"b{layer}"]).named(f"Z{layer}"))
        last_plain = layer == len(net.gates) and gate.name == "identity"
        flowing = z[-1] if last_plain else apply(gate, z[-1]).named(f"A{layer}")
        a.append(flowing)
    shape: Shape = ("N",) if net.loss.targets == "class" else ("N", net.layers[-1])
    targets = input("y", shape=shape)
    losses = apply_loss(net.loss, flowing, targets).named("losses")
    count, l2 = input("count"), input("l2")
    sample_weight = input("sample_weight", shape=("N",))
    total = (losses * sample_weight if objective.weighted else losses).sum()
    data = total / count if objective.reduction == "mean" else total
    penalty = _penalty(parameters, l2) if objective.penalised else constant(0.0)
    loss = (data + penalty if objective.penalised else data).named("loss")
    return NetworkCircuit(
        X, targets, MappingProxyType(parameters), tuple(z), tuple(a), losses, data, penalty, loss,
        count, l2, sample_weight,
    )  # fmt: skip


def _penalty(parameters: Mapping[str, Wire], l2: Wire) -> Wire:
    squares = [apply("square", w).sum() for name, w in parameters.items() if name[0] == "W"]
    total = squares[0]
    for more in squares[1:]:
        total = total + more
    return l2 * 0.5 * total


def gates_of(
    layers: Sequence[int],
    activation: str | Gate | Sequence[str | Gate],
    output_activation: str | Gate,
) -> tuple[Gate, ...]:
    """Return the gate after each layer of weights.

    One activation serves all hidden layers; a sequence has one for each.
    """
    hidden = max(len(layers) - 2, 0)
    if not isinstance(activation, str | Gate | Sequence):
        raise NetworkError(f"activation is a gate's name, or a list of them, not {activation!r}")
    given = [activation] * hidden if isinstance(activation, str | Gate) else list(activation)
    if len(given) != hidden:
        raise NetworkError(
            f"{hidden} hidden layer(s), but {len(given)} activation(s): give one for all or one "
            "for each"
        )
    found = tuple(GATES.resolve(gate) for gate in (*given, output_activation))
    for gate in found:
        if not gate.activation:
            offered = ", ".join(activations())
            raise NetworkError(f"{gate.name} is not an activation; there are: {offered}")
    return found


_ALIVE: WeakValueDictionary[Any, Architecture] = WeakValueDictionary()


def architecture(
    layers: Sequence[int],
    activation: str | Gate | Sequence[str | Gate] = "tanh",
    loss: str | Loss = "softmax_cross_entropy",
    output_activation: str | Gate = "identity",
    shared_bias: bool = False,
) -> Architecture:
    """Make an architecture from what a person writes.

    Raises
    ------
    NetworkError, TableError
        If the layers make no network, or a name is in no table.
    """
    try:
        sizes = tuple(n if isinstance(n, bool) or n != int(n) else int(n) for n in layers)
    except (TypeError, ValueError, OverflowError):
        raise NetworkError(
            f"layers is a list of whole numbers, such as [2, 3, 2], not {layers!r}"
        ) from None
    gates = gates_of(sizes, activation, output_activation)
    shared = check_truth(shared_bias, "shared_bias")
    new = Architecture(sizes, gates, LOSSES.resolve(loss), shared)
    # Networks of one architecture share it, and the circuits and programs made of it.
    return _ALIVE.setdefault((new.layers, new.gates, new.loss, new.shared_bias), new)


def initial_vector(
    shape: Architecture, initializer: str | Initializer | None, seed: int
) -> np.ndarray[Any, Any]:
    """Return the parameters that a network starts from: weights drawn, biases 0."""
    draws = np.random.RandomState(check_seed(seed))
    flat = np.zeros(shape.n_parameters)
    for (name, place), gate in zip(
        ((n, p) for n, p in shape.places.items() if n[0] == "W"), shape.gates, strict=True
    ):
        row = INITIALIZERS.resolve(initializer or gate.initializer)
        fan_in, fan_out = size = shape.shapes[name]
        scale = row.scale_for(fan_in, fan_out)
        drawn = draws.randn(*size) if row.distribution == "normal" else draws.uniform(-1, 1, size)
        flat[place] = (drawn * scale).ravel()
    return flat
