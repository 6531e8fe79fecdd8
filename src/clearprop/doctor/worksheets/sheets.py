"""The worksheets of a class as data: each student's numbers, and what is right.

>>> import clearprop as cp
>>> sheets = cp.make_worksheets([2, 2, 1], 2, seed=1, ask=["w1"])
>>> Worksheets.from_json(sheets.to_json()).to_json() == sheets.to_json()
True
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...architecture import Architecture
from ...errors import DoctorError
from ...explanation.derivation import Derivation
from ...explanation.explaining import explain_network
from ...explanation.naming import Naming
from ...network import Network
from .questions import Question, questions_of


@dataclass(frozen=True)
class Task:
    """What all sheets of a class have in common.

    Attributes
    ----------
    shape : Architecture
    ask : tuple of str
        The parameters asked about.
    learning_rate : float
    digits : int
        Significant figures of each answer.
    tolerance : int
        By how many units the last figure may be off.
    language : {"en", "zh"}
    seed : int
    """

    shape: Architecture
    ask: tuple[str, ...]
    learning_rate: float = 0.5
    digits: int = 4
    tolerance: int = 1
    language: str = "en"
    seed: int = 0

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All that is asked, in the order of a sheet."""
        return questions_of(self.shape, self.ask)

    @cached_property
    def naming(self) -> Naming:
        """What the numbers are called."""
        return Naming(self.shape)

    @property
    def network(self) -> str:
        """The sizes of the layers: ``2-2-2``."""
        return "-".join(map(str, self.shape.layers))


@dataclass(frozen=True, eq=False)
class Student:
    """One sheet: its numbers, and the right answers.

    Attributes
    ----------
    task : Task
    number : int
        Of the sheet, from 1.
    name : str
        Of the student; empty where it is not known.
    net : Network
    x : tuple of float
    y : int or tuple of float
        The right class (from 0), or the targets.
    """

    task: Task
    number: int
    name: str
    net: Network
    x: tuple[float, ...]
    y: int | tuple[float, ...]

    @cached_property
    def derivations(self) -> dict[str, Derivation]:
        """The derivation of each parameter that is asked about."""
        found: dict[str, Derivation] = {}
        for name in self.task.ask:
            one = explain_network(self.net, self.x, self.y, name,
                                  learning_rate=self.task.learning_rate)  # fmt: skip
            assert isinstance(one, Derivation)  # noqa: S101 (a sheet's network is small)
            found[name] = one
        return found

    @cached_property
    def first(self) -> Derivation:
        """One derivation; the forward pass is the same in all."""
        return next(iter(self.derivations.values()))

    @cached_property
    def values(self) -> dict[str, float]:
        """Every number of the forward pass, given or computed."""
        return self.first.values

    @cached_property
    def right(self) -> dict[str, float]:
        """The right answer to each question."""
        found = {}
        for question in self.task.questions:
            if question.kind == "value":
                found[question.key] = self.values[question.name]
            else:
                one = self.derivations[question.name]
                found[question.key] = float(one.total if question.kind == "slope" else one.updated)  # type: ignore[arg-type]
        return found

    @cached_property
    def gradients(self) -> dict[str, np.ndarray[Any, Any]]:
        """The derivative by every parameter, as arrays."""
        return self.net.gradients(np.array([self.x]), self.targets)

    def answers(self) -> Iterator[tuple[Question, float]]:
        """Yield each question with its right answer."""
        for question in self.task.questions:
            yield question, self.right[question.key]

    @property
    def parameters(self) -> dict[str, float]:
        """Its weights and biases by name."""
        return {
            name: float(self.net.parameters[array][place])
            for name, array, place in self.task.naming.parameters()
        }

    @property
    def targets(self) -> np.ndarray[Any, Any]:
        """The targets of its one sample, as a network takes them."""
        return np.array([self.y])


@dataclass(frozen=True, eq=False)
class Worksheets:
    r"""The worksheets of a class: data, with views.

    Attributes
    ----------
    task : Task
        What is asked; the same for all.
    students : tuple of Student

    Examples
    --------
    >>> import clearprop as cp
    >>> sheets = cp.make_worksheets([2, 2, 2], 2, seed=7, names=["Ada", "Ben"])
    >>> "Ada" in sheets.html(1), r"\begin{document}" in sheets.latex(2)
    (True, True)
    """

    task: Task
    students: tuple[Student, ...]

    def __getitem__(self, number: int) -> Student:
        """Return the sheet of a number, from 1 (KeyError if there is none)."""
        if not 1 <= number <= len(self.students):
            raise KeyError(f"there is no sheet {number}; there are 1 to {len(self.students)}")
        return self.students[number - 1]

    def __len__(self) -> int:
        """Return how many sheets there are."""
        return len(self.students)

    def __repr__(self) -> str:
        return (f"Worksheets({len(self)} sheets of a {self.task.network} network, "
                f"{len(self.task.questions)} answers each)")  # fmt: skip

    def html(self, *numbers: int) -> str:
        """Return sheets as one page to be printed; all of them where none is named."""
        from .sheet_html import sheets_page  # noqa: PLC0415 (a view; opened when it is asked for)

        return sheets_page(self.task, self._some(numbers))

    def latex(self, *numbers: int) -> str:
        """Return sheets as one LaTeX document; all of them where none is named."""
        from .sheet_latex import sheets_document  # noqa: PLC0415 (a view)

        return sheets_document(self.task, self._some(numbers))

    def key_html(self, *numbers: int) -> str:
        """Return right answers and full derivations as one page."""
        from .key import key_page  # noqa: PLC0415 (a view)

        return key_page(self.task, self._some(numbers))

    def key_latex(self, *numbers: int) -> str:
        """Return right answers and full derivations as one LaTeX document."""
        from .key import key_document  # noqa: PLC0415 (a view)

        return key_document(self.task, self._some(numbers))

    def _some(self, numbers: tuple[int, ...]) -> list[Student]:
        return [self[number] for number in numbers] or list(self.students)

    def template(self) -> str:
        """Return the table to be filled in, as CSV: a row for each sheet."""
        from .tables import template  # noqa: PLC0415 (a view)

        return template(self)

    def to_json(self) -> str:
        """Return all of it as JSON; see :func:`clearprop.doctor.worksheets.keeping.to_json`."""
        from .keeping import to_json  # noqa: PLC0415 (files are opened when they are asked for)

        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Worksheets:
        """Return what :meth:`to_json` was made of; DoctorError if it is no such thing."""
        from .keeping import from_json  # noqa: PLC0415

        return from_json(text)

    def save(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write sheets, key, template and data into a folder, and return the files' paths.

        Raises
        ------
        DoctorError
            If the folder cannot be written to.
        """
        from .keeping import save  # noqa: PLC0415

        return save(self, Path(folder))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Worksheets:
        """Return what :meth:`save` wrote, from its folder or from its ``sheets.json``.

        Raises
        ------
        DoctorError
            If there is none, or it is not sound.
        """
        from .keeping import load  # noqa: PLC0415

        return load(Path(path))


def check_language(language: str) -> str:
    """Return a language that there is (DoctorError)."""
    if language not in ("en", "zh"):
        raise DoctorError(f'language is "en" or "zh", not {language!r}')
    return language
