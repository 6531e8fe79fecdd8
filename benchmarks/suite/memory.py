"""How much memory a run adds to a process (Linux)."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
SKIPPED = "memory: skipped, for only Linux tells a process its peak (/proc/self/clear_refs)"


def measurable() -> bool:
    """Whether this system tells what is needed."""
    return CLEAR.exists() and STATUS.exists()


def kib(name: str) -> int:
    """Return a line of the process's status, in KiB."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise OSError(f"{STATUS} has no line {name}")


def added_by(run: Callable[[], Any]) -> float:
    """Return by how many MiB the peak of a run lies above what was resident before it."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)  # or what making the data left free would hide what the run takes
    CLEAR.write_text("5")
    before = kib("VmRSS")
    kept = run()
    added = kib("VmHWM") - before
    del kept
    return max(0, added) / 1024
