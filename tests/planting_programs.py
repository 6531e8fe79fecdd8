"""Back-propagation as source text: independent NumPy programs to plant mistakes in.

Nothing here imports clearprop. ``Told`` is what a student is told of the network, ``Style``
how the student writes, and ``program(told, style)`` the text of a right program::

    def loss_and_gradients(X, y, W1, b1, W2, b2):
        ...
        return loss, dW1, db1, dW2, db2
"""

from dataclasses import dataclass

import numpy as np

# Forward in {z}; the slope written in the output {a}, and written in {z}.
ACTIVATIONS = {
    "identity": ("{z} * 1.0", "np.ones_like({a})", "np.ones_like({z})"),
    "tanh": ("np.tanh({z})", "1 - {a}**2", "1 - np.tanh({z}) ** 2"),
    "sigmoid": ("sigmoid({z})", "{a} * (1 - {a})", "sigmoid({z}) * (1 - sigmoid({z}))"),
    "relu": ("np.maximum({z}, 0)", "({a} > 0) * 1.0", "({z} > 0) * 1.0"),
    "leaky_relu(alpha=0.1)": (
        "np.where({z} > 0, {z}, 0.1 * {z})",
        "np.where({a} > 0, 1.0, 0.1)",
        "np.where({z} > 0, 1.0, 0.1)",
    ),
    "softplus": ("np.logaddexp(0, {z})", "1 - np.exp(-{a})", "sigmoid({z})"),
}
# Lines before the loss, the sum of the samples' losses, and lines that end in dscores.
LOSSES = {
    "softmax_cross_entropy": (
        [
            "e = np.exp(scores - np.max(scores, axis=1, keepdims=True))",
            "p = e / np.sum(e, axis=1, keepdims=True)",
        ],
        "-np.sum(np.log(np.maximum(p[np.arange(n), y], 1e-30)))",
        ["Y = np.eye({outputs})[y]", "dscores = p - Y"],
    ),
    "logistic": (
        ["p = sigmoid(scores)"],
        "np.sum(np.logaddexp(0, scores) - y * scores)",
        ["dscores = p - y"],
    ),
    "squared_error": ([], "0.5 * np.sum((scores - y) ** 2)", ["dscores = scores - y"]),
    "hinge": (
        [
            "margins = np.maximum(0, scores - scores[np.arange(n), y][:, None] + 1)",
            "margins[np.arange(n), y] = 0",
        ],
        "np.sum(margins)",
        [
            "dscores = (margins > 0) * 1.0",
            "dscores[np.arange(n), y] = -np.sum(dscores, axis=1)",
        ],
    ),
}
# The same last line, into an array of its own that is then changed in place.
COPIED = {
    "softmax_cross_entropy": ["dscores = p.copy()", "dscores -= Y"],
    "logistic": ["dscores = p.copy()", "dscores -= y"],
    "squared_error": ["dscores = scores.copy()", "dscores -= y"],
}
HEAD = """import numpy as np


def sigmoid(t):
    return 1 / (1 + np.exp(-t))

"""
IN_BATCHES = """

def loss_and_gradients(X, y, {parameters}):
    loss, sums = 0.0, [0.0] * {count}
    for start in range(0, len(X), {size}):
        xb, yb = X[start : start + {size}], y[start : start + {size}]
        loss_b, *gradients = on_batch(xb, yb, {parameters})
        share = len(xb) / len(X)
        loss += share * loss_b
        sums = [s + share * g for s, g in zip(sums, gradients)]
    return loss, *sums
"""


@dataclass(frozen=True)
class Told:
    """A network as a student is told of it, in the words of clearprop."""

    layers: tuple
    activations: tuple  # one for each hidden layer
    output: str
    loss: str
    reduction: str
    l2: float

    @property
    def names(self):
        return [f"{kind}{layer}" for layer in range(1, len(self.layers)) for kind in "Wb"]

    @property
    def gates(self):
        """The activation after each layer of weights."""
        return (*self.activations, self.output)


@dataclass(frozen=True)
class Style:
    """How a program is written; its numbers do not depend on it."""

    loops: bool = False  # sums over samples and paths as loops with +=
    slopes: str = "a"  # written in the activation's output, or in z
    late: bool = False  # first all deltas, then the gradients
    copies: bool = False  # changes copies of arrays in place, and takes the loss at the end
    ending: str = "plain"  # "store": gradients in a module's dict; "step": a step at the end
    batch: int = 0  # rows in batches of this size


PLAIN = [Style(loops, slopes) for loops in (False, True) for slopes in "az"]
PLAIN += [Style(slopes="z", late=True)]
OF_STATE = {
    "in_place": Style(late=True, copies=True),
    "loss_in_place": Style(copies=True),
    "not_reset": Style(ending="store"),
    "caller_changed": Style(ending="step"),
    "last_batch": Style(batch=4),
}
STYLES = [*PLAIN, *OF_STATE.values()]


def parts(told, style, layer):
    """The lines of the gradients of layer: of W, of b, and those that carry delta back."""
    before = "X" if layer == 1 else f"a{layer - 1}"
    width = told.layers[layer]
    if style.loops:
        gradient = [
            f"dW{layer} = np.zeros_like(W{layer})",
            "for s in range(n):",
            f"    dW{layer} += np.outer({before}[s], delta{layer}[s])",
        ]
        bias = [
            f"db{layer} = np.zeros_like(b{layer})",
            "for s in range(n):",
            f"    db{layer} += delta{layer}[s]",
        ]
        back = [
            f"da{layer - 1} = np.zeros_like(a{layer - 1})",
            f"for k in range({width}):",
            f"    da{layer - 1} += np.outer(delta{layer}[:, k], W{layer}[:, k])",
        ]
    else:
        gradient = [f"dW{layer} = {before}.T @ delta{layer}"]
        bias = [f"db{layer} = np.sum(delta{layer}, axis=0)"]
        back = [f"da{layer - 1} = delta{layer} @ W{layer}.T"]
    if told.l2:
        gradient.append(f"dW{layer} = dW{layer} + {told.l2} * W{layer}")
    return gradient, bias, back if layer > 1 else []


def slope(told, style, layer):
    """The line of the slope of the activation after a layer, as a list."""
    gate = told.gates[layer - 1]
    if style.copies and gate == "sigmoid":
        return [f"slope{layer} = a{layer}.copy()", f"slope{layer} *= 1 - a{layer}"]
    return [f"slope{layer} = {slope_text(gate, style.slopes, layer)}"]


def slope_text(gate, written_in, layer):
    """The slope of an activation, written in a or in z."""
    return ACTIVATIONS[gate][1 if written_in == "a" else 2].format(a=f"a{layer}", z=f"z{layer}")


def dscores(told, style):
    """The lines by which the loss starts the way back."""
    first = list(LOSSES[told.loss][2])
    if style.copies and told.loss in COPIED:
        first[-1:] = COPIED[told.loss]
    if told.reduction == "mean":
        first.append("dscores = dscores / n")
    return [line.format(outputs=told.layers[-1]) for line in first]


def program(told, style=PLAIN[0]):
    """The text of a right program."""
    last = len(told.layers) - 1
    body = ["n = X.shape[0]"]
    for layer in range(1, last + 1):
        before = "X" if layer == 1 else f"a{layer - 1}"
        body.append(f"z{layer} = {before} @ W{layer} + b{layer}")
        if layer < last or told.output != "identity":
            forward = ACTIVATIONS[told.gates[layer - 1]][0].format(z=f"z{layer}")
            body.append(f"a{layer} = {forward}")
    body.append(f"scores = {'z' if told.output == 'identity' else 'a'}{last}")
    stages, total, _ = LOSSES[told.loss]
    body += stages
    loss = [f"loss = {total}"]
    if told.reduction == "mean":
        loss.append("loss = loss / n")
    if told.l2:
        squares = " + ".join(f"np.sum(W{layer}**2)" for layer in range(1, last + 1))
        loss.append(f"loss = loss + {told.l2} / 2 * ({squares})")
    body += [] if style.copies else loss
    body += dscores(told, style)
    gradients = []
    for layer in range(last, 0, -1):
        if layer == last and told.output == "identity":
            body.append(f"delta{layer} = dscores")
        else:
            body += slope(told, style, layer)
            body.append(
                f"delta{layer} = {'dscores' if layer == last else f'da{layer}'} * slope{layer}"
            )
        gradient, bias, back = parts(told, style, layer)
        gradients += gradient + bias
        body += back if style.late else gradient + bias + back
    body += gradients if style.late else []
    body += loss if style.copies else []
    return _frame(told, style, body)


def _frame(told, style, body):
    slopes = [f"d{name}" for name in told.names]
    result = f"return loss, {', '.join(slopes)}"
    head = HEAD
    if style.ending == "store":
        head += "\nstored = {}\n\n"
        body.append(f"found = {{{', '.join(f'{s[1:]!r}: {s}' for s in slopes)}}}")
        body += ["for name in found:", "    stored[name] = found[name]"]
        result = "return loss, *[stored[name].copy() for name in found]"
    if style.ending == "step":
        body += [f"{name} = {name}.copy()" for name in told.names]
        body += [f"{name} -= 0.1 * d{name}" for name in told.names]
    batched = style.batch and told.reduction == "mean"  # a mean over batches needs its weights
    called = "on_batch" if batched else "loss_and_gradients"
    parameters = ", ".join(told.names)
    lines = [f"def {called}(X, y, {parameters}):", *(f"    {line}" for line in (*body, result))]
    text = f"{head}\n" + "\n".join(lines) + "\n"
    if batched:
        text += IN_BATCHES.format(parameters=parameters, count=len(slopes), size=style.batch)
    return text


def random_network(rng):
    """A network of one to three hidden layers, often with square weights."""
    hidden = int(rng.integers(1, 4))
    widths = [int(w) for w in rng.integers(2, 6, hidden + 2)]
    if rng.random() < 0.5:
        start = int(rng.integers(0, hidden + 1))
        widths[start : start + 2] = [int(rng.integers(3, 6))] * 2
    names = [name for name in ACTIVATIONS if name != "identity"]
    same = [str(rng.choice(names))] * hidden
    mixed = [str(name) for name in rng.choice(names, hidden)]
    loss = str(rng.choice(list(LOSSES)))
    output = "identity"
    if loss == "squared_error":
        output = str(rng.choice(["identity", "sigmoid", "tanh"]))
    return Told(
        tuple(widths),
        tuple(mixed if rng.random() < 0.2 else same),
        output,
        loss,
        "mean" if rng.random() < 0.7 else "sum",
        float(rng.choice([0.0, 0.0, 0.01, 0.1, 0.3])),
    )


def random_data(told, rng):
    """X, y and the parameters by name; sometimes as many rows as a layer has neurons."""
    rows = int(rng.integers(5, 12))
    if rng.random() < 0.25:
        rows = int(rng.choice(told.layers[1:]))
    X = rng.normal(size=(rows, told.layers[0]))
    outputs = told.layers[-1]
    if told.loss in ("softmax_cross_entropy", "hinge"):
        y = rng.integers(0, outputs, rows)
    elif told.loss == "logistic":
        y = rng.integers(0, 2, (rows, outputs)).astype(float)
    else:
        y = rng.normal(size=(rows, outputs))
    parameters = {}
    for layer, (n_in, n_out) in enumerate(zip(told.layers, told.layers[1:], strict=False), 1):
        parameters[f"W{layer}"] = rng.normal(size=(n_in, n_out)) * 1.4 / np.sqrt(n_in)
        parameters[f"b{layer}"] = rng.normal(size=n_out) * 0.5
    return X, y, parameters


def run(source, data, calls=1):
    """Call a program's loss_and_gradients some times with the same arrays.

    Returns the loss and the gradients by name of the last call. The arrays are copies of
    ``data``, so nothing happens to those.
    """
    X, y, parameters = data
    X, y = X.copy(), y.copy()
    parameters = {name: array.copy() for name, array in parameters.items()}
    module = {}
    exec(compile(source, "<planted>", "exec"), module)
    for _ in range(calls):
        loss, *gradients = module["loss_and_gradients"](X, y, *parameters.values())
    return loss, dict(zip(parameters, map(np.asarray, gradients), strict=True))
