"""Draws the pictures of the documentation: python docs/pictures/make.py.

A picture on a page is what ``picture`` is in the code above it, or the file that a command above
it has written. So a page shows how its pictures were made, and there is no other list of them.
"""

import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import clearprop

DOCS = Path(__file__).parents[1]
SHOWN = re.compile(r"!\[[^\]]*\]\((?:\.\./)*pictures/([^)]+)\)")
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HERE = {**os.environ, "PYTHONPATH": str(Path(clearprop.__file__).parents[1])}
AS_IN_TESTS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def commands(text: str) -> Iterator[tuple[list[str], str]]:
    """Yield the commands of a text, in words, each with what the text says that it prints."""
    for block in CONSOLE.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield shlex.split(command), output


def written(name: str, text: str, folder: Path) -> Path:
    """Run the commands of a text, from the last one back, until a file is there."""
    for words, _ in reversed([*commands(text)]):
        if (folder / name).exists():
            break
        program = [sys.executable, "-m", *words]
        subprocess.run(program, cwd=folder, env=HERE, check=True, capture_output=True)  # noqa: S603
    return folder / name


def run_code(text: str, page: Path, names: dict[str, Any]) -> dict[str, Any]:
    """Run a text's examples and return the names that are known after them."""
    test = doctest.DocTestParser().get_doctest(text, names, page.name, str(page), 0)
    said = io.StringIO()
    runner = doctest.DocTestRunner(verbose=False, optionflags=AS_IN_TESTS)
    if runner.run(test, out=said.write, clear_globs=False).failed:
        raise SystemExit(said.getvalue())
    return test.globs


def as_file(picture: Any, name: str) -> bytes:
    """Return a picture as its file is."""
    if name.endswith(".svg"):
        return str(picture).encode()
    buffer = io.BytesIO()
    picture.savefig(buffer, format="png")
    return buffer.getvalue()


def pictures(page: Path) -> dict[str, bytes]:
    """Return what the files of a page's pictures shall hold, by their names."""
    found: dict[str, bytes] = {}
    names: dict[str, Any] = {}
    parts = SHOWN.split(page.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        for text, name in zip(parts[0::2], parts[1::2], strict=False):
            names = run_code(text, page, names)
            picture = names.pop("picture", None)
            if picture is not None:
                found[name] = as_file(picture, name)
            elif (file := written(name, text, Path(folder))).exists():
                found[name] = file.read_bytes()
    return found


def pages() -> list[Path]:
    """Return the pages that show pictures."""
    every = sorted(DOCS.rglob("*.md"))
    return [page for page in every if SHOWN.search(page.read_text("utf-8"))]


if __name__ == "__main__":
    for one in pages():
        for file, content in pictures(one).items():
            (DOCS / "pictures" / file).write_bytes(content)
