"""From a fit to facts: where a mistake is, which lines it changes, what its words speak of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..network import Network
from .backward import Objective, right_pass
from .lines import statements
from .matching import Fit
from .planting import Planted
from .report import Explanation, Found, Stretch, Verdict

_PLACE = re.compile(r"([a-zA-Z]+)(\d*)")
_GRADIENTS = ("dW", "db")
_OF_GRADIENT = {"data": "dW", "penalty": "dW", "dW": "dW", "db": "db"}


def explained(
    net: Network,
    objective: Objective,
    fits: Sequence[Fit],
    wrong: Sequence[str],
    *,
    by_row: bool = False,
) -> tuple[Explanation, ...]:
    """Return the explanations of a gradient as data, the simplest first."""
    right = right_pass(net, objective)
    return tuple(
        Explanation(
            tuple(_found(net, objective, one, fit) for one in fit.planted),
            fit.error,
            tuple(wrong),
            by_row,
        )
        for fit in sorted(fits, key=lambda fit: fit.rank)
        if fit.into(right) is not None
    )


def _found(net: Network, objective: Objective, one: Planted, fit: Fit) -> Found:
    right, loss = right_pass(net, objective), net.architecture.loss.spec
    before, after = (
        statements(formulas, fit.eta, loss) for formulas in (right, one.into(right) or right)
    )
    changed = [name for name in before if before[name] != after[name]]
    touched = {int(_PLACE.fullmatch(name)[2]) for name in changed}  # type: ignore[index]
    parts = [part for part in _parts(one) if not part[1] or part[1] in touched] or _parts(one)
    last = len(net.layers) - 1
    return Found(
        one.mistake.name,
        facts_of(net, one, parts, fit.eta),
        tuple(changed),
        tuple(sorted({layer or last for _, layer in parts})),
        tuple(after[name] for name in changed),
        tuple(before[name] for name in changed),
    )


def _parts(one: Planted) -> list[tuple[str, int]]:
    """Return what kinds of formulas are changed, and in which layers."""
    found = []
    for name in one.formulas:
        match = _PLACE.fullmatch(name)
        if match is not None:
            found.append((match[1], int(match[2] or 0)))
    return found


def facts_of(
    net: Network, one: Planted, parts: Sequence[tuple[str, int]], eta: float | None
) -> dict[str, object]:
    """Return what the holes in a mistake's words are filled with."""
    last = len(net.layers) - 1
    gradients = sorted({f"{_OF_GRADIENT[k]}{n}" for k, n in parts if k in _OF_GRADIENT})
    layers = sorted({n for k, n in parts if k not in _OF_GRADIENT and k != "R"})
    at_loss = not gradients and (
        not layers or ({k for k, _ in parts} <= {"R", "dA"} and layers == [last])
    )
    whole = len(gradients) == 2 * last
    used = layers or sorted({n for _, n in parts if n}) or [last]
    gates = dict.fromkeys(
        net.architecture.gates[layer - 1].name
        for layer in used
        if net.architecture.gates[layer - 1].name != "identity" or len(used) == 1
    )
    return {
        "arrays": gradients,
        "at": "" if at_loss or whole else "arrays" if gradients else "layers",
        "in": layers,
        "gate": " / ".join(gates),
        "a": f"a{used[0]}",
        "z": f"z{used[0]}",
        "other": one.other,
        "unit": _unit(net, one),
        "eta": "" if eta is None else f"{eta:.6g}",
    }


def _unit(net: Network, one: Planted) -> list[int | str]:
    """Return the number of a neuron (from 1) and its layer."""
    if one.other == "last":
        return ["last", one.layers[0] if len(one.layers) == 1 else 0]
    if not isinstance(one.other, int) or not one.layers:
        return []
    return [one.other + 1, one.layers[0] if len(one.layers) == 1 else 0]


def stretch_of(net: Network, objective: Objective, fit: Fit) -> Stretch:
    """Return where the backward pass first differs, by the mistakes found."""
    last = len(net.layers) - 1
    order = [re.match(r"[a-zA-Z]+\d*", name)[0] for name in right_pass(net, Objective(l2=1.0))]  # type: ignore[index]
    right = right_pass(net, objective)
    loss = net.architecture.loss.spec
    lines, changed_lines = (
        statements(formulas, fit.eta, loss) for formulas in (right, fit.into(right) or right)
    )
    moved = {name for name in lines if lines[name] != changed_lines[name]}
    layers = {re.sub(r"\D", "", name) for name in moved}
    changed = {
        name
        for one in fit.planted
        for name in one.formulas
        if name == "R" or not layers or re.sub(r"\D", "", name) in layers
    }
    first = next(name for name in order if name in changed)
    kind, layer = _PLACE.fullmatch(first).groups()  # type: ignore[union-attr]
    number = int(layer or last)
    if kind == "R" or first == f"dA{last}":
        return Stretch("", first, net.architecture.loss.name, number)
    if kind == "dA":
        return Stretch("", first, f"multiply by W{number + 1}", number + 1)
    gate = net.architecture.gates[number - 1].name
    by_kind = {"slope": gate, "delta": gate, "penalty": "l2", "db": f"add b{number}"}
    return Stretch("", first, by_kind.get(kind, f"multiply by W{number}"), number)


def stretch_from(net: Network, verdicts: Mapping[str, Verdict]) -> Stretch | None:
    """Return between what the first difference lies, by which arrays are right."""
    last = len(net.layers) - 1
    after = "loss"
    for layer in range(last, 0, -1):
        for name in (f"dA{layer}", f"delta{layer}"):
            if name in verdicts:
                if not verdicts[name].right:
                    return Stretch(after, name, _between(net, after, name), layer)
                after = name
        found = [verdicts.get(f"d{kind}{layer}") for kind in "Wb"]
        judged = [one for one in found if one is not None and one.trouble != "missing"]
        wrong = [one.name for one in judged if not one.right]
        if judged and len(wrong) < len(judged):  # one of two products of delta is right
            after = f"delta{layer}"
        if wrong:
            before = wrong[0] if after == f"delta{layer}" else f"delta{layer}"
            return Stretch(after, before, _between(net, after, before), layer)
    return None


def _between(net: Network, after: str, before: str) -> str:
    """Return the operations of the right backward pass that lead from one name to another."""
    lines = right_pass(net, Objective())
    order = [name for name in lines if name.startswith(("dA", "delta"))]
    if before not in order:  # dW or db, which are made of delta alone
        return statements(lines, loss=net.architecture.loss.spec)[before]
    start = order.index(after) + 1 if after in order else 0
    steps = []
    for name in order[start : order.index(before) + 1]:
        kind, layer = _PLACE.fullmatch(name).groups()  # type: ignore[union-attr]
        number = int(layer)
        if kind == "delta":
            gate = net.architecture.gates[number - 1].name
            steps += [] if gate == "identity" else [f"{gate}'(z{number})"]
        else:
            last = number == len(net.layers) - 1
            steps.append(net.architecture.loss.name if last else f"W{number + 1}ᵀ")
    return ", ".join(steps)
