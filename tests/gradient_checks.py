"""The checks that a gradient must pass, and the data they are made on.

``check_gradients`` holds a network's gradient to three witnesses: differences of its own
loss, the scalar circuit, and hand-written NumPy (``peers``). ``check_training`` holds a
training run to a hand-written loop. Each raises AssertionError with what differs; the tests
of planted errors show that they do.
"""

import numpy as np

import clearprop as cp
from peers import Peer, train


def error(a, b, least=0.0):
    """max|a - b| / max|b|, or / ``least`` where that is more; max|a| where b is all 0."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    largest = max(np.abs(b).max(initial=0.0), least)
    return np.abs(a - b).max(initial=0.0) / (largest or 1.0)


def differences(function, at, h=2e-3):
    """The gradient of a function of an array by central differences.

    Richardson's extrapolation, twice, takes the error from h² to h⁶.
    """
    at = np.array(at, float)
    gradient = np.empty(at.shape)
    for index in np.ndindex(at.shape):

        def slope(step, index=index):
            ahead, behind = at.copy(), at.copy()
            ahead[index] += step
            behind[index] -= step
            return (function(ahead) - function(behind)) / (ahead[index] - behind[index])

        coarse, middle, fine = slope(h), slope(h / 2), slope(h / 4)
        first, second = (4 * middle - coarse) / 3, (4 * fine - middle) / 3
        gradient[index] = (16 * second - first) / 15
    return gradient


def targets_for(loss, rng, rows, outputs):
    """Random targets of the kind that a loss takes."""
    kind = cp.LOSSES.resolve(loss).targets
    if kind == "class":
        return rng.integers(0, outputs, rows)
    if kind == "binary":
        return rng.integers(0, 2, (rows, outputs)).astype(float)
    return rng.normal(size=(rows, outputs))


def problem(layers, activation="tanh", loss="softmax_cross_entropy", *, rows=7, seed=0, **kind):
    """A network with random numbers in all its parameters, and X and y that fit it."""
    rng = np.random.default_rng(seed)
    net = cp.Network(layers, activation, loss, seed=seed, **kind)
    vector = net.vector + 0.1 * rng.normal(size=net.n_parameters)
    net = cp.Network.of(net.architecture, vector, str(net.dtype))
    return net, rng.normal(size=(rows, layers[0])), targets_for(loss, rng, rows, layers[-1])


def peer_of(net, **how):
    """The same network, in hand-written NumPy."""
    gates = [gate.name for gate in net.architecture.gates]
    return Peer(net.parameters, gates, net.architecture.loss.name, **how)


def check_gradients(net, X, y, *, sample_weight=None, peer=True, **how):
    """Hold a network's loss and gradient to the three witnesses."""
    all_how = {**how, "sample_weight": sample_weight}
    gradient = net.gradients(X, y, **all_how)

    def loss_at(vector):
        return cp.Network.of(net.architecture, vector).loss(X, y, **all_how)

    by_differences = net.views(differences(loss_at, net.vector))
    _agree(gradient, by_differences, 1e-8, "differences of the loss")
    _agree(gradient, _by_scalar_circuit(net, X, y, sample_weight, **how), 1e-12, "scalars")
    if peer:
        hand = peer_of(net, **how)
        loss, expected = net.loss(X, y, **all_how), hand.objective(X, y, sample_weight)
        assert abs(loss - expected) <= 1e-12 * abs(expected), f"loss {loss}, by hand {expected}"
        _agree(gradient, hand.gradients(X, y, sample_weight), 1e-11, "hand-written gradient")


def _agree(gradient, expected, tolerance, witness):
    # An array whose derivative is 0 in exact arithmetic is measured by the others.
    least = 1e-3 * max(np.abs(array).max() for array in expected.values())
    errors = {name: error(gradient[name], expected[name], least) for name in gradient}
    wrong = {name: f"{found:.1e}" for name, found in errors.items() if not found <= tolerance}
    assert not wrong, f"against {witness}: {wrong}"


def _by_scalar_circuit(net, X, y, sample_weight=None, l2=0.0, reduction="mean"):
    objective = cp.Objective(reduction, l2 != 0, sample_weight is not None)
    circuit = net.architecture.circuit(objective)
    weight = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, float)
    at = {circuit.X: X, circuit.targets: y, circuit.count: weight.sum(), circuit.l2: l2}
    at |= {circuit.sample_weight: weight}
    at |= {wire: net.parameters[name] for name, wire in circuit.parameters.items()}
    loss, *arrays = cp.expand([circuit.objective, *circuit.parameters.values()], at)
    slopes = cp.gradients(loss, wrt=[cell for array in arrays for cell in np.ravel(array)])
    return {
        name: np.vectorize(slopes.__getitem__, otypes=[float])(array)
        for name, array in zip(circuit.parameters, arrays, strict=True)
    }


def check_training(net, X, y, *, optimizer, rate=0.05, epochs=12, batch_size=None, seed=3,
                   sample_weight=None, frozen=(), tolerance=1e-10, engine_name="auto",
                   **how):  # fmt: skip
    """Hold a training run to a hand-written loop: weights and losses."""
    result = cp.fit(
        net, X, y, optimizer=optimizer, learning_rate=rate, epochs=epochs, batch_size=batch_size,
        seed=seed, sample_weight=sample_weight, frozen=frozen, engine=engine_name, **how,
    )  # fmt: skip
    hand = peer_of(net, **how)
    shuffled = batch_size is not None and batch_size < len(X)
    orders = (lambda epoch: cp.Shuffled(seed).rows(len(X), epoch)) if shuffled else None
    history = train(
        hand, X, y, optimizer.partition("(")[0], rate, epochs, batch_size, orders, sample_weight,
        frozen,
    )  # fmt: skip
    for name, array in result.network.parameters.items():
        assert error(array, hand.parameters[name]) <= tolerance, f"{optimizer}: {name}"
    assert error(result.losses, history) <= tolerance, f"{optimizer}: losses"
    return result
