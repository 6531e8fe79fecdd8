"""What is called: a function, an object with methods, or a class to be made into one.

>>> import numpy as np
>>> import clearprop as cp
>>> class Mine:
...     def __init__(self, sizes):
...         self.weights = [np.zeros(s) for s in zip(sizes[1:], sizes[:-1])]
...         self.biases = [np.zeros((n, 1)) for n in sizes[1:]]
...     def backprop(self, x, y): ...
>>> mine = subject_of(Mine, cp.Network([2, 3, 2]))
>>> mine.holder[:2], mine.shapes["W1"]
(((('.weights', 0), 'W1'), (('.weights', 1), 'W2')), (3, 2))
>>> next(mine.guesses(cp.Network([2, 3, 2])))
'f.backprop(X, y)'
"""

from __future__ import annotations

import copy
import inspect
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from ...errors import DoctorError
from ...network import Network
from . import guess, names
from .failures import Failure
from .layouts import Layout
from .leaves import Leaf, Path, leaves, put
from .results import named_parameters
from .source import neighbours
from .state import Memory
from .template import Template
from .words import Words

__all__ = ["Subject", "subject_of"]

_BOTH = re.compile(r".*(?:grad|backprop|prime|nabla).*|loss|cost|objective|call|forwardbackward")
_FORWARD = re.compile(r"forward\w*|feedforward|propagate|fprop|predict\w*|call")
_BACKWARD = re.compile(r"backward\w*|backprop\w*|bprop")
_PARAMETERS = re.compile(r"\b(?:W|b|Theta)\d|\b(?:params|flat|model)\b")
_OUTPUTS = re.compile(r"out|outputs?|o|yhat|ypred|probs|p|pred(?:iction)?|a2|scores|cache")


class Subject:
    """A function as it is called: it holds nothing but itself.

    Attributes
    ----------
    holder : tuple of (path, parameter)
        Where an object keeps its parameters; empty for a function.
    shapes : mapping
        The shapes in which it keeps them.
    """

    holder: tuple[tuple[Path, str], ...] = ()
    shapes: Mapping[str, tuple[int, ...]] = {}

    def __init__(self, function: Any) -> None:
        self.function = function
        self.name = getattr(function, "__name__", "f")
        self.others: Mapping[str, Callable[..., Any]] = neighbours(function)
        self._memory = Memory(function)

    def guesses(self, net: Network, *, l2: bool = False) -> Iterator[str]:
        """Yield the ways in which it may be called."""
        yield from guess.guesses(self.function, net, l2=l2)

    def arguments(self, call: str) -> list[str]:
        """Return what the function that a call speaks of calls its arguments."""
        method = re.search(r"\bf\.(\w+)\([^;]*$", call)
        function = getattr(self.function, method[1]) if method else self.function
        return [argument.name for argument in guess.arguments_of(function) or []]

    def takes(self, layout: Layout, net: Network) -> bool:
        """Whether parameters in a layout have the shapes of those that it holds."""
        return all(
            layout.parameter(name, np.zeros(net.parameters[name].shape)).shape == shape
            for name, shape in self.shapes.items()
        )

    def ready(self, words: Words) -> Any:
        """Return what is called, with the parameters of these words in it."""
        return self.function

    def after(self, words: Words) -> list[Leaf]:
        """Return the gradients that the last call left behind in an object."""
        model = words.made("model")
        return [] if model is None else _left(model)

    def restore(self) -> None:
        """Put back what the function kept from its calls."""
        self._memory.restore()


class Object(Subject):
    """An object with parameters and methods."""

    def __init__(self, thing: Any, net: Network, method: str = "") -> None:
        self.name, self.method = type(thing).__name__, method
        self.others = neighbours(getattr(type(thing), "__init__", None))
        self.function, self._first = thing, thing
        found = leaves(thing)
        shapes = {name: array.shape for name, array in net.parameters.items()}
        self.holder = tuple(named_parameters(found, shapes))
        arrays = {leaf.path: leaf.array for leaf in found}
        self.shapes = {name: arrays[path].shape for path, name in self.holder}
        if not any(name[0] == "W" for name in self.shapes):
            raise DoctorError(
                f"the {self.name} has no attributes that could be the network's weights (such as "
                f"W1, weights, or params['W1']); it has: {', '.join(vars(thing)) or 'none'}"
            )
        with suppress(Exception):
            self._first = copy.deepcopy(thing)

    def guesses(self, net: Network, *, l2: bool = False) -> Iterator[str]:
        """Yield the ways in which its methods may be called."""
        methods = {
            name: getattr(self.function, name)
            for name in [*vars(type(self.function)), *_inherited(type(self.function))]
            if callable(getattr(self.function, name, None))
            and (not name.startswith("_") or name == "__call__")
        }
        wanted = sorted((n for n in methods if _BOTH.fullmatch(names.plain(n))), key=_rank)
        for name in [self.method] if self.method else wanted:
            for text in guess.guesses(methods[name], net, l2=l2):
                yield f"f.{name}{text[1:]}" if name != "__call__" else text
        yield from self._pairs(methods, net, l2)
        for name in methods if not self.method else ():  # such as fit_once(X, y)
            arguments = [names.role(a.name) for a in guess.arguments_of(methods[name]) or []]
            if {"X", "y"} <= set(arguments) and name not in wanted:
                yield from (f"f.{name}{text[1:]}" for text in guess.guesses(methods[name], net))

    def _pairs(
        self, methods: Mapping[str, Callable[..., Any]], net: Network, l2: bool
    ) -> Iterator[str]:
        """Yield calls of forward, and then of backward."""
        for forward in (n for n in methods if _FORWARD.fullmatch(names.plain(n))):
            for first in guess.guesses(methods[forward], net, l2=l2):
                if "y" in re.findall(r"\w+", first):
                    continue
                for backward in (n for n in methods if _BACKWARD.fullmatch(names.plain(n))):
                    if self.method not in ("", backward):
                        continue
                    arguments = guess.arguments_of(methods[backward]) or []
                    parts = [
                        "out"
                        if _OUTPUTS.fullmatch(names.plain(a.name))
                        else names.role(a.name) or "?"
                        for a in arguments
                        if a.required or names.role(a.name) in ("X", "y")
                    ]
                    if all(part in ("out", "X", "y") for part in parts):
                        call = f"f.{forward}{first[1:]}" if forward != "__call__" else first
                        yield f"out = {call}; f.{backward}({', '.join(parts)})"

    def ready(self, words: Words) -> Any:
        """Return the object with the parameters of these words in it."""
        for path, name in self.holder:
            put(self.function, path, words[name])
        self._before = {leaf.path: np.array(leaf.array) for leaf in leaves(self.function)}
        return self.function

    def after(self, words: Words) -> list[Leaf]:
        """Return the gradients that the object has now; without such names, all that is new."""
        held = {path for path, _ in self.holder}
        found = [leaf for leaf in _left(self.function) if leaf.path[1:] not in held]
        return found or [
            Leaf(("@", *leaf.path), leaf.array)
            for leaf in leaves(self.function)
            if leaf.path not in held
            and not np.array_equal(leaf.array, self._before.get(leaf.path, np.empty(0)))
        ]

    def restore(self) -> None:
        """Go on with a copy of the object as it was."""
        with suppress(Exception):
            fresh = copy.deepcopy(self._first)
            if hasattr(fresh, "__dict__"):
                vars(self.function).clear()
                vars(self.function).update(vars(fresh))


def _left(thing: Any) -> list[Leaf]:
    return [
        Leaf(("@", *leaf.path), leaf.array)
        for leaf in leaves(thing)
        if any(names.gradient(name) for name in leaf.names)
    ]


def _inherited(kind: type) -> list[str]:
    return [name for base in kind.__mro__[1:-1] for name in vars(base)]


def _rank(name: str) -> tuple[int, str]:
    """Put methods that speak of both loss and gradient first, and bare ones last."""
    low = name.lower()
    both = ("loss" in low or "cost" in low) and "grad" in low
    return (0 if both else 1 if "backprop" in low else 2 if "grad" in low else 3), name


def subject_of(function: Any, net: Network, method: str = "") -> Subject:
    """Return what is to be called.

    Parameters
    ----------
    function : callable, object or class
        A class is made into an object with the network's sizes.
    net : Network
    method : str
        Which method of the object; by default the one whose name says it.

    Raises
    ------
    DoctorError
        If it can be neither called nor asked for its weights.
    """
    if inspect.isclass(function):
        return _made(function, net, method)
    if inspect.ismethod(function) and not inspect.isclass(function.__self__):
        with suppress(DoctorError):
            return Object(function.__self__, net, function.__name__)
    if inspect.isroutine(function) or not hasattr(function, "__dict__"):
        if not callable(function):
            raise DoctorError(
                f"a function is expected, or an object with weights, not {function!r:.60}"
            )
        return Subject(function)
    try:
        return Object(function, net, method)
    except DoctorError:
        if callable(function):
            return Subject(function)
        raise


class Made(Object):
    """An object made of a class by handing parameters to it; another one for each layout."""

    def __init__(self, kind: Callable[..., Any], make: str, net: Network, method: str) -> None:
        self._kind, self._make, self._layout = kind, Template(make), Layout()
        words = Words(net, self._layout, net.parameters, np.zeros((0, net.layers[0])), np.zeros(0))
        super().__init__(self._make.run(kind, words), net, method)
        self.shapes, self._first = {}, None

    def ready(self, words: Words) -> Any:
        """Return the object, made anew where the layout is another one."""
        if self._first is None or words.layout != self._layout:
            self.function, self._layout = self._make.run(self._kind, words), words.layout
            self._first = self.function
        return super().ready(words)

    def restore(self) -> None:
        """Make a new object for the next call."""
        self._first = None


def _made(kind: Callable[..., Any], net: Network, method: str) -> Subject:
    """Make an object of a class: with the network's sizes, or with its parameters."""
    name = getattr(kind, "__name__", "class")
    sizes, tried = str(list(net.layers)), []
    alone = (f"f({sizes})", f"f({sizes[1:-1]})", f"f(({sizes[1:-1]}))", "f()")
    by_name = list(itertools.islice(guess.guesses(kind, net), 20))
    plain = [text for text in by_name if not _PARAMETERS.search(text)]
    for text in dict.fromkeys([*plain, *(alone if _required(kind) < 2 or not by_name else ()),
                               *by_name, *alone]):  # fmt: skip
        try:
            if _PARAMETERS.search(text):
                return Made(kind, text, net, method)
            return Object(Template(text).run(kind, {}), net, method)
        except DoctorError as error:
            tried.append((text, str(error)))
        except Exception as error:
            tried.append((text, Failure.of(error).text()))
    told = "; ".join(f"{name}{text[1:]}: {reason}" for text, reason in tried[:2])
    raise DoctorError(
        f"no object could be made of the class {name} for a {'-'.join(map(str, net.layers))} "
        f"network. {told}. Hand over an object instead of the class"
    )


def _required(kind: Callable[..., Any]) -> int:
    return sum(argument.required for argument in guess.arguments_of(kind) or [])
