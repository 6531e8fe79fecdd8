"""Loss curves are held to the losses given, read back from the figure."""

import math

import matplotlib.figure
import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import DataError
from clearprop.plots import plot_loss
from pictures import MOONS, assert_nothing_is_cut_off, bands, boxes, curve, swinging, texts


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
    assert_nothing_is_cut_off(figure)


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
    assert_nothing_is_cut_off(figure)
    ax = figure.axes[0]
    right = ax.get_window_extent().x1
    ends = [b for b in boxes(figure, [t for t in ax.texts if t.get_text()]) if b.x0 > right]
    assert ends
    for number, box in enumerate(ends):
        assert not any(box.overlaps(other) for other in ends[:number])
    assert ax.get_window_extent().width > 0.45 * figure.bbox.width


def test_small_pictures_are_left_readable():
    figure = matplotlib.figure.Figure(figsize=(3, 2.4), layout="constrained")
    plot_loss(swinging(), ax=figure.subplots())
    assert not figure.axes[0].child_axes
    assert_nothing_is_cut_off(figure)
