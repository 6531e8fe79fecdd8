"""Data classes as dicts, lists, texts and numbers, and back, by the types of their fields.

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class Point:
...     name: str
...     place: tuple[float, ...]
...     above: float | None = None
>>> to_plain(Point("p", (0.5, float("inf"))))
{'name': 'p', 'place': [0.5, {'number': 'inf'}], 'above': None}
>>> from_plain(Point, {"name": "p", "place": [0.5, {"number": "inf"}]})
Point(name='p', place=(0.5, inf), above=None)

Formulas of numbers are nested lists: ``["add", ["multiply", "w1", "i1"], "b1", 0.5]``, where a text
is a name, a number is itself, and a sum has two terms or more; formulas of arrays are those of
:mod:`.arrays`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from ..tables.expression import Expression
from .arrays import Formula, from_lists, to_lists


def to_plain(value: Any) -> Any:
    """Return a data class as data made of dicts, lists, texts and numbers."""
    if isinstance(value, Expression):
        if value.operation == "number":
            return _number_out(value.value)
        if value.operation == "name":
            return value.name
        return [value.operation, *map(to_plain, _arguments(value))]
    if isinstance(value, Formula):
        return to_lists(value)
    if isinstance(value, float):
        return _number_out(value)
    if isinstance(value, tuple):
        return [to_plain(one) for one in value]
    if is_dataclass(value):
        return {one.name: to_plain(getattr(value, one.name)) for one in fields(value)}
    return value


def _arguments(tree: Expression) -> list[Expression]:
    """Return the arguments of an operation; all the terms of a sum, however many."""
    found = list(tree.arguments)
    while tree.operation == "add" and found[0].operation == "add":
        found[:1] = found[0].arguments
    return found


def from_plain(kind: Any, data: Any) -> Any:
    """Return what :func:`to_plain` was made of.

    Parameters
    ----------
    kind : type
        A data class, or the type of one of its fields: tuples, optional values, formulas,
        texts, numbers. Fields that have a default may be missing.
    data : what :func:`to_plain` returned, or JSON that came back

    Raises
    ------
    TypeError, ValueError
        If the data are something else.
    """
    if get_origin(kind) is tuple:
        (inner, _) = get_args(kind)
        return tuple(from_plain(inner, one) for one in _an(list, data))
    options = [one for one in get_args(kind) if one is not NoneType]
    if options:  # an optional value
        return None if data is None else from_plain(options[0], data)
    if kind is Expression:
        return _tree(data)
    if kind is Formula:
        return from_lists(data)
    if kind is float:
        return _number_in(data)
    if is_dataclass(kind):
        return _record(kind, _an(Mapping, data))
    if isinstance(data, bool) and kind is not bool:
        raise TypeError(f"{data} stands where {kind.__name__} is expected")
    return _an(kind, data)


def _record(kind: Any, data: Mapping[str, Any]) -> Any:
    found = {}
    types = _types(kind)
    for one in fields(kind):
        if one.name in data:
            found[one.name] = from_plain(types[one.name], data[one.name])
        elif one.default is MISSING:
            raise ValueError(f"{one.name!r} is missing")
    return kind(**found)


@cache
def _types(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _an(kind: Any, data: Any) -> Any:
    if not isinstance(data, kind):
        raise TypeError(f"{data!r:.60} stands where {kind.__name__} is expected")
    return data


def _number_out(value: float) -> Any:
    return value if math.isfinite(value) else {"number": str(value)}  # JSON has no NaN


def _number_in(data: Any) -> float:
    if isinstance(data, Mapping):
        return float(data["number"])
    if isinstance(data, bool) or not isinstance(data, int | float):
        raise TypeError(f"{data!r:.60} stands where a number is expected")
    return float(data)


def _tree(data: Any) -> Expression:
    if isinstance(data, str):
        return Expression("name", name=data)
    if isinstance(data, list):
        if not data or not isinstance(data[0], str):
            raise TypeError(f"a formula is [operation, arguments...], not {data!r:.60}")
        operation, *arguments = data[0], *map(_tree, data[1:])
        while operation == "add" and len(arguments) > 2:
            arguments[:2] = [Expression("add", tuple(arguments[:2]))]
        return Expression(operation, tuple(arguments))
    return Expression("number", value=_number_in(data))
