"""A network as SVG: neurons in columns, weights as lines whose colour and width say their size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..network import Network
from ..operations import show_shape
from .drawing_labels import Line, place_labels
from .drawing_words import word
from .figures import in_short
from .naming import Naming
from .svg import SVG, coordinate, escaped, identifier, label, tag, text_width

RADIUS = 22.0  # at least
MARGIN = 24.0
NAME, SMALL = 13, 12  # sizes of text
FEW_WEIGHTS = 9  # between two layers: so many can be named on their lines


@dataclass(frozen=True)
class NetworkLook:
    """How a network is drawn."""

    digits: int
    language: str
    theme: str
    title: str | None
    legend: bool
    prefix: str
    most: int
    weights: bool | None


@dataclass(frozen=True)
class _Column:
    """A layer: which of its neurons are drawn (None for the dots), and where."""

    layer: int
    x: float
    drawn: Sequence[int | None]
    ys: Sequence[float]

    def neurons(self) -> list[tuple[int, float]]:
        return [(n, y) for n, y in zip(self.drawn, self.ys, strict=True) if n is not None]


def paint_network(net: Network, X: Any, naming: Naming, look: NetworkLook) -> SVG:
    """Draw a network, with the values of one row X where it is given."""
    return _Painter(net, X, naming, look).picture()


def some_of(count: int, most: int) -> list[int | None]:
    """Return the first and the last few of so many, with None for those left out.

    >>> some_of(3, 5), some_of(784, 6)
    ([0, 1, 2], [0, 1, 2, None, 782, 783])
    """
    if count <= most:
        return list(range(count))
    tail = 1 if most < 6 else 2
    return [*range(most - 1 - tail), None, *range(count - tail, count)]


class _Painter:
    def __init__(self, net: Network, X: Any, naming: Naming, look: NetworkLook) -> None:
        self.net, self.naming, self.look = net, naming, look
        sizes = net.layers
        largest = max(a * b for a, b in pairwise(sizes))
        few = largest <= FEW_WEIGHTS and len(sizes) <= look.most
        self.labelled = few if look.weights is None else look.weights
        self.values = _values(net, X)
        self.chances = _chances(net, X)
        self.radius = self._radius()
        self.columns = self._columns()

    def _radius(self) -> float:
        """Return a radius of neurons into which what stands in them fits: a name, or a value."""
        sizes, last = self.net.layers, self.naming.last
        if self.values is not None:
            rows = [some_of(size, self.look.most) for size in sizes]
            texts = [
                self._short(values[n])
                for row, values in zip(rows, self.values, strict=True)
                for n in row
                if n is not None
            ]
            return max(RADIUS + 2, *(text_width(text, SMALL) / 2 + 4 for text in texts))
        names = [self.naming.neuron(n, sizes[n] - 1) for n in (last, max(1, last - 1))]
        names.append(self.naming.given(sizes[0] - 1))
        return max(RADIUS, *(text_width(name, NAME) / 2 + 3 for name in names))

    def _columns(self) -> list[_Column | None]:
        drawn = some_of(len(self.net.layers), self.look.most)
        rows = [some_of(size, self.look.most) for size in self.net.layers]
        step = 2 * self.radius + (60.0 if self.labelled else 44.0 if self.values else 26.0)
        # Above the neurons: words of up to three lines, and the neurons' names.
        plain = self.net.architecture.gates[-1].name == "identity"
        self.top = MARGIN + (44.0 if plain else 58.0) + (18.0 if self.values else 0.0)
        tallest = max(len(rows[n]) for n in drawn if n is not None)
        wide = 240.0 if self.labelled else 190.0
        columns: list[_Column | None] = []
        x = MARGIN + 58.0
        for layer in drawn:
            if layer is None:
                columns.append(None)
            else:
                count = len(rows[layer])
                start = self.top + self.radius + (tallest - count) * step / 2
                ys = [start + i * step for i in range(count)]
                columns.append(_Column(layer, x, rows[layer], ys))
            x += wide
        self.bottom = self.top + 2 * self.radius + (tallest - 1) * step + 44
        self.right = x - wide + 58.0 + (78.0 if self.chances is not None else 0.0)
        return columns

    def picture(self) -> SVG:
        """Return the whole picture."""
        lines: list[str] = []
        texts: list[str] = []
        for left, right in pairwise(self.columns):
            if left is not None and right is not None:
                drawn, written = self._between(left, right)
                lines += drawn
                texts += written
        neurons = [part for column in self.columns if column for part in self._column(column)]
        gaps = [self._left_out(i) for i, column in enumerate(self.columns) if column is None]
        legend, room = self._legend()
        content = "\n".join([*lines, *neurons, *gaps, *texts, legend])
        width = max(self.right, room) + MARGIN
        height = self.bottom + 36 + (26 if legend else 0) + MARGIN / 2
        sizes = "-".join(map(str, self.net.layers))
        title = self.look.title or word(self.look.language, "network", sizes=sizes)
        about = word(
            self.look.language, "network about", layers=len(self.net.layers),
            parameters=f"{self.net.n_parameters:,}",
        )  # fmt: skip
        return SVG(content, width, height, title, about, self.look.theme)

    def _between(self, left: _Column, right: _Column) -> tuple[list[str], list[str]]:
        """Return the weights between two layers: their lines, and what is written on them."""
        layer = right.layer
        array = np.asarray(self.net.parameters[f"W{layer}"], np.float64)
        largest = float(np.max(np.abs(array[np.isfinite(array)]), initial=0.0)) or 1.0
        many = len(left.drawn) * len(right.drawn) > 25
        drawn: list[str] = []
        wanted: list[tuple[Line, str, str]] = []
        for i, y1 in left.neurons():
            for j, y2 in right.neurons():
                value, name = float(array[i, j]), self.naming.weight(layer, i, j)
                line = (left.x + self.radius, y1, right.x - self.radius, y2)
                wide = (0.5 + 2.2 * _share(value, largest)) if many else (
                    0.9 + 4.6 * _share(value, largest)
                )  # fmt: skip
                drawn.append(self._weight(name, name, value, line, wide))
                wanted.append((line, f"{name} {self._short(value)}", _sign(value)))
        texts = self._shapes_between(left, right)
        if self.labelled:
            spots = place_labels([(line, text_width(text, SMALL)) for line, text, _ in wanted])
            for (_, text, sign), (x, y) in zip(wanted, spots, strict=True):
                texts.append(_on_paper(text, x, y, sign))
        return drawn, texts

    def _weight(self, key: str, name: str, value: float, line: Line, wide: float) -> str:
        x1, y1, x2, y2 = map(coordinate, line)
        path = tag(
            "path", tag("title", escaped(f"{name} = {self._short(value)}")),
            class_=f"weight {_sign(value)}", d=f"M{x1} {y1}L{x2} {y2}",
            style=f"stroke-width:{coordinate(wide)}px",
        )  # fmt: skip
        return tag(
            "g", path, id=identifier(f"{self.look.prefix}wire", key), class_="wire", data_wire=name
        )

    def _column(self, column: _Column) -> list[str]:
        parts = self._words(column)
        for neuron, y in zip(column.drawn, column.ys, strict=True):
            if neuron is None:
                parts += [
                    tag("circle", cx=column.x, cy=y + shift, r=2.4, class_="dot")
                    for shift in (-10, 0, 10)
                ]
                continue
            if column.layer:
                parts.append(self._bias(column, neuron, y))
            parts.append(self._neuron(column, neuron, y))
        return parts

    def _neuron(self, column: _Column, neuron: int, y: float) -> str:
        layer, x = column.layer, column.x
        naming = self.naming
        name = naming.neuron(layer, neuron) if layer else naming.given(neuron)
        key = naming.a(layer, neuron) if layer else name
        parts = [tag("circle", cx=x, cy=y, r=self.radius, class_="disc neuron")]
        if self.values is None:
            parts.append(label(name, x, y + 4, "word"))
        else:
            row = self.values[layer]
            value = float(row[neuron])
            largest = float(np.max(np.abs(row[np.isfinite(row)]), initial=0.0)) or 1.0
            parts.append(
                tag(
                    "circle",
                    cx=x,
                    cy=y,
                    r=self.radius,
                    class_=f"tint {_sign(value)}",
                    style=f"fill-opacity:{0.3 * _share(value, largest):.2f}",
                )
            )
            parts.append(label(self._short(value), x, y + 4, "small"))
            parts.append(label(name, x, y - self.radius - 6, "small soft halo"))
        if self.chances is not None and layer == naming.last:
            text = f"{naming.of_output('p', neuron)} = {self._short(self.chances[neuron])}"
            parts.append(label(text, x + self.radius + 8, y + 4, "small soft", "start"))
        return tag(
            "g", *parts, id=identifier(f"{self.look.prefix}gate", key), class_="gate",
            data_wire=key,
        )  # fmt: skip

    def _bias(self, column: _Column, neuron: int, y: float) -> str:
        array = np.asarray(self.net.parameters[f"b{column.layer}"], np.float64)
        value = float(array[neuron] if array.ndim else array)
        largest = float(np.max(np.abs(array[np.isfinite(array)]), initial=0.0)) or 1.0
        name = self.naming.bias(column.layer, neuron)
        low = y + self.radius + 12
        line = (column.x, low, column.x, y + self.radius)
        neuron_name = self.naming.neuron(column.layer, neuron)
        stem = self._weight(f"{name} {neuron_name}", name, value, line,
                            1.0 + 3.0 * _share(value, largest))  # fmt: skip
        if not self.labelled:
            return stem
        text = f"{name} {self._short(value)}"
        return stem + label(text, column.x, low + 13, f"small halo {_sign(value)}")

    def _words(self, column: _Column) -> list[str]:
        """Return what stands above and below a layer."""
        layer, net, language = column.layer, self.net, self.look.language
        last = len(net.layers) - 1
        role = "input" if not layer else "output" if layer == last else "hidden"
        head = f"{word(language, role, number=layer)} · {net.layers[layer]:,}"
        parts = [label(head, column.x, MARGIN + 14, "heading")]
        if layer:
            gate = net.architecture.gates[layer - 1]
            plain = layer == last and gate.name == "identity"
            loss = str(net.architecture.loss).replace("_", " ")
            says = [] if plain else [str(gate)]
            says += [loss] if layer == last else []
            parts += [
                label(text, column.x, MARGIN + 30 + 14 * i, "small soft")
                for i, text in enumerate(says)
            ]
        array = "X" if not layer else f"Z{layer}" if layer == last and plain else f"A{layer}"
        shape = show_shape(("N", net.layers[layer]))
        parts.append(label(f"{array} {shape}", column.x, self.bottom, "small soft"))
        return parts

    def _shapes_between(self, left: _Column, right: _Column) -> list[str]:
        middle, layer = (left.x + right.x) / 2, right.layer
        shapes = self.net.architecture.shapes
        names = (f"W{layer}", f"b{layer}")
        return [
            label(f"{name} {show_shape(shapes[name])}", middle, self.bottom + 14 * i, "small soft")
            for i, name in enumerate(names, 1)
        ]

    def _left_out(self, at: int) -> str:
        before, after = self.columns[at - 1], self.columns[at + 1]
        assert before is not None  # noqa: S101 (the dots stand between layers)
        assert after is not None  # noqa: S101
        x = (before.x + after.x) / 2
        y = (min(before.ys) + max(before.ys)) / 2
        count = after.layer - before.layer - 1
        dots = [tag("circle", cx=x + d, cy=y, r=2.4, class_="dot") for d in (-12, 0, 12)]
        more = label(word(self.look.language, "more", count=count), x, y + 24, "small soft")
        return "".join([*dots, more])

    def _legend(self) -> tuple[str, float]:
        if not self.look.legend:
            return "", 0.0
        x, y = MARGIN, self.bottom + 52
        parts = []
        for sign in ("positive", "negative"):
            text = word(self.look.language, sign)
            line = tag(
                "path", class_=f"weight {sign}", style="stroke-width:3px",
                d=f"M{coordinate(x)} {coordinate(y - 4)}h22",
            )  # fmt: skip
            parts += [line, label(text, x + 30, y, "small soft", "start")]
            x += 30 + text_width(text, SMALL) + 24
        return tag("g", *parts, class_="legend"), x

    def _short(self, value: float) -> str:
        return in_short(value, self.look.digits)


def _on_paper(text: str, x: float, y: float, sign: str) -> str:
    """Return a text on a piece of paper, so that no line runs through it."""
    wide = text_width(text, SMALL) + 2
    paper = tag("rect", x=x - wide / 2, y=y - 8, width=wide, height=16, rx=4, class_="paper")
    return paper + label(text, x, y + 4, f"small {sign}")


def _share(value: float, largest: float) -> float:
    return min(1.0, abs(value) / largest) if np.isfinite(value) else 1.0


def _sign(value: float) -> str:
    return "positive" if value > 0 else "negative" if value < 0 else "zero"


def _values(net: Network, X: Any) -> list[Any] | None:
    """Return what each layer puts out for a row."""
    if X is None:
        return None
    found = net.forward(X)
    last = len(net.layers) - 1
    rows = [X[0]]
    rows += [found.get(f"A{n}", found[f"Z{n}"])[0] for n in range(1, last + 1)]
    return [np.asarray(row, np.float64) for row in rows]


def _chances(net: Network, X: Any) -> Any:
    if X is None or net.architecture.loss.probability_tree is None:
        return None
    return net.predict_proba(X)[0][-net.layers[-1] :]
