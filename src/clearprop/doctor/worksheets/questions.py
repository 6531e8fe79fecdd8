"""What a worksheet asks: forward values, the loss, derivatives, weights after one step.

>>> import clearprop as cp
>>> shape = cp.Network([2, 1], loss="squared_error", shared_bias=True).architecture
>>> [question.key for question in questions_of(shape, asked(shape, ["w1", "b1"]))]
['net_o1', 'e_o1', 'loss', 'dloss/dw1', 'dloss/db1', 'w1_new', 'b1_new']
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ...architecture import Architecture
from ...errors import DoctorError
from ...explanation.naming import Naming
from ...explanation.network_graph import network_graph
from ...network import Network

MOST_ASKED = 24


@dataclass(frozen=True)
class Question:
    """One number to be found.

    Attributes
    ----------
    key : str
        Its column in the table of answers: ``net_h1``, ``dloss/dw1``, ``w1_new``.
    kind : {"value", "slope", "new"}
        A step of the forward pass, a derivative, or a parameter after one step.
    name : str
        Of the step or of the parameter.
    """

    key: str
    kind: str
    name: str


def asked(shape: Architecture, wanted: Iterable[str] | str | None) -> tuple[str, ...]:
    """Return the parameters that are asked about, by their names in the notation of neurons.

    Parameters
    ----------
    wanted : sequence of str, or one text with commas, optional
        ``["w1", "W2[0,1]"]``, ``"w1,b2"`` or ``"all"``; by default the first weight of each
        layer and the last bias.

    Raises
    ------
    DoctorError
        If there is no such parameter, one is asked for twice, or there are too many.
    """
    naming = Naming(shape)
    known = [name for name, _, _ in naming.parameters()]
    if wanted is None:
        found = [naming.weight(layer, 0, 0) for layer in range(1, naming.last + 1)]
        last = naming.last - unmoved(shape)
        return _few((*found, *([naming.bias(last, shape.layers[last] - 1)] if last else [])))
    if isinstance(wanted, str):  # not the commas within brackets
        wanted = re.split(r",(?![^\[]*\])", wanted)
    texts = [str(text).strip() for text in wanted]
    if texts == ["all"]:
        moving = known[:-1] if unmoved(shape) else known
        return _few(tuple(moving))
    found = []
    for text in texts:
        parameter = naming.find(text)
        if parameter is None:
            raise DoctorError(f"there is no parameter {text!r} to ask about; there are: "
                              f"{', '.join(known[:40])}{', ...' * (len(known) > 40)}")  # fmt: skip
        if parameter[0] in found:
            raise DoctorError(f"{parameter[0]} is asked for twice; each parameter once")
        if unmoved(shape) and parameter[0] == known[-1]:
            raise DoctorError(f"the derivative by {parameter[0]} is 0 whatever the numbers: one "
                              "bias for all outputs moves all scores alike. Ask about another, or "
                              "give each neuron a bias of its own (shared_bias=False)")  # fmt: skip
        found.append(parameter[0])
    if not found:
        raise DoctorError(f"name at least one parameter to ask about, such as {known[0]}")
    return _few(tuple(found))


def unmoved(shape: Architecture) -> bool:
    """Tell whether the loss does not move with the last bias: classes, and one bias for all."""
    plain = shape.gates[-1].name == "identity"
    return shape.shared_bias and plain and shape.loss.targets == "class"


def _few(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) > MOST_ASKED:
        raise DoctorError(f"a sheet asks about at most {MOST_ASKED} parameters, not {len(names)}; "
                          "name some: ask=['w1', 'b2']")  # fmt: skip
    return names


def questions_of(shape: Architecture, ask: Iterable[str]) -> tuple[Question, ...]:
    """Return all that is asked, in the order of a sheet."""
    names = tuple(ask)
    return (
        *(Question(step, "value", step) for step in _steps(shape)),
        *(Question(f"dloss/d{name}", "slope", name) for name in names),
        *(Question(f"{name}_new", "new", name) for name in names),
    )


def _steps(shape: Architecture) -> Iterator[str]:
    """Yield the names of all that is computed on the way forward."""
    net = Network.of(shape, np.linspace(-0.5, 0.5, shape.n_parameters))
    target = 0 if shape.loss.targets == "class" else np.full(shape.layers[-1], 1.0)
    graph = network_graph(net, np.full(shape.layers[0], 0.5), target, Naming(shape))
    for node in graph.nodes.values():
        # Of a loss over classes, the right class's share is 0 by definition: nothing to compute.
        share = shape.loss.targets == "class" and node.name[:2] == "e_"
        if node.formula is not None and not share:
            yield node.name
