"""Many runs of the native engine at once: each on one thread, as many at a time as there are.

A run gives the same bits here as alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import compiled
from .native import HANDED_IN, NativeEngine, make_run, order_kind
from .protocol import Array, Engine, Plan, State


def together(engine: Engine, plan: Plan) -> bool:
    """Whether a plan can be carried out beside others, at once."""
    descends = plan.optimizer.method == "updates"
    by_epochs = order_kind(plan) == HANDED_IN or plan.rates is not None
    return isinstance(engine, NativeEngine) and descends and not by_epochs


class ManyRuns:
    """Runs of one precision; each has a number, from 0 in the order in which they are added."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._many = compiled.of_precision("Many", dtype)()
        self._slots: list[tuple[str, ...]] = []

    def add(self, plan: Plan, start: State, until_step: int) -> int:
        """Add a run, from its first step to another; return its number."""
        run = make_run(plan, compiled.spec(plan.optimizer))
        slots = [np.array(array) for array in start.slots.values()]
        self._many.add(run, np.array(start.vector), slots, until_step)
        self._slots.append(tuple(start.slots))
        return len(self._slots) - 1

    def advance(self, seconds: float) -> list[int]:
        """Carry all on until they are done or about the seconds are over.

        Returns the numbers of those that became done: came to their last step, or to NaN or
        infinity.
        """
        done: list[int] = self._many.advance(seconds)
        return done

    def begun(self) -> float:
        """Return what share of their steps is done, added up over the runs that are not done."""
        return float(self._many.begun())

    def take(self, number: int, like: Array) -> tuple[State, Array, bool, float | None]:
        """Return where a run stands, its epochs' losses, whether all is finite, and its loss.

        If not all is finite, the state is the one after the step that failed; its ``step``
        does not count that one. The loss is the one over all rows at the end of a run; None
        where it has not been computed. ``like`` is an array such as the run's vector.
        """
        vector = np.empty_like(like)
        slots = {name: np.empty_like(like) for name in self._slots[number]}
        taken = self._many.take(number, vector, list(slots.values()))
        step, running, losses, finite, loss = taken
        return State(vector, slots, step, running), losses, finite, loss

    def drop(self, number: int) -> None:
        """Free the memory of a run that is done."""
        self._many.drop(number)
