"""What all tables have in common: rows with a name and parameters, looked up by text.

A row is written ``leaky_relu`` or, with parameters of one's own, ``leaky_relu(alpha=0.2)``.
The same text serves in Python, on the command line and in model files.
"""

import ast
import difflib
import hashlib
import keyword
import math
import numbers
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Self, TypeVar

from .expression import CONSTANTS, PRIMITIVES, Expression, parse
from .failures import ExpressionError, TableError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_END = r"\s*(-?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|inf))\s*"
_INTERVAL = re.compile(rf"([\[(]){_END},{_END}([\])])")


_KINDS: Mapping[Any, str] = {str: "a text", bool: "True or False"}


def _is_name(text: object) -> bool:
    return (
        isinstance(text, str) and _NAME.fullmatch(text) is not None and not keyword.iskeyword(text)
    )


def is_interval(given: object) -> bool:
    """Tell whether this is a pair of finite numbers, the lower first."""
    if not isinstance(given, list | tuple) or len(given) != 2:
        return False
    numbers = all(isinstance(end, int | float) and math.isfinite(end) for end in given)
    return numbers and given[0] < given[1]


def _with_article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def within(value: float, interval: str) -> bool:
    """Tell whether a number lies in an interval.

    Raises
    ------
    TableError
        If the text is no interval.

    Examples
    --------
    >>> within(1.0, "[0, 1)"), within(1.0, "(0, inf)")
    (False, True)
    """
    found = _INTERVAL.fullmatch(interval.strip()) if isinstance(interval, str) else None
    if found is None:
        raise TableError(
            f"a parameter's limits are an interval such as '[0, 1)' or '(0, inf)', not {interval!r}"
        )
    low, high = float(found[2]), float(found[3])
    above = low <= value if found[1] == "[" else low < value
    return above and (value <= high if found[4] == "]" else value < high)


@dataclass(frozen=True, eq=False)
class Row:
    """A named row whose parameters have defaults.

    ``about`` is one sentence for a person who chooses among the rows; ``limits`` gives, for
    some of the parameters, the interval in which they must lie (``{"beta1": "[0, 1)"}``);
    ``also`` are other names that people know it by, for a hint where they write one.
    A row never changes: its mappings are read-only and its sequences are tuples.
    """

    mathematics: ClassVar[tuple[str, ...]] = ()  # the columns that say what is computed

    name: str
    parameters: Mapping[str, float] = field(default_factory=dict, kw_only=True)
    limits: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    also: tuple[str, ...] = field(default=(), kw_only=True)
    about: str = field(default="", kw_only=True)

    def with_parameters(self, /, **parameters: float) -> Self:
        """Return this row with some of its parameters changed; checked like any row.

        Raises
        ------
        TableError
            If the row has no parameter of that name, or a value is not a finite number
            within the parameter's limits.
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
        if name in self.limits and not within(number, self.limits[name]):
            raise TableError(f"{self.name}: {name} must lie in {self.limits[name]}, not {number:g}")
        return number

    @property
    def spec(self) -> str:
        """The text that names this row with its parameters: ``leaky_relu(alpha=0.2)``."""
        if not self.parameters:
            return self.name
        settings = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"{self.name}({settings})"

    @property
    def fingerprint(self) -> str:
        """A text that changes when what the row computes does, whatever its parameters' values.

        An engine that was compiled from the tables knows by it whether a row is the same.
        """
        columns = [_plain(getattr(self, column)) for column in self.mathematics]
        text = repr((self.name, *columns, list(self.parameters)))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def __str__(self) -> str:
        return self.spec

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), {name: _plain(value) for name, value in self._made_of()})

    def _made_of(self) -> Iterator[tuple[str, Any]]:
        return ((f.name, getattr(self, f.name)) for f in fields(self) if f.init)

    def freeze(self, name: str, value: object) -> None:
        """Set a field of this row while it is being made."""
        object.__setattr__(self, name, value)

    def freeze_mapping(self, name: str, value: Mapping[str, Any]) -> None:
        """Set a field to a mapping that nobody can change."""
        self.freeze(name, MappingProxyType(dict(value)))

    def is_primitive(self) -> bool:
        """Tell whether this is the gate of that function of the expression language."""
        return False

    def check_name(self, *reserved: str) -> None:
        """Refuse a name, or a parameter, that could not be written in an expression.

        ``reserved`` are the names that mean something else in the row's expressions.
        Sees also to what all rows have: texts that are texts, and parameters' limits.
        """
        if not _is_name(self.name):
            raise TableError(
                f"a row's name is lower case letters, digits and underscores, not {self.name!r}"
            )
        self._check_types()
        if self.name in CONSTANTS:
            raise TableError(f"{self.name!r} already means a number in expressions")
        if self.name in PRIMITIVES and not self.is_primitive():
            raise TableError(f"{self.name!r} already means a function in expressions")
        self.freeze("also", self.texts("also", self.also))
        self.freeze_mapping("parameters", self.mapping("parameters", self.parameters))
        self.freeze_mapping("limits", self.mapping("limits", self.limits))
        self.check_new("parameter", self.parameters, frozenset(reserved))
        for name in self.limits.keys() - self.parameters.keys():
            raise TableError(f"{self.name}: limits of {name!r}, which is no parameter")
        values = {name: self._finite(name, value) for name, value in self.parameters.items()}
        self.freeze_mapping("parameters", values)

    def _check_types(self) -> None:
        for column in fields(self):
            wanted = _KINDS.get(column.type) if column.init else None
            value = getattr(self, column.name, None)
            if wanted is not None and type(value) is not column.type:
                raise TableError(f"{self.name}: {column.name} is {wanted}, not {value!r}")

    def mapping(self, column: str, value: object) -> Mapping[str, Any]:
        """Refuse a column that is no mapping from names."""
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            raise TableError(
                f"{self.name}: {column} is a mapping with names as keys, not {value!r}"
            )
        return value

    def texts(self, column: str, value: object) -> tuple[str, ...]:
        """Return a column that is a list of texts as a tuple."""
        found: tuple[Any, ...] = tuple(value) if isinstance(value, list | tuple) else (None,)
        if not all(isinstance(text, str) for text in found):
            raise TableError(f"{self.name}: {column} is a list of texts, not {value!r}")
        return found

    def check_new(self, kind: str, names: Iterable[str], taken: Collection[str]) -> None:
        """Refuse names that cannot be written or that mean something else already."""
        for name in names:
            if name in taken or name in CONSTANTS or name in PRIMITIVES:
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


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _again(row_class: type[R], made_of: dict[str, Any]) -> R:
    """Return the row of a pickle: that of the table where it is the same, else a new one."""
    home = _HOMES.get(row_class)
    known = home.get(made_of["name"]) if home is not None else None
    if known is not None and dict(known._made_of()) == made_of:
        return known  # type: ignore[no-any-return]
    return row_class(**made_of)


class Table(Mapping[str, R], Generic[R]):
    """Rows of one class by name, in the order in which they were added."""

    def __init__(self, kind: str, row_class: type[R], rows: tuple[R, ...]) -> None:
        self.kind, self.row_class = kind, row_class
        self._rows: dict[str, R] = {}
        _HOMES.setdefault(row_class, self)
        for row in rows:
            self.add(row)

    def add(self, row: R) -> R:
        """Add a row; a name that is taken already is refused, and so is a row of another kind."""
        if not isinstance(row, self.row_class):
            raise self._other_kind(row)
        if row.name in self._rows:
            raise TableError(f"there is already {_with_article(self.kind)} named {row.name!r}")
        self._rows[row.name] = row
        return row

    def _other_kind(self, given: object) -> TableError:
        kinds: dict[Any, str] = {row_class: table.kind for row_class, table in _HOMES.items()}
        named = kinds.get(type(given))
        shown = f"the {named} {given}" if named else repr(given)
        wanted = f"{_with_article(self.kind)} (a row of the class {self.row_class.__name__})"
        return TableError(f"{wanted} is expected here, not {shown}")

    def remove(self, name: str) -> None:
        """Take a row out again, for example at the end of a test."""
        del self._rows[self[name].name]

    def __getitem__(self, name: str) -> R:
        if isinstance(name, str) and name in self._rows:
            return self._rows[name]
        close = self._close_to(str(name))
        hint = f" Did you mean {close!r}?" if close else ""
        raise TableError(
            f"there is no {self.kind} named {name!r}.{hint} There are: {', '.join(self._rows)}"
        )

    def _close_to(self, name: str) -> str:
        """Return the name of the row that a person may have meant, or nothing."""
        known = {other: row.name for row in self._rows.values() for other in row.also}
        known |= {own: own for own in self._rows}
        found = difflib.get_close_matches(re.sub(r"[\s-]+", "_", name.lower()), known, n=1)
        return known[found[0]] if found else ""

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
        if isinstance(spec, self.row_class):
            return spec
        if isinstance(spec, Row):
            raise self._other_kind(spec)
        if not isinstance(spec, str):
            raise TableError(f"{_with_article(self.kind)} is named by a text, not by {spec!r}")
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


_HOMES: dict[type[Row], Table[Any]] = {}
