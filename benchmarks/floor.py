"""How far the native engine is from the least time that each class of work could take.

    python benchmarks/floor.py

The floor counts what the mathematics asks for, and divides by what this machine was seen to do:

* multiply-adds: forward, the weights' slopes, and the slopes handed down (not to the inputs);
* calls of tanh and exp, each as so many multiply-adds as its formula in native/primitives.hpp
  has products (tanh 11, exp 14), and a division as 9;
  rate of both: NumPy's product of two 768 × 768 matrices, its BLAS on all threads;
* bytes that cannot stay in the caches: the rows of an epoch if all of them take more than the
  second-level caches, and Adam's six passes over parameters and slots; rate: NumPy's a += b.

Sums, shuffling, gathering rows, divisions, roots and the start of each step count as nothing,
so no engine reaches the floor; what a measured time divided by the floor shows is how much
there is left to win. Work that one thread does has the rates of one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

import clearprop as cp
from suite.data import make_task, network
from suite.works import WORKS, Work

CLASSES = ("tiny", "tiny32", "regression", "small", "tabular", "image")
ALONE = {"tiny", "tiny32", "small"}  # steps too short for a second thread
CALLS = {"tanh": 11 + 9, "relu": 0, "exp": 14}  # in multiply-adds
CACHE = 1 << 20  # bytes of a second-level cache
REPEATS = 7


@dataclass(frozen=True)
class Rates:
    """What the machine was seen to do in a second."""

    multiply_adds: float
    moved: float


def best(run: Callable[[], object]) -> float:
    """Return the least of some times, after one that is not counted."""
    run()
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return min(times)


def rates(dtype: str, threads: int) -> Rates:
    """Measure this machine."""
    draw = np.random.default_rng(0)
    side, many = 768, 1 << 22
    square = draw.standard_normal((side, side)).astype(dtype)
    product = np.empty_like(square)
    spent = best(lambda: np.matmul(square, square, out=product))
    long, other = np.ones(many, dtype), np.ones(many, dtype)
    moved = 3 * long.nbytes / best(lambda: np.add(long, other, out=long))
    return Rates(side**3 / spent * threads / cp.threads(), moved)


def needed(work: Work) -> tuple[float, float, float]:
    """Return the multiply-adds, those that stand for calls, and the bytes of an epoch."""
    sizes = list(zip(work.layers, work.layers[1:], strict=False))
    products = [a * b for a, b in sizes]
    multiply_adds = work.rows * (3 * sum(products) - products[0])
    each = sum(work.layers[1:-1]) * CALLS[work.activation]
    if work.loss == "softmax_cross_entropy":
        each += work.layers[-1] * CALLS["exp"]
    size = np.dtype(work.dtype).itemsize
    data = work.rows * work.layers[0] * size
    steps = -(-work.rows // (work.batch or work.rows))
    parameters = sum(products) + sum(work.layers[1:])
    slots = 6 * parameters * size if work.optimizer == "adam" else 0
    moved = (data if data > CACHE else 0) + (steps * slots if slots > CACHE else 0)
    return multiply_adds, work.rows * each, moved


def measured(work: Work) -> float:
    """Return the seconds that clearprop takes for an epoch."""
    task, net = make_task(work), network(work)
    return best(
        lambda: cp.fit(
            net, task.X, task.y, optimizer=work.optimizer, learning_rate=work.learning_rate,
            l2=work.l2, reduction=work.reduction, batch_size=work.batch, epochs=work.epochs,
            engine="native",
        )
    ) / work.epochs  # fmt: skip


def main() -> None:
    """Measure each class and print the table."""
    table = Table("class", "multiply-adds", "for calls", "MB moved", "floor", "measured", "times")
    for name in CLASSES:
        work = WORKS[name]
        rate = rates(work.dtype, 1 if name in ALONE else cp.threads())
        counts = needed(work)
        floor = (counts[0] + counts[1]) / rate.multiply_adds + counts[2] / rate.moved
        spent = measured(work)
        table.add_row(
            name, f"{counts[0]:,.0f}", f"{counts[1]:,.0f}", f"{counts[2] / 1e6:,.1f}",
            f"{floor * 1e6:,.2f} µs", f"{spent * 1e6:,.2f} µs", f"{spent / floor:.1f}",
        )  # fmt: skip
    Console(width=100).print("An epoch of each class:", table)


if __name__ == "__main__":
    main()
