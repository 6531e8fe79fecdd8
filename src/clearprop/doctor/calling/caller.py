"""Calling a function that computes gradients, however it was written.

People's functions take the parameters one by one, in a dict, a list, a flat vector or an object,
samples as rows or columns, weights as (n_in, n_out) or (n_out, n_in), classes as numbers or
one-hot, and give gradients back in as many ways. :func:`find_caller` finds out which; what it gives
is called with ClearProp's names and shapes, and answers in them.

>>> import numpy as np
>>> import clearprop as cp
>>> def mine(X, T, W1, b1):
...     error = (W1 @ X + b1 - T) / X.shape[1]
...     return error @ X.T, error.sum(axis=1, keepdims=True)
>>> net = cp.Network([2, 1], loss="squared_error", seed=3)
>>> X, y = np.array([[1.0, 2.0], [0.5, -1.0], [0.0, 3.0]]), np.array([[1.0], [0.0], [2.0]])
>>> caller = find_caller(mine, net, X, y)
>>> answer = caller(net.parameters, X, y)
>>> all(np.allclose(answer.gradients[name], g) for name, g in net.gradients(X, y).items())
True
>>> for note in caller.notes[:3]:
...     print(note.text())
it is called as f(X, y, W1, b1)
X goes in with a column for each sample
y goes in with a column for each sample
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...errors import DoctorError
from ...network import Network
from ...samples import check_features, check_targets
from .failures import Failure
from .layouts import Array
from .leaves import shown
from .notes import Note
from .reporting import notes_of, nothing_fits
from .results import Reading, read
from .search import PATIENCE, Search, Way, added, result_of
from .subjects import Subject, subject_of
from .template import Template
from .words import Words

__all__ = ["Answer", "Caller", "find_caller"]


@dataclass(frozen=True)
class Answer:
    """What one call gave, brought to our names and shapes.

    Attributes
    ----------
    loss : float or None
    gradients : mapping of str to array
        ``W1`` (n_in, n_out), ``b1`` (n_out,), ... as far as given. One whose shape fits
        nothing is kept: as (n_samples, n_out) where it has these axes, else as it came.
    others : mapping of str to array
        Steps of the network that came back under names: ``delta1, dA1, Z1, A1, P``, each
        (n_samples, n_neurons).
    raw : mapping of str to array
        The arrays as they came, by the ways to them: ``[0]``, ``['dW1']``; those of an
        object's attributes begin with ``@``.
    misfits : tuple of str
        The gradients whose shapes fit nothing.
    """

    loss: float | None
    gradients: Mapping[str, Array]
    others: Mapping[str, Array]
    raw: Any
    misfits: tuple[str, ...] = ()


class Caller:
    """Calls a function in the way that was found for it.

    Attributes
    ----------
    notes : tuple of Note
        What was matched and how; ``note.text("en")`` says it.
    way : Way
        The call, the layout and the recipe.
    """

    def __init__(
        self,
        subject: Subject,
        net: Network,
        way: Way,
        notes: tuple[Note, ...] = (),
        l2: float | None = None,
    ) -> None:
        self.subject, self.net, self.way, self.notes = subject, net, way, notes
        self._l2 = l2
        self._template = Template(way.call, subject.name)
        self._shapes = {name: array.shape for name, array in net.parameters.items()}
        self._handed: list[tuple[str, Array, Array]] = []

    def __call__(self, parameters: Mapping[str, Array], X: ArrayLike, y: ArrayLike) -> Answer:
        """Call the function with fresh copies, and return what it gave.

        Parameters
        ----------
        parameters : mapping of str to array
            As of ``net.parameters``.
        X : array of shape (n_samples, n_in)
        y : array
            As the network takes it.

        Raises
        ------
        DoctorError
            If the function raises an error; the message says where.
        """
        X, y = np.asarray(X), np.asarray(y)
        self._handed = []
        rows = [slice(i, i + 1) for i in range(len(X))] if self.way.single else [slice(None)]
        readings: list[Reading] = []
        raw: dict[str, Array] = {}
        for part in rows:
            words = Words(self.net, self.way.layout, parameters, X[part], y[part], self._l2)
            try:
                found, _ = result_of(self.subject, self._template, words)
            except DoctorError:
                raise
            except (Exception, SystemExit) as error:
                raise DoctorError(f"the function fails: {Failure.of(error).text()}") from error
            finally:
                self._remember(words)
            arrays = {leaf.path: leaf.array for leaf in found}
            n_rows = 1 if self.way.single else len(X)
            readings.append(read(arrays, self.way.recipe, self._shapes, self.way.layout, n_rows,
                                 self.way.turned))  # fmt: skip
            raw = {shown(path[1:]) if path[0] == "" else "@" + shown(path[1:]): array
                   for path, array in arrays.items()}  # fmt: skip
        one = added(readings)
        misfits = tuple(name for name, how in one.how.items() if how == "misfit")
        return Answer(one.loss, one.gradients, one.others, raw, misfits)

    def _remember(self, words: Words) -> None:
        for name, array in words.handed.items():
            self._handed.append((name, array, words.before[name]))

    def arguments(
        self, parameters: Mapping[str, Array], X: ArrayLike, y: ArrayLike
    ) -> list[tuple[str, Array]]:
        """Return the very arrays that the last call handed over, by our names, in our shapes.

        They are views: what the function wrote into them shows. ``X`` and parameters can be
        compared with what was handed to the call; :meth:`changed` does that for all.
        """
        layout = self.way.layout
        views = []
        for name, array, _ in self._handed:
            view = array
            if (name == "X" and layout.x == "columns") or (name[0] == "W" and layout.w == "out_in"):
                view = array.T
            elif name in self._shapes and name[0] == "b":
                view = array.reshape(self._shapes[name])
            elif name == "y":
                view = layout.y_back(array, self.net)
            views.append((name, view))
        return views

    def changed(self) -> tuple[str, ...]:
        """Return the names of the arrays that the last call changed in place."""
        return tuple(dict.fromkeys(
            name for name, array, before in self._handed
            if not np.array_equal(array, before, equal_nan=True)
        ))  # fmt: skip

    def reset(self) -> None:
        """Put back what the function keeps between calls, as it was before the first."""
        self.subject.restore()


def find_caller(
    fn: Callable[..., Any] | object,
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    call: str | None = None,
    *,
    l2: float | None = None,
    method: str = "",
    patience: float = PATIENCE,
) -> Caller:
    """Find out how a function that computes gradients is called, and how its results are read.

    Ways are tried until one runs and gives arrays of the gradients' shapes; of several, the
    one stands whose loss is the network's.

    Parameters
    ----------
    fn : callable, object, class or Caller
        A function, a method, or an object that holds its parameters as attributes.
    net : Network
        What it should compute the gradients of.
    X : array of shape (n_samples, n_in)
    y : array
        As the network takes it.
    call : str, optional
        How it is called, such as ``"f(X, y, W1.T, b1)"``, where the names of its arguments
        do not say it: see :mod:`clearprop.doctor.calling.template`.
    l2 : float, optional
        For functions with an argument of that meaning.
    method : str
        Which method of an object.
    patience : float
        Seconds to go on looking for a better way where one fits already.

    Returns
    -------
    Caller

    Raises
    ------
    DoctorError
        If no way fits; the message says what was tried and how it went.
    """
    if isinstance(fn, Caller):
        return fn
    X = check_features(X, net.layers[0], net.dtype)
    y = np.asarray(check_targets(y, len(X), net.architecture, net.dtype))
    if not len(X):
        raise DoctorError("X has no rows; a gradient is checked on at least one sample")
    subject = subject_of(fn, net, method)
    search = Search(subject, net, X, y, l2, patience)
    texts = [call] if call is not None else list(subject.guesses(net, l2=l2 is not None))
    try:
        trial = search.best(texts)
    finally:
        subject.restore()
    if trial is None:
        raise nothing_fits(search, texts, given=call is not None)
    notes = notes_of(search, trial, given=call is not None)
    return Caller(subject, net, trial.way, notes, l2)
