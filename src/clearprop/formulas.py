"""From expressions to wires: circuits written as text, and the rows of the tables as circuits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .circuit import Number, Wire, apply, constant, input
from .errors import CircuitError
from .tables.expression import PRIMITIVES, Expression, Meaning, fold
from .tables.expression import parse as read
from .tables.gates import GATES

_GATE_OF = {
    "pow": "power",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}


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
    tree = read(text, {**arities, **PRIMITIVES})
    used = tree.names()
    lacking, idle = sorted(used - values.keys()), sorted(values.keys() - used)
    if lacking or idle:
        problem = f"no value for {', '.join(lacking)}" if lacking else ""
        unused = f"nothing in it is called {', '.join(idle)}" if idle else ""
        raise CircuitError(f"{text!r}: {'; '.join(filter(None, (problem, unused)))}")
    return build(tree, {name: input(name, value) for name, value in values.items()})
