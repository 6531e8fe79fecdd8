"""The scalar circuit: an array circuit drawn out number by number, for given inputs.

Where an array circuit says ``Z1 = X·W1 + b1``, its expansion has a multiply gate for each
weight and an add gate for each plus, as the tutorial draws them.

>>> import numpy as np
>>> import clearprop as cp
>>> x = cp.input("x", np.array([[2.0, 3.0]]))
>>> w = cp.input("w", np.array([[0.5], [-1.0]]))
>>> f = cp.expand((x @ w).sum())
>>> cp.evaluate(f)
-2.0
>>> cp.gradients(f)
{x[0,0]: 0.5, w[0,0]: 2.0, x[0,1]: -1.0, w[1,0]: 3.0}
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from .circuit import Wire, apply, constant, input, topological
from .errors import CircuitError
from .feeds import At, Feeds, Intake, resolve_feeds
from .loss_circuit import unfold
from .operations import ARGMAX, BROADCAST, LARGEST, ONE_HOT, PICK, Array, Dimension, Operation
from .program import wire_list
from .tables.gates import Gate
from .tables.losses import Loss


@overload
def expand(wire: Wire, at: At | None = ...) -> Any: ...
@overload
def expand(wire: Sequence[Wire], at: At | None = ...) -> list[Any]: ...
def expand(wire: Wire | Sequence[Wire], at: At | None = None) -> Any:
    """Draw a circuit out into scalar wires.

    Parameters
    ----------
    wire : Wire or sequence of Wire
        Several are expanded together and share what they have in common.
    at : mapping of Wire (or name) to value, optional
        Values of inputs, in place of those they were made with. Numbers that choose
        (class numbers) become part of the circuit.

    Returns
    -------
    Wire, array of Wire, or a list of them
        A scalar wire for a scalar; otherwise an array of dtype object with the wire's
        shape. Elements of a named wire are named ``W1[0,2]``.

    Raises
    ------
    CircuitError
        If an input has no value, or the circuit looks for the place of a maximum (which
        happens in derivatives of a maximum: expand first, then differentiate).
    """
    if isinstance(wire, Wire):
        return expand([wire], at)[0]
    wires = wire_list(wire)
    expansion = _Expansion(wires, resolve_feeds(at, wires))
    cells = [expansion.cells(one) for one in wires]
    return [array if array.shape else array[()] for array in cells]


class _Expansion:
    def __init__(self, wires: Sequence[Wire], feeds: Feeds) -> None:
        self.intake = Intake(feeds, np.float64)
        self.choices: dict[Wire, Array] = {}
        self.done: dict[Wire, Array] = {}
        order = list(topological(wires))
        chosen = dict(pair for wire in order if (pair := _choosing(wire)) is not None)
        # Inputs first: they say how many rows there are.
        for wire in order:
            if wire.kind in ("input", "constant"):
                if wire in chosen:
                    self.choices[wire] = self.intake.take(wire, chosen[wire])
                self.done[wire] = self._numbers(wire)

    def cells(self, output: Wire) -> Array:
        """Return the scalar wires of a wire, as an array of objects."""
        for wire in topological([output]):
            if wire not in self.done:
                self.done[wire] = self._expand(wire)
        return self.done[output]

    def _numbers(self, wire: Wire) -> Array:
        numbers = self.intake.take(wire)
        if wire.kind == "constant" or wire in self.choices:
            return _array(numbers.shape, lambda index: constant(float(numbers[index])))
        return _array(
            numbers.shape, lambda index: input(_indexed(wire.name, index), float(numbers[index]))
        )

    def _expand(self, wire: Wire) -> Array:
        kind = wire.kind
        if isinstance(kind, Loss):
            return self.cells(unfold(wire).value)
        if isinstance(kind, Gate):
            return self._named(wire, self._gate(wire, kind))
        if isinstance(kind, Operation):
            return self._named(wire, self._operation(wire, kind))
        return self._numbers(wire)

    def _gate(self, wire: Wire, gate: Gate) -> Array:
        cells = [self.done[below] for below in wire.inputs]
        shape = np.broadcast_shapes(*(array.shape for array in cells))
        spread = [np.broadcast_to(array, shape) for array in cells]
        return _array(shape, lambda index: apply(gate, *(array[index] for array in spread)))

    def _operation(self, wire: Wire, kind: Operation) -> Array:
        arguments = [self.done[below] for below in wire.inputs]
        if kind is PICK or kind is ONE_HOT:
            arguments[-1] = self.choices.get(wire.inputs[-1], arguments[-1])
        if kind is ARGMAX:
            raise CircuitError(
                "where a maximum stands is not a matter of gates; expand the circuit first, then "
                "differentiate: cp.backward(cp.expand(f))"
            )
        if kind is LARGEST:
            rows = arguments[0]
            return _array(
                rows.shape[:-1], lambda index: functools.reduce(_larger, list(rows[index]))
            )
        if kind is ONE_HOT:
            hot = kind.compute(wire.setting, np.float64)(*arguments)
            return _array(hot.shape, lambda index: constant(float(hot[index])))
        if kind is BROADCAST:
            sizes = self.intake.shape(wire.setting[0])
            return np.asarray(kind.compute(wire.setting, object)(arguments[0], sizes))
        # The rest only move, multiply and add, which NumPy does with wires as with numbers.
        result = kind.compute(wire.setting, object)(*arguments)
        return result if isinstance(result, np.ndarray) else _array((), lambda index: result)

    def _named(self, wire: Wire, cells: Array) -> Array:
        if not wire.name:
            return cells

        def cell(index: tuple[int, ...]) -> Wire:
            one: Wire = cells[index]
            return one.named(_indexed(wire.name, index))

        return _array(cells.shape, cell)


def _choosing(wire: Wire) -> tuple[Wire, Dimension] | None:
    """Return the input by whose whole numbers a wire chooses, and among how many entries."""
    if wire.kind is ONE_HOT:
        return wire.inputs[-1], wire.setting
    if wire.kind is PICK or (isinstance(wire.kind, Loss) and wire.kind.targets == "class"):
        return wire.inputs[-1], wire.inputs[0].shape[-1]
    return None


def _larger(left: Wire, right: Wire) -> Wire:
    return apply("max", left, right)


def _array(shape: tuple[int, ...], cell: Any) -> Array:
    array = np.empty(shape, object)
    for index in np.ndindex(shape):
        array[index] = cell(index)
    return array


def _indexed(name: str, index: tuple[int, ...]) -> str:
    return f"{name}[{','.join(map(str, index))}]" if index else name
