"""Formulas of arrays as MathML: the shape stands under each factor.

>>> from clearprop.explanation.arrays import matmul, named, turned
>>> product = matmul(named("δ2", ("N", 2)), turned(named("W2", (3, 2))))
>>> import re
>>> re.sub("<[^>]*>", "", "".join(in_mathml(product)))
'δ2N×2W2⊤2×3'
"""

from __future__ import annotations

import re

from ..tables.expression import Expression, fold
from ..tables.printers import ATOM, COMPARISON, POWER, PRODUCT, SUM, Dialect, Printed, Printer, Rule
from .array_writing import Drawn, shape_text, square_outside
from .arrays import Formula
from .mathml import MATHML, bracketed, call_rule, dressed, parts_of
from .svg import escaped

_THIN = '<mspace width=".17em"/>'
_GAP = '<mspace width=".3em"/>'  # between factors that have shapes under them


def _group(text: str) -> str:
    """Put brackets round a text, square ones round every third pair."""
    if bracketed(text) != f"<mrow>({text})</mrow>":
        return bracketed(text)
    opened, closed = "[]" if square_outside(re.sub("<[^>]*>", "", text)) else "()"
    return f"{opened}{text}{closed}"  # no element: a line can end inside


def _sum(below: str) -> Rule:
    sign = f"<munder><mo>∑</mo><mi>{below}</mi></munder>" if below else "<mo>∑</mo>"
    return Rule(f"{sign}{_THIN}{{0}}", POWER, (POWER,))


class _Rules(dict[str, Rule]):
    """Gates of the table are functions."""

    def get(self, operation: str, default: object = None) -> Rule:
        return self[operation] if operation in self else call_rule(operation)


_ARRAYS = Dialect(
    "MathML",
    _Rules(
        {
            **MATHML.rules,
            "brackets": Rule(_group),
            "group": Rule(_group),
            "under": Rule("<munder><mrow>{0}</mrow>{1}</munder>"),
            "multiply": Rule("{0} ⊙ {1}", PRODUCT, (PRODUCT, PRODUCT)),
            "matmul": Rule(f"{{0}}{_GAP}{{1}}", PRODUCT, (PRODUCT, PRODUCT)),
            "scale": Rule(f"{{0}}{_GAP}{{1}}", PRODUCT, (PRODUCT, PRODUCT)),
            "transpose": Rule("<msup><mrow>{0}</mrow><mo>⊤</mo></msup>", POWER, (ATOM,)),
            "sum_n": _sum("n"),
            "sum_j": _sum("j"),
            "sum_all": _sum(""),
            "indicator": Rule("[{0}]"),
            **{
                sign: Rule(f"{{0}} {shown} {{1}}", COMPARISON, (SUM, SUM))
                for sign, shown in (("<", "&lt;"), ("<=", "≤"), (">", "&gt;"), (">=", "≥"),
                                    ("==", "="), ("!=", "≠"))
            },
        }
    ),
    constants=MATHML.constants,
    number=MATHML.number,
    lone_minus=False,
    expansions=MATHML.expansions,
)  # fmt: skip


def spelled(name: str) -> str:
    """Spell the name of an array; it carries the name in ``data-wire``.

    >>> print(spelled("W1"))
    <msub data-wire="W1"><mi>W</mi><mn>1</mn></msub>
    """
    if found := re.fullmatch(r"∂(\w+)/∂(\w+)", name):
        above, below = (f"<mrow><mi>∂</mi>{_plain(one)}</mrow>" for one in found.groups())
        return f'<mfrac data-wire="{escaped(found[2])}">{above}{below}</mfrac>'
    if found := re.fullmatch(r"(\w+?)(′?)\((\w+)\)", name):
        inner = spelled(found[3])
        gate = f"<mi>{escaped(found[1] + found[2])}</mi>"
        return f'<mrow data-wire="{escaped(name)}">{gate}({inner})</mrow>'
    return _plain(name, f' data-wire="{escaped(name)}"')


def _plain(name: str, mark: str = "") -> str:
    counted = re.fullmatch(r"(.+?)(\d+)", name)
    if counted is None:
        return f"<mi{mark}>{escaped(name)}</mi>"
    return f"<msub{mark}><mi>{escaped(counted[1])}</mi><mn>{counted[2]}</mn></msub>"


class _Printer(Printer):
    def name(self, name: str) -> Printed:
        """Print a name of an array, or a shape."""
        if name in self.dialect.constants:
            return Printed(self.dialect.constants[name])
        if re.fullmatch("[N0-9][N0-9×]*", name) and name != "N":
            return Printed(f'<mtext class="shape">{name}</mtext>')
        return Printed(spelled(name), ATOM)


def in_mathml(formula: Formula, language: str = "en", *, shapes: bool = True) -> list[str]:
    """Return a formula of arrays, in pieces between which a line may end."""
    drawn = Drawn(shape_text)
    tree: Expression = drawn.marked(formula) if shapes else drawn.plain(formula)
    text = fold(tree, _Printer(_ARRAYS, {})).text
    return [dressed(one, language, display=True) for one in _pieces(text)]


def name_in_mathml(name: str, language: str = "en") -> str:
    """Return the name of an array as a formula."""
    return dressed(spelled(name), language, display=True)


def _pieces(text: str) -> list[str]:
    """Cut before every ⊙ that stands in no element, and at signs outside all brackets."""
    found, depth, brackets, start = [], 0, 0, 0
    for at, sign in parts_of(text):
        if sign.startswith("</"):
            depth -= 1
        elif sign.startswith("<") and "</" not in sign and not sign.endswith("/>"):
            depth += 1
        elif depth == 0:
            brackets += (sign in "([") - (sign in ")]")
            spaced = text[at - 1 : at] == " "
            if spaced and (sign == "⊙" or (sign in "+-" and brackets == 0)):
                found.append(text[start:at])
                start = at
    return [*found, text[start:]]
