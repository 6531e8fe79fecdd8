"""Why an answer is wrong: the doctor's reasons, found by computing what each mistake would give.

A mistake is the reason where its number agrees with the answer to all the figures that a sheet
asks for. Of several that do, those come first that explain most of a student's wrong answers and
contradict fewest of the others; then the simplest. None is guessed: where nothing fits, the
reason is "unknown".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from .around import slips_at
from .carrying import Carried, RoundedEarly, forward
from .marking import agrees, unit
from .planted import Plants
from .questions import Question
from .sheets import Student

MOST_REASONS = 4
NEAR_UNITS, NEAR = 20, 0.01
LAST = ("turned_sign", "other_number", "tenfold", "tenth", "hundredfold", "hundredth")


@dataclass(frozen=True)
class Reason:
    """One reason.

    Attributes
    ----------
    kind : {"mistake", "slip", "carried", "rounded", "digits", "near", "unknown"}
        A row of the doctor's table, a row of the table of slips, an error carried on, numbers
        rounded early, digits that changed places, nearly right, none of those known.
    name : str
        Of the row; empty for the others.
    facts : mapping
        What its words speak of.
    """

    kind: str
    name: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Finder:
    """Finds the reasons for a student's wrong answers.

    Parameters
    ----------
    plants : Plants
    student : Student
    given : mapping of str to float
        The answers that are numbers.
    right : collection of str
        The questions that were answered rightly.
    """

    def __init__(
        self, plants: Plants, student: Student, given: Mapping[str, float], right: set[str]
    ) -> None:
        self.plants, self.student, self.task = plants, student, student.task
        self.given = given
        self.wrong = {key: value for key, value in given.items() if key not in right}
        self.carried = Carried(student, self.wrong, right)
        self._rounded = RoundedEarly(student)
        self._planted = self._ranked() if self.wrong else []

    def reasons(self, question: Question) -> tuple[Reason, ...]:
        """Return the reasons for one wrong answer, the likeliest first."""
        value = self.wrong[question.key]
        causes = self.carried.causes(question, value)
        found = [Reason("carried", "", {"causes": list(causes)})] if causes else []
        found += self._known(question, value)
        if not found:
            found += self._late(question, value)
        return tuple(_distinct(found)[:MOST_REASONS]) or (Reason("unknown"),)

    def _known(self, question: Question, value: float) -> list[Reason]:
        """Return mistakes and slips that give the number."""
        slips = [
            Reason("slip", one.name, one.facts) for one in slips_at(self.student, question)
            if self._same(value, one.value)
        ]  # fmt: skip
        first = [one for one in slips if one.name not in LAST]
        mistakes = list(self._mistakes(question, value)) if question.kind == "slope" else []
        if question.kind == "new" and not slips:
            mistakes = list(self._updated(question, value))
        if any(one.name == "wrong_sign" for one in mistakes):
            slips = [one for one in slips if one.name != "turned_sign"]
        return [*first, *mistakes, *(one for one in slips if one.name in LAST)]

    def _mistakes(self, question: Question, value: float) -> Iterator[Reason]:
        for number, numbers in self._planted:
            if question.name in numbers and self._same(value, numbers[question.name]):
                one = self.plants.planted[number]
                facts = self.plants.facts(one, question.name)
                yield Reason("mistake", one.mistake.name, facts)

    def _updated(self, question: Question, value: float) -> Iterator[Reason]:
        """Look at updates from the student's own derivative, then from that of each mistake."""
        own = self.given.get(f"dloss/d{question.name}")
        if own is not None:
            for one in slips_at(self.student, question, own):
                if one.name not in LAST and self._same(value, one.value):
                    yield Reason("slip", one.name, one.facts)
            return
        old = self.student.values[question.name]
        for number, numbers in self._planted:
            slope = numbers.get(question.name)
            if slope is not None and self._same(value, old - self.task.learning_rate * slope):
                one_planted = self.plants.planted[number]
                facts = self.plants.facts(one_planted, question.name)
                yield Reason("mistake", one_planted.mistake.name, facts)

    def _late(self, question: Question, value: float) -> Iterator[Reason]:
        """Look at what is less likely: a mistake after others, rounding, digits, nearness."""
        if question.kind == "slope" and self.carried.wrong:
            for one, numbers in zip(self.plants.planted, self._on_top, strict=True):
                if self._same(value, numbers.get(question.name)):
                    facts = self.plants.facts(one, question.name)
                    yield Reason("mistake", one.mistake.name, {**facts, "carried": True})
        right = self.student.right[question.key]
        early = self._rounded.found(question, value)
        if early:
            yield Reason("rounded", early[0], {"count": early[1]})
        elif _digits_swapped(value, right, self.task.digits):
            yield Reason("digits")
        elif abs(value - right) <= max(
            NEAR_UNITS * unit(right, self.task.digits), NEAR * abs(right)
        ):
            yield Reason("near")

    @cached_property
    def _on_top(self) -> list[dict[str, float]]:
        """What each mistake gives on the student's own forward pass."""
        values = forward(self.student, self.carried.fixed)
        return self.plants.numbers(self.student, self._arrays(values))

    def _arrays(self, values: Mapping[str, float]) -> dict[str, Any]:
        """Return the arrays of a forward pass from its numbers by name."""
        shape, naming, found = self.task.shape, self.task.naming, {}
        for layer in range(1, naming.last + 1):
            neurons = range(shape.layers[layer])
            found[f"Z{layer}"] = np.array([[values[naming.z(layer, k)] for k in neurons]])
            found[f"A{layer}"] = np.array([[values[naming.a(layer, k)] for k in neurons]])
        return found

    def _ranked(self) -> list[tuple[int, dict[str, float]]]:
        """Return the mistakes that give a wrong answer: most explained first."""
        ranked = []
        for number, numbers in enumerate(self.plants.numbers(self.student)):
            explained = contradicted = 0
            for name, value in numbers.items():
                key = f"dloss/d{name}"
                if key in self.wrong and self._same(self.wrong[key], value):
                    explained += 1
                elif key in self.given and not self._same(self.given[key], value):
                    contradicted += 1
            ranked.append((-explained, contradicted, number, numbers))
        ranked.sort(key=lambda one: one[:3])
        return [(number, numbers) for *_, number, numbers in ranked]

    def _same(self, given: float, value: float | None) -> bool:
        if value is None or not np.isfinite(value):
            return False
        return agrees(given, value, self.task.digits, self.task.tolerance)


def _distinct(found: list[Reason]) -> list[Reason]:
    """Return the first reason of each row."""
    kept: dict[tuple[str, str], Reason] = {}
    for one in found:
        kept.setdefault((one.kind, one.name), one)
    return list(kept.values())


def _digits_swapped(value: float, right: float, digits: int) -> bool:
    """Tell whether two neighbouring digits of the right answer changed places.

    >>> _digits_swapped(0.3757, 0.3775, 4), _digits_swapped(0.3755, 0.3775, 4)
    (True, False)
    """
    left, below = (f"{one:.{digits - 1}e}".partition("e") for one in (value, right))
    if left[2] != below[2]:
        return False
    off = [k for k, pair in enumerate(zip(left[0], below[0], strict=False)) if pair[0] != pair[1]]
    if len(left[0]) != len(below[0]) or len(off) != 2:
        return False
    a, b = off
    between = left[0][a + 1 : b].replace(".", "")
    return not between and (left[0][a], left[0][b]) == (below[0][b], below[0][a])
