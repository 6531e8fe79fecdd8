"""Messages between two processes: a JSON head and plain arrays, of bounded size, never pickled.

A message is a dict of what JSON holds, and a list of arrays. Whoever reads one checks it: a process
that runs somebody else's code may send anything.

>>> import io
>>> import numpy as np
>>> pipe = io.BytesIO()
>>> send(pipe, {"loss": 0.5}, [np.eye(2)])
>>> _ = pipe.seek(0)
>>> receive(pipe)
({'loss': 0.5}, [array([[1., 0.],
       [0., 1.]])])
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from typing import IO, Any

import numpy as np

from .layouts import Array

__all__ = ["MOST", "BrokenMessageError", "receive", "send"]

MOST = 2**29
"""Bytes of one message."""
DTYPES = frozenset({"float64", "float32", "float16", "longdouble", "float128", "int64", "int32"})
_HEAD = struct.Struct(">QQ")


class BrokenMessageError(Exception):
    """The other side has gone, or sends what is no message."""


def send(pipe: IO[bytes], head: dict[str, Any], arrays: Sequence[Array] = ()) -> None:
    """Write a message.

    Raises
    ------
    BrokenMessageError
        If it is too large, or nobody reads any more.
    """
    plain = [np.ascontiguousarray(array).reshape(np.shape(array)) for array in arrays]
    kinds = [{"dtype": array.dtype.name, "shape": array.shape} for array in plain]
    text = json.dumps({"head": head, "arrays": kinds}).encode()
    size = sum(array.nbytes for array in plain)
    if len(text) + size > MOST:
        raise BrokenMessageError(f"{size:,} bytes are more than one message may have ({MOST:,})")
    try:
        pipe.write(_HEAD.pack(len(text), size))
        pipe.write(text)
        for array in plain:
            pipe.write(array.tobytes())
        pipe.flush()
    except (OSError, ValueError) as error:
        raise BrokenMessageError(str(error)) from None


def receive(pipe: IO[bytes]) -> tuple[dict[str, Any], list[Array]]:
    """Read a message.

    Raises
    ------
    BrokenMessageError
        If there is none, or what there is is no message.
    """
    try:
        length, size = _HEAD.unpack(_exactly(pipe, _HEAD.size))
        if length + size > MOST:
            raise BrokenMessageError(f"a message of {length + size:,} bytes is too large")
        text = json.loads(_exactly(pipe, length))
        head, kinds = text["head"], text["arrays"]
        if not isinstance(head, dict):
            raise BrokenMessageError("the head of a message is no object")
        return head, _arrays(_exactly(pipe, size), kinds)
    except (OSError, ValueError, KeyError, TypeError, struct.error, RecursionError) as error:
        raise BrokenMessageError(f"what came is no message: {error}") from None


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    parts, missing = [], size
    while missing:
        part = pipe.read(min(missing, 1 << 20))
        if not part:
            raise BrokenMessageError("the pipe is closed")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _arrays(body: bytes, kinds: Sequence[dict[str, Any]]) -> list[Array]:
    arrays, start = [], 0
    for kind in kinds:
        if kind["dtype"] not in DTYPES:
            raise BrokenMessageError(f"an array of {kind['dtype']!r} is none of numbers")
        dtype = np.dtype(kind["dtype"])
        shape = tuple(int(n) for n in kind["shape"])
        count = math.prod(shape)
        if min(shape, default=0) < 0 or start + count * dtype.itemsize > len(body):
            raise BrokenMessageError(f"an array of shape {shape} is larger than what came")
        arrays.append(np.frombuffer(body, dtype, count, start).reshape(shape).copy())
        start += count * dtype.itemsize
    return arrays
