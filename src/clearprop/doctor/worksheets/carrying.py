"""What follows from the numbers that a student wrote: errors carried on, numbers rounded early.

An answer that is wrong because an earlier one is wrong, and right otherwise, is a follow-through:
the method is right. The earlier number is known only as it was written, to so many figures; what
that leaves open is added to the room that the answer has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from ...explanation.reading import value_of
from .marking import agrees, rounded, unit
from .questions import Question
from .sheets import Student

Numbers: TypeAlias = Mapping[str, float]
Keep: TypeAlias = Callable[[float], float]
Rounding: TypeAlias = Callable[[float, int], float]
ROUNDINGS: Mapping[str, Rounding] = {"figures": rounded, "decimals": round}


def forward(student: Student, fixed: Numbers, keep: Keep = float) -> dict[str, float]:
    """Return every number of the forward pass, where some steps are fixed.

    ``keep`` is what is kept of each number that is computed.
    """
    found: dict[str, float] = {}
    for step in student.first.steps:
        if step.name in fixed:
            found[step.name] = fixed[step.name]
        elif step.formula is None:
            found[step.name] = step.value
        else:
            found[step.name] = keep(value_of(step.formula, found))
    return found


def backward(student: Student, parameter: str, values: Numbers, keep: Keep = float) -> float:
    """Return a derivative by the chain rule, from these numbers of the forward pass."""
    derivation = student.derivations[parameter]
    found = {derivation.result: 1.0}
    for delta in derivation.deltas:
        found[delta.name] = keep(
            sum(
                found[term.of] * keep(value_of(term.symbol, values))
                for term in delta.terms
                if term.of in found
            )
        )
    return found.get(parameter, 0.0)


class Carried:
    """What a student's own wrong numbers lead to.

    Parameters
    ----------
    student : Student
    written : mapping of str to float
        The wrong answers that are numbers, by question.
    right : collection of str
        The questions that were answered rightly.
    """

    def __init__(self, student: Student, written: Numbers, right: set[str]) -> None:
        self.student = student
        values = {q.key for q in student.task.questions if q.kind == "value"}
        self.wrong = {key: value for key, value in written.items() if key in values}
        self.slopes = {key: value for key, value in written.items() if key not in values}
        self.fixed = {key: student.right[key] for key in right & values} | self.wrong

    def expected(self, question: Question, fixed: Numbers | None = None) -> float:
        """Return what an answer should be, given the student's other numbers."""
        student, here = self.student, dict(self.fixed if fixed is None else fixed)
        here.pop(question.key, None)
        values = forward(student, here)
        if question.kind == "value":
            return values[question.name]
        if question.kind == "slope":
            return backward(student, question.name, values)
        slope = self.slopes.get(f"dloss/d{question.name}")
        if slope is None:
            slope = backward(student, question.name, values)
        return values[question.name] - student.task.learning_rate * slope

    def causes(self, question: Question, given: float) -> tuple[str, ...]:
        """Return the wrong answers that this one follows from; none where it does not."""
        task = self.student.task
        slope = f"dloss/d{question.name}"
        if question.kind == "new" and slope in self.slopes:
            room = task.learning_rate * unit(self.slopes[slope], task.digits) / 2
            expected = self.expected(question)
            return (slope,) if self._fits(given, expected, room) else ()
        moved = {key: self._moved(question, key) for key in self.wrong if key != question.key}
        causes = tuple(key for key, (by, _) in moved.items() if by)
        room = sum(room for _, room in moved.values())
        if causes and self._fits(given, self.expected(question), room):
            return causes
        return ()

    def _fits(self, given: float, expected: float, room: float) -> bool:
        task = self.student.task
        units = room / unit(expected, task.digits)
        return agrees(given, expected, task.digits, task.tolerance + units)

    def _moved(self, question: Question, key: str) -> tuple[bool, float]:
        """Return whether a wrong number moves what is expected, and what its rounding leaves."""
        ahead = dict(self.fixed)
        here = self.expected(question)
        half = unit(ahead[key], self.student.task.digits) / 2
        right = self.expected(question, {**ahead, key: self.student.right[key]})
        nudged = self.expected(question, {**ahead, key: ahead[key] + half})
        return right != here, abs(nudged - here)


class RoundedEarly:
    """What comes out where every number on the way is rounded; most figures first."""

    def __init__(self, student: Student) -> None:
        self.student = student
        self._numbers: dict[tuple[str, int], dict[str, float]] = {}

    def found(self, question: Question, given: float) -> tuple[str, int] | None:
        """Return how numbers were rounded, if that gives an answer; None where it does not."""
        task = self.student.task
        right = self.student.right[question.key]
        for count in range(task.digits, 1, -1):
            for how in ROUNDINGS:
                value = self._answers(how, count)[question.key]
                off = not agrees(value, right, task.digits, task.tolerance)
                if off and agrees(given, value, task.digits, 0):
                    return how, count
        return None

    def _answers(self, how: str, count: int) -> dict[str, float]:
        """Return all answers of a sheet, rounded so on the way."""
        if (how, count) not in self._numbers:
            rounding, task = ROUNDINGS[how], self.student.task

            def keep(value: float) -> float:
                return rounding(value, count)

            values = forward(self.student, {}, keep)
            found = {q.key: values[q.name] for q in task.questions if q.kind == "value"}
            for name in task.ask:
                slope = backward(self.student, name, values, keep)
                found[f"dloss/d{name}"] = slope
                found[f"{name}_new"] = values[name] - task.learning_rate * slope
            self._numbers[how, count] = found
        return self._numbers[how, count]
