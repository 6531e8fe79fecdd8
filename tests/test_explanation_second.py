"""Second derivatives, explained: held to mathematics, and to differences of first ones."""

import itertools
import math
import re
import subprocess
import sys

import numpy as np
import pytest
import sympy

import clearprop as cp
from clearprop.errors import CircuitError, NetworkError
from clearprop.explanation.collecting import collected
from clearprop.explanation.derivative_names import derivative_name, of_and_by, slope_name
from clearprop.explanation.examples import published_example
from clearprop.explanation.graph import graph_of
from clearprop.explanation.naming import Naming
from clearprop.explanation.reading import parse_formula, value_of
from clearprop.explanation.second import with_backward_pass
from random_networks import random_case

TUTORIAL = published_example("tutorial")
AT = {"x": 0.7, "y": -1.3, "z": 0.4}
FORMULAS = [
    "x*x*y + y*z",
    "(x + y) * (x - z) * x",
    "exp(x*y) / (1 + z*z)",
    "log(x*x + y*y) * tanh(z*x)",
    "sqrt(x*x + exp(y)) - z/x",
    "1 / (1 + exp(-(x*y + z)))",
    "x - y",
    "exp(exp(x) * y)",
]
SYMPY = {name: getattr(sympy, name) for name in ("exp", "log", "tanh", "sqrt")}


@pytest.mark.parametrize("text", FORMULAS)
def test_circuits_agree_with_sympy(text):
    formula = sympy.sympify(text, locals=SYMPY)
    for first, second in itertools.product(AT, repeat=2):
        if sympy.Symbol(first) not in formula.free_symbols:
            continue
        wanted = float(formula.diff(first, second).evalf(30, subs=AT))
        used = {name: AT[name] for name in AT if sympy.Symbol(name) in formula.free_symbols}
        if second not in used:
            continue
        found = cp.explain(cp.parse(text, **used), wrt=first, second=second)
        assert found.total == pytest.approx(wanted, rel=1e-12, abs=1e-13)
        assert found.check.agrees
        assert math.fsum(path.share for path in found.paths) == pytest.approx(found.total)
        assert cp.Derivation.from_json(found.to_json()) == found


GATES = ["add", "subtract", "multiply", "tanh", "sigmoid", "exp", "softplus", "square", "gelu"]


@pytest.mark.parametrize("seed", range(40))
def test_random_circuits_agree_with_asking_backward_twice(seed):
    draw = np.random.RandomState(seed)
    inputs = [cp.input(f"x{k}", float(draw.uniform(-1, 1))) for k in range(3)]
    pool = list(inputs)
    for _ in range(draw.randint(2, 9)):
        gate = GATES[draw.randint(len(GATES))]
        count = len(cp.GATES[gate].inputs)
        pool.append(cp.gates.tanh(cp.apply(gate, *(pool[draw.randint(len(pool))]
                                                   for _ in range(count)))))  # fmt: skip
    f = pool[-1] + 0.1 * inputs[0] * inputs[1]
    for first, second in ((inputs[0], inputs[1]), (inputs[0], inputs[0])):
        slope = cp.backward(f, first)[first]
        wanted = cp.gradients(slope, wrt=second)[second]
        found = cp.explain(f, wrt=first, second=second)
        assert found.total == pytest.approx(wanted, rel=1e-10, abs=1e-12)
        assert found.value == pytest.approx(cp.evaluate(slope), rel=1e-12, abs=1e-14)
        turned = cp.explain(f, wrt=second, second=first)
        assert turned.total == pytest.approx(found.total, rel=1e-10, abs=1e-12)


def of_loss(net, first, second, X, y, how):
    """Second derivative of the objective by differences of the engines' first one."""
    (_, array, place), (_, other, where) = first, second
    step = 1e-4

    def slope(by):
        moved = {name: np.array(value) for name, value in net.parameters.items()}
        moved[other][where] += by
        return net.with_parameters(**moved).gradients(X, y, **how)[array][place]

    near, far = slope(step) - slope(-step), slope(2 * step) - slope(-2 * step)
    return (8 * near - far) / (12 * step)


def smooth(net):
    kinked = {str(gate) for gate in net.architecture.gates if gate.kinks}
    return not kinked and net.architecture.loss.name not in ("hinge", "absolute_error", "huber")


@pytest.mark.parametrize("shard", range(4))
def test_networks_agree_with_differences_of_their_gradients(shard):
    seen = 0
    for seed in range(40 * shard, 40 * shard + 40):
        net, X, y, how, _ = random_case(seed)
        if not smooth(net) or net.n_parameters > 60:
            continue
        names = list(Naming(net.architecture).parameters())
        draw = np.random.RandomState(seed)
        first, second = (names[draw.randint(len(names))] for _ in range(2))
        found = net.explain(X, y, first[0], second=second[0], **how)
        wanted = of_loss(net, first, second, X, y, how)
        assert found.total == pytest.approx(wanted, rel=1e-6, abs=1e-8), seed
        # The shown sample's paths, and its share as computed from the array circuit.
        assert found.slope == pytest.approx(
            found.shares[found.subject.sample], rel=1e-10, abs=1e-13
        )
        assert found.check.agrees
        seen += 1
    assert seen > 5


@pytest.mark.parametrize("loss", list(cp.LOSSES))
def test_every_loss_has_second_derivatives(loss):
    net = cp.Network([2, 2, 2], "tanh", loss, seed=4)
    y = {"class": 1, "binary": [0.0, 1.0], "value": [0.3, -1.7]}[net.architecture.loss.targets]
    first, second = ("w1", "W1", (0, 0)), ("w6", "W2", (1, 0))
    found = net.explain([0.5, -0.3], y, "w1", second="w6")
    wanted = of_loss(net, first, second, np.array([[0.5, -0.3]]), np.array([y]), {})
    assert found.total == pytest.approx(wanted, rel=1e-6, abs=1e-9)


DISTANCE = {"q": ("sum", "(s - target) * (s - target)")}
STAGED = [  # without words of its own, and with words that do not name what its slope does
    cp.Loss("spread", "q * q", "4 * q * (s - target)", "value", DISTANCE),
    cp.Loss("odd", "q", "2 * (s - target) + 0 * q", "value", DISTANCE,
            said={"d": ("each", "(s - target) * (s - target)"), "loss": ("sum", "d")}),
]  # fmt: skip


@pytest.mark.parametrize("row", STAGED, ids=str)
def test_losses_whose_slopes_are_written_in_stages(row):
    net = cp.Network([1, 2], loss=row, seed=1)
    first, second = ("w1", "W1", (0, 0)), ("b_o1", "b1", (0,))
    found = net.explain([0.8], [0.5, 0.2], "w1", second="b_o1")
    wanted = of_loss(net, first, second, np.array([[0.8]]), np.array([[0.5, 0.2]]), {})
    assert abs(wanted) > 1e-3
    assert found.total == pytest.approx(wanted, rel=1e-7)


def test_slopes_of_a_wide_softmax_are_written_with_its_chances():
    net = cp.Network([1, 6], seed=2)
    assert "p1" in net.explain([0.8], 3, "w1").text().partition("Chain rule")[2]


def test_the_slope_of_softmax_is_written_as_people_write_it():
    found = TUTORIAL.network.explain(TUTORIAL.x, TUTORIAL.y, "w1", second="w5")
    text = found.text()
    for part in ("p1·(1 - p1)", "-p2·p1", "∂loss/∂out_o1·(1 - 2·out_o1)",
                 "∂²loss/∂w1∂w5 = (1) + (2) + (3) + (4)",
                 "How does w5 = 0.4 move ∂loss/∂w1?", "∂loss/∂net_h1·i1"):  # fmt: skip
        assert part in text
    assert max(map(len, text.splitlines())) <= 100
    assert (found.result, found.wrt) == ("∂loss/∂w1", "w5")
    assert "反向传播：loss 对每一步的导数" in found.text(language="zh")
    latex = found.latex()
    assert r"\frac{\partial^2 \mathrm{loss}}{\partial w_1 \, \partial w_5}" in latex
    assert "∂" not in latex
    page = found.html()
    assert "<msup><mi>∂</mi><mn>2</mn></msup>" in page


def test_l2_adds_itself_on_the_diagonal_of_weights():
    net, x, y = TUTORIAL.network, TUTORIAL.x, TUTORIAL.y
    for first, second, more in (("w1", "w1", 0.3), ("w1", "w2", 0), ("b1", "b1", 0)):
        plain = net.explain(x, y, first, second=second)
        found = net.explain(x, y, first, second=second, l2=0.3)
        assert found.total - plain.total == pytest.approx(more, abs=1e-12)
    assert "∂²loss/∂w1² = " in net.explain(x, y, "w1", second="w1", l2=0.3).text()
    assert "l2 adds 0.3 = 0.3" in net.explain(x, y, "w1", second="w1", l2=0.3).text()


def test_too_many_paths_are_given_step_by_step():
    net = cp.Network([2, 5, 5, 2], "tanh", seed=1)
    found = net.explain([0.5, -1.0], 1, "w1", second="w3")
    assert found.paths == ()
    assert found.n_paths > 64
    rows = re.findall(r"^ +(∂²loss/∂w1∂w3) = .* = ([-\d.e]+)$", found.text(width=300), re.M)
    assert float(rows[0][1]) == pytest.approx(found.total, rel=1e-5)
    for view in (found.latex(), found.markdown()):
        assert r"\frac{\partial (\partial \mathrm{loss} / \partial w_1)}" in view


def test_the_backward_pass_is_the_one_of_the_circuit():
    f = cp.parse("tanh(x*y) * (y + z)", **AT)
    graph = with_backward_pass(graph_of(f), "f", "x")
    wires = {wire.name: wire for wire in cp.circuit.topological([f]) if wire.name}
    assert graph.values["∂f/∂x"] == pytest.approx(cp.gradients(f)[wires["x"]], rel=1e-14)
    for node in graph.nodes.values():
        if node.formula is not None:
            assert value_of(node.formula, graph.values) == pytest.approx(node.value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("1 - f - f", "1 - 2 * f"), ("d*(1 - o) + d*o*(-1)", "d * (1 - 2 * o)"),
        ("a*b/a", "b"), ("a - a", "0"), ("x*x*x / x", "square(x)"), ("-(a - b)", "b - a"),
        ("2*a + 3*a", "5 * a"), ("a/(b*c) * b", "a / c"), ("exp(a - a + b)", "exp(b)"),
    ],
)  # fmt: skip
def test_formulas_are_made_short(text, short):
    assert collected(parse_formula(text)) == parse_formula(short)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_made_short_keeps_its_value(seed):
    draw = np.random.RandomState(seed)
    values = {name: float(v) for name, v in zip("abc", draw.uniform(0.5, 2, 3), strict=True)}

    def some(depth):
        if not depth or draw.rand() < 0.15:
            return draw.choice(["a", "b", "c", "1", "2", "0.5"])
        left, right = some(depth - 1), some(depth - 1)
        return draw.choice([f"({left} + {right})", f"({left} - {right})", f"({left} * {right})",
                            f"({left} / (3 + {right} * {right}))", f"(-{left})",
                            f"exp(0.1 * {right})"])  # fmt: skip

    tree = parse_formula(some(5))
    known = {"p": parse_formula("a * b")}
    short = collected(tree, known)
    names = {**values, "p": values["a"] * values["b"]}
    assert value_of(short, names) == pytest.approx(value_of(tree, values), rel=1e-9, abs=1e-9)


def test_names_of_derivatives_are_taken_apart_again():
    for of, by in itertools.product(["f", "loss_2", "∂f/∂x"], ["x", "W1[0,2]", "∂f/∂g1"]):
        assert of_and_by(slope_name(of, by)) == (of, (by,))
    assert of_and_by(derivative_name("∂f/∂x", "y")) == ("f", ("x", "y"))
    assert of_and_by(derivative_name("∂f/∂x", "x")) == ("f", ("x", "x"))


def f_of(x):
    return cp.parse("x*x + y", x=x, y=1.0)


@pytest.mark.parametrize(
    ("ask", "problem"),
    [
        (lambda: cp.explain(f_of(2.0), wrt=("x", "y")), 'second="y"'),
        (lambda: cp.explain(f_of(2.0), wrt="x", second="q"), "nothing called 'q'"),
        (lambda: cp.explain(f_of(2.0), wrt="x", second="y", learning_rate=0.1), "first derivative"),
        (lambda: cp.explain(cp.input("x", 1.0) * 2.0, wrt="y", second="x"), "nothing called 'y'"),
        (lambda: TUTORIAL.network.explain([0, 1], 0, "w1", second="all"), "single numbers"),
        (lambda: TUTORIAL.network.explain([0, 1], 0, "w1", second="W2"), "single numbers"),
        (lambda: TUTORIAL.network.explain([0, 1], 0, ("w1", "w2")), 'second="w5"'),
        (lambda: TUTORIAL.network.explain([0, 1], 0, "w1", second="w99"), "nothing called 'w99'"),
        (lambda: cp.Network([90, 90, 2]).explain(np.ones(90), 0, "W1[0,0]", second="W1[0,1]"),
         "at most 5,000"),
    ],
)  # fmt: skip
def test_what_cannot_be_differentiated_twice_is_said(ask, problem):
    with pytest.raises((CircuitError, NetworkError), match=problem):
        ask()


def test_what_does_not_move_it_is_said():
    found = cp.explain(f_of(2.0), wrt="x", second="y")
    assert (found.total, found.n_paths) == (0.0, 0)
    assert "y does not reach ∂f/∂x" in found.text()


def test_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "clearprop", "explain", "x*x*y", "--at", "x=2,y=3", "--wrt", "x",
         "--second", "y"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "∂²f/∂x∂y = 4" in done.stdout
