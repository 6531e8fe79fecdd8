"""Readers of the pages that explanations make, independent of their makers."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Checker(HTMLParser):
    """Sees that every element is closed, in order, and keeps what it has seen."""

    def __init__(self, text):
        super().__init__()
        self.opened, self.seen, self.words = [], [], []
        self.feed(text)
        self.close()
        assert not self.opened

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.opened.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.opened.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def array_lines(page):
    """Yield name and formula of each equation of arrays on a web page, in the text's signs."""
    for line in re.findall(r'<div class="step arrays">(.*?)</div>', page, re.DOTALL):
        left, *right = (ElementTree.fromstring(m) for m in re.findall("<math.*?</math>", line))
        yield of_mathml(left).replace(" ", ""), " ".join(map(of_mathml, right))


def of_mathml(node):
    """Write MathML of arrays as a line: ``(X)ᵀ``, ``(A) ⊙ (B)``."""
    parts = [of_mathml(one) for one in node]
    if node.tag == "mrow" and node.get("data-wire"):
        return node.get("data-wire")
    if node.tag == "mfrac":
        above, below = parts
        if above.startswith("∂"):
            return f"{above}/{below}".replace(" ", "")
        return f"(({above})/({below}))"
    if node.tag == "msub":
        return "".join(parts)
    if node.tag == "msup":
        base, power = parts
        if base == "e":
            return f"exp({power})"
        return f"({base}){'ᵀ' if power == '⊤' else '²'}"
    if node.tag == "munder":
        base, below = parts
        return {"n": "Σₙ", "j": "Σⱼ"}[below] if base == "Σ" else base
    if node.tag == "msqrt":
        return f"sqrt({parts[0]})"
    if node.tag == "mtable":
        (then, condition), (otherwise, _) = parts
        return f"where({condition.removeprefix('if')}, {then}, {otherwise})"
    if node.tag == "mtr":
        return parts
    if node.tag == "mspace":
        return " "
    text = (node.text or "").replace("\N{FUNCTION APPLICATION}", "").strip()
    if node.tag == "mo":
        text = {"∑": "Σ", "{": ""}.get(text, text)
    glue = "" if node.tag in ("mtd", "math", "mrow") else " "
    return text + glue.join(parts) if text else " ".join(parts)


MARKS = re.compile(r"\\[A-Za-z]+|\\.|[{}]|[^\\{}]", re.DOTALL)
SIGNS = {r"\odot": "⊙", r"\cdot": "·", r"\leq": "≤", r"\geq": "≥", r"\neq": "≠", r"\pi": "π",
         r"\lambda": "λ", r"\Delta": "Δ", r"\delta": "δ",
         "-": "−", r"\,": " ", r"\;": " "}  # fmt: skip
BRACKETS = (r"\left", r"\right", r"\bigl", r"\bigr", r"\biggl", r"\biggr")


class LatexArrays:
    """Writes LaTeX of arrays as a line in the signs of the text view, without the shapes."""

    def __init__(self, text):
        self.marks = MARKS.findall(re.sub(r"\\begin\{cases\}", r"\\cases{", text).replace(
            r"\end{cases}", "}"))  # fmt: skip
        self.at = 0

    def all(self):
        return self.until(None)

    def take(self):
        self.at += 1
        return self.marks[self.at - 1]

    @property
    def next(self):
        return self.marks[self.at] if self.at < len(self.marks) else None

    def group(self):
        while self.next == " ":
            self.take()
        if self.take() != "{":
            return self.marks[self.at - 1]
        return self.until("}")

    def until(self, end):
        parts = []
        while self.at < len(self.marks) and self.next != end:
            parts.append(self.one(parts))
        if end is not None:
            self.take()
        return "".join(parts)

    def one(self, before):
        mark = self.take()
        if mark in BRACKETS or mark == "&":
            return ""
        if mark == r"\underbrace":
            inner = self.group()
            assert self.take() == "_"
            assert re.fullmatch(r"[N\d]+( × [N\d]+)?", self.group().replace(r"\times", "×"))
            return inner
        if mark == r"\frac":
            above, below = self.group(), self.group()
            return f"{above}/{below}" if "∂" in above else f"(({above})/({below}))"
        if mark == r"\operatorname":
            name = self.group().replace(r"\_", "_")
            return name + ("′" if self.next == "'" and self.take() else "")
        if mark == r"\sum":
            if self.next != "_":
                return "Σ "
            self.take()
            return {"n": "Σₙ", "j": "Σⱼ"}[self.take()]
        if mark == r"\cases":
            self.take()
            *rows, last = self.until("}").split("\n")
            found = last.rstrip().removesuffix("otherwise")
            for row in reversed(rows):
                then, condition = row.split("if ")
                found = f"where({condition}, {then}, {found})"
            return found
        if mark == r"\\":
            return "\n"
        if mark == "^":
            power = self.group()
            if before and before[-1] == "e":
                before.pop()
                return f"exp({power})"
            return {r"\top": "ᵀ", "2": "²", "⊤": "ᵀ"}[power.strip()]
        if mark == "_":
            return self.group()
        if mark in (r"\text", r"\mathrm"):
            return self.group()
        if mark == r"\sqrt":
            return f"sqrt({self.group()})"
        if mark == "{":
            return self.until("}")
        known = {r"\partial": "∂", r"\top": "⊤", r"\times": "×"}
        return SIGNS.get(mark) or known.get(mark) or mark.removeprefix("\\")
