"""What stands on a sheet, part by part, before it is set in HTML or LaTeX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...explanation import reading
from ...explanation.figures import significant
from ...explanation.outline import Side, elided
from ...tables.expression import Expression
from .questions import Question
from .sheets import Student, Task
from .words import say

MORE = 2  # figures to be kept on the way, beyond those of an answer
KINDS = ("value", "slope", "new")
FEW_OUTPUTS = 3  # whose formulas are all written out


@dataclass(frozen=True)
class Given:
    """A group of given numbers: its heading, and each name with its number.

    ``wide`` is for long names.
    """

    heading: str
    numbers: tuple[tuple[str, str], ...]
    wide: bool = False


def minus(text: str) -> str:
    """Return a number with a minus sign for its hyphen, as it is printed."""
    return text.replace("-", "\N{MINUS SIGN}")


def givens(student: Student) -> Iterator[Given]:
    """Yield what a sheet gives."""
    task, values, language = student.task, student.values, student.task.language
    shape, naming = task.shape, task.naming

    def group(key: str, names: list[str]) -> Given:
        numbers = tuple((name, minus(significant(values[name], 12))) for name in names)
        return Given(say(language, key), numbers, wide=key == "targets" or len(names[0]) > 4)

    yield group("inputs", [naming.given(k) for k in range(shape.layers[0])])
    parameters = list(naming.parameters())
    yield group("weights", [name for name, array, _ in parameters if array[0] == "W"])
    yield group("biases", [name for name, array, _ in parameters if array[0] == "b"])
    if isinstance(student.y, int):
        yield Given(say(language, "class"), ((f"o{student.y + 1}", ""),))
    else:
        yield group("targets", [naming.target(k) for k in range(shape.layers[-1])])
    yield Given(say(language, "rate"), (("eta", significant(task.learning_rate, 12)),))


def about(task: Task) -> list[str]:
    """Return what the network is, in sentences."""
    language, shape = task.language, task.shape
    stop, comma = (".", "; ") if language == "en" else ("。", "；")
    parts = []
    last = len(shape.gates)
    for layer, gate in enumerate(shape.gates, 1):
        key = (
            "output layer" if layer == last else "one hidden layer" if last == 2 else "hidden layer"
        )
        where = say(language, key, number=layer)
        plain = layer == last and gate.name == "identity"
        template = "plain output" if plain else "gates"
        parts.append(say(language, template, gate=gate.spec, where=where))
    network = say(language, "network", layers=task.network)
    bias = say(language, "shared" if shape.shared_bias else "own")
    return [network + stop, _capital(comma.join(parts)) + stop, bias]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def rules(task: Task) -> list[str]:
    """Return how answers are to be given, in sentences."""
    digits, tolerance = task.digits, task.tolerance
    key = f"tolerance {tolerance}" if tolerance < 2 else "tolerance"
    return [
        say(task.language, "figures", digits=digits, more=digits + MORE),
        say(task.language, key, tolerance=tolerance),
    ]


def formulas(student: Student) -> Iterator[tuple[str, Side]]:
    """Yield the formulas of gates and loss: what is on the left, and what it is equal to."""
    shape, naming = student.task.shape, student.task.naming
    seen = set()
    for gate in shape.gates:
        if gate.name != "identity" and gate.spec not in seen:
            seen.add(gate.spec)
            written = reading.of_gate(gate, reading.name("z"))
            if written.operation != gate.name:  # tanh is known to calculators as such
                yield f"{gate.name}(z)", Side(written)
    steps = {step.name: step.formula for step in student.first.steps if step.formula is not None}
    outputs = range(shape.layers[-1])
    neurons = {naming.z(layer, k) for layer in range(1, naming.last + 1)
               for k in range(shape.layers[layer])}  # fmt: skip
    neurons |= {naming.a(layer, k) for layer in range(1, naming.last + 1)
                for k in range(shape.layers[layer])}  # fmt: skip
    each = [name for name in steps if name not in neurons and name != "loss"]
    few = each if len(outputs) <= FEW_OUTPUTS else each[:1]
    for name in (*few, "loss"):
        yield name, Side(elided(_squared(steps[name])))


def _squared(tree: Expression) -> Expression:
    """Write a factor that stands twice as a square."""
    inside = tuple(map(_squared, tree.arguments))
    if tree.operation == "multiply":
        left, right = inside
        if left == right:
            return reading.call("square", left)
        if left.operation == "multiply" and left.arguments[1] == right:
            return reading.call("multiply", left.arguments[0], reading.call("square", right))
    return replace(tree, arguments=inside) if inside else tree


def has_more(task: Task) -> bool:
    """Tell whether some outputs' formulas are left out."""
    return task.shape.layers[-1] > FEW_OUTPUTS


def has_log(student: Student) -> bool:
    """Tell whether a logarithm is taken."""
    steps = (step.formula for step in student.first.steps if step.formula is not None)
    return any(_has(formula, "log") for formula in steps)


def _has(tree: Expression, operation: str) -> bool:
    return tree.operation == operation or any(_has(one, operation) for one in tree.arguments)


def symbol(question: Question) -> str:
    """Return a question as the name of a formula."""
    return {"value": question.name, "slope": f"∂loss/∂{question.name}",
            "new": f"{question.name}⁺"}[question.kind]  # fmt: skip
