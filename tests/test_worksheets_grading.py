"""The marking of worksheets: when a number is right, and tables as people hand them in."""

import csv
import io
import re
from decimal import Decimal

import pytest

import clearprop as cp
from clearprop.doctor.worksheets.marking import agrees, read_cell
from clearprop.doctor.worksheets.tables import safe
from clearprop.errors import DataError
from worksheet_cases import ASK, all_right, figures


@pytest.fixture(scope="module")
def sheets():
    return cp.make_worksheets([2, 2, 2], 30, seed=7, ask=ASK)


HOSTILE = '=HYPERLINK("http://x","<script>alert(1)</script>")'


def test_all_right_answers_are_right_whatever_the_digits():
    for digits, tolerance in ((3, 0), (4, 1), (6, 2)):
        made = cp.make_worksheets([2, 2, 2], 3, seed=5, digits=digits, tolerance=tolerance)
        for count in (digits, digits + 1, 12):
            answers = {
                s.number: {k: figures(v, count) for k, v in s.right.items()} for s in made.students
            }
            assert all(s.n_right == len(s.marks) for s in cp.grade(made, answers).students)


@pytest.mark.parametrize("tolerance", [0, 1, 2])
def test_the_last_figure_may_be_off_by_as_much_as_the_sheet_says_and_no_more(tolerance):
    made = cp.make_worksheets([2, 2, 2], 1, seed=8, tolerance=tolerance)
    for units in (-tolerance - 1, -tolerance, tolerance, tolerance + 1):
        answers = {1: {key: figures(v, 4, units) for key, v in made[1].right.items()}}
        for mark in cp.grade(made, answers)[1].marks:
            last = Decimal(1).scaleb(Decimal(mark.right).adjusted() - 3)
            off = abs(Decimal(mark.given) - Decimal(mark.right)) / last
            # Half-way cases (0.35 exactly between two numbers) are let pass on either side.
            assert (mark.verdict == "right") == (off <= Decimal(tolerance + 0.5) + Decimal("1e-8"))
            assert abs(units) > tolerance or mark.verdict == "right"
            assert abs(units) <= tolerance or mark.verdict != "right" or off > tolerance


def test_an_answer_with_too_few_figures_is_neither_right_nor_wrong(sheets):
    value = sheets[3].right["out_h1"]
    marks = cp.grade(sheets, {3: {"out_h1": figures(value, 2), "out_h2": "0.11"}})[3]
    assert marks["out_h1"].verdict == "few"
    assert marks["out_h2"].verdict == "wrong"
    assert cp.grade(sheets, {3: {"net_h2": "-0.21"}})[3]["net_h2"].verdict == "right"  # -0.2100


CELLS = {
    "": "blank", "  ": "blank", "\u00a0": "blank", "0,15": "comma", "-1,5e-3": "comma",
    "nan": "no number", "NaN": "no number", "-inf": "no number", "Infinity": "no number",
    "#N/A": "no number", "=1+1": "formula", "=0.7350": "formula", "@x": "formula",
    "abc": "text", "1/3": "text", "0.1 5": "text", "1_0": "text", "0x1p3": "text", "1.5*10^-3":
    "text", "１.5": "text", "12 %": "text", "1.234.567": "text", "1,000.5": "text", "--1": "text",
    "9" * 200: "text", "1e9999": "too large", "<b>1</b>": "text", "0.735": "", "+.735": "",
    "7.35E-01": "", "735e-3": "", "\u22120.2": "", "0.7350 ": "",
}  # fmt: skip


@pytest.mark.parametrize(("text", "trouble"), CELLS.items())
def test_only_plain_numbers_pass_as_numbers(sheets, text, trouble):
    assert read_cell(text).trouble == trouble
    mark = cp.grade(sheets, {1: {"net_h1": text}})[1]["net_h1"]
    assert (mark.verdict in ("right", "wrong")) == (trouble == "")
    if trouble:
        assert mark.verdict == trouble
    for language in ("en", "zh"):
        assert cp.grade(sheets, {1: {"net_h1": text}}).text(language=language)


@pytest.mark.parametrize(
    ("given", "right", "tolerance", "passes"),
    [
        (0.1234, 0.12345, 0, True), (0.1235, 0.12345, 0, True), (0.1236, 0.12345, 0, False),
        (0.12349999, 0.1235, 0, True), (10.0, 9.9996, 0, True), (9.999, 9.9996, 0, False),
        (9.999, 9.9996, 1, True), (-0.1234, 0.1234, 5, False), (0.0, 1e-9, 0, False),
        (1e300, 1.0, 5, False), (0.0, 0.0, 0, True), (1e-3, 0.0, 1, False),
    ],
)  # fmt: skip
def test_agreement_at_the_edges(given, right, tolerance, passes):
    assert agrees(given, right, 4, tolerance) == passes


def grade_text(sheets, tmp_path, text, encoding="utf-8"):
    path = tmp_path / "answers.csv"
    path.write_bytes(text.encode(encoding))
    return cp.grade(sheets, path)


def filled(sheets, separator=","):
    """Return the template filled in with the right answers, as lines."""
    rows = list(csv.reader(io.StringIO(sheets.template())))
    right = all_right(sheets)
    for row in rows[1:]:
        row[2:] = [right[int(row[0])][key] for key in rows[0][2:]]
    return [separator.join(row) for row in rows]


@pytest.mark.parametrize(
    "form",
    [
        "\n".join,
        lambda lines: "\ufeff" + "\r\n".join(lines).replace(",", ";"),
        lambda lines: "\r\n".join(lines).replace(",", "\t") + "\r\n\r\n",
        lambda lines: "\n".join(",".join(f'"{c}"' for c in line.split(",")) for line in lines),
        lambda lines: "\n".join([lines[0].upper(), *reversed(lines[1:])]),
        lambda lines: "\n".join([lines[0], *(f"0{line},,," for line in lines[1:])]),
        lambda lines: "\n".join([lines[0], "", *(re.sub(r"^(\d+),", r" \1.0 ,", line)
                                                for line in lines[1:])]),
    ],
)  # fmt: skip
def test_tables_are_read_as_spreadsheets_write_them(sheets, tmp_path, form):
    grading = grade_text(sheets, tmp_path, form(filled(sheets)))
    assert all(one.n_right == 17 for one in grading.students), grading.text()
    assert not grading.problems


def kinds(grading):
    return [problem.kind for problem in grading.problems]


def test_whatever_is_amiss_with_a_table_is_said(sheets, tmp_path):
    lines = filled(sheets)
    lines[0] = lines[0].replace("net_h1", "net_h_1") + ",comment"
    lines[1:] = [f"{line},x" for line in lines[1:]]
    lines[2] = lines[2].replace(".", ",", 3)  # decimal commas between commas
    del lines[5]
    lines += ["77,Zed" + "," * 18, ",Nobody" + "," * 18, "x" + "," * 19, lines[7],
              lines[8].rsplit(",", 2)[0] + ",0.1,x"]  # fmt: skip
    grading = grade_text(sheets, tmp_path, "\n".join(lines))
    expected = ["column", "column", "no column", "row", "sheet", "no sheet", "sheet", "twice",
                "twice", "missing"]  # fmt: skip
    assert sorted(kinds(grading)) == sorted(expected)
    assert {mark.verdict for mark in grading[2].marks} == {"row"}
    assert {mark.verdict for mark in grading[5].marks} == {"missing"}
    assert grading[8].count("right") == 16, "two equal rows are as good as one"
    assert [m.question.key for m in grading[9].marks if m.verdict == "twice"] == ["b2_new"]
    text = grading.text()
    for said in ("did you mean net_h1?", "there is no sheet 77", "sheet 8 has several rows",
                 "there is no row for sheet 5", "a decimal comma?"):  # fmt: skip
        assert said in text
    assert "problem" not in grading.text(language="zh")


def test_another_students_row_is_noticed(tmp_path):
    made = cp.make_worksheets([2, 2, 1], 2, seed=1, names=["Ada", "Ben"])
    text = made.template().replace("2,Ben", "2,Cleo")
    assert kinds(grade_text(made, tmp_path, text)) == ["name"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"), (b"\n\n", "empty"), (b"name,net_h1\nAda,1\n", "no column 'sheet'"),
        (b"PK\x03\x04rest", "Excel workbook"), (b"sheet,name\n1,Zo\xeb", "UTF-8"),
        ("sheet\n1".encode("utf-16"), "UTF-16"), (b'sheet,name\n1,"open', "quote"),
        (b"sheet\n1\n\x00", "zero byte"), (b"sheet\n" + b"1\n" * 30_000, "20,000"),
        (b'sheet,name\n1,"a"b', "line 2"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(sheets, tmp_path, data, problem):
    path = tmp_path / "answers.csv"
    path.write_bytes(data)
    with pytest.raises(DataError, match=problem):
        cp.grade(sheets, path)


def test_no_cell_of_what_is_written_is_a_formula(tmp_path):
    made = cp.make_worksheets([2, 2, 1], 3, seed=1, names=[HOSTILE, "+1+cmd|' /C calc'!A0", "-Ada"])
    text = made.template()
    assert kinds(grade_text(made, tmp_path, text)) == [], "an apostrophe is no other name"
    text = text.replace(",,", ',"=2+3",', 1).replace(",,", ",@SUM(A1),", 1)
    grading = grade_text(made, tmp_path, text)
    rows = [*csv.reader(io.StringIO(grading.csv())), *csv.reader(io.StringIO(made.template()))]
    for cell in (cell for row in rows for cell in row):
        assert not cell or cell[0] not in "=+@\t\r" or read_cell(cell).value is not None
        assert not cell.startswith("-") or read_cell(cell).value is not None
    for view in (grading.html(), made.html(), made.key_html(1), made.latex()):
        assert "<script" not in view
    assert "<b>" not in grading.html().replace("<p><b>", "")


@pytest.mark.parametrize("cell", ["=1", "+x", "-x", "@a", " =1", "\t=1", "\r=1", "＝1"])
def test_cells_that_would_be_formulas_get_an_apostrophe(cell):
    assert safe(cell).lstrip()[0] not in "=+-@"
    assert safe("-0.5") == "-0.5"
