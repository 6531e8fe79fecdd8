"""Mistakes at places: every row of the table, wherever it could be in a network.

>>> import clearprop as cp
>>> from clearprop.doctor.backward import Objective
>>> first = next(plantings(cp.Network([2, 3, 2]), Objective()))
>>> first.mistake.name, dict(first.formulas)
('sum_for_mean', {'dA2': 'N * old'})
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..network import Network
from ..tables.gates import GATES, activations
from ..tables.losses import LOSSES
from .backward import Objective, Pass, names_in
from .mistake import Edit, Mistake, filled
from .mistakes import MISTAKES

USUAL_BATCHES = (8, 10, 16, 20, 25, 30, 32, 50, 64, 100, 128, 200, 250, 256, 500, 512, 1000, 1024)
USUAL_ALPHAS = (0.01, 0.1, 0.2, 0.3)  # of leaky relu
MOST_UNITS = 64  # of a layer, to be looked at one by one
_OLD = re.compile(r"\bold\b")


@dataclass(frozen=True)
class Planted:
    """A mistake at a place: which formulas of a network's backward pass become what.

    Attributes
    ----------
    mistake : Mistake
    layers : tuple of int
        Where; empty for what concerns the loss.
    formulas : mapping of str to str
        May hold ``old``: what stood there before.
    other : str or int
        The other gate, loss, layer or neuron; "" where there is none.
    rank : int
        The simplest are small.
    """

    mistake: Mistake
    layers: tuple[int, ...]
    formulas: Mapping[str, str]
    other: Any
    rank: int

    def into(self, formulas: Pass) -> dict[str, str] | None:
        """Return a pass with the mistake in it; None where it has no place there."""
        changed = dict(formulas)
        hit = False
        for name, text in self.formulas.items():
            if name in formulas:
                before = formulas[name]
                changed[name] = _OLD.sub(lambda _, old=before: f"({old})", text)  # type: ignore[misc]
                hit = True
        return changed if hit else None

    @property
    def singles_out(self) -> bool:
        """Whether it singles out one neuron of a layer."""
        return any("j" in edit.holes for edit in self.mistake.edits)

    @property
    def has_free_number(self) -> bool:
        """Whether its formulas have a number that only the given gradient tells (eta)."""
        return any("eta" in names_in(text) for text in self.formulas.values())


def plantings(
    net: Network,
    objective: Objective,
    n_rows: int = 0,
    mistakes: Mapping[str, Mistake] | None = None,
) -> Iterator[Planted]:
    """Yield every mistake of the table at every place where it could be in a network.

    Simplest first. Some change nothing there (a layer that has no slope to forget): that is
    for the numbers to tell.
    """
    rank = itertools.count()
    for mistake in (MISTAKES if mistakes is None else mistakes).values():
        if not mistake.can_be(objective.reduction, objective.l2):
            continue
        for edit in mistake.edits:
            for layers, holes in _places(net, edit, n_rows):
                yield _plant(net, mistake, edit, layers, holes, next(rank))


def _plant(
    net: Network,
    mistake: Mistake,
    edit: Edit,
    layers: tuple[int, ...],
    holes: Mapping[str, Any],
    rank: int,
) -> Planted:
    last = len(net.layers) - 1
    loss = net.architecture.loss
    formulas: dict[str, str] = {}
    for layer in layers or (last,):
        here = {"loss_here": repr(loss.spec), "l": layer, "L": last, **holes}
        here["gate_here"] = repr(net.architecture.gates[layer - 1].spec)
        if here.get("j") == "last":
            here["j"] = net.layers[layer] - 1
        formulas |= {filled(n, here): filled(text, here) for n, text in edit.formulas.items()}
    other = next((holes[hole] for hole in ("gate", "loss", "k", "j", "B") if hole in holes), "")
    return Planted(mistake, layers, MappingProxyType(formulas), other, rank)


def _places(
    net: Network, edit: Edit, n_rows: int
) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
    """Yield which layers, and what stands in the other holes."""
    last = len(net.layers) - 1
    holes = edit.holes
    # Where no batch is whole nothing is left, and that is another mistake: no gradient at all.
    whole = any("whole_batches" in text for text in edit.formulas.values())
    longest = n_rows if whole else float("inf")
    offered: Mapping[str, list[Any]] = {
        "gate": [spec for name in activations() if name != "identity" for spec in _ways(name)],
        "loss": [name for name in LOSSES if _comparable(net, name)],
        "k": list(range(last + 1)),
        "B": [size for size in _batch_sizes(n_rows) if n_rows % size and size <= longest],
    }
    free = [hole for hole in offered if hole in holes]
    layers = {
        "every": range(1, last + 1),
        "hidden": range(1, last),
        "above": range(2, last + 1),
        "output": range(last, last + 1),
    }[edit.layers]
    for values in itertools.product(*(offered[hole] for hole in free)):
        chosen = dict(zip(free, values, strict=True))
        if "l" not in holes:
            yield (), chosen
            continue
        if edit.alone or len(layers) == 1:
            for layer in layers:
                yield from (((layer,), {**chosen, **j}) for j in _units(net, layer, holes))
        if edit.together and len(layers) > 1:
            for j in ("last", 0) if "j" in holes else ("",):
                yield tuple(layers), {**chosen, "j": j} if "j" in holes else chosen


def _batch_sizes(n_rows: int) -> Sequence[int]:
    """Return the sizes of batches to look at; with the largest there is one short batch."""
    return range(2, 2 * n_rows) if n_rows <= 64 else USUAL_BATCHES


def _ways(name: str) -> list[str]:
    """Return a gate as people write it: with its own parameters, and with other usual ones."""
    row = GATES[name]
    if name != "leaky_relu":
        return [row.spec]
    return list(dict.fromkeys([row.spec, *(f"{name}(alpha={alpha})" for alpha in USUAL_ALPHAS)]))


def _units(net: Network, layer: int, holes: set[str]) -> list[dict[str, Any]]:
    """Return the neurons of a layer that a mistake may single out."""
    if "j" not in holes:
        return [{}]
    size = net.layers[layer]
    if size == 1:
        return []
    return [{"j": j} for j in (range(size) if size <= MOST_UNITS else (0, size - 1))]


def _comparable(net: Network, name: str) -> bool:
    """Tell whether another loss can be computed from the same targets."""
    own, other = net.architecture.loss, LOSSES[name]
    if own.name == other.name:
        return False
    return own.targets == "class" or other.targets != "class"
