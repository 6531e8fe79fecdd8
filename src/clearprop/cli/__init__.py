"""The ``clearprop`` command.

    clearprop moons                                             the tutorial's network
    clearprop train iris.csv --target species --save iris.clearprop
    clearprop predict iris.clearprop new.csv --out predictions.csv
    clearprop gates                                             the table of gates

One module for each command; each reads options, calls the library and says what came of it.
What a command prints goes to stdout (with ``--json`` as one JSON document), errors, notes and
the progress bar to stderr. Exit codes: 0 done, 1 what ClearProp reports (data, files, a run that
diverged), 2 wrong usage, 130 interrupted.

rich-click and rich are an extra. Without them the command says in one line how to get them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ..errors import MissingExtraError

__all__ = ["main"]

EXTRA = {"click": "rich-click", "rich_click": "rich-click", "rich": "rich"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after ``clearprop``; by default those of the command line.

    Examples
    --------
    >>> main(["--version"])
    clearprop 0...
    0
    """
    try:
        from .app import run
    except ModuleNotFoundError as error:
        library = EXTRA.get((error.name or "").partition(".")[0])
        if library is None:
            raise
        sys.stderr.write(f"clearprop: error: {MissingExtraError(library, 'cli', 'the command')}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("clearprop: interrupted\n")
        return 130
    return run(sys.argv[1:] if argv is None else argv)
