"""Worksheets in files: the data as JSON, and the folder with sheets, key and template.

``sheets.json`` holds the numbers of each sheet and the right answers (to twelve figures). Reading
runs nothing: every entry is checked against bounds, and the right answers are computed anew and
compared with those in the file.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from ...architecture import Architecture, architecture
from ...errors import ClearPropError, DoctorError
from ...explanation.naming import Naming
from ...network import Network
from .marking import rounded
from .questions import asked
from .sheets import Student, Task, Worksheets, check_language

FORMAT, VERSION = "clearprop worksheets", 1
FILE = "sheets.json"
MOST_BYTES = 20 * 1024**2
MOST_STUDENTS = 1_000
MOST_LAYERS, MOST_NEURONS, MOST_PARAMETERS = 6, 24, 120
LONGEST_NAME = 120
LARGEST = 1e6
DIGITS = (2, 10)
TOLERANCES = (0, 5)
FIGURES = 12  # of a right answer in the file
STUDENTS, KEY = "students", "key"


def to_json(sheets: Worksheets) -> str:
    """Return worksheets as JSON."""
    task = sheets.task
    data = {
        "format": FORMAT,
        "version": VERSION,
        "layers": list(task.shape.layers),
        "gates": [gate.spec for gate in task.shape.gates],
        "loss": task.shape.loss.spec,
        "shared_bias": task.shape.shared_bias,
        "ask": list(task.ask),
        "learning_rate": task.learning_rate,
        "digits": task.digits,
        "tolerance": task.tolerance,
        "language": task.language,
        "seed": task.seed,
        "students": [
            {
                "sheet": one.number,
                "name": one.name,
                "x": list(one.x),
                "y": one.y if isinstance(one.y, int) else list(one.y),
                "parameters": one.parameters,
                "right": {key: rounded(value, FIGURES) for key, value in one.right.items()},
            }
            for one in sheets.students
        ],
    }
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def from_json(text: str) -> Worksheets:
    """Return the worksheets in a JSON text.

    Raises
    ------
    DoctorError
        If it is no such thing, or an entry is out of bounds.
    """
    try:
        data = json.loads(text, parse_constant=_refused)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise DoctorError(f'it has no "format": "{FORMAT}"')
        if data.get("version") != VERSION:
            raise DoctorError(f"it is of version {data.get('version')!r}, not {VERSION}; "
                              "make the sheets anew with their seed")  # fmt: skip
        task = _task(data)
        rows = _list(data["students"], 1, MOST_STUDENTS)
        students = tuple(_student(task, row, number) for number, row in enumerate(rows, 1))
    except DoctorError as error:
        raise DoctorError(f"these are no sound worksheets: {error}") from None
    except ClearPropError as error:
        raise DoctorError(f"these are no sound worksheets: {error}") from None
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError) as error:
        what = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise DoctorError(f"these are no sound worksheets: {what[:200]}") from None
    return Worksheets(task, students)


def check_shape(shape: Architecture) -> Architecture:
    """Return a shape that fits a sheet of paper (DoctorError)."""
    neurons = sum(shape.layers)
    if len(shape.layers) > MOST_LAYERS or neurons > MOST_NEURONS:
        raise DoctorError(
            f"a network to be worked out by hand has at most {MOST_LAYERS} layers and "
            f"{MOST_NEURONS} inputs and neurons; this one has {len(shape.layers)} and {neurons}"
        )
    if shape.n_parameters > MOST_PARAMETERS:
        raise DoctorError(f"a sheet has room for {MOST_PARAMETERS} weights and biases, not "
                          f"{shape.n_parameters}")  # fmt: skip
    return shape


def _refused(text: str) -> float:
    raise ValueError(f"{text} is no number of a worksheet")


def _task(data: dict[str, Any]) -> Task:
    layers = [_whole(n, 1, MOST_NEURONS) for n in _list(data["layers"], 2, MOST_LAYERS)]
    gates = [_text(spec, 100) for spec in _list(data["gates"], len(layers) - 1, len(layers) - 1)]
    if not isinstance(data["shared_bias"], bool):
        raise ValueError("shared_bias is true or false")
    shape = architecture(
        layers, gates[:-1], _text(data["loss"], 100), gates[-1], data["shared_bias"]
    )
    check_shape(shape)
    ask = asked(shape, [_text(name, 40) for name in _list(data["ask"], 1, MOST_PARAMETERS)])
    return Task(
        shape, ask, _number(data["learning_rate"]), _whole(data["digits"], *DIGITS),
        _whole(data["tolerance"], *TOLERANCES), check_language(data["language"]),
        _whole(data["seed"], 0, 2**32 - 1),
    )  # fmt: skip


def _student(task: Task, row: dict[str, Any], number: int) -> Student:
    if _whole(row["sheet"], number, number) != number:
        raise ValueError("the sheets are counted from 1")
    shape = task.shape
    given = row["parameters"]
    naming = Naming(shape)
    names = {name: (array, place) for name, array, place in naming.parameters()}
    if not isinstance(given, dict) or set(given) != set(names):
        raise ValueError(f"sheet {number} has other parameters than {', '.join(names)}")
    arrays = {name: np.zeros(size) for name, size in shape.shapes.items()}
    for name, (array, place) in names.items():
        arrays[array][place] = _number(given[name])
    net = Network(shape.layers, shape.gates[:-1], shape.loss, shape.gates[-1],
                  shared_bias=shape.shared_bias).with_parameters(arrays)  # fmt: skip
    x = tuple(_number(v) for v in _list(row["x"], shape.layers[0], shape.layers[0]))
    found = Student(
        task, number, _text(row["name"], LONGEST_NAME), net, x, _target(shape, row["y"])
    )
    _compare(found, row["right"])
    return found


def _target(shape: Architecture, given: Any) -> int | tuple[float, ...]:
    if shape.loss.targets == "class":
        return _whole(given, 0, shape.layers[-1] - 1)
    return tuple(_number(v) for v in _list(given, shape.layers[-1], shape.layers[-1]))


def _compare(student: Student, given: Any) -> None:
    """See that the right answers in the file are those of its numbers."""
    if not isinstance(given, dict) or set(given) != set(student.right):
        raise ValueError(f"sheet {student.number} has right answers to other questions")
    for key, value in student.right.items():
        if not math.isclose(_number(given[key]), value, rel_tol=1e-9, abs_tol=1e-12):
            raise DoctorError(f"sheet {student.number}: {key} is {value:.6g} for its numbers, and "
                              f"{given[key]!r} in the file, which has been changed")  # fmt: skip


def _list(value: Any, least: int, most: int) -> list[Any]:
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise ValueError(f"a list of {least} to {most} entries is expected, not {str(value)[:60]}")
    return value


def _whole(value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"a whole number from {least} to {most} is expected, not {value!r:.60}")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise ValueError(f"a number up to {LARGEST:g} is expected, not {value!r:.60}")
    return float(value)


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        raise ValueError(f"a text of at most {most} letters is expected, not {value!r:.60}")
    return value


def save(sheets: Worksheets, folder: Path) -> list[Path]:
    """Write all files of some worksheets into a folder; those of the same names are replaced."""
    files: dict[Path, str] = {
        folder / FILE: sheets.to_json(),
        folder / "answers.csv": "\ufeff" + sheets.template(),
        folder / "all-sheets.html": sheets.html(),
        folder / "all-sheets.tex": sheets.latex(),
        folder / KEY / "index.html": _index(sheets),
    }
    wide = max(2, len(str(len(sheets))))
    for one in sheets.students:
        name = f"sheet-{one.number:0{wide}}"
        files |= {
            folder / STUDENTS / f"{name}.html": sheets.html(one.number),
            folder / STUDENTS / f"{name}.tex": sheets.latex(one.number),
            folder / KEY / f"{name}.html": sheets.key_html(one.number),
            folder / KEY / f"{name}.tex": sheets.key_latex(one.number),
        }
    try:
        for part in (STUDENTS, KEY):
            (folder / part).mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise DoctorError(f"{error.filename or folder} cannot be written ({error.strerror}): give "
                          "a folder that you may write to") from None  # fmt: skip
    return list(files)


def _index(sheets: Worksheets) -> str:
    from .key import index_page  # noqa: PLC0415 (a view; opened when it is asked for)

    return index_page(sheets)


def load(path: Path) -> Worksheets:
    """Read worksheets from their folder, or from the file itself."""
    file = path / FILE if path.is_dir() else path
    try:
        if file.stat().st_size > MOST_BYTES:
            raise DoctorError(f"{file} has more than {MOST_BYTES:,} bytes; it is no {FILE}")
        text = file.read_text("utf-8")
    except FileNotFoundError:
        raise DoctorError(f"there is no {file}: give the folder that clearprop worksheet --out "
                          "wrote") from None  # fmt: skip
    except UnicodeDecodeError:
        raise DoctorError(f"{file} is no UTF-8 text, so it is no {FILE}") from None
    except OSError as error:
        raise DoctorError(f"{file} cannot be read ({error.strerror})") from None
    try:
        return from_json(text)
    except DoctorError as error:
        raise DoctorError(f"{file}: {error}") from None
