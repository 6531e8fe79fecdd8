r"""Expressions in LaTeX as an explanation sets them, and how wide that comes out.

>>> from .reading import parse_formula
>>> tree = parse_formula("w1 * i1 + sigmoid(net_h1)")
>>> print(formula(Side(tree)))
w_1 i_1 + \sigma(\mathrm{net}_{h1})
>>> print(formula(Side(tree, {"w1": 0.15, "i1": 5e-7, "net_h1": -1.0})))
0.15 \cdot 5 \cdot 10^{-7} + \sigma(-1)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ..tables.expression import CONSTANTS, Expression, fold
from ..tables.gates import GATES
from ..tables.printers import (
    ATOM,
    LATEX,
    POWER,
    PRODUCT,
    SIGN,
    Dialect,
    Printed,
    Printer,
    Rule,
    as_printed,
    gate_latex,
)
from . import reading
from .figures import significant
from .outline import DOTS, LONGEST, Side
from .spelling import GREEK, Derivative, Spelled, spelled
from .words import say
from .writing import symbols

_ESCAPES = {
    **{letter: f"\\{letter}" for letter in "_%&#${}"},
    "\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''",
    "…": r"\dots{}", "·": r"$\cdot$", "`": r"\textasciigrave{}", "δ": r"$\delta$",
    "⊙": r"$\odot$", "Σ": r"$\textstyle\sum$", "×": r"$\times$", "ₙ": "$_n$", "ⱼ": "$_j$",
}  # fmt: skip
_NUMBERS = replace(
    LATEX,
    rules={**LATEX.rules, "multiply": Rule(r"{0} \cdot {1}", PRODUCT, (PRODUCT, PRODUCT))},
)


def escaped(text: str) -> str:
    r"""Return words as they stand in a LaTeX document.

    >>> print(escaped("50 % of a_b"))
    50 \% of a\_b
    """
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return "".join(_ESCAPES.get(letter, letter) for letter in printable)


def named(name: str) -> str:
    r"""Return a name as a formula.

    >>> print(named("net_h1"), named("W1[0,2]"), named("h1_3"), named("∂loss/∂b_h1"))
    \mathrm{net}_{h1} W^{(1)}_{0,2} h_{1,3} \frac{\partial \mathrm{loss}}{\partial b_{h1}}
    """
    found = spelled(name)
    if isinstance(found, Derivative):
        power = "^2" if len(found.by) == 2 else ""
        return rf"\frac{{\partial{power} {_part(found.of)}}}{{{_under(found.by)}}}"
    return _spelled(found)


def _part(found: Spelled | Derivative) -> str:
    """Return what stands in a derivative; one within another is written on the line."""
    if isinstance(found, Spelled):
        return _spelled(found)
    return rf"(\partial {_part(found.of)} / \partial {_part(found.by[0])})"


def _under(names: Sequence[Spelled | Derivative]) -> str:
    if len(names) == 2 and names[0] == names[1]:
        return rf"\partial {{{_part(names[0])}}}^2"
    return r" \, ".join(rf"\partial {_part(one)}" for one in names)


_SIGNS = {
    "add": "(+)", "subtract": "(-)", "multiply": r"(\times)", "divide": "(/)", "negate": "(-)",
}  # fmt: skip


def slopes_of(gates: Sequence[str]) -> str:
    r"""Return the slopes of gates, one after the other, as the row above their product.

    >>> print(slopes_of(["sigmoid", "add", "multiply"]))
    \mathrm{sigmoid}' \, (+)' \, (\times)'
    """
    named = (_SIGNS.get(one) or rf"\mathrm{{{escaped(one.partition('(')[0])}}}" for one in gates)
    return r" \, ".join(f"{one}'" for one in named)


def _spelled(name: Spelled) -> str:
    if name.before:
        return rf"{{\textstyle\sum}} {_spelled(replace(name, before=''))}"
    if name.base == DOTS:
        return r"\cdots"
    if name.base in GREEK:
        base = f"\\{name.base}"
    elif name.base.isascii() and name.base.isalpha():
        base = name.base if len(name.base) == 1 else rf"\mathrm{{{name.base}}}"
    else:
        base = rf"\text{{{escaped(name.base)}}}"
    above = f"^{{{name.above}}}" if name.above else ""
    if not name.below:
        return base + above
    return f"{base}{above}_{name.below if len(name.below) == 1 else f'{{{_below(name.below)}}}'}"


def _below(text: str) -> str:
    """Set an index: longer words in it stand upright."""
    return re.sub(r"[A-Za-z]{2,}", lambda word: rf"\mathrm{{{word[0]}}}", text)


class _Formula(Printer):
    def __init__(self, side: Side, dialect: Dialect) -> None:
        super().__init__(dialect, {})
        self.values = side.values or {}
        self.digits, self.constants = side.digits, side.constants

    def number(self, value: float) -> Printed:
        """Print a number that stands in the expression itself."""
        return self._number(value, self.constants)

    def _number(self, value: float, digits: int) -> Printed:
        text = significant(value, digits)
        if text.lstrip("-") in ("nan", "inf"):
            word = {"nan": r"\mathrm{nan}", "inf": r"\infty", "-inf": r"-\infty"}[text]
            return Printed(word, SIGN if word[0] == "-" else ATOM)
        mantissa, _, exponent = text.partition("e")
        minus = text.startswith("-")
        if not exponent:
            return Printed(text, SIGN if minus else ATOM)
        if mantissa.lstrip("-") == "1":
            return Printed(f"{mantissa[:-1]}10^{{{exponent}}}", SIGN if minus else POWER)
        return Printed(rf"{mantissa} \cdot 10^{{{exponent}}}", PRODUCT)

    def name(self, name: str) -> Printed:
        """Print a name, or the number that stands for it."""
        if name in self.names:
            return self.names[name]
        if name in self.values:
            return self._number(self.values[name], self.digits)
        if name in CONSTANTS:
            return Printed(self.dialect.constants[name])
        return Printed(named(name), POWER if name.startswith("∂") else ATOM)

    def apply(self, operation: str, *arguments: Printed) -> Printed:
        """Print an operation; gates of the table as their rows say."""
        if operation in self.dialect.rules or operation in self.dialect.expansions:
            return super().apply(operation, *arguments)
        if operation.endswith("'"):
            row = re.sub(r"\(.*", "", operation.rstrip("'"))
            return Printed(f"{_function(row)}'({arguments[0].text})", POWER)
        gate = GATES.resolve(operation)
        if gate.latex:
            return as_printed(gate_latex(gate, *(one.text for one in arguments)))
        inputs = [reading.name(text) for text in gate.inputs]
        whole = reading.of_gate(gate, *inputs)
        if len(symbols(whole)) > LONGEST:  # as a function, whose row says what it is
            texts = ", ".join(one.text for one in arguments)
            return Printed(f"{_function(gate.name)}({texts})", POWER)
        return self._filled(whole, dict(zip(gate.inputs, arguments, strict=True)))

    def _filled(self, tree: Expression, names: Mapping[str, Printed]) -> Printed:
        before, self.names = self.names, names
        found = fold(tree, self)
        self.names = before
        return found


def _function(name: str) -> str:
    return rf"\operatorname{{{escaped(name)}}}"


def formula(side: Side) -> str:
    """Return one side of an equation."""
    dialect = LATEX if side.values is None else _NUMBERS
    return fold(side.tree, _Formula(side, dialect)).text


def in_language(text: str, language: str) -> str:
    """Return a formula with the words of its cases in a language."""
    if r"\begin{cases}" in text and language != "en":
        text = text.replace(r"\text{if }", rf"\text{{{say(language, 'if')} }}")
        text = text.replace(r"\text{otherwise}", rf"\text{{{say(language, 'otherwise')}}}")
    return text


SIGNS = ("+", "-", r"\cdot", r"\to")  # at which a formula may be broken
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}]|[^\\{}]", re.DOTALL)
_WIDE = {
    **dict.fromkeys(("+", "-"), 1.23),
    **dict.fromkeys((r"\left", r"\right", r"\bigl", r"\bigr", r"\biggl", r"\biggr"), 0.1),
    **dict.fromkeys((r"\mathrm", r"\operatorname", r"\text", " ", "&"), 0.0),
    **dict.fromkeys((r"\log", r"\max", r"\min"), 1.9),
    **dict.fromkeys("0123456789", 0.505),
    **dict.fromkeys("iljt.,()[]|'", 0.4),
    **dict.fromkeys("mwMW", 0.95),
    r"\cdot": 0.75, "=": 1.35, r"\to": 1.6, r"\quad": 1.0, r"\,": 0.2, r"\tanh": 2.4,
    r"\cdots": 1.5, r"\begin": 1.2, r"\sqrt": 0.9, r"\odot": 1.25, r"\sum": 1.7,
    **dict.fromkeys((r"\leq", r"\geq", r"\neq", "<", ">"), 1.35),
}  # fmt: skip


def width(text: str) -> float:
    r"""Estimate how wide a formula is, in ems of its font.

    >>> round(width("0.15")), width(r"\frac{a + b}{c}") == width("a + b") + 0.3
    (2, True)
    """
    return _width(_TOKEN.findall(text), 0)[0]


def _width(tokens: list[str], at: int) -> tuple[float, int]:
    """Return the width up to the closing brace, and where that is."""
    total, scale = 0.0, 1.0
    while at < len(tokens):
        mark = tokens[at]
        at += 1
        if mark == "}":
            break
        if mark in (r"\frac", r"\dfrac"):
            above, at = _group(tokens, at)
            below, at = _group(tokens, at)
            wide = max(above, below) + 0.3
        elif mark == r"\underbrace":  # what stands below is no wider than what it stands under
            above, at = _group(tokens, at)
            below, at = _group(tokens, at + 1) if tokens[at : at + 1] == ["_"] else (0.0, at)
            wide = max(above, 0.72 * below, 1.0) + 0.2
        elif mark == "{":
            wide, at = _width(tokens, at)
        elif mark in ("_", "^"):
            scale = 0.72
            continue
        else:
            wide = _WIDE.get(mark, 1.0 if not mark.isascii() else 0.6)
        if mark not in (r"\mathrm", r"\text", r"\operatorname"):
            total, scale = total + scale * wide, 1.0
    return total, at


def _group(tokens: list[str], at: int) -> tuple[float, int]:
    while at < len(tokens) and tokens[at] == " ":
        at += 1
    return _width(tokens, at + 1)


def pieces(text: str, signs: Sequence[str] = SIGNS, level: int = 0) -> list[str]:
    r"""Break a formula at the signs that stand outside all brackets.

    ``level`` is how many brackets may be round them. Products of arrays, which go deep, are
    broken at any level; brackets that grow with what is in them are never taken apart.

    >>> pieces(r"w_1 i_1 + (a + b) \cdot c"), pieces(r"X [(P - Y) W \odot A]")
    (['w_1 i_1', '+ (a + b)', '\\cdot c'], ['X [(P - Y) W', '\\odot A]'])
    """
    found, depth, inside, start, before = [], 0, 0, 0, ""
    for token in _TOKEN.finditer(text):
        mark, here = token[0], token.start()
        if mark in ("{", r"\left", r"\begin"):
            depth += 1
        elif mark in ("}", r"\right", r"\end"):
            depth -= 1
        elif before not in (r"\left", r"\right"):
            inside += (mark in ("(", "[")) - (mark in (")", "]"))
        before = mark
        spaced = text[here - 1 : here] == " " and text[token.end() : token.end() + 1] == " "
        outside = inside <= level and mark in signs
        if depth == 0 and spaced and (outside or mark == r"\odot"):
            found.append(text[start:here].rstrip())
            start = here
    return [*found, text[start:].rstrip()]


def lines_of(text: str, room: float) -> list[str]:
    """Break a formula into lines that are no wider than there is room, where it can be.

    Sums are broken first, products where that is not enough, and what stands in brackets last.
    """
    if width(text) <= room:
        return [text]
    lines: list[str] = []
    for piece in _fitting(text, room, [(("+", "-"), 0), (SIGNS, 0), (SIGNS, 1), (SIGNS, 2)]):
        if lines and width(f"{lines[-1]} {piece}") <= room:
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return lines


def _fitting(
    text: str, room: float, ways: Sequence[tuple[Sequence[str], int]]
) -> Iterator[str]:  # fmt: skip
    """Yield pieces that fit, each cut in the first way that makes it do so."""
    if width(text) <= room or not ways:
        yield text
        return
    for piece in pieces(text, *ways[0]):
        yield from _fitting(piece, room, ways[1:])
