"""The audit of formulas, and of training runs whose gradient is not that of their loss."""

import mpmath as mp
import numpy as np
import pytest

import clearprop as cp
from worked_examples import GIVEN, moons, steps, tutorial

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
