"""The chain rule gate by gate, then simplified; samples with weights; colours."""

import itertools
import math
import re

import numpy as np
import pytest

import clearprop as cp
from clearprop.explanation.examples import published_example
from clearprop.explanation.naming import Naming
from clearprop.explanation.outline import Product
from clearprop.explanation.reading import gates_between, parse_formula
from random_networks import random_case

TUTORIAL = published_example("tutorial")


def test_the_tutorials_formula_gate_by_gate():
    """(softmax_loss)' (sigmoid)' (+)' (*)' (sigmoid)' (+)' (*)', then w5 and i1 in their place."""
    found = TUTORIAL.network.explain(TUTORIAL.x, TUTORIAL.y, "w1")
    gates = [gate for factor in found.paths[0].factors for gate in factor.gates]
    assert gates == ["loss", "sigmoid", "add", "multiply", "sigmoid", "add", "multiply"]
    text = found.text()
    rows = (
        "  dloss/dw1 = ∂loss/∂out_o1 · ∂out_o1/∂net_o1 · ∂net_o1/∂out_h1 · ∂out_h1/∂net_h1 · "
        "∂net_h1/∂w1\n",
        "            + ∂loss/∂out_o2 · ∂out_o2/∂net_o2 · ∂net_o2/∂out_h1 · ∂out_h1/∂net_h1 · "
        "∂net_h1/∂w1\n",
        "      loss'      · sigmoid'            · +'·×' · sigmoid'            · +'·×'\n"
        "      (p1 - 1)   · out_o1·(1 - out_o1) · w5    · out_h1·(1 - out_h1) · i1\n",
    )
    assert all(row in text for row in rows)


def kinds_of_slopes(net, steps):
    """The gates of a path through a network, from its layers alone."""
    found = []
    for of, by in itertools.pairwise(steps):
        if of == "loss":
            found.append("loss")
        elif of.startswith("out"):
            layer = -1 if of[4] == "o" else int(of[5]) - 1 if "_" in of[4:] else 0
            gate = net.architecture.gates[layer]
            found += [] if str(gate) == "identity" else [str(gate)]
        else:
            found += ["add"] if by.startswith("b") else ["add", "multiply"]
    return found


@pytest.mark.parametrize("shard", range(4))
def test_gates_of_random_networks(shard):
    seen = 0
    for seed in range(200 + 30 * shard, 230 + 30 * shard):
        net, X, y, how, _ = random_case(seed)
        names = list(Naming(net.architecture).parameters())
        name = names[np.random.RandomState(seed).randint(len(names))][0]
        found = net.explain(X, y, name, **how)
        for path in found.paths:
            gates = [gate for factor in path.factors for gate in factor.gates]
            wanted = kinds_of_slopes(net, path.names[::-1])
            assert [g for g in gates if g != "identity"] == wanted, (seed, path.names)
            short = path.simplified()
            assert [g for f in short for g in f.gates] == gates
            assert math.prod(f.value for f in short) == pytest.approx(path.share, rel=1e-12)
            assert all(not f.symbol.is_number(1) for f in short) or len(short) == 1
            seen += 1
        check_lines(found)
        assert found.total == pytest.approx(gradient(net, X, y, how, name), rel=1e-10, abs=1e-13)
        assert cp.Derivation.from_json(found.to_json()) == found
        products = [one for s in found.outline().sections for one in s.lines]
        cells = [c for one in products if isinstance(one, Product) for c in one.cells]
        assert [c.gates for c in cells] == [f.gates for p in found.paths for f in p.factors]
    assert seen > 40


def gradient(net, X, y, how, name):
    _, array, place = Naming(net.architecture).find(name), *Naming(net.architecture).find(name)[1:]
    return net.gradients(X, y, **how)[array][place]


def check_lines(found):
    """Each path's product of derivatives stands in the text, and its gates under it."""
    text = found.text(width=100)
    assert all(len(line) <= 100 or " " not in line.strip() for line in text.splitlines())
    if not 0 < len(found.paths) <= 8 or all(len(path.names) == 2 for path in found.paths):
        return
    wide = found.text(width=10_000)
    for path in found.paths:
        slopes = " · ".join(f"∂{of}/∂{by}" for of, by in itertools.pairwise(path.names[::-1]))
        assert re.search(rf"[=+] {re.escape(slopes)}$", wide, re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "by", "gates"),
    [("x", "x", []), ("a + b + x", "a", ["add"]), ("2 * x * y", "y", ["multiply"]),
     ("sigmoid(w * i + b)", "w", ["sigmoid", "add", "multiply"]),
     ("x * (1 - x)", "x", ["multiply"]),
     ("exp(a) / b", "b", ["divide"]), ("exp(a) / b", "c", [])],
)  # fmt: skip
def test_gates_between(text, by, gates):
    assert list(gates_between(parse_formula(text), by)) == gates


# Samples with weights.


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("wrt", ["w1", "b2", "w7"])
def test_weights_of_samples_are_those_of_the_engine(reduction, wrt):
    net = TUTORIAL.network
    X, y, weights = [[0.05, 0.1], [0.7, -0.4], [-1.0, 0.3]], [0, 1, 1], [2.0, 0.0, 0.5]
    how = {"reduction": reduction, "sample_weight": weights, "l2": 0.01}
    found = net.explain(X, y, wrt, **how, sample=2)
    assert found.total == pytest.approx(gradient(net, X, y, how, wrt), rel=1e-12)
    assert found.subject.weights == tuple(weights)
    (line,) = (row for row in found.text(digits=9).splitlines() if "+ 0·" in row)
    numbers, said = line.split(" = ")
    worked = eval(numbers.replace("·", "*"), {})
    assert worked == pytest.approx(float(said), rel=1e-8)
    if reduction == "mean":
        assert numbers.endswith(")/2.5")
    assert "each times its weight" in found.text()
    assert "各乘其权重" in found.text(language="zh")
    latex = found.latex()
    assert r"2 \cdot \frac{\partial \mathrm{loss}_1}{\partial" in latex
    table = net.explain(X, y, "all", **how)
    assert table[wrt].gradient == pytest.approx(found.total, rel=1e-12)


def test_weights_of_large_networks():
    net = cp.Network([90, 60, 3], seed=1)
    X, y, weights = np.random.RandomState(0).normal(size=(3, 90)), [0, 2, 1], [1.0, 3.0, 0.25]
    found = net.explain(X, y, "W1[4,5]", sample_weight=weights)
    wanted = net.gradients(X, y, sample_weight=weights)["W1"][4, 5]
    assert found.total == pytest.approx(wanted, rel=1e-12)
    assert "/4.25 = " in found.text()


@pytest.mark.parametrize(
    ("weights", "problem"),
    [([1.0], "one number for each"), ([1.0, -1.0], "not negative"), ([0.0, 0.0], "not all 0")],
)
def test_weights_that_are_none_are_refused(weights, problem):
    with pytest.raises(cp.ClearPropError, match=problem):
        TUTORIAL.network.explain([[0, 1], [1, 0]], [0, 1], "w1", sample_weight=weights)


# Colours.


def spans(line, name="w1"):
    colours = pytest.importorskip("clearprop.cli.colours")
    (text,) = colours.coloured([line], name)
    assert text.plain == line
    return {text.plain[span.start : span.end]: span.style for span in text.spans}


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("  net_h1 = w1·i1 = 0.15·0.05 = 0.0075", {"0.0075": "green", "w1": "bold cyan"}),
        ("  dloss/dw12 = (1) + (2) = -1e-7", {"-1e-7": "red"}),
        ("  ∂loss/∂out_o2 = p2 = 0.505", {"0.505": "red"}),
        ("      -0.5 · 0.18 · 0.4 = -0.036", {"-0.5 · 0.18 · 0.4 = -0.036": "red"}),
        ("      loss'      · sigmoid' · +'·×'", {"loss'      · sigmoid' · +'·×'": "dim"}),
        ("  (2·0.5 + 0.5·(-0.25))/2.5 = 0.35", {"0.35": "red"}),
        ("  w1    0.15   0.000438567734  0.149780716",
         {"0.15": "green", "0.000438567734": "red", "0.149780716": "green", "w1": "bold cyan"}),
        ("Forward", {"Forward": "bold"}),
        ("Check     central difference 0.3", {"Check": "bold"}),
        ("", {}),
    ],
)  # fmt: skip
def test_values_are_green_and_derivatives_red(line, wanted):
    assert spans(line) == wanted


def test_an_equation_that_goes_on_keeps_its_colour():
    colours = pytest.importorskip("clearprop.cli.colours")
    lines = ["  ∂loss/∂net_h1 = a·b", "      = 2·3", "      = 6", "  h = a", "      = 7"]
    found = [[span.style for span in text.spans] for text in colours.coloured(lines, "")]
    assert found == [[], [], ["red"], [], ["green"]]


def test_the_command_is_coloured_on_a_terminal_only(monkeypatch, capsys):
    screen = pytest.importorskip("clearprop.cli.screen")
    from rich.console import Console

    from clearprop.cli import main

    def printed(**how):
        monkeypatch.setattr(screen, "_console", lambda **_: Console(width=100, **how))
        main(["explain", "tutorial", "--wrt", "w1"])
        return capsys.readouterr().out

    plain = printed()
    assert "\x1b" not in plain
    coloured = printed(force_terminal=True, color_system="standard")
    assert "\x1b[32m0.3775" in coloured
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert "\x1b[3" not in printed(force_terminal=True, no_color=True)
