"""Pictures of circuits and networks: read back from the SVG that is written."""

import re
import runpy
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop as cp
from clearprop.errors import ClearPropError, MissingExtraError
from clearprop.explanation import drawing_circuit
from clearprop.explanation.drawing import wire_keys
from clearprop.explanation.drawing_signs import in_any_order, sign_of, with_constant
from clearprop.explanation.figures import in_short
from clearprop.explanation.svg import identifier, text_width

NS = "{http://www.w3.org/2000/svg}"
ROOT = Path(__file__).parent.parent
HOSTILE = [
    '"><script>alert(1)</script>', "a & b < c > d ' e", "]]>", "</title>", "&lt;", "\x00\x07\x9f",
    "\ud800", "￾", "  two\nlines  ", "权重 α", "x" * 300, "-", "W1[0,2]", "url(http://x)",
]  # fmt: skip


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


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_sound(name, theme):
    picture = PICTURES[name](theme=theme, language="zh" if theme == "dark" else "en")
    root = read(picture)
    assert root.tag == f"{NS}svg"
    assert root.get("role") == "img"
    titled = root.get("aria-labelledby").split()
    assert [one.get("id") for one in (root.find(f"{NS}title"), root.find(f"{NS}desc"))] == titled
    assert root.find(f"{NS}title").text == picture.title
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[\w-]+", one) for one in ids)
    assert {one.tag for one in root.iter()} <= {
        NS + tag for tag in ("svg", "title", "desc", "style", "rect", "g", "path", "circle", "text")
    }
    rest = str(picture).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"http|href|url\(|@import|@font|javascript", rest)
    assert set(re.findall(r"font-family: ([^;]+);", rest)) == {"sans-serif"}
    assert ("prefers-color-scheme: dark" in rest) == (theme == "auto")
    check_inside(picture)


@pytest.mark.parametrize(
    ("draw", "crossings"),
    [
        *((PICTURES[name], 0) for name in ("xyz", "neuron", "arrays")),
        # i1, i2 and b1 each lead to both neurons, in both layers: fewer is not possible.
        (PICTURES["tutorial"], 4),
        # A longer search finds 10 for the first.
        (lambda: cp.draw_circuit(cp.Network([2, 3, 2]), x=[0.5, -0.3], y=1), 11),
        (lambda: cp.draw_circuit(cp.Network([3, 3, 3]), x=[0.5, -0.3, 0.1], y=1), 36),
    ],
)
def test_few_wires_cross(draw, crossings, monkeypatch):
    found = []
    plain = drawing_circuit.arrange

    def arrange(*given, **options):
        found.append(plain(*given, **options))
        return found[-1]

    monkeypatch.setattr(drawing_circuit, "arrange", arrange)
    draw()
    assert len(found) == 1
    assert found[0].crossings <= crossings


@pytest.mark.parametrize("y", [0, 1])
def test_neurons_stand_in_their_order(y):
    root = read(cp.draw_circuit(cp.Network([2, 3, 2]), x=[0.5, -0.3], y=y))
    heights = {
        one.get("data-wire"): float(one.find(f"{NS}text").get("y"))
        for one in by_class(root, "gate")
    }
    for layer in (["i1", "i2"], ["net_h1", "net_h2", "net_h3"], ["net_o1", "net_o2"]):
        found = [heights[name] for name in layer]
        assert found == sorted(found)


def test_values_stand_above_and_slopes_below():
    root = read(cp.draw_circuit(xyz()))
    found = {name: numbers_of(root, name) for name in ("x", "y", "z", "g1", "f")}
    assert found == {
        "x": ("-2", "-4"), "y": ("5", "-4"), "z": ("-4", "3"), "g1": ("3", "-4"), "f": ("-12", "1"),
    }  # fmt: skip
    assert [group(root, "gate", name).get("data-gate") for name in ("g1", "f")] == [
        "add", "multiply",
    ]  # fmt: skip
    assert numbers_of(read(cp.draw_circuit(xyz(), {"x": 1.0})), "f") == ("-24", "1")
    assert numbers_of(read(cp.draw_circuit(xyz(), gradients=False)), "f") == ("-12", None)
    assert not by_class(read(cp.draw_circuit(xyz(), values=False)), "value")


def test_the_tutorials_numbers_stand_in_its_picture():
    net = tutorial()
    root = read(cp.draw_circuit(net, x=[0.05, 0.1], y=0, digits=6))
    assert numbers_of(root, "w1") == ("0.15", "7.94438e-5")
    assert numbers_of(root, "net_h1")[0] == "0.3775"
    slopes = net.gradients([[0.05, 0.1]], [0])
    for number, slope in enumerate(slopes["W1"].T.ravel(), 1):
        assert numbers_of(root, f"w{number}")[1] == in_short(slope, 6)
    for number, slope in enumerate(slopes["W2"].T.ravel(), 5):
        assert numbers_of(root, f"w{number}")[1] == in_short(slope, 6)
    assert numbers_of(root, "b2") == ("0.6", in_short(slopes["b2"], 6))
    assert numbers_of(root, "loss") == (in_short(net.loss([[0.05, 0.1]], [0]), 6), "1")
    gates = [one.get("data-gate") for one in by_class(root, "gate")]
    assert [gates.count(kind) for kind in ("multiply", "add", "sigmoid")] == [8, 4, 4]
    box = group(root, "gate", "loss")
    assert "box" in box.get("class")
    assert box.get("data-hides") == "p1 p2"
    # One + takes in both products and the bias; the loss both scores.
    assert [len(branches(root, name)) for name in ("net_h1", "net_o2", "loss")] == [3, 3, 2]


def test_a_wire_that_is_used_twice_shows_the_sum_of_its_slopes():
    x = cp.input("x", 3.0)
    root = read(cp.draw_circuit(x * x + x))
    assert numbers_of(root, "x") == ("3", "7")
    assert len(branches(root, "g1")) == 2


def test_array_circuits_show_shapes():
    root = read(cp.draw_circuit(cp.Network([2, 3, 2])))
    shapes = {one.get("data-wire"): one.find(f"{NS}text").text for one in by_class(root, "wire")}
    assert {k: shapes[k] for k in ("X", "W1", "Z1", "A1", "losses")} == {
        "X": "(N, 2)", "W1": "(2, 3)", "Z1": "(N, 3)", "A1": "(N, 3)", "losses": "(N,)",
    }  # fmt: skip
    words = {one.text for one in root.iter(f"{NS}text")}
    assert {"matmul", "broadcast", "tanh", "softmax cross entropy"} <= words
    both = {one.text for one in read(PICTURES["backward"]()).iter(f"{NS}text")}
    assert {"transpose", "Σ"} <= both


def test_sums_are_one_gate_unless_asked_or_named():
    a, b, c, d = cp.inputs(a=1.0, b=2.0, c=3.0, d=4.0)
    f = a + b + (c + d)
    assert len(branches(read(cp.draw_circuit(f)), "f")) == 4
    assert group(read(cp.draw_circuit(f)), "gate", "f").get("data-hides") == "g1 g2"
    assert len(branches(read(cp.draw_circuit(f, fold=False)), "f")) == 2
    named = (a + b).named("s") + c
    assert len(branches(read(cp.draw_circuit(named)), "f")) == 2
    used = (a + b) * 2 + (a + b)
    assert len(branches(read(cp.draw_circuit(used)), "f")) == 3
    shared = a + b
    both = (shared + c) * (shared + d)
    assert [len(branches(read(cp.draw_circuit(both)), key)) for key in ("g2", "g3")] == [2, 2]
    twice = a + b
    assert len(branches(read(cp.draw_circuit(twice + twice * c)), "f")) == 2


@pytest.mark.parametrize(
    ("made", "sign"),
    [
        (lambda x: x * 3, "×3"), (lambda x: 1 / x, "1/x"), (lambda x: x - 1, "−1"),
        (lambda x: 1 - x, "1−x"), (lambda x: x**2, "x^2"), (lambda x: x + (-1), "+(-1)"),
        (lambda x: -x, "×−1"), (lambda x: x * x, "×"), (cp.gates.exp, "exp"),
        (cp.gates.tanh, "tanh"), (cp.gates.log, "log"), (lambda x: cp.gates.max(x, x), "max"),
        (cp.gates.sigmoid, "σ"), (lambda x: cp.gates.leaky_relu(x, alpha=0.2),
                                   "leaky_relu(alpha=0.2)"),
    ],
)  # fmt: skip
def test_gates_show_their_sign_or_their_rows_name(made, sign):
    wire = made(cp.input("x", 2.0))
    assert (with_constant(wire, 4) or sign_of(wire)) == sign
    assert sign in {one.text for one in group(read(cp.draw_circuit(wire)), "gate", "f")}


def test_a_newcomers_row_is_drawn_without_another_edit():
    row = cp.Gate(
        "mish", "x * t", ["t + x * (1 - t * t) / (1 + exp(-x))"],
        parts={"t": "tanh(max(x, 0) + log1p(exp(-abs(x))))"}, activation=True,
    )  # fmt: skip
    cp.register_gate(row)
    try:
        root = read(cp.draw_circuit(cp.gates.mish(cp.input("x", 1.0))))
        assert group(root, "gate", "f").get("data-gate") == "mish"
        assert "mish" in {one.text for one in root.iter(f"{NS}text")}
        assert "mish" in str(cp.draw_network(cp.Network([2, 3, 2], "mish")))
    finally:
        cp.GATES.remove("mish")


@pytest.mark.parametrize(
    ("gate", "free"), [("add", True), ("multiply", True), ("max", True), ("equal", True),
                       ("subtract", False), ("divide", False), ("power", False), ("less", False)],
)  # fmt: skip
def test_which_inputs_may_change_places_is_read_from_the_row(gate, free):
    x, y = cp.inputs(x=2.0, y=3.0)
    assert in_any_order(cp.apply(gate, x, y)) is free
    one, other = cp.evaluate([cp.apply(gate, x, y), cp.apply(gate, y, x)])
    assert (one == other) is free


def test_boxes_hide_what_lies_between_named_wires():
    x, y = cp.inputs(x=2.0, y=3.0)
    q = (x * y).named("q")
    f = cp.gates.exp(cp.gates.tanh(q) * q + 1).named("out")
    root = read(cp.draw_circuit(f, boxes={"out": "inner"}))
    assert [one.get("data-wire") for one in by_class(root, "gate")] == ["x", "y", "q", "out"]
    assert len(branches(root, "out")) == 1
    assert set(group(root, "gate", "out").get("data-hides").split()) == {"g1", "g2", "g3", "c1"}
    assert numbers_of(root, "q")[1] == in_short(cp.gradients(f, wrt=q)[q])


def test_keys_are_names_where_there_are_names():
    x = cp.input("x", 1.0)
    again, g1 = cp.input("x", 2.0), cp.input("g1", 1.0)
    f = cp.gates.exp(x) * again + g1 * 2.5
    assert list(wire_keys(f).values()) == ["x", "g2", "x~2", "g3", "g1", "c1", "g4", "f"]
    assert wire_keys(f, {"g1": "b", x: "a"})[x] == "a"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(name):
    x, y = cp.input(name, 2.0), cp.input("y", 3.0)
    picture = cp.draw_circuit((x * y).named(name), boxes={}, title=name, names={y: f"~{name}"})
    root = read(picture)
    assert "<script" not in str(picture)
    seen = "".join(c if c.isprintable() or c in "\t\n\r" else "�" for c in name)
    keys = [one.get("data-wire") for one in by_class(root, "gate")]
    assert len(set(keys)) == 3
    # XML reads white space in attributes as spaces.
    assert keys[0] == re.sub(r"\s", " ", seen)
    assert len({one.get("id") for one in by_class(root, "gate")}) == 3
    str(picture).encode("utf-8")
    check_inside(picture)


@given(st.text(), st.text())
def test_ids_are_one_for_each_name(one, other):
    assert (identifier("w", one) == identifier("w", other)) == (one == other)
    assert re.fullmatch(r"w-[A-Za-z0-9_-]*", identifier("w", one))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_circuit_can_be_drawn(data):
    values = data.draw(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=6))
    pool = [cp.input(f"x{i}", value) for i, value in enumerate(values)]
    for _ in range(data.draw(st.integers(1, 25))):
        gate = data.draw(st.sampled_from(["add", "multiply", "tanh", "max", "subtract", "square"]))
        count = len(cp.GATES[gate].inputs)
        pool.append(cp.apply(gate, *(data.draw(st.sampled_from(pool)) for _ in range(count))))
    picture = cp.draw_circuit(pool[-1])
    check_inside(picture)
    root = read(picture)
    slopes = cp.gradients(pool[-1])
    for wire, slope in slopes.items():
        if group(root, "gate", wire.name) is not None:
            assert numbers_of(root, wire.name) == (in_short(wire.value), in_short(slope))


def test_a_picture_is_the_same_in_every_process():
    code = (
        "import clearprop as cp;"
        "x, y = cp.inputs(x=1.0, y=2.0);"
        "f = cp.gates.tanh(x * y + x) * y;"
        "print(cp.draw_circuit(f), cp.draw_network(cp.Network([2, 3, 2])))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-W", "error", "-c", code], capture_output=True, check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(found) == 1


def test_weights_are_lines_of_their_sign_and_size():
    net = cp.Network([2, 3, 2]).with_parameters(W1=[[1.0, -0.5, 0.0], [0.25, 2.0, -2.0]])
    root = read(cp.draw_network(net))
    found = {}
    for number in range(1, 7):
        (line,) = by_class(group(root, "wire", f"w{number}"), "weight")
        width = float(re.fullmatch(r"stroke-width:(\S+)px", line.get("style"))[1])
        found[number] = (line.get("class").split()[1], width)
    weights = net.parameters["W1"].T.ravel()
    assert [found[n][0] for n in range(1, 7)] == [
        {1.0: "positive", -1.0: "negative", 0.0: "zero"}[sign] for sign in np.sign(weights)
    ]
    widths = [found[n][1] for n in range(1, 7)]
    assert np.corrcoef(widths, np.abs(weights))[0, 1] == pytest.approx(1)
    assert "w5 0" in {one.text for one in root.iter(f"{NS}text")}


def test_a_sample_stands_in_the_neurons():
    net = tutorial()
    root = read(cp.draw_network(net, [0.05, 0.1]))
    values = net.forward([[0.05, 0.1]])
    chances = net.predict_proba([[0.05, 0.1]])[0]
    texts = [one.text for one in root.iter(f"{NS}text")]
    for value in [0.05, 0.1, *values["A1"][0], *values["A2"][0]]:
        assert in_short(value) in texts
    assert [f"p{k + 1} = {in_short(p)}" in texts for k, p in enumerate(chances)] == [True, True]
    assert texts.count("b1 0.35") == 2
    assert len([one for one in by_class(root, "wire") if one.get("data-wire") == "b1"]) == 2


def test_large_networks_are_drawn_in_part():
    root = read(cp.draw_network(cp.Network([784, 512, 512, 10]), most=6))
    texts = {one.text for one in root.iter(f"{NS}text")}
    assert {"X (N, 784)", "A1 (N, 512)", "Z3 (N, 10)", "W2 (512, 512)", "b3 (10,)"} <= texts
    assert {"i1", "i784", "h1_512", "o10"} <= texts
    assert "i400" not in texts
    assert len(by_class(root, "neuron")) == 4 * 5
    assert len(by_class(root, "dot")) == 4 * 3
    assert "15 more" in str(PICTURES["deep"]())


@pytest.mark.parametrize(
    ("draw", "says"),
    [
        (lambda: cp.draw_circuit(xyz(), theme="blue"), "theme is one of"),
        (lambda: cp.draw_circuit(xyz(), inputs="right"), "inputs is"),
        (lambda: cp.draw_circuit(xyz(), digits=0), "digits"),
        (lambda: cp.draw_circuit(xyz(), language="fr"), "language is one of"),
        (lambda: cp.draw_circuit(xyz(), boxes={"q": "box"}), "no box"),
        (lambda: cp.draw_circuit(xyz(), x=[1.0]), "sample of a network"),
        (lambda: cp.draw_circuit([]), "nothing to draw"),
        (lambda: cp.draw_circuit("x + y"), "not 'x"),
        (lambda: cp.draw_circuit(tutorial(), {"X": 1.0}), "not as at"),
        (lambda: cp.draw_circuit(tutorial(), y=0), "give x too"),
        (lambda: cp.draw_circuit(tutorial(), x=[1.0], y=0), "2 column"),
        (lambda: cp.draw_circuit(tutorial(), x=[1.0, 2.0], y=5), "class numbers"),
        (lambda: cp.draw_circuit(tutorial(), x=[1.0, 2.0], notation="other"), "notation"),
        (lambda: cp.draw_circuit(cp.input("a") * cp.input("b"), {"a": 1.0}), "'b'|b has no value"),
        (lambda: cp.draw_circuit(cp.Network([60, 60, 2]), x=np.ones(60), y=0), "Draw a part"),
        (lambda: cp.draw_network(xyz()), "a Network is drawn"),
        (lambda: cp.draw_network(tutorial(), most=2), "most is"),
        (lambda: cp.draw_network(tutorial(), [1.0, 2.0, 3.0]), "2 column"),
        (lambda: cp.draw_circuit(xyz()).themed("blue"), "theme is one of"),
        (lambda: cp.draw_circuit(xyz()).to_png(scale=1e6), "a scale of"),
    ],
)
def test_what_cannot_be_drawn_is_said(draw, says):
    with pytest.raises(ClearPropError, match=says):
        draw()


def test_circuits_without_values_are_drawn_without_numbers():
    root = read(cp.draw_circuit(cp.input("a") * cp.input("b")))
    assert not by_class(root, "value")
    assert not by_class(root, "legend")


def test_pictures_are_files_and_png(tmp_path):
    picture = cp.draw_circuit(xyz())
    picture.save(tmp_path / "f.svg")
    assert (tmp_path / "f.svg").read_text(encoding="utf-8") == str(picture) == picture._repr_svg_()
    pytest.importorskip("resvg_py")
    picture.save(tmp_path / "f.png")
    png = (tmp_path / "f.png").read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    sizes = [int.from_bytes(png[at : at + 4], "big") for at in (16, 20)]
    assert sizes == pytest.approx([2 * picture.width, 2 * picture.height], abs=2)
    dark = picture.themed("dark")
    assert dark.to_png() != png == picture.themed("light").to_png()


def test_a_png_without_its_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MissingExtraError, match=r"clearprop\[png\]"):
        cp.draw_circuit(xyz()).to_png()


def test_the_pictures_of_the_documentation_are_those_that_are_drawn():
    folder = ROOT / "docs" / "pictures"
    for name, picture in runpy.run_path(str(folder / "make.py"))["pictures"]().items():
        assert (folder / name).read_text(encoding="utf-8") == str(picture), f"run {folder}/make.py"
