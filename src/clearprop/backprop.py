"""Back-propagation: one sweep from the output back to the inputs, by the chain rule.

The result is a circuit again, so derivatives of derivatives come by asking twice:

>>> import clearprop as cp
>>> x = cp.input("x", 2.0)
>>> f = x * x * x
>>> slope = cp.backward(f)[x]
>>> cp.evaluate(slope), cp.gradients(slope)[x]
(12.0, 12.0)

Each wire's slope is the sum, over the gates that it feeds, of the gate's slope times
what came back to the gate's output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from .circuit import Wire, apply, broadcast, constant, operation, topological
from .errors import CircuitError
from .feeds import At, resolve_feeds
from .formulas import build, names_of
from .loss_circuit import unfold
from .operations import (
    ARGMAX,
    BROADCAST,
    LARGEST,
    MATMUL,
    ONE_HOT,
    PICK,
    SUM,
    TRANSPOSE,
    Operation,
    show_shape,
)
from .program import Program, plain
from .tables.gates import Gate
from .tables.losses import Loss

Slopes: TypeAlias = tuple[Wire | None, ...]
Wrt: TypeAlias = Wire | str | Iterable[Wire | str]


def backward(output: Wire, wrt: Wrt | None = None) -> dict[Wire, Wire]:
    """Return, for each wire asked about, the wire of the output's derivative by it.

    Parameters
    ----------
    output : Wire
        A scalar, of shape ``()``.
    wrt : Wire, name, or iterable of them, optional
        By default every input that the output can be differentiated by. A wire in the
        middle of the circuit is as good as an input.

    Returns
    -------
    dict of Wire to Wire
        Each derivative has the shape of the wire it belongs to.

    Raises
    ------
    CircuitError
        If the output is not a scalar, if a wire is not in its circuit, or if it is a target
        or an index: those are data, and the output has no derivative by them.
    """
    if not isinstance(output, Wire):
        raise CircuitError(f"a wire has derivatives; {output!r} is none")
    if output.shape != ():
        raise CircuitError(
            f"only a single number has a gradient; {output!r} has the shape "
            f"{show_shape(output.shape)}. Sum it first: {output.name or 'f'}.sum()"
        )
    order = list(topological([output]))
    movable = _movable(output)
    if wrt is None:
        return _sweep(output, order, [w for w in order if w.kind == "input" and w in movable])
    asked, choosing = [_asked(one, output, order) for one in _several(wrt)], set(order) - movable
    for wire in asked:
        if wire in choosing:
            raise CircuitError(f"{wire!r} is data that chooses; nothing has a slope by it")
    return _sweep(output, order, asked)


def _several(wrt: Any) -> list[Any]:
    if isinstance(wrt, Wire | str):
        return [wrt]
    if isinstance(wrt, np.ndarray):
        return list(wrt.ravel())
    if not isinstance(wrt, Iterable):
        raise CircuitError(f"derivatives are by a wire, or by several; not by {wrt!r}")
    return list(wrt)


def _asked(wire: Any, output: Wire, order: Sequence[Wire]) -> Wire:
    """Return the wire that is meant: one of the circuit, or an input that it does not use.

    A name means the wire that has it.
    """
    if isinstance(wire, Wire) and (wire.kind == "input" or wire in set(order)):
        return wire
    named = [one for one in order if one.name and one.name == wire]
    if len(named) == 1:
        return named[0]
    names = ", ".join(dict.fromkeys(one.name for one in order if one.name)) or "none"
    if isinstance(wire, Wire):
        hint = "what is written twice is two wires, so keep the wire in a variable and use that"
    else:
        hint = "two wires have this name" if named else "no wire has this name"
    raise CircuitError(
        f"{wire!r} is not in the circuit of {output!r}: {hint}. Named wires of it: {names}"
    )


def _movable(output: Wire) -> set[Wire]:
    """Return the wires that the output depends on smoothly (not as an index or a target)."""
    found = {output}
    stack = [output]
    while stack:
        for below in _differentiable(stack.pop()):
            if below not in found:
                found.add(below)
                stack.append(below)
    return found


def _differentiable(wire: Wire) -> tuple[Wire, ...]:
    if isinstance(wire.kind, Loss) or wire.kind is PICK:
        return wire.inputs[:1]
    return () if wire.kind is ARGMAX or wire.kind is ONE_HOT else wire.inputs


def _sweep(output: Wire, order: Sequence[Wire], asked: Sequence[Wire]) -> dict[Wire, Wire]:
    leads_to_asked = set(asked)
    for wire in order:
        if any(below in leads_to_asked for below in _differentiable(wire)):
            leads_to_asked.add(wire)
    slope_of: dict[Wire, Wire] = {output: constant(1.0)}
    for wire in reversed(order):
        if wire not in slope_of or not any(w in leads_to_asked for w in wire.inputs):
            continue
        passed = _pass_back(wire, slope_of[wire], leads_to_asked)
        for below, part in zip(wire.inputs, passed, strict=False):
            if part is not None and below in leads_to_asked:
                slope_of[below] = slope_of[below] + part if below in slope_of else part
    forward = set(order)
    return {wire: _finished(wire, output, slope_of.get(wire), forward) for wire in asked}


def _finished(wire: Wire, output: Wire, slope: Wire | None, forward: set[Wire]) -> Wire:
    """Give a derivative its shape and its name; what does not reach the output has slope 0."""
    slope = constant(0.0) if slope is None else slope
    if slope.shape != wire.shape:
        slope = broadcast(slope, wire.shape, tuple(range(len(wire.shape))))
    if slope in forward:
        # d(x·y)/dy is x itself: a gate takes the name, so that x stays the wire that it is.
        slope = apply("identity", slope)
    return slope.named(f"d{output.name or 'f'}/d{wire!r}")


def _pass_back(wire: Wire, upstream: Wire, needed: set[Wire]) -> Slopes:
    """Return what a wire passes back to each of its inputs: upstream times local slope."""
    if isinstance(wire.kind, Gate):
        return _through_gate(wire, wire.kind, upstream, needed)
    if isinstance(wire.kind, Loss):
        scores = wire.inputs[0]
        return (_times(_along_last(upstream, scores), unfold(wire).slope), None)
    if isinstance(wire.kind, Operation):
        return _OPERATIONS[wire.kind](wire, upstream, needed)
    return ()


def _through_gate(wire: Wire, gate: Gate, upstream: Wire, needed: set[Wire]) -> Slopes:
    names = names_of(
        gate.part_trees, gate.parameters, dict(zip(gate.inputs, wire.inputs, strict=True))
    )
    names["y"] = wire
    passed: list[Wire | None] = []
    for below, tree in zip(wire.inputs, gate.slope_trees, strict=True):
        if below not in needed or tree.is_number(0):
            passed.append(None)
        elif tree.is_number(1):
            passed.append(upstream)
        elif tree.is_number(-1):
            passed.append(apply("negate", upstream))
        else:
            passed.append(_times(upstream, build(tree, names)))
    return tuple(passed)


def _times(upstream: Wire, slope: Wire) -> Wire:
    """Multiply, but leave out a factor 1: it is the slope at which the sweep starts."""
    if upstream.kind == "constant" and upstream.shape == () and upstream.value == 1.0:
        return slope
    return apply("multiply", upstream, slope)


def _along_last(wire: Wire, like: Wire) -> Wire:
    return broadcast(wire, like.shape, (len(like.shape) - 1,))


def _hot(index: Wire, like: Wire) -> Wire:
    return operation(ONE_HOT, index, setting=like.shape[-1])


def _matmul(wire: Wire, upstream: Wire, needed: set[Wire]) -> Slopes:
    left, right = wire.inputs
    return (
        upstream @ right.T if left in needed else None,
        left.T @ upstream if right in needed else None,
    )


def _sum(wire: Wire, upstream: Wire, needed: set[Wire]) -> Slopes:
    return (broadcast(upstream, wire.inputs[0].shape, wire.setting),)


def _broadcast(wire: Wire, upstream: Wire, needed: set[Wire]) -> Slopes:
    return (operation(SUM, upstream, setting=wire.setting[1]),)


def _largest(wire: Wire, upstream: Wire, needed: set[Wire]) -> Slopes:
    (below,) = wire.inputs
    return (_along_last(upstream, below) * _hot(operation(ARGMAX, below), below),)


def _pick(wire: Wire, upstream: Wire, needed: set[Wire]) -> Slopes:
    array, index = wire.inputs
    return (_along_last(upstream, array) * _hot(index, array), None)


_OPERATIONS: Mapping[Operation, Callable[[Wire, Wire, set[Wire]], Slopes]] = {
    MATMUL: _matmul,
    TRANSPOSE: lambda wire, upstream, needed: (upstream.T,),
    SUM: _sum,
    BROADCAST: _broadcast,
    LARGEST: _largest,
    PICK: _pick,
    ARGMAX: lambda wire, upstream, needed: (None,),
    ONE_HOT: lambda wire, upstream, needed: (None,),
}


class Gradients(dict[Wire, Any]):
    """Derivatives by wire; a wire's name finds it too: ``gradients["w1"]``."""

    def __missing__(self, key: object) -> Any:
        found = [value for wire, value in self.items() if wire.name == key]
        if len(found) != 1:
            names = ", ".join(map(repr, self))
            how = f"{len(found)} wires are named" if found else "there is no derivative by"
            raise KeyError(f"{how} {key!r}; there are: {names}")
        return found[0]

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or any(wire.name == key for wire in self)

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the derivative by a wire or a name, or ``default``."""
        try:
            return self[key]
        except KeyError:
            return default


def gradients(
    output: Wire,
    at: At | None = None,
    *,
    wrt: Wrt | None = None,
    dtype: Any = np.float64,
) -> Gradients:
    """Return the derivatives of a scalar wire, as numbers. Ask twice, get the same twice.

    Parameters
    ----------
    output : Wire
        A scalar.
    at : mapping of Wire (or name) to value, optional
        Values of inputs, in place of those they were made with.
    wrt : Wire, name, or iterable of them, optional
        By default every input.
    dtype : {"float64", "float32"}

    Returns
    -------
    dict of Wire to float or array
        An array where the wire is one, of the same shape. A name finds its wire too.

    Raises
    ------
    CircuitError
        As :func:`backward` and :func:`evaluate` do.

    Examples
    --------
    >>> import clearprop as cp
    >>> x, y = cp.inputs(x=3.0, y=-4.0)
    >>> gradients(x * y + x)
    {x: -3.0, y: 3.0}
    >>> gradients(x * y + x, at={x: 10.0})["y"]
    10.0
    """
    circuits = backward(output, wrt)
    # The values of what is asked about say what letters stand for, where slopes do not need them.
    own = {w: w.value for w in topological(circuits) if w.kind == "input" and w.value is not None}
    slopes = Program(circuits.values(), dtype)
    values = slopes.run({**own, **resolve_feeds(at, [output])})
    return Gradients(zip(circuits, plain(values), strict=True))
