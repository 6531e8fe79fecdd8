"""The machine and the libraries, in words."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

import clearprop as cp
from clearprop import compiled

LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "jax", "jaxlib")
THREADS = (
    "CLEARPROP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "XLA_FLAGS",
)  # fmt: skip


def processor() -> str:
    """Return the processor's name."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def cores() -> int:
    """Return how many processors this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def engine() -> str:
    """Return what clearprop runs on."""
    why = compiled.missing()
    if why:
        return f"reference only: {why}"
    return f"native, {compiled.native().isa()}, up to {compiled.threads()} threads"


def libraries() -> str:
    """Return the versions of the libraries that are installed."""
    found = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def blas() -> str:
    """Return what NumPy multiplies matrices with."""
    shown: Any = np.show_config(mode="dicts")
    found = shown.get("Build Dependencies", {}).get("blas", {})
    return f"{found.get('name', 'unknown')} {found.get('version', '')}".strip()


def described() -> dict[str, str]:
    """Return the machine, a line each."""
    set_here = [f"{name}={os.environ[name]}" for name in THREADS if name in os.environ]
    facts = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{processor()}, {cores()} cores for this process",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "clearprop": f"{cp.__version__}: {engine()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "libraries": libraries(),
        "NumPy's BLAS": blas(),
        "threads": ", ".join(set_here) or "everybody's own default",
    }
    if hasattr(os, "getloadavg"):
        facts["load before"] = f"{os.getloadavg()[0]:.2f} (a busy machine slows threaded peers)"
    return facts
