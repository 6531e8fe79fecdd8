"""Paper and ink: figures that pyplot knows nothing of, their titles, and files of them."""

from __future__ import annotations

import io
import os
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, MissingExtraError
from . import palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

FORMATS = ("png", "svg", "pdf")
PIXELS = 1400  # the width of a PNG
ROOM = 430.0  # points beside each other above the axes of a picture of its own


def new_figure(width: float, height: float, dpi: float | None = None) -> Figure:
    """Return an empty figure of that size in inches; as PNG it is ``PIXELS`` wide by default.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401, PLC0415
    except ImportError as error:
        if (error.name or "matplotlib").partition(".")[0] != "matplotlib":
            raise
        raise MissingExtraError("matplotlib", "plot", "drawing a picture") from None
    from .picture import Picture  # noqa: PLC0415

    figure = Picture(
        figsize=(width, height), dpi=dpi or PIXELS / width, facecolor="white",
        layout="constrained",
    )  # fmt: skip
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(w_pad=0.14, h_pad=0.14)  # type: ignore[call-arg]
    return figure


def check_path(path: str | os.PathLike[str] | None) -> Path | None:
    """Return where a picture goes, having seen before any work that it can go there.

    Raises
    ------
    DataError
        If the ending is none of ``FORMATS``, or there is no such folder.
    """
    if path is None:
        return None
    place = Path(path)
    if place.suffix[1:].lower() not in FORMATS:
        raise DataError(
            f"{place.name!r} does not say what kind of picture it is: end the name in .png, .svg "
            "or .pdf"
        )
    if not place.parent.is_dir():
        raise DataError(
            f"there is no folder {str(place.parent)!r} for {place.name}; make it first, or choose "
            "another"
        )
    return place


def finish(figure: Figure, place: Path | None) -> Figure:
    """Write the figure to its place, if it has one, and return it."""
    if place is None:
        return figure
    buffer = io.BytesIO()
    form = place.suffix[1:].lower()
    undated: dict[str, Any] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    figure.savefig(buffer, format=form, dpi=figure.dpi, metadata=undated.get(form))
    try:
        place.write_bytes(buffer.getvalue())
    except OSError as error:
        raise DataError(f"{str(place)!r} cannot be written: {error.strerror or error}") from None
    return figure


def root_of(home: Axes | Figure) -> Figure:
    """Return the figure that holds the axes, also where they stand in a part of it."""
    figure: Any = home.figure
    while getattr(figure, "figure", figure) is not figure:
        figure = figure.figure
    found: Figure = figure
    return found


def inks(home: Axes | Figure) -> tuple[str, str]:
    """Return the colours of strong and of soft text around axes, light on a dark figure."""
    from matplotlib.colors import to_rgba  # noqa: PLC0415

    red, green, blue, alpha = to_rgba(root_of(home).get_facecolor())
    dark = alpha > 0.5 and 0.3 * red + 0.59 * green + 0.11 * blue < 0.4
    return ("#f2f4f6", "#b4bcc4") if dark else (palette.INK, palette.SOFT_INK)


def width_of(ax: Axes) -> float:
    """Return the width of the axes in points, before a layout changes it."""
    return float(root_of(ax).get_figwidth() * 72 * max(ax.get_position().width, 0.05))


def scale_of(ax: Axes) -> float:
    """Return how much smaller than usual things are drawn on narrow axes, from 0.7 to 1."""
    return min(1.0, max(0.7, width_of(ax) / 360))


def dress(
    ax: Axes, xlabel: str = "", ylabel: str = "", *, size: float = 9.5, inside: bool = False
) -> None:
    """Give the axes the look of the house: thin lines, quiet numbers, labels as they are written.

    A dollar sign in a label is a dollar sign, not the start of a formula. ``inside`` says that
    the axes lie in other ones, whose paper is white.
    """
    strong, soft = (palette.INK, palette.SOFT_INK) if inside else inks(ax)
    ax.set_facecolor("white")
    ax.grid(visible=False)
    ax.tick_params(which="both", color=palette.FAINT, labelcolor=soft, width=0.8)
    ax.tick_params(labelsize=size - 0.8, length=3)
    for spine in ax.spines.values():
        spine.set(color=palette.FAINT, linewidth=0.9)
    ax.set_xlabel(xlabel, color=strong, fontsize=size, labelpad=6, parse_math=False)
    ax.set_ylabel(ylabel, color=strong, fontsize=size, labelpad=6, parse_math=False)
    if len(ylabel) <= 3:
        ax.yaxis.label.set(rotation=0, verticalalignment="center", horizontalalignment="right")


def entitle(
    ax: Axes, title: str, subtitle: str = "", *, size: float = 13, room: float | None = None
) -> None:
    """Write a title, and a quieter line below it, above the left edge of the axes.

    ``room`` is the width that they may take, in points.
    """
    strong, soft = inks(ax)
    small = 0.74 * size
    wide = width_of(ax) if room is None else room
    size = max(0.8 * size, min(size, wide / (0.57 * max(len(title), 1))))  # rather than two lines
    ax.set_title(
        wrapped(title, wide / (0.57 * size)), loc="left", color=strong, fontsize=size,
        fontweight="bold", pad=1.95 * small if subtitle else 0.6 * size, parse_math=False,
    )  # fmt: skip
    if subtitle:
        # Outside the layout, which would narrow the axes to make room for its width.
        ax.annotate(
            wrapped(subtitle, wide / (0.5 * small), 1), (0, 1), (0, 0.55 * small), color=soft,
            xycoords="axes fraction", textcoords="offset points", fontsize=small,
            parse_math=False,
        ).set_in_layout(False)  # fmt: skip


def wrapped(text: str, columns: float, lines: int = 2) -> str:
    """Return the text in lines of that many letters; what is too long ends in dots.

    >>> wrapped("the loss of a very long run", 14).splitlines()
    ['the loss of a', 'very long run']
    >>> wrapped("unpronounceable", 8, 1)
    'unprono…'
    """
    width = max(int(columns), 2)
    found: list[str] = []
    for line in text.splitlines() or [""]:
        found += textwrap.wrap(line, width, break_long_words=True) or [""]
    if len(found) > lines:
        found = [*found[: lines - 1], found[lines - 1][: width - 1].rstrip() + "…"]
    return "\n".join(found)


def legend(
    home: Axes | Figure, handles: Sequence[Any], names: Sequence[str], **where: Any
) -> Legend:
    """Add a legend whose texts stand there as written (matplotlib drops ``_names``)."""
    look: dict[str, Any] = {
        "frameon": False, "fontsize": 9, "handletextpad": 0.5, "borderaxespad": 0,
        "labelspacing": 0.65,
    }  # fmt: skip
    made = home.legend(handles, [" "] * len(handles), **look | where)
    strong = palette.INK if made.get_frame_on() else inks(home)[0]
    for text, name in zip(made.get_texts(), names, strict=True):
        text.set(text=wrapped(name, 20), color=strong, parse_math=False)
    return made
