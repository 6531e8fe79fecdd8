"""What a check hands to the diagnosis, and what all checks share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .report import Place

SUFFERS = 0.9
"""A run that has removed this share of the constant answer's loss suffers from nothing much."""

MATERIAL = 0.1
"""A trial did better where it has removed so much more of the constant answer's loss."""


@dataclass(frozen=True)
class Seen:
    """One thing that a check has seen; the fields are those of a finding.

    ``threshold`` is given where it is not that of the check's row.
    """

    measured: float
    figures: Mapping[str, Any] = field(default_factory=dict)
    advice: Mapping[str, Any] = field(default_factory=dict)
    place: Place = field(default_factory=Place)
    case: str = ""
    severity: str = "harmful"
    threshold: float | None = None
