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

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..tables.expression import Expression
from .matrix_data import MatrixForm
from .views import Explanation

if TYPE_CHECKING:
    from .outline import Outline

BACKWARD = "backward"  # the gate of steps that are derivatives, when these are explained


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
    weights : tuple of float
        How much each sample counts; empty where all count alike.
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
    weights: tuple[float, ...] = ()


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
    """A local slope: by how much ``of`` moves for each unit of ``by``.

    ``gates`` are those between the two, from ``of`` back: a neuron's sum is ``add``, then
    ``multiply``. What they come to is ``symbol``: a sum passes on, a product swaps.
    """

    of: str
    by: str
    symbol: Expression
    value: float
    gates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Path:
    """One way along which a number reaches the result; ``factors`` from the end back."""

    names: tuple[str, ...]
    factors: tuple[Factor, ...]
    share: float

    def simplified(self) -> tuple[Factor, ...]:
        """Return the factors without those that are 1; their gates stand with their neighbour's.

        At least one factor.
        """
        found: list[Factor] = []
        waiting: tuple[str, ...] = ()
        for factor in self.factors:
            waiting += factor.gates
            if not factor.symbol.is_number(1):
                found.append(replace(factor, gates=waiting))
                waiting = ()
        last = found.pop() if found else replace(self.factors[-1], gates=())
        return (*found, replace(last, gates=last.gates + waiting))


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

    @property
    def verdict(self) -> str:
        """What it comes to: "agrees", "differs", or "no number" where there is none."""
        if not math.isfinite(self.value):
            return "no number"
        return "agrees" if self.agrees else "differs"


@dataclass(frozen=True)
class Derivation(Explanation):
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
    matrix : MatrixForm or None
        How the whole array is computed that the number is in; None for circuits.
    """

    FORMAT = "clearprop derivation"
    KIND = "a derivation"

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
    matrix: MatrixForm | None = None

    @property
    def values(self) -> dict[str, float]:
        """The value of every step by its name."""
        return {step.name: step.value for step in self.steps}

    def text(self, *, language: str = "en", width: int = 100, digits: int = 6) -> str:
        """Return it as lines for a screen; see :func:`clearprop.explanation.text.to_text`."""
        from .text import to_text  # noqa: PLC0415 (a view; opened when it is asked for)

        return to_text(self, language=language, width=width, digits=digits)

    def outline(self, digits: int = 6) -> Outline:
        """Return what a page about it says."""
        from .outline_derivation import outline_of  # noqa: PLC0415 (a view, when it is asked for)

        return outline_of(self, digits)
