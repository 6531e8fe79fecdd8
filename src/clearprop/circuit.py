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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from .errors import CircuitError
from .operations import BROADCAST, MATMUL, SUM, TRANSPOSE, Operation, Shape, show_shape
from .tables.expression import PRIMITIVES, Expression, Meaning, fold
from .tables.expression import parse as read_expression
from .tables.gates import GATES, Gate
from .tables.losses import Loss

Number: TypeAlias = float | int | np.ndarray[Any, Any]
Kind: TypeAlias = "str | Gate | Loss | Operation"

_GATE_OF = {
    "pow": "power",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}


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
        """Return the same wire under a name."""
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
        """Sum over the given axes; over all of them where none is given."""
        return operation(SUM, self, setting=axes or tuple(range(len(self.shape))))

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
        If the value is not made of real numbers.

    Examples
    --------
    >>> import clearprop as cp
    >>> X = cp.input("X", shape=("N", 2))
    >>> (X @ np.ones((2, 3))).shape
    ('N', 3)
    """
    if value is None:
        return Wire("input", (), shape or (), name=name)
    array = _numbers(value, f"the input {name}")
    return Wire("input", (), array.shape if shape is None else shape, name=name, value=array)


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
    array = np.array(value)  # a copy: what its owner does with theirs is no matter of ours
    array.flags.writeable = False
    if array.dtype.kind not in "biuf":
        raise CircuitError(f"{what} should be a real number or an array of them, not {value!r}")
    return array


def as_wire(value: Wire | Number) -> Wire:
    """Return wires as they are, and numbers as constants."""
    return value if isinstance(value, Wire) else constant(value)


def operation(kind: Operation, *inputs: Wire, setting: Any = None) -> Wire:
    """Apply an operation that changes shapes; its row says which shapes fit."""
    shape = kind.shape(tuple(wire.shape for wire in inputs), setting)
    return Wire(kind, inputs, shape, setting=setting)


def apply(gate: str | Gate, *values: Wire | Number) -> Wire:
    """Put wires (or numbers) into a gate; smaller arrays are broadcast to the largest.

    Parameters
    ----------
    gate : str or Gate
        A row, or its name, perhaps with parameters: ``"leaky_relu(alpha=0.2)"``.
    *values : Wire or float
        One for each input of the gate.

    Raises
    ------
    CircuitError
        If the number of inputs or their shapes do not fit.

    Examples
    --------
    >>> apply("sigmoid", input("z", 0.5))
    sigmoid(z)
    """
    row = GATES.resolve(gate)
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


class _Names(dict[str, Wire]):
    """The wires that an expression's names stand for; parts are built when first used."""

    def __init__(self, names: Mapping[str, Wire], parts: Mapping[str, Expression]) -> None:
        super().__init__(names)
        self.parts = parts

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.parts

    def __missing__(self, name: str) -> Wire:
        self[name] = wire = build(self.parts[name], self)
        return wire


def _apply_operation(name: str) -> Any:
    return lambda *wires: apply(_GATE_OF.get(name, name), *wires)


class _Functions(dict[str, Any]):
    def __missing__(self, name: str) -> Any:
        self[name] = function = _apply_operation(name)
        return function


_FUNCTIONS = _Functions()


def build(tree: Expression, names: Mapping[str, Wire]) -> Wire:
    """Turn an expression into wires."""
    return fold(tree, Meaning(names, _FUNCTIONS, constant))


def names_of(
    parts: Mapping[str, Expression], parameters: Mapping[str, float], wires: Mapping[str, Wire]
) -> _Names:
    """Return what a row's expressions may name: its inputs, parameters and parts, as wires."""
    constants = {name: constant(value) for name, value in parameters.items()}
    return _Names({**constants, **wires}, parts)


def parse(text: str, /, **values: Number) -> Wire:
    """Build a circuit from a text; every gate of the table is a function.

    Parameters
    ----------
    text : str
        For example ``"2 * (x*y + max(z, w))"``.
    **values : float or array
        The inputs, by name.

    Raises
    ------
    ExpressionError
        If the text is not an expression; the caret shows where.
    CircuitError
        If a name in it has no value, or a value no name.

    Examples
    --------
    >>> import clearprop as cp
    >>> f = parse("2 * (x*y + max(z, w))", x=3, y=-4, z=2, w=-1)
    >>> cp.gradients(f)
    {x: -8.0, y: 6.0, z: 2.0, w: 0.0}
    """
    arities = {name: len(gate.inputs) for name, gate in GATES.items()}
    tree = read_expression(text, {**arities, **PRIMITIVES})
    used = tree.names()
    lacking, idle = sorted(used - values.keys()), sorted(values.keys() - used)
    if lacking or idle:
        problem = f"no value for {', '.join(lacking)}" if lacking else ""
        unused = f"nothing in it is called {', '.join(idle)}" if idle else ""
        raise CircuitError(f"{text!r}: {'; '.join(filter(None, (problem, unused)))}")
    return build(tree, {name: input(name, value) for name, value in values.items()})


class Gates:
    """Every gate of the table as a function of wires: ``cp.gates.sigmoid(x)``."""

    def __getattr__(self, name: str) -> Any:
        if name not in GATES:
            raise AttributeError(f"there is no gate named {name!r}; there are: {', '.join(GATES)}")
        return lambda *values: apply(name, *values)

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
