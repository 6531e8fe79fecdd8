"""The table of slips on paper: what goes wrong in working a network out by hand.

A row says of which numbers it can be a slip, and what it makes of them: an expression of the
numbers that stand around it. Mistakes of the backward pass are in the table of the doctor
(:mod:`clearprop.doctor.mistakes`); these are the ones beside it.

>>> SLIPS["added"].formula, SLIPS["added"].what["en"]
('old + rate * slope', 'The step was added, not subtracted.')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...errors import TableError
from ...explanation.reading import parse_formula
from ...tables.expression import Expression
from ...tables.rows import Row, Table

KINDS = ("net", "out", "square", "probability", "loss", "slope", "new", "any")
OVER = ("", "term", "gate", "parameter", "other", "neuron", "class")


@dataclass(frozen=True, eq=False)
class PaperSlip(Row):
    """One row of the table.

    Parameters
    ----------
    name : str
    kind : str
        Of which number: ``net`` (what a neuron adds up), ``out`` (after its gate), ``square``
        (an output's squared error), ``probability``, ``loss``, ``slope`` (a derivative), ``new``
        (a parameter after the step), ``any``.
    formula : str
        What comes out, by the names of :mod:`clearprop.doctor.worksheets.around`.
    what : mapping of str to str
        By language; holes are filled with the names around it.
    over : str
        What the row is tried for: each ``term`` of the sum, each other ``gate``, ``parameter``,
        number asked for (``other``), ``neuron`` of the layer, ``class``.
    """

    mathematics = ("kind", "formula", "over")

    kind: str
    formula: str
    what: Mapping[str, str]
    over: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        """See that the row can be read."""
        self.check_name()
        self.freeze_mapping("what", self.mapping("what", self.what))
        if self.kind not in KINDS or self.over not in OVER:
            raise TableError(f"{self.name}: no such kind or range: {self.kind!r}, {self.over!r}")
        if set(self.what) != {"en", "zh"}:
            raise TableError(f"{self.name}: what has words in English (en) and Chinese (zh)")
        self.freeze("tree", parse_formula(self.formula))

    @property
    def expression(self) -> Expression:
        """The formula, read."""
        found: Expression = self.__dict__["tree"]
        return found


SLIPS: Table[PaperSlip] = Table(
    "slip on paper",
    PaperSlip,
    (
        PaperSlip("bias_left_out", "net", "right - bias",
                  {"en": "The bias {bias} is left out.", "zh": "漏加了偏置 {bias}。"}),
        PaperSlip("bias_subtracted", "net", "right - 2 * bias",
                  {"en": "The bias {bias} is subtracted.", "zh": "偏置 {bias} 被减去了。"}),
        PaperSlip("term_left_out", "net", "right - weight * source",
                  {"en": "{weight}·{source} is left out.", "zh": "漏加了 {weight}·{source}。"},
                  over="term"),
        PaperSlip("weights_turned", "net", "turned",
                  {"en": "The weights are those that leave {neuron}'s place in the layer before, "
                         "not those that lead to {neuron}.",
                   "zh": "用的是从上一层对应位置出发的权重，而不是通向 {neuron} 的权重。"}),
        PaperSlip("before_gates", "net", "ungated",
                  {"en": "It is computed from net, not from out, of the layer before.",
                   "zh": "用了上一层的 net，而不是 out。"}),
        PaperSlip("gate_left_out", "out", "net",
                  {"en": "{gate} is not applied: this is {net}.",
                   "zh": "没有应用 {gate}：这是 {net}。"}),
        PaperSlip("gate_mirrored", "out", "mirrored",
                  {"en": "{gate} is taken of -{net}: a sign in the exponent.",
                   "zh": "代入 {gate} 的是 -{net}：指数的符号错了。"}),
        PaperSlip("other_gate", "out", "other",
                  {"en": "{other} is applied, not {gate}.",
                   "zh": "用的是 {other}，而不是 {gate}。"}, over="gate"),
        PaperSlip("slope_of_gate", "out", "slope",
                  {"en": "This is {gate}'s slope there, not its value.",
                   "zh": "这是 {gate} 在该处的斜率，而不是它的值。"}),
        PaperSlip("not_halved", "square", "2 * right",
                  {"en": "The ½ of the squared error is left out.", "zh": "漏掉了平方误差的 ½。"}),
        PaperSlip("not_squared", "square", "target - score",
                  {"en": "The difference is not squared (nor halved).",
                   "zh": "差没有平方（也没有乘 ½）。"}),
        PaperSlip("half_not_squared", "square", "0.5 * (target - score)",
                  {"en": "The difference is not squared.", "zh": "差没有平方。"}),
        PaperSlip("not_divided", "probability", "exp(score)",
                  {"en": "e^{score} is not divided by the sum.", "zh": "e^{score} 没有除以总和。"}),
        PaperSlip("without_e", "probability", "score / scores",
                  {"en": "The scores themselves are divided, without e^.",
                   "zh": "直接用得分相除，没有取 e^。"}),
        PaperSlip("loss_averaged", "loss", "of_sum / n_outputs",
                  {"en": "It is averaged over the outputs, but the loss adds them up.",
                   "zh": "对各输出求了平均，但 loss 是把它们相加。"}),
        PaperSlip("loss_not_halved", "loss", "2 * of_squares",
                  {"en": "It is twice too large (is a ½ left out?).",
                   "zh": "大了一倍（漏了 ½？）。"}),
        PaperSlip("log_of_10", "loss", "of_log / log(10)",
                  {"en": "The logarithm is taken to base 10; log is the natural one (ln).",
                   "zh": "用了以 10 为底的对数；这里的 log 是自然对数（ln）。"}),
        PaperSlip("log_of_2", "loss", "of_log / log(2)",
                  {"en": "The logarithm is taken to base 2; log is the natural one (ln).",
                   "zh": "用了以 2 为底的对数；这里的 log 是自然对数（ln）。"}),
        PaperSlip("other_class", "loss", "-log(p)",
                  {"en": "The probability {p} is taken, but {correct} is the right class.",
                   "zh": "用了概率 {p}，但正确类别是 {correct}。"}, over="class"),
        PaperSlip("other_parameter", "slope", "other",
                  {"en": "This is the derivative by {other}{instead}.",
                   "zh": "这是对 {other} 的导数{instead}。"}, over="parameter"),
        PaperSlip("input_left_out", "slope", "delta",
                  {"en": "The last factor {source} (what the weight is multiplied by) is left out.",
                   "zh": "漏掉了最后一个因子 {source}（与权重相乘的那个数）。"}),
        PaperSlip("weight_for_input", "slope", "delta * old",
                  {"en": "The last factor is {own}, but it is {source}: a product's slope is the "
                         "other factor.",
                   "zh": "最后一个因子用了 {own}，应为 {source}：乘积的斜率是另一个因子。"}),
        PaperSlip("one_neuron", "slope", "share",
                  {"en": "{own} serves all neurons of the layer; this is its derivative through "
                         "{neuron} only.",
                   "zh": "{own} 供该层所有神经元使用；这只是经过 {neuron} 的那部分导数。"},
                  over="neuron"),
        PaperSlip("rate_in_slope", "slope", "rate * right",
                  {"en": "It is multiplied by the learning rate already.",
                   "zh": "已经乘了学习率。"}),
        PaperSlip("step_in_slope", "slope", "-rate * right",
                  {"en": "This is the step (minus learning rate times derivative).",
                   "zh": "这是更新量（负的学习率乘以导数）。"}),
        PaperSlip("added", "new", "old + rate * slope",
                  {"en": "The step was added, not subtracted.", "zh": "更新时加上了，应减去。"}),
        PaperSlip("no_rate", "new", "old - slope",
                  {"en": "The learning rate was forgotten in the update.",
                   "zh": "更新时忘了乘学习率。"}),
        PaperSlip("added_without_rate", "new", "old + slope",
                  {"en": "The derivative was added, without the learning rate.",
                   "zh": "更新时加上了导数，也没有乘学习率。"}),
        PaperSlip("rate_divides", "new", "old - slope / rate",
                  {"en": "It was divided by the learning rate.", "zh": "除以了学习率，应乘以。"}),
        PaperSlip("not_updated", "new", "old",
                  {"en": "This is the old {own}.", "zh": "这是更新前的 {own}。"}),
        PaperSlip("step_only", "new", "rate * slope",
                  {"en": "This is the step only; it is subtracted from {own}.",
                   "zh": "这只是更新量；还要从 {own} 中减去它。"}),
        PaperSlip("minus_step_only", "new", "-rate * slope",
                  {"en": "This is the step only; {own} itself is left out.",
                   "zh": "这只是更新量；漏了 {own} 本身。"}),
        PaperSlip("turned_sign", "any", "-right",
                  {"en": "The sign is turned round.", "zh": "符号反了。"}),
        PaperSlip("other_number", "any", "other",
                  {"en": "This is {other}.", "zh": "这是 {other} 的值。"}, over="other"),
        PaperSlip("tenfold", "any", "10 * right",
                  {"en": "The decimal point is one place too far to the right.",
                   "zh": "小数点偏右了一位。"}),
        PaperSlip("tenth", "any", "right / 10",
                  {"en": "The decimal point is one place too far to the left.",
                   "zh": "小数点偏左了一位。"}),
        PaperSlip("hundredfold", "any", "100 * right",
                  {"en": "The decimal point is two places too far to the right.",
                   "zh": "小数点偏右了两位。"}),
        PaperSlip("hundredth", "any", "right / 100",
                  {"en": "The decimal point is two places too far to the left.",
                   "zh": "小数点偏左了两位。"}),
    ),
)  # fmt: skip
"""Every slip, by name."""
