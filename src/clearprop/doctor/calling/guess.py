"""How a function is likely to be called: templates from the names in its signature.

>>> import clearprop as cp
>>> net = cp.Network([2, 3, 2])
>>> def backward(x_train, targets, w1, bias1, w2, bias2): ...
>>> next(guesses(backward, net))
'f(X, y, W1, b1, W2, b2)'
>>> next(guesses(lambda params, X, Y, reg=0.1: None, net))
'f(params, X, y)'
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...network import Network
from . import names
from .source import forwards, returned_names

__all__ = ["guesses", "pieces"]

MOST = 160  # templates of one function
_CACHES = re.compile(
    r"(?:forward)?caches?|memory|memo|activations|outs?|outputs?|zs|intermediates|tape|probs|yhat"
    r"|ypred|forward|values|state|p|a2|logits|scores|result"
)


@dataclass(frozen=True)
class Argument:
    """One argument of a signature; ``off`` where its default is nothing: 0, None."""

    name: str
    required: bool
    by_name: bool
    off: bool = False


def arguments_of(function: Callable[..., Any]) -> list[Argument] | None:
    """Return the arguments of a function; None where it takes any number, or does not say."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        before = [names.role(p.name) for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        if len(parameters) <= 2 or before == ["X", "y"]:
            return None
    return [
        Argument(p.name, p.default is p.empty, p.kind is p.KEYWORD_ONLY, _is_off(p.default))
        for p in parameters
        if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]


def _is_off(default: Any) -> bool:
    return default is None or (isinstance(default, int | float) and default == 0)


def pieces(net: Network) -> tuple[list[str], list[str]]:
    """Return the names of all weights and of all biases."""
    return tuple([n for n in net.parameters if n[0] == kind] for kind in "Wb")  # type: ignore[return-value]


def collections(net: Network) -> list[str]:
    """Return the ways in which people hand over all parameters as one argument."""
    weights, biases = pieces(net)
    pairs = list(zip(weights, biases, strict=True))
    thetas = [f"Theta{k}" for k in range(1, len(weights) + 1)]
    both = ", ".join(f"{w}, {b}" for w, b in pairs)
    return [
        "params",
        f"[{both}]",
        f"[{', '.join(f'({w}, {b})' for w, b in pairs)}]",
        "flat",
        "model",
        f"[{', '.join(weights)}]",
        f"[{', '.join([*weights, *biases])}]",
        f"([{', '.join(weights)}], [{', '.join(biases)}])",
        f"{{'W': [{', '.join(weights)}], 'b': [{', '.join(biases)}]}}",
        "[" + ", ".join(f"{{'W': {w}, 'b': {b}}}" for w, b in pairs) + "]",
        "{" + ", ".join(f"'layer{k}': {{'W': {w}, 'b': {b}}}"
                        for k, (w, b) in enumerate(pairs, 1)) + "}",
        "{" + ", ".join(f"'W{k}': {w}, 'b{k}': {b}" for k, (w, b) in enumerate(pairs)) + "}",
        f"flat({', '.join([*weights, *biases])})",
        f"flat({', '.join(thetas)})",
        f"[{', '.join(thetas)}]",
    ]  # fmt: skip


def guesses(function: Callable[..., Any], net: Network, *, l2: bool = False) -> Iterator[str]:
    """Yield calls of a function, the likeliest first.

    Parameters
    ----------
    function : callable
    net : Network
    l2 : bool
        Whether a penalty was asked for, so that arguments for it are filled in whose default
        is none; another default is the person's own.
    """
    arguments = arguments_of(function)
    if arguments is None:
        yield from _by_order(net)
        return
    yield from itertools.islice(_by_names(function, arguments, net, l2), MOST)
    if not any(names.role(argument.name) == "X" for argument in arguments):
        required = sum(argument.required for argument in arguments)
        yield from (text for text in _by_order(net) if _count(text) == required)


def _count(call: str) -> int:
    """Return how many arguments a call hands over."""
    node = ast.parse(call, mode="eval").body
    return len(node.args) if isinstance(node, ast.Call) else 0


def _by_names(
    function: Callable[..., Any], arguments: Sequence[Argument], net: Network, l2: bool
) -> Iterator[str]:
    slots = Slots(function, arguments, net, l2)
    ways = [slots.ways(argument) for argument in arguments]
    unknown = [i for i, way in enumerate(ways) if way == ["?"]]
    for filling in slots.fillings([arguments[i].name for i in unknown], ways):
        before, parts = filling
        for i, part in zip(unknown, parts, strict=True):
            ways[i] = part
        for chosen in itertools.product(*ways):
            if any(c.startswith("Theta") for c in chosen) and any(c[:1] == "W" for c in chosen):
                continue
            yield before + _written(arguments, chosen)


def _written(arguments: Sequence[Argument], chosen: Sequence[str]) -> str:
    parts, by_name = [], False
    for argument, part in zip(arguments, chosen, strict=True):
        if not part:
            by_name = True
            continue
        parts.append(f"{argument.name}={part}" if by_name or argument.by_name else part)
    return f"f({', '.join(parts)})"


class Slots:
    """Finds what each argument of a function may be."""

    def __init__(
        self, function: Callable[..., Any], arguments: Sequence[Argument], net: Network, l2: bool
    ) -> None:
        self.function, self.net, self.l2 = function, net, l2
        self.weights, self.biases = pieces(net)
        self.named = [named for a in arguments if (named := names.parameter(a.name))]
        self.places = [place for _, place in self.named]
        self.kinds = {kind for kind, _ in self.named}
        self.collection = any(
            names.role(a.name) == "parameters" and names.parameter(a.name) is None
            for a in arguments
        )

    def ways(self, argument: Argument) -> list[str]:
        """Return what may be handed over; [""]: it is left out, ["?"]: nobody knows."""
        named = names.parameter(argument.name)
        if named is not None and not (named[1] == "" and self.collection):
            found = self._parameter(*named, argument.name)
            if found:
                return found
        role = names.role(argument.name)
        if role in ("X", "y"):
            return [role]
        if role == "l2" and (argument.required or (self.l2 and argument.off)):
            return ["l2"]
        if not argument.required and role != "parameters":
            return [""]
        if role == "sizes" and not self.kinds and not self.collection:
            return [*_preferred(argument.name, collections(self.net)), str(list(self.net.layers))]
        constant = self._constant(role, argument.name)
        if constant is not None:
            return [constant]
        if role == "parameters":
            return _preferred(argument.name, collections(self.net))
        return ["?"]

    def _parameter(self, kind: str, place: str, name: str) -> list[str]:
        own = self.weights if kind == "W" else self.biases
        layer = names.layer_of(place, self.places, len(own))
        alone = self.kinds == {"W"}
        if layer is not None and place:
            return [own[layer - 1], *([f"Theta{layer}"] if alone else [])]
        if place:
            return []
        one = own if len(own) == 1 else self._only_one_left(kind, own)
        if alone:
            return [*one, *_preferred(name, collections(self.net))]
        return [*one, f"[{', '.join(own)}]",
                "{" + ", ".join(f"{k}: {n}" for k, n in enumerate(own, 1)) + "}"]  # fmt: skip

    def _only_one_left(self, kind: str, own: Sequence[str]) -> list[str]:
        """Return the parameter that a name without a place is, beside others that have theirs."""
        placed = [p for k, p in self.named if k == kind and p]
        taken = {names.layer_of(place, self.places, len(own)) for place in placed}
        left = [name for layer, name in enumerate(own, 1) if layer not in taken]
        return left if len(left) == 1 else []

    def _constant(self, role: str | None, name: str) -> str | None:
        layers = self.net.layers
        plain = names.plain(name)
        if role == "rate":
            return "0.0"
        if role == "count":
            return "n"
        if role in ("inputs", "outputs"):
            return str(layers[0] if role == "inputs" else layers[-1])
        if role == "hidden" and len(layers) > 2:
            return str(layers[1]) if len(layers) == 3 else str(list(layers[1:-1]))
        if role == "sizes":
            return str(list(layers))
        if plain in ("activation", "act", "activationname", "nonlinearity"):
            return repr(self.net.architecture.gates[0].name)
        return None

    def fillings(
        self, unknown: Sequence[str], ways: Sequence[Sequence[str]]
    ) -> Iterator[tuple[str, list[list[str]]]]:
        """Yield what the unknown arguments may be, after what has to be called before."""
        if not unknown:
            yield "", []
            return
        yield from self._from_forward(unknown)
        used = set(re.findall(r"\w+", " ".join(way for each in ways for way in each)))
        missing = [word for word in ("X", "y") if word not in used]
        parameters = [n for n in self.net.parameters if n not in used]
        weights = [n for n in parameters if n[0] == "W"]
        biases = [n for n in parameters if n[0] == "b"]
        rows = ([*missing, *parameters], [*parameters, *missing],
                [*missing, *weights, *biases], [*weights, *biases, *missing],
                [*missing, *weights], [*weights, *missing], missing)  # fmt: skip
        for row in rows:
            if len(row) == len(unknown):
                yield "", [[word] for word in row]
        if len(unknown) == len(missing) + 1:
            for ways_ in ([[*([m] for m in missing), collections(self.net)],
                           [collections(self.net), *([m] for m in missing)]]):  # fmt: skip
                yield "", ways_

    def _from_forward(self, unknown: Sequence[str]) -> Iterator[tuple[str, list[list[str]]]]:
        """Yield fillings from what a forward function of the same file gives."""
        for name, forward in forwards(self.function).items():
            arguments = arguments_of(forward)
            if arguments is None:
                continue
            returned = {plain: path for path, plain in returned_names(forward).items()}
            parts = []
            for each in unknown:
                if each in returned:
                    path = "".join(f"[{key!r}]" for key in returned[each])
                    parts.append([f"out{path}"])
                elif _CACHES.fullmatch(names.plain(each)):
                    parts.append(["out", "out[1]", "out[0]", "out[-1]"])
            if len(parts) != len(unknown):
                continue
            for call in itertools.islice(_by_names(forward, arguments, self.net, self.l2), 12):
                if "out" not in call:
                    yield f"out = {name}{call[1:]}; ", parts


def _preferred(name: str, ways: Sequence[str]) -> list[str]:
    """Return ways to hand over all parameters, those first that the name speaks of."""
    plain = names.plain(name)
    if plain in ("model", "net", "network", "nn", "mlp", "self"):
        first = ["model"]
    elif plain.startswith(("theta", "flat", "vec", "nnparams")) or plain in ("w", "paramsvec"):
        first = [way for way in ways if way.startswith("flat")]
    elif plain == "weights":
        first = [way for way in ways if way == "params" or way.startswith("[W1")]
    elif plain == "layers":
        first = [way for way in ways if way.startswith(("[(", "[{", "{'l"))]
    else:
        first = []
    return [*first, *(way for way in ways if way not in first)]


def _by_order(net: Network) -> Iterator[str]:
    """Yield calls of a function that takes any number of arguments."""
    weights, biases = pieces(net)
    pairs = [name for pair in zip(weights, biases, strict=True) for name in pair]
    for row in (pairs, [*weights, *biases]):
        yield f"f(X, y, {', '.join(row)})"
        yield f"f({', '.join(row)}, X, y)"
    for way in collections(net):
        yield f"f({way}, X, y)"
        yield f"f(X, y, {way})"
        yield f"f({way})"
