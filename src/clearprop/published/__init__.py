"""Worked examples from the literature as data, and the audit that computes them again.

>>> import clearprop as cp
>>> found = cp.audit("mazur")
>>> found["net_h1"].verdict, found["dE_o2/dout_h1"].reasons[0].steps[0].name
('reproduced', 'rounded intermediates')

An example is one JSON file: where it is from, what is given, and the digits as printed.
``docs/audit.md`` says how to write one; the published ones lie beside this module.
"""

from .auditing import audit
from .judging import Reason, Step
from .reading import published_names
from .results import Audit, Finding, Row

__all__ = ["Audit", "Finding", "Reason", "Row", "Step", "audit", "published_names"]
