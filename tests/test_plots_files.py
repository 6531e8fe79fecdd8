"""What all pictures have in common: files, axes of others, notebooks, and a late matplotlib."""

import io
import pickle
import struct
import subprocess
import sys

import matplotlib.colors
import matplotlib.figure
import matplotlib.image
import numpy as np
import pytest

from clearprop.errors import DataError, MissingExtraError
from clearprop.plots import plot_decision_boundary, plot_loss
from pictures import MOONS, drawn, linear


@pytest.mark.parametrize(
    ("draw", "kind"),
    [("boundary", "png"), ("boundary", "svg"), ("boundaries", "png"), ("boundaries", "pdf"),
     ("loss", "png"), ("loss", "PNG"), ("loss", "svg"), ("loss", "pdf")],
)  # fmt: skip
def test_pictures_are_written(tmp_path, kind, draw):
    path = tmp_path / f"a picture.{kind}"
    figure = drawn(draw, path=path)
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
    drawn(draw, path=str(again))
    if kind != "svg":
        assert again.read_bytes() == data
    assert isinstance(figure, matplotlib.figure.Figure)


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
        drawn(draw, path=tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before


def test_given_axes_are_drawn_on():
    figure = matplotlib.figure.Figure(figsize=(9, 3))
    part, other = figure.subfigures(1, 2)
    ax, loss_ax = part.subplots(), other.subplots()
    assert plot_decision_boundary(linear(), *MOONS, ax=ax) is figure
    assert plot_loss([3.0, 2.0], ax=loss_ax) is figure
    assert len(ax.images) == 1
    assert loss_ax.lines
    assert len(figure.axes) == 2


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
        drawn(draw)


def test_settings_of_others_are_neither_used_up_nor_changed():
    before = dict(matplotlib.rcParams)
    for draw in ("boundary", "boundaries", "loss"):
        drawn(draw).savefig(io.BytesIO())
    assert dict(matplotlib.rcParams) == before
    white = np.array(matplotlib.colors.to_rgba("white"))
    with matplotlib.rc_context({"figure.facecolor": "black", "text.color": "white"}):
        figure = drawn("loss")
    np.testing.assert_array_equal(figure.get_facecolor(), white)
    dark = [t for t in figure.axes[0].texts if sum(matplotlib.colors.to_rgb(t.get_color())) > 2]
    assert not dark
