"""The few words in pictures, by language."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import CircuitError

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "values": "value",
        "gradients": "d{output}/d(wire)",
        "circuit": "Circuit of {output}",
        "circuit about": "{gates} gates and {inputs} inputs, laid out from left to right: {names}.",
        "with values": "The value of each wire stands above it, {output}'s derivative by it below.",
        "network": "Network {sizes}",
        "network about": (
            "{layers} layers of neurons from left to right, {parameters} parameters. Blue lines "
            "are positive weights, orange ones negative; the thicker, the larger."
        ),
        "input": "input",
        "hidden": "hidden {number}",
        "output": "output",
        "positive": "positive weight",
        "negative": "negative weight",
        "more": "{count} more",
    },
    "zh": {
        "values": "值",
        "gradients": "d{output}/d(连线)",
        "circuit": "{output} 的计算图",
        "circuit about": "{gates} 个门，{inputs} 个输入，从左到右：{names}。",
        "with values": "连线上方是它的值，下方是 {output} 对它的导数。",
        "network": "{sizes} 网络",
        "network about": (
            "从左到右共 {layers} 层神经元，{parameters} 个参数。"
            "蓝线为正权重，橙线为负权重，越粗绝对值越大。"
        ),
        "input": "输入层",
        "hidden": "隐藏层 {number}",
        "output": "输出层",
        "positive": "正权重",
        "negative": "负权重",
        "more": "另有 {count} 个",
    },
}


def word(language: str, key: str, **what: object) -> str:
    """Return a word or a sentence of a language, filled in.

    >>> word("en", "hidden", number=2)
    'hidden 2'
    """
    if language not in WORDS:
        raise CircuitError(f"language is one of {', '.join(WORDS)}, not {language!r}")
    return WORDS[language][key].format(**what)
