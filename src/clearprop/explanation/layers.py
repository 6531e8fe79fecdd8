"""The derivation of one parameter of a network of any size: layer by layer, with whole arrays.

>>> import numpy as np
>>> import clearprop as cp
>>> net, x = cp.Network([20, 30, 30, 4], "tanh"), np.linspace(-1, 1, 20)
>>> found = explain_layers(net, x, 2, "W1[3,5]")
>>> found.source, found.target, [split.layer for split in found.splits], found.splits[1].count
('x[3]', 'δ1[5]', [3, 2], 30)
>>> bool(np.isclose(found.total, net.gradients(x[None], [2])["W1"][3, 5]))
True
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..architecture import Architecture, Objective
from ..backprop import backward
from ..errors import NetworkError
from ..network import Network
from ..settings import check_l2
from ..tables.expression import Expression
from ..tables.gates import Gate
from . import reading
from .batches import sample_shares, samples, together, weights_of
from .derivation import Step, Subject
from .finding import Place, called, find_parameter, no_parameter
from .layer_derivation import LayerDerivation, LayerValues, Split, Summary
from .layers_run import central_difference, rows
from .matrix import matrix_beside
from .matrix_reading import slope_wires
from .naming import Naming

Array = np.ndarray[Any, np.dtype[Any]]
MOST_TERMS = 5  # that a split lists, unless all of them are hardly more
ALL_TERMS = 8


def explain_layers(
    net: Network,
    x: ArrayLike,
    y: ArrayLike,
    wrt: str,
    *,
    notation: str = "matrix",
    l2: float = 0.0,
    reduction: str = "mean",
    sample_weight: ArrayLike | None = None,
    learning_rate: float | None = None,
    sample: int = 0,
    most: int = MOST_TERMS,
) -> LayerDerivation:
    """Explain how the loss moves with one parameter, layer by layer.

    Parameters
    ----------
    net : Network
        Of any size: 784-512-512-10 takes a fraction of a second.
    x : array of shape (n_inputs,) or (n_samples, n_inputs)
    y : class number or array
    wrt : str
        One number of a parameter, ``W1[300,5]``, ``b2[7]`` (or ``w785``, ``b_h1_3``).
    notation, l2, reduction, sample_weight, learning_rate, sample
        As for :meth:`clearprop.Network.explain`.
    most : int
        How many terms each sum lists.

    Raises
    ------
    NetworkError
        If the data do not fit, or there is no such number.
    """
    shape = net.architecture
    X, targets = samples(net, x, y)
    if not 0 <= sample < len(X):
        raise NetworkError(f"sample is a row's number from 0 to {len(X) - 1}, not {sample!r}")
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise NetworkError(f"most is how many terms are listed, from 1 up, not {most!r}")
    Objective(reduction)  # which says what is wrong with it
    found = find_parameter(shape, wrt)
    if found is None:
        raise no_parameter(shape, wrt)
    array, place = found
    if place is None:
        first = called(Naming(shape, "matrix"), array, (0,) * len(shape.shapes[array]))
        raise NetworkError(f"{wrt} is a whole array; ask for one of its numbers, such as {first}")
    naming = Naming(shape, notation)
    run = _Run(net, naming, array, place, most, X[sample], targets[sample])
    splits = tuple(run.splits())
    source, target, slope = run.product()
    name = called(naming, array, place)
    shares = sample_shares(net, X, targets, array, place) if len(X) > 1 else (slope,)
    weights = weights_of(sample_weight, len(X))
    value = float(net.parameters[array][place])
    penalty = check_l2(l2) * value if array[0] == "W" else 0.0
    total = together(shares, weights, reduction) + penalty
    right = f"o{int(targets[sample]) + 1}" if shape.loss.targets == "class" else ""
    return LayerDerivation(
        subject=Subject(
            "network", shape.layers, tuple(str(gate) for gate in shape.gates), str(shape.loss),
            reduction, len(X), sample, check_l2(l2), right, weights,
        ),
        wrt=name,
        array=array,
        place=place,
        wrt_value=value,
        value=run.loss,
        layers=tuple(run.layers()),
        steps=tuple(run.steps.values()),
        source=source,
        target=target,
        splits=splits,
        shares=shares,
        slope=slope,
        penalty=penalty,
        total=total,
        learning_rate=learning_rate,
        updated=None if learning_rate is None else value - learning_rate * total,
        check=central_difference(net, array, place, X[sample], targets[sample], slope),
        matrix=matrix_beside(
            net, wrt, l2=l2, reduction=reduction, sample_weight=sample_weight
        ),
    )  # fmt: skip


@dataclass
class _Run:
    """The arrays of one sample, and the numbers among them that are spoken of.

    Layers count from 1; ``self.first`` is that of the parameter.
    """

    net: Network
    naming: Naming
    array: str
    place: Place
    most: int
    x: Array
    y: Any
    steps: dict[str, Step] = field(default_factory=dict)
    chances: Array | None = None

    def __post_init__(self) -> None:
        """Run the network's circuit forward and backward."""
        self.first = int(self.array[1:])
        circuit = self.shape.circuit(Objective("sum"))
        layers = range(self.first, self.naming.last + 1)
        total = circuit.losses.sum()
        deltas = backward(total, [circuit.z[k - 1] for k in layers])
        slopes = {
            k: slope_wires(self.shape.gates[k - 1], circuit.z[k - 1], circuit.a[k - 1])[0]
            for k in layers
        }
        wires = [*circuit.z, *circuit.a, circuit.losses, *deltas.values()]
        wires += [wire for wire in slopes.values() if wire is not None]
        values = rows(self.net, circuit, wires, self.x[None], np.asarray(self.y)[None])
        self.z = {k: values[wire] for k, wire in enumerate(circuit.z, 1)}
        self.a = {k: values[wire] for k, wire in enumerate(circuit.a, 1)}
        self.delta = dict(zip(layers, (values[w] for w in deltas.values()), strict=True))
        self.loss = float(values[circuit.losses])
        self.slope = {
            k: np.broadcast_to(self._number(k) if w is None else values[w], self.z[k].shape)
            for k, w in slopes.items()
        }

    @property
    def shape(self) -> Architecture:
        return self.net.architecture

    def _gate(self, layer: int) -> Gate:
        return self.shape.gates[layer - 1]

    def _number(self, layer: int) -> float:
        return reading.value_of(self._gate(layer).slope_trees[0], {})

    @property
    def shared(self) -> bool:
        """Whether the parameter goes into every neuron of its layer."""
        return not self.place

    def layers(self) -> Iterator[LayerValues]:
        for k in range(1, self.naming.last + 1):
            last_plain = k == self.naming.last and self._gate(k).name == "identity"
            a = None if last_plain else _summary(self.a[k])
            delta = _summary(self.delta[k]) if k in self.delta else None
            yield LayerValues(k, str(self._gate(k)), _summary(self.z[k]), a, delta)

    def product(self) -> tuple[str, str, float]:
        """Return the names of source and target, and their product."""
        target = self._target()
        delta = self.steps[target].value
        if self.array[0] == "b":
            return "", target, delta
        k, index = self.first, self.place[0]
        source = self.naming.given(index) if k == 1 else self.naming.a(k - 1, index)
        value = float(self.x[index] if k == 1 else self.a[k - 1][index])
        self._say(source, value)
        return source, target, value * delta

    def _target(self) -> str:
        """Speak of δ where the parameter goes in, and of what the neuron does."""
        k = self.first
        if self.shared:
            name = f"Σδ{k}"
            self._say(name, float(self.delta[k].sum()))
            return name
        index = self.place[-1]
        self._neuron(k, index)
        self._delta(k, index)
        return self._delta_name(k, index)

    def _neuron(self, k: int, index: int) -> None:
        z, a = self.naming.z(k, index), self.naming.a(k, index)
        self._say(z, float(self.z[k][index]))
        if a != z:
            formula = reading.call(str(self._gate(k)), reading.name(z))
            self._say(a, float(self.a[k][index]), formula, str(self._gate(k)))

    def _say(
        self, name: str, value: float, formula: Expression | None = None, gate: str = ""
    ) -> None:
        self.steps.setdefault(name, Step(name, value, formula, None, gate, True))

    def _delta_name(self, k: int, index: int) -> str:
        if self.naming.notation == "matrix":
            return f"δ{k}[{index}]"
        return f"δ_{self.naming.neuron(k, index)}"

    def _slope_name(self, k: int, index: int) -> str:
        """Speak of a gate's slope at a neuron, and return its name; empty if there is no gate."""
        z, a, gate = self.naming.z(k, index), self.naming.a(k, index), self._gate(k)
        if gate.name == "identity":
            return ""
        self._neuron(k, index)
        names = {gate.inputs[0]: reading.name(z), "y": reading.name(a)}
        names |= {p: reading.number(v) for p, v in gate.parameters.items()}
        for part, tree in gate.part_trees.items():
            names[part] = reading.put_in(tree, names)
        values = {step.name: step.value for step in self.steps.values()}
        tree = reading.simplified(reading.put_in(gate.slope_trees[0], names), values)
        name = f"{gate.name}'({z})"
        self._say(name, float(self.slope[k][index]), tree, gate.name)
        return name

    def _delta(self, k: int, index: int) -> None:
        """Speak of a neuron's δ; of an output's as the slope of the loss."""
        name, value = self._delta_name(k, index), float(self.delta[k][index])
        if name in self.steps:
            return
        formula = self._of_the_loss(index) if k == self.naming.last else None
        if formula is not None and (slope := self._slope_name(k, index)):
            formula = reading.call("multiply", formula, reading.name(slope))
        self._say(name, value, formula)

    def _of_the_loss(self, index: int) -> Expression | None:
        """Return the loss's slope by an output as people write it, where that is in one line."""
        loss, naming = self.shape.loss, self.naming
        tree = loss.shown_tree
        score, target, chance = naming.score(index), naming.target(index), ""
        known = {"s": reading.name(score)}
        known |= {p: reading.number(v) for p, v in loss.parameters.items()}
        if loss.targets == "class":
            known["hit"] = reading.number(float(int(self.y) == index))
        else:
            known["target"] = reading.name(target)
        if loss.probability == "p":
            chance = naming.of_output("p", index)
            known["p"] = reading.name(chance)
        if not tree.names() <= known.keys():
            return None
        if chance and "p" in tree.names():
            self._say(chance, float(self._probabilities()[index]))
        if "s" in tree.names():
            self._neuron(naming.last, index)
        if "target" in tree.names():
            self._say(target, float(np.asarray(self.y)[index]))
        values = {step.name: step.value for step in self.steps.values()}
        return reading.simplified(reading.put_in(tree, known), values)

    def _probabilities(self) -> Array:
        if self.chances is None:
            wire, circuit = self.shape.probabilities(), self.shape.circuit()
            self.chances = rows(self.net, circuit, [wire], self.x[None], None)[wire]
        return self.chances

    def splits(self) -> Iterator[Split]:
        """Yield δ of the target by each later layer, from the last one back.

        How a neuron's sum moves with the target's is carried forward from layer to layer.
        """
        k, last = self.first, self.naming.last
        moves = np.ones_like(self.z[k])
        if not self.shared:
            moves = np.zeros_like(self.z[k])
            moves[self.place[-1]] = 1.0
        found = {k: moves}
        for layer in range(k + 1, last + 1):
            weights = np.asarray(self.net.parameters[f"W{layer}"], np.float64)
            found[layer] = (found[layer - 1] * self.slope[layer - 1]) @ weights
        for layer in range(last, k if not self.shared else k - 1, -1):
            yield self._split(layer, found[layer])

    def _split(self, layer: int, moves: Array) -> Split:
        near = layer == self.first + 1 and not self.shared
        factors = moves
        if near:  # the weights themselves; what is common to all terms stands before them
            index = self.place[-1]
            factors = np.asarray(self.net.parameters[f"W{layer}"][index], np.float64)
        terms = factors * self.delta[layer]
        size = np.abs(terms)
        count = len(terms) if len(terms) <= ALL_TERMS else self.most
        chosen = np.argsort(-size, kind="stable")[:count]
        chosen = chosen[size[chosen] > 0]
        whole = float(size.sum())
        covered = float(size[chosen].sum()) / whole if whole else 1.0
        formula = self._sum(layer, factors, chosen, np.delete(terms, chosen))
        name, value = self._whole()
        if near and (slope := self._slope_name(self.first, self.place[-1])):
            formula = reading.call("multiply", reading.name(slope), formula)
        step = Step(name, value, formula, None, "", True)
        return Split(layer, len(terms), tuple(map(int, chosen)), min(covered, 1.0), step)

    def _whole(self) -> tuple[str, float]:
        if self.shared:
            return f"Σδ{self.first}", float(self.delta[self.first].sum())
        index = self.place[-1]
        return self._delta_name(self.first, index), float(self.delta[self.first][index])

    def _sum(self, layer: int, factors: Array, chosen: Array, others: Array) -> Expression:
        parts = []
        for index in map(int, chosen):
            self._delta(layer, index)
            part = reading.name(self._delta_name(layer, index))
            if factor := self._factor_name(layer, index):
                self._say(factor, float(factors[index]))
                part = reading.call("multiply", reading.name(factor), part)
            parts.append(part)
        if len(others) and np.any(others):
            self._say(f"rest{layer}", math.fsum(others))
            parts.append(reading.name(f"rest{layer}"))
        if not parts:
            return reading.number(0.0)
        found = parts[0]
        for part in parts[1:]:
            found = reading.call("add", found, part)
        return found

    def _factor_name(self, layer: int, index: int) -> str:
        """Return what δ of a later neuron is multiplied with; empty where it is 1."""
        k, naming = self.first, self.naming
        z = naming.z(layer, index)
        if self.shared:
            return "" if layer == k else f"d{z}/d{naming.bias(k, 0)}"
        if layer == k + 1:
            return naming.weight(layer, self.place[-1], index)
        return f"d{z}/d{naming.z(k, self.place[-1])}"


def _summary(numbers: Array) -> Summary:
    return Summary(
        int(numbers.size), float(numbers.min()), float(numbers.max()), float(numbers.mean()),
        int(np.count_nonzero(numbers == 0)),
    )  # fmt: skip
