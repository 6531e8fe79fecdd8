"""The words of a gradient check, in each language: templates, which are data.

>>> say("en", "row", name="dW1")
'dW1'
"""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import DoctorError

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "row": "{name}",
        "network": "{layers} network, {activations}, {loss}, {rows}",
        "rows": "{rows} rows",
        "one row": "1 row",
        "compared": "compared with the gradient of {objective}",
        "mean": "the mean over the samples",
        "sum": "the sum over the samples",
        "factor": "{factor} times ",
        "l2": " + {half}·ΣW²",
        "from loss": " (as in the loss that is returned)",
        "from gradient": " (as the gradient has it)",
        "right": "right",
        "wrong": "wrong",
        "missing": "not given",
        "shape": "wrong: it has the shape {given}, {name} has {expected}",
        "nan": "wrong: it holds NaN or infinity",
        "loss": "loss",
        "loss differs": "it should be {right}",
        "all right": "All of it is right.",
        "given right": "All that was given is right.",
        "loss alone": "The gradients are right, the loss is not: is it another one, or computed "
        "after an array was changed in place (delta = p is p itself)?",
        "unknown": "None of the known mistakes gives these numbers.",
        "have": "you have      ",
        "should": "it should be  ",
        "because": "because ",
        "explains": "This explains {arrays} to {error}.",
        "two": "Two mistakes together:",
        "number": "({number}) ",
        "by row": "(Seen in the first sample; which place it is changes from sample to sample.)",
        "equal": "The same numbers also come from: ",
        "first": "First gate that differs, going backward: {gate}, layer {layer}.",
        "between": "Going backward, {after} is right and {before} is not. Between them: {gate}.",
        "at once": "Going backward, {before} is the first that differs. On the way to it: {gate}.",
        "in layer": " in layer {layers}",
        "in layers": " in layers {layers}",
        "in arrays": " in {arrays}",
        "and": " and ",
        "comma": ", ",
        "unit": "{number} of layer {layer}",
        "last unit": "the last one",
        "eta": " (as if by {eta} times the gradient)",
        "N times": "N times that",
        "1/N": "1/N of that",
        "mean word": "mean",
        "sum word": "sum",
        "called": "How it was called",
    },
    "zh": {
        "row": "{name}",
        "network": "{layers} 网络，{activations}，{loss}，{rows}",
        "rows": "{rows} 行数据",
        "one row": "1 行数据",
        "compared": "对照的是{objective}的梯度",
        "mean": "样本损失的平均",
        "sum": "样本损失的总和",
        "factor": "{factor} 倍的",
        "l2": " + {half}·ΣW²",
        "from loss": "（与返回的 loss 一致）",
        "from gradient": "（与梯度一致）",
        "right": "正确",
        "wrong": "错误",
        "missing": "未给出",
        "shape": "错误：形状是 {given}，而 {name} 是 {expected}",
        "nan": "错误：含有 NaN 或无穷大",
        "loss": "loss",
        "loss differs": "应为 {right}",
        "all right": "全部正确。",
        "given right": "给出的部分全部正确。",
        "loss alone": "梯度正确，loss 不对：是另一种损失，还是在数组被就地修改之后才计算的"
        "（delta = p 就是 p 本身）？",
        "unknown": "已知的错误都得不到这些数。",
        "have": "你写的是  ",
        "should": "应该是    ",
        "because": "因为",
        "explains": "这解释了 {arrays}，误差 {error}。",
        "two": "两个错误同时存在：",
        "number": "（{number}）",
        "by row": "（以第一个样本为例；具体位置随样本而变。）",
        "equal": "以下错误也会得到同样的数：",
        "first": "从后往前，第一处不同：{gate}，第 {layer} 层。",
        "between": "从后往前，{after} 正确，{before} 不正确。二者之间是：{gate}。",
        "at once": "从后往前，第一个不同的是 {before}。到它为止经过：{gate}。",
        "in layer": "第 {layers} 层",
        "in layers": "第 {layers} 层",
        "in arrays": "{arrays} 中",
        "and": "、",
        "comma": "、",
        "unit": "第 {layer} 层第 {number} 个",
        "last unit": "最后一个",
        "eta": "（相当于减去了 {eta} 倍的梯度）",
        "N times": "它的 N 倍",
        "1/N": "它的 1/N",
        "mean word": "平均",
        "sum word": "总和",
        "called": "调用方式",
    },
}


def say(language: str, template: str, **what: object) -> str:
    """Return a template of a language, filled in.

    Raises
    ------
    DoctorError
        If there is no such language.
    """
    if language not in WORDS:
        raise DoctorError(f"language is one of {', '.join(WORDS)}; not {language!r}")
    return WORDS[language][template].format(**what)


def listed(language: str, items: list[str]) -> str:
    """Return things in a row: "dW1, dW2 and db1"."""
    if len(items) < 2:
        return "".join(items)
    comma, last = WORDS[language]["comma"], WORDS[language]["and"]
    return comma.join(items[:-1]) + last + items[-1]
