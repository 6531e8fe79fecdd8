"""The table of losses: what a sample's scores cost, and how the cost moves with each score.

A loss has up to three kinds of *stages* that gather a sample's outputs into one number:
``("max", "s")`` the largest score, ``("sum", expression)`` a sum over the outputs,
``("pick", "s")`` the score of the right class. In between stand elementwise
expressions. Their names: ``s`` is the score of an output; ``hit`` is 1 for the right
class and 0 for the others; ``target`` is the value wanted of an output.

``value`` is the loss of one sample; it is reduced over samples ("mean" or "sum") by
whoever asks. ``slope`` is its derivative by the score ``s`` of any one output. As for
gates, a row is checked when it is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .expression import Expression
from .failures import TableError
from .losschecks import check_loss
from .rows import Row, Table

REDUCTIONS = ("max", "sum", "pick")
TARGETS: Mapping[str, str] = {"class": "hit", "binary": "target", "value": "target"}
"""The kinds of targets, and the name by which a loss's expressions speak of them:
``class`` one whole number per sample, ``binary`` 0 or 1 per output, ``value`` a real
number per output."""


@dataclass(frozen=True, eq=False)
class Loss(Row):
    """One row of the table of losses.

    Parameters
    ----------
    name : str
    value : str
        The loss of one sample, an expression of the stages.
    slope : str
        Its derivative by the score ``s`` of one output; may use stages and parts.
    targets : {"class", "binary", "value"}
    shown : str
        The slope as people write it, where ``slope`` is written for accuracy: the
        subtraction in p - 1 loses digits as p nears 1. Checked to be equal.
    stages : mapping of str to (reduction, expression)
        In order; each may use those before it.
    parts : mapping of str to str
        Elementwise expressions of ``s``, the stages and the parts before it.
    probability : str
        The probability of an output, where the loss has one.
    said : mapping of str to (how, expression)
        The loss as people write it, step by step, the last one ``loss``; ``how`` is "each"
        (one number for each output), or "sum", "max" or "pick" over the outputs. Checked to
        be the same as the value, for scores of ordinary size.
    latex : str

    Raises
    ------
    TableError
        If the row contradicts itself.
    """

    mathematics = ("value", "slope", "targets", "stages", "parts", "probability")

    value: str
    slope: str
    targets: str
    stages: Mapping[str, tuple[str, str]]
    shown: str = field(default="", kw_only=True)
    parts: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    probability: str = field(default="", kw_only=True)
    said: Mapping[str, tuple[str, str]] = field(default_factory=dict, kw_only=True)
    latex: str = field(default="", kw_only=True)
    value_tree: Expression = field(init=False, repr=False)
    slope_tree: Expression = field(init=False, repr=False)
    shown_tree: Expression = field(init=False, repr=False)
    probability_tree: Expression | None = field(init=False, repr=False)
    stage_trees: Mapping[str, tuple[str, Expression]] = field(init=False, repr=False)
    part_trees: Mapping[str, Expression] = field(init=False, repr=False)
    said_trees: Mapping[str, tuple[str, Expression]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Parse the expressions, then check the row against itself."""
        self.check_name("s", "hit", "target")
        if self.targets not in TARGETS:
            kinds = ", ".join(TARGETS)
            raise TableError(f"{self.name}: targets is one of {kinds}, not {self.targets!r}")
        for column in ("stages", "parts", "said"):
            self.freeze_mapping(column, self.mapping(column, getattr(self, column)))
        for column in ("stages", "said"):
            pairs = getattr(self, column)
            self.freeze_mapping(column, {name: self._pair(column, name) for name in pairs})
        scores = frozenset({"s"})
        known = scores | {TARGETS[self.targets]}
        taken = known | self.parameters.keys()
        self.check_new("stage", self.stages, taken)
        self.check_new("part", self.parts, taken | self.stages.keys())
        stages: dict[str, tuple[str, Expression]] = {}
        for stage, (reduction, text) in self.stages.items():
            if reduction not in REDUCTIONS or (reduction == "pick" and self.targets != "class"):
                raise TableError(f"{self.name}, stage {stage}: {reduction!r} cannot be done here")
            tree = self.read(f"stage {stage}", text, known | stages.keys())
            stages[stage] = (reduction, tree)
        parts: dict[str, Expression] = {}
        known |= stages.keys()
        for part, text in self.parts.items():
            parts[part] = self.read(f"part {part}", text, known | parts.keys())
        known |= parts.keys()
        self.freeze_mapping("stage_trees", stages)
        self.freeze_mapping("part_trees", parts)
        self.freeze("value_tree", self.read("value", self.value, frozenset(stages)))
        self.freeze("slope_tree", self.read("slope", self.slope, known))
        self.freeze("shown_tree", self.read("shown", self.shown or self.slope, known))
        of_scores = scores | stages.keys() | parts.keys()
        chance = self.read("probability", self.probability, of_scores) if self.probability else None
        self.freeze("probability_tree", chance)
        self._read_said(scores | {TARGETS[self.targets]})
        check_loss(self)

    def _read_said(self, known: frozenset[str]) -> None:
        """Read the loss as people write it, step by step; without it, the stages are the steps."""
        steps = self.said
        if not steps:
            value = {"loss": ("whole", self.value_tree)}
            self.freeze_mapping("said_trees", {**self.stage_trees, **value})
            return
        trees: dict[str, tuple[str, Expression]] = {}
        for step, (how, text) in steps.items():
            if how not in (*REDUCTIONS, "each"):
                raise TableError(f"{self.name}, said {step}: {how!r} is none of the ways to say it")
            trees[step] = (how, self.read(f"said {step}", text, known | trees.keys()))
        if not trees or list(trees)[-1] != "loss" or trees["loss"][0] == "each":
            raise TableError(f"{self.name}: what is said ends with one number, the loss")
        self.freeze_mapping("said_trees", trees)

    def _pair(self, column: str, name: str) -> tuple[str, str]:
        stage = getattr(self, column)[name]
        if not isinstance(stage, list | tuple) or [type(text) for text in stage] != [str, str]:
            raise TableError(
                f"{self.name}, {column.rstrip('s')} {name}: a stage is a reduction and an "
                f"expression, such as ('sum', 'exp(s)'), not {stage!r}"
            )
        return stage[0], stage[1]


LOSSES: Table[Loss] = Table(
    "loss",
    Loss,
    (
        Loss(
            "softmax_cross_entropy",
            "log1p(where(c == m, o, t - 1)) + (m - c)",
            "where(hit > 0, -o / t, p)",
            "class",
            {
                "m": ("max", "s"),
                "t": ("sum", "exp(s - m)"),
                "o": ("sum", "where(hit > 0, 0 * s, exp(s - m))"),
                "c": ("pick", "s"),
            },
            shown="p - hit",
            parts={"p": "exp(s - m) / t"},
            probability="p",
            said={
                "t": ("sum", "exp(s)"),
                "p": ("each", "exp(s) / t"),
                "loss": ("pick", "-log(p)"),
            },
            latex=r"-\log\frac{e^{s_y}}{\sum_j e^{s_j}}",
            also=(
                "cross_entropy",
                "categorical_cross_entropy",
                "categorical_crossentropy",
                "softmax",
                "nll",
            ),
            about="minus the logarithm of the right class's softmax probability",
        ),
        Loss(
            "hinge",
            "n",
            "where(hit > 0, -k, step)",
            "class",
            {
                "c": ("pick", "s"),
                "n": ("sum", "where(hit > 0, 0 * s, max(0, s - c + margin))"),
                "k": (
                    "sum",
                    "where(hit > 0, 0 * s, where(s - c + margin > 0, 1,"
                    " where(s - c + margin <= 0, 0, s - c)))",
                ),
            },
            parts={
                "v": "s - c + margin",
                "step": "where(v > 0, 1, where(v <= 0, 0, v))",
            },
            parameters={"margin": 1.0},
            limits={"margin": "[0, inf)"},
            said={
                "c": ("pick", "s"),
                "e": ("each", "where(hit > 0, 0, max(0, s - c + margin))"),
                "loss": ("sum", "e"),
            },
            latex=r"\sum_{j \ne y} \max(0, s_j - s_y + \Delta)",
            also=("svm", "multiclass_hinge", "max_margin"),
            about="the wrong classes' scores that come within the margin (multiclass SVM)",
        ),
        Loss(
            "logistic",
            "e",
            "(1 - target) * p - target * q",
            "binary",
            {"e": ("sum", "max(s, 0) - s * target + log1p(exp(-abs(s)))")},
            shown="p - target",
            parts={
                "a": "exp(min(s, 0))",
                "b": "exp(-max(0, s))",
                "p": "a / (a + b)",
                "q": "b / (a + b)",
            },
            probability="p",
            said={
                "p": ("each", "1 / (1 + exp(-s))"),
                "loss": ("sum", "-target * log(p) - (1 - target) * log(1 - p)"),
            },
            latex=r"-\sum_j t_j \log \sigma(s_j) + (1 - t_j) \log(1 - \sigma(s_j))",
            also=(
                "bce",
                "binary_cross_entropy",
                "binary_crossentropy",
                "log_loss",
                "sigmoid_cross_entropy",
            ),
            about="binary cross-entropy of the scores' sigmoids, for targets 0 and 1",
        ),
        Loss(
            "squared_error",
            "e",
            "s - target",
            "value",
            {"e": ("sum", "0.5 * (target - s) * (target - s)")},
            said={
                "e": ("each", "0.5 * (target - s) * (target - s)"),
                "loss": ("sum", "e"),
            },
            latex=r"\sum_j \tfrac12 (t_j - s_j)^2",
            also=("mse", "mean_squared_error", "l2"),
            about="half the squared distance to the target",
        ),
        Loss(
            "absolute_error",
            "e",
            "where(s > target, 1, where(s < target, -1, 0 * (s - target)))",
            "value",
            {"e": ("sum", "abs(s - target)")},
            said={"e": ("each", "abs(s - target)"), "loss": ("sum", "e")},
            latex=r"\sum_j |s_j - t_j|",
            also=("mae", "mean_absolute_error", "l1"),
            about="the distance to the target; slope 0 on it",
        ),
        Loss(
            "huber",
            "e",
            "max(-delta, min(delta, s - target))",
            "value",
            {
                "e": (
                    "sum",
                    "where(abs(s - target) <= delta, 0.5 * (s - target) * (s - target),"
                    " delta * (abs(s - target) - 0.5 * delta))",
                )
            },
            parameters={"delta": 1.0},
            limits={"delta": "(0, inf)"},
            said={
                "e": (
                    "each",
                    "where(abs(s - target) <= delta, 0.5 * (s - target) * (s - target),"
                    " delta * (abs(s - target) - 0.5 * delta))",
                ),
                "loss": ("sum", "e"),
            },
            latex=r"\sum_j h_\delta(s_j - t_j)",
            also=("smooth_l1",),
            about="squared error up to delta from the target, absolute beyond",
        ),
        Loss(
            "quantile",
            "e",
            "where(s > target, 1 - q, where(s < target, -q, 0 * (s - target)))",
            "value",
            {"e": ("sum", "max(q * (target - s), (q - 1) * (target - s))")},
            parameters={"q": 0.5},
            limits={"q": "(0, 1)"},
            said={
                "e": ("each", "max(q * (target - s), (q - 1) * (target - s))"),
                "loss": ("sum", "e"),
            },
            latex=r"\sum_j \max(q (t_j - s_j), (q - 1) (t_j - s_j))",
            also=("pinball",),
            about="leads to the value that a share q of the targets stays below; slope 0 on it",
        ),
        Loss(
            "poisson",
            "e",
            "exp(s) - target",
            "value",
            # With d the distance of the score from the target's logarithm, t (e^d - 1 - d):
            # near d = 0 it keeps the digits that e^s - t s - t + t log t would lose.
            {
                "e": (
                    "sum",
                    "where(target > 0, target * (expm1(s - log(where(target > 0, target, 1)))"
                    " - (s - log(where(target > 0, target, 1)))),"
                    " exp(s) - target * s - target)",
                )
            },
            said={
                "r": ("each", "exp(s)"),
                "loss": (
                    "sum",
                    "r - target + target * (log(where(target > 0, target, 1)) - s)",
                ),
            },
            latex=r"\sum_j e^{s_j} - t_j + t_j \log(t_j / e^{s_j})",
            also=("poisson_deviance",),
            about="half the Poisson deviance of counts, for scores that are logarithms of rates",
        ),
    ),
)
"""Every loss, by name."""


def register_loss(loss: Loss) -> Loss:
    """Add a loss at run time and return it; its name must be free (TableError)."""
    return LOSSES.add(loss)
