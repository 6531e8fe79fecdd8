"""How names are set in formulas: what stands on the line, above it and below it.

>>> spelled("W1[0,2]")
Spelled(base='W', below='0,2', above='(1)', before='')
>>> spelled("net_h1"), spelled("h1_3").below
(Spelled(base='net', below='h1', above='', before=''), '1,3')
>>> [one.base for one in spelled("∂loss/∂w1").by], spelled("δ1[5]").below, spelled("Σδ1").before
(['w'], '5', 'Σ')
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .derivative_names import of_and_by
from .outline import DOTS
from .svg import shortened

LONGEST_NAME = 24

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "zeta": "ζ",
    "eta": "η", "theta": "θ", "kappa": "κ", "mu": "μ", "nu": "ν", "xi": "ξ", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "phi": "ϕ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip


@dataclass(frozen=True)
class Spelled:
    """A name taken apart; ``below``, ``above`` and ``before`` are empty where there is nothing."""

    base: str
    below: str = ""
    above: str = ""
    before: str = ""


@dataclass(frozen=True)
class Derivative:
    """The name of a derivative taken apart: of what, and by what (twice, for a second one)."""

    of: Spelled | Derivative
    by: tuple[Spelled | Derivative, ...]


def spelled(name: str) -> Spelled | Derivative:
    """Take a name apart; those of derivatives are made by :mod:`.derivative_names`."""
    of, by = of_and_by(name)
    if not by:
        return _one(name)
    return Derivative(spelled(of), tuple(map(spelled, by)))


def _one(name: str) -> Spelled:
    if name.endswith("⁺"):
        found = _one(name[:-1])
        return Spelled(found.base, found.below, f"{found.above}+")
    if name == DOTS:
        return Spelled(DOTS)
    if delta := re.fullmatch(r"(Σ?)δ(.*)", name):  # of a layer, δ1; of a neuron, δ1[5] or δ_h3
        return replace(_one(f"delta{delta[2]}"), before=delta[1])
    array = re.fullmatch(r"([A-Za-z]+)(\d*)\[(\d+(?:,\d+)*)\]", name)
    if array:
        return Spelled(array[1], array[3], f"({array[2]})" if array[2] else "")
    counted = re.fullmatch(r"([A-Za-z]+)(\d+(?:_\d+)*)", name)
    if counted:
        return Spelled(counted[1], counted[2].replace("_", ","))
    parts = re.fullmatch(r"([A-Za-z]+)_([A-Za-z0-9]+(?:_[A-Za-z0-9]+)*)", name)
    if parts and len(name) <= LONGEST_NAME:
        return Spelled(parts[1], parts[2].replace("_", ","))
    return Spelled(shortened(name, LONGEST_NAME))
