"""One parameter of a large network, layer by layer; and the table of all parameters."""

from __future__ import annotations

import json
import re
import time

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import CircuitError, NetworkError
from clearprop.explanation.figures import significant
from clearprop.explanation.finding import find_parameter
from clearprop.explanation.naming import Naming
from clearprop.explanation.screen_lines import columns
from random_networks import random_case

MAZUR = {"W1": [[0.15, 0.25], [0.20, 0.30]], "b1": 0.35,
         "W2": [[0.40, 0.50], [0.45, 0.55]], "b2": 0.60}  # fmt: skip


SIGNS = {
    "add": lambda *terms: sum(terms),
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negate": lambda a: -a,
    "square": lambda a: a * a,
    "pow": lambda a, b: a**b,
}


def worked_out(lists, values):
    """Work out a formula of the data: a text is a name, a number itself."""
    if isinstance(lists, str):
        return np.pi if lists == "pi" else values[lists]
    if isinstance(lists, int | float):
        return lists
    operation, *arguments = lists
    numbers = [worked_out(one, values) for one in arguments]
    if operation in SIGNS:
        return SIGNS[operation](*numbers)
    return float(cp.evaluate(cp.apply(operation, *map(cp.constant, numbers))))


def close(found, expected, size=1.0):
    return abs(found - expected) <= 1e-12 * max(1.0, abs(expected), size)


@pytest.mark.parametrize("seed", range(150))
def test_the_total_is_the_engines_and_every_split_adds_up(seed):
    net, X, y, options, wrt = random_case(seed)
    options.pop("sample_weight")
    draw = np.random.RandomState(seed)
    shape = net.parameters[wrt].shape
    place = tuple(int(draw.randint(n)) for n in shape)
    name = f"{wrt}[{','.join(map(str, place))}]" if place else wrt
    sample = int(draw.randint(len(X)))
    notation = ("neuron", "matrix")[seed % 2]
    found = cp.explain_layers(
        net, X, y, name, sample=sample, most=2, learning_rate=0.1, notation=notation, **options
    )
    gradient = net.gradients(X, y, **options)[wrt][place]
    assert close(found.total, gradient)
    assert close(found.updated, net.parameters[wrt][place] - 0.1 * gradient)
    assert close(found.value, net.forward(X, y)["losses"][sample])
    assert found.check.agrees
    one = net.gradients(X[sample : sample + 1], y[sample : sample + 1])[wrt][place]
    assert close(found.slope, one)
    assert close(found.shares[sample], one)
    data = json.loads(found.to_json())
    values = found.values
    source = values[found.source] if found.source else 1.0
    assert close(source * values[found.target], found.slope)
    layer = int(wrt[1:])
    later = range(len(net.layers) - 1, layer - (not place), -1)
    assert [split["layer"] for split in data["splits"]] == list(later)
    for step in data["steps"]:
        if step["formula"] is not None:
            assert close(worked_out(step["formula"], values), step["value"]), step["name"]
    for split in data["splits"]:
        assert close(worked_out(split["step"]["formula"], values), values[found.target])
        assert split["count"] == net.layers[split["layer"]]
    assert cp.LayerDerivation.from_json(found.to_json()) == found


def by_hand(net, x, y):
    """Back-propagate through a tanh network with softmax cross-entropy, in plain NumPy."""
    W, last = net.parameters, len(net.layers) - 1
    a = {0: x}
    for k in range(1, last + 1):
        z = a[k - 1] @ W[f"W{k}"] + W[f"b{k}"]
        a[k] = np.tanh(z) if k < last else z
    e = np.exp(a[last] - a[last].max())
    delta = {last: e / e.sum() - np.eye(len(e))[y]}
    for k in range(last - 1, 0, -1):
        delta[k] = (W[f"W{k + 1}"] @ delta[k + 1]) * (1 - a[k] ** 2)
    return a, delta


def test_the_terms_are_the_largest_and_the_rest_is_one_number():
    net = cp.Network([12, 40, 30, 9], "tanh", seed=3)
    x, y = np.random.RandomState(1).randn(12), 4
    a, delta = by_hand(net, x, y)
    found = cp.explain_layers(net, x, y, "W1[7,11]")
    last, near = found.splits
    terms = net.parameters["W2"][11] * delta[2]
    order = np.argsort(-np.abs(terms))
    assert near.terms == tuple(order[:5])
    assert close(near.covered, np.abs(terms[order[:5]]).sum() / np.abs(terms).sum())
    assert close(found.values["rest2"], terms[order[5:]].sum())
    assert close(found.values["tanh'(z1[11])"], 1 - a[1][11] ** 2)
    for k in near.terms:
        assert close(found.values[f"δ2[{k}]"], delta[2][k])
    moves = ((1 - a[1][11] ** 2) * net.parameters["W2"][11] * (1 - a[2] ** 2)) @ net.parameters[
        "W3"
    ]
    order = np.argsort(-np.abs(moves * delta[3]))
    assert last.terms == tuple(order[:5])
    for k in last.terms:
        assert close(found.values[f"dz3[{k}]/dz1[11]"], moves[k])
    assert close(found.slope, x[7] * delta[1][11])
    summary = found.layers[1].delta
    assert close(summary.mean, delta[2].mean())
    assert (summary.count, summary.smallest) == (30, pytest.approx(delta[2].min(), rel=1e-12))


def numbers_of(line):
    """Work out a printed product or sum, with Python's own reading of it."""
    plain = line.replace("·", "*").replace("²", "**2")
    return eval(plain, {"__builtins__": {}})  # of what the package printed, in a test


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("seed", range(6))
def test_what_is_printed_can_be_worked_out_from_what_is_printed(seed, language):
    kinds = ["tanh", "leaky_relu", "sigmoid"]
    net = cp.Network([9, 25, 20, 12], kinds[seed % 3], seed=seed)
    x, y = np.random.RandomState(seed).randn(9), seed
    text = cp.explain_layers(net, x, y, "W1[3,5]", learning_rate=0.5).text(language=language)
    assert max(map(columns, text.splitlines())) <= 100
    joined = re.sub(r"\n {6,}(?=\S)", " ", text)  # broken lines put together again
    sums = re.findall(r"\n    = (.*)\n    = (\S+)(?=\n)", joined)
    assert len(sums) == 2
    for printed, result in sums:
        assert significant(numbers_of(printed), 6) == result
    product, result = re.search(r"  dloss/dW1\[3,5\] = \S+ = (\S+) = (\S+)", joined).groups()
    assert significant(numbers_of(product), 6) == result
    assert re.search(r"W1\[3,5\] - 0\.5·dloss/dW1\[3,5\] = .* - 0\.5·\S+ = \S+\n", joined)


def test_a_large_network_answers_at_once_and_net_explain_hands_over():
    net = cp.Network([784, 512, 512, 10], "relu")
    X, y = np.random.RandomState(0).rand(32, 784), np.arange(32) % 10
    start = time.perf_counter()
    found = net.explain(X[0], 3, "W1[300,6]", notation="matrix", learning_rate=0.1)
    text, form = found.text(), cp.matrix_form(net, "W1[300,6]").text()
    assert time.perf_counter() - start < 1
    assert isinstance(found, cp.LayerDerivation)
    assert close(found.total, net.gradients(X[:1], [3])["W1"][300, 6])
    assert "by layer 2: the 5 largest of 512 terms" in text
    assert "784×N" in form
    batch = net.explain(X, y, "W1[300,6]", reduction="sum", l2=0.1, sample=5)
    assert close(batch.total, net.gradients(X, y, reduction="sum", l2=0.1)["W1"][300, 6])
    assert len(batch.shares) == 32
    again = net.explain(X[0], 3, "w4005", notation="matrix")
    assert again.wrt == "W1[84,5]"


def test_a_neuron_that_is_off_says_so():
    net = cp.Network([2, 10, 3], "relu").with_parameters(b1=[-9.0] * 10)
    found = cp.explain_layers(net, [0.1, 0.2], 0, "W1[0,1]")
    assert found.total == 0
    assert "relu'(z1[1]) = 0\n" in found.text()
    two = cp.explain_layers(cp.Network([2, 10, 10, 3], "relu").with_parameters(b1=[-9.0] * 10,
                            b2=[-9.0] * 10), [0.1, 0.2], 0, "b1[1]")  # fmt: skip
    assert "by layer 2: all 10 terms are 0" in two.text()
    assert "全部 10 项都为 0" in two.text(language="zh")


@pytest.mark.parametrize("layers", [[2, 3, 2], [1, 1], [3, 2, 4, 2]])
@pytest.mark.parametrize("shared", [True, False])
def test_every_name_is_found_without_a_search(layers, shared):
    net = cp.Network(layers, shared_bias=shared, loss="squared_error").architecture
    for notation in ("neuron", "matrix"):
        for name, array, place in Naming(net, notation).parameters():
            assert find_parameter(net, name) == (array, place), name
    for name in ("w0", "w99", "b_h9", "b_o0", "W9", "i1", "", None, "b_h1_1_1", "W1[0]x"):
        assert find_parameter(net, name) is None


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, 2], 0, "cheese"), {}, "no parameter is called 'cheese'; there are the arrays W1"),
        (([1, 2], 0, "W1"), {}, r"W1 is a whole array; .* such as W1\[0,0\]"),
        (([1, 2], 0, "W1[5,0]"), {}, r"W1 has the shape \(2, 3\)"),
        (([1, 2], 0, "w1"), {"sample": 1}, "a row's number from 0 to 0"),
        (([1, 2], 0, "w1"), {"most": 0}, "from 1 up, not 0"),
        (([1, 2], 0, "w1"), {"reduction": "max"}, '"mean" or "sum"'),
        (([1, 2], 0, "w1"), {"l2": -1}, "from 0 up"),
        (([1, 2], 0, "w1"), {"notation": "cheese"}, "notation is"),
        (([1, 2, 3], 0, "w1"), {}, "2"),
    ],
)
def test_refusals(arguments, options, message):
    with pytest.raises(NetworkError, match=message):
        cp.explain_layers(cp.Network([2, 3, 2]), *arguments, **options)


@pytest.mark.parametrize("kind", [cp.LayerDerivation, cp.ParameterTable])
def test_data_that_is_something_else_is_refused(kind):
    net = cp.Network([2, 3, 2])
    make = {
        cp.LayerDerivation: lambda: cp.explain_layers(net, [1, 2], 0, "w1"),
        cp.ParameterTable: lambda: cp.explain_all(net, [1, 2], 0),
    }[kind]
    data = make().to_dict()
    assert kind.from_dict(json.loads(json.dumps(data))) == make()
    for changed, message in (
        ({"format": "cheese"}, "this is something else"),
        ({**data, "version": 9}, "version 9"),
        ({**data, "subject": 5}, "amiss"),
    ):
        with pytest.raises(CircuitError, match=message):
            kind.from_dict(changed)
    with pytest.raises(CircuitError, match="no JSON"):
        kind.from_json("cheese")


def test_the_table_of_mazurs_network():
    net = cp.Network([2, 2, 2], "sigmoid", "squared_error", "sigmoid", shared_bias=True)
    net = net.with_parameters(MAZUR)
    table = cp.explain_all(net, [0.05, 0.10], [0.01, 0.99], learning_rate=0.5)
    printed = {
        "w1": "0.149780716", "w2": "0.19956143", "w3": "0.24975114", "w4": "0.29950229",
        "w5": "0.35891648", "w6": "0.408666186", "w7": "0.511301270", "w8": "0.561370121",
    }  # fmt: skip
    for name, digits in printed.items():
        places = len(digits.partition(".")[2])
        assert f"{table[name].updated:.{places}f}" == digits
    gradients = net.gradients([[0.05, 0.10]], [[0.01, 0.99]])
    for row in table.rows:
        assert row.gradient == gradients[row.array][row.place]
        assert row.value == net.parameters[row.array][row.place]
        assert row.updated == row.value - 0.5 * row.gradient
    assert len(table.rows) == 10
    lines = table.text().splitlines()
    assert len(lines) == 12
    for line, row in zip(lines[2:], table.rows, strict=True):
        assert line.split() == [row.name, *(
            significant(v, 9) for v in (row.value, row.gradient, row.updated))]  # fmt: skip
    assert "w1" not in table.text(digits=4).replace("w1 ", "")
    assert "名称" in table.text(language="zh")


def test_the_table_of_one_array_and_of_a_batch():
    net = cp.Network([4, 5, 3], seed=2)
    X, y = np.random.RandomState(0).rand(6, 4), np.array([0, 1, 2, 0, 1, 2])
    how = {"l2": 0.2, "reduction": "sum"}
    table = cp.explain_all(net, X, y, "W2", notation="matrix", **how)
    assert [row.name for row in table.rows][:6] == [f"W2[{k},0]" for k in range(5)] + ["W2[0,1]"]
    gradient = net.gradients(X, y, **how)["W2"]
    assert [row.gradient for row in table.rows] == gradient.T.ravel().tolist()
    assert table.loss == net.loss(X, y, **how)
    assert table.learning_rate is None
    assert table.rows[0].updated is None
    assert "6 samples, the sum" in table.text()
    with pytest.raises(KeyError, match="no row is called 'w1'"):
        table["w1"]
    with pytest.raises(NetworkError, match="no parameter is called 'W9'"):
        cp.explain_all(net, X, y, "W9")
    with pytest.raises(NetworkError, match="12,012 rows; up to 10,000"):
        cp.explain_all(cp.Network([1000, 12], loss="squared_error"), np.zeros(1000), np.zeros(12))
