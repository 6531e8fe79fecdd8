"""Colours: blue for class 0 and what is positive, orange for class 1 and what is negative.

The class colours stay apart for people with any of the three kinds of colour blindness (Machado,
Oliveira & Fernandes, IEEE TVCG 15, 2009: at least 15 CIELAB units between any two of the six).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

Array: TypeAlias = np.ndarray[Any, Any]

CLASS_COLOURS = ("#1f6fb4", "#ee7f2d", "#2f9e79", "#8f2a4f", "#edcb50", "#8fc6ef")
CLASS_MARKERS = {"o": 1.0, "s": 0.85, "^": 1.25, "D": 0.8, "v": 1.25, "P": 1.4, "X": 1.4}
LINE_COLOURS = ("#1f6fb4", "#ee7f2d", "#2f9e79", "#8f2a4f", "#b38f12", "#5b6570")
POSITIVE = ("#f4f7fa", "#bcd6ec", "#6aa5d6", "#1f6fb4", "#0f4374")
NEGATIVE = ("#fbf6f1", "#fbd9b9", "#f6ad6d", "#ee7f2d", "#9c470c")
INK, SOFT_INK, FAINT = "#1d2731", "#5b6570", "#d9dee3"


def colour_of(number: int) -> str:
    """Return the colour of a class; the seventh has that of the first, with another marker."""
    return CLASS_COLOURS[number % len(CLASS_COLOURS)]


def marker_of(number: int, n_classes: int) -> tuple[str, float]:
    """Return the marker of a class, and the size that makes it look as large as a circle.

    Two classes are told apart by colour alone, more by both.
    """
    return ("o", 1.0) if n_classes <= 2 else list(CLASS_MARKERS.items())[number % 7]


def edge_of(number: int) -> str:
    """Return the colour of the edge of a class's points: white, or dark around a light colour."""
    colour = colour_of(number)
    light = float(rgb(colour) @ (0.3, 0.59, 0.11)) > 0.65
    return darker(colour, 0.45) if light else "#ffffff"


def rgb(colour: str) -> Array:
    """Return red, green and blue from 0 to 1.

    >>> rgb("#ff0000").tolist()
    [1.0, 0.0, 0.0]
    """
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def darker(colour: str, share: float = 0.25) -> str:
    """Return a colour with some black in it, for thin lines and text on white.

    >>> darker("#ff8000", 0.5)
    '#804000'
    """
    return "#" + "".join(f"{round(255 * part * (1 - share)):02x}" for part in rgb(colour))


def tints(classes: ArrayLike, certainty: ArrayLike) -> Array:
    """Return the colours of points that are answered with these classes, so certainly.

    Parameters
    ----------
    classes : array of int, any shape
    certainty : array of the same shape
        From 0 (nearly white) to 1.

    Returns
    -------
    array of the shape of ``classes`` and 3 more: red, green, blue from 0 to 1.
    """
    colours = np.array([rgb(colour) for colour in CLASS_COLOURS])
    chosen = colours[np.asarray(classes) % len(colours)]
    amount = 0.10 + 0.40 * np.clip(np.nan_to_num(np.asarray(certainty)), 0, 1)
    return np.asarray(1 - amount[..., None] * (1 - chosen))
