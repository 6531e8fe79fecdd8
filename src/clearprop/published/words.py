"""What an audit says in words, by language. Templates with facts in braces, like the tables'.

>>> say("en", "some", reproduced=3, count=4, explained=1)
'3 of 4 reproduced; 1 of the others explained'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ExampleError
from .alternatives import ALTERNATIVES
from .digits import plain_digits
from .judging import Step
from .slips import SLIPS

LANGUAGES = ("en", "zh")

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "reproduced": "reproduced to all printed digits",
        "right": "right",
        "differs": "differs by {difference}",
        "wrong sign": "the sign is wrong",
        "as written": "{name} as it is written",
        "as taken": "{name} as the program takes it",
        "times": "{ratio} times too large, all of it",
        "why": "why: ",
        "or": "or: ",
        "unknown": "no known alternative gives this number",
        "unknown formula": "no known slip explains this formula",
        "unknown gradient": "no known alternative gives this gradient",
        "tried": "{words}: {value}",
        "alone": "but none of the numbers printed for the same moment follows from that "
        "({names}); other ways give:",
        "mended": "with {many} mended the formula gives {value}",
        "one": "this",
        "two": "both",
        "many": "all of it",
        "all": "all {count} reproduced",
        "some": "{reproduced} of {count} reproduced; {explained} of the others explained",
        "rounded intermediates": "rounded intermediates: {formula} from the printed {names}",
        "path left out": "it follows the path through {kept} only; {by} also reaches {of} "
        "through {missing}",
        "paths left out": "it follows the paths through {kept} only; {by} also reaches {of} "
        "through {missing}",
        "another name": "{written} stands where {meant} is meant",
        "step too long": "the loss swings between {low} and {high}: the step {rate} is longer than "
        "2/{curvature} = {limit}, where this loss stops being stable; with {stable} it reaches "
        "{reaches}",
    },
    "zh": {
        "reproduced": "印出的每一位数字都得到重现",
        "right": "正确",
        "differs": "相差 {difference}",
        "wrong sign": "符号是错的",
        "as written": "{name}（按原文的公式）",
        "as taken": "{name}（按程序的算法）",
        "times": "整体是正确值的 {ratio} 倍",
        "why": "原因：",
        "or": "或者：",
        "unknown": "已知的其他算法都得不出这个数",
        "unknown formula": "已知的错误都不能解释这个公式",
        "unknown gradient": "已知的其他算法都得不出这个梯度",
        "tried": "{words}:{value}",
        "alone": "但同一时刻印出的其他数（{names}）都不符合这种算法；其他算法给出：",
        "mended": "改正之后，公式给出 {value}",
        "one": "",
        "two": "",
        "many": "",
        "all": "共 {count} 项，全部重现",
        "some": "共 {count} 项，重现 {reproduced} 项；其余项中有 {explained} 项找到了原因",
        "rounded intermediates": "使用了四舍五入后的中间结果：由印出的 {names} 计算 {formula}",
        "path left out": "它只走了经过 {kept} 的路径；{by} 还经过 {missing} 影响 {of}",
        "paths left out": "它只走了经过 {kept} 的路径；{by} 还经过 {missing} 影响 {of}",
        "another name": "写的是 {written}，应为 {meant}",
        "step too long": "损失在 {low} 与 {high} 之间摆动：步长 {rate} 大于 2/{curvature} = {limit}"
        "，超过后该损失不再稳定；步长取 {stable} 时可降到 {reaches}",
    },
}

TERMS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "kept": "not trained",
        "trained": "trained, too",
        "own": "trained, each neuron's by itself",
        "loss": "the loss",
    },
    "zh": {
        "kept": "没有训练",
        "trained": "也参与训练",
        "own": "按神经元各自训练",
        "loss": "loss",
        "sum": "总和",
        "mean": "平均",
    },
}
"""Facts that are words, and how they are said."""


def check_language(language: str) -> str:
    """Return the language, if there are words for it (ExampleError otherwise)."""
    if language not in LANGUAGES:
        raise ExampleError(f"language is one of {', '.join(LANGUAGES)}, not {language!r}")
    return language


def say(language: str, key: str, /, **facts: Any) -> str:
    """Return the words of a key with its facts."""
    return WORDS[language][key].format(**facts)


def say_step(language: str, step: Step) -> str:
    """Return the words of a step: from the table that it is a row of, or from here."""
    facts = {**step.facts, "names": ", ".join(step.facts.get("from", ()))}
    for fact, value in facts.items():
        if fact in ("of", "taken", "meant", "biases") and isinstance(value, str):
            facts[fact] = TERMS[language].get(value, value)
    if step.name.startswith("wrong slope: "):
        name = step.name.removeprefix("wrong slope: ")
        return next(slip for slip in SLIPS if slip.name == name).words[language].format(**facts)
    for row in ALTERNATIVES:
        if row.name == step.name:
            return row.words[language].format(**facts)
    key = step.name
    if key == "path left out" and len(step.facts["kept_paths"]) > 1:
        key = "paths left out"
    return say(language, key, **facts)


def digits(value: float, significant: int = 6) -> str:
    """Write a number of a fact."""
    return plain_digits(value, significant)
