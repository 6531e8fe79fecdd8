"""Rounded intermediates: a printed number, computed again from the printed numbers beside it.

The relations are the circuit's own: a wire from the wires directly below it; a derivative
along its paths; a sum of derivatives over the terms of a sum; an update.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any, TypeAlias

import numpy as np

from .circuits import CircuitDrawn
from .neurons import Drawn
from .quantities import Quantity
from .tracks import edges_of

Facts: TypeAlias = dict[str, Any]
Found: TypeAlias = Iterator[tuple[float, Facts]]
Drawing: TypeAlias = Drawn | CircuitDrawn


class Beside:
    """The other printed numbers of a part, as they are printed.

    Parameters
    ----------
    drawn : Drawn or CircuitDrawn
    point : mapping of str to float
        The exact values of the inputs.
    printed : mapping of Quantity to (float, str)
        The printed numbers, without the one in question.
    rate : float
    """

    def __init__(
        self,
        drawn: Drawing,
        point: Mapping[str, float],
        printed: Mapping[Quantity, tuple[float, str]],
        rate: float,
    ) -> None:
        self.drawn, self.point, self.printed, self.rate = drawn, point, printed, rate

    def recomputed(self, quantity: Quantity) -> Found:
        """Yield values of the quantity from the others, those with the most printed first."""
        if quantity.by:
            yield from self._by_sums(quantity)
            yield from self._by_chain(quantity)
            yield from self._by_slopes(quantity)
        else:
            yield from self._by_update(quantity)
            yield from self._by_parts(quantity)
            yield from self._forward(quantity)

    def _by_update(self, quantity: Quantity) -> Found:
        if quantity.updates != 1 or quantity.of not in self.point:
            return
        for loss in ("E_total", "loss"):
            slope = self.printed.get(Quantity(loss, quantity.of))
            if slope is not None:
                start, number = self.point[quantity.of], slope[0]
                facts = {
                    "formula": f"{start:g} - {self.rate:g}·{slope[1]}",
                    "from": [f"d{loss}/d{quantity.of}"],
                }
                yield start - self.rate * number, facts

    def _by_parts(self, quantity: Quantity) -> Found:
        """Yield a term of a loss: the printed total without the other terms."""
        yield from self._difference(quantity, lambda name: replace(quantity, of=name))

    def _by_sums(self, quantity: Quantity) -> Found:
        yield from self._difference(quantity, lambda name: replace(quantity, of=name))
        terms = [replace(quantity, of=name) for name in self._terms()]
        if self._is_total(quantity.of) and terms and all(t in self.printed for t in terms):
            texts = [self.printed[t][1] for t in terms]
            facts = {"formula": _signed(texts), "from": [str(t) for t in terms]}
            yield sum(self.printed[t][0] for t in terms), facts

    def _difference(self, quantity: Quantity, named: Any) -> Found:
        terms = self._terms()
        if quantity.of not in terms:
            return
        others = [named(name) for name in terms if name != quantity.of]
        for loss in ("E_total", "loss"):
            total = named(loss)
            if total in self.printed and all(o in self.printed for o in others):
                texts = [self.printed[total][1], *(_minus(self.printed[o][1]) for o in others)]
                facts = {"formula": _signed(texts), "from": [str(total), *map(str, others)]}
                yield self.printed[total][0] - sum(self.printed[o][0] for o in others), facts

    def _terms(self) -> list[str]:
        return [name for name, role in self.drawn.roles.items() if role.kind == "part"]

    def _is_total(self, name: str) -> bool:
        return self.drawn.roles[name].kind == "loss"

    def _by_chain(self, quantity: Quantity) -> Found:
        """Yield products of two derivatives, through a wire that all paths go through."""
        wiring = self.drawn.wiring
        paths = wiring.paths(quantity.of, quantity.by)
        if not paths:
            return
        middle = reduce(lambda a, b: a & b, (set(path[1:-1]) for path in paths))
        for name in (n for n in paths[0] if n in middle):
            upper, lower = replace(quantity, by=name), replace(quantity, of=name)
            left, right = self._number(upper), self.printed.get(lower)
            if left is None:
                continue
            if right is not None:
                facts = {"formula": f"{left[1]}·{right[1]}", "from": [str(upper), str(lower)]}
                yield left[0] * right[0], facts
            number, used = self._slopes(lower)
            text = self.drawn.slope_text(name, quantity.by) or str(lower)
            if right is None:
                facts = {"formula": f"{left[1]}·({text})", "from": [str(upper), *used]}
                yield left[0] * number, facts

    def _number(self, quantity: Quantity) -> tuple[float, str] | None:
        """Return a printed number, of a loss also under its other name."""
        names = ("loss", "E_total") if self._is_total(quantity.of) else (quantity.of,)
        found = [self.printed.get(replace(quantity, of=name)) for name in names]
        return next(filter(None, found), None)

    def _by_slopes(self, quantity: Quantity) -> Found:
        number, used = self._slopes(quantity)
        if used:
            yield number, {"formula": str(quantity), "from": used}

    def _slopes(self, quantity: Quantity) -> tuple[float, list[str]]:
        """Return a derivative along its paths, where printed values stand for exact ones."""
        wiring, at = self.drawn.wiring, self._values(quantity.updates)
        values = {name: np.array([number]) for name, number in at.items()}
        total, used = 0.0, []
        for path in wiring.paths(quantity.of, quantity.by):
            product = 1.0
            for low, high in edges_of(path):
                product *= float(wiring.local_slope(high, low, values)[0])
                used += [n for n in wiring.below(high) if self._printed(n, quantity.updates)]
            total += product
        return total, list(dict.fromkeys(used))

    def _printed(self, name: str, updates: int = 0) -> bool:
        found = Quantity(name, "", updates) in self.printed
        return found and name not in self.point

    def _values(self, updates: int = 0, but: str = "") -> dict[str, float]:
        """Return every value, computed from printed ones wherever there are any."""
        wiring = self.drawn.wiring
        at = dict(self.point)
        for name in wiring.order:
            if self._printed(name, updates) and name != but:
                at[name] = self.printed[Quantity(name, "", updates)][0]
            elif name not in at:
                values = {below: [at[below]] for below in wiring.below(name)}
                at[name] = float(np.ravel(wiring.local_value(name, values))[0])
        return at

    def _forward(self, quantity: Quantity) -> Found:
        wiring, updates = self.drawn.wiring, quantity.updates
        first = wiring.first_name(quantity.of)
        used, stack = [], list(wiring.below(first))
        while stack:
            name = stack.pop()
            if self._printed(name, updates):
                used.append(name)
            else:
                stack.extend(wiring.below(name))
        if used:
            names = [str(Quantity(n, "", updates)) for n in dict.fromkeys(reversed(used))]
            value = self._values(updates, first)[first]
            yield value, {"formula": quantity.of, "from": names}


def _minus(text: str) -> str:
    return text[1:] if text.startswith("-") else f"-{text}"


def _signed(texts: list[str]) -> str:
    """Join numbers with their signs.

    >>> _signed(["0.3", "-0.1", "0.2"])
    '0.3 - 0.1 + 0.2'
    """
    found = texts[0]
    for text in texts[1:]:
        found += f" - {text[1:]}" if text.startswith("-") else f" + {text}"
    return found
