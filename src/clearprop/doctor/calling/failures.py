"""What went wrong in somebody else's function, and where: the last line of their own.

>>> def f(X):
...     return X["a"]
>>> try:
...     f([1])
... except TypeError as error:
...     Failure.of(error).text()
'in f, ...: TypeError: list indices must be integers or slices, not str'
"""

from __future__ import annotations

import dataclasses
import linecache
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

__all__ = ["Failure"]

OURS = str(Path(__file__).parent)


@dataclass(frozen=True)
class Failure:
    """An error in a function: the place, the text of the line, and what Python says of it.

    ``line`` is 0 and ``code`` empty where there is no source; ``column`` is above 0 for a line
    that Python cannot read.
    """

    file: str
    line: int
    function: str
    code: str
    kind: str
    message: str
    column: int = 0

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Return where an error arose: the last line that is neither ours nor a library's."""
        place = _last(error.__traceback__)
        kind = type(error).__name__
        message = " ".join(str(error).split())
        if isinstance(error, SyntaxError) and error.filename and error.lineno:
            code = (error.text or linecache.getline(error.filename, error.lineno)).rstrip()
            return cls(error.filename, error.lineno, "", code, kind, error.msg, error.offset or 0)
        if isinstance(error, SystemExit):
            kind, message = "exit", f"it ends the program (exit status {error.code!r})"
        if place is None:
            return cls("", 0, "", "", kind, message)
        file, line, function = place
        code = linecache.getline(file, line).strip()
        return cls(file, line, function, code, kind, message)

    def text(self) -> str:
        """Return it in one line."""
        where = f"in {self.function}" if self.function and self.function != "<module>" else ""
        if self.line and not self.file.startswith("<"):
            name = Path(self.file).name
            where = f"{name}, line {self.line}" + (f", {where}" if where else "")
        said = self._said()
        return ", ".join(filter(None, (where, f"`{self.code}`" if self.code else ""))) + (
            f": {said}" if where else said
        )

    def _said(self) -> str:
        if self.kind == "exit":
            return self.message
        return f"{self.kind}: {self.message}" if self.message else self.kind

    def report(self) -> str:
        """Return it in several lines: the place, the line itself, what Python says."""
        said = self._said()
        if not self.line:
            return f"the file fails: {said}"
        where = f"{Path(self.file).name}, line {self.line}"
        where += f", column {self.column}" if self.column else ""
        if self.function and self.function != "<module>":
            where += f", in {self.function}"
        code = self.code.lstrip()
        lines = [where, f"    {code}"] if code else [where]
        if self.column and code:
            lines.append("    " + " " * max(0, self.column - 1 - len(self.code) + len(code)) + "^")
        return "\n".join([*lines, said])

    def to_json(self) -> dict[str, Any]:
        """Return its parts."""
        return dataclasses.asdict(self)


def _last(trace: TracebackType | None) -> tuple[str, int, str] | None:
    frames = [(frame.f_code.co_filename, line, frame.f_code.co_name)
              for frame, line in traceback.walk_tb(trace)]  # fmt: skip
    theirs = [f for f in frames if not f[0].startswith((OURS, "<frozen"))]
    own = [f for f in theirs if "site-packages" not in f[0] and "/lib/python" not in f[0]
           and "\\lib\\" not in f[0].lower()]  # fmt: skip
    return own[-1] if own else theirs[-1] if theirs else None
