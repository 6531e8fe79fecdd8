"""Worked examples as data: from a file or a dict to parts that are checked, key by key.

``docs/audit.md`` describes what may stand in such a file.

>>> example = read_example({"title": "t", "circuit": "x * x", "given": {"x": 3},
...                         "printed": {"f": "9"}})
>>> example.parts[0].kind, list(example.parts[0].printed)
('circuit', ['f'])
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import ClearPropError, ExampleError
from ..formulas import parse
from ..program import evaluate
from .digits import Printed

KINDS = ("network", "circuit", "scores", "run")
SOURCE = ("title", "author", "year", "address", "about")
COMMON = ("name", "printed", "formulas")
KEYS: Mapping[str, tuple[str, ...]] = {
    "network": ("network", "given", "training", *COMMON),
    "circuit": ("circuit", "given", *COMMON),
    "scores": ("scores", "correct", "targets", "name", "printed"),
    "run": ("run", "name", "printed"),
}
MOST_NUMBERS = 1_000
MOST_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class Part:
    """One thing that an example computes: a network, a circuit, scores, or a training run.

    ``data`` are its keys as they were read; ``where`` is how errors call it.
    """

    kind: str
    where: str
    name: str
    data: Mapping[str, Any]
    printed: Mapping[str, Printed]
    formulas: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Example:
    """A published example: where it is from, and its parts."""

    title: str
    source: Mapping[str, Any]
    parts: tuple[Part, ...] = field(repr=False)


def published_names() -> tuple[str, ...]:
    """Return the names of the examples that come with the package.

    >>> published_names()
    ('cs231n', 'mazur', 'moons', 'tutorial')
    """
    folder = resources.files(__package__)
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".json")))


def read_example(given: str | Path | Mapping[str, Any]) -> Example:
    """Read an example.

    Parameters
    ----------
    given : str, Path or mapping
        The name of a published one, the path of a file, or what stands in such a file.

    Raises
    ------
    ExampleError
        If it is no such example; the message names the line or the key.
    """
    if isinstance(given, Mapping):
        return _example(given)
    if isinstance(given, str) and given in published_names():
        text = (resources.files(__package__) / f"{given}.json").read_text(encoding="utf-8")
        return _example(_json(text, given))
    if not isinstance(given, str | Path):
        raise ExampleError(
            f"an example is a name ({', '.join(published_names())}), a file, or a dict; "
            f"not {type(given).__name__}"
        )
    path = Path(given)
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(MOST_CHARACTERS + 1)
    except UnicodeDecodeError:
        raise ExampleError(f"{path} is not a text in UTF-8") from None
    except OSError as error:
        known = ", ".join(published_names())
        raise ExampleError(
            f"{path} cannot be read ({error.strerror}); the published examples are: {known}"
        ) from None
    if len(text) > MOST_CHARACTERS:
        raise ExampleError(f"{path} has more than {MOST_CHARACTERS:,} characters")
    data = _json(text, path.name)
    try:
        return _example(data)
    except ExampleError as error:
        raise ExampleError(f"{path.name}: {error}") from None


def _json(text: str, name: str) -> Mapping[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise ExampleError(f"{name}: the key {twice!r} stands twice in one place")
        return found

    def refuse(constant: str) -> Any:
        raise ExampleError(f"{name}: {constant} is not a number that can be computed with")

    try:
        data = json.loads(text, object_pairs_hook=once, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise ExampleError(
            f"{name}, line {error.lineno}, column {error.colno}: this is not JSON: {error.msg}"
        ) from None
    except RecursionError:
        raise ExampleError(f"{name}: the brackets are nested too deep") from None
    except ValueError as error:
        if isinstance(error, ClearPropError):
            raise
        raise ExampleError(f"{name}: {error}") from None
    if not isinstance(data, dict):
        raise ExampleError(f"{name}: an example is an object {{...}}, not {type(data).__name__}")
    return data


def _example(data: Mapping[str, Any]) -> Example:
    title = data.get("title")
    if not isinstance(title, str) or not title.strip():
        raise ExampleError("title: every example says what it is from; give it a title")
    whole = [kind for kind in KINDS if kind in data]
    if "parts" in data:
        check_keys(data, (*SOURCE, "parts"), "")
        parts = as_list(data["parts"], "parts")
        found = [_part(part, f"parts[{i}]") for i, part in enumerate(parts)]
    elif whole:
        check_keys(data, (*SOURCE, *KEYS[whole[0]]), "")
        rest = {key: value for key, value in data.items() if key not in SOURCE}
        found = [_part(rest, "")]
    else:
        raise ExampleError(
            f"an example has parts, or is one of: {', '.join(KINDS)}; there is none of these keys"
        )
    count = sum(len(part.printed) + len(part.formulas) for part in found)
    if not 0 < count <= MOST_NUMBERS:
        raise ExampleError(
            f"an example prints 1 to {MOST_NUMBERS:,} numbers or formulas; here are {count}"
        )
    return Example(title, {k: data[k] for k in SOURCE if k in data}, tuple(found))


def _part(given: Any, where: str) -> Part:
    data = as_mapping(given, where)
    prefix = f"{where}." if where else ""
    kinds = [kind for kind in KINDS if kind in data]
    if len(kinds) != 1:
        what = " and ".join(kinds) or "none of them"
        raise ExampleError(f"{where or 'the example'}: one of {', '.join(KINDS)}; here is {what}")
    kind = kinds[0]
    check_keys(data, KEYS[kind], where)
    printed = {
        name: Printed.read(text, f"{prefix}printed, {name!r}")
        for name, text in as_mapping(data.get("printed", {}), f"{prefix}printed").items()
    }
    formulas: list[tuple[str, str]] = []
    for name, given_text in as_mapping(data.get("formulas", {}), f"{prefix}formulas").items():
        for text in given_text if isinstance(given_text, list) else [given_text]:
            if not isinstance(text, str):
                raise ExampleError(f"{prefix}formulas, {name!r}: a formula is a text, not {text!r}")
            formulas.append((name, text))
    called = data.get("name", "")
    if not isinstance(called, str):
        raise ExampleError(f"{prefix}name: a name is a text, not {called!r}")
    return Part(kind, where, called, data, printed, tuple(formulas))


def check_keys(data: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    """Refuse keys that mean nothing here: a slip of the pen should not go unseen."""
    for key in data:
        if key not in known:
            place = f"{where}.{key}" if where else str(key)
            raise ExampleError(f"{place}: there is no such key; there are: {', '.join(known)}")


def as_mapping(given: Any, where: str) -> Mapping[str, Any]:
    """Return an object of the file."""
    if not isinstance(given, Mapping):
        raise ExampleError(f"{where}: an object {{...}} is expected, not {given!r:.60}")
    return given


def as_list(given: Any, where: str) -> list[Any]:
    """Return a list of the file."""
    if not isinstance(given, list | tuple):
        raise ExampleError(f"{where}: a list [...] is expected, not {given!r:.60}")
    return list(given)


def as_number(given: Any, where: str) -> float:
    """Return a given number: a number, or a text of one, such as ``"0.10"`` or ``"0.01 / 200"``.

    Raises
    ------
    ExampleError
        If it is no finite number.
    """
    number = math.nan
    if isinstance(given, int | float) and not isinstance(given, bool):
        number = float(given)
    elif isinstance(given, str):
        try:
            number = float(evaluate(parse(given)))
        except ClearPropError as error:
            raise ExampleError(f"{where}: {error}") from None
    if not math.isfinite(number):
        raise ExampleError(f"{where}: a finite number is expected, not {given!r:.60}")
    return number
