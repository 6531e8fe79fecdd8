"""Formulas of whole arrays, as the table of mistakes writes them.

A formula is a text such as ``"(delta2 @ W2.T) * slope('tanh', Z1, A1)"``: names, numbers,
``+ - * /`` element by element, ``@`` for the matrix product, ``.T``, and the functions listed
in :data:`FUNCTIONS`. It is read by an allow-list and never run as Python.

>>> import numpy as np
>>> work = Workspace({"A": np.ones((3, 2)), "d": np.arange(3.0)[:, None]})
>>> work.value(work.enter(parse("A.T @ d"), {}))
array([[3.],
       [3.]])
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, cast

import numpy as np

from ..errors import TableError
from ..numerics import REAL, evaluate_gate, quiet
from ..tables.expression import Meaning, fold
from ..tables.gates import GATES, Gate
from ..tables.losses import LOSSES, Loss

Array: TypeAlias = np.ndarray[Any, Any]

_BINARY: Mapping[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.MatMult: "matmul",
}


@dataclass(frozen=True)
class Formula:
    """One node: ``name``, ``number``, ``text``, an operation, or a function of FUNCTIONS."""

    operation: str
    inputs: tuple[Formula, ...] = ()
    value: str | float = ""


@lru_cache(maxsize=20_000)
def parse(text: str) -> Formula:
    """Read a formula.

    Raises
    ------
    TableError
        If it is not written in the language.
    """
    try:
        return _node(ast.parse(text, mode="eval").body)
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        raise TableError(f"{text!r} is no formula of arrays: {error}") from None


def _node(tree: ast.expr) -> Formula:
    match tree:
        case ast.Name(id=name):
            return Formula("name", value=name)
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() as value):
            return Formula("number", value=float(value))
        case ast.Constant(value=str() as value):
            return Formula("text", value=value)
        case ast.UnaryOp(op=ast.USub(), operand=inside):
            return Formula("negate", (_node(inside),))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _BINARY:
            return Formula(_BINARY[type(sign)], (_node(left), _node(right)))
        case ast.Attribute(value=inside, attr="T"):
            return Formula("transpose", (_node(inside),))
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]) if name in FUNCTIONS:
            return Formula(name, tuple(map(_node, given)))
    raise ValueError(f"{ast.unparse(tree)!r} has no meaning here")


@lru_cache(maxsize=1_000)
def _with_settings(row: Gate | Loss, spec: str) -> Gate | Loss:
    table: Any = GATES if isinstance(row, Gate) else LOSSES
    found: Gate | Loss = table.resolve(spec)
    return found


def gate_of(spec: str) -> Gate:
    """Return the gate that a text names; a row with settings of its own is checked once."""
    return cast("Gate", _with_settings(GATES[spec.partition("(")[0]], spec))


def loss_of(spec: str) -> Loss:
    """Return the loss that a text names."""
    return cast("Loss", _with_settings(LOSSES[spec.partition("(")[0]], spec))


def _slope(gate: str, x: Array, y: Array) -> Array:
    """Return a gate's slope, with any array in the place of its input and of its output."""
    row = gate_of(gate)
    names: dict[str, Any] = {k: np.asarray(v) for k, v in row.parameters.items()}
    names |= {"x": x, "y": y}
    for part, tree in row.part_trees.items():
        names[part] = np.asarray(fold(tree, Meaning(names, REAL, np.asarray)))
    return np.broadcast_to(fold(row.slope_trees[0], Meaning(names, REAL, np.asarray)), x.shape)


def _stages(loss: str, s: Array, hit: Array) -> dict[str, Any]:
    """Return a loss's stages and parts for scores ``s``, with targets as a matrix."""
    row = loss_of(loss)
    names: dict[str, Any] = {k: np.asarray(v) for k, v in row.parameters.items()}
    names |= {"s": s, "hit": hit, "target": hit}
    gather: Mapping[str, Callable[[Array], Array]] = {
        "sum": lambda a: np.broadcast_to(a, s.shape).sum(-1, keepdims=True),
        "max": lambda a: a.max(-1, keepdims=True),
        "pick": lambda a: (a * hit).sum(-1, keepdims=True),
    }
    for stage, (how, tree) in row.stage_trees.items():
        names[stage] = gather[how](np.asarray(fold(tree, Meaning(names, REAL, np.asarray))))
    for part, tree in row.part_trees.items():
        names[part] = np.asarray(fold(tree, Meaning(names, REAL, np.asarray)))
    return names


def _loss_slope(loss: str, scores: Array, targets: Array) -> Array:
    names = _stages(loss, scores, targets)
    tree = loss_of(loss).slope_tree
    return np.broadcast_to(fold(tree, Meaning(names, REAL, np.asarray)), scores.shape)


def _probability(loss: str, scores: Array) -> Array:
    tree = loss_of(loss).probability_tree
    if tree is None:
        raise ValueError(f"{loss} has no probabilities")
    names = _stages(loss, scores, np.zeros_like(scores))
    return np.asarray(fold(tree, Meaning(names, REAL, np.asarray)))


def _softmax(scores: Array, axis: float | None = None) -> Array:
    along = None if axis is None else int(axis)
    e = np.exp(scores - scores.max(axis=along, keepdims=True))
    return np.asarray(e / e.sum(axis=along, keepdims=True))


def _at_kink(gate: str, x: Array, slopes: Array, instead: float) -> Array:
    """Return slopes with another number where the gate's input is at a kink."""
    row = gate_of(gate)
    names: dict[str, Any] = {k: np.asarray(v) for k, v in row.parameters.items()}
    for at, _ in row.kink_trees:
        there = fold(at, Meaning({**names, "x": x}, REAL, np.asarray)) == 0
        slopes = np.where(there, instead, slopes)
    return slopes


def _roll(a: Array, by: float) -> Array:
    """Move each row's entries one place; what leaves at one end comes in at the other."""
    return np.roll(a, int(by), axis=-1)


def _inside(scores: Array, targets: Array, margin: float) -> Array:
    """Return 1 where a wrong class's score comes within the margin of the right one's."""
    right = (scores * targets).sum(-1, keepdims=True)
    return np.where((scores - right + margin > 0) & (targets == 0), 1.0, 0.0)


def _reshape_as_transposed(a: Array) -> Array:
    return a.reshape(a.shape[::-1])


def _column(a: Array, index: float) -> Array:
    return a[:, [int(index)]]


def _row(a: Array, index: float) -> Array:
    return a[[int(index)]]


def _batch_weights(rows: int, size: float, how: str) -> Array:
    """Return what each row counts, where the last batch of a size is shorter than the others."""
    full, rest = divmod(rows, int(size))
    weights = np.ones((rows, 1))
    if rest:
        batches = full + 1
        last = {"short": rest / size, "means": rows / (batches * rest), "whole": 0.0}[how]
        weights[rows - rest :] = last
        if how == "means":
            weights[: rows - rest] = rows / (batches * size)
    return weights


def _without_row(a: Array, index: float) -> Array:
    kept = np.array(a)
    kept[int(index)] = 0
    return kept


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "slope": _slope,
    "exp": np.exp,
    "gate": lambda gate, x: evaluate_gate(gate_of(gate), x),
    "loss_slope": _loss_slope,
    "probability": _probability,
    "softmax": _softmax,
    "sum": lambda a, axis=None: np.sum(a, axis=None if axis is None else int(axis)),
    "mean": lambda a, axis=None: np.mean(a, axis=None if axis is None else int(axis)),
    "row_sums": lambda a: a.sum(-1, keepdims=True),
    "column_sums": lambda a: a.sum(0, keepdims=True),
    "column_means": lambda a: a.mean(0, keepdims=True),
    "at_kink": _at_kink,
    "roll": _roll,
    "shifted": lambda a: np.exp(a - a.max(-1, keepdims=True)),
    "inside": _inside,
    "reshaped": _reshape_as_transposed,
    "like": lambda a, other: a.reshape(other.shape),
    "fill": lambda a, other: np.broadcast_to(a, other.shape),
    "column": _column,
    "row": _row,
    "short_batch": lambda a, size: a * _batch_weights(len(a), size, "short"),
    "batch_means": lambda a, size: a * _batch_weights(len(a), size, "means"),
    "whole_batches": lambda a, size: a * _batch_weights(len(a), size, "whole"),
    "without_row": _without_row,
    "positive": lambda a: (a > 0).astype(float),
    "one_signed": np.sign,
}
"""What a formula may call; the first inputs of some are names of rows of the tables."""

_OPERATIONS: Mapping[str, Callable[..., Any]] = {
    **{name: REAL[name] for name in ("add", "subtract", "multiply", "divide", "negate")},
    "matmul": np.matmul,
    "transpose": np.transpose,
    **FUNCTIONS,
}


class Misfit(Exception):  # noqa: N818 (no error of a person's: the formula has no value here)
    """The arrays of a formula do not fit together."""


class Workspace:
    """The values of formulas over given arrays; what is asked twice is computed once.

    Formulas are entered under numbers: two that say the same of the same arrays get the
    same number, so a rewritten backward pass costs only what differs from the right one.
    """

    def __init__(self, names: Mapping[str, Any], largest_kept: int = 1 << 16) -> None:
        self.names = names
        self._numbers: dict[Any, int] = {}
        self._nodes: list[Any] = []
        self._values: dict[int, Any] = {}
        self._largest = largest_kept

    def other(self, **names: Any) -> Workspace:
        """Return one with other values for some names; formulas keep their numbers."""
        new = Workspace({**self.names, **names}, self._largest)
        new._numbers, new._nodes = self._numbers, self._nodes
        return new

    def enter(self, formula: Formula, known: Mapping[str, int]) -> int:
        """Return the number of a formula; ``known`` are names that stand for others."""
        if formula.operation == "name":
            name = str(formula.value)
            if name in known:
                return known[name]
            if name not in self.names:
                raise Misfit(f"{name} is not there")
            return self._number(("name", name))
        if formula.operation in ("number", "text"):
            return self._number((formula.operation, formula.value))
        inside = tuple(self.enter(one, known) for one in formula.inputs)
        return self._number((formula.operation, *inside))

    def _number(self, key: Any) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self._nodes)
            self._nodes.append(key)
        return self._numbers[key]

    def value(self, number: int) -> Any:
        """Return what the formula with that number comes to.

        Raises
        ------
        Misfit
            If its arrays do not fit together.
        """
        if number in self._values:
            found = self._values[number]
        else:
            found = self._compute(number)
            if not isinstance(found, np.ndarray) or found.size <= self._largest:
                self._values[number] = found
        if isinstance(found, Misfit):
            raise found
        return found

    def _compute(self, number: int) -> Any:
        operation, *rest = self._nodes[number]
        if operation == "name":
            return self.names[rest[0]]
        if operation in ("number", "text"):
            return rest[0]
        try:
            inputs = [self.value(one) for one in rest]
            with quiet():
                return _OPERATIONS[operation](*inputs)
        except Misfit as misfit:
            return misfit
        except (ValueError, TypeError, IndexError) as error:
            return Misfit(str(error))
