"""The words of the training doctor, in each language: templates, which are data.

A finding is said by ``what`` and ``advice``; where its case has words of its own, by those.

>>> WORDS["en"]["dead_neurons"].title
'Dead neurons'
>>> sorted(WORDS) == sorted(SAID)
True
"""

from __future__ import annotations

from collections.abc import Mapping

from .saying import Words
from .words_en import ENGLISH
from .words_zh import ABOUT, CHINESE

WORDS: Mapping[str, Mapping[str, Words]] = {"en": ENGLISH, "zh": CHINESE}

TRANSLATED: Mapping[str, Mapping[str, tuple[str, str]]] = {"zh": ABOUT}
"""By language and key: what is measured, and where the threshold comes from."""

SAID: Mapping[str, Mapping[str, str]] = {
    "en": {
        "healthy": "Nothing is wrong with this run: {count} checks found nothing.",
        "none": "Nothing was checked.",
        "measured": "({about}: {measured}; threshold {threshold}: {source})",
        "layer": "layer {layer}, gate {gate}",
        "gate": "gate {gate}",
        "sample": "row {sample} of X",
        "activation": "take activation={activation!r} with initializer={initializer!r}",
        "initializer": "begin with larger weights: initializer={initializer!r}",
        "epoch": "epoch",
        "epochs": "epochs",
        "run": "{network}; {optimizer}, {rate}{epochs} {units}, loss {loss}",
        "learning rate": "learning rate {rate}, ",
        "no loss": "not finite",
        "stop": ".",
        "join": " ",
    },
    "zh": {
        "healthy": "这次训练没有发现问题：{count} 项检查全部通过。",
        "none": "没有做任何检查。",
        "measured": "（{about}：{measured}；阈值 {threshold}：{source}）",
        "layer": "第 {layer} 层，门 {gate}",
        "gate": "门 {gate}",
        "sample": "X 的第 {sample} 行",
        "activation": "取 activation={activation!r} 和 initializer={initializer!r}",
        "initializer": "用更大的初始权重：initializer={initializer!r}",
        "epoch": "轮",
        "epochs": "轮",
        "run": "{network}；{optimizer}，{rate}{epochs} {units}，loss {loss}",
        "learning rate": "学习率 {rate}，",
        "no loss": "不是有限数",
        "stop": "。",
        "join": "",
    },
}
"""What is said around the findings."""
