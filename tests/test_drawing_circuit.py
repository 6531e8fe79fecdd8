"""Pictures of circuits: where gates stand, and what their wires say."""

import pytest

import clearprop as cp
from clearprop.explanation import drawing_circuit
from clearprop.explanation.drawing import wire_keys
from clearprop.explanation.drawing_signs import in_any_order, sign_of, with_constant
from clearprop.explanation.figures import in_short
from drawings import NS, PICTURES, branches, by_class, group, numbers_of, read, tutorial, xyz


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
