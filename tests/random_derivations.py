"""Derivations for tests: random ones, first and second; the tutorial; a hostile name."""

import functools

import numpy as np

import clearprop as cp
from clearprop.explanation import Derivation

TUTORIAL = cp.Network([2, 2, 2], "sigmoid", "softmax_cross_entropy", "sigmoid", shared_bias=True)
HOSTILE = "</script><b>&\"'$\\{}^~#%_|`é\x00\u202e名"


def case(seed):
    """A derivation of a random network, or of a random formula."""
    rng = np.random.default_rng(seed)
    if seed % 5 == 4:
        names = [f"x{k}" for k in range(3)]
        text = ["sigmoid(x0*x1 - x2/3)", "pow(x0, 2) + max(x0*x1, x2)", "-log(x0*x0 + exp(x1)*x2)",
                "gelu(x0 + 1e-9*x1) * tanh(x2 - x0)", "sqrt(abs(x0)) - 1 / (x1 + x2 + 10)"][
                    seed // 5 % 5
                ]  # fmt: skip
        at = dict(zip(names, map(float, rng.uniform(0.1, 2, 3)), strict=True))
        if seed % 20 == 14:
            return cp.explain(cp.parse(text, **at), wrt="x0", second=f"x{seed // 20 % 3}")
        return cp.explain(cp.parse(text, **at), wrt="x0", learning_rate=0.1)
    layers = [int(n) for n in rng.integers(1, 6, rng.integers(2, 5))]
    loss = list(cp.LOSSES)[seed % len(cp.LOSSES)]
    targets = cp.LOSSES[loss].targets
    layers[-1] = max(2, layers[-1])
    gates = cp.activations()
    hidden, last = gates[seed % len(gates)], gates[int(rng.integers(len(gates)))]
    net = cp.Network(layers, hidden, loss, last, shared_bias=bool(seed % 2), seed=seed)
    net = cp.Network.of(net.architecture, net.vector * 10 ** rng.uniform(-4, 0.5, net.n_parameters))
    rows = 1 if seed % 3 else 3
    X = rng.normal(size=(rows, layers[0]))
    y = {
        "class": lambda: rng.integers(0, layers[-1], rows),
        "binary": lambda: rng.integers(0, 2, (rows, layers[-1])).astype(float),
        "value": lambda: rng.normal(size=(rows, layers[-1])),
    }[targets]()
    place = f"W1[{rng.integers(layers[0])},{rng.integers(layers[1])}]"
    more = {"second": place} if seed % 20 == 16 else {"learning_rate": 0.05}
    found = net.explain(
        X, y, place, notation=["neuron", "matrix"][seed % 2], l2=[0.0, 0.1][seed // 2 % 2],
        reduction=["mean", "sum"][seed // 3 % 2],
        sample_weight=None if seed % 4 else rng.uniform(0.1, 2, rows).round(3), **more,
    )  # fmt: skip
    assert isinstance(found, Derivation)
    return found


@functools.cache
def cases():
    return [case(seed) for seed in range(200)]


def hostile(name=HOSTILE):
    x, y = cp.input(name, 2.0), cp.input("y", 3.0)
    return cp.explain((x * y).named(f"{name}!") + 1.0, wrt=name, learning_rate=0.1)
