"""How a function is called, as a text: ``f(X, y, W1, b1, W2, b2)``; read, and carried out.

The text is a small part of Python, read with an allow-list and never run as Python: calls of the
function, of its methods and of other functions of its file; the words of :class:`Vocabulary`;
``.T``, ``[:, None]``, ``one_hot(y)``, ``flat(W1, b1)``, keyword arguments, constants, lists,
tuples and dicts. Several steps are parted by ``;``, and ``name = ...`` keeps what one gave.

>>> import numpy as np
>>> call = Template("out = f(X.T); f([W1, b1], n)")
>>> words = {"X": np.ones((4, 2)), "W1": 1, "b1": 2, "n": 4}
>>> call.run(lambda *given: given, words)
([1, 2], 4)
>>> sorted(call.words), sorted(call.fixed)
(['W1', 'X', 'b1', 'n'], ['X'])
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...errors import DoctorError

__all__ = ["Template"]

METHODS = frozenset({"T", "ravel", "flatten", "reshape", "copy", "tolist", "squeeze"})
"""What may be asked of an array in a call."""
NOT_OWN = frozenset({"X", "y", "n", "l2", "flat", "params", "one_hot"})
"""Words that stay what they are where a function has such a name."""
BUILT_IN: Mapping[str, Callable[..., Any]] = {"list": list, "tuple": tuple, "float": float}
EXAMPLE = "such as f(X, y, W1, b1, W2, b2) or f({'W1': W1.T, 'b1': b1}, X, one_hot(y))"


class Template:
    """A call that has been read.

    Parameters
    ----------
    text : str
    own : str
        The function's own name, by which the text may call it too.

    Attributes
    ----------
    words : set of str
        The words of ClearProp that it hands over.
    fixed : set of str
        Those with a ``.T``, an index or ``one_hot`` on them: handed over just as written.

    Raises
    ------
    DoctorError
        If it says something else than a call.
    """

    def __init__(self, text: str, own: str = "f") -> None:
        self.text, self._own = text, {"f"} if own in NOT_OWN else {"f", own}
        self.words: set[str] = set()
        self.fixed: set[str] = set()
        self._kept: set[str] = set()
        try:
            steps = ast.parse(text.strip(), mode="exec").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = error.msg if isinstance(error, SyntaxError) else str(error)
            raise DoctorError(
                f"{text!r} is no call: {reason}. Write one as in Python, {EXAMPLE}"
            ) from None
        if not steps:
            raise DoctorError(f"the call is empty; write one as in Python, {EXAMPLE}")
        self._steps = [self._step(step) for step in steps]
        if not any(self._calls(node) for _, value in self._steps for node in ast.walk(value)):
            raise DoctorError(f"{text!r} does not call the function; write f(...), {EXAMPLE}")

    def _step(self, step: ast.stmt) -> tuple[ast.expr | None, ast.expr]:
        match step:
            case ast.Expr(value=value):
                target = None
            case ast.Assign(targets=[ast.Name() | ast.Tuple() as target], value=value):
                pass
            case _:
                raise self._refused(step)
        self._check(value, bare=True)
        for name in _names(target):
            self._kept.add(name)
        return target, value

    def _check(self, node: ast.expr, *, bare: bool) -> None:
        """Refuse what is not allowed, and collect the words."""
        parts: list[ast.expr] = []
        match node:
            case ast.Name(id=name):
                if name not in self._kept and name not in self._own:
                    self.words.add(name)
                    self.fixed |= set() if bare else {name}
            case ast.Constant(value=value) if isinstance(value, _CONSTANTS):
                pass
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
                pass
            case ast.Attribute(value=inside, attr=name) if not name.startswith("_"):
                parts, bare = [inside], False
            case ast.Subscript(value=inside, slice=index) if _is_index(index):
                parts, bare = [inside], False
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                parts = elements
            case ast.Dict(keys=keys, values=values) if all(
                isinstance(key, ast.Constant) for key in keys
            ):
                parts = values
            case ast.Call(func=function, args=given, keywords=named) if all(k.arg for k in named):
                parts = [*given, *(k.value for k in named)]
                bare = self._check_called(function)
            case _:
                raise self._refused(node)
        for part in parts:
            self._check(part, bare=bare)

    def _check_called(self, function: ast.expr) -> bool:
        """Check what is called; return whether it leaves the shapes of arguments open."""
        if not isinstance(function, ast.Name):
            self._check(function, bare=True)
            return True
        if function.id == "flat":
            self.words.add("flat")
        return function.id != "one_hot"

    def _calls(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id in self._own

    def _refused(self, node: ast.AST) -> DoctorError:
        part = ast.get_source_segment(self.text.strip(), node) or self.text
        return DoctorError(
            f"{part!r} cannot stand in a call; it hands over names, .T, [:, None], one_hot(y), "
            f"numbers, lists, tuples and dicts, {EXAMPLE}"
        )

    def run(
        self,
        function: Any,
        words: Mapping[str, Any],
        others: Mapping[str, Any] | None = None,
    ) -> Any:
        """Carry out the call and return what its last step gave.

        Parameters
        ----------
        function : callable or object
        words : mapping
            The value of each word.
        others : mapping, optional
            Other functions of its file.
        """
        values: dict[str, Any] = dict.fromkeys(self._own, function)
        doing = _Doing(values, words, others or {}, self)
        result = None
        for target, value in self._steps:
            result = doing.value(value)
            if isinstance(target, ast.Name):
                values[target.id] = result
            elif target is not None:
                for name, part in zip(_names(target), result, strict=True):
                    values[name] = part
        return result


_CONSTANTS = (int, float, str, bool, type(None))


def _names(target: ast.expr | None) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Tuple):
        for part in target.elts:
            yield from _names(part)


def _is_index(index: ast.expr) -> bool:
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return all(
        isinstance(p, ast.Constant)
        or (isinstance(p, ast.UnaryOp) and isinstance(p.operand, ast.Constant))
        or (isinstance(p, ast.Slice) and not any((p.lower, p.upper, p.step)))
        for p in parts
    )


class _Doing:
    """Carries out one call."""

    def __init__(
        self,
        values: dict[str, Any],
        words: Mapping[str, Any],
        others: Mapping[str, Any],
        template: Template,
    ) -> None:
        self.values, self.words, self.others, self.template = values, words, others, template

    def value(self, node: ast.expr) -> Any:
        """Return the value of an expression that was checked."""
        match node:
            case ast.Name(id=name):
                return self._named(name)
            case ast.Constant(value=value):
                return value
            case ast.UnaryOp(operand=ast.Constant(value=int() | float() as number)):
                return -number
            case ast.Attribute(value=inside, attr=name):
                return self._attribute(self.value(inside), name)
            case ast.Subscript(value=inside, slice=index):
                return self.value(inside)[_index(index)]
            case ast.List(elts=parts):
                return [self.value(part) for part in parts]
            case ast.Tuple(elts=parts):
                return tuple(self.value(part) for part in parts)
            case ast.Dict(keys=keys, values=parts):
                return {k.value: self.value(v) for k, v in zip(keys, parts, strict=True)}  # type: ignore[union-attr]
            case ast.Call(func=function, args=parts, keywords=named):
                arguments = [self.value(part) for part in parts]
                more = {str(k.arg): self.value(k.value) for k in named}
                return self._callee(function)(*arguments, **more)
        raise AssertionError(ast.dump(node))

    def _named(self, name: str) -> Any:
        if name in self.values:
            return self.values[name]
        try:
            return self.words[name]
        except KeyError:
            raise DoctorError(
                f"{name!r} in the call {self.template.text!r} means nothing here; there are: "
                f"{', '.join(self.words)}, and one_hot(y)"
            ) from None

    def _attribute(self, owner: Any, name: str) -> Any:
        if isinstance(getattr(owner, "dtype", None), type(None)) or name in METHODS:
            return getattr(owner, name)
        raise DoctorError(
            f".{name} cannot stand in a call; of an array there are: {', '.join(sorted(METHODS))}"
        )

    def _callee(self, function: ast.expr) -> Callable[..., Any]:
        if isinstance(function, ast.Name):
            name = function.id
            known = self.values.get(name) or BUILT_IN.get(name)
            known = known or (self.words["one_hot"] if name == "one_hot" else None)
            known = known or (self.words.flat if name == "flat" else None)  # type: ignore[attr-defined]
            known = known or self.others.get(name)
            if not callable(known):
                raise DoctorError(
                    f"there is no function {name!r} for the call {self.template.text!r}; the "
                    "function itself is called f, others by their names in its file"
                )
            return known
        found: Callable[..., Any] = self.value(function)
        return found


def _index(index: ast.expr) -> Any:
    if isinstance(index, ast.Tuple):
        return tuple(_index(part) for part in index.elts)
    if isinstance(index, ast.Slice):
        return slice(None)
    if isinstance(index, ast.UnaryOp):
        return -index.operand.value  # type: ignore[attr-defined]
    return index.value  # type: ignore[attr-defined]
