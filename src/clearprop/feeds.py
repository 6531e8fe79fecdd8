"""Values for the inputs of a circuit: checked against their shapes before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np

from .circuit import Wire, topological
from .errors import CircuitError
from .operations import Array, Dimension, Shape, real_array, show_shape

Feeds: TypeAlias = Mapping[Wire, Any]
At: TypeAlias = Mapping[Wire, Any] | Mapping[str, Any]


def resolve_feeds(at: At | None, outputs: Iterable[Wire]) -> Feeds:
    """Return values by input, where names may stand for the inputs behind ``outputs``.

    Raises
    ------
    CircuitError
        If a key is no input, if no input or several have a name, or if an input has the
        name of one behind the outputs without being it.
    """
    if not at:
        return {}
    if not isinstance(at, Mapping):
        raise CircuitError(f"at gives values to inputs, as in {{x: 3.0}}; given {at!r}")
    behind = [wire for wire in topological(outputs) if wire.kind == "input"]
    return {_input(key, behind): value for key, value in at.items()}


def _input(key: Any, behind: list[Wire]) -> Wire:
    names = ", ".join(map(repr, behind)) or "none"
    if isinstance(key, Wire) and key.kind == "input":
        if key not in behind and any(wire.name == key.name for wire in behind):
            raise CircuitError(
                f"this {key!r} is another wire than the {key!r} behind the output; an input made "
                "anew is a new one"
            )
        return key
    found = [wire for wire in behind if wire.name == key]
    if len(found) != 1:
        why = "two inputs have this name" if found else "it is not an input of this circuit"
        raise CircuitError(f"no value can be given to {key!r}: {why}; the inputs are {names}")
    return found[0]


class Intake:
    """Takes values one by one, and learns from them what the letters in shapes stand for.

    ``trusted``: somebody has looked at the class numbers already.
    """

    def __init__(self, feeds: Feeds, dtype: Any, *, trusted: bool = False) -> None:
        self.feeds, self.dtype, self.trusted = feeds, dtype, trusted
        self.sizes: dict[str, int] = {}

    def take(self, wire: Wire, below: Dimension | None = None) -> Array:
        """Return the value of an input or a constant.

        ``below`` is given for whole numbers that choose among so many entries.

        Raises
        ------
        CircuitError
            If there is no value, or it is of another kind or shape.
        """
        value = self.feeds.get(wire, wire.value)
        if value is None:
            raise CircuitError(f"the input {wire!r} has no value; give it one: {{{wire!r}: ...}}")
        array = self._real(wire, value)
        if below is None:
            array = np.asarray(array, self.dtype)
        else:
            if not self.trusted:
                _check_choices(wire, array, below)
            array = np.asarray(array, np.int64)
        self._check_shape(wire, array)
        return array

    def _real(self, wire: Wire, value: Any) -> Array:
        array = real_array(value)
        if array is None:
            raise CircuitError(
                f"{_called(wire)} takes a real number or an array of them, not {repr(value)[:60]}"
            )
        return array

    def _check_shape(self, wire: Wire, array: Array) -> None:
        sizes = self.sizes
        if array.ndim == len(wire.shape):
            for size, wanted in zip(array.shape, wire.shape, strict=True):
                if size != (sizes.setdefault(wanted, size) if isinstance(wanted, str) else wanted):
                    break
            else:
                return
        known = ", ".join(f"{letter} = {size}" for letter, size in sizes.items())
        raise CircuitError(
            f"{_called(wire)} has the shape {show_shape(wire.shape)}; "
            f"given an array of shape {array.shape}{f' where {known}' if known else ''}"
        )

    def shape(self, shape: Shape) -> tuple[int, ...]:
        """Return a shape with numbers for its letters."""
        for letter in shape:
            if isinstance(letter, str) and letter not in self.sizes:
                self._look_for(letter, shape)
        return tuple(self.sizes[n] if isinstance(n, str) else n for n in shape)

    def _look_for(self, letter: str, shape: Shape) -> None:
        # Inputs that the outputs do not need may still say how many rows there are.
        for wire, value in self.feeds.items():
            if letter in wire.shape:
                self._check_shape(wire, self._real(wire, value))
        if letter not in self.sizes:
            raise CircuitError(
                f"nothing says what {letter} stands for in the shape {show_shape(shape)}; "
                "give a value to an input whose shape has it"
            )


def _called(wire: Wire) -> str:
    return f"the input {wire!r}" if wire.kind == "input" else repr(wire)


def _check_choices(wire: Wire, numbers: Array, below: Dimension) -> None:
    top = below if isinstance(below, int) else np.inf
    if not ((numbers >= 0) & (numbers < top) & (numbers % 1 == 0)).all():
        raise CircuitError(
            f"{wire!r} chooses among {below} entries by whole numbers from 0; given {numbers}"
        )
