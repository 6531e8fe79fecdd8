"""PyTorch as its handbook says: a Sequential, autograd, and the fused optimizer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ..data import Task
from . import NARROW, Runner

Array: TypeAlias = np.ndarray[Any, Any]


def sequential(task: Task) -> Any:
    """Return the network with the start weights."""
    work, layers = task.work, []
    for n_in, n_out in zip(work.layers, work.layers[1:], strict=False):
        layers += [nn.Linear(n_in, n_out), nn.Tanh() if work.activation == "tanh" else nn.ReLU()]
    model = nn.Sequential(*layers[:-1]).to(getattr(torch, work.dtype))
    begin(model, task)
    return model


def begin(model: Any, task: Task) -> None:
    """Put the start weights into a model."""
    with torch.no_grad():
        for parameter, start in zip(model.parameters(), task.starts[0], strict=True):
            parameter.copy_(torch.tensor(start.T))


def found(model: Any) -> list[list[Array]]:
    """Return a model's weights, the rows of W the inputs."""
    return [[p.detach().numpy().T for p in model.parameters()]]


def tensors(task: Task) -> tuple[Any, Any, list[Any]]:
    """Return the data, and the order of each epoch."""
    X, y = torch.from_numpy(task.X), torch.from_numpy(task.y)
    return X, y, [torch.from_numpy(order) for order in task.orders]


def batches(X: Any, y: Any, order: Any, batch: int) -> Iterator[tuple[Any, Any]]:
    """Yield the rows and targets of each step of an epoch, gathered the faster way."""
    if X.shape[1] <= NARROW:
        yield from zip(*(a.index_select(0, order).split(batch) for a in (X, y)), strict=True)
    else:
        for rows in order.split(batch):
            yield X.index_select(0, rows), y.index_select(0, rows)


def loss_of(task: Task) -> Any:
    """Return the loss, a function of scores and targets."""
    if task.work.loss == "squared_error":
        return lambda s, t: functional.mse_loss(s, t, reduction="sum") * (0.5 / len(t))
    return lambda s, t: functional.cross_entropy(s, t, reduction=task.work.reduction)


def optimizer(task: Task, model: Any) -> Any:
    """Return the fused optimizer, which measured fastest; the penalty is on weights only."""
    work, parameters = task.work, list(model.parameters())
    if work.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=work.learning_rate, fused=True)
    groups = [{"params": parameters[::2], "weight_decay": work.l2}, {"params": parameters[1::2]}]
    return torch.optim.SGD(groups, lr=work.learning_rate, fused=True)


def prepare(task: Task) -> Runner:
    """Make ready to train, or to predict."""
    if task.work.kind == "predict":
        return predicting(task, sequential(task))
    model, loss, batch = sequential(task), loss_of(task), task.work.batch
    X, y, orders = tensors(task)

    def step(descent: Any, rows: Any, targets: Any) -> None:
        descent.zero_grad(set_to_none=True)
        loss(model(rows), targets).backward()
        descent.step()

    def run(epochs: int) -> Any:
        begin(model, task)
        descent = optimizer(task, model)
        for epoch in range(epochs):
            if batch is None:
                step(descent, X, y)
                continue
            for rows, targets in batches(X, y, orders[epoch], batch):
                step(descent, rows, targets)
        return model

    return Runner(run, found)


def predicting(task: Task, model: Any) -> Runner:
    """Predict one row after the other; the rows are tensors already."""
    rows = list(torch.from_numpy(task.X[: task.work.epochs]).split(1))

    def run(calls: int) -> list[Any]:
        with torch.inference_mode():
            return [model(row).argmax(1) for row in rows[:calls]]

    return Runner(run, lambda answers: torch.cat(answers).numpy())
