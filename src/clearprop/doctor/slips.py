"""The table of slips: what is wrong beside the formulas, found by calling again and looking.

A row has a name and words; what each looks for stands in :mod:`clearprop.doctor.state` and
:mod:`clearprop.doctor.gradcheck`.

>>> SLIPS["not_reset"].what["en"]
'The gradients are not reset between calls: the second call gives the first one added on.'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import TableError
from ..tables.rows import Row, Table


@dataclass(frozen=True, eq=False)
class Slip(Row):
    """One row: what is done, and why it is wrong, by language."""

    what: Mapping[str, str]
    why: Mapping[str, str]

    def __post_init__(self) -> None:
        """See that there are words in each language."""
        self.check_name()
        for words in ("what", "why"):
            self.freeze_mapping(words, self.mapping(words, getattr(self, words)))
            if set(getattr(self, words)) != {"en", "zh"}:
                raise TableError(f"{self.name}: {words} has words in English (en) and Chinese (zh)")


ROWS = (
    Slip(
        "not_reset",
        {
            "en": "The gradients are not reset between calls: the second call gives the first one "
            "added on.",
            "zh": "两次调用之间没有清零梯度：第二次的结果加上了第一次的。",
        },
        {
            "en": "a gradient belongs to one call; begin each with zeros (np.zeros_like(W)).",
            "zh": "梯度属于一次调用；每次都从零开始（np.zeros_like(W)）。",
        },
    ),
    Slip(
        "wrong_on_second_call",
        {
            "en": "The second call with the same arrays gives other numbers than the first.",
            "zh": "用同样的数组调用第二次，结果与第一次不同。",
        },
        {
            "en": "something is kept from one call to the next: a global, an attribute, a default "
            "argument that is changed.",
            "zh": "有东西从一次调用留到了下一次：全局变量、属性，或被修改的默认参数。",
        },
    ),
    Slip(
        "changes_parameters",
        {
            "en": "The parameters are changed in place: after the call, {arrays} differ from what "
            "was handed in{eta}.",
            "zh": "参数被就地修改：调用之后 {arrays} 已不是传入的值{eta}。",
        },
        {
            "en": "a gradient only looks; W -= ... changes the caller's array, "
            "W = W - ... makes a new one.",
            "zh": "求梯度只应读取参数；W -= ... 会改变调用者的数组，W = W - ... 才会生成新数组。",
        },
    ),
    Slip(
        "changes_data",
        {
            "en": "The caller's data are changed in place: {arrays}.",
            "zh": "调用者的数据被就地修改：{arrays}。",
        },
        {
            "en": "the next call sees other data; take a copy before changing an array.",
            "zh": "下一次调用会看到不同的数据；修改数组之前先复制。",
        },
    ),
    Slip(
        "shared_result",
        {
            "en": "The arrays that were returned change with the next call: {arrays}.",
            "zh": "返回的数组会随下一次调用而改变：{arrays}。",
        },
        {
            "en": "the same array is filled again; return a new one, or a copy.",
            "zh": "同一个数组被重复填写；应返回新数组或副本。",
        },
    ),
    Slip(
        "fixed_divisor",
        {
            "en": "It is divided by {divisor}, whatever the number of rows (here {rows}).",
            "zh": "无论有多少行（这里是 {rows} 行），都除以 {divisor}。",
        },
        {
            "en": "a mean divides by the number of rows at hand; the last batch has fewer than the "
            "others.",
            "zh": "平均要除以手头的行数；最后一批的行数比其他批少。",
        },
    ),
    Slip(
        "constant_factor",
        {
            "en": "Every derivative is {factor} times the right one.",
            "zh": "每个导数都是正确值的 {factor} 倍。",
        },
        {
            "en": "the loss and its gradient need the same factor.",
            "zh": "loss 与它的梯度要带同样的因子。",
        },
    ),
    Slip(
        "other_convention",
        {
            "en": "This is the gradient of the {own} over the samples; that of the {other} is "
            "{factor}: the other convention (sum against mean).",
            "zh": "这是对样本取{own}的梯度；取{other}时是{factor}：另一种约定（求和与平均）。",
        },
        {
            "en": "either is right for its own loss; return the loss too, or say which is meant "
            "(--reduction).",
            "zh": "各自对应自己的 loss 都是对的；请一并返回 loss，或说明是哪一种（--reduction）。",
        },
    ),
    Slip(
        "own_loss",
        {
            "en": "The gradient fits the loss that is returned, but that is not {loss}.",
            "zh": "梯度与返回的 loss 相符，但那不是 {loss}。",
        },
        {
            "en": "the two were worked out from one formula, and another one was asked for.",
            "zh": "二者出自同一个公式，但要求的是另一个。",
        },
    ),
    Slip(
        "float32_noise",
        {
            "en": "The numbers are right to float32, not to float64 (error {error}).",
            "zh": "这些数只精确到 float32，没有达到 float64（误差 {error}）。",
        },
        {
            "en": "somewhere on the way an array is float32, which keeps 7 digits; nothing is "
            "wrong with the formulas.",
            "zh": "中途某个数组是 float32，只保留 7 位数字；公式本身没有错。",
        },
    ),
    Slip(
        "float32_result",
        {
            "en": "The gradients come back as float32 (error {error}): looked at to 1e-4.",
            "zh": "返回的梯度是 float32（误差 {error}）：按 1e-4 判断。",
        },
        {
            "en": "float32 keeps 7 digits; in float64 a check sees smaller mistakes too.",
            "zh": "float32 只保留 7 位数字；用 float64 检查能看到更小的错误。",
        },
    ),
    Slip(
        "not_a_number",
        {
            "en": "There is NaN or infinity in {arrays}.",
            "zh": "{arrays} 中有 NaN 或无穷大。",
        },
        {
            "en": "look for log(0), 0/0 or exp of a large number: the right gradient is finite.",
            "zh": "检查 log(0)、0/0 或大数的 exp：正确的梯度是有限的。",
        },
    ),
)

SLIPS: Table[Slip] = Table("slip", Slip, ROWS)
"""Every slip, by name."""
