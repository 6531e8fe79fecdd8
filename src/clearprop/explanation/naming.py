"""What the numbers of a network are called: the neuron notation, and the matrix notation.

>>> import clearprop as cp
>>> names = Naming(cp.Network([2, 2, 2], shared_bias=True).architecture, "neuron")
>>> names.weight(1, 0, 0), names.weight(2, 1, 0), names.bias(2, 1), names.z(1, 0), names.score(1)
('w1', 'w6', 'b2', 'net_h1', 'net_o2')
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ..architecture import Architecture
from ..errors import NetworkError

NOTATIONS = ("neuron", "matrix")


@dataclass(frozen=True)
class Naming:
    """The names of a network's numbers in one notation.

    *neuron*: inputs ``i1``, neurons ``h1``, ``o1`` with ``net_h1`` before and ``out_h1`` after
    the activation, weights ``w1, w2, ...`` counted neuron by neuron, biases ``b1`` of a whole
    layer where it is shared, else ``b_h1``. With several hidden layers their neurons are
    ``h1_1`` (layer, neuron). *matrix*: ``x[0]``, ``z1[0]``, ``a1[0]``, ``W1[0,2]``, ``b1[0]``.
    """

    net: Architecture
    notation: str = "neuron"

    def __post_init__(self) -> None:
        """See that there is such a notation."""
        if self.notation not in NOTATIONS:
            raise NetworkError(f'notation is "neuron" or "matrix", not {self.notation!r}')

    @property
    def _by_neuron(self) -> bool:
        return self.notation == "neuron"

    @property
    def last(self) -> int:
        """The number of the last layer of weights."""
        return len(self.net.layers) - 1

    def given(self, index: int) -> str:
        """Return an input's name."""
        return f"i{index + 1}" if self._by_neuron else f"x[{index}]"

    def neuron(self, layer: int, index: int) -> str:
        """Return a neuron's name; layers count from 1."""
        if layer == self.last:
            return f"o{index + 1}"
        return f"h{index + 1}" if self.last == 2 else f"h{layer}_{index + 1}"

    def z(self, layer: int, index: int) -> str:
        """Return what a neuron adds up."""
        return f"net_{self.neuron(layer, index)}" if self._by_neuron else f"z{layer}[{index}]"

    def a(self, layer: int, index: int) -> str:
        """Return what a neuron puts out."""
        if layer == self.last and self.net.gates[-1].name == "identity":
            return self.z(layer, index)
        return f"out_{self.neuron(layer, index)}" if self._by_neuron else f"a{layer}[{index}]"

    def score(self, index: int) -> str:
        """Return what goes into the loss."""
        return self.a(self.last, index)

    def weight(self, layer: int, source: int, target: int) -> str:
        """Return a weight's name."""
        if not self._by_neuron:
            return f"W{layer}[{source},{target}]"
        sizes = self.net.layers
        before = sum(a * b for a, b in pairwise(sizes[:layer]))
        return f"w{before + target * sizes[layer - 1] + source + 1}"

    def bias(self, layer: int, index: int) -> str:
        """Return a bias's name."""
        if self.net.shared_bias:
            return f"b{layer}"
        return f"b_{self.neuron(layer, index)}" if self._by_neuron else f"b{layer}[{index}]"

    def of_output(self, step: str, index: int) -> str:
        """Return what a step of the loss gives for an output: ``p1``, or ``e_o1``."""
        if not self._by_neuron:
            return f"{step}[{index}]"
        return f"p{index + 1}" if step == "p" else f"{step}_o{index + 1}"

    def target(self, index: int) -> str:
        """Return what is wanted of an output."""
        return f"target_o{index + 1}" if self._by_neuron else f"y[{index}]"

    def parameters(self) -> Iterator[tuple[str, str, tuple[int, ...]]]:
        """Yield each parameter's name, the array that it is in, and its place there."""
        for layer, (n_in, n_out) in enumerate(
            zip(self.net.layers, self.net.layers[1:], strict=False), 1
        ):
            for target in range(n_out):
                for source in range(n_in):
                    yield self.weight(layer, source, target), f"W{layer}", (source, target)
            if self.net.shared_bias:
                yield self.bias(layer, 0), f"b{layer}", ()
            else:
                for target in range(n_out):
                    yield self.bias(layer, target), f"b{layer}", (target,)

    def find(self, wrt: str) -> tuple[str, str, tuple[int, ...]] | None:
        """Return the parameter that is meant, in either notation; None if none is.

        ``w1`` and ``W1[0,0]`` are read whatever the notation of the answer.
        """
        text = wrt.replace(" ", "")
        found = re.fullmatch(r"([Wb])(\d+)(?:\[(\d+)(?:,(\d+))?\])?", text)
        if found and f"{found[1]}{found[2]}" in self.net.shapes:
            array = f"{found[1]}{found[2]}"
            place = tuple(int(n) for n in found.groups()[2:] if n is not None)
            shape = self.net.shapes[array]
            if len(place) == len(shape):
                if any(n >= size for n, size in zip(place, shape, strict=True)):
                    raise NetworkError(f"{array} has the shape {shape}; there is no {wrt}")
                return self._called(array, place), array, place
        for notation in NOTATIONS:
            for name, array, place in Naming(self.net, notation).parameters():
                if name == text:
                    return self._called(array, place), array, place
        return None

    def _called(self, array: str, place: tuple[int, ...]) -> str:
        layer = int(array[1:])
        if array[0] == "W":
            return self.weight(layer, *place)
        return self.bias(layer, place[0] if place else 0)
