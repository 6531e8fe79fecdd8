"""From whatever goes wrong to one line on stderr and an exit code."""

from __future__ import annotations

import io
import os
import re
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

import rich_click as click

from ..errors import ClearPropError, ClearPropWarning
from .screen import Screen

DONE, REPORTED, USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: all is well; ClearProp reports something; wrong usage; Ctrl-C."""


def guarded(screen: Screen, work: Callable[[], Any], *, debug: bool) -> int:
    """Do some work, and return the exit code: what it returned, or what its error means.

    With ``debug`` the traceback of every error comes before its line.
    """
    _soften_streams()
    streams = sys.stdout, sys.stderr  # rich and click put others in their place
    code = REPORTED
    try:
        with warnings.catch_warnings():
            _show_as_notes(screen)
            code = _work(screen, work, debug)
        streams[0].flush()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else DONE
    except BrokenPipeError:  # the reader has seen enough: `clearprop gates | head -1`
        code = code or REPORTED
    except OSError as error:  # the document, the error itself or the last lines cannot be written
        with suppress(OSError):
            sys.stderr.write(f"clearprop: error: {_of_the_system(error)}\n")
        code = REPORTED
    for stream in streams:
        _let_go(stream)
    return code


def _work(screen: Screen, work: Callable[[], Any], debug: bool) -> int:
    try:
        code = work()
        return code if isinstance(code, int) else DONE
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("clearprop: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:
        if debug:
            traceback.print_exc()
        message, code = _explained(error)
        screen.error(message)
        return code


def _explained(error: Exception) -> tuple[str, int]:
    """Return the line that says what went wrong, and the exit code."""
    if isinstance(error, click.UsageError):
        return _of_usage(error), USAGE
    if isinstance(error, click.ClickException):
        return error.format_message(), REPORTED
    if isinstance(error, ClearPropError):
        return as_options(str(error)), REPORTED
    if isinstance(error, OSError):
        return _of_the_system(error), REPORTED
    if isinstance(error, MemoryError):
        return f"not enough memory: {error or 'take less data or a smaller network'}", REPORTED
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    advice = "please report it with the output of the same command after `clearprop --debug`"
    return f"this is a bug in ClearProp ({reason}); {advice}", REPORTED


def _of_usage(error: click.UsageError) -> str:
    context = error.ctx
    if isinstance(error, click.MissingParameter) and error.param is not None:
        message = f"{_name(error.param)} is missing"
    elif isinstance(error, click.BadParameter) and error.param is not None:
        message = f"{_name(error.param)}: {error.message}"
    else:
        message = error.format_message()
        if message.startswith(("No such", "Got ", "Option ")):  # click's own
            message = message[0].lower() + message[1:]
    path = context.command_path if context is not None else "clearprop"
    return f"{message.rstrip('.')} (see {path} --help)"


def _name(param: click.Parameter) -> str:
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return param.metavar or param.human_readable_name


def _of_the_system(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename is not None else reason


def as_options(text: str) -> str:
    """Return a message of the library with its arguments written as options.

    >>> as_options("take another column, or task='regress'")
    'take another column, or --task regress'
    """
    text = text.replace("words=[...]", "--words")
    text = re.sub(r"\b(task|loss|engine|optimizer)='(\w+)'", r"--\1 \2", text)
    return re.sub(r"\b(batch_size|learning_rate)\b", lambda m: "--" + m[1].replace("_", "-"), text)


def _show_as_notes(screen: Screen) -> None:
    """Show warnings of ClearProp as notes, and leave others as they are."""
    show = warnings.showwarning

    def note(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, ClearPropWarning):
            screen.note(as_options(str(message)))
        else:
            show(message, category, filename, lineno, file, line)

    warnings.showwarning = note
    warnings.simplefilter("always", ClearPropWarning)


def _soften_streams() -> None:
    """Let a stream that is closed swallow, and one that lacks a character write a question mark."""
    sys.stdout = sys.stdout or io.StringIO()
    sys.stderr = sys.stderr or io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _let_go(stream: TextIO) -> None:
    """Write what is still waiting, or send it nowhere, lest Python complain at its end."""
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
