"""Where the native engine is absent, or does not know a row: what people are told."""

import shutil
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import numpy as np
import pytest

import clearprop as cp
from clearprop.compiled import native
from clearprop.errors import ClearPropWarning, EngineError
from gradient_checks import problem
from native_checks import NEEDS_NATIVE, NOT_EDITABLE, python

PACKAGE = Path(cp.__file__).parent


def copied(folder, *, compiled=True, edit=()):
    """A copy of the package, with or without its compiled module, perhaps with another table."""
    ignore = shutil.ignore_patterns("__pycache__", "_native*")
    shutil.copytree(PACKAGE, folder / "clearprop", ignore=ignore)
    if compiled:
        shutil.copy(native().__file__, folder / "clearprop")
    for name, old, new in edit:
        path = folder / "clearprop" / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def run(folder, program):
    """Run a program with the copy; what it printed."""
    done = python("-c", f"{NOT_EDITABLE}sys.path.insert(0, {str(folder)!r})\n{program}")
    assert done.returncode == 0, done.stderr
    return done.stdout


FITS = """
import warnings
import clearprop as cp
assert cp.__file__.startswith({folder!r})
X, y = cp.make_moons(60, random_state=0)
net = cp.Network([2, 4, 2], "tanh")
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    result = cp.fit(net, X, y, epochs=30, learning_rate=0.1)
print(result.engine, result.loss < net.loss(X, y), len(result.network.predict(X)), len(seen))
for each in seen:
    print(each.category.__name__, each.message, each.filename)
try:
    cp.fit(net, X, y, engine="native")
except cp.ClearPropError as error:
    print(type(error).__name__, error)
"""


def test_without_the_compiled_module_everything_works_and_says_so(tmp_path):
    folder = copied(tmp_path, compiled=False)
    program = FITS.format(folder=str(folder)) + "print(cp.threads(), cp.set_threads(3))\n"
    first, warning, refusal, threads = run(folder, program).splitlines()
    assert first == "reference True 60 1"
    assert warning.startswith("ClearPropWarning trained by the reference engine, which is much sl")
    assert warning.endswith("<string>")  # it points at the caller
    for text in (warning, refusal):
        assert "for want of a C++20 compiler" in text
        assert "pip install --force-reinstall --no-cache-dir clearprop" in text
    assert refusal.startswith("EngineError the native engine cannot do this: ")
    assert "engine='auto'" in refusal
    assert threads == "1 None"


def test_a_module_of_another_python_or_machine_is_no_engine_either(tmp_path):
    folder = copied(tmp_path, compiled=False)
    (folder / "clearprop" / f"_native{EXTENSION_SUFFIXES[0]}").write_bytes(b"this is no library")
    first, warning, refusal = run(folder, FITS.format(folder=str(folder))).splitlines()
    assert first == "reference True 60 1"
    assert "it cannot be loaded" in warning
    assert "it cannot be loaded" in refusal


@NEEDS_NATIVE
def test_a_row_that_changed_since_the_build_is_not_run_as_it_was(tmp_path):
    edit = [("tables/gates.py", '["1 - y * y"]', '["(1 - y) * (1 + y)"]')]
    folder = copied(tmp_path, edit=edit)
    first, warning, refusal = run(folder, FITS.format(folder=str(folder))).splitlines()
    assert first == "reference True 60 1"
    for text in (warning, refusal):
        assert "the gate tanh is another than when the engine was built" in text


@NEEDS_NATIVE
@pytest.mark.parametrize(
    ("table", "old", "new", "text"),
    [
        (
            "losses", '"where(hit > 0, -o / t, p)"', '"where(hit > 0, -(o / t), p)"',
            "the loss softmax_cross_entropy is another",
        ),
        (
            "optimizers", '"w - learning_rate * g"}', '"w - g * learning_rate"}',
            "the optimizer gradient_descent is another",
        ),
    ],
    ids=["a loss", "an optimizer"],
)  # fmt: skip
def test_losses_and_optimizers_that_changed_too(tmp_path, table, old, new, text):
    path = PACKAGE / "tables" / f"{table}.py"
    if path.read_text(encoding="utf-8").count(old) != 1:
        old, new = (
            '"where(hit > 0, -o, exp(s - m)) / t"',
            '"where(hit > 0, -o, exp(s - m)) * (1 / t)"',
        )
    folder = copied(tmp_path, edit=[(f"tables/{table}.py", old, new)])
    program = """
import clearprop as cp
X, y = cp.make_moons(60, random_state=0)
try:
    cp.fit(cp.Network([2, 4, 2]), X, y, optimizer="gradient_descent", engine="native")
except cp.ClearPropError as error:
    print(error)
"""
    assert text in run(folder, program)


@NEEDS_NATIVE
def test_a_gate_registered_at_run_time_is_run_by_the_reference():
    net, X, y = problem([3, 5, 2], rows=20)
    row = cp.register_gate(cp.Gate("cubic_of_the_tests", "x + 0.1 * x * x * x",
                                   ["1 + 0.3 * x * x"], activation=True))  # fmt: skip
    try:
        net = cp.Network([3, 5, 2], row)
        reason = "the gate cubic_of_the_tests was not there when the engine was built"
        with pytest.warns(ClearPropWarning, match=reason):
            result = cp.fit(net, X, y, epochs=20)
        assert result.engine == "reference"
        assert result.loss < net.loss(X, y)
        with pytest.raises(EngineError, match=f"{reason}; take engine='auto'"):
            cp.fit(net, X, y, engine="native")
        # Its answers come from its circuit, with no word about it.
        scores = result.network.scores(X)
        np.testing.assert_array_equal(result.network.predict(X), scores.argmax(axis=1))
        np.testing.assert_allclose(result.network.predict_proba(X).sum(axis=1), 1)
    finally:
        cp.GATES.remove(row.name)


@NEEDS_NATIVE
def test_a_loss_registered_at_run_time_is_run_by_the_reference():
    row = cp.register_loss(cp.Loss(
        "quartic_of_the_tests", "e", "(s - target) * (s - target) * (s - target)", "value",
        {"e": ("sum", "0.25 * (s - target) * (s - target) * (s - target) * (s - target)")},
    ))  # fmt: skip
    try:
        net, X, y = problem([3, 5, 2], loss=row.name, rows=20)
        with pytest.warns(ClearPropWarning, match="the loss quartic_of_the_tests was not there"):
            result = cp.fit(net, X, y, epochs=5)
        assert result.engine == "reference"
        assert result.network.scores(X).shape == (20, 2)
    finally:
        cp.LOSSES.remove(row.name)


@NEEDS_NATIVE
def test_a_row_with_other_parameters_is_still_the_compiled_row():
    """Parameters are handed over: they are no part of what was compiled."""
    net, X, y = problem([3, 5, 2], "leaky_relu(alpha=0.37)", "huber(delta=0.2)", rows=20)
    how = {"optimizer": "adam(beta1=0.7, epsilon=1e-5)", "epochs": 20}
    found = cp.fit(net, X, y, engine="native", **how)
    expected = cp.fit(net, X, y, engine="reference", **how)
    np.testing.assert_allclose(found.network.vector, expected.network.vector, rtol=1e-9)
