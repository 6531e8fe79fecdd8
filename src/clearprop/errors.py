"""Every error that a person can meet, in one place.

Each says what was given, what was expected and what to do about it. All of them
are :class:`ClearPropError`, so one ``except`` catches whatever this package finds
wrong; each is also the built-in error that a Python reader expects (``ValueError``
for a bad value), so code that knows nothing of ClearProp handles them too.
"""

from .tables.failures import ClearPropError, ExpressionError, TableError

__all__ = [
    "CircuitError",
    "ClearPropError",
    "ClearPropWarning",
    "DataError",
    "DoctorError",
    "EngineError",
    "ExampleError",
    "ExpressionError",
    "MissingExtraError",
    "ModelFileError",
    "NetworkError",
    "TableError",
    "TrainingError",
]


class CircuitError(ClearPropError, ValueError):
    """Wires that do not fit together, or a wire without a value."""


class NetworkError(ClearPropError, ValueError):
    """A network that cannot be built, or arrays that do not fit it."""


class DataError(ClearPropError, ValueError):
    """Data that cannot be read or cannot be learned from."""


class TrainingError(ClearPropError, ValueError):
    """A training run that cannot be started as asked."""


class EngineError(ClearPropError, ValueError):
    """An engine that does not exist, or that cannot do what was asked."""


class ModelFileError(ClearPropError, ValueError):
    """A model file that cannot be written, or that is not a sound model file."""


class ExampleError(ClearPropError, ValueError):
    """A worked example that cannot be read, or that does not say what it would have to."""


class DoctorError(ClearPropError, ValueError):
    """A function whose gradients cannot be checked, or a run that cannot be looked into."""


class MissingExtraError(ClearPropError, ImportError):
    """An optional library is not installed; the message says how to install it."""

    def __init__(self, library: str, extra: str, purpose: str) -> None:
        super().__init__(
            f'{purpose} needs {library}, which is not installed: pip install "clearprop[{extra}]"'
        )


class ClearPropWarning(UserWarning):
    """Something that was done, and that the person asking should know of."""
