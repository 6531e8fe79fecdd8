"""What a part of an example computes: the value of a quantity, by a procedure.

>>> part = open_part(read_example("mazur").parts[0])
>>> round(part.value(Quantity.read("out_h1"), part.procedure), 9)
0.593269992
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from ..errors import ClearPropError, ExampleError
from ..network import Network
from .circuits import CircuitDrawn, draw_circuit
from .neurons import Drawn, draw_out
from .procedure import Descent, Goal, Procedure
from .quantities import Quantity
from .reading import Part, as_mapping, as_number, check_keys, read_example
from .runs import RunPart, network_of
from .scores import ScoresPart

__all__ = ["AnyPart", "CircuitPart", "NetworkPart", "open_part", "read_example"]

Array: TypeAlias = np.ndarray[Any, Any]

MOST_PARAMETERS = 500


class NetworkPart:
    """A network drawn out neuron by neuron, for one sample.

    Attributes
    ----------
    procedure : Procedure
        How its numbers are computed rightly.
    given : dict of str to float
    """

    sample_count = 1

    def __init__(self, part: Part) -> None:
        self.part = part
        where = f"{part.where}." if part.where else ""
        bare = network_of(part.data["network"], f"{where}network")
        if bare.n_parameters > MOST_PARAMETERS:
            raise ExampleError(
                f"{where}network: it is drawn out weight by weight, so it has at most "
                f"{MOST_PARAMETERS} parameters; this one has {bare.n_parameters:,}. For a training "
                "run of a larger one, write a part of the kind run"
            )
        given = dict(as_mapping(part.data.get("given", {}), f"{where}given"))
        true = self._true_class(bare, given, f"{where}given")
        self.drawn = draw_out(bare.architecture, true)
        self.given = _take(given, self.drawn.wiring.inputs, f"{where}given")
        training = as_mapping(part.data.get("training", {}), f"{where}training")
        check_keys(training, ("learning_rate", "biases"), f"{where}training")
        biases = training.get("biases", "trained")
        if biases not in ("kept", "trained"):
            raise ExampleError(f"{where}training.biases: kept or trained, not {biases!r}")
        rate = training.get("learning_rate")
        number = math.nan if rate is None else as_number(rate, f"{where}training.learning_rate")
        self.procedure = Procedure(Goal("sum"), Goal("sum"), rate=number, biases=biases)
        self.network = bare.with_parameters(_arrays(bare, self.drawn, self.given))
        self.X = np.array([[self.given[name] for name in self._named("input")]])
        wanted = [self.given[name] for name in self._named("target")]
        self.y = np.array([wanted]) if true is None else np.array([true])
        self._descents: dict[Procedure, Descent] = {}
        self._points: dict[Any, tuple[Drawn, dict[str, float]] | None] = {}
        self._values: dict[Any, dict[str, Array]] = {}

    def _true_class(self, net: Network, given: dict[str, Any], where: str) -> int | None:
        true = given.pop("true_class", None)
        if net.architecture.loss.targets != "class":
            if true is not None:
                loss = net.architecture.loss.name
                raise ExampleError(f"{where}.true_class: {loss} takes targets, such as target_o1")
            return None
        outputs = [f"o{i + 1}" for i in range(net.layers[-1])]
        if true not in outputs:
            raise ExampleError(f"{where}.true_class: one of {', '.join(outputs)}, not {true!r}")
        return outputs.index(true)

    def _named(self, kind: str) -> list[str]:
        return [name for name, role in self.drawn.roles.items() if role.kind == kind]

    @property
    def n_outputs(self) -> int:
        """How many outputs the network has."""
        return self.network.layers[-1]

    def check(self, quantity: Quantity, where: str) -> None:
        """See that the quantity is one of this network.

        Raises
        ------
        ExampleError
            If it is not.
        """
        _check_names(quantity, self.drawn.wiring.wires, where)
        if quantity.updates and math.isnan(self.procedure.rate):
            raise ExampleError(f"{where}: updates need training.learning_rate")

    def point(self, updates: int, procedure: Procedure) -> tuple[Drawn, dict[str, float]] | None:
        """Return the drawing and its inputs' values after some updates; None if not finite."""
        if not updates:
            return self.drawn, self.given
        count, path = max(0, updates + procedure.shift), procedure.path()
        if (count, path) not in self._points:
            descent = self._descents.setdefault(path, Descent(self.network, self.X, self.y, path))
            network = descent.after(count)
            self._points[count, path] = None if network is None else self._at(network)
        return self._points[count, path]

    def _at(self, network: Network) -> tuple[Drawn, dict[str, float]]:
        drawn = self.drawn
        if network.architecture != self.network.architecture:
            true = None if self.y.ndim == 2 else int(self.y[0])
            drawn = draw_out(network.architecture, true)
        point = {k: v for k, v in self.given.items() if k not in self.drawn.places}
        for name, (array, place) in drawn.places.items():
            point[name] = float(network.parameters[array][place])
        return drawn, point

    def stepped(self, procedure: Procedure) -> bool:
        """Tell whether the way of this procedure has been gone already."""
        return procedure.path() in self._descents

    def value(self, quantity: Quantity, procedure: Procedure) -> float:
        """Return a quantity as a procedure gives it; NaN where it gives none."""
        found = self.point(quantity.updates, procedure)
        if found is None:
            return math.nan
        drawn, point = found
        wiring = drawn.wiring
        if quantity.of not in wiring.wires or (quantity.by and quantity.by not in wiring.wires):
            return math.nan
        at = {name: [number] for name, number in point.items()}
        if quantity.by:
            number = wiring.derivative(quantity.of, quantity.by, at, procedure.dtype)[0]
        else:
            key = (id(wiring), tuple(point.values()), procedure.dtype)
            if key not in self._values:
                self._values[key] = wiring.values(at, procedure.dtype)
            number = self._values[key][quantity.of][0]
        costs = drawn.roles[quantity.of].kind in ("loss", "part")
        return float(number) * (procedure.factor if costs else 1.0)


class CircuitPart:
    """A circuit from a text; its output is called f."""

    procedure = Procedure()
    sample_count = n_outputs = 1

    def __init__(self, part: Part) -> None:
        self.part = part
        where = f"{part.where}." if part.where else ""
        given = as_mapping(part.data.get("given", {}), f"{where}given")
        self.given = {name: as_number(v, f"{where}given.{name}") for name, v in given.items()}
        try:
            self.drawn: CircuitDrawn = draw_circuit(part.data["circuit"], self.given)
        except ClearPropError as error:
            raise ExampleError(f"{where}circuit: {error}") from None

    def check(self, quantity: Quantity, where: str) -> None:
        """See that the quantity is one of this circuit."""
        _check_names(quantity, self.drawn.known, where)
        if quantity.updates:
            raise ExampleError(f"{where}: a circuit is not trained; it has no updates")

    def point(self, updates: int, procedure: Procedure) -> tuple[CircuitDrawn, dict[str, float]]:
        """Return the drawing and its inputs' values."""
        return self.drawn, self.given

    def stepped(self, procedure: Procedure) -> bool:
        """Nothing is trained."""
        return True

    def value(self, quantity: Quantity, procedure: Procedure) -> float:
        """Return a value or a derivative."""
        at = {name: [number] for name, number in self.given.items()}
        wiring = self.drawn.wiring
        if quantity.by:
            found = wiring.derivative(quantity.of, quantity.by, at, procedure.dtype)
        else:
            found = wiring.values(at, procedure.dtype)[quantity.of]
        return float(found[0])


AnyPart: TypeAlias = "NetworkPart | CircuitPart | ScoresPart | RunPart"


def open_part(part: Part) -> AnyPart:
    """Return what computes a part of an example.

    Raises
    ------
    ExampleError
        If its data do not fit together.
    """
    kinds: dict[str, Any] = {
        "network": NetworkPart,
        "circuit": CircuitPart,
        "scores": ScoresPart,
        "run": RunPart,
    }
    opened: AnyPart = kinds[part.kind](part)
    return opened


def _check_names(quantity: Quantity, known: Any, where: str) -> None:
    for name in filter(None, (quantity.of, quantity.by)):
        if name not in known:
            raise ExampleError(f"{where}: there is no {name!r} here; there are: {', '.join(known)}")


def _take(given: Mapping[str, Any], wanted: tuple[str, ...], where: str) -> dict[str, float]:
    lacking = [name for name in wanted if name not in given]
    if lacking:
        raise ExampleError(f"{where}: no value for {', '.join(lacking)}")
    check_keys(given, wanted, where)
    return {name: as_number(given[name], f"{where}.{name}") for name in wanted}


def _arrays(net: Network, drawn: Drawn, given: Mapping[str, float]) -> dict[str, Array]:
    arrays = {name: np.array(array) for name, array in net.parameters.items()}
    for name, (array, place) in drawn.places.items():
        arrays[array][place] = given[name]
    return arrays
