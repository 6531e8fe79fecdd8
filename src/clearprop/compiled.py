"""What was compiled: the native module, and which rows of the tables it knows.

The module is optional: where no C++ compiler was found at installation, or on a processor
that none of its kernels fits, :func:`missing` says so and everything runs on NumPy.

>>> from clearprop.tables import GATES
>>> why = missing() or unknown_row(GATES["tanh"])
>>> why is None or isinstance(why, str)
True
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import EngineError
from .tables.rows import Row

if TYPE_CHECKING:
    from .architecture import Architecture

_SUFFIX = {np.dtype(np.float64): "64", np.dtype(np.float32): "32"}


@lru_cache(maxsize=1)
def _loaded() -> tuple[Any, str | None]:
    try:
        module: Any = import_module("clearprop._native")
        module.isa()
    except ModuleNotFoundError:
        return None, (
            "it was not built with this installation, for want of a C++20 compiler; install one "
            "and run: pip install --force-reinstall --no-cache-dir clearprop"
        )
    except (ImportError, RuntimeError) as error:  # another Python's, or no kernels for this machine
        return None, f"it cannot be loaded: {error}"
    return module, None


def missing() -> str | None:
    """Return why there is no native module, in half a sentence; None: there is one."""
    return _loaded()[1]


def native() -> Any:
    """Return the native module.

    Raises
    ------
    EngineError
        If there is none; the message says why.
    """
    module, why = _loaded()
    if module is None:
        raise EngineError(f"there is no native engine: {why}")
    return module


@lru_cache(maxsize=1)
def _known() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = native().known_rows()
    return found


@lru_cache(maxsize=512)
def unknown_row(row: Row) -> str | None:
    """Return why a row was not compiled in, in one sentence; None: it was."""
    if missing():
        return missing()
    kind = type(row).__name__.lower()
    compiled = _known()[kind].get(row.name)
    if compiled is None:
        return f"the {kind} {row.name} was not there when the engine was built"
    if compiled != row.fingerprint:
        return f"the {kind} {row.name} is another than when the engine was built"
    return None


def unknown(rows: Iterable[Row]) -> str | None:
    """Return the first reason of :func:`unknown_row` among several rows."""
    return next((why for row in rows if (why := unknown_row(row))), None)


def spec(row: Row) -> tuple[str, list[float]]:
    """Return a row as the native module takes it."""
    return row.name, list(row.parameters.values())


def shape(net: Architecture) -> tuple[Any, ...]:
    """Return an architecture as the native module takes it."""
    return net.layers, [spec(gate) for gate in net.gates], spec(net.loss), net.shared_bias


def of_precision(name: str, dtype: np.dtype[Any]) -> Any:
    """Return the native module's function of that name for float64 or float32."""
    return getattr(native(), name + _SUFFIX[dtype])


def predictor(net: Architecture, vector: np.ndarray[Any, Any]) -> Any:
    """Return what computes answers for rows of inputs; None if a gate was not compiled in.

    Its ``scores``, ``chances`` and ``classify`` take a C-contiguous array of the vector's
    dtype and of the right width, and return None for anything else.
    """
    if missing() or unknown((*net.gates, net.loss)):
        return None
    return of_precision("predictor", vector.dtype)(*shape(net), vector)


def threads() -> int:
    """Return how many threads the native engine may use.

    By default one for each processor that this process may run on, 16 at most; the
    environment variable ``CLEARPROP_THREADS`` says otherwise, or ``OMP_NUM_THREADS`` that there
    are fewer, as joblib and Dask tell their workers. Results never depend on it.
    """
    return 1 if missing() else int(native().threads())


def set_threads(count: int) -> None:
    """Say how many threads the native engine may use, from now on in this process.

    Raises
    ------
    EngineError
        If it is no whole number from 1 to 256.

    Examples
    --------
    >>> import clearprop as cp
    >>> before = cp.threads()
    >>> cp.set_threads(before)
    """
    whole = isinstance(count, int | np.integer) and not isinstance(count, bool)
    if not whole or not 1 <= count <= 256:
        raise EngineError(f"threads are a whole number from 1 to 256, not {count!r}")
    if not missing():
        native().set_threads(int(count))


_loaded()  # with the package, in about a millisecond, rather than in the first run
