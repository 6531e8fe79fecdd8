"""``clearprop moons --seeds``: many networks that differ in their first weights alone.

How far down a network comes depends on where it starts. The way down goes from the median loss
before training to the bottom: the loss at which or below which one network in fifty ends (the very
best may be a stroke of luck). A network has reached the bottom where at most 1 % of that way is
left, and got stuck where more than 10 % is.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from .. import compiled
from ..errors import ClearPropWarning, TrainingError
from ..training import ManyProgress, Result
from ..training.many import fit_many
from .asked import Moons, draw, right_answers
from .failures import DONE, INTERRUPTED
from .running import described, network_facts
from .screen import Screen, counted, duration, percent

Array: TypeAlias = np.ndarray[Any, Any]
AT_ONCE = 4_000_000  # losses of runs that are held, 8 bytes each
BLOCK = 500  # networks at a time, at most
COLUMNS = 300  # of each run's losses that are kept for the picture
BOTTOM = 50  # one of so many networks ends there or below
REACHED, STUCK = 0.01, 0.1  # shares of the way down that are left
PILES, WIDE = 12, 40  # lines of the histogram, and letters of its longest bar


@dataclass(frozen=True)
class Spread:
    """How the final losses of some networks are spread.

    Attributes
    ----------
    final : tuple of float
        Smallest, first quartile, median, third quartile, largest.
    start, bottom : float
        The ends of the way down.
    reached_to, stuck_above : float
        Up to which loss a network counts as at the bottom, and above which as stuck.
    reached, stuck : int
        How many networks do.
    """

    final: tuple[float, ...]
    start: float
    bottom: float
    reached_to: float
    stuck_above: float
    reached: int
    stuck: int

    @classmethod
    def of(cls, losses: Array, starts: Array) -> Spread:
        """Measure final losses and losses before training, both (n_networks,).

        >>> spread = Spread.of(np.array([0.1, 0.1001, 0.15, 0.3]), np.full(4, 0.7))
        >>> spread.reached, spread.stuck
        (2, 1)
        """
        start = float(np.median(starts))
        bottom = float(np.quantile(losses, 1 / BOTTOM, method="lower"))
        way = start - bottom
        low, high = bottom + REACHED * way, bottom + STUCK * way
        if way <= 0:  # hardly one came down at all
            low = high = start
        final = tuple(map(float, np.quantile(losses, [0, 0.25, 0.5, 0.75, 1])))
        reached, stuck = int((losses <= low).sum()), int((losses > high).sum())
        return cls(final, start, bottom, low, high, reached, stuck)


class Trained:
    """The networks that have been trained, without most of their losses."""

    def __init__(self, asked: Moons, X: Any, y: Any) -> None:
        self.asked, self.X, self.y = asked, X, y
        self.rows: list[dict[str, Any]] = []
        self.curves: list[Array] = []
        self.troubles: list[str] = []
        self.columns = np.unique(np.geomspace(1, asked.passes, COLUMNS).round().astype(int))
        self.engine = ""

    def add(self, seed: int, result: Result) -> None:
        """Keep what came of a run."""
        asked = self.asked
        right = right_answers(result.network, self.X, self.y)
        loss = result.loss / asked.shares
        self.engine = result.engine
        if result.trouble or not np.isfinite(loss):
            self.troubles.append(f"seed {seed}, {result.trouble or 'after the last pass'}")
        curve = np.full(len(self.columns), np.nan)
        known = self.columns <= result.epochs
        curve[known] = result.losses[self.columns[known] - 1] / asked.shares
        self.curves.append(curve)
        self.rows.append({
            "seed": seed, "loss": loss, "right": right, "accuracy": right / asked.samples,
            "passes": result.epochs, "stopped": result.stopped,
        })  # fmt: skip

    @property
    def fine(self) -> Array:
        """Which networks came to their end with a finite loss, in the order of their loss."""
        losses = np.array([row["loss"] for row in self.rows])
        good = [row["stopped"] != "not finite" for row in self.rows]
        order = np.argsort(losses, kind="stable")
        found: Array = order[np.isfinite(losses[order]) & np.array(good, bool)[order]]
        return found


def many_seeds(screen: Screen, asked: Moons, count: int, X: Any, y: Any) -> int:
    """Train the networks, say and draw what came of them, and return the exit code."""
    network = asked.network(asked.hidden)
    screen.line(
        f"  {described(network)}, {asked.samples:,} moons, "
        f"{counted(network.n_parameters, 'parameter')}: {counted(count, 'network')}, "
        f"{counted(asked.passes, 'pass')} each",
        "bold",
    )
    trained = Trained(asked, X, y)
    began = time.perf_counter()
    _train(screen, trained, count)
    seconds = time.perf_counter() - began
    passes = sum(row["passes"] for row in trained.rows)
    screen.facts |= asked.facts() | {
        "network": network_facts(network), "passes": asked.passes, "engine": trained.engine,
        "networks": trained.rows, "seconds": seconds, "passes_per_second": passes / seconds,
        "diverged": len(trained.troubles), "pictures": [],
    }  # fmt: skip
    if trained.troubles and not len(trained.fine):
        raise TrainingError(f"all {_diverged(trained)}")
    stuck = _report(screen, trained).stuck_above if len(trained.fine) else None
    if trained.troubles:
        screen.note(_diverged(trained))
    screen.line(f"  {_how_long(trained, count, seconds, passes)}")
    if len(trained.rows) < count:
        screen.document()
        return INTERRUPTED
    draw(screen, asked, lambda: _picture(trained, stuck))
    screen.document()
    return DONE


def _train(screen: Screen, trained: Trained, count: int) -> None:
    """Train as many at a time as their losses may take memory; Ctrl-C ends it."""
    asked = trained.asked
    most = max(min(AT_ONCE // asked.passes, BLOCK), compiled.threads())
    with screen.bar(count, "networks") as advance, suppress(KeyboardInterrupt):
        for seeds in _blocks(asked.seed, count, most):
            before = len(trained.rows)

            def look(progress: ManyProgress, before: int = before) -> None:
                advance(before + progress.share * progress.total, None)

            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "training stopped for", ClearPropWarning)
                if before:  # what is to be said of the engine was said of the first ones
                    warnings.simplefilter("ignore", ClearPropWarning)
                networks = [asked.network(asked.hidden, seed) for seed in seeds]
                results = fit_many(networks, trained.X, trained.y, callbacks=[look],
                                   **asked.settings())  # fmt: skip
            done = [result.stopped != "interrupted" for result in results]
            for seed, result in zip(compress(seeds, done), compress(results, done), strict=True):
                trained.add(seed, result)
            if not all(done):
                return


def _blocks(first: int, count: int, most: int) -> Iterator[list[int]]:
    for start in range(0, count, most):
        yield [(first + i) % 2**32 for i in range(start, min(start + most, count))]


def _report(screen: Screen, trained: Trained) -> Spread:
    """Print how the final losses are spread, and whose are the best and the worst."""
    order = trained.fine
    losses = np.array([trained.rows[i]["loss"] for i in order])
    spread = Spread.of(losses, np.array([trained.curves[i][0] for i in order]))
    for text, style in histogram(losses, spread.stuck_above):
        screen.line(text, style)
    screen.line("  smallest   quartile     median   quartile    largest", "dim")
    screen.line("  " + "   ".join(f"{_loss(value):>8}" for value in spread.final))
    n = len(losses)
    start, bottom = _loss(spread.start), _loss(spread.bottom)
    if spread.bottom >= spread.start:
        screen.line(f"  {spread.stuck:,} of {n:,} got stuck: they ended above {start}, the median "
                    "before training")  # fmt: skip
    else:
        width = len(f"{n:,}")
        screen.line(f"  {spread.reached:>{width},} of {n:,} reached the bottom: a loss up to "
                    f"{_loss(spread.reached_to)}")  # fmt: skip
        screen.line(f"  {spread.stuck:>{width},} of {n:,} got stuck: a loss above "
                    f"{_loss(spread.stuck_above)}")  # fmt: skip
        lowest = "the best" if n < BOTTOM else f"one in {BOTTOM} ends there or below"
        screen.line(f"  the way down goes from {start} (the median before training) to {bottom} "
                    f"({lowest}); bottom: at most 1 % of it is left, stuck: more than 10 %",
                    "dim")  # fmt: skip
    _examples(screen, trained, order)
    screen.facts |= vars(spread)
    return spread


def histogram(losses: Array, stuck_above: float) -> list[tuple[str, str]]:
    """Return the lines of a histogram of sorted losses, each with its style.

    A line has the smallest and the largest loss in its stretch of the axis, which is
    logarithmic for losses of different orders; a colon stands for stretches without any.

    >>> for text, _ in histogram(np.array([0.25, 0.25, 0.25, 0.75]), 0.5):
    ...     print(text)
      final loss            networks
      0.250000                     3  ████████████████████████████████████████
      :
      0.750000                     1  █████████████  stuck
    """
    low, high = float(losses[0]), float(losses[-1])
    scale = np.log if low > 0 and high > 4 * low else np.asarray
    place = np.asarray(scale(losses), np.float64)
    height = (place - place[0]) / (place[-1] - place[0]) if high > low else 0 * place
    stretch = np.minimum((height * PILES).astype(int), PILES - 1)
    piles = {int(at): losses[stretch == at] for at in np.unique(stretch)}
    most = max(map(len, piles.values()))
    lines = [("  final loss            networks", "dim")]
    before = 0
    for at, pile in piles.items():
        if at > before + 1:
            lines.append(("  :", "dim"))
        before = at
        ends = dict.fromkeys((_loss(pile[0]), _loss(pile[-1])))
        bar = "█" * max(1, round(WIDE * len(pile) / most))
        stuck = bool(pile[0] > stuck_above)
        text = f"  {' – '.join(ends):<19} {len(pile):>10,}  {bar}{'  stuck' if stuck else ''}"
        lines.append((text, "yellow" if stuck else ""))
    return lines


def _loss(value: float) -> str:
    return f"{value:.6f}" if abs(value) < 1000 else f"{value:.3g}"


def _examples(screen: Screen, trained: Trained, order: Sequence[int] | Array) -> None:
    screen.line("                seed       loss     right", "dim")
    middle = (len(order) - 1) // 2
    for name, at in (("best", 0), ("median", middle), ("worst", -1)):
        row = trained.rows[order[at]]
        right = percent(row["right"], trained.asked.samples)
        screen.line(f"  {name:<6} {row['seed']:>11}   {_loss(row['loss']):>8}   {right:>7}")


def _how_long(trained: Trained, count: int, seconds: float, passes: int) -> str:
    done = len(trained.rows)
    many = counted(done, "network")
    if done < count:
        many = f"interrupted after {done:,} of {counted(count, 'network')}"
    if not done:
        return f"{many} in {duration(seconds)}"
    each = seconds / done
    of_each = duration(each) if each >= 1 else f"{1000 * each:.3g} ms"
    return (
        f"{many} in {duration(seconds)} on the {trained.engine} engine: {of_each} a network, "
        f"{passes / seconds:,.0f} passes a second"
    )


def _diverged(trained: Trained) -> str:
    rate = trained.asked.rate
    smaller = "" if rate is None else f"; a smaller --learning-rate (it was {rate:g}) usually helps"
    first = f"the first at {trained.troubles[0]}"
    return f"{counted(len(trained.troubles), 'network')} diverged, {first}{smaller}"


def _picture(trained: Trained, stuck: float | None) -> list[Path]:
    from ..plots import plot_spread

    path = trained.asked.out / "moons-seeds.png"
    final = [np.nan if row["stopped"] == "not finite" else row["loss"] for row in trained.rows]
    title = f"{counted(len(final), 'network')}, each from other first weights"
    plot_spread(
        np.array(trained.curves), final=final, epochs=trained.columns, stuck=stuck, title=title,
        path=path,
    )  # fmt: skip
    return [path]
