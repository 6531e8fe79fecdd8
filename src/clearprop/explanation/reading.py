"""From wires back to formulas: what part of a circuit says, as an expression of the tables.

The circuit is cut where wires have names of their own (or are otherwise to be seen); what lies
between two cuts becomes one expression, and its derivatives by what it is made of become others.
Nothing is differentiated here: :func:`clearprop.backward` does that, and its result is read.

>>> import clearprop as cp
>>> from clearprop.explanation.reading import local
>>> w, i, b = cp.inputs(w=0.5, i=2.0, b=1.0)
>>> piece = local(w * i + b, {w: "w", i: "i", b: "b"}, "net")
>>> piece.formula == parse_formula("w * i + b"), piece.slopes["w"] == parse_formula("i")
(True, True)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..backprop import backward
from ..circuit import Wire, input, topological
from ..numerics import REAL, quiet
from ..operations import BROADCAST
from ..tables.expression import COMPARISONS, PRIMITIVES, Expression, Meaning, fold, parse
from ..tables.gates import GATES, Gate

_OPERATION_OF = {
    "power": "pow",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}


@dataclass(frozen=True)
class Piece:
    """What lies between two cuts.

    Attributes
    ----------
    formula : Expression
        Of the names of what it is made of.
    slopes : mapping of str to Expression
        By each of those names; may use the piece's own name too.
    """

    formula: Expression
    slopes: Mapping[str, Expression]


def number(value: float) -> Expression:
    """Return a number as an expression."""
    return Expression("number", value=float(value))


def name(text: str) -> Expression:
    """Return a name as an expression."""
    return Expression("name", name=text)


def call(operation: str, *arguments: Expression) -> Expression:
    """Return an operation, or a gate of the table, of some expressions."""
    return Expression(operation, arguments)


def parse_formula(text: str) -> Expression:
    """Read a formula in which every gate of the table is a function."""
    return parse(text, {**{n: len(gate.inputs) for n, gate in GATES.items()}, **PRIMITIVES})


def local(output: Wire, parents: Mapping[Wire, str], own: str) -> Piece:
    """Read the piece of a circuit between ``parents`` and a scalar ``output``.

    Parameters
    ----------
    output : Wire
        A scalar.
    parents : mapping of Wire to str
        Where to stop, and the names to write there.
    own : str
        The name of the output, which slopes may use: ``out * (1 - out)``.
    """
    inputs = {wire: input(text) for wire, text in parents.items()}
    top = rebuilt(output, inputs)
    found = backward(top, list(inputs.values()))
    names = {wire: wire.name for wire in inputs.values()}
    formula = read(top, names)
    return Piece(
        formula,
        {wire.name: read(slope, {**names, top: own}) for wire, slope in found.items()},
    )


def rebuilt(output: Wire, instead: Mapping[Wire, Wire]) -> Wire:
    """Return the same circuit with other wires in some places."""
    made: dict[Wire, Wire] = dict(instead)
    waiting = [output]
    while waiting:
        wire = waiting[-1]
        if wire in made:
            waiting.pop()
            continue
        lacking = [below for below in wire.inputs if below not in made]
        if lacking:
            waiting += lacking
            continue
        waiting.pop()
        below = tuple(made[w] for w in wire.inputs)
        if below == wire.inputs:
            made[wire] = wire
        else:
            made[wire] = Wire(wire.kind, below, wire.shape, setting=wire.setting)
    return made[output]


def read(wire: Wire, names: Mapping[Wire, str]) -> Expression:
    """Return a scalar circuit as an expression of the wires that have names."""
    made: dict[Wire, Expression] = {one: name(text) for one, text in names.items()}
    for one in topological([wire]):
        if one not in made:
            made[one] = _read_one(one, [made[below] for below in one.inputs])
    return made[wire]


def _read_one(wire: Wire, arguments: list[Expression]) -> Expression:
    if wire.kind == "constant":
        return number(wire.value)
    if wire.kind == "input":
        return name(wire.name)
    if not isinstance(wire.kind, Gate):
        if wire.kind is BROADCAST:
            return arguments[0]
        raise ValueError(f"{wire!r} is no scalar gate")
    if wire.kind.name == "identity":
        return arguments[0]
    return call(_OPERATION_OF.get(wire.kind.name, str(wire.kind)), *arguments)


def of_gate(gate: Gate, *arguments: Expression) -> Expression:
    """Return a gate's value written out, of some expressions."""
    names: dict[str, Expression] = {k: number(v) for k, v in gate.parameters.items()}
    names |= dict(zip(gate.inputs, arguments, strict=True))
    for part, tree in gate.part_trees.items():
        names[part] = put_in(tree, names)
    return put_in(gate.value_tree, names)


def put_in(tree: Expression, names: Mapping[str, Expression]) -> Expression:
    """Return an expression with others in place of some of its names."""

    class _PutIn:
        def number(self, value: float) -> Expression:
            return Expression("number", value=value)

        def name(self, text: str) -> Expression:
            return names.get(text) or Expression("name", name=text)

        def apply(self, operation: str, *arguments: Expression) -> Expression:
            return Expression(operation, arguments)

    return fold(tree, _PutIn())


class _Functions(dict[str, Callable[..., Any]]):
    """What operations do to numbers; gates of the table too."""

    def __missing__(self, operation: str) -> Callable[..., Any]:
        gate = GATES.resolve(operation)

        def compute(*values: Any) -> Any:
            return value_of(of_gate(gate, *(number(float(v)) for v in values)), {})

        return compute


_FUNCTIONS = _Functions(REAL)


def value_of(tree: Expression, values: Mapping[str, float]) -> float:
    """Return what an expression comes to."""
    with quiet():
        names = {text: np.float64(value) for text, value in values.items()}
        return float(fold(tree, Meaning(names, _FUNCTIONS, np.float64)))


def simplified(
    tree: Expression,
    values: Mapping[str, float],
    first: Callable[[str], bool] = lambda _: False,
) -> Expression:
    """Leave out what changes nothing: factors 1, terms 0, branches not taken.

    ``values`` decide which branch of a ``where`` is taken; names for which ``first`` is true
    are written before the others in a product of two (weights before what they multiply).
    """

    class _Simpler:
        def number(self, value: float) -> Expression:
            return number(value)

        def name(self, text: str) -> Expression:
            return name(text)

        def apply(self, operation: str, *arguments: Expression) -> Expression:
            rule = _RULES.get(operation)
            found = rule(*arguments) if rule else None
            if found is not None:
                return found
            if operation == "where" and arguments[0].operation in COMPARISONS:
                return arguments[1 if value_of(arguments[0], values) else 2]
            if (
                operation == "multiply"
                and _is(arguments[1], first)
                and not _is(arguments[0], first)
            ):
                return call("multiply", arguments[1], arguments[0])
            if operation not in COMPARISONS and all(a.operation == "number" for a in arguments):
                return number(value_of(call(operation, *arguments), {}))
            return call(operation, *arguments)

    return fold(tree, _Simpler())


def _is(tree: Expression, test: Callable[[str], bool]) -> bool:
    return tree.operation == "name" and test(tree.name)


def _multiply(a: Expression, b: Expression) -> Expression | None:
    if a.is_number(0) or b.is_number(0):
        return number(0)
    if a.is_number(1):
        return b
    if b.is_number(1):
        return a
    if b.operation == "number" and a.operation != "number":
        return call("multiply", b, a)
    if a == b and a.operation == "name":
        return call("square", a)
    return None


def _add(a: Expression, b: Expression) -> Expression | None:
    return b if a.is_number(0) else a if b.is_number(0) else None


def _subtract(a: Expression, b: Expression) -> Expression | None:
    if b.is_number(0):
        return a
    return call("negate", b) if a.is_number(0) and b.operation != "number" else None


_RULES: Mapping[str, Callable[..., Expression | None]] = {
    "multiply": _multiply,
    "add": _add,
    "subtract": _subtract,
    "divide": lambda a, b: a if b.is_number(1) else None,
}


def gates_between(tree: Expression, by: str) -> tuple[str, ...]:
    """Return the operations from the top of an expression down to a name.

    Sums in a row are one, and so are products. They end where the name stands in several places;
    there are none where it stands nowhere.

    >>> gates_between(parse_formula("w1 * i1 + w2 * i2 + b1"), "w1")
    ('add', 'multiply')
    """
    found: list[str] = []
    while tree.operation != "name":
        below = [part for part in tree.arguments if by in part.names()]
        if below and not (tree.operation in ("add", "multiply") and found[-1:] == [tree.operation]):
            found.append(tree.operation)
        if len(below) != 1:
            break
        tree = below[0]
    return tuple(found)
