"""The benchmark of the estimators: it runs, and they hold their own beside scikit-learn's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "estimators.py"
# Half of what a quiet machine shows, and no less than as fast: what shares the machine counts too.
LEAST = {"tabular": 2.0, "small": 12.0, "one row": 1.0}


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-W", "error", SCRIPT, *arguments],
        capture_output=True, check=False, text=True, timeout=1000,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_no_data_set_is_worse_after_twenty_paired_repeats():
    done = run("accuracy")
    assert done.stderr == ""
    assert done.returncode == 0, done.stdout
    _, *lines = done.stdout.splitlines()
    assert len(lines) == 9
    for line in lines:
        theirs, ours, gained = (float(word) for word in line[14:].split()[:3])
        assert theirs > 0.3
        assert ours - theirs == pytest.approx(gained, abs=2e-4)
        assert gained > -0.01


@pytest.mark.slow
def test_fitting_and_answering_are_faster():
    done = run("speed", "--runs", "3")
    assert done.stderr == ""
    _, *lines = done.stdout.splitlines()
    assert len(lines) == 5
    for line in lines:
        assert float(line.split()[-2]) >= LEAST[line[:10].strip()], done.stdout
