"""The judgement of one printed number: is it reproduced, and if not, which other way gives it.

A way is reported only where its value, rounded as the printed number is, is the printed number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from .alternatives import ALTERNATIVES, Alternative, Facts, Setting
from .beside import Beside
from .digits import Printed
from .parts import CircuitPart, NetworkPart
from .procedure import Procedure
from .quantities import Quantity
from .runs import RunPart
from .tracks import Track, Tracks, follow

FEW_DIGITS = 3  # below that, too many pairs of alternatives would fit by chance
MUCH_WORK = 2e8  # updates times samples times parameters
LONG = 2_000  # updates through updated weights that are not done for a pair

Computing: TypeAlias = Callable[[Procedure], float]


@dataclass(frozen=True)
class Step:
    """One slip, or one other way: its name in the tables, and facts for its words."""

    name: str
    facts: Facts


@dataclass(frozen=True)
class Reason:
    """Steps that together give a value."""

    steps: tuple[Step, ...]
    value: float


@dataclass(frozen=True)
class Judged:
    """Ways that give a printed number, and what others give.

    Attributes
    ----------
    reasons, tried : tuple of Reason
    alone : tuple of str
        The numbers that are printed for the same number of updates, where there are some and
        none of them follows from any of the reasons.
    """

    reasons: tuple[Reason, ...]
    tried: tuple[Reason, ...]
    alone: tuple[str, ...] = ()


def fits(printed: Printed, value: float, procedure: Procedure) -> bool:
    """Tell whether a procedure's value is printed as that text."""
    return printed.is_what_is_cut(value) if procedure.cut else printed.is_what_rounds(value)


class Judge:
    """Tries the alternatives on the numbers of one part."""

    def __init__(self, part: NetworkPart | CircuitPart | RunPart) -> None:
        self.part = part
        self.printed = {Quantity.read(name): printed for name, printed in part.part.printed.items()}

    def setting(self, quantity: Quantity) -> Setting:
        """Return what the rows of the table want to know."""
        part = self.part
        if isinstance(part, RunPart):
            what = "cost" if quantity.of == "loss" else "accuracy"
            shared = part.network.architecture.shared_bias
            return Setting("run", what, quantity.updates, part.sample_count, 1, shared)
        if isinstance(part, CircuitPart):
            return Setting("circuit", "value", 0)
        costs = part.drawn.roles[quantity.of].kind in ("loss", "part")
        net = part.network.architecture
        return Setting(
            "network", "cost" if costs else "value", quantity.updates, 1, part.n_outputs,
            net.shared_bias,
        )  # fmt: skip

    def reasons(self, quantity: Quantity, printed: Printed) -> Judged:
        """Return the ways that give the printed number, and those that were tried."""
        part, setting = self.part, self.setting(quantity)
        tried: list[Reason] = []
        ways: list[Procedure] = []

        def compute(procedure: Procedure) -> float:
            return part.value(quantity, procedure)

        found = list(self._beside(quantity, printed, tried))
        supported = bool(found)
        for row in ALTERNATIVES:
            for procedure, facts in row.changes(part.procedure, setting):
                if self._too_long(procedure, quantity, bool(found)):
                    continue
                value = compute(procedure)
                reason = Reason((Step(row.name, facts),), value)
                if fits(printed, value, procedure) and self._bears(row, procedure):
                    found.append(reason)
                    ways.append(procedure)
                    break  # the row's next change would be another count of the same
                if math.isfinite(value) and value != compute(part.procedure):
                    tried.append(reason)
        on_the_way = list(self._on_the_way(quantity, printed))
        found += on_the_way
        if not found and printed.significant >= FEW_DIGITS:
            found = list(self._pairs(quantity, printed, setting, compute))[:1]
        alone = () if supported or on_the_way else self._alone(quantity, ways)
        return Judged(tuple(found), tuple(tried), alone)

    def _alone(self, quantity: Quantity, ways: list[Procedure]) -> tuple[str, ...]:
        """Return the numbers printed for the same moment, if none follows from these ways."""
        if not quantity.updates or not ways:
            return ()
        beside = [q for q in self.printed if q.updates == quantity.updates and q != quantity]
        for other in beside:
            for way in ways:
                if fits(self.printed[other], self.part.value(other, way), way):
                    return ()
        return tuple(str(q) for q in beside)

    def _too_long(self, procedure: Procedure, quantity: Quantity, known: bool) -> bool:
        """Tell whether a run through updated weights takes too long, or more than it tells."""
        part = self.part
        if not isinstance(part, RunPart) or not self._long(procedure, quantity):
            return False
        size = part.sample_count * part.network.n_parameters
        return known or quantity.updates * size > MUCH_WORK

    @staticmethod
    def _long(procedure: Procedure, quantity: Quantity) -> bool:
        return procedure.order == "weights first" and quantity.updates > LONG

    def _beside(
        self, quantity: Quantity, printed: Printed, tried: list[Reason]
    ) -> Iterator[Reason]:
        part = self.part
        if isinstance(part, RunPart):
            return
        point = part.point(quantity.updates, part.procedure)
        if point is None:
            return
        others = {
            name: (float(one.number), one.text)
            for name, one in self.printed.items()
            if name != quantity
        }
        start = part.given if quantity.updates == 1 and quantity.of in part.given else point[1]
        beside = Beside(point[0], start, others, part.procedure.rate)
        for value, facts in beside.recomputed(quantity):
            reason = Reason((Step("rounded intermediates", facts),), value)
            if printed.is_what_rounds(value):
                yield reason
                return
            tried.append(reason)

    def _bears(self, row: Alternative, procedure: Procedure) -> bool:
        """Tell whether a way that changes everything leaves right what is right without it."""
        if not row.whole or isinstance(self.part, RunPart):
            return True
        part = self.part
        for name, printed in self.printed.items():
            if name.updates:
                continue
            right = printed.is_what_rounds(part.value(name, part.procedure))
            if right and not printed.is_what_rounds(part.value(name, procedure)):
                return False
        return True

    def _pairs(
        self, quantity: Quantity, printed: Printed, setting: Setting, compute: Computing
    ) -> Iterator[Reason]:
        part = self.part
        for index, one in enumerate(ALTERNATIVES):
            for procedure, facts in one.changes(part.procedure, setting):
                for other in ALTERNATIVES[index + 1 :]:
                    for both, more in other.changes(procedure, setting):
                        if self._long(both, quantity) and not part.stepped(both):
                            continue
                        value = compute(both)
                        bears = self._bears(one, both) and self._bears(other, both)
                        if fits(printed, value, both) and bears:
                            steps = Step(one.name, facts), Step(other.name, more)
                            yield Reason(steps, value)

    def _on_the_way(self, quantity: Quantity, printed: Printed) -> Iterator[Reason]:
        """Look for paths left out and wrong slopes in a printed derivative."""
        part = self.part
        if not quantity.by or isinstance(part, RunPart):
            return
        point = part.point(quantity.updates, part.procedure)
        if point is None:
            return
        at = {name: [number] for name, number in point[1].items()}
        tracks = Tracks(point[0], quantity.of, quantity.by, at)
        slips = 0 if printed.significant < FEW_DIGITS else 1
        track = follow(tracks, lambda v: printed.is_what_rounds(float(v[0])), slips=slips)
        if track is not None:
            yield Reason(track_steps(tracks, track), float(track.values[0]))


def track_steps(tracks: Tracks, track: Track) -> tuple[Step, ...]:
    """Return the slips of a track as steps: slopes first, then paths."""
    steps = [Step(f"wrong slope: {one.slip.name}", one.facts) for one in track.wrong]
    if track.missing:
        facts: dict[str, Any] = {
            "by": tracks.by,
            "of": tracks.of,
            "paths": len(tracks.paths),
            "kept": _listed(tracks.label(path) for path in track.kept),
            "missing": _listed(_with_entry(tracks, path) for path in track.missing),
            "kept_paths": [list(path) for path in track.kept],
            "missing_paths": [list(path) for path in track.missing],
        }
        steps.append(Step("path left out", facts))
    return tuple(steps)


def _with_entry(tracks: Tracks, path: tuple[str, ...]) -> str:
    entry = tracks.entry(path)
    return f"{tracks.label(path)} ({entry})" if entry else tracks.label(path)


def _listed(names: Iterable[str]) -> str:
    found = list(dict.fromkeys(names))
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"
