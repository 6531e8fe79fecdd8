"""Right back-propagation, written in the many ways in which people write it.

Each style makes a function (or object, or class) for a network of tanh layers and softmax
cross-entropy of any number of layers. All share :func:`backprop`; what differs is what goes in,
what comes out, and in which shapes.
"""

import calling_collections
import calling_functions
import calling_objects
from calling_numpy import STYLES, backprop

PLACES = (calling_functions, calling_collections, calling_objects)  # each enters its own styles

__all__ = ["PLACES", "STYLES", "backprop"]
