"""The matrix form of a network's derivatives, printed from its backward circuit.

>>> import clearprop as cp
>>> net = cp.Network([2, 3, 2], "tanh", "softmax_cross_entropy")
>>> form = matrix_form(net, "W1", l2=0.1)
>>> form.equation
'∂L/∂W1 = 1/N · Xᵀ[((P − Y)W2ᵀ) ⊙ (1 − A1²)] + λW1'
>>> [line.name for line in form.steps]
['δ2', '∂L/∂W2', '∂L/∂b2', 'δ1', '∂L/∂W1', '∂L/∂b1']
>>> MatrixForm.from_json(form.to_json()) == form
True

δ of a layer is the derivative of the samples' losses, added up, by what the layer's neurons add
up: a mean's 1/N and l2's λ stand in the parameters' own lines.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike

from ..architecture import Architecture, Objective
from ..circuit import Wire
from ..errors import NetworkError
from ..network import Network
from ..settings import check_l2
from . import arrays
from .arrays import named, put_together, taken_apart
from .finding import called, entry_of, find_parameter
from .matrix_data import Line, MatrixForm
from .matrix_reading import Reading
from .naming import Naming

MOST_LAYERS = 8  # that one formula goes through; beyond, it is given layer by layer only


def matrix_form(
    net: Network | Architecture,
    wrt: str = "W1",
    *,
    l2: float = 0.0,
    reduction: str = "mean",
    sample_weight: ArrayLike | None = None,
) -> MatrixForm:
    """Return the matrix form of the loss's derivative by an array of a network.

    Parameters
    ----------
    net : Network or Architecture
    wrt : str
        A parameter (``W1``, ``b2``; ``W1[0,2]`` and ``w3`` mean the array that they are in),
        the inputs ``X``, or a layer's ``Z1`` or ``A1``.
    l2, reduction, sample_weight
        As for :meth:`clearprop.Network.gradients`; of l2 and the weights it matters only
        whether they are there.

    Raises
    ------
    NetworkError
        If there is no such array.
    """
    shape = net if isinstance(net, Architecture) else net.architecture
    objective = Objective(reduction, check_l2(l2) != 0, sample_weight is not None)
    circuit = shape.circuit(objective)
    givens = (circuit.X, *circuit.parameters.values(), *circuit.z, *circuit.a)
    wires = {wire.name: wire for wire in givens}
    found = find_parameter(shape, wrt)
    wire = wires.get(found[0] if found else wrt)
    if wire is None:
        raise NetworkError(f"no array is called {wrt!r}; there are: {', '.join(wires)}")
    reading = Reading(shape, objective)
    slope = _slope(reading, wire)
    goes_through = len(shape.layers) - _layer(wire)
    whole = Line(f"∂L/∂{wire.name}", reading.read(slope)) if goes_through <= MOST_LAYERS else None
    steps = _steps(reading, wire)
    entry = ""
    if found is not None and found[1]:
        entry = called(Naming(shape, "matrix"), found[0], found[1])
    form = MatrixForm(
        wire.name, shape.layers, tuple(str(gate) for gate in shape.gates), str(shape.loss),
        reduction, _forward(reading), tuple(reading.definitions), whole, steps, entry,
    )  # fmt: skip
    return replace(form, definitions=form.needed_for(*steps, *([whole] if whole else [])))


def matrix_beside(
    net: Network | Architecture, name: str, *, sample: int = 0, **objective: Any
) -> MatrixForm | None:
    """Return the matrix form of the array that one number is in; None if it is in none.

    Parameters
    ----------
    net : Network or Architecture
    name : str
        A parameter, an input, or what a neuron adds up or puts out, in either notation.
    sample : int
        Which row of the inputs or the neurons' values is meant.
    **objective
        l2, reduction and sample_weight of :func:`matrix_form`.
    """
    shape = net if isinstance(net, Architecture) else net.architecture
    found = entry_of(shape, name, sample)
    return replace(matrix_form(shape, found[0], **objective), entry=found[1]) if found else None


def _layer(wire: Wire) -> int:
    """Return the number of the layer that an array belongs to; the inputs are layer 0."""
    return 0 if wire.name == "X" else int(wire.name[1:])


def _slope(reading: Reading, wire: Wire) -> Wire:
    """Return the derivative by an array, from the network's own backward circuit."""
    if wire.name in reading.circuit.parameters:
        return reading.net.backward(reading.objective)[wire.name]
    return reading.slopes([wire])[0]


def _forward(reading: Reading) -> tuple[Line, ...]:
    circuit = reading.circuit
    wires = dict.fromkeys(w for pair in zip(circuit.z, circuit.a, strict=True) for w in pair)
    return tuple(Line(wire.name, reading.read(wire, inside=True)) for wire in wires)


def _steps(reading: Reading, wire: Wire) -> tuple[Line, ...]:
    """Return the derivatives from the last layer back to the one asked for."""
    circuit, last = reading.circuit, len(reading.net.layers) - 1
    downto = max(1, _layer(wire) + (wire.name[0] == "A"))
    layers = range(last, min(downto, last + 1) - 1, -1)
    deltas = dict(zip(layers, reading.slopes([circuit.z[k - 1] for k in layers]), strict=True))
    found: list[Line] = []
    for layer, slope in deltas.items():
        name, z = f"δ{layer}", circuit.z[layer - 1]
        factor, scalars, core = taken_apart(reading.read(slope))
        own = put_together(factor, (), arrays.filled(core or arrays.number(1), z.shape))
        found.append(Line(name, own))
        reading.call(slope, put_together(1.0, scalars, named(name, z.shape)))
        found += [_derivative(reading, circuit.parameters[f"{kind}{layer}"]) for kind in ("W", "b")]
    if wire.name not in circuit.parameters:
        found.append(_derivative(reading, wire))
    return tuple(found)


def _derivative(reading: Reading, wire: Wire) -> Line:
    return Line(f"∂L/∂{wire.name}", reading.read(_slope(reading, wire)))
