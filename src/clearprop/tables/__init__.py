"""The mathematics, written once: gates, losses and optimizers as rows of expressions.

This folder uses the standard library only, so that build scripts can read it without
the rest of the package.
"""

from .gates import GATES, Gate, Kink, activations, register_gate
from .initializers import INITIALIZERS, Initializer
from .losses import LOSSES, Loss, register_loss
from .optimizers import OPTIMIZERS, Optimizer

__all__ = [
    "GATES",
    "INITIALIZERS",
    "LOSSES",
    "OPTIMIZERS",
    "Gate",
    "Initializer",
    "Kink",
    "Loss",
    "Optimizer",
    "activations",
    "register_gate",
    "register_loss",
]
