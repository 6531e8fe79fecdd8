"""The reference engine: NumPy runs the network's own circuits, step by step.

It is the engine to read. One step is: take the rows of the batch, run the forward and
the backward circuit, run the optimizer's circuit on the flat vector of parameters.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ..circuit import Wire, constant, input
from ..formulas import build, names_of
from ..program import Program
from ..tables.optimizers import Optimizer
from .protocol import Advance, Array, Plan, State


class ReferenceEngine:
    """Trains with NumPy alone; knows every row of the tables."""

    name = "reference"

    def unsupported(self, plan: Plan) -> str | None:
        """Return None: it carries out every plan."""
        return None

    def advance(self, state: State, plan: Plan, until_step: int, deadline: float) -> Advance:
        """Carry a run on; see :class:`clearprop.engines.protocol.Engine`."""
        work = prepare(plan)
        losses: list[float] = []
        order, order_epoch = None, -1
        while state.step < until_step:
            epoch, batch = divmod(state.step, plan.steps_per_epoch)
            if epoch != order_epoch:
                order, order_epoch = plan.order.rows(plan.n_rows, epoch), epoch
            start = batch * plan.batch_size
            stepped = work.step(plan, state, order, slice(start, start + plan.batch_size))
            if stepped is None:
                return Advance(state, losses, failed=True)
            state = stepped
            if batch == plan.steps_per_epoch - 1:
                losses.append(state.running)
                state = State(state.vector, state.slots, state.step)
            if time.perf_counter() >= deadline:
                break
        return Advance(state, losses)

    def loss_and_gradient(self, plan: Plan, vector: Array) -> tuple[float, float, Array]:
        """Return the data term, the penalty and the gradient over all rows."""
        data, penalty, gradient, _ = prepare(plan).loss_and_gradient(plan, vector, slice(None))
        return data, penalty, gradient

    def loss(self, plan: Plan, vector: Array) -> float:
        """Return the objective over all rows."""
        work = prepare(plan)
        feeds = work.feeds(plan, vector, slice(None))
        wires = (work.circuit.objective,)
        (loss,) = plan.architecture.program(wires, plan.dtype).run(feeds, trusted=True)
        return float(loss)


@dataclass(frozen=True)
class OptimizerCircuit:
    """An optimizer's row as wires over the flat vectors of parameters and gradients."""

    w: Wire
    g: Wire
    is_weight: Wire
    learning_rate: Wire
    t: Wire
    slots: Mapping[str, Wire]
    updated: Mapping[str, Wire]


def optimizer_circuit(row: Optimizer) -> OptimizerCircuit:
    """Build the wires of one step: ``updated`` has the new ``w`` and the new slots."""
    names = {name: input(name, shape=("P",)) for name in ("w", "g", "is_weight", *row.slots)}
    names |= {name: input(name) for name in ("learning_rate", "t")}
    known = dict(names)
    for name, tree in row.update_trees.items():
        known[name] = build(tree, names_of({}, row.parameters, known))
    updated = {name: known[name] for name in ("w", *row.slots)}
    slots = {name: names[name] for name in row.slots}
    scalars = (names["is_weight"], names["learning_rate"], names["t"])
    return OptimizerCircuit(names["w"], names["g"], *scalars, slots, updated)


def starting_slots(row: Optimizer, learning_rate: float, vector: Array) -> dict[str, Array]:
    """Return an optimizer's slots before the first step."""
    values = _starting_values(row, learning_rate, vector.dtype)
    return {
        name: np.full_like(vector, value) for name, value in zip(row.slots, values, strict=True)
    }


@lru_cache(maxsize=256)
def _starting_values(
    row: Optimizer, learning_rate: float, dtype: np.dtype[Any]
) -> tuple[Array, ...]:
    rate = constant(learning_rate)
    wires = [
        build(tree, names_of({}, row.parameters, {"learning_rate": rate}))
        for tree in row.slot_trees.values()
    ]
    return tuple(Program(wires, dtype).run())


class Work:
    """A plan's programs, made once.

    It does not hold the plan, which holds it: the data should go when the run does.
    """

    def __init__(self, plan: Plan) -> None:
        net, objective = plan.architecture, plan.objective
        self.circuit = net.circuit(objective)
        slopes = tuple(net.backward(objective).values())
        wires = (self.circuit.data, self.circuit.penalty, *slopes)
        self.gradients = net.program(wires, plan.dtype)
        self.optimizer, self.dtype = plan.optimizer, plan.dtype
        self.places = [
            (wire, net.places[name], net.shapes[name])
            for name, wire in self.circuit.parameters.items()
        ]
        self.is_weight = np.zeros(net.n_parameters, plan.dtype)
        for name, place in net.places.items():
            self.is_weight[place] = name[0] == "W"

    @cached_property
    def rule(self) -> OptimizerCircuit:
        """The optimizer's circuit; a run that only asks for losses does without."""
        return optimizer_circuit(self.optimizer)

    @cached_property
    def update(self) -> Program:
        """The program of the optimizer's step."""
        return Program(self.rule.updated.values(), self.dtype)

    def step(self, plan: Plan, state: State, order: Array | None, batch: slice) -> State | None:
        """Return the state after one step; None if it gave NaN or infinity."""
        rows: Any = batch if order is None else order[batch]
        data, penalty, gradient, share = self.loss_and_gradient(plan, state.vector, rows)
        if not np.isfinite(data + penalty):
            return None
        vector, slots = self.updated(plan, state, clipped(plan, gradient))
        if not all(np.isfinite(kept).all() for kept in (vector, *slots.values())):
            return None
        part = plan.shown * (data if plan.reduction == "sum" else data * share)
        return State(vector, slots, state.step + 1, state.running + float(part + penalty * share))

    def loss_and_gradient(
        self, plan: Plan, vector: Array, rows: Any
    ) -> tuple[Any, Any, Array, float]:
        """Return a batch's data term, its penalty, its gradient, and its share of all rows."""
        feeds = self.feeds(plan, vector, rows)
        data, penalty, *slopes = self.gradients.run(feeds, trusted=True)
        gradient = np.concatenate([slope.ravel() for slope in slopes])
        return data, penalty, gradient, len(feeds[self.circuit.X]) / plan.n_rows

    def feeds(self, plan: Plan, vector: Array, rows: Any) -> dict[Wire, Any]:
        """Return the values of the circuit's inputs for some rows."""
        circuit = self.circuit
        feeds: dict[Wire, Any] = {
            wire: vector[place].reshape(shape) for wire, place, shape in self.places
        }
        X = plan.X[rows]
        feeds |= {circuit.X: X, circuit.targets: plan.targets[rows]}
        feeds |= {circuit.l2: plan.l2, circuit.count: len(X)}
        if plan.sample_weight is not None:
            weights = plan.sample_weight[rows]
            # A batch whose samples all weigh 0 has nothing to divide: its data's part is 0.
            feeds |= {circuit.sample_weight: weights, circuit.count: weights.sum() or 1.0}
        if plan.shared_penalty and plan.reduction == "mean":
            feeds[circuit.l2] = plan.l2 / feeds[circuit.count]
        return feeds

    def updated(self, plan: Plan, state: State, gradient: Array) -> tuple[Array, dict[str, Array]]:
        """Return the parameters and slots after the optimizer's step."""
        rule = self.rule
        feeds: dict[Wire, Any] = {
            rule.w: state.vector,
            rule.g: gradient,
            rule.is_weight: self.is_weight,
            rule.learning_rate: rate_at(plan, state.step),
            rule.t: plan.earlier + state.step + 1,
        }
        feeds |= {wire: state.slots[name] for name, wire in rule.slots.items()}
        vector, *slots = self.update.run(feeds)
        if plan.frozen is not None:
            vector = np.where(plan.frozen, state.vector, vector)
        return vector, dict(zip(rule.slots, slots, strict=True))


def clipped(plan: Plan, gradient: Array) -> Array:
    """Return the gradient, shortened where it is longer than the plan allows."""
    if plan.clip is None:
        return gradient
    free = gradient if plan.frozen is None else gradient[~plan.frozen]
    norm = float(np.linalg.norm(free.astype(np.float64)))
    if not norm > plan.clip:
        return gradient
    shortened: Array = gradient * gradient.dtype.type(plan.clip / norm)
    return shortened


def rate_at(plan: Plan, step: int) -> float:
    """Return the learning rate of a step."""
    epoch, batch = divmod(step, plan.steps_per_epoch)
    rates = plan.rates_of(epoch)
    return plan.learning_rate if rates is None else float(rates[batch])


def prepare(plan: Plan) -> Work:
    """Return a plan's programs; a run asks again every 50 ms and gets the same ones."""
    if "reference" not in plan.made:
        plan.made.setdefault("reference", Work(plan))
    work: Work = plan.made["reference"]
    return work
