"""Random networks with data for them: all losses, all activations, one to four layers."""

import numpy as np

import clearprop as cp

LOSSES = list(cp.LOSSES)
ACTIVATIONS = cp.activations()


def random_case(seed):
    """Return a network, X, y, options of its loss, and the name of one of its arrays."""
    draw = np.random.RandomState(seed)
    loss = LOSSES[seed % len(LOSSES)]
    depth = draw.randint(1, 5)
    layers = [int(n) for n in draw.randint(1, 5, depth + 1)]
    layers[-1] += loss in ("softmax_cross_entropy", "hinge")
    hidden = [ACTIVATIONS[draw.randint(len(ACTIVATIONS))] for _ in layers[1:-1]]
    output = ACTIVATIONS[draw.randint(len(ACTIVATIONS))] if draw.rand() < 0.4 else "identity"
    net = cp.Network(layers, hidden, loss, output, shared_bias=bool(draw.rand() < 0.3), seed=seed)
    net = cp.Network.of(net.architecture, net.vector + draw.uniform(-0.5, 0.5, net.n_parameters))
    rows = int(draw.randint(1, 6))
    X = draw.uniform(-1, 1, (rows, layers[0]))
    kind = cp.LOSSES[loss].targets
    if kind == "class":
        y = draw.randint(0, layers[-1], rows)
    else:
        y = draw.uniform(-1, 1, (rows, layers[-1]))
        y = (y > 0).astype(float) if kind == "binary" else y
    options = {
        "l2": 0.0 if draw.rand() < 0.5 else float(draw.uniform(0.01, 1)),
        "reduction": "sum" if draw.rand() < 0.5 else "mean",
        "sample_weight": None if draw.rand() < 0.7 else draw.uniform(0.1, 2, rows),
    }
    wrt = list(net.parameters)[draw.randint(len(net.parameters))]
    return net, X, y, options, wrt
