r"""Expressions as text in other languages: NumPy, C++, JavaScript and LaTeX.

>>> tree = parse("where(x > 0, x, alpha * expm1(x)) / 2")
>>> print(to_numpy(tree))
np.where(x > 0, x, alpha * np.expm1(x)) / 2
>>> print(to_cpp(tree))
prim::where(x > T(0), x, alpha * prim::expm1(x)) / T(2)
>>> print(to_javascript(tree))
(x > 0 ? x : alpha * Math.expm1(x)) / 2
>>> print(to_latex(parse("exp(-x) / (1 + alpha)"), {"x": "z_1"}))
\frac{e^{-z_1}}{1 + \alpha}

A language is data: a :class:`Dialect`, with one :class:`Rule` for each operation. A rule
is a template, how tightly what it prints holds together, and how tightly its arguments
must hold together to go without brackets. Brackets stand only where they change the
result; ``a + (b + c)`` keeps them in code, because a rounded sum depends on its order.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from .expression import COMPARISONS, CONSTANTS, PRIMITIVES, Expression, fold, parse
from .failures import ExpressionError, TableError
from .gates import Gate

# How tightly a piece of text holds together, from the loosest to the tightest.
INSIDE, CHOICE, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM, BRACKETED = range(9)


@dataclass(frozen=True, slots=True)
class Printed:
    """A piece of text, and how tightly it holds together."""

    text: str
    level: int = ATOM
    among_numbers: str = ""  # its spelling where only numbers meet; empty if it is not one
    value: float | None = None  # what a single literal stands for


@dataclass(frozen=True)
class Rule:
    """How one operation is written.

    ``template`` is for ``str.format``, with ``{0}``, ``{1}``, ... for the arguments, or a
    function of their texts; ``tall`` takes its place where an argument is higher than a
    line. An argument of a level below its entry in ``needs`` is put in brackets.
    """

    template: str | Callable[..., str]
    level: int = ATOM
    needs: tuple[int, ...] = (INSIDE, INSIDE, INSIDE)
    tall: str = ""


@dataclass(frozen=True)
class Dialect:
    """A language to print in.

    ``rules`` has one rule for each operation and one for ``"brackets"``; ``number`` is
    the template of a literal, ``power_of_ten`` (if any) of what multiplies its mantissa.
    """

    name: str
    rules: Mapping[str, Rule]
    constants: Mapping[str, str]
    number: str = "{0}"
    power_of_ten: str = ""
    floats: bool = False  # 1 and 1.0 differ: whole numbers keep their .0 where only numbers meet
    lone_minus: bool = True  # a minus may follow another sign, as in a * -b
    expansions: Mapping[str, Expression] = field(default_factory=dict)  # written out, of u
    spell: Callable[[str], str] = str  # what a name looks like where nothing else is asked


class Printer:
    """The algebra that turns an expression into text of a dialect."""

    def __init__(self, dialect: Dialect, names: Mapping[str, Printed]) -> None:
        self.dialect, self.names = dialect, names

    def number(self, value: float) -> Printed:
        """Print a literal: the shortest that reads back as the same double."""
        if not math.isfinite(value):
            raise ExpressionError(f"{value!r} is not a number that an expression can hold")
        if math.copysign(1.0, value) < 0:
            return self.apply("negate", self.number(-value))
        mantissa, _, exponent = repr(value).removesuffix(".0").partition("e")
        if exponent and self.dialect.power_of_ten:
            power = Printed(self.dialect.power_of_ten.format(int(exponent)), POWER)
            whole = mantissa == "1"
            return power if whole else self.apply("multiply", self.number(float(mantissa)), power)
        text = f"{mantissa}e{int(exponent)}" if exponent else mantissa
        among = text if exponent or "." in text else f"{text}.0"
        return Printed(self.dialect.number.format(text), ATOM, among, value)

    def name(self, name: str) -> Printed:
        """Print a name as it was asked for, or as the dialect spells it."""
        if name in self.names:
            return self.names[name]
        if name in CONSTANTS:
            text = self.dialect.constants[name]
            return Printed(text, ATOM, text, CONSTANTS[name])
        return as_printed(self.dialect.spell(name))

    def apply(self, operation: str, *arguments: Printed) -> Printed:
        """Print an operation of printed arguments, with the brackets it needs."""
        if operation in self.dialect.expansions:
            printer = Printer(self.dialect, {"u": arguments[0]})
            return fold(self.dialect.expansions[operation], printer)
        rule = self.dialect.rules.get(operation)
        if rule is None:
            raise ExpressionError(f"{operation!r} cannot be written in {self.dialect.name}")
        chosen = arguments[1:] if operation == "where" else arguments
        numbers = self.dialect.floats and all(argument.among_numbers for argument in chosen)
        if numbers and operation == "divide" and not arguments[1].value:
            rule = self.dialect.rules["divide numbers"]
        text = self._write(rule, arguments, numbers)
        among = text if numbers and rule.level != ATOM else ""
        if operation == "negate" and arguments[0].value:  # -1 beside a name; but 0 is always -0.0
            text = self._write(rule, arguments, False)
            return Printed(text, rule.level, among, -arguments[0].value)
        return Printed(text, rule.level, among)

    def _write(self, rule: Rule, arguments: tuple[Printed, ...], numbers: bool) -> str:
        texts = []
        for index, (argument, need) in enumerate(zip(arguments, rule.needs, strict=False)):
            text = argument.among_numbers if numbers and argument.among_numbers else argument.text
            starts = index == 0 and not str(rule.template).startswith("-")
            minus = text.startswith("-") and not (self.dialect.lone_minus or starts)
            loose = argument.level < need or (minus and need > COMPARISON)
            texts.append(self.bracket(text) if loose else text)
        return _fill(rule, texts)

    def bracket(self, text: str) -> str:
        """Put brackets round a text, of a size that fits it."""
        return _fill(self.dialect.rules["brackets"], [text])


def _fill(rule: Rule, texts: list[str]) -> str:
    tall = rule.tall and any(re.search(r"\\(frac|begin)", text) for text in texts)
    template = rule.tall if tall else rule.template
    return template.format(*texts) if isinstance(template, str) else template(*texts)


_GROUP = re.compile(r"\([^()]*\)|\[[^][]*\]|\{[^{}]*\}")
_NUMBER = r"(\d+\.?\d*|\.\d+)(e[+-]?\d+)?"
_LOOKS = (
    (r".*(\\begin|[<>?=:]| if | and | or ).*", CHOICE),
    (_NUMBER, ATOM),
    (f"-{_NUMBER}", SIGN),
    (r".+[+-].*", SUM),
    (r".*[ */%@].*", PRODUCT),
    (r"-.*", SIGN),
    (r"(?!\\frac)\\?\w+|\(\)", ATOM),
    (r".*", POWER),
)


def as_printed(text: str) -> Printed:
    """Judge by its looks how tightly a text holds together that was written elsewhere.

    >>> levels = [as_printed(text).level for text in ("z_1", "f(x)", "-0.5", "w x + b")]
    >>> levels == [ATOM, POWER, SIGN, SUM]
    True
    """
    before, looks = "", text.strip()
    while looks != before:
        before, looks = looks, _GROUP.sub(lambda group: "\0" if group[0][0] == "(" else "", looks)
    looks = looks.replace("\0", "()")
    level = next(level for look, level in _LOOKS if re.fullmatch(look, looks))
    among = repr(float(looks)) if re.fullmatch(f"-?{_NUMBER}", looks) else ""
    return Printed(text, level, among, float(among) if among else None)


def _calls(prefix: str) -> dict[str, Rule]:
    holes = ("", "({0})", "({0}, {1})", "({0}, {1}, {2})")
    return {name: Rule(f"{prefix}{name}{holes[count]}") for name, count in PRIMITIVES.items()}


_CODE: Mapping[str, Rule] = {
    "brackets": Rule("({0})"),
    "add": Rule("{0} + {1}", SUM, (SUM, PRODUCT)),
    "subtract": Rule("{0} - {1}", SUM, (SUM, PRODUCT)),
    "multiply": Rule("{0} * {1}", PRODUCT, (PRODUCT, SIGN)),
    "divide": Rule("{0} / {1}", PRODUCT, (PRODUCT, SIGN)),
    "negate": Rule("-{0}", SIGN, (POWER,)),
    **{sign: Rule(f"{{0}} {sign} {{1}}", COMPARISON, (SUM, SUM)) for sign in COMPARISONS},
}

NUMPY = Dialect(
    "NumPy",
    {
        **_CODE,
        **_calls("np."),
        "pow": Rule("np.power({0}, {1})"),
        "max": Rule("np.maximum({0}, {1})"),
        "min": Rule("np.minimum({0}, {1})"),
        # Python stops at 1.0 / 0.0, where NumPy answers inf.
        "divide numbers": Rule("np.divide({0}, {1})"),
    },
    constants={"pi": "np.pi"},
    floats=True,
)

_CHOOSE = "(lambda u, v: np.where((np.real(u) {0} np.real(v)) | np.isnan(u), u, v))"
_REAL_PARTS = {
    **{s: Rule(f"np.real({{0}}) {s} np.real({{1}})", COMPARISON) for s in COMPARISONS},
    "abs": Rule("(lambda u: np.where(np.real(u) < 0, -u, u))({0})"),
    "max": Rule(_CHOOSE.format(">=") + "({0}, {1})"),
    "min": Rule(_CHOOSE.format("<=") + "({0}, {1})"),
}
COMPLEX_NUMPY = replace(NUMPY, name="complex NumPy", rules={**NUMPY.rules, **_REAL_PARTS})

CPP = Dialect(
    "C++",
    {**_CODE, **_calls("prim::")},
    constants={"pi": f"T({math.pi!r})"},
    number="T({0})",
)

JAVASCRIPT = Dialect(
    "JavaScript",
    {
        **_CODE,
        **_calls("Math."),
        "where": Rule("{0} ? {1} : {2}", CHOICE, (COMPARISON, COMPARISON, CHOICE)),
        "==": Rule("{0} === {1}", COMPARISON, (SUM, SUM)),
        "!=": Rule("{0} !== {1}", COMPARISON, (SUM, SUM)),
    },
    constants={"pi": "Math.PI"},
)


def _product(left: str, right: str) -> str:
    # A dot stands where two factors would run into one number or one word.
    number = right[:1].isdigit() or (left[-1:].isdigit() and right.startswith(r"\frac"))
    word = re.search(r"\\(mathrm|text)\{[^{}]*\}$", left) or re.match(r"\\(mathrm|text)\b", right)
    return rf"{left} \cdot {right}" if number or word else f"{left} {right}"


def _cases(condition: str, then: str, otherwise: str) -> str:
    begin, end = r"\begin{cases} ", r" \end{cases}"
    rest = rf"{otherwise} & \text{{otherwise}}"
    if otherwise.startswith(begin):  # a choice within the last case is some more cases
        rest = otherwise.removeprefix(begin).removesuffix(end)
    return rf"{begin}{then} & \text{{if }} {condition} \\ {rest}{end}"


_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|mu|nu|xi|rho|sigma|tau|phi|chi|psi|omega"
)


def latex_name(name: str) -> str:
    r"""Spell a name as mathematicians do.

    >>> print(latex_name("x0"), latex_name("beta12"), latex_name("learning_rate"))
    x_0 \beta_{12} \mathrm{learning\_rate}
    """
    found = re.fullmatch(r"([A-Za-z]+?)_?(\d*)", name)
    letter, number = found.groups() if found else (name, "")
    if _GREEK.fullmatch(letter):
        letter = f"\\{letter}"
    elif len(letter) > 1:
        return rf"\mathrm{{{name}}}".replace("_", r"\_")
    index = f"{{{number}}}" if len(number) > 1 else number
    return f"{letter}_{index}" if number else letter


_SIGNS = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne"}

LATEX = Dialect(
    "LaTeX",
    {
        "brackets": Rule("({0})", tall=r"\left({0}\right)"),
        "add": Rule("{0} + {1}", SUM, (SUM, SUM)),
        "subtract": Rule("{0} - {1}", SUM, (SUM, PRODUCT)),
        "multiply": Rule(_product, PRODUCT, (PRODUCT, PRODUCT)),
        "divide": Rule(r"\frac{{{0}}}{{{1}}}", POWER),
        "negate": Rule("-{0}", PRODUCT, (PRODUCT,)),
        "exp": Rule("e^{{{0}}}", POWER),
        "log": Rule(r"\log{0}", POWER, (BRACKETED,)),
        "tanh": Rule(r"\tanh{0}", POWER, (BRACKETED,)),
        "sqrt": Rule(r"\sqrt{{{0}}}"),
        "pow": Rule("{0}^{{{1}}}", POWER, (ATOM, INSIDE)),
        "abs": Rule("|{0}|", tall=r"\left|{0}\right|"),
        "max": Rule(r"\max({0}, {1})", POWER, tall=r"\max\left({0}, {1}\right)"),
        "min": Rule(r"\min({0}, {1})", POWER, tall=r"\min\left({0}, {1}\right)"),
        "where": Rule(_cases, CHOICE),
        **{s: Rule(f"{{0}} {t} {{1}}", COMPARISON, (COMPARISON,) * 2) for s, t in _SIGNS.items()},
    },
    constants={"pi": r"\pi"},
    power_of_ten="10^{{{0}}}",
    lone_minus=False,
    expansions={"expm1": parse("exp(u) - 1"), "log1p": parse("log(1 + u)")},
    spell=latex_name,
)


def write(tree: Expression, dialect: Dialect, names: Mapping[str, str] | None = None) -> str:
    """Print an expression in a dialect; a language of one's own is one more ``Dialect``.

    ``names`` says what names are printed as; what is more than a name (``"w x + b"``,
    ``"-0.5"``) gets brackets where it needs them. An operation for which the dialect has
    no rule raises ExpressionError.

    >>> write(parse("x * x"), JAVASCRIPT, {"x": "a - b"})
    '(a - b) * (a - b)'
    """
    printed = {name: as_printed(text) for name, text in (names or {}).items()}
    return fold(tree, Printer(dialect, printed)).text


def to_numpy(tree: Expression, names: Mapping[str, str] | None = None) -> str:
    """Print an expression as Python with NumPy as ``np``.

    >>> to_numpy(parse("max(x0, 0) - (x1 - pi)"), {"x0": "z[:, 0]"})
    'np.maximum(z[:, 0], 0) - (x1 - np.pi)'
    """
    return write(tree, NUMPY, names)


def to_complex_numpy(tree: Expression, names: Mapping[str, str] | None = None) -> str:
    """Print it for complex-step checks: comparisons, abs, max and min look at real parts.

    >>> to_complex_numpy(parse("where(x > 0, x, -x)"))
    'np.where(np.real(x) > np.real(0), x, -x)'
    """
    return write(tree, COMPLEX_NUMPY, names)


def to_cpp(tree: Expression, names: Mapping[str, str] | None = None) -> str:
    """Print it as C++ over a number type ``T``, with the functions in a namespace ``prim``.

    >>> to_cpp(parse("0.5 * (1 + tanh(x))"))
    'T(0.5) * (T(1) + prim::tanh(x))'
    """
    return write(tree, CPP, names)


def to_javascript(tree: Expression, names: Mapping[str, str] | None = None) -> str:
    """Print it as JavaScript; NaN fares as in NumPy, but ``Math.pow(1, NaN)`` is NaN, not 1.

    >>> to_javascript(parse("where(x == 0, 1, abs(x))"))
    'x === 0 ? 1 : Math.abs(x)'
    """
    return write(tree, JAVASCRIPT, names)


def to_latex(tree: Expression, names: Mapping[str, str] | None = None) -> str:
    r"""Print it as a formula.

    >>> print(to_latex(parse("where(x > 0, x, alpha * x)"), {"x": "z_1"}))
    \begin{cases} z_1 & \text{if } z_1 > 0 \\ \alpha z_1 & \text{otherwise} \end{cases}
    """
    return write(tree, LATEX, names)


def gate_latex(gate: Gate, *inputs: str) -> str:
    r"""Print what a gate computes from ``inputs``, which are LaTeX themselves.

    The row's own ``latex`` is used where it has one; otherwise its value is printed, with
    its parts put in. Either way inputs get brackets where they need them.

    Raises
    ------
    TableError
        If the number of inputs is not the gate's.

    Examples
    --------
    >>> from clearprop.tables import GATES
    >>> print(gate_latex(GATES["silu"], "w x + b"))
    (w x + b) \, \sigma(w x + b)
    """
    if len(inputs) != len(gate.inputs):
        raise TableError(f"{gate.name} has {len(gate.inputs)} input(s), {len(inputs)} given")
    names = {name: as_printed(text) for name, text in zip(gate.inputs, inputs, strict=True)}
    printer = Printer(LATEX, names)
    if gate.latex:
        return _fill_holes(gate.latex.format(**{n: f"\0{n}\0" for n in names}), printer)
    for part, tree in gate.part_trees.items():
        names[part] = fold(tree, printer)
    return fold(gate.value_tree, printer).text


def _fill_holes(template: str, printer: Printer) -> str:
    """Put inputs into a template, in brackets where it does not delimit them itself."""

    def put(hole: re.Match[str]) -> str:
        printed = printer.names[hole[1] or hole[2]]
        before, after = template[: hole.start()].rstrip(), template[hole.end() :].lstrip()
        delimited = before[-1:] in "([{,|" and after[:1] in ")]},|"
        loose = not delimited and printed.level < (ATOM if after.startswith("^") else POWER)
        return printer.bracket(printed.text) if loose or hole[1] else printed.text

    return re.sub(r"\(\0(\w+)\0\)|\0(\w+)\0", put, template)
