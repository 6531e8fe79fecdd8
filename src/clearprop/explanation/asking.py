"""What a person asks of a network, given to who can answer it."""

from __future__ import annotations

from typing import Any, TypeAlias

from numpy.typing import ArrayLike

from ..errors import NetworkError
from ..network import Network
from .all_parameters import ParameterTable, explain_all
from .derivation import Derivation
from .explaining import explain_network
from .layer_derivation import LayerDerivation

Answer: TypeAlias = "Derivation | LayerDerivation | ParameterTable"


def notation_of(name: str) -> str:
    """Return the notation in which a name is written: ``W1[0,2]`` is one of matrices."""
    return "matrix" if "[" in name else "neuron"


def ask(
    net: Network,
    x: ArrayLike,
    y: ArrayLike,
    wrt: str,
    *,
    second: str | None = None,
    notation: str | None = None,
    sample: int = 0,
    **settings: Any,
) -> Answer:
    """Explain a number, an array or all parameters of a network; see ``Network.explain``.

    ``settings`` are those that one number and a table have in common: l2, reduction,
    sample_weight, learning_rate.
    """
    if not isinstance(wrt, str):
        raise NetworkError(
            f'wrt is a name, such as "w1", "W1[0,0]", "W1" or "all"; not {wrt!r}. For a second '
            'derivative: wrt="w1", second="w5"'
        )
    shapes = net.architecture.shapes
    whole = [one for one in (wrt, second) if one == "all" or (one and shapes.get(one))]
    if second is not None and whole:
        raise NetworkError(
            f'second derivatives are by single numbers, such as "W1[0,0]"; {whole[0]} is many'
        )
    settings["notation"] = notation_of(wrt) if notation is None else notation
    if whole:
        return explain_all(net, x, y, wrt, **settings)
    return explain_network(net, x, y, wrt, second=second, sample=sample, **settings)
