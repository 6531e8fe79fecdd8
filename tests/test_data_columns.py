"""Columns to arrays: what becomes of each kind of column, and how it is remembered as JSON."""

import re

import numpy as np
import pytest
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from clearprop.data import (
    ClassTarget,
    Columns,
    NumberColumn,
    RawTable,
    ValueTarget,
    WordColumn,
    prepare,
    read_csv,
)
from clearprop.errors import DataError


@pytest.fixture
def read(tmp_path):
    """Return a function that reads some text or bytes as a file called t.csv."""

    def reader(content, **options):
        path = tmp_path / "t.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_csv(path, **options)

    return reader


def raises_all(*words):
    return pytest.raises(DataError, match="(?s)" + ".*".join(words))


# Texts as they come back: no spaces around them, and not missing.
LEAVES = {
    "width": [1.0, 4.0, None, 2.5],
    "colour": ["red", "green", "red", None],
    "ring": [7, 7, 7, 7],
    "kind": ["oak", "ash", "oak", "elm"],
}


def test_numbers_are_standardised_as_scikit_learn_does():
    rng = np.random.RandomState(0)
    values = rng.lognormal(3, 1, size=(50, 3)) * [1, 1e3, 1e-3]
    target = rng.randn(50, 1)
    columns = {f"x{n}": values[:, n] for n in range(3)} | {"y": target[:, 0]}
    prepared = prepare(RawTable.from_columns(columns), "y")
    np.testing.assert_allclose(prepared.X, StandardScaler().fit_transform(values), rtol=1e-12)
    np.testing.assert_allclose(prepared.y, StandardScaler().fit_transform(target), rtol=1e-12)
    assert prepared.X.flags.c_contiguous
    np.testing.assert_allclose(prepared.columns.decode_values(prepared.y), target, rtol=1e-12)
    plain = prepare(RawTable.from_columns(columns), "y", standardise=False)
    assert np.array_equal(plain.X, values)
    assert np.array_equal(plain.y, target)


def test_words_are_encoded_as_scikit_learn_does():
    words = np.random.RandomState(1).choice(["b", "a", "C", "ä", "10 m"], size=60)
    table = RawTable.from_columns({"w": words, "y": np.arange(60.0)})
    expected = OneHotEncoder(sparse_output=False).fit_transform(words[:, None])
    assert np.array_equal(prepare(table, "y").X, expected)


def test_a_small_table_by_hand():
    prepared = prepare(RawTable.from_columns(LEAVES), "kind")
    # width: mean 2.5 of three, deviation sqrt((2.25 + 2.25 + 0) / 3) = sqrt(1.5)
    step = 1.5 / np.sqrt(1.5)
    expected = [
        [-step, 0, 0, 1, 0],
        [step, 0, 1, 0, 0],
        [0, 0, 0, 1, 0],
        [0, 1, 0, 0, 0],
    ]
    np.testing.assert_allclose(prepared.X, expected, rtol=1e-15)
    columns = prepared.columns
    assert columns.input_names == (
        "width", "colour=(missing)", "colour=green", "colour=red", "ring",
    )  # fmt: skip
    assert prepared.y.tolist() == [2, 0, 2, 1]
    assert prepared.y.dtype == np.int64
    assert columns.classes == ("ash", "elm", "oak")
    assert (columns.n_inputs, columns.n_outputs, columns.task) == (5, 3, "classify")
    assert columns.decode_classes(prepared.y) == LEAVES["kind"]
    notes = "\n".join(prepared.notes)
    assert "'width': 1 of 4 cells is missing" in notes
    assert "'ring' is 7 in every row and contributes 0" in notes
    assert "'kind' holds words: classify it" in notes


@pytest.mark.parametrize(
    ("target", "task", "classes"),
    [
        (["b", "a", "b"], "auto", ("a", "b")),
        ([10, 9, 10], "auto", (9, 10)),
        ([2.0, 1.0, 2.0], "auto", (1.0, 2.0)),
        ([True, False, True], "auto", ("False", "True")),
        (["10", "9", "10"], "auto", ("10", "9")),
        ([1.5, 0.5, 1.5], "auto", None),
        ([1.5, 0.5, 1.5], "classify", (0.5, 1.5)),
        ([10, 9, 10], "regress", None),
        ([5, 5, None, 6], "auto", (5, 6)),
    ],
)
def test_the_task_and_the_type_of_labels(target, task, classes):
    table = RawTable.from_columns({"x": np.arange(len(target)) ** 2, "y": target})
    prepared = prepare(table, "y", task=task)
    columns = prepared.columns
    assert columns.task == ("regress" if classes is None else "classify")
    if classes is not None:
        assert columns.classes == classes
        assert [type(label) for label in columns.classes] == [type(label) for label in classes]
        expected = [str(t) if isinstance(t, bool) else t for t in target if t is not None]
        assert columns.decode_classes(prepared.y) == expected
    else:
        assert prepared.y.shape == (3, 1)
    assert any(word in prepared.notes[-1] for word in ("classify it", "regress it"))


@pytest.mark.parametrize(("distinct", "task"), [(20, "classify"), (21, "regress")])
def test_whole_numbers_are_classes_up_to_twenty_values(distinct, task):
    y = np.arange(60) % distinct
    assert prepare(RawTable.from_columns({"x": y**2, "y": y}), "y").columns.task == task


def test_whole_labels_of_a_file_stay_whole_beside_gaps(read):
    prepared = prepare(read("x,y\n1.5,3\n2,\n2.5,4\n"), "y")
    assert prepared.columns.classes == (3, 4)
    assert all(type(label) is int for label in prepared.columns.classes)
    assert prepared.X.shape == (2, 1)
    assert "1 of 3 rows is dropped because the target 'y' is missing" in prepared.notes


def test_columns_that_tell_nothing_are_left_out_with_a_note():
    n = 21
    table = RawTable.from_columns(
        {
            "name": [f"w{i}" for i in range(n)],
            "none": [None] * n,
            "id": list(range(1, n + 1)),
            "same": ["x"] * n,
            "y": [i % 2 for i in range(n)],
        }
    )
    prepared = prepare(table, "y")
    assert prepared.columns.input_names == ("id", "same=x")
    notes = "\n".join(prepared.notes)
    assert "'name' is left out: its 21 words all differ" in notes
    assert "'none' is left out: all its cells are missing" in notes
    assert "'id' counts the rows" in notes
    assert "'same' is 'x' in every row" in notes
    few = table.take(np.arange(n) < 20)
    assert prepare(few, "y").columns.n_inputs == 20 + 1 + 1


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        ("12 13 abc", 4),
        ("12 abc", 3),
        ("1O 11 12 13", 2),
        ("3+ 0 1 2 3+ 1", 2),
        ("1,000 2,000 3,000", 2),
        ("x y 1 2", 2),
    ],
)
def test_a_few_words_among_numbers_are_an_error_with_the_line(read, cells, line):
    cells = cells.split()
    table = read("x\ty\n" + "".join(f"{cell}\t{n % 2}\n" for n, cell in enumerate(cells)))
    with raises_all(f"line {line}, column 'x': '{re.escape(cells[line - 2])}' is no number"):
        prepare(table, "y")
    prepared = prepare(table, "y", words=["x"])
    assert prepared.columns.features[0] == WordColumn("x", tuple(sorted(set(cells))))


def test_a_few_numbers_among_words_are_words(read):
    prepared = prepare(read("x,y\na,0\nb,1\n7,0\n"), "y")
    assert prepared.columns.input_names == ("x=7", "x=a", "x=b")


def test_numbers_named_as_words_are_categories_however_written(read):
    prepared = prepare(read("x,y\n007,0\n8,1\nA,0\nB,1\n"), "y", words=["x", "y"])
    columns = prepared.columns
    assert columns.classes == ("0", "1")
    X, notes = columns.encode(read("x\n8.0\n7\n9\n"))
    assert X.tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert "1 of 3 cells is unknown from training ('9.0')" in notes[0]
    whole = prepare(read("x,y\n10,a\n9,b\n,a\n"), "y", words=["x"]).columns
    assert whole.input_names == ("x=(missing)", "x=10", "x=9")
    # Where two categories are the same number, only the very text finds one.
    both = Columns((WordColumn("x", ("007", "7", "A")),), ValueTarget("y", 0.0, 1.0))
    assert both.encode(read("x\n7\n007\n7.0\nA\n"))[0].tolist() == [
        [0, 1, 0],
        [1, 0, 0],
        [0, 0, 0],
        [0, 0, 1],
    ]


@pytest.mark.parametrize(
    ("columns", "options", "words"),
    [
        (LEAVES, {"target": "knd"}, ["no column 'knd'", "'width', 'colour'", "mean 'kind'"]),
        (LEAVES, {"target": "KIND"}, ["Did you mean 'kind'"]),
        ({"a;b": ["1;2"]}, {"target": "b"}, ["just one: is its separator another"]),
        (LEAVES, {"target": "kind", "task": "guess"}, ["task is one of 'auto'"]),
        (LEAVES, {"target": "kind", "task": "regress"}, ["row 1, column 'kind'", "'oak'"]),
        (LEAVES, {"target": "kind", "words": "ring"}, ["words is a list"]),
        (LEAVES, {"target": "kind", "words": ["rnig"]}, ["no column 'rnig'"]),
        (LEAVES, {"target": "ring"}, ["7 in every row", "nothing to tell apart"]),
        (LEAVES, {"target": "ring", "task": "regress"}, ["7 in every row"]),
        ({"y": [1, 2, 3]}, {"target": "y"}, ["no column to predict 'y' from"]),
        ({"x": [None, None], "y": [1, 2]}, {"target": "y"}, ["no column to predict", "left out"]),
        ({"x": [1, 2], "y": [None, 2]}, {"target": "y"}, ["1 row with a target", "at least 2"]),
        ({"x": [1, 2], "y": [None, None]}, {"target": "y"}, ["0 rows with a target"]),
        ({"x": [1, np.inf], "y": [1, 2]}, {"target": "y"}, ["row 2, column 'x'", "infinite"]),
        ({"x": [1, 2], "y": [-np.inf, 2]}, {"target": "y"}, ["row 1, column 'y'", "infinite"]),
        ({"x": ["1", "2"], "y": [1, 2]}, {"target": "y"}, ["a number written as text"]),
        ({"x": [1, 2, 3], "y": ["1", "2", "b"]}, {"target": "y"}, ["row 3, column 'y': 'b'"]),
        (
            {"x": [f"w{n % 1001}" for n in range(2002)], "y": [0, 1] * 1001},
            {"target": "y"},
            ["1,001 different words"],
        ),
        (
            {"x": list(range(21)), "y": [f"w{n}" for n in range(21)]},
            {"target": "y"},
            ["21 classes in 21 rows", "another column"],
        ),
        (
            {"x": list(range(30)), "y": np.arange(30) / 2},
            {"target": "y", "task": "classify"},
            ["30 classes in 30 rows", "task='regress'"],
        ),
        (
            {"x": [0, 1] * 1001, "y": [n // 2 for n in range(2002)]},
            {"target": "y", "task": "classify"},
            ["1,001 classes in 2,002 rows", "task='regress'"],
        ),
        ({"x": ["a", "b" * 10_001], "y": [0, 1]}, {"target": "y"}, ["10,001 characters"]),
        ({"x": ["a", "b"], "x=a": [0, 1], "y": [0, 1]}, {"target": "y"}, ["the same name"]),
    ],
)
def test_what_cannot_be_learned_from(columns, options, words):
    with raises_all(*words):
        prepare(RawTable.from_columns(columns), **options)


def test_infinite_numbers_are_named_with_the_line_of_the_file(read):
    with raises_all("t.csv, line 4, column 'b'", "infinite"):
        prepare(read("a,b,y\n1,2,x\n\n1,1e999,y\n"), "y")


def test_prediction_needs_the_same_columns_and_kinds(read):
    columns = prepare(RawTable.from_columns(LEAVES), "kind").columns
    X, notes = columns.encode(read("extra,ring,colour,width\nx,7,blue,2.5\ny,8,,\nz,7,blue,1\n"))
    assert X[:, 1:4].tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert X[:, 4].tolist() == [0, 1, 0]
    assert X[:2, 0].tolist() == [0, 0]
    assert any("2 of 3 cells are unknown from training ('blue')" in note for note in notes)
    assert any("'width': 1 of 3 cells is missing" in note for note in notes)
    with raises_all("no column 'width'", "Did you mean 'wdith'"):
        columns.encode(read("wdith,colour,ring\n1,red,7\n"))
    with raises_all("line 3, column 'width'", "'wide'"):
        columns.encode(read("width,colour,ring\n1,red,7\nwide,red,7\n"))
    with raises_all("line 2, column 'width'", "infinite"):
        columns.encode(read("width,colour,ring\ninf,red,7\n"))
    with raises_all("line 2, column 'tiny'", "too far"):
        Columns((NumberColumn("tiny", 0.0, 1e-300, 0.0),), ValueTarget("y", 0.0, 1.0)).encode(
            read("tiny\n1e300\n")
        )


def test_arrays_that_fit_no_memory_are_refused(read, monkeypatch):
    table = read("x,y\na,0\nb,1\nc,0\n")
    assert prepare(table, "y").X.size == 9
    monkeypatch.setattr("clearprop.data.columns.MAX_NUMBERS", 8)
    with raises_all("3 rows of 3 inputs are more than 8 numbers"):
        prepare(table, "y")


def test_targets_of_other_data(read):
    columns = prepare(RawTable.from_columns(LEAVES), "kind").columns
    y, keep, notes = columns.encode_target(read("kind\noak\n?\nash\n"))
    assert y.tolist() == [2, 0]
    assert keep.tolist() == [True, False, True]
    assert notes == ("1 of 3 rows is dropped because the target 'kind' is missing",)
    with raises_all("line 3", "no class 'aok'", "Did you mean 'oak'"):
        columns.encode_target(read("kind\noak\naok\n"))
    with raises_all("no column 'kind'"):
        columns.encode_target(read("king\noak\n"))
    with raises_all("all cells of the target 'kind'"):
        columns.encode_target(read("kind\n?\n"))
    numbers = Columns((NumberColumn("x", 0.0, 1.0, 0.0),), ClassTarget("y", (1, 2)))
    assert numbers.encode_target(read("y\n2.0\n1\n"))[0].tolist() == [1, 0]
    with raises_all("line 3", "'two'"):
        numbers.encode_target(read("y\n1\ntwo\n"))
    with raises_all("no class 3"):
        numbers.encode_target(read("y\n1\n3\n"))
    values = Columns(numbers.features, ValueTarget("y", 10.0, 4.0))
    y, keep, _ = values.encode_target(read("y\n12\n\n2\n"))
    assert y.tolist() == [[0.5], [-2.0]]
    assert values.decode_values(np.array([[0.5], [-2.0]])).tolist() == [[12.0], [2.0]]


def test_decoding_refuses_what_it_cannot_decode():
    classes = prepare(RawTable.from_columns(LEAVES), "kind").columns
    assert classes.decode_classes([]) == []
    for wrong in ([3], [-1], [0.5], [[0]], 1):
        with raises_all("class"):
            classes.decode_classes(wrong)
    with raises_all("has classes"):
        classes.decode_values([0.5])
    values = Columns(classes.features, ValueTarget("y", 0.0, 1.0))
    with raises_all("no classes"):
        values.decode_classes([0])


@pytest.mark.parametrize("size", [1e-320, 1e-200, 1.0, 1e200, 4e307])
def test_numbers_of_any_size_are_standardised(size):
    x = np.array([1.0, 2.0, 3.0, 4.0]) * size
    prepared = prepare(RawTable.from_columns({"x": x, "y": [0, 1, 0, 1]}), "y")
    expected = np.array([-1.5, -0.5, 0.5, 1.5]) / np.sqrt(1.25)
    np.testing.assert_allclose(prepared.X[:, 0], expected, rtol=1e-3 if size < 1e-300 else 1e-14)


# Columns as JSON
