"""The derivation of one parameter of a large network as data.

It goes to JSON and back, so that another program can show it; :mod:`.layers` makes it.

A weight moves the loss by what its source puts out, times δ of the neuron that it goes to: the
derivative of the sample's loss by what that neuron adds up. δ comes from every neuron of any
later layer: a *split* lists the largest of these terms, and the others as one number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..tables.expression import Expression
from .derivation import Check, Step, Subject
from .matrix_data import MatrixForm
from .views import Explanation

if TYPE_CHECKING:
    from .outline import Outline


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
class LayerDerivation(Explanation):
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
    matrix : MatrixForm or None
        How the whole array is computed that the parameter is in.
    """

    FORMAT = "clearprop layer derivation"
    KIND = "a layer derivation"

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
    matrix: MatrixForm | None = None

    @property
    def result(self) -> str:
        """What it is the derivative of."""
        return "loss"

    @property
    def values(self) -> dict[str, float]:
        """The value of every number that is spoken of, by its name."""
        return {step.name: step.value for step in self.steps}

    @property
    def neuron(self) -> frozenset[str]:
        """The names of what the neuron adds up and puts out that the parameter goes into."""
        for step in self.steps:
            if step.formula is not None and step.gate == step.formula.operation:
                return step.formula.names() | {step.name}
        return frozenset()

    def text(self, *, language: str = "en", width: int = 100, digits: int = 6) -> str:
        """Return it as lines for a screen."""
        from .layers_text import to_text  # noqa: PLC0415 (a view, when it is asked for)

        return to_text(self, language=language, width=width, digits=digits)

    def outline(self, digits: int = 6) -> Outline:
        """Return what a page about it says."""
        from .outline_layers import outline_of  # noqa: PLC0415 (a view, when it is asked for)

        return outline_of(self, digits)


def in_order(formula: Expression) -> list[str]:
    """Return the names in a formula as they are met in it."""
    return list(dict.fromkeys(one.name for one in formula.walk() if one.operation == "name"))
