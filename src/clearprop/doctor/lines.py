r"""A line of a backward pass as people write it: what stands there, and what should.

>>> import clearprop as cp
>>> from clearprop.doctor.backward import right_pass
>>> print("\n".join(statements(right_pass(cp.Network([2, 3, 2]))).values()))
delta2 = (p - y)/N
dW2 = a1ᵀ · delta2
db2 = sum(delta2, axis=0)
delta1 = delta2 · W2ᵀ ⊙ (1 - a1²)
dW1 = Xᵀ · delta1
db1 = sum(delta1, axis=0)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from ..explanation.reading import name, number, put_in, simplified
from ..explanation.writing import symbols
from ..tables.expression import Expression
from .backward import Pass
from .formula import Formula, gate_of, loss_of, parse

SUM, PRODUCT, SIGN, ATOM = range(4)
Written: TypeAlias = tuple[str, int]

LONGEST_SLOPE = 40
_STATEMENT = re.compile(r"(delta|dW|db)\d+")
_SCALARS = {"N", "l2", "eta", "n_outputs"}
_AS_SAID = {"A0": "X", "Z0": "X", "Y": "y", "P": "p", "V": "violated"}


def statements(formulas: Pass, eta: float | None = None, loss: str = "") -> dict[str, str]:
    """Return the lines of a pass by what they compute: ``delta2``, ``dW2``, ``db2``, ...

    The slope of ``loss`` is written out; that of another loss with its name.
    """
    shown = {"loss": loss, "eta": "learning_rate" if eta is None else f"{eta:.6g}"}
    return {
        made: f"{made} = {_write(_cancelled(_opened(parse(text), formulas)), shown)[0]}"
        for made, text in formulas.items()
        if _STATEMENT.fullmatch(made)
    }


def _opened(formula: Formula, formulas: Pass) -> Formula:
    """Put in the formulas of names that are no line of their own."""
    if formula.operation == "name":
        text = str(formula.value)
        if text in formulas and not _STATEMENT.fullmatch(text):
            return _opened(parse(formulas[text]), formulas)
        return formula
    inside = tuple(_opened(one, formulas) for one in formula.inputs)
    return Formula(formula.operation, inside, formula.value)


def _cancelled(formula: Formula) -> Formula:
    """Leave out what changes nothing: N · (x / N), factors 1, two minus signs."""
    inside = tuple(map(_cancelled, formula.inputs))
    new = Formula(formula.operation, inside, formula.value)
    if new.operation == "negate" and inside[0].operation == "negate":
        return inside[0].inputs[0]
    if new.operation == "multiply":
        a, b = inside
        if a == Formula("name", value="N") and b.operation == "divide" and b.inputs[1] == a:
            return b.inputs[0]
        if Formula("number", value=1.0) in inside:
            return b if a == Formula("number", value=1.0) else a
        if {a.operation, b.operation} & {"number"} and b.operation == "number":
            return Formula("multiply", (b, a))
        if a.operation == "number" and a.value == 0:
            return a
    if new.operation == "add" and inside[1] == Formula("number", value=0.0):
        return inside[0]
    return new


def _write(formula: Formula, shown: Mapping[str, str]) -> Written:
    if formula.operation == "name":
        return _said(str(formula.value), shown), ATOM
    if formula.operation == "number":
        return f"{formula.value:g}", ATOM
    if formula.operation == "text":
        return str(formula.value), ATOM
    if formula.operation == "slope":
        return _slope(formula, shown)
    if formula.operation == "loss_slope":
        return _loss_slope(formula, shown)
    inside = [_write(one, shown) for one in formula.inputs]
    if formula.operation in _SIGNS:
        return _SIGNS[formula.operation](formula, inside)
    return _FUNCTIONS.get(formula.operation, _called)(formula, inside)


def _said(text: str, shown: Mapping[str, str]) -> str:
    if text in shown:
        return shown[text]
    if text in _AS_SAID:
        return _AS_SAID[text]
    return text.lower() if text[0] in "AZ" and text[1:].isdigit() else text


def _in(written: Written, least: int) -> str:
    text, level = written
    return text if level >= least else f"({text})"


def _add(formula: Formula, inside: list[Written]) -> Written:
    if formula.inputs[1].operation == "negate":
        return f"{_in(inside[0], SUM)} - {inside[1][0].removeprefix('-')}", SUM
    return f"{_in(inside[0], SUM)} + {_in(inside[1], PRODUCT)}", SUM


def _subtract(formula: Formula, inside: list[Written]) -> Written:
    return f"{_in(inside[0], SUM)} - {_in(inside[1], PRODUCT)}", SUM


def _is_scalar(formula: Formula) -> bool:
    if formula.operation == "name":
        return formula.value in _SCALARS
    return formula.operation == "number" or (
        bool(formula.inputs) and all(map(_is_scalar, formula.inputs))
    )


def _multiply(formula: Formula, inside: list[Written]) -> Written:
    if formula.inputs[0] == formula.inputs[1]:
        return f"{_in(inside[0], ATOM)}²", ATOM
    sign = "·" if any(map(_is_scalar, formula.inputs)) else " ⊙ "
    return f"{_in(inside[0], PRODUCT)}{sign}{_in(inside[1], PRODUCT)}", PRODUCT


def _divide(formula: Formula, inside: list[Written]) -> Written:
    return f"{_in(inside[0], PRODUCT)}/{_in(inside[1], ATOM)}", PRODUCT


def _matmul(formula: Formula, inside: list[Written]) -> Written:
    left, right = (
        _in(text, ATOM)
        if one.operation == "multiply" and not any(map(_is_scalar, one.inputs))
        else _in(text, level)
        for one, text, level in zip(formula.inputs, inside, (PRODUCT, SIGN), strict=True)
    )
    return f"{left} · {right}", PRODUCT


_SIGNS: Mapping[str, Callable[[Formula, list[Written]], Written]] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "matmul": _matmul,
    "negate": lambda _, inside: (f"-{_in(inside[0], PRODUCT)}", SIGN),
    "transpose": lambda _, inside: (f"{_in(inside[0], ATOM)}ᵀ", ATOM),
}


def _called(formula: Formula, inside: list[Written]) -> Written:
    return f"{formula.operation}({', '.join(text for text, _ in inside)})", ATOM


def _along(formula: Formula, inside: list[Written]) -> Written:
    axis = f", axis={inside[1][0]}" if len(inside) > 1 else ""
    return f"{formula.operation}({inside[0][0]}{axis})", ATOM


def _gate(formula: Formula, inside: list[Written]) -> Written:
    return f"{formula.inputs[0].value}({inside[1][0]})", ATOM


_ROWS = {"0": "[:1]", "-1": "[-1:]"}
_FUNCTIONS: Mapping[str, Callable[[Formula, list[Written]], Written]] = {
    "sum": _along,
    "mean": _along,
    "softmax": _along,
    "gate": _gate,
    "row": lambda _, inside: (_in(inside[0], ATOM) + _ROWS[inside[1][0]], ATOM),
    "column": lambda _, inside: (f"{_in(inside[0], ATOM)}{_column(inside[1][0])}", ATOM),
    "reshaped": lambda _, inside: (f"{_in(inside[0], ATOM)}.reshape(...)", ATOM),
    "like": lambda _, inside: (f"{_in(inside[0], ATOM)}.reshape({inside[1][0]}.shape)", ATOM),
    "fill": lambda _, inside: inside[0],
    "row_sums": lambda _, inside: (f"sum({inside[0][0]}, axis=1)", ATOM),
    "column_sums": lambda _, inside: (f"sum({inside[0][0]}, axis=0)", ATOM),
    "column_means": lambda _, inside: (f"mean({inside[0][0]}, axis=0)", ATOM),
    "without_row": lambda _, inside: (f"{_in(inside[0], ATOM)}[without {inside[1][0]}]", ATOM),
    "shifted": lambda _, inside: (f"e^({inside[0][0]} - max({inside[0][0]}, axis=1))", ATOM),
    "positive": lambda _, inside: (f"({inside[0][0]} > 0)", ATOM),
    "one_signed": lambda _, inside: (f"sign({inside[0][0]})", ATOM),
    "at_kink": lambda _, inside: (f"{_in(inside[2], ATOM)} [{inside[3][0]} at the kink]", PRODUCT),
}  # fmt: skip


def _column(index: str) -> str:
    return f"[:, {index}:{int(index) + 1}]"


def _level(tree: Expression) -> int:
    if tree.operation in ("add", "subtract"):
        return SUM
    if tree.operation in ("multiply", "divide"):
        return PRODUCT
    return SIGN if tree.operation == "negate" else ATOM


def _slope(formula: Formula, shown: Mapping[str, str]) -> Written:
    """Write a gate's slope out, with what was put in for x and y; a long one as f'(z)."""
    gate = gate_of(str(formula.inputs[0].value))
    x, y = (_in(_write(one, shown), ATOM) for one in formula.inputs[1:])
    if gate.kinks or gate.part_trees:
        asked = y if gate.name == "relu" else x
        if gate.name == "relu":
            return f"({asked} > 0)", ATOM
        return f"{gate.name}'({asked})", ATOM
    names = {"x": name(x), "y": name(y), **{k: number(v) for k, v in gate.parameters.items()}}
    tree = simplified(put_in(gate.slope_trees[0], names), {})
    text = symbols(tree).replace("·", " ⊙ ")
    if len(text) > LONGEST_SLOPE:
        return f"{gate.name}'({x})", ATOM
    return text, _level(tree)


def _loss_slope(formula: Formula, shown: Mapping[str, str]) -> Written:
    loss = loss_of(str(formula.inputs[0].value))
    own = shown["loss"] in ("", loss.spec)
    scores, targets = (_in(_write(one, shown), ATOM) for one in formula.inputs[1:])
    if not own or "where" in loss.shown or (not loss.shown and "where" in loss.slope):
        return f"{loss.name}'({scores}, {targets})", ATOM
    tree = put_in(
        loss.shown_tree, {n: name(targets) for n in ("hit", "target")} | {"s": name(scores)}
    )
    return symbols(tree), _level(tree)
