"""Pictures of circuits and networks to draw, and what stands in a picture, read back from it."""

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import clearprop as cp
from clearprop.explanation.svg import text_width

NS = "{http://www.w3.org/2000/svg}"


def read(picture):
    return ET.fromstring(str(picture))


def by_class(root, kind):
    return [one for one in root.iter() if kind in one.get("class", "").split()]


def group(root, kind, name):
    (found,) = [one for one in by_class(root, kind) if one.get("data-wire") == name]
    return found


def numbers_of(root, name):
    """Return value and slope as they stand at a wire, and that one is above the other."""
    wire = group(root, "wire", name)
    value, slope = by_class(wire, "value"), by_class(wire, "gradient")
    if value and slope:
        assert float(value[0].get("y")) < float(slope[0].get("y"))
    return tuple(one[0].text if one else None for one in (value, slope))


def branches(root, target):
    return [one for one in by_class(root, "branch") if one.get("data-to") == target]


def tutorial():
    return cp.Network(
        [2, 2, 2], "sigmoid", "softmax_cross_entropy", "sigmoid", shared_bias=True
    ).with_parameters(W1=[[0.15, 0.25], [0.2, 0.3]], b1=0.35, W2=[[0.4, 0.5], [0.45, 0.55]], b2=0.6)


def xyz():
    x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
    return (x + y) * z


def neuron():
    w0, x0, w1, x1, w2 = cp.inputs(w0=2.0, x0=-1.0, w1=-3.0, x1=-2.0, w2=-3.0)
    return cp.gates.sigmoid(w0 * x0 + w1 * x1 + w2)


PICTURES = {
    "xyz": lambda **k: cp.draw_circuit(xyz(), **k),
    "neuron": lambda **k: cp.draw_circuit(neuron(), **k),
    "tutorial": lambda **k: cp.draw_circuit(tutorial(), x=[0.05, 0.1], y=0, **k),
    "scores": lambda **k: cp.draw_circuit(cp.Network([2, 3, 2]), x=[0.5, -0.3], **k),
    "squares": lambda **k: cp.draw_circuit(
        cp.Network([2, 3, 1], "relu", "squared_error"), x=[0.5, 1.5], y=[2.0], **k
    ),
    "arrays": lambda **k: cp.draw_circuit(cp.Network([2, 3, 2]), **k),
    "backward": lambda **k: cp.draw_circuit(
        list(cp.Network([2, 3, 2]).architecture.backward().values()), **k
    ),
    "network": lambda **k: cp.draw_network(cp.Network([2, 3, 2]), **k),
    "sample": lambda **k: cp.draw_network(tutorial(), [0.05, 0.1], **k),
    "wide": lambda **k: cp.draw_network(cp.Network([784, 512, 512, 10]), **k),
    "deep": lambda **k: cp.draw_network(cp.Network([3, *[5] * 20, 2]), **k),
    "binary": lambda **k: cp.draw_network(cp.Network([2, 1], loss="logistic"), [1.0, 2.0], **k),
}


def check_inside(picture):
    """Every text stands on the paper, with room for a wide font."""
    root = read(picture)
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    width, height = float(root.get("width")), float(root.get("height"))
    sizes = {"sign": 18, "heading": 14, "value": 12, "gradient": 12, "small": 12}

    texts = []

    def visit(element, dx, dy):
        moved = re.fullmatch(r"translate\((\S+) (\S+)\)", element.get("transform", ""))
        if moved:
            dx, dy = dx + float(moved[1]), dy + float(moved[2])
        if element.tag == f"{NS}text":
            kinds = element.get("class").split()
            size = next((s for kind, s in sizes.items() if kind in kinds), 13)
            wide = text_width(element.text, size)
            anchor = {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor")]
            left, base = float(element.get("x")) + dx - anchor * wide, float(element.get("y")) + dy
            assert left >= 0, element.text
            assert left + wide <= width, element.text
            assert base - size >= 0
            assert base + size / 4 <= height
            texts.append((left, base - 0.75 * size, left + wide, base + 0.2 * size, element.text))
        for child in element:
            visit(child, dx, dy)

    visit(root, 0.0, 0.0)
    for one, other in combinations(texts, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)
