"""Engines: what carries out a training run. ``"auto"`` picks the fastest that can."""

from __future__ import annotations

from ..errors import EngineError
from .native import NativeEngine
from .order import AsGiven, Shuffled
from .protocol import Advance, Engine, Plan, Rates, RowOrder, State
from .reference import ReferenceEngine

__all__ = [
    "ENGINES",
    "Advance",
    "AsGiven",
    "Engine",
    "Plan",
    "Rates",
    "RowOrder",
    "Shuffled",
    "State",
    "choose_engine",
    "passed_over",
]

ENGINES: dict[str, Engine] = {"native": NativeEngine(), "reference": ReferenceEngine()}
"""Every engine, the fastest first."""


def choose_engine(name: str, plan: Plan) -> Engine:
    """Return the engine of that name, or with ``"auto"`` the first that can do the plan.

    Raises
    ------
    EngineError
        If there is no such engine, or it cannot carry out the plan.
    """
    if name == "auto":
        return next(engine for engine in ENGINES.values() if engine.unsupported(plan) is None)
    if name not in ENGINES:
        raise EngineError(f"there is no engine {name!r}; there are: auto, {', '.join(ENGINES)}")
    reason = ENGINES[name].unsupported(plan)
    if reason:
        raise EngineError(f"the {name} engine cannot do this: {reason}; take engine='auto'")
    return ENGINES[name]


def passed_over(plan: Plan) -> str:
    """Return why ``"auto"`` does not take the fastest engine for a plan; empty: it does."""
    fastest = next(iter(ENGINES.values()))
    reason = fastest.unsupported(plan)
    return f"the {fastest.name} engine cannot do this: {reason}" if reason else ""
