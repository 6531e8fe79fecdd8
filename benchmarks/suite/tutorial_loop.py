"""The tutorial's training loop: the same gates, in the same order, with the same prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, Any]
Model: TypeAlias = dict[str, Array]

EPSILON = 0.01  # learning rate
REG_LAMBDA = 0.01


def first_weights(hidden: int) -> list[Array]:
    """Return the weights and biases that the tutorial starts from."""
    np.random.seed(0)
    W1 = np.random.randn(2, hidden) / np.sqrt(2)
    b1 = np.zeros((1, hidden))
    W2 = np.random.randn(hidden, 2) / np.sqrt(hidden)
    b2 = np.zeros((1, 2))
    return [W1, b1, W2, b2]


def calculate_loss(model: Model, X: Array, y: Array) -> float:
    """Return the loss that is printed."""
    W1, b1, W2, b2 = model["W1"], model["b1"], model["W2"], model["b2"]
    z1 = X.dot(W1) + b1
    a1 = np.tanh(z1)
    z2 = a1.dot(W2) + b2
    exp_scores = np.exp(z2)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    correct_logprobs = -np.log(probs[range(len(X)), y])
    data_loss = np.sum(correct_logprobs)
    data_loss += REG_LAMBDA / 2 * (np.sum(np.square(W1)) + np.sum(np.square(W2)))
    return float(1.0 / len(X) * data_loss)


def build_model(
    X: Array, y: Array, start: list[Array], num_passes: int, report: Callable[[str], Any]
) -> Model:
    """Train; the loss of each thousandth pass goes to ``report``."""
    num_examples = len(X)
    W1, b1, W2, b2 = start
    model: Model = {}
    for i in range(num_passes):
        z1 = X.dot(W1) + b1
        a1 = np.tanh(z1)
        z2 = a1.dot(W2) + b2
        exp_scores = np.exp(z2)
        probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)

        delta3 = probs
        delta3[range(num_examples), y] -= 1
        dW2 = a1.T.dot(delta3)
        db2 = np.sum(delta3, axis=0, keepdims=True)
        delta2 = delta3.dot(W2.T) * (1 - np.power(a1, 2))
        dW1 = np.dot(X.T, delta2)
        db1 = np.sum(delta2, axis=0)

        dW2 += REG_LAMBDA * W2
        dW1 += REG_LAMBDA * W1

        W1 += -EPSILON * dW1
        b1 += -EPSILON * db1
        W2 += -EPSILON * dW2
        b2 += -EPSILON * db2
        model = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
        if i % 1000 == 0:
            report(f"Loss after iteration {i}: {calculate_loss(model, X, y):f}")
    return model


def predict(model: Model, X: Array) -> Array:
    """Return the class of each row."""
    W1, b1, W2, b2 = model["W1"], model["b1"], model["W2"], model["b2"]
    z1 = X.dot(W1) + b1
    a1 = np.tanh(z1)
    z2 = a1.dot(W2) + b2
    exp_scores = np.exp(z2)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    return np.asarray(np.argmax(probs, axis=1))
