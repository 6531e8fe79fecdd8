"""A derivative as somebody wrote it, followed along the paths of the circuit.

A derivative is the sum over paths of the products of local slopes. :func:`follow` looks for
the paths that are left out and the slopes that are wrong, fewest slips first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, TypeAlias

import numpy as np

from ..numerics import REAL, quiet
from ..tables.expression import Meaning, fold
from ..tables.gates import Gate
from ..tables.losses import Loss
from .circuits import CircuitDrawn
from .neurons import Drawn, text_of
from .slips import Slip, slips_at

Array: TypeAlias = np.ndarray[Any, Any]
Path: TypeAlias = tuple[str, ...]
Edge: TypeAlias = tuple[str, str]
Facts: TypeAlias = dict[str, Any]

MOST_TRIES = 20_000


@dataclass(frozen=True)
class Wrong:
    """A slip at one place: where, its values, and what it says in symbols."""

    slip: Slip
    edge: Edge
    values: Array
    facts: Facts


@dataclass(frozen=True)
class Track:
    """What somebody did: the slips made, the paths followed and those left out."""

    wrong: tuple[Wrong, ...]
    kept: tuple[Path, ...]
    missing: tuple[Path, ...]
    values: Array


class Tracks:
    """All paths of a derivative with their local slopes, at some points."""

    def __init__(
        self, drawn: Drawn | CircuitDrawn, of: str, by: str, point: Mapping[str, Any]
    ) -> None:
        self.drawn, self.of, self.by = drawn, of, by
        wiring = drawn.wiring
        self.at = wiring.values(point)
        self.paths = wiring.paths(of, by)
        self.edges = list(dict.fromkeys(edge for path in self.paths for edge in edges_of(path)))
        self.slopes = {
            (low, high): wiring.local_slope(high, low, self.at) for low, high in self.edges
        }

    def product(self, path: Path, wrong: tuple[Wrong, ...] = ()) -> Array:
        """Return the product of the slopes along a path, some of them wrong."""
        taken = {one.edge: one.values for one in wrong}
        found = np.ones(np.shape(next(iter(self.at.values()))))
        for edge in edges_of(path):
            found = found * taken.get(edge, self.slopes[edge])
        return found

    def total(self, paths: tuple[Path, ...], wrong: tuple[Wrong, ...] = ()) -> Array:
        """Return the sum over paths."""
        found = np.zeros(np.shape(next(iter(self.at.values()))))
        for path in paths:
            found = found + self.product(path, wrong)
        return found

    def wrong_slopes(self) -> list[Wrong]:
        """Return every slip that changes a slope of these paths."""
        found: list[Wrong] = []
        for low, high in self.edges:
            role = self.drawn.roles[high]
            row = role.row
            kind = "loss" if isinstance(row, Loss) else ""
            for slip in slips_at(row.name if row is not None else "", kind):
                values = self._values(slip, low, high)
                if values is not None and not _same(values, self.slopes[low, high]):
                    found.append(Wrong(slip, (low, high), values, self._facts(slip, low, high)))
        return found

    def _values(self, slip: Slip, low: str, high: str) -> Array | None:
        names: dict[str, Any] = {"slope": self.slopes[low, high], "x": self.at[low]}
        names["y"] = self.at[high]
        for name, meant in self.drawn.score_names(low).items() if self._scored(low, high) else ():
            if meant in self.at:
                names[name] = self.at[meant]
            elif meant in ("0", "1"):
                names[name] = float(meant)
        tree = slip.tree
        if not tree.names() <= names.keys():
            return None
        with quiet():
            return np.asarray(fold(tree, Meaning(names, REAL, float)))

    def _scored(self, low: str, high: str) -> bool:
        row = self.drawn.roles[high].row
        return isinstance(row, Loss) and bool(self.drawn.roles[low].neuron)

    def _facts(self, slip: Slip, low: str, high: str) -> Facts:
        right = self.drawn.slope_text(high, low) or f"d{high}/d{low}"
        names = {"slope": right, "x": low, "y": high}
        if self._scored(low, high):
            names |= self.drawn.score_names(low)
        row = self.drawn.roles[high].row
        what = f"{high} by {low}" if row is None else _spoken(row)
        if isinstance(row, Gate):
            what = f"{what} ({high})"
        return {"what": what, "right": right, "wrong": text_of(slip.tree, names),
                "of": high, "by": low}  # fmt: skip

    def label(self, path: Path) -> str:
        """Say in short which way a path goes: ``o2``, or ``h1_2, o1``."""
        common = set.intersection(*(set(one) for one in self.paths))
        units = [self._unit(name) for name in path if name not in common]
        return ", ".join(dict.fromkeys(filter(None, units))) or " → ".join(path)

    def entry(self, path: Path) -> str:
        """Return the slope with which a path leaves the others, as a symbol."""
        common = set.intersection(*(set(one) for one in self.paths))
        for low, high in edges_of(path):
            if high not in common:
                return self.drawn.slope_text(high, low)
        return ""

    def _unit(self, name: str) -> str:
        return self.drawn.roles[name].neuron or (name if name[:2] != "E_" else "")


def follow(tracks: Tracks, fits: Callable[[Array], bool], *, slips: int = 2) -> Track | None:
    """Return the smallest set of slips that explains what was written; None if none does.

    A path or more that is left out counts as one slip.
    """
    paths = tuple(tracks.paths)
    if not paths:
        return None
    with quiet():
        wrong = tracks.wrong_slopes() if slips else []
        subsets = list(_subsets(paths))
        tries = 0
        for cost in range(1, slips + 2):
            for count, chosen in ((cost, [paths]), (cost - 1, subsets)):
                if count > slips:
                    continue
                for some in combinations(wrong, count):
                    if len({one.edge for one in some}) < count:
                        continue
                    for kept in chosen:
                        tries += 1
                        if tries > MOST_TRIES:
                            return None
                        on_them = {edge for path in kept for edge in edges_of(path)}
                        if any(one.edge not in on_them for one in some):
                            continue
                        values = tracks.total(kept, some)
                        if fits(values):
                            missing = tuple(path for path in paths if path not in kept)
                            return Track(some, kept, missing, values)
    return None


def _subsets(paths: tuple[Path, ...]) -> Iterator[tuple[Path, ...]]:
    """Yield some of the paths: one alone, all but one, and of a few paths every choice."""
    count = len(paths)
    sizes = range(1, count) if count <= 4 else sorted({1, count - 1})
    for size in sizes:
        yield from combinations(paths, size)


def edges_of(path: Path) -> list[Edge]:
    """Return the steps of a path, from below to above."""
    return list(pairwise(path))


def _same(one: Array, other: Array) -> bool:
    return bool(np.allclose(one, other, rtol=1e-9, atol=0, equal_nan=True))


def _spoken(row: Gate | Loss) -> str:
    return row.name.replace("cross_entropy", "cross-entropy").replace("_", " ")
