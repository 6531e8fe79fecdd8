"""What a check of gradients found, as data: errors, verdicts, mistakes, places.

It holds facts and no sentences; :mod:`clearprop.doctor.report_text` puts words to it, and
``to_json`` carries it to other programs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..errors import NetworkError

FORMAT, VERSION = "clearprop gradient check", 1


@dataclass(frozen=True)
class Verdict:
    """One gradient: how far it is from the right one.

    Attributes
    ----------
    name : str
        ``dW1``, ``db1``, ...; ``delta1`` and the like where they were given too.
    error : float or None
        max|given - right| / max|right|; None where it could not be compared.
    right : bool
    trouble : {"", "missing", "shape", "nan"}
    shape, expected : tuple of int
        What was given, and, where that is the trouble, what the parameter has.
    """

    name: str
    error: float | None
    right: bool
    trouble: str = ""
    shape: tuple[int, ...] = ()
    expected: tuple[int, ...] = ()


@dataclass(frozen=True)
class Found:
    """A mistake or a slip, with the facts that its words speak of.

    Attributes
    ----------
    name : str
        Of a row of the table of mistakes, or of slips.
    facts : mapping of str to str
        What stands in the holes of its words.
    arrays : tuple of str
        The formulas concerned: ``delta1``, ``dW2``, ...
    layers : tuple of int
    have, should : tuple of str
        The lines as they are, and as they should be.
    """

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    arrays: tuple[str, ...] = ()
    layers: tuple[int, ...] = ()
    have: tuple[str, ...] = ()
    should: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """Mistakes that together give the numbers given.

    ``by_row``: in each sample by itself, at a place that changes from sample to sample.
    """

    mistakes: tuple[Found, ...]
    error: float
    explains: tuple[str, ...] = ()
    by_row: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the mistakes."""
        return tuple(one.name for one in self.mistakes)


@dataclass(frozen=True)
class Stretch:
    """The part of the backward pass in which the first difference lies.

    Attributes
    ----------
    gate : str
        The gate or operation, where a mistake or an intermediate tells it.
    layer : int
    after, before : str
        The last quantity that is right, going backward, and the first that is wrong.
    """

    after: str
    before: str
    gate: str = ""
    layer: int = 0


@dataclass(frozen=True)
class GradientReport:
    """What :func:`clearprop.check_gradients` returns.

    Attributes
    ----------
    layers, activations, loss
        Of the network.
    n_rows : int
    reduction, l2, factor
        Of the loss whose gradient was compared.
    inferred : tuple of str
        Which of them were found from what came back: "loss" or "gradient".
    loss_given, loss_right : float or None
    loss_agrees : bool or None
    tolerance : float
    verdicts : tuple of Verdict
    explanations : tuple of Explanation
        The first is the answer; others give equal numbers.
    slips : tuple of Found
    stretch : Stretch or None
    notes : tuple
        How the function was called and its results were read.
    """

    layers: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    n_rows: int
    reduction: str
    l2: float
    factor: float
    inferred: str
    loss_given: float | None
    loss_right: float | None
    loss_agrees: bool | None
    tolerance: float
    verdicts: tuple[Verdict, ...]
    explanations: tuple[Explanation, ...] = ()
    slips: tuple[Found, ...] = ()
    stretch: Stretch | None = None
    notes: tuple[Any, ...] = ()

    @property
    def right(self) -> bool:
        """Whether all that was given is right: gradients, loss, and what is left behind."""
        wrong = [one for one in self.slips if one.name not in NO_FAULT]
        return (
            all(one.right for one in self.verdicts) and not wrong and self.loss_agrees is not False
        )

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The names of the mistakes and slips, the answer's first."""
        first = self.explanations[0].names if self.explanations else ()
        return (*(one.name for one in self.slips if one.name not in NO_FAULT), *first)

    def text(self, *, language: str = "en", width: int = 100) -> str:
        """Return it as lines for a screen; see :func:`clearprop.doctor.report_text.to_text`."""
        from .report_text import to_text  # noqa: PLC0415 (a view; opened when it is asked for)

        return to_text(self, language, width)

    def __str__(self) -> str:
        """Return the text view."""
        return self.text()

    def to_dict(self) -> dict[str, Any]:
        """Return it as data made of dicts, lists, texts and numbers."""
        plain: dict[str, Any] = _plain(asdict(self))
        return {"format": FORMAT, "version": VERSION, "right": self.right, **plain}

    def to_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> GradientReport:
        """Return what :meth:`to_json` was made of; NetworkError if it is no such thing."""
        try:
            data = json.loads(text)
            if data.pop("format") != FORMAT or data.pop("version") != VERSION:
                raise ValueError("another format")
            data.pop("right")
            return _report(data)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise NetworkError(f"this is no gradient check: {error}") from None


NO_FAULT = frozenset({"other_convention", "float32_result"})


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    return value


def _number(value: Any) -> Any:
    return float(value["number"]) if isinstance(value, dict) and "number" in value else value


def _found(data: Mapping[str, Any]) -> Found:
    tuples = {key: tuple(data[key]) for key in ("arrays", "layers", "have", "should")}
    return Found(data["name"], dict(data["facts"]), **tuples)


def _report(data: dict[str, Any]) -> GradientReport:
    for key in ("layers", "activations", "notes"):
        data[key] = tuple(data[key])
    for key in ("loss_given", "loss_right", "l2", "factor"):
        data[key] = _number(data[key])
    data["verdicts"] = tuple(
        Verdict(
            v["name"],
            _number(v["error"]),
            v["right"],
            v["trouble"],
            tuple(v["shape"]),
            tuple(v["expected"]),
        )
        for v in data["verdicts"]
    )
    data["explanations"] = tuple(
        Explanation(
            tuple(map(_found, e["mistakes"])),
            _number(e["error"]),
            tuple(e["explains"]),
            e["by_row"],
        )
        for e in data["explanations"]
    )
    data["slips"] = tuple(map(_found, data["slips"]))
    data["stretch"] = None if data["stretch"] is None else Stretch(**data["stretch"])
    return GradientReport(**data)
