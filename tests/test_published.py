"""The audit: published numbers computed again, and reasons that change with what is printed."""

import copy
import json
import time

import mpmath as mp
import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import ExampleError
from clearprop.published import published_names
from clearprop.published.alternatives import ALTERNATIVES
from clearprop.published.reading import read_example
from clearprop.published.slips import SLIPS
from clearprop.published.text import WIDTH, _width

W = {f"w{i}": v for i, v in enumerate((0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55), 1)}
GIVEN = {"i1": 0.05, "i2": 0.10, **W, "b1": 0.35, "b2": 0.60}
MAZUR = {"layers": [2, 2, 2], "activation": "sigmoid", "output_activation": "sigmoid",
         "loss": "squared_error", "shared_bias": True}  # fmt: skip
TUTORIAL = {**MAZUR, "loss": "softmax_cross_entropy"}


def mazur(printed, rate=0.5, biases="kept", **given):
    """An example like Mazur's, with other digits or other given values."""
    values = {**GIVEN, "target_o1": 0.01, "target_o2": 0.99, **given}
    return {"title": "t", "network": MAZUR, "given": values, "printed": printed,
            "training": {"learning_rate": rate, "biases": biases}}  # fmt: skip


def tutorial(formulas, true_class="o1", **given):
    values = {**GIVEN, "true_class": true_class, **given}
    return {"title": "t", "network": TUTORIAL, "given": values, "formulas": formulas}


def steps(row):
    return [[step.name for step in reason.steps] for reason in row.reasons]


class Independent:
    """Mazur's network in NumPy, written for these tests."""

    def __init__(self, rate=0.5, stale=False, biases=False, dtype=float, **given):
        at = {**GIVEN, "target_o1": 0.01, "target_o2": 0.99, **given}
        self.x = np.array([at["i1"], at["i2"]])
        self.t = np.array([at["target_o1"], at["target_o2"]])
        self.W1 = np.array([[at["w1"], at["w3"]], [at["w2"], at["w4"]]])
        self.W2 = np.array([[at["w5"], at["w7"]], [at["w6"], at["w8"]]])
        self.b1, self.b2, self.rate, self.stale, self.biases = (
            at["b1"],
            at["b2"],
            rate,
            stale,
            biases,
        )

    def forward(self):
        h = 1 / (1 + np.exp(-(self.x @ self.W1 + self.b1)))
        return h, 1 / (1 + np.exp(-(h @ self.W2 + self.b2)))

    @property
    def loss(self):
        return 0.5 * ((self.forward()[1] - self.t) ** 2).sum()

    def update(self, times=1):
        for _ in range(times):
            h, o = self.forward()
            d2 = (o - self.t) * o * (1 - o)
            new = self.W2 - self.rate * np.outer(h, d2)
            d1 = (new if self.stale else self.W2) @ d2 * h * (1 - h)
            self.W1, self.W2 = self.W1 - self.rate * np.outer(self.x, d1), new
            if self.biases:
                self.b1, self.b2 = self.b1 - self.rate * d1.sum(), self.b2 - self.rate * d2.sum()
        return self


# ------------------------------------------------------------------------------- as published

OFF_BEFORE = {"dE_o2/dout_h1"}
OFF_AFTER = {"E_total after 1 update", "E_total after 10000 updates",
             "out_o1 after 10000 updates", "out_o2 after 10000 updates"}  # fmt: skip


@pytest.fixture(scope="module")
def audits():
    return {name: cp.audit(name) for name in published_names()}


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


def sliced(value, places):
    return f"{int(value * 10**places) / 10**places:.{places}f}"


def planted():
    """Digits that come from one known slip each, computed here and not by the package."""
    h, o = Independent().forward()
    first = (o[0] - 0.01) * o[0] * (1 - o[0]) * 0.40
    net = 0.3775
    return {
        "digits cut off": ({"net_o1": sliced(1.105905967059, 7)}, {}),
        "mean for sum over outputs": ({"E_total": f"{Independent().loss / 2:.9f}"}, {}),
        "without the one half": ({"E_o1": f"{(o[0] - 0.01) ** 2:.9f}"}, {}),
        "counted differently": ({"E_total after 3 updates":
                                 f"{Independent().update(4).loss:.9f}"}, {}),
        "other biases": ({"E_total after 3 updates":
                          f"{Independent(biases=True).update(3).loss:.9f}"}, {}),
        "path left out": ({"dE_total/dw1": f"{first * h[0] * (1 - h[0]) * 0.05:.12f}"}, {}),
        "wrong slope: of what goes in": ({"dout_h1/dnet_h1": f"{net * (1 - net):.6f}"}, {}),
        "wrong slope: left out": ({"dE_o1/dnet_o1": f"{o[0] - 0.01:.9f}"}, {}),
        "rounded intermediates": ({"out_o1": "0.75", "E_o1": f"{0.5 * 0.74**2:.9f}"}, {}),
    }  # fmt: skip


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


# ------------------------------------------------------------------------------------ formulas

SLIPPED = "(out_{o} - 1) * out_{o}*(1 - out_{o}) * {w} * out_{h}*(1 - out_{h}) * {i}"
PATHS = {"w1": ("h1", "i1", "w5", "o2 (w7)"), "w2": ("h1", "i2", "w5", "o2 (w7)"),
         "w3": ("h2", "i1", "w6", "o2 (w8)"), "w4": ("h2", "i2", "w6", "o2 (w8)")}  # fmt: skip


def true_slope(weight, **given):
    """The derivative by a weight of the first layer, in fifty digits, path by path."""
    at = {**GIVEN, **given}
    h, i, through_o1, missing = PATHS[weight]
    with mp.workdps(50):
        v = {name: mp.mpf(str(number)) for name, number in at.items()}

        def s(z):
            return 1 / (1 + mp.exp(-z))

        h1 = s(v["w1"] * v["i1"] + v["w2"] * v["i2"] + v["b1"])
        h2 = s(v["w3"] * v["i1"] + v["w4"] * v["i2"] + v["b1"])
        o1 = s(v["w5"] * h1 + v["w6"] * h2 + v["b2"])
        o2 = s(v["w7"] * h1 + v["w8"] * h2 + v["b2"])
        p1 = mp.exp(o1) / (mp.exp(o1) + mp.exp(o2))
        out = h1 if h == "h1" else h2
        back = (p1 - 1) * o1 * (1 - o1) * v[through_o1]
        back += (1 - p1) * o2 * (1 - o2) * v[missing[4:6]]
        return float(back * out * (1 - out) * v[i])


@pytest.mark.parametrize("given", [{}, {"w7": -0.3, "i2": 0.7}])
@pytest.mark.parametrize("weight", PATHS)
def test_the_same_slips_are_found_in_other_parameters(weight, given):
    h, i, w, missing = PATHS[weight]
    text = SLIPPED.format(o="o1", w=w, h=h, i=i)
    row = cp.audit(tutorial({f"dloss/d{weight}": text}, **given)).rows[0]
    assert row.recomputed == pytest.approx(true_slope(weight, **given), rel=1e-12)
    assert row.mended == pytest.approx(row.recomputed, rel=1e-9)
    assert steps(row) == [["wrong slope: output for probability", "path left out"]]
    assert row.reasons[0].steps[1].facts["missing"] == missing


RIGHT = ("(p1 - 1) * out_o1*(1 - out_o1) * w5 * out_h1*(1 - out_h1) * i1"
         " + p2 * out_o2*(1 - out_o2) * w7 * out_h1*(1 - out_h1) * i1")  # fmt: skip


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (RIGHT, None),
        (RIGHT.replace(" + p2", " + (1 - p1)"), None),
        (RIGHT.replace("p1 - 1", "out_o1 - 1"), ["wrong slope: output for probability"]),
        (RIGHT.replace("p2 *", "out_o2 *"), ["wrong slope: output for probability"]),
        (RIGHT.partition(" + ")[0], ["path left out"]),
        (RIGHT.partition(" + ")[2], ["path left out"]),
        (RIGHT.replace(" out_o2*(1 - out_o2) *", ""), ["wrong slope: left out"]),
        (RIGHT.replace("(1 - out_h1)", "1"), ["wrong slope: value for slope"]),
        (RIGHT.replace("w7", "w6"), ["another name"]),
        (RIGHT + " + i1", []),
    ],
)
def test_formulas_with_one_slip_with_none_and_with_an_unknown_one(text, names):
    row = cp.audit(tutorial({"dloss/dw1": text})).rows[0]
    assert row.verdict == ("reproduced" if names is None else "differs")
    assert steps(row) == ([names] if names else [])


def test_for_the_other_class_the_tutorials_formula_has_no_known_reason():
    text = SLIPPED.format(o="o1", w="w5", h="h1", i="i1")
    found = cp.audit(tutorial({"dloss/dw1": text}, true_class="o2"))
    assert found.rows[0].reasons == ()
    assert "no known slip explains this formula" in found.text()


def test_a_path_through_a_deeper_network_and_three_outputs():
    net = {"layers": [1, 2, 2, 3], "activation": "tanh", "loss": "squared_error"}
    draws = np.random.RandomState(3)
    from clearprop.published.neurons import draw_out

    names = draw_out(cp.Network(**net).architecture).wiring.inputs
    given = {name: round(float(draws.randn()), 3) for name in names}
    last = [f"(out_o{k} - target_o{k}) * w{6 + 2 * k - 1}" for k in (1, 2, 3)]
    kept = " + ".join(last[:2])
    text = f"({kept}) * (1 - out_h2_1*out_h2_1)"
    example = {"title": "t", "network": net, "given": given}
    row = cp.audit({**example, "formulas": {"dloss/dnet_h2_1": text}}).rows[0]
    assert steps(row) == [["path left out"]]
    assert row.reasons[0].steps[0].facts["missing"] == "o3 (w11)"
    whole = f"({' + '.join(last)}) * (1 - out_h2_1*out_h2_1)"
    found = cp.audit({**example, "formulas": {"dloss/dnet_h2_1": whole}})
    assert found.rows[0].verdict == "reproduced"


# ---------------------------------------------------------------------------------------- runs


def moons(samples=200, step="sum", shown="mean", rate=0.01, l2="0.01", shown_l2="0.01 / 200"):
    example = copy.deepcopy(dict(read_example("moons").parts[0].data))
    run = example["run"]
    run["data"]["n_samples"] = samples
    run["training"] |= {"reduction": step, "learning_rate": rate, "l2": l2}
    run["loss"] = {"reduction": shown, "l2": shown_l2}
    example["printed"] = {"loss after 1 update": "0.4"}
    return {"title": "t", **example}


@pytest.mark.parametrize(
    ("settings", "ratio", "names"),
    [
        ({"samples": 100, "shown_l2": "0.01 / 100"}, 100, ["sum and mean"]),
        ({"samples": 60, "step": "mean", "shown": "sum", "shown_l2": "0.6"}, 1 / 60,
         ["sum and mean"]),
        ({"shown_l2": 0.01}, None, ["sum and mean of the data alone"]),
        ({"step": "mean", "l2": 0, "shown_l2": 0.01}, None, ["penalty left out"]),
        ({"l2": 0, "shown_l2": 0.01}, None, ["sum and mean", "penalty left out"]),
        ({"l2": 0.03}, None, None),
    ],
)  # fmt: skip
def test_a_gradient_that_is_not_of_the_printed_loss(settings, ratio, names):
    row = next(row for row in cp.audit(moons(**settings)).rows if row.kind == "gradient")
    assert row.verdict == "differs"
    assert row.ratio == (None if ratio is None else pytest.approx(ratio, rel=1e-9))
    assert steps(row) == ([] if names is None else [names])


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_a_gradient_of_the_printed_loss_is_right(reduction):
    settings = {"step": reduction, "shown": reduction, "shown_l2": "0.01"}
    row = next(row for row in cp.audit(moons(**settings)).rows if row.kind == "gradient")
    assert (row.verdict, row.reasons) == ("reproduced", ())


def test_a_stable_step_is_not_blamed():
    example = moons(rate=0.005)
    example["printed"] = {"loss after 20000 updates": "0.067804"}
    found = cp.audit(example)
    assert found.findings == ()
    assert found.rows[0].verdict == "reproduced"


# --------------------------------------------------------------------------- files and language

BAD = [
    ({}, "title"),
    ({"title": "t"}, "network, circuit, scores, run"),
    ({"title": "t", "parts": 3}, "parts: a list"),
    ({"title": "t", "parts": [{"name": "x"}]}, "parts[0]: one of network"),
    ({"title": "t", "circuit": "x", "scores": [1]}, "scores: there is no such key"),
    ({"title": "t", "circuit": "x +", "given": {"x": 1}, "printed": {"f": "1"}}, "circuit: "),
    ({"title": "t", "circuit": "x", "given": {"x": 1}, "printed": {"f": 1}}, "in quotes"),
    ({"title": "t", "circuit": "x", "given": {"x": 1}, "printed": {"f": "one"}}, "printed, 'f'"),
    ({"title": "t", "circuit": "x", "given": {"x": 1}, "printed": {"g": "1"}}, "no 'g' here"),
    ({"title": "t", "circuit": "x", "given": {"x": True}, "printed": {"f": "1"}}, "given.x"),
    ({"title": "t", "circuit": "x", "given": {"x": 1}, "printed": {}}, "here are 0"),
    ({"title": "t", "circuit": "x", "given": {"x": 1}, "printed": {"f after 2 updates": "1"}},
     "no updates"),
    (mazur({"E_total": "0.3"}) | {"nework": 1}, "nework: there is no such key"),
    (mazur({"E_total": "0.3"}, w9=1.0), "given.w9"),
    (mazur({"E_total ++": "0.3"}), "names no quantity"),
    (mazur({"dE_total/dw99": "0.3"}), "no 'w99' here"),
    (mazur({"E_total after 99999999 updates": "0.3"}), "at most 1,000,000"),
    (mazur({"E_total": "0.3"}, biases="frozen"), "training.biases"),
    ({**mazur({"E_total": "0.3"}), "network": {**MAZUR, "layers": [2, "x"]}}, "network: layers"),
    ({**mazur({"E_total": "0.3"}), "network": {**MAZUR, "layers": [90, 90, 2]}}, "at most 500"),
    (tutorial({"dloss/dw1": "w1 **"}), "formulas, 'dloss/dw1'"),
    (tutorial({"dloss/dw1": "w1 * v1"}), "there is no v1 here"),
    (tutorial({"loss": "1"}, true_class="o3"), "true_class: one of o1, o2"),
    ({"title": "t", "scores": [1, 2], "printed": {"hinge": "1"}}, "correct: hinge needs it"),
    ({"title": "t", "scores": [1, 2], "correct": 5, "printed": {"hinge": "1"}}, "correct: "),
    ({"title": "t", "scores": [1, 2], "correct": 0, "printed": {"hing": "1"}}, "'hing'"),
    ({"title": "t", "run": {}, "printed": {"loss": "1"}}, "run: data is missing"),
    ({**moons(), "printed": {"lost after 2 updates": "1"}}, "a run has loss and accuracy"),
]  # fmt: skip


@pytest.mark.parametrize(("example", "message"), BAD, ids=[m for _, m in BAD])
def test_what_is_no_example_is_refused_with_the_key_named(example, message):
    with pytest.raises(ExampleError) as caught:
        cp.audit(example)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"title": "t",\n "circuit": x}', "bad.json, line 2, column 13"),
        ("[1]", "an object"),
        ('{"title": "t", "title": "u"}', "'title' stands twice"),
        ('{"title": "t", "circuit": "x", "given": {"x": NaN}}', "NaN is not a number"),
        ("[" * 100_000, "bad.json"),
    ],
)
def test_files_that_are_no_examples(tmp_path, text, message):
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ExampleError) as caught:
        cp.audit(path)
    assert message in str(caught.value)


def test_a_file_of_ones_own(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(mazur({"out_h1": "0.5933"})), encoding="utf-8")
    assert cp.audit(path)["out_h1"].verdict == cp.audit(str(path))["out_h1"].verdict == "reproduced"
    with pytest.raises(ExampleError, match="the published examples are: cs231n, mazur"):
        cp.audit(tmp_path / "none.json")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_fits_the_terminal_in_both_languages(audits, language):
    found = [*audits.values(), *(cp.audit(mazur(p, **m)) for p, m in planted().values())]
    for one in found:
        for line in one.text(language).splitlines():
            assert _width(line) <= WIDTH, line
            assert "{" not in line
            assert line == line.rstrip()


def test_the_text_says_what_was_found(audits):
    text = audits["tutorial"].text()
    assert "1. it takes out_o1 - 1 for the slope of softmax cross-entropy, which is p1 - 1" in text
    assert (
        "2. it follows the path through o1 only; w1 also reaches the loss through o2 (w7)" in text
    )
    assert "with both mended the formula gives 0.0000794438" in text
    assert "the sign is wrong" in text
    assert "26 of 32 reproduced; 5 of the others explained" in audits["mazur"].text()
    assert "符号是错的" in audits["tutorial"].text("zh")
    with pytest.raises(ExampleError, match="en, zh"):
        audits["tutorial"].text("fr")


@pytest.mark.parametrize("row", [*ALTERNATIVES, *SLIPS], ids=lambda row: row.name)
def test_every_row_has_words_in_both_languages(row):
    assert set(row.words) == {"en", "zh"}
    assert all(row.words.values())


def test_it_goes_to_json(audits):
    for found in audits.values():
        data = json.loads(found.to_json())
        assert data == found.to_data() == json.loads(json.dumps(found.to_data()))
        assert [row["name"] for row in data["rows"]] == [row.name for row in found.rows]
    with pytest.raises(KeyError, match="no row is named 'x'"):
        audits["mazur"]["x"]


def test_ten_thousand_updates_take_less_than_a_second():
    times = []
    for _ in range(3):
        start = time.process_time()
        cp.audit("mazur")
        times.append(time.process_time() - start)
    assert min(times) < 1


# ------------------------------------------------------------------------------------- command


def command(*args, code=0):
    commands = pytest.importorskip("commands")
    return commands.run("audit", *args, code=code)


def test_the_command_shows_one_example_or_all():
    lines = command("mazur").stdout.splitlines()
    assert lines[0] == "A Step by Step Backpropagation Example"
    assert all(len(line) <= 100 for line in lines)
    everything = command().stdout
    assert all(name in everything for name in published_names())
    assert "符号是错的" in command("tutorial", "--language", "zh").stdout


def test_the_command_gives_json():
    one = json.loads(command("tutorial", "--json").stdout)
    assert one["reproduced"] == 5
    everything = json.loads(command("--json").stdout)
    assert [each["name"] for each in everything["examples"]] == list(published_names())


def test_the_command_refuses_in_one_line(tmp_path):
    path = tmp_path / "bad.json"
    path.write_text("{", encoding="utf-8")
    assert "bad.json, line 1" in command(path, code=1).stderr
    assert "cannot be read" in command(tmp_path / "no.json", code=1).stderr
