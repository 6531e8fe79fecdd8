"""Drawing the numbers of worksheets: short decimals that make good exercises.

A sheet's numbers are drawn, looked at, and drawn again until

* no gate is saturated, dead, or near a kink: it has at least a fifth of its largest slope;
* no answer is tiny, and no derivative is a small difference of large shares;
* one step of gradient descent can be seen in the figures asked for;
* no known mistake, in the doctor's table or on paper, gives a right answer by chance;
* no other sheet has the same numbers.

Each sheet has a stream of random numbers of its own, keyed by seed and number: more students do
not change the sheets of those before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...architecture import architecture
from ...errors import DoctorError
from ...network import Network
from ...numerics import evaluate_gate, evaluate_slopes
from ...settings import check_seed
from ...tables.gates import Gate
from ...tables.losses import LOSSES, Loss
from .around import slips_at
from .keeping import DIGITS, LARGEST, LONGEST_NAME, MOST_STUDENTS, TOLERANCES, check_shape
from .marking import unit
from .planted import DIFFERENT, Plants
from .questions import asked
from .sheets import Student, Task, Worksheets, check_language

STEP, STEPS = 0.05, 19  # numbers are 0.05, 0.10, ... 0.95, and minus those
MOST_DRAWS = 1_000
LEAST_VALUE, LEAST_SLOPE = 1e-3, 1e-4
LEAST_SUM = 0.02  # what a neuron adds up, and the distance from a kink
SATURATED = 0.2  # of a gate's largest slope
CANCELLED = 0.15  # of the sum of the shares' sizes
VISIBLE = 3  # units of the last figure that a step moves a parameter by
CLEAR = 1.5  # units beyond the tolerance that a mistake's number is off by
_STEPPED = re.compile(r"\b(where|max|min)\b")  # in the slope of a loss: it has steps
TROUBLES = {
    "gate": "a gate was saturated or dead",
    "tiny": "an answer was tiny",
    "cancelled": "a derivative was a small difference of large shares",
    "step": "a step could not be seen (a larger learning_rate, or more digits, would help)",
    "mistake": "a known mistake gave a right answer (more digits would help)",
    "equal": "another sheet had the same numbers",
}


def make_worksheets(
    layers: Sequence[int],
    students: int,
    *,
    seed: int = 0,
    ask: Iterable[str] | str | None = None,
    activation: str | Gate | Sequence[str | Gate] = "sigmoid",
    loss: str | Loss = "squared_error",
    output_activation: str | Gate | None = None,
    shared_bias: bool = True,
    learning_rate: float = 0.5,
    digits: int = 4,
    tolerance: int = 1,
    language: str = "en",
    names: Sequence[str] = (),
) -> Worksheets:
    """Make worksheets for a class: one network, other numbers for each student.

    Parameters
    ----------
    layers : sequence of int
        Inputs, neurons of each hidden layer, outputs: ``[2, 2, 2]``.
    students : int
        How many sheets; where names are given, 0 stands for as many as there are names.
    seed : int
        Decides all numbers: the same seed, the same sheets.
    ask : sequence of str, or text with commas
        The parameters whose derivative and whose value after one step are asked for, ``"all"``
        for all. By default the first weight of each layer and the last bias.
    activation, loss, output_activation, shared_bias
        As for :class:`clearprop.Network`; here a bias is shared by the neurons of a layer, and
        outputs go through a sigmoid by default where the loss compares values.
    learning_rate : float
        Of the one step of gradient descent.
    digits : int
        Significant figures of each answer, from 2 to 10.
    tolerance : int
        By how many units the last figure may be off, from 0 to 5.
    language : {"en", "zh"}
    names : sequence of str
        The students' names, sheet by sheet.

    Returns
    -------
    Worksheets
        ``save(folder)`` writes them; ``html()``, ``latex()``, ``key_html()`` show them.

    Raises
    ------
    DoctorError, NetworkError, TableError
        If this makes no network, or no numbers are found that make a good exercise.

    Examples
    --------
    >>> sheets = make_worksheets([2, 2, 2], 2, seed=7, ask="w1,b2")
    >>> sheets[1].x, sheets[2].x
    ((0.9, 0.45), (0.8, 0.5))
    >>> [question.key for question in sheets.task.questions][-4:]
    ['dloss/dw1', 'dloss/db2', 'w1_new', 'b2_new']
    """
    row = LOSSES.resolve(loss)
    if output_activation is None:
        output_activation = "sigmoid" if row.targets == "value" else "identity"
    shape = check_shape(architecture(layers, activation, row, output_activation, shared_bias))
    known = _names(names)
    count = _whole(students, "students", 0 if known else 1, MOST_STUDENTS) or len(known)
    if len(known) > count:
        raise DoctorError(f"there are {len(known)} names, and sheets for {count} students")
    if not 0 < learning_rate <= LARGEST:
        raise DoctorError(f"learning_rate is a number above 0, such as 0.5, not {learning_rate!r}")
    task = Task(
        shape, asked(shape, ask), float(learning_rate), _whole(digits, "digits", *DIGITS),
        _whole(tolerance, "tolerance", *TOLERANCES), check_language(language), check_seed(seed),
    )  # fmt: skip
    known += [""] * (count - len(known))
    drawing = _Drawing(task)
    return Worksheets(task, tuple(drawing.sheet(k, name) for k, name in enumerate(known, 1)))


def _whole(value: Any, name: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise DoctorError(f"{name} is a whole number from {least} to {most}, not {value!r}")
    return value


def _names(names: Sequence[str]) -> list[str]:
    if isinstance(names, str):
        raise DoctorError('names is a list: ["Ada", "Ben"]')
    found = [" ".join(str(name).split()) for name in names]
    for name in found:
        if not name.isprintable() or len(name) > LONGEST_NAME:
            raise DoctorError(f"a name is a text of at most {LONGEST_NAME} letters, not {name!r}")
    return found


class _Drawing:
    """Draws sheets, one after the other."""

    def __init__(self, task: Task) -> None:
        self.task, self.plants = task, Plants(task)
        self.largest = {gate.spec: _largest_slope(gate) for gate in task.shape.gates}
        self.seen: set[tuple[float, ...]] = set()
        shape = task.shape
        self.kinked = any(gate.kinks for gate in shape.gates) or bool(
            _STEPPED.search(shape.loss.shown or shape.loss.slope)
        )
        self.effective: dict[Any, set[tuple[str, int]]] = {}

    def sheet(self, number: int, name: str) -> Student:
        """Return a sheet with good numbers."""
        draws = np.random.RandomState([self.task.seed, number])
        troubles: Counter[str] = Counter()
        for _ in range(MOST_DRAWS):
            student = self._drawn(draws, number, name)
            trouble = self._trouble(student)
            if not trouble:
                self.seen.add((*student.net.vector, *student.x))
                return student
            troubles[trouble] += 1
        main = ", ".join(f"{TROUBLES[key]} ({count}x)" for key, count in troubles.most_common(2))
        raise DoctorError(
            f"of {MOST_DRAWS:,} draws for a {self.task.network} network none makes a good "
            f"exercise: {main}. Ask about other parameters, or take fewer layers or another "
            "activation"
        )

    def _drawn(self, draws: Any, number: int, name: str, generic: bool = False) -> Student:
        """Draw the numbers of a sheet; ``generic`` ones are no short decimals."""
        task, shape = self.task, self.task.shape
        n_in, n_out = shape.layers[0], shape.layers[-1]
        noise = draws.uniform(-0.01, 0.01, shape.n_parameters + n_in + n_out) * generic
        x = _different(draws, n_in)
        size = _different(draws, shape.n_parameters)
        signs = np.where(draws.uniform(size=len(size)) < 0.3, -1.0, 1.0)
        vector = size * signs + noise[: len(size)]
        y: Any = tuple((_targets(draws, shape.gates[-1], n_out) + noise[-n_out:]).tolist())
        if shape.loss.targets == "class":
            y = int(draws.randint(n_out))
        elif shape.loss.targets == "binary":
            y = tuple(float(v) for v in draws.randint(0, 2, n_out))
        net = Network.of(shape, vector)
        return Student(task, number, name, net, tuple((x + noise[-n_in:]).tolist()), y)

    def _trouble(self, student: Student) -> str:
        """Return what speaks against some numbers; the cheap questions come first."""
        if (*student.net.vector, *student.x) in self.seen:
            return "equal"
        if self._saturated(student):
            return "gate"
        if trouble := self._small(student):
            return trouble
        for derivation in student.derivations.values():
            shares = [path.share for path in derivation.paths]
            if abs(sum(shares)) < CANCELLED * sum(map(abs, shares)):
                return "cancelled"
        return "mistake" if self._given_away(student) else ""

    def _saturated(self, student: Student) -> bool:
        values = student.net.forward(np.array([student.x]))
        for layer, gate in enumerate(self.task.shape.gates, 1):
            z = values[f"Z{layer}"][0]
            if np.any(np.abs(z) < LEAST_SUM):
                return True
            least = 0.0 if gate.kinks else SATURATED * self.largest[gate.spec]
            slopes = np.abs(evaluate_slopes(gate, z)[0])
            if np.any(slopes <= least) or np.any(np.abs(evaluate_gate(gate, z)) < LEAST_VALUE):
                return True
        return False

    def _small(self, student: Student) -> str:
        """Tell whether an answer is tiny, or a step too small to be seen."""
        for name in self.task.ask:
            parameter = self.task.naming.find(name)
            assert parameter is not None  # noqa: S101 (a task asks about parameters there are)
            _, array, place = parameter
            slope = float(student.gradients[array][place])
            if not abs(slope) >= LEAST_SLOPE:
                return "tiny"
            step = self.task.learning_rate * slope
            new = float(student.net.parameters[array][place]) - step
            if abs(step) < VISIBLE * unit(new, self.task.digits) or abs(new) < LEAST_SUM:
                return "step"
        steps = (q.name for q in self.task.questions if q.kind == "value")
        tiny = any(not abs(student.values[name]) >= LEAST_VALUE for name in steps)
        return "tiny" if tiny else ""

    def _effective(self, y: Any) -> set[tuple[str, int]]:
        """Return the slips that change an answer in general."""
        key = None if self.task.shape.loss.targets == "value" else y
        if key not in self.effective:
            drawn = self._drawn(np.random.RandomState(0), 0, "", generic=True)
            generic = drawn if key is None else replace(drawn, y=y)
            self.effective[key] = {
                (question.key, at)
                for question in self.task.questions
                for at, one in enumerate(slips_at(generic, question))
                if not abs(one.value - generic.right[question.key])
                <= DIFFERENT * abs(generic.right[question.key])
            }
        return self.effective[key]

    def _given_away(self, student: Student) -> bool:
        """Tell whether some mistake gives a right answer, which it does not in general."""
        for numbers in self.plants.numbers(student):
            for name, value in numbers.items():
                if self._too_near(value, student.right[f"dloss/d{name}"]):
                    return True
        effective = self._effective(student.y)
        return any(
            (question.key, at) in effective and self._too_near(one.value, right)
            for question, right in student.answers()
            for at, one in enumerate(slips_at(student, question))
        )

    def _too_near(self, value: float, right: float) -> bool:
        """Tell whether a mistake's number could pass for a right answer.

        Where slopes are steps (relu, hinge), some mistakes change nothing on one side of a kink:
        the very same number is no chance, and no other numbers would help.
        """
        off = abs(value - right)
        if self.kinked and off <= DIFFERENT * abs(right):
            return False
        return off <= (self.task.tolerance + CLEAR) * unit(right, self.task.digits)


def _different(draws: Any, count: int) -> np.ndarray[Any, Any]:
    """Draw decimals, all different as long as there are enough."""
    found: list[int] = []
    while len(found) < count:
        found += (draws.permutation(STEPS) + 1).tolist()
    return np.round(np.array(found[:count]) * STEP, 2)


def _targets(draws: Any, gate: Gate, count: int) -> np.ndarray[Any, Any]:
    """Draw targets that the outputs can come to."""
    found = _different(draws, count)
    low = float(evaluate_gate(gate, np.array(-20.0)))
    return found * np.where(draws.uniform(size=count) < 0.5, -1.0, 1.0) if low <= -0.5 else found


def _largest_slope(gate: Gate) -> float:
    return float(np.max(np.abs(evaluate_slopes(gate, np.linspace(-3.0, 3.0, 61))[0])))
