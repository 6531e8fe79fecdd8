"""What a row of the table of mistakes is: a rewrite of the backward pass, with words.

>>> from clearprop.doctor.mistakes import MISTAKES
>>> MISTAKES["missing_slope"].edits[0].formulas
{'delta{l}': 'dA{l}'}
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import TableError
from ..tables.rows import Row
from .formula import parse

LAYERS: Mapping[str, str] = {
    "every": "all layers",
    "hidden": "all but the last",
    "above": "all but the first",
    "output": "the last",
}
WHEN = ("", "mean", "sum", "no l2")
_HOLE = re.compile(r"\{([a-zBL_]+)([+-]\d)?\}")


@dataclass(frozen=True)
class Edit:
    """One way to make a mistake: formulas in place of those of the right backward pass.

    Parameters
    ----------
    formulas : mapping of str to str
        By name, in the language of :mod:`clearprop.doctor.formula`. ``old`` is what stood
        there before. Holes: ``{l}`` the layer (``{l-1}`` the one below), ``{L}`` the last,
        ``{k}`` another layer, ``{j}`` a neuron of layer l, ``{gate}`` and ``{loss}`` others
        than the network's, ``{B}`` a batch size, ``{gate_here}`` and ``{loss_here}`` its own.
    layers : {"every", "hidden", "above", "output"}
        Which layers ``{l}`` may be.
    alone, together : bool
        Whether it is made in single layers, and in all of them at once.
    """

    formulas: Mapping[str, str]
    layers: str = "every"
    alone: bool = True
    together: bool = True

    @property
    def holes(self) -> set[str]:
        """The holes in its formulas."""
        text = " ".join([*self.formulas, *self.formulas.values()])
        return {name for name, _ in _HOLE.findall(text)}


@dataclass(frozen=True, eq=False)
class Mistake(Row):
    """One row of the table of mistakes.

    Parameters
    ----------
    name : str
    edits : sequence of Edit
        The ways in which it is made, simplest first.
    what, why : mapping of str to str
        By language: what is done, and why it is wrong. ``{where}`` is "in layer 1" and the
        like, ``{arrays}`` the gradients concerned, ``{gate}`` the gate there, ``{other}`` the
        other gate, loss, layer or neuron.
    when : {"", "mean", "sum", "no l2"}
        For which losses it can be made: their reduction over the samples, their regulariser.

    Raises
    ------
    TableError
        If a formula is not written in the language, or words are missing.
    """

    mathematics = ("edits", "when")

    edits: Sequence[Edit]
    what: Mapping[str, str]
    why: Mapping[str, str]
    when: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        """See that every formula can be read, and that there are words in each language."""
        self.check_name()
        self.freeze("edits", tuple(self.edits))
        for words in ("what", "why"):
            self.freeze_mapping(words, self.mapping(words, getattr(self, words)))
            if set(getattr(self, words)) != {"en", "zh"}:
                raise TableError(f"{self.name}: {words} has words in English (en) and Chinese (zh)")
        if self.when not in WHEN:
            raise TableError(f"{self.name}: when is one of {', '.join(WHEN)}; not {self.when!r}")
        for edit in self.edits:
            if edit.layers not in LAYERS:
                raise TableError(f"{self.name}: layers is one of {', '.join(LAYERS)}")
            for text in edit.formulas.values():
                try:
                    parse(filled(text, dict.fromkeys(edit.holes, 1)))
                except TableError as error:
                    raise TableError(f"{self.name}: {error}") from None

    def can_be(self, reduction: str, l2: float) -> bool:
        """Tell whether it can be made where the loss is such."""
        return self.when in ("", reduction) or (self.when == "no l2" and not l2)


def filled(text: str, holes: Mapping[str, Any]) -> str:
    """Return a text with numbers and names in its holes (KeyError where one is not known)."""

    def fill(found: re.Match[str]) -> str:
        value = holes[found[1]]
        return str(value + int(found[2])) if found[2] else str(value)

    return _HOLE.sub(fill, text)
