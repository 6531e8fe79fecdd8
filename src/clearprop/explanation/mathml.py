"""Expressions as MathML, which browsers set without scripts or fonts from elsewhere.

Names, and the numbers that stand for them, carry the name in ``data-wire``.

>>> from .reading import parse_formula
>>> print(math(Side(parse_formula("-w1"))))
<math><mrow><mo form="prefix">−</mo><msub data-wire="w1"><mi>w</mi><mn>1</mn></msub></mrow></math>
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..tables.expression import CONSTANTS, fold
from ..tables.printers import (
    ATOM,
    BRACKETED,
    CHOICE,
    COMPARISON,
    INSIDE,
    LATEX,
    POWER,
    PRODUCT,
    SUM,
    Dialect,
    Printed,
    Printer,
    Rule,
)
from .derivative_names import of_and_by
from .figures import significant
from .outline import DOTS, Side
from .spelling import GREEK, Derivative, Spelled, spelled
from .svg import escaped
from .words import say

_APPLY = "\N{FUNCTION APPLICATION}"


def bracketed(text: str) -> str:
    """Put brackets round a text; round what is higher than a line, brackets that stretch."""
    tall = re.search(r"<(mfrac|mtable|msubsup|msqrt)", text)
    return f"<mrow>\1{text}\2</mrow>" if tall else f"<mrow>({text})</mrow>"


def call_rule(name: str) -> Rule:
    """Write a function; the parameters of a gate stand after a semicolon."""
    word, _, settings = name.partition("(")
    word = word.replace("'", "′")
    given = f"; <mtext>{escaped(settings[:-1])}</mtext>" if settings else ""
    head = f"<mi>{escaped(word)}</mi>{_APPLY}"
    return Rule(lambda *texts: f"<mrow>{head}{bracketed(', '.join(texts) + given)}</mrow>", POWER)


def _cases(condition: str, then: str, otherwise: str) -> str:
    rows = [
        (then, f"<mtext>\0if\N{NO-BREAK SPACE}</mtext>{condition}"),
        (otherwise, "<mtext>\0otherwise</mtext>"),
    ]
    cells = "".join(f"<mtr><mtd>{value}</mtd><mtd>{when}</mtd></mtr>" for value, when in rows)
    return f"<mrow>{{<mtable>{cells}</mtable></mrow>"


class _Rules(dict[str, Rule]):
    """Gates of the table that have no rule of their own are functions."""

    def get(self, operation: str, default: object = None) -> Rule:
        return self[operation] if operation in self else call_rule(operation)


_SIGNS = {"<": "&lt;", "<=": "≤", ">": "&gt;", ">=": "≥", "==": "=", "!=": "≠"}

# Signs stand bare here; _dressed makes elements of them.
MATHML = Dialect(
    "MathML",
    _Rules(
        {
            "brackets": Rule(bracketed),
            "add": Rule("{0} + {1}", SUM, (SUM, SUM)),
            "subtract": Rule("{0} - {1}", SUM, (SUM, PRODUCT)),
            "multiply": Rule("{0} ⋅ {1}", PRODUCT, (PRODUCT, PRODUCT)),
            "divide": Rule("<mfrac><mrow>{0}</mrow><mrow>{1}</mrow></mfrac>", POWER),
            "negate": Rule("-{0}", PRODUCT, (PRODUCT,)),
            "exp": Rule("<msup><mi>e</mi><mrow>{0}</mrow></msup>", POWER),
            "log": Rule(f"<mi>log</mi>{_APPLY}{{0}}", POWER, (BRACKETED,)),
            "tanh": Rule(f"<mi>tanh</mi>{_APPLY}{{0}}", POWER, (BRACKETED,)),
            "sqrt": Rule("<msqrt><mrow>{0}</mrow></msqrt>"),
            "pow": Rule("<msup><mrow>{0}</mrow><mrow>{1}</mrow></msup>", POWER, (ATOM, INSIDE)),
            "square": Rule("<msup><mrow>{0}</mrow><mn>2</mn></msup>", POWER, (ATOM,)),
            "abs": Rule("<mrow>|{0}|</mrow>"),
            "where": Rule(_cases, CHOICE),
            **{s: Rule(f"{{0}} {t} {{1}}", COMPARISON, (SUM, SUM)) for s, t in _SIGNS.items()},
        }
    ),
    constants={"pi": "<mi>π</mi>"},
    number="<mn>{0}</mn>",
    lone_minus=False,
    expansions=LATEX.expansions,
)


def _token(text: str) -> str:
    kind = "mn" if re.fullmatch(r"[\d,]+", text) else "mi"
    return f"<{kind}>{escaped(text)}</{kind}>"


def _row(text: str) -> str:
    """Set an index such as ``0,2`` or ``(1)`` in one element."""
    return _token(text) if re.fullmatch(r"\w+", text) else f"<mtext>{escaped(text)}</mtext>"


def _set(name: Spelled, wire: str = "") -> str:
    if name.before:
        inner = _set(replace(name, before=""), wire)
        return f"<mrow><mo>∑</mo>{inner}</mrow>"
    mark = f' data-wire="{escaped(wire)}"' if wire else ""
    base = GREEK.get(name.base, name.base)
    if name.base == DOTS:
        return "<mo>⋯</mo>"
    simple = base.isalpha() and (base.isascii() or name.base in GREEK)
    kind = "mi" if simple else "mtext"
    if not (name.below or name.above):
        return f"<{kind}{mark}>{escaped(base)}</{kind}>"
    parts = f"<{kind}>{escaped(base)}</{kind}>"
    if name.below and name.above:
        return f"<msubsup{mark}>{parts}{_row(name.below)}{_row(name.above)}</msubsup>"
    if name.below:
        return f"<msub{mark}>{parts}{_row(name.below)}</msub>"
    return f"<msup{mark}>{parts}{_row(name.above)}</msup>"


def named(name: str, wires: Mapping[str, str]) -> str:
    """Return a name; derivatives belong to the wire by which they are taken."""
    found = spelled(name)
    if isinstance(found, Spelled):
        plain = name.removesuffix("⁺")
        return _set(found, "" if name == DOTS else wires.get(plain, plain))
    by = of_and_by(name)[1][-1]
    wire = escaped(wires.get(by, by))
    twice = len(found.by) == 2
    sign = "<msup><mi>∂</mi><mn>2</mn></msup>" if twice else "<mi>∂</mi>"
    below = "".join(f"<mi>∂</mi>{_part(one)}" for one in found.by)
    if twice and found.by[0] == found.by[1]:
        below = f"<mi>∂</mi><msup><mrow>{_part(found.by[0])}</mrow><mn>2</mn></msup>"
    above = f"<mrow>{sign}{_part(found.of)}</mrow>"
    return f'<mfrac data-wire="{wire}">{above}<mrow>{below}</mrow></mfrac>'


def _part(found: Spelled | Derivative) -> str:
    """Return what stands in a derivative; one within another is written on the line."""
    if isinstance(found, Spelled):
        return _set(found)
    above, below = _part(found.of), _part(found.by[0])
    return f"<mo>(</mo><mi>∂</mi>{above}<mo>/</mo><mi>∂</mi>{below}<mo>)</mo>"


class _Math(Printer):
    def __init__(self, side: Side, wires: Mapping[str, str]) -> None:
        super().__init__(MATHML, {})
        self.values, self.wires = side.values or {}, wires
        self.digits, self.constants = side.digits, side.constants

    def number(self, value: float) -> Printed:
        """Print a number that stands in the expression itself."""
        return self._number(value, self.constants, "")

    def _number(self, value: float, digits: int, wire: str) -> Printed:
        text = significant(value, digits)
        mark = f' data-wire="{escaped(wire)}"' if wire else ""
        sign, text = ("-", text[1:]) if text[0] == "-" else ("", text)
        if text in ("nan", "inf"):
            return Printed(f"{sign}<mi{mark}>{'∞' if text == 'inf' else text}</mi>")
        mantissa, _, exponent = text.partition("e")
        if not exponent:
            return Printed(f"{sign}<mn{mark}>{text}</mn>", PRODUCT if sign else ATOM)
        power = f"<msup{mark}><mn>10</mn><mrow>{_signed(exponent)}</mrow></msup>"
        if mantissa == "1":
            return Printed(f"{sign}{power}", PRODUCT if sign else POWER)
        return Printed(f"{sign}<mn{mark}>{mantissa}</mn> ⋅ {power}", PRODUCT)

    def name(self, name: str) -> Printed:
        """Print a name, or the number that stands for it."""
        if name in self.names:
            return self.names[name]
        if name in self.values:
            by = (of_and_by(name)[1] or (name,))[-1]
            return self._number(self.values[name], self.digits, self.wires.get(by, by))
        if name in CONSTANTS:
            return Printed(self.dialect.constants[name])
        return Printed(named(name, self.wires), POWER if name.startswith("∂") else ATOM)


def _signed(text: str) -> str:
    return f"-<mn>{text[1:]}</mn>" if text[0] == "-" else f"<mn>{text}</mn>"


def printed(side: Side, wires: Mapping[str, str] | None = None) -> str:
    """Return an expression with its signs still bare, so that it can be taken apart."""
    return fold(side.tree, _Math(side, wires or {})).text


_PART = re.compile(r"<(m[nios]|mtext)\b[^>]*>[^<]*</\1>|<[^>]*>|&\w+;|[^<&\s]")


def dressed(text: str, language: str = "en", display: bool = False) -> str:
    """Return MathML of a printed expression or a piece of one: every sign is an element."""
    parts: list[str] = []
    before = " " if text[1:2] == " " else ""  # a piece of a sum begins with the sign before it
    for part in _PART.finditer(text):
        sign = part[0]
        if sign.startswith("<"):
            parts.append(sign)
            before = sign if sign.startswith("</") or sign.endswith("/>") or "</" in sign else ""
            continue
        parts.append(_sign(sign, before))
        before = "" if sign in "(\1[{|,;=+-⋅⊙" else sign
    whole = "".join(parts).replace("\0if", say(language, "if"))
    whole = whole.replace("\0otherwise", say(language, "otherwise"))
    style = ' displaystyle="true"' if display else ""
    return f"<math{style}><mrow>{whole}</mrow></math>"


# How a sign is shown, its form, and whether it grows; \1 and \2 are brackets that do.
_FENCES = {
    "(": ("(", "prefix", "false"), ")": (")", "postfix", "false"),
    "\1": ("(", "prefix", "true"), "\2": (")", "postfix", "true"),
    "[": ("[", "prefix", "false"), "]": ("]", "postfix", "false"),
    "{": ("{", "prefix", "true"),
}  # fmt: skip


def _sign(sign: str, before: str) -> str:
    """Return a sign as an element; how far it stands off depends on what is before it."""
    if sign in _FENCES:
        shown, form, stretchy = _FENCES[sign]
        return f'<mo form="{form}" stretchy="{stretchy}">{shown}</mo>'
    if sign == "-":
        return f'<mo form="{"infix" if before else "prefix"}">−</mo>'
    if sign in ("|", _APPLY):
        return f"<mo>{sign}</mo>"
    return f'<mo form="infix">{sign}</mo>'


def parts_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield what a printed expression is made of, tags and signs, and where each stands."""
    for part in _PART.finditer(text):
        yield part.start(), part[0]


def pieces(text: str) -> list[str]:
    """Take a printed sum apart at its outermost signs, so that a line can end there."""
    found, depth, start = [], 0, 0
    for at, sign in parts_of(text):
        if sign.startswith("</") or sign in ")\2":
            depth -= 1
        elif sign in "(\1" or (sign.startswith("<") and "</" not in sign):
            depth += 1
        elif depth == 0 and sign in "+-" and text[at - 1 : at] == " ":
            found.append(text[start:at])
            start = at
    return [*found, text[start:]]


def math(side: Side, language: str = "en", wires: Mapping[str, str] | None = None) -> str:
    """Return one side of an equation as one formula."""
    return dressed(printed(side, wires), language)


__all__ = [
    "MATHML",
    "bracketed",
    "call_rule",
    "dressed",
    "math",
    "named",
    "parts_of",
    "pieces",
    "printed",
]
