"""How a finding is said: templates, of which a case may have its own.

>>> words = Words("Dead neurons", "{dead} are dead", "{activation}", {"all": ("all are", "")})
>>> words.of("all"), words.of("")
(('all are', ''), ('{dead} are dead', '{activation}'))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Words:
    """How a finding is said.

    Parameters
    ----------
    title : str
    what : str
        Template of the figures.
    advice : str
        Template of figures and advice.
    cases : mapping of str to (what, advice)
        Those of a case of its own.
    """

    title: str
    what: str = ""
    advice: str = ""
    cases: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def of(self, case: str) -> tuple[str, str]:
        """Return the templates that fit a case."""
        return self.cases.get(case, (self.what, self.advice))
