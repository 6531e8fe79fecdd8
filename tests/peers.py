"""Independent implementations to compare with: plain NumPy, written from the textbooks.

Nothing here imports clearprop. ``Peer`` is a feed-forward network with back-propagation
by hand; ``UPDATES`` are the optimizers as their papers print them, one array at a time.
"""

import numpy as np

# Each activation with its derivative as a function of z.
ACTIVATIONS = {
    "identity": (lambda z: z, np.ones_like),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "sigmoid": (
        lambda z: (1 + np.tanh(z / 2)) / 2,
        lambda z: 1 / (4 * np.cosh(z / 2) ** 2),
    ),
    "relu": (lambda z: z * (z > 0), lambda z: (z > 0).astype(z.dtype)),
    "leaky_relu": (lambda z: z * np.where(z > 0, 1, 0.01), lambda z: np.where(z > 0, 1, 0.01)),
    "softplus": (lambda z: np.logaddexp(0, z), lambda z: (1 + np.tanh(z / 2)) / 2),
}


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _one_hot(y, scores):
    return np.eye(scores.shape[1])[y]


def _margins(scores, y, margin=1.0):
    margins = np.maximum(0, scores - scores[np.arange(len(y)), y][:, None] + margin)
    margins[np.arange(len(y)), y] = 0
    return margins


def _hinge_slope(scores, y):
    counted = (_margins(scores, y) > 0).astype(float)
    counted[np.arange(len(y)), y] = -counted.sum(axis=1)
    return counted


def _times_log(y):
    return np.where(y > 0, y * np.log(np.where(y > 0, y, 1)), 0)


# Each loss: one number for each sample, and its derivative by the scores.
LOSSES = {
    "softmax_cross_entropy": (
        lambda s, y: -np.log(softmax(s)[np.arange(len(y)), y]),
        lambda s, y: softmax(s) - _one_hot(y, s),
    ),
    "hinge": (lambda s, y: _margins(s, y).sum(axis=1), _hinge_slope),
    "logistic": (
        lambda s, y: (np.logaddexp(0, s) - s * y).sum(axis=1),
        lambda s, y: (1 + np.tanh(s / 2)) / 2 - y,
    ),
    "squared_error": (lambda s, y: 0.5 * ((s - y) ** 2).sum(axis=1), lambda s, y: s - y),
    "absolute_error": (lambda s, y: np.abs(s - y).sum(axis=1), lambda s, y: np.sign(s - y)),
    "huber": (
        lambda s, y: np.where(np.abs(s - y) <= 1, 0.5 * (s - y) ** 2, np.abs(s - y) - 0.5).sum(
            axis=1
        ),
        lambda s, y: np.clip(s - y, -1, 1),
    ),
    "quantile": (lambda s, y: 0.5 * np.abs(s - y).sum(axis=1), lambda s, y: 0.5 * np.sign(s - y)),
    "poisson": (
        lambda s, y: (np.exp(s) - y * s - y + _times_log(y)).sum(axis=1),
        lambda s, y: np.exp(s) - y,
    ),
}


class Peer:
    """A network with its own numbers; ``parameters`` are W1, b1, W2, b2, ... by name."""

    def __init__(self, parameters, gates, loss, l2=0.0, reduction="mean"):
        self.parameters = {name: np.array(value, float) for name, value in parameters.items()}
        self.gates, self.loss, self.l2, self.reduction = gates, loss, l2, reduction

    def forward(self, X):
        """Every z, and every a from X on."""
        z, a = [], [X]
        for layer, gate in enumerate(self.gates, 1):
            z.append(a[-1] @ self.parameters[f"W{layer}"] + self.parameters[f"b{layer}"])
            a.append(ACTIVATIONS[gate][0](z[-1]))
        return z, a

    def weights(self, y, sample_weight):
        """What each sample's loss is multiplied by in the objective."""
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, float)
        if self.reduction == "sum":
            return weight
        return weight / weight.sum() if weight.any() else weight

    def penalty(self):
        return self.l2 / 2 * sum((w**2).sum() for n, w in self.parameters.items() if n[0] == "W")

    def objective(self, X, y, sample_weight=None):
        losses = LOSSES[self.loss][0](self.forward(X)[1][-1], y)
        return (losses * self.weights(y, sample_weight)).sum() + self.penalty()

    def gradients(self, X, y, sample_weight=None):
        z, a = self.forward(X)
        delta = LOSSES[self.loss][1](a[-1], y) * self.weights(y, sample_weight)[:, None]
        found = {}
        for layer in range(len(self.gates), 0, -1):
            W, b = self.parameters[f"W{layer}"], self.parameters[f"b{layer}"]
            delta = delta * ACTIVATIONS[self.gates[layer - 1]][1](z[layer - 1])
            found[f"b{layer}"] = delta.sum(axis=0) if b.ndim else delta.sum()
            found[f"W{layer}"] = a[layer - 1].T @ delta + self.l2 * W
            delta = delta @ W.T
        return {name: found[name] for name in self.parameters}


def _momentum(w, g, s, lr, t, bias):
    s["v"] = 0.9 * s.get("v", 0) - lr * g
    return w + s["v"]


def _nesterov(w, g, s, lr, t, bias):
    s["v"] = 0.9 * s.get("v", 0) - lr * g
    return w + 0.9 * s["v"] - lr * g


def _rmsprop(w, g, s, lr, t, bias):
    s["r"] = 0.9 * s.get("r", 0) + 0.1 * g**2
    return w - lr * g / (np.sqrt(s["r"]) + 1e-8)


def _moments(g, s):
    s["m"] = 0.9 * s.get("m", 0) + 0.1 * g
    s["v"] = 0.999 * s.get("v", 0) + 0.001 * g**2
    return s["m"], s["v"]


def _adam(w, g, s, lr, t, bias):
    m, v = _moments(g, s)
    return w - lr * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-8)


def _adamw(w, g, s, lr, t, bias):
    m, v = _moments(g, s)
    step = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w - lr * step - (0 if bias else lr * 0.01 * w)


def _rprop(w, g, s, lr, t, bias):
    """iRprop-, number by number (Igel & Hüsken 2000, figure 2)."""
    w, g = np.array(w), np.array(g)
    step = s.setdefault("step", np.full(w.shape, lr))
    before = s.setdefault("before", np.zeros(w.shape))
    for i in np.ndindex(w.shape):
        if g[i] * before[i] > 0:
            step[i] = min(step[i] * 1.2, 50.0)
        elif g[i] * before[i] < 0:
            step[i] = max(step[i] * 0.5, 1e-6)
            g[i] = 0.0
        w[i] -= step[i] * np.sign(g[i])
        before[i] = g[i]
    return w


# How each optimizer moves one array: (w, gradient, what it keeps, rate, step from 1, is a bias).
UPDATES = {
    "gradient_descent": lambda w, g, s, lr, t, bias: w - lr * g,
    "momentum": _momentum,
    "nesterov": _nesterov,
    "rmsprop": _rmsprop,
    "adam": _adam,
    "adamw": _adamw,
    "rprop": _rprop,
}


def train(peer, X, y, optimizer, rate, epochs, batch_size=None, orders=None, sample_weight=None,
          frozen=()):  # fmt: skip
    """Train a peer in place; returns each epoch's loss as ``cp.fit`` defines it."""
    n, kept, t, history = len(X), {name: {} for name in peer.parameters}, 0, []
    size = batch_size or n
    for epoch in range(epochs):
        order = np.arange(n) if orders is None else orders(epoch)
        met = 0.0
        for start in range(0, n, size):
            rows = order[start : start + size]
            weight = None if sample_weight is None else np.asarray(sample_weight)[rows]
            share = len(rows) / n
            total = peer.objective(X[rows], y[rows], weight)
            data = total - peer.penalty()
            met += (data if peer.reduction == "sum" else data * share) + peer.penalty() * share
            slopes, t = peer.gradients(X[rows], y[rows], weight), t + 1
            for name in peer.parameters:
                if name not in frozen:
                    peer.parameters[name] = UPDATES[optimizer](
                        peer.parameters[name], slopes[name], kept[name], rate, t, name[0] == "b"
                    )
        history.append(met)
    return np.array(history)
