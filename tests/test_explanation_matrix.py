"""The matrix form: what it says, as data and as printed text, is what the engines compute."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import CircuitError, NetworkError
from clearprop.explanation import arrays
from clearprop.explanation.array_writing import in_text
from clearprop.explanation.matrix import matrix_form
from clearprop.explanation.matrix_data import MatrixForm
from clearprop.explanation.screen_lines import columns
from compiling import compiled
from formula_readers import Reader, evaluated, printed_lines
from random_networks import random_case

CLOSE = 1e-12


def given(net, X, y, options):
    """Return the values of the names that stand in formulas, and of no others."""
    values = dict(net.parameters)
    values |= {n: v for n, v in net.forward(X).items() if n[0] in "ZA"}
    outputs = net.layers[-1]
    hot = np.ndim(y) == 1 and cp.LOSSES[net.architecture.loss.name].targets == "class"
    weights = options["sample_weight"]
    values |= {"X": X, "Y": np.eye(outputs)[y] if hot else np.reshape(y, (-1, outputs))}
    values |= {"N": float(len(X)), "λ": options["l2"]}
    if weights is not None:
        values["s"] = weights[:, None]
    return values


def agrees(found, expected):
    size = max(1.0, np.max(np.abs(expected)))
    assert np.shape(found) == np.shape(expected)
    assert np.max(np.abs(found - expected)) <= CLOSE * size


@pytest.mark.parametrize("seed", range(300))
def test_the_lists_and_the_printed_text_give_the_engines_gradients(seed):
    net, X, y, options, wrt = random_case(seed)
    form = matrix_form(net, wrt, **options)
    expected = {f"∂L/∂{n}": g for n, g in net.gradients(X, y, **options).items()}
    data = json.loads(form.to_json())
    values = given(net, X, y, options)
    sizes = {"N": len(X)}
    for line in data["forward"]:
        agrees(evaluated(line["formula"], values, sizes), values[line["name"]])
    seen = set()
    for line in [*data["definitions"], data["whole"], *data["steps"]]:
        found = evaluated(line["formula"], values, sizes)
        values[line["name"]] = found
        if line["name"] in expected:
            agrees(found, expected[line["name"]])
            seen.add(line["name"])
    layer = int(wrt[1:])
    assert seen == {n for n in expected if int(n[5:]) >= layer}

    values = given(net, X, y, options)
    lines = printed_lines(form.text(width=100))
    assert lines[0][0] == f"∂L/∂{wrt}"
    definitions = [(line["name"]) for line in data["definitions"]]
    gates = {f"A{k}" for k in range(1, 6)}
    ordered = [*lines[1 : 1 + len(definitions)], lines[0], *lines[1 + len(definitions) :]]
    for name, text in ordered:
        if name in gates:  # a gate by its name: the interpreter above has seen to it
            continue
        found = Reader(text, values).read()
        if name in expected:
            agrees(np.broadcast_to(found, np.shape(expected[name])), expected[name])
        values[name] = found


@pytest.mark.parametrize("seed", range(0, 300, 7))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_lines_fit_the_screen_and_shapes_stand_under_their_factors(seed, language):
    net, _, _, options, wrt = random_case(seed)
    form = matrix_form(net, wrt, **options)
    lines = form.text(language=language, width=80).splitlines()
    assert max(map(columns, lines)) <= 80
    for above, below in pairwise(lines):
        if re.fullmatch(r"[\s\dN×]*\d[\s\dN×]*", below):
            for shape in re.finditer(r"\S+", below):
                assert above[shape.start() : shape.end() + 1].strip(), (above, below)


A, B = arrays.named("A", ("N", 3)), arrays.named("B", (3, 2))
HALF = arrays.number(0.5)
N, COLUMN = arrays.named("N"), arrays.named("c", ("N", 1))


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (arrays.turned(arrays.turned(A)), "A"),
        (arrays.times(A, A), "A²"),
        (arrays.times(A, arrays.number(1)), "A"),
        (arrays.times(arrays.times(HALF, A), arrays.number(2)), "A"),
        (arrays.times(arrays.number(0), A), "0"),
        (arrays.plus(A, arrays.number(0)), "A"),
        (arrays.minus(arrays.number(0), A), "−A"),
        (arrays.plus(arrays.negated(A), COLUMN), "c − A"),
        (arrays.negated(arrays.negated(A)), "A"),
        (arrays.over(A, N), "1/N · A"),
        (arrays.matmul(arrays.over(A, N), arrays.negated(B)), "−(1/N · A B)"),
        (arrays.matmul(arrays.times(HALF, A), arrays.times(HALF, B)), "0.25 · A B"),
        (arrays.matmul(arrays.times(A, COLUMN), B), "(A ⊙ c)B"),
        (arrays.turned(arrays.negated(A)), "−Aᵀ"),
        (arrays.added_up(arrays.over(A, N), (1,)), "1/N · Σⱼ A"),
        (arrays.added_up(arrays.plus(A, COLUMN), (0,)), "Σₙ (A + c)"),
        (arrays.minus(A, arrays.plus(A, COLUMN)), "A − (A + c)"),
        (arrays.over(arrays.number(1), arrays.plus(arrays.number(1), A)), "1/(1 + A)"),
        (arrays.times(arrays.plus(A, COLUMN), arrays.plus(A, COLUMN)), "(A + c)²"),
    ],
)
def test_formulas_are_simplified_by_exact_algebra_and_bracketed_where_it_matters(formula, text):
    assert in_text(formula) == text
    assert arrays.from_lists(json.loads(json.dumps(arrays.to_lists(formula)))) == formula


def test_the_issues_formula():
    net = cp.Network([2, 3, 2], "tanh", "softmax_cross_entropy")
    form = matrix_form(net, "W1", l2=0.1)
    assert form.equation == "∂L/∂W1 = 1/N · Xᵀ[((P − Y)W2ᵀ) ⊙ (1 − A1²)] + λW1"
    assert [(line.name, in_text(line.formula)) for line in form.steps] == [
        ("δ2", "P − Y"),
        ("∂L/∂W2", "1/N · A1ᵀ δ2 + λW2"),
        ("∂L/∂b2", "1/N · Σₙ δ2"),
        ("δ1", "(δ2 W2ᵀ) ⊙ (1 − A1²)"),
        ("∂L/∂W1", "1/N · Xᵀ δ1 + λW1"),
        ("∂L/∂b1", "1/N · Σₙ δ1"),
    ]
    lines = form.text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("  ∂L/∂W1"))
    under = {lines[at][m.start() : m.end() + 4]: m[0] for m in re.finditer(r"\S+", lines[at + 1])}
    assert list(under.values()) == ["2×N", "N×2", "2×3", "N×3", "2×3"]
    assert r"\underbrace{W_2^{\top}}_{2 \times 3}" in form.equations_latex()
    summed = matrix_form(net, "b1", reduction="sum").equation
    assert summed == "∂L/∂b1 = Σₙ [((P − Y)W2ᵀ) ⊙ (1 − A1²)]"


@pytest.mark.parametrize(
    ("loss", "output", "slope"),
    [
        ("softmax_cross_entropy", "identity", "P − Y"),
        ("logistic", "identity", "P − Y"),
        ("squared_error", "sigmoid", "(A2 − Y) ⊙ A2 ⊙ (1 − A2)"),
        ("squared_error", "identity", "Z2 − Y"),
        ("huber(delta=2)", "identity", "max(−2, min(2, Z2 − Y))"),
        ("hinge(margin=3)", "identity", "Δ"),
        ("absolute_error", "identity", "Δ"),
    ],
)
def test_the_slope_of_the_loss_is_written_as_people_write_it(loss, output, slope):
    form = matrix_form(cp.Network([2, 3, 2], "tanh", loss, output), "W2")
    assert in_text(form.steps[0].formula) == slope


def test_a_newcomers_row_needs_no_other_edit():
    mish = cp.Gate(
        "mish_here", "x * t", ["t + x * (1 - t * t) / (1 + exp(-x))"],
        parts={"t": "tanh(max(x, 0) + log1p(exp(-abs(x))))"}, activation=True,
    )  # fmt: skip
    cp.register_gate(mish)
    try:
        net = cp.Network([2, 3, 2], "mish_here")
        form = matrix_form(net, "W1")
        assert "mish_here′(Z1)" in form.equation
        assert "mish_here′(Z1)" in [line.name for line in form.definitions]
        X, y = np.array([[0.3, -0.7], [1.0, 0.2]]), np.array([0, 1])
        options = {"l2": 0.0, "reduction": "mean", "sample_weight": None}
        values = given(net, X, y, options)
        for line in [*form.to_dict()["definitions"], form.to_dict()["whole"]]:
            values[line["name"]] = evaluated(line["formula"], values, {"N": 2})
        agrees(values["∂L/∂W1"], net.gradients(X, y)["W1"])
    finally:
        cp.GATES.remove("mish_here")


def test_inputs_and_what_lies_between_have_a_form_too():
    net = cp.Network([3, 4, 2], "sigmoid")
    X, y = np.random.RandomState(0).rand(5, 3), np.array([0, 1, 1, 0, 1])
    circuit = net.architecture.circuit()
    values = given(net, X, y, {"l2": 0.0, "reduction": "mean", "sample_weight": None})
    feeds = {circuit.X: X, circuit.targets: y, circuit.count: 5.0}
    feeds |= {wire: net.parameters[n] for n, wire in circuit.parameters.items()}
    for wire in (circuit.X, circuit.z[0], circuit.a[0], circuit.z[1]):
        form = matrix_form(net, wire.name)
        expected = cp.gradients(circuit.objective, feeds, wrt=wire)[wire]
        for line in [*form.to_dict()["definitions"], form.to_dict()["whole"]]:
            found = evaluated(line["formula"], values, {"N": 5})
            values[line["name"]] = found
        agrees(found, expected)
        assert form.steps[-1].name == f"∂L/∂{wire.name}"


def test_a_deep_network_is_given_layer_by_layer():
    form = matrix_form(cp.Network([2] * 202), "W1")
    assert form.whole is None
    assert form.equation == "∂L/∂W1 = 1/N · Xᵀ δ1"
    assert len(form.steps) == 3 * 201
    assert MatrixForm.from_json(form.to_json()) == form


def test_names_and_refusals():
    net = cp.Network([2, 3, 2])
    assert matrix_form(net, "w1").wrt == matrix_form(net, "W1[0,2]").wrt == "W1"
    assert matrix_form(net.architecture, "b_o2").wrt == "b2"
    with pytest.raises(NetworkError, match="no array is called 'W9'; there are: X, W1"):
        matrix_form(net, "W9")
    with pytest.raises(CircuitError, match="something else"):
        MatrixForm.from_dict({"format": "cheese"})
    data = matrix_form(net).to_dict()
    with pytest.raises(CircuitError, match="version"):
        MatrixForm.from_dict({**data, "version": 2})
    with pytest.raises(CircuitError, match="amiss"):
        MatrixForm.from_dict({**data, "steps": [{"name": "δ", "formula": ["add"]}]})
    with pytest.raises(CircuitError, match="no JSON"):
        MatrixForm.from_json("{")


@pytest.mark.slow
def test_the_equations_of_random_forms_compile(tmp_path):
    forms = [matrix_form(c[0], c[4], **c[3]) for c in map(random_case, range(60))]
    pages = [rf"\[{form.equations_latex(shapes=n % 3 > 0)}\]" for n, form in enumerate(forms)]
    head = r"\documentclass{article}\usepackage{amsmath}\usepackage[paperwidth=9in]{geometry}"
    body = "\n".join(pages)
    compiled(rf"{head}\begin{{document}}{body}\end{{document}}", "pdflatex", tmp_path)
