"""A gradient check as lines for a screen.

Each gradient with its error and a verdict, then the mistake, the line as it is and as it should
be, why, and the first place that differs.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from ..explanation.figures import significant
from .mistakes import MISTAKES
from .report import Explanation, Found, GradientReport, Stretch, Verdict
from .slips import SLIPS
from .words import listed, say


def to_text(report: GradientReport, language: str = "en", width: int = 100) -> str:
    """Return a check as text.

    Parameters
    ----------
    language : {"en", "zh"}
    width : int
        Of the screen, in characters; long sentences are broken there.
    """
    blocks = [
        list(_head(report, language)),
        list(_verdicts(report, language)),
        *(list(_slip(found, language)) for found in report.slips),
        list(_answer(report, language)),
        list(_where(report, language)),
    ]
    lines: list[str] = []
    for block in blocks:
        if block:
            lines += [*([""] if lines else []), *block]
    return "\n".join(piece for line in lines for piece in _broken(line, width)) + "\n"


def _broken(line: str, width: int) -> list[str]:
    indent = len(line) - len(line.lstrip())
    if len(line) <= width or "   " in line.strip():
        return [line]
    return textwrap.wrap(
        line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )


def _head(report: GradientReport, language: str) -> Iterator[str]:
    gates = list(dict.fromkeys(g for g in report.activations if g != "identity")) or ["identity"]
    yield say(
        language, "network",
        layers="-".join(map(str, report.layers)), activations=", ".join(gates),
        loss=report.loss.replace("_", " "),
        rows=say(language, "one row" if report.n_rows == 1 else "rows", rows=report.n_rows),
    )  # fmt: skip
    objective = say(language, report.reduction)
    if report.factor != 1:
        objective = say(language, "factor", factor=f"{report.factor:g}") + objective
    if report.l2:
        objective += say(language, "l2", half=f"{report.l2 / 2:g}")
    known = say(language, f"from {report.inferred}") if report.inferred else ""
    yield say(language, "compared", objective=objective) + known


def _verdicts(report: GradientReport, language: str) -> Iterator[str]:
    names = [one.name for one in report.verdicts] + ([] if report.loss_given is None else ["loss"])
    wide = max(map(len, names), default=0)
    for one in report.verdicts:
        error = "" if one.error is None else f"{one.error:.2g}"
        yield f"  {one.name:<{wide}}  {error:>8}  {_word(one, language)}".rstrip()
    if report.loss_given is not None and report.loss_right is not None:
        given = significant(report.loss_given, 9)
        word = say(language, "right" if report.loss_agrees else "wrong")
        line = f"  {say(language, 'loss'):<{wide}}  {given:>8}  {word}"
        if not report.loss_agrees:
            line += ": " + say(language, "loss differs", right=significant(report.loss_right, 9))
        yield line


def _word(one: Verdict, language: str) -> str:
    if one.trouble == "shape":
        return say(language, "shape", given=one.shape, name=one.name, expected=one.expected)
    return say(language, one.trouble or ("right" if one.right else "wrong"))


def sentences(found: Found, language: str) -> tuple[str, str]:
    """Return what is wrong, and why, in words."""
    row = MISTAKES.get(found.name) or SLIPS[found.name]
    facts = dict(found.facts)
    facts["where"] = _place(facts, language)
    facts["arrays"] = listed(language, list(facts.get("arrays", ())))
    facts["other"] = str(facts.get("other", "")).replace("_", " ")
    unit = facts.get("unit") or []
    if unit:
        last = unit[0] == "last" or not unit[1]
        facts["unit"] = (
            say(language, "last unit")
            if last
            else say(language, "unit", number=unit[0], layer=unit[1])
        )
    if found.name == "changes_parameters":
        eta = facts.get("eta", "")
        facts["eta"] = say(language, "eta", eta=eta) if eta else ""
    if found.name == "other_convention":
        facts["factor"] = say(language, "1/N" if facts["own"] == "sum" else "N times")
        for key in ("own", "other"):
            facts[key] = say(language, f"{found.facts[key]} word")
    if found.name in ("float32_noise", "float32_result"):
        facts["error"] = f"{float(facts['error']):.0e}"
    return row.what[language].format(**facts), row.why[language].format(**facts)


def _place(facts: dict[str, Any], language: str) -> str:
    if facts.get("at") == "layers":
        layers = [str(layer) for layer in facts["in"]]
        return say(
            language,
            "in layer" if len(layers) == 1 else "in layers",
            layers=listed(language, layers),
        )
    if facts.get("at") == "arrays":
        return say(language, "in arrays", arrays=listed(language, list(facts["arrays"])))
    return ""


def _slip(found: Found, language: str) -> Iterator[str]:
    what, why = sentences(found, language)
    yield what
    yield "  " + say(language, "because") + why


def _answer(report: GradientReport, language: str) -> Iterator[str]:
    if not report.explanations:
        if report.right:
            missing = any(one.trouble == "missing" for one in report.verdicts)
            yield say(language, "given right" if missing else "all right")
        elif report.loss_agrees is False and all(one.right for one in report.verdicts):
            yield say(language, "loss alone")
        elif not report.slips:
            yield say(language, "unknown")
        return
    first, *others = report.explanations
    if len(first.mistakes) > 1:
        yield say(language, "two")
    for number, found in enumerate(first.mistakes, 1):
        what, why = sentences(found, language)
        yield (say(language, "number", number=number) if len(first.mistakes) > 1 else "") + what
        for have, should in zip(found.have, found.should, strict=True):
            yield f"  {say(language, 'have')}{have}"
            yield f"  {say(language, 'should')}{should}"
        yield f"  {say(language, 'because')}{why}"
    if first.by_row:
        yield say(language, "by row")
    yield say(
        language,
        "explains",
        arrays=listed(language, list(first.explains)),
        error=f"{first.error:.0e}" if first.error else "0",
    )
    if others:
        yield say(language, "equal") + "; ".join(_short(one, language) for one in others)


def _short(one: Explanation, language: str) -> str:
    """Return an explanation in one line, without its last full stop."""
    said = [sentences(found, language)[0].rstrip(".。") for found in one.mistakes]
    return " + ".join(text[:1].lower() + text[1:] for text in said)


def _where(report: GradientReport, language: str) -> Iterator[str]:
    place: Stretch | None = report.stretch
    if place is None:
        return
    if report.explanations:
        yield say(language, "first", gate=place.gate, layer=place.layer)
    elif place.after == "loss":
        yield say(language, "at once", before=place.before, gate=place.gate)
    else:
        yield say(language, "between", after=place.after, before=place.before, gate=place.gate)
