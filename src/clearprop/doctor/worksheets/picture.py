r"""The network of a sheet in black on white: neurons and weights with their names, no values.

It is laid out once, and drawn as SVG for web pages and as TikZ for LaTeX.

>>> import clearprop as cp
>>> shape = cp.Network([2, 2, 2], shared_bias=True).architecture
>>> "<svg" in as_svg(shape), r"\begin{tikzpicture}" in as_tikz(shape)
(True, True)
"""

from __future__ import annotations

from dataclasses import dataclass

from ...architecture import Architecture
from ...explanation.drawing_labels import place_labels
from ...explanation.latex_math import named
from ...explanation.naming import Naming
from ...explanation.spelling import Spelled, spelled
from ...explanation.svg import coordinate, escaped, tag
from .words import say

RADIUS, ACROSS, DOWN, MARGIN = 16.0, 118.0, 72.0, 6.0
STUB = 11.0  # the line from a bias up to its neuron
LABEL, INDEX = 14.0, 10.0  # sizes of names, and of what stands below the line in them
PER_CM = 36.0


@dataclass(frozen=True)
class _Label:
    name: str
    x: float
    y: float
    on_line: bool = False


@dataclass(frozen=True)
class _Picture:
    width: float
    height: float
    circles: tuple[tuple[float, float], ...]
    lines: tuple[tuple[float, float, float, float], ...]
    labels: tuple[_Label, ...]


def _laid_out(shape: Architecture) -> _Picture:
    naming, tallest = Naming(shape), max(shape.layers)
    across = ACROSS + 8 * max(0, tallest - 3)
    places: list[list[tuple[float, float]]] = []
    for layer, size in enumerate(shape.layers):
        x = MARGIN + RADIUS + layer * across
        top = MARGIN + RADIUS + (tallest - size) * DOWN / 2
        places.append([(x, top + k * DOWN) for k in range(size)])
    lines, weights, labels = [], [], []
    for layer in range(1, len(shape.layers)):
        for i, (x1, y1) in enumerate(places[layer - 1]):
            for j, (x2, y2) in enumerate(places[layer]):
                lines.append((x1 + RADIUS, y1, x2 - RADIUS, y2))
                weights.append(naming.weight(layer, i, j))
    spots = place_labels([(line, 26.0) for line in lines])
    labels += [_Label(n, x, y, True) for n, (x, y) in zip(weights, spots, strict=True)]
    for layer, column in enumerate(places):
        for k, (x, y) in enumerate(column):
            labels.append(_Label(naming.neuron(layer, k) if layer else naming.given(k), x, y))
            if layer:
                lines.append((x, y + RADIUS + STUB, x, y + RADIUS))
                labels.append(_Label(naming.bias(layer, k), x, y + RADIUS + STUB + 8))
    width = 2 * (MARGIN + RADIUS) + (len(shape.layers) - 1) * across
    height = 2 * (MARGIN + RADIUS) + (tallest - 1) * DOWN + STUB + 12
    circles = tuple(place for column in places for place in column)
    return _Picture(width, height, circles, tuple(lines), tuple(labels))


def as_svg(shape: Architecture, language: str = "en") -> str:
    """Return the picture as an SVG element, without colours or styles."""
    picture = _laid_out(shape)
    parts = [
        tag("path", d=f"M{coordinate(a)} {coordinate(b)}L{coordinate(c)} {coordinate(d)}",
            stroke="#000", stroke_width=1)
        for a, b, c, d in picture.lines
    ]  # fmt: skip
    parts += [
        tag("circle", cx=x, cy=y, r=RADIUS, fill="#fff", stroke="#000", stroke_width=1.3)
        for x, y in picture.circles
    ]
    parts += [part for one in picture.labels for part in _svg_label(one)]
    wide, tall = coordinate(picture.width), coordinate(picture.height)
    title = say(language, "network", layers="-".join(map(str, shape.layers)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" '
        f'height="{tall}" role="img" aria-label="{escaped(title)}" font-family="serif" '
        f'text-anchor="middle">{"".join(parts)}</svg>'
    )


def _svg_label(one: _Label) -> list[str]:
    name = spelled(one.name)
    assert isinstance(name, Spelled)  # noqa: S101 (a parameter's name is no derivative)
    base = tag("tspan", escaped(name.base), font_style="italic" if len(name.base) == 1 else None)
    below = tag("tspan", escaped(name.below), dy=3, font_size=INDEX) if name.below else ""
    text = tag("text", base, below, x=one.x, y=one.y + 4.5, font_size=LABEL, fill="#000")
    wide = 10 + 6 * len(name.below)
    paper = tag("rect", x=one.x - wide / 2 - 1, y=one.y - 9, width=wide + 2, height=18, fill="#fff")
    return [paper, text] if one.on_line else [text]


def as_tikz(shape: Architecture) -> str:
    """Return the picture as a tikzpicture."""
    picture = _laid_out(shape)

    def at(x: float, y: float) -> str:
        return f"({x / PER_CM:.3f},{-y / PER_CM:.3f})"

    lines = [rf"\draw[semithick] {at(a, b)} -- {at(c, d)};" for a, b, c, d in picture.lines]
    lines += [
        rf"\draw[thick,fill=white] {at(x, y)} circle ({RADIUS / PER_CM:.3f});"
        for x, y in picture.circles
    ]
    for one in picture.labels:
        paper = "[fill=white,inner sep=1.5pt]" if one.on_line else "[inner sep=0pt]"
        lines.append(rf"\node{paper} at {at(one.x, one.y)} {{${named(one.name)}$}};")
    return "\n".join([r"\begin{tikzpicture}", *lines, r"\end{tikzpicture}"])
