"""The accuracy benchmark, in short: it runs, and clearprop holds its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "accuracy.py"


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-W", "error", SCRIPT, *arguments],
        capture_output=True, check=False, text=True, timeout=600,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


@pytest.mark.slow
def test_accuracy_is_at_most_a_point_below_scikit_learns():
    done = run("--repeats", "4")
    assert done.stderr == ""
    assert done.returncode == 0, done.stdout
    _, _, *lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["iris", "wine", "breast_cancer", "digits"]
    for line in lines:
        theirs, ours = (float(line.split()[column]) for column in (1, 4))
        assert theirs > 90
        assert ours >= theirs - 1


@pytest.mark.slow
def test_a_network_that_cannot_learn_is_told_apart():
    """The script must be able to fail: zeros as first weights leave every score alike."""
    done = run("--repeats", "1", "--datasets", "iris", "--initializer", "zeros")
    assert done.returncode == 1, done.stdout
    assert "more than 1 point below scikit-learn: iris" in done.stdout
    assert run("--repeats", "0").returncode == 2
