"""What stands for the estimators where scikit-learn is not installed: it says what to install."""

from __future__ import annotations

from typing import Any

from ..errors import MissingExtraError


class MLPClassifier:
    """Needs scikit-learn."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        raise MissingExtraError("scikit-learn", "sklearn", type(self).__name__)


class MLPRegressor(MLPClassifier):
    """Needs scikit-learn."""
