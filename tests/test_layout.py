"""Where the gates of a picture stand: properties of every layout, and crossings."""

import time
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.errors import CircuitError
from clearprop.explanation.drawing_labels import place_labels
from clearprop.explanation.layout import MOST_BOXES, Box, Link, arrange


@st.composite
def circuits(draw):
    """Boxes of all sizes, each fed by some of those before it (perhaps twice by one)."""
    boxes, links = [], []
    for i in range(draw(st.integers(1, 24))):
        feeds = draw(st.lists(st.integers(0, i - 1), max_size=4)) if i else []
        sizes = [draw(st.floats(1, 60)) for _ in range(4)]
        boxes.append(Box(f"n{i}", *sizes, ports=len(feeds), ordered=draw(st.booleans())))
        links += [Link(f"n{source}", f"n{i}", port) for port, source in enumerate(feeds)]
    return boxes, draw(st.permutations(links))


@st.composite
def trees(draw):
    """Expressions in which nothing is used twice: they can be drawn without a crossing."""
    boxes, links, loose = [], [], []
    for i in range(draw(st.integers(1, 30))):
        count = min(draw(st.integers(0, 3)), len(loose))
        taken = [loose.pop(draw(st.integers(0, len(loose) - 1))) for _ in range(count)]
        boxes.append(Box(f"n{i}", ports=count, ordered=draw(st.booleans())))
        links += [Link(source, f"n{i}", port) for port, source in enumerate(taken)]
        loose.append(f"n{i}")
    boxes.append(Box("f", ports=len(loose)))
    links += [Link(source, "f", port) for port, source in enumerate(loose)]
    return boxes, links


def pieces(layout, links):
    """Return each piece of wire between two columns, those that wires share once."""
    found = set()
    for link, route in zip(links, layout.routes, strict=True):
        climbs = [(route[i], route[i + 1]) for i in range(0, len(route) - 1, 2)]
        found |= {(link.source, start, end) for start, end in climbs}
    return found


def crossings(layout, links):
    """Count, from the points alone, the pairs of pieces that change sides."""
    by_column = {}
    for source, (x1, y1), (x2, y2) in pieces(layout, links):
        by_column.setdefault((x1, x2), []).append((source, y1, y2))
    return sum(
        (a[1] - b[1]) * (a[2] - b[2]) < -1e-9
        for group in by_column.values()
        for a, b in combinations(group, 2)
        if a[0] != b[0]
    )


@settings(max_examples=40, deadline=None)
@given(circuits(), st.booleans())
def test_nothing_overlaps_and_wires_run_to_the_right(circuit, near):
    boxes, links = circuit
    layout = arrange(boxes, links, near=near)
    place = layout.places
    standing = {}
    for box in boxes:
        at = place[box.key]
        standing.setdefault(at.column, []).append((at.y - box.above, at.y + box.below))
        assert at.start - box.lead >= at.left - 1e-6
        assert at.start + box.tail <= at.right + 1e-6
        assert at.right <= layout.width + 1e-6
        assert at.y - box.above >= -0.011
        assert at.y + box.below <= layout.height + 0.011
    for spans in standing.values():
        for (_, low), (high, _) in pairwise(sorted(spans)):
            assert low <= high
    for link, route in zip(links, layout.routes, strict=True):
        assert place[link.source].column < place[link.target].column
        assert route[0] == (place[link.source].right, place[link.source].y)
        assert route[-1][0] == place[link.target].left
        across = [x for x, _ in route]
        assert across == sorted(set(across))
        # Where it passes a column, it is level, and meets none of the boxes there.
        for (x1, y1), (_, y2) in zip(route[1::2], route[2::2], strict=False):
            assert y1 == y2
            column = next(at.column for at in place.values() if at.left == x1)
            assert not any(low < y1 < high for low, high in standing[column])


@settings(max_examples=40, deadline=None)
@given(circuits(), st.booleans())
def test_crossings_are_counted_as_they_are_drawn(circuit, near):
    boxes, links = circuit
    layout = arrange(boxes, links, near=near)
    assert crossings(layout, links) == layout.crossings


@settings(max_examples=40, deadline=None)
@given(trees(), st.booleans())
def test_what_can_be_drawn_without_crossings_is(tree, near):
    boxes, links = tree
    unordered = [Box(box.key, ports=box.ports) for box in boxes]
    assert arrange(unordered, links, near=near).crossings == 0
    assert arrange(boxes, links, near=near).crossings == 0


@settings(max_examples=20, deadline=None)
@given(circuits())
def test_ports_with_an_order_keep_it(circuit):
    boxes, links = circuit
    layout = arrange(boxes, links)
    heights = {}
    for link, route in zip(links, layout.routes, strict=True):
        heights.setdefault(link.target, []).append((link.port, route[-1][1]))
    for box in boxes:
        if box.ports > 1:
            found = [height for _, height in sorted(heights[box.key])]
            assert len(set(found)) == box.ports
            assert not box.ordered or found == sorted(found)


def test_a_chain_is_a_straight_line():
    boxes = [Box("x"), *(Box(f"g{i}", ports=1) for i in range(6))]
    links = [Link(a.key, b.key) for a, b in pairwise(boxes)]
    layout = arrange(boxes, links)
    assert len({place.y for place in layout.places.values()}) == 1
    assert [layout.places[box.key].column for box in boxes] == list(range(7))


def test_inputs_stand_at_the_left_or_near_what_they_feed():
    boxes = [Box("x"), Box("a", ports=1), Box("b", ports=1), Box("w"), Box("f", ports=2)]
    links = [Link("x", "a"), Link("a", "b"), Link("b", "f", 0), Link("w", "f", 1)]
    assert arrange(boxes, links).places["w"].column == 0
    assert arrange(boxes, links, near=True).places["w"].column == 2


@pytest.mark.parametrize(
    ("boxes", "links", "says"),
    [
        ([Box(f"n{i}") for i in range(MOST_BOXES + 1)], [], "at most 1,500"),
        ([Box("a"), Box("b")], [Link("a", "b"), Link("b", "a")], "no loops"),
        (
            [Box(f"n{i}") for i in range(400)],
            [Link(f"n{i}", f"n{j}", i) for j in range(400) for i in {0, 100, j - 1} if 0 <= i < j]
            + [Link(f"n{i}", "n399", i) for i in range(398)],
            "pass each other",
        ),
    ],
)
def test_what_no_picture_can_show_is_refused(boxes, links, says):
    with pytest.raises(CircuitError, match=says):
        arrange(boxes, links)


def test_a_thousand_gates_take_about_a_second():
    boxes = [Box(f"n{i}", ports=2 if i > 99 else 0) for i in range(1_000)]
    links = [
        Link(f"n{i - 1 - (i * k) % 90}", f"n{i}", port)
        for i in range(100, 1_000)
        for port, k in enumerate((7, 11))
    ]
    start = time.process_time()
    layout = arrange(boxes, links)
    assert time.process_time() - start < 6  # about 1 on a quiet machine
    assert len(layout.places) == 1_000


def test_labels_stand_on_their_own_lines_and_apart():
    lines = [(0.0, 60.0 * i, 200.0, 60.0 * j) for i in range(2) for j in range(3)]
    spots = place_labels([(line, 60.0) for line in lines])
    for (x1, y1, x2, y2), (x, y) in zip(lines, spots, strict=True):
        assert y == pytest.approx(y1 + (y2 - y1) * (x - x1) / (x2 - x1))
    for (x, y), (u, v) in combinations(spots, 2):
        assert abs(x - u) >= 60 or abs(y - v) >= 15
