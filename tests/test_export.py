"""Networks as programs of their own: they run beside NumPy alone and say what the network says."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import clearprop as cp
from exported import DRIVER, MISH, ODD, Alone, a_case, error, parts, random_case

UPDATED = [name for name, row in cp.OPTIMIZERS.items() if row.method == "updates"]


@pytest.fixture(scope="module")
def registered():
    """Two gates and a loss that were registered at run time."""
    plain = cp.Loss("plain", "e", "1 + 0 * s", "value", {"e": ("sum", "s - target")})
    for gate in (MISH, ODD):
        cp.register_gate(gate)
    cp.register_loss(plain)
    yield
    for gate in (MISH, ODD):
        cp.GATES.remove(gate.name)
    cp.LOSSES.remove("plain")


NAMES = [
    *(f"random {number}" for number in range(20)),
    *(f"activation {name}" for name in (*cp.activations(), "mish", "odd", "leaky_relu(alpha=0.2)")),
    *(f"loss {name}" for name in (*cp.LOSSES, "plain", "hinge(margin=2)")),
    "one layer", "deep", "identity in float32", "mish in float32", "odd in float32",
]  # fmt: skip


def made(name):
    kind, _, what = name.partition(" ")
    rng = np.random.default_rng(len(name))
    if kind == "random":
        return random_case(int(what))
    if kind == "activation":
        return a_case(rng, [what, what], "softmax_cross_entropy", what, l2=0.01)
    if kind == "loss":
        return a_case(rng, ["tanh"], what, weighted=True)
    if name == "one layer":
        return a_case(rng, [], "squared_error")
    if name == "deep":
        return a_case(rng, ["tanh", "relu", "sigmoid"] * 10, "logistic")
    return a_case(rng, [kind], "huber", dtype="float32")


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return Alone(tmp_path_factory.mktemp("only"))


@pytest.fixture(scope="module")
def answers(registered, alone, tmp_path_factory):
    """Return all cases, and what their programs said, which ran in one process of their own."""
    folder, cases = tmp_path_factory.mktemp("programs"), {}
    for number, name in enumerate(NAMES):
        cases[name] = case = made(name)
        place = folder / str(number)
        place.mkdir()
        (place / "script.py").write_text(case.script(optimizers=UPDATED), encoding="utf-8")
        data = {"X": case.X, "y": case.y}
        if "sample_weight" in case.how:
            data["w"] = case.how["sample_weight"]
        np.savez(place / "data.npz", **data)
        (place / "job.json").write_text(json.dumps({"optimizers": UPDATED}))
    places = [folder / str(number) for number in range(len(NAMES))]
    alone("-c", DRIVER, alone.numpy, *places)
    return {name: (cases[name], dict(np.load(place / "found.npz")), place / "script.py")
            for name, place in zip(NAMES, places, strict=True)}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_losses_and_gradients_are_the_networks(name, answers):
    case, found, _ = answers[name]
    wanted = case.net.gradients(case.X, case.y, **case.how)
    assert error(parts(found, "slope"), wanted) < case.digits
    loss = case.net.loss(case.X, case.y, **case.how)
    assert abs(found["loss"] - loss) <= case.digits * max(abs(loss), 1e-3)
    for key, value in {**parts(found, "slope"), **parts(found, "value")}.items():
        assert value.dtype == case.net.dtype, key


@pytest.mark.parametrize("name", NAMES)
def test_forward_values_and_predictions_are_the_networks(name, answers):
    case, found, _ = answers[name]
    wanted = case.net.forward(case.X)
    values = parts(found, "value")
    assert wanted.keys() <= values.keys()
    assert error({key: values[key] for key in wanted}, wanted) < case.digits
    predicted = case.net.predict(case.X)
    assert found["predict"].shape == predicted.shape
    assert np.allclose(found["predict"], predicted, rtol=case.digits, atol=case.digits)
    if case.net.architecture.loss.probability_tree is None:
        assert "chances" not in found
    else:
        chances = case.net.predict_proba(case.X)
        assert error({"p": found["chances"]}, {"p": chances}) < case.digits


@pytest.mark.parametrize("name", NAMES)
def test_every_bit_of_the_parameters_is_kept(name, answers):
    case, found, _ = answers[name]
    for key, value in case.net.parameters.items():
        kept = found[f"parameter {key}"]
        assert kept.dtype == value.dtype
        assert kept.tobytes() == value.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_training_steps_are_those_of_fit(name, answers):
    case, found, _ = answers[name]
    double = case.digits < 1e-9
    for optimizer in UPDATED if double else ["gradient_descent", "momentum"]:
        result = cp.fit(case.net, case.X, case.y, optimizer=optimizer, learning_rate=0.01, epochs=4,
                        engine="reference", **case.how)  # fmt: skip
        wanted = dict(result.network.parameters)
        if optimizer == "rprop" and case.net.architecture.shared_bias:
            continue  # it looks at signs, and the sign of a sum that should be 0 is noise
        assert error(parts(found, optimizer), wanted) < (1e-9 if double else 1e-5), optimizer
        losses = np.asarray(found[f"losses {optimizer}"])
        assert np.allclose(losses, result.losses, rtol=1e-9 if double else 1e-4, atol=1e-12)


def test_minibatches_are_visited_in_an_order_that_the_seed_decides(answers):
    for _, found, _ in answers.values():
        first, again, _ = found["minibatches"]
        assert (first == again).all()
    assert any((f["minibatches"][0] != f["minibatches"][2]).any() for _, f, _ in answers.values())


def test_the_programs_check_themselves(answers):
    worst = {name: float(found["check"]) for name, (case, found, _) in answers.items()
             if case.digits < 1e-9}  # fmt: skip
    assert np.median(list(worst.values())) < 1e-8
    assert all(0 <= error < 1e-4 for error in worst.values()), worst


@pytest.mark.parametrize("name", NAMES)
def test_the_text_is_neat(name, answers):
    text = answers[name][2].read_text(encoding="utf-8")
    tree = ast.parse(text)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import)
                for alias in node.names}  # fmt: skip
    assert imported == {"numpy", "sys"}
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))
    assert max(map(len, text.splitlines())) <= 100
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_ruff_finds_nothing(answers):
    ruff = Path(sys.executable).with_name("ruff")
    if not (ruff.exists() or shutil.which("ruff")):
        pytest.skip("ruff is not installed")
    files = [str(path) for _, _, path in answers.values()]
    command = [str(ruff) if ruff.exists() else "ruff", "check", "--isolated", "--no-cache", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


FUNCTIONS = {"exp", "expm1", "log", "log1p", "tanh", "power", "where", "abs", "maximum", "minimum"}


@pytest.mark.parametrize("name", NAMES)
def test_shared_values_are_computed_once(name, answers):
    tree = ast.parse(answers[name][2].read_text(encoding="utf-8"))
    bodies = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for functions in (["forward", "gradients"], ["loss"]):
        calls = [
            ast.unparse(node)
            for function in functions
            for node in ast.walk(bodies[function])
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in FUNCTIONS
        ]
        assert len(set(calls)) == len(calls), calls
