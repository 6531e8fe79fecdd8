"""What follows from the measurements: ratios, and whether each mark and each loss is reached."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from .turns import Measured
from .works import OURS, Work


@dataclass(frozen=True)
class Verdict:
    """One line of the report: a peer at one class of work.

    Parameters
    ----------
    label : str
    ours : bool
    typical, least, most : float
        Median, shortest and longest time in seconds (of a pass or call, where the work says).
    turns : int
    ratio : float, optional
        Its median divided by ours; None where it does not count.
    mark : float, optional
        What the ratio is to be at least.
    early, late : float, optional
        By how much the figures differ from ours (or, for predictions, how many are wrong).
    loss : float, optional
        At the end; over many networks the median.
    mib : float, optional
    about : str
    failure : str
        Why it does not count, or "".
    """

    label: str
    ours: bool = False
    typical: float = math.nan
    least: float = math.nan
    most: float = math.nan
    turns: int = 0
    ratio: float | None = None
    mark: float | None = None
    early: float | None = None
    late: float | None = None
    loss: float | None = None
    mib: float | None = None
    about: str = ""
    failure: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the mark is reached; None without a mark, or where nothing counts."""
        return None if self.mark is None or self.ratio is None else self.ratio >= self.mark


def difference(work: Work, theirs: Sequence[float], ours: Sequence[float]) -> float:
    """Return the largest difference as a share of ours; for predictions how many are wrong."""
    if work.kind == "predict":
        return theirs[0]
    if len(theirs) != len(ours):
        return math.inf
    shares = [abs(a - b) / abs(b) for a, b in zip(theirs, ours, strict=True)]
    return math.inf if any(map(math.isnan, shares)) else max(shares)


def failure_of(work: Work, one: Measured, ours: Measured) -> str:
    """Return why a peer's time does not count, or ""."""
    if one.failure:
        return one.failure
    if not one.seconds:
        return "it had no turn"
    for early, theirs, own in ((True, one.early, ours.early), (False, one.late, ours.late)):
        if not own and one is not ours:
            return "clearprop has no loss to compare with"
        apart = difference(work, theirs, own)
        allowed = work.tolerance(one.peer.name, early=early)
        if apart > allowed:
            when = f"after {work.early if early else work.epochs:,} {unit(work)}"
            if work.kind == "predict":
                return f"{apart:.0f} answers are wrong {when}"
            return f"another loss {when}: {apart:.1e} of it away from ours, allowed {allowed:.0e}"
    return ""


def unit(work: Work) -> str:
    """Return what the work's epochs are called."""
    if work.kind == "predict":
        return "calls"
    return "epochs" if work.batch else "passes"


def judge(work: Work, seen: Sequence[Measured]) -> list[Verdict]:
    """Return a verdict for each peer, clearprop's first; ``seen`` has clearprop among it."""
    ours = next(one for one in seen if one.peer.name == OURS)
    share = work.epochs if work.per else 1
    verdicts = []
    for one in sorted(seen, key=lambda one: one is not ours):
        times = [seconds / share for seconds in one.seconds] or [math.nan]
        failure = failure_of(work, one, ours)
        counts = one is not ours and not failure and not ours.failure
        compared = bool(one.late and ours.late)
        verdicts.append(
            Verdict(
                label=one.peer.label, ours=one is ours,
                typical=median(times), least=min(times), most=max(times), turns=len(one.seconds),
                ratio=median(one.seconds) / median(ours.seconds) if counts else None,
                mark=work.marks.get(one.peer.name),
                early=difference(work, one.early, ours.early) if compared else None,
                late=difference(work, one.late, ours.late) if compared else None,
                loss=median(one.late) if one.late and work.kind != "predict" else None,
                mib=one.mib, about=one.about, failure=failure,
            )
        )  # fmt: skip
    return verdicts


def memory_reached(verdicts: Sequence[Verdict]) -> bool | None:
    """Return whether ours adds no more memory than the leanest peer; None if nobody knows."""
    ours = next((v.mib for v in verdicts if v.ours), None)
    theirs = [v.mib for v in verdicts if not v.ours and v.mib is not None and not v.failure]
    return None if ours is None or not theirs else ours <= min(theirs)


def troubles(work: Work, verdicts: Sequence[Verdict], quick: bool = False) -> list[str]:
    """Return a line for each failure and each mark that is missed; shortened work has no marks."""
    lines = [f"{work.name}: {v.label} FAILED: {v.failure}" for v in verdicts if v.failure]
    if quick:
        return lines
    lines += [
        f"{work.name}: {v.label} took {v.ratio:.3g} times as long, the mark is {v.mark:g}"
        for v in verdicts
        if v.reached is False
    ]
    if memory_reached(verdicts) is False:
        lines.append(f"{work.name}: the leanest peer adds less memory")
    return lines
