"""What the training doctor found, as data: findings, each with its figures, and JSON and back.

>>> finding = Finding("unscaled_inputs", "harmful", 750.0, 10.0, "…", {"input": 3}, {}, Place())
>>> again = Diagnosis.from_json(Diagnosis((finding,), ("unscaled_inputs",)).to_json())
>>> again.main.measured, again.healthy
(750.0, False)
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from ...errors import TrainingError

SEVERITIES = ("fatal", "harmful", "minor")
"""How bad a finding is: nothing is learned; less is learned than could be; little is lost."""


@dataclass(frozen=True)
class Place:
    """Where something was seen; None where it is not in one place.

    Attributes
    ----------
    layer : int
        From 1, the first layer of weights.
    gate : str
    epoch : int
        From 1.
    sample, input : int
        A row and a column of X, from 0.
    label : int
        A class.
    """

    layer: int | None = None
    gate: str | None = None
    epoch: int | None = None
    sample: int | None = None
    input: int | None = None
    label: int | None = None


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a run.

    Attributes
    ----------
    key : str
        The row of ``clearprop.doctor.training.table.CHECKS`` that found it.
    severity : {"fatal", "harmful", "minor"}
    measured, threshold : float
        What was measured, and what it was compared with.
    source : str
        Where the threshold comes from.
    figures : mapping of str to number or str
        What else was measured, by name.
    advice : mapping of str to number or str
        Settings that would mend it, such as ``{"learning_rate": 0.005}``.
    place : Place
    case : str
        Which of the check's words fit.
    """

    key: str
    severity: str
    measured: float
    threshold: float
    source: str
    figures: Mapping[str, Any]
    advice: Mapping[str, Any]
    place: Place = field(default_factory=Place)
    case: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a training run.

    Attributes
    ----------
    findings : tuple of Finding
        Causes before what they cause; empty for a healthy run.
    checked : tuple of str
        The keys of the checks that were made.
    unchecked : mapping of str to str
        Those that were not made, and why.
    run : mapping
        Facts about the run: network, optimizer, learning_rate, epochs, ...
    """

    findings: tuple[Finding, ...]
    checked: tuple[str, ...] = ()
    unchecked: Mapping[str, str] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)

    @property
    def healthy(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def main(self) -> Finding | None:
        """The first finding: the one to mend first."""
        return self.findings[0] if self.findings else None

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __getitem__(self, key: str) -> Finding:
        """Return the first finding of a check; KeyError if it found nothing."""
        for finding in self.findings:
            if finding.key == key:
                return finding
        raise KeyError(f"{key!r} was not found; found: {[f.key for f in self.findings]}")

    def to_data(self) -> dict[str, Any]:
        """Return it as dicts, lists, texts and numbers; None for what is not finite."""
        plain: dict[str, Any] = _plain(asdict(self))
        for finding in plain["findings"]:
            finding["place"] = {k: v for k, v in finding["place"].items() if v is not None}
        return plain

    def to_json(self) -> str:
        """Return :meth:`to_data` as a JSON text."""
        return json.dumps(self.to_data(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Diagnosis:
        """Return the diagnosis that was written.

        Raises
        ------
        TrainingError
            If it is none.
        """
        try:
            found = json.loads(text)
            findings = tuple(_finding(each) for each in found.pop("findings"))
            return cls(findings, tuple(found.pop("checked")), **found)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise TrainingError(
                f"this is no JSON text of a diagnosis ({error}); Diagnosis.to_json writes one"
            ) from None

    def per_sample(self, samples: int) -> Diagnosis:
        """Return it with losses divided by the number of samples, for an objective that sums.

        Figures named low, high, reaches, ... are losses; what the learning rate is compared
        with stays, for the steps are those of the sum.
        """

        def divided(figures: Mapping[str, Any]) -> dict[str, Any]:
            return {
                name: value / samples if name in LOSSES and isinstance(value, float) else value
                for name, value in figures.items()
            }

        findings = tuple(replace(f, figures=divided(f.figures)) for f in self.findings)
        return replace(self, findings=findings, run=divided(self.run))

    def text(self, language: str = "en", *, width: int = 100) -> str:
        """Return it as lines for a terminal.

        Parameters
        ----------
        language : {"en", "zh"}
        width : int
            Columns.
        """
        from .text import as_text  # noqa: PLC0415 (it reads this module)

        return as_text(self, language, width)

    def notes(self, language: str = "en", *, unit: str = "epoch") -> list[str]:
        """Return two sentences for each finding: what, and what to do; ``unit`` is an epoch."""
        from .text import note  # noqa: PLC0415

        return [note(finding, language, unit) for finding in self.findings]

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        """Return it for a notebook."""
        from .html import as_html  # noqa: PLC0415

        return as_html(self)

    def html(self, language: str = "en") -> str:
        """Return it as a piece of HTML.

        Parameters
        ----------
        language : {"en", "zh"}
        """
        from .html import as_html  # noqa: PLC0415

        return as_html(self, language)


LOSSES = frozenset({"low", "high", "reaches", "loss", "from", "to", "constant", "best", "end"})
"""The figures that are losses, in units of the objective."""


def _finding(given: dict[str, Any]) -> Finding:
    names = {each.name for each in fields(Finding)}
    if set(given) != names:
        raise ValueError(f"a finding has the fields {', '.join(sorted(names))}")
    numbers = {
        name: math.nan if given[name] is None else float(given[name])
        for name in ("measured", "threshold")
    }
    return Finding(**{**given, **numbers, "place": Place(**given["place"])})


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
