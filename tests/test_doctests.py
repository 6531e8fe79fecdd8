"""Every example in every docstring of the installed package runs and says what it shows."""

import doctest
import importlib
import pkgutil

import pytest

import clearprop

MODULES = ["clearprop"] + [
    module.name
    for module in pkgutil.walk_packages(clearprop.__path__, "clearprop.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.testmod(importlib.import_module(name), optionflags=flags)
    assert result.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [t for name in MODULES for t in finder.find(importlib.import_module(name))]
    assert sum(len(test.examples) for test in found) > 50
