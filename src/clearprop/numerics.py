"""What the operations of an expression do to NumPy arrays.

:data:`REAL` for values; :data:`COMPLEX` for complex-step checks, where comparisons,
``abs``, ``max`` and ``min`` look at real parts. Overflow on the way to a right answer is
part of safe formulas (``1 / (1 + exp(1000))`` is 0), so evaluate under :func:`quiet`.

>>> import numpy as np
>>> from clearprop.tables import GATES
>>> with quiet():
...     evaluate_gate(GATES["sigmoid"], np.array([-1e4, 0.0, 1e4]))
array([0. , 0.5, 1. ])
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .tables.expression import Meaning, fold
from .tables.gates import Gate

Array = NDArray[Any]


def quiet() -> np.errstate:
    """Silence NumPy's floating-point warnings inside a ``with``: NaN and inf are answers here."""
    return np.errstate(all="ignore")


REAL: Mapping[str, Callable[..., Array]] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "negate": np.negative,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "tanh": np.tanh,
    "sqrt": np.sqrt,
    "pow": np.power,
    "abs": np.absolute,
    "max": np.maximum,
    "min": np.minimum,
    "where": np.where,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def _by_real_parts(function: Callable[..., Array]) -> Callable[..., Array]:
    return lambda *arguments: function(*(np.real(argument) for argument in arguments))


def _larger(a: Array, b: Array) -> Array:
    return np.where((np.real(a) >= np.real(b)) | np.isnan(a), a, b)


def _smaller(a: Array, b: Array) -> Array:
    return np.where((np.real(a) <= np.real(b)) | np.isnan(a), a, b)


COMPLEX: Mapping[str, Callable[..., Array]] = {
    **REAL,
    **{sign: _by_real_parts(REAL[sign]) for sign in ("<", "<=", ">", ">=", "==", "!=")},
    "abs": lambda a: np.where(np.real(a) < 0, -a, a),
    "max": _larger,
    "min": _smaller,
}


def evaluate_gate(
    gate: Gate, *inputs: Array, functions: Mapping[str, Callable[..., Array]] = REAL
) -> Array:
    """Return a gate's output for arrays of inputs (all of one shape)."""
    names = _with_parts(gate, inputs, functions)
    return np.asarray(fold(gate.value_tree, Meaning(names, functions, np.asarray)))


def evaluate_slopes(
    gate: Gate, *inputs: Array, functions: Mapping[str, Callable[..., Array]] = REAL
) -> tuple[Array, ...]:
    """Return a gate's slopes, one array for each input, each of the inputs' shape."""
    names = _with_parts(gate, inputs, functions)
    meaning = Meaning(names, functions, np.asarray)
    names["y"] = np.asarray(fold(gate.value_tree, meaning))
    shape = np.broadcast_shapes(*(np.shape(x) for x in inputs))
    return tuple(np.broadcast_to(fold(tree, meaning), shape) for tree in gate.slope_trees)


def _with_parts(
    gate: Gate, inputs: tuple[Array, ...], functions: Mapping[str, Callable[..., Array]]
) -> dict[str, Array]:
    names: dict[str, Array] = {k: np.asarray(v) for k, v in gate.parameters.items()}
    names |= dict(zip(gate.inputs, inputs, strict=True))
    for part, tree in gate.part_trees.items():
        names[part] = np.asarray(fold(tree, Meaning(names, functions, np.asarray)))
    return names
