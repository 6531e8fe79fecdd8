"""Finding out how a function is called: ways are tried until one runs and its results fit.

Ways are calls (:mod:`.guess`) in layouts (:mod:`.layouts`), whose results are read
by recipes (:mod:`.results`). Of those that run, the one stands whose loss is the network's
and whose gradients fit (:mod:`.judging`).
"""

from __future__ import annotations

import contextlib
import io
import time
import types
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...errors import DoctorError
from ...network import Network
from ...numerics import quiet
from .failures import Failure
from .judging import Fit, Judge
from .layouts import Array, Layout, layouts
from .leaves import Leaf, leaves
from .results import Reading, Recipe, read, recipes
from .source import returned_names
from .subjects import Subject
from .template import Template
from .words import Words, order_of

__all__ = ["Search", "Way", "result_of"]

PATIENCE = 20.0
"""Seconds of looking for a better way, where one fits already."""
HOPELESS = (NameError, ImportError, NotImplementedError, SystemExit, MemoryError)


@dataclass(frozen=True)
class Way:
    """A way to call a function and to read what comes back.

    Parameters
    ----------
    call : str
    layout : Layout
    recipe : Recipe
    single : bool
        Whether each sample goes in by itself, and results are added up.
    turned : bool
        Whether square gradients are transposed, as the others are.
    """

    call: str
    layout: Layout
    recipe: Recipe = ()
    single: bool = False
    turned: bool = False


@dataclass(frozen=True)
class Trial:
    """A way that ran, and how well its answer fits."""

    way: Way
    reading: Reading
    fit: Fit


def result_of(subject: Subject, template: Template, words: Words) -> tuple[list[Leaf], Any]:
    """Call once and return all arrays that came back or were left behind, and the result."""
    result = template.run(subject.ready(words), words, subject.others)
    if isinstance(result, types.GeneratorType):
        result = list(result)
    found = [Leaf(("", *leaf.path), leaf.array) for leaf in leaves(result)]
    found += subject.after(words)
    return [leaf for leaf in found if not _handed_back(leaf.array, words)], result


def _handed_back(array: Array, words: Words) -> bool:
    """Whether this is an argument, given back as it was."""
    return any(
        array.size == given.size
        and array.__array_interface__["data"] == given.__array_interface__["data"]
        and np.array_equal(given, words.before[name], equal_nan=True)
        for name, given in words.handed.items()
    )


class Search:
    """Looks for the way to call a function."""

    def __init__(
        self,
        subject: Subject,
        net: Network,
        X: Array,
        y: Array,
        l2: float | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self.patience = patience
        self.subject, self.net, self.X, self.y, self.l2 = subject, net, X, y, l2
        self.shapes = {name: array.shape for name, array in net.parameters.items()}
        self.judge = Judge(net, X, y, l2)
        returned = returned_names(subject.function)
        self.returned = {("", *path): name for path, name in returned.items()}
        self.failures: list[tuple[str, Failure]] = []
        self.unread: list[tuple[str, Any]] = []
        self._result: Any = None
        self._hopeless = False

    def best(self, texts: Iterable[str]) -> Trial | None:
        """Return the best way; None if nothing fits."""
        texts = list(dict.fromkeys(texts))
        found = self._try(texts, one=False)
        best = found[0] if found else None
        if best is None or not (best.fit.whole or best.fit.loss == 2 or self._not_summed(best)):
            alone = self._try(texts, one=True)
            if alone and alone[0].fit.whole and (best is None or alone[0].fit.certain):
                return alone[0]
        if best is not None and len(self.X) in self.net.layers and not best.fit.certain:
            return self._with_other_rows(found)
        return best

    def _not_summed(self, trial: Trial) -> bool:
        """Whether all that does not fit are bias gradients of each sample by itself.

        Functions for a single sample as a column, x, give such when they get all samples.
        """
        reading = trial.reading
        misfits = [name for name, how in reading.how.items() if how == "misfit"]
        rows = {reading.gradients[name].shape[:1] for name in misfits}
        single = trial.way.layout.x == "columns" and "x" in self.subject.arguments(trial.way.call)
        return rows == {(len(self.X),)} and all(n[0] == "b" for n in misfits) and not single

    def _try(self, texts: Sequence[str], *, one: bool) -> list[Trial]:
        """Return the ways that run and fit, the best first."""
        found: list[Trial] = []
        started = time.monotonic()
        for text in texts:
            template = Template(text, self.subject.name)
            for layout in self._layouts(template, one):
                trial = self._once(template, layout, one)
                if trial is not None:
                    found.append(trial)
                    if trial.fit.certain:
                        return [trial]
                elif self._hopeless:
                    break
                if found and time.monotonic() - started > self.patience:
                    return _sorted(found)
        return _sorted(found)

    def _layouts(self, template: Template, one: bool) -> Iterator[Layout]:
        """Yield the layouts that make a difference to a call, and that it allows."""
        words, fixed = template.words, template.fixed
        whole = {"params", "model", "flat"} & words or self.subject.holder
        has = {
            "x": "X" in words, "y": "y" in words,
            "w": bool(whole or any(w[0] in "WT" for w in words)),
            "b": bool(whole or any(w[0] == "b" for w in words)),
        }  # fmt: skip
        kinds = {word[0] for word in fixed}
        seen = set()
        for layout in layouts(self.net, one=one):
            key = tuple(getattr(layout, part) for part, matters in has.items() if matters)
            if key in seen or not self.subject.takes(layout, self.net):
                continue
            if (
                ("X" in kinds and layout.x == "columns")
                or ("y" in kinds and layout.y not in ("numbers", "rows"))
                or ("W" in kinds and layout.w == "out_in")
                or ("b" in kinds and layout.b != "flat")
            ):
                continue
            seen.add(key)
            yield layout

    def _once(self, template: Template, layout: Layout, one: bool) -> Trial | None:
        order = order_of(template.text, self.net)
        self.subject.restore()
        try:
            with muted():
                first = self._leaves(template, layout, self.X, self.y, one)
        except DoctorError:
            raise
        except (Exception, SystemExit) as error:
            self.failures.append((template.text, Failure.of(error)))
            self._hopeless = isinstance(error, HOPELESS)
            return None
        self._hopeless = False
        best: Trial | None = None
        for recipe in recipes(first[0], order, self.shapes, self.returned):
            way = Way(template.text, layout, recipe, one)
            trial = self._judged(way, first)
            if trial is not None and (best is None or trial.fit > best.fit):
                best = trial
                if best.fit.whole and best.fit.explained == len(self.shapes):
                    break
        if best is None:
            self.unread.append((template.text, self._result))
        return best

    def _leaves(
        self, template: Template, layout: Layout, X: Array, y: Array, one: bool
    ) -> list[list[Leaf]]:
        """Return what comes back: once, or for each sample."""
        rows = [slice(i, i + 1) for i in range(len(X))] if one else [slice(None)]
        found = []
        for part in rows:
            words = Words(self.net, layout, self.net.parameters, X[part], y[part], self.l2)
            arrays, result = result_of(self.subject, template, words)
            found.append([Leaf(leaf.path, np.array(leaf.array)) for leaf in arrays])
            self._result = result
        return found

    def _judged(self, way: Way, found: Sequence[Sequence[Leaf]]) -> Trial | None:
        rows = 1 if way.single else len(self.X)
        readings = [
            read(
                {leaf.path: leaf.array for leaf in each}, way.recipe, self.shapes, way.layout, rows
            )
            for each in found
        ]
        reading = added(readings)
        if not reading.gradients or ("misfit" in reading.how.values() and way.single):
            return None
        if not any(how != "misfit" for how in reading.how.values()):
            return None
        taken = {path for path, _ in way.recipe}
        left = sum(1 for leaf in found[0] if leaf.path not in taken and not _is_named(leaf))
        if left and any(what.startswith("Theta") for _, what in way.recipe):
            return None  # arrays as large as weights with their biases, beside others: chance
        if left and way.single and len(reading.gradients) < len(self.shapes):
            return None  # what is left over are the gradients that are missing, in other shapes
        way = replace(way, turned=_turned(reading, self.shapes))
        if way.turned and not way.single:
            arrays = {leaf.path: leaf.array for leaf in found[0]}
            reading = read(arrays, way.recipe, self.shapes, way.layout, rows, True)
        with quiet():
            return Trial(way, reading, self.judge.fit(reading, left))

    def _with_other_rows(self, found: Sequence[Trial]) -> Trial:
        """Return the first way that also runs where no two axes are of equal length by chance."""
        return next((trial for trial in found if self._runs_with_other_rows(trial)), found[0])

    def _runs_with_other_rows(self, trial: Trial) -> bool:
        way = trial.way
        rows = next(n for n in range(2, 99) if n not in self.net.layers)
        pick = np.arange(rows) % len(self.X)
        template = Template(way.call, self.subject.name)
        self.subject.restore()
        try:
            with muted():
                each = self._leaves(template, way.layout, self.X[pick], self.y[pick], way.single)
        except (Exception, SystemExit):
            return False
        arrays = {leaf.path: leaf.array for leaf in each[0]}
        reading = read(arrays, way.recipe, self.shapes, way.layout, 1 if way.single else rows)
        return sum(how != "misfit" for how in reading.how.values()) == trial.fit.fitting


def _is_named(leaf: Leaf) -> bool:
    return any(name not in ("", "@") for name in leaf.names)


def _sorted(found: list[Trial]) -> list[Trial]:
    return sorted(found, key=lambda trial: trial.fit, reverse=True)  # the first of equals stays


def _turned(reading: Reading, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether all weights that show it came transposed, so that square ones did, too."""
    shown = [how for name, how in reading.how.items()
             if len(shapes[name]) == 2 and len(set(shapes[name])) == 2
             and min(shapes[name]) > 1 and how != "misfit"]  # fmt: skip
    return bool(shown) and all(how == "turned" for how in shown)


def added(readings: Sequence[Reading]) -> Reading:
    """Return one reading of many samples' readings: losses and gradients added up."""
    first = readings[0]
    if len(readings) == 1:
        return first
    losses = [each.loss for each in readings if each.loss is not None]
    gradients = {
        name: np.sum([each.gradients[name] for each in readings], axis=0)
        for name in first.gradients
        if all(name in each.gradients for each in readings)
        and len({each.gradients[name].shape for each in readings}) == 1
    }
    others = {
        name: np.concatenate([each.others[name] for each in readings])
        for name in first.others
        if all(name in each.others for each in readings)
    }
    return Reading(
        sum(losses) if len(losses) == len(readings) else None, gradients, others,
        {name: how for name, how in first.how.items() if name in gradients},
    )  # fmt: skip


@contextlib.contextmanager
def muted() -> Iterator[None]:
    """Let a function print and warn without being heard, while ways are tried."""
    nowhere = io.StringIO()
    with (
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
