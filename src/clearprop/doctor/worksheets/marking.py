"""What a cell says, and whether it agrees with the right number to so many figures.

A number is right where it lies within ``tolerance + 1/2`` units of the last figure asked for,
around the right number as the machine holds it. With the tolerance 0 this is what correct
rounding may give: 0.12345 to four figures may be written 0.1234 or 0.1235, and nothing else. Each
unit of tolerance lets the last figure be off by one more.

>>> agrees(0.5933, 0.59327, 4, 0), agrees(0.5934, 0.59327, 4, 0), agrees(0.5934, 0.59327, 4, 1)
(True, False, True)
>>> agrees(0.1234, 0.12345, 4, 0), agrees(0.1235, 0.12345, 4, 0), agrees(10.00, 9.9996, 4, 0)
(True, True, True)
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

LONGEST_NUMBER = 100
SLACK = 1e-9  # of a unit: half-way cases are let pass whichever way the machine holds them

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[+-]?(?:nan|inf|infinity|#n/a|#num!|#div/0!|#value!|#name\?|#ref!)", re.I)
_SPACES = " \t\r\n\u00a0\u2007\u202f\ufeff"


@dataclass(frozen=True)
class Cell:
    """What stands in a cell.

    Attributes
    ----------
    text : str
        As it was written, without the spaces around it.
    trouble : {"", "blank", "comma", "formula", "no number", "text", "too large"}
        Why it is no number; empty where it is one.
    value : float or None
    figures : int
        How many significant figures are written; zeros at the end count.
    """

    text: str
    trouble: str = ""
    value: float | None = None
    figures: int = 0


def read_cell(text: str) -> Cell:
    """Read a cell; nothing but a plain decimal number passes as a number.

    >>> [read_cell(text).trouble for text in ("0.15", "", "0,15", "nan", "=1+1", "1/3")]
    ['', 'blank', 'comma', 'no number', 'formula', 'text']
    >>> read_cell(" −1.50e-3 ").value, read_cell("1.50e-3").figures
    (-0.0015, 3)
    """
    text = text.strip(_SPACES)
    plain = text.replace("\N{MINUS SIGN}", "-")
    if not plain:
        return Cell("", "blank")
    if len(plain) > LONGEST_NUMBER:
        return Cell(text, "text")
    if plain[0] in "=@":
        return Cell(text, "formula")
    if _NO_NUMBER.fullmatch(plain):
        return Cell(text, "no number")
    if _COMMA.fullmatch(plain):
        return Cell(text, "comma")
    if not _NUMBER.fullmatch(plain):
        return Cell(text, "text")
    value = float(plain)
    if not math.isfinite(value):
        return Cell(text, "too large")
    digits = re.sub(r"[eE].*|[^0-9]", "", plain).lstrip("0")
    return Cell(text, "", value, len(digits))


def with_point(text: str) -> str:
    """Return a decimal comma as the point that was meant.

    >>> with_point("-0,15")
    '-0.15'
    """
    return text.replace(",", ".")


def unit(value: float, digits: int) -> float:
    """Return how much one unit in the last of so many significant figures is.

    >>> unit(0.59327, 4), unit(-12.5, 2)
    (0.0001, 1.0)
    """
    if value == 0:
        return float(f"1e{-digits}")
    exponent = int(f"{abs(value):.16e}".split("e")[1])
    return float(f"1e{exponent - digits + 1}")


def agrees(given: float, right: float, digits: int, tolerance: float) -> bool:
    """Tell whether a number agrees with another to so many figures; see the module."""
    return abs(given - right) <= (tolerance + 0.5 + SLACK) * unit(right, digits)


def too_few(cell: Cell, right: float, digits: int) -> bool:
    """Tell whether a number is right as far as it goes, but has too few figures.

    >>> too_few(read_cell("0.36"), 0.36021, 4), too_few(read_cell("0.37"), 0.36021, 4)
    (True, False)
    """
    if cell.value is None or not 0 < cell.figures < digits:
        return False
    return agrees(cell.value, right, cell.figures, 0)


def rounded(value: float, figures: int) -> float:
    """Return a number with so many significant figures."""
    return float(f"{value:.{figures - 1}e}") if math.isfinite(value) else value
