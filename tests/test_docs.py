"""The documentation's pages: their code, their commands, their pictures, and the site as built."""

import doctest
import io
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import clearprop as cp
from commands import make_tables, run, train_on

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
MAKE = runpy.run_path(str(DOCS / "pictures" / "make.py"))
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^    (clearprop .*)$", re.MULTILINE)
WIDEST = 0.02  # another version of matplotlib may move its letters by a hair
HOMEWORK = """\
import numpy as np


def backward(X, y, W1, b1, W2, b2):
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A2 + b2
"""

texts = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in (ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted(DOCS.rglob("*.md")))
}
with_commands = [
    name for name, text in texts.items()
    if (INDENTED.search(text) or MAKE["CONSOLE"].search(text))
    and not name.startswith("docs/tutorial")  # held by test_tutorial_pages.py
]  # fmt: skip
with_pictures = [
    pytest.param(path, marks=[pytest.mark.slow] * ("clearprop moons" in path.read_text("utf-8")))
    for path in MAKE["pages"]()
]


@pytest.mark.parametrize("name", texts)
def test_nothing_is_shown_that_no_test_runs(name):
    for kind, body in FENCE.findall(texts[name]):
        assert kind in ("", "python", "console", "{eval-rst}", "{toctree}"), kind
        if kind == "python":
            examples = doctest.DocTestParser().get_examples(body)
            assert examples, body
            assert body.endswith("\n\n"), f"without a blank line the fence is output, too:\n{body}"
        if kind == "console":
            assert body.startswith("$ "), body


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with the files that the pages speak of."""
    folder = make_tables(tmp_path_factory.mktemp("desk"))
    train_on(folder, ["iris"])
    (folder / "iris-train.csv").rename(folder / "iris.csv")
    (folder / "iris-new.csv").rename(folder / "new.csv")
    (folder / "homework.py").write_text(HOMEWORK, "utf-8")
    return folder


def printed(words, shown):
    """Run a command of a page and return what it prints."""
    program, *more = words
    if program == "clearprop":
        code = 2 if "clearprop: error:" in shown else 0
        return run(*more, code=code).output
    assert program == "python", words
    done = subprocess.run(
        [sys.executable, *more], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


@pytest.mark.parametrize("name", with_commands)
def test_commands_print_what_is_shown(name, desk, monkeypatch):
    monkeypatch.chdir(desk)
    agrees = doctest.OutputChecker().check_output
    asked = [*MAKE["commands"](texts[name])]
    asked += [(line.split(), "") for line in INDENTED.findall(texts[name])]
    for words, shown in asked:
        said = printed(words, shown)
        assert not shown or agrees(shown, said, MAKE["AS_IN_TESTS"]), f"{words}\n{said}"


def test_commands_are_told_from_what_they_print():
    page = (
        'text\n```console\n$ clearprop explain "x*y" --at x=1,y=2\nHow\n...\n$ python a.py\n```\n'
    )
    found = [(["clearprop", "explain", "x*y", "--at", "x=1,y=2"], "How\n...\n")]
    assert [*MAKE["commands"](page)] == [*found, (["python", "a.py"], "")]


@pytest.mark.parametrize("page", with_pictures, ids=lambda page: page.stem)
def test_a_picture_is_what_the_page_makes(page):
    from matplotlib.image import imread

    for name, made in MAKE["pictures"](page).items():
        kept = DOCS / "pictures" / name
        if name.endswith(".svg"):
            assert kept.read_bytes() == made, f"{name}: python docs/pictures/make.py"
        else:
            old, new = imread(kept), imread(io.BytesIO(made))
            assert old.shape == new.shape
            assert abs(old - new).mean() < WIDEST, f"{name}: python docs/pictures/make.py"


def test_every_picture_is_shown_and_made():
    shown = {name for text in texts.values() for name in MAKE["SHOWN"].findall(text)}
    kept = {path.name for path in (DOCS / "pictures").iterdir() if path.suffix in (".svg", ".png")}
    assert kept == shown


def test_the_reference_has_every_public_name_once():
    pages = "".join(path.read_text("utf-8") for path in (DOCS / "api").glob("*.md"))
    listed = re.findall(r"^\.\. auto\w+:: clearprop\.(\w+)$", pages, re.MULTILINE)
    listed.remove("errors")  # a module: the classes of errors
    missing = sorted({*cp.__all__} - {*listed, "__version__"})
    assert missing == [], f"docs/api/ has no place for {', '.join(missing)}"
    assert sorted(listed) == sorted({*listed} & {*cp.__all__})


@pytest.mark.slow
def test_the_site_builds_and_needs_nothing_from_elsewhere(tmp_path):
    for library in ("sphinx", "furo", "myst_parser", "sphinx_copybutton", "latex2mathml"):
        pytest.importorskip(library)
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "--keep-going", "-b", "html",
         "-d", tmp_path / "doctrees", DOCS, tmp_path / "site"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    pages = [path.read_text("utf-8") for path in (tmp_path / "site").rglob("*.html")]
    assert len(pages) > 20
    assert sum(page.count("<math") for page in pages) > 50
    for page in pages:
        assert (
            re.findall(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=\"(?:\w+:)?//", page) == []
        )
        assert "<BLANKLINE>" not in page
        assert "&lt;BLANKLINE&gt;" not in page
