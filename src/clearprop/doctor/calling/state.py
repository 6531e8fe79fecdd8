"""What a function keeps between its calls, and putting it back.

Finding out how a function is called takes several calls. A function that keeps something (a
global, a default argument, a variable of the function around it) must not notice them, lest the
slips that live there (gradients that are not reset) look different from what they are.

>>> def count(seen=[]):
...     seen.append(1)
...     return len(seen)
>>> memory = Memory(count)
>>> count(), count()
(1, 2)
>>> memory.restore()
>>> count()
1
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from .source import neighbours

__all__ = ["Memory"]

LARGE = 2_000_000  # numbers in an array: such are data, and nobody writes to them
_PLAIN = (int, float, complex, str, bytes, bool, type(None), tuple)


class Memory:
    """The state of a function, and of the functions of its file, at one moment."""

    def __init__(self, function: Any) -> None:
        own = inspect.unwrap(getattr(function, "__func__", function))
        self._held: list[tuple[Any, Any]] = []
        self._globals: list[tuple[dict[str, Any], str, Any]] = []
        functions = [own, *neighbours(own).values()]
        seen: set[int] = set()
        for each in functions:
            for value in _kept(each):
                self._keep(value, seen)
        around = getattr(own, "__globals__", {})
        for name in {name for each in functions for name in _names(each)}:
            if name in around:
                self._keep(around[name], seen)
                if isinstance(around[name], (*_PLAIN, np.ndarray, list, dict)):
                    self._globals.append((around, name, around[name]))
        owner = getattr(function, "__self__", None)
        if owner is not None and hasattr(owner, "__dict__"):
            self._keep(vars(owner), seen)

    def _keep(self, value: Any, seen: set[int]) -> None:
        if id(value) in seen or not isinstance(value, list | dict | set | np.ndarray):
            return
        if isinstance(value, np.ndarray) and (value.size > LARGE or not value.flags.writeable):
            return
        seen.add(id(value))
        try:
            self._held.append((value, copy.deepcopy(value)))
        except Exception:
            return

    def restore(self) -> None:
        """Put everything back as it was."""
        for value, before in self._held:
            fresh = copy.deepcopy(before)
            if isinstance(value, np.ndarray):
                if value.shape == fresh.shape:
                    value[...] = fresh
            elif isinstance(value, list):
                value[:] = fresh
            else:
                value.clear()
                value.update(fresh)
        for around, name, value in self._globals:
            around[name] = value


def _kept(function: Any) -> Iterator[Any]:
    """Yield what a function holds: defaults, variables of functions around it, attributes."""
    yield from getattr(function, "__defaults__", None) or ()
    yield from (getattr(function, "__kwdefaults__", None) or {}).values()
    yield getattr(function, "__dict__", None)
    for cell in getattr(function, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:
            continue


def _names(function: Any) -> set[str]:
    code = getattr(function, "__code__", None)
    return set() if code is None else set(code.co_names)
