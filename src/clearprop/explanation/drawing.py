"""Pictures of circuits and networks, as SVG: no outside program, no fonts, no scripts.

>>> import clearprop as cp
>>> x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
>>> picture = cp.draw_circuit((x + y) * z)
>>> picture.title
'Circuit of f'
>>> net = cp.Network([2, 3, 2])
>>> cp.draw_network(net).title
'Network 2-3-2'

``picture.save("f.svg")`` writes a file, ``str(picture)`` is the document; a notebook shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..circuit import Wire
from ..errors import CircuitError, NetworkError
from ..expansion import expand
from ..feeds import At
from ..network import Network
from ..program import wire_list
from ..samples import check_features, check_targets
from .drawing_circuit import Look, paint
from .drawing_diagram import Node, diagram_of, wire_keys
from .drawing_network import NetworkLook, paint_network
from .figures import significant
from .naming import Naming
from .svg import SVG, check_theme

__all__ = ["SVG", "draw_circuit", "draw_network", "wire_keys"]

FEW_GATES = 8  # so many gates, and inputs all stand at the left


def draw_circuit(
    circuit: Wire | Sequence[Wire] | Network,
    at: At | None = None,
    *,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    values: bool = True,
    gradients: bool = True,
    fold: bool = True,
    boxes: Mapping[Any, str] | None = None,
    names: Mapping[Any, str] | None = None,
    inputs: str = "auto",
    notation: str = "neuron",
    digits: int = 4,
    theme: str = "auto",
    language: str = "en",
    title: str | None = None,
    legend: bool = True,
    prefix: str = "",
) -> SVG:
    """Draw a circuit from left to right: values above the wires, derivatives below them.

    Parameters
    ----------
    circuit : Wire, sequence of Wire, or Network
        A scalar wire is drawn with the numbers on its wires, an array circuit with shapes. A
        network is drawn as its array circuit, or number by number for one sample ``x``.
    at : mapping of Wire (or name) to value, optional
        Values of inputs, in place of those they were made with.
    x : array of shape (n_inputs,), optional
        For a network: the sample that it is drawn out for.
    y : class number, or array of shape (n_outputs,), optional
        Of that sample; without it the picture ends with the scores, and has no derivatives.
    values, gradients : bool
        Whether they are written where every input has a value. Derivatives are of the output
        by each wire.
    fold : bool
        Draw a sum of sums as one ``+`` with several inputs.
    boxes : mapping of Wire (or name) to str, optional
        Wires to be drawn as one box with this label, with all that lies between them and the
        named wires below them.
    names : mapping of Wire (or name) to str, optional
        What wires are called in the picture.
    inputs : {"auto", "left", "near"}
        Where inputs stand: in the first column, or just before the first gate that they feed.
        By default in the first column for small circuits.
    notation : {"neuron", "matrix"}
        Of a network's numbers: ``w1``, ``net_h1``, or ``W1[0,0]``, ``z1[0]``.
    digits : int
        Significant digits of the numbers.
    theme : {"auto", "light", "dark"}
        ``auto`` follows the reader's system.
    language : {"en", "zh"}
    title : str, optional
    legend : bool
    prefix : str
        Put before every id, where a page holds several pictures.

    Returns
    -------
    SVG
        A gate has the id ``gate-<name>``, its wire ``wire-<name>``, and both have the name in
        ``data-wire`` (:func:`clearprop.explanation.drawing.wire_keys` tells which).

    Raises
    ------
    CircuitError, NetworkError
        If there is too much to draw, or what is given does not fit.

    Examples
    --------
    >>> import clearprop as cp
    >>> w, x = cp.inputs(w=2.0, x=-1.0)
    >>> picture = draw_circuit(cp.gates.sigmoid(w * x))
    >>> 'data-gate="sigmoid"' in str(picture)
    True
    """
    look = Look(_digits(digits), language, check_theme(theme), title, legend, prefix)
    near = _near(inputs)
    if isinstance(circuit, Network):
        if at is not None:
            raise NetworkError("a network takes its sample as x=... and y=..., not as at")
        options: dict[str, Any] = {
            "boxes": boxes, "fold": fold, "values": values, "gradients": gradients,
            "digits": digits,
        }  # fmt: skip
        nodes, keys = _network_nodes(
            circuit, x, y, Naming(circuit.architecture, notation),
            options,
            names or {},
        )  # fmt: skip
    else:
        if x is not None or y is not None:
            raise CircuitError("x and y are the sample of a network; a circuit takes at={...}")
        outputs = [circuit] if isinstance(circuit, Wire) else wire_list(circuit)
        if not outputs:
            raise CircuitError("no wire was given, so there is nothing to draw")
        nodes = diagram_of(
            outputs, at, names=names, boxes=boxes, fold=fold, values=values, gradients=gradients,
            digits=digits,
        )  # fmt: skip
        found = wire_keys(outputs, names)
        keys = [found[wire] for wire in outputs]
    if near is None:
        near = sum(node.kind in ("gate", "box") for node in nodes) > FEW_GATES
    return paint(nodes, keys, near, look)


def _digits(digits: int) -> int:
    significant(1.0, digits)  # raises the error that says what digits are
    return digits


def _near(inputs: str) -> bool | None:
    if inputs not in ("auto", "left", "near"):
        raise CircuitError(f'inputs is "auto", "left" or "near", not {inputs!r}')
    return None if inputs == "auto" else inputs == "near"


def _network_nodes(
    net: Network,
    x: ArrayLike | None,
    y: ArrayLike | None,
    naming: Naming,
    options: dict[str, Any],
    names: Mapping[Any, str],
) -> tuple[list[Node], list[str]]:
    shape = net.architecture
    circuit = shape.circuit()
    if x is None:
        if y is not None:
            raise NetworkError("y belongs to a sample; give x too, or neither")
        outputs = [circuit.losses]
        return diagram_of(outputs, names=names, **options), ["losses"]
    X = check_features(np.reshape(np.asarray(x), (1, -1)), net.layers[0], np.float64)
    feeds: dict[Wire, Any] = {w: net.parameters[n] for n, w in circuit.parameters.items()}
    feeds[circuit.X] = X
    arrays = [circuit.X, *circuit.parameters.values(), *circuit.z, *circuit.a]
    if y is not None:
        row = np.reshape(np.asarray(y), (1,) if np.ndim(y) == 0 else (1, -1))
        feeds[circuit.targets] = check_targets(row, 1, shape, np.float64)
        arrays += [circuit.targets, circuit.losses]
    cells = dict(zip((wire.name for wire in arrays), expand(arrays, feeds), strict=True))
    called = _names(cells, naming, shape.loss.targets != "class")
    scores = list(cells[circuit.scores.name][0])
    if y is None:
        found = diagram_of(scores, names={**called, **names}, **options)
        return found, [wire_keys(scores, {**called, **names})[wire] for wire in scores]
    (loss,) = cells["losses"]
    called[loss] = "loss"
    boxes = {loss: str(shape.loss).replace("_", " "), **(options.pop("boxes") or {})}
    called |= names
    nodes = diagram_of([loss], names=called, boxes=boxes, first=scores, **options)
    steps = [step for step, (how, _) in shape.loss.said_trees.items() if how == "each"]
    inside = tuple(naming.of_output(step, k) for step in steps for k in range(len(scores)))
    return [*nodes[:-1], replace(nodes[-1], hides=inside)], [called[loss]]


def _names(cells: Mapping[str, Any], naming: Naming, targets: bool) -> dict[Any, str]:
    """Return what the scalar wires of a network are called."""
    found: dict[Any, str] = {cell: naming.given(k) for k, cell in enumerate(cells["X"][0])}
    for name, array, place in naming.parameters():
        cell = cells[array]
        found[cell[place] if isinstance(cell, np.ndarray) else cell] = name
    for layer, size in enumerate(naming.net.layers[1:], 1):
        for index in range(size):
            found[cells[f"Z{layer}"][0, index]] = naming.z(layer, index)
            if f"A{layer}" in cells:
                found[cells[f"A{layer}"][0, index]] = naming.a(layer, index)
    if targets and "y" in cells:
        found |= {cell: naming.target(k) for k, cell in enumerate(cells["y"][0])}
    return found


def draw_network(
    net: Network,
    x: ArrayLike | None = None,
    *,
    weights: bool | None = None,
    notation: str = "neuron",
    most: int = 8,
    digits: int = 4,
    theme: str = "auto",
    language: str = "en",
    title: str | None = None,
    legend: bool = True,
    prefix: str = "",
) -> SVG:
    """Draw a network: neurons in columns, weights as lines between them.

    A line's colour is the sign of the weight (blue positive, orange negative), its width the
    size, compared with the largest weight of its layer. The short line under a neuron is its
    bias. Large layers are drawn in part.

    Parameters
    ----------
    net : Network
    x : array of shape (n_inputs,), optional
        A sample: its values stand in the neurons, and beside the outputs their probabilities
        where the loss has them.
    weights : bool, optional
        Whether names and values of weights are written on the lines; by default where there
        are few enough of them to be read.
    notation : {"neuron", "matrix"}
    most : int
        How many neurons of a layer are drawn, and how many layers; at least 3.
    digits, theme, language, title, legend, prefix
        As for :func:`draw_circuit`.

    Returns
    -------
    SVG

    Raises
    ------
    CircuitError, NetworkError
        If x does not fit the network, or an option is none of those offered.

    Examples
    --------
    >>> import clearprop as cp
    >>> picture = draw_network(cp.Network([784, 512, 512, 10]))
    >>> "(N, 784)" in str(picture), "W1 (784, 512)" in str(picture)
    (True, True)
    """
    if not isinstance(net, Network):
        raise NetworkError(f"a Network is drawn, not {type(net).__name__}; see cp.draw_circuit")
    if isinstance(most, bool) or not isinstance(most, int) or not 3 <= most <= 40:
        raise CircuitError(f"most is a whole number from 3 to 40, not {most!r}")
    look = NetworkLook(
        _digits(digits), language, check_theme(theme), title, legend, prefix, most, weights
    )
    X = None
    if x is not None:
        X = check_features(np.reshape(np.asarray(x), (1, -1)), net.layers[0], net.dtype)
    return paint_network(net, X, Naming(net.architecture, notation), look)
