"""What the pages of all explanations have in common: their head, sums over samples, the end.

>>> import clearprop as cp
>>> net = cp.Network([2, 2], loss="squared_error")
>>> page = net.explain([1.0, 2.0], [0.0, 1.0], "w1", learning_rate=0.1).outline()
>>> [section.kind for section in page.sections]
['forward', 'chain', 'matrix', 'update', 'check']
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from ..tables.expression import Expression
from . import reading
from .array_writing import shape_text
from .batches import divisor
from .derivation import Derivation, Subject
from .derivative_names import derivative_name, is_derivative, of_sample
from .figures import MOST_DIGITS, significant
from .layer_derivation import LayerDerivation
from .matrix_data import MatrixForm
from .outline import (
    ArrayLine,
    Equation,
    Section,
    Side,
    Words,
    elided,
    figure,
    plain,
    sum_of,
)
from .writing import digits_for

SUM = "S"  # the sum over samples, each times its weight
FEW_LINES = 24  # of a matrix form that a page shows layer by layer

What = dict[str, "str | int | Side | Words"]


def about_network(
    layers: tuple[int, ...], activations: tuple[str, ...], loss: str
) -> Words:  # fmt: skip
    """Return the words that say which network it is."""
    kinds = list(dict.fromkeys(a for a in activations if a != "identity"))
    what: What = {
        "layers": "-".join(map(str, layers)), "activations": ", ".join(kinds) or "identity",
        "loss": loss.replace("_", " "),
    }  # fmt: skip
    return Words("network", what)


def about_subject(about: Subject) -> Iterator[Words]:
    """Yield the words that say what is explained: the network, the sample."""
    if about.kind != "network":
        return
    yield about_network(about.layers, about.activations, about.loss)
    if about.right:
        yield Words("right", {"name": plain(about.right)})
    if about.n_samples > 1:
        yield Words("sample", {"number": about.sample + 1, "count": about.n_samples})


def matrix_heading(form: MatrixForm, name: str, count: int) -> Words:
    """Return the heading of a matrix form that stands beside an explanation of ``name``."""
    if form.entry in ("", name):
        return Words("matrix beside", {"count": count})
    return Words(
        "matrix entry", {"count": count, "name": plain(name), "entry": plain(form.entry)}
    )  # fmt: skip


def matrix_section(form: MatrixForm | None, name: str, count: int) -> Iterator[Section]:
    """Yield the section that shows how a whole array is computed."""
    if form is None:
        return
    steps = [
        line for line in form.steps
        if line.name[0] == "δ" or line.name == f"∂L/∂{form.wrt}" or form.entry == ""
    ]  # fmt: skip
    if len(steps) > FEW_LINES:
        steps = steps[-2:]
    whole = [] if form.whole is None else [form.whole]
    lines = [ArrayLine(line.name, line.formula) for line in whole]
    more: list[ArrayLine | Words] = []
    defined = form.needed_for(*whole, *steps)
    if defined:
        more.append(Words("matrix where"))
        more += [ArrayLine(line.name, line.formula, shapes=False) for line in defined]
    more.append(Words("matrix steps"))
    more += [ArrayLine(line.name, line.formula) for line in steps]
    more.append(Words("matrix signs"))
    yield Section("matrix", matrix_heading(form, name, count), (*lines, *more))


def array_notes(form: MatrixForm | None) -> dict[str, str]:
    """Say of each array in a matrix form what its shape is."""
    found: dict[str, str] = {}
    for line in (*form.forward, *form.steps, *form.definitions) if form is not None else ():
        for one in line.formula.parts():
            if one.operation == "name" and one.shape:
                found[one.name] = f"{one.name}: {shape_text(one.shape)}"
    return found


class Outliner:
    """Makes the parts that pages about one number share."""

    def __init__(self, derivation: Derivation | LayerDerivation, digits: int) -> None:
        significant(0.0, digits)  # which says what is wrong with them
        self.about, self.digits = derivation.subject, digits
        self.end = derivation.result
        self.several = self.about.n_samples > 1 or bool(derivation.penalty)
        # With several samples or a penalty, what is drawn out is one sample's loss.
        one = of_sample(self.end, self.about.sample + 1)
        self.result = one if self.several else self.end
        self.values = derivation.values
        self.values[self.result] = derivation.value
        network = self.about.kind == "network" and not is_derivative(self.end)
        self.called: Words | Side = Words("the loss") if network else plain(self.end)

    def question(self, wrt: str, value: float) -> Words:
        """Return the page's question."""
        return Words(
            "question",
            {"wrt": plain(wrt), "value": figure(value, self.digits), "result": self.called},
        )

    def sides(
        self,
        symbol: Expression,
        said: Expression,
        result: float,
        known: Mapping[str, float] | None = None,
        more: int = 0,
    ) -> tuple[Side, ...]:
        """Return a formula, the formula with numbers put in, and what it comes to."""
        digits = min(MOST_DIGITS, self.digits + more)
        value = figure(result, digits)
        if not symbol.names():
            return (value,)
        values = {**self.values, **(known or {})}
        values = {name: values[name] for name in said.names()}
        count = digits_for(said, values, result, digits)
        if said.operation == "name":
            return (Side(symbol), value)
        return (Side(elided(symbol)), Side(elided(said), values, count), value)

    def combined(self, d: Derivation | LayerDerivation) -> Iterator[Section]:
        """Say what becomes of the shown sample's slope: samples put together, the penalty."""
        about = self.about
        if not self.several:
            return
        results = [of_sample(self.end, k) for k in range(1, len(d.shares) + 1)]
        names = [derivative_name(result, d.wrt) for result in results]
        shares = d.shares
        if len(d.shares) == 1:
            names, shares = [derivative_name(self.result, d.wrt)], (d.slope,)
        known = {**dict(zip(names, shares, strict=True)), d.wrt: d.wrt_value}
        terms = [reading.name(name) for name in names]
        if about.weights:
            numbers = map(reading.number, about.weights)
            terms = [reading.call("multiply", *pair) for pair in zip(numbers, terms, strict=True)]
        tree = sum_of(terms)
        lines: list[Words | Equation] = []
        added: list[Equation] = []
        if about.weights and about.reduction == "mean":  # a fraction would be too wide
            known[SUM] = math.fsum(w * one for w, one in zip(about.weights, shares, strict=True))
            added.append(Equation(SUM, plain(SUM), self.sides(tree, tree, known[SUM], known)))
            tree = reading.name(SUM)
        if about.n_samples > 1:
            if about.reduction == "mean":
                below = divisor(about.n_samples, about.weights, about.reduction)
                tree = reading.call("divide", tree, reading.number(below))
            what: What = {"count": about.n_samples, "reduction": Words(about.reduction)}
            lines.append(Words("weighted samples" if about.weights else "samples", what))
        if d.penalty and is_derivative(self.end):
            tree = reading.call("add", tree, reading.number(about.l2))
            lines.append(Words("penalty_2", {"l2": figure(about.l2, 15)}))
        elif d.penalty:
            weight = reading.call("multiply", reading.number(about.l2), reading.name(d.wrt))
            tree = reading.call("add", tree, weight)
            lines.append(Words("penalty", {"l2": figure(about.l2, 15), "wrt": plain(d.wrt)}))
        sides = self.sides(tree, tree, d.total, known)
        lines += [*added, Equation(d.wrt, plain(derivative_name(self.end, d.wrt)), sides)]
        heading = Words("all samples" if about.n_samples > 1 else "regularisation")
        yield Section("whole", heading, tuple(lines))

    def update(self, d: Derivation | LayerDerivation) -> Iterator[Section]:
        """Say what one step of gradient descent does, where one was asked for."""
        if d.learning_rate is None or d.updated is None:
            return
        slope = derivative_name(self.end, d.wrt)
        known = {slope: d.total, d.wrt: d.wrt_value}
        old, by = reading.name(d.wrt), reading.name(slope)
        rate = reading.number(d.learning_rate)
        tree = reading.call("subtract", old, reading.call("multiply", rate, by))
        sides = self.sides(tree, tree, d.updated, known, more=3)
        yield Section("update", Words("update"), (Equation(d.wrt, plain(f"{d.wrt}⁺"), sides),))

    def check(self, d: Derivation | LayerDerivation) -> Section:
        """Say what the central difference says."""
        check = d.check
        words = Words(
            "difference",
            {
                "value": figure(check.value, self.digits),
                "error": figure(check.error, 1),
                "verdict": Words(check.verdict),
            },
        )
        return Section("check", Words("check"), (words,))
