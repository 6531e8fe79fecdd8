"""Evaluation: a circuit as a list of NumPy calls, made once and run as often as wanted.

>>> import clearprop as cp
>>> x = cp.input("x", 3.0)
>>> f = x * x + 1
>>> cp.evaluate(f), cp.evaluate(f, {x: 10.0})
(10.0, 101.0)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, overload

import numpy as np

from .circuit import Wire, topological
from .errors import CircuitError
from .feeds import At, Feeds, Intake, resolve_feeds
from .loss_circuit import unfold
from .numerics import REAL, quiet
from .operations import BROADCAST, ONE_HOT, PICK, Array, Dimension, Operation, Shape
from .tables.expression import CONSTANTS, Expression, fold
from .tables.gates import Gate
from .tables.losses import Loss

K = TypeVar("K")
Step = tuple[Callable[..., Any], int, tuple[int, ...]]


class Program:
    """The wires behind ``outputs`` as steps on numbered registers.

    Gates are written out as the primitives of their rows; what is computed twice in the
    same way is computed once. A program is never changed by running it.

    Parameters
    ----------
    outputs : sequence of Wire
    dtype : {"float64", "float32"}
        In which all real numbers are held.
    """

    def __init__(self, outputs: Iterable[Wire], dtype: Any = np.float64) -> None:
        self.dtype = _dtype(dtype)
        self.outputs = tuple(outputs)
        self._start: list[Any] = []
        self._steps: list[Step] = []
        self._known: dict[Any, int] = {}
        self._register: dict[Wire, int] = {}
        self._inputs: list[tuple[Wire, int]] = []
        self._shapes: list[tuple[int, Shape]] = []
        self._whole: dict[Wire, Dimension] = {}
        self._arrays: list[tuple[Wire, int]] = []
        self._answers: dict[int, int] = {}
        self._thin: set[Wire] = set()
        self._emit(self.outputs)
        self._out = [self._full(wire) for wire in self.outputs]
        self._hold_constants()
        self._plan = list(self._with_ends())

    @property
    def inputs(self) -> tuple[Wire, ...]:
        """The inputs that the outputs depend on."""
        return tuple(wire for wire, _ in self._inputs)

    def run(self, feeds: Feeds | None = None, *, trusted: bool = False) -> list[Array]:
        """Return the outputs' values, with ``feeds`` in place of the inputs' own values.

        Outputs may share memory with each other and with what was fed: copy what you change.
        ``trusted`` says that class numbers are known to stand for entries.

        Raises
        ------
        CircuitError
            If an input has no value, or a value does not have its shape, or a class number
            stands for no entry.
        """
        registers = self._start.copy()
        intake = Intake(feeds or {}, self.dtype, trusted=trusted)
        for wire, register in self._inputs:
            registers[register] = intake.take(wire, self._whole.get(wire))
        for register, shape in self._shapes:
            registers[register] = intake.shape(shape)
        with quiet():
            for function, out, arguments, done in self._plan:
                registers[out] = function(*[registers[argument] for argument in arguments])
                for register in done:
                    registers[register] = None
        return [registers[register] for register in self._out]

    def _with_ends(self) -> Iterator[tuple[Callable[..., Any], int, tuple[int, ...], list[int]]]:
        """Yield each step with the registers that nothing needs after it."""
        last = {register: at for at, step in enumerate(self._steps) for register in step[2]}
        keep = set(self._out)
        for at, (function, out, arguments) in enumerate(self._steps):
            done = [r for r in dict.fromkeys(arguments) if last[r] == at and r not in keep]
            yield function, out, arguments, done

    def _hold_constants(self) -> None:
        for wire, register in self._arrays:
            with quiet():
                array = Intake({}, self.dtype).take(wire, self._whole.get(wire)).copy()
            array.flags.writeable = False
            self._start[register] = array

    def _emit(self, outputs: Sequence[Wire]) -> None:
        for wire in topological(outputs):
            if wire not in self._register:
                self._register[wire] = self._emit_wire(wire)

    def _emit_wire(self, wire: Wire) -> int:
        kind = wire.kind
        if isinstance(kind, Gate):
            if wire.shape and all(w in self._thin or not w.shape for w in wire.inputs):
                self._thin.add(wire)
            return self._emit_gate(kind, [self._register[below] for below in wire.inputs])
        if isinstance(kind, Loss):
            if kind.targets == "class":
                self._whole[wire.inputs[1]] = wire.inputs[0].shape[-1]
            return self._emit_loss(wire)
        if isinstance(kind, Operation):
            return self._emit_operation(wire, kind)
        if kind == "constant":
            return self._constant(wire)
        self._inputs.append((wire, register := self._new()))
        return register

    def _emit_loss(self, wire: Wire) -> int:
        value = unfold(wire).value
        self._emit([value])
        return self._full(value)

    def _emit_operation(self, wire: Wire, kind: Operation) -> int:
        if kind is BROADCAST:
            return self._emit_broadcast(wire)
        if kind is PICK or kind is ONE_HOT:
            index = wire.inputs[-1]
            self._whole[index] = wire.setting if kind is ONE_HOT else wire.inputs[0].shape[-1]
        arguments = [self._full(below) for below in wire.inputs]
        key = (kind.name, wire.setting, *arguments)
        return self._step(kind.compute(wire.setting, self.dtype), arguments, key)

    def _emit_broadcast(self, wire: Wire) -> int:
        """Repeat nothing yet: elementwise gates do with an axis of length 1, or without it.

        The wire is "thin" until something needs all of it, which asks for :meth:`_full`.
        """
        (below,), (_, axes) = wire.inputs, wire.setting
        register = self._full(below)
        self._thin.add(wire)
        if axes == tuple(range(len(axes))):
            return register
        index = tuple(None if axis in axes else slice(None) for axis in range(len(wire.shape)))
        return self._step(lambda a: a[index], [register], ("axes", axes, register))

    def _full(self, wire: Wire) -> int:
        register = self._register[wire]
        if wire not in self._thin:
            return register
        arguments = [register, self._shape(wire.shape)]
        return self._step(np.broadcast_to, arguments, ("broadcast", *arguments))

    def _emit_gate(self, gate: Gate, inputs: Sequence[int]) -> int:
        names: dict[str, int] = dict(zip(gate.inputs, inputs, strict=True))
        names |= {name: self.number(value) for name, value in gate.parameters.items()}
        for part, tree in gate.part_trees.items():
            names[part] = self._fold(tree, names)
        return self._fold(gate.value_tree, names)

    def _fold(self, tree: Expression, names: Mapping[str, int]) -> int:
        return fold(tree, _Registers(self, names))

    def primitive(self, operation: str, arguments: Sequence[int]) -> int:
        """Add the step of one primitive, unless the same is there already."""
        if operation == "!=" and self._is(arguments[1], 0.0) and arguments[0] in self._answers:
            return self._answers[arguments[0]]  # where(question, 1, 0) != 0 is the question
        register = self._step(REAL[operation], arguments, (operation, *arguments))
        if operation == "where" and self._is(arguments[1], 1.0) and self._is(arguments[2], 0.0):
            self._answers[register] = arguments[0]
        return register

    def _is(self, register: int, number: float) -> bool:
        return self._known.get(_number_key(number)) == register

    def _step(self, function: Callable[..., Any], arguments: Sequence[int], key: Any) -> int:
        if key not in self._known:
            self._known[key] = register = self._new()
            self._steps.append((function, register, tuple(arguments)))
        return self._known[key]

    def _constant(self, wire: Wire) -> int:
        if not isinstance(wire.value, np.ndarray):
            return self.number(wire.value)
        self._arrays.append((wire, register := self._new(wire.value)))
        return register

    def number(self, value: float) -> int:
        """Return the register that holds a number."""
        key = _number_key(value)
        if key not in self._known:
            self._known[key] = self._new(self.dtype.type(value))
        return self._known[key]

    def _shape(self, shape: Shape) -> int:
        key = ("shape", shape)
        if key not in self._known:
            self._known[key] = self._new()
            self._shapes.append((self._known[key], shape))
        return self._known[key]

    def _new(self, value: Any = None) -> int:
        self._start.append(value)
        return len(self._start) - 1


def _dtype(given: Any) -> np.dtype[Any]:
    dtype: np.dtype[Any]
    try:
        dtype = np.dtype(given)
    except TypeError:
        dtype = np.dtype(object)
    if dtype.kind != "f":
        raise CircuitError(f'dtype is a kind of real numbers, such as "float64", not {given!r}')
    return dtype


def _number_key(value: float) -> tuple[str, str]:
    return ("number", repr(float(value)))  # by its text: 0.0 and -0.0 are two numbers


class _Registers:
    """The algebra that turns an expression into steps of a program."""

    def __init__(self, program: Program, names: Mapping[str, int]) -> None:
        self.program, self.names, self.number = program, names, program.number

    def name(self, name: str) -> int:
        found = self.names.get(name)
        return self.program.number(CONSTANTS[name]) if found is None else found

    def apply(self, operation: str, *arguments: int) -> int:
        return self.program.primitive(operation, arguments)


@overload
def evaluate(wire: Wire, at: At | None = ..., dtype: Any = ...) -> Any: ...
@overload
def evaluate(wire: Sequence[Wire], at: At | None = ..., dtype: Any = ...) -> list[Any]: ...
@overload
def evaluate(wire: Mapping[K, Wire], at: At | None = ..., dtype: Any = ...) -> dict[K, Any]: ...
def evaluate(wire: Any, at: At | None = None, dtype: Any = np.float64) -> Any:
    """Return the value of a wire, or of several.

    Parameters
    ----------
    wire : Wire, sequence of Wire, or mapping to Wire
    at : mapping of Wire (or name) to value, optional
        Values of inputs, in place of those they were made with.
    dtype : {"float64", "float32"}

    Returns
    -------
    float or array; a list or a dict of them
        A Python float for a scalar wire.

    Raises
    ------
    CircuitError
        If an input has no value, or a value does not have its shape.

    Examples
    --------
    >>> import clearprop as cp
    >>> x, y = cp.inputs(x=3.0, y=-4.0)
    >>> evaluate([x * y, x / y])
    [-12.0, -0.75]
    >>> evaluate(cp.backward(x * y), at={"x": 2.0})
    {x: -4.0, y: 2.0}
    """
    if isinstance(wire, Wire):
        return evaluate([wire], at, dtype)[0]
    if isinstance(wire, Mapping):
        return dict(zip(wire, evaluate(list(wire.values()), at, dtype), strict=True))
    wires = wire_list(wire)
    return plain(Program(wires, dtype).run(resolve_feeds(at, wires)))


def plain(values: Iterable[Any]) -> list[Any]:
    """Return values that belong to the caller: Python floats, and copies of arrays."""
    return [float(value) if np.ndim(value) == 0 else np.array(value) for value in values]


def wire_list(given: Any) -> list[Wire]:
    """Return what was given as a list of wires, an array of objects row by row."""
    if isinstance(given, np.ndarray):
        given = given.ravel()
    if not isinstance(given, Iterable) or isinstance(given, str):
        raise CircuitError(f"a wire, or several, are asked for; not {given!r}")
    wires = list(given)
    for wire in wires:
        if not isinstance(wire, Wire):
            raise CircuitError(f"a wire, or several, are asked for; among them is {wire!r}")
    return wires
