"""The mistakes of issue 5's table as edits of a program's text.

Nothing here reads the package. ``mistakes(told, style, rows)`` lists what can be planted in
``program(told, style)``; ``edited(source, edits)`` plants it.
"""

from dataclasses import dataclass

from planting_programs import (
    ACTIVATIONS,
    COPIED,
    OF_STATE,
    PLAIN,
    dscores,
    parts,
    slope,
    slope_text,
)

KINDS = (
    "sum_for_mean", "mean_for_sum", "divided_twice", "twice_squared_error", "half_squared_error",
    "sign", "missing_slope", "slope_at_z", "slope_at_a", "other_slope", "slope_twice_at_output",
    "p_for_p_minus_y", "y_off_by_one", "y_transposed", "W_not_transposed", "gradient_transposed",
    "wrong_input", "one_path", "samples_overwritten", "updated_before_use", "not_reset",
    "in_place", "caller_changed", "l2_forgotten", "l2_one_layer", "l2_on_biases",
    "l2_without_half", "l2_divided_by_N", "bias_wrong_axis", "bias_not_summed", "bias_averaged",
    "bias_first_sample", "last_batch", "softmax_axis", "hinge_right_class", "other_loss",
    "float32", "kink",
)  # fmt: skip
ONLY_LOSS = ("loss_in_place",)
"""Kinds whose gradients are right and whose loss is wrong; in ``cases`` only if asked for."""
STATE = ("not_reset", "caller_changed")
"""Kinds whose first gradient is right: the second call is wrong."""
NOISE = ("float32",)
"""Kinds whose numbers are off by rounding only."""


@dataclass(frozen=True)
class Mistake:
    """A kind of mistake, its place, and the edits that plant it in a program."""

    kind: str
    place: str
    detail: str
    edits: tuple  # of (find, replace)


class EditError(Exception):
    """The text to edit is not there exactly once."""


def edited(source, edits):
    """The text with these edits, each of which must be found exactly once (EditError)."""
    for find, replace in edits:
        if source.count(find) != 1:
            raise EditError(f"{find!r} is there {source.count(find)} times")
        source = source.replace(find, replace)
    return source


def line(text, *instead):
    """The edit of one line of a function into others, or into none."""
    indent = " " * (len(text) - len(text.lstrip()))
    return f"\n    {text}\n", "\n" + "".join(f"    {indent}{new}\n" for new in instead)


def mistakes(told, style, rows):
    """Every mistake that can be planted in this program, for data of so many rows."""
    if style not in PLAIN:
        return [*_of_state(told, style, rows)]
    found = [*_at_the_loss(told, rows)]
    for layer in range(1, len(told.layers)):
        found += _of_slopes(told, style, layer)
        found += _of_gradients(told, style, layer)
    found += _of_the_regulariser(told, style)
    return [*found, *_of_precision(told, style)]


def _at_the_loss(told, rows):
    lines = dscores(told, PLAIN[0])
    last = f"layer {len(told.layers) - 1}"
    end = lines[-2 if told.reduction == "mean" else -1]
    if told.reduction == "mean":
        divide = lines[-1]
        yield Mistake("sum_for_mean", "all", "", (line(divide),))
        yield Mistake("divided_twice", "all", "", (line(divide, divide, divide),))
    else:
        yield Mistake("mean_for_sum", "all", "", (line(end, end, "dscores = dscores / n"),))
    yield Mistake("sign", "all", "", (line(end, end, "dscores = -dscores"),))
    if told.loss == "squared_error":
        for kind, factor in (("twice_squared_error", 2), ("half_squared_error", 0.5)):
            yield Mistake(kind, "all", "", (line(end, end, f"dscores = {factor} * dscores"),))
    if told.loss == "hinge":
        for text in ("dscores[np.arange(n), y] = -1", "dscores[np.arange(n), y] = 0"):
            yield Mistake("hinge_right_class", last, text[-2:].strip(), (line(end, text),))
    if told.loss in ("softmax_cross_entropy", "logistic"):
        yield Mistake("p_for_p_minus_y", last, "", (line(end, "dscores = p"),))
        twice = f"dscores = ({end.removeprefix('dscores = ')}) * p * (1 - p)"
        yield Mistake("slope_twice_at_output", last, "", (line(end, twice),))
    others = {
        "softmax_cross_entropy": {"logistic": "sigmoid(scores) - Y", "squared_error": "scores - Y"},
        "logistic": {"squared_error": "scores - y"},
        "squared_error": {"absolute_error": "np.sign(scores - y)"},
        "hinge": {},
    }
    for name, text in others[told.loss].items():
        yield Mistake("other_loss", last, name, (line(end, f"dscores = {text}"),))
    if told.loss == "softmax_cross_entropy":
        hot = lines[0]
        for new in ("[y - 1]", f"[(y + 1) % {told.layers[-1]}]"):
            edits = (line(hot, hot.replace("[y]", new)),)
            yield Mistake("y_off_by_one", last, new, edits)
        if rows == told.layers[-1]:
            yield Mistake("y_transposed", last, "", (line(hot, f"{hot}.T"),))
        axes = tuple(
            (f"{text}, axis=1", f"{text}, axis=0") for text in ("np.max(scores", "np.sum(e")
        )
        yield Mistake("softmax_axis", last, "", axes)


def _of_slopes(told, style, layer):
    gate = told.gates[layer - 1]
    if gate == "identity":
        return
    (text,) = slope(told, style, layer)
    last = layer == len(told.layers) - 1
    place = f"layer {layer}"
    multiply = f"delta{layer} = {'dscores' if last else f'da{layer}'} * slope{layer}"
    without = multiply.removesuffix(f" * slope{layer}")
    yield Mistake("missing_slope", place, "", (line(multiply, without),))
    if style.slopes == "a":
        at_z = text.replace(f"a{layer}", f"z{layer}")
        yield Mistake("slope_at_z", place, "", (line(text, at_z),))
    else:
        at_a = text.replace(f"z{layer}", f"a{layer}")
        yield Mistake("slope_at_a", place, "", (line(text, at_a),))
    for other in ACTIVATIONS:
        if other not in (gate, "identity", "softplus"):
            new = f"slope{layer} = {slope_text(other, style.slopes, layer)}"
            yield Mistake("other_slope", place, other, (line(text, new),))


def _of_gradients(told, style, layer):
    gradient, bias, back = parts(told, style, layer)
    square = told.layers[layer - 1] == told.layers[layer]
    place = f"layer {layer}"
    if style.loops:
        for array, lines in ((f"W{layer}", gradient), (f"b{layer}", bias)):
            once = lines[2].replace("+=", "=").strip()
            yield Mistake("samples_overwritten", array, "", (line(lines[2], once),))
        if back and told.layers[layer] > 1:
            once = back[2].replace("+=", "=").strip()
            yield Mistake("one_path", place, "", (line(back[2], once),))
        return
    before = "X" if layer == 1 else f"a{layer - 1}"
    if back and square:
        yield Mistake("W_not_transposed", place, "", (line(back[0], back[0].removesuffix(".T")),))
    if square:
        turned = f"dW{layer} = delta{layer}.T @ {before}"
        yield Mistake("gradient_transposed", f"W{layer}", "", (line(gradient[0], turned),))
    if back and not style.late:
        step = f"W{layer} = W{layer} - 0.1 * dW{layer}"
        yield Mistake("updated_before_use", place, "0.1", (line(back[0], step, back[0]),))
    last = len(told.layers) - 1
    outputs = [i for i in range(1, layer + 1) if i < last or told.output != "identity"]
    inputs = {"X": told.layers[0]} | {f"a{i}": told.layers[i] for i in outputs}
    wires = [name for name, width in inputs.items() if width == told.layers[layer - 1]]
    if layer > 1:
        wires.append(f"z{layer - 1}")
    for wire in wires:
        if wire != before:
            edit = line(gradient[0], gradient[0].replace(f"{before}.T", f"{wire}.T"))
            yield Mistake("wrong_input", f"W{layer}", wire, (edit,))
    for kind, text in (
        ("bias_wrong_axis", f"np.sum(delta{layer}, axis=1)"),
        ("bias_not_summed", f"delta{layer}"),
        ("bias_averaged", f"np.mean(delta{layer}, axis=0)"),
        ("bias_first_sample", f"delta{layer}[0]"),
    ):
        yield Mistake(kind, f"b{layer}", "", (line(bias[0], f"db{layer} = {text}"),))


def _of_the_regulariser(told, style):
    layers = range(1, len(told.layers))
    if not told.l2:
        return
    whole = ", ".join(f"W{layer}" for layer in layers)
    text = {layer: parts(told, style, layer)[0][-1] for layer in layers}
    yield Mistake("l2_forgotten", whole, "", tuple(line(text[layer]) for layer in layers))
    for layer in layers:
        yield Mistake("l2_one_layer", f"W{layer}", "", (line(text[layer]),))
    for kind, old, new in (
        ("l2_without_half", "+ ", "+ 2 * "),
        ("l2_divided_by_N", " * W", " / n * W"),
    ):
        edits = tuple(line(text[layer], text[layer].replace(old, new)) for layer in layers)
        yield Mistake(kind, whole, "", edits)
    biases = ", ".join(f"b{layer}" for layer in layers)
    edits = []
    for layer in layers:
        at = parts(told, style, layer)[1][-1]
        more = f"db{layer} = db{layer} + {told.l2} * b{layer}"
        edits.append((f"\n    {at}\n", f"\n    {at}\n    {more}\n"))
    yield Mistake("l2_on_biases", biases, "", tuple(edits))


def _of_state(told, style, rows):
    """Slips in what is kept, what is shared, and what is counted."""
    last = f"layer {len(told.layers) - 1}"
    if told.reduction == "mean" and rows > style.batch > 0:
        divide = "dscores = dscores / n"
        edit = line(divide, divide.replace("/ n", f"/ {style.batch}"))
        yield Mistake("last_batch", "all", "", (edit,))
    if style.ending == "store":
        keep = "    stored[name] = found[name]"
        adds = "stored[name] = stored.get(name, 0) + found[name]"
        yield Mistake("not_reset", "all", "", (line(keep, adds),))
    if style.ending == "step":
        for name in told.names:
            yield Mistake("caller_changed", name, "", (line(f"{name} = {name}.copy()"),))
    if (
        style == OF_STATE["loss_in_place"]
        and told.loss
        in (
            "softmax_cross_entropy",
            "squared_error",
        )
        and told.output == "identity"
    ):
        yield Mistake("loss_in_place", "loss", "", (_uncopied(COPIED[told.loss][0]),))
    if style == OF_STATE["in_place"]:
        if told.output != "identity":
            edit = _uncopied(COPIED[told.loss][0])
            yield Mistake("in_place", last, "dscores", (edit,))
        for layer, gate in enumerate(told.activations, 1):
            if gate == "sigmoid":
                edit = _uncopied(slope(told, style, layer)[0])
                # The slope has taken the activation's place when W of the next layer needs it.
                yield Mistake("in_place", f"W{layer + 1}", f"slope{layer}", (edit,))


def _uncopied(text):
    return line(text, text.removesuffix(".copy()"))


def _of_precision(told, style):
    names = ["X", *told.names]
    casts = [f"{name} = {name}.astype(np.float32)" for name in names]
    start = "n = X.shape[0]"
    yield Mistake("float32", "all", "", (line(start, start, *casts),))
    # Written in a, a >= 0 would be true everywhere.
    if told.activations[0] == "relu" and style.slopes == "z":
        at = slope(told, style, 1)[0]
        yield Mistake("kink", "layer 1", "", (line(at, at.replace(" > ", " >= ")),))
