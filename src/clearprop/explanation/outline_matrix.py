"""What the page about a matrix form says."""

from __future__ import annotations

from collections.abc import Iterable

from .matrix_data import Line, MatrixForm
from .outline import ArrayLine, Outline, Section, Words, plain
from .outlining import about_network, array_notes


def outline_of(form: MatrixForm, digits: int = 6) -> Outline:
    """Return what a page about a matrix form says; ``digits`` has no numbers to act on."""
    whole = [] if form.whole is None else [form.whole]
    sections = [
        Section("whole", Words("matrix whole"), _lines(whole)),
        Section("where", Words("matrix where"), _lines(form.definitions, shapes=False)),
        Section("forward", Words("forward"), _lines(form.forward)),
        Section("back", Words("matrix steps"), (*_lines(form.steps), Words("matrix signs"))),
    ]
    about = [about_network(form.layers, form.activations, form.loss)]
    if form.entry:
        about.append(Words("matrix asked", {"entry": plain(form.entry), "array": plain(form.wrt)}))
    return Outline(
        Words("matrix", {"derivative": plain(f"∂L/∂{form.wrt}")}),
        tuple(about),
        tuple(section for section in sections if section.lines),
        notes=array_notes(form),
    )


def _lines(lines: Iterable[Line], *, shapes: bool = True) -> tuple[ArrayLine, ...]:
    return tuple(ArrayLine(line.name, line.formula, shapes) for line in lines)
