"""A diagram as SVG: gates as circles, values above the wires, slopes below them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .drawing_diagram import Node
from .drawing_words import word
from .figures import in_short
from .layout import Box, Link, Place, arrange
from .svg import SVG, coordinate, escaped, identifier, label, shortened, tag, text_width

RADIUS = 16.0
MARGIN = 20.0
LINE = 14.0  # of text
NAME, SMALL = 13, 12  # sizes of text


@dataclass(frozen=True)
class Look:
    """How the gates and wires of one picture are drawn."""

    digits: int = 4
    language: str = "en"
    theme: str = "auto"
    title: str | None = None
    legend: bool = True
    prefix: str = ""


def paint(nodes: Sequence[Node], outputs: Sequence[str], near: bool, look: Look) -> SVG:
    """Lay a diagram out and draw it."""
    used = Counter(source for node in nodes for source in node.inputs)
    seen = {node.key: _Shown.of(node, look, used[node.key] > 1) for node in nodes}
    links = [
        Link(source, node.key, port)
        for node in nodes
        for port, source in enumerate(node.inputs)
    ]  # fmt: skip
    layout = arrange([one.box for one in seen.values()], links, near=near)
    routes: dict[str, list[tuple[Link, Sequence[tuple[float, float]]]]] = {}
    for link, route in zip(links, layout.routes, strict=True):
        routes.setdefault(link.source, []).append((link, route))
    wires, gates = [], []
    for key, one in seen.items():
        place = layout.places[key]
        wires.append(_wire(one, place, routes.get(key, []), seen, layout.places, look))
        gates.append(_gate(one, place, look))
    legend, room = _legend(nodes, outputs, layout.height + MARGIN, look)
    content = tag(
        "g",
        *(f"\n{element}" for element in (*wires, *gates)),
        transform=f"translate({coordinate(MARGIN)} {coordinate(MARGIN)})",
    )
    width, height = max(layout.width, room) + 2 * MARGIN, layout.height + 2 * MARGIN
    title, about = _said(nodes, outputs, look)
    return SVG(content + legend, width, height + (46 if legend else 0), title, about, look.theme)


@dataclass(frozen=True)
class _Shown:
    """A node with its texts, and the room that it takes."""

    node: Node
    above: str
    below: str
    name: str
    disc: float  # the width of what the gate is drawn as
    tall: float
    box: Box

    @classmethod
    def of(cls, node: Node, look: Look, shared: bool) -> _Shown:
        above = node.shape or ("" if node.value is None else in_short(node.value, look.digits))
        below = "" if node.slope is None else in_short(node.slope, look.digits)
        room = max(text_width(above, SMALL), text_width(below, SMALL))
        tail = max(18.0, room + 12)
        half = LINE + 3 if above or below else 8.0
        if node.kind in ("input", "constant"):
            name = shortened(node.name or node.sign)
            lead = text_width(name, NAME) + 8
            box = Box(node.key, lead, tail, half, half if below else 8.0, steady=shared)
            return cls(node, above, below, name, 0.0, 0.0, box)
        ports = len(node.inputs)
        disc, tall = _size(node)
        name = shortened(node.name) if node.name else ""
        over = tall / 2 + (LINE + 2 if name else 0.0)
        wide = text_width(name, SMALL)
        lead, tail = max(disc, (disc + wide) / 2), max(tail, (wide - disc) / 2 + 4)
        box = Box(
            node.key, lead, tail, max(over, half), max(tall / 2, half), ports, node.ordered,
            min(14.0, tall * 0.6) if ports <= 2 else 14.0, bool(node.name),
        )  # fmt: skip
        return cls(node, above, below, name, disc, tall, box)


def _size(node: Node) -> tuple[float, float]:
    """Return the width and height of a gate: a circle if its sign fits in."""
    ports = len(node.inputs)
    tall = max(2 * RADIUS, 14.0 * ports + 4)
    wide = text_width(shortened(node.sign), 18 if len(node.sign) == 1 else NAME) + 10
    return max(2 * RADIUS, wide), tall


def _gate(one: _Shown, place: Place, look: Look) -> str:
    node = one.node
    about = tag("title", escaped(_about(node, look)))
    if node.kind in ("input", "constant"):
        kind = "name" if node.kind == "input" else "soft"
        parts = [label(one.name, place.start - 6, place.y + 4, kind, "end")]
    else:
        x, y = place.start - one.disc / 2, place.y
        sign = shortened(node.sign)
        single = len(sign) == 1
        shape = tag(
            "rect", x=x - one.disc / 2, y=y - one.tall / 2, width=one.disc, height=one.tall,
            rx=_corner(one),
            class_="disc box" if node.kind == "box" else "disc",
        )  # fmt: skip
        parts = [shape, label(sign, x, y + (6 if single else 4), "sign" if single else "word")]
        if one.name:
            parts.append(label(one.name, x, y - one.tall / 2 - 5, "small soft"))
    return tag(
        "g", about, *parts, id=identifier(f"{look.prefix}gate", node.key),
        class_=f"gate {node.kind}", data_wire=node.key, data_gate=node.row,
        data_hides=" ".join(node.hides) or None,
    )  # fmt: skip


def _about(node: Node, look: Look) -> str:
    """Return what is said of a node where it is pointed at."""
    made = f" = {node.row}({', '.join(node.inputs)})" if node.inputs else ""
    value = "" if node.value is None else f" = {in_short(node.value, look.digits)}"
    return f"{node.key}{made}{value}"


def _wire(
    one: _Shown,
    place: Place,
    routes: Sequence[tuple[Link, Sequence[tuple[float, float]]]],
    seen: Mapping[str, _Shown],
    places: Mapping[str, Place],
    look: Look,
) -> str:
    key = one.node.key
    y = coordinate(place.y)
    parts = [
        tag("path", class_="line", d=f"M{coordinate(place.start)} {y}H{coordinate(place.right)}")
    ]
    drawn: set[tuple[float, float]] = set()
    for link, route in sorted(routes, key=lambda one: -len(one[1])):
        # Where it runs together with a wire that is drawn already, it starts when it leaves it.
        start = max((i for i, point in enumerate(route) if point in drawn), default=0)
        drawn.update(route[:-1])
        end = _touch(seen[link.target], places[link.target], route[-1][1])
        parts.append(
            tag(
                "path",
                class_="line branch",
                data_to=link.target,
                data_port=link.port,
                d=_path(route[start:], end),
            )
        )
    middle = (place.start + place.right) / 2 + (2 if one.disc else 0)
    if one.above:
        parts.append(
            label(one.above, middle, place.y - 5, "soft small" if one.node.shape else "value")
        )
    if one.below:
        parts.append(label(one.below, middle, place.y + 14, "gradient"))
    return tag("g", *parts, id=identifier(f"{look.prefix}wire", key), class_="wire", data_wire=key)


def _touch(target: _Shown, place: Place, y: float) -> float:
    """Return where a level wire meets a gate's edge."""
    radius = _corner(target)
    beyond = abs(y - place.y) - (target.tall / 2 - radius)
    inset = radius - (radius**2 - beyond**2) ** 0.5 if 0 < beyond < radius else 0.0
    return place.start - target.disc + inset


def _corner(one: _Shown) -> float:
    return 6.0 if one.node.kind == "box" else min(RADIUS, one.disc / 2, one.tall / 2)


def _path(route: Sequence[tuple[float, float]], end: float) -> str:
    """Return a route as a path: level through columns, a smooth climb between them."""
    (x, y), *rest = route
    path = f"M{coordinate(x)} {coordinate(y)}"
    level = False
    for next_x, next_y in rest:
        if level or next_y == y:
            path += f"H{coordinate(next_x)}"
        else:
            middle = coordinate((x + next_x) / 2)
            path += (
                f"C{middle} {coordinate(y)} {middle} {coordinate(next_y)} "
                f"{coordinate(next_x)} {coordinate(next_y)}"
            )
        x, y, level = next_x, next_y, not level
    return f"{path}H{coordinate(end)}"


def _legend(
    nodes: Sequence[Node], outputs: Sequence[str], top: float, look: Look
) -> tuple[str, float]:
    """Return a wire that says what stands above and below wires, and its width."""
    values = any(node.value is not None for node in nodes)
    if not values or not look.legend:
        return "", 0.0
    above = word(look.language, "values")
    slopes = any(node.slope is not None for node in nodes)
    output = shortened(outputs[0])
    below = word(look.language, "gradients", output=output) if slopes else ""
    room = max(text_width(above, SMALL), text_width(below, SMALL)) + 12
    y = top + 34
    parts = [
        tag("path", class_="line", d=f"M{coordinate(MARGIN)} {coordinate(y)}h{coordinate(room)}"),
        label(above, MARGIN + room / 2, y - 5, "value"),
    ]
    if below:
        parts.append(label(below, MARGIN + room / 2, y + 14, "gradient"))
    return tag("g", *parts, class_="legend"), room


def _said(nodes: Sequence[Node], outputs: Sequence[str], look: Look) -> tuple[str, str]:
    """Return the title, and the description for those who do not see the picture."""
    output = ", ".join(outputs)
    gates = [node for node in nodes if node.inputs]
    signs = ", ".join(dict.fromkeys(node.sign for node in gates))
    about = word(
        look.language, "circuit about", gates=len(gates),
        inputs=sum(node.kind == "input" for node in nodes), names=signs,
    )  # fmt: skip
    if any(node.slope is not None for node in nodes):
        about += " " + word(look.language, "with values", output=output)
    return look.title or word(look.language, "circuit", output=shortened(output, 60)), about
