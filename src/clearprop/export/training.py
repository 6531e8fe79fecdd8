"""The steps of optimizers, printed from their rows, and a training loop around them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from ..errors import ClearPropError, TrainingError
from ..tables.optimizers import OPTIMIZERS, Optimizer
from ..tables.printers import to_numpy
from .graph import Graph, Node
from .layout import INDENT, WIDTH, indented, prose, statement
from .steps import RESERVED

NEEDED = {"np", "kept"}
OFFERED = ("adam", "momentum", "gradient_descent")
"""The optimizers of a program where nobody asks for others; the first is the one it takes."""


def resolve(asked: Sequence[str | Optimizer]) -> list[Optimizer]:
    """Return the rows of some optimizers.

    Raises
    ------
    TableError, TrainingError
        If there is no such row, it is not carried out by its updates, or one is named twice.
    """
    rows = [OPTIMIZERS.resolve(one) for one in asked]
    if not rows:
        raise TrainingError(f"name at least one optimizer, such as {OFFERED[0]!r}")
    for row in rows:
        if row.method != "updates":
            others = ", ".join(name for name, r in OPTIMIZERS.items() if r.method == "updates")
            raise TrainingError(
                f"{row.name} is carried out by SciPy and cannot be printed as a program that needs "
                f"NumPy alone; take one of {others}"
            )
        taken = {row.name} & set(RESERVED) | {*row.parameters, *row.slots, *row.updates} & NEEDED
        if taken:
            raise TrainingError(
                f"{row.name} cannot be printed: {', '.join(taken)} means something else in the "
                "program; take a row with another name for it"
            )
    if len({row.name for row in rows}) < len(rows):
        raise TrainingError(f"an optimizer is named twice: {', '.join(map(str, rows))}")
    return rows


def with_default(row: Optimizer | None) -> list[Optimizer]:
    """Return the optimizers offered, and before them the one that a network was trained with."""
    rows = [OPTIMIZERS[name] for name in OFFERED]
    if row is None or row.method != "updates":
        return rows
    return [row, *(other for other in rows if other.name != row.name)]


def trained_with(spec: str) -> Optimizer | None:
    """Return the optimizer that a history names; None if it is no longer in the table."""
    try:
        return OPTIMIZERS.resolve(spec)
    except ClearPropError:
        return None


def step_function(
    row: Optimizer, learning_rate: float | None, *, single: bool, weights: bool
) -> list[str]:
    """Return an optimizer as a function of one parameter.

    ``weights`` says whether the functions are told if the parameter is a weight or a bias.
    """
    rate = row.learning_rate if learning_rate is None else learning_rate
    settings = {"learning_rate": rate, **row.parameters}
    given = ["w", "g", "kept", "t", *(["is_weight"] if weights else [])]
    arguments = [*given, *(f"{name}={value!r}" for name, value in settings.items())]
    about = prose(row.about, 80).rstrip(".")
    name = row.name.replace("_", " ").capitalize()
    lines = [f'"""{name}: {about}."""' if about else f'"""{name}."""', *_slots(row)]
    lines += _updates(row, single=single)
    return [*_head(row.name, arguments), *indented([*lines, f"return w, {_tuple(row.slots)}"])]


def _tuple(parts: Iterable[str]) -> str:
    found = list(parts)
    return f"({found[0]},)" if len(found) == 1 else f"({', '.join(found)})"


def _head(name: str, arguments: Sequence[str]) -> list[str]:
    line = f"def {name}({', '.join(arguments)}):"
    if len(line) <= WIDTH:
        return [line]
    return [f"def {name}(", *textwrap.wrap(", ".join(arguments) + ",", WIDTH, initial_indent=INDENT,
                                           subsequent_indent=INDENT), "):"]  # fmt: skip


def _slots(row: Optimizer) -> list[str]:
    if not row.slots:
        return []
    starts = []
    for tree in row.slot_trees.values():
        zero = tree.is_number(0)
        starts.append("np.zeros_like(w)" if zero else f"np.full_like(w, {to_numpy(tree)})")
    names = _tuple(row.slots) if len(starts) == 1 else ", ".join(row.slots)
    return [f"{names} = kept or {_tuple(starts)}"]


def _updates(row: Optimizer, *, single: bool) -> list[str]:
    graph = Graph({}, single=single)
    names: dict[str, Node] = {
        name: graph.name(name, weak=True) for name in ("learning_rate", "t", "is_weight")
    }
    names |= {name: graph.name(name, weak=True) for name in row.parameters}
    names |= {name: graph.name(name, ("w",)) for name in ("w", "g", *row.slots)}
    lines: list[str] = []
    for name, tree in row.update_trees.items():
        node = graph.fold(tree, names)
        lines += statement(name, graph.text(node))
        names[name] = graph.name(name, node.shape, weak=node.weak)
    return lines


def train_function(
    first: Optimizer, *, weighted: bool, weights: bool, epochs: int, batch_size: int | None
) -> list[str]:
    """Return the training loop."""
    weight = ", sample_weight" if weighted else ""
    some = ", sample_weight[batch]" if weighted else ""
    is_weight = ', name[0] == "W"' if weights else ""
    arguments = ["X", "y", "parameters=None", *(["sample_weight=None"] if weighted else [])]
    arguments += [f"optimizer={first.name}", f"epochs={epochs}", f"batch_size={batch_size}"]
    head = "\n".join(_head("train", [*arguments, "seed=0", "**settings"]))
    text = f'''
{head}
    """Return the parameters after some passes over all rows, and the loss before each pass.

    Other settings, such as learning_rate=0.1, are those of the optimizer. The seed decides the
    order of the rows; without a batch_size each step takes all of them.
    """
    X, y{weight} = arrays(X, y{weight})
    parameters = dict(PARAMETERS if parameters is None else parameters)
    kept = dict.fromkeys(parameters)
    size = len(X) if batch_size is None else min(batch_size, len(X))
    generator = np.random.default_rng(seed)
    losses, t = [], 0
    for _ in range(epochs):
        losses.append(float(loss(X, y, parameters{weight})))
        if not np.isfinite(losses[-1]):
            raise FloatingPointError("the loss is not finite any more: try a smaller learning_rate")
        order = generator.permutation(len(X)) if size < len(X) else np.arange(len(X))
        for start in range(0, len(X), size):
            batch, t = order[start : start + size], t + 1
            for name, g in gradients(X[batch], y[batch], parameters{some}).items():
                parameters[name], kept[name] = optimizer(
                    parameters[name], g, kept[name], t{is_weight}, **settings
                )
    return parameters, losses
'''
    return text.strip("\n").split("\n")
