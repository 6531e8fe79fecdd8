"""Checks a row against itself, with the standard library's complex numbers.

Complex-step differentiation: for a smooth f, ``f'(x) = Im f(x + ih) / h`` without any
subtraction, so h can be 1e-30 and the result is right to the last digits (W. Squire and
G. Trapp, *Using complex variables to estimate derivatives of real functions*, SIAM
Review 40, 1998). Comparisons, ``abs``, ``max`` and ``min`` look at real parts.
"""

import cmath
import functools
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from .expression import Expression, Meaning, fold
from .failures import TableError

if TYPE_CHECKING:
    from .gates import Gate
    from .losses import Loss

STEP = 1e-30
TOLERANCE = 1e-12
_FRACTIONS = (-0.8425, -0.55, -0.21, -0.034, 0.0275, 0.186, 0.4825, 0.77)


def _expm1(z: complex) -> complex:
    half = math.sin(z.imag / 2)
    real = math.expm1(z.real) * math.cos(z.imag) - 2 * half * half
    return complex(real, math.exp(z.real) * math.sin(z.imag))


def _log1p(z: complex) -> complex:
    u = 1 + z.real
    return complex(math.log1p(z.real), math.atan2(z.imag, u))


def _abs(z: complex) -> complex:
    return -z if z.real < 0 else z


def _larger(a: complex, b: complex) -> complex:
    return a if a.real >= b.real or math.isnan(a.real) else b


def _smaller(a: complex, b: complex) -> complex:
    return a if a.real <= b.real or math.isnan(a.real) else b


def _compare(test: Callable[[float, float], bool]) -> Callable[[complex, complex], complex]:
    return lambda a, b: complex(test(a.real, b.real))


COMPLEX: Mapping[str, Callable[..., complex]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "negate": operator.neg,
    "exp": cmath.exp,
    "expm1": _expm1,
    "log": cmath.log,
    "log1p": _log1p,
    "tanh": cmath.tanh,
    "sqrt": cmath.sqrt,
    "pow": lambda a, b: cmath.exp(b * cmath.log(a)) if a else complex(0.0**b.real),
    "abs": _abs,
    "max": _larger,
    "min": _smaller,
    "where": lambda condition, a, b: a if condition.real else b,
    "<": _compare(operator.lt),
    "<=": _compare(operator.le),
    ">": _compare(operator.gt),
    ">=": _compare(operator.ge),
    "==": _compare(operator.eq),
    "!=": _compare(operator.ne),
}
"""What each operation does to Python's complex numbers."""


def evaluate(
    tree: Expression, names: Mapping[str, complex], parts: Mapping[str, Expression] = {}
) -> complex:
    """Evaluate a tree over complex numbers; ``parts`` are evaluated first, in order."""
    known = dict(names)
    for part, part_tree in parts.items():
        known[part] = _fold(part_tree, known)
    return _fold(tree, known)


def _fold(tree: Expression, names: Mapping[str, complex]) -> complex:
    try:
        return fold(tree, Meaning(names, COMPLEX, complex))
    except (OverflowError, ZeroDivisionError, ValueError):
        return complex(math.nan, math.nan)


def check_slopes(gate: "Gate") -> None:
    """Refuse a gate whose slopes are not the derivatives of its value, or that hides NaN."""
    constants = {name: complex(value) for name, value in gate.parameters.items()}
    for point in _points(gate):
        names = constants | dict(zip(gate.inputs, map(complex, point), strict=True))
        value = evaluate(gate.value_tree, names, gate.part_trees)
        if any(_on_kink(at, names, gate.part_trees) for at, _ in gate.kink_trees):
            continue
        for which, tree in enumerate(gate.slope_trees):
            shifted = names | {gate.inputs[which]: complex(point[which], STEP)}
            true = evaluate(gate.value_tree, shifted, gate.part_trees).imag / STEP
            slope = evaluate(tree, names | {"y": value}, gate.part_trees).real
            if not abs(slope - true) <= TOLERANCE * max(1.0, abs(true)):
                _refuse(gate, which, point, slope, true)
    _check_kinks(gate, constants)
    _check_nan(gate, constants)


def _points(gate: "Gate") -> Iterator[tuple[float, ...]]:
    """Yield a few points inside the domain, away from its middle and its ends."""
    for i in range(len(_FRACTIONS)):
        # A different stride for each input, so that two inputs are not always ordered alike.
        chosen = [
            _FRACTIONS[(i * (1 + 2 * n) + n) % len(_FRACTIONS)] for n in range(len(gate.inputs))
        ]
        yield tuple(
            round(low + (high - low) * (fraction + 1) / 2, 6)
            for (low, high), fraction in zip(gate.domain, chosen, strict=True)
        )


def _on_kink(at: Expression, names: Mapping[str, complex], parts: Mapping[str, Expression]) -> bool:
    return abs(evaluate(at, names, parts)) < 1e-3


def _refuse(gate: "Gate", which: int, point: Sequence[float], slope: float, true: float) -> None:
    where = ", ".join(f"{n} = {v:g}" for n, v in zip(gate.inputs, point, strict=True))
    raise TableError(
        f"{gate.name}: at {where} the slope {gate.slopes[which]!r} is {slope:.6g}, "
        f"but the value changes by {true:.6g} for each unit of {gate.inputs[which]}"
    )


def _check_kinks(gate: "Gate", constants: Mapping[str, complex]) -> None:
    """See that on each kink the declared slopes are taken."""
    for at, slopes in gate.kink_trees:
        names = _on(at, gate, constants)
        if evaluate(at, names, gate.part_trees) != 0:
            continue
        y = {"y": evaluate(gate.value_tree, names, gate.part_trees)}
        for which, (tree, declared) in enumerate(zip(gate.slope_trees, slopes, strict=True)):
            taken = evaluate(tree, names | y, gate.part_trees).real
            stated = evaluate(declared, names | y, gate.part_trees).real
            if taken != stated:
                raise TableError(
                    f"{gate.name}: at its kink the slope {gate.slopes[which]!r} is {taken:g}, "
                    f"but {stated:g} is declared"
                )


def _on(at: Expression, gate: "Gate", constants: Mapping[str, complex]) -> dict[str, complex]:
    """Look for a point with ``at`` = 0: all inputs 0, or one of them found by bisection."""
    names = {**constants, **dict.fromkeys(gate.inputs, complex(0))}
    for name, domain in zip(gate.inputs, gate.domain, strict=True):
        low, high = domain
        tried, here = names, evaluate(at, names, gate.part_trees).real
        above = evaluate(at, {**names, name: complex(high)}, gate.part_trees).real > 0
        for _ in range(100):
            if here == 0:
                return tried
            middle = (low + high) / 2
            tried = {**names, name: complex(middle)}
            here = evaluate(at, tried, gate.part_trees).real
            low, high = (low, middle) if (here > 0) == above else (middle, high)
    return names


def _check_nan(gate: "Gate", constants: Mapping[str, complex]) -> None:
    if gate.logical:
        return
    for name in gate.inputs:
        others = dict.fromkeys(gate.inputs, complex(0.5))
        names = {**constants, **others, name: complex(math.nan)}
        value = evaluate(gate.value_tree, names, gate.part_trees)
        _must_be_nan(gate, gate.value, name, value)
    if len(gate.inputs) == 1 and _moves(gate.slope_trees[0], gate):
        slope = evaluate(gate.slope_trees[0], names | {"y": value}, gate.part_trees)
        _must_be_nan(gate, gate.slopes[0], name, slope)


def _moves(tree: Expression, gate: "Gate") -> bool:
    """Tell whether an expression depends on the gate's inputs, perhaps through a part."""
    return any(
        _moves(gate.part_trees[name], gate) if name in gate.part_trees else True
        for name in tree.names() - gate.parameters.keys()
    )


def _must_be_nan(gate: "Gate", text: str, name: str, value: complex) -> None:
    if not math.isnan(value.real):
        raise TableError(
            f"{gate.name}: {text!r} is {value.real:g} when {name} is NaN; comparing with NaN is "
            f"false, so let the last branch of where pass {name} on"
        )


def loss_of(
    loss: "Loss", scores: Sequence[complex], wanted: Sequence[complex]
) -> tuple[complex, list[complex]]:
    """Return a loss's value for one sample and its slopes, one for each score.

    ``wanted`` is, per output, ``hit`` or ``target``.
    """
    names = _stages(loss, scores, wanted)
    return _fold(loss.value_tree, names), _slopes(loss, loss.slope_tree, names, scores, wanted)


def _stages(
    loss: "Loss", scores: Sequence[complex], wanted: Sequence[complex]
) -> dict[str, complex]:
    """Return a sample's parameters and stages by name."""
    known = {name: complex(value) for name, value in loss.parameters.items()}
    for stage, (reduction, tree) in loss.stage_trees.items():
        outputs = zip(scores, wanted, strict=True)
        values = [_fold(tree, known | {"s": s, "hit": w, "target": w}) for s, w in outputs]
        if reduction == "sum":
            known[stage] = sum(values, complex(0))
        elif reduction == "max":
            known[stage] = functools.reduce(_larger, values)
        else:
            known[stage] = next(v for v, w in zip(values, wanted, strict=True) if w == 1)
    return known


def _slopes(
    loss: "Loss",
    tree: Expression,
    names: Mapping[str, complex],
    scores: Sequence[complex],
    wanted: Sequence[complex],
) -> list[complex]:
    return [
        evaluate(tree, {**names, "s": s, "hit": w, "target": w}, loss.part_trees)
        for s, w in zip(scores, wanted, strict=True)
    ]


def check_loss(loss: "Loss") -> None:
    """Refuse a loss whose slope is not the derivative of its value, or that hides NaN."""
    for right, scores in enumerate(((0.31, -1.27, 2.9), (-3.3, 0.42, 0.11), (6.1, 5.3, -0.7))):
        wanted = [complex(i == right) for i in range(3)]
        if loss.targets == "value":
            wanted = [0.37 * right - w + 0.21 for w in wanted]
        _check_loss_at(loss, scores, wanted)
    for which in range(3):
        broken = [complex(math.nan if i == which else s) for i, s in enumerate(scores)]
        value, slopes = loss_of(loss, broken, wanted)
        if not (math.isnan(value.real) and math.isnan(slopes[which].real)):
            raise TableError(f"{loss.name}: a score that is NaN must make loss and slope NaN")


def _check_loss_at(loss: "Loss", scores: Sequence[float], wanted: Sequence[complex]) -> None:
    plain = [complex(s) for s in scores]
    names = _stages(loss, plain, wanted)
    slopes = _slopes(loss, loss.slope_tree, names, plain, wanted)
    shown = _slopes(loss, loss.shown_tree, names, plain, wanted)
    for which in range(len(scores)):
        shifted = [complex(s, STEP if i == which else 0.0) for i, s in enumerate(scores)]
        true = _fold(loss.value_tree, _stages(loss, shifted, wanted)).imag / STEP
        if not abs(slopes[which].real - true) <= TOLERANCE * max(1.0, abs(true)):
            raise TableError(
                f"{loss.name}: for the scores {scores} the slope {loss.slope!r} of output {which} "
                f"is {slopes[which].real:.6g}, but the loss changes by {true:.6g} for each unit"
            )
        if not abs(slopes[which] - shown[which]) <= TOLERANCE:
            raise TableError(
                f"{loss.name}: {loss.shown!r} is shown as the slope, but is not {loss.slope!r}"
            )
