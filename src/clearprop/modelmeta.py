"""What a model file says besides its numbers: layers, gates, loss, columns, training history.

A model file may come from anyone, so every part of it is checked before it is used; whatever is
unsound gives a ModelFileError with the reason.

>>> history = History("adam", learning_rate=0.01, epochs=3, losses=[0.7, 0.5, 0.4], loss=0.3)
>>> history.losses, history.batch_size
((0.7, 0.5, 0.4), None)
"""

from __future__ import annotations

import dataclasses
import math
import numbers
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .architecture import MAX_LAYERS, REDUCTIONS, Architecture, architecture
from .data.columns import Columns
from .data.table import shown
from .errors import ClearPropError, ModelFileError
from .settings import DTYPES
from .tables import GATES, LOSSES, OPTIMIZERS
from .tables.rows import R, Row, Table

if TYPE_CHECKING:
    from .training import Result

FORMAT = 1
"""The number of the format that this version writes and reads."""

MAX_LOSSES = 100_000
"""A history keeps at most this many losses; of a longer run it keeps every second, or third, ..."""

LARGEST = 2**53
"""The largest whole number that every reader of JSON reads exactly."""

DAMAGED = (
    "the file is damaged, or clearprop.save_model did not write it: take another copy, or save "
    "the model again"
)

_SETTING = r"[a-z][a-z0-9_]{0,39}=[-+.0-9e]{1,39}"
_SPEC = re.compile(rf"([a-z][a-z0-9_]{{0,39}})(?:\({_SETTING}(?:, {_SETTING})*\))?")
_VERSION = re.compile(r"[0-9A-Za-z.+!_-]{1,60}")


def refusal(reason: str, advice: str = DAMAGED) -> ModelFileError:
    """Return the error that says what is wrong and what to do about it."""
    return ModelFileError(f"{reason}; {advice}")


@dataclass(frozen=True)
class History:
    """How a network was trained, for a model file.

    Parameters
    ----------
    optimizer : str
        Such as ``"adam(beta1=0.9, beta2=0.999, epsilon=1e-08)"``.
    learning_rate : float
    epochs : int
        Epochs that were completed.
    losses : sequence of float
        At most 100,000: ``losses[i]`` belongs to epoch ``i * every`` of ``Result.losses``.
        A loss that is not finite is kept as NaN.
    loss : float
        The objective at the end.
    batch_size : int, optional
        None: all rows.
    l2 : float
    reduction : {"mean", "sum"}
    seed : int, optional
    engine : str
    seconds : float
    stopped : str
        Why the run ended (see ``Result``).
    every : int
        Of how many epochs one loss is kept.

    Raises
    ------
    ModelFileError
        If a value is of another kind, or out of its range.
    """

    optimizer: str
    learning_rate: float = field(kw_only=True)
    epochs: int = field(kw_only=True)
    losses: tuple[float, ...] = field(kw_only=True, repr=False)
    loss: float = field(kw_only=True)
    batch_size: int | None = field(default=None, kw_only=True)
    l2: float = field(default=0.0, kw_only=True)
    reduction: str = field(default="mean", kw_only=True)
    seed: int | None = field(default=None, kw_only=True)
    engine: str = field(default="reference", kw_only=True)
    seconds: float = field(default=0.0, kw_only=True)
    stopped: str = field(default="finished", kw_only=True)
    every: int = field(default=1, kw_only=True)

    def __post_init__(self) -> None:
        """Check every part, and make plain Python numbers of NumPy's."""
        epochs, every = _whole("epochs", self.epochs), _whole("every", self.every, 1)
        losses = _losses(self.losses)
        if len(losses) != -(-epochs // every):
            raise _unsound("losses", f"one for every {every} of {epochs} epochs", len(losses))
        if not _number("learning_rate", self.learning_rate) > 0:
            raise _unsound("learning_rate", "above 0", self.learning_rate)
        if self.reduction not in REDUCTIONS:
            raise _unsound("reduction", 'one of "mean" and "sum"', self.reduction)
        optional = {"batch_size": 1, "seed": 0}
        checked: dict[str, Any] = {
            name: None if getattr(self, name) is None else _whole(name, getattr(self, name), least)
            for name, least in optional.items()
        }
        checked |= {n: _number(n, getattr(self, n)) for n in ("learning_rate", "l2", "seconds")}
        checked |= {n: _text(n, getattr(self, n)) for n in ("optimizer", "engine", "stopped")}
        checked |= {"epochs": epochs, "every": every, "losses": losses, "loss": _loss(self.loss)}
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @classmethod
    def of(
        cls,
        result: Result,
        *,
        learning_rate: float | None = None,
        batch_size: int | None = None,
        l2: float = 0.0,
        reduction: str = "mean",
        seed: int | None = None,
    ) -> History:
        """Return the history of a training run, given the settings that ``fit`` was given.

        Parameters
        ----------
        result : Result
        learning_rate : float, optional
            By default the optimizer's own, as in ``fit``.
        batch_size, l2, reduction, seed
            As in ``fit``.

        Raises
        ------
        ModelFileError
            If a setting is of another kind, or out of its range.
        """
        if learning_rate is None:
            learning_rate = OPTIMIZERS.resolve(result.optimizer).learning_rate
        every = max(1, -(-result.epochs // MAX_LOSSES))
        return cls(
            result.optimizer, learning_rate=learning_rate, epochs=result.epochs,
            losses=tuple(result.losses[::every].tolist()), loss=result.loss,
            batch_size=batch_size, l2=l2, reduction=reduction, seed=seed, engine=result.engine,
            seconds=result.seconds, stopped=result.stopped, every=every,
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Return the history as JSON-able data; null stands for a loss that is not finite."""
        described = dict(vars(self))
        described["loss"] = None if math.isnan(self.loss) else self.loss
        described["losses"] = [None if math.isnan(loss) else loss for loss in self.losses]
        return described

    @classmethod
    def from_json(cls, obj: object) -> History:
        """Return the history that was described; ModelFileError for anything unsound."""
        names = {part.name for part in dataclasses.fields(cls)}
        required = {"optimizer", "learning_rate", "epochs", "losses", "loss"}
        if not isinstance(obj, Mapping) or not required <= set(obj) <= names:
            raise ModelFileError(
                f"a training history has the fields {', '.join(sorted(required))} and perhaps "
                f"{', '.join(sorted(names - required))}"
            )
        return cls(**obj)


@dataclass(frozen=True, eq=False)
class Metadata:
    """All that a model file holds besides the numbers of its network."""

    architecture: Architecture
    dtype: str
    version: str
    columns: Columns | None = None
    history: History | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-able data; ModelFileError if a gate or the loss has no row."""
        shape = self.architecture
        for gate in shape.gates:
            _check_registered(gate, GATES)
        _check_registered(shape.loss, LOSSES)
        return {
            "format": FORMAT,
            "version": self.version,
            "layers": list(shape.layers),
            "gates": [gate.spec for gate in shape.gates],
            "loss": shape.loss.spec,
            "shared_bias": shape.shared_bias,
            "dtype": self.dtype,
            "columns": None if self.columns is None else self.columns.to_json(),
            "history": None if self.history is None else self.history.to_json(),
        }

    @classmethod
    def from_json(cls, found: object) -> Metadata:
        """Return what was described; ModelFileError for anything unsound."""
        if not isinstance(found, dict):
            raise refusal("its description is no JSON object")
        _check_format(found.get("format"))
        names = ("format", "version", "layers", "gates", "loss", "shared_bias", "dtype",
                 "columns", "history")  # fmt: skip
        if set(found) != set(names):
            raise refusal(f"its description must have just the fields {', '.join(names)}")
        version, dtype = found["version"], found["dtype"]
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            raise refusal(f"its version of ClearProp is {shown(version)}")
        if not isinstance(dtype, str) or dtype not in DTYPES:
            raise refusal(f"its dtype is {shown(dtype)}, not {' or '.join(DTYPES)}")
        if not isinstance(found["shared_bias"], bool):
            raise refusal(f"its shared_bias is {shown(found['shared_bias'])}, not true or false")
        shape = _architecture(found)
        columns, history = found["columns"], found["history"]
        try:
            if columns is not None:
                columns = Columns.from_json(columns)
                check_fit(columns, shape)
            if history is not None:
                history = History.from_json(history)
        except ModelFileError as error:
            raise refusal(str(error)) from None
        return cls(shape, dtype, version, columns, history)


def check_fit(columns: Columns, shape: Architecture) -> None:
    """See that the columns give the network its inputs and know what its outputs mean."""
    if columns.n_inputs != shape.layers[0]:
        raise ModelFileError(
            f"the columns give {columns.n_inputs} inputs, and the network has {shape.layers[0]}"
        )
    one_for_two = len(columns.classes) == 2 and shape.layers[-1] == 1
    if columns.n_outputs != shape.layers[-1] and not one_for_two:
        raise ModelFileError(
            f"the target {shown(columns.target.name)} needs {columns.n_outputs} outputs, and the "
            f"network has {shape.layers[-1]}"
        )


def _check_format(number: object) -> None:
    if isinstance(number, int) and not isinstance(number, bool) and number > FORMAT:
        raise refusal(
            f"it has the format {number}, and this version of ClearProp reads format {FORMAT}",
            "install a later version: pip install --upgrade clearprop",
        )
    if number != FORMAT or type(number) is not int:
        raise refusal(f"its format is {shown(number)}, not the number {FORMAT}")


def _architecture(found: Mapping[str, Any]) -> Architecture:
    layers, gates, loss = found["layers"], found["gates"], found["loss"]
    if not isinstance(layers, list) or not 2 <= len(layers) <= MAX_LAYERS:
        raise refusal(f"its layers are {shown(layers)}, not 2 to {MAX_LAYERS:,} numbers")
    if not all(type(size) is int and 1 <= size <= LARGEST for size in layers):
        raise refusal(f"its layers are {shown(layers)}, not whole numbers above 0")
    if not isinstance(gates, list) or len(gates) != len(layers) - 1:
        raise refusal(f"its gates are {shown(gates)}, not one for each of {len(layers) - 1} layers")
    for spec in gates:
        _check_spec(spec, GATES)
    _check_spec(loss, LOSSES)
    try:
        # A row with other parameters is made and checked anew, so each only once.
        made = {spec: _row(spec, GATES) for spec in dict.fromkeys(gates)}
        rows = [made[spec] for spec in gates]
        cost = _row(loss, LOSSES)
        return architecture(layers, rows[:-1], cost, rows[-1], found["shared_bias"])
    except ClearPropError as error:
        raise refusal(f"it describes no network ({error})") from None


def _check_spec(spec: object, table: Table[Any]) -> None:
    match = _SPEC.fullmatch(spec) if isinstance(spec, str) and len(spec) <= 1000 else None
    if match is None:
        raise refusal(f"{shown(spec)} does not name a {table.kind}")
    if match[1] not in table:
        raise refusal(
            f"it uses the {table.kind} {match[1]!r}, which this program does not know",
            f"register it first with clearprop.register_{table.kind}, then load the file again",
        )


def _row(spec: str, table: Table[R]) -> R:
    row = table[spec.partition("(")[0]]
    return row if row.spec == spec else table.resolve(spec)


def _check_registered(row: Row, table: Table[Any]) -> None:
    known = dict(table).get(row.name)
    if known is None or _trees(known) != _trees(row):
        other = "another" if known else "no"
        raise refusal(
            f"a file names its {table.kind}s, and {other} {table.kind} is registered as "
            f"{row.name!r}",
            f"register this one with clearprop.register_{table.kind}, under a name of its own",
        )


def _trees(row: Row) -> dict[str, object]:
    return {name: part for name, part in vars(row).items() if name.endswith(("_tree", "_trees"))}


def _unsound(name: str, wanted: str, given: object) -> ModelFileError:
    return ModelFileError(f"a training history's {name} is {wanted}, not {shown(given)}")


def _whole(name: str, value: object, least: int = 0) -> int:
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        number = int(value)
        if least <= number <= LARGEST:
            return number
    raise _unsound(name, f"a whole number from {least} to 2**53", value)


def _number(name: str, value: object) -> float:
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        number = _float(value)
        if 0 <= number < math.inf:
            return number
    raise _unsound(name, "a finite number, from 0 up", value)


def _loss(value: object) -> float:
    if value is None:
        return math.nan
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise _unsound("loss", "a number", value)
    number = _float(value)
    return number if math.isfinite(number) else math.nan


def _float(value: numbers.Real) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _losses(values: object) -> tuple[float, ...]:
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if not isinstance(values, list | tuple) or len(values) > MAX_LOSSES:
        raise _unsound("losses", f"a list of at most {MAX_LOSSES:,} numbers", values)
    return tuple(_loss(value) for value in values)


def _text(name: str, value: object) -> str:
    if isinstance(value, str) and 1 <= len(value) <= 1000 and value.isprintable():
        return value
    raise _unsound(name, "a printable text of at most 1,000 characters", value)
