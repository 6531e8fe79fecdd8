"""A diagnosis in words: lines for a terminal of 100 columns, or one note for each finding.

>>> from clearprop.doctor.training.report import Diagnosis
>>> print(as_text(Diagnosis((), ("dead_neurons", "not_finite"))), end="")
Nothing is wrong with this run: 2 checks found nothing.
"""

from __future__ import annotations

import math
import re
import textwrap
import unicodedata
from collections.abc import Mapping
from typing import Any

from ...errors import TrainingError
from .report import LOSSES, Diagnosis, Finding
from .table import CHECKS
from .words import SAID, TRANSLATED, WORDS

WIDTH = 100
SIX = LOSSES | {"train", "loss"}  # figures that are shown with six digits
_PIECES = re.compile(r"\s+|[\u2e80-\uffff]|[^\s\u2e80-\uffff]+")  # Chinese breaks anywhere


def as_text(diagnosis: Diagnosis, language: str = "en", width: int = WIDTH) -> str:
    """Return a diagnosis as lines."""
    if diagnosis.healthy:
        return healthy(diagnosis, language) + "\n"
    lines = _folded(heading(diagnosis.run, language), 0, 2, width) if diagnosis.run else []
    for number, finding in enumerate(diagnosis.findings, 1):
        words = WORDS[language][finding.key]
        what, advice = sentences(finding, language)
        lines += ["", f"{number}. {words.title}"]
        lines += _folded(what, 3, 3, width)
        lines += _folded("→ " + advice, 3, 5, width)
        lines += _folded(measured(finding, language), 3, 3, width)
    return "\n".join(lines) + "\n"


def healthy(diagnosis: Diagnosis, language: str = "en") -> str:
    """Return the line that says that nothing is wrong."""
    said, count = _said(language), len(diagnosis.checked)
    return said["healthy"].format(count=count) if count else said["none"]


def note(finding: Finding, language: str = "en", unit: str = "epoch") -> str:
    """Return what a finding says, in two sentences."""
    return _said(language)["join"].join(sentences(finding, language, unit))


def sentences(finding: Finding, language: str = "en", unit: str = "epoch") -> tuple[str, str]:
    """Return what was seen, and what to do about it."""
    said = _said(language)
    templates = WORDS[language][finding.key].of(finding.case)
    facts = _facts(finding, language)
    if language == "en" and unit != "epoch":
        facts |= {"unit": unit, "units": f"{unit}es" if unit.endswith("s") else f"{unit}s"}
    what, advice = (_capital(template.format(**facts)) for template in templates)
    return what + said["stop"], advice + said["stop"]


def measured(finding: Finding, language: str = "en") -> str:
    """Return what was measured, the threshold, and where that comes from."""
    said = _said(language)
    row = CHECKS[finding.key]
    about, source = row.about, finding.source
    if source == row.source:
        about, source = TRANSLATED.get(language, {}).get(finding.key, (about, source))
    value = _number("", finding.measured)
    if not math.isfinite(finding.measured):
        value = finding.figures.get("value", value)
    return said["measured"].format(
        about=about, measured=value, threshold=_number("", finding.threshold), source=source
    )


def _said(language: str) -> Mapping[str, str]:
    if language not in SAID:
        raise TrainingError(f"language is one of {', '.join(SAID)}, not {language!r}")
    return SAID[language]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def heading(run: Mapping[str, Any], language: str) -> str:
    """Return the network, the optimizer and how far the run came, in a line."""
    said = _said(language)
    gates = list(dict.fromkeys(run["gates"][:-1]))
    network = f"{'-'.join(map(str, run['layers']))} {', '.join(gates)}".rstrip()
    rate = run["learning_rate"]
    loss = said["no loss"] if run["loss"] is None else _number("loss", run["loss"])
    return said["run"].format(
        network=f"{network}, {run['loss_function'].replace('_', ' ')}",
        optimizer=str(run["optimizer"]).partition("(")[0].replace("_", " "),
        rate="" if rate is None else said["learning rate"].format(rate=f"{rate:g}"),
        epochs=f"{run['epochs']:,}", units=said["epochs"], loss=loss,
    )  # fmt: skip


def _facts(finding: Finding, language: str) -> dict[str, Any]:
    """Return all that a template may name, written out."""
    said = _said(language)
    figures, advice, place = dict(finding.figures), dict(finding.advice), vars(finding.place)
    found = {name: _number(name, value) for name, value in figures.items()}
    found |= {name: value if value is not None else "" for name, value in place.items()}
    found |= {name: _number(name, value) for name, value in advice.items()}
    rate = finding.measured
    if finding.key in ("rate_too_high", "rate_too_low"):
        found["rate"] = _number("rate", rate)
        if figures.get("limit"):
            found["times"] = _number("times", figures["limit"] / rate)
    found["ratio"] = _number("ratio", finding.measured)
    found["unit"], found["units"] = said["epoch"], said["epochs"]
    percents = {"share": finding.measured, "rise": finding.measured, "before": "at_start",
                "recall": "recall", "accuracy": "accuracy"}  # fmt: skip
    for name, given in percents.items():
        value = figures.get(given) if isinstance(given, str) else given
        if isinstance(value, float) and math.isfinite(value):
            found[f"{name}_percent"] = f"{100 * value:.3g} %"
    if isinstance(advice.get("layers"), list):
        found["layers_text"] = str(advice["layers"])
    if "l2" in figures:
        found["l2_now"] = _number("l2", figures["l2"])
    found["where"] = _where(finding, language)
    if "initializer" in advice:
        key = "activation" if "activation" in advice else "initializer"
        found["change"] = said[key].format(**advice)
    return found


def _where(finding: Finding, language: str) -> str:
    said, place = _said(language), finding.place
    parts = []
    if place.gate is not None:
        key = "gate" if place.layer is None else "layer"
        parts.append(said[key].format(layer=place.layer, gate=place.gate))
    if place.sample is not None:
        parts.append(said["sample"].format(sample=place.sample))
    return (", " if language == "en" else "，").join(parts)


def _number(name: str, value: Any) -> Any:
    """Write a number with as many digits as its kind needs; leave words as they are."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if name == "since" and value:
        return f"{round(value, 1 - int(math.log10(value))):,}"
    if isinstance(value, int):
        return f"{value:,}"
    if not math.isfinite(value):
        return str(value)
    if name in SIX:
        return f"{value:.6f}" if 1e-3 <= abs(value) < 10 else f"{value:.6g}"
    if name == "limit":
        return f"{value:.2g}"
    if name == "times" or (value == int(value) and abs(value) < 1e6):
        return f"{round(value):,}" if abs(value) < 1e6 else f"{value:.2g}"
    if name in {"rate", "learning_rate"}:
        return f"{value:g}"
    if 1e3 <= abs(value) < 1e9:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _folded(text: str, first: int, further: int, width: int) -> list[str]:
    if _width(text) == len(text):
        return textwrap.wrap(
            text, width, initial_indent=" " * first, subsequent_indent=" " * further,
            break_on_hyphens=False,
        )  # fmt: skip
    lines, line = [], " " * first
    for piece in _PIECES.findall(text):
        if _width(line) + _width(piece) > width and line.strip():
            lines.append(line.rstrip())
            line = " " * further
        line += piece if line.strip() or not piece.isspace() else ""
    return [*lines, line]
