"""How the tests run the ``clearprop`` command, and what they run it on."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import clearprop as cp
from clearprop.cli.app import app
from clearprop.data import write_csv

pytest.importorskip("polars")
datasets = pytest.importorskip("sklearn.datasets")

BUNCHES = {
    "iris": ("species", datasets.load_iris),
    "wine": ("cultivar", datasets.load_wine),
    "cancer": ("diagnosis", datasets.load_breast_cancer),
    "digits": ("digit", datasets.load_digits),
    "diabetes": ("progression", lambda: datasets.load_diabetes(scaled=False)),
}


def run(*args, code=0, env=None):
    """Run a command in this process and return what came of it."""
    result = CliRunner().invoke(app, [str(arg) for arg in args], env=env)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    assert "\x1b" not in result.output
    return result


def document(*args, code=0):
    """Run a command with --json and return its document, the only thing on stdout."""
    return json.loads(run(*args, "--json", code=code).stdout)


def python(code, *args, **more):
    """Run some Python in a fresh process."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        capture_output=True, text=True, timeout=120, check=False, env=ENV, **more,
    )  # fmt: skip


ENV = {**os.environ, "PYTHONPATH": str(Path(cp.__file__).parents[1])}
COMMAND = "import sys; from clearprop.cli import main; sys.exit(main(sys.argv[1:]))"


def make_tables(folder):
    """Write a training file and a file of other rows for each data set; return the folder."""
    for name, (target, load) in BUNCHES.items():
        bunch = load()
        y = bunch.target
        if name in ("iris", "wine", "cancer"):
            y = bunch.target_names[y]
        order = np.random.RandomState(0).permutation(len(y))
        cut = len(y) // 5
        for part, rows in (("new", order[:cut]), ("train", order[cut:])):
            columns = dict(zip(bunch.feature_names, bunch.data[rows].T, strict=True))
            write_csv(folder / f"{name}-{part}.csv", {**columns, target: y[rows].tolist()})
    return folder


def train_on(folder, names):
    """Save a network for each of some data sets in the folder of their tables."""
    found = {}
    for name in names:
        found[name] = folder / f"{name}.clearprop"
        run("train", folder / f"{name}-train.csv", "--target", BUNCHES[name][0], "--epochs", 60,
            "--save", found[name])  # fmt: skip
    return found


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
