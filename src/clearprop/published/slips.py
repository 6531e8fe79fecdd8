"""Slopes that people take for the right one: a table. A new slip is a new row.

>>> [row.name for row in slips_at("softmax_cross_entropy", "loss")]
['left out', 'negated', 'doubled', 'output for probability', 'target not subtracted']
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..tables.expression import Expression, parse


@dataclass(frozen=True)
class Slip:
    """A wrong slope.

    Parameters
    ----------
    name : str
    on : str
        The gate or loss at which it happens, or "loss" or "any".
    wrong : str
        What is taken. Names: ``slope`` the right one; of a gate ``x`` what goes in and ``y``
        what comes out; of a loss ``s`` the score, ``p`` its probability, ``hit`` 1 for the
        right class, ``target``.
    words : mapping of str to str
        By language, with {what} the gate, {right} and {wrong} the slopes.
    """

    name: str
    on: str
    wrong: str
    words: Mapping[str, str] = field(
        default_factory=lambda: {
            "en": "it takes {wrong} for the slope of {what}, which is {right}",
            "zh": "它把 {what} 的导数写成 {wrong}，应为 {right}",
        }
    )

    @property
    def tree(self) -> Expression:
        """The wrong slope as an expression."""
        return parse(self.wrong)


SLIPS: tuple[Slip, ...] = (
    Slip(
        "left out",
        "any",
        "1",
        {
            "en": "it leaves out the slope of {what}, {right}",
            "zh": "它漏掉了 {what} 的导数 {right}",
        },
    ),
    Slip("negated", "loss", "-slope"),
    Slip("doubled", "loss", "2 * slope"),
    Slip("output for probability", "softmax_cross_entropy", "s - hit"),
    Slip("target not subtracted", "softmax_cross_entropy", "p"),
    Slip("target not subtracted", "squared_error", "s"),
    Slip("of what goes in", "sigmoid", "x * (1 - x)"),
    Slip("value for slope", "sigmoid", "y"),
    Slip("half of it", "sigmoid", "1 - y"),
    Slip("not squared", "tanh", "1 - y"),
    Slip("of what goes in", "tanh", "1 - x * x"),
    Slip("value for slope", "tanh", "y"),
    Slip("value for slope", "relu", "y"),
    Slip("to the other input", "max", "1 - slope"),
    Slip("to the other input", "min", "1 - slope"),
)


def slips_at(row: str, kind: str) -> list[Slip]:
    """Return the slips that can happen at a gate or loss of this name.

    ``kind`` is ``"loss"`` for a loss, or a term of it.
    """
    return [slip for slip in SLIPS if slip.on in ("any", row) or slip.on == kind]
