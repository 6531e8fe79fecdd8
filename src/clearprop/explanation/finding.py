"""Which parameter is meant by a name, in a network of any size.

>>> import clearprop as cp
>>> net = cp.Network([784, 512, 512, 10]).architecture
>>> find_parameter(net, "W1[300,5]"), find_parameter(net, "w785"), find_parameter(net, "b_o3")
(('W1', (300, 5)), ('W1', (0, 1)), ('b3', (2,)))
>>> find_parameter(net, "W1"), find_parameter(net, "nothing") is None
(('W1', None), True)
"""

from __future__ import annotations

import re
from itertools import pairwise

from ..architecture import Architecture
from ..errors import NetworkError
from .naming import NOTATIONS, Naming

Place = tuple[int, ...]


def find_parameter(net: Architecture, wrt: str) -> tuple[str, Place | None] | None:
    """Return the array that a name means and the place in it, without looking at all names.

    Parameters
    ----------
    net : Architecture
    wrt : str
        ``W1[0,2]`` or ``w5``, ``b1[2]`` or ``b_h3``; or an array's name, ``W1``, which has no
        place (a shared bias, a single number, has the place ``()``).

    Returns
    -------
    tuple of str and place, or None
        None if no parameter has the name.

    Raises
    ------
    NetworkError
        If the array has no such place.
    """
    text = wrt.replace(" ", "") if isinstance(wrt, str) else ""
    if text in net.shapes:
        return text, (None if net.shapes[text] else ())
    if re.fullmatch(r"[Wb]\d+\[\d+(,\d+)?\]", text):
        found = Naming(net).find(text) if text.partition("[")[0] in net.shapes else None
        return (found[1], found[2]) if found else None
    if number := re.fullmatch(r"w(\d+)", text):
        return _counted(net, int(number[1]))
    neuron = re.fullmatch(r"b_(?:h(\d+)(?:_(\d+))?|o(\d+))", text)
    if neuron is None or net.shared_bias:
        return None
    last = len(net.layers) - 1
    first, second, output = (None if n is None else int(n) for n in neuron.groups())
    if output is not None:
        layer, index = last, output
    elif second is not None and last > 2:
        layer, index = first or 0, second
    elif second is None and last == 2:
        layer, index = 1, first or 0
    else:
        return None
    if not 1 <= layer <= last or not 1 <= index <= net.layers[layer]:
        return None
    return f"b{layer}", (index - 1,)


def _counted(net: Architecture, number: int) -> tuple[str, Place | None] | None:
    """Return the weight that is the n-th, counted neuron by neuron."""
    before = 0
    for layer, (n_in, n_out) in enumerate(pairwise(net.layers), 1):
        if 0 < number - before <= n_in * n_out:
            target, source = divmod(number - before - 1, n_in)
            return f"W{layer}", (source, target)
        before += n_in * n_out
    return None


def called(naming: Naming, array: str, place: Place) -> str:
    """Return a parameter's name in a notation."""
    layer = int(array[1:])
    if array[0] == "W":
        return naming.weight(layer, *place)
    return naming.bias(layer, place[0] if place else 0)


def entry_of(net: Architecture, name: str, sample: int = 0) -> tuple[str, str] | None:
    """Return the array that one number of a network is in, and its name as an element of it.

    Parameters
    ----------
    net : Architecture
    name : str
        A parameter, an input, or what a neuron adds up or puts out, in either notation.
    sample : int
        The row of ``X``, ``Z1`` and ``A1`` that is meant.

    Returns
    -------
    tuple of str, or None
        None for what is in none of these arrays.

    Examples
    --------
    >>> import clearprop as cp
    >>> net = cp.Network([2, 3, 2]).architecture
    >>> entry_of(net, "w2"), entry_of(net, "i2"), entry_of(net, "out_h3", 4), entry_of(net, "p1")
    (('W1', 'W1[1,0]'), ('X', 'X[0,1]'), ('A1', 'A1[4,2]'), None)
    """
    parameter = find_parameter(net, name)
    if parameter is not None and parameter[1] is not None:
        return parameter[0], called(Naming(net, "matrix"), parameter[0], parameter[1])
    last = len(net.layers) - 1
    for notation in NOTATIONS:
        naming = Naming(net, notation)
        for index in range(net.layers[0]):
            if naming.given(index) == name:
                return "X", f"X[{sample},{index}]"
        for layer in range(1, last + 1):
            for index in range(net.layers[layer]):
                if naming.z(layer, index) == name:
                    return f"Z{layer}", f"Z{layer}[{sample},{index}]"
                if naming.a(layer, index) == name:
                    return f"A{layer}", f"A{layer}[{sample},{index}]"
    return None


def no_parameter(net: Architecture, wrt: object) -> NetworkError:
    """Return the error that says which names there are."""
    first, last = Naming(net, "neuron"), Naming(net, "matrix")
    return NetworkError(
        f"no parameter is called {wrt!r}; there are the arrays {', '.join(net.shapes)} and their "
        f"numbers, from {first.weight(1, 0, 0)} or {last.weight(1, 0, 0)} on"
    )
