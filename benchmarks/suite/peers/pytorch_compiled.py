"""PyTorch's compiler: forward, gradient and optimizer in one compiled function."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from ..data import Task
from . import Runner
from .pytorch import batches, loss_of, predicting, sequential, tensors


def objective(task: Task) -> Any:
    """Return the loss as a function of parameters, rows and targets."""
    loss = loss_of(task)
    act = torch.tanh if task.work.activation == "tanh" else torch.relu

    def value(parameters: list[Any], rows: Any, targets: Any) -> Any:
        for layer in range(0, len(parameters), 2):
            rows = functional.linear(act(rows) if layer else rows, *parameters[layer : layer + 2])
        return loss(rows, targets)

    return value


def descent(task: Task) -> Any:
    """Return one step as a function of the state, rows and targets."""
    work, slopes = task.work, torch.func.grad(objective(task))

    def plain(parameters: list[Any], rows: Any, targets: Any) -> None:
        for i, (p, g) in enumerate(zip(parameters, slopes(parameters, rows, targets), strict=True)):
            p.sub_(work.learning_rate * (g if i % 2 else g + work.l2 * p))

    def adam(
        parameters: list[Any], m: list[Any], v: list[Any], t: Any, rows: Any, targets: Any
    ) -> None:
        gradient = slopes(parameters, rows, targets)
        t.add_(1)
        rate = work.learning_rate * torch.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        for p, g, first, second in zip(parameters, gradient, m, v, strict=True):
            first.mul_(0.9).add_(0.1 * g)
            second.mul_(0.999).add_(0.001 * g * g)
            p.sub_(rate * first / (torch.sqrt(second) + 1e-8))

    return adam if work.optimizer == "adam" else plain


def state_of(task: Task) -> list[Any]:
    """Return the start of a run: parameters, and what Adam keeps."""
    parameters = [torch.tensor(start.T) for start in task.starts[0]]
    if task.work.optimizer != "adam":
        return [parameters]
    zeros = [[torch.zeros_like(p) for p in parameters] for _ in range(2)]
    return [parameters, *zeros, torch.zeros(())]


def prepare(task: Task) -> Runner:
    """Make ready to train, or to predict; compiling is left to the first run."""
    if task.work.kind == "predict":
        return predicting(task, torch.compile(sequential(task), dynamic=False))
    X, y, orders = tensors(task)
    step = torch.compile(descent(task), dynamic=False, fullgraph=True)
    batch = task.work.batch

    def run(epochs: int) -> Any:
        state = state_of(task)
        with torch.no_grad():
            for epoch in range(epochs):
                if batch is None:
                    step(*state, X, y)
                    continue
                for rows, targets in batches(X, y, orders[epoch], batch):
                    step(*state, rows, targets)
        return state[0]

    return Runner(run, lambda parameters: [[p.numpy().T for p in parameters]])
