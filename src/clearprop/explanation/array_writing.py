r"""Formulas of arrays as people write them: on a screen, and in LaTeX.

>>> from clearprop.explanation.arrays import matmul, named, turned
>>> product = matmul(named("δ2", ("N", 2)), turned(named("W2", (3, 2))))
>>> in_text(product)
'δ2 W2ᵀ'
>>> print(in_latex(product))
\delta_2 W_2^{\top}
>>> print(*ruled("dA1 = ", product), sep="\n")
dA1 = δ2  W2ᵀ
      N×2 2×3
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..operations import Shape
from ..tables.expression import Expression, parse
from ..tables.printers import (
    ATOM,
    COMPARISON,
    LATEX,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Dialect,
    Rule,
    latex_name,
    write,
)
from .arrays import Formula
from .screen_lines import columns

OPEN, MIDDLE, CLOSE = "\ue000", "\ue001", "\ue002"  # round a factor, and before its shape
_MARKED = re.compile(f"{OPEN}([^{OPEN}]*?){MIDDLE}([^{OPEN}]*?){CLOSE}")
_CALL = re.compile(r"[a-z′]\([^()]*\)")
_SUMS = {(0,): "sum_n", (1,): "sum_j", (0, 1): "sum_all"}
_LOOSE = ("divide", "negate", "scale")
_GROUPED = {
    "matmul": ("multiply", *_LOOSE),
    "multiply": ("matmul", *_LOOSE),
    "sum": ("matmul", "multiply", *_LOOSE),
}
_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}


def square_outside(text: str) -> bool:
    """Tell whether brackets round a text are square: every third pair is."""
    depth = deepest = 0
    for character in _CALL.sub("", text):
        depth += (character in "([") - (character in ")]")
        deepest = max(deepest, depth)
    return deepest % 3 == 2


def _bracketed(text: str) -> str:
    return f"[{text}]" if square_outside(text) else f"({text})"


def _beside(left: str, right: str) -> str:
    """Write a product of matrices: brackets need no blank between them."""
    first, last = _bare(left)[-1], _bare(right)[0]
    return f"{left}{right}" if first in ")]" or last in "([" else f"{left} {right}"


def _bare(text: str) -> str:
    return _MARKED.sub(lambda found: found[1], text)


def _squared(text: str) -> str:
    call = re.fullmatch(r"\((\w+\(\w+\))\)", text)  # a call needs no brackets round it
    return f"{call[1] if call else text}²"


def _scaled(front: str, core: str) -> str:
    return f"{front}{core}" if len(front) == 1 and front.isalpha() else f"{front} · {core}"


class _Rules(dict[str, Rule]):
    """Rules for the gates of the table too: each is written as a function."""

    def __init__(self, rules: Mapping[str, Rule], call: str) -> None:
        super().__init__(rules)
        self._call = call

    def get(self, operation: str, default: Any = None) -> Any:
        if operation in self:
            return self[operation]
        name, _, settings = operation.partition("(")
        if self._call != "{0}":
            name = name.replace("_", r"\_")
            settings = re.sub(r"[a-z_]\w*", lambda found: latex_name(found[0]), settings)
        more = [settings[:-1]] if settings else []
        return Rule(lambda *a: f"{self._call.format(name)}({', '.join([*a, *more])})", POWER)


_TEXT = Dialect(
    "text",
    _Rules(
        {
            "brackets": Rule("({0})"),
            "group": Rule(_bracketed),
            "under": Rule(lambda text, shape: f"{OPEN}{text}{MIDDLE}{shape}{CLOSE}"),
            "add": Rule("{0} + {1}", SUM, (SUM, SUM)),
            "subtract": Rule("{0} − {1}", SUM, (SUM, PRODUCT)),
            "multiply": Rule("{0} ⊙ {1}", PRODUCT, (PRODUCT, PRODUCT)),
            "matmul": Rule(_beside, PRODUCT, (PRODUCT, PRODUCT)),
            "scale": Rule(_scaled, PRODUCT, (PRODUCT, PRODUCT)),
            "divide": Rule("{0}/{1}", PRODUCT, (PRODUCT, POWER)),
            "negate": Rule("−{0}", SIGN, (POWER,)),
            "square": Rule(_squared, POWER, (ATOM,)),
            "transpose": Rule("{0}ᵀ", POWER, (ATOM,)),
            "sum_n": Rule("Σₙ {0}", POWER, (POWER,)),
            "sum_j": Rule("Σⱼ {0}", POWER, (POWER,)),
            "sum_all": Rule("Σ {0}", POWER, (POWER,)),
            "indicator": Rule("[{0}]"),
            **{s: Rule(f"{{0}} {t} {{1}}", COMPARISON, (SUM, SUM)) for s, t in _SIGNS.items()},
        },
        "{0}",
    ),
    constants={"pi": "π"},
    expansions={"log1p": parse("log(1 + u)"), "expm1": parse("exp(u) - 1")},
)


def _latex_sized(text: str, opened: str, closed: str) -> str:
    """Put brackets round a text, as high as it is; of fixed size, so that lines can end inside."""
    size = "bigg" if r"\begin" in text else "big" if r"\frac" in text else ""
    return rf"\{size}l{opened}{text}\{size}r{closed}" if size else f"{opened}{text}{closed}"


def _latex_round(text: str) -> str:
    return _latex_sized(text, "(", ")")


def _latex_group(text: str) -> str:
    bare = re.sub(r"\\bigg?[lr]|\\left|\\right|[_^]\{[^{}]*\}", "", text)
    return _latex_sized(text, "[", "]") if square_outside(bare) else _latex_round(text)


def _latex_beside(left: str, right: str) -> str:
    """Write a product of matrices; shapes under them need room."""
    return rf"{left} \; {right}" if "underbrace" in left else f"{left} {right}"


_LATEX = Dialect(
    "LaTeX",
    _Rules(
        {
            **LATEX.rules,
            "brackets": Rule(_latex_round),
            "group": Rule(_latex_group),
            "under": Rule(r"\underbrace{{{0}}}_{{{1}}}"),
            "multiply": Rule(r"{0} \odot {1}", PRODUCT, (PRODUCT, PRODUCT)),
            "matmul": Rule(_latex_beside, PRODUCT, (PRODUCT, PRODUCT)),
            "scale": Rule(r"{0} \, {1}", PRODUCT, (PRODUCT, PRODUCT)),
            "square": Rule("{0}^2", POWER, (ATOM,)),
            "transpose": Rule(r"{0}^{{\top}}", POWER, (ATOM,)),
            "sum_n": Rule(r"\sum_n {0}", POWER, (POWER,)),
            "sum_j": Rule(r"\sum_j {0}", POWER, (POWER,)),
            "sum_all": Rule(r"\sum {0}", POWER, (POWER,)),
            "indicator": Rule("[{0}]"),
        },
        r"\operatorname{{{0}}}",
    ),
    constants={"pi": r"\pi"},
    power_of_ten="10^{{{0}}}",
    lone_minus=False,
    expansions=_TEXT.expansions,
)


def shape_text(shape: Shape) -> str:
    """Write a shape: ``N×3``; nothing for a single number."""
    return "×".join(map(str, shape))


def _shape_latex(shape: Shape) -> str:
    return r" \times ".join(map(str, shape))


def spelled(name: str) -> str:
    r"""Spell a name in LaTeX.

    >>> print(spelled("W12"), spelled("δ2"), spelled("gelu′(Z1)"), spelled("∂L/∂W1"))
    W_{12} \delta_2 \operatorname{gelu}'(Z_1) \frac{\partial L}{\partial W_1}
    """
    if found := re.fullmatch(r"∂(\w+)/∂(\w+)", name):
        return rf"\frac{{\partial {latex_name(found[1])}}}{{\partial {latex_name(found[2])}}}"
    if found := re.fullmatch(r"(\w+?)(′?)\((\w+)\)", name):
        gate = found[1].replace("_", r"\_")
        called = rf"\operatorname{{{gate}}}'" if found[2] else latex_name(found[1])
        return f"{called}({latex_name(found[3])})"
    if found := re.fullmatch(r"δ(\d+)", name):
        return latex_name(f"delta{found[1]}")
    return {"λ": r"\lambda", "Δ": r"\Delta"}.get(name) or latex_name(name)


class Drawn:
    """Turns a formula into an expression that a dialect can print."""

    def __init__(self, shapes: Any = None) -> None:
        self.shapes = shapes

    def plain(self, formula: Formula) -> Expression:
        """Return it without shapes."""
        operation = formula.operation
        if operation == "name":
            return Expression("name", name=formula.name)
        if operation == "number":
            if formula.value == math.pi:
                return Expression("name", name="pi")
            return Expression("number", value=formula.value)
        if (
            operation == "where"
            and [a.value for a in formula.arguments[1:]] == [1, 0]
            and all(a.operation == "number" for a in formula.arguments[1:])
        ):
            return Expression("indicator", (self.plain(formula.arguments[0]),))
        if operation == "sum":
            return Expression(_SUMS[formula.axes], (self._factor(formula.arguments[0], "sum"),))
        if operation in ("matmul", "multiply") and formula.shape:
            return Expression(operation, tuple(self._factor(a, operation)
                                               for a in formula.arguments))  # fmt: skip
        if operation == "multiply":  # of single quantities
            operation = "scale"
        return Expression(operation, tuple(map(self.plain, formula.arguments)))

    def _factor(self, formula: Formula, within: str) -> Expression:
        """Group what would be read as another product: ``(δ2 W2ᵀ) ⊙ A1``."""
        inner = self.plain(formula)
        grouped = formula.operation in _GROUPED[within]
        return Expression("group", (inner,)) if grouped else inner

    def marked(self, formula: Formula, within: str = "") -> Expression:
        """Return it with a shape under every factor."""
        operation = formula.operation
        if operation in ("matmul", "multiply") and formula.shape:
            parts = tuple(self.marked(a, operation) for a in formula.arguments)
            whole = Expression(operation, parts)
            return Expression("group", (whole,)) if within not in ("", operation) else whole
        if operation == "scale" and not within:
            front, core = formula.arguments
            return Expression("scale", (self.plain(front), self.marked(core)))
        if operation in ("add", "subtract", "negate") and not within:
            return Expression(operation, tuple(map(self.marked, formula.arguments)))
        if operation == "sum":
            inner = self.marked(formula.arguments[0], "sum")
            return Expression(_SUMS[formula.axes], (inner,))
        if not formula.shape:
            return self.plain(formula)
        inner = self.plain(formula)
        if within and operation in ("add", "subtract", *_LOOSE):
            inner = Expression("group", (inner,))
        return Expression("under", (inner, Expression("name", name=self.shapes(formula.shape))))


def in_text(formula: Formula) -> str:
    """Write a formula for a screen, in one line."""
    return write(Drawn().plain(formula), _TEXT)


def in_latex(formula: Formula, *, shapes: bool = False) -> str:
    """Write a formula in LaTeX, with the shape under every factor if asked."""
    drawn = Drawn(_shape_latex)
    tree = drawn.marked(formula) if shapes else drawn.plain(formula)
    spelling = {n: n if "times" in n or n.isdigit() else spelled(n) for n in tree.names()}
    return write(tree, _LATEX, spelling)


def ruled(start: str, formula: Formula, width: int = 100, indent: int = 0) -> Iterator[str]:
    """Yield the lines of a formula, each with a line of shapes under it.

    Parameters
    ----------
    start : str
        What stands before it, such as ``"δ2 = "``.
    formula : Formula
    width : int
        The longest line.
    indent : int
        Blanks before each line.
    """
    text = write(Drawn(shape_text).marked(formula), _TEXT)
    lines = [_Ruler(" " * indent + start)]
    follow = " " * (indent + min(columns(start), 12))
    for word in _words(text):
        trial = lines[-1].copy()
        trial.add(word)
        if trial.length() > width and not lines[-1].fresh:
            lines.append(_Ruler(follow))
            lines[-1].add(word)
        else:
            lines[-1] = trial
    for line in lines:
        yield line.above.rstrip()
        if line.below.strip():
            yield line.below


def _words(text: str) -> Iterator[str]:
    """Cut at the blanks before signs, outside of factors."""
    start, inside = 0, 0
    for at, character in enumerate(text):
        inside += (character == OPEN) - (character == CLOSE)
        if not inside and character == " " and text[at + 1 : at + 2] in ("+", "−", "⊙", "·"):
            yield text[start:at]
            start = at
    yield text[start:]


class _Ruler:
    """A line, and the shapes under it."""

    def __init__(self, above: str, below: str = "", fresh: bool = True) -> None:
        self.above, self.below, self.fresh = above, below, fresh
        self._cut = columns(above)  # where blanks may be put in: after the last factor

    def copy(self) -> _Ruler:
        twin = _Ruler(self.above, self.below, self.fresh)
        twin._cut = self._cut
        return twin

    def length(self) -> int:
        return max(columns(self.above), columns(self.below))

    def add(self, word: str) -> None:
        if self.fresh:
            word = word.lstrip()
        self.fresh = False
        at = 0
        for found in _MARKED.finditer(word):
            self._plain(word[at : found.start()])
            self._factor(found[1], found[2])
            at = found.end()
        self._plain(word[at:])

    def _plain(self, text: str) -> None:
        if self._cut == len(self.above):  # what is closed after a factor stays with it
            self._cut += len(text) - len(text.lstrip(")]"))
        self.above += text

    def _factor(self, text: str, shape: str) -> None:
        start = columns(self.above)
        lacking = columns(self.below) + 1 - start if self.below else 0
        if lacking > 0:
            self.above = self.above[: self._cut] + " " * lacking + self.above[self._cut :]
            start += lacking
        self.above += text
        self._cut = len(self.above)
        middle = start + max(0, (columns(text) - len(shape)) // 2)
        self.below = self.below.ljust(middle) + shape
