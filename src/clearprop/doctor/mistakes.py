"""The table of mistakes: what people get wrong in back-propagation, as rewrites of it.

A row says which formulas of the backward pass (:mod:`clearprop.doctor.backward`) become what,
and says so in words. Everything that the doctor knows of mistakes stands in this table: it
plants each one, at every place where it could be, and compares. Simple ones come first.

>>> len(MISTAKES) > 40, MISTAKES["wrong_sign"].what["en"]
(True, 'The sign is turned round{where}.')
"""

from __future__ import annotations

from ..tables.rows import Table
from .mistake import Mistake
from .mistakes_of_loss import OF_LOSS
from .mistakes_of_paths import OF_PATHS
from .mistakes_of_samples import OF_SAMPLES
from .mistakes_of_scale import OF_SCALE
from .mistakes_of_slopes import OF_SLOPES

MISTAKES: Table[Mistake] = Table(
    "mistake", Mistake, (*OF_SCALE, *OF_SLOPES, *OF_LOSS, *OF_PATHS, *OF_SAMPLES)
)
"""Every mistake, by name."""


def register_mistake(mistake: Mistake) -> Mistake:
    """Add a mistake at run time and return it; its name must be free (TableError)."""
    return MISTAKES.add(mistake)
