"""What a function's source says of it: the names in its return statement, its neighbours.

Nothing is run. Where there is no source, there are no names.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["forwards", "neighbours", "returned_names"]

_FORWARD = re.compile(
    r"(?:do|run|nn|net|network|compute|mlp)?(?:forward\w*|feedforward|propagate|fprop|predict\w*)"
)


def returned_names(function: Any) -> Mapping[tuple[Any, ...], str]:
    """Return what the last return statement calls the parts of the result, by their places.

    >>> def f(x):
    ...     return x, (x, x)
    >>> returned_names(f)  # doctest: +SKIP
    {(0,): 'x', (1, 0): 'x', (1, 1): 'x'}
    """
    tree = _tree(function)
    if tree is None:
        return {}
    found: dict[tuple[Any, ...], str] = {}
    for statement in _returns(tree):
        if isinstance(statement.value, ast.Tuple | ast.List):
            found = dict(_named(statement.value, ()))
    return found


def _tree(function: Any) -> ast.FunctionDef | None:
    try:
        text = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
        tree = ast.parse(text).body[0]
    except (OSError, TypeError, SyntaxError, ValueError, IndexError):
        return None
    return tree if isinstance(tree, ast.FunctionDef) else None


def _returns(function: ast.AST) -> Iterator[ast.Return]:
    """Yield the return statements of a function, not those of functions in it."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.Return):
            yield child
        elif not isinstance(child, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            yield from _returns(child)


def _named(value: ast.expr, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(value, ast.Tuple | ast.List):
        for i, part in enumerate(value.elts):
            yield from _named(part, (*path, i))
    elif isinstance(value, ast.Name):
        yield path, value.id
    elif isinstance(value, ast.Attribute) and value.attr != "T":
        yield path, value.attr
    elif isinstance(value, ast.Attribute):
        yield from _named(value.value, path)
    elif isinstance(value, ast.BinOp) and not isinstance(value.op, ast.MatMult):
        yield from _named(value.left, path)


def neighbours(function: Any) -> Mapping[str, Callable[..., Any]]:
    """Return the functions of the same file, by name."""
    function = inspect.unwrap(getattr(function, "__func__", function))
    around = getattr(function, "__globals__", {})
    return {
        name: value
        for name, value in around.items()
        if inspect.isfunction(value)
        and value is not function
        and value.__module__ == getattr(function, "__module__", None)
    }


def forwards(function: Any) -> Mapping[str, Callable[..., Any]]:
    """Return the functions of the same file that seem to compute the forward pass."""
    return {
        name: value
        for name, value in neighbours(function).items()
        if _FORWARD.fullmatch(name.lower().replace("_", ""))
    }
