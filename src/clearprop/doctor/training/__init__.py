"""The doctor of training runs: what is wrong with a run, by measurement, and what to do."""

from .diagnosing import diagnose
from .report import Diagnosis

__all__ = ["Diagnosis", "diagnose"]
