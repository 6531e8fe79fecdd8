"""What an exported program's text says, whatever the names and the numbers in it."""

import ast
import dataclasses
import json

import numpy as np
import pytest

import clearprop as cp
from clearprop.circuit import broadcast
from clearprop.data import ClassTarget, Columns, NumberColumn, RawTable, ValueTarget, WordColumn
from clearprop.export import graph
from clearprop.export.steps import lines_of_their_own
from clearprop.modelfile import Model, save_model
from exported import Alone, error, module_of
from modelfiles import COLUMNS, HISTORY
from planting import plant_in_row


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return Alone(tmp_path_factory.mktemp("only"))


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


def test_words_of_rows_cannot_end_a_docstring():
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
