"""What a picture of a circuit shows: gates, the wires between them, values and slopes.

A diagram has one node for each gate that is drawn. Sums of several terms are one ``+`` with
several inputs, constants stand in the gate that takes them in, and whatever lies between a wire
and the named wires below it can be put into one box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..backprop import backward
from ..circuit import Wire, topological
from ..errors import CircuitError
from ..feeds import At, resolve_feeds
from ..operations import show_shape
from ..program import evaluate
from . import drawing_signs as signs

MOST_GATES = 3_000  # gates behind a picture, before sums and boxes are put together


@dataclass(frozen=True)
class Node:
    """One gate, input or constant of a picture.

    Attributes
    ----------
    key : str
        The wire's name, or one made for it (:func:`wire_keys`).
    kind : {"gate", "box", "input", "constant"}
    sign : str
        What stands in the gate.
    name : str
        What the wire is called; empty where nobody named it.
    row : str
        The name of the gate's row.
    inputs : tuple of str
        Keys.
    ordered : bool
        Whether it matters which input is which.
    hides : tuple of str
        Keys of wires that are not drawn, but lie inside.
    shape : str
        Of an array; empty for a number.
    value, slope : float or None
        The number on the wire, and the output's derivative by it.
    """

    key: str
    kind: str
    sign: str
    name: str
    row: str
    inputs: tuple[str, ...]
    ordered: bool
    hides: tuple[str, ...] = ()
    shape: str = ""
    value: float | None = None
    slope: float | None = None


def wire_keys(
    outputs: Wire | Sequence[Wire], names: Mapping[Any, str] | None = None
) -> dict[Wire, str]:
    """Return a key for every wire of a circuit; the same circuit gives the same keys.

    Parameters
    ----------
    outputs : Wire or sequence of Wire
    names : mapping of Wire (or name) to str, optional
        Names to show in place of the wires' own.

    Returns
    -------
    dict of Wire to str
        A named wire's key is its name (where two have one name, the second is ``x~2``); gates
        without a name are g1, g2, ..., a single output without one f, constants c1, c2, ...

    Examples
    --------
    >>> import clearprop as cp
    >>> x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
    >>> list(wire_keys((x + y) * z).values())
    ['x', 'y', 'g1', 'z', 'f']
    """
    tops = [outputs] if isinstance(outputs, Wire) else list(outputs)
    order = list(topological(tops))
    called = {wire: _called(wire, names or {}) for wire in order}
    taken = set(called.values()) - {""}
    keys: dict[Wire, str] = {}
    used: set[str] = set()
    counts = {"g": 0, "c": 0}
    for wire in order:
        key = called[wire]
        if not key and len(tops) == 1 and wire is tops[0] and "f" not in taken:
            key = "f"
        if not key:
            letter = "c" if wire.kind == "constant" else "g"
            while (key := f"{letter}{counts[letter] + 1}") in taken:
                counts[letter] += 1
            counts[letter] += 1
        same, again = key, 1
        while key in used:
            again += 1
            key = f"{same}~{again}"
        used.add(key)
        keys[wire] = key
    return keys


def _called(wire: Wire, names: Mapping[Any, str]) -> str:
    found = names.get(wire)
    if found is None and wire.name:
        found = names.get(wire.name, wire.name)
    return str(found or "")


def diagram_of(
    outputs: Sequence[Wire],
    at: At | None = None,
    *,
    names: Mapping[Any, str] | None = None,
    boxes: Mapping[Any, str] | None = None,
    fold: bool = True,
    values: bool = True,
    gradients: bool = True,
    digits: int = 4,
    first: Sequence[Wire] = (),
) -> list[Node]:
    """Return the nodes of a picture, each after those that feed it.

    ``first`` are wires behind the outputs that come in this order.

    Raises
    ------
    CircuitError
        If there are too many gates, or a name stands for no wire.
    """
    order = list(topological([*first, *outputs]))
    if len(order) > MOST_GATES:
        raise CircuitError(
            f"this circuit has {len(order):,} wires; a picture is drawn of at most {MOST_GATES:,}. "
            "Draw a part of it, or the array circuit, which has one gate for many numbers"
        )
    keys = wire_keys(outputs, names)
    called = {wire for wire in order if _called(wire, names or {})}
    found = _Finder(order, keys, called, _boxed(order, boxes or {}), set(outputs), fold, digits)
    shown = found.shown(outputs)
    numbers, slopes = _numbers(outputs, shown, at, values, gradients)
    return [found.node(wire, numbers.get(wire), slopes.get(wire)) for wire in shown]


def _boxed(order: Sequence[Wire], boxes: Mapping[Any, str]) -> dict[Wire, str]:
    found: dict[Wire, str] = {}
    for asked, text in boxes.items():
        wires = [one for one in order if one is asked or (one.name and one.name == asked)]
        if len(wires) != 1:
            names = ", ".join(dict.fromkeys(one.name for one in order if one.name)) or "none"
            raise CircuitError(
                f"no box can be drawn for {asked!r}: {len(wires)} wires of the circuit are called "
                f"so; its named wires: {names}"
            )
        found[wires[0]] = str(text)
    return found


@dataclass
class _Finder:
    """Decides what is drawn of a circuit."""

    order: Sequence[Wire]
    keys: Mapping[Wire, str]
    called: set[Wire]
    boxes: Mapping[Wire, str]
    outputs: set[Wire]
    fold: bool
    digits: int

    def __post_init__(self) -> None:
        uses: dict[Wire, list[Wire]] = {}
        for wire in self.order:
            for below in wire.inputs:
                uses.setdefault(below, []).append(wire)
        # A sum inside a sum, for nobody else and without a name of its own.
        self.inside = {
            wire
            for wire in self.order
            if self.fold and self._plain_sum(wire) and wire not in self.called
            and wire not in self.outputs
            and len(uses[wire]) == 1 and self._plain_sum(uses[wire][0])
        }  # fmt: skip
        self.behind: dict[Wire, tuple[tuple[Wire, ...], tuple[Wire, ...]]] = {}

    def _plain_sum(self, wire: Wire) -> bool:
        return wire.gate_name == "add" and wire not in self.boxes

    def _inputs(self, wire: Wire) -> tuple[tuple[Wire, ...], tuple[Wire, ...]]:
        """Return what a node takes in, and which wires lie hidden inside it."""
        if wire not in self.behind:
            self.behind[wire] = self._look(wire)
        return self.behind[wire]

    def _look(self, wire: Wire) -> tuple[tuple[Wire, ...], tuple[Wire, ...]]:
        taken: list[Wire] = []
        hidden: list[Wire] = []
        waiting = list(reversed(wire.inputs))
        boxed, seen = wire in self.boxes, set[Wire]()
        while waiting:
            below = waiting.pop()
            if boxed and below in seen:
                continue
            seen.add(below)
            stops = below.kind == "input" or below in self.boxes or below in self.called
            if below in self.inside if not boxed else not stops:
                hidden.append(below)
                waiting += reversed(below.inputs)
            elif not (boxed and below.kind == "constant"):
                taken.append(below)
        if boxed:
            taken.sort(key=self.order.index)
        # A constant that a gate of two inputs takes in stands in its sign.
        if not boxed and len(taken) == 2 and signs.with_constant(wire, self.digits):
            hidden += [one for one in taken if one.kind == "constant"]
            taken = [one for one in taken if one.kind != "constant"]
        return tuple(taken), tuple(hidden)

    def shown(self, outputs: Sequence[Wire]) -> list[Wire]:
        """Return the wires that are drawn, each after those that feed it."""
        reached, waiting = set(outputs), list(outputs)
        while waiting:
            for below in self._inputs(waiting.pop())[0]:
                if below not in reached:
                    reached.add(below)
                    waiting.append(below)
        return [wire for wire in self.order if wire in reached]

    def node(self, wire: Wire, value: float | None, slope: float | None) -> Node:
        """Return a wire as a node."""
        taken, hidden = self._inputs(wire)
        kind = wire.kind if isinstance(wire.kind, str) else "gate"
        sign, ordered = "", False
        if wire in self.boxes:
            kind, sign = "box", self.boxes[wire]
        elif kind == "gate":
            sign = (signs.with_constant(wire, self.digits) if len(taken) == 1 else None) or (
                signs.sign_of(wire)
            )
            ordered = not signs.in_any_order(wire)
        elif kind == "constant":
            sign = signs.number(wire, self.digits)
        name = self.keys[wire] if wire in self.called else ""
        return Node(
            self.keys[wire], kind, sign, name, self.boxes.get(wire, wire.gate_name),
            tuple(self.keys[one] for one in taken), ordered,
            tuple(self.keys[one] for one in hidden),
            show_shape(wire.shape) if wire.shape else "", value, slope,
        )  # fmt: skip


def _numbers(
    outputs: Sequence[Wire],
    shown: Sequence[Wire],
    at: At | None,
    values: bool,
    gradients: bool,
) -> tuple[dict[Wire, float], dict[Wire, float]]:
    """Return values and slopes, where every input has a value and every wire is a number."""
    feeds = resolve_feeds(at, outputs)
    behind = list(topological(outputs))
    lacking = [w for w in behind if w.kind == "input" and feeds.get(w, w.value) is None]
    if lacking and feeds:
        raise CircuitError(
            f"the input {lacking[0]!r} has no value; give one to every input, or to none"
        )
    if not values or lacking or any(wire.shape for wire in behind):
        return {}, {}
    moving = [wire for wire in shown if wire.kind != "constant"]
    numbers = dict(zip(moving, evaluate(moving, feeds), strict=True))
    if not gradients or len(outputs) != 1:
        return numbers, {}
    slopes = backward(outputs[0], moving)
    return numbers, dict(zip(slopes, evaluate(list(slopes.values()), feeds), strict=True))
