"""Tables: reading CSV files, taking Python data, and writing files."""

import csv
import io
import os
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearprop.data import MISSING_CELLS, RawTable, read_csv, scan, tablefile, write_csv
from clearprop.errors import DataError, MissingExtraError

same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def read(tmp_path):
    """Return a function that reads some text or bytes as a file called t.csv."""

    def reader(content, **options):
        path = tmp_path / "t.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_csv(path, **options)

    return reader


def columns_of(table):
    return {
        name: list(column) if isinstance(column, tuple) else column.tolist()
        for name, column in table.columns.items()
    }


def raises_all(*words):
    return pytest.raises(DataError, match="(?s)" + ".*".join(words))


# Reading


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,x\n2,y\n", {"a": [1, 2], "b": ["x", "y"]}),
        ("a,b\r\n1,x\r\n2,y", {"a": [1, 2], "b": ["x", "y"]}),
        ("a,b\r1,x\r2,y\r", {"a": [1, 2], "b": ["x", "y"]}),
        (b"\xef\xbb\xbfa,b\n1,x\n", {"a": [1], "b": ["x"]}),
        (b'\xef\xbb\xbf"a",b\n1,x\n', {"a": [1], "b": ["x"]}),
        ("\n \na,b\n\n1,x\n\n\n2,y\n\n", {"a": [1, 2], "b": ["x", "y"]}),
        (" a ,\tb\n 1 , x y \n", {"a": [1], "b": ["x y"]}),
        ("a;b\n1;x,y\n", {"a": [1], "b": ["x,y"]}),
        ("a\tb c\n1\tx, y; z\n", {"a": [1], "b c": ["x, y; z"]}),
        ("a|b\n1|x\n", {"a": [1], "b": ["x"]}),
        ("a, in cm;b;c\n1,5;2,5;x\n", {"a, in cm": [1.5], "b": [2.5], "c": ["x"]}),
        ('a,b\n"x, ""y""\n""z""","1"\n', {"a": ['x, "y"\n"z"'], "b": [1]}),
        ('"a\nb",c\n"",""\nx,5\n', {"a\nb": [None, "x"], "c": [np.nan, 5.0]}),
        ('a,b\r\n1,"x"\r\n2,"y"\r\n', {"a": [1, 2], "b": ["x", "y"]}),
        ("a, b, c;d\n1;2\n", {"a, b, c": [1], "d": [2]}),
        ('"a, b, c";d\n"x, y, z";2\n', {"a, b, c": ["x, y, z"], "d": [2]}),
        ("a\n1\n\n2\n", {"a": [1, 2]}),
        ("a,b\n+1,1.\n-0,.5e1\n", {"a": [1, 0], "b": [1.0, 5.0]}),
        ("a,b\n0x1,1_0\nnanny,٣\n", {"a": ["0x1", "nanny"], "b": ["1_0", "٣"]}),
        ("a,b\n1,inf\n2,-1e999\n", {"a": [1, 2], "b": [np.inf, -np.inf]}),
        ("a\n99999999999999999999\n1\n", {"a": [1e20, 1.0]}),
        ("a\n9223372036854775807\n", {"a": [2**63 - 1]}),
        ("größe,色\n1,ü\n", {"größe": [1], "色": ["ü"]}),
    ],
)
def test_sound_files_are_read(read, content, expected):
    table = read(content)
    assert table.names == tuple(expected)
    assert table.n_rows == len(next(iter(expected.values())))
    for name, found in columns_of(table).items():
        np.testing.assert_equal(found, expected[name])
        assert [type(cell) for cell in found] == [type(cell) for cell in expected[name]]


@pytest.mark.parametrize("cell", MISSING_CELLS)
def test_missing_cells(read, cell):
    table = read(f"a,b\n1, {cell} \n{cell},x\n")
    np.testing.assert_equal(columns_of(table), {"a": [1.0, np.nan], "b": [None, "x"]})
    assert table.whole == {"a"}
    assert table.cells("a") == [1, None]


def test_lines_are_those_of_the_file(read):
    table = read('\na,b\n\n1,"x\n\ny"\n2,z\n\n\n3,w')
    assert table.lines.tolist() == [4, 7, 10]
    assert table.where(2) == "line 10"
    assert table.take(np.array([False, False, True])).where(0) == "line 10"


def test_a_decimal_comma_is_said_and_a_header_of_numbers_too(read):
    assert read("a;b\n1,5;x\n-2,5e3;y\n").notes == (
        "column 'a': 2 decimal commas are read as points",
    )
    assert "5.1" in read("5.1,setosa\n4.9,virginica\n").notes[0]
    with raises_all("line 2 \\(1,5\\)", "line 3 \\(2.5\\)"):
        read("a;b\n1,5;x\n2.5;y\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["t.csv is empty"]),
        (" \n\r\n", ["t.csv is empty"]),
        ("a,b\n", ["a header and no rows"]),
        ("a,b\n \n\n", ["a header and no rows"]),
        ("a,b\n1,2\n\n3\n", ["line 4 has 1 cell where the header has 2"]),
        ('a,b\n"1\n1",2\n3,4,5\n', ["line 4 has 3 cells where the header has 2"]),
        ("a,b\n1,5,2,5\n", ["line 2 has 4 cells", "decimal commas need ;"]),
        ("a,b,a\n1,2,3\n", ["line 1", "columns 1 and 3 are both called 'a'"]),
        ("\na, ,c\n1,2,3\n", ["line 2", "column 2 has no name"]),
        ('a,b\n1,"x\n2,y\n', ["line 2", "never closed"]),
        ('a,b\n1,5" pipe\n', ["line 2", "a quote stands inside"]),
        ('a,b\n1,"5"6\n', ["line 2", "a quote stands inside"]),
        ('a,b\n1,2\n3, "x"\n', ["line 3", "a quote stands inside", "without spaces"]),
        (b"a,b\n1,x\n2,\xe9t\xe9\n", ["line 3", "0xe9 is not UTF-8"]),
        (b"a,b\n1,\0\n", ["line 2", "zero byte"]),
        (b"\xff\xfea\0,\0b\0", ["UTF-16"]),
        (b"PK\x03\x04" + bytes(50), ["Excel"]),
    ],
)
def test_unsound_files_are_refused_with_the_place(read, content, words):
    with raises_all(*words):
        read(content)


@same_folder
@given(st.one_of(st.binary(max_size=40), st.text('ab1.,;"\n\r \t|é', max_size=40)))
def test_any_bytes_are_a_table_or_an_error(read, content):
    try:
        table = read(content)
    except DataError:
        return
    assert {len(column) for column in table.columns.values()} == {table.n_rows}


@same_folder
@given(
    st.lists(
        st.lists(st.text('ab,;"\n \té', max_size=6), min_size=3, max_size=3),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_python_writes_is_read_alike(read, rows, quoting, line_end):
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=quoting, lineterminator=line_end)
    writer.writerows([["x", "y", "z"], *rows])
    table = read(text.getvalue(), separator=",")
    found = zip(*(table.words(name) for name in "xyz"), strict=True)
    for own, other in zip(found, rows, strict=True):
        assert [cell or "" for cell in own] == [cell.strip() for cell in other]


def test_endless_cells_and_headers_are_refused(read):
    with raises_all("line 3, column 2", "1,000,001 bytes"):
        read("a,b\n1,2\n3," + "y" * 1_000_001)
    with raises_all("100,001 columns", "take out"):
        read(",".join(f"c{n}" for n in range(100_001)) + "\n")


@pytest.mark.parametrize("rows", [1, 3, 500])
def test_a_fault_is_found_in_any_block_of_the_file(read, rows, monkeypatch):
    monkeypatch.setattr(scan, "BLOCK", 16)
    lines = ["a,b", *(f'{n},"x\n{n}"' for n in range(rows))]
    table = read("\n".join(lines))
    assert table.lines.tolist() == list(range(2, 2 * table.n_rows + 1, 2))
    with raises_all(f"line {2 * table.n_rows + 2} has 3 cells"):
        read("\n".join([*lines, "1,2,3"]))
    with raises_all(f"line {2 * table.n_rows + 3}: byte 0xff"):
        read("\n".join([*lines, "1,2", ""]).encode() + b"\xff,1\n")


def test_a_missing_quote_in_a_long_file_is_no_endless_row(read, monkeypatch):
    monkeypatch.setattr(scan, "BLOCK", 16)
    monkeypatch.setattr(scan, "MAX_RECORD", 1000)
    with raises_all("line 3 begins a row longer than"):
        read('a,b\n1,2\n3,"x\n' + "4,5\n" * 2000)


def test_what_polars_reads_must_agree_with_what_was_counted(read, monkeypatch):
    monkeypatch.setattr(tablefile, "scan", lambda *_: scan.scan(b"a,b\n1,2\n3,4\n", ",", ""))
    with raises_all("3 rows of 2 cells were counted, and 2 rows of 2 read"):
        read("a,b\n1,2\n")


def test_large_files_are_refused(read, monkeypatch):
    monkeypatch.setattr(tablefile, "MAX_BYTES", 10)
    with raises_all("12 bytes", "at most 10"):
        read("a,b\n1,2\n3,4\n")


def test_places_that_cannot_be_read(tmp_path):
    (tmp_path / "iris.csv").write_text("a,b\n1,2\n")
    with raises_all("does not exist", "Did you mean 'iris.csv'"):
        read_csv(tmp_path / "irs.csv")
    with raises_all("is a folder"):
        read_csv(tmp_path)
    with raises_all("cannot be read"):
        read_csv("a\0b")
    with raises_all("the separator is one character"):
        read_csv(tmp_path / "iris.csv", separator=", ")
    with raises_all("does not exist"):
        read_csv(tmp_path / "none" / "iris.csv")


@pytest.mark.skipif(os.name != "posix", reason="permissions and pipes as POSIX knows them")
def test_files_without_permission_and_pipes(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    with raises_all("not an ordinary file"):
        read_csv(tmp_path / "pipe")
    (tmp_path / "closed.csv").write_text("a,b\n1,2\n")

    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with raises_all("closed.csv may not be read by you"):
        read_csv(tmp_path / "closed.csv")
    with raises_all("new.csv cannot be written", "Permission denied"):
        write_csv(tmp_path / "new.csv", {"a": [1]})


def test_without_polars_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingExtraError, match=r"clearprop\[data\]"):
        read_csv(tmp_path / "t.csv")
    with pytest.raises(MissingExtraError, match=r"clearprop\[data\]"):
        write_csv(tmp_path / "t.csv", {"a": [1]})


# Tables of Python data, and writing


def test_python_data_keeps_its_types():
    table = RawTable.from_columns(
        {
            "int": [1, np.int8(2)],
            "gap": [None, 5],
            "float": np.array([1.0, 2.0], dtype=np.float32),
            "text": ["1", " x "],
            "none": ["?", "NA"],
            "bool": [True, None],
            "mixed": [1.5, "x"],
            "masked": np.ma.array([7, 8], mask=[False, True]),
            "huge": [10**400, 1],
        }
    )
    assert {name: table.cells(name) for name in table.names} == {
        "int": [1, 2],
        "gap": [None, 5],
        "float": [1.0, 2.0],
        "text": ["1", "x"],
        "none": [None, None],
        "bool": ["True", None],
        "mixed": ["1.5", "x"],
        "masked": [7, None],
        "huge": [np.inf, 1.0],
    }
    assert table.whole == {"int", "gap", "masked"}
    assert table.where(0) == "row 1"
    with pytest.raises(ValueError, match="read-only"):
        table.columns["int"][0] = 3


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, ["no columns"]),
        ({"a": []}, ["no rows"]),
        ({"a": [1, 2], "b": [1]}, ["'a' has 2 entries", "'b' has 1"]),
        ({"a": "text"}, ["not a list"]),
        ({"a": 3}, ["not a list"]),
        ({"a": [1j]}, ["row 1", "neither a number nor a word"]),
        ({"a": [1, [2]]}, ["row 2", "neither"]),
        ({"a": np.zeros((2, 2))}, ["shape \\(2, 2\\)"]),
        ({" ": [1]}, ["column 1 has no name"]),
        ({3: [1]}, ["column 1 has no name"]),
        ({f"{0:010001}": [1]}, ["at most 10,000"]),
        ({"a": ["\ud800"]}, ["not valid Unicode"]),
    ],
)
def test_python_data_that_is_no_table(columns, words):
    with raises_all(*words):
        RawTable.from_columns(columns)


# Texts as they come back: no spaces around them, and not missing.
names = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), min_size=1).map(
    lambda text: "n" + text + "n"
)
words_or_none = st.none() | names
numbers_or_none = st.none() | st.floats(allow_nan=False)


@same_folder
@given(data=st.data(), n_rows=st.integers(1, 6))
def test_what_is_written_is_read_again(tmp_path, data, n_rows):
    kinds = [words_or_none, numbers_or_none, st.integers(-(2**63), 2**63 - 1)]
    columns = {
        name: data.draw(
            st.lists(data.draw(st.sampled_from(kinds)), min_size=n_rows, max_size=n_rows)
        )
        for name in data.draw(st.lists(names, min_size=1, max_size=4, unique=True))
    }
    write_csv(tmp_path / "round.csv", columns)
    table = read_csv(tmp_path / "round.csv", separator=",")
    assert table.names == tuple(columns)
    assert {name: table.cells(name) for name in columns} == columns
    assert os.listdir(tmp_path) == ["round.csv"]  # noqa: PTH208


def test_writing_replaces_the_whole_file_or_nothing(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("before")
    path.chmod(0o640)
    write_csv(path, {"a": [0.1 + 0.2, np.nan], "b": ['say "x"', None], "c": [True, False]})
    assert path.read_text() == 'a,b,c\n0.30000000000000004,"say ""x""",True\n,,False\n'
    assert path.stat().st_mode & 0o777 == 0o640

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with raises_all("No space left"):
        write_csv(path, {"a": [1]})
    assert path.read_text().startswith("a,b,c\n")
    assert list(tmp_path.iterdir()) == [path]


def test_places_that_cannot_be_written(tmp_path):
    for place in (tmp_path, tmp_path / "none" / "t.csv"):
        with raises_all("writ"):
            write_csv(place, {"a": [1]})
    with raises_all("row 2", "zero character"):
        write_csv(tmp_path / "t.csv", {"a": ["x", "y\0"]})
