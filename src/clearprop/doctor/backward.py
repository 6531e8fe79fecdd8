"""The backward pass of a network as named formulas, which a mistake can rewrite.

The names, for layer l: ``dA`` the derivative by the layer's activations, ``slope`` of its
gate, ``delta`` the derivative by its pre-activations, ``data`` what the samples give to the
gradient of W, ``penalty`` what l2 adds, ``dW`` and ``db`` the gradients. ``R`` is the slope of
each sample's loss by the scores.

>>> import clearprop as cp
>>> for name, text in right_pass(cp.Network([2, 3, 2])).items():
...     print(name, "=", text)
R = loss_slope('softmax_cross_entropy', A2, Y)
dA2 = R / N
slope2 = slope('identity', Z2, A2)
delta2 = dA2
data2 = A1.T @ delta2
dW2 = data2
db2 = sum(delta2, 0)
dA1 = delta2 @ W2.T
slope1 = slope('tanh', Z1, A1)
delta1 = dA1 * slope1
data1 = A0.T @ delta1
dW1 = data1
db1 = sum(delta1, 0)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ..network import Network
from ..samples import Array
from .formula import Misfit, Workspace, parse

Pass: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class Objective:
    """What a gradient is the gradient of: ``factor · reduction(losses) + l2/2 · ΣW²``.

    ``factor`` is 2 for a squared error without its half, for example.
    """

    reduction: str = "mean"
    l2: float = 0.0
    factor: float = 1.0


def right_pass(net: Network, objective: Objective = Objective()) -> dict[str, str]:
    """Return the formulas of the backward pass, from the loss back, in order."""
    last = len(net.layers) - 1
    factor = "" if objective.factor == 1 else f"{objective.factor!r} * "
    over = " / N" if objective.reduction == "mean" else ""
    found = {
        "R": f"loss_slope({net.architecture.loss.spec!r}, A{last}, Y)",
        f"dA{last}": f"{factor}R{over}",
    }
    for layer in range(last, 0, -1):
        gate = net.architecture.gates[layer - 1]
        found[f"slope{layer}"] = f"slope({gate.spec!r}, Z{layer}, A{layer})"
        plain = gate.name == "identity"
        found[f"delta{layer}"] = f"dA{layer}" if plain else f"dA{layer} * slope{layer}"
        found[f"data{layer}"] = f"A{layer - 1}.T @ delta{layer}"
        if objective.l2:
            found[f"penalty{layer}"] = f"l2 * W{layer}"
        found[f"dW{layer}"] = f"data{layer}" + (f" + penalty{layer}" if objective.l2 else "")
        shared = net.architecture.shared_bias
        found[f"db{layer}"] = f"sum(delta{layer})" if shared else f"sum(delta{layer}, 0)"
        if layer > 1:
            found[f"dA{layer - 1}"] = f"delta{layer} @ W{layer}.T"
    return found


def gradient_names(net: Network) -> list[str]:
    """Return the names of the gradients, from the last layer back: dW2, db2, dW1, db1."""
    last = len(net.layers) - 1
    return [f"d{kind}{layer}" for layer in range(last, 0, -1) for kind in "Wb"]


def target_matrix(net: Network, y: Array) -> Array:
    """Return the targets with a column for each output: one-hot for class numbers."""
    if net.architecture.loss.targets == "class":
        return np.eye(net.layers[-1])[y]
    return np.asarray(y, dtype=np.float64)


def workspace(net: Network, X: Array, y: Array, l2: float = 0.0) -> Workspace:
    """Return the values that formulas of a backward pass start from: the forward pass.

    Beside X = A0, Z, A, W and b there are Y (the targets, a column for each output), P (the
    probabilities) and V (1 where a margin is violated), as far as the loss has them.

    Parameters
    ----------
    X, y : array
        Checked, as :mod:`clearprop.samples` does.
    """
    names: dict[str, Any] = {"A0": np.asarray(X, np.float64), "Y": target_matrix(net, y)}
    flowing = names["A0"]
    for layer, gate in enumerate(net.architecture.gates, 1):
        W, b = (np.asarray(net.parameters[f"{k}{layer}"], np.float64) for k in "Wb")
        names |= {f"W{layer}": W, f"b{layer}": b, f"Z{layer}": (z := flowing @ W + b)}
        names[f"A{layer}"] = flowing = evaluate(f"gate({gate.spec!r}, Z)", {"Z": z})
    names |= _of_loss(net, flowing, names["Y"])
    names |= {"N": float(len(X)), "l2": l2, "n_outputs": float(net.layers[-1]), "eta": 0.0}
    return Workspace(names)


def _of_loss(net: Network, scores: Array, targets: Array) -> dict[str, Array]:
    """Return P, the probabilities, and V, the margins that are violated, where there are any."""
    loss = net.architecture.loss
    here = {"A": scores, "Y": targets}
    found = {}
    if loss.probability:
        found["P"] = evaluate(f"probability({loss.spec!r}, A)", here)
    if "margin" in loss.parameters:
        found["V"] = evaluate(f"inside(A, Y, {loss.parameters['margin']})", here)
    return found


def evaluate(text: str, names: Mapping[str, Any]) -> Array:
    """Return what one formula comes to."""
    work = Workspace(names)
    return np.asarray(work.value(work.enter(parse(text), {})))


def enter(work: Workspace, formulas: Pass, wanted: Iterable[str]) -> dict[str, int]:
    """Return the numbers, in a workspace, of some of a pass's names.

    A name that cannot be computed (arrays that do not fit, formulas in a circle) is left out.
    """
    known: dict[str, int] = {}
    for name in wanted:
        try:
            _enter(work, formulas, name, known, set())
        except Misfit:
            continue
    return {name: known[name] for name in wanted if name in known}


def _enter(
    work: Workspace, formulas: Pass, name: str, known: dict[str, int], open_: set[str]
) -> None:
    if name in known or name not in formulas:
        return
    if name in open_:
        raise Misfit(f"{name} is made of itself")
    formula = parse(formulas[name])
    for below in names_in(formulas[name]):
        _enter(work, formulas, below, known, open_ | {name})
    known[name] = work.enter(formula, known)


_NAMES: dict[str, tuple[str, ...]] = {}


def names_in(text: str) -> tuple[str, ...]:
    """Return the names in a formula."""
    if text not in _NAMES:
        found: dict[str, None] = {}
        waiting = [parse(text)]
        while waiting:
            node = waiting.pop()
            if node.operation == "name":
                found[str(node.value)] = None
            waiting.extend(node.inputs)
        _NAMES[text] = tuple(found)
    return _NAMES[text]
