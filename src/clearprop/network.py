"""Networks: layers of weights with numbers in them, and all that one can ask of them.

>>> import numpy as np
>>> import clearprop as cp
>>> net = cp.Network([2, 3, 2], activation="tanh", loss="softmax_cross_entropy")
>>> net
Network(2-3-2, tanh, softmax_cross_entropy, 17 parameters)
>>> X, y = np.array([[0.05, 0.10]]), np.array([0])
>>> sorted(net.forward(X, y))
['A1', 'Z1', 'Z2', 'loss', 'losses']
>>> net.gradients(X, y)["W2"].shape
(3, 2)

A network is a value: training returns a new one, and its arrays cannot be written to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import compiled
from .architecture import Architecture, NetworkCircuit, Objective, architecture, initial_vector
from .circuit import Wire
from .conveniences import Conveniences
from .errors import NetworkError
from .samples import check_features, check_targets, check_weights, numbers
from .settings import DTYPES, check_l2, check_precision
from .tables.gates import Gate
from .tables.initializers import Initializer
from .tables.losses import Loss

__all__ = ["BLOCK", "DTYPES", "Network"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
BLOCK = 65_536  # rows that predictions are computed for at a time


class Network(Conveniences):
    """A feed-forward network.

    Parameters
    ----------
    layers : sequence of int
        Inputs, neurons of each hidden layer, outputs: ``[2, 3, 2]``.
    activation : str, Gate, or one for each hidden layer
        A gate of ``clearprop.activations()``, perhaps with parameters:
        ``"leaky_relu(alpha=0.2)"``.
    loss : str or Loss
        A row of ``clearprop.LOSSES``. Softmax and the logistic sigmoid live inside their
        losses: the network's outputs are scores.
    output_activation : str or Gate
        A gate between the last layer and the loss; none by default.
    shared_bias : bool
        One bias for all neurons of a layer, of shape ``()``.
    initializer : str, Initializer or None
        A row of ``clearprop.INITIALIZERS``; by default what suits each layer's activation.
    seed : int
        Decides the initial weights, to the bit.
    dtype : {"float64", "float32"}

    Raises
    ------
    NetworkError, TableError
        If this makes no network; the message says what would.

    Examples
    --------
    >>> Network([2, 2, 2], "sigmoid", "squared_error", "sigmoid", shared_bias=True)
    Network(2-2-2, sigmoid, squared_error after sigmoid, 10 parameters)
    """

    def __init__(
        self,
        layers: Sequence[int],
        activation: str | Gate | Sequence[str | Gate] = "tanh",
        loss: str | Loss = "softmax_cross_entropy",
        output_activation: str | Gate = "identity",
        *,
        shared_bias: bool = False,
        initializer: str | Initializer | None = None,
        seed: int = 0,
        dtype: DTypeLike = "float64",
    ) -> None:
        shape = architecture(layers, activation, loss, output_activation, shared_bias)
        self._set(shape, initial_vector(shape, initializer, seed), dtype)

    @classmethod
    def of(cls, shape: Architecture, vector: ArrayLike, dtype: DTypeLike = "float64") -> Network:
        """Return a network of this architecture with the numbers of a flat vector.

        The vector holds W1, b1, W2, b2, ... one after the other, each row by row.

        Raises
        ------
        NetworkError
            If these are no numbers, or not as many as there are parameters.
        """
        new = cls.__new__(cls)
        new._set(shape, vector, dtype)
        return new

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep what makes the network, and leave out what can be made of it again."""
        return type(self).of, (self.architecture, self.vector, self.dtype)

    def _set(self, shape: Architecture, vector: ArrayLike, dtype: DTypeLike) -> None:
        flat: Array = numbers(vector, "the vector of parameters", check_precision(dtype))
        if flat.shape != (shape.n_parameters,):
            raise NetworkError(
                f"a {_sizes(shape)} network has {shape.n_parameters} parameters; "
                f"given an array of shape {flat.shape}"
            )
        flat = flat.copy()
        flat.flags.writeable = False
        self.architecture, self.vector = shape, flat

    @property
    def dtype(self) -> np.dtype[Any]:
        """In which all of it is computed."""
        return self.vector.dtype

    @property
    def layers(self) -> tuple[int, ...]:
        """The number of inputs, of neurons in each hidden layer, and of outputs."""
        return self.architecture.layers

    @property
    def n_parameters(self) -> int:
        """How many numbers are learned."""
        return self.architecture.n_parameters

    @cached_property
    def parameters(self) -> Mapping[str, Array]:
        """Each parameter by name: ``W1`` of shape (n_in, n_out), ``b1`` (n_out,), and so on.

        Read-only views of one flat ``vector``; :meth:`with_parameters` changes them.
        """
        return MappingProxyType(self.views(self.vector))

    def views(self, vector: Array) -> dict[str, Array]:
        """Return the named parameters in a flat vector, without copying."""
        shapes = self.architecture.shapes
        return {
            name: vector[place].reshape(shapes[name])
            for name, place in self.architecture.places.items()
        }

    def with_parameters(
        self, parameters: Mapping[str, ArrayLike] | None = None, /, **arrays: ArrayLike
    ) -> Network:
        """Return this network with other numbers in some of its parameters.

        Parameters
        ----------
        parameters : mapping of str to array, optional
        **arrays : array
            The same by name: ``b1=[0.1, 0.2]``.

        Raises
        ------
        NetworkError
            If there is no such parameter, or the shape is not its own.

        Examples
        --------
        >>> net = Network([2, 2], loss="squared_error")
        >>> net.with_parameters(b1=[0.1, 0.2]).parameters["b1"]
        array([0.1, 0.2])
        """
        if parameters is not None and not isinstance(parameters, Mapping):
            raise NetworkError(
                f"give parameters by name, b1=[...] or {{'b1': [...]}}, not {parameters!r}"
            )
        flat = self.vector.copy()
        views = self.views(flat)
        for name, value in {**(parameters or {}), **arrays}.items():
            if name not in views:
                raise NetworkError(f"there is no parameter {name!r}; there are: {', '.join(views)}")
            array = numbers(value, name, self.dtype)
            if array.shape != views[name].shape:
                raise NetworkError(f"{name} has the shape {views[name].shape}; given {array.shape}")
            views[name][...] = array
        return Network.of(self.architecture, flat, self.dtype)

    def forward(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        l2: float = 0.0,
        reduction: str = "mean",
        sample_weight: ArrayLike | None = None,
    ) -> dict[str, Array]:
        """Return every value of the forward pass.

        Parameters
        ----------
        X : array of shape (n_samples, n_inputs)
        y : array, optional
            Class numbers (n_samples,), or targets (n_samples, n_outputs). Without it
            there are no losses.
        l2 : float
            Adds ``l2/2 · ΣW²`` (weights, not biases) to the loss.
        reduction : {"mean", "sum"}
            How the samples' losses become one.
        sample_weight : array of shape (n_samples,), optional

        Returns
        -------
        dict of str to array
            ``Z1, A1, Z2, ...`` of shape (n_samples, n_neurons); ``losses`` (n_samples,),
            and ``loss``, the objective: ``reduction(losses) + l2/2 · ΣW²``. The last A is
            left out where there is no output activation.

        Raises
        ------
        NetworkError
            If X or y do not fit the network.
        """
        if y is None:
            if sample_weight is not None or reduction != "mean" or check_l2(l2) != 0:
                raise NetworkError(
                    "l2, reduction and sample_weight belong to the loss, which needs y; give y, "
                    "or leave them out"
                )
            circuit = self.architecture.circuit()
            feeds = self._feeds(circuit, X)
            asked: tuple[Wire, ...] = ()
        else:
            circuit, feeds = self._objective(X, y, l2, reduction, sample_weight)
            asked = (circuit.losses, circuit.objective)
        wires = list(dict.fromkeys(wire for pair in zip(circuit.z, circuit.a, strict=True)
                                   for wire in pair))  # fmt: skip
        wires += asked
        values = self._run(tuple(wires), feeds)
        return {wire.name: np.array(v) for wire, v in zip(wires, values, strict=True)}

    def loss(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        l2: float = 0.0,
        reduction: str = "mean",
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Return the objective ``reduction(sample losses) + l2/2 · ΣW²``; see :meth:`forward`."""
        circuit, feeds = self._objective(X, y, l2, reduction, sample_weight)
        return float(self._run((circuit.objective,), feeds)[0])

    def gradients(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        l2: float = 0.0,
        reduction: str = "mean",
        sample_weight: ArrayLike | None = None,
    ) -> dict[str, Array]:
        """Return the derivative of the objective by every parameter.

        The objective is ``reduction(sample losses) + l2/2 · ΣW²``; its arguments are those
        of :meth:`forward`. With ``reduction="sum"`` the data's part is n_samples times that
        of ``"mean"``.

        Returns
        -------
        dict of str to array
            ``W1, b1, W2, ...``, each of the parameter's shape.
        """
        _, feeds = self._objective(X, y, l2, reduction, sample_weight)
        slopes = self.architecture.backward(_objective_of(l2, reduction, sample_weight))
        values = self._run(tuple(slopes.values()), feeds)
        return {name: np.array(v) for name, v in zip(slopes, values, strict=True)}

    def scores(self, X: ArrayLike) -> Array:
        """Return what goes into the loss, of shape (n_samples, n_outputs).

        By compiled kernels where they know the network's gates; else by its circuit, for
        65,536 rows at a time, so that memory stays bounded. A row gives the same bits alone
        as among others. A row with NaN in it has NaN for scores (or what its gates make of
        NaN).
        """
        native = self._native
        if native is None:
            return self._by_blocks(self.architecture.circuit().scores, X)
        return self._compiled(native.scores, X)

    def predict(self, X: ArrayLike) -> Array:
        """Return what the network says of each sample.

        A row with NaN in it is no error: where its scores are NaN, the answer is NaN, for a
        logistic loss 0, and for a loss over classes the first class whose score is NaN. Look
        at :meth:`scores` to find such rows.

        Returns
        -------
        array
            Losses over classes: the class number with the largest score, (n_samples,).
            Logistic: 1 where the score is above 0, else 0. Otherwise the outputs. One
            output gives (n_samples,), more give (n_samples, n_outputs).
        """
        targets = self.architecture.loss.targets
        native = self._native
        if targets == "class" and native is not None:
            return self._compiled(native.classify, X)
        scores = self.scores(X)
        if targets == "class":
            return np.asarray(scores.argmax(axis=1))
        answers = (scores > 0).astype(np.int64) if targets == "binary" else scores
        return answers[:, 0] if answers.shape[1] == 1 else answers

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return the probability of each class, of shape (n_samples, n_classes).

        A logistic network with one output gives two columns, of class 0 and class 1; with
        more outputs, each output's probability of being 1.

        Raises
        ------
        NetworkError
            If the loss has no probabilities.
        """
        loss = self.architecture.loss
        if loss.probability_tree is None:
            raise NetworkError(
                f"{loss.name} gives scores without probabilities; ask net.scores(X), or train "
                "with softmax_cross_entropy or logistic"
            )
        native = self._native
        if native is None:
            p = self._by_blocks(self.architecture.probabilities(), X)
        else:
            p = self._compiled(native.chances, X)
        if loss.targets == "binary" and p.shape[1] == 1:
            return np.hstack([1 - p, p])
        return p

    @cached_property
    def _native(self) -> Any:
        """What computes answers in compiled code; None where that does not know a gate."""
        return compiled.predictor(self.architecture, self.vector)

    def _compiled(self, answer: Callable[[Any], Array | None], X: ArrayLike) -> Array:
        # It takes arrays of the right kind as they are; all others are checked and cast first.
        found = answer(X) if type(X) is np.ndarray else None
        if found is None:
            found = answer(check_features(X, self.layers[0], self.dtype))
        assert found is not None  # noqa: S101 (what is checked is taken)
        return found

    def _by_blocks(self, wire: Wire, X: ArrayLike) -> Array:
        circuit = self.architecture.circuit()
        feeds = self._feeds(circuit, X)
        rows = feeds[circuit.X]
        found = np.empty((len(rows), self.layers[-1]), self.dtype)
        for start in range(0, len(rows), BLOCK):
            block = slice(start, start + BLOCK)
            (found[block],) = self._run((wire,), feeds | {circuit.X: rows[block]})
        return found

    def _run(self, wires: tuple[Wire, ...], feeds: Mapping[Wire, Any]) -> list[Array]:
        return self.architecture.program(wires, self.dtype).run(feeds, trusted=True)

    def _feeds(self, circuit: NetworkCircuit, X: ArrayLike) -> dict[Wire, Any]:
        feeds: dict[Wire, Any] = {
            wire: self.parameters[name] for name, wire in circuit.parameters.items()
        }
        feeds[circuit.X] = check_features(X, self.layers[0], self.dtype)
        return feeds

    def _objective(
        self,
        X: ArrayLike,
        y: ArrayLike,
        l2: float,
        reduction: str,
        sample_weight: ArrayLike | None,
    ) -> tuple[NetworkCircuit, dict[Wire, Any]]:
        circuit = self.architecture.circuit(_objective_of(l2, reduction, sample_weight))
        feeds = self._feeds(circuit, X)
        rows = len(feeds[circuit.X])
        if rows == 0:
            raise NetworkError("X has no rows, so there is no loss")
        feeds[circuit.targets] = check_targets(y, rows, self.architecture, self.dtype)
        feeds[circuit.l2], feeds[circuit.count] = l2, rows
        if sample_weight is not None:
            feeds[circuit.sample_weight] = check_weights(sample_weight, rows, self.dtype)
            feeds[circuit.count] = feeds[circuit.sample_weight].sum()
        return circuit, feeds

    def __repr__(self) -> str:
        shape = self.architecture
        hidden = list(dict.fromkeys(str(gate) for gate in shape.gates[:-1]))
        gates = [", ".join(hidden)] if hidden else []
        after = shape.gates[-1]
        loss = str(shape.loss) if after.name == "identity" else f"{shape.loss} after {after}"
        parts = [_sizes(shape), *gates, loss, f"{self.n_parameters:,} parameters"]
        return f"Network({', '.join(parts)})"


def _objective_of(l2: float, reduction: str, sample_weight: ArrayLike | None) -> Objective:
    return Objective(reduction, check_l2(l2) != 0, sample_weight is not None)


def _sizes(shape: Architecture) -> str:
    return "-".join(map(str, shape.layers))
