"""Whole processes: Python started, something run, and the losses that it printed."""

from __future__ import annotations

import re
import subprocess
import sys

EVERY = 1_000  # passes between the losses that both programs print
LOSS = re.compile(r"(?:pass|iteration)\s+([\d,]+):?\s+(?:loss )?([\d.]+)")


def run_module(*arguments: str) -> str:
    """Run ``python -m`` with these arguments to the end and return what it printed.

    Raises
    ------
    OSError
        If it ends with an error; the message is what it said.
    """
    done = subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OSError(f"python -m {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def printed_loss(output: str) -> float:
    """Return the last loss of a thousandth pass in what a program printed.

    >>> printed_loss("pass  0   loss 0.432387" + chr(10) + "pass  999   loss 0.068948")
    0.432387
    >>> printed_loss("Loss after iteration 1000: 0.068947")
    0.068947
    """
    losses = {int(number.replace(",", "")): loss for number, loss in LOSS.findall(output)}
    last = max((number for number in losses if number % EVERY == 0), default=None)
    if last is None:
        raise ValueError(f"no loss of pass 0, {EVERY:,}, ... was printed: {output!r}")
    return float(losses[last])
