"""Training: the loop around an engine, with callbacks, interruption and failure."""

from ..engines import AsGiven, Shuffled
from .callbacks import Callback, Every, Progress
from .fit import Result
from .many import ManyProgress
from .trouble import Trouble

__all__ = [
    "AsGiven",
    "Callback",
    "Every",
    "ManyProgress",
    "Progress",
    "Result",
    "Shuffled",
    "Trouble",
]
