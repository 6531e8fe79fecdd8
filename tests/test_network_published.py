"""Numbers from the literature, from networks: the tutorial's derivative, Mazur's example."""

import mpmath as mp
import numpy as np
import pytest

import clearprop as cp

X1 = np.array([[0.05, 0.10]])
W = {
    f"w{i}": number for i, number in enumerate((0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55), 1)
}
BIASES = {"b1": 0.35, "b2": 0.60}
PLACES = {
    "w1": ("W1", 0, 0), "w2": ("W1", 1, 0), "w3": ("W1", 0, 1), "w4": ("W1", 1, 1),
    "w5": ("W2", 0, 0), "w6": ("W2", 1, 0), "w7": ("W2", 0, 1), "w8": ("W2", 1, 1),
}  # fmt: skip


def mazur(loss):
    """Mazur's 2-2-2 network, which is the tutorial's too."""
    net = cp.Network([2, 2, 2], "sigmoid", loss, "sigmoid", shared_bias=True)
    return net.with_parameters(
        W1=[[W["w1"], W["w3"]], [W["w2"], W["w4"]]],
        W2=[[W["w5"], W["w7"]], [W["w6"], W["w8"]]],
        **BIASES,
    )


def tutorial_in_fifty_digits():
    """The tutorial's loss and its derivative by w1, path by path, from decimal numbers."""
    with mp.workdps(50):
        w = {name: mp.mpf(str(value)) for name, value in (W | BIASES).items()}
        i1, i2 = mp.mpf("0.05"), mp.mpf("0.10")

        def sigmoid(z):
            return 1 / (1 + mp.exp(-z))

        h1 = sigmoid(w["w1"] * i1 + w["w2"] * i2 + w["b1"])
        h2 = sigmoid(w["w3"] * i1 + w["w4"] * i2 + w["b1"])
        o1 = sigmoid(w["w5"] * h1 + w["w6"] * h2 + w["b2"])
        o2 = sigmoid(w["w7"] * h1 + w["w8"] * h2 + w["b2"])
        p1 = mp.exp(o1) / (mp.exp(o1) + mp.exp(o2))
        below = h1 * (1 - h1) * i1
        through_o1 = (p1 - 1) * o1 * (1 - o1) * w["w5"] * below
        through_o2 = (1 - p1) * o2 * (1 - o2) * w["w7"] * below
        return -mp.log(p1), through_o1, through_o2


def test_the_tutorials_true_derivative():
    loss, through_o1, through_o2 = tutorial_in_fifty_digits()
    true = through_o1 + through_o2
    # As published with the tutorial's audit, to twelve decimals and more.
    assert float(loss) == pytest.approx(0.703986999823, abs=5e-13)
    assert float(true) == pytest.approx(0.0000794437500, abs=5e-14)
    assert float(through_o1) == pytest.approx(-0.000455647436, abs=5e-13)
    assert float(through_o2) == pytest.approx(0.000535091186, abs=5e-13)

    net, y = mazur("softmax_cross_entropy"), np.array([0])
    assert net.loss(X1, y) == pytest.approx(float(loss), rel=1e-14)
    assert net.gradients(X1, y)["W1"][0, 0] == pytest.approx(float(true), rel=1e-12)

    circuit = net.architecture.circuit()
    at = {circuit.X: X1, circuit.targets: y, circuit.count: 1}
    at |= {wire: net.parameters[name] for name, wire in circuit.parameters.items()}
    scalars = cp.gradients(cp.expand(circuit.objective, at))
    assert scalars["W1[0,0]"] == pytest.approx(float(true), rel=1e-12)


# Printed by Mazur before his first update, with his digits.
MAZUR_FORWARD = {
    ("Z1", 0): "0.3775",
    ("A1", 0): "0.593269992",
    ("A1", 1): "0.596884378",
    ("Z2", 0): "1.105905967",
    ("A2", 0): "0.75136507",
    ("A2", 1): "0.772928465",
}
MAZUR_AFTER = {
    "w1": "0.149780716", "w2": "0.19956143", "w3": "0.24975114", "w4": "0.29950229",
    "w5": "0.35891648", "w6": "0.408666186", "w7": "0.511301270", "w8": "0.561370121",
}  # fmt: skip
TARGETS = np.array([[0.01, 0.99]])


def printed(text):
    """A printed number, to half a unit of its last digit."""
    return pytest.approx(float(text), rel=0, abs=0.5000001 * 10.0 ** -len(text.partition(".")[2]))


def test_mazurs_numbers_before_his_update():
    net = mazur("squared_error")
    values = net.forward(X1, TARGETS)
    for (name, neuron), text in MAZUR_FORWARD.items():
        assert values[name][0, neuron] == printed(text), name
    assert values["loss"] == printed("0.298371109")
    slopes = net.gradients(X1, TARGETS)
    assert slopes["W2"][0, 0] == printed("0.082167041")
    assert slopes["W1"][0, 0] == printed("0.000438568")
    errors = 0.5 * (TARGETS - values["A2"])[0] ** 2
    assert errors[0] == printed("0.274811083")
    assert errors[1] == printed("0.023560026")


def descend(epochs):
    """Correct gradient descent; Mazur does not train his biases."""
    return cp.fit(
        mazur("squared_error"), X1, TARGETS, optimizer="gradient_descent", learning_rate=0.5,
        reduction="sum", epochs=epochs, frozen=["b1", "b2"],
    )  # fmt: skip


def test_mazurs_numbers_after_one_update():
    result = descend(1)
    for weight, text in MAZUR_AFTER.items():
        name, row, column = PLACES[weight]
        assert result.network.parameters[name][row, column] == printed(text), weight
    # He prints 0.291027924, which is what comes of updating w5..w8 first.
    assert result.loss == pytest.approx(0.291027773694, abs=5e-13)


def test_mazurs_numbers_after_ten_thousand_updates():
    result = descend(10_000)
    outputs = result.network.predict(X1)[0]
    assert result.loss == pytest.approx(3.51018778e-05, rel=2e-9)
    assert outputs == pytest.approx([0.0159136204, 0.9840642735], abs=5e-11)
