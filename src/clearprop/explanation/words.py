"""The words of an explanation, in each language: templates, which are data.

>>> say("en", "question", wrt="w1", value="0.15", result="the loss")
'How does w1 = 0.15 move the loss?'
>>> sorted(LANGUAGES)
['en', 'zh']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import CircuitError

LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "question": "How does {wrt} = {value} move {result}?",
        "network": "{layers} network, {activations}, {loss}",
        "right": "true class {name}",
        "sample": "sample {number} of {count}",
        "the loss": "the loss",
        "forward": "Forward",
        "backward": "Backward: the derivative of {result} by each step",
        "chain": "Chain rule: {wrt} reaches {result} along {count} paths",
        "chain_1": "Chain rule: {wrt} reaches {result} along 1 path",
        "chain_0": "{wrt} does not reach {result}: the derivative is 0",
        "swaps": "A sum passes the slope on (+' = 1); a product swaps (×' = the other factor):",
        "deltas": "Layer by layer: the derivative of {result} by each step, from the end back",
        "idle": "({count} paths more have the share 0: a slope on each of them is 0)",
        "too_many": "{wrt} reaches {result} along {count:,} paths, too many to list",
        "samples": "Over {count} samples, the {reduction}",
        "mean": "mean",
        "sum": "sum",
        "weighted samples": "Over {count} samples, each times its weight, the {reduction}",
        "penalty": "l2 adds {l2}·{wrt}",
        "penalty_2": "l2 adds {l2}",
        "update": "Update",
        "check": "Check",
        "difference": "central difference {value}, relative error {error}: {verdict}",
        "agrees": "agrees",
        "differs": "differs (is there a kink nearby?)",
        "no number": "nothing to compare with (the function is no number here, or nearby)",
        "and": "and",
        "all samples": "All samples",
        "regularisation": "Regularisation",
        "value": "value",
        "step": "step",
        "formula": "formula",
        "numbers": "numbers",
        "if": "if",
        "otherwise": "otherwise",
        "between": ", ",
        "hint": "Point at a name, a number or a gate: all that lies on the same wire lights up.",
        "engine": "Compile this document with {engine}.",
        "packages": "Needs amsmath.",
        "matrix": "{derivative}, for whole arrays",
        "matrix where": "Element by element",
        "matrix steps": "Layer by layer, from the end back (δ: the losses, added up, by Z)",
        "matrix signs": "⊙ multiplies element by element; Σₙ adds up over the samples, Σⱼ along "
        "each row, Σ over all; [a > b] is 1 where it is true, else 0. Under each factor stands "
        "its shape; N is the number of samples.",
        "layers back": "Backward: δ is the derivative of the loss by z",
        "layers range": "{name}: {count} numbers from {low} to {high}, mean {mean}",
        "layers zeros": ", {count:,} are 0",
        "layers split": "{name} by layer {layer}: the {terms} largest of {count:,} terms, "
        "{percent} % of their absolute values",
        "layers all": "{name} by layer {layer}: all {count:,} terms",
        "layers none": "{name} by layer {layer}: all {count:,} terms are 0",
        "layers product": "The derivative",
        "all parameters": "Every parameter, its derivative and one step",
        "all numbers": "Every number of {name}, its derivative and one step",
        "name": "name",
        "parameters": "Parameters",
        "how many": "how many",
        "smallest": "smallest",
        "largest": "largest",
        "zeros": "of them 0",
        "matrix whole": "In one formula",
        "matrix asked": "{entry} is one number of {array}",
        "matrix beside": "Matrix form, with N = {count}",
        "matrix entry": "Matrix form, with N = {count}: {name} is {entry}",
    },
    "zh": {
        "question": "{wrt} = {value} 怎样影响 {result}？",
        "network": "{layers} 网络，{activations}，{loss}",
        "right": "正确类别 {name}",
        "sample": "第 {number} 个样本，共 {count} 个",
        "the loss": "loss",
        "forward": "前向传播",
        "backward": "反向传播：{result} 对每一步的导数",
        "chain": "链式法则：{wrt} 沿 {count} 条路径到达 {result}",
        "chain_1": "链式法则：{wrt} 沿 1 条路径到达 {result}",
        "chain_0": "{wrt} 不影响 {result}：导数为 0",
        "swaps": "加法门原样传递（+' = 1），乘法门交换（×' = 另一个因子）：",
        "deltas": "逐层：{result} 对每一步的导数，从后往前",
        "idle": "（另有 {count} 条路径的份额为 0：其上有一个斜率为 0）",
        "too_many": "{wrt} 沿 {count:,} 条路径到达 {result}，太多，不一一列出",
        "samples": "对 {count} 个样本取{reduction}",
        "mean": "平均",
        "sum": "总和",
        "weighted samples": "对 {count} 个样本（各乘其权重）取{reduction}",
        "penalty": "l2 正则项加上 {l2}·{wrt}",
        "penalty_2": "l2 正则项加上 {l2}",
        "update": "更新",
        "check": "检验",
        "difference": "中心差分 {value}，相对误差 {error}：{verdict}",
        "agrees": "一致",
        "differs": "不一致（附近有折点吗？）",
        "no number": "无从比较（函数在此处或附近不是一个数）",
        "and": "和",
        "all samples": "全部样本",
        "regularisation": "正则化",
        "value": "值",
        "step": "步骤",
        "formula": "公式",
        "numbers": "代入数值",
        "if": "若",
        "otherwise": "其他情况",
        "between": "，",
        "hint": "指向任一名称、数值或门，同一连线上的所有内容都会亮起。",
        "engine": "请用 {engine} 编译本文件。",
        "packages": "需要 amsmath 宏包。",
        "matrix": "{derivative}：整个数组的矩阵形式",
        "matrix where": "逐元素定义",
        "matrix steps": "逐层，从后往前（δ：各样本损失之和对 Z 的导数）",
        "matrix signs": "⊙ 表示逐元素相乘；Σₙ 对样本求和，Σⱼ 对每一行求和，Σ 对全部求和；"
        "[a > b] 成立处为 1，否则为 0。每个因子下面是它的形状；N 是样本数。",
        "layers back": "反向传播：δ 是 loss 对 z 的导数",
        "layers range": "{name}：{count} 个数，从 {low} 到 {high}，平均 {mean}",
        "layers zeros": "，其中 {count:,} 个为 0",
        "layers split": "由第 {layer} 层求 {name}：{count:,} 项中最大的 {terms} 项，"
        "占各项绝对值之和的 {percent} %",
        "layers all": "由第 {layer} 层求 {name}：全部 {count:,} 项",
        "layers none": "由第 {layer} 层求 {name}：全部 {count:,} 项都为 0",
        "layers product": "导数",
        "all parameters": "全部参数、它们的导数和一步更新",
        "all numbers": "{name} 的全部元素、它们的导数和一步更新",
        "name": "名称",
        "parameters": "参数",
        "how many": "个数",
        "smallest": "最小",
        "largest": "最大",
        "zeros": "其中为 0",
        "matrix whole": "一个公式",
        "matrix asked": "{entry} 是 {array} 的一个元素",
        "matrix beside": "矩阵形式，N = {count}",
        "matrix entry": "矩阵形式，N = {count}：{name} 即 {entry}",
    },
}


def say(language: str, template: str, **what: object) -> str:
    """Return a template of a language, filled in.

    Raises
    ------
    CircuitError
        If there is no such language.
    """
    if language not in LANGUAGES:
        raise CircuitError(f"language is one of {', '.join(LANGUAGES)}; not {language!r}")
    return LANGUAGES[language][template].format(**what)


def network_in_words(
    language: str, layers: Sequence[int], activations: Sequence[str], loss: str
) -> str:
    """Say in a few words which network it is."""
    kinds = list(dict.fromkeys(a for a in activations if a != "identity"))
    return say(
        language, "network", layers="-".join(map(str, layers)),
        activations=", ".join(kinds) or "identity", loss=loss.replace("_", " "),
    )  # fmt: skip
