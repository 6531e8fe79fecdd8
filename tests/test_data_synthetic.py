"""Point sets: the same bits as the functions and programs they are named after."""

import inspect
import subprocess
import sys

import numpy as np
import pytest
from sklearn import datasets

from clearprop.data import make_blobs, make_circles, make_moons, make_spirals
from clearprop.errors import DataError

SEEDS = [0, 1, 42, 2**32 - 1]


def assert_same_bits(ours, theirs):
    assert len(ours) == len(theirs)
    for own, other in zip(ours, map(np.ascontiguousarray, theirs), strict=True):
        assert own.shape == other.shape
        assert own.flags.c_contiguous
        assert own.dtype == (np.float64 if other.dtype.kind == "f" else np.int64)
        assert own.tobytes() == other.astype(own.dtype).tobytes()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n_samples", [1, 2, 3, 100, 1001, (7, 4), (0, 5)])
@pytest.mark.parametrize("noise", [None, 0, 0.25])
@pytest.mark.parametrize("shuffle", [True, False])
def test_moons_and_circles_are_scikit_learns(seed, n_samples, noise, shuffle):
    arguments = {"shuffle": shuffle, "noise": noise, "random_state": seed}
    assert_same_bits(
        make_moons(n_samples, **arguments), datasets.make_moons(n_samples, **arguments)
    )
    for factor in (0.8, 0.5, 0, 0.99):
        arguments["factor"] = factor
        assert_same_bits(
            make_circles(n_samples, **arguments), datasets.make_circles(n_samples, **arguments)
        )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"n_samples": 2},
        {"n_samples": 1001, "centers": 7, "n_features": 5},
        {"n_samples": [3, 0, 4]},
        {"n_samples": (5, 6), "centers": [[0.0, 1.0, 2.0], [9.0, 9.0, 9.0]]},
        {"centers": np.array([[1, 2], [30, 4], [5, 60]]), "n_features": 9},
        {"cluster_std": [1, 0.5, 0]},
        {"cluster_std": 2, "center_box": (0, 1)},
    ],
)
def test_blobs_are_scikit_learns(seed, shuffle, arguments):
    arguments = {**arguments, "shuffle": shuffle, "random_state": seed}
    assert_same_bits(make_blobs(**arguments), datasets.make_blobs(**arguments))
    _, _, ours = make_blobs(**arguments, return_centers=True)
    _, _, theirs = datasets.make_blobs(**arguments, return_centers=True)
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (make_moons, datasets.make_moons),
        (make_circles, datasets.make_circles),
        (make_blobs, datasets.make_blobs),
    ],
)
def test_signatures_and_defaults_are_scikit_learns(ours, theirs):
    parameters = [inspect.signature(maker).parameters.values() for maker in (ours, theirs)]
    own, other = ([(p.name, p.kind, p.default) for p in side] for side in parameters)
    assert own == other
    assert_same_bits(ours(random_state=5), theirs(random_state=5))


@pytest.mark.parametrize("maker", [make_moons, make_circles, make_blobs, make_spirals])
def test_a_generator_is_used_and_moves_on(maker):
    generator = np.random.RandomState(3)
    first, _ = maker(10, random_state=generator)
    second, _ = maker(10, random_state=generator)
    assert np.array_equal(first, maker(10, random_state=3)[0])
    assert not np.array_equal(first, second)


def test_without_a_seed_every_call_differs_and_the_global_generator_rests():
    before = np.random.get_state()[1].copy()
    first, second = (make_moons(50, noise=0.1)[0] for _ in range(2))
    assert not np.array_equal(first, second)
    assert np.array_equal(before, np.random.get_state()[1])


def cs231n_spiral(seed, per_arm, arms):
    """Follow the program of the CS231n notes, with its names and its global generator."""
    state = np.random.get_state()
    np.random.seed(seed)
    X = np.zeros((per_arm * arms, 2))
    y = np.zeros(per_arm * arms, dtype="uint8")
    for j in range(arms):
        ix = range(per_arm * j, per_arm * (j + 1))
        r = np.linspace(0.0, 1, per_arm)
        t = np.linspace(j * 4, (j + 1) * 4, per_arm) + np.random.randn(per_arm) * 0.2
        X[ix] = np.c_[r * np.sin(t), r * np.cos(t)]
        y[ix] = j
    np.random.set_state(state)
    return X, y


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("per_arm", "arms"), [(100, 3), (1, 1), (17, 5)])
def test_spirals_are_those_of_the_notes(seed, per_arm, arms):
    assert_same_bits(
        make_spirals(per_arm, arms=arms, random_state=seed), cs231n_spiral(seed, per_arm, arms)
    )
    assert_same_bits(make_spirals(random_state=seed), cs231n_spiral(seed, 100, 3))


def test_spirals_shuffled_are_the_same_points_in_another_order():
    X, y = make_spirals(20, noise=None, shuffle=True, random_state=1)
    plain, labels = make_spirals(20, noise=None)
    assert not np.array_equal(y, labels)
    rows = np.column_stack([X, y])
    expected = np.column_stack([plain, labels])
    assert np.array_equal(rows[np.lexsort(rows.T)], expected[np.lexsort(expected.T)])
    # Without noise, arm j starts in the middle and ends at the angle 4(j + 1).
    assert plain[0].tolist() == [0.0, 0.0]
    assert plain[19] == pytest.approx([np.sin(4), np.cos(4)])
    assert plain[59] == pytest.approx([np.sin(12), np.cos(12)])


@pytest.mark.parametrize(
    ("maker", "arguments", "word"),
    [
        (make_moons, {"n_samples": 0}, "n_samples lies between 1"),
        (make_moons, {"n_samples": -3}, "n_samples lies between 1"),
        (make_moons, {"n_samples": 10**12}, "n_samples lies between 1"),
        (make_moons, {"n_samples": 10**5000}, "n_samples lies between 1"),
        (make_moons, {"n_samples": 100.0}, "one per class"),
        (make_moons, {"n_samples": True}, "one per class"),
        (make_moons, {"n_samples": "100"}, "one per class"),
        (make_moons, {"n_samples": (1, 2, 3)}, "a pair"),
        (make_moons, {"n_samples": (0, 0)}, "no points"),
        (make_moons, {"n_samples": (5, -1)}, "between 0"),
        (make_moons, {"noise": -0.1}, "standard deviation"),
        (make_moons, {"noise": float("nan")}, "standard deviation"),
        (make_moons, {"noise": "little"}, "standard deviation"),
        (make_moons, {"shuffle": 1}, "True or False"),
        (make_moons, {"random_state": -1}, "from 0 to 4294967295"),
        (make_moons, {"random_state": 2**32}, "from 0 to 4294967295"),
        (make_moons, {"random_state": 0.5}, "from 0 to 4294967295"),
        (make_moons, {"random_state": np.random.default_rng(0)}, "from 0 to 4294967295"),
        (make_circles, {"factor": 1}, "factor is a number from 0"),
        (make_circles, {"factor": -0.1}, "factor is a number from 0"),
        (make_circles, {"n_samples": "12"}, "one per class"),
        (make_blobs, {"n_features": 0}, "n_features lies between 1"),
        (make_blobs, {"centers": 0}, "centers lies between 1"),
        (make_blobs, {"centers": [1.0, 2.0]}, "one row per blob"),
        (make_blobs, {"centers": [[1.0, float("nan")]]}, "one row per blob"),
        (make_blobs, {"centers": "three"}, "one row per blob"),
        (make_blobs, {"n_samples": [5, 5], "centers": 2}, "already says"),
        (make_blobs, {"n_samples": [5, 5], "centers": [[0.0]]}, "as many of one"),
        (make_blobs, {"cluster_std": [1.0]}, "1 standard deviations for 3"),
        (make_blobs, {"cluster_std": -1.0}, "standard deviation"),
        (make_blobs, {"cluster_std": None}, "one per blob"),
        (make_blobs, {"center_box": (1, 0)}, "wrong way round"),
        (make_blobs, {"center_box": 5}, "a pair of numbers"),
        (make_blobs, {"n_samples": 10**9, "n_features": 10**9}, "coordinates"),
        (make_blobs, {"return_centers": "yes"}, "True or False"),
        (make_spirals, {"n_samples": (5, 5)}, "whole number"),
        (make_spirals, {"arms": 0}, "arms lies between 1"),
        (make_spirals, {"noise": -1}, "standard deviation"),
        (make_spirals, {"n_samples": 10**9, "arms": 10**9}, "coordinates"),
    ],
)
def test_nonsense_is_explained(maker, arguments, word):
    with pytest.raises(DataError, match=word):
        maker(**arguments)


def test_importing_the_room_loads_numpy_only():
    code = (
        "import sys, clearprop.data;"
        "heavy = {'polars', 'pandas', 'sklearn', 'scipy', 'matplotlib', 'pyarrow'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
