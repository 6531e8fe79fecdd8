"""The native engine: whole training loops in C++, compiled from the project's tables.

It carries out every plan whose gates, loss and optimizer were in the tables when it was
built. The same plan gives the same bits for any number of threads; see docs/engine.md.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from .. import compiled
from ..errors import TrainingError
from .order import AsGiven, Shuffled
from .protocol import Advance, Array, Plan, State

AS_GIVEN, SHUFFLED, HANDED_IN = range(3)


class NativeEngine:
    """Trains with compiled kernels."""

    name = "native"

    def unsupported(self, plan: Plan) -> str | None:
        """Return why it cannot carry out a plan, in one sentence; None: it can."""
        net = plan.architecture
        rows = (*net.gates, net.loss, *([plan.optimizer] if plan.optimizer.updates else []))
        return compiled.missing() or compiled.unknown(rows)

    def advance(self, state: State, plan: Plan, until_step: int, deadline: float) -> Advance:
        """Carry a run on; see :class:`clearprop.engines.protocol.Engine`."""
        advance = self._advance(state, plan, until_step, deadline)
        if not advance.failed:
            return advance
        # The loop keeps no earlier state: what came before the failure is computed again.
        good = advance.state.step
        if good == state.step:
            return Advance(state, failed=True)
        again = self._advance(state, plan, good, float("inf"))
        return Advance(again.state, again.losses, failed=True)

    def _advance(self, state: State, plan: Plan, until_step: int, deadline: float) -> Advance:
        run = prepared(plan)
        vector = np.array(state.vector)
        slots = {name: np.array(array) for name, array in state.slots.items()}
        step, running, losses, fine = state.step, state.running, [], True  # losses in pieces
        while True:
            order, rates, stop = None, None, until_step
            if order_kind(plan) == HANDED_IN or plan.rates is not None:
                epoch = step // plan.steps_per_epoch
                stop = min(until_step, (epoch + 1) * plan.steps_per_epoch)
                order = handed_in(plan, epoch) if order_kind(plan) == HANDED_IN else None
                rates = plan.rates_of(epoch)
            seconds = deadline - time.perf_counter()
            step, running, more, fine = run.advance(
                vector, list(slots.values()), step, running, stop, seconds, order,
                None if rates is None else np.ascontiguousarray(rates),
            )  # fmt: skip
            losses.append(more)
            if not fine or step >= until_step or time.perf_counter() >= deadline:
                new = State(vector, slots, step, running)
                found = np.concatenate(losses) if len(losses) > 1 else losses[0]
                return Advance(new, found, failed=not fine)

    def loss_and_gradient(self, plan: Plan, vector: Array) -> tuple[float, float, Array]:
        """Return the data term, the penalty and the gradient over all rows."""
        gradient = np.empty_like(vector)
        data, penalty = over_all_rows(plan).loss_and_gradient(np.array(vector), gradient)
        return data, penalty, gradient

    def loss(self, plan: Plan, vector: Array) -> float:
        """Return the objective over all rows."""
        data, penalty = over_all_rows(plan).loss_and_gradient(np.array(vector), None)
        return float(data + penalty)


def prepared(plan: Plan) -> Any:
    """Return a plan's native run, made once."""
    if "native" not in plan.made:
        plan.made.setdefault("native", make_run(plan, compiled.spec(plan.optimizer)))
    return plan.made["native"]


def over_all_rows(plan: Plan) -> Any:
    """Return a native run that looks at all rows at once, made once."""
    if trained := plan.made.get("native"):
        if trained.sees_all:
            return trained
        trained.rest()  # lest both keep what they need on their way
    if "native, all rows" not in plan.made:
        plan.made.setdefault("native, all rows", make_run(plan, None))
    return plan.made["native, all rows"]


def order_kind(plan: Plan) -> int:
    """Return how the native run comes by the order of rows."""
    kinds: dict[Any, int] = {AsGiven: AS_GIVEN, Shuffled: SHUFFLED}
    return kinds.get(type(plan.order), HANDED_IN)


def handed_in(plan: Plan, epoch: int) -> Array:
    """Return an epoch's order of rows; the native loop reads by it without looking again.

    The last one is kept: a run comes back to Python many times in a long epoch.
    """
    kept = plan.made.get("native, order")
    if kept is None or kept[0] != epoch:
        given = plan.order.rows(plan.n_rows, epoch)
        order = np.arange(plan.n_rows) if given is None else np.asarray(given)
        if not is_order(order, plan.n_rows):
            raise TrainingError(
                f"{plan.order!r} gives no order of {plan.n_rows} rows in epoch {epoch}: "
                "rows(n_rows, epoch) returns each number from 0 to n_rows - 1 once, or None"
            )
        kept = plan.made["native, order"] = epoch, np.ascontiguousarray(order, np.uint32)
    order_of_epoch: Array = kept[1]
    return order_of_epoch


def is_order(rows: Array, n_rows: int) -> bool:
    """Tell whether an array holds each number from 0 to n_rows - 1 once."""
    if rows.shape != (n_rows,) or rows.dtype.kind not in "iu":
        return False
    if rows.min() < 0 or rows.max() >= n_rows:
        return False
    seen = np.zeros(n_rows, bool)
    seen[rows] = True
    return bool(seen.all())


def make_run(plan: Plan, rule: tuple[str, list[float]] | None) -> Any:
    """Return a new native run of a plan; without a rule, one for loss and gradient."""
    kind = order_kind(plan) if rule else AS_GIVEN
    seed = plan.order.seed if isinstance(plan.order, Shuffled) else 0
    batch = plan.batch_size if rule else plan.n_rows
    return compiled.of_precision("run", plan.dtype)(
        *compiled.shape(plan.architecture),
        plan.X, plan.targets, plan.sample_weight, plan.frozen,
        batch, plan.reduction == "mean", plan.l2, plan.learning_rate, rule, kind, seed,
        plan.shared_penalty, plan.shown, plan.earlier, plan.clip or 0.0,
    )  # fmt: skip
