"""Saving a trained network with all that belongs to it, and loading it again.

>>> import clearprop as cp, pathlib, tempfile
>>> net = cp.Network([2, 3, 2], "leaky_relu(alpha=0.2)")
>>> with tempfile.TemporaryDirectory() as folder:
...     path = pathlib.Path(folder) / "moons.clearprop"
...     save_model(path, net)
...     load_model(path).network
Network(2-3-2, leaky_relu(alpha=0.2), softmax_cross_entropy, 17 parameters)

A ``.clearprop`` file is a safetensors file, so other programs can read its arrays too: 8 bytes
with the length of the header, the header (JSON), and the numbers of ``W1, b1, W2, ...``, little
end first. The header's only metadata, ``clearprop``, is a JSON text with layers, gates, loss,
columns and training history (see :mod:`clearprop.modelmeta`).

A file may come from anyone, so nothing in it is ever run, and nothing is believed before it is
checked. Loading takes memory for the network, twice while it is made, and at most 200 MiB for the
header, whatever it holds. The file is read here and not by the safetensors library: that one maps
the file into memory, where a file that is cut short meanwhile ends the program.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
import re
import secrets
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from .data.columns import Columns
from .data.table import shown
from .errors import ModelFileError
from .modelmeta import DAMAGED, MAX_LOSSES, History, Metadata, check_fit, refusal
from .network import Network

__all__ = [
    "MAX_FILE",
    "MAX_HEADER",
    "MAX_LOSSES",
    "MAX_VALUES",
    "History",
    "Model",
    "load_model",
    "save_model",
]

MAX_FILE = 4 * 1024**3
"""A model file has at most this many bytes."""

MAX_HEADER = 16 * 1024**2
"""The header of a model file, JSON text included, has at most this many bytes."""

MAX_VALUES = 500_000
"""The JSON of a model file has at most this many values: some 80,000 columns of numbers."""

MAX_NESTING = 8
"""The brackets in JSON can be taken off, pair by pair, in this many rounds; five are needed."""

KEY = "clearprop"
CODES = {"float64": "F64", "float32": "F32"}

_KINDS = {b"PK": "a zip archive", b"\x80": "a pickle, which is never run", b"\x89HDF": "HDF5"}
_STRING = re.compile(r'"(?>[^"\\]+|\\.)*+"?', re.DOTALL)  # to the end, if nothing closes it

Array: TypeAlias = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Model:
    """What a model file holds.

    Attributes
    ----------
    network : Network
    columns : Columns or None
        How the columns of a table become its inputs and outputs.
    history : History or None
        How it was trained.
    version : str
        The version of ClearProp that wrote the file.
    """

    network: Network
    columns: Columns | None
    history: History | None
    version: str


def save_model(
    path: str | os.PathLike[str],
    network: Network,
    *,
    columns: Columns | None = None,
    history: History | Mapping[str, Any] | None = None,
) -> None:
    """Write a network to a file, which appears as a whole or not at all.

    Parameters
    ----------
    path : str or path
        Usually ends in ``.clearprop``; a file that exists is replaced.
    network : Network
        Its parameters are finite; its gates and loss are in the tables (see
        ``clearprop.register_gate``), as the file holds their names, not their formulas.
    columns : Columns, optional
        What its inputs and outputs mean (``clearprop.data.prepare(...).columns``).
    history : History or mapping, optional
        How it was trained (``History.of(result, ...)``), or a mapping with History's fields.

    Raises
    ------
    ModelFileError
        If the file cannot be written, or the model is such that it could not be loaded again.
    """
    source = _source(path)
    try:
        content = _content(network, columns, history)
    except ModelFileError as error:
        reason = str(error).removesuffix(f"; {DAMAGED}")  # there is no file yet
        raise ModelFileError(f"{source} was not written: {reason}") from None
    _replace(Path(path), content, source)


def load_model(path: str | os.PathLike[str]) -> Model:
    """Read a model file; nothing in it is run.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    Model
        With the very bits that were saved.

    Raises
    ------
    ModelFileError
        For whatever is not a sound model file: one that is damaged, cut short, larger than
        ``MAX_FILE``, of another kind, with numbers that are not finite, or with a gate or
        loss that is not registered.
    """
    source = _source(path)
    try:
        return _load(Path(path), source)
    except ModelFileError as error:
        raise ModelFileError(f"{source} cannot be loaded: {error}") from None
    except MemoryError:
        raise ModelFileError(
            f"{source} cannot be loaded: there is not enough memory for it; close other programs"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelFileError(f"{source} cannot be read ({reason}): check the path") from None


def _source(path: object) -> str:
    if isinstance(path, str | os.PathLike) and isinstance(os.fspath(path), str):
        return str(os.fspath(path))
    raise ModelFileError(f"the path of a model file is a text or a Path, not {shown(path)}")


def _load(path: Path, source: str) -> Model:
    try:
        if path.is_dir():
            raise refusal("it is a folder", "give the path of a .clearprop file in it")
        if path.exists() and not path.is_file():
            raise refusal("it is not an ordinary file", "give the path of a .clearprop file")
        with path.open("rb") as file:
            return _read(file, os.fstat(file.fileno()).st_size)
    except FileNotFoundError:
        raise refusal("it does not exist", "check the name and the folder") from None
    except PermissionError:
        raise refusal("you may not read it", "ask its owner, or change its permissions") from None


def _read(file: BufferedReader, size: int) -> Model:
    if size == 0:
        raise refusal("it is empty", "save the model again")
    if size > MAX_FILE:
        raise refusal(f"it has {size:,} bytes, more than {MAX_FILE:,}", "take a smaller network")
    header = _read_header(file, size)
    if not isinstance(header, dict) or not all(isinstance(part, dict) for part in header.values()):
        raise refusal("its header is no safetensors header")
    described = header.pop("__metadata__", {})
    if list(described) != [KEY] or not isinstance(described[KEY], str):
        raise refusal("it is a safetensors file, but not of ClearProp", "save_model makes those")
    found = Metadata.from_json(read_json(described[KEY], "its description"))
    data = size - file.tell()
    vector = _read_numbers(file, _order(header, found, data), found)
    network = Network.of(found.architecture, vector, found.dtype)
    return Model(network, found.columns, found.history, found.version)


def _read_header(file: BufferedReader, size: int) -> Any:
    start = file.read(8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or length > min(size - 8, MAX_HEADER):
        kind = next((f"; it looks like {k}" for m, k in _KINDS.items() if start.startswith(m)), "")
        raise refusal(f"its {size:,} bytes do not begin with the header of a model file{kind}")
    try:
        text = file.read(length).decode()
    except UnicodeDecodeError:
        raise refusal("its header is no text") from None
    if not text.startswith("{"):
        raise refusal("its header is no JSON object")
    return read_json(text, "its header")


def read_json(text: str, what: str) -> Any:
    """Read a JSON text whose size, depth and kinds of numbers are bounded.

    Raises
    ------
    ModelFileError
        If it is no JSON, has more than MAX_VALUES values, is nested too deeply, names a key
        twice, or holds NaN, Infinity or a whole number of more than 40 digits.
    """
    # Looked at before the parser runs, which takes many bytes for each bracket and comma, and
    # whose depth is limited only by a setting that the program may have changed.
    many = text.count('"') > 8 * MAX_VALUES
    bare = "" if many else _STRING.sub("", text)
    if many or sum(map(bare.count, "[{,")) > MAX_VALUES:
        raise refusal(f"{what} has more than {MAX_VALUES:,} values")
    brackets = re.sub(r"[^][{}]+", "", bare)
    for _ in range(MAX_NESTING):
        brackets = brackets.replace("[]", "").replace("{}", "")
    if brackets:
        raise refusal(f"{what} is nested too deeply, or its brackets do not match")

    def checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name, count in Counter(names).items() if count > 1)
            raise refusal(f"{what} has the key {shown(twice)} twice")
        return found

    def whole(number: str) -> int:
        if len(number) > 40:  # quadratic time, where Python's own limit is turned off
            raise refusal(f"{what} holds a whole number of {len(number):,} digits")
        return int(number)

    def no_json(name: str) -> None:
        raise refusal(f"{what} holds {name}, which is no JSON")

    try:
        return json.loads(text, object_pairs_hook=checked, parse_int=whole, parse_constant=no_json)
    except ModelFileError:
        raise
    except (ValueError, RecursionError) as error:
        raise refusal(f"{what} is no JSON ({error})") from None


def _order(header: Mapping[str, Any], found: Metadata, data: int) -> list[str]:
    """Return the parameters in the order of the file; refuse a header that says otherwise."""
    shapes, itemsize = found.architecture.shapes, np.dtype(found.dtype).itemsize
    if found.architecture.n_parameters * itemsize != data:
        raise refusal(
            f"its network has {found.architecture.n_parameters:,} parameters of {itemsize} bytes, "
            f"and {data:,} bytes follow the header"
        )
    if wrong := shapes.keys() ^ header.keys():
        name = min(wrong)
        raise refusal(f"it {'lacks' if name in shapes else 'also has'} the array {shown(name)}")
    starts = {}
    for name, shape in shapes.items():
        entry = header[name]
        if entry.keys() != {"dtype", "shape", "data_offsets"}:
            raise refusal(f"the header does not give dtype, shape and place of {name}")
        if entry["dtype"] != CODES[found.dtype] or not _same(entry["shape"], shape):
            raise refusal(
                f"{name} should be {CODES[found.dtype]} of shape {list(shape)}, and is "
                f"{shown(entry['dtype'])} of shape {shown(entry['shape'])}"
            )
        place = entry["data_offsets"]
        start = place[0] if isinstance(place, list) and len(place) == 2 else None
        if type(start) is not int or not _same(place, (start, start + math.prod(shape) * itemsize)):
            raise refusal(f"{name} does not fit its place, {shown(place)}")
        starts[name] = start
    order = sorted(shapes, key=starts.__getitem__)
    ends = itertools.accumulate(math.prod(shapes[name]) * itemsize for name in order)
    if [starts[name] for name in order] != [0, *ends][:-1]:
        raise refusal("its arrays overlap, or have gaps between them")
    return order


def _same(given: object, wanted: tuple[int, ...]) -> bool:
    return (
        isinstance(given, list)
        and given == list(wanted)
        and all(type(number) is int for number in given)
    )


def _read_numbers(file: BufferedReader, order: list[str], found: Metadata) -> Array:
    """Return the flat vector of all parameters."""
    vector = np.empty(found.architecture.n_parameters, np.dtype(found.dtype).newbyteorder("<"))
    for name in order:
        numbers = vector[found.architecture.places[name]]
        if file.readinto(numbers.data) != numbers.nbytes:
            raise refusal(f"it ends within {name}")
        if not np.isfinite(numbers).all():
            raise refusal(f"{name} holds NaN or infinity", "train again with a smaller step")
    return vector


def _content(
    network: Network, columns: Columns | None, history: History | Mapping[str, Any] | None
) -> bytes:
    """Return the bytes of a model file, having seen that they can be loaded."""
    from safetensors.numpy import save  # noqa: PLC0415

    if not isinstance(network, Network):
        raise ModelFileError(f"a model is a clearprop.Network, not {shown(network)}")
    for name, numbers in network.parameters.items():
        if not np.isfinite(numbers).all():
            raise refusal(f"{name} holds NaN or infinity", "train again with a smaller step")
    if network.vector.nbytes > MAX_FILE - MAX_HEADER:
        raise refusal("the network is larger than a model file", "take a smaller one, or float32")
    if columns is not None:
        if not isinstance(columns, Columns):
            raise ModelFileError(f"columns is a clearprop.data.Columns, not {shown(columns)}")
        check_fit(columns, network.architecture)
    if history is not None and not isinstance(history, History):
        history = History.from_json(history)
    text = _description(network, columns, history)
    content: bytes = save(dict(network.parameters), {KEY: text})
    if int.from_bytes(content[:8], "little") > MAX_HEADER:
        raise refusal(
            f"columns and history take more than {MAX_HEADER:,} bytes", "save with fewer columns"
        )
    return content


def _description(network: Network, columns: Columns | None, history: History | None) -> str:
    from . import __version__  # noqa: PLC0415

    found = Metadata(network.architecture, str(network.dtype), __version__, columns, history)
    described = found.to_json()
    try:
        text = json.dumps(described, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:  # the history has been checked
        raise ModelFileError(f"the columns cannot be written as JSON: {error}") from None
    Metadata.from_json(read_json(text, "the description of the model"))
    return text


def _replace(path: Path, content: bytes, source: str) -> None:
    """Write a file beside its place, and move it there when it is complete."""
    try:
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise ModelFileError(f"{source} is a folder: give the path of a file in it")
        if target.exists() and not (target.is_file() and os.access(target, os.W_OK)):
            raise ModelFileError(f"{source} is not a file that you may write to: choose another")
        _write(target, content)
    except ModelFileError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelFileError(
            f"{source} cannot be written ({reason}): check that the folder exists, that you may "
            "write there and that the disk is not full"
        ) from None


def _write(target: Path, content: bytes) -> None:
    beside = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
