"""What the tests of many networks share: data, networks, and what "the same" means."""

import numpy as np
import pytest

import clearprop as cp
from clearprop import compiled
from clearprop.engines import ENGINES

native = pytest.mark.skipif(bool(compiled.missing()), reason="built without the native engine")
X, Y = cp.make_moons(60, noise=0.2, random_state=0)
each_engine = pytest.mark.parametrize(
    "engine", [pytest.param(name, marks=native if name == "native" else ()) for name in ENGINES]
)


def some(count, layers=(2, 3, 2), **how):
    return [cp.Network(list(layers), **({"seed": seed} | how)) for seed in range(count)]


def same(many, alone):
    """See that all that a run comes to is the same to the bit."""
    for name in ("engine", "optimizer", "stopped", "epochs", "trouble"):
        assert getattr(many, name) == getattr(alone, name), name
    np.testing.assert_equal(many.loss, alone.loss)  # which NaN is, too
    assert many.losses.tobytes() == alone.losses.tobytes()
    assert many.network.vector.tobytes() == alone.network.vector.tobytes()
    assert many.network.architecture is alone.network.architecture
    assert many.network.dtype == alone.network.dtype
