"""How numbers are computed, as data, so that other ways can be tried: a procedure and its descent.

>>> import numpy as np
>>> import clearprop as cp
>>> net = cp.Network([2, 2, 2], "sigmoid", "squared_error", "sigmoid", seed=1)
>>> X, y = np.array([[0.05, 0.1]]), np.array([[0.01, 0.99]])
>>> right = Procedure(Goal("sum"), Goal("sum"), rate=0.5)
>>> stale = replace(right, order="weights first")
>>> Descent(net, X, y, right).after(1).loss(X, y) < Descent(net, X, y, stale).after(1).loss(X, y)
True
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from ..architecture import Objective
from ..circuit import Wire, constant, topological
from ..errors import ClearPropWarning
from ..formulas import build
from ..network import Network
from ..program import Program
from ..tables.optimizers import OPTIMIZERS
from ..training.fit import fit

Array: TypeAlias = np.ndarray[Any, Any]

AT_ONCE = 16  # updates in one program, where weights are updated first


@dataclass(frozen=True)
class Goal:
    """An objective: ``reduction(sample losses) + l2/2 · ΣW²``."""

    reduction: str = "mean"
    l2: float = 0.0


@dataclass(frozen=True)
class Procedure:
    """All that decides what number comes out.

    Attributes
    ----------
    step : Goal
        What the gradient is taken of.
    shown : Goal
        What is printed as the loss.
    rate : float
    optimizer : str
    biases : {"trained", "kept", "own"}
        ``own``: trained, and one for each neuron where the network shares one.
    order : {"gradients first", "weights first"}
        Whether the error is propagated back before any weight is updated, or layer by layer
        through weights that are updated already.
    factor : float
        What the loss is multiplied by.
    shift : int
        How many updates more are done than are counted.
    dtype : str
    cut : bool
        Whether the digits that are not printed are cut off instead of rounded.
    """

    step: Goal = Goal()
    shown: Goal = Goal()
    rate: float = 0.0
    optimizer: str = "gradient_descent"
    biases: str = "trained"
    order: str = "gradients first"
    factor: float = 1.0
    shift: int = 0
    dtype: str = "float64"
    cut: bool = False

    def path(self) -> Procedure:
        """Return what of it decides where the parameters go."""
        return replace(self, shown=Goal(), shift=0, cut=False)


class Descent:
    """The parameters after each number of updates of a network, by a procedure."""

    def __init__(self, network: Network, X: Array, y: Array, procedure: Procedure) -> None:
        net = network
        if procedure.biases == "own" and net.architecture.shared_bias:
            net = _with_own_biases(net)
        if procedure.dtype != "float64":
            net = Network.of(net.architecture, net.vector, procedure.dtype)
        self.X, self.y, self.procedure = X, y, procedure
        self.known: dict[int, Network] = {0: net}
        self._programs: dict[int, tuple[Program, dict[str, Wire], dict[Wire, Any]]] = {}

    def after(self, updates: int) -> Network | None:
        """Return the network after so many updates; None where NaN or infinity came first."""
        if updates not in self.known:
            far = max(n for n in self.known if n <= updates)
            if self.procedure.order == "weights first":
                self.known[updates] = self._weights_first(self.known[far], updates - far)
            else:
                resumed = not OPTIMIZERS.resolve(self.procedure.optimizer).slots
                start = far if resumed else 0
                found = self._descend(self.known[start], updates - start)
                if found is None:
                    return None
                self.known[updates] = found
        return self.known[updates]

    def _descend(self, network: Network, epochs: int) -> Network | None:
        step = self.procedure.step
        frozen = [n for n in network.parameters if n[0] == "b" and self.procedure.biases == "kept"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ClearPropWarning)
            result = fit(
                network, self.X, self.y, optimizer=self.procedure.optimizer,
                learning_rate=self.procedure.rate * self.procedure.factor, epochs=epochs,
                l2=step.l2, reduction=step.reduction, frozen=frozen, shuffle=False,
            )  # fmt: skip
        return None if result.trouble else result.network

    def _weights_first(self, network: Network, updates: int) -> Network:
        values: dict[str, Any] = dict(network.parameters)
        for size in (AT_ONCE, 1):
            times, updates = divmod(updates, size)
            if not times:
                continue
            program, inputs, feeds = self._program(network, size)
            for _ in range(times):
                found = program.run(
                    {**feeds, **{wire: values[name] for name, wire in inputs.items()}}, trusted=True
                )
                values |= dict(zip(self._moving(network), found, strict=True))
        return network.with_parameters(values)

    def _moving(self, network: Network) -> list[str]:
        return [n for n in network.parameters if n[0] == "W" or self.procedure.biases != "kept"]

    def _program(
        self, network: Network, updates: int
    ) -> tuple[Program, dict[str, Wire], dict[Wire, Any]]:
        if updates not in self._programs:
            net, step = network.architecture, self.procedure.step
            circuit = net.circuit(Objective(step.reduction, step.l2 != 0))
            now = dict(circuit.parameters)
            rate = self.procedure.rate * self.procedure.factor
            for _ in range(updates):
                now = self._stale_update(network, now, rate)
            moving = self._moving(network)
            feeds: dict[Wire, Any] = {circuit.X: self.X, circuit.targets: self.y}
            feeds |= {circuit.l2: step.l2, circuit.count: len(self.X)}
            program = Program([now[name] for name in moving], network.dtype)
            self._programs[updates] = program, dict(circuit.parameters), feeds
        return self._programs[updates]

    def _stale_update(
        self, network: Network, now: Mapping[str, Wire], rate: float
    ) -> dict[str, Wire]:
        """Return the parameters after an update that uses what it has updated already.

        What the backward circuit reads of a parameter (and not through a forward value) is
        read from the updated one, if there is one by then.
        """
        net, step = network.architecture, self.procedure.step
        objective = Objective(step.reduction, step.l2 != 0)
        circuit, slopes = net.circuit(objective), net.backward(objective)
        forward = list(topological([circuit.objective]))
        made = {circuit.parameters[name]: wire for name, wire in now.items()}
        _copy(forward, made, made)
        read = dict(made)
        updated = dict(now)
        rule = OPTIMIZERS["gradient_descent"].update_trees["w"]
        for layer in range(len(net.layers) - 1, 0, -1):
            done: dict[str, Wire] = {}
            for name in (f"W{layer}", f"b{layer}"):
                if name in self._moving(network):
                    fresh = dict(made)
                    _copy(topological([slopes[name]]), fresh, read)
                    names = {"w": now[name], "g": fresh[slopes[name]]}
                    done[name] = build(rule, {**names, "learning_rate": constant(rate)})
            updated |= done
            read |= {circuit.parameters[name]: wire for name, wire in done.items()}
        return updated


def _copy(wires: Any, made: dict[Wire, Wire], read: Mapping[Wire, Wire]) -> None:
    """Copy wires onto others; what stands in ``made`` is there, and inputs come from ``read``."""
    for wire in wires:
        if wire not in made:
            inputs = tuple(read[w] if w in read else made[w] for w in wire.inputs)
            made[wire] = wire if inputs == wire.inputs else _on(wire, inputs)


def _on(wire: Wire, inputs: tuple[Wire, ...]) -> Wire:
    return Wire(
        wire.kind, inputs, wire.shape, name=wire.name, value=wire.value, setting=wire.setting
    )


def _with_own_biases(network: Network) -> Network:
    net = replace(network.architecture, shared_bias=False)
    values = [
        np.broadcast_to(array, net.shapes[name]).ravel()
        for name, array in network.parameters.items()
    ]
    return Network.of(net, np.concatenate(values), network.dtype)
