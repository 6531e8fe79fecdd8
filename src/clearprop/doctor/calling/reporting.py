"""What is said of a search: notes on the way that was found, or why none was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import DoctorError
from .leaves import leaves, shown
from .notes import Note
from .search import HOPELESS, Search, Trial
from .template import EXAMPLE, Template

__all__ = ["notes_of", "nothing_fits"]


def notes_of(search: Search, trial: Trial, *, given: bool) -> tuple[Note, ...]:
    """Return what was matched and how."""
    way, reading, net = trial.way, trial.reading, search.net
    template = Template(way.call, search.subject.name)
    weights = [n for n in net.parameters if n[0] == "W"]
    biases = [n for n in net.parameters if n[0] == "b"]
    notes = [] if given else [Note("call", {"call": way.call})]
    if way.single:
        notes.append(Note("single"))
    if "X" not in template.words and "y" not in template.words:
        notes.append(Note("no data"))
    elif way.layout.x == "columns" and not way.single:
        notes.append(Note("x columns"))
    if "y" in template.words and way.layout.y not in ("numbers", "rows"):
        notes.append(Note(f"y {way.layout.y}"))
    if way.layout.w == "out_in":
        notes.append(Note("w", {"names": ", ".join(weights)}))
    if "Theta" in way.call:
        thetas = [f"Theta{k}" for k in range(1, len(weights) + 1)]
        notes.append(Note("theta", {"names": ", ".join(thetas)}))
    elif way.layout.b != "flat":
        notes.append(Note(f"b {way.layout.b}", {"names": ", ".join(biases)}))
    return (*notes, *_of_results(search, trial), *_of_loss(search, reading.loss))


def _of_results(search: Search, trial: Trial) -> list[Note]:
    reading, notes = trial.reading, []
    places = [(path, what) for path, what in trial.way.recipe if not _is_named(path)]
    flat = [what[5:] for _, what in places if what.startswith("flat:")]
    if flat:
        notes.append(Note("flat", {"names": flat[0].replace(",", ", ")}))
    elif len(places) > 1:
        names = ", ".join(what if what == "loss" else f"d{what}" for _, what in sorted(
            places, key=lambda part: [str(key).zfill(9) for key in part[0]]))  # fmt: skip
        notes.append(Note("order", {"names": names}))
    for key in ("turned", "reshaped"):
        names = ", ".join(name for name, how in reading.how.items() if how == key)
        if names:
            notes.append(Note(key, {"names": names}))
    for name, how in reading.how.items():
        if how == "misfit":
            shape = reading.gradients[name].shape
            notes.append(Note("misfit", {"name": name, "shape": shape,
                                         "expected": search.shapes[name]}))  # fmt: skip
    missing = ", ".join(name for name in search.shapes if name not in reading.gradients)
    return [*notes, Note("missing", {"names": missing})] if missing else notes


def _is_named(path: Sequence[Any]) -> bool:
    return any(isinstance(key, str) and key not in ("", "@") for key in path)


def _of_loss(search: Search, loss: float | None) -> list[Note]:
    if loss is None:
        return []
    judge = search.judge
    convention = judge.loss(loss)
    if convention is not None:
        return [Note("loss", {"convention": convention})]
    mean, total = judge.total / judge.n_rows, judge.total
    return [Note("loss unknown", {"value": f"{loss:.6g}", "mean": f"{mean:.6g}",
                                  "sum": f"{total:.6g}"})]  # fmt: skip


def nothing_fits(search: Search, texts: Sequence[str], *, given: bool) -> DoctorError:
    """Return the error that says why no way to call a function was found."""
    advice = f"say how it is called with call='...', {EXAMPLE}"
    if given:
        advice = "write X.T, W1.T, b1[:, None] or one_hot(y) where it takes them so"
    if not texts:
        return DoctorError(f"the names of its arguments do not say what they are; {advice}")
    if search.unread:
        text, result = search.unread[0]
        expected = ", ".join(f"d{n} {s}" for n, s in search.shapes.items())
        return DoctorError(f"no gradients could be found in what the function gives back: "
                           f"{_came(result)}; expected are {expected}, and perhaps the loss. "
                           f"Called as {text}")  # fmt: skip
    if not search.failures:
        return DoctorError(f"there is no way to call it; {advice}")
    text, furthest = max(search.failures, key=lambda each: each[1].line)  # the first of equals
    named = furthest.kind in {kind.__name__ for kind in HOPELESS} | {"exit"}
    otherwise = "" if named else f"; if it is meant otherwise, {advice}"
    return DoctorError(f"{furthest.report()}\n(called as {text}{otherwise})")


def _came(result: Any) -> str:
    """Return what a result is, in words."""
    if result is None:
        return "it returns None (is a return missing?)"
    found = leaves(result)
    if not found:
        return f"it returns {result!r:.80}"
    kind = type(result).__name__
    if found[0].path == ():
        return f"it returns a {kind} of shape {np.shape(result)}" if np.ndim(result) else (
            f"it returns a number, {found[0].array:.6g}")  # fmt: skip
    parts = ", ".join(f"{shown(leaf.path)} of shape {leaf.array.shape}" for leaf in found[:8])
    return f"it returns a {kind} with {parts}{' and more' if len(found) > 8 else ''}"
