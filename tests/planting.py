"""Puts errors into the package on purpose, to see whether the checks find them."""

import __future__

import inspect
import sys
import textwrap

from clearprop import backprop
from clearprop.tables.expression import parse


def plant_in_code(monkeypatch, owner, name, old, new):
    """Replace a piece of a function's source, wherever the package uses that function."""
    there = inspect.getattr_static(owner, name)
    source = textwrap.dedent(inspect.getsource(getattr(there, "fget", there)))
    assert source.count(old) == 1, f"{name} has {old!r} {source.count(old)} times"
    flags = __future__.annotations.compiler_flag
    code = compile(source.replace(old, new), f"<planted in {name}>", "exec", flags)
    scope = {}
    exec(code, vars(sys.modules[getattr(there, "fget", there).__module__]), scope)
    monkeypatch.setattr(owner, name, scope[name])
    for module in [m for n, m in sys.modules.items() if n.split(".")[0] == "clearprop"]:
        for known, value in list(vars(module).items()):
            if value is there and module is not owner:
                monkeypatch.setattr(module, known, scope[name])
    for operation, rule in list(backprop._OPERATIONS.items()):
        if rule is there:
            monkeypatch.setitem(backprop._OPERATIONS, operation, scope[name])


def plant_in_row(monkeypatch, row, column, key, text):
    """Put another expression into a row, past the checks that a row makes of itself."""
    trees = getattr(row, column)
    if key is None:
        planted = parse(text)
    elif isinstance(trees, tuple):
        planted = tuple(parse(text) if i == key else tree for i, tree in enumerate(trees))
    else:
        assert key in trees
        planted = {name: parse(text) if name == key else tree for name, tree in trees.items()}
    # A row is frozen, and pytest's setattr asks it politely; its __dict__ does not mind.
    monkeypatch.setitem(vars(row), column, planted)
