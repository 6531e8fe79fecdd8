"""The derivation of one parameter of a large network as data.

It goes to JSON and back, so that another program can show it; :mod:`.layers` makes it.

A weight moves the loss by what its source puts out, times δ of the neuron that it goes to: the
derivative of the sample's loss by what that neuron adds up. δ comes from every neuron of any
later layer: a *split* lists the largest of these terms, and the others as one number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import CircuitError
from .derivation import Check, Step, Subject, _number_in, _optional_tree, _plain

FORMAT, VERSION = "clearprop layer derivation", 1


@dataclass(frozen=True)
class Summary:
    """Many numbers in short: how many, the smallest, the largest, the mean, how many are 0."""

    count: int
    smallest: float
    largest: float
    mean: float
    zeros: int


@dataclass(frozen=True)
class LayerValues:
    """One layer of the shown sample.

    ``number`` counts from 1; ``a`` is None where the layer has no activation, and so is
    ``delta`` for layers before the one that is explained.
    """

    number: int
    gate: str
    z: Summary
    a: Summary | None
    delta: Summary | None


@dataclass(frozen=True)
class Split:
    """δ of the target, as a sum over the neurons of a later layer.

    Attributes
    ----------
    layer : int
    count : int
        How many terms there are.
    terms : tuple of int
        The neurons of the largest ones, from the largest on.
    covered : float
        What part of the terms' absolute values these make, from 0 to 1.
    step : Step
        Name, formula and value of the sum; the formula's names are among the steps.
    """

    layer: int
    count: int
    terms: tuple[int, ...]
    covered: float
    step: Step


@dataclass(frozen=True)
class LayerDerivation:
    """How a network's loss moves with one parameter, layer by layer.

    Attributes
    ----------
    subject : Subject
    wrt, array : str
        The parameter's name, and the array that it is in.
    place : tuple of int
    wrt_value, value : float
        Of the parameter, and of the shown sample's loss.
    layers : tuple of LayerValues
    steps : tuple of Step
        The single numbers that are spoken of, each after what it is made of.
    source, target : str
        What the parameter is multiplied with (empty for a bias), and δ where it goes in.
    splits : tuple of Split
        δ of the target by each later layer, from the last one back.
    shares : tuple of float
        The derivative of each sample's loss.
    slope : float
        The derivative of the shown sample's loss: source times target.
    penalty, total : float
        What l2 adds, and the derivative of the objective.
    learning_rate, updated : float or None
    check : Check
    """

    subject: Subject
    wrt: str
    array: str
    place: tuple[int, ...]
    wrt_value: float
    value: float
    layers: tuple[LayerValues, ...]
    steps: tuple[Step, ...]
    source: str
    target: str
    splits: tuple[Split, ...]
    shares: tuple[float, ...]
    slope: float
    penalty: float
    total: float
    learning_rate: float | None
    updated: float | None
    check: Check

    @property
    def values(self) -> dict[str, float]:
        """The value of every number that is spoken of, by its name."""
        return {step.name: step.value for step in self.steps}

    def text(self, *, language: str = "en", width: int = 100, digits: int = 6) -> str:
        """Return it as lines for a screen."""
        from .layers_text import to_text  # noqa: PLC0415 (a view, when it is asked for)

        return to_text(self, language=language, width=width, digits=digits)

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
    def from_dict(cls, data: Mapping[str, Any]) -> LayerDerivation:
        """Return what :meth:`to_dict` was made of.

        Raises
        ------
        CircuitError
            If it is no such thing.
        """
        if not isinstance(data, Mapping) or data.get("format") != FORMAT:
            raise CircuitError(f'a layer derivation has "format": "{FORMAT}"; this has not')
        if data.get("version") != VERSION:
            raise CircuitError(f"this is version {data.get('version')!r}, not {VERSION}")
        try:
            return _read(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CircuitError(f"a layer derivation with something amiss: {error}") from None

    @classmethod
    def from_json(cls, text: str) -> LayerDerivation:
        """Return what :meth:`to_json` was made of; CircuitError if it is no such thing."""
        try:
            data = json.loads(text)
        except ValueError as error:
            raise CircuitError(f"this is no JSON: {error}") from None
        return cls.from_dict(data)


def _summary(data: Any) -> Summary | None:
    if data is None:
        return None
    return Summary(
        int(data["count"]), _number_in(data["smallest"]), _number_in(data["largest"]),
        _number_in(data["mean"]), int(data["zeros"]),
    )  # fmt: skip


def _step(data: Any) -> Step:
    return Step(
        data["name"], _number_in(data["value"]), _optional_tree(data["formula"]),
        _optional_tree(data["said"]), data["gate"], data["on_the_way"],
    )  # fmt: skip


def _layer(data: Any) -> LayerValues:
    z = _summary(data["z"])
    if z is None:
        raise ValueError("a layer without numbers")
    return LayerValues(
        int(data["number"]), data["gate"], z, _summary(data["a"]), _summary(data["delta"])
    )


def _read(data: Mapping[str, Any]) -> LayerDerivation:
    subject = dict(data["subject"])
    for key in ("layers", "activations"):
        subject[key] = tuple(subject[key])
    check = data["check"]
    same: dict[str, Any] = {key: data[key] for key in ("wrt", "array", "source", "target")}
    for key in ("wrt_value", "value", "slope", "penalty", "total"):
        same[key] = _number_in(data[key])
    rate, updated = (None if data[k] is None else _number_in(data[k])
                     for k in ("learning_rate", "updated"))  # fmt: skip
    return LayerDerivation(
        subject=Subject(**subject),
        place=tuple(map(int, data["place"])),
        layers=tuple(map(_layer, data["layers"])),
        steps=tuple(map(_step, data["steps"])),
        splits=tuple(
            Split(
                int(s["layer"]), int(s["count"]), tuple(map(int, s["terms"])),
                _number_in(s["covered"]), _step(s["step"]),
            )
            for s in data["splits"]
        ),
        shares=tuple(map(_number_in, data["shares"])),
        learning_rate=rate,
        updated=updated,
        check=Check(_number_in(check["value"]), _number_in(check["error"]), bool(check["agrees"])),
        **same,
    )  # fmt: skip
