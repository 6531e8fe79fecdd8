"""The programs that mistakes are planted in are right, and the mistakes are what they say."""

import numpy as np
import pytest

import clearprop as cp
from homework_reading import KEYS
from planting_edits import KINDS, NOISE, ONLY_LOSS, STATE, EditError, edited, mistakes
from planting_mistakes import case_of, cases, distance, equal, equal_pairs, pairs, plant
from planting_programs import PLAIN, STYLES, program, random_data, random_network, run


def drawn(seed):
    rng = np.random.default_rng(seed)
    told = random_network(rng)
    return told, random_data(told, rng)


def gradients_of(told, data):
    """The loss and the gradients by clearprop."""
    X, y, parameters = data
    net = cp.Network(told.layers, told.activations, told.loss, told.output)
    net = net.with_parameters(parameters)
    how = {"reduction": told.reduction, "l2": told.l2}
    return net.loss(X, y, **how), net.gradients(X, y, **how)


def along(source, data, direction, h=1e-5):
    """The slope of a program's own loss in a direction, by central differences."""
    X, y, parameters = data

    def loss_at(t):
        moved = {name: p + t * direction[name] for name, p in parameters.items()}
        return run(source, (X, y, moved))[0]

    coarse, fine = ((loss_at(s) - loss_at(-s)) / (2 * s) for s in (h, h / 2))
    return (4 * fine - coarse) / 3


@pytest.mark.parametrize("part", range(5))
def test_the_unedited_programs_are_right(part):
    for number in range(part * 100, part * 100 + 100):
        told, data = drawn(number)
        source = program(told, STYLES[number % len(STYLES)])
        loss, gradients = run(source, data)
        expected_loss, expected = gradients_of(told, data)
        assert loss == pytest.approx(expected_loss, rel=1e-10)
        assert distance(gradients, expected) < 1e-9
        rng = np.random.default_rng(number)
        direction = {name: rng.normal(size=p.shape) for name, p in data[2].items()}
        slope = sum((gradients[name] * d).sum() for name, d in direction.items())
        size = sum(np.abs(gradients[name] * d).sum() for name, d in direction.items())
        assert abs(along(source, data, direction) - slope) < 1e-7 * max(size, 1)


@pytest.mark.parametrize("style", STYLES)
def test_an_unedited_program_keeps_and_changes_nothing(style):
    told, data = drawn(7)
    source = program(told, style)
    assert distance(run(source, data, calls=2)[1], run(source, data)[1]) == 0


def test_every_edit_is_found_exactly_once():
    kinds = set()
    for number in range(150):
        told, data = drawn(number)
        for style in STYLES:
            source = program(told, style)
            for mistake in mistakes(told, style, len(data[0])):
                edited(source, mistake.edits)
                kinds.add(mistake.kind)
    assert kinds == {*KINDS, *ONLY_LOSS}
    with pytest.raises(EditError):
        edited("a\na\n", [("a", "b")])


@pytest.mark.parametrize("kind", [*KINDS, *ONLY_LOSS])
def test_a_case_is_wrong_in_the_way_it_says(kind):
    for case in cases(1, each=3, kinds=[kind]):
        loss, expected = gradients_of(case.told, case.data)
        first = distance(run(case.source, case.data)[1], expected)
        found_loss, found = run(case.source, case.data, case.calls)
        if kind in NOISE:
            assert 1e-9 < distance(found, expected) < 1e-3
        elif kind in ONLY_LOSS:
            assert distance(found, expected) < 1e-9
            assert abs(found_loss - loss) > 1e-6 * loss
        else:
            assert distance(found, expected) > 1e-6
            assert (first < 1e-9) == (kind in STATE)
        assert (kind, case.place) in equal(case)


def test_the_same_seed_gives_the_same_cases():
    once, again = (list(cases(3, each=1)) for _ in range(2))
    assert [case.source for case in once] == [case.source for case in again]
    assert [case.source for case in pairs(3, 4)] == [case.source for case in pairs(3, 4)]


def test_planting_in_a_given_network():
    told, _ = drawn(3)
    rng = np.random.default_rng(0)
    texts = {kind: plant(kind, told, rng) for kind in KINDS}
    assert texts["sign"] != program(told)
    assert any(text is None for text in texts.values())


def test_equal_numbers_are_found():
    # For two rows a mean is a factor ½; for relu, slopes at a and at z are the same gate.
    found = []
    for number in range(200):
        case = case_of("half_squared_error", np.random.default_rng(number))
        if len(case.data[0]) == 2 and case.told.l2 == 0:
            found.append(equal(case))
    assert found
    assert all(len(alike & {("mean_for_sum", "all"), ("divided_twice", "all")}) for alike in found)


def test_pairs_need_both():
    for case in pairs(5, 6):
        right = run(program(case.told, case.style), case.data)[1]
        wrong = run(case.source, case.data)[1]
        assert len(case.mistakes) == 2
        assert case.style in PLAIN
        assert distance(wrong, right) > 1e-6
        assert equal(case) == set()
    assert frozenset((m.kind, m.place) for m in case.mistakes) in equal_pairs(case)


def test_homework_and_planted_mistakes_have_the_same_kinds():
    assert {*KEYS, *NOISE, "kink"} == set(KINDS)
