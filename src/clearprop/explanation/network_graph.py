"""The nodes of a network for one sample, from its inputs to the loss as people write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..architecture import Architecture
from ..circuit import Wire
from ..expansion import expand
from ..network import Network
from ..samples import check_features, check_targets
from ..tables.expression import CONSTANTS, Expression
from ..tables.losschecks import loss_of
from ..tables.losses import Loss
from . import reading
from .graph import Graph, Node, assemble
from .naming import Naming


def network_graph(
    net: Network, x: Any, y: Any, naming: Naming, *, again: bool = False
) -> Graph:  # fmt: skip
    """Return the nodes of a network for one sample.

    Parameters
    ----------
    net : Network
    x : array of shape (n_inputs,)
    y : a class number, or an array of shape (n_outputs,)
    naming : Naming
    again : bool
        Its slopes are to be differentiated again. The loss is then written in its stages, where
        what people write does not say its slopes.
    """
    shape = net.architecture
    X = check_features(np.reshape(x, (1, -1)), net.layers[0], np.float64)
    targets = check_targets(np.reshape(y, (1,) if np.ndim(y) == 0 else (1, -1)), 1, shape,
                            np.float64)  # fmt: skip
    weights = frozenset(n for n, array, _ in naming.parameters() if array[0] == "W")
    stages = again and not _says_its_slopes(shape.loss)
    outputs, names = _scalars(net, X, naming, targets if stages else None)
    graph = assemble(outputs, names, first=weights.__contains__)
    if stages:
        return graph
    wanted = _wanted(shape, targets[0], naming)
    nodes = {**graph.nodes, **{n: node for n, node in wanted.items() if node.gate == "input"}}
    scores = [naming.score(k) for k in range(shape.layers[-1])]
    value = float(net.loss(X, targets))
    hits = [float(targets[0] == k) for k in range(len(scores))] if _classes(shape) else []
    return Graph(nodes | loss_nodes(shape.loss, scores, hits, nodes, naming, value))


def _classes(shape: Architecture) -> bool:
    return shape.loss.targets == "class"


def _wanted(shape: Architecture, targets: Any, naming: Naming) -> dict[str, Node]:
    if _classes(shape):
        return {}
    return {naming.target(k): Node(naming.target(k), float(t)) for k, t in enumerate(targets)}


def _says_its_slopes(loss: Loss) -> bool:
    """Tell whether a loss's slopes are written in what its steps and people name."""
    known = {"s", "hit", "target", *loss.parameters, *loss.said_trees, *CONSTANTS}
    waiting = [loss.shown_tree]
    while waiting:
        for text in waiting.pop().names() - known:
            if text not in loss.part_trees:
                return False
            waiting.append(loss.part_trees[text])
            known.add(text)
    return True


def _scalars(
    net: Network, X: Any, naming: Naming, targets: Any = None
) -> tuple[list[Wire], dict[Wire, str]]:
    """Return the scores as scalar wires, and the names of all that is to be seen.

    With targets, return the loss too.
    """
    shape = net.architecture
    circuit = shape.circuit()
    feeds = {wire: net.parameters[name] for name, wire in circuit.parameters.items()}
    feeds[circuit.X] = X
    arrays = [circuit.X, *circuit.parameters.values(), *circuit.z, *circuit.a]
    if targets is not None:
        feeds[circuit.targets] = targets
        arrays += [circuit.targets, circuit.losses]
    cells = dict(zip((w.name for w in arrays), expand(arrays, feeds), strict=True))
    names: dict[Wire, str] = {wire: naming.given(k) for k, wire in enumerate(cells["X"][0])}
    for name, array, place in naming.parameters():
        cell = cells[array]
        names[cell[place] if isinstance(cell, np.ndarray) else cell] = name
    for layer in range(1, naming.last + 1):
        for index in range(shape.layers[layer]):
            names[cells[f"Z{layer}"][0, index]] = naming.z(layer, index)
            if f"A{layer}" in cells:
                names[cells[f"A{layer}"][0, index]] = naming.a(layer, index)
    outputs = list(cells[circuit.scores.name][0])
    if targets is not None:
        if not _classes(shape):
            wanted = cells[circuit.targets.name][0]
            names |= {wire: naming.target(k) for k, wire in enumerate(wanted)}
        outputs.append(cells[circuit.losses.name][0])
        names[outputs[-1]] = "loss"
    return outputs, names


def loss_nodes(
    loss: Loss,
    scores: list[str],
    hits: list[float],
    nodes: Mapping[str, Node],
    naming: Naming,
    value: float,
) -> dict[str, Node]:
    """Return the steps of a loss as people write it, the last one with its slopes.

    ``hits`` are 1 for the right class and 0 for the others, or empty.
    """
    values = {name: node.value for name, node in nodes.items()}
    constants = {name: reading.number(v) for name, v in loss.parameters.items()}
    each: list[dict[str, Expression]] = []
    for k, score in enumerate(scores):
        names = {**constants, "s": reading.name(score)}
        names |= (
            {"hit": reading.number(hits[k])} if hits else {"target": reading.name(naming.target(k))}
        )
        each.append(names)
    made: dict[str, Node] = {}
    right = hits.index(1.0) if hits else 0
    for step, (how, tree) in loss.said_trees.items():
        trees = [reading.simplified(reading.put_in(tree, names), values) for names in each]
        if how == "each":
            for k, one in enumerate(trees):
                text = naming.of_output(step, k)
                values[text] = reading.value_of(one, values)
                made[text] = Node(text, values[text], one, gate=f"{loss.name}, each output")
                each[k][step] = reading.name(text)
            continue
        whole = _whole(how, trees, right, values)
        if step == "loss":
            break
        if len(scores) <= 4 or how == "pick":
            stands_for = whole
        else:
            values[step] = reading.value_of(whole, values)
            made[step] = Node(step, values[step], whole, gate=loss.name)
            stands_for = reading.name(step)
        for names in each:
            names[step] = stands_for
    slopes = {}
    for k, score in enumerate(scores):
        known = dict(each[k])
        for part, tree in loss.part_trees.items():
            known.setdefault(part, reading.put_in(tree, known))
        shown = reading.put_in(loss.shown_tree, known)
        if not _says_its_slopes(loss):
            shown = reading.number(_slope(loss, scores, hits, values, naming, k))
        slopes[score] = reading.simplified(shown, values)
    made["loss"] = Node("loss", value, whole, None, slopes, "loss")
    return made


def _whole(
    how: str, trees: list[Expression], right: int, values: Mapping[str, float]
) -> Expression:
    if how == "pick":
        return trees[right]
    if how == "whole":
        return trees[0]
    total = trees[0]
    for more in trees[1:]:
        total = reading.call("add" if how == "sum" else "max", total, more)
    return reading.simplified(total, values)


def _slope(
    loss: Loss, scores: list[str], hits: list[float], values: Mapping[str, float], naming: Naming,
    k: int,
) -> float:  # fmt: skip
    """Return a slope that is written in stages which people do not write, as a number."""
    wanted = hits or [values[naming.target(j)] for j in range(len(scores))]
    found = loss_of(loss, [complex(values[s]) for s in scores], [complex(w) for w in wanted])[1]
    return float(found[k].real)
