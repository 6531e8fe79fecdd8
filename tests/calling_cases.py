"""What the tests of calling share: networks with data, a right function, and the comparison."""

import numpy as np
import pytest

import clearprop as cp
from calling_numpy import backprop


def case(sizes, rows, seed=0):
    """A network without special numbers, and data for it."""
    draw = np.random.RandomState(seed)
    net = cp.Network(sizes, seed=seed)
    net = cp.Network.of(net.architecture, net.vector + 0.5 * draw.randn(net.n_parameters))
    return net, draw.randn(rows, sizes[0]), draw.randint(0, sizes[-1], rows)


def assert_right(answer, net, X, y, reduction="mean", kinds="Wb"):
    expected = net.gradients(X, y, reduction=reduction)
    wanted = {name for name in expected if name[0] in kinds}
    assert set(answer.gradients) == wanted
    for name in wanted:
        assert answer.gradients[name].shape == expected[name].shape
        np.testing.assert_allclose(answer.gradients[name], expected[name], rtol=1e-9, atol=1e-12)
    assert answer.misfits == ()
    if answer.loss is not None:
        assert answer.loss == pytest.approx(net.loss(X, y, reduction=reduction), rel=1e-12)


def parts(X, y, W1, b1, W2, b2):
    return backprop([W1, W2], [b1, b2], X, np.eye(W2.shape[1])[y])
