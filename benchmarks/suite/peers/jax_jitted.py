"""JAX: the whole run is one compiled function, ``fori_loop`` over epochs, ``scan`` over batches.

Gradients come from ``jax.grad``, many networks from ``vmap``. Written twice: with rows first,
as everybody writes it, and with rows last, where a layer's neurons are rows of its matrix and
tiny layers are sums of products: XLA then has long vectors to work on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..data import Task
from ..works import Work
from . import NARROW, Runner

TINY = 8  # neurons up to which sums of products are faster than a matrix product
Value = Callable[[Any, Any, Any], Any]


def rows_first(work: Work) -> Value:
    """Return the objective of parameters, X (rows, inputs) and targets (rows, outputs)."""
    act = jnp.tanh if work.activation == "tanh" else jax.nn.relu

    def value(parameters: Any, X: Any, targets: Any) -> Any:
        for layer in range(0, len(parameters), 2):
            X = (act(X) if layer else X) @ parameters[layer] + parameters[layer + 1]
        return objective(work, parameters, X, targets, 1)

    return value


def rows_last(work: Work) -> Value:
    """Return the objective of parameters, X (inputs, rows) and targets (outputs, rows)."""
    act = jnp.tanh if work.activation == "tanh" else jax.nn.relu

    def value(parameters: Any, X: Any, targets: Any) -> Any:
        for layer in range(0, len(parameters), 2):
            W, X = parameters[layer].T, act(X) if layer else X
            tiny = max(W.shape) <= TINY
            X = jnp.sum(W[:, :, None] * X[None], axis=1) if tiny else W @ X
            X = X + parameters[layer + 1][:, None]
        return objective(work, parameters, X, targets, 0)

    return value


def objective(work: Work, parameters: Any, scores: Any, targets: Any, axis: int) -> Any:
    """Return the loss; ``axis`` is that of the scores."""
    if work.loss == "squared_error":
        data = 0.5 * jnp.sum(jnp.square(scores - targets))
    else:
        picked = jnp.sum(scores * targets, axis=axis)  # class numbers measured slower
        data = jnp.sum(jax.nn.logsumexp(scores, axis=axis) - picked)
    if work.reduction == "mean":
        data = data / scores.shape[1 - axis]
    if not work.l2:
        return data
    return data + work.l2 / 2 * sum(jnp.sum(jnp.square(w)) for w in parameters[::2])


def descent(work: Work, value: Value) -> Callable[[Any, Any, Any], Any]:
    """Return one step: a function of the state, rows and targets."""
    slopes, rate = jax.grad(value), work.learning_rate

    def plain(state: Any, X: Any, targets: Any) -> Any:
        return [p - rate * g for p, g in zip(state, slopes(state, X, targets), strict=True)]

    def adam(state: Any, X: Any, targets: Any) -> Any:
        parameters, m, v, t = state
        gradient, t = slopes(parameters, X, targets), t + 1
        now = rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        m = [0.9 * a + 0.1 * g for a, g in zip(m, gradient, strict=True)]
        v = [0.999 * a + 0.001 * g * g for a, g in zip(v, gradient, strict=True)]
        moved = [
            p - now * a / (jnp.sqrt(b) + 1e-8) for p, a, b in zip(parameters, m, v, strict=True)
        ]
        return moved, m, v, t

    return adam if work.optimizer == "adam" else plain


def whole_run(work: Work, value: Value) -> Callable[..., Any]:
    """Return a run as a function of the state, X, targets, orders and the number of epochs."""
    step, batch = descent(work, value), work.batch

    def epoch(state: Any, X: Any, targets: Any, order: Any) -> Any:
        full = work.rows // (batch or 1) * (batch or 1)
        each, rest = order[:full].reshape(-1, batch), order[full:]
        if X.shape[1] <= NARROW:
            state, _ = lax.scan(lambda s, at: (step(s, *at), None), state, (X[each], targets[each]))
        else:
            state, _ = lax.scan(lambda s, at: (step(s, X[at], targets[at]), None), state, each)
        return step(state, X[rest], targets[rest]) if len(rest) else state

    def run(state: Any, X: Any, targets: Any, orders: Any, epochs: Any) -> Any:
        if batch is None:
            return lax.fori_loop(0, epochs, lambda _, s: step(s, X, targets), state)
        return lax.fori_loop(0, epochs, lambda e, s: epoch(s, X, targets, orders[e]), state)

    return run


def state_of(work: Work, parameters: list[Any]) -> Any:
    """Return the start of a run: parameters, and what Adam keeps."""
    if work.optimizer != "adam":
        return parameters
    zeros = [[np.zeros_like(p) for p in parameters] for _ in range(2)]
    return parameters, *zeros, np.zeros((), work.dtype)


def prepare(task: Task) -> Runner:
    """Make ready to train or to predict, rows first."""
    return predicting(task) if task.work.kind == "predict" else training(task, rows_first, False)


def prepare_rows_last(task: Task) -> Runner:
    """Make ready to train on full batches, rows last."""
    return training(task, rows_last, True)


def training(task: Task, layout: Callable[[Work], Value], turned: bool) -> Runner:
    """Make ready to train; compiling is left to the first run."""
    work = task.work
    jax.config.update("jax_enable_x64", work.dtype == "float64")
    values = task.y if work.loss == "squared_error" else np.eye(work.layers[-1])[task.y]
    arrays = [task.X, values.astype(work.dtype)]
    X, targets = (jnp.asarray(a.T.copy() if turned else a) for a in arrays)
    orders = jnp.asarray(task.orders, jnp.int32)
    run = whole_run(work, layout(work))
    many = work.kind == "many"
    parameters = [np.stack(p) if many else p[0] for p in zip(*task.starts, strict=True)]
    start = jax.tree.map(jnp.asarray, state_of(work, parameters))
    compiled = jax.jit(jax.vmap(run, in_axes=(0, None, None, None, None)) if many else run)

    def found(state: Any) -> list[list[Any]]:
        arrays = [np.asarray(p) for p in (state[0] if work.optimizer == "adam" else state)]
        return [list(one) for one in zip(*arrays, strict=True)] if many else [arrays]

    return Runner(
        lambda epochs: jax.block_until_ready(compiled(start, X, targets, orders, epochs)), found
    )


def predicting(task: Task) -> Runner:
    """Predict one row after the other, jitted; the rows are JAX's already."""
    parameters = [jnp.asarray(p) for p in task.starts[0]]
    rows = [jnp.asarray(task.X[row : row + 1]) for row in range(task.work.epochs)]

    def answer(X: Any) -> Any:
        for layer in range(0, len(parameters), 2):
            X = (jax.nn.relu(X) if layer else X) @ parameters[layer] + parameters[layer + 1]
        return jnp.argmax(X, axis=1)

    jitted = jax.jit(answer)
    return Runner(lambda calls: [jitted(row).block_until_ready() for row in rows[:calls]], np.ravel)
