"""What ``import clearprop`` costs, and which names it offers."""

import os
import subprocess
import sys
import types

import pytest

import clearprop as cp

HEAVY = [
    "click", "matplotlib", "mpmath", "pandas", "polars", "rich", "rich_click", "safetensors",
    "scipy", "sklearn",
]  # fmt: skip


def in_a_fresh_python(code, **environment):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60,
        check=False, env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_loads_nothing_heavy():
    code = "import sys, clearprop; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(in_a_fresh_python(code).split())
    assert "numpy" in loaded
    assert loaded.isdisjoint(HEAVY), loaded & set(HEAVY)


def test_training_a_network_on_moons_loads_nothing_heavy():
    code = """
import sys, clearprop as cp
X, y = cp.make_moons(20, noise=0.1, random_state=0)
cp.fit(cp.Network([2, 3, 2]), X, y, epochs=2)
print(*{name.partition('.')[0] for name in sys.modules})
"""
    loaded = set(in_a_fresh_python(code).split())
    assert loaded.isdisjoint(HEAVY), loaded & set(HEAVY)


# Processor time, so that what else the machine does counts for less.
TIMED = """
import time
import numpy
between = time.process_time()
import clearprop
print(time.process_time() - between)
"""


def test_importing_costs_at_most_a_tenth_of_a_second_above_numpy(tmp_path):
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path)}
    in_a_fresh_python("import clearprop", **kept)  # compiles it, as an installation does
    assert min(float(in_a_fresh_python(TIMED, **kept)) for _ in range(5)) < 0.1


# The public face. A change here is a change for everybody who uses the package: it belongs
# into the changelog.
PUBLIC = [
    "Architecture", "Audit", "ClearPropError", "ClearPropWarning", "Columns", "Derivation",
    "Diagnosis", "Edit", "Every", "GATES", "Gate", "GradientReport", "Grading", "History",
    "INITIALIZERS", "Initializer", "Kink", "LOSSES", "LayerDerivation", "Loss", "MISTAKES",
    "MLPClassifier", "MLPRegressor", "ManyProgress", "MatrixForm", "Mistake", "Model",
    "Network", "OPTIMIZERS", "Objective", "Optimizer", "ParameterTable", "Program", "Progress",
    "RawTable", "Result", "SVG", "Shuffled", "Wire", "Worksheets", "__version__", "activations",
    "apply", "apply_loss", "audit", "backward", "check_gradients", "constant", "diagnose",
    "draw_circuit", "draw_network", "evaluate", "expand", "explain", "explain_all",
    "explain_layers", "fit", "fit_many", "gates", "grade", "gradients", "input", "inputs",
    "load_model", "make_blobs", "make_circles", "make_moons", "make_spirals", "make_worksheets",
    "matrix_form", "parse", "plot_boundaries", "plot_decision_boundary", "plot_loss",
    "plot_spread", "prepare", "read_csv", "register_gate", "register_loss", "register_mistake",
    "save_model", "set_threads", "threads", "to_script", "write_csv",
]  # fmt: skip


def test_the_public_names_are_the_ones_listed_here():
    assert sorted(cp.__all__) == sorted(PUBLIC)
    assert dir(cp) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_explained(name):
    value = getattr(cp, name)
    if isinstance(value, type | types.FunctionType):
        assert value.__doc__
        assert value.__module__.startswith("clearprop.")


def test_no_other_name_lies_open():
    """Beside the public names there are modules only, and what is private."""
    others = {name for name in vars(cp) if not name.startswith("_")} - set(PUBLIC)
    hidden = {"TYPE_CHECKING", "Any"}
    assert all(isinstance(vars(cp)[name], types.ModuleType) for name in others - hidden)
    with pytest.raises(AttributeError, match="module 'clearprop' has no attribute 'no_such'"):
        cp.no_such  # noqa: B018


def test_star_import_gives_the_public_names():
    found = in_a_fresh_python("from clearprop import *; print(*dir())").split()
    assert set(PUBLIC) <= set(found)
