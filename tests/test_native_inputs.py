"""What is handed to the native engine: any shape, any memory, numbers that are none."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import ClearPropError, EngineError, TrainingError
from clearprop.numerics import quiet
from gradient_checks import error, problem, targets_for
from native_checks import NEEDS_NATIVE, both, compiled, digest, digest_of

pytestmark = NEEDS_NATIVE

SHAPES = {
    "one row": ([3, 5, 2], 1, "softmax_cross_entropy"),
    "one feature": ([1, 5, 2], 30, "softmax_cross_entropy"),
    "one output": ([4, 5, 1], 30, "logistic"),
    "one of everything": ([1, 1, 1], 1, "squared_error"),
    "one neuron": ([6, 1, 3], 17, "hinge"),
    "4,097 columns": ([4097, 3, 2], 9, "softmax_cross_entropy"),
    "4,097 outputs": ([2, 3, 4097], 9, "softmax_cross_entropy"),
    "4,097 neurons": ([2, 4097, 2], 9, "squared_error"),
    "4,097 rows": ([3, 4, 2], 4097, "softmax_cross_entropy"),
    "five layers of one": ([1, 1, 1, 1, 1, 1], 5, "huber"),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shape", SHAPES)
def test_any_shape_trains_and_answers(shape, dtype):
    layers, rows, loss = SHAPES[shape]
    net, X, y = problem(layers, rows=rows, loss=loss, dtype=dtype)
    X = X.astype(np.float32)
    how = {"epochs": 3, "optimizer": "momentum", "learning_rate": 0.01, "l2": 0.01}
    tolerance = 1e-12 if dtype == "float64" else 2e-5
    for batch_size in {None, max(1, rows // 3)}:
        found, expected = both(net, X, y, batch_size=batch_size, **how)
        assert error(found.network.vector, expected.network.vector) < tolerance
        assert error(found.losses, expected.losses) < tolerance
    scores = net._by_blocks(net.architecture.circuit().scores, X)
    assert error(net.scores(X), scores) < tolerance
    assert net.scores(X).shape == (rows, layers[-1])
    for row in range(min(rows, 20)):
        np.testing.assert_array_equal(net.scores(X[row : row + 1])[0], net.scores(X)[row])


@pytest.mark.parametrize("rows", [1, 2, 4, 5, 6, 7, 9, 16, 31, 33, 255, 257, 2047, 2049])
def test_a_row_gives_the_same_bits_in_any_company(rows):
    for dtype in ("float64", "float32"):
        net, X, _ = problem([5, 18, 7, 3], "gelu", rows=2049, dtype=dtype)
        X = X.astype(dtype)
        whole = net.scores(X), net.predict_proba(X), net.predict(X)
        part = net.scores(X[:rows]), net.predict_proba(X[:rows]), net.predict(X[:rows])
        for many, few in zip(whole, part, strict=True):
            np.testing.assert_array_equal(many[:rows], few)


def every_other(array):
    """The same numbers, with others between them in memory."""
    wide = np.full([2 * n for n in array.shape], 7, array.dtype)
    wide[tuple(slice(None, None, 2) for _ in array.shape)] = array
    return wide[tuple(slice(None, None, 2) for _ in array.shape)]


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def unaligned(array):
    """The same numbers, at an address that is no multiple of their size."""
    memory = np.empty(array.nbytes + 1, np.uint8)[1:]
    found = memory.view(array.dtype).reshape(array.shape)
    found[...] = array
    assert not found.flags.aligned
    return found


MEMORY = {
    "strided": every_other,
    "reversed": lambda a: a[::-1].copy()[::-1],
    "columns reversed": lambda a: a.T[::-1].copy()[::-1].T,
    "Fortran order": np.asfortranarray,
    "transposed": lambda a: a.T.copy().T,
    "read-only": read_only,
    "unaligned": unaligned,
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "little-endian": lambda a: a.astype(a.dtype.newbyteorder("<")),
    "lists": lambda a: a.tolist(),
    "objects": lambda a: a.astype(object),
    "wider": lambda a: a.astype(np.longdouble if a.dtype.kind == "f" else np.int64),
    "a slice of more columns": lambda a: (
        np.hstack([a, a, a]).reshape(len(a), -1)[:, : a.shape[-1]] if a.ndim == 2 else a
    ),
    "a subclass": lambda a: a.view(np.matrix) if a.ndim == 2 else a,
    "a memory view": lambda a: memoryview(np.ascontiguousarray(a)),
}


def bits(net, X, y, **how):
    """One hash of a run and of what the trained network answers."""
    result = cp.fit(net, X, y, engine="native", epochs=4, batch_size=8, **how)
    trained = result.network
    answers = [trained.scores(X), trained.predict(X)]
    if trained.architecture.loss.probability_tree:
        answers.append(trained.predict_proba(X))
    return digest_of(result), digest(*answers), trained.loss(X, y)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("memory", MEMORY)
def test_memory_of_any_kind_gives_the_same_bits(memory, dtype):
    other = MEMORY[memory]
    for loss in ("softmax_cross_entropy", "squared_error"):
        net, X, y = problem([4, 6, 3], loss=loss, rows=21, dtype=dtype)
        X = X.astype(dtype)
        weight = np.arange(1.0, 22)
        clean = bits(net, X, y, sample_weight=weight)
        assert bits(net, other(X), other(y), sample_weight=other(weight)) == clean
        for rows in (1, 3, 5):  # few rows go another way
            np.testing.assert_array_equal(net.scores(other(X[:rows])), net.scores(X[:rows]))


NARROW = ["float16", "float32", "int8", "int64", "uint8", "bool"]


@pytest.mark.parametrize("kind", NARROW)
def test_numbers_of_any_kind_give_the_bits_of_their_own_values(kind):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (21, 4)) if kind == "bool" else rng.integers(0, 9, (21, 4)) / 1
    X = (X / 8 if kind.startswith("float") else X).astype(kind)
    net, _, y = problem([4, 6, 3], rows=21)
    for dtype in ("float64", "float32"):
        same = cp.Network.of(net.architecture, net.vector, dtype)
        for targets in (y, y.astype(np.uint8), y.astype(np.float32), y.astype(">i2")):
            assert bits(same, X, targets) == bits(same, X.astype(dtype), y)


def test_nothing_that_is_given_is_written_to():
    for dtype in ("float64", "float32"):
        net, X, y = problem([4, 6, 3], rows=40, dtype=dtype)
        X, weight = X.astype(dtype), np.arange(1.0, 41).astype(dtype)
        before = [array.tobytes() for array in (X, y, weight, net.vector)]
        result = cp.fit(net, X, y, sample_weight=weight, batch_size=8, epochs=5, engine="native")
        for ask in (result.network.scores, result.network.predict, result.network.predict_proba):
            ask(X)
            ask(X[:2])
        assert [array.tobytes() for array in (X, y, weight, net.vector)] == before
        assert not result.network.vector.flags.writeable


def test_data_may_be_changed_while_and_after_it_is_trained_on():
    net, X, y = problem([4, 6, 3], rows=40)
    expected = digest_of(cp.fit(net, X, y, batch_size=8, epochs=5, engine="native"))

    def spoil(progress):
        X[:] = np.nan
        y[:] = 0

    found = cp.fit(net, X, y, batch_size=8, epochs=5, engine="native", callbacks=[spoil])
    assert digest_of(found) == expected


def test_answers_belong_to_the_caller():
    net, X, _ = problem([4, 6, 3], rows=40)
    first = net.scores(X)
    kept = first.copy()
    first[:] = 7.0
    np.testing.assert_array_equal(net.scores(X), kept)
    labels = net.predict(X)
    assert labels.flags.writeable
    del net
    labels += 1
    assert labels.shape == (40,)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "logistic", "squared_error"])
def test_no_rows_are_an_empty_answer_and_nothing_to_learn_from(loss, dtype):
    net, X, y = problem([4, 6, 3], loss=loss, dtype=dtype)
    for empty in (np.empty((0, 4)), np.empty((0, 4), dtype), X[:0], X.astype(dtype)[:0][::-1]):
        assert net.scores(empty).shape == (0, 3)
        assert net.scores(empty).dtype == dtype
        assert net.predict(empty).shape == ((0,) if loss == "softmax_cross_entropy" else (0, 3))
        if loss != "squared_error":
            assert net.predict_proba(empty).shape == (0, 3)
        with pytest.raises(TrainingError, match="X has no rows"):
            cp.fit(net, empty, y[:0], engine="native")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("rows", [1, 3, 5, 16, 40, 300])
def test_rows_that_are_not_finite_keep_it_to_themselves(rows, bad):
    for dtype in ("float64", "float32"):
        for activation in cp.activations():
            net, X, _ = problem([3, 9, 4], activation, rows=rows, dtype=dtype)
            X = X.astype(dtype)
            spoiled, wrong = X.copy(), np.arange(rows) % 3 == 0
            spoiled[wrong, 1] = bad
            with quiet():
                wanted = net._by_blocks(net.architecture.circuit().scores, spoiled)
            for ask in (net.scores, net.predict_proba, net.predict):
                before, after = ask(X), ask(spoiled)
                np.testing.assert_array_equal(after[~wrong], before[~wrong])
            scores = net.scores(spoiled)
            np.testing.assert_array_equal(np.isnan(scores[wrong]), np.isnan(wanted[wrong]))
            np.testing.assert_array_equal(net.predict(spoiled), scores.argmax(axis=1))
            if np.isnan(bad):
                assert np.isnan(scores[wrong]).all()
                assert np.isnan(net.predict_proba(spoiled)[wrong]).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_cannot_be_learned_from(bad):
    net, X, y = problem([4, 6, 3], rows=20)
    X[13, 2] = bad
    with pytest.raises(ClearPropError, match=r"X\[13, 2\] is (nan|inf)"):
        cp.fit(net, X, y, engine="native")


# Orders of one's own: what the native loop reads rows by.


class Wrong:
    """An order that is right in the first epoch and wrong in the second."""

    def __init__(self, rows):
        self.second = rows

    def rows(self, n_rows, epoch):
        return np.arange(n_rows) if epoch == 0 else self.second


@pytest.mark.parametrize(
    "rows",
    [np.arange(10), np.arange(20) + 1, np.full(20, 10**6), np.arange(20) - 1, np.empty(0, int)],
    ids=["too short", "one too far", "far too far", "negative", "empty"],
)
def test_an_order_that_goes_wrong_later_reads_nothing_else(rows):
    net, X, y = problem([4, 6, 3], rows=20)
    with pytest.raises(TrainingError, match="gives no order of 20 rows in epoch 1"):
        cp.fit(net, X, y, engine="native", epochs=3, batch_size=5, shuffle=Wrong(rows))


# The module itself: it is called by the engine alone, but never reads what is not there.


def test_the_module_refuses_arrays_of_other_sizes():
    module = compiled.native()
    x, short = np.zeros(5), np.zeros(4)
    for inputs, value, slopes in [([x], short, [x]), ([x], x, [short]), ([x, x], x, [x, x])]:
        with pytest.raises(ValueError, match=r"one length|each input"):
            module.evaluate64("tanh", inputs, value, slopes, [])
    with pytest.raises(ValueError, match="another number of parameters"):
        module.evaluate64("leaky_relu", [x], x.copy(), [x.copy()], [])
    with pytest.raises(ValueError, match="no gate nothing was compiled in"):
        module.evaluate64("nothing", [x], x.copy(), [x.copy()], [])
    net, X, _ = problem([4, 6, 3], rows=20)
    shape = compiled.shape(net.architecture)
    with pytest.raises(ValueError, match="one number for each parameter"):
        module.predictor64(*shape, net.vector[:-1].copy())
    answers = module.predictor64(*shape, net.vector)
    for wrong in (X[:, :3], X.T, X[0], X.astype(np.float32), X[::2], X.astype(">f8"), "X"):
        assert answers.scores(wrong) is None
        assert answers.classify(wrong) is None
        assert answers.chances(wrong) is None


def test_the_module_keeps_no_array_that_it_would_have_to_convert():
    """A converted copy would be gone when the run comes to read it."""
    net, X, y = problem([4, 6, 3], rows=20)
    module, shape = compiled.native(), compiled.shape(net.architecture)
    weight, frozen = np.ones(20), np.zeros(net.n_parameters, bool)
    right = (X, y, weight, frozen)

    def run(x, targets, weights, marks, size=20):
        return module.run64(
            *shape, x, targets, weights, marks, size, True, 0.0, 0.1, None, 0, 0
        )  # fmt: skip

    assert run(*right) is not None
    others = [
        (0, X.astype(np.float32)), (0, np.asfortranarray(X)), (0, X[:, :3]), (0, X[0]),
        (0, X[:0]), (1, y[:-1]), (1, y.astype(np.int32)), (1, y[:, None]), (2, weight[:-1]),
        (2, weight.astype(int)), (3, frozen[:-1]), (3, frozen.astype(np.uint8)),
    ]  # fmt: skip
    for place, wrong in others:
        with pytest.raises((ValueError, TypeError)):
            run(*(wrong if i == place else each for i, each in enumerate(right)))
    for size in (0, 21):
        with pytest.raises(ValueError, match="a batch has from 1 to all rows"):
            run(*right, size=size)
    with pytest.raises(ValueError, match="another kind"):
        module.predictor64(*shape, net.vector.astype(np.float32))


def test_the_engine_says_so_where_there_is_none(monkeypatch):
    monkeypatch.setattr(compiled, "_loaded", lambda: (None, "this is a test"))
    with pytest.raises(EngineError, match="there is no native engine: this is a test"):
        compiled.native()


def test_targets_of_one_output_may_be_flat():
    for loss in ("logistic", "squared_error"):
        net, X, _ = problem([4, 6, 1], loss=loss, rows=21)
        y = targets_for(loss, np.random.default_rng(0), 21, 1)
        assert bits(net, X, y[:, 0]) == bits(net, X, y)
