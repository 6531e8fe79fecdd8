"""A network by the names of its neurons, as the literature draws it.

>>> import clearprop as cp
>>> drawn = draw_out(cp.Network([2, 2, 2], shared_bias=True).architecture, 0)
>>> drawn.wiring.below("net_h1")
('i1', 'i2', 'w1', 'w2', 'b1')
>>> drawn.wiring.paths("loss", "w1")
[('w1', 'net_h1', 'out_h1', 'net_o1', 'loss'), ('w1', 'net_h1', 'out_h1', 'net_o2', 'loss')]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..architecture import Architecture, Objective
from ..circuit import Wire, topological
from ..expansion import expand
from ..explanation.naming import Naming
from ..loss_circuit import LossWires
from ..tables.expression import Expression
from ..tables.gates import Gate
from ..tables.losses import Loss
from ..tables.printers import to_numpy
from .wiring import Wiring

Place = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Role:
    """What a wire is in a network: input, target, weight, bias, sum, gate, part, loss, chance."""

    kind: str
    row: Gate | Loss | None = None
    neuron: str = ""


@dataclass(frozen=True)
class Drawn:
    """A network drawn out for one sample.

    Attributes
    ----------
    architecture : Architecture
    wiring : Wiring
    roles : mapping of str to Role
    places : mapping of str to (str, tuple of int)
        In which array each parameter stands, and where.
    hits : tuple of int
        For a loss over classes: 1 for the right output, 0 for the others.
    """

    architecture: Architecture
    wiring: Wiring
    roles: Mapping[str, Role]
    places: Mapping[str, Place]
    hits: tuple[int, ...] = ()

    def slope_text(self, of: str, by: str) -> str:
        """Write the local slope of one named wire by another below it.

        Empty where there is no short way to write it.
        """
        role = self.roles[of]
        if role.kind == "sum":
            others = _factor_beside(self.wiring.wires[of], self.wiring.wires[by])
            return self.wiring.name_of.get(others, "") if others is not None else "1"
        if isinstance(role.row, Gate):
            names = {"x": by, "y": of, **_numbers(role.row)}
            tree = role.row.slope_trees[0]
            return text_of(tree, names) if tree.names() <= names.keys() else ""
        if isinstance(role.row, Loss) and self.roles[by].neuron:
            names, tree = self.score_names(by), role.row.shown_tree
            return text_of(tree, names) if tree.names() <= names.keys() else ""
        return "1" if role.kind == "loss" and self.roles[by].kind == "part" else ""

    def score_names(self, score: str) -> dict[str, str]:
        """Return what the names in a loss's slope stand for, at one of the outputs."""
        number = self.roles[score].neuron[1:]
        names = {"s": score, "p": f"p{number}", "target": f"target_o{number}"}
        if self.hits:
            names["hit"] = str(self.hits[int(number) - 1])
        return names


def text_of(tree: Expression, names: Mapping[str, str]) -> str:
    """Write an expression with other names; ``p2 - 0`` is ``p2``."""
    text = to_numpy(tree, names).replace("np.", "")
    return re.sub(r" - 0$", "", text)


def _numbers(row: Gate | Loss) -> dict[str, str]:
    return {name: f"{value:g}" for name, value in row.parameters.items()}


def _factor_beside(top: Wire, factor: Wire) -> Wire | None:
    """Return what a wire is multiplied by in a sum of products."""
    for wire in topological([top]):
        if wire.gate_name == "multiply" and factor in wire.inputs:
            left, right = wire.inputs
            return right if left is factor else left
    return None


def draw_out(net: Architecture, true_class: int | None = None) -> Drawn:
    """Draw a network out for one sample, with the names of its neurons.

    Parameters
    ----------
    net : Architecture
    true_class : int, optional
        For a loss over classes.
    """
    circuit, names = net.circuit(Objective("sum")), Naming(net)
    chances: tuple[Wire, ...] = ()
    if net.loss.probability_tree is not None:
        chances = (LossWires(net.loss, circuit.scores, None).probability,)
    arrays = tuple(circuit.parameters.values())
    wanted = np.array([true_class]) if true_class is not None else np.zeros((1, net.layers[-1]))
    at = {circuit.X: np.zeros((1, net.layers[0])), circuit.targets: wanted}
    at |= {wire: np.zeros(net.shapes[name]) for name, wire in circuit.parameters.items()}
    data = (circuit.X,) if true_class is not None else (circuit.X, circuit.targets)
    shown = (circuit.objective, *data, *arrays, *circuit.z, *circuit.a, *chances)
    cells = dict(zip(shown, expand(shown, at), strict=True))
    wires: dict[str, Wire] = {}
    roles: dict[str, Role] = {}

    def add(name: str, wire: Wire, role: Role) -> None:
        wires[name], roles[name] = wire, role

    for index, wire in enumerate(cells[circuit.X][0]):
        add(names.given(index), wire, Role("input"))
    if true_class is None:
        for index, wire in enumerate(cells[circuit.targets][0]):
            add(names.target(index), wire, Role("target"))
    places: dict[str, Place] = {}
    for name, array, place in names.parameters():
        cell = cells[circuit.parameters[array]]
        places[name] = array, place
        add(name, cell[place] if place else cell, Role("weight" if array[0] == "W" else "bias"))
    for layer, (z, a) in enumerate(zip(circuit.z, circuit.a, strict=True), 1):
        for index, wire in enumerate(cells[z][0]):
            unit = names.neuron(layer, index)
            add(f"net_{unit}", wire, Role("sum", neuron=unit))
            gate = net.gates[layer - 1]
            add(f"out_{unit}", cells[a][0][index], Role("gate", gate, unit))
    scores = list(cells[circuit.a[-1]][0])
    for index, wire in enumerate(cells[chances[0]][0] if chances else ()):
        add(f"p{index + 1}", wire, Role("chance", net.loss))
    loss = cells[circuit.objective]
    for index, part in _parts_by_output(loss, scores).items():
        add(f"E_o{index + 1}", part, Role("part", net.loss))
    split = any(role.kind == "part" for role in roles.values())
    for name in ("loss", "E_total"):
        add(name, loss, Role("loss", None if split else net.loss))
    hits = () if true_class is None else tuple(int(i == true_class) for i in range(len(scores)))
    return Drawn(net, Wiring(wires), roles, places, hits)


def _parts_by_output(loss: Wire, scores: list[Wire]) -> dict[int, Wire]:
    """Return the terms of a loss that is a sum over outputs, by output; none if it is not."""
    terms, stack = [], [loss]
    while stack:
        wire = stack.pop()
        if wire.gate_name == "add":
            stack.extend(wire.inputs)
        else:
            terms.append(wire)
    found: dict[int, Wire] = {}
    for term in terms:
        behind = set(topological([term]))
        owners = [index for index, score in enumerate(scores) if score in behind]
        if len(owners) != 1 or owners[0] in found:
            return {}
        found[owners[0]] = term
    return dict(sorted(found.items())) if len(found) > 1 else {}
