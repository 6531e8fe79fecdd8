"""Where a run first met NaN or infinity: the epoch, the layer, the gate."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ..circuit import topological
from ..engines.protocol import Plan, State
from ..engines.reference import Work
from ..program import Program


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
        The value's name, such as ``Z2`` or ``dloss/dW1``.
    value : float
        nan, inf or -inf.
    """

    epoch: int
    layer: int
    gate: str
    what: str
    value: float

    def __str__(self) -> str:
        where = f"layer {self.layer}, " if self.layer else ""
        return f"epoch {self.epoch}: {where}gate {self.gate}: {self.what} became {self.value}"


def find_trouble(plan: Plan, state: State) -> Trouble:
    """Repeat the step that failed, value by value, and return the first that is not finite."""
    work = Work(plan)
    epoch, batch = divmod(state.step, plan.steps_per_epoch)
    order = plan.order.rows(plan.n_rows, epoch)
    rows = slice(batch * plan.batch_size, (batch + 1) * plan.batch_size)
    feeds = work.feeds(state.vector, rows if order is None else order[rows])
    slopes = plan.architecture.backward(plan.objective)
    wires = list(topological([work.circuit.objective, *slopes.values()]))
    wires = [wire for wire in wires if wire.kind not in ("input", "constant")]
    for at, value in enumerate(Program(wires, plan.dtype).run(feeds)):
        wrong = np.asarray(value)[~np.isfinite(value)]
        if wrong.size:
            what = next((wire.name for wire in wires[at:] if wire.name), "loss")
            layer = re.search(r"\d+$", what)
            gate = wires[at].gate_name
            return Trouble(epoch + 1, int(layer[0]) if layer else 0, gate, what, float(wrong[0]))
    return Trouble(epoch + 1, 0, "update", "the updated parameters", float("inf"))
