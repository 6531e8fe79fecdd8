"""The words of worksheets and of their marking, in each language: templates, which are data.

>>> say("en", "sheet", number=3)
'Sheet 3'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..mistakes import MISTAKES
from ..words import listed
from ..words import say as say_of_doctor
from .marking import with_point
from .reasons import Reason
from .slips import SLIPS

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Back-propagation by hand",
        "sheet": "Sheet {number}",
        "key": "Key",
        "name": "Name",
        "network": "A {layers} network",
        "gates": "{where}: out = {gate}(net)",
        "one hidden layer": "hidden layer",
        "hidden layer": "hidden layer {number}",
        "output layer": "output layer",
        "plain output": "{where}: net, without a gate, is the score",
        "shared": "One bias serves all neurons of a layer.",
        "own": "Each neuron has a bias of its own.",
        "given": "Given",
        "inputs": "Inputs",
        "weights": "Weights",
        "biases": "Biases",
        "targets": "Targets",
        "class": "Right class",
        "rate": "Learning rate",
        "formulas": "Formulas",
        "likewise": "and so on for each output",
        "natural": "log is the natural logarithm.",
        "value": "Forward: work out every value, and the loss",
        "slope": "Backward: the derivatives of the loss",
        "new": "One step of gradient descent: the new values (with a +)",
        "working": "Working",
        "figures": "Give each answer to {digits} significant figures, with a decimal point "
        "(0.01234, -1.234e-5). Keep at least {more} figures on the way.",
        "tolerance 0": "The last figure must be right.",
        "tolerance 1": "The last figure may be off by 1.",
        "tolerance": "The last figure may be off by {tolerance}.",
        "answers": "Right answers",
        "question": "question",
        "answer": "answer",
        "students": "All sheets",
        "engine": "Compile this document with {engine}.",
        "packages": "Needs amsmath, longtable, tikz.",
        "report": "Marks",
        "about": "{sheets} sheets, {count} answers each, to {digits} significant figures",
        "right": "right",
        "carried": "carried on",
        "wrong": "wrong",
        "few": "too few figures",
        "blank": "blank",
        "unread": "not readable",
        "missing": "no row",
        "student": "student",
        "number": "sheet",
        "verdict": "verdict",
        "given answer": "given",
        "right answer": "right",
        "reason": "reason",
        "nothing wrong": "All answers are right.",
        "problems": "About the table of answers",
        "most": "What went wrong most",
        "times": "{count} times",
        "by question": "Right answers to each question",
        "also": "The same number also comes from: ",
        "is right": "{right} is right",
        "verdict right": "right",
        "verdict wrong": "wrong",
        "verdict few": "too few figures: right as far as it goes, but {digits} are asked for",
        "verdict blank": "blank",
        "verdict missing": "blank: there is no row for this sheet",
        "verdict comma": "not a number: '{text}' – write a point: {point}",
        "verdict formula": "not a number: '{text}' is a formula – write its value",
        "verdict no number": "not a number: '{text}'",
        "verdict text": "not a number: '{text}' – write a decimal number such as 0.01234",
        "verdict too large": "not a number: '{text}' is too large for any answer",
        "verdict twice": "given twice, and differently: {text}",
        "verdict row": "not readable: line {text} of the table has too many or too few cells",
        "reason carried": "Follows from your {causes}: the method is right.",
        "reason carried by": "Follows from {causes}, given wrongly: the method is right.",
        "reason figures": "Numbers were rounded to {count} figures on the way.",
        "reason decimals": "Numbers were rounded to {count} decimals on the way.",
        "reason digits": "Two digits have changed places.",
        "reason near": "Nearly right: it looks like numbers rounded on the way.",
        "reason unknown": "No known mistake gives this number.",
        "on top": " (on top of the errors before)",
        "instead": ": {taken} stands in the place of {meant}",
        "problem sheet": "line {line}: there is no sheet {text}; the sheets are 1 to {most}",
        "problem no sheet": "line {line}: it does not say which sheet it is (column sheet)",
        "problem name": "line {line}: sheet {sheet} is {name}'s, and the row says {text}",
        "problem column": "column {text} is none of the questions, and was left out{meant}",
        "problem no column": "there is no column {text}: no answers to it are read",
        "problem twice": "sheet {sheet} has several rows (lines {text})",
        "problem row": "line {line} has {count} cells where the header has {most}: a decimal "
        "comma? write a point, or put ; between the cells",
        "problem missing": "there is no row for sheet {sheet}{name}",
        "meant": " (did you mean {text}?)",
        "comma": ", ",
    },
    "zh": {
        "title": "手算反向传播",
        "sheet": "第 {number} 份",
        "key": "答案",
        "name": "姓名",
        "network": "{layers} 网络",
        "gates": "{where}：out = {gate}(net)",
        "one hidden layer": "隐藏层",
        "hidden layer": "第 {number} 隐藏层",
        "output layer": "输出层",
        "plain output": "{where}：net 不经过激活函数，就是得分",
        "shared": "同一层的神经元共用一个偏置。",
        "own": "每个神经元有自己的偏置。",
        "given": "已知",
        "inputs": "输入",
        "weights": "权重",
        "biases": "偏置",
        "targets": "目标",
        "class": "正确类别",
        "rate": "学习率",
        "formulas": "公式",
        "likewise": "其余输出同理",
        "natural": "log 是自然对数。",
        "value": "前向：算出每个值和 loss",
        "slope": "反向：loss 的各个导数",
        "new": "梯度下降一步：新的值（带 +）",
        "working": "计算过程",
        "figures": "每个答案给出 {digits} 位有效数字，用小数点（0.01234，-1.234e-5）。"
        "中间结果至少保留 {more} 位。",
        "tolerance 0": "末位必须正确。",
        "tolerance 1": "末位允许相差 1。",
        "tolerance": "末位允许相差 {tolerance}。",
        "answers": "正确答案",
        "question": "题目",
        "answer": "答案",
        "students": "全部题单",
        "engine": "请用 {engine} 编译本文档。",
        "packages": "需要 amsmath、longtable、tikz。",
        "report": "评分",
        "about": "{sheets} 份题单，每份 {count} 个答案，{digits} 位有效数字",
        "right": "正确",
        "carried": "沿用前错",
        "wrong": "错误",
        "few": "位数不足",
        "blank": "空白",
        "unread": "无法读取",
        "missing": "没有这一行",
        "student": "学生",
        "number": "题单",
        "verdict": "评定",
        "given answer": "给出",
        "right answer": "正确值",
        "reason": "原因",
        "nothing wrong": "全部正确。",
        "problems": "关于答案表",
        "most": "最常见的错误",
        "times": "{count} 次",
        "by question": "各题答对的人数",
        "also": "以下错误也会得到同样的数：",
        "is right": "正确值为 {right}",
        "verdict right": "正确",
        "verdict wrong": "错误",
        "verdict few": "位数不足：已写的各位正确，但要求 {digits} 位",
        "verdict blank": "空白",
        "verdict missing": "空白：答案表中没有这一份",
        "verdict comma": "不是数：'{text}'，请写小数点：{point}",
        "verdict formula": "不是数：'{text}' 是公式，请写出它的值",
        "verdict no number": "不是数：'{text}'",
        "verdict text": "不是数：'{text}'，请写小数，例如 0.01234",
        "verdict too large": "不是数：'{text}' 过大，不可能是答案",
        "verdict twice": "给了两次且不同：{text}",
        "verdict row": "无法读取：答案表第 {text} 行的单元格过多或过少",
        "reason carried": "由前面的 {causes} 得来：方法正确。",
        "reason carried by": "由前面算错的 {causes} 得来：方法正确。",
        "reason figures": "中间结果只保留了 {count} 位有效数字。",
        "reason decimals": "中间结果只保留了 {count} 位小数。",
        "reason digits": "有两位数字写颠倒了。",
        "reason near": "几乎正确：像是中间结果舍入造成的。",
        "reason unknown": "已知的错误都得不到这个数。",
        "on top": "（在前面的错误之上）",
        "instead": "：{meant} 的位置上用了 {taken}",
        "problem sheet": "第 {line} 行：没有第 {text} 份题单，题单为 1 到 {most}",
        "problem no sheet": "第 {line} 行：没有写是哪一份题单（sheet 列）",
        "problem name": "第 {line} 行：第 {sheet} 份是 {name} 的，而这一行写的是 {text}",
        "problem column": "{text} 列不是任何题目，已略过{meant}",
        "problem no column": "没有 {text} 列：读不到它的答案",
        "problem twice": "第 {sheet} 份有多行（第 {text} 行）",
        "problem row": "第 {line} 行有 {count} 个单元格，而表头有 {most} 个：是小数逗号吗？"
        "请写小数点，或用 ; 分隔单元格",
        "problem missing": "没有第 {sheet} 份题单{name}的行",
        "meant": "（是否指 {text}？）",
        "comma": "、",
    },
}


def say(language: str, template: str, **what: object) -> str:
    """Return a template of a language, filled in."""
    return WORDS[language][template].format(**what)


class _Facts(dict[str, Any]):
    """Facts of a row's words; what a row speaks of and a sheet does not know is left out."""

    def __missing__(self, key: str) -> str:
        return ""


def reason_text(reason: Reason, language: str) -> str:
    """Return a reason as a sentence."""
    facts = dict(reason.facts)
    if reason.kind == "mistake":
        return _mistake(reason.name, facts, language)
    if reason.kind == "slip":
        taken = facts.get("taken")
        facts["instead"] = say(language, "instead", **facts) if taken else ""
        return SLIPS[reason.name].what[language].format_map(_Facts(facts))
    if reason.kind == "carried":
        return say(language, "reason carried by", causes=listed(language, list(facts["causes"])))
    if reason.kind == "rounded":
        return say(language, f"reason {reason.name}", count=facts["count"])
    return say(language, f"reason {reason.kind}")


def _mistake(name: str, facts: dict[str, Any], language: str) -> str:
    layers = [str(layer) for layer in facts.get("layers", ())]
    facts["where"] = ""
    if layers:
        template = "in layer" if len(layers) == 1 else "in layers"
        facts["where"] = say_of_doctor(language, template, layers=listed(language, layers))
    facts["other"] = str(facts.get("other", "")).replace("_", " ")
    if not facts.get("unit"):
        facts["unit"] = say_of_doctor(language, "last unit")
    text = MISTAKES[name].what[language].format_map(_Facts(facts))
    if facts.get("carried"):
        stop = text[-1]
        text = text[:-1] + say(language, "on top") + stop
    return text


def verdict_text(verdict: str, text: str, language: str, digits: int) -> str:
    """Return a verdict in words."""
    short = text if len(text) <= 40 else text[:39] + "…"
    return say(language, f"verdict {verdict}", text=short, point=with_point(short), digits=digits)


def problem_text(kind: str, facts: Mapping[str, object], language: str) -> str:
    """Return what is amiss with a table of answers, in words."""
    known = dict(facts)
    if kind == "column":
        meant = known.get("meant")
        known["meant"] = say(language, "meant", text=meant) if meant else ""
    if kind == "missing":
        known["name"] = f" ({known['name']})" if known.get("name") else ""
    return say(language, f"problem {kind}", **known)


def several(reasons: Sequence[Reason], language: str) -> str:
    """Return the reasons for one answer: the first, then what gives the same number."""
    first, *others = (reason_text(one, language) for one in reasons)
    if not others:
        return first
    rest = [text.rstrip(".。") for text in others]
    if language == "zh":
        return f"{first}{say(language, 'also')}{'；'.join(rest)}。"
    return f"{first} {say(language, 'also')}{'; '.join(map(_small, rest))}."


def _small(text: str) -> str:
    """Return a sentence as it stands within another."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
