"""The networks of published examples, with the numbers that they were given.

>>> example = published_example("mazur")
>>> example.network
Network(2-2-2, sigmoid, squared_error after sigmoid, 10 parameters)
>>> example.x.tolist(), example.y.tolist(), example.learning_rate
([0.05, 0.1], [0.01, 0.99], 0.5)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np

from ..errors import NetworkError
from ..network import Network
from .naming import Naming

FOLDER = "clearprop.published"


@dataclass(frozen=True)
class Example:
    """A network, one sample, and what is wanted of it.

    Attributes
    ----------
    network : Network
    x : array of shape (n_inputs,)
    y : array
        A class number, or an array of shape (n_outputs,).
    learning_rate : float or None
    """

    network: Network
    x: np.ndarray[Any, Any]
    y: Any
    learning_rate: float | None


def published_examples() -> tuple[str, ...]:
    """Return the names of those that have a network with numbers."""
    files = resources.files(FOLDER).iterdir()
    names = sorted(file.name[:-5] for file in files if file.name.endswith(".json"))
    return tuple(name for name in names if _part(name) is not None)


def published_example(name: str) -> Example:
    """Return an example by its name (NetworkError if there is none)."""
    known = published_examples()
    if name not in known:
        raise NetworkError(f"there is no example {name!r}; there are: {', '.join(known)}")
    part = _part(name)
    assert part is not None  # noqa: S101 (it is among the known)
    given = {key: str(value) for key, value in part["given"].items()}
    net = Network(**part["network"])
    naming = Naming(net.architecture)
    arrays = {key: np.array(array) for key, array in net.parameters.items()}
    for key, text in given.items():
        place = naming.find(key)
        if place is not None:
            arrays[place[1]][place[2]] = float(text)
    n_in, n_out = net.layers[0], net.layers[-1]
    x = np.array([float(given[naming.given(k)]) for k in range(n_in)])
    if "true_class" in given:
        y: Any = np.array(int(given["true_class"].removeprefix("o")) - 1)
    else:
        y = np.array([float(given[naming.target(k)]) for k in range(n_out)])
    rate = part.get("training", {}).get("learning_rate")
    return Example(net.with_parameters(arrays), x, y, None if rate is None else float(rate))


def _part(name: str) -> Mapping[str, Any] | None:
    """Return the part of an example that is a network with its numbers."""
    text = (resources.files(FOLDER) / f"{name}.json").read_text("utf-8")
    for part in json.loads(text).get("parts", ()):
        if "network" in part and "i1" in part.get("given", {}):
            found: Mapping[str, Any] = part
            return found
    return None
