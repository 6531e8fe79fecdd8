"""The picture of many runs is held to their losses, read back from the figure."""

import matplotlib.collections
import matplotlib.figure
import numpy as np
import pytest
from matplotlib.colors import to_hex

import clearprop as cp
from clearprop.errors import DataError
from clearprop.plots import plot_spread
from clearprop.plots.spread import STUCK, USUAL
from pictures import MOONS, assert_nothing_is_cut_off, boxes, texts


def two_piles(good=30, stuck=12, columns=50):
    """Losses that fall from about 1 to 0.1 or, for some, to 0.4 only."""
    rng = np.random.default_rng(0)
    ends = np.r_[rng.uniform(0.1, 0.102, good), rng.uniform(0.4, 0.402, stuck)]
    start = rng.uniform(0.8, 1.2, len(ends))
    return ends[:, None] + (start - ends)[:, None] * np.linspace(1, 0, columns) ** 3


def lines_of(ax):
    """Return the drawn curves by their colour."""
    found = {}
    for lines in ax.collections:
        assert isinstance(lines, matplotlib.collections.LineCollection)
        found[to_hex(lines.get_colors()[0])] = lines.get_segments()
    return found


def bars_of(ax):
    """Return (lowest loss, highest loss, count) of each bar, by colour."""
    found = {USUAL: [], STUCK: []}
    for bar in ax.patches:
        low, high = bar.get_y(), bar.get_y() + bar.get_height()
        found[to_hex(bar.get_facecolor())].append((low, high, bar.get_width()))
    return found


def test_every_run_is_a_line_and_is_counted_where_it_ends():
    losses = two_piles()
    left, right = plot_spread(losses, stuck=0.2).axes
    drawn = lines_of(left)
    for colour, rows in ((USUAL, losses[:30]), (STUCK, losses[30:])):
        ordered = rows[np.argsort(rows[:, -1])]
        np.testing.assert_array_equal([line[:, 1] for line in drawn[colour]], ordered)
        assert all((line[:, 0] == np.arange(1, 51)).all() for line in drawn[colour])
    bars = bars_of(right)
    for colour, count, low, high in ((USUAL, 30, 0.1, 0.102), (STUCK, 12, 0.4, 0.402)):
        assert sum(width for _, _, width in bars[colour]) == count
        width_of_bin = 1.05
        assert min(bar[0] for bar in bars[colour]) > low / width_of_bin
        assert max(bar[1] for bar in bars[colour]) < high * width_of_bin
    (median,) = left.lines
    np.testing.assert_array_equal(median.get_ydata(), np.median(losses, axis=0))
    assert left.get_ylim() == right.get_ylim()
    written = texts(left.figure)
    assert "a line for each; dark: the median; orange: 12 stuck" in written
    assert {text.split("\n")[0] for text in written} >= {"30 runs", "12 runs", "42 runs"}


def test_bars_of_both_kinds_stand_one_behind_the_other():
    losses = np.linspace(0.1, 2.0, 4000)[:, None]
    bars = plot_spread(losses, stuck=1.0).axes[1].patches
    ends = {}
    for bar in bars:
        ends.setdefault(bar.get_y(), []).append((bar.get_x(), bar.get_x() + bar.get_width()))
    assert [0] * len(ends) == [min(places)[0] for places in ends.values()]
    (both,) = [sorted(places) for places in ends.values() if len(places) == 2]
    assert both[0][1] == both[1][0]


def test_results_are_drawn_as_they_are():
    X, y = MOONS
    networks = [cp.Network([2, 3, 2], seed=seed) for seed in range(9)]
    results = cp.fit_many(networks, X, y, epochs=[40, *[700] * 8], learning_rate=0.05)
    left, right = plot_spread(results).axes
    (lines,) = lines_of(left).values()
    order = np.argsort([result.loss for result in results])
    assert len(lines) == 9
    for line, index in zip(lines, order, strict=True):
        result = results[index]
        epochs, values = line[np.isfinite(line[:, 1])].T
        assert epochs[-1] == result.epochs
        np.testing.assert_array_equal(values, result.losses[epochs.astype(int) - 1])
    assert left.get_xscale() == "log"
    assert sum(width for _, _, width in bars_of(right)[USUAL]) == 9
    given = plot_spread(results, final=np.linspace(1, 2, 9)).axes[1]
    assert min(bar[0] for bar in bars_of(given)[USUAL]) > 0.9


def test_of_very_many_runs_some_lines_are_drawn_and_all_are_counted():
    losses = two_piles(4000, 5)
    left, right = plot_spread(losses, stuck=0.2).axes
    assert sum(map(len, lines_of(left).values())) == 400
    bars = bars_of(right)
    assert sum(width for _, _, width in bars[USUAL]) == 4000
    widest = max(width for _, _, width in bars[USUAL])
    # Too few to be seen, and seen all the same.
    assert all(width >= 0.01 * widest for _, _, width in bars[STUCK])


def test_runs_that_broke_off_are_left_out_and_said_so():
    losses = two_piles()
    losses[3, 20:] = np.nan
    losses[4, -1] = np.inf
    figure = plot_spread(losses)
    drawn = lines_of(figure.axes[0])
    assert sum(map(len, drawn.values())) == 40
    assert any("2 not finite, left out" in text for text in texts(figure))


@pytest.mark.parametrize(
    ("losses", "log"),
    [(two_piles(), True), (two_piles() - 0.2, False), (1 + two_piles() / 10, False)],
)
def test_the_axis_is_logarithmic_where_that_shows_more(losses, log):
    left, _ = plot_spread(losses).axes
    assert (left.get_yscale() == "log") == log
    assert left.get_ylabel() == ("loss (logarithmic)" if log else "loss")


@pytest.mark.parametrize(
    ("runs", "more", "says"),
    [
        ([], {}, r"runs should be numbers in an array of shape \(n_runs, n_columns\)"),
        ([[]], {}, r"Given \(1, 0\)"),
        ([1, 2], {}, r"array of shape \(n_runs, n_columns\)"),
        (["ab"], {}, r"should be numbers"),
        ([[1, 2], [3]], {}, r"should be numbers"),
        ([[1, 2]], {"final": [1, 2]}, r"final has a number for each row.*\(1, 2\), \(2,\)"),
        ([[1, 2]], {"epochs": [1]}, r"epochs one for each column.*\(1,\)$"),
        ([[1, np.nan]], {}, r"no run has a finite final loss"),
    ],
)
def test_runs_that_cannot_be_drawn_are_explained(runs, more, says):
    with pytest.raises(DataError, match=says):
        plot_spread(runs, **more)


def test_results_without_an_epoch_are_explained():
    net = cp.Network([1, 1, 1], "relu", "squared_error")
    net = net.with_parameters(W1=[[1e200]], W2=[[1e200]])
    with pytest.warns(cp.ClearPropWarning):
        results = cp.fit_many([net], [[1.0]], [1.0])
    with pytest.raises(DataError, match="no run has completed an epoch"):
        plot_spread(results)


@pytest.mark.parametrize(
    "picture",
    [
        lambda: plot_spread(two_piles(), stuck=0.2, title="long " * 40),
        lambda: plot_spread([[3.0, 2.0]]),
        lambda: plot_spread([[7.0]]),
        lambda: plot_spread(np.ones((5, 3))),
        lambda: plot_spread(np.geomspace(1e-8, 1e9, 60).reshape(20, 3)),
        lambda: plot_spread(np.geomspace(1, 2, 8)[:, None] * np.ones(3), stuck=1.5),
        lambda: plot_spread(two_piles(), epochs=np.geomspace(1, 20_000, 50)),
    ],
)
def test_labels_neither_overlap_nor_are_cut_off(picture):
    figure = picture()
    assert_nothing_is_cut_off(figure)
    left, right = figure.axes
    labels = boxes(figure, [text for text in right.texts if text.get_text()])
    assert labels
    for number, box in enumerate(labels):
        assert not any(box.overlaps(other) for other in labels[:number])
    assert left.get_window_extent().width > 0.45 * figure.bbox.width


def test_it_is_written_where_it_is_asked_for(tmp_path):
    figure = plot_spread(two_piles(), path=tmp_path / "a.png")
    assert isinstance(figure, matplotlib.figure.Figure)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(DataError, match=r"\.png, \.svg or \.pdf"):
        plot_spread(two_piles(), path=tmp_path / "a.txt")
