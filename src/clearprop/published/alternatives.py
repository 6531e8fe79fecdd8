"""Other ways to come to a number: a table. A new way is a new row.

A row says which procedures it would take in place of the right one; whoever asks computes with
them and compares. Nothing here knows any example.

>>> [row.name for row in ALTERNATIVES][:3]
['digits cut off', 'counted differently', 'weights updated first']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from .procedure import Goal, Procedure

Facts: TypeAlias = dict[str, Any]
Changes: TypeAlias = Iterator[tuple[Procedure, Facts]]


@dataclass(frozen=True)
class Setting:
    """What a part is like, as far as the rows want to know.

    Attributes
    ----------
    kind : str
        Of the part: network, circuit, scores, run.
    quantity : str
        ``value``, ``cost`` (a loss or a term of one, or their derivative), ``accuracy``.
    updates : int
        After how many updates the quantity is printed.
    samples, outputs : int
    shared_bias : bool
    """

    kind: str
    quantity: str
    updates: int
    samples: int = 1
    outputs: int = 1
    shared_bias: bool = False

    @property
    def trained(self) -> bool:
        """Whether the quantity comes after updates."""
        return self.updates > 0


@dataclass(frozen=True)
class Alternative:
    """One other way.

    Parameters
    ----------
    name : str
    changes : function
        From a procedure and a setting to other procedures, with facts for the words; none
        where the row does not apply.
    words : mapping of str to str
        By language, with the facts in braces.
    whole : bool
        Whether it would change every number of a part, so that the others speak against it
        where they are right without it.
    """

    name: str
    changes: Callable[[Procedure, Setting], Changes]
    words: Mapping[str, str]
    whole: bool = False


def _cut(p: Procedure, s: Setting) -> Changes:
    if not p.cut:
        yield replace(p, cut=True), {}


def _weights_first(p: Procedure, s: Setting) -> Changes:
    if s.trained and p.order == "gradients first" and p.optimizer == "gradient_descent":
        yield replace(p, order="weights first"), {}


def _shifted(p: Procedure, s: Setting) -> Changes:
    if s.trained and not p.shift:
        for shift in (1, -1):
            yield replace(p, shift=shift), {"count": s.updates + shift, "counted": s.updates}


def _biases(p: Procedure, s: Setting) -> Changes:
    if s.trained:
        for other in ("kept", "trained", "own"):
            if other != p.biases and (other != "own" or s.shared_bias):
                yield replace(p, biases=other), {"biases": other}


def _factor(p: Procedure, s: Setting, factor: float, facts: Facts) -> Changes:
    if p.factor == 1 and (s.quantity == "cost" or s.trained) and s.kind in ("network", "scores"):
        yield replace(p, factor=factor), facts


def _mean_over_outputs(p: Procedure, s: Setting) -> Changes:
    if s.outputs > 1:
        yield from _factor(p, s, 1 / s.outputs, {"outputs": s.outputs})


def _without_the_half(p: Procedure, s: Setting) -> Changes:
    yield from _factor(p, s, 2.0, {})


def _step_reduced(p: Procedure, s: Setting) -> Changes:
    if s.kind == "run" and s.trained and s.samples > 1:
        yield replace(p, step=_other(p.step, s.samples)), _facts_of(p.step, s)
        l2 = Goal(_opposite(p.step.reduction), p.step.l2)
        if p.step.l2:
            yield replace(p, step=l2), _facts_of(p.step, s)


def _shown_reduced(p: Procedure, s: Setting) -> Changes:
    if s.kind == "run" and s.quantity == "cost" and s.samples > 1:
        yield replace(p, shown=_other(p.shown, s.samples)), _facts_of(p.shown, s)


def _data_reduced(p: Procedure, s: Setting) -> Changes:
    if s.kind == "run" and s.quantity == "cost" and s.samples > 1 and p.shown.l2:
        other = Goal(_opposite(p.shown.reduction), p.shown.l2)
        yield replace(p, shown=other), _facts_of(p.shown, s)


def _penalty(p: Procedure, s: Setting) -> Changes:
    if s.kind == "run" and s.quantity == "cost" and p.shown.l2:
        yield replace(p, shown=Goal(p.shown.reduction, 0.0)), {}


def _penalty_of_the_step(p: Procedure, s: Setting) -> Changes:
    if s.kind == "run" and s.trained and p.step.l2:
        yield replace(p, step=Goal(p.step.reduction, 0.0)), {}


def _single(p: Procedure, s: Setting) -> Changes:
    if p.dtype == "float64":
        yield replace(p, dtype="float32"), {}


def _opposite(reduction: str) -> str:
    return "sum" if reduction == "mean" else "mean"


def _other(goal: Goal, samples: int) -> Goal:
    """Return the whole objective summed for averaged, or averaged for summed."""
    times = samples if goal.reduction == "mean" else 1 / samples
    return Goal(_opposite(goal.reduction), goal.l2 * times)


def _facts_of(goal: Goal, s: Setting) -> Facts:
    return {"taken": _opposite(goal.reduction), "meant": goal.reduction, "samples": s.samples}


ALTERNATIVES: tuple[Alternative, ...] = (
    Alternative(
        "digits cut off",
        _cut,
        {"en": "the digits after the last printed one are cut off, not rounded",
         "zh": "末位之后的数字被直接截断，而没有四舍五入"},
    ),
    Alternative(
        "counted differently",
        _shifted,
        {"en": "it is the number after {count:,} updates, not after {counted:,}",
         "zh": "这是更新 {count:,} 次（而不是 {counted:,} 次）后的数"},
    ),
    Alternative(
        "weights updated first",
        _weights_first,
        {"en": "the later weights are updated first, and the error is propagated back through "
               "the updated ones",
         "zh": "先更新了后层权重，再用更新后的权重反向传播误差"},
    ),
    Alternative(
        "other biases",
        _biases,
        {"en": "the biases are {biases}", "zh": "偏置{biases}"},
    ),
    Alternative(
        "mean for sum over outputs",
        _mean_over_outputs,
        {"en": "the mean over the {outputs} outputs is taken for the sum",
         "zh": "对 {outputs} 个输出取了平均，而不是求和"},
    ),
    Alternative(
        "without the one half",
        _without_the_half,
        {"en": "the factor 1/2 of the loss is left out", "zh": "漏掉了损失函数中的系数 1/2"},
    ),
    Alternative(
        "sum and mean in the gradient",
        _step_reduced,
        {"en": "the gradient is the {taken} over the {samples} samples, not the {meant}",
         "zh": "梯度对 {samples} 个样本取了{taken}，而不是{meant}"},
    ),
    Alternative(
        "sum and mean",
        _shown_reduced,
        {"en": "{taken} for {meant}: over the {samples} samples the {taken} is taken",
         "zh": "把{meant}当成了{taken}：对 {samples} 个样本取了{taken}"},
    ),
    Alternative(
        "sum and mean of the data alone",
        _data_reduced,
        {"en": "{taken} for {meant}, of the data's part: the penalty stays as it is",
         "zh": "只有数据项把{meant}当成了{taken}，惩罚项不变"},
    ),
    Alternative(
        "penalty left out",
        _penalty,
        {"en": "the penalty on the weights is left out", "zh": "漏掉了权重的正则化惩罚项"},
    ),
    Alternative(
        "penalty left out of the gradient",
        _penalty_of_the_step,
        {"en": "the gradient leaves out the penalty on the weights",
         "zh": "梯度中漏掉了正则化惩罚项"},
    ),
    Alternative(
        "float32",
        _single,
        {"en": "computed in single precision (float32)", "zh": "用单精度 (float32) 计算"},
        whole=True,
    ),
)  # fmt: skip
"""Every way that is tried, in this order; then every pair of them."""
