"""Builds of the engine: with a newcomer's row, and where there is no compiler (both slow)."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from native_checks import NOT_EDITABLE
from test_new_row import MARK, MISH

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("src", "native", "tests", "CMakeLists.txt", "pyproject.toml", "README.md", "LICENSE")


def copy_tree(folder):
    """A copy of what the package is built from, without anything that was built."""
    if not (ROOT / "native").is_dir():
        pytest.skip("these tests were not started in the source tree")
    ignore = shutil.ignore_patterns("__pycache__", "_native*.so", "_native*.pyd", "*.egg-info")
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


def run(*command, folder, **variables):
    """Run a command in a folder and return what it printed; it must succeed."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=550,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_tests(tree, *arguments):
    """Run pytest in a tree, on the package in it."""
    program = f"{NOT_EDITABLE}import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    options = ("-o", "addopts=", "-p", "no:xdist", "--import-mode=importlib")
    return run(
        sys.executable, "-c", program, *options, *arguments, folder=tree, PYTHONPATH=tree / "src"
    )


def builder():
    """CMake, or a skip where this machine cannot build."""
    beside = shutil.which("cmake", path=str(Path(sys.executable).parent))
    cmake = beside or shutil.which("cmake")
    if cmake is None:
        pytest.skip("there is no CMake")
    if subprocess.run([sys.executable, "-c", "import nanobind"], check=False).returncode:
        pytest.skip("there is no nanobind")
    if not any(map(shutil.which, (os.environ.get("CXX", "c++"), "g++", "clang++", "cl"))):
        pytest.skip("there is no C++ compiler")
    return cmake


@pytest.fixture(scope="module")
def with_mish(tmp_path_factory):
    """A copy of the tree with one row more, built."""
    cmake = builder()
    tree, build = copy_tree(tmp_path_factory.mktemp("tree")), tmp_path_factory.mktemp("build")
    table = tree / "src" / "clearprop" / "tables" / "gates.py"
    text = table.read_text(encoding="utf-8")
    assert text.count(MARK) == 1
    table.write_text(text.replace(MARK, MISH + MARK), encoding="utf-8")
    run(cmake, "-S", tree, "-B", build, f"-DPython_EXECUTABLE={sys.executable}", folder=tree)
    run(cmake, "--build", build, "--config", "Release", "--parallel", "2", folder=tree)
    run(cmake, "--install", build, "--config", "Release", "--prefix", tree / "src", folder=tree)
    return tree


def test_the_newcomers_row_runs_natively(with_mish):
    program = (
        NOT_EDITABLE
        + """
import clearprop as cp
from clearprop import compiled
print(compiled.unknown_row(cp.GATES["mish"]))
X, y = cp.make_moons(80, noise=0.1, random_state=0)
for dtype, tolerance in (("float64", 1e-9), ("float32", 1e-4)):
    net = cp.Network([2, 9, 5, 2], "mish", dtype=dtype)
    how = {"epochs": 100, "learning_rate": 0.02, "batch_size": 32, "optimizer": "nesterov"}
    found, expected = (cp.fit(net, X, y, engine=e, **how) for e in ("native", "reference"))
    a, b = found.network.vector, expected.network.vector
    print(found.engine, abs(a - b).max() <= tolerance * abs(b).max(), found.loss < net.loss(X, y))
result = cp.fit(cp.Network([2, 9, 2], "mish"), X, y, epochs=5)
print(result.engine, result.network.predict(X).shape)
"""
    )
    printed = run(
        sys.executable, "-W", "error", "-c", program, folder=with_mish, PYTHONPATH=with_mish / "src"
    )
    assert printed.splitlines() == [
        "None", "native True True", "native True True", "native (80,)",
    ]  # fmt: skip


def test_the_newcomers_row_passes_the_tests_of_every_gate(with_mish):
    files = ("tests/test_native_primitives.py", "tests/test_tables_gates.py")
    printed = run_tests(with_mish, "-v", "-k", "mish", *files)
    passed = re.findall(r"test_native_primitives\.py::(\w+)\[.*mish.*\] PASSED", printed)
    # Values and slopes, far out and close in, NaN: each in both precisions.
    assert len(passed) >= 6, printed
    assert len(set(passed)) >= 3
    assert "SKIPPED" not in printed


def test_the_other_tests_of_the_engine_pass_with_the_new_row(with_mish):
    """Random networks now draw mish too."""
    printed = run_tests(with_mish, "-q", "-m", "not slow", "tests/test_native_random.py")
    assert re.search(r"\d+ passed", printed)
    assert "skipped" not in printed


# Where there is no compiler.

TOOLS = ("sh", "env", "uname", "git", "true", "cat", "sed", "tr")  # a shell's own, no compiler
COMPILERS = ("c++", "g++", "clang++", "cc", "gcc", "clang", "cl", "icpx", "nvcc", "zig")


@pytest.fixture(scope="module")
def without_compiler(tmp_path_factory):
    """A folder into which pip has installed the package with no compiler on PATH."""
    if os.name != "posix":
        pytest.skip("the search path is narrowed for POSIX systems only")
    pip = (sys.executable, "-m", "pip")
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
        pytest.skip("there is no pip here")
    folder = tmp_path_factory.mktemp("no compiler")
    tools, target = folder / "bin", folder / "installed"
    tools.mkdir()
    for name in TOOLS:
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    assert not any(shutil.which(name, path=str(tools)) for name in COMPILERS)
    reach = [*pip, "download", "--quiet", "--no-deps", "--dest", folder / "probe", "nanobind"]
    probe = subprocess.run(reach, capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"pip reaches no index: {probe.stderr.strip().splitlines()[-1:]}")
    tree = copy_tree(tmp_path_factory.mktemp("source"))
    bare = dict.fromkeys(("CXX", "CC", "CMAKE_GENERATOR", "CMAKE_PREFIX_PATH"), "")
    kept = {name: value for name, value in os.environ.items() if name not in bare}
    done = subprocess.run(
        [*pip, "install", "--no-deps", "--no-cache-dir", "--target", str(target), str(tree)],
        env={**kept, "PATH": str(tools)}, cwd=folder,
        capture_output=True, text=True, check=False, timeout=550,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def test_without_a_compiler_the_package_installs_and_says_why_it_is_slow(without_compiler):
    assert (without_compiler / "clearprop" / "py.typed").exists()
    assert not list((without_compiler / "clearprop").glob("_native*"))
    program = f"""{NOT_EDITABLE}
sys.path.insert(0, {str(without_compiler)!r})
import warnings
import clearprop as cp
print(cp.__file__)
X, y = cp.make_moons(50, random_state=0)
net = cp.Network([2, 3, 2])
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    result = cp.fit(net, X, y, epochs=20, learning_rate=0.1)
print(result.engine, result.loss < net.loss(X, y))
print(*[f"{{each.category.__name__}} {{each.message}}" for each in seen])
try:
    cp.fit(net, X, y, engine="native")
except cp.ClearPropError as error:
    print(type(error).__name__, error)
"""
    printed = run(sys.executable, "-c", program, folder=without_compiler)
    where, engine, warning, refusal = printed.splitlines()
    assert where.startswith(str(without_compiler))
    assert engine == "reference True"
    assert warning.startswith("ClearPropWarning trained by the reference engine")
    assert refusal.startswith("EngineError the native engine cannot do this")
    for text in (warning, refusal):
        assert "for want of a C++20 compiler; install one and run: pip install" in text
