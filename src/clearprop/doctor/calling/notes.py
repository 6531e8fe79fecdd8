"""What was found out about how a function is called, in words: templates by language.

>>> Note("w", {"names": "W1, W2"}).text()
'W1, W2 go in as (n_out, n_in)'
>>> Note("w", {"names": "W1"}).text("zh")
'W1 以 (n_out, n_in) 的形状传入'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import DoctorError

__all__ = ["Note"]

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "call": "it is called as {call}",
        "x columns": "X goes in with a column for each sample",
        "single": "each sample goes in by itself, and what comes back is added up",
        "x": "one sample goes in as {shape}",
        "y one_hot": "y goes in as one-hot rows",
        "y one_hot_columns": "y goes in as one-hot columns",
        "y column": "y goes in as a column, (n_samples, 1)",
        "y row": "y goes in as a row, (1, n_samples)",
        "y columns": "y goes in with a column for each sample",
        "y vector": "y goes in as (n_samples,)",
        "w": "{names} go in as (n_out, n_in)",
        "b row": "{names} go in as (1, n_out)",
        "b column": "{names} go in as (n_out, 1)",
        "theta": "{names} hold the bias in front of each neuron's weights",
        "order": "the results were taken, in this order, for {names}",
        "flat": "the gradient came as one vector, and was taken for {names}",
        "turned": "the gradients of {names} came transposed against how these went in",
        "reshaped": "the gradients of {names} came with other axes of length 1",
        "misfit": "the gradient of {name} came with the shape {shape}; {name} has {expected}",
        "missing": "there is no gradient of {names} in what came back",
        "loss": "its loss is the {convention} of the samples' losses",
        "loss penalised": "its loss is the {convention} of the samples' losses and "
        "{factor} times the sum of the squared weights",
        "loss unknown": "its loss, {value}, is neither the mean nor the sum of the samples' "
        "losses ({mean}, {sum})",
        "no data": "it takes neither X nor y: it computes with data of its own",
        "kept": "what it keeps between calls was put back after looking for the way to call it",
    },
    "zh": {
        "call": "调用方式：{call}",
        "x columns": "X 的每一列是一个样本",
        "single": "样本逐个传入，返回的结果相加",
        "x": "单个样本以 {shape} 的形状传入",
        "y one_hot": "y 以 one-hot 行传入",
        "y one_hot_columns": "y 以 one-hot 列传入",
        "y column": "y 以列向量 (n_samples, 1) 传入",
        "y row": "y 以行向量 (1, n_samples) 传入",
        "y columns": "y 的每一列是一个样本",
        "y vector": "y 以 (n_samples,) 的形状传入",
        "w": "{names} 以 (n_out, n_in) 的形状传入",
        "b row": "{names} 以 (1, n_out) 的形状传入",
        "b column": "{names} 以 (n_out, 1) 的形状传入",
        "theta": "{names} 把偏置放在每个神经元的权重之前",
        "order": "返回的结果依次视为 {names}",
        "flat": "梯度以一个向量返回，依次视为 {names}",
        "turned": "{names} 的梯度与传入时相比是转置的",
        "reshaped": "{names} 的梯度多了或少了长度为 1 的轴",
        "misfit": "{name} 的梯度形状为 {shape}；{name} 的形状是 {expected}",
        "missing": "返回的结果中没有 {names} 的梯度",
        "loss": "它的损失是各样本损失的{convention}",
        "loss penalised": "它的损失是各样本损失的{convention}加上权重平方和的 {factor} 倍",
        "loss unknown": "它的损失 {value} 既不是各样本损失的平均也不是总和（{mean}，{sum}）",
        "no data": "它既不接收 X 也不接收 y：它用自己的数据计算",
        "kept": "为找出调用方式而试调用之后，它在调用之间保存的内容已恢复",
    },
}
CONVENTIONS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "mean": "mean", "sum": "sum", "mean over outputs": "mean over samples and outputs",
        "doubled mean": "mean (without ½)", "doubled sum": "sum (without ½)",
        "doubled mean over outputs": "mean over samples and outputs (without ½)",
    },
    "zh": {
        "mean": "平均", "sum": "总和", "mean over outputs": "对样本和输出的平均",
        "doubled mean": "平均（不带 ½）", "doubled sum": "总和（不带 ½）",
        "doubled mean over outputs": "对样本和输出的平均（不带 ½）",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Note:
    """One thing that was found out: a key of the templates, and its facts."""

    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: str = "en") -> str:
        """Return it in words (DoctorError if there is no such language)."""
        if language not in WORDS:
            raise DoctorError(f"language is one of {', '.join(WORDS)}; not {language!r}")
        facts = dict(self.facts)
        if "convention" in facts:
            facts["convention"] = CONVENTIONS[language][facts["convention"]]
        text = WORDS[language][self.key].format(**facts)
        if self.key in ("w", "b row", "b column", "theta") and "," not in str(facts["names"]):
            text = text.replace(" go in as", " goes in as").replace(" hold ", " holds ")
        return text

    @property
    def tells(self) -> bool:
        """Whether a person would want to read it: it is not what everybody expects."""
        return self.key not in ("order", "loss", "loss unknown")

    def to_json(self) -> dict[str, Any]:
        """Return its key and facts."""
        return {"key": self.key, **self.facts}
