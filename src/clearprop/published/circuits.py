"""A circuit from a text with a name for every gate.

>>> drawn = draw_circuit("(x + y) * z", {"x": -2.0, "y": 5.0, "z": -4.0})
>>> drawn.wiring.paths("f", "x"), drawn.slope_text("f", "add1")
([('x', 'add1', 'f')], 'z')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..circuit import Wire, topological
from ..formulas import parse
from ..tables.gates import Gate
from .neurons import Role, text_of
from .wiring import Wiring


@dataclass(frozen=True)
class CircuitDrawn:
    """A circuit's wires by name: inputs by their own, gates numbered, the output ``f``."""

    wiring: Wiring
    roles: Mapping[str, Role]
    hits: tuple[int, ...] = ()

    @property
    def known(self) -> list[str]:
        """The names that quantities of it are made of."""
        return [*self.wiring.inputs, "f"]

    def slope_text(self, of: str, by: str) -> str:
        """Write the local slope of a gate by one of its inputs."""
        wire, below = self.wiring.wires[of], self.wiring.wires[by]
        if not isinstance(wire.kind, Gate) or wire.inputs.count(below) != 1:
            return ""
        names = {"y": of}
        for name, one in zip(wire.kind.inputs, wire.inputs, strict=True):
            names[name] = self._name(one)
        if wire.kind.part_trees:
            return ""
        return text_of(wire.kind.slope_trees[wire.inputs.index(below)], names)

    def _name(self, wire: Wire) -> str:
        return self.wiring.name_of.get(wire, repr(wire))

    def score_names(self, score: str) -> dict[str, str]:
        """Return nothing: a circuit has no loss."""
        return {}


def draw_circuit(text: str, given: Mapping[str, float]) -> CircuitDrawn:
    """Build a circuit and name its wires.

    Raises
    ------
    ExpressionError, CircuitError
        As :func:`clearprop.parse` does.
    """
    top = parse(text, **given)
    wires: dict[str, Wire] = {}
    roles: dict[str, Role] = {}
    counts: dict[str, int] = {}
    for wire in topological([top]):
        if wire.kind == "constant":
            continue
        if wire.kind == "input":
            name = wire.name
        elif wire is top:
            name = "f"
        else:
            counts[wire.gate_name] = counts.get(wire.gate_name, 0) + 1
            name = f"{wire.gate_name}{counts[wire.gate_name]}"
            name = f"{name}_gate" if name in given else name
        row = wire.kind if isinstance(wire.kind, Gate) else None
        wires[name], roles[name] = wire, Role("input" if row is None else "gate", row)
    wires.setdefault("f", top)
    roles.setdefault("f", Role("gate"))
    return CircuitDrawn(Wiring(wires), roles)
