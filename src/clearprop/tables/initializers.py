"""The table of initialisers: from which distribution a layer's weights are drawn.

``scale`` is an expression of ``fan_in`` and ``fan_out``, the number of inputs and outputs
of the layer: the standard deviation of a normal distribution, or the bound of a uniform
one. Biases start at 0.
"""

import math
from dataclasses import dataclass, field

from .complexstep import evaluate
from .expression import Expression
from .failures import TableError
from .rows import Row, Table

DISTRIBUTIONS = ("normal", "uniform")


@dataclass(frozen=True, eq=False)
class Initializer(Row):
    """One row of the table of initialisers.

    Parameters
    ----------
    name : str
    distribution : {"normal", "uniform"}
        Around 0.
    scale : str
        Standard deviation, or bound, as an expression of ``fan_in`` and ``fan_out``.

    Raises
    ------
    TableError
        If the distribution or a name in the scale is unknown.
    """

    distribution: str
    scale: str
    source: str = field(default="", kw_only=True)
    scale_tree: Expression = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Parse the scale."""
        self.check_name("fan_in", "fan_out")
        if self.distribution not in DISTRIBUTIONS:
            known = ", ".join(DISTRIBUTIONS)
            raise TableError(
                f"{self.name}: the distribution is one of {known}, not {self.distribution!r}"
            )
        self.freeze("scale_tree", self.read("scale", self.scale, frozenset({"fan_in", "fan_out"})))

    def scale_for(self, fan_in: int, fan_out: int) -> float:
        """Return the scale for a layer of ``fan_in`` inputs and ``fan_out`` outputs.

        Raises
        ------
        TableError
            If it is not a finite number, at least 0.

        Examples
        --------
        >>> INITIALIZERS["he"].scale_for(8, 3)
        0.5
        """
        names = {**self.parameters, "fan_in": float(fan_in), "fan_out": float(fan_out)}
        scale = evaluate(self.scale_tree, {name: complex(value) for name, value in names.items()})
        if not (math.isfinite(scale.real) and scale.imag == 0 and scale.real >= 0):
            raise TableError(
                f"{self.name}: the scale {self.scale!r} is no number from 0 up for a layer of "
                f"{fan_in} input(s) and {fan_out} output(s)"
            )
        return scale.real


INITIALIZERS: Table[Initializer] = Table(
    "initializer",
    Initializer,
    (
        Initializer(
            "glorot",
            "uniform",
            "sqrt(6 / (fan_in + fan_out))",
            about="keeps the variance of values and slopes alike; for sigmoid and tanh",
            also=("xavier",),
            source="Glorot & Bengio, AISTATS 2010, equation 16",
        ),
        Initializer(
            "he",
            "normal",
            "sqrt(2 / fan_in)",
            about="allows for the half that relu stops",
            also=("kaiming",),
            source="He et al., ICCV 2015, equation 10",
        ),
        Initializer(
            "fan_in",
            "normal",
            "1 / sqrt(fan_in)",
            about="the tutorial's randn / sqrt(fan_in)",
            also=("lecun",),
            source="LeCun et al., Efficient BackProp, 1998, equation 16",
        ),
        Initializer("zeros", "uniform", "0", about="all alike: the neurons of a layer stay equal"),
    ),
)
"""Every initialiser, by name."""
