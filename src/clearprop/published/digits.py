"""Printed numbers: their digits, and whether a computed number rounds to them.

>>> Printed.read("0.593269992").is_what_rounds(0.5932699921071872)
True
>>> Printed.read("-0.019049119").is_what_rounds(-0.01904911829)
False
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, localcontext

from ..errors import ExampleError

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
NOISE = Decimal("1e-14")  # what rounding in double precision may do to a number, relative to it


@dataclass(frozen=True)
class Printed:
    """A number as somebody printed it.

    Attributes
    ----------
    text : str
        With its digits, also the zeros at the end: ``0.20`` says more than ``0.2``.
    number : Decimal
    """

    text: str
    number: Decimal

    @classmethod
    def read(cls, text: object, where: str = "a printed number") -> Printed:
        """Return the number that a text prints.

        Raises
        ------
        ExampleError
            If it prints none.
        """
        plain = text.strip().replace("−", "-") if isinstance(text, str) else ""
        if not _NUMBER.fullmatch(plain) or len(plain) > 60:
            raise ExampleError(
                f"{where}: a number is given with its digits as printed, in quotes, such as "
                f'"0.20"; this is {str(text)[:60]!r}'
            )
        return cls(plain, Decimal(plain))

    @property
    def unit(self) -> Decimal:
        """One unit of the last printed digit."""
        return Decimal(1).scaleb(int(self.number.as_tuple().exponent))

    @property
    def significant(self) -> int:
        """How many digits count, without zeros in front."""
        return len(self.number.as_tuple().digits) if self.number else 0

    def is_what_rounds(self, value: float) -> bool:
        """Tell whether a value, rounded to the printed digits, is what is printed."""
        if not math.isfinite(value):
            return False
        exact = Decimal(value)
        return abs(exact - self.number) <= self.unit / 2 + abs(exact) * NOISE

    def is_what_is_cut(self, value: float) -> bool:
        """Tell whether cutting a value's further digits off leaves what is printed."""
        if not math.isfinite(value):
            return False
        with localcontext(prec=400):  # enough for every digit of every float
            return Decimal(value).quantize(self.unit, ROUND_DOWN) == self.number

    def show(self, value: float) -> str:
        """Write a value in the manner of the printed one, with two digits more.

        Examples
        --------
        >>> Printed.read("0.36").show(0.3589164797)
        '0.3589'
        """
        exponent = int(self.number.as_tuple().exponent)
        if not math.isfinite(value) or "e" in self.text.lower():
            return f"{value:.{self.significant + 1}e}"
        short = f"{value:.{max(0, 2 - exponent)}f}"
        # A number that is smaller than the printed digits still shows some of its own.
        return short if value == 0 or float(short) != 0 else f"{value:.3g}"


def plain_digits(value: float, significant: int = 9) -> str:
    """Write a number with so many significant digits, without an exponent where it is not tiny.

    Examples
    --------
    >>> plain_digits(0.00007944375, 6), plain_digits(-12.0), plain_digits(3e-12, 3)
    ('0.0000794438', '-12', '3.00e-12')
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    power = math.floor(math.log10(abs(value)))
    if not -8 <= power <= 14:
        return f"{value:.{significant - 1}e}"
    text = f"{value:.{max(0, significant - 1 - power)}f}"
    whole = float(value).is_integer() or abs(value) >= 1
    return text.rstrip("0").rstrip(".") if whole and "." in text else text
