"""Who works when: a process for each peer, and rounds in which everybody has a turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import memory
from .peers import Peer
from .works import Work

HOME = Path(__file__).parents[1]
LEAST, BUDGET = 3, 10.0  # a peer that worked so many seconds has no more turns than the least
TURN = 0.3  # seconds at least: a processor that wakes is slow for some hundredths of them
PAUSE = 0.05  # seconds for the threads of the one before to fall asleep
QUIET = {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "2"}

Say = Callable[[str], None]


class WorkerError(Exception):
    """What a worker could not do, in one line."""


class Worker:
    """A process with one peer in it; a context manager.

    Parameters
    ----------
    peer : Peer
    environment : mapping of str to str, optional
        What to set besides what this process has.
    """

    def __init__(self, peer: Peer, environment: Mapping[str, str] | None = None) -> None:
        self.peer = peer
        path = os.pathsep.join(filter(None, (str(HOME), os.environ.get("PYTHONPATH"))))
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed with the worker)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "suite.worker", peer.name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, text=True,
            env={**QUIET, **os.environ, "PYTHONPATH": path, **(environment or {})},
        )  # fmt: skip

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        """Send an order and wait for the answer.

        Raises
        ------
        WorkerError
            If it could not be carried out, or the process died.
        """
        sender, receiver = self._process.stdin, self._process.stdout
        if sender is None or receiver is None:
            raise WorkerError("there is no line to the worker")
        try:
            sender.write(json.dumps({"do": do, **more}) + "\n")
            sender.flush()
            line = receiver.readline()
        except OSError:
            line = ""
        if not line:
            raise WorkerError(f"its process ended: {self._last_words()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise WorkerError(" ".join(answer["error"].split())[:300])
        return answer

    def _last_words(self) -> str:
        self._process.wait()
        self._said.seek(0)
        lines = self._said.read().strip().splitlines()
        return lines[-1] if lines else f"exit status {self._process.returncode}"

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        """Let the process end, or end it."""
        with self._process as process:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        self._said.close()


@dataclass
class Measured:
    """What was seen of a peer at one class of work.

    Parameters
    ----------
    peer : Peer
    seconds : list of float
        One for each turn.
    early, late : list of float
        The figures after the early and after all epochs (``suite.judge.figures``).
    about : str
        A word on how it was done.
    mib : float, optional
        What a first run added to the memory.
    failure : str
        Why it could not do it, or "".
    """

    peer: Peer
    seconds: list[float] = field(default_factory=list)
    early: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    about: str = ""
    mib: float | None = None
    failure: str = ""


def present(peers: Sequence[Peer], say: Say) -> list[Peer]:
    """Return the peers that are installed; the others get a line each."""
    found = []
    for peer in peers:
        missing = peer.missing()
        if missing:
            say(f"skipped: {peer.label} ({missing} is not installed)")
        else:
            found.append(peer)
    return found


def measure(work: Work, peers: Sequence[Peer], repeats: int, say: Say) -> list[Measured]:
    """Let every peer do the work in turn, then let each do it once more for its memory."""
    seen = [Measured(peer) for peer in peers]
    with ExitStack() as open_workers:
        ready: list[tuple[Measured, Worker]] = []
        for one in seen:
            say(f"{work.name}: {one.peer.label} gets ready")
            worker = open_workers.enter_context(Worker(one.peer))
            _first_run(work, one, worker)
            ready.append((one, worker))
        for turn in range(repeats):
            for one, worker in ready:
                if one.failure or (turn >= LEAST and sum(one.seconds) > BUDGET):
                    continue
                say(f"{work.name}: {one.peer.label}, turn {turn + 1} of at most {repeats}")
                _turn(work, one, worker)
    if work.memory and memory.measurable():
        for one in seen:
            if not one.failure:
                say(f"{work.name}: {one.peer.label}, memory of a first run")
                _memory(work, one)
    return seen


def _first_run(work: Work, one: Measured, worker: Worker) -> None:
    """Prepare, and run the early epochs: what compiles, compiles here."""
    try:
        worker.ask("prepare", work=work.to_json())
        one.early = worker.ask("run", epochs=work.early)["figures"]
    except WorkerError as error:
        one.failure = str(error)


def _turn(work: Work, one: Measured, worker: Worker) -> None:
    time.sleep(PAUSE)
    try:
        answer = worker.ask("run", epochs=work.epochs, least=TURN)
    except WorkerError as error:
        one.failure = str(error)
        return
    one.seconds.append(answer["seconds"])
    one.late, one.about = answer["figures"], answer["about"]


def _memory(work: Work, one: Measured) -> None:
    """Ask a fresh process, in which nothing has run yet."""
    try:
        with Worker(one.peer) as worker:
            worker.ask("prepare", work=work.to_json())
            one.mib = worker.ask("memory", epochs=work.epochs)["mib"]
    except WorkerError as error:
        one.failure = f"memory: {error}"
