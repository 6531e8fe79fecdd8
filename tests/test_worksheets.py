"""Worksheets for a class: good numbers, and the reasons of wrong answers."""

import json

import numpy as np
import pytest

import clearprop as cp
from clearprop.doctor.worksheets.marking import agrees
from clearprop.doctor.worksheets.words import reason_text
from worksheet_cases import ASK, all_right, figures, sigmoid


@pytest.fixture(scope="module")
def sheets():
    return cp.make_worksheets([2, 2, 2], 30, seed=7, ask=ASK)


def work_out(student, slip="", tanh=False):
    """Work out a 2-2-2 sheet by hand: sigmoid twice and squares, or tanh, softmax and log."""
    w = [None] + [student["parameters"][f"w{k}"] for k in range(1, 9)]
    b1, b2 = student["parameters"]["b1"], student["parameters"]["b2"]
    i1, i2 = student["x"]
    gate, slope = (np.tanh, lambda a: 1 - a * a) if tanh else (sigmoid, lambda a: a * (1 - a))
    net_h1 = w[1] * i1 + w[2] * i2 + (0 if slip == "bias_left_out" else b1)
    net_h2 = w[3] * i1 + w[4] * i2 + b1
    out_h1, out_h2 = gate(net_h1), gate(net_h2)
    if slip == "gate_left_out":
        out_h1 = net_h1
    net_o1 = w[5] * out_h1 + w[6] * out_h2 + b2
    net_o2 = w[7] * out_h1 + w[8] * out_h2 + b2
    found = {"net_h1": net_h1, "out_h1": out_h1, "net_h2": net_h2, "out_h2": out_h2,
             "net_o1": net_o1, "net_o2": net_o2}  # fmt: skip
    if tanh:
        e1, e2 = np.exp(net_o1), np.exp(net_o2)
        p = np.array([e1, e2]) / (e1 + e2)
        d_o1, d_o2 = p - np.eye(2)[student["y"]]
        found |= {"p1": p[0], "p2": p[1], "loss": -np.log(p[student["y"]])}
    else:
        t1, t2 = student["y"]
        out_o1, out_o2 = sigmoid(net_o1), sigmoid(net_o2)
        e_o1, e_o2 = (t1 - out_o1) ** 2 / 2, (t2 - out_o2) ** 2 / 2
        found |= {"out_o1": out_o1, "out_o2": out_o2, "e_o1": e_o1, "e_o2": e_o2,
                  "loss": e_o1 + e_o2}  # fmt: skip
        d_o1, d_o2 = out_o1 - t1, out_o2 - t2
        if slip == "targets_forgotten":
            d_o1, d_o2 = out_o1, out_o2
        if slip == "wrong_sign":
            d_o1, d_o2 = -d_o1, -d_o2
        if slip != "missing_slope_2":
            d_o1, d_o2 = d_o1 * out_o1 * (1 - out_o1), d_o2 * out_o2 * (1 - out_o2)
    eta = 0.5
    w5, w7 = w[5], w[7]
    if slip == "updated_weights":
        w5, w7 = w5 - eta * d_o1 * out_h1, w7 - eta * d_o2 * out_h1
    d_h1 = d_o1 * w5 + d_o2 * w7
    if slip == "one_path":
        d_h1 = d_o1 * w5
    if slip != "missing_slope":
        d_h1 *= slope(out_h1)
    slopes = {"w1": d_h1 * (i2 if slip == "other_parameter" else i1),
              "w5": d_o1 * (1 if slip == "input_left_out" else out_h1),
              "b2": d_o1 if slip == "one_neuron" else d_o1 + d_o2}  # fmt: skip
    if tanh:  # one bias for all scores moves nothing: b1 is asked for
        d_h2 = (d_o1 * w[6] + d_o2 * w[8]) * slope(out_h2)
        slopes = {"w1": slopes["w1"], "w5": slopes["w5"], "b1": d_h1 + d_h2}
    step = {"added": eta, "no_rate": -1}.get(slip, -eta)
    for name, value in slopes.items():
        found[f"dloss/d{name}"] = value
        found[f"{name}_new"] = student["parameters"][name] + step * value
    return found


@pytest.mark.parametrize("tanh", [False, True])
def test_right_answers_are_those_of_another_program_and_of_finite_differences(tanh):
    settings = {"activation": "tanh", "loss": "softmax_cross_entropy"} if tanh else {}
    made = cp.make_worksheets([2, 2, 2], 5, seed=11, ask="w1,w5,b1" if tanh else ASK, **settings)
    for one in json.loads(made.to_json())["students"]:
        by_hand = work_out(one, tanh=tanh)
        assert one["right"] == pytest.approx(by_hand, rel=1e-10)
        for name in (key[7:] for key in one["right"] if key.startswith("dloss/d")):
            moved = []
            for by in (1e-5, -1e-5):
                other = {**one["parameters"], name: one["parameters"][name] + by}
                moved.append(work_out({**one, "parameters": other}, tanh=tanh)["loss"])
            assert one["right"][f"dloss/d{name}"] == pytest.approx(
                (moved[0] - moved[1]) / 2e-5, rel=1e-6
            )


def test_numbers_are_short_and_different_and_make_good_exercises(sheets):
    seen = set()
    for student in sheets.students:
        given = [*student.parameters.values(), *student.x, *student.y]
        assert all(round(v, 2) == v and 0.05 <= abs(v) <= 0.95 for v in given)
        seen.add(tuple(given))
        right = student.right
        outs = [right[f"out_{n}"] for n in ("h1", "h2", "o1", "o2")]
        assert all(a * (1 - a) > 0.2 * 0.25 for a in outs)  # no gate is saturated
        assert all(abs(right[f"dloss/d{n}"]) >= 1e-4 for n in ("w1", "w5", "b2"))
        assert all(abs(v) >= 1e-3 for k, v in right.items() if not k.startswith("dloss"))
    assert len(seen) == 30


SLIPPED = ["one_path", "missing_slope", "missing_slope_2", "wrong_sign", "updated_weights", "added",
           "targets_forgotten", "no_rate", "bias_left_out", "gate_left_out", "other_parameter",
           "input_left_out", "one_neuron"]  # fmt: skip


IN_UPDATE, IN_FORWARD = ("added", "no_rate"), ("bias_left_out", "gate_left_out")


def test_planted_mistakes_are_named(sheets):
    slips = [SLIPPED[number % len(SLIPPED)] for number in range(30)]
    assert share_first(sheets, slips) >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("slip", SLIPPED)
def test_planted_mistakes_are_named_on_every_sheet(sheets, slip):
    assert share_first(sheets, [slip] * 30) >= 0.9


def share_first(sheets, slips):
    """Plant a slip on each sheet, see that it is named, and return how often as the first."""
    answers, first = all_right(sheets), []
    for one, slip in zip(json.loads(sheets.to_json())["students"], slips, strict=True):
        mine, right = work_out(one, slip), one["right"]
        changed = {key: value for key, value in mine.items() if abs(value / right[key] - 1) > 1e-9}
        answers[one["sheet"]] |= {key: figures(value) for key, value in changed.items()}
    for student, slip in zip(cp.grade(sheets, answers).students, slips, strict=True):
        name = slip.removesuffix("_2")
        wrong = [mark for mark in student.marks if mark.verdict == "wrong"]
        kind = "new" if name in IN_UPDATE else "value" if name in IN_FORWARD else "slope"
        own = [mark for mark in wrong if mark.question.kind == kind and not mark.carried]
        assert own, "no mistake gives a right answer"
        for mark in own:
            assert name in [reason.name for reason in mark.reasons], (mark, student.number)
            first.append(mark.reasons[0].name == name)
        after = [mark for mark in wrong if mark not in own]
        assert all(mark.carried for mark in after), "what follows is a follow-through"
    return sum(first) / len(first)


def test_reasons_speak_in_the_names_of_the_sheet(sheets):
    one = json.loads(sheets.to_json())["students"][1]
    mine = work_out(one, "one_path")
    answers = {2: {**all_right(sheets)[2], "dloss/dw1": figures(mine["dloss/dw1"])}}
    mark = cp.grade(sheets, answers)[2]["dloss/dw1"]
    assert reason_text(mark.reasons[0], "en") == "Only the path through neuron o1 is followed."
    assert "o1" in reason_text(mark.reasons[0], "zh")


def test_confused_parameters_come_with_what_was_confused(sheets):
    one = json.loads(sheets.to_json())["students"][3]
    answers = {4: {"dloss/dw1": figures(work_out(one, "other_parameter")["dloss/dw1"])}}
    (reason, *_) = cp.grade(sheets, answers)[4]["dloss/dw1"].reasons
    said = "This is the derivative by w2: i2 stands in the place of i1."
    assert reason_text(reason, "en") == said


def test_the_reason_that_fits_the_other_answers_stands_first(sheets):
    answers = all_right(sheets)
    for one in json.loads(sheets.to_json())["students"]:
        mine = work_out(one, "missing_slope_2")
        wrong = ["dloss/dw1", "dloss/dw5", "dloss/db2"] if one["sheet"] % 2 else ["dloss/dw5"]
        answers[one["sheet"]] |= {key: figures(mine[key]) for key in wrong}
    for student in cp.grade(sheets, answers).students:
        names = [reason.name for reason in student["dloss/dw5"].reasons]
        assert {"missing_slope", "other_delta"} <= {*names}
        assert names[0] == ("missing_slope" if student.number % 2 else "other_delta")


def test_no_mistake_gives_a_right_answer_by_chance():
    made = cp.make_worksheets([2, 2, 2], 5, seed=34, ask=ASK, digits=3)
    for one in json.loads(made.to_json())["students"]:
        for slip in SLIPPED:
            mine = work_out(one, slip)
            kind = "_new" if slip in IN_UPDATE else "dloss"
            for key, right in one["right"].items():
                if kind in key and abs(mine[key] / right - 1) > 1e-9 and slip not in IN_FORWARD:
                    assert not agrees(mine[key], right, 3, 2), (one["sheet"], slip, key)


def test_no_gate_is_saturated_where_many_numbers_are_added_up():
    made = cp.make_worksheets([16, 1, 1], 20, seed=1, ask="w17")
    for student in made.students:
        outs = [student.right[f"out_{n}"] for n in ("h1", "o1")]
        assert all(a * (1 - a) > 0.2 * 0.25 for a in outs)
