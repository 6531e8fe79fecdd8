"""What a person asks of a network, given to who can answer it."""

from __future__ import annotations

from typing import TypeAlias

from numpy.typing import ArrayLike

from ..errors import NetworkError
from ..network import Network
from .all_parameters import ParameterTable, explain_all
from .derivation import Derivation
from .explaining import explain_network
from .layer_derivation import LayerDerivation

Explanation: TypeAlias = "Derivation | LayerDerivation | ParameterTable"


def notation_of(name: str) -> str:
    """Return the notation in which a name is written: ``W1[0,2]`` is one of matrices."""
    return "matrix" if "[" in name else "neuron"


def ask(
    net: Network,
    x: ArrayLike,
    y: ArrayLike,
    wrt: str,
    *,
    notation: str | None = None,
    l2: float = 0.0,
    reduction: str = "mean",
    learning_rate: float | None = None,
    sample: int = 0,
) -> Explanation:
    """Explain a number, an array or all parameters of a network; see ``Network.explain``."""
    if not isinstance(wrt, str):
        raise NetworkError(f'wrt is a name, such as "w1", "W1[0,0]", "W1" or "all"; not {wrt!r}')
    if notation is None:
        notation = notation_of(wrt)
    if wrt == "all" or net.architecture.shapes.get(wrt):
        return explain_all(
            net, x, y, wrt, notation=notation, l2=l2, reduction=reduction,
            learning_rate=learning_rate,
        )  # fmt: skip
    return explain_network(
        net, x, y, wrt, notation=notation, l2=l2, reduction=reduction,
        learning_rate=learning_rate, sample=sample,
    )  # fmt: skip
