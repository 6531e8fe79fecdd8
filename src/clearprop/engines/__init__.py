"""Engines: what carries out a training run. ``"auto"`` picks the fastest that can."""

from __future__ import annotations

from ..errors import EngineError
from .protocol import Advance, Engine, Plan, RowOrder, State
from .reference import ReferenceEngine

__all__ = ["ENGINES", "Advance", "Engine", "Plan", "RowOrder", "State", "choose_engine"]

ENGINES: dict[str, Engine] = {"reference": ReferenceEngine()}
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
