"""``clearprop mistakes``: what the doctor knows of wrong gradients, row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import rich_click as click

from ..explanation.words import LANGUAGES
from . import options
from .options import OUTPUT, option
from .screen import Screen
from .tables import as_data

if TYPE_CHECKING:
    from ..doctor.mistake import Mistake
    from ..doctor.slips import Slip

HELP = """
Print the table of mistakes: what people get wrong in back-propagation, and why it is wrong.

clearprop check looks for each of them, alone and in pairs, in every layer where it could be. Each
comes with what the backward pass becomes by it: W[l] and b[l] lead to z[l], a[l] follows it, L is
the last layer, delta is the derivative by z and dA that by a, N the number of samples; "old" is
what stood there before.

\b
Examples:
  clearprop mistakes
  clearprop mistakes --language zh
"""
TITLES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "of_scale": "How large: sums and means, factors, signs, the regulariser",
        "of_slopes": "Slopes of the gates between layers",
        "of_loss": "The loss, and what it is held to",
        "of_paths": "Ways back through the weights",
        "of_samples": "Biases, and sums over samples",
        "": "Added at run time",
        "slips": "Beside the formulas: seen by calling again and looking",
        "ways": "and {more} like it",
    },
    "zh": {
        "of_scale": "大小：求和与平均、因子、符号、正则项",
        "of_slopes": "各层之间的门的斜率",
        "of_loss": "损失函数与目标",
        "of_paths": "经过权重的反向路径",
        "of_samples": "偏置，以及对样本求和",
        "": "运行时添加",
        "slips": "公式之外：再调用一次并观察得到",
        "ways": "另有 {more} 种类似的写法",
    },
}
HOLES: Mapping[str, Mapping[str, str]] = {
    "en": {"gate": "the activation", "arrays": "the gradient", "unit": "j",
           "loss": "the loss asked for"},
    "zh": {"gate": "激活函数", "arrays": "梯度", "unit": " j ", "loss": "所要求的损失"},
}  # fmt: skip
CONVENTION: Mapping[str, Mapping[str, str]] = {
    "en": {"own": "sum", "other": "mean", "factor": "1/N of it"},
    "zh": {"own": "总和", "other": "平均", "factor": "它的 1/N"},
}
_HOLE = re.compile(r"'?\{([a-zA-Z_]+)([+-]\d)?\}'?")
_NAMES = {"gate": "other", "gate_here": "own", "loss": "other", "loss_here": "own", "B": "B"}


@click.command("mistakes", help=HELP)
@option(OUTPUT, "--language", click.Choice(list(LANGUAGES)), "English or Chinese.", "en")
@options.json("mistakes and slips (lists with all that the tables say of each)")
@click.pass_obj
def mistakes(screen: Screen, language: str) -> None:
    """Print the table."""
    from ..doctor.slips import SLIPS

    titles = TITLES[language]
    parts = _parts()
    for part, rows in parts.items():
        screen.line(titles[part], "bold", hang=0)
        for row in rows:
            _show(screen, row, language)
            for left, right in _formulas(row).items():
                screen.line(f"      {left} = {right}", hang=8)
            if len(row.edits) > 1:
                screen.line("      " + titles["ways"].format(more=len(row.edits) - 1), "dim")
        screen.line()
    screen.line(titles["slips"], "bold", hang=0)
    for slip in SLIPS.values():
        _show(screen, slip, language)
    screen.facts["mistakes"] = [as_data(row) for rows in parts.values() for row in rows]
    screen.facts["slips"] = [as_data(slip) for slip in SLIPS.values()]
    screen.document()


def _parts() -> dict[str, list[Mistake]]:
    """Return the rows by the part of the table that they stand in."""
    from ..doctor.mistakes import MISTAKES
    from ..doctor.mistakes_of_loss import OF_LOSS
    from ..doctor.mistakes_of_paths import OF_PATHS
    from ..doctor.mistakes_of_samples import OF_SAMPLES
    from ..doctor.mistakes_of_scale import OF_SCALE
    from ..doctor.mistakes_of_slopes import OF_SLOPES

    parts = {"of_scale": OF_SCALE, "of_slopes": OF_SLOPES, "of_loss": OF_LOSS,
             "of_paths": OF_PATHS, "of_samples": OF_SAMPLES}  # fmt: skip
    place = {row.name: part for part, rows in parts.items() for row in rows}
    found: dict[str, list[Mistake]] = {part: [] for part in (*parts, "")}
    for row in MISTAKES.values():
        found[place.get(row.name, "")].append(row)
    return {part: rows for part, rows in found.items() if rows}


def _show(screen: Screen, row: Mistake | Slip, language: str) -> None:
    screen.line(f"  {row.name}", "bold cyan")
    facts = CONVENTION[language] if row.name == "other_convention" else {}
    screen.line(f"      {in_general(row.what[language], language, **facts)}", hang=6)
    screen.line(f"      {in_general(row.why[language], language, **facts)}", "dim", hang=6)


def in_general(text: str, language: str, **facts: str) -> str:
    """Return the words of a row without a network: its holes filled with what could stand there.

    >>> in_general("The slope of {gate} is missing{where}.", "en")
    'The slope of the activation is missing.'
    """
    words = {"where": "", "a": "a", "z": "z", "eta": "η", "rows": "N"}
    text = text.format_map(_Filled({**words, **HOLES[language], **facts}))
    text = re.sub(r"[:：] ?…(?=[.。])", "", text).replace("（η）", "").replace(" (η·W)", "")
    sentence = language == "en" and re.match(r"[a-z](?:[a-z]| )", text)
    return text[:1].upper() + text[1:] if sentence else text


class _Filled(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def _formulas(row: Mistake) -> dict[str, str]:
    """Return what the first of its ways makes of the formulas, with l for the layer."""
    first = row.edits[0].formulas
    return {_readable(left): _readable(right) for left, right in first.items()}


def _readable(formula: str) -> str:
    """Return a formula with [l] for its holes.

    >>> _readable("delta{l} @ W{l}.T * slope('{gate}', Z{l-1}, A{l-1})")
    'delta[l] @ W[l].T * slope(other, Z[l-1], A[l-1])'
    """
    return _HOLE.sub(
        lambda found: _NAMES.get(found[1]) or f"[{found[1]}{found[2] or ''}]", formula
    ).replace(", [j])", ", j)")
