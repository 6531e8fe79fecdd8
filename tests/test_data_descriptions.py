"""How a table becomes arrays, written down as JSON and read again."""

import copy
import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clearprop.data import (
    Columns,
    RawTable,
    prepare,
)
from clearprop.errors import DataError, ModelFileError

names = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), min_size=1).map(
    lambda text: "n" + text + "n"
)
words_or_none = st.none() | names
cells = {
    "number": st.lists(st.none() | st.floats(-1e300, 1e300), min_size=4, max_size=4),
    "whole": st.lists(st.integers(-(2**63), 2**63 - 1), min_size=4, max_size=4),
    "words": st.lists(words_or_none, min_size=4, max_size=4),
}


@settings(deadline=None)
@given(
    features=st.dictionaries(names, st.sampled_from(list(cells)).flatmap(cells.get), max_size=4),
    target=st.one_of(cells["whole"], cells["words"], cells["number"]),
    task=st.sampled_from(["auto", "classify"]),
)
def test_columns_survive_json_exactly(features, target, task):
    table = RawTable.from_columns({**features, "y": target})
    try:
        prepared = prepare(table, "y", task=task)
    except DataError:
        return
    columns = prepared.columns
    again = Columns.from_json(json.loads(json.dumps(columns.to_json(), allow_nan=False)))
    assert again == columns
    assert [type(label) for label in again.classes] == [type(label) for label in columns.classes]
    kept = table.take(np.array([cell is not None for cell in table.cells("y")]))
    assert again.encode(kept)[0].tobytes() == prepared.X.tobytes()
    assert again.encode_target(table)[0].tobytes() == prepared.y.tobytes()


SOUND = {
    "features": [
        {"kind": "number", "name": "a", "centre": 1.0, "scale": 2.0, "fill": 0.5},
        {"kind": "words", "name": "b", "categories": ["x", "y"]},
    ],
    "target": {"kind": "classes", "name": "t", "classes": [1, 2]},
}


def changed(path, value):
    described = copy.deepcopy(SOUND)
    *parents, last = path
    part = described
    for key in parents:
        part = part[key]
    part[last] = value
    return described


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("extra",), 1, "just the fields features, target"),
        (("features",), [], "1 to 100,000 entries"),
        (("features",), {"0": 1}, "must be a list"),
        (("features", 0), None, "feature 1 must be of kind"),
        (("features", 0, "kind"), "code", "of kind number or words"),
        (("features", 0, "kind"), ["number"], "of kind number or words"),
        (("features", 0, "more"), 0, "just the fields kind, name"),
        (("features", 0, "name"), "", "name of feature 1"),
        (("features", 0, "name"), 5, "name of feature 1"),
        (("features", 0, "name"), "\ud800", "must be a text"),
        (("features", 0, "name"), "b", "two columns have the same name"),
        (("features", 0, "name"), "t", "two columns have the same name"),
        (("features", 0, "name"), "b=x", "two inputs have the same name"),
        (("features", 0, "centre"), float("nan"), "finite number"),
        (("features", 0, "centre"), float("inf"), "finite number"),
        (("features", 0, "centre"), True, "finite number"),
        (("features", 0, "fill"), "0", "the fill of feature 1"),
        (("features", 0, "scale"), 0.0, "above 0"),
        (("features", 0, "scale"), -1.0, "above 0"),
        (("features", 1, "categories"), [], "1 to 1,001 entries"),
        (("features", 1, "categories"), ["y", "x"], "sorted"),
        (("features", 1, "categories"), ["x", "x"], "sorted"),
        (("features", 1, "categories"), ["x", 1], "a category of feature 2"),
        (("target", "classes"), [1], "2 to 1,000 entries"),
        (("target", "classes"), [2, 1], "sorted"),
        (("target", "classes"), [1, "2"], "all texts, all whole"),
        (("target", "classes"), [1, 2.0], "all texts, all whole"),
        (("target", "classes"), [False, True], "a class must be a text"),
        (("target", "classes"), [1, 2**63], "beyond 64 bits"),
        (("target", "classes"), [0.0, float("inf")], "a class must be a finite"),
        (("target", "classes"), [None, None], "a class must be a text"),
        (("target",), {"kind": "value", "name": "t", "centre": 0.0, "scale": 0}, "above 0"),
    ],
)
def test_unsound_descriptions_are_refused(path, value, reason):
    assert Columns.from_json(copy.deepcopy(SOUND)).to_json() == SOUND
    with pytest.raises(ModelFileError, match=reason):
        Columns.from_json(changed(path, value))


def test_descriptions_cannot_ask_for_much():
    category = [f"{n:04}" for n in range(1001)]
    many = [
        {"kind": "words", "name": f"{n:0{width}}", "categories": category}
        for width, count in [(5, 1000), (10_000, 20)]
        for n in range(count)
    ]
    for features, reason in ((many, "inputs are more"), (many[1000:], "letters, more than")):
        with pytest.raises(ModelFileError, match=reason):
            Columns.from_json({**SOUND, "features": features})
    for path, value in (
        (("features",), [None] * 100_001),
        (("features", 0, "name"), "a" * 10_001),
        (("features", 0, "centre"), 10**400),
        (("features", 0, "centre"), 10**5000),
        (("features", 1, "categories"), [f"{n:04}" for n in range(1002)]),
        (("target", "classes"), list(range(1001))),
    ):
        with pytest.raises(ModelFileError, match=r"must be a .*1 to|must be a f|2 to 1,000"):
            Columns.from_json(changed(path, value))
    deep = []
    for _ in range(100_000):
        deep = [deep]
    for path in (("features",), ("features", 0), ("features", 0, "name"), ("target", "classes")):
        with pytest.raises(ModelFileError):
            Columns.from_json(changed(path, deep))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=3), part, max_size=3)
    ),
    max_leaves=5,
)
places = [
    (),
    *[("features",), ("features", 0), ("features", 1), ("target",), ("features", 1, "categories")],
    *[("features", 0, key) for key in SOUND["features"][0]],
    *[("features", 1, "categories", 0), ("target", "kind"), ("target", "name")],
    *[("target", "classes"), ("target", "classes", 0)],
]


@settings(deadline=None)
@given(path=st.sampled_from(places), value=anything)
@example(path=("features", 0, "scale"), value=2.2250738585e-313)
def test_whatever_a_description_holds_it_is_sound_or_refused(path, value):
    described = changed(path, value) if path else value
    try:
        columns = Columns.from_json(described)
    except ModelFileError:
        return
    assert Columns.from_json(columns.to_json()) == columns
    assert columns.encode(
        RawTable.from_columns({feature.name: [None] for feature in columns.features})
    )[0].shape == (1, columns.n_inputs)
