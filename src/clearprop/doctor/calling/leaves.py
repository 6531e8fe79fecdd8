"""The arrays in whatever a function returns or an object holds, each with the way to it.

>>> found = leaves((0.5, {"dW1": [[1.0, 2.0]], "db": [3.0]}))
>>> [(leaf.path, leaf.array.shape) for leaf in found]
[((0,), ()), ((1, 'dW1'), (1, 2)), ((1, 'db'), (1,))]
>>> [shown(leaf.path) for leaf in found]
['[0]', "[1]['dW1']", "[1]['db']"]
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np

from .layouts import Array

__all__ = ["Leaf", "Path", "array_of", "at", "leaves", "put", "shown"]

Path = tuple[Any, ...]
"""Keys and numbers one after the other; ".W1" is an attribute."""

DEEP = 5
MANY = 2_000  # arrays in one result: more than that is no set of gradients
_PLAIN = (str, bytes, type(None), types.FunctionType, types.MethodType, types.ModuleType, type,
          types.BuiltinFunctionType)  # fmt: skip


@dataclass(frozen=True)
class Leaf:
    """An array and the way to it."""

    path: Path
    array: Array

    @property
    def names(self) -> tuple[str, ...]:
        """The names on the way, the last first."""
        return tuple(str(key).removeprefix(".") for key in reversed(self.path)
                     if isinstance(key, str))  # fmt: skip

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers on the way, the first first."""
        return tuple(key for key in self.path if isinstance(key, int))


def array_of(value: Any) -> Array | None:
    """Return a value as an array of real numbers, if it is one; tensors are asked for theirs."""
    if isinstance(value, bool | np.bool_):
        return None
    if hasattr(value, "detach"):  # PyTorch
        value = value.detach()
        value = value.cpu() if hasattr(value, "cpu") else value
        value = value.numpy() if hasattr(value, "numpy") else value
    numeric = isinstance(value, np.ndarray | np.generic | Number) or hasattr(value, "__array__")
    if not numeric:
        if not (isinstance(value, list) and _only_numbers(value, DEEP)):
            return None
        widths = {len(part) for part in value if isinstance(part, list)}
        if len(widths) > 1:
            return None
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError):
        return None
    if array.dtype.kind in "iu":
        array = array.astype(np.float64)
    elif array.dtype.kind != "f" and not (array.dtype.kind == "V" and array.dtype.itemsize == 2):
        return None
    return array


def _only_numbers(value: Any, deep: int) -> bool:
    """Whether a list holds numbers alone, in lists or not, so that it stands for an array."""
    if isinstance(value, list):
        return deep > 0 and bool(value) and all(_only_numbers(v, deep - 1) for v in value)
    return isinstance(value, Number | np.generic) and not isinstance(value, bool | np.bool_)


def leaves(value: Any) -> list[Leaf]:
    """Return all arrays in a value, in order; those of an object are its attributes."""
    found: list[Leaf] = []
    _collect(value, (), found, set())
    return found


def _collect(value: Any, path: Path, found: list[Leaf], seen: set[int]) -> None:
    array = array_of(value)
    if array is not None:
        found.append(Leaf(path, array))
        return
    if isinstance(value, _PLAIN) or id(value) in seen or len(path) > DEEP or len(found) > MANY:
        return
    for key, part in _parts(value):
        _collect(part, (*path, key), found, seen | {id(value)})


def _parts(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return [(key, part) for key, part in value.items() if isinstance(key, str | int)]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return [(f".{name}", getattr(value, name)) for name in value._fields]
    if isinstance(value, Sequence) or (isinstance(value, np.ndarray) and value.dtype == object):
        return list(enumerate(value))
    if hasattr(value, "__dict__"):
        return [(f".{name}", part) for name, part in vars(value).items()]
    if hasattr(type(value), "__slots__"):
        names = [n for n in type(value).__slots__ if hasattr(value, n)]
        return [(f".{name}", getattr(value, name)) for name in names]
    return []


def at(value: Any, path: Path) -> Any:
    """Return what stands at the end of a way (LookupError or AttributeError if nothing does)."""
    for key in path:
        attribute = isinstance(key, str) and key.startswith(".")
        value = getattr(value, key[1:]) if attribute else value[key]
    return value


def put(value: Any, path: Path, array: Any) -> None:
    """Put an array at the end of a way; a tuple on it is made anew."""
    *before, key = path
    holder = at(value, tuple(before))
    if isinstance(key, str) and key.startswith("."):
        setattr(holder, key[1:], array)
    elif isinstance(holder, tuple):
        put(value, tuple(before), (*holder[:key], array, *holder[key + 1 :]))
    else:
        holder[key] = array


def shown(path: Path) -> str:
    """Return a way as Python writes it."""
    return "".join(key if isinstance(key, str) and key.startswith(".") else f"[{key!r}]"
                   for key in path)  # fmt: skip
