"""The process that runs a student's file: it reads questions from its stdin and answers on stdout.

Started by :mod:`clearprop.doctor.calling.sandbox`. What the file prints goes to stderr, which
nobody takes for an answer. Whatever the file raises becomes an answer, too.
"""

from __future__ import annotations

import contextlib
import difflib
import faulthandler
import importlib.util
import inspect
import os
import signal
import sys
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ...errors import ClearPropError, DoctorError
from ...network import Network
from .caller import Answer, Caller, find_caller
from .failures import Failure
from .layouts import Array, Layout
from .sandbox_pipe import BrokenMessageError, receive, send
from .search import Way
from .subjects import subject_of

__all__ = ["main"]

KEPT = 8  # answers whose arrays are looked at again after later calls
FILES = 2**26  # bytes of a file that the student's program may write
Reply = tuple[dict[str, Any], list[Array]]


def main() -> None:
    """Answer questions until nobody asks any more."""
    questions, answers = _own_pipes()
    server = Server()
    with contextlib.suppress(BrokenMessageError):
        while True:
            head, arrays = receive(questions)
            send(answers, *_answered(server, head, arrays))


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take stdin and stdout for questions and answers, and leave the file others."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    _show_stack(True)
    return questions, answers


def _show_stack(show: bool) -> None:
    """Let this process write where it is when it is sent SIGUSR1, where systems have that."""
    if not hasattr(faulthandler, "register"):
        return
    if show:
        faulthandler.register(signal.SIGUSR1, file=2, all_threads=False)
    else:
        faulthandler.unregister(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)


def _answered(server: Server, head: dict[str, Any], arrays: list[Array]) -> Reply:
    """Return the answer to a question; whatever goes wrong is an answer, too."""
    try:
        found, more = getattr(server, f"do_{head.pop('do')}")(arrays, **head)
        return {"ok": True, **found}, more
    except ClearPropError as error:
        cause = error.__cause__
        failure = None if cause is None else Failure.of(cause).to_json()
        return {"ok": False, "message": str(error), "failure": failure}, []
    except BaseException as error:  # whatever a person's file raises, an exit included
        return {"ok": False, "message": "", "failure": Failure.of(error).to_json()}, []
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()


class Server:
    """The file, and the function in it; each method that begins with ``do_`` is a question."""

    def __init__(self) -> None:
        self.function: Any = None
        self.method = ""
        self.net: Network | None = None
        self.caller: Caller | None = None
        self._given: list[tuple[int, dict[str, Array], dict[str, Array]]] = []
        self._calls = 0

    def do_start(self, arrays: list[Array]) -> Reply:
        """Say that this process is ready."""
        return {}, []

    def do_load(
        self, arrays: list[Array], path: str, name: str, memory: int, seconds: int
    ) -> Reply:
        """Run the file, and look for the function in it."""
        _limit(memory, seconds)
        self.function, self.method = _named(_module(Path(path)), name, Path(path).name)
        return {}, []

    def do_network(self, arrays: list[Array], **shape: Any) -> Reply:
        """Make the network that the function should be right for."""
        (vector,) = arrays
        made = Network(**{**shape, "dtype": "float64"})
        self.net = Network.of(made.architecture, vector, vector.dtype)
        return {}, []

    def do_find(
        self, arrays: list[Array], call: str | None, l2: float | None, patience: float
    ) -> Reply:
        """Find out how the function is called; its state is not touched where that can be had."""
        X, y = arrays

        def find() -> Reply:
            found = find_caller(self.function, self._net, X, y, call, l2=l2,
                                method=self.method, patience=patience)  # fmt: skip
            notes = [[note.key, dict(note.facts)] for note in found.notes]
            return {"way": way_to_json(found.way), "notes": notes}, []

        return _in_a_copy(find) if hasattr(os, "fork") else find()

    def do_take(self, arrays: list[Array], way: dict[str, Any], l2: float | None) -> Reply:
        """Go on with the way of calling that was found."""
        subject = subject_of(self.function, self._net, self.method)
        self.caller = Caller(subject, self._net, way_from_json(way), (), l2)
        return {}, []

    def do_call(self, arrays: list[Array]) -> Reply:
        """Call the function, and look at what earlier calls gave."""
        assert self.caller is not None  # noqa: S101 (asked in this order by the other side)
        *given, X, y = arrays
        parameters = dict(zip(self._net.parameters, given, strict=True))
        answer = self.caller(parameters, X, y)
        return self._packed(answer, self.caller.arguments(parameters, X, y))

    def _packed(self, answer: Answer, arguments: list[tuple[str, Array]]) -> Reply:
        assert self.caller is not None  # noqa: S101 (see above)
        head: dict[str, Any] = {"loss": answer.loss, "misfits": answer.misfits,
                                "changed": self.caller.changed()}  # fmt: skip
        arrays: list[Array] = []
        groups = {"gradients": answer.gradients, "others": answer.others, "raw": answer.raw,
                  "arguments": dict(arguments)}  # fmt: skip
        for group, members in groups.items():
            head[group] = list(members)
            arrays += members.values()
        head["rewritten"] = []
        for number, raw, before in self._given:
            for name, array in raw.items():
                if not np.array_equal(array, before[name], equal_nan=True):
                    head["rewritten"].append([number, name])
                    arrays.append(array)
                    before[name] = array.copy()
        self._given = self._given[:KEPT]
        copies = {name: np.array(array) for name, array in answer.raw.items()}
        self._given.append((self._calls, dict(answer.raw), copies))
        self._calls += 1
        return head, [np.asarray(array) for array in arrays]

    @property
    def _net(self) -> Network:
        assert self.net is not None  # noqa: S101 (asked in this order by the other side)
        return self.net


def way_to_json(way: Way) -> dict[str, Any]:
    """Return a way of calling as what JSON holds."""
    return {**vars(way), "layout": vars(way.layout)}


def way_from_json(way: dict[str, Any]) -> Way:
    """Return the way of calling that was written by :func:`way_to_json`."""
    recipe = tuple((tuple(path), what) for path, what in way["recipe"])
    return Way(**{**way, "layout": Layout(**way["layout"]), "recipe": recipe})


def _limit(memory: int, seconds: int) -> None:
    """Let this process have so many MiB more than it has, and no endless time, where that works."""
    try:
        import resource  # noqa: PLC0415 (not on Windows)
    except ImportError:
        return
    statm = Path("/proc/self/statm")
    held = int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 2**30
    wanted = {"RLIMIT_AS": held + memory * 2**20, "RLIMIT_CPU": seconds, "RLIMIT_CORE": 0,
              "RLIMIT_FSIZE": FILES}  # fmt: skip
    for name, value in wanted.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        _, hard = resource.getrlimit(kind)
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (least, least))


def _module(path: Path) -> types.ModuleType:
    """Run a file as a module; other files of its folder can be imported by it."""
    name = path.stem if path.stem.isidentifier() and path.stem not in sys.modules else "homework"
    sys.path.append(str(path.parent))
    sys.argv = [str(path)]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise DoctorError(f"{path.name} is no Python file; its name ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _named(module: types.ModuleType, name: str, file: str) -> tuple[Any, str]:
    """Return what a name means in a module; of ``Class.method`` the class and "method"."""
    first, _, method = name.partition(".")
    own = {n: v for n, v in vars(module).items() if not n.startswith("_")}
    if first not in own:
        there = [n for n, v in own.items() if getattr(v, "__module__", None) == module.__name__
                 and (inspect.isfunction(v) or inspect.isclass(v))]  # fmt: skip
        near = difflib.get_close_matches(first, there, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        listed = ", ".join(there) if there else "no functions"
        raise DoctorError(f"{file} has no {first!r}{hint} (it has: {listed})")
    if method and not hasattr(own[first], method):
        raise DoctorError(f"{first} in {file} has no method {method!r}")
    return own[first], method


def _in_a_copy(work: Callable[[], Reply]) -> Reply:
    """Do some work in a copy of this process, so that nothing of it stays."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of threads that the file started: the copy has none
        child = os.fork()
    if child == 0:
        os.close(reading)
        with contextlib.suppress(BaseException), os.fdopen(writing, "wb") as pipe:
            send(pipe, *_found(work))
        os._exit(0)
    os.close(writing)
    _show_stack(False)  # the copy shows its own
    with os.fdopen(reading, "rb") as pipe:
        try:
            head, arrays = receive(pipe)
        except BrokenMessageError:
            head, arrays = {}, []
    _, status = os.waitpid(child, 0)
    _show_stack(True)
    if not head:
        raise DoctorError(ended(os.waitstatus_to_exitcode(status)))
    if "error" in head:
        raise DoctorError(head["error"])
    return head, arrays


def _found(work: Callable[[], Reply]) -> Reply:
    try:
        return work()
    except ClearPropError as error:
        return {"error": str(error)}, []
    except BaseException as error:  # whatever a person's file raises, an exit included
        return {"error": Failure.of(error).report()}, []


def ended(status: int) -> str:
    """Return in words how a process ended."""
    if status >= 0:
        return (
            f"the file's process ended before it answered (exit status {status}); does it call "
            "os._exit, or close files that are not its own?"
        )
    number = -status
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    why = {"SIGKILL": ", as the system does where memory runs out",
           "SIGXCPU": ": it took too much time", "SIGSEGV": ": it read or wrote where nothing is",
           "SIGABRT": ": it was aborted"}.get(name, "")  # fmt: skip
    return f"the file's process was ended by {name}{why}"
