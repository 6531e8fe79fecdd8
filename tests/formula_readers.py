"""Two readers of the matrix form: of its nested lists, and of its printed text.

Neither knows the other, nor what made them.
"""

import re

import numpy as np

import clearprop as cp

FUNCTIONS = {
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "max": np.maximum,
    "min": np.minimum,
    "pow": np.power,
    "where": lambda c, a, b: np.where(c != 0, a, b),
}
BINARY = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "scale": np.multiply,
    "divide": np.divide,
    "matmul": np.matmul,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def evaluated(lists, values, sizes):
    """Work out nested lists; every array must have the shape that they say."""
    operation, shape, *rest = lists
    if operation == "number":
        return rest[0]
    if operation == "name":
        found = values[rest[0]]
    elif operation == "sum":
        axes, argument = rest
        inner = evaluated(argument, values, sizes)
        found = inner.sum(axis=tuple(axes), keepdims=axes == [1])
    else:
        arguments = [evaluated(one, values, sizes) for one in rest]
        found = applied(operation, arguments)
    wanted = tuple(sizes.get(n, n) for n in shape)
    assert np.shape(found) == wanted, (lists, np.shape(found))
    return found


def applied(operation, arguments):
    if operation in BINARY:
        return BINARY[operation](*arguments)
    if operation == "negate":
        return -arguments[0]
    if operation == "square":
        return arguments[0] * arguments[0]
    if operation == "transpose":
        return arguments[0].T
    if operation == "expm1":
        return np.exp(arguments[0]) - 1
    if operation == "log1p":
        return np.log(1 + arguments[0])
    if operation in FUNCTIONS:
        return FUNCTIONS[operation](*arguments)
    return gate_value(operation, arguments[0])


def gate_value(gate, z):
    return cp.evaluate(cp.apply(gate, cp.constant(z)))


TOKEN = re.compile(
    r"\s*(\d+\.?\d*(?:e[+-]?\d+)?|∂L/∂\w+|[Σ][ₙⱼ]?|\w+\([A-Z]\d+\)|\w+′\([A-Z]\d+\)|[^\W\d]\w*|\S)"
)
SIGNS = {"<": np.less, "≤": np.less_equal, ">": np.greater, "≥": np.greater_equal,
         "=": np.equal, "≠": np.not_equal}  # fmt: skip


class Reader:
    """Reads one printed formula: juxtaposition is the matrix product, ⊙ and · go element-wise."""

    def __init__(self, text, values):
        # Letters such as λ stand right before what they multiply: λW1.
        self.values = values
        self.tokens = []
        for token in TOKEN.findall(re.sub("[λᵀ²]", r" \g<0> ", text)):
            if re.fullmatch(r"\w+\([A-Z]\d+\)", token) and token not in values:
                self.tokens += re.split(r"([()])", token)[:-1]
            else:
                self.tokens.append(token)
        self.at = 0

    def read(self):
        found = self.comparison()
        assert self.at == len(self.tokens), self.tokens[self.at :]
        return found

    @property
    def next(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *wanted):
        token = self.next
        assert not wanted or token in wanted, (token, wanted)
        self.at += 1
        return token

    def comparison(self):
        left = self.sum()
        if self.next in SIGNS and self.next:
            return SIGNS[self.take()](left, self.sum())
        return left

    def sum(self):
        found = self.product()
        while self.next in ("+", "−") and self.next:
            sign = self.take()
            right = self.product()
            found = found + right if sign == "+" else found - right
        return found

    def product(self):
        found = self.matrices()
        while self.next in ("⊙", "·", "/") and self.next:
            sign = self.take()
            right = self.matrices()
            found = found / right if sign == "/" else found * right
        return found

    def matrices(self):
        if self.next == "−":
            self.take()
            return -self.matrices()
        found = self.power()
        while self.next and self.next not in "+−⊙·/)],²ᵀ" and self.next not in SIGNS:
            right = self.power()
            found = found @ right if np.ndim(found) and np.ndim(right) else found * right
        return found

    def power(self):
        found = self.atom()
        while self.next in ("²", "ᵀ") and self.next:
            found = found * found if self.take() == "²" else found.T
        return found

    def atom(self):
        token = self.take()
        if token in ("(", "["):
            found = self.comparison()
            self.take(")", "]")
            return found.astype(float) if np.asarray(found).dtype.kind == "b" else found
        if token[0] == "Σ":
            inner = self.power()
            axes = {"Σₙ": (0,), "Σⱼ": (1,), "Σ": None}[token]
            return inner.sum(axis=axes, keepdims=token == "Σⱼ")
        if token in FUNCTIONS:
            self.take("(")
            arguments = [self.comparison()]
            while self.next == ",":
                self.take()
                arguments.append(self.comparison())
            self.take(")")
            return FUNCTIONS[token](*arguments)
        if token == "π":
            return np.pi
        if re.match(r"\d", token):
            return float(token)
        return self.values[token]


def printed_lines(text):
    """Return the equations in a printed text, without the lines of shapes, broken lines joined."""
    found = []
    for line in text.splitlines():
        if re.fullmatch(r"[\s\dN×]*", line):
            continue
        if re.match(r"  \S.* = ", line) and not line.startswith("   "):
            found.append(line.strip())
        elif line.startswith("   ") and found:
            found[-1] += " " + line.strip()
    return [tuple(line.split(" = ", 1)) for line in found]
