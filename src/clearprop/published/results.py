"""What an audit says, as data: rows, findings, and the way to JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .judging import Reason

REPRODUCED, DIFFERS = "reproduced", "differs"


@dataclass(frozen=True)
class Row:
    """One printed number, formula or gradient, and what came of computing it again.

    Attributes
    ----------
    part : str
        The name of the part of the example; may be empty.
    kind : {"number", "formula", "gradient"}
    name : str
        ``dE_total/dw5``, ``E_total after 1 update``, ...
    printed : str
        The digits, or the formula, as printed; empty for a gradient that a program takes.
    claimed : float
        The number printed, or what the formula gives at the given values.
    recomputed : float
    verdict : {"reproduced", "differs"}
        Of a number: whether rounding the recomputed one gives all printed digits.
    difference : float
        ``claimed - recomputed``.
    wrong_sign : bool
    reasons : tuple of Reason
        Ways that give what is printed; empty where no known one does.
    tried : tuple of Reason
        Other ways, and what they give; where no reason was found, or one that stands alone.
    alone : tuple of str
        Numbers printed for the same moment, where none of them follows from the reason.
    mended : float or None
        What a formula gives without the slips that were found.
    ratio : float or None
        Of a gradient: the one number by which all of it is too large, if there is one.
    """

    part: str
    kind: str
    name: str
    printed: str
    claimed: float
    recomputed: float
    verdict: str
    reasons: tuple[Reason, ...] = ()
    tried: tuple[Reason, ...] = ()
    alone: tuple[str, ...] = ()
    mended: float | None = None
    ratio: float | None = None

    @property
    def difference(self) -> float:
        """The claimed number minus the recomputed one."""
        return self.claimed - self.recomputed

    @property
    def wrong_sign(self) -> bool:
        """Whether the two have different signs."""
        return self.claimed * self.recomputed < 0


@dataclass(frozen=True)
class Finding:
    """Something that was seen beside the numbers: its name, and facts for its words."""

    part: str
    name: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Audit:
    """All that an audit of one example found.

    Attributes
    ----------
    title : str
    source : mapping
        Author, year, address, about: where the example is from, as far as it says.
    rows : tuple of Row
    findings : tuple of Finding
    """

    title: str
    source: Mapping[str, Any]
    rows: tuple[Row, ...] = field(repr=False)
    findings: tuple[Finding, ...] = field(default=(), repr=False)

    def __getitem__(self, name: str) -> Row:
        """Return the row of a name: the first of them; KeyError if there is none."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(
            f"no row is named {name!r}; there are: {', '.join(r.name for r in self.rows)}"
        )

    @property
    def reproduced(self) -> int:
        """How many rows are reproduced."""
        return sum(row.verdict == REPRODUCED for row in self.rows)

    @property
    def explained(self) -> int:
        """How many of the others have a reason that does not stand alone."""
        others = [row for row in self.rows if row.verdict != REPRODUCED]
        return sum(bool(row.reasons) and not row.alone for row in others)

    def to_data(self) -> dict[str, Any]:
        """Return it as dicts, lists, texts and numbers."""
        rows = [
            {**asdict(row), "difference": row.difference, "wrong_sign": row.wrong_sign}
            for row in self.rows
        ]
        counts = {"reproduced": self.reproduced, "explained": self.explained}
        data = {"title": self.title, "source": dict(self.source), **counts, "rows": rows,
                "findings": [asdict(finding) for finding in self.findings]}  # fmt: skip
        plain: dict[str, Any] = _plain(data)
        return plain

    def to_json(self) -> str:
        """Return :meth:`to_data` as a JSON text; what is not finite is null."""
        return json.dumps(self.to_data(), ensure_ascii=False, indent=2) + "\n"

    def text(self, language: str = "en") -> str:
        """Return it as lines for a terminal of 100 columns.

        Parameters
        ----------
        language : {"en", "zh"}
        """
        from .text import as_text  # noqa: PLC0415 (it reads this module)

        return as_text(self, language)

    def __str__(self) -> str:
        return self.text()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
