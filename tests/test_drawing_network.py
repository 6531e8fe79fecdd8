"""Pictures of networks: weights as lines, a sample in the neurons, large ones in part."""

import re

import numpy as np
import pytest

import clearprop as cp
from clearprop.explanation.figures import in_short
from clearprop.explanation.svg import text_width
from drawings import NS, PICTURES, by_class, group, read, tutorial


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


@pytest.mark.parametrize("layers", [[2, 2, 2], [4, 6, 3], [8, 8, 8], [784, 512, 512, 10]])
@pytest.mark.parametrize("digits", [4, 6])
def test_what_stands_in_a_neuron_stays_in_it(layers, digits):
    net = cp.Network(layers, seed=1)
    given = -(10 ** np.linspace(-5.123, 3.456, layers[0]))
    for sample in (None, given):
        root = read(cp.draw_network(net, sample, digits=digits))
        neurons = by_class(root, "gate")
        assert len(neurons) >= sum(min(n, 7) for n in layers)
        for neuron in neurons:
            circle, inside = neuron.find(f"{NS}circle"), neuron.find(f"{NS}text")
            assert float(inside.get("y")) == pytest.approx(float(circle.get("cy")), abs=5)
            size = 13 if "word" in inside.get("class").split() else 12
            assert text_width(inside.text, size) <= 2 * float(circle.get("r")) - 4
