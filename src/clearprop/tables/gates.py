"""The table of gates: what each computes, and how its output moves with its input.

A gate is one row. ``value`` is an expression of the input ``x`` (``x0, x1, ...`` for
several); ``slopes`` has one expression per input, which may also use the output ``y``;
``parts`` names what both share. Everything else in ClearProp reads this table, so a
new row is a new gate everywhere:

    Gate("mish", "x * t", ["t + x * (1 - t * t) / (1 + exp(-x))"],
         parts={"t": "tanh(max(x, 0) + log1p(exp(-abs(x))))"}, activation=True)

A row is checked when it is made: its slopes against complex-step differentiation of
its value over its domain (Squire & Trapp, SIAM Review 40, 1998), and that NaN in gives
NaN out. A row with a wrong slope cannot be built.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .checking import check_slopes
from .expression import Expression
from .failures import TableError
from .initializers import INITIALIZERS
from .rows import Row, Table, is_interval

Interval = tuple[float, float]
ORDINARY: Interval = (-40.0, 40.0)
POSITIVE: Interval = (1e-3, 40.0)
NONZERO: Interval = (1e-1, 40.0)


@dataclass(frozen=True)
class Kink:
    """Where a gate has no derivative: the points with ``at`` = 0, and the slopes taken there."""

    at: str
    slopes: Sequence[str]

    def __post_init__(self) -> None:
        """Keep the slopes as a tuple."""
        found = tuple(self.slopes) if isinstance(self.slopes, list | tuple) else (None,)
        if not all(isinstance(text, str) for text in (self.at, *found)):
            raise TableError(
                f"a kink is a text and a list of texts, such as Kink('x', ['0']), "
                f"not Kink({self.at!r}, {self.slopes!r})"
            )
        object.__setattr__(self, "slopes", found)


@dataclass(frozen=True, eq=False)
class Gate(Row):
    """One row of the table of gates.

    Parameters
    ----------
    name : str
        Lower case; also the name in people's expressions and on the command line.
    value : str
        The output as an expression of ``x`` (or ``x0, x1, ...``) and the parts.
    slopes : sequence of str
        For each input the derivative of the output; may use the output ``y`` too.
    latex : str
        The output in LaTeX, with ``{x}`` (or ``{x0}``, ...) for what goes in; printed
        from ``value`` where it is empty.
    parts : mapping of str to str
        Expressions shared by value and slopes, each using those before it.
    parameters : mapping of str to float
        Names with their default values.
    domain : sequence of (low, high)
        For each input the interval on which slopes are checked.
    kinks : sequence of Kink
        Where the derivative or the value jumps, with the slopes taken there; each must be here.
    activation : bool
        Whether it is offered between the layers of a network (one input only).
    logical : bool
        Whether it answers a question (1 or 0) or chooses by one; NaN then counts as "no".
    initializer : str
        The initialiser of weights that suits it (see ``clearprop.INITIALIZERS``).

    Raises
    ------
    TableError
        If the row contradicts itself; the message names the slope, the point and both numbers.

    Examples
    --------
    >>> Gate("cube", "x * x * x", ["2 * x * x"])
    Traceback (most recent call last):
        ...
    clearprop.tables.failures.TableError: cube: at x = -33.7 the slope '2 * x * x' is 2271.38,
        but the value changes by 3407.07 for each unit of x
    """

    mathematics = ("value", "slopes", "parts")

    value: str
    slopes: Sequence[str]
    latex: str = field(default="", kw_only=True)
    parts: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    domain: Sequence[Interval] = field(default=(), kw_only=True)
    kinks: Sequence[Kink] = field(default=(), kw_only=True)
    activation: bool = field(default=False, kw_only=True)
    logical: bool = field(default=False, kw_only=True)
    initializer: str = field(default="glorot", kw_only=True)
    inputs: tuple[str, ...] = field(init=False)
    value_tree: Expression = field(init=False, repr=False)
    slope_trees: tuple[Expression, ...] = field(init=False, repr=False)
    part_trees: Mapping[str, Expression] = field(init=False, repr=False)
    kink_trees: tuple[tuple[Expression, tuple[Expression, ...]], ...] = field(
        init=False, repr=False
    )

    def __post_init__(self) -> None:
        """Parse the expressions, then check the row against itself."""
        slopes = self.slopes
        if not isinstance(slopes, list | tuple) or not 1 <= len(slopes) <= 4:
            raise TableError(f"{self.name}: slopes is a list with one expression for each input")
        count = len(slopes)
        names = ("x",) if count == 1 else tuple(f"x{i}" for i in range(count))
        self.freeze("inputs", names)
        self.check_name(*names, "y")
        self.freeze("slopes", self.texts("slopes", slopes))
        self.freeze_mapping("parts", self.mapping("parts", self.parts))
        self._check_columns(count)
        self.check_new("part", self.parts, {*names, "y", *self.parameters})
        known = frozenset(names)
        parts: dict[str, Expression] = {}
        for part, text in self.parts.items():
            parts[part] = self.read(f"part {part}", text, known | parts.keys())
        known |= parts.keys()
        self.freeze_mapping("part_trees", parts)
        self.freeze("value_tree", self.read("value", self.value, known))
        trees = (self.read(f"slope {i}", s, known | {"y"}) for i, s in enumerate(self.slopes))
        self.freeze("slope_trees", tuple(trees))
        self.freeze("kink_trees", tuple(self._read_kink(kink, known) for kink in self.kinks))
        check_slopes(self)

    def _check_columns(self, count: int) -> None:
        """See to the domain, the kinks and the initializer."""
        kinks = self.kinks
        if not isinstance(kinks, list | tuple) or not all(isinstance(k, Kink) for k in kinks):
            raise TableError(f"{self.name}: kinks is a list of Kink(at, slopes), not {kinks!r}")
        self.freeze("kinks", tuple(kinks))
        given = self.domain
        if not isinstance(given, list | tuple) or not all(map(is_interval, given)):
            raise TableError(
                f"{self.name}: domain is a list of one (low, high) for each input, not {given!r}"
            )
        domain = tuple((float(low), float(high)) for low, high in given) or (ORDINARY,) * count
        if len(domain) != count:
            raise TableError(f"{self.name}: {count} input(s), but {len(domain)} domain(s)")
        self.freeze("domain", domain)
        if self.activation and count != 1:
            raise TableError(f"{self.name}: an activation has one input, this gate has {count}")
        try:
            INITIALIZERS.resolve(self.initializer)
        except TableError as error:
            raise TableError(f"{self.name}: {error}") from None

    def is_primitive(self) -> bool:
        """Tell whether this is the gate of that function of the expression language."""
        call = f"{self.name}({', '.join(self.inputs)})".replace("where(x0", "where(x0 != 0")
        return self.value == call

    def _read_kink(
        self, kink: Kink, known: frozenset[str]
    ) -> tuple[Expression, tuple[Expression, ...]]:
        if len(kink.slopes) != len(self.slopes):
            raise TableError(f"{self.name}: a kink declares one slope for each input")
        slopes = tuple(self.read("slope at a kink", slope, known | {"y"}) for slope in kink.slopes)
        return self.read("kink", kink.at, known), slopes


# The sigmoid is a / (a + b) and 1 minus it b / (a + b): neither overflows, however far from
# 0 and however often differentiated. In max the 0 stands first, so that at 0 only a moves.
_HALVES = {"a": "exp(min(x, 0))", "b": "exp(-max(0, x))"}
_STEP = "where(y > 0, 1, where(y <= 0, 0, y))"  # the last branch is NaN's


def _question(name: str, sign: str) -> Gate:
    about = f"1 where x0 {sign} x1, 0 elsewhere"
    return Gate(name, f"where(x0 {sign} x1, 1, 0)", ["0", "0"], logical=True, about=about)


GATES: Table[Gate] = Table(
    "gate",
    Gate,
    (
        # Activations.
        Gate(
            "identity", "x", ["1"], latex="{x}", activation=True, also=("linear",), about="as it is"
        ),
        Gate(
            "sigmoid",
            "1 / (1 + exp(-x))",
            ["y * (1 - y)"],
            latex=r"\sigma({x})",
            activation=True,
            also=("logistic", "expit"),
            about="squeezes into 0..1",
        ),
        Gate(
            "tanh",
            "tanh(x)",
            ["1 - y * y"],
            latex=r"\tanh({x})",
            activation=True,
            about="squeezes into -1..1",
        ),
        Gate(
            "relu",
            "max(x, 0)",
            [_STEP],
            latex=r"\operatorname{{relu}}({x})",
            kinks=[Kink("x", ["0"])],
            activation=True,
            initializer="he",
            about="passes what is positive, stops the rest",
        ),
        Gate(
            "leaky_relu",
            "where(x > 0, x, alpha * x)",
            ["where(x > 0, 1, where(x <= 0, alpha, x))"],
            parameters={"alpha": 0.01},
            kinks=[Kink("x", ["alpha"])],
            activation=True,
            initializer="he",
            also=("lrelu",),
            about="relu that lets alpha of the negative side through",
        ),
        Gate(
            "elu",
            "where(x > 0, x, alpha * expm1(min(x, 0)))",
            ["where(x > 0, 1, where(x <= 0, y + alpha, x))"],
            parameters={"alpha": 1.0},
            limits={"alpha": "[0, inf)"},
            kinks=[Kink("x", ["alpha"])],
            activation=True,
            initializer="he",
            about="relu with an exponential negative side that ends at -alpha",
        ),
        Gate(
            "softplus",
            "max(x, 0) + log1p(exp(-abs(x)))",
            ["a / (a + b)"],
            parts=_HALVES,
            latex=r"\log(1 + e^{{{x}}})",
            activation=True,
            initializer="he",
            about="a smooth relu",
        ),
        Gate(
            "silu",
            "x * s",
            ["s * (1 + x * r)"],
            parts={**_HALVES, "s": "a / (a + b)", "r": "b / (a + b)"},
            latex=r"{x} \, \sigma({x})",
            activation=True,
            initializer="he",
            also=("swish",),
            about="its input times the input's sigmoid (swish)",
        ),
        Gate(
            "gelu",
            "0.5 * x * (1 + t)",
            ["0.5 * (1 + t) + 0.5 * u * (1 - t * t) * c * (1 + 0.134145 * u * u)"],
            # t is 1 or -1 long before u stops at 100, and x * x cannot overflow.
            parts={
                "c": "sqrt(2 / pi)",
                "u": "max(-100, min(100, x))",
                "t": "tanh(c * (u + 0.044715 * u * u * u))",
            },
            latex=r"\operatorname{{gelu}}({x})",
            activation=True,
            initializer="he",
            about="Gaussian error linear unit, in its tanh form",
        ),
        # Arithmetic.
        Gate("add", "x0 + x1", ["1", "1"], about="passes the slope on to both inputs"),
        Gate(
            "subtract", "x0 - x1", ["1", "-1"], about="passes the slope on, negated to the second"
        ),
        Gate("multiply", "x0 * x1", ["x1", "x0"], about="swaps: each slope is the other input"),
        Gate(
            "divide",
            "x0 / x1",
            ["1 / x1", "-y / x1"],
            domain=[ORDINARY, NONZERO],
            about="the first input over the second",
        ),
        Gate("negate", "-x", ["-1"], about="turns the sign round"),
        Gate("square", "x * x", ["2 * x"], latex="{x}^2", about="its input times itself"),
        # The primitives of the expression language.
        Gate("exp", "exp(x)", ["y"], about="its own slope"),
        Gate("expm1", "expm1(x)", ["exp(x)"], about="exp(x) - 1, exact for small x"),
        Gate("log", "log(x)", ["1 / x"], domain=[POSITIVE], about="the natural logarithm"),
        Gate(
            "log1p",
            "log1p(x)",
            ["1 / (1 + x)"],
            domain=[(-0.99, 40.0)],
            about="log(1 + x), exact for small x",
        ),
        Gate("sqrt", "sqrt(x)", ["0.5 / y"], domain=[POSITIVE], about="the square root"),
        Gate(
            "power",
            "pow(x0, x1)",
            ["x1 * pow(b, x1 - 1)", "y * log(c)"],
            # At x0 = 0 the factor that is 0 would meet an infinite one.
            parts={
                "b": "where(x0 == 0, where(x1 == 0, 1, x0), x0)",
                "c": "where(x0 == 0, where(x1 > 0, 1, x0), x0)",
            },
            domain=[POSITIVE, (-4.0, 4.0)],
            about="the first input to the power of the second",
        ),
        Gate(
            "abs",
            "abs(x)",
            ["where(x > 0, 1, where(x < 0, -1, 0 * x))"],
            kinks=[Kink("x", ["0"])],
            about="the distance from 0",
        ),
        Gate(
            "max",
            "max(x0, x1)",
            [
                "where(x0 >= x1, 1, where(x0 < x1, 0, x0 + x1))",
                "where(x0 >= x1, 0, where(x0 < x1, 1, x0 + x1))",
            ],
            kinks=[Kink("x0 - x1", ["1", "0"])],
            about="sends the slope to the larger input (to the first when equal)",
        ),
        Gate(
            "min",
            "min(x0, x1)",
            [
                "where(x0 <= x1, 1, where(x0 > x1, 0, x0 + x1))",
                "where(x0 <= x1, 0, where(x0 > x1, 1, x0 + x1))",
            ],
            kinks=[Kink("x0 - x1", ["1", "0"])],
            about="sends the slope to the smaller input (to the first when equal)",
        ),
        Gate(
            "where",
            "where(x0 != 0, x1, x2)",
            ["0", "where(x0 != 0, 1, 0)", "where(x0 != 0, 0, 1)"],
            logical=True,
            about="the second input where the first is not 0, else the third",
        ),
        _question("less", "<"),
        _question("less_equal", "<="),
        _question("greater", ">"),
        _question("greater_equal", ">="),
        _question("equal", "=="),
        _question("not_equal", "!="),
    ),
)
"""Every gate, by name."""


def activations() -> tuple[str, ...]:
    """Return the names of the gates that a network may put after a layer.

    >>> "tanh" in activations(), "add" in activations()
    (True, False)
    """
    return tuple(name for name, gate in GATES.items() if gate.activation)


def register_gate(gate: Gate) -> Gate:
    """Add a gate at run time; it can be used at once, wherever a gate is named.

    Engines that are compiled ahead do not know it; they say so and the reference engine
    takes over.

    Parameters
    ----------
    gate : Gate
        A row; making it has checked it already.

    Returns
    -------
    Gate
        The same row.

    Raises
    ------
    TableError
        If the name is taken.

    Examples
    --------
    >>> import clearprop as cp
    >>> row = cp.register_gate(cp.Gate("cube", "x * x * x", ["3 * x * x"]))
    >>> x = cp.input("x", 2.0)
    >>> cp.gradients(cp.gates.cube(x))
    {x: 12.0}
    >>> cp.GATES.remove("cube")
    """
    return GATES.add(gate)
