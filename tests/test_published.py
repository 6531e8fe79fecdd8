"""The audit: published numbers computed again, and reasons that change with what is printed."""

import json

import numpy as np
import pytest

import clearprop as cp
from clearprop.published.reading import read_example
from worked_examples import Independent, audited, mazur, planted, sliced, steps

# ------------------------------------------------------------------------------- as published

OFF_BEFORE = {"dE_o2/dout_h1"}
OFF_AFTER = {"E_total after 1 update", "E_total after 10000 updates",
             "out_o1 after 10000 updates", "out_o2 after 10000 updates"}  # fmt: skip


@pytest.fixture(scope="module")
def audits():
    return audited()


def test_every_printed_number_of_mazur_before_the_update_but_one(audits):
    rows = [row for row in audits["mazur"].rows if row.kind == "number"]
    assert len(rows) == 30
    wrong = {row.name for row in rows if row.verdict == "differs"}
    assert wrong == OFF_BEFORE | OFF_AFTER


@pytest.mark.parametrize(
    ("name", "value", "within"),
    [
        ("dE_o2/dout_h1", -0.0190491183, 5e-11),
        ("E_total after 1 update", 0.291027773694, 5e-13),
        ("out_o1 after 10000 updates", 0.0159136204, 5e-11),
        ("out_o2 after 10000 updates", 0.9840642735, 5e-11),
        ("E_total after 10000 updates", 3.51018778e-05, 5e-14),
    ],
)
def test_what_mazurs_other_numbers_should_be(audits, name, value, within):
    assert audits["mazur"][name].recomputed == pytest.approx(value, abs=within)


def test_mazurs_number_off_in_its_last_digit_comes_from_rounded_ones(audits):
    row = audits["mazur"]["dE_o2/dout_h1"]
    assert steps(row) == [["rounded intermediates"]]
    assert row.reasons[0].steps[0].facts["from"] == ["dE_total/dout_h1", "dE_o1/dout_h1"]
    assert row.reasons[0].value == pytest.approx(0.036350306 - 0.055399425, abs=1e-15)


@pytest.mark.parametrize("name", sorted(OFF_AFTER - {"E_total after 10000 updates"}))
def test_mazurs_numbers_after_updates_come_from_updated_weights(audits, name):
    row = audits["mazur"][name]
    assert steps(row) == [["weights updated first"]]
    assert not row.alone


def test_mazurs_last_error_follows_from_nothing_that_is_printed_beside_it(audits):
    row = audits["mazur"]["E_total after 10000 updates"]
    gives = {reason.steps[0].name: reason.value for reason in row.tried}
    assert gives["weights updated first"] == pytest.approx(3.50847863e-05, abs=5e-14)
    assert gives["rounded intermediates"] == pytest.approx(0.000035085, abs=5e-10)
    assert row.alone == ("out_o1 after 10000 updates", "out_o2 after 10000 updates")
    # Its digits are those of the right procedure, one update earlier.
    assert steps(row) == [["counted differently"]]
    assert row.reasons[0].steps[0].facts == {"count": 9_999, "counted": 10_000}
    assert row.reasons[0].value == pytest.approx(Independent().update(9_999).loss, rel=1e-9)


def test_mazurs_formula_with_the_wrong_weight(audits):
    right, wrong = (row for row in audits["mazur"].rows if row.kind == "formula")
    assert right.verdict == "reproduced"
    assert wrong.reasons[0].steps[0].facts == {"written": "w3", "meant": "w2"}
    assert wrong.mended == pytest.approx(0.3775, abs=1e-15)


def test_the_tutorials_formula(audits):
    row = audits["tutorial"]["dloss/dw1"]
    assert row.claimed == pytest.approx(-0.000224162973, abs=5e-13)
    assert row.recomputed == pytest.approx(0.0000794437500, abs=5e-14)
    assert row.wrong_sign
    assert row.mended == pytest.approx(row.recomputed, rel=1e-12)
    slope, path = row.reasons[0].steps
    assert slope.name == "wrong slope: output for probability"
    assert (slope.facts["wrong"], slope.facts["right"]) == ("out_o1 - 1", "p1 - 1")
    assert path.name == "path left out"
    assert path.facts["paths"] == 2
    assert (path.facts["kept"], path.facts["missing"]) == ("o1", "o2 (w7)")
    others = [row for row in audits["tutorial"].rows if row.name != "dloss/dw1"]
    assert {row.verdict for row in others} == {"reproduced"}


def test_the_moons_programs_gradient_is_n_times_that_of_its_loss(audits):
    found = audits["moons"]
    (row,) = (row for row in found.rows if row.kind == "gradient")
    assert row.ratio == pytest.approx(200, rel=1e-12)
    assert steps(row) == [["sum and mean"]]
    assert row.reasons[0].steps[0].facts == {"taken": "sum", "meant": "mean", "samples": 200}
    for name in ("loss after 1 update", "loss after 1001 updates", "accuracy after 20000 updates"):
        assert found[name].verdict == "reproduced"


def test_the_moons_programs_step_is_too_long(audits):
    (finding,) = audits["moons"].findings
    facts = finding.facts
    assert facts["curvature"] == pytest.approx(356, abs=1)
    assert facts["limit"] == pytest.approx(2 / facts["curvature"])
    assert facts["low"] == pytest.approx(0.070758, abs=5e-7)
    assert facts["high"] == pytest.approx(0.071316, abs=5e-7)
    assert (facts["stable"], facts["reaches"]) == (0.005, pytest.approx(0.0678, abs=5e-5))


def test_all_of_cs231n_is_reproduced(audits):
    assert {row.verdict for row in audits["cs231n"].rows} == {"reproduced"}
    assert len(audits["cs231n"].rows) == 24


# ------------------------------------------------- perturbed: reasons change or vanish with it


@pytest.mark.parametrize(
    ("name", "digits"),
    [
        ("dE_o2/dout_h1", "-0.019049125"),
        ("dE_total/dout_h1", "0.036350309"),
        ("dE_o1/dout_h1", "0.055399421"),
    ],
)
def test_without_the_rounded_neighbours_there_is_no_reason(name, digits):
    example = json.loads(json.dumps(dict(read_example("mazur").parts[0].data)))
    example["printed"][name] = digits
    assert cp.audit({"title": "t", **example})["dE_o2/dout_h1"].reasons == ()


@pytest.mark.parametrize("change", [{"rate": 0.4}, {"w5": 0.41}, {"i1": 0.06}])
def test_other_given_values_take_the_reason_away(change):
    printed = {"E_total after 1 update": "0.291027924"}
    assert steps(cp.audit(mazur(printed)).rows[0]) == [["weights updated first"]]
    row = cp.audit(mazur(printed, **change)).rows[0]
    assert row.reasons == ()
    assert row.tried
    assert "no known alternative gives this number" in cp.audit(mazur(printed, **change)).text()


@pytest.mark.parametrize("change", [{"rate": 0.4}, {"w5": 0.41, "i1": 0.9}, {"biases": True}])
def test_the_slip_is_found_with_other_given_values_too(change):
    stale, right = (Independent(stale=s, **change).update(3).loss for s in (True, False))
    settings = {**change, "biases": "trained" if change.get("biases") else "kept"}
    printed = {"E_total after 3 updates": f"{stale:.9f}"}
    assert steps(cp.audit(mazur(printed, **settings)).rows[0]) == [["weights updated first"]]
    printed = {"E_total after 3 updates": f"{right:.9f}"}
    assert cp.audit(mazur(printed, **settings)).rows[0].verdict == "reproduced"


@pytest.mark.parametrize("slip", planted())
def test_each_known_slip_is_found_where_it_is_planted(slip):
    printed, more = planted()[slip]
    found = cp.audit(mazur(printed, **more))
    row = found.rows[-1]
    assert row.verdict == "differs"
    assert [slip] in steps(row)
    # Other last digits, and the reason is gone.
    name, digits = list(printed.items())[-1]
    places = len(digits.partition(".")[2])
    other = f"{float(digits) + 37 * 10.0**-places:.{places}f}"
    assert [slip] not in steps(cp.audit(mazur({**printed, name: other}, **more)).rows[-1])


def test_single_precision_is_found():
    product = float(np.float32(0.1) * np.float32(0.3))
    example = {"title": "t", "circuit": "x * y", "given": {"x": 0.1, "y": 0.3},
               "printed": {"f": f"{product:.13f}"}}  # fmt: skip
    assert steps(cp.audit(example).rows[0]) == [["float32"]]
    example["printed"]["df/dx"] = "0.3000000000000"  # which single precision would not give
    assert ["float32"] not in steps(cp.audit(example)["f"])


def test_pairs_are_tried_where_nothing_else_fits():
    stale = Independent(stale=True).update(2).loss
    places = next(n for n in range(9, 14) if float(sliced(stale, n)) != round(stale, n))
    row = cp.audit(mazur({"E_total after 2 updates": sliced(stale, places)})).rows[0]
    assert steps(row) == [["digits cut off", "weights updated first"]]
    halved = f"{2 * Independent(rate=1, stale=True).update(2).loss:.9f}"
    row = cp.audit(mazur({"E_total after 2 updates": halved})).rows[0]
    assert steps(row) == [["weights updated first", "without the one half"]]
