"""Names of quantities: values, derivatives, and what they are after updates.

>>> Quantity.read("dE_total/dw5")
Quantity(of='E_total', by='w5', updates=0)
>>> Quantity.read("w5+") == Quantity.read("w5 after 1 update")
True
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ..errors import ExampleError

MAX_UPDATES = 1_000_000
_AFTER = re.compile(r"(.+?)\s+after\s+(\d[\d,]*)\s+updates?")
_DERIVATIVE = re.compile(r"d([A-Za-z]\w*)\s*/\s*d([A-Za-z]\w*)", re.ASCII)
_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


@dataclass(frozen=True)
class Quantity:
    """What a printed number is the value of.

    Attributes
    ----------
    of : str
        ``out_o1``, ``E_total``; of a derivative, what is differentiated.
    by : str
        By what; empty for a value.
    updates : int
        After how many updates of the parameters.
    """

    of: str
    by: str = ""
    updates: int = 0

    @classmethod
    def read(cls, text: str, where: str = "printed") -> Quantity:
        """Return the quantity that a name means.

        Raises
        ------
        ExampleError
            If it is not such a name.
        """
        name, updates = text.strip(), 0
        if found := _AFTER.fullmatch(name):
            name, digits = found[1], found[2].replace(",", "")
            updates = int(digits) if len(digits) < 12 else MAX_UPDATES + 1
            if updates > MAX_UPDATES:
                raise ExampleError(f"{where}, {text!r}: at most {MAX_UPDATES:,} updates")
        elif name.endswith("+"):
            name, updates = name[:-1], 1
        if found := _DERIVATIVE.fullmatch(name):
            return cls(found[1], found[2], updates)
        if not _NAME.fullmatch(name):
            raise ExampleError(
                f"{where}: {text!r} names no quantity; write a value (out_h1), a derivative "
                "(dE_total/dw5), an updated parameter (w5+), or any of them with 'after 10 updates'"
            )
        return cls(name, "", updates)

    def after(self, updates: int) -> Quantity:
        """Return the same quantity after another number of updates."""
        return replace(self, updates=updates)

    def __str__(self) -> str:
        name = f"d{self.of}/d{self.by}" if self.by else self.of
        if not self.updates:
            return name
        return f"{name} after {self.updates} update{'' if self.updates == 1 else 's'}"
