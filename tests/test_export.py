"""Networks as programs of their own: they run beside NumPy alone and say what the network says."""

import ast
import dataclasses
import json
import shutil
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import clearprop as cp
from clearprop.circuit import broadcast
from clearprop.data import ClassTarget, Columns, NumberColumn, RawTable, ValueTarget, WordColumn
from clearprop.export import graph
from clearprop.export.steps import lines_of_their_own
from clearprop.modelfile import Model, save_model
from clearprop.numerics import quiet
from modelfiles import COLUMNS, HISTORY
from planting import plant_in_row

UPDATED = [name for name, row in cp.OPTIMIZERS.items() if row.method == "updates"]

# Runs beside NumPy alone; a warning is an error. Each job is a folder with a program and data.
DRIVER = """
import importlib.util, json, pathlib, sys
sys.path.append(sys.argv[1])
import numpy as np
assert importlib.util.find_spec("clearprop") is None

for folder in map(pathlib.Path, sys.argv[2:]):
    spec = importlib.util.spec_from_file_location("script", folder / "script.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    data = dict(np.load(folder / "data.npz"))
    job = json.loads((folder / "job.json").read_text())
    X, y = data["X"], data["y"]
    weight = {"sample_weight": data["w"]} if "w" in data else {}
    found = {f"value {k}": v for k, v in script.forward(X).items()}
    found["loss"] = script.loss(X, y, **weight)
    found |= {f"slope {k}": v for k, v in script.gradients(X, y, **weight).items()}
    found["predict"] = script.predict(X)
    if hasattr(script, "predict_proba"):
        found["chances"] = script.predict_proba(X)
    for name in job["optimizers"]:
        trained, losses = script.train(
            X, y, optimizer=getattr(script, name), epochs=4, learning_rate=0.01, **weight
        )
        found[f"losses {name}"] = losses
        found |= {f"{name} {k}": v for k, v in trained.items()}
    again = [script.train(X, y, epochs=2, batch_size=2, seed=s, **weight)[1] for s in (3, 3, 4)]
    found["minibatches"] = again
    found |= {f"parameter {k}": v for k, v in script.PARAMETERS.items()}
    found["check"] = script.check_gradients()
    np.savez(folder / "found.npz", **found)
"""


@dataclasses.dataclass
class Case:
    """A network, data that fit it, and how its loss is made."""

    net: cp.Network
    X: np.ndarray
    y: np.ndarray
    how: dict

    @property
    def digits(self):
        return 1e-5 if str(self.net.dtype) == "float32" else 1e-12

    def script(self, **more):
        settings = dict(self.how)
        weighted = settings.pop("sample_weight", None) is not None
        return cp.to_script(self.net, sample_weight=weighted, **settings, **more)


def a_case(rng, hidden, loss, output="identity", *, dtype="float64", shared=False, **how):
    layers = rng.integers(1, 6, len(hidden) + 2).tolist()
    targets = cp.LOSSES.resolve(loss).targets
    if targets == "class":
        layers[-1] += 1
    net = cp.Network(layers, hidden, loss, output, shared_bias=shared, initializer="fan_in",
                     seed=int(rng.integers(1000)))  # fmt: skip
    vector = net.vector + 0.2 * rng.normal(size=net.n_parameters)
    net = cp.Network.of(net.architecture, vector, dtype)
    rows = 7
    y = {
        "class": lambda: rng.integers(0, layers[-1], rows),
        "binary": lambda: rng.integers(0, 2, (rows, layers[-1])).astype(float),
        "value": lambda: rng.normal(size=(rows, layers[-1])),
    }[targets]()
    if how.pop("weighted", False):
        how["sample_weight"] = rng.uniform(0.5, 2, rows)
    return Case(net, rng.normal(size=(rows, layers[0])), y, how)


def random_case(number):
    rng = np.random.default_rng(number)
    depth = int(rng.integers(0, 4))
    return a_case(
        rng,
        [str(name) for name in rng.choice(cp.activations(), depth)],
        str(rng.choice(list(cp.LOSSES))),
        str(rng.choice(["identity", "identity", "tanh", "softplus"])),
        dtype=["float64", "float32"][number % 4 == 3],
        shared=bool(number % 3 == 2),
        reduction=["mean", "sum"][number % 2],
        l2=[0.0, 0.05][number // 2 % 2],
        weighted=bool(number // 4 % 2),
    )


MISH = cp.Gate(
    "mish", "x * t", ["t + x * (1 - t * t) / (1 + exp(-x))"],
    parts={"t": "tanh(max(x, 0) + log1p(exp(-abs(x))))"}, activation=True,
)  # fmt: skip
# Nothing is shared by name, nothing is safe to guess: numbers alone, views, a name that is taken.
ODD = cp.Gate(
    "odd", "x + where(x > 0, k, exp(-x * x) * pi) * a + 0.01 * ((x * 0.5) * (4 * x))",
    ["1 + where(x > 0, 0, -2 * x * exp(-x * x) * pi * a) + 0.04 * x"],
    parts={"a": "sqrt(2) / 2"}, parameters={"k": 3.0}, activation=True,
    kinks=[cp.Kink("x", ["1"])],
)  # fmt: skip


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
    """Return a function that runs programs by an interpreter that knows NumPy and nothing else."""
    only = tmp_path_factory.mktemp("only")
    for name in ("numpy", "numpy.libs"):
        place = Path(np.__file__).parents[1] / name
        if place.exists():
            (only / name).symlink_to(place)

    def run(*arguments, check=True, **more):
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-W", "error", *map(str, arguments)],
            capture_output=True, text=True, timeout=300, check=False, **more,
        )  # fmt: skip
        assert done.returncode == 0 or not check, done.stderr
        return done

    run.numpy = only
    return run


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


def parts(found, kind):
    return {key.removeprefix(f"{kind} "): value for key, value in found.items()
            if key.startswith(f"{kind} ")}  # fmt: skip


def error(found, wanted):
    """max|a − b| / max|b| over several arrays."""
    assert found.keys() == wanted.keys()
    difference = max(np.abs(found[key] - np.asarray(wanted[key])).max() for key in wanted)
    return difference / (max(np.abs(value).max() for value in wanted.values()) or 1.0)


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


def test_what_two_views_show_is_computed_once():
    x, s = cp.input("x", shape=("N",)), cp.input("s", shape=("N", 2))
    once = cp.gates.exp(x)
    wide = broadcast(once, ("N", 2), (1,))
    made = graph.Graph({x: "x", s: "s"})
    node = made.of(wide * s + wide / s)
    assert lines_of_their_own(made, [node], [node]) == {node, made.of(once)}


def test_named_wires_keep_their_names():
    text = cp.to_script(cp.Network([2, 3, 2]))
    for line in (
        "Z1 = X @ W1 + b1", "A1 = np.tanh(Z1)", "Z2 = A1 @ W2 + b2", "dW2 = A1.T @ dZ2",
        "dA1 = dZ2 @ W2.T", "dZ1 = dA1 * (1 - A1 * A1)", "dW1 = X.T @ dZ1",
        "db1 = dZ1.sum(axis=0)", "return losses.sum() / len(X)",
    ):  # fmt: skip
        assert f"    {line}  " in text or f"    {line}\n" in text, line


# --- errors that are planted are found --------------------------------------------------------


def module_of(text):
    module = types.ModuleType("script")
    with quiet():
        exec(compile(text, "script", "exec"), vars(module))
    return module


def plant_rule(monkeypatch, name, template):
    rule = graph.Rule(template, graph.ATOM, (graph.ATOM, graph.ATOM))
    monkeypatch.setitem(graph._RULES, name, lambda setting, n_axes: rule)


@pytest.mark.parametrize(
    "plant",
    [
        lambda patch: plant_rule(patch, "sum", "{0}.mean(axis=0)"),
        lambda patch: plant_rule(patch, "one_hot", "np.eye(2)[1 - {0}]"),
        lambda patch: plant_rule(patch, "transpose", "{0}[::-1].T"),
        lambda patch: patch.setattr(graph.Node, "is_number", lambda self, value: value == 1),
        lambda patch: patch.setitem(
            graph.NUMPY.rules, "subtract", graph.Rule("{0} + {1}", graph.PRODUCT - 1)
        ),
    ],
    ids=["sum", "one_hot", "transpose", "simplify", "minus"],
)
def test_planted_errors_are_seen(plant, monkeypatch):
    rng = np.random.default_rng(0)
    net = cp.Network([2, 2, 2], "tanh")
    X, y = rng.normal(size=(2, 2)), np.array([0, 1])
    wanted = net.gradients(X, y, l2=0.1)
    right = module_of(cp.to_script(net, l2=0.1)).gradients(X, y)
    assert error(right, wanted) < 1e-12
    plant(monkeypatch)
    try:
        found = module_of(cp.to_script(net, l2=0.1)).gradients(X, y)
    except (ValueError, TypeError, AttributeError, IndexError):
        return
    assert found.keys() != wanted.keys() or error(found, wanted) > 1e-6


def test_the_backward_pass_is_printed_from_the_rows(monkeypatch):
    plant_in_row(monkeypatch, cp.GATES["tanh"], "slope_trees", 0, "1 - y")
    text = cp.to_script(cp.Network([2, 3, 2], "tanh", "hinge(margin=1.5)"))
    assert "dZ1 = dA1 * (1 - A1)" in text


# --- names that would like to be code ---------------------------------------------------------

HOSTILE = sorted([
    'a"b', "it's", "new\nline", "{braces} {0} {n_inputs}", '"""', "'''", "\\", "\\n", "%s",
    "\u202eright to left", "\"); __import__('os').system('false'); (\"", "中文", "#", "tab\t",
])  # fmt: skip


def test_hostile_names_are_data(alone, tmp_path):
    columns = Columns(
        (*(NumberColumn(name, 1.5, 2.5, -1.0) for name in HOSTILE[:3]),
         *(WordColumn(f"{name} ", tuple(HOSTILE)) for name in HOSTILE)),
        ClassTarget('target """ {}', tuple(HOSTILE)),
    )  # fmt: skip
    net = cp.Network([columns.n_inputs, 3, len(HOSTILE)])
    text = cp.to_script(net, columns=columns)
    tree = ast.parse(text)
    held = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert {*HOSTILE, columns.target.name} <= held
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert "__import__" not in calls
    rows = [{**dict.fromkeys(HOSTILE[:3], str(n)), **{f"{h} ": h for h in HOSTILE}}
            for n in range(4)]  # fmt: skip
    (tmp_path / "script.py").write_text(text, encoding="utf-8")
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    program = (
        f"import sys; sys.path[:0] = [{str(alone.numpy)!r}, {str(tmp_path)!r}]\n"
        f"import json, pathlib, script\n"
        f"rows = json.loads(pathlib.Path({str(tmp_path / 'rows.json')!r}).read_text())\n"
        "print(json.dumps([script.CLASSES, script.predict_rows(rows)]))"
    )
    classes, said = json.loads(alone("-c", program).stdout)
    assert classes == HOSTILE
    assert said == [HOSTILE[n] for n in net.predict(encoded(columns, rows))]


def encoded(columns, rows):
    """X by the definition of the columns, cell by cell."""
    found = []
    for row in rows:
        line = []
        for feature in columns.features:
            cell = row[feature.name].strip()
            if isinstance(feature, NumberColumn):
                line.append((float(cell) - feature.centre) / feature.scale)
            else:
                line += [float(cell == word) for word in feature.categories]
        found.append(line)
    return np.array(found)


def test_words_of_rows_cannot_end_a_docstring(registered):
    about = 'ends """ here\n\\ {x} \\" """ + __import__("os").abort() #'
    loss = dataclasses.replace(cp.LOSSES["squared_error"], name="mine", about=about)
    optimizer = dataclasses.replace(cp.OPTIMIZERS["adam"], name="own", about=about)
    text = cp.to_script(cp.Network([2, 2], loss=loss), optimizers=optimizer)
    calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(text))
             if isinstance(node, ast.Call)}  # fmt: skip
    assert not any("import" in call or "abort" in call for call in calls)


# --- model files ------------------------------------------------------------------------------


def test_a_model_brings_its_columns_and_history(tmp_path):
    pytest.importorskip("polars")
    net = cp.Network([3, 2, 2], "leaky_relu(alpha=0.2)", "hinge")
    script = module_of(cp.to_script(Model(net, COLUMNS, HISTORY, "0")))
    path = tmp_path / "new.csv"
    path.write_text('width é,"sky ""x""",other\n1.5,"clear, blue",7\n,grey[]{}, \n2,?,1\n-3e2,x,\n',
                    encoding="utf-8")  # fmt: skip
    X, _ = COLUMNS.encode(cp.read_csv(path))
    rows = script.read_csv(path)
    assert script.encode(rows).tolist() == X.tolist()
    assert script.predict_rows(rows) == COLUMNS.decode_classes(net.predict(X))
    assert HISTORY.l2 == script.L2
    assert script.train.__defaults__[1:4] == (script.adam, HISTORY.epochs, HISTORY.batch_size)
    assert script.adam.__defaults__[0] == HISTORY.learning_rate
    y = np.array([0, 1, 0, 1])
    wanted = net.gradients(X, y, l2=HISTORY.l2, reduction=HISTORY.reduction)
    assert error(script.gradients(X, y), wanted) < 1e-12


def test_values_come_back_in_their_own_units():
    columns = Columns((WordColumn("n", ("(missing)", "007", "1", "1.0")),),
                      ValueTarget("rain", 2.0, 0.5))  # fmt: skip
    net = cp.Network([4, 3, 1], loss="squared_error")
    script = module_of(cp.to_script(net, columns=columns))
    cells = ["7", "", "1", "1.0", "1e0", "2"]
    X = script.encode([{"n": cell} for cell in cells])
    wanted, _ = columns.encode(RawTable.from_columns({"n": [*cells, "word"]}))
    assert X.tolist() == wanted[:-1].tolist()
    said = script.predict_rows([{"n": cell} for cell in cells])
    assert np.allclose(said, columns.decode_values(net.predict(X)), rtol=1e-12)


def test_large_networks_are_kept_to_the_bit(alone, tmp_path):
    rng = np.random.default_rng(0)
    for dtype in ("float64", "float32"):
        net = cp.Network([200, 50, 10], "relu", dtype=dtype)
        vector = rng.normal(size=net.n_parameters) * 10.0 ** rng.integers(-30, 30, net.n_parameters)
        vector[:4] = [-0.0, 5e-324, 1.1754944e-38, 3.4e38]
        net = cp.Network.of(net.architecture, vector.astype(dtype), dtype)
        text = net.to_script()
        assert max(map(len, text.splitlines())) <= 100
        script = module_of(text)
        for name, value in net.parameters.items():
            assert script.PARAMETERS[name].tobytes() == value.tobytes()


def test_numbers_that_are_none_are_kept():
    net = cp.Network([1, 1], loss="squared_error").with_parameters(W1=[[np.nan]], b1=[-np.inf])
    kept = module_of(net.to_script()).PARAMETERS
    assert np.isnan(kept["W1"]).all()
    assert kept["b1"].tolist() == [-np.inf]


# --- on its own, and from the command line ----------------------------------------------------


def test_the_program_runs_on_its_own(alone, tmp_path):
    (tmp_path / "numbers.csv").write_text("0.5,1\n-1,2\n")
    script = tmp_path / "script.py"
    net = cp.Network([2, 3, 2])
    script.write_text(net.to_script(), encoding="utf-8")
    start = f"import sys, runpy; sys.path.append({str(alone.numpy)!r}); "
    start += "sys.argv[:1] = []; runpy.run_path(sys.argv[0], run_name='__main__')"
    said = alone("-c", start, script).stdout
    assert "differ by" in said
    said = alone("-c", start, script, tmp_path / "numbers.csv").stdout
    assert said.split() == [str(n) for n in net.predict([[0.5, 1], [-1, 2]])]


def test_the_command(tmp_path):
    commands = pytest.importorskip("commands")
    model, to = tmp_path / "m.clearprop", tmp_path / "m.py"
    net = cp.Network([3, 2, 2], "leaky_relu(alpha=0.2)", "hinge")
    save_model(model, net, columns=COLUMNS, history=HISTORY)
    said = commands.run("export", model, "--to", to).stdout
    assert f"lines of Python written to {to}" in said
    text = to.read_text(encoding="utf-8")
    assert text == cp.to_script(cp.load_model(model))
    assert commands.run("export", model, "--to", "-").stdout == text
    told = commands.document("export", model, "--to", "-")
    assert told["script"] == text
    told = commands.document("export", model, "--to", to, "--optimizer", "rprop", "--sample-weight")
    assert told["lines"] == len(to.read_text(encoding="utf-8").splitlines())
    assert "def rprop(" in to.read_text(encoding="utf-8")
    assert "would overwrite" in commands.run("export", model, "--to", model, code=2).stderr
    commands.run("export", model, "--to", to, "--optimizer", "lbfgs", code=2)
    commands.run("export", tmp_path / "none", "--to", to, code=1)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"optimizers": "lbfgs"}, "SciPy"),
        ({"optimizers": ["adam", "adam"]}, "twice"),
        ({"optimizers": []}, "at least one"),
        ({"optimizers": "adamm"}, "Did you mean"),
        ({"optimizers": dataclasses.replace(cp.OPTIMIZERS["adam"], name="loss")}, "something else"),
        ({"reduction": "total"}, "mean"),
        ({"l2": -1}, "l2"),
        ({"sample_weight": "no"}, "sample_weight"),
        ({"columns": COLUMNS}, "3 inputs"),
    ],
)
def test_what_cannot_be_printed_is_refused(settings, said):
    with pytest.raises(cp.ClearPropError, match=said):
        cp.to_script(cp.Network([2, 3, 2]), **settings)
    with pytest.raises(cp.ClearPropError, match="a network is printed"):
        cp.to_script("iris.clearprop")
