"""Derivations: their numbers, their formulas read back by somebody else, their data."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sympy

import clearprop as cp
from clearprop.explanation.examples import published_example
from clearprop.explanation.naming import Naming

TUTORIAL = published_example("tutorial")
MAZUR = published_example("mazur")


def random_case(seed):
    """A random network, data, and the name of one of its parameters."""
    rng = np.random.default_rng(seed)
    layers = [int(n) for n in rng.integers(1, 5, rng.integers(2, 5))]
    loss = list(cp.LOSSES)[seed % len(cp.LOSSES)]
    targets = cp.LOSSES[loss].targets
    if targets == "class":
        layers[-1] = max(2, layers[-1])
    gates = cp.activations()
    hidden, last = gates[seed % len(gates)], gates[int(rng.integers(len(gates)))]
    net = cp.Network(layers, hidden, loss, last, shared_bias=bool(seed % 2), seed=seed)
    net = cp.Network.of(net.architecture, net.vector + 0.1 * rng.normal(size=net.n_parameters))
    rows = 1 if seed % 3 else 3
    X = rng.normal(size=(rows, layers[0]))
    y = {
        "class": lambda: rng.integers(0, layers[-1], rows),
        "binary": lambda: rng.integers(0, 2, (rows, layers[-1])).astype(float),
        "value": lambda: rng.normal(size=(rows, layers[-1])),
    }[targets]()
    names = list(Naming(net.architecture).parameters())
    name, array, place = names[int(rng.integers(len(names)))]
    how = {"l2": [0.0, 0.1][seed % 2], "reduction": ["mean", "sum"][seed // 2 % 2]}
    return net, X, y, (name, array, place), how


@pytest.mark.parametrize("shard", range(5))
def test_the_total_is_the_gradient_and_the_paths_add_up_to_it(shard):
    for seed in range(shard * 100, shard * 100 + 100):
        net, X, y, (name, array, place), how = random_case(seed)
        found = net.explain(X, y, name, **how)
        gradients = net.gradients(X, y, **how)
        largest = max(np.abs(g).max() for g in gradients.values())
        assert abs(found.total - gradients[array][place]) <= 1e-12 * max(largest, 1e-3), (seed, net)
        if found.paths:
            assert len(found.paths) == found.n_paths
            shares = math.fsum(path.share for path in found.paths)
            scale = max(1.0, *(abs(path.share) for path in found.paths))
            assert abs(shares - found.slope) <= 1e-12 * scale
        assert found.check.agrees, (seed, net, found.check)
        assert cp.Derivation.from_json(found.to_json()) == found


FUNCTIONS = {"max": sympy.Max, "min": sympy.Min, "log": sympy.log, "tanh": sympy.tanh,
             "sqrt": sympy.sqrt}  # fmt: skip


def read_back(text):
    """What a line of numbers comes to, worked out by another program."""
    text = text.replace("·", "*").replace("²", "**2").replace("π", "pi").replace("^", "**")
    text = re.sub(r"(?<![\w.])e\*\*", "E**", text)
    text = re.sub(r"\|([^|]*)\|", r"Abs(\1)", text)
    return float(sympy.sympify(text, locals=FUNCTIONS | {"E": sympy.E}).evalf(30))


def rounded(value, digits=6):
    return float(f"{value:.{digits - 1}e}")


def lines_of_numbers(text):
    """(numbers, value) of each line that has both and names no gate of the table."""
    gates = "|".join(set(cp.activations()) - {"tanh"})
    for one in text.splitlines():
        parts = one.split(" = ")
        if not one.startswith("  ") or len(parts) < 3 or re.search(rf"({gates}|\bif\b)", one):
            continue
        if not re.fullmatch(r"[a-z]\w*", parts[-2].strip()):  # out_h1 = net_h1 has no numbers
            yield parts[-2].strip(), parts[-1].strip()


@pytest.mark.parametrize("shard", range(4))
def test_each_printed_line_comes_to_what_it_says(shard):
    seen = 0
    for seed in range(500 + shard * 30, 530 + shard * 30):
        net, X, y, (name, _, _), how = random_case(seed)
        text = net.explain(X, y, name, learning_rate=0.1, **how).text(width=400)
        for numbers, value in lines_of_numbers(text.partition("Chain rule")[0]):
            assert rounded(read_back(numbers)) == pytest.approx(float(value), rel=2e-15), (
                seed,
                numbers,
            )
            seen += 1
    assert seen > 100


@pytest.mark.parametrize("shard", range(4))
def test_each_printed_product_comes_to_its_share_and_the_shares_to_the_sum(shard):
    seen = 0
    for seed in range(700 + shard * 30, 730 + shard * 30):
        net, X, y, (name, _, _), how = random_case(seed)
        found = net.explain(X, y, name, **how)
        text = found.text(width=400)
        products = re.findall(r"^ {6}([-\d.e]+(?: *· +[-\d.e]+)*) *= ([-\d.e]+)$", text, re.M)
        listed = [path for path in found.paths if path.share or len(found.paths) <= 8]
        assert len(products) == len(listed)
        total = 0.0
        for factors, share in products:
            digits = max(6, len(re.sub(r"e.*|[-.]", "", share).lstrip("0")))
            product = math.prod(map(float, factors.split("·")))
            assert product == 0 or abs(product / float(share) - 1) <= 0.51 * 10 ** (1 - 6), digits
            total += float(share)
            seen += 1
        if products and found.slope:
            assert rounded(total) == pytest.approx(rounded(found.slope), rel=1e-5)
    assert seen > 30


def test_w1_of_the_tutorial():
    found = TUTORIAL.network.explain(TUTORIAL.x, TUTORIAL.y, "w1", learning_rate=0.5)
    assert found.value == pytest.approx(0.703986999823, abs=1e-12)
    assert found.total == pytest.approx(0.0000794437500, abs=1e-13)
    first, second = found.paths
    assert first.share == pytest.approx(-0.000455647436, abs=1e-12)
    assert second.share == pytest.approx(0.000535091186, abs=1e-12)
    assert first.names == ("w1", "net_h1", "out_h1", "net_o1", "out_o1", "loss")
    text = found.text()
    for line in (
        "net_h1 = w1·i1 + w2·i2 + b1         = 0.15·0.05 + 0.2·0.1 + 0.35           = 0.3775",
        "(p1 - 1)   · out_o1·(1 - out_o1) · w5    · out_h1·(1 - out_h1) · i1",
        "dloss/dw1 = (1) + (2) = 0.0000794438",
    ):
        assert line in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("name", "printed"),
    [("w1", "0.149780716"), ("w2", "0.19956143"), ("w3", "0.24975114"), ("w4", "0.29950229"),
     ("w5", "0.35891648"), ("w6", "0.408666186"), ("w7", "0.511301270"), ("w8", "0.561370121")],
)  # fmt: skip
def test_the_weights_after_mazurs_update(name, printed):
    found = MAZUR.network.explain(MAZUR.x, MAZUR.y, name, learning_rate=MAZUR.learning_rate)
    assert f"{found.updated:.{len(printed) - 2}f}" == printed


def test_cs231ns_circuit():
    f = cp.parse("sigmoid(w0*x0 + w1*x1 + w2)", w0=2, x0=-1, w1=-3, x1=-2, w2=-3)
    found = cp.explain(f, wrt="w1")
    assert found.value == pytest.approx(0.731058578630, abs=1e-12)
    assert found.total == pytest.approx(-0.393223866483, abs=1e-12)
    assert cp.explain(f, wrt="g2").total == pytest.approx(0.196611933241, abs=1e-12)


def test_a_square_and_a_shared_wire_add_their_slopes_up():
    x, y = cp.inputs(x=3.0, y=2.0)
    q = (x * y).named("q")
    found = cp.explain((q * q + q * x).named("f"), wrt=x)
    assert found.total == pytest.approx(2 * 6 * 2 + 6 + 3 * 2)
    assert found.n_paths == 3


def test_names_of_both_notations_are_read_and_the_answer_says_its_own():
    net, x, y = TUTORIAL.network, TUTORIAL.x, TUTORIAL.y
    assert net.explain(x, y, "w2", notation="matrix").wrt == "W1[1,0]"
    assert net.explain(x, y, "net_h1", notation="matrix").wrt == "z1[0]"
    assert net.explain(x, y, "i1").total == pytest.approx(
        net.explain(x, y, "x[0]", notation="matrix").total
    )


def test_many_paths_give_the_layers_instead():
    net = cp.Network([2, 6, 6, 6, 2], "tanh", seed=1)
    found = net.explain([0.5, -1.0], 1, "w1")
    assert (found.n_paths, found.paths) == (72, ())
    assert found.total == pytest.approx(net.gradients([[0.5, -1.0]], [1])["W1"][0, 0], rel=1e-12)
    assert "72 paths, too many to list" in found.text()
    rows = dict(re.findall(r"(dloss/d\w+) = .* = ([-\d.e]+)$", found.text(), re.M))
    assert float(rows["dloss/dw1"]) == pytest.approx(found.total, rel=1e-5)


def test_of_many_paths_those_without_a_share_are_counted():
    net = cp.Network([1, 6, 6, 2], "relu", seed=1)
    found = net.explain([1.0], 1, "b_h1_1")
    idle = sum(path.share == 0 for path in found.paths)
    assert len(found.paths) == 12
    assert 0 < idle < 12
    assert f"({idle} paths more have the share 0" in found.text()
    assert found.text().count(" → loss") == 12 - idle


def test_the_notation_is_that_of_the_name():
    net, x, y = TUTORIAL.network, TUTORIAL.x, TUTORIAL.y
    assert net.explain(x, y, "W1[1,0]").wrt == "W1[1,0]"
    assert net.explain(x, y, "W1[1,0]", notation="neuron").wrt == "w2"


def test_chinese_words_and_the_same_numbers():
    found = TUTORIAL.network.explain(TUTORIAL.x, TUTORIAL.y, "w1", learning_rate=0.5)
    chinese = found.text(language="zh")
    assert "链式法则" in chinese
    assert "Chain" not in chinese
    assert re.findall(r"[\d.]{6,}", chinese) == re.findall(r"[\d.]{6,}", found.text())


def test_a_new_gate_is_explained_without_another_edit():
    gate = cp.Gate("bend", "x * exp(-x * x)", ["exp(-x * x) * (1 - 2 * x * x)"], activation=True)
    net = cp.Network([1, 1, 1], gate, "squared_error", seed=3)
    found = net.explain([0.7], [0.2], "w1")
    assert found.total == pytest.approx(net.gradients([[0.7]], [[0.2]])["W1"][0, 0], rel=1e-12)


@pytest.mark.parametrize(
    ("wrt", "problem"),
    [("w99", "there is nothing called 'w99'"), ("loss", "moves with itself"),
     ("W1[5,0]", "has the shape"), ("", "there is nothing called")],
)  # fmt: skip
def test_what_is_not_there_is_said(wrt, problem):
    with pytest.raises(cp.ClearPropError, match=problem):
        TUTORIAL.network.explain(TUTORIAL.x, TUTORIAL.y, wrt)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "clearprop derivation"}',
             '{"format": "clearprop derivation", "version": 1}', '{"format": 3, "version": 1}'],
)  # fmt: skip
def test_data_that_are_no_derivation_are_refused(text):
    with pytest.raises(cp.ClearPropError):
        cp.Derivation.from_json(text)


def test_all_parameters_in_one_table():
    table = MAZUR.network.explain(MAZUR.x, MAZUR.y, "all", learning_rate=0.5)
    gradients = MAZUR.network.gradients([MAZUR.x], [MAZUR.y])
    assert table["w5"].gradient == pytest.approx(gradients["W2"][0, 0], rel=1e-12)
    assert f"{table['w1'].updated:.9f}" == "0.149780716"
    assert len(MAZUR.network.explain(MAZUR.x, MAZUR.y, "W1").rows) == 4


@pytest.mark.parametrize(("page", "language"), [("README.md", "en"), ("README.zh-CN.md", "zh")])
def test_the_front_pages_show_what_the_command_prints(page, language):
    text = (Path(__file__).parents[1] / page).read_text("utf-8")
    block = next(b for b in text.split("```\n") if "net_h1 = w1" in b)
    found = TUTORIAL.network.explain(TUTORIAL.x, TUTORIAL.y, "w1", learning_rate=0.5)
    printed = found.text(language=language).splitlines()
    shown = [line for line in block.splitlines() if line.strip() not in ("", "...")]
    assert len(shown) > 10
    assert [line for line in shown if line not in printed] == []


def run(*words):
    return subprocess.run(
        [sys.executable, "-m", "clearprop", "explain", *words],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_the_command(tmp_path):
    done = run("(x+y)*z", "--at", "x=-2,y=5,z=-4", "--wrt", "z")
    assert (done.returncode, done.stderr) == (0, "")
    assert "df/dz = 3" in done.stdout
    page = tmp_path / "w1.html"
    assert run("tutorial", "--wrt", "w1", "--format", "html", "--out", str(page)).returncode == 0
    written = page.read_text("utf-8")
    assert "<math" in written
    assert 'data-wire="w1"' in written[written.index("<svg") : written.index("</svg>")]
    assert "default-src 'none'" in written
    picture = run("(x+y)*z", "--at", "x=-2,y=5,z=-4", "--format", "svg").stdout
    assert picture.startswith("<svg")
    document = json.loads(run("mazur", "--wrt", "w5", "--json").stdout)
    assert document["total"] == pytest.approx(0.082167041, abs=5e-10)
    wrong = run("x*(y+", "--at", "x=1,y=2")
    assert wrong.returncode == 1
    assert "'(' was never closed\n    x*(y+\n      ^" in wrong.stderr
    assert run("nothing").returncode == 2
    assert run("tutorial", "--wrt", "w77").returncode == 1


@pytest.mark.parametrize(("value", "verdict"), [(-1.0, "nothing to compare with"), (2.0, "agrees")])
def test_a_check_that_gives_no_number_finds_no_kink(value, verdict):
    found = cp.explain(cp.parse("log(x)", x=value), wrt="x")
    assert verdict in found.text().splitlines()[-1]
    assert "kink" not in found.text()
