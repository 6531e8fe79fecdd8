"""The instruction sets that the build has, each in a process of its own."""

import re
from pathlib import Path

import pytest

from clearprop import compiled
from native_checks import NEEDS_NATIVE, python

pytestmark = NEEDS_NATIVE

FOLDER = Path(__file__).parent
SETS = ("v4", "v3", "v2", "plain")  # what the build may compile for
QUICK = ("primitives",)
FURTHER = ("losses", "random", "engine", "inputs")


def loads(name):
    program = "from clearprop import compiled; print(compiled.missing() or compiled.native().isa())"
    done = python("-c", program, CLEARPROP_ISA=name)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip() == name


def pass_under(name, parts, least):
    """Run the fast tests of some files under an instruction set."""
    if name == compiled.native().isa():
        pytest.skip("these are the tests of this process")
    if not loads(name):
        pytest.skip(f"this processor or build has no {name}")
    files = [str(FOLDER / f"test_native_{part}.py") for part in parts]
    options = ["-o", "addopts=", "-p", "no:xdist", "-p", "no:cacheprovider", "-m", "not slow"]
    done = python("-m", "pytest", "-q", *options, "--import-mode=importlib", *files,
                  CLEARPROP_ISA=name)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed, done.stdout
    assert int(passed[1]) >= least


def test_the_set_in_use_is_one_of_them():
    assert compiled.native().isa() in SETS


@pytest.mark.parametrize("name", ["v9", "v"])
def test_a_set_that_there_is_not_is_no_engine(name):
    assert not loads(name)
    program = "import clearprop as cp; from clearprop import compiled; print(compiled.missing())"
    done = python("-c", program, CLEARPROP_ISA=name)
    assert "CLEARPROP_ISA" in done.stdout, done.stderr


@pytest.mark.parametrize("name", SETS)
def test_every_set_has_the_same_primitives_and_gates(name):
    pass_under(name, QUICK, 100)


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_every_set_trains_and_answers(name):
    pass_under(name, FURTHER, 400)
