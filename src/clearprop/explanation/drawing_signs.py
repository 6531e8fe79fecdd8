"""The signs of gates in pictures: ``+`` for add, ``σ`` for sigmoid; else the row's name."""

from __future__ import annotations

from collections.abc import Mapping

from ..circuit import Wire
from ..operations import show_shape
from ..tables.gates import Gate
from ..tables.losses import Loss
from .figures import significant

SIGNS: Mapping[str, str] = {
    "add": "+",
    "subtract": "−",
    "multiply": "×",
    "divide": "÷",
    "negate": "×−1",
    "square": "x²",
    "sigmoid": "σ",
    "sqrt": "√",
    "abs": "|x|",
    "power": "xʸ",
    "less": "<",
    "less_equal": "≤",
    "greater": ">",
    "greater_equal": "≥",
    "equal": "=",
    "not_equal": "≠",
    "sum": "Σ",
}

# A gate of two inputs, one of them a constant: the constant on the left, and on the right.
WITH_CONSTANT: Mapping[str, tuple[str, str]] = {
    "add": ("+{c}", "+{c}"),
    "subtract": ("{c}−x", "−{c}"),
    "multiply": ("×{c}", "×{c}"),
    "divide": ("{c}/x", "÷{c}"),
    "power": ("{c}^x", "x^{c}"),
    "max": ("max({c}, x)", "max(x, {c})"),
    "min": ("min({c}, x)", "min(x, {c})"),
}

_COMMUTATIVE = frozenset({"add", "multiply", "max", "min", "==", "!="})


def sign_of(wire: Wire) -> str:
    """Return what stands in a gate's circle: its sign, or the name of its row."""
    if isinstance(wire.kind, Loss):
        return str(wire.kind).replace("_", " ")
    # A gate with parameters of its own says them: leaky_relu(alpha=0.2).
    plain = str(wire.kind) if isinstance(wire.kind, Gate) else wire.gate_name
    return SIGNS.get(wire.gate_name, plain)


def with_constant(wire: Wire, digits: int) -> str | None:
    """Return the sign of a gate that takes in a constant number; None if it has none.

    >>> import clearprop as cp
    >>> x = cp.input("x", 2.0)
    >>> with_constant(x * 3, 4), with_constant(1 / x, 4), with_constant(x * x, 4)
    ('×3', '1/x', None)
    """
    if len(wire.inputs) != 2 or wire.gate_name not in WITH_CONSTANT:
        return None
    constants = [one.kind == "constant" and one.shape == () for one in wire.inputs]
    if sum(constants) != 1:
        return None
    side = constants.index(True)
    value = wire.inputs[side].value
    text = significant(value, digits)
    if value < 0 and wire.gate_name in ("add", "subtract"):
        text = f"({text})"
    return WITH_CONSTANT[wire.gate_name][side].format(c=text)


def in_any_order(wire: Wire) -> bool:
    """Tell whether it makes no difference which input of a gate is which: read from its row."""
    if not isinstance(wire.kind, Gate) or len(wire.inputs) != 2:
        return len(wire.inputs) < 2
    tree = wire.kind.value_tree
    while tree.operation == "where" and all(a.operation == "number" for a in tree.arguments[1:]):
        tree = tree.arguments[0]  # where(x0 == x1, 1, 0) asks a question
    names = sorted(one.name for one in tree.arguments if one.operation == "name")
    return names == ["x0", "x1"] and tree.operation in _COMMUTATIVE


def number(wire: Wire, digits: int) -> str:
    """Return a constant as text: the number, or the shape of an array."""
    return significant(wire.value, digits) if wire.shape == () else show_shape(wire.shape)
