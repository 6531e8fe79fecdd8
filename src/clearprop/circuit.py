"""Circuits: values that know how they were computed.

A wire is the output of a gate, an input or a constant; a circuit is what lies behind
a wire. Wires are values: building, evaluating and differentiating never changes them.

>>> import clearprop as cp
>>> x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
>>> f = (x + y) * z
>>> cp.evaluate(f)
-12.0
>>> cp.gradients(f)
{x: -4.0, y: -4.0, z: 3.0}

Wires carry shapes: a scalar ``()`` or an array such as ``("N", 2)``, where a letter
stands for a number that is known only when values are put in (the number of rows).
Elementwise gates come from the table of gates; the operations that change shapes are in
:mod:`clearprop.operations`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from .errors import CircuitError
from .operations import BROADCAST, MATMUL, SUM, TRANSPOSE, Operation, Shape, real_array, show_shape
from .tables.gates import GATES, Gate
from .tables.losses import Loss

Number: TypeAlias = float | int | np.ndarray[Any, Any]
Kind: TypeAlias = "str | Gate | Loss | Operation"


class Wire:
    """The output of one gate, or an input, or a constant.

    Attributes
    ----------
    kind : Gate, Loss, Operation, or "input", "constant"
        What computes it.
    inputs : tuple of Wire
    shape : tuple of int or str
    name : str
        Empty where nobody gave it one.
    value : float, array or None
        Of a constant, and of an input that was given a value; None otherwise. What a
        gate puts out is asked with :func:`clearprop.evaluate`.
    setting : object
        What an operation needs beside its inputs (the axes of a sum, for example).
    """

    __slots__ = ("__weakref__", "inputs", "kind", "name", "setting", "shape", "value")
    __array_ufunc__ = None  # let NumPy arrays on the left leave the operators to us

    def __init__(
        self,
        kind: Kind,
        inputs: tuple[Wire, ...],
        shape: Shape,
        *,
        name: str = "",
        value: Any = None,
        setting: Any = None,
    ) -> None:
        self.kind, self.inputs, self.shape = kind, inputs, shape
        self.name, self.value, self.setting = name, value, setting

    def named(self, name: str) -> Wire:
        """Return a wire like this one with a name: another wire, to go on with."""
        return Wire(
            self.kind, self.inputs, self.shape, name=name, value=self.value, setting=self.setting
        )

    @property
    def gate_name(self) -> str:
        """The name of what computes this wire: a gate, a loss, an operation, input, constant."""
        return self.kind if isinstance(self.kind, str) else self.kind.name

    @property
    def T(self) -> Wire:  # noqa: N802 (NumPy's name for it)
        """The transpose of a matrix."""
        return operation(TRANSPOSE, self)

    def sum(self, *axes: int) -> Wire:
        """Sum over the given axes (from the end where negative); over all if none is given."""
        count = len(self.shape)
        chosen = sorted({axis + count if axis < 0 else axis for axis in axes})
        return operation(SUM, self, setting=tuple(chosen) if axes else tuple(range(count)))

    def __repr__(self) -> str:
        if self.name:
            return self.name
        if self.kind == "constant":
            return f"{self.value:g}" if self.shape == () else f"constant{show_shape(self.shape)}"
        return f"{self.gate_name}({', '.join(wire.name or '…' for wire in self.inputs)})"

    def __add__(self, other: Wire | Number) -> Wire:
        return apply("add", self, other)

    def __radd__(self, other: Number) -> Wire:
        return apply("add", other, self)

    def __sub__(self, other: Wire | Number) -> Wire:
        return apply("subtract", self, other)

    def __rsub__(self, other: Number) -> Wire:
        return apply("subtract", other, self)

    def __mul__(self, other: Wire | Number) -> Wire:
        return apply("multiply", self, other)

    def __rmul__(self, other: Number) -> Wire:
        return apply("multiply", other, self)

    def __truediv__(self, other: Wire | Number) -> Wire:
        return apply("divide", self, other)

    def __rtruediv__(self, other: Number) -> Wire:
        return apply("divide", other, self)

    def __pow__(self, other: Wire | Number) -> Wire:
        return apply("power", self, other)

    def __rpow__(self, other: Number) -> Wire:
        return apply("power", other, self)

    def __matmul__(self, other: Wire | Number) -> Wire:
        return operation(MATMUL, self, as_wire(other))

    def __rmatmul__(self, other: Number) -> Wire:
        return operation(MATMUL, as_wire(other), self)

    def __neg__(self) -> Wire:
        return apply("negate", self)

    def __pos__(self) -> Wire:
        return self

    def __abs__(self) -> Wire:
        return apply("abs", self)

    def _no_order(self, other: object) -> bool:
        raise CircuitError(
            "wires are not compared; cp.gates.less(x, y) is a wire that is 1 where x < y, and so "
            "are less_equal, greater, greater_equal, equal and not_equal"
        )

    __lt__ = __le__ = __gt__ = __ge__ = _no_order

    def __bool__(self) -> bool:
        raise CircuitError(
            f"the wire {self!r} is neither true nor false; compare values (cp.evaluate), "
            "or choose inside the circuit with cp.gates.where"
        )


def input(name: str, value: Number | None = None, shape: Shape | None = None) -> Wire:
    """Make one input.

    Parameters
    ----------
    name : str
    value : float or array, optional
        What it is where nothing else is put in.
    shape : tuple of int or str, optional
        By default the value's shape; letters stand for numbers known later.

    Raises
    ------
    CircuitError
        If the value is not made of real numbers, or does not have the shape.

    Examples
    --------
    >>> import clearprop as cp
    >>> X = cp.input("X", shape=("N", 2))
    >>> (X @ np.ones((2, 3))).shape
    ('N', 3)
    """
    if not isinstance(name, str) or not name:
        raise CircuitError(f"an input has a name, such as 'x', not {name!r}")
    wanted = None if shape is None else _shape(shape)
    if value is None:
        return Wire("input", (), wanted or (), name=name)
    array = _numbers(value, f"the input {name}")
    fits = wanted is None or (
        len(wanted) == array.ndim
        and all(
            isinstance(n, str) or n == size for n, size in zip(wanted, array.shape, strict=True)
        )
    )
    if not fits:
        raise CircuitError(
            f"{name} has the shape {show_shape(wanted or ())}, its value {array.shape}"
        )
    return Wire("input", (), array.shape if wanted is None else wanted, name=name, value=array)


def _shape(shape: Any) -> Shape:
    try:
        sizes = tuple(shape) if not isinstance(shape, str) else None
    except TypeError:
        sizes = None
    if sizes is None or not all(
        (isinstance(n, str) and n) or (type(n) is int and n >= 0) for n in sizes
    ):
        raise CircuitError(
            f'a shape is a tuple of numbers and letters, such as ("N", 2), not {shape!r}'
        )
    return sizes


def inputs(**values: Number) -> tuple[Wire, ...]:
    """Make named inputs with values, in the order given.

    >>> x, y = inputs(x=3.0, y=-4.0)
    >>> x * y
    multiply(x, y)
    """
    return tuple(input(name, value) for name, value in values.items())


def constant(value: Number) -> Wire:
    """Make a wire that never changes: a number or an array."""
    array = _numbers(value, "a constant")
    return Wire("constant", (), array.shape, value=float(array) if array.shape == () else array)


def _numbers(value: Any, what: str) -> np.ndarray[Any, Any]:
    array = real_array(value)
    if array is None:
        raise CircuitError(
            f"{what} should be a real number or an array of them, not {repr(value)[:60]}"
        )
    array = array.copy()  # what its owner does with theirs is no matter of ours
    array.flags.writeable = False
    return array


def as_wire(value: Wire | Number) -> Wire:
    """Return wires as they are, and numbers as constants."""
    return value if isinstance(value, Wire) else constant(value)


def operation(kind: Operation, *inputs: Wire, setting: Any = None) -> Wire:
    """Apply an operation that changes shapes; its row says which shapes fit."""
    shape = kind.shape(tuple(wire.shape for wire in inputs), setting)
    return Wire(kind, inputs, shape, setting=setting)


def apply(gate: str | Gate, *values: Wire | Number, **parameters: float) -> Wire:
    """Put wires (or numbers) into a gate; smaller arrays are broadcast to the largest.

    Parameters
    ----------
    gate : str or Gate
        A row, or its name, perhaps with parameters: ``"leaky_relu(alpha=0.2)"``.
    *values : Wire or float
        One for each input of the gate.
    **parameters : float
        The gate's parameters, where they are not those of the row.

    Raises
    ------
    CircuitError, TableError
        If the number of inputs or their shapes do not fit, or there is no such gate.

    Examples
    --------
    >>> apply("leaky_relu", input("z", 0.5), alpha=0.2)
    leaky_relu(z)
    """
    row = GATES.resolve(gate)
    if parameters:
        row = row.with_parameters(**parameters)
    wires = tuple(as_wire(value) for value in values)
    if len(wires) != len(row.inputs):
        raise CircuitError(
            f"{row.name} takes {len(row.inputs)} input(s), {len(wires)} given: "
            f"{', '.join(map(repr, wires))}"
        )
    shape = max((wire.shape for wire in wires), key=len)
    return Wire(row, tuple(_stretch(wire, shape, row, wires) for wire in wires), shape)


def _stretch(wire: Wire, shape: Shape, row: Gate, wires: Sequence[Wire]) -> Wire:
    """Broadcast a wire that lacks leading axes; a constant number fits everywhere as it is."""
    if wire.shape == shape or (wire.kind == "constant" and wire.shape == ()):
        return wire
    missing = len(shape) - len(wire.shape)
    if shape[missing:] != wire.shape:
        given = ", ".join(f"{w!r} {show_shape(w.shape)}" for w in wires)
        raise CircuitError(
            f"{row.name} works element by element, so its inputs need one shape "
            f"(or a shape that lacks leading axes); given: {given}"
        )
    return broadcast(wire, shape, tuple(range(missing)))


def broadcast(wire: Wire, shape: Shape, axes: tuple[int, ...]) -> Wire:
    """Repeat a wire along new ``axes`` of ``shape``."""
    return operation(BROADCAST, wire, setting=(shape, axes))


class Gates:
    """Every gate of the table as a function of wires: ``cp.gates.sigmoid(x)``."""

    def __getattr__(self, name: str) -> Any:
        if name not in GATES:
            raise AttributeError(f"there is no gate named {name!r}; there are: {', '.join(GATES)}")
        return lambda *values, **parameters: apply(name, *values, **parameters)

    def __dir__(self) -> Iterable[str]:
        return list(GATES)


gates = Gates()


def topological(outputs: Iterable[Wire]) -> Iterator[Wire]:
    """Yield every wire behind ``outputs`` once, inputs before what uses them.

    Without recursion: a chain of 100,000 gates is as good as any.
    """
    done: set[Wire] = set()
    stack = [(wire, False) for wire in reversed(list(outputs))]
    while stack:
        wire, ready = stack.pop()
        if ready:
            if wire not in done:
                done.add(wire)
                yield wire
        elif wire not in done:
            stack.append((wire, True))
            stack.extend((below, False) for below in reversed(wire.inputs) if below not in done)
