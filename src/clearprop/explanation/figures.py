"""Numbers as people read them: so many significant digits, and never ``0.0000``.

>>> significant(0.00007944375), significant(-0.000455647436), significant(3.0)
('0.0000794438', '-0.000455647', '3')

What is written can be read back: ``float(significant(x, d))`` is x rounded to d digits.
"""

from __future__ import annotations

import math
from typing import Any, SupportsFloat

from ..errors import CircuitError

SMALLEST_EXPONENT = -6  # 0.00000123: below this, zeros are harder to count than an exponent
LARGEST_EXPONENT = 6
MOST_DIGITS = 17  # as many as a double can tell apart


def significant(value: SupportsFloat, digits: int = 6, *, trim: bool = True) -> str:
    """Write a number with so many significant digits.

    Parameters
    ----------
    value : float
    digits : int
        From 1 to 17; the rounding is to the nearest, of the number as the machine holds it.
    trim : bool
        Leave out the zeros at the end: ``0.5`` for ``0.500000``. Without it all the digits
        are written, so that numbers below each other have the same length.

    Returns
    -------
    str
        What ``float`` reads. Without exponent from 0.000001 up to 9,999,999 (and above that,
        where the digits reach so far); zero has no sign.

    Raises
    ------
    CircuitError
        If the digits are no whole number from 1 to 17.

    Examples
    --------
    >>> significant(1.105905967, 7), significant(1e-12), significant(1234567.8, 8)
    ('1.105906', '1e-12', '1234567.8')
    >>> significant(0.59327, 7, trim=False)
    '0.5932700'
    """
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= MOST_DIGITS:
        raise CircuitError(
            f"digits is a whole number from 1 to {MOST_DIGITS}, such as 6, not {digits!r}"
        )
    number = float(value)
    if not math.isfinite(number):
        return "nan" if math.isnan(number) else ("inf" if number > 0 else "-inf")
    if number == 0:
        return "0" if trim else _point("", "0" * digits, 0)
    mantissa, exponent = f"{number:.{digits - 1}e}".split("e")
    sign = "-" if mantissa[0] == "-" else ""
    figures, power = mantissa.lstrip("-").replace(".", ""), int(exponent)
    if trim:
        figures = figures.rstrip("0")
    if SMALLEST_EXPONENT <= power <= max(LARGEST_EXPONENT, digits - 1):
        return _point(sign, figures, power)
    return f"{sign}{_point('', figures, 0)}e{power}"


def _point(sign: str, figures: str, power: int) -> str:
    """Set the decimal point of ``f.igures`` times ten to a power."""
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{figures}"
    whole = figures[: power + 1].ljust(power + 1, "0")
    rest = figures[power + 1 :]
    return f"{sign}{whole}{'.' if rest else ''}{rest}"


def in_short(value: Any, digits: int = 4) -> str:
    """Write a number with few digits for a narrow place; see :func:`significant`.

    Numbers that would be long with their zeros get an exponent.

    >>> in_short(0.59327), in_short(0.0000794437)
    ('0.5933', '7.944e-5')
    """
    text = significant(value, digits)
    number = float(value)
    if not math.isfinite(number) or len(text) <= digits + 5 or number == 0:
        return text
    mantissa, exponent = f"{number:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"
