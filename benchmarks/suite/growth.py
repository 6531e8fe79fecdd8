"""How time grows with rows, width, depth, the number of networks, and threads.

A sweep takes one number through its values, for everybody alike; what is timed is one pass
or one step. A point is the median of a few runs, each long enough for the clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from .peers import Peer
from .turns import Say, Worker, WorkerError
from .works import MOONS, OURS, RAGGED, Work

TARGET, LONGEST = 0.1, 3.0  # seconds that a run is to last; a point that takes longer ends a line
RUNS = 5
THREAD_SETTINGS = (
    "CLEARPROP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PJRT_NPROC",
)  # fmt: skip

Change = Callable[[int], Mapping[str, Any]]
Point = tuple[int, float]


@dataclass(frozen=True)
class Sweep:
    """One panel of the picture.

    Parameters
    ----------
    name, axis, about : str
        What grows, what its values count, and what is timed meanwhile.
    base : Work
    change : function of a value
        What the value changes in the work.
    values : tuple of int
    environment : function of a value
        What it sets in the environment of workers; with it each value has workers of its own.
    """

    name: str
    axis: str
    about: str
    base: Work
    change: Change
    values: tuple[int, ...]
    peers: tuple[str, ...]
    environment: Callable[[int], Mapping[str, str]] = field(default=lambda _: {})

    @property
    def apart(self) -> bool:
        """Whether each value needs processes of its own."""
        return bool(self.environment(1))


def base(layers: tuple[int, ...], **more: Any) -> Work:
    """Return the work that a sweep starts from."""
    return Work(
        "growth", "", layers, more.pop("data", "teacher"), epochs=more.pop("epochs", 1_000),
        early=1, close=1, far=1, why=RAGGED, marks={}, peers=(), **more,
    )  # fmt: skip


EVERYBODY = ("jax", "pytorch", "scikit-learn")
SWEEPS: dict[str, Sweep] = {
    sweep.name: sweep
    for sweep in (
        Sweep(
            "rows", "rows", "a full-batch pass of Adam, 4-32-16-4 tanh",
            base((4, 32, 16, 4), data="surface", rows=0, activation="tanh", loss="squared_error"),
            lambda rows: {"rows": rows}, (10, 100, 1_000, 10_000, 100_000), EVERYBODY,
        ),
        Sweep(
            "width", "neurons in each hidden layer", "a step of Adam on 128 rows, 16-n-n-4 relu",
            base((16, 4), rows=4_096, batch=128, epochs=100),
            lambda n: {"layers": (16, n, n, 4)}, (4, 16, 64, 256, 1_024), EVERYBODY,
        ),
        Sweep(
            "depth", "hidden layers", "a step of Adam on 128 rows, 16-32-…-32-4 relu",
            base((16, 4), rows=4_096, batch=128, epochs=100),
            lambda n: {"layers": (16, *(32,) * n, 4)}, (1, 2, 4, 8, 16, 32), EVERYBODY,
        ),
        Sweep(
            "networks", "networks trained at once", "a pass of all, 2-3-2 tanh, 200 rows, float64",
            base(**MOONS, dtype="float64", kind="many"),
            lambda nets: {"nets": nets}, (1, 10, 100, 1_000, 10_000),
            ("jax", "jax-rows-last", "tutorial"),
        ),
        Sweep(
            "threads", "threads that may be used", "a step of Adam on 256 rows, 256-256-256-10",
            base((256, 256, 256, 10), rows=8_192, batch=256, epochs=20),
            lambda _: {}, (1, 2, 4), EVERYBODY,
            environment=lambda n: dict.fromkeys(THREAD_SETTINGS, str(n)),
        ),
    )
}  # fmt: skip
"""Every sweep, by name."""


def sweep_with(
    sweep: Sweep, peers: Sequence[Peer], say: Say, *, quick: bool
) -> dict[str, list[Point]]:
    """Return for each peer the points (value, seconds of one pass or step)."""
    here = [peer for peer in peers if peer.name in (OURS, *sweep.peers)]
    lines: dict[str, list[Point]] = {peer.name: [] for peer in here}
    values = sweep.values[:2] if quick else sweep.values
    with ExitStack() as stack:
        workers = [] if sweep.apart else [stack.enter_context(Worker(peer)) for peer in here]
        for value in values:
            say(f"{sweep.name}: {value:,}")
            work = sweep.base.changed(**sweep.change(value))
            with ExitStack() as for_this:
                own = [
                    for_this.enter_context(Worker(peer, sweep.environment(value)))
                    for peer in (here if sweep.apart else [])
                ]
                for name, seconds in points(work, own or workers, say, quick).items():
                    lines[name].append((value, seconds))
                    if seconds > LONGEST and not sweep.apart:
                        workers = [worker for worker in workers if worker.peer.name != name]
    return lines


def points(work: Work, workers: Sequence[Worker], say: Say, quick: bool) -> dict[str, float]:
    """Return each worker's median time of a pass or step, the workers taking turns."""
    times: dict[str, list[float]] = {}
    epochs: dict[str, int] = {}
    for turn in range(2 if quick else RUNS + 1):
        for worker in workers:
            name = worker.peer.name
            try:
                if turn == 0:
                    worker.ask("prepare", work=work.to_json())
                    epochs[name] = epochs_for(work, worker, quick)
                elif name in epochs:
                    seconds = worker.ask("run", epochs=epochs[name])["seconds"]
                    times.setdefault(name, []).append(seconds / epochs[name])
            except WorkerError as error:
                epochs.pop(name, None)
                say(f"  {worker.peer.label} gives up: {error}")
    steps = -(-work.rows // work.batch) if work.batch else 1
    return {name: median(seconds) / steps for name, seconds in times.items()}


def epochs_for(work: Work, worker: Worker, quick: bool) -> int:
    """Return how many epochs last long enough; the first run only compiles."""
    worker.ask("run", epochs=1)
    if quick:
        return 1
    once = float(worker.ask("run", epochs=1)["seconds"])
    many = min(work.epochs, max(1, math.ceil(TARGET / once)))
    # One epoch is mostly the call around it where the work is small, so look again.
    each = float(worker.ask("run", epochs=many)["seconds"]) / many
    return min(work.epochs, max(1, math.ceil(TARGET / each)))
