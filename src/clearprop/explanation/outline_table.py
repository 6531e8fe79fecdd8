"""What the page about all parameters says: their table, and how their arrays are computed."""

from __future__ import annotations

from collections.abc import Iterator

from . import reading
from .all_parameters import ParameterTable
from .derivative_names import derivative_name
from .figures import significant
from .outline import Outline, Section, Side, Table, Words, figure, plain
from .outlining import about_network, array_notes, matrix_section


def outline_of(table: ParameterTable, digits: int = 9) -> Outline:
    """Return what a page about a network's parameters says.

    Raises
    ------
    CircuitError
        If the digits are no whole number from 1 to 17.
    """
    significant(0.0, digits)  # which says what is wrong with them
    about = table.subject
    every = "all parameters" if table.wrt == "all" else "all numbers"
    network = [about_network(about.layers, about.activations, about.loss)]
    if about.n_samples > 1:
        how = Words(about.reduction)
        template = "weighted samples" if about.weights else "samples"
        network.append(Words(template, {"count": about.n_samples, "reduction": how}))
    rows = Table(tuple(_head(table)), tuple(tuple(row) for row in _rows(table, digits)))
    return Outline(
        Words(every, {"name": plain(table.wrt)}),
        tuple(network),
        (
            Section("table", Words("parameters"), (rows,)),
            *matrix_section(table.matrix, table.wrt, about.n_samples),
        ),
        notes={**_notes(table, digits), **array_notes(table.matrix)},
    )


def _head(table: ParameterTable) -> Iterator[Words | Side]:
    slope = reading.name(derivative_name("loss", "w"))
    yield from (Words("name"), Words("value"), Side(slope))
    if table.learning_rate is not None:
        rate = reading.number(table.learning_rate)
        step = reading.call("multiply", rate, slope)
        yield Side(reading.call("subtract", reading.name("w"), step))


def _rows(table: ParameterTable, digits: int) -> Iterator[list[Side]]:
    for row in table.rows:
        numbers = [row.value, row.gradient, *([] if row.updated is None else [row.updated])]
        yield [plain(row.name), *(figure(one, digits) for one in numbers)]


def _notes(table: ParameterTable, digits: int) -> dict[str, str]:
    return {
        row.name: f"{row.name} = {significant(row.value, digits)}"
        f"    ∂loss/∂{row.name} = {significant(row.gradient, digits)}"
        for row in table.rows
    }
