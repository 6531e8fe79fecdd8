"""What all tables have in common: rows with a name and parameters, looked up by text.

A row is written ``leaky_relu`` or, with parameters of one's own, ``leaky_relu(alpha=0.2)``.
The same text serves in Python, on the command line and in model files.
"""

import ast
import difflib
import keyword
import math
import numbers
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Self, TypeVar

from .expression import CONSTANTS, Expression, parse
from .failures import ExpressionError, TableError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None and not keyword.iskeyword(text)


@dataclass(frozen=True, eq=False)
class Row:
    """A named row whose parameters have defaults.

    ``about`` is one sentence for a person who chooses among the rows.
    """

    name: str
    parameters: Mapping[str, float] = field(default_factory=dict, kw_only=True)
    about: str = field(default="", kw_only=True)

    def with_parameters(self, /, **parameters: float) -> Self:
        """Return this row with some of its parameters changed; checked like any row.

        Raises
        ------
        TableError
            If the row has no parameter of that name, or a value is not a finite number.
        """
        for name in parameters:
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise TableError(f"{self.name} has no parameter {name!r}; its parameters: {known}")
        values = {name: self._finite(name, value) for name, value in parameters.items()}
        return replace(self, parameters={**self.parameters, **values})

    def _finite(self, name: str, value: float) -> float:
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise TableError(f"{self.name}: {name} must be a number, not {value!r}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise TableError(f"{self.name}: {name} must be finite, not {number}")
        return number

    @property
    def spec(self) -> str:
        """The text that names this row with its parameters: ``leaky_relu(alpha=0.2)``."""
        if not self.parameters:
            return self.name
        settings = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"{self.name}({settings})"

    def __str__(self) -> str:
        return self.spec

    def check_name(self, *reserved: str) -> None:
        """Refuse a name, or a parameter, that could not be written in an expression.

        ``reserved`` are the names that mean something else in the row's expressions.
        """
        if not _is_name(self.name):
            raise TableError(
                f"a row's name is lower case letters, digits and underscores, not {self.name!r}"
            )
        self.check_new("parameter", self.parameters, frozenset(reserved))
        values = {name: self._finite(name, value) for name, value in self.parameters.items()}
        object.__setattr__(self, "parameters", values)

    def check_new(self, kind: str, names: Iterable[str], taken: Collection[str]) -> None:
        """Refuse names that cannot be written or that mean something else already."""
        for name in names:
            if name in taken or name in CONSTANTS:
                raise TableError(f"{self.name}: the {kind} {name!r} has the name of something else")
            if not _is_name(name):
                raise TableError(f"{self.name}: {name!r} cannot be the name of a {kind}")

    def read(self, column: str, text: str, known: frozenset[str]) -> Expression:
        """Parse one of the row's expressions and see that it uses known names only."""
        try:
            tree = parse(text)
        except ExpressionError as error:
            raise TableError(f"{self.name}, {column}: {error}") from None
        unknown = sorted(tree.names() - known - self.parameters.keys())
        if unknown:
            may = ", ".join(sorted({*known, *self.parameters}))
            raise TableError(
                f"{self.name}, {column}: {text!r} uses {', '.join(unknown)}; it may use {may}"
            )
        return tree


R = TypeVar("R", bound=Row)


class Table(Mapping[str, R], Generic[R]):
    """Rows by name, in the order in which they were added."""

    def __init__(self, kind: str, rows: tuple[R, ...]) -> None:
        self.kind = kind
        self._rows: dict[str, R] = {}
        for row in rows:
            self.add(row)

    def add(self, row: R) -> R:
        """Add a row; a name that is taken already, or means something else, is refused."""
        if row.name in self._rows:
            raise TableError(f"there is already a {self.kind} named {row.name!r}")
        if row.name in CONSTANTS:
            raise TableError(f"{row.name!r} already means a number in expressions")
        self._rows[row.name] = row
        return row

    def remove(self, name: str) -> None:
        """Take a row out again, for example at the end of a test."""
        del self._rows[self[name].name]

    def __getitem__(self, name: str) -> R:
        try:
            return self._rows[name]
        except KeyError:
            pass
        close = difflib.get_close_matches(str(name), self._rows, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise TableError(
            f"there is no {self.kind} named {name!r}.{hint} There are: {', '.join(self._rows)}"
        )

    def get(self, name: str, default: Any = None) -> Any:
        """Return the row of that name, or ``default``."""
        return self._rows.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def resolve(self, spec: "str | R") -> R:
        """Return the row that a text such as ``"leaky_relu(alpha=0.2)"`` names.

        A row is returned as it is.

        Raises
        ------
        TableError
            If no row has that name or parameter, or the text has another form.
        """
        if isinstance(spec, Row):
            return spec
        if not isinstance(spec, str):
            raise TableError(f"a {self.kind} is named by a text, not by {spec!r}")
        name, bracket, inside = spec.strip().partition("(")
        row = self[name.strip()]
        if not bracket:
            return row
        return row.with_parameters(**_settings(spec, inside))


def _settings(spec: str, inside: str) -> dict[str, float]:
    """Read ``alpha=0.2, beta=1)`` without running anything."""
    found: dict[str, float] = {}
    body, bracket, rest = inside.partition(")")
    if not bracket or rest.strip():
        raise TableError(f"{spec!r} should end with its only closing bracket")
    for part in body.split(",") if body.strip() else ():
        name, equals, text = (piece.strip() for piece in part.partition("="))
        try:
            value = ast.literal_eval(text) if equals and len(text) < 40 else None
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            value = None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TableError(f"{spec!r}: {part.strip()!r} should be name=number, as in alpha=0.2")
        if name in found:
            raise TableError(f"{spec!r} sets {name!r} twice")
        found[name] = float(value)
    return found
