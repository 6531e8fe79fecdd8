"""The doctor of gradients: mistakes planted in other people's programs are found by name."""

import itertools
import json
import re

import numpy as np
import pytest

import clearprop as cp
from clearprop.doctor.backward import Objective, enter, gradient_names, right_pass, workspace
from clearprop.doctor.planting import plantings
from doctor_cases import NAMES, Handed, checked, diagnosed, program_of
from gradient_checks import targets_for
from homework_reading import homework
from planting_mistakes import KINDS, cases, equal, equal_pairs, pairs
from planting_programs import STYLES, program, random_data, random_network


def names_of(kind):
    return set(NAMES[kind].split())


@pytest.mark.parametrize(
    ("loss", "reduction", "l2"), list(itertools.product(cp.LOSSES, ["mean", "sum"], [0.0, 0.3]))
)
def test_the_right_formulas_are_the_network_s_gradient(loss, reduction, l2):
    rng = np.random.default_rng(3)
    for gate in cp.activations():
        net = cp.Network([3, 4, 2, 3], gate, loss, "identity", seed=1)
        X, y = rng.normal(size=(7, 3)), targets_for(loss, rng, 7, 3)
        expected = net.gradients(X, y, reduction=reduction, l2=l2)
        work = workspace(net, X, y, l2)
        found = enter(work, right_pass(net, Objective(reduction, l2)), gradient_names(net))
        assert set(found) == {f"d{name}" for name in expected}
        for name, number in found.items():
            np.testing.assert_allclose(work.value(number), expected[name[1:]], rtol=0, atol=1e-14)


def judged(case):
    """Whether the first answer is the planted mistake, or one that gives equal numbers."""
    answer = diagnosed(checked(case))
    if not answer:
        return False
    if answer[0] in names_of(case.kind):
        return True
    alike = {name for kind, _ in equal(case) for name in names_of(kind)}
    return answer[0] in alike or bool(names_of(case.kind) & set(answer))


@pytest.mark.parametrize("kind", KINDS)
def test_planted_mistakes_are_named(kind):
    assert all(judged(case) for case in cases(1, 2, [kind]))


@pytest.mark.slow
def test_planted_mistakes_are_named_20_networks_each():
    found = [(case.kind, judged(case)) for case in cases(0, 20)]
    assert len(found) == 20 * len(KINDS)
    missed = [kind for kind, right in found if not right]
    assert len(missed) <= 0.03 * len(found), missed


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "kink"])
def test_what_is_listed_as_equal_is_equal(kind):
    """Every name listed that has a counterpart among the planted kinds gives equal numbers there.

    The other names are the table's own, and compared with the numbers given by the doctor.
    """
    # The doctor knows more gates and losses than were planted: those cannot be looked up here.
    back = {n for k in KINDS for n in names_of(k)} - {"other_slope", "other_loss"}
    for case in cases(2, 2, [kind]):
        alike = {name for k, _ in equal(case) for name in names_of(k)} | names_of(kind)
        single = [name for name in diagnosed(checked(case)) if isinstance(name, str)]
        assert [name for name in single if name in back and name not in alike] == []


def pair_judged(case):
    answer = diagnosed(checked(case))
    if not answer:
        return False
    wanted = set(itertools.product(*(names_of(one.kind) for one in case.mistakes)))
    if answer[0] in {tuple(sorted(pair)) for pair in wanted}:
        return True
    if isinstance(answer[0], str):  # one mistake that gives what two were planted for
        return any(answer[0] in names_of(kind) for kind, _ in equal(case))
    alike = [[kind for kind, _ in pair] for pair in equal_pairs(case)]
    return any(
        answer[0] in {tuple(sorted(p)) for p in itertools.product(*map(names_of, kinds))}
        for kinds in alike
        if len(kinds) == 2
    )


def test_pairs_are_named():
    found = [pair_judged(case) for case in pairs(1, 4)]
    assert sum(found) >= 3


@pytest.mark.slow
def test_pairs_are_named_100():
    found = [(case.kind, pair_judged(case)) for case in pairs(0, 100)]
    missed = [kind for kind, right in found if not right]
    assert len(missed) <= 15, missed


def subject(work):
    """The function of a homework, or the class: what a person would hand in, and no word more."""
    space = {"__name__": work.path.stem}
    exec(compile(work.path.read_text(encoding="utf-8"), str(work.path), "exec"), space)
    function = space.get(re.match(r"\w+", work.call)[0])
    return function or space[re.match(r"net = (\w+)", work.before)[1]]


@pytest.mark.parametrize("work", homework(), ids=lambda work: work.file)
def test_homework(work):
    """How each is called is found out, too."""
    X, y, parameters = work.data()
    net = work.net(parameters)
    if work.dtype == "float32":
        net = cp.Network.of(net.architecture, net.vector, "float32")
    report = cp.check_gradients(subject(work), net, X, y, **work.objective)
    faults = [name for name in diagnosed(report) if name != "float32_result"]
    if not work.slip:
        assert report.right, report
        assert faults == []
    else:
        assert not report.right
        assert faults[0] in names_of(work.slip["key"]), report


def right_program(number):
    rng = np.random.default_rng([number, 17])
    told = random_network(rng)
    X, y, parameters = random_data(told, rng)
    net = cp.Network(told.layers, told.activations, told.loss, told.output)
    call = f"f(X, y, {', '.join(told.names)})"
    return told, net.with_parameters(parameters), X, y, call, STYLES[number % len(STYLES)]


def no_false_alarm(number):
    told, net, X, y, call, style = right_program(number)
    said = {"reduction": told.reduction, "l2": told.l2} if number % 2 else {}
    report = cp.check_gradients(program_of(program(told, style)), net, X, y, call=call, **said)
    return report.right and not report.explanations and report.mistakes == ()


@pytest.mark.parametrize("part", range(4))
def test_no_false_alarm(part):
    assert all(no_false_alarm(number) for number in range(part * 25, part * 25 + 25))


@pytest.mark.slow
def test_no_false_alarm_500():
    assert [number for number in range(100, 600) if not no_false_alarm(number)] == []


def noise_is_named(number):
    """What the doctor makes of gradients some of whose arrays are random."""
    told, net, X, y, _, _ = right_program(number)
    rng = np.random.default_rng([number, 5])
    right = net.gradients(X, y, reduction=told.reduction, l2=told.l2)
    noisy = [name for name in right if rng.random() < 0.5] or ["W1"]
    noise = {name: rng.normal(size=right[name].shape) for name in noisy}

    def run(X, y, parameters):
        at = net.with_parameters(parameters)
        found = at.gradients(X, y, reduction=told.reduction, l2=told.l2)
        return at.loss(X, y, reduction=told.reduction, l2=told.l2), {
            name: found[name] + noise[name] if name in noise else found[name] for name in found
        }

    report = cp.check_gradients(Handed(run), net, X, y, reduction=told.reduction, l2=told.l2)
    wrong = {one.name[1:] for one in report.verdicts if not one.right}
    assert wrong == set(noisy)
    return diagnosed(report)


def test_noise_is_none_of_the_known_mistakes():
    assert [noise_is_named(number) for number in range(3)] == [[]] * 3


@pytest.mark.slow
def test_noise_is_none_of_the_known_mistakes_100():
    assert [number for number in range(100, 200) if noise_is_named(number)] == []


NETWORKS = [
    ([2, 3, 2], "tanh", "softmax_cross_entropy", "identity"),
    ([3, 3, 3, 3], "relu", "hinge", "identity"),
    ([2, 2, 1], "sigmoid", "logistic", "identity"),
    ([2, 2, 2], ["gelu"], "squared_error", "sigmoid"),
    ([4, 2], "tanh", "huber", "identity"),
]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_every_mistake_has_words_wherever_it_is(network, language):
    """Planted in the formulas themselves: what is said has no hole, and the lines differ."""
    from clearprop.doctor.matching import Fit
    from clearprop.doctor.naming import explained, stretch_of
    from clearprop.doctor.report_text import sentences

    net, objective = cp.Network(*network), Objective("mean", 0.1)
    said = set()
    for one in plantings(net, objective, 8):
        fit = Fit((one,), 0.0, 0.5)
        for found in (f for e in explained(net, objective, [fit], ["dW1"]) for f in e.mistakes):
            what, why = sentences(found, language)
            assert "{" not in what + why
            assert what.endswith((".", "。"))
            assert len(found.have) == len(found.should)
            assert all(
                have != should for have, should in zip(found.have, found.should, strict=True)
            )
            said.add(found.name)
        stretch_of(net, objective, fit)
    assert len(said) > 30


def test_a_loss_computed_after_its_array_was_changed_is_said():
    """``delta = probs``, and the loss from probs afterwards: the gradient is right all the same."""
    for case in cases(3, 3, ["loss_in_place"]):
        report = checked(case)
        assert all(one.right for one in report.verdicts)
        assert (report.right, report.loss_agrees) == (False, False)
        assert "delta = p" in report.text()
        assert "delta = p" in report.text(language="zh")


def test_a_report_goes_to_json_and_back():
    for case in cases(5, 1, ["missing_slope", "not_reset", "bias_not_summed", "last_batch"]):
        report = checked(case)
        again = cp.GradientReport.from_json(report.to_json())
        assert again == cp.GradientReport.from_json(again.to_json())
        assert again.text() == report.text()
        assert again.text(language="zh") == report.text(language="zh")
        assert json.loads(report.to_json())["right"] is False


def test_a_new_row_is_found():
    words = {"en": "dW1 is squared.", "zh": "dW1 被平方了。"}
    row = cp.Mistake("squared_gradient", [cp.Edit({"dW{l}": "old * old"})], words, words)
    net, X, y = cp.Network([2, 3, 2], seed=4), np.eye(2), np.array([0, 1])

    def run(X, y, parameters):
        gradients = net.with_parameters(parameters).gradients(X, y)
        return net.with_parameters(parameters).loss(X, y), {
            **gradients, "W1": gradients["W1"] ** 2
        }  # fmt: skip

    assert diagnosed(cp.check_gradients(Handed(run), net, X, y)) == []
    cp.register_mistake(row)
    try:
        report = cp.check_gradients(Handed(run), net, X, y)
        assert diagnosed(report)[0] == "squared_gradient"
        assert "dW1 is squared." in report.text()
    finally:
        cp.MISTAKES.remove("squared_gradient")
