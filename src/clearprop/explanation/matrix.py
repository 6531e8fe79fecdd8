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

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from ..architecture import Architecture, Objective
from ..circuit import Wire
from ..errors import CircuitError, NetworkError
from ..network import Network
from ..settings import check_l2
from . import arrays
from .array_writing import in_text
from .arrays import from_lists, named, put_together, taken_apart, to_lists
from .finding import find_parameter
from .matrix_reading import Line, Reading

FORMAT, VERSION = "clearprop matrix form", 1
MOST_LAYERS = 8  # that one formula goes through; beyond, it is given layer by layer only


@dataclass(frozen=True)
class MatrixForm:
    """How the derivative of the loss by a whole array is computed.

    Attributes
    ----------
    wrt : str
        The array, such as ``W1``.
    layers : tuple of int
    activations : tuple of str
        Of the hidden layers and the output.
    loss, reduction : str
    forward : tuple of Line
        ``Z1 = X W1 + b1``, ``A1 = tanh(Z1)``, and so on, from the circuit.
    definitions : tuple of Line
        What else is named: ``P``, and slopes that are too long to stand in a formula.
    whole : Line or None
        The derivative in one formula; None where it would go through more than 8 layers.
    steps : tuple of Line
        The same layer by layer, from the end back: δ of each layer and its parameters'
        derivatives, down to the layer asked for.
    """

    wrt: str
    layers: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    reduction: str
    forward: tuple[Line, ...]
    definitions: tuple[Line, ...]
    whole: Line | None
    steps: tuple[Line, ...]

    @property
    def derivative(self) -> Line:
        """The derivative: in one formula where there is one, else by the last δ."""
        if self.whole is not None:
            return self.whole
        return next(line for line in self.steps if line.name == f"∂L/∂{self.wrt}")

    @property
    def equation(self) -> str:
        """The derivative as one line of text, however long."""
        return f"{self.derivative.name} = {in_text(self.derivative.formula)}"

    def text(self, *, language: str = "en", width: int = 100) -> str:
        """Return it as lines for a screen, with the shapes under every factor."""
        from .matrix_views import to_text  # noqa: PLC0415 (a view, when it is asked for)

        return to_text(self, language=language, width=width)

    def latex(self, *, shapes: bool = True) -> str:
        r"""Return it in LaTeX: an ``aligned`` to stand between ``\[`` and ``\]``."""
        from .matrix_views import to_latex  # noqa: PLC0415 (a view, when it is asked for)

        return to_latex(self, shapes=shapes)

    def __str__(self) -> str:
        """Return the text view."""
        return self.text()

    def to_dict(self) -> dict[str, Any]:
        """Return it as data made of dicts, lists, texts and numbers."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "wrt": self.wrt,
            "layers": list(self.layers),
            "activations": list(self.activations),
            "loss": self.loss,
            "reduction": self.reduction,
            "forward": _lines_out(self.forward),
            "definitions": _lines_out(self.definitions),
            "whole": None if self.whole is None else _lines_out((self.whole,))[0],
            "steps": _lines_out(self.steps),
        }

    def to_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(self.to_dict(), allow_nan=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> MatrixForm:
        """Return what :meth:`to_dict` was made of.

        Raises
        ------
        CircuitError
            If it is no such thing.
        """
        if not isinstance(data, Mapping) or data.get("format") != FORMAT:
            raise CircuitError(f'a matrix form has "format": "{FORMAT}"; this is something else')
        if data.get("version") != VERSION:
            raise CircuitError(f"this is version {data.get('version')!r}, not {VERSION}")
        try:
            whole = data["whole"]
            return cls(
                str(data["wrt"]), tuple(map(int, data["layers"])),
                tuple(map(str, data["activations"])), str(data["loss"]), str(data["reduction"]),
                _lines_in(data["forward"]), _lines_in(data["definitions"]),
                None if whole is None else _lines_in([whole])[0], _lines_in(data["steps"]),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise CircuitError(f"a matrix form with something amiss: {error}") from None

    @classmethod
    def from_json(cls, text: str) -> MatrixForm:
        """Return what :meth:`to_json` was made of; CircuitError if it is no such thing."""
        try:
            data = json.loads(text)
        except ValueError as error:
            raise CircuitError(f"this is no JSON: {error}") from None
        return cls.from_dict(data)


def _lines_out(lines: tuple[Line, ...]) -> list[dict[str, Any]]:
    return [{"name": line.name, "formula": to_lists(line.formula)} for line in lines]


def _lines_in(lines: Any) -> tuple[Line, ...]:
    return tuple(Line(str(line["name"]), from_lists(line["formula"])) for line in lines)


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
    definitions = _used(reading.definitions, [*steps, *([whole] if whole else [])])
    return MatrixForm(
        wire.name, shape.layers, tuple(str(gate) for gate in shape.gates), str(shape.loss),
        reduction, _forward(reading), definitions, whole, steps,
    )  # fmt: skip


def _layer(wire: Wire) -> int:
    """Return the number of the layer that an array belongs to; the inputs are layer 0."""
    return 0 if wire.name == "X" else int(wire.name[1:])


def _slope(reading: Reading, wire: Wire) -> Wire:
    """Return the derivative by an array, from the network's own backward circuit."""
    if wire.name in reading.circuit.parameters:
        return reading.net.backward(reading.objective)[wire.name]
    return reading.slopes([wire])[0]


def _used(definitions: list[Line], lines: list[Line]) -> tuple[Line, ...]:
    """Return the definitions that some lines need, and those that these need."""
    names = set().union(*(line.formula.names() for line in lines))
    found = []
    for line in reversed(definitions):
        if line.name in names:
            found.append(line)
            names |= line.formula.names()
    return tuple(reversed(found))


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
