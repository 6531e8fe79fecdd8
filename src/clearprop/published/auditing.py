"""The audit: every printed number, formula and gradient of an example, computed again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..numerics import quiet
from .alternatives import ALTERNATIVES, Setting
from .claims import judge_formula
from .judging import Judge, Reason, Step, fits
from .parts import CircuitPart, NetworkPart, open_part
from .procedure import Procedure
from .quantities import Quantity
from .reading import Part, read_example
from .results import DIFFERS, REPRODUCED, Audit, Finding, Row
from .runs import RunPart
from .scores import ScoresPart
from .stability import too_long_a_step


def audit(example: str | Path | Mapping[str, Any]) -> Audit:
    """Compute every printed number of a worked example again, and say why one differs.

    Reasons are found by trying other ways (a table of them) and other slopes (another), and
    reported only where they give what is printed.

    Parameters
    ----------
    example : str, Path or mapping
        The name of a published example (``"mazur"``, ``"tutorial"``, ``"cs231n"``,
        ``"moons"``), a JSON file, or what stands in one.

    Returns
    -------
    Audit
        Rows as data; ``print(audit)`` shows them.

    Raises
    ------
    ExampleError
        If it is no such example; the message names the line or the key.

    Examples
    --------
    >>> found = audit("tutorial")["dloss/dw1"]
    >>> found.verdict, found.wrong_sign, f"{found.recomputed:.10f}"
    ('differs', True, '0.0000794438')
    """
    read = read_example(example)
    rows: list[Row] = []
    findings: list[Finding] = []
    with quiet():  # other ways may well overflow
        for part in read.parts:
            opened = open_part(part)
            if isinstance(opened, ScoresPart):
                rows += _scores(part, opened)
                continue
            rows += _numbers(part, Judge(opened))
            if isinstance(opened, RunPart):
                rows += _gradient(part, opened)
                findings += _findings(part, opened)
            else:
                rows += _formulas(part, opened)
    return Audit(read.title, read.source, tuple(rows), tuple(findings))


def _where(part: Part, key: str, name: str) -> str:
    return f"{part.where}.{key}, {name!r}" if part.where else f"{key}, {name!r}"


def _numbers(part: Part, judge: Judge) -> Iterator[Row]:
    opened = judge.part
    for name in part.printed:
        where = _where(part, "printed", name)
        opened.check(Quantity.read(name, where), where)
    for name, printed in part.printed.items():
        quantity = Quantity.read(name)
        value = opened.value(quantity, opened.procedure)
        row = Row(part.name, "number", name, printed.text, float(printed.number), value, DIFFERS)
        if printed.is_what_rounds(value):
            yield replace(row, verdict=REPRODUCED)
        else:
            found = judge.reasons(quantity, printed)
            tried = () if found.reasons and not found.alone else found.tried
            yield replace(row, reasons=found.reasons, tried=tried, alone=found.alone)


def _formulas(part: Part, opened: NetworkPart | CircuitPart) -> Iterator[Row]:
    for name, text in part.formulas:
        where = _where(part, "formulas", name)
        quantity = Quantity.read(name, where)
        opened.check(quantity, where)
        found = judge_formula(opened, quantity, text, where)
        mended = None if math.isnan(found.mended) else found.mended
        yield Row(
            part.name, "formula", name, text, found.claimed, found.true,
            REPRODUCED if found.right else DIFFERS, found.reasons, mended=mended,
        )  # fmt: skip


def _scores(part: Part, opened: ScoresPart) -> Iterator[Row]:
    setting = Setting("scores", "cost", 0, outputs=opened.n_outputs)
    for name, printed in part.printed.items():
        value = opened.value(name, opened.procedure)
        row = Row(part.name, "number", name, printed.text, float(printed.number), value, DIFFERS)
        if printed.is_what_rounds(value):
            yield replace(row, verdict=REPRODUCED)
            continue
        found: list[Reason] = []
        tried: list[Reason] = []
        for way in ALTERNATIVES:
            for procedure, facts in way.changes(opened.procedure, setting):
                other = opened.value(name, procedure)
                reason = Reason((Step(way.name, facts),), other)
                (found if fits(printed, other, procedure) else tried).append(reason)
        yield replace(row, reasons=tuple(found), tried=() if found else tuple(tried))


def _gradient(part: Part, run: RunPart) -> Iterator[Row]:
    """Compare the gradient that a run steps along with that of the loss that it prints."""
    right = run.procedure
    if right.step == right.shown and "loss" not in part.data["run"]:
        return
    taken, true = run.gradient(run.network, right.step), run.gradient(run.network, right.shown)
    name = max(true, key=lambda one: float(np.abs(true[one]).max()))
    place = np.unravel_index(int(np.abs(true[name]).argmax()), true[name].shape)
    shown = f"{name}[{','.join(str(int(i)) for i in place)}]" if place else name
    claimed, value = float(taken[name][place]), float(true[name][place])
    row = Row(part.name, "gradient", f"dloss/d{shown}", "", claimed, value, DIFFERS)
    if _same(taken, true):
        yield replace(row, verdict=REPRODUCED)
        return
    ratio = claimed / value if value else math.nan
    scaled = {key: array * ratio for key, array in true.items()}
    yield replace(
        row,
        reasons=tuple(_ways_to(run, taken, claimed)),
        ratio=ratio if _same(taken, scaled) else None,
    )


def _ways_to(run: RunPart, taken: Mapping[str, Any], claimed: float) -> Iterator[Reason]:
    """Yield the ways to change the printed loss into one with the gradient that is taken."""
    setting = Setting("run", "cost", 0, samples=run.sample_count)

    def ways(procedure: Procedure) -> Iterator[tuple[Procedure, Step]]:
        for row in ALTERNATIVES:
            for other, facts in row.changes(procedure, setting):
                if other.shown != procedure.shown:
                    yield other, Step(row.name, facts)

    def is_it(procedure: Procedure) -> bool:
        return _same(run.gradient(run.network, procedure.shown), taken)

    singles = [(one, step) for one, step in ways(run.procedure)]
    found = [Reason((step,), claimed) for one, step in singles if is_it(one)]
    if not found:
        pairs = ((two, (step, more)) for one, step in singles for two, more in ways(one))
        found = [Reason(steps, claimed) for two, steps in pairs if is_it(two)][:1]
    yield from found


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    largest = max(float(np.abs(array).max()) for array in other.values())
    return all(np.abs(one[key] - other[key]).max() <= 1e-9 * largest for key in other)


def _findings(part: Part, run: RunPart) -> Iterator[Finding]:
    updates = max((Quantity.read(name).updates for name in part.printed), default=0)
    facts = too_long_a_step(run, updates)
    if facts is not None:
        yield Finding(part.name, "step too long", facts)
