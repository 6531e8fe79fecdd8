"""The named wires of a scalar circuit: their values, derivatives, paths and local slopes.

Everything is computed for several points at once, so that a formula can be compared with a
derivative where it matters and not only at one point.

>>> import numpy as np
>>> import clearprop as cp
>>> x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
>>> wiring = Wiring({"x": x, "y": y, "z": z, "q": (q := x + y), "f": q * z})
>>> point = {"x": [-2.0], "y": [5.0], "z": [-4.0]}
>>> wiring.derivative("f", "x", point)
array([-4.])
>>> wiring.paths("f", "x")
[('x', 'q', 'f')]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np

from ..backprop import backward
from ..circuit import Wire, apply, input, topological
from ..program import Program
from ..tables.gates import Gate

Array: TypeAlias = np.ndarray[Any, Any]
Values: TypeAlias = Mapping[str, Any]

MOST_PATHS = 64
POINTS = ("m",)


class Wiring:
    """Scalar wires by name, each after those that it is computed from.

    Parameters
    ----------
    wires : mapping of str to Wire
        Two names may mean one wire; its first name is the one that paths are told in.
    """

    def __init__(self, wires: Mapping[str, Wire]) -> None:
        self.wires = dict(wires)
        self.name_of: dict[Wire, str] = {}
        for name, wire in wires.items():
            self.name_of.setdefault(wire, name)
        self.order = [self.name_of[w] for w in topological(wires.values()) if w in self.name_of]
        self._inputs = {
            name: input(name, shape=POINTS)
            for name, wire in self.wires.items()
            if wire.kind == "input"
        }
        lifted: dict[Wire, Wire] = {}
        for name, copy in self._inputs.items():
            lifted[self.wires[name]] = copy
        _rebuild(topological(wires.values()), lifted)
        self._lifted = {name: lifted[wire] for name, wire in self.wires.items()}
        self._parts: dict[str, tuple[Wire, dict[str, Wire]]] = {}
        self._slopes: dict[str, dict[str, Wire]] = {}
        self._programs: dict[Any, Program] = {}

    def first_name(self, name: str) -> str:
        """Return the name in which a wire is told in paths."""
        return self.name_of[self.wires[name]]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the wires that nothing computes."""
        return tuple(self._inputs)

    def values(self, point: Values, dtype: str = "float64") -> dict[str, Array]:
        """Return the value of every wire; ``point`` has those of the inputs."""
        found = self._run("values", tuple(self._lifted.values()), self._feeds(point), dtype)
        size = np.shape(next(iter(point.values())))
        return {
            name: np.broadcast_to(value, size)
            for name, value in zip(self._lifted, found, strict=True)
        }

    def derivative(self, of: str, by: str, point: Values, dtype: str = "float64") -> Array:
        """Return a derivative by back-propagation through the whole circuit."""
        top, bottom = self._lifted[of], self._lifted[by]
        size = np.shape(next(iter(point.values())))
        if bottom not in set(topological([top])):
            return np.zeros(size)
        slope = backward(top.sum() if top.shape else top, bottom)[bottom]
        (found,) = self._run((of, by), (slope,), self._feeds(point), dtype)
        return np.broadcast_to(found, size)

    def _feeds(self, point: Values) -> dict[Wire, Any]:
        return {wire: np.asarray(point[name], float) for name, wire in self._inputs.items()}

    def _run(self, key: Any, wires: tuple[Wire, ...], feeds: Any, dtype: str) -> list[Array]:
        if (key, dtype) not in self._programs:
            self._programs[key, dtype] = Program(wires, dtype)
        return self._programs[key, dtype].run(feeds)

    def part(self, name: str) -> tuple[Wire, dict[str, Wire]]:
        """Return how a wire is computed from the named wires just below it, and those."""
        if name not in self._parts:
            top = self.wires[name]
            needed, stack = set(), [top]
            stops: dict[Wire, Wire] = {}
            while stack:
                wire = stack.pop()
                if wire in needed or wire in stops:
                    continue
                if wire is not top and wire in self.name_of:
                    stops[wire] = input(self.name_of[wire], shape=POINTS)
                else:
                    needed.add(wire)
                    stack.extend(wire.inputs)
            made: dict[Wire, Wire] = dict(stops)
            _rebuild((w for w in topological([top]) if w in needed), made)
            ordered = {n: stops[self.wires[n]] for n in self.order if self.wires[n] in stops}
            self._parts[name] = made[top], ordered
        return self._parts[name]

    def below(self, name: str) -> tuple[str, ...]:
        """Return the named wires that a wire is computed from directly."""
        return () if self.wires[name].kind == "input" else tuple(self.part(name)[1])

    def local_value(self, name: str, values: Values, dtype: str = "float64") -> Array:
        """Return a wire's value from those directly below it."""
        top, inputs = self.part(name)
        feeds = {wire: np.asarray(values[below], float) for below, wire in inputs.items()}
        (found,) = self._run(("local", name), (top,), feeds, dtype)
        return np.asarray(found)

    def local_slope(self, of: str, by: str, values: Values) -> Array:
        """Return how a wire moves with one directly below it, all others held."""
        if of not in self._slopes:
            top, inputs = self.part(of)
            slopes = backward(top.sum() if top.shape else top, list(inputs.values()))
            self._slopes[of] = {n: slopes[wire] for n, wire in inputs.items()}
        inputs = self.part(of)[1]
        feeds = {wire: np.asarray(values[below], float) for below, wire in inputs.items()}
        (found,) = self._run((of, by, "local"), (self._slopes[of][by],), feeds, "float64")
        return np.asarray(found)

    def paths(self, top: str, bottom: str, most: int = MOST_PATHS) -> list[tuple[str, ...]]:
        """Return every way up from one wire to another; none where there are too many."""
        top, bottom = self.first_name(top), self.first_name(bottom)
        found: dict[str, list[tuple[str, ...]]] = {bottom: [(bottom,)]}
        for name in self.order[self.order.index(bottom) + 1 :]:
            ways = [(*way, name) for below in self.below(name) for way in found.get(below, ())]
            if len(ways) > most:
                return []
            if ways:
                found[name] = ways
        return found.get(top, [])


def _rebuild(wires: Iterable[Wire], made: dict[Wire, Wire]) -> None:
    """Build wires anew on others: ``made`` has what they stand on, and gets what is built."""
    for wire in wires:
        if wire in made:
            continue
        if isinstance(wire.kind, Gate):
            made[wire] = apply(wire.kind, *(made[below] for below in wire.inputs))
        else:
            made[wire] = wire
