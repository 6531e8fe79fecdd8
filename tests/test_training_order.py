"""The order of rows: Threefry's published answers, permutations, evenness."""

import itertools

import numpy as np
import pytest

import clearprop as cp
from clearprop.engines.order import threefry
from clearprop.errors import TrainingError
from clearprop.training import AsGiven

WORD = 0xFFFFFFFF
# Known answers of Random123 (Salmon et al. 2011) for threefry2x32 with 20 rounds.
KNOWN = [
    ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
    ((WORD, WORD), (WORD, WORD), (0x1CB996FC, 0xBB002BE7)),
    ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
]


def words_of(key, counter):
    counter = tuple(np.array([word], np.uint32) for word in counter)
    return tuple(int(word[0]) for word in threefry(key, counter))


def by_hand(key, counter):
    """Threefry-2x32-20 with Python's whole numbers, from the paper."""
    rotations = (13, 15, 26, 6, 17, 29, 16, 24)
    keys = (key[0], key[1], 0x1BD11BDA ^ key[0] ^ key[1])
    x = [(counter[i] + keys[i]) & WORD for i in (0, 1)]
    for turn in range(20):
        x[0] = (x[0] + x[1]) & WORD
        bits = f"{x[1]:032b}"
        shift = rotations[turn % 8]
        x[1] = int(bits[shift:] + bits[:shift], 2) ^ x[0]
        if turn % 4 == 3:
            group = turn // 4 + 1
            x[0] = (x[0] + keys[group % 3]) & WORD
            x[1] = (x[1] + keys[(group + 1) % 3] + group) & WORD
    return tuple(x)


@pytest.mark.parametrize(("key", "counter", "answer"), KNOWN)
def test_known_answers(key, counter, answer):
    assert by_hand(key, counter) == answer
    assert words_of(key, counter) == answer


def test_random_keys_and_counters_against_the_paper():
    rng = np.random.default_rng(0)
    for key in rng.integers(0, 2**32, size=(20, 2)).tolist():
        counters = rng.integers(0, 2**32, size=(2, 50), dtype=np.uint32)
        found = np.stack(threefry(tuple(key), tuple(counters)), axis=1)
        expected = [by_hand(key, counter) for counter in counters.T.tolist()]
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
@pytest.mark.parametrize("epoch", [0, 7, 2**31])
def test_rows_are_sorted_by_the_generators_numbers(seed, epoch):
    ranks = [by_hand((seed, epoch), (row, 0)) for row in range(30)]
    expected = sorted(range(30), key=lambda row: ranks[row])
    assert cp.Shuffled(seed).rows(30, epoch).tolist() == expected


@pytest.mark.parametrize("n", [1, 2, 3, 10, 1000, 65_537])
def test_every_order_is_a_permutation(n):
    for epoch in (0, 1, 10**6):
        order = cp.Shuffled(3).rows(n, epoch)
        np.testing.assert_array_equal(np.sort(order), np.arange(n))


def test_seeds_and_epochs_decide_the_order():
    orders = {tuple(cp.Shuffled(seed).rows(20, epoch)) for seed in range(10) for epoch in range(10)}
    assert len(orders) == 100
    np.testing.assert_array_equal(cp.Shuffled(4).rows(20, 3), cp.Shuffled(4).rows(20, 3))


def chi_square(counts):
    expected = np.sum(counts) / np.size(counts)
    return float(((np.asarray(counts) - expected) ** 2 / expected).sum())


def test_all_orders_of_four_rows_are_about_equally_likely():
    counts = dict.fromkeys(itertools.permutations(range(4)), 0)
    for epoch in range(4800):
        counts[tuple(cp.Shuffled(0).rows(4, epoch).tolist())] += 1
    # 23 degrees of freedom: above 49.7 in one case out of a thousand.
    assert chi_square(list(counts.values())) < 49.7


def test_every_row_comes_to_every_place():
    counts = np.zeros((7, 7))
    for seed in range(4000):
        counts[np.arange(7), cp.Shuffled(seed).rows(7, 0)] += 1
    # 36 degrees of freedom: above 68 in one case out of a thousand.
    assert chi_square(counts) < 68


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "1", None, True])
def test_seeds_that_fit_no_generator(seed):
    with pytest.raises(TrainingError, match=r"seed is a whole number from 0 to 2\*\*32 - 1, not"):
        cp.Shuffled(seed)


def test_as_given_is_no_order_at_all():
    assert AsGiven().rows(5, 0) is None
