"""Training: the loop around an engine, with callbacks, interruption and failure."""

from .callbacks import Callback, Every, Progress
from .fit import Result
from .order import AsGiven, Shuffled
from .trouble import Trouble

__all__ = ["AsGiven", "Callback", "Every", "Progress", "Result", "Shuffled", "Trouble"]
