"""What ``clearprop moons`` is asked for, and what all of its ways of answering share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import MissingExtraError
from ..network import Network
from ..training import Result
from ..training.planning import by_lbfgs
from .running import network_facts
from .screen import Screen, percent

RATE = 0.01  # the tutorial's learning rate


@dataclass(frozen=True)
class Moons:
    """All that the command was asked for."""

    hidden: tuple[int, ...]
    activation: tuple[Any, ...]
    loss: Any
    samples: int
    noise: float
    optimizer: Any
    learning_rate: float | None
    l2: float
    passes: int
    reduction: str
    seed: int
    engine: str
    dtype: str
    out: Path
    save: Path | None
    no_plot: bool
    compare: tuple[int, ...]
    seeds: int | None

    @property
    def rate(self) -> float | None:
        """The learning rate; None where none was given and the optimizer takes none."""
        return self.learning_rate or (None if by_lbfgs(self.optimizer) else RATE)

    @property
    def shares(self) -> int:
        """What the objective is divided by when it is printed."""
        return self.samples if self.reduction == "sum" else 1

    def network(self, hidden: tuple[int, ...], seed: int | None = None) -> Network:
        """Return the network before training; its first weights are those of a seed."""
        gates = self.activation if len(self.activation) > 1 else self.activation[0]
        n_outputs = 2 if self.loss.targets == "class" else 1
        return Network(
            [2, *hidden, n_outputs], gates, self.loss, initializer="fan_in",
            seed=self.seed if seed is None else seed,
            dtype=self.dtype,
        )  # fmt: skip

    def settings(self) -> dict[str, Any]:
        """Return the arguments of ``fit``."""
        return {
            "optimizer": self.optimizer, "learning_rate": self.rate, "l2": self.l2,
            "reduction": self.reduction, "epochs": self.passes, "engine": self.engine,
        }  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Return what stands first in the JSON document."""
        facts = {key: getattr(self, key) for key in ("samples", "noise", "seed", "l2", "reduction")}
        training = {"optimizer": str(self.optimizer), "learning_rate": self.rate}
        return {"command": "moons"} | facts | training


def right_answers(network: Network, X: Any, y: Any) -> int:
    """Return for how many points the network names the right moon."""
    return int((network.predict(X) == y).sum())


def share_right(right: int, points: int) -> str:
    """Return that number as people read it."""
    return f"{percent(right, points)} of the {points:,} points right"


def facts_of(result: Result, right: int, asked: Moons) -> dict[str, Any]:
    """Return what came of a run for the JSON document."""
    return {
        "network": network_facts(result.network),
        "passes": result.epochs,
        "stopped": result.stopped,
        "engine": result.engine,
        "seconds": result.seconds,
        "loss": result.loss / asked.shares,
        "right": right,
        "accuracy": right / asked.samples,
    }


def draw(screen: Screen, asked: Moons, make: Callable[[], list[Path]]) -> None:
    """Draw, and name the pictures; without matplotlib, say that there are none."""
    made: list[Path] = []
    if not asked.no_plot:
        try:
            made = make()
        except MissingExtraError as error:
            screen.note(f"no pictures: {error}")
        else:
            screen.line(f"  pictures: {', '.join(map(str, made))}")
    screen.facts["pictures"] = [str(path) for path in made]
