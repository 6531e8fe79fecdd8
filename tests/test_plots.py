"""Pictures are held to what the network says and to the losses given, read back from the figure."""

import io
import math
import pickle
import struct
import subprocess
import sys

import matplotlib.axis
import matplotlib.collections
import matplotlib.colors
import matplotlib.contour
import matplotlib.figure
import matplotlib.image
import matplotlib.legend
import matplotlib.text
import numpy as np
import pytest

import clearprop as cp
from clearprop.data import make_moons, make_spirals
from clearprop.errors import DataError, MissingExtraError
from clearprop.plots import plot_boundaries, plot_decision_boundary, plot_loss

MOONS = make_moons(200, noise=0.2, random_state=0)


def linear(loss="softmax_cross_entropy", outputs=2, scale=1.0):
    """Return a network whose class 1 is where x0 + 2·x1 > 0.5; its score there is the excess."""
    net = cp.Network([2, outputs], loss=loss)
    W, b = np.zeros((2, outputs)), np.zeros(outputs)
    W[:, -1], b[-1] = (scale, 2 * scale), -0.5 * scale
    return net.with_parameters(W1=W, b1=b)


def class_colours(ax):
    """Return the colour of each class's points, in the order in which they were drawn."""
    filled = [c for c in ax.collections if len(c.get_offsets()) and len(c.get_facecolors())]
    return [c.get_facecolors()[0, :3] for c in filled if hasattr(c, "get_sizes")]


def shown(ax):
    """Return each pixel's centre and the class whose colour it has been tinted with."""
    image = ax.images[0]
    rows, columns = image.get_array().shape[:2]
    left, right, bottom, top = image.get_extent()
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    y = bottom + (np.arange(rows) + 0.5) * (top - bottom) / rows
    centres = np.stack(np.meshgrid(x, y if image.origin == "lower" else y[::-1]), axis=-1)
    centres = centres.reshape(-1, 2)
    tint = 1 - np.asarray(image.get_array()).reshape(-1, 3)
    towards = 1 - np.array(class_colours(ax))
    cosines = (tint @ towards.T) / np.linalg.norm(towards, axis=1)
    return centres, cosines.argmax(axis=1), np.linalg.norm(tint, axis=1)


def boundary_lines(ax):
    """Return the corners of the lines where the answer changes."""
    lines = [c for c in ax.collections if isinstance(c, matplotlib.contour.ContourSet)]
    return np.vstack([p.vertices for c in lines for p in c.get_paths() if len(p.vertices)])


def rings(ax):
    """Return the points that are marked as wrong."""
    hollow = [c for c in ax.collections if hasattr(c, "get_sizes") and not len(c.get_facecolors())]
    return np.vstack([c.get_offsets() for c in hollow]) if hollow else np.empty((0, 2))


def texts(figure):
    """Return all that is written in a figure."""
    return [t.get_text() for t in figure.findobj(matplotlib.text.Text) if t.get_text().strip()]


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


@pytest.mark.parametrize(
    ("draw", "kind"),
    [("boundary", "png"), ("boundary", "svg"), ("boundaries", "png"), ("boundaries", "pdf"),
     ("loss", "png"), ("loss", "PNG"), ("loss", "svg"), ("loss", "pdf")],
)  # fmt: skip
def test_pictures_are_written(tmp_path, kind, draw):
    path = tmp_path / f"a picture.{kind}"
    figure = _drawn(draw, path=path)
    data = path.read_bytes()
    if kind.lower() == "png":
        width, height = struct.unpack(">II", data[16:24])
        assert width == 1400
        assert 300 <= height <= 1400
        assert matplotlib.image.imread(io.BytesIO(data)).std() > 0.02
    else:
        assert (b"<svg" in data[:500]) if kind == "svg" else data.startswith(b"%PDF")
        assert b"<dc:date>" not in data
    again = tmp_path / f"again.{kind}"
    _drawn(draw, path=str(again))
    if kind != "svg":
        assert again.read_bytes() == data
    assert isinstance(figure, matplotlib.figure.Figure)


def _drawn(draw, **more):
    if draw == "loss":
        return plot_loss([0.9, 0.5, 0.4], **more)
    if draw == "boundary":
        return plot_decision_boundary(linear(), *MOONS, **more)
    return plot_boundaries([("a", linear()), ("b", linear())], *MOONS, **more)


@pytest.mark.parametrize("draw", ["boundary", "boundaries", "loss"])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no/such/place.png", r"no folder .*no/such.* make it first"),
        ("picture.gif", r"'picture.gif' does not say .* \.png, \.svg or \.pdf"),
        ("picture", r"end the name in"),
        ("folder.png", r"cannot be written"),
    ],
)
def test_a_path_that_cannot_be_is_refused(tmp_path, draw, name, says):
    (tmp_path / "folder.png").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DataError, match=says):
        _drawn(draw, path=tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before


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


def test_given_axes_are_drawn_on():
    figure = matplotlib.figure.Figure(figsize=(9, 3))
    part, other = figure.subfigures(1, 2)
    ax, loss_ax = part.subplots(), other.subplots()
    assert plot_decision_boundary(linear(), *MOONS, ax=ax) is figure
    assert plot_loss([3.0, 2.0], ax=loss_ax) is figure
    assert len(ax.images) == 1
    assert loss_ax.lines
    assert len(figure.axes) == 2


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
    _assert_nothing_is_cut_off(figure)


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
    _assert_nothing_is_cut_off(figure)
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


# Losses


def curve(ax, number=0):
    """Return the drawn line of a run; the dots at its ends are lines of their own."""
    line = [line for line in ax.lines if line.get_linestyle() != "None"][number]
    return np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)


def bands(ax):
    """Return the corners of the bands around means."""
    return [
        c.get_paths()[0].vertices
        for c in ax.collections
        if isinstance(c, matplotlib.collections.PolyCollection)
    ]


def test_a_curve_is_the_losses_that_were_given():
    X, y = MOONS
    result = cp.fit(cp.Network([2, 3, 2]), X, y, epochs=30)
    for given in (result, result.losses, list(result.losses)):
        x, values = curve(plot_loss(given).axes[0])
        np.testing.assert_array_equal(values, result.losses)
        np.testing.assert_array_equal(x, np.arange(30))
    x, _ = curve(plot_loss(result, every=1000).axes[0])
    np.testing.assert_array_equal(x, 1000 * np.arange(30))


def test_the_ends_and_thousands_are_written():
    losses = np.linspace(0.583940477, 0.25, 1501)
    figure = plot_loss(losses)
    figure.draw_without_rendering()
    assert {"0.5839", "0.2500", "1,000", "epoch", "loss"} <= set(texts(figure))
    labels = [t.get_text() for t in figure.axes[0].get_xticklabels()]
    assert "1,500" in labels


def swinging(n=20_000):
    """Return losses like the tutorial's: a steep start, then a swing between two values."""
    losses = np.where(np.arange(n) % 2, 0.0713, 0.0707)
    losses[: n // 20] = 0.071 + 0.5 * np.exp(-np.arange(n // 20) / (n / 300))
    return losses


def test_a_curve_that_swings_is_a_mean_in_a_band():
    losses = swinging()
    losses[12_345] = 0.3
    figure = plot_loss(losses)
    ax = figure.axes[0]
    x, mean = curve(ax)
    assert len(x) < 1500
    assert (x[0], mean[0]) == (0, losses[0])
    late = (x > 2000) & (x < 12_000)
    np.testing.assert_allclose(mean[late], 0.0710, atol=1e-12)
    (band,) = bands(ax)
    assert len(band) < 6000
    assert band[:, 1].max() == losses[:40].max()
    here = band[np.abs(band[:, 0] - 12_345) < 60]
    assert here[:, 1].max() == 0.3  # no spike is lost
    there = band[(band[:, 0] > 5000) & (band[:, 0] < 9000)]
    assert set(there[:, 1]) == {0.0707, 0.0713}
    assert "line: mean of every 40 epochs; band: least to largest" in texts(figure)


def test_what_is_too_flat_to_be_seen_is_drawn_once_more_enlarged():
    ax = plot_loss(swinging()).axes[0]
    (inset,) = ax.child_axes
    low, high = inset.get_ylim()
    assert low < 0.0707 < 0.0713 < high
    assert (0.0713 - 0.0707) / (high - low) > 0.4
    start, end = inset.get_xlim()
    assert 0 < start < 2000
    assert end > 19_999
    assert f"the same from epoch {start:,.0f}, enlarged" in [t.get_text() for t in inset.texts]


@pytest.mark.parametrize(
    "losses",
    [np.linspace(1, 0, 500), np.full(500, 0.3), np.linspace(0, 1, 500), swinging()[:30],
     np.r_[np.full(20, 0.1), np.full(500, 2.0) + 0.01 * np.sin(np.arange(500))]],
    ids=["falls slowly", "flat", "rises", "few", "flat above"],
)  # fmt: skip
def test_nothing_is_enlarged_without_need_or_room(losses):
    assert not plot_loss(losses).axes[0].child_axes


@pytest.mark.parametrize(
    ("losses", "more", "names"),
    [
        ([3, 2], {"compare": [3, 1]}, ["this run", "other run"]),
        ([3, 2], {"compare": [3, 1], "labels": ["a", "b"]}, ["a", "b"]),
        ([3, 2], {"compare": {"b": [3, 1]}, "labels": "a"}, ["a", "b"]),
        ([3, 2], {"compare": {"b": [3, 1], "c": [3, 2]}}, ["this run", "b", "c"]),
        ({"a": [3, 2], "b": [3, 1]}, {}, ["a", "b"]),
    ],
)
def test_runs_are_compared_by_name(losses, more, names):
    figure = plot_loss(losses, **more)
    ax = figure.axes[0]
    labels = [t.get_text() for t in ax.texts if "→" in t.get_text()]
    assert [label.splitlines()[0] for label in labels] == names
    for number, label in enumerate(labels):
        _, values = curve(ax, number)
        assert label.splitlines()[1] == f"{values[0]:.3f} → {values[-1]:.3f}"
    drawn = [line.get_color() for line in ax.lines if line.get_linestyle() != "None"]
    assert len(set(drawn)) == len(names)


def test_runs_of_another_length_keep_their_own_epochs():
    ax = plot_loss(np.ones(10), compare=np.ones(400) * 2).axes[0]
    assert curve(ax)[0][-1] == 9
    assert curve(ax, 1)[0][-1] == 399


def test_the_logarithmic_axis_leaves_out_what_it_cannot_show():
    ax = plot_loss([10, 0, 1, -1, 0.1], log=True).axes[0]
    assert ax.get_yscale() == "log"
    x, values = curve(ax)
    assert x.tolist() == [0, 2, 4]
    assert values.tolist() == [10, 1, 0.1]
    low, high = ax.get_ylim()
    assert 0 < low < 0.1
    assert high > 10


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e301])
@pytest.mark.parametrize("log", [False, True])
def test_a_run_that_broke_off_is_drawn_up_to_there(bad, log):
    figure = plot_loss([2.0, 3.0, 500.0, bad], log=log)
    figure.draw_without_rendering()
    assert curve(figure.axes[0])[1].tolist() == [2, 3, 500]
    assert "500.0,\nthen not finite" in texts(figure)


def test_notes_stand_where_they_belong():
    losses = swinging()
    figure = plot_loss(losses, notes={10_000: "it swings", 300: "steep"})
    ax = figure.axes[0]
    assert [t.get_text() for t in ax.texts if t.get_text() == "steep"]
    (note,) = [t for t in ax.child_axes[0].texts if t.get_text() == "it swings"]
    assert note.xy[0] == 10_000
    assert 0.0707 <= note.xy[1] <= 0.0713
    figure = plot_loss([3, 2, 1], notes="a remark " * 12)
    assert any(text.startswith("a remark") for text in texts(figure))
    _assert_nothing_is_cut_off(figure)


@pytest.mark.parametrize(
    ("losses", "more", "says"),
    [
        ([], {}, r"empty: the run has not completed an epoch"),
        ([[1, 2]], {}, r"one number for each epoch.*\(1, 2\)"),
        (["a"], {}, r"a Result or a sequence of numbers"),
        ([math.nan, math.inf], {}, r"hold no finite numbers"),
        ([0, -1], {"log": True}, r"above 0, which a logarithmic axis needs"),
        ([1, 2], {"labels": ["a", "b"]}, r"which are 1; given 2"),
        ([1, 2], {"compare": [1], "labels": "a"}, r"which are 2; given 1"),
        ([1, 2], {"every": 0}, r"every is a number of epochs, at least 1, not 0"),
        ([1, 2], {"every": 1.5}, r"not 1.5"),
        ({}, {}, r"no run to draw"),
        ([1, 2], {"compare": {"b": []}}, r"losses of 'b' are empty"),
    ],
)
def test_losses_that_cannot_be_drawn_are_explained(losses, more, says):
    with pytest.raises(DataError, match=says):
        plot_loss(losses, **more)


# All pictures


def _boxes(figure, artists):
    figure.draw_without_rendering()
    return [artist.get_window_extent() for artist in artists]


def _within(tick):
    """Return whether a tick is drawn: matplotlib makes some beyond the end of the axis."""
    axis = tick.axes.xaxis if isinstance(tick, matplotlib.axis.XTick) else tick.axes.yaxis
    low, high = sorted(axis.get_view_interval())
    return low <= tick.get_loc() <= high


def _assert_nothing_is_cut_off(figure):
    figure.draw_without_rendering()
    ticks = figure.findobj(matplotlib.axis.Tick)
    unused = {tick.label1 for tick in ticks if not _within(tick)}
    for artist in figure.findobj(matplotlib.text.Text):
        if not artist.get_text().strip() or not artist.get_visible() or artist in unused:
            continue
        box = artist.get_window_extent()
        assert box.x0 >= 0, artist
        assert box.y0 >= 0, artist
        assert box.x1 <= figure.bbox.x1, artist
        assert box.y1 <= figure.bbox.y1, artist


NOISE = np.random.RandomState(0).rand(5000)


@pytest.mark.parametrize(
    "picture",
    [
        lambda: plot_loss(swinging(), notes="said " * 40),
        lambda: plot_loss(swinging(), compare=swinging() - 1e-4),
        lambda: plot_loss({f"run {i}": swinging() + i * 1e-5 for i in range(9)}, log=True),
        lambda: plot_loss(np.exp(np.arange(60) * 1.2), title="long " * 40),
        lambda: plot_loss(0.1 + NOISE / 10, compare={"a name of many letters " * 4: NOISE * 2}),
        lambda: plot_loss([7.0]),
        lambda: plot_loss([1e7, 2e5], log=True),
    ],
)
def test_end_labels_neither_overlap_nor_are_cut_off(picture):
    figure = picture()
    _assert_nothing_is_cut_off(figure)
    ax = figure.axes[0]
    right = ax.get_window_extent().x1
    ends = [b for b in _boxes(figure, [t for t in ax.texts if t.get_text()]) if b.x0 > right]
    assert ends
    for number, box in enumerate(ends):
        assert not any(box.overlaps(other) for other in ends[:number])
    assert ax.get_window_extent().width > 0.45 * figure.bbox.width


def test_small_pictures_are_left_readable():
    figure = matplotlib.figure.Figure(figsize=(3, 2.4), layout="constrained")
    plot_loss(swinging(), ax=figure.subplots())
    assert not figure.axes[0].child_axes
    _assert_nothing_is_cut_off(figure)


def test_a_notebook_shows_a_figure_and_a_figure_can_be_kept():
    figure = plot_loss([2.0, 1.0])
    png, size = figure._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert size["width"] == 700
    assert pickle.loads(pickle.dumps(figure)).axes[0].get_xlabel() == "epoch"


def _python(code):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()


def test_matplotlib_is_loaded_late_and_pyplot_never():
    _python(
        "import sys, clearprop as cp, clearprop.plots as plots\n"
        "assert 'matplotlib' not in sys.modules\n"
        "nets = [('a', cp.Network([2, 2])), ('b', cp.Network([2, 3, 2]))]\n"
        "X, y = [[0, 1], [1, 0]], [0, 1]\n"
        "plots.plot_loss([2, 1])._repr_png_()\n"
        "plots.plot_decision_boundary(nets[0][1], X, y)\n"
        "plots.plot_boundaries(nets, X, y)\n"
        "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules\n"
    )


@pytest.mark.parametrize("draw", ["boundary", "boundaries", "loss"])
def test_a_missing_matplotlib_is_named_with_its_cure(monkeypatch, draw):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r'pip install "clearprop\[plot\]"'):
        _drawn(draw)


def test_settings_of_others_are_neither_used_up_nor_changed():
    before = dict(matplotlib.rcParams)
    for draw in ("boundary", "boundaries", "loss"):
        _drawn(draw).savefig(io.BytesIO())
    assert dict(matplotlib.rcParams) == before
    white = np.array(matplotlib.colors.to_rgba("white"))
    with matplotlib.rc_context({"figure.facecolor": "black", "text.color": "white"}):
        figure = _drawn("loss")
    np.testing.assert_array_equal(figure.get_facecolor(), white)
    dark = [t for t in figure.axes[0].texts if sum(matplotlib.colors.to_rgb(t.get_color())) > 2]
    assert not dark
