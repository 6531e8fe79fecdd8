"""The words of a call: what ``X``, ``W1``, ``params``, ``flat`` hand over, in a layout.

>>> import numpy as np
>>> import clearprop as cp
>>> net = cp.Network([2, 3, 2])
>>> words = Words(net, Layout(w="out_in"), net.parameters, np.zeros((4, 2)), np.zeros(4, int))
>>> words["W1"].shape, words["flat"].shape, words["n"], words["params"]["w_hidden"].shape
((3, 2), (17,), 4, (3, 2))
>>> sorted(words.handed)
['W1', 'W2', 'b1', 'b2', 'flat']
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from ...network import Network
from . import names
from .layouts import Array, Layout, one_hot

__all__ = ["Words", "order_of"]

_PARAMETER = re.compile(r"(W|b|Theta)([1-9]\d*)")


class Words(Mapping[str, Any]):
    """The words' values, each made when a call first asks for it, of fresh arrays.

    Attributes
    ----------
    handed : dict of str to array
        The very arrays that were handed over, by their words.
    before : dict of str to array
        What was in them.
    """

    def __init__(
        self,
        net: Network,
        layout: Layout,
        parameters: Mapping[str, Array],
        X: Array,
        y: Array,
        l2: float | None = None,
    ) -> None:
        self.net, self.layout, self.parameters = net, layout, parameters
        self._X, self._y, self._l2 = X, y, l2
        self.handed: dict[str, Array] = {}
        self.before: dict[str, Array] = {}
        self._made: dict[str, Any] = {}

    def __getitem__(self, word: str) -> Any:
        if word not in self._made:
            self._made[word] = self._make(word)
            if isinstance(self._made[word], np.ndarray):
                self.handed[word] = self._made[word]
                self.before[word] = self._made[word].copy()
        return self._made[word]

    def made(self, word: str) -> Any:
        """Return the value of a word that was asked for; None if none was."""
        return self._made.get(word)

    def __iter__(self) -> Iterator[str]:
        yield from ("X", "y", *self.net.parameters, *_MAKERS, "one_hot")

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _make(self, word: str) -> Any:
        if word == "X":
            return self.layout.X(self._X)
        if word == "y":
            return self.layout.y_of(self._y, self.net)
        if word == "one_hot":
            return lambda y: one_hot(np.asarray(y).reshape(-1), self.net.layers[-1])
        found = _PARAMETER.fullmatch(word)
        if found and f"W{found[2]}" in self.parameters:
            if found[1] == "Theta":
                return self._theta(found[2])
            return self.layout.parameter(word, self.parameters[word])
        return _MAKERS[word](self)

    def _theta(self, number: str) -> Array:
        """Return a weight with its bias in front: the first column, or the first row."""
        weight = np.asarray(self.parameters[f"W{number}"])
        bias = np.broadcast_to(self.parameters[f"b{number}"], weight.shape[1:])
        both = np.vstack([bias, weight])
        return np.array(both.T if self.layout.w == "out_in" else both, order="C")

    def of_kind(self, kind: str) -> list[Array]:
        """Return the arrays of all weights, or of all biases."""
        return [self[name] for name in self.parameters if name[0] == kind]

    def flat(self, *arrays: Any) -> Array:
        """Return arrays one after the other in one row; without any, all parameters."""
        parts = arrays or [self.layout.parameter(n, a) for n, a in self.parameters.items()]
        return np.concatenate([np.asarray(part).reshape(-1) for part in parts])

    @property
    def rows(self) -> int:
        """How many samples there are."""
        return len(self._X)

    @property
    def penalty(self) -> float:
        """The l2 that was asked for; 0 where nobody said."""
        return self._l2 or 0.0


class NamedParameters(dict[str, Any]):
    """A dict of parameters that understands other spellings: ``w1``, ``weights_hidden``, ``b``."""

    def __init__(self, words: Words) -> None:
        super().__init__({name: words[name] for name in words.parameters})
        self._words = words

    def __missing__(self, key: Any) -> Any:
        """Return what another spelling means (KeyError if it means nothing)."""
        named = names.parameter(key) if isinstance(key, str) else None
        if named is None:
            raise KeyError(key)
        kind, place = named
        n_layers = len(self._words.of_kind("W"))
        layer = names.layer_of(place, [], n_layers)
        if layer is None and place:
            raise KeyError(key)
        return self[f"{kind}{layer}"] if layer else self._words.of_kind(kind)


class Model(SimpleNamespace):
    """An object with the parameters as attributes; also in params, weights and biases."""

    def __init__(self, words: Words) -> None:
        own = NamedParameters(words)
        super().__init__(**own)
        self.params = self.parameters = own
        self.weights = self.W = self.Ws = words.of_kind("W")
        self.biases = self.b = self.bs = words.of_kind("b")
        self.sizes = self.layers = list(words.net.layers)
        self.num_layers = self.n_layers = len(words.net.layers)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return vars(self)["params"][name]
        except KeyError:
            raise AttributeError(f"the model has no attribute {name!r}") from None


_MAKERS: Mapping[str, Callable[[Words], Any]] = {
    "params": NamedParameters,
    "model": Model,
    "flat": lambda words: words.flat(),
    "n": lambda words: words.rows,
    "l2": lambda words: words.penalty,
    "reg": lambda words: words.penalty,
    "sizes": lambda words: list(words.net.layers),
    "layers": lambda words: list(words.net.layers),
}


def order_of(text: str, net: Network) -> tuple[str, ...]:
    """Return the parameters in the order in which a call speaks of them.

    >>> order_of("f(W2, b2, W1, b1, X)", Network([2, 3, 2])), order_of("f(flat)", Network([2, 2]))
    (('W2', 'b2', 'W1', 'b1'), ('W1', 'b1'))
    """
    said = [f"{kind}{number}" for kind, number in _PARAMETER.findall(text)]
    known = [name for name in said if name in net.parameters or name.startswith("Theta")]
    return tuple(dict.fromkeys(known)) or tuple(net.parameters)
