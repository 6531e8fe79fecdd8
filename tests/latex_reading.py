"""A reader of formulas in LaTeX in which only numbers stand, independent of their printer."""

import math
import re

TOKEN = re.compile(r"\\left|\\right|\\operatorname|\\[A-Za-z,]+|\d+\.?\d*|.", re.DOTALL)
FUNCTIONS = {r"\log": math.log, r"\tanh": math.tanh, r"\sigma": lambda x: 1 / (1 + math.exp(-x)),
             r"\sqrt": math.sqrt, "relu": lambda x: max(x, 0.0)}  # fmt: skip


class Reader:
    """Works out a formula of LaTeX in which only numbers stand."""

    def __init__(self, text):
        marks = [t for t in TOKEN.findall(text) if t.strip()]
        self.marks = [t for t in marks if t not in (r"\left", r"\right", r"\,")]
        self.at = 0

    def all(self):
        value = self.sum()
        assert self.at == len(self.marks), self.marks[self.at :]
        return value

    def see(self):
        return self.marks[self.at] if self.at < len(self.marks) else ""

    def take(self, mark=None):
        found = self.see()
        assert mark in (None, found), (mark, found, self.marks)
        self.at += 1
        return found

    def sum(self):
        value = self.product()
        while self.see() in ("+", "-") and self.see():
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self):
        if self.see() == "-":
            self.take()
            return -self.product()
        value = self.power()
        while self.see() and self.see() not in "+-),}|":
            if self.see() == r"\cdot":
                self.take()
            value *= self.power()
        return value

    def power(self):
        base = self.atom()
        if self.see() == "^":
            self.take()
            exponent = self.group() if self.see() == "{" else float(self.take())
            return base**exponent
        return base

    def group(self, opened="{", closed="}"):
        self.take(opened)
        value = self.sum()
        self.take(closed)
        return value

    def atom(self):
        mark = self.take()
        if mark[0].isdigit():
            return float(mark)
        if mark == "e":
            return math.e
        if mark == r"\infty":
            return math.inf
        if mark == "(":
            self.at -= 1
            return self.group("(", ")")
        if mark == "|":
            value = self.sum()
            self.take("|")
            return abs(value)
        if mark == r"\frac":
            return self.group() / self.group()
        if mark in (r"\max", r"\min"):
            self.take("(")
            first = self.sum()
            self.take(",")
            second = self.sum()
            self.take(")")
            return max(first, second) if mark == r"\max" else min(first, second)
        if mark == r"\operatorname":
            mark = "".join(iter(self.take, "}")).removeprefix("{")
        pair = "{}" if self.see() == "{" else "()"
        return FUNCTIONS[mark](self.group(*pair))


def agree(printed, value, digits=6):
    """Whether a number is what is printed, to its last digit (or to the machine's)."""
    exact = float(f"{printed:.{digits - 1}e}")
    return math.isclose(exact, value, rel_tol=2e-15) or math.isclose(printed, value, rel_tol=1e-13)


def readable(text):
    """Whether a formula has only what the reader knows."""
    other = r"\\operatorname\{(?!relu\})|cases|cdots|\\text|nan|\\pi"
    return not re.search(other, text)
