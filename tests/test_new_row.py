"""The test of the design: a newcomer adds one row, and finds it everywhere."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import clearprop

MISH = """
        Gate(
            "mish",
            "x * t",
            ["t + x * (1 - t * t) / (1 + exp(-x))"],
            parts={"t": "tanh(max(x, 0) + log1p(exp(-abs(x))))"},
            activation=True,
            about="its input times the tanh of its softplus",
        ),
"""
MARK = "        # Arithmetic.\n"


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the package and its tests, with one row more in the table of gates."""
    folder = tmp_path_factory.mktemp("tree")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(clearprop.__file__).parent, folder / "clearprop", ignore=ignore)
    shutil.copytree(Path(__file__).parent, folder / "tests", ignore=ignore)
    table = folder / "clearprop" / "tables" / "gates.py"
    text = table.read_text(encoding="utf-8")
    assert text.count(MARK) == 1
    table.write_text(text.replace(MARK, MISH + MARK), encoding="utf-8")
    return folder


def run(tree, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_in_the_printed_table(tree):
    assert "mish" in run(tree, "-m", "clearprop", "gates")
    document = run(tree, "-m", "clearprop", "gates", "--json")
    assert "mish" in json.dumps(json.loads(document))


def test_it_is_among_the_choices_of_the_command_line(tree):
    assert "mish" in run(tree, "-m", "clearprop", "moons", "--help")
    printed = run(
        tree, "-m", "clearprop", "moons", "--activation", "mish", "--passes", "50", "--no-plot"
    )
    assert "mish" in printed


def test_networks_train_with_it(tree):
    program = """
import clearprop as cp
X, y = cp.make_moons(60, noise=0.1, random_state=0)
net = cp.Network([2, 5, 2], "mish")
result = cp.fit(net, X, y, epochs=100, learning_rate=0.05)
print(result.loss < net.loss(X, y), "mish" in cp.activations())
"""
    assert run(tree, "-c", program).split() == ["True", "True"]


def test_the_gate_tests_cover_it(tree):
    options = ["-o", "addopts=", "-p", "no:xdist", "-p", "no:cacheprovider", "-k", "mish", "-v"]
    printed = run(tree, "-m", "pytest", *options, "tests/test_tables_gates.py")
    # slopes on the domain, values at the extremes, NaN, float32: several tests each
    assert printed.count("mish") >= 4
    assert " passed" in printed
