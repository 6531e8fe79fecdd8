"""Every picture as a document: sound, on its paper, the same everywhere; names stay text."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop as cp
from clearprop.errors import ClearPropError, MissingExtraError
from clearprop.explanation.figures import in_short
from clearprop.explanation.svg import identifier
from drawings import NS, PICTURES, by_class, check_inside, group, numbers_of, read, tutorial, xyz

ROOT = Path(__file__).parent.parent
HOSTILE = [
    '"><script>alert(1)</script>', "a & b < c > d ' e", "]]>", "</title>", "&lt;", "\x00\x07\x9f",
    "\ud800", "￾", "  two\nlines  ", "权重 α", "x" * 300, "-", "W1[0,2]", "url(http://x)",
]  # fmt: skip


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
