"""The homework in tests/homework is what it says: right but for the one marked slip."""

import numpy as np
import pytest

from gradient_checks import differences, error
from homework_reading import FOLDER, KEYS, homework, mend

WRONG = [work for work in homework() if work.slip]
RIGHT = [work for work in homework() if not work.slip]


def name(work):
    return work.file.removesuffix(".py")


def worst(gradients, expected):
    """The largest error of an array; infinite where the shape is another one."""
    if any(gradients[name].shape != array.shape for name, array in expected.items()):
        return np.inf
    return max(error(gradients[name], array) for name, array in expected.items())


def copies(work):
    X, y, parameters = work.data()
    return X.copy(), y.copy(), {name: array.copy() for name, array in parameters.items()}


@pytest.mark.parametrize("work", homework(), ids=name)
def test_mended_it_is_right(work):
    X, y, parameters = work.data()
    net = work.net(parameters)
    fn = work.load(mended=True)
    tolerance = 1e-9 if work.dtype == "float64" else 1e-5
    for _ in range(2):
        loss, gradients = fn(X, y, parameters)
        assert worst(gradients, net.gradients(X, y, **work.objective)) < tolerance
        if loss is not None:
            assert loss == pytest.approx(net.loss(X, y, **work.objective), rel=tolerance)
    for given, before in zip((X, y), work.data(), strict=False):
        assert np.array_equal(given, before)
    assert all(np.array_equal(p, work.data()[2][n]) for n, p in parameters.items())


@pytest.mark.parametrize("work", homework(), ids=name)
def test_mended_it_agrees_with_differences_of_its_own_loss(work):
    X, y, parameters = work.data()
    if work.dtype != "float64":
        pytest.skip("differences say little in float32")
    fn = work.load(mended=True)
    net = work.net(parameters)

    def loss_at(vector):
        loss, _ = fn(X, y, dict(net.views(vector)))
        return (
            net.of(net.architecture, vector).loss(X, y, **work.objective) if loss is None else loss
        )

    expected = net.views(differences(loss_at, net.vector, h=2e-4))
    assert worst(fn(X, y, parameters)[1], expected) < 1e-7


@pytest.mark.parametrize("work", WRONG, ids=name)
def test_as_it_stands_it_is_wrong(work):
    X, y, parameters = copies(work)
    expected = work.net(parameters).gradients(X, y, **work.objective)
    fn = work.load()
    first = worst(fn(X, y, parameters)[1], expected)
    assert (first < 1e-9) == work.state
    second = worst(fn(X, y, parameters)[1], expected)
    assert second > 1e-3


@pytest.mark.parametrize("work", homework(), ids=name)
def test_one_slip_is_marked(work):
    source = work.path.read_text(encoding="utf-8")
    mended, lines = mend(source)
    assert (lines > 0) == bool(work.slip)
    assert "# right" not in mended
    assert work.file.startswith("right_") != bool(work.slip)


def test_the_index_is_complete():
    assert sorted(path.name for path in FOLDER.glob("*.py")) == sorted(w.file for w in homework())
    assert len(WRONG) >= 44
    assert len(RIGHT) >= 6
    assert {work.slip["key"] for work in WRONG} == set(KEYS)
    assert all(set(work.slip) == {"key", "place", "words"} for work in WRONG)
