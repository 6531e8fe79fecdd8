"""Sharpness: the largest eigenvalue of the loss's second derivatives, and the step it allows.

>>> import clearprop as cp
>>> X, y = cp.make_moons(100, noise=0.1, random_state=0)
>>> net = cp.Network([2, 3, 2])
>>> found = sharpness(net, X, y)
>>> round(found.value, 3), found.by
(1.204, 'second derivatives')
>>> longest_step("gradient_descent", found.value) == 2 / found.value
True

Gradient descent on a valley of curvature c is stable while the step is shorter than 2/c (B. T.
Polyak, *Introduction to Optimization*, 1987, section 1.4). With momentum β the bound is
(2 + 2β)/c, with Nesterov's (2 + 2β)/((1 + 2β)·c) (Cohen et al., *Gradient descent on neural
networks typically occurs at the edge of stability*, ICLR 2021, appendix B). Of optimizers that
scale each parameter's step by itself the sharpness says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ...architecture import Objective
from ...backprop import backward
from ...circuit import Wire, input
from ...engines import Plan, choose_engine
from ...engines.reference import prepare
from ...errors import TrainingError
from ...network import Network
from ...tables.optimizers import OPTIMIZERS, Optimizer
from ...training.planning import make_plan

Array: TypeAlias = np.ndarray[Any, Any]
Product: TypeAlias = Callable[[Array], Array]

EXACT = "second derivatives"
DIFFERENCES = "differences of gradients"
SMALL = 2_000_000  # rows times parameters, up to which the circuit is differentiated twice


@dataclass(frozen=True)
class Sharpness:
    """The largest eigenvalue of the second derivatives.

    Attributes
    ----------
    value : float
        In units of the objective.
    by : str
        How products with the second derivatives were computed: ``"second derivatives"`` (the
        backward circuit, differentiated again) or ``"differences of gradients"``.
    products : int
        How many of them it took.
    error : float
        How far the eigenvalue may be off, at most: the residual of the Lanczos vector.
    """

    value: float
    by: str
    products: int
    error: float


def sharpness(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    l2: float = 0.0,
    reduction: str = "mean",
    sample_weight: ArrayLike | None = None,
    method: str = "auto",
) -> Sharpness:
    """Return the largest eigenvalue of the objective's second derivatives.

    Parameters
    ----------
    network, X, y, l2, reduction, sample_weight
        As for :meth:`clearprop.Network.gradients`.
    method : {"auto", "second derivatives", "differences of gradients"}
        The first is exact and runs in NumPy, the second takes the fastest engine; by default
        the first for small networks and data.

    Raises
    ------
    NetworkError, TrainingError
        If the data do not fit, or there is no such method.
    """
    plan = make_plan(
        network, X, y, optimizer="gradient_descent", learning_rate=1.0, epochs=1, batch_size=None,
        l2=l2, reduction=reduction, sample_weight=sample_weight, frozen=(), shuffle=False, seed=0,
    )  # fmt: skip
    return sharpness_at(plan, network.vector, method=method)


def sharpness_at(
    plan: Plan, vector: Array, *, method: str = "auto", most: int = 100, tolerance: float = 1e-3
) -> Sharpness:
    """Return the sharpness of a plan's objective, over all rows and the parameters that move.

    Parameters
    ----------
    plan : Plan
    vector : array of shape (n_parameters,)
    method : str
        As for :func:`sharpness`.
    most : int
        Products at most.
    tolerance : float
        How exactly, as a share of the eigenvalue.
    """
    if method not in ("auto", EXACT, DIFFERENCES):
        raise TrainingError(f"method is auto, {EXACT!r} or {DIFFERENCES!r}, not {method!r}")
    if method == "auto":
        small = plan.n_rows * plan.architecture.n_parameters <= SMALL
        method = EXACT if small else DIFFERENCES
    make = _exact if method == EXACT else _by_differences
    product = make(plan, np.asarray(vector, np.float64))
    free = np.ones(len(vector), bool) if plan.frozen is None else ~plan.frozen
    value, error, products = _lanczos(product, free, most, tolerance)
    return Sharpness(value, method, products, error)


def longest_step(optimizer: str | Optimizer, curvature: float) -> float | None:
    """Return the learning rate up to which an optimizer is stable in a valley of this curvature.

    None where the sharpness does not decide it: each parameter has a step of its own.

    >>> round(longest_step("momentum(momentum=0.9)", 4.0), 3)
    0.95
    """
    factor = step_factor(optimizer)
    return None if factor is None or curvature <= 0 else factor / curvature


def step_factor(optimizer: str | Optimizer) -> float | None:
    """Return what the longest stable step is, times the curvature: 2 for gradient descent."""
    row = OPTIMIZERS.resolve(optimizer)
    beta = row.parameters.get("momentum", 0.0)
    known = {
        "gradient_descent": 2.0,
        "momentum": 2 + 2 * beta,
        "nesterov": (2 + 2 * beta) / (1 + 2 * beta),
    }
    return known.get(row.name)


def _exact(plan: Plan, vector: Array) -> Product:
    """Return products with the second derivatives, by differentiating the circuit again."""
    double = replace(plan, dtype=np.dtype(np.float64), **_as_doubles(plan))
    net, work = plan.architecture, prepare(double)
    wires = _second(plan)
    feeds = work.feeds(double, vector, slice(None))
    program = net.program(wires, np.float64)
    inputs = {name: wire for wire in program.inputs if (name := _parameter(wire)) is not None}

    def product(direction: Array) -> Array:
        along = {
            wire: direction[net.places[name]].reshape(net.shapes[name])
            for name, wire in inputs.items()
        }
        found = program.run({**feeds, **along}, trusted=True)
        return np.concatenate([np.ravel(part) for part in found])

    return product


def _parameter(wire: Wire) -> str | None:
    name = wire.name or ""
    return name.removeprefix(_ALONG) if name.startswith(_ALONG) else None


_ALONG = "along "


def _second(plan: Plan) -> tuple[Wire, ...]:
    """Return the wires of (second derivatives) · direction, one for each parameter."""
    net = plan.architecture
    return net._once(("second", plan.objective), lambda: _build(net, plan.objective))


def _build(net: Any, objective: Objective) -> tuple[Wire, ...]:
    circuit, slopes = net.circuit(objective), net.backward(objective)
    parts = [
        (slopes[name] * input(f"{_ALONG}{name}", shape=shape)).sum()
        for name, shape in net.shapes.items()
    ]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return tuple(backward(total, circuit.parameters.values()).values())


def _by_differences(plan: Plan, vector: Array) -> Product:
    """Return products with the second derivatives, by central differences of the gradient."""
    double = replace(plan, dtype=np.dtype(np.float64), **_as_doubles(plan))
    engine = choose_engine("auto", double)
    # The best step for central differences is about the cube root of the rounding error.
    length = np.cbrt(np.finfo(np.float64).eps) * max(1.0, float(np.linalg.norm(vector)))

    def product(direction: Array) -> Array:
        size = float(np.linalg.norm(direction))
        step = direction * (length / size)
        ahead, behind = (
            engine.loss_and_gradient(double, vector + sign * step)[2] for sign in (1, -1)
        )
        found: Array = (ahead - behind) * (size / (2 * length))
        return found

    return product


def _as_doubles(plan: Plan) -> dict[str, Any]:
    def double(array: Array | None) -> Array | None:
        return array if array is None or array.dtype.kind != "f" else array.astype(np.float64)

    arrays = {name: getattr(plan, name) for name in ("X", "targets", "sample_weight")}
    return {name: double(array) for name, array in arrays.items()}


def _lanczos(
    product: Product, free: Array, most: int, tolerance: float
) -> tuple[float, float, int]:
    """Return the largest eigenvalue, the bound of its error, and the number of products.

    With full reorthogonalisation, which costs little beside the products.
    """
    size = int(np.count_nonzero(free))
    draws = np.random.RandomState(0).randn(len(free)) * free
    basis = [draws / np.linalg.norm(draws)]
    diagonal: list[float] = []
    beside: list[float] = []
    value = error = np.nan
    for count in range(1, min(most, size) + 1):
        image = product(basis[-1]) * free
        if not np.isfinite(image).all():
            return np.nan, np.nan, count
        diagonal.append(float(image @ basis[-1]))
        for vector in (*basis, *basis):  # twice is enough
            image = image - (image @ vector) * vector
        rest = float(np.linalg.norm(image))
        values, vectors = np.linalg.eigh(_tridiagonal(diagonal, beside))
        value, error = float(values[-1]), rest * abs(float(vectors[-1, -1]))
        if error <= tolerance * abs(value) or rest <= 1e-12 * np.abs(values).max():
            break
        beside.append(rest)
        basis.append(image / rest)
    return value, error, len(diagonal)


def _tridiagonal(diagonal: list[float], beside: list[float]) -> Array:
    matrix: Array = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
    return matrix
