"""Boundaries and surfaces are held to what the network says, read back from the figure."""

import io
import math

import matplotlib.contour
import matplotlib.figure
import matplotlib.legend
import matplotlib.text
import numpy as np
import pytest

import clearprop as cp
from clearprop.data import make_spirals
from clearprop.errors import DataError
from clearprop.plots import plot_boundaries, plot_decision_boundary
from pictures import (
    MOONS,
    assert_nothing_is_cut_off,
    boundary_lines,
    class_colours,
    linear,
    rings,
    shown,
    texts,
)


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "hinge", "logistic"])
def test_the_boundary_is_where_mathematics_puts_it(loss):
    net = linear(loss, 1 if loss == "logistic" else 2)
    X, y = MOONS
    ax = plot_decision_boundary(net, X, y).axes[0]
    corners = boundary_lines(ax)
    np.testing.assert_allclose(corners[:, 0] + 2 * corners[:, 1], 0.5, atol=1e-9)
    # From border to border: the picture ends where the axes do.
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert corners[:, 1].max() == pytest.approx(min(top, (0.5 - left) / 2), abs=1e-6)
    assert corners[:, 1].min() == pytest.approx(max(bottom, (0.5 - right) / 2), abs=1e-6)
    assert (left, bottom) < tuple(X.min(axis=0))
    assert (right, top) > tuple(X.max(axis=0))


@pytest.mark.parametrize(
    ("outputs", "loss"),
    [(2, "softmax_cross_entropy"), (3, "softmax_cross_entropy"), (6, "softmax_cross_entropy"),
     (2, "hinge"), (4, "hinge(margin=3)"), (1, "logistic")],
)  # fmt: skip
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_each_pixel_has_the_colour_of_the_predicted_class(outputs, loss, activation):
    net = cp.Network([2, 7, outputs], activation, loss, seed=3)
    net = cp.Network.of(net.architecture, net.vector + 0.3)  # some bias
    X = np.random.RandomState(1).randn(60, 2)
    y = np.arange(60) % max(outputs, 2)
    figure = plot_decision_boundary(net, X, y)
    ax = figure.axes[0]
    assert len(figure.axes) == 1
    centres, painted, strength = shown(ax)
    assert (painted == net.predict(centres)).all()
    assert strength.min() > 0
    wrong = net.predict(X) != y
    np.testing.assert_array_equal(np.sort(rings(ax), axis=0), np.sort(X[wrong], axis=0))
    # Where the line is, the two largest scores are equal.
    scores = np.sort(net.scores(boundary_lines(ax)), axis=1)
    gap = scores[:, -1] - (scores[:, -2] if outputs > 1 else 0)
    spread = np.ptp(net.scores(centres))
    assert np.quantile(np.abs(gap), 0.99) < 1e-3 * spread


def test_the_tint_grows_with_certainty_and_is_full_from_the_margin_on():
    X, y = MOONS
    for loss, certainty in [
        ("softmax_cross_entropy", lambda s: np.tanh(np.abs(s) / 2)),  # |p1 - p0|
        ("hinge(margin=2)", lambda s: np.minimum(np.abs(s) / 2, 1)),
    ]:
        centres, painted, strength = shown(plot_decision_boundary(linear(loss), X, y).axes[0])
        expected = certainty(centres @ (1, 2) - 0.5)
        for number in (0, 1):
            got, want = strength[painted == number], expected[painted == number]
            slope, start = np.polyfit(want, got, 1)
            assert slope > 0
            assert start > 0
            np.testing.assert_allclose(got, start + slope * want, atol=1e-9)


def test_the_legend_and_the_subtitle_count_right_and_wrong():
    net, (X, y) = linear(), MOONS
    n_wrong = int((net.predict(X) != y).sum())
    figure = plot_decision_boundary(net, X, y, class_names=["upper", "_lower"])
    ax = figure.axes[0]
    legend = [t.get_text() for t in ax.get_legend().get_texts()]
    assert legend == ["upper", "_lower", f"wrong ({n_wrong})"]
    assert f"{100 * (1 - n_wrong / 200):g} % of the 200 points right" in texts(figure)
    assert ax.get_title(loc="left") == "2-2, softmax cross-entropy"
    assert [ax.get_xlabel(), ax.get_ylabel()] == ["x₁", "x₂"]
    right = net.predict(X) == y
    figure = plot_decision_boundary(net, X[right], y[right])
    assert len(figure.axes[0].get_legend().get_texts()) == 2
    assert any(line.startswith("100 %") for line in texts(figure))


def test_one_wrong_point_of_very_many_is_not_rounded_to_all_right():
    X = np.tile([[2.0, 2.0]], (5000, 1))
    y = np.ones(5000, int)
    y[7] = 0
    assert "> 99.9 % of the 5,000 points right" in texts(plot_decision_boundary(linear(), X, y))


def test_class_0_is_blue_and_class_1_is_orange():
    zero, one = class_colours(plot_decision_boundary(linear(), *MOONS).axes[0])
    assert zero[2] > zero[0]
    assert one[0] > one[2]


def test_classes_stay_apart_without_colour():
    X, y = make_spirals(20, arms=8, random_state=0)
    ax = plot_decision_boundary(cp.Network([2, 8]), X, y).axes[0]
    drawn = [c for c in ax.collections if hasattr(c, "get_sizes") and len(c.get_facecolors())]
    looks = {(c.get_paths()[0].vertices.round(3).tobytes(), *c.get_facecolors()[0]) for c in drawn}
    assert len(looks) == 8
    assert len({c.get_paths()[0].vertices.round(3).tobytes() for c in drawn[:6]}) == 6


def test_a_function_is_asked_in_place_of_the_network():
    X, y = MOONS
    net = linear()
    far = 100 * X + 1000  # the network knows scaled features
    told = {
        "classes": lambda P: net.predict((P - 1000) / 100),
        "probabilities": lambda P: net.predict_proba((P - 1000) / 100),
    }
    for kind, predict in told.items():
        figure = plot_decision_boundary(net, far, y, predict=predict)
        centres, painted, _ = shown(figure.axes[0])
        assert (painted == predict(centres).reshape(len(centres), -1).argmax(axis=1)).all() or (
            kind == "classes" and (painted == predict(centres)).all()
        )


def test_a_wide_network_is_asked_about_few_points_at_a_time():
    net, asked = cp.Network([4, 3, 2]), []

    def predict(points):
        asked.append(len(points))
        return net.predict(np.hstack([points, np.ones_like(points)]))

    plot_decision_boundary(net, *MOONS, predict=predict)
    assert max(asked) <= 20_000
    assert sum(asked) > 100_000


def test_a_network_of_values_is_a_surface_with_a_colour_bar():
    net = linear("squared_error", 1, scale=4)
    X = np.random.RandomState(0).uniform(-1, 1, (50, 2))
    y = net.predict(X) + 0.1
    figure = plot_decision_boundary(net, X, y)
    ax, bar = figure.axes
    assert "50 points, root mean squared error 0.1" in " ".join(texts(figure))
    filled, lines = [c for c in ax.collections if isinstance(c, matplotlib.contour.ContourSet)]
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        if len(path.vertices):
            np.testing.assert_allclose(net.predict(path.vertices), level, atol=1e-9)
    assert filled.levels[0] <= min(y.min(), net.predict(X).min())
    assert filled.levels[-1] >= max(y.max(), net.predict(X).max())
    points = [c for c in ax.collections if hasattr(c, "get_sizes")]
    np.testing.assert_array_equal(points[0].get_array(), y)
    assert points[0].get_clim() == (filled.levels[0], filled.levels[-1])
    low, _, high = (filled.cmap(share)[:3] for share in (0.1, 0.5, 0.9))
    assert low[0] > low[2]  # orange below 0
    assert high[2] > high[0]  # blue above
    assert bar.get_ylim() == (filled.levels[0], filled.levels[-1])


@pytest.mark.parametrize(
    ("y", "hue"), [([3.0, 4.0, 5.0], "blue"), ([-3.0, -4.0, -5.0], "orange"), ([2, 2, 2], "blue")]
)
def test_values_on_one_side_of_zero_have_the_hue_of_that_side(y, hue):
    net = cp.Network([2, 1], loss="squared_error")
    b = float(np.mean(y))
    net = net.with_parameters(W1=[[0.5], [0.0]], b1=[b])
    ax = plot_decision_boundary(net, [[0, 0], [1, 0], [0, 1]], y).axes[0]
    strong = ax.collections[0].cmap(0.85 if b > 0 else 0.15)
    assert (strong[2] > strong[0]) == (hue == "blue")


def test_numbers_that_are_not_finite_are_drawn_without_complaint():
    net = cp.Network([2, 3, 2])
    for vector in (net.vector * np.nan, net.vector * 1e306, net.vector * 0):
        figure = plot_decision_boundary(cp.Network.of(net.architecture, vector), *MOONS)
        figure.savefig(io.BytesIO())


X3, Y3 = [[0, 0], [1, 1], [2, 0]], [0, 1, 0]
PAIR = linear()
VALUES = cp.Network([2, 1], loss="squared_error")


@pytest.mark.parametrize(
    ("arguments", "more", "says"),
    [
        ((cp.Network([3, 2]), X3, Y3), {}, r"two axes and this network has 3 inputs.*predict="),
        ((cp.Network([1, 2]), X3, Y3), {}, r"has 1 input; plot net.predict"),
        ((cp.Network([2, 2], loss="logistic"), X3, Y3), {}, r"2 yes-or-no questions.*predict="),
        ((cp.Network([2, 3], loss="huber"), X3, Y3), {}, r"answers 3 values.*\[:, 0\]"),
        (("net", X3, Y3), {}, r"a Network or the Result .* not 'net'"),
        ((PAIR, [[0, 0, 1]], [0]), {}, r"two columns.* \(1, 3\)"),
        ((PAIR, [0.5, 0.5], [0]), {}, r"two columns.* \(2,\)"),
        ((PAIR, np.empty((0, 2)), []), {}, r"two columns.* \(0, 2\)"),
        ((PAIR, [["a", "b"]], [0]), {}, r"X is an array of numbers"),
        ((PAIR, X3, [0, 1]), {}, r"each of the 3 points.* \(2,\)"),
        ((PAIR, X3, ["a", "b", "a"]), {}, r"'a'.*class_names"),
        ((PAIR, X3, [0, 1, 2]), {}, r"class 2, but the network knows 2 classes, 0 to 1"),
        ((PAIR, X3, [0, 0.5, 1]), {}, r"class numbers 0, 1"),
        ((PAIR, X3, [0, -1, 1]), {}, r"class numbers 0, 1"),
        ((PAIR, [[0, 0], [1, math.nan], [0, 1]], Y3), {}, r"X has no finite number in row 1"),
        ((VALUES, X3, [0, 1, math.inf]), {}, r"y has no finite number in row 2"),
        ((PAIR, X3, Y3), {"class_names": ["a"]}, r"class_names has one name for each of the 2"),
        ((PAIR, X3, Y3), {"class_names": "ab"}, r"class_names has one name"),
        ((PAIR, X3, Y3), {"feature_names": ["a", "b", "c"]}, r"feature_names .* given 3"),
        ((PAIR, X3, Y3), {"predict": lambda P: P[:1]}, r"predict= takes points .* returned"),
        ((PAIR, X3, Y3), {"predict": lambda P: P[:, 0] - 9.5}, r"returns class numbers"),
        ((PAIR, X3, Y3), {"predict": lambda P: ["a"] * len(P)}, r"returned array\(\['a'"),
        ((VALUES, X3, Y3), {"predict": lambda P: P}, r"one value for each point.*2\)"),
        ((cp.Network.of(VALUES.architecture, [np.nan] * 3), X3, Y3), {}, r"not finite anywhere"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_explained(arguments, more, says):
    with pytest.raises(DataError, match=says):
        plot_decision_boundary(*arguments, **more)


def test_words_stand_as_they_are_written_and_fit():
    odd = ["cost ($) and price ($)", "_under \\frac"]
    figure = plot_decision_boundary(
        linear(), *MOONS, class_names=odd, feature_names=odd, title="$_{ " + "long " * 60
    )
    figure.savefig(io.BytesIO())
    ax = figure.axes[0]
    assert [ax.get_xlabel(), ax.get_ylabel()] == odd
    written = [t for t in figure.findobj(matplotlib.text.Text) if "$" in t.get_text()]
    assert len(written) == 3
    assert not any(t.get_parse_math() for t in written)
    lines = ax.get_title(loc="left").splitlines()
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert_nothing_is_cut_off(figure)


# Several networks


@pytest.mark.parametrize(
    ("n", "columns", "rows"),
    [(1, None, [1]), (2, None, [2]), (5, None, [3, 2]), (6, None, [3, 3]), (7, None, [4, 3]),
     (9, None, [3, 3, 3]), (7, 3, [3, 3, 1]), (2, 5, [2]), (7, 7, [7])],
)  # fmt: skip
def test_panels_stand_in_a_grid_without_empty_frames(n, columns, rows):
    panels = [(f"net {i}", cp.Network([2, 2], seed=i)) for i in range(n)]
    figure = plot_boundaries(panels, *MOONS, columns=columns)
    figure.draw_without_rendering()
    assert [ax.get_title(loc="left") for ax in figure.axes] == [title for title, _ in panels]
    tops = [round(ax.get_position().y1, 3) for ax in figure.axes]
    found = [tops.count(top) for top in sorted(set(tops), reverse=True)]
    assert found == rows
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in figure.axes}) == 1
    assert sum(ax.get_position().width for ax in figure.axes[: rows[0]]) > 0.7
    legends = figure.findobj(matplotlib.legend.Legend)
    assert len(legends) == 1
    assert [t.get_text() for t in legends[0].get_texts()] == ["class 0", "class 1", "wrong"]
    assert_nothing_is_cut_off(figure)
    box = legends[0].get_window_extent()
    assert not any(box.overlaps(ax.get_window_extent()) for ax in figure.axes)
    figure.axes[-1].set_xlim(0, 1)
    assert {ax.get_xlim() for ax in figure.axes} == {(0, 1)}


def test_panels_show_each_network_with_its_accuracy_and_loss():
    X, y = MOONS
    panels = [(str(seed), cp.Network([2, 4, 2], seed=seed)) for seed in range(3)]
    figure = plot_boundaries(panels, X, y, title="Three networks")
    for ax, (_, net) in zip(figure.axes, panels, strict=True):
        centres, painted, _ = shown(ax)
        assert (painted == net.predict(centres)).all()
        share = 100 * (net.predict(X) == y).mean()
        z = net.scores(X)
        loss = np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y])
        assert f"{share:g} % right, loss {loss:.4f}" in [t.get_text() for t in ax.texts]
    assert figure.get_suptitle() == "Three networks"
    figure = plot_boundaries(panels, X, y, losses=[1, 2, 3], class_names=["up", "low"])
    assert figure.axes[1].texts[0].get_text().endswith("loss 2.0000")
    assert {"up", "low"} <= set(texts(figure))


@pytest.mark.parametrize(
    ("panels", "more", "says"),
    [
        ([], {}, r"no panels to draw"),
        ([PAIR], {}, r"\(title, network\); not Network"),
        ([("a", VALUES)], {}, r"'a' predicts values.*plot_decision_boundary"),
        ([("a", PAIR)], {"columns": 0}, r"columns is a whole number, at least 1, not 0"),
        ([("a", PAIR)], {"columns": 1.5}, r"not 1.5"),
        ([("a", PAIR)], {"losses": [1, 2]}, r"losses .* given 2 for 1"),
        ([("a", PAIR)], {"predict": []}, r"predict .* given 0 for 1"),
        ([("a", cp.Network([5, 2]))], {}, r"5 inputs"),
        ([("a", PAIR)], {"class_names": ["one"]}, r"class_names"),
    ],
)
def test_panels_that_cannot_be_drawn_are_explained(panels, more, says):
    with pytest.raises(DataError, match=says):
        plot_boundaries(panels, X3, Y3, **more)
