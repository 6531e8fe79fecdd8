"""A student's file in a process of its own, with limits of time and memory.

:class:`Sandboxed` is called as a :class:`~clearprop.doctor.calling.caller.Caller` is: parameters
and data go in, gradients come out. The file runs elsewhere; an endless loop, a call of
``exit`` or a memory that fills up ends that process, and becomes an error that says what happened.

>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> import numpy as np
>>> import clearprop as cp
>>> net = cp.Network([2, 2], loss="squared_error")
>>> X, y = np.eye(2), np.ones((2, 2))
>>> with TemporaryDirectory() as folder:
...     file = Path(folder) / "homework.py"
...     _ = file.write_text("def f(X, y, W1, b1): return X.T @ (X @ W1 + b1 - y) / 2, b1 - 1 / 2")
...     with open_sandbox(file, "f", net, X, y) as caller:
...         answer = caller(net.parameters, X, y)
>>> bool(np.allclose(answer.gradients["W1"], net.gradients(X, y)["W1"]))
True

This keeps accidents away; it is no prison for programs that mean harm.
"""

from __future__ import annotations

import contextlib
import json
import linecache
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from ...errors import DoctorError
from ...network import Network
from .caller import Answer, Caller
from .failures import Failure
from .layouts import Array
from .notes import Note
from .sandbox_child import ended, way_from_json, way_to_json
from .sandbox_pipe import BrokenMessageError, receive, send

__all__ = ["Sandboxed", "open_sandbox"]

START = 30.0  # seconds for Python and NumPy to start, before the file is read
SHOWN = 2_000  # characters of what the file prints that are kept
_BOOT = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from clearprop.doctor.calling.sandbox_child import main; main()"
)
_STACK = "Stack (most recent call first)"  # as faulthandler begins
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT",
         "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # fmt: skip
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "CLEARPROP_THREADS")


class Process:
    """The other process: questions in, answers out, and an end where it takes too long.

    Parameters
    ----------
    folder : Path
        Where it runs.
    seconds : float
        For one answer.
    """

    def __init__(self, folder: Path, seconds: float) -> None:
        self.seconds = seconds
        self.printed = ""
        paths = json.dumps([entry for entry in sys.path if entry])
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= dict.fromkeys(_ONE_THREAD, "1")
        environment |= {"MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1"}
        self._running = subprocess.Popen(  # noqa: S603 (this very Python, with our own program)
            [sys.executable, "-I", "-X", "utf8", "-c", _BOOT, paths],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=folder, env=environment, start_new_session=True,
        )  # fmt: skip
        self._replies: queue.Queue[Any] = queue.Queue()
        self._listeners = [threading.Thread(target=work, daemon=True)
                           for work in (self._listen, self._read_prints)]  # fmt: skip
        for listener in self._listeners:
            listener.start()
        self.ask("start", waits=START)

    def _listen(self) -> None:
        assert self._running.stdout is not None  # noqa: S101 (it is a pipe)
        try:
            while True:
                self._replies.put(receive(self._running.stdout))
        except BrokenMessageError as error:
            self._replies.put(error)

    def _read_prints(self) -> None:
        """Read all that is printed, and keep the beginning and the end."""
        assert self._running.stderr is not None  # noqa: S101 (it is a pipe)
        with contextlib.suppress(OSError, ValueError):
            while part := os.read(self._running.stderr.fileno(), 1 << 16):
                text = self.printed + part.decode("utf-8", "replace")
                if len(text) > 2 * SHOWN:
                    text = text[:SHOWN] + "\n...\n" + text[-(SHOWN - 5) :]
                self.printed = text

    def ask(
        self, what: str, arrays: list[Array] | None = None, waits: float = 0.0, **more: Any
    ) -> Any:
        """Ask something and return the answer.

        Raises
        ------
        DoctorError
            If it takes too long, the process ends, or the file fails.
        """
        assert self._running.stdin is not None  # noqa: S101 (it is a pipe)
        try:
            send(self._running.stdin, {"do": what, **more}, arrays or [])
            reply = self._replies.get(timeout=waits or self.seconds)
        except queue.Empty:
            raise DoctorError(self._too_long(waits or self.seconds)) from None
        except BrokenMessageError as error:
            reply = error
        if isinstance(reply, BrokenMessageError):
            raise DoctorError(self._gone(reply))
        head, found = reply
        if not head.get("ok"):
            raise DoctorError(_failed(head))
        return head, found

    def _too_long(self, waits: float) -> str:
        """End the process, and return where it was."""
        place = ""
        if hasattr(signal, "SIGUSR1"):
            with contextlib.suppress(OSError):
                os.killpg(self._running.pid, signal.SIGUSR1)
            for _ in range(10):
                time.sleep(0.05)
                if place := _where(self.printed):
                    break
        self.printed = self.printed.partition(_STACK)[0]
        self.end()
        took = f"the file takes longer than {waits:g} s"
        return f"{took}; it was in {place}" if place else f"{took} (is there an endless loop?)"

    def _gone(self, error: BrokenMessageError) -> str:
        """Return how the process ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self._running.wait(0.5)
            self.end()
            said = self._last_words()
            return ended(status) + (f": {said}" if said else "")
        self.end()
        return f"the file's process no longer answers: {error}"

    def _last_words(self) -> str:
        lines = [line for line in self.printed.splitlines() if "Error" in line]
        return lines[-1].strip() if lines else ""

    def end(self) -> None:
        """End the process and all that it started."""
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._running.pid, signal.SIGKILL)
            else:
                self._running.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._running.wait(5)
        for listener in self._listeners:
            listener.join(1)
        for pipe in (self._running.stdin, self._running.stdout, self._running.stderr):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _failed(head: Mapping[str, Any]) -> str:
    """Return in words what the file raised."""
    parts = head.get("failure")
    failure = Failure(**parts) if isinstance(parts, dict) else None
    message = str(head.get("message") or "")
    if failure is None:
        return message or "the file's process gave no answer"
    return f"{failure.report()}"


def _where(printed: str) -> str:
    """Return the first line of a student's file in what Python says of its stack."""
    ours = str(Path(__file__).parent)
    stack = printed.partition(_STACK)[2]
    for file, line, function in re.findall(r'File "([^"]+)", line (\d+) in (\S+)\n', stack):
        if not (file.startswith((ours, "<")) or "site-packages" in file or "/lib/python" in file):
            code = linecache.getline(file, int(line)).strip()
            place = f"line {line} of {Path(file).name}, in {function}"
            return f"{place}: `{code}`" if code else place
    return ""


class Sandboxed(Caller):
    """A function in a file, which runs in a process of its own.

    It is asked as a :class:`~clearprop.doctor.calling.caller.Caller` is. Close it, or use ``with``.

    Attributes
    ----------
    notes : tuple of Note
        What was matched and how.
    printed : str
        What the file has printed, shortened.
    """

    def __init__(  # a Caller's own parts are in the other process
        self,
        path: Path,
        name: str,
        net: Network,
        X: Array,
        y: Array,
        *,
        call: str | None,
        l2: float | None,
        seconds: float,
        memory: int,
    ) -> None:
        self.net, self._l2, self._seconds = net, l2, seconds
        self._path = path
        self._file: dict[str, Any] = {"path": str(path), "name": name, "memory": memory,
                                      "seconds": int(60 + 100 * seconds)}  # fmt: skip
        self._answers: list[Answer] = []
        self._changed: tuple[str, ...] = ()
        self._arguments: list[tuple[str, Array]] = []
        self._process = Process(path.parent, seconds)
        try:
            self._begin()
            head, _ = self._process.ask(
                "find", [X, y], waits=1.5 * seconds, call=call, l2=l2, patience=0.4 * seconds
            )
            self.way = way_from_json(head["way"])
            self.notes = tuple(Note(key, facts) for key, facts in head["notes"])
            self._process.ask("take", way=head["way"], l2=l2)
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        shape = self.net.architecture
        gates = [gate.spec for gate in shape.gates]
        self._process.ask("load", **self._file)
        self._process.ask(
            "network", [self.net.vector], layers=list(shape.layers),
            activation=gates[:-1] or "tanh", loss=shape.loss.spec,
            output_activation=gates[-1], shared_bias=shape.shared_bias,
        )  # fmt: skip

    @property
    def printed(self) -> str:
        """What the file has printed, shortened."""
        return self._process.printed

    def __call__(self, parameters: Mapping[str, Array], X: ArrayLike, y: ArrayLike) -> Answer:
        """Call the function in its process, and return what it gave."""
        given = [np.asarray(parameters[name]) for name in self.net.parameters]
        head, arrays = self._process.ask("call", [*given, np.asarray(X), np.asarray(y)])
        rest = iter(arrays)
        groups = [{name: next(rest) for name in head[group]}
                  for group in ("gradients", "others", "raw", "arguments")]  # fmt: skip
        for number, name in head["rewritten"]:
            _overwrite(self._answers, number, name, next(rest))
        self._changed = tuple(head["changed"])
        self._arguments = list(groups[3].items())
        answer = Answer(head["loss"], groups[0], groups[1], groups[2], tuple(head["misfits"]))
        self._answers.append(answer)
        return answer

    def arguments(
        self, parameters: Mapping[str, Array], X: ArrayLike, y: ArrayLike
    ) -> list[tuple[str, Array]]:
        """Return the arrays that the last call handed over, as they were after it."""
        return list(self._arguments)

    def changed(self) -> tuple[str, ...]:
        """Return the names of the arrays that the last call changed in place."""
        return self._changed

    def reset(self) -> None:
        """Start the file again, in a new process."""
        self._process.end()
        self._process = Process(self._path.parent, self._seconds)
        self._answers = []
        self._begin()
        self._process.ask("take", way=way_to_json(self.way), l2=self._l2)

    def close(self) -> None:
        """End the process."""
        self._process.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()


def _overwrite(answers: list[Answer], number: int, name: str, array: Array) -> None:
    """Show in an earlier answer what a later call wrote into its arrays."""
    if number < len(answers) and name in answers[number].raw:
        there = answers[number].raw[name]
        if there.shape == array.shape:
            there[...] = array


def open_sandbox(
    path: str | os.PathLike[str],
    name: str,
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    call: str | None = None,
    l2: float | None = None,
    seconds: float = 10.0,
    memory: int = 1024,
) -> Sandboxed:
    """Run a file in a process of its own, and find out how a function in it is called.

    Parameters
    ----------
    path : path
        The file; it runs in its folder.
    name : str
        A function, a class or an object in it; or ``Class.method``.
    net, X, y, call, l2
        As for :func:`~clearprop.doctor.calling.caller.find_caller`. The network is made of rows of
        the tables that each process has.
    seconds : float
        For the file itself, and for each call.
    memory : int
        MiB that the file may take (where the system can limit that).

    Returns
    -------
    Sandboxed
        Called as a Caller is.

    Raises
    ------
    DoctorError
        If the file cannot be read or run, has no such function, or no way to call it fits.
    """
    path = Path(path).resolve()
    if not path.is_file():
        raise DoctorError(f"there is no file {path}")
    return Sandboxed(path, name, net, np.asarray(X), np.asarray(y), call=call, l2=l2,
                     seconds=seconds, memory=memory)  # fmt: skip
