"""The small language in which the mathematics is written once.

An expression is a text such as ``"1 / (1 + exp(-x))"``. :func:`parse` reads it, by an
allow-list and without ever running it, into a tree of :class:`Expression` nodes;
:func:`fold` walks the tree with an *algebra*, which says what numbers, names and
operations become: NumPy arrays, complex numbers, wires of a circuit, or text in
another language (``printers``).

The language: numbers, names, ``+ - * /``, unary minus, the constant ``pi``, the closed
list of :data:`PRIMITIVES`, and comparisons as the first argument of ``where`` only.
There is no ``**`` (write ``pow(a, b)``), no ``and``, no chained comparison. A sum or a
product may be as long as the text; brackets and calls nest at most 60 deep.

>>> tree = parse("1 / (1 + exp(-x))")
>>> sorted(tree.names())
['x']
"""

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from .failures import ExpressionError

PRIMITIVES: Mapping[str, int] = {
    "exp": 1,
    "expm1": 1,
    "log": 1,
    "log1p": 1,
    "tanh": 1,
    "sqrt": 1,
    "abs": 1,
    "pow": 2,
    "max": 2,
    "min": 2,
    "where": 3,
}
"""The closed list of functions, with the number of arguments each takes."""

CONSTANTS: Mapping[str, float] = {"pi": math.pi}

MAX_TEXT = 2_000
MAX_DEPTH = 60

V = TypeVar("V")

_BINARY = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}
_COMPARISON = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
COMPARISONS = frozenset(_COMPARISON.values())
_OTHER_SIGNS: Mapping[type[ast.operator], str] = {
    ast.Pow: "**",
    ast.BitXor: "^",
    ast.MatMult: "@",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.LShift: "<<",
    ast.RShift: ">>",
}


def _unknown_sign(sign: str) -> str:
    if sign in ("**", "^"):
        return f"{sign!r} is not part of the language; write pow(a, b)"
    if sign == "@":
        return "'@' multiplies matrices; an expression here works on each number by itself"
    return f"{sign!r} is not part of the language; it has the signs + - * /"


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """One node of a parsed expression.

    ``operation`` is ``"number"`` (with ``value``), ``"name"`` (with ``name``), an
    arithmetic operation (``add subtract multiply divide negate``), a comparison
    (``< <= > >= == !=``) or the name of a function. Two expressions are equal if they
    have the same nodes in the same places.
    """

    operation: str
    arguments: tuple["Expression", ...] = ()
    value: float = 0.0
    name: str = ""

    def walk(self) -> Iterator["Expression"]:
        """Yield every node, arguments before what uses them."""
        order, waiting = [], [self]
        while waiting:  # a long sum is deep: no recursion here, nor where trees are compared
            order.append(node := waiting.pop())
            waiting.extend(node.arguments)
        return reversed(order)

    def _nodes(self) -> tuple[tuple[str, int, float, str], ...]:
        return tuple((n.operation, len(n.arguments), n.value, n.name) for n in self.walk())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        return self._nodes() == other._nodes()

    def __hash__(self) -> int:
        return hash(self._nodes())

    def names(self) -> frozenset[str]:
        """Return the free names: all but the constants."""
        found = {node.name for node in self.walk() if node.operation == "name"}
        return frozenset(found - CONSTANTS.keys())

    def is_number(self, value: float) -> bool:
        """Tell whether this is just the number ``value``, perhaps negated."""
        if self.operation == "negate":
            return self.arguments[0].is_number(-value)
        return self.operation == "number" and self.value == value


class Algebra(Protocol[V]):
    """What a fold makes of numbers, names and operations."""

    def number(self, value: float) -> V:
        """Return what a number becomes."""

    def name(self, name: str) -> V:
        """Return what a name becomes."""

    def apply(self, operation: str, *arguments: V) -> V:
        """Return what an operation makes of what its arguments became."""


def fold(expression: Expression, algebra: Algebra[V]) -> V:
    """Give ``expression`` its meaning in ``algebra``, from the leaves up."""
    made: list[V] = []
    for node in expression.walk():
        if node.operation == "number":
            made.append(algebra.number(node.value))
        elif node.operation == "name":
            made.append(algebra.name(node.name))
        else:
            first = len(made) - len(node.arguments)
            made[first:] = [algebra.apply(node.operation, *made[first:])]
    return made[0]


class Meaning(Generic[V]):
    """An algebra given by data: a mapping of names and a function for each operation."""

    def __init__(
        self,
        names: Mapping[str, V],
        functions: Mapping[str, Callable[..., V]],
        number: Callable[[float], V],
    ) -> None:
        self._names, self._functions, self.number = names, functions, number

    def name(self, name: str) -> V:
        """Return what ``name`` stands for."""
        if name in self._names:
            return self._names[name]
        return self.number(CONSTANTS[name])

    def apply(self, operation: str, *arguments: V) -> V:
        """Apply the function that stands for ``operation``."""
        return self._functions[operation](*arguments)


def parse(text: str, functions: Mapping[str, int] = PRIMITIVES) -> Expression:
    """Read an expression into its tree.

    Parameters
    ----------
    text : str
        At most 2,000 characters.
    functions : mapping of str to int
        The functions that may be called, with the number of arguments of each.

    Raises
    ------
    ExpressionError
        With a caret under the character at which the text stops being an expression.

    Examples
    --------
    >>> parse("x ** 2")
    Traceback (most recent call last):
        ...
    clearprop.tables.failures.ExpressionError: '**' is not part of the language; write pow(a, b)
        x ** 2
        ^
    """
    if not isinstance(text, str):
        raise ExpressionError(f"an expression is a text, not {type(text).__name__}: {text!r}")
    if len(text) > MAX_TEXT:
        raise ExpressionError(f"the expression has {len(text):,} characters; {MAX_TEXT:,} at most")
    text = " ".join(text.split())
    if not text:
        raise ExpressionError("the expression is empty; write for example 1 / (1 + exp(-x))")
    # Python would read two spellings of a letter as one name, and drop what follows a '#'.
    if strange := re.search(r"[^ -\"$-~]", text):
        reason = f"the character {strange.group()!r} is not part of the language"
        shown = "".join(c if c.isprintable() else "?" for c in text)
        raise ExpressionError(reason, shown, strange.start())
    try:
        body = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        column = (error.offset or len(text) + 1) - 1  # 0 says: at the end
        raise ExpressionError(f"this is not an expression: {error.msg}", text, column) from None
    except (ValueError, MemoryError, RecursionError) as error:
        raise ExpressionError(f"this text cannot be read as an expression: {error}") from None
    return _Reader(text, functions).read(body, 0)


class _Reader:
    """Turns Python's syntax tree into ours, node kind by node kind, from an allow-list."""

    def __init__(self, text: str, functions: Mapping[str, int]) -> None:
        self.text, self.functions = text, functions

    def fail(self, node: ast.expr, reason: str) -> ExpressionError:
        return ExpressionError(reason, self.text, node.col_offset)

    def read(self, node: ast.expr, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise self.fail(node, f"the expression is nested more than {MAX_DEPTH} deep here")
        match node:
            case ast.Constant(value=bool() | complex() | str() | bytes()):
                raise self.fail(node, f"{node.value!r} is not a real number")
            case ast.Constant(value=int() | float() as number):
                return self.number(node, number)
            case ast.Name(id=name):
                return Expression("name", name=name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Expression("negate", (self.read(operand, depth + 1),))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand, depth + 1)
            case ast.BinOp():
                return self.chain(node, depth)
            case ast.Call():
                return self.call(node, depth)
            case ast.Compare():
                raise self.fail(node, "a comparison may stand only as the first argument of where")
            case ast.BoolOp():
                raise self.fail(node, "'and' and 'or' are not part of the language; nest where")
            case ast.UnaryOp(op=ast.Invert()):
                raise self.fail(node, _unknown_sign("~"))
        raise self.fail(node, f"{type(node).__name__} is not part of the language")

    def chain(self, node: ast.BinOp, depth: int) -> Expression:
        """Read a + b - c ..., which Python nests to the left, as one level however long."""
        links: list[tuple[str, ast.expr]] = []
        first: ast.expr = node
        while isinstance(first, ast.BinOp):
            if type(first.op) not in _BINARY:
                sign = _OTHER_SIGNS.get(type(first.op), "?")
                raise self.fail(first.left, _unknown_sign(sign))
            links.append((_BINARY[type(first.op)], first.right))
            first = first.left
        tree = self.read(first, depth + 1)
        for operation, right in reversed(links):
            tree = Expression(operation, (tree, self.read(right, depth + 1)))
        return tree

    def number(self, node: ast.expr, number: float) -> Expression:
        try:
            value = float(number)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            raise self.fail(node, "this number is too large for double precision")
        return Expression("number", value=value)

    def call(self, node: ast.Call, depth: int) -> Expression:
        if not isinstance(node.func, ast.Name):
            raise self.fail(node, "only the functions of the table can be called")
        name = node.func.id
        if name not in self.functions:
            known = ", ".join(sorted(self.functions))
            raise self.fail(node, f"there is no function {name!r}; the functions are {known}")
        if node.keywords:
            raise self.fail(node, f"{name} takes its arguments by position, without names")
        wanted = self.functions[name]
        if len(node.args) != wanted:
            raise self.fail(node, f"{name} takes {wanted} argument(s), {len(node.args)} given")
        if name == "where":
            condition, *rest = node.args
            first = self.comparison(condition, depth + 1)
            return Expression("where", (first, *(self.read(part, depth + 1) for part in rest)))
        return Expression(name, tuple(self.read(part, depth + 1) for part in node.args))

    def comparison(self, node: ast.expr, depth: int) -> Expression:
        if not isinstance(node, ast.Compare):
            raise self.fail(node, "where needs a comparison first, for example where(x > 0, x, 0)")
        if len(node.ops) != 1 or type(node.ops[0]) not in _COMPARISON:
            raise self.fail(node, "one comparison out of < <= > >= == != is expected, not a chain")
        pair = (self.read(node.left, depth + 1), self.read(node.comparators[0], depth + 1))
        return Expression(_COMPARISON[type(node.ops[0])], pair)
