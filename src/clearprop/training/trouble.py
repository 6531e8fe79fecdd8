"""Where a run first met NaN or infinity: the epoch, the layer, the gate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ..circuit import Wire, topological
from ..engines.protocol import Plan, State
from ..engines.reference import Work, prepare
from ..program import Program

Array: TypeAlias = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Trouble:
    """The first value that was not finite.

    Attributes
    ----------
    epoch : int
        From 1, as people count.
    layer : int
        From 1; 0 where no layer is to blame (the loss, the update).
    gate : str
        What put the value out: a gate, an operation, the loss, or ``update``.
    what : str
        The value's name: ``Z2``, ``loss``, ``dloss/dW1``; of an update the parameter,
        ``W1``, or ``slot v of W1``.
    value : float
        nan, inf or -inf.
    sample : int or None
        The number of the row of X, from 0, where it belongs to one.
    """

    epoch: int
    layer: int
    gate: str
    what: str
    value: float
    sample: int | None = None

    def __str__(self) -> str:
        where = f"layer {self.layer}, " if self.layer else ""
        return f"epoch {self.epoch}: {where}gate {self.gate}: {self.what} became {self.value}"


def find_trouble(plan: Plan, state: State) -> Trouble:
    """Repeat the step that failed, and return the first of its values that is not finite.

    Looked at are the outputs of the forward circuit's gates, then the gradients, then the
    update: what is infinite inside a formula and harmless in its result is not named.
    """
    work = prepare(plan)
    epoch, batch = divmod(state.step, plan.steps_per_epoch)
    order = plan.order.rows(plan.n_rows, epoch)
    rows = slice(batch * plan.batch_size, (batch + 1) * plan.batch_size)
    taken: Any = rows if order is None else order[rows]
    feeds = work.feeds(plan, state.vector, taken)
    found = _in_the_loss(plan, work, feeds) or _in_the_gradients(plan, feeds)
    if found is None and plan.optimizer.method == "updates":
        found = _in_the_update(plan, work, state, taken)
    # An engine may round otherwise than this one, at the brink of what a number can hold.
    gate, what, value, row = found or ("update", "the updated parameters", float("nan"), None)
    layer = re.search(r"\d+$", what) if gate != "update" else None
    sample = None if row is None else int(np.arange(plan.n_rows)[taken][row])
    return Trouble(epoch + 1, int(layer[0]) if layer else 0, gate, what, value, sample)


Found: TypeAlias = tuple[str, str, float, int | None]


def _wrong(value: Any) -> float | None:
    """Return the first number that is not finite."""
    array = np.asarray(value)
    wrong = array[~np.isfinite(array)]
    return float(wrong.flat[0]) if wrong.size else None


def _in_the_loss(plan: Plan, work: Work, feeds: Mapping[Wire, Any]) -> Found | None:
    """Follow what is not finite from the loss back to the gate whose inputs are finite."""
    wires = list(topological([work.circuit.objective]))
    values = dict(zip(wires, Program(wires, plan.dtype).run(feeds), strict=True))
    wrong = {wire: found for wire in wires if (found := _wrong(values[wire])) is not None}
    wire: Wire = work.circuit.objective
    what = ""
    if wire not in wrong:
        return None
    while True:
        what = wire.name or what
        below = [w for w in wire.inputs if w in wrong]
        if not below:
            place = np.argwhere(~np.isfinite(values[wire]))
            row = int(place[0, 0]) if wire.shape[:1] == ("N",) else None
            return wire.gate_name, what, wrong[wire], row
        wire = below[0]


def _in_the_gradients(plan: Plan, feeds: Mapping[Wire, Any]) -> Found | None:
    """Return the first wrong gradient in the order of the backward sweep: last layer first."""
    slopes = plan.architecture.backward(plan.objective).values()
    values = plan.architecture.program(tuple(slopes), plan.dtype).run(feeds)
    for slope, value in reversed(list(zip(slopes, values, strict=True))):
        found = _wrong(value)
        if found is not None:
            return slope.gate_name, slope.name, found, None
    return None


def _in_the_update(plan: Plan, work: Work, state: State, rows: Any) -> Found | None:
    """Return the first wrong slot or parameter, in the order in which the row updates them."""
    *_, gradient, _ = work.loss_and_gradient(plan, state.vector, rows)
    vector, slots = work.updated(plan, state, gradient)
    kept = {**slots, "w": vector}
    for name in [*(n for n in plan.optimizer.updates if n in kept), *kept]:
        for parameter, place in plan.architecture.places.items():
            found = _wrong(kept[name][place])
            if found is not None:
                what = parameter if name == "w" else f"slot {name} of {parameter}"
                return "update", what, found, None
    return None
