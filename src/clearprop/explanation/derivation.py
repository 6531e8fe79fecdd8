"""A derivation as data: how a number comes about, and how it moves with another.

It holds steps, slopes, paths and values, and no words: those are put to it by the views. It
goes to JSON and back, so that another program can show it. Formulas are nested lists there:
``["add", ["multiply", "w1", "i1"], "b1"]``; a text is a name, a number is itself.

>>> import clearprop as cp
>>> x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
>>> found = cp.explain((x + y) * z, wrt="x")
>>> found.total, [path.names for path in found.paths]
(-4.0, [('x', 'g1', 'f')])
>>> Derivation.from_json(found.to_json()) == found
True
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import CircuitError
from ..tables.expression import Expression

FORMAT, VERSION = "clearprop derivation", 1


@dataclass(frozen=True)
class Subject:
    """What is explained.

    Attributes
    ----------
    kind : {"network", "circuit"}
    layers : tuple of int
        Empty for circuits.
    activations : tuple of str
        Of the hidden layers and the output.
    loss, reduction : str
        Empty for circuits.
    n_samples, sample : int
        How many there are, and which of them is shown number by number (from 0).
    l2 : float
    right : str
        The name of the right output, for losses over classes.
    """

    kind: str
    layers: tuple[int, ...] = ()
    activations: tuple[str, ...] = ()
    loss: str = ""
    reduction: str = ""
    n_samples: int = 1
    sample: int = 0
    l2: float = 0.0
    right: str = ""


@dataclass(frozen=True)
class Step:
    """One line of the forward pass: a name, its formula, its value.

    ``said`` is the formula with its gate written out, where it is a call of one; both are
    None for what was given. ``on_the_way`` tells whether the explained number reaches it.
    """

    name: str
    value: float
    formula: Expression | None = None
    said: Expression | None = None
    gate: str = "input"
    on_the_way: bool = False


@dataclass(frozen=True)
class Factor:
    """A local slope: by how much ``of`` moves for each unit of ``by``."""

    of: str
    by: str
    symbol: Expression
    value: float


@dataclass(frozen=True)
class Path:
    """One way along which a number reaches the result; ``factors`` from the end back."""

    names: tuple[str, ...]
    factors: tuple[Factor, ...]
    share: float


@dataclass(frozen=True)
class Delta:
    """The derivative of the result by one step: the sum over what it feeds."""

    name: str
    terms: tuple[Factor, ...]
    value: float


@dataclass(frozen=True)
class Check:
    """The derivative once more, by moving the number to both sides."""

    value: float
    error: float
    agrees: bool


@dataclass(frozen=True)
class Derivation:
    """How a result moves with one number.

    Attributes
    ----------
    subject : Subject
    result, wrt : str
        Their names.
    wrt_value, value : float
        Of the number, and of the result.
    steps : tuple of Step
        The forward pass, in order.
    n_paths : int
    paths : tuple of Path
        All of them; empty where there are more than 64.
    deltas : tuple of Delta
        From the result back to the number.
    shares : tuple of float
        The derivative of each sample's loss.
    slope : float
        The derivative of the shown sample's loss: the sum of the paths.
    penalty : float
        What l2 adds: l2 times the weight.
    total : float
        The derivative of the result.
    learning_rate, updated : float or None
        One step of gradient descent: ``wrt_value - learning_rate * total``.
    check : Check
    """

    subject: Subject
    result: str
    wrt: str
    wrt_value: float
    value: float
    steps: tuple[Step, ...]
    n_paths: int
    paths: tuple[Path, ...]
    deltas: tuple[Delta, ...]
    shares: tuple[float, ...]
    slope: float
    penalty: float
    total: float
    learning_rate: float | None
    updated: float | None
    check: Check

    @property
    def values(self) -> dict[str, float]:
        """The value of every step by its name."""
        return {step.name: step.value for step in self.steps}

    def text(self, *, language: str = "en", width: int = 100, digits: int = 6) -> str:
        """Return it as lines for a screen; see :func:`clearprop.explanation.text.to_text`."""
        from .text import to_text  # noqa: PLC0415 (a view; opened when it is asked for)

        return to_text(self, language=language, width=width, digits=digits)

    def latex(self, *, language: str = "en", document: bool = False, digits: int = 6) -> str:
        """Return it as LaTeX; see :func:`clearprop.explanation.latex.to_latex`."""
        from .latex import to_latex  # noqa: PLC0415 (a view; opened when it is asked for)

        return to_latex(self, language, document, digits)

    def markdown(self, *, language: str = "en", digits: int = 6) -> str:
        """Return it as Markdown; see :func:`clearprop.explanation.markdown.to_markdown`."""
        from .markdown import to_markdown  # noqa: PLC0415 (a view; opened when it is asked for)

        return to_markdown(self, language, digits)

    def html(self, *, language: str = "en", digits: int = 6, picture: str = "") -> str:
        """Return it as one HTML page; see :func:`clearprop.explanation.html.to_html`."""
        from .html import to_html  # noqa: PLC0415 (a view; opened when it is asked for)

        return to_html(self, language, digits, picture)

    def _repr_html_(self) -> str:
        from .html import to_fragment  # noqa: PLC0415 (a view; opened when it is asked for)

        return to_fragment(self)

    def _repr_latex_(self) -> str:
        from .markdown import to_display  # noqa: PLC0415 (a view; opened when it is asked for)

        return to_display(self)

    def __str__(self) -> str:
        """Return the text view."""
        return self.text()

    def to_dict(self) -> dict[str, Any]:
        """Return it as data made of dicts, lists, texts and numbers."""
        plain: dict[str, Any] = _plain(self)
        return {"format": FORMAT, "version": VERSION, **plain}

    def to_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(self.to_dict(), allow_nan=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Derivation:
        """Return what :meth:`to_dict` was made of.

        Raises
        ------
        CircuitError
            If it is no such thing.
        """
        if not isinstance(data, Mapping) or data.get("format") != FORMAT:
            raise CircuitError(f'a derivation has "format": "{FORMAT}"; this is something else')
        if data.get("version") != VERSION:
            raise CircuitError(f"this is version {data.get('version')!r}, not {VERSION}")
        try:
            return _derivation(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CircuitError(f"a derivation with something amiss: {error}") from None

    @classmethod
    def from_json(cls, text: str) -> Derivation:
        """Return what :meth:`to_json` was made of; CircuitError if it is no such thing."""
        try:
            data = json.loads(text)
        except ValueError as error:
            raise CircuitError(f"this is no JSON: {error}") from None
        return cls.from_dict(data)


def _plain(value: Any) -> Any:
    if isinstance(value, Expression):
        if value.operation == "number":
            return _number_out(value.value)
        if value.operation == "name":
            return value.name
        return [value.operation, *map(_plain, value.arguments)]
    if isinstance(value, float):
        return _number_out(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def _number_out(value: float) -> Any:
    return value if math.isfinite(value) else {"number": str(value)}  # JSON has no NaN


def _number_in(value: Any) -> float:
    return float(value["number"]) if isinstance(value, dict) else float(value)


def _tree(value: Any) -> Expression:
    if isinstance(value, str):
        return Expression("name", name=value)
    if isinstance(value, list):
        return Expression(str(value[0]), tuple(map(_tree, value[1:])))
    return Expression("number", value=_number_in(value))


def _optional_tree(value: Any) -> Expression | None:
    return None if value is None else _tree(value)


def _optional_number(value: Any) -> float | None:
    return None if value is None else _number_in(value)


def _factor(data: Any) -> Factor:
    return Factor(data["of"], data["by"], _tree(data["symbol"]), _number_in(data["value"]))


def _derivation(data: Mapping[str, Any]) -> Derivation:
    subject = dict(data["subject"])
    for key in ("layers", "activations"):
        subject[key] = tuple(subject[key])
    check = data["check"]
    return Derivation(
        subject=Subject(**subject),
        result=data["result"],
        wrt=data["wrt"],
        wrt_value=_number_in(data["wrt_value"]),
        value=_number_in(data["value"]),
        steps=tuple(
            Step(
                s["name"], _number_in(s["value"]), _optional_tree(s["formula"]),
                _optional_tree(s["said"]), s["gate"], s["on_the_way"],
            )
            for s in data["steps"]
        ),
        n_paths=int(data["n_paths"]),
        paths=tuple(
            Path(tuple(p["names"]), tuple(map(_factor, p["factors"])), _number_in(p["share"]))
            for p in data["paths"]
        ),
        deltas=tuple(
            Delta(d["name"], tuple(map(_factor, d["terms"])), _number_in(d["value"]))
            for d in data["deltas"]
        ),
        shares=tuple(map(_number_in, data["shares"])),
        slope=_number_in(data["slope"]),
        penalty=_number_in(data["penalty"]),
        total=_number_in(data["total"]),
        learning_rate=_optional_number(data["learning_rate"]),
        updated=_optional_number(data["updated"]),
        check=Check(_number_in(check["value"]), _number_in(check["error"]), bool(check["agrees"])),
    )  # fmt: skip
