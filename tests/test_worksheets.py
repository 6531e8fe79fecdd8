"""Worksheets for a class: good numbers, sheets, marking to so many figures, reasons."""

import csv
import io
import json
import re
import shutil
import subprocess
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import numpy as np
import pytest

import clearprop as cp
from clearprop.doctor.worksheets.marking import agrees, read_cell
from clearprop.doctor.worksheets.planted import Plants
from clearprop.doctor.worksheets.reasons import Finder
from clearprop.doctor.worksheets.slips import SLIPS
from clearprop.doctor.worksheets.tables import safe
from clearprop.doctor.worksheets.words import WORDS, reason_text
from clearprop.errors import ClearPropError, DataError, DoctorError
from commands import document, run
from compiling import compiled
from test_explanation_html import Checker

ASK = "w1,w5,b2"
HOSTILE = '=HYPERLINK("http://x","<script>alert(1)</script>")'


@pytest.fixture(scope="module")
def sheets():
    return cp.make_worksheets([2, 2, 2], 30, seed=7, ask=ASK)


def figures(value, digits=4, units=0):
    """Return a number to so many figures, some units of the last one away, in decimals."""
    exact = Decimal(value)
    last = Decimal(1).scaleb(exact.adjusted() - digits + 1)
    return str(exact.quantize(last, ROUND_HALF_EVEN) + units * last)


@pytest.fixture(scope="module")
def small():
    return cp.make_worksheets([2, 2, 1], 1, seed=1).to_json()


def all_right(sheets):
    return {
        one["sheet"]: {key: figures(value) for key, value in one["right"].items()}
        for one in json.loads(sheets.to_json())["students"]
    }


# The same mathematics, written once more for these tests, with slips to be switched on.


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def work_out(student, slip="", tanh=False):
    """Work out a 2-2-2 sheet by hand: sigmoid twice and squares, or tanh, softmax and log."""
    w = [None] + [student["parameters"][f"w{k}"] for k in range(1, 9)]
    b1, b2 = student["parameters"]["b1"], student["parameters"]["b2"]
    i1, i2 = student["x"]
    gate, slope = (np.tanh, lambda a: 1 - a * a) if tanh else (sigmoid, lambda a: a * (1 - a))
    net_h1 = w[1] * i1 + w[2] * i2 + (0 if slip == "bias_left_out" else b1)
    net_h2 = w[3] * i1 + w[4] * i2 + b1
    out_h1, out_h2 = gate(net_h1), gate(net_h2)
    if slip == "gate_left_out":
        out_h1 = net_h1
    net_o1 = w[5] * out_h1 + w[6] * out_h2 + b2
    net_o2 = w[7] * out_h1 + w[8] * out_h2 + b2
    found = {"net_h1": net_h1, "out_h1": out_h1, "net_h2": net_h2, "out_h2": out_h2,
             "net_o1": net_o1, "net_o2": net_o2}  # fmt: skip
    if tanh:
        e1, e2 = np.exp(net_o1), np.exp(net_o2)
        p = np.array([e1, e2]) / (e1 + e2)
        d_o1, d_o2 = p - np.eye(2)[student["y"]]
        found |= {"p1": p[0], "p2": p[1], "loss": -np.log(p[student["y"]])}
    else:
        t1, t2 = student["y"]
        out_o1, out_o2 = sigmoid(net_o1), sigmoid(net_o2)
        e_o1, e_o2 = (t1 - out_o1) ** 2 / 2, (t2 - out_o2) ** 2 / 2
        found |= {"out_o1": out_o1, "out_o2": out_o2, "e_o1": e_o1, "e_o2": e_o2,
                  "loss": e_o1 + e_o2}  # fmt: skip
        d_o1, d_o2 = out_o1 - t1, out_o2 - t2
        if slip == "targets_forgotten":
            d_o1, d_o2 = out_o1, out_o2
        if slip == "wrong_sign":
            d_o1, d_o2 = -d_o1, -d_o2
        if slip != "missing_slope_2":
            d_o1, d_o2 = d_o1 * out_o1 * (1 - out_o1), d_o2 * out_o2 * (1 - out_o2)
    eta = 0.5
    w5, w7 = w[5], w[7]
    if slip == "updated_weights":
        w5, w7 = w5 - eta * d_o1 * out_h1, w7 - eta * d_o2 * out_h1
    d_h1 = d_o1 * w5 + d_o2 * w7
    if slip == "one_path":
        d_h1 = d_o1 * w5
    if slip != "missing_slope":
        d_h1 *= slope(out_h1)
    slopes = {"w1": d_h1 * (i2 if slip == "other_parameter" else i1),
              "w5": d_o1 * (1 if slip == "input_left_out" else out_h1),
              "b2": d_o1 if slip == "one_neuron" else d_o1 + d_o2}  # fmt: skip
    if tanh:  # one bias for all scores moves nothing: b1 is asked for
        d_h2 = (d_o1 * w[6] + d_o2 * w[8]) * slope(out_h2)
        slopes = {"w1": slopes["w1"], "w5": slopes["w5"], "b1": d_h1 + d_h2}
    step = {"added": eta, "no_rate": -1}.get(slip, -eta)
    for name, value in slopes.items():
        found[f"dloss/d{name}"] = value
        found[f"{name}_new"] = student["parameters"][name] + step * value
    return found


@pytest.mark.parametrize("tanh", [False, True])
def test_right_answers_are_those_of_another_program_and_of_finite_differences(tanh):
    settings = {"activation": "tanh", "loss": "softmax_cross_entropy"} if tanh else {}
    made = cp.make_worksheets([2, 2, 2], 5, seed=11, ask="w1,w5,b1" if tanh else ASK, **settings)
    for one in json.loads(made.to_json())["students"]:
        by_hand = work_out(one, tanh=tanh)
        assert one["right"] == pytest.approx(by_hand, rel=1e-10)
        for name in (key[7:] for key in one["right"] if key.startswith("dloss/d")):
            moved = []
            for by in (1e-5, -1e-5):
                other = {**one["parameters"], name: one["parameters"][name] + by}
                moved.append(work_out({**one, "parameters": other}, tanh=tanh)["loss"])
            assert one["right"][f"dloss/d{name}"] == pytest.approx(
                (moved[0] - moved[1]) / 2e-5, rel=1e-6
            )


def test_numbers_are_short_and_different_and_make_good_exercises(sheets):
    seen = set()
    for student in sheets.students:
        given = [*student.parameters.values(), *student.x, *student.y]
        assert all(round(v, 2) == v and 0.05 <= abs(v) <= 0.95 for v in given)
        seen.add(tuple(given))
        right = student.right
        outs = [right[f"out_{n}"] for n in ("h1", "h2", "o1", "o2")]
        assert all(a * (1 - a) > 0.2 * 0.25 for a in outs)  # no gate is saturated
        assert all(abs(right[f"dloss/d{n}"]) >= 1e-4 for n in ("w1", "w5", "b2"))
        assert all(abs(v) >= 1e-3 for k, v in right.items() if not k.startswith("dloss"))
    assert len(seen) == 30


SLIPPED = ["one_path", "missing_slope", "missing_slope_2", "wrong_sign", "updated_weights", "added",
           "targets_forgotten", "no_rate", "bias_left_out", "gate_left_out", "other_parameter",
           "input_left_out", "one_neuron"]  # fmt: skip
IN_UPDATE, IN_FORWARD = ("added", "no_rate"), ("bias_left_out", "gate_left_out")


def test_planted_mistakes_are_named(sheets):
    slips = [SLIPPED[number % len(SLIPPED)] for number in range(30)]
    assert share_first(sheets, slips) >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("slip", SLIPPED)
def test_planted_mistakes_are_named_on_every_sheet(sheets, slip):
    assert share_first(sheets, [slip] * 30) >= 0.9


def share_first(sheets, slips):
    """Plant a slip on each sheet, see that it is named, and return how often as the first."""
    answers, first = all_right(sheets), []
    for one, slip in zip(json.loads(sheets.to_json())["students"], slips, strict=True):
        mine, right = work_out(one, slip), one["right"]
        changed = {key: value for key, value in mine.items() if abs(value / right[key] - 1) > 1e-9}
        answers[one["sheet"]] |= {key: figures(value) for key, value in changed.items()}
    for student, slip in zip(cp.grade(sheets, answers).students, slips, strict=True):
        name = slip.removesuffix("_2")
        wrong = [mark for mark in student.marks if mark.verdict == "wrong"]
        kind = "new" if name in IN_UPDATE else "value" if name in IN_FORWARD else "slope"
        own = [mark for mark in wrong if mark.question.kind == kind and not mark.carried]
        assert own, "no mistake gives a right answer"
        for mark in own:
            assert name in [reason.name for reason in mark.reasons], (mark, student.number)
            first.append(mark.reasons[0].name == name)
        after = [mark for mark in wrong if mark not in own]
        assert all(mark.carried for mark in after), "what follows is a follow-through"
    return sum(first) / len(first)


def test_reasons_speak_in_the_names_of_the_sheet(sheets):
    one = json.loads(sheets.to_json())["students"][1]
    mine = work_out(one, "one_path")
    answers = {2: {**all_right(sheets)[2], "dloss/dw1": figures(mine["dloss/dw1"])}}
    mark = cp.grade(sheets, answers)[2]["dloss/dw1"]
    assert reason_text(mark.reasons[0], "en") == "Only the path through neuron o1 is followed."
    assert "o1" in reason_text(mark.reasons[0], "zh")


def test_confused_parameters_come_with_what_was_confused(sheets):
    one = json.loads(sheets.to_json())["students"][3]
    answers = {4: {"dloss/dw1": figures(work_out(one, "other_parameter")["dloss/dw1"])}}
    (reason, *_) = cp.grade(sheets, answers)[4]["dloss/dw1"].reasons
    said = "This is the derivative by w2: i2 stands in the place of i1."
    assert reason_text(reason, "en") == said


def test_the_reason_that_fits_the_other_answers_stands_first(sheets):
    answers = all_right(sheets)
    for one in json.loads(sheets.to_json())["students"]:
        mine = work_out(one, "missing_slope_2")
        wrong = ["dloss/dw1", "dloss/dw5", "dloss/db2"] if one["sheet"] % 2 else ["dloss/dw5"]
        answers[one["sheet"]] |= {key: figures(mine[key]) for key in wrong}
    for student in cp.grade(sheets, answers).students:
        names = [reason.name for reason in student["dloss/dw5"].reasons]
        assert {"missing_slope", "other_delta"} <= {*names}
        assert names[0] == ("missing_slope" if student.number % 2 else "other_delta")


def test_no_mistake_gives_a_right_answer_by_chance():
    made = cp.make_worksheets([2, 2, 2], 5, seed=34, ask=ASK, digits=3)
    for one in json.loads(made.to_json())["students"]:
        for slip in SLIPPED:
            mine = work_out(one, slip)
            kind = "_new" if slip in IN_UPDATE else "dloss"
            for key, right in one["right"].items():
                if kind in key and abs(mine[key] / right - 1) > 1e-9 and slip not in IN_FORWARD:
                    assert not agrees(mine[key], right, 3, 2), (one["sheet"], slip, key)


def test_no_gate_is_saturated_where_many_numbers_are_added_up():
    made = cp.make_worksheets([16, 1, 1], 20, seed=1, ask="w17")
    for student in made.students:
        outs = [student.right[f"out_{n}"] for n in ("h1", "o1")]
        assert all(a * (1 - a) > 0.2 * 0.25 for a in outs)


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


def test_the_same_seed_gives_the_same_files_and_more_students_change_none(tmp_path):
    made = [cp.make_worksheets([2, 2, 1], n, seed=3, names=["Ada"]) for n in (2, 2, 4)]
    folders = [tmp_path / str(k) for k in range(3)]
    files = [one.save(folder) for one, folder in zip(made, folders, strict=True)]
    for first, second in zip(files[0], files[1], strict=True):
        assert first.read_bytes() == second.read_bytes()
    for name in ("students/sheet-01.html", "students/sheet-02.tex", "key/sheet-02.html"):
        assert (folders[0] / name).read_bytes() == (folders[2] / name).read_bytes()
    other = cp.make_worksheets([2, 2, 1], 2, seed=4)
    assert other[1].x != made[0][1].x or other[1].parameters != made[0][1].parameters


def test_they_come_back_from_their_folder(tmp_path):
    made = cp.make_worksheets([2, 2, 2], 2, seed=3, loss="logistic", activation="tanh",
                              language="zh", names=["李明"], digits=5)  # fmt: skip
    made.save(tmp_path)
    for path in (tmp_path, tmp_path / "sheets.json"):
        assert cp.Worksheets.load(path).to_json() == made.to_json()
    answers = tmp_path / "answers.csv"
    assert answers.read_bytes().startswith(b"\xef\xbb\xbfsheet,name,net_h1,")
    assert all(mark.verdict == "blank" for mark in cp.grade(tmp_path, answers)[1].marks)


def change(path, value):
    def changed(data):
        *way, last = path
        for key in way:
            data = data[key]
        data[last] = value

    return changed


@pytest.mark.parametrize(
    "harm",
    [
        change(["format"], "other"), change(["version"], 2), change(["layers"], [2, 2]),
        change(["layers"], [10**9, 2, 2]), change(["layers"], [2.0, 2, 2]),
        change(["gates", 0], "__import__('os')"), change(["gates"], ["sigmoid"]),
        change(["loss"], "x" * 10**5), change(["shared_bias"], 1), change(["ask"], []),
        change(["ask"], ["w99"]), change(["ask"], ["w1", "w1"]), change(["digits"], 99),
        change(["digits"], True), change(["learning_rate"], "0.5"), change(["seed"], -1),
        change(["language"], "xx"), change(["students"], []), change(["students", 0, "sheet"], 2),
        change(["students", 0, "x"], [0.1]), change(["students", 0, "x", 0], 1e300),
        change(["students", 0, "x", 0], None), change(["students", 0, "y"], 1),
        change(["students", 0, "name"], "a\nb"), change(["students", 0, "name"], 7),
        change(["students", 0, "parameters", "w1"], float("nan")),
        change(["students", 0, "parameters"], {}), change(["students", 0, "right", "loss"], 0.5),
        change(["students", 0, "right"], None), change(["students", 0], 1), change(["seed"], 1.5),
        change(["tolerance"], 6), lambda data: data.pop("ask"),
    ],
)  # fmt: skip
def test_a_file_with_something_amiss_is_refused(small, harm):
    data = json.loads(small)
    harm(data)
    with pytest.raises(DoctorError, match="no sound worksheets"):
        cp.Worksheets.from_json(json.dumps(data))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '{"format": NaN}'])
def test_what_is_no_json_of_worksheets_is_refused(text):
    with pytest.raises(DoctorError, match="no sound worksheets"):
        cp.Worksheets.from_json(text)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"layers": [2]}, "layers"), ({"layers": [2, 30, 2]}, "by hand"),
        ({"students": 0}, "students"), ({"students": 10**6}, "students"),
        ({"students": 1, "names": ["a", "b"]}, "2 names"), ({"names": ["a\x00b"]}, "a name is"),
        ({"names": "Ada"}, "a list"), ({"ask": "w99"}, "there is no parameter 'w99'"),
        ({"ask": "w1,w1"}, "twice"), ({"ask": ""}, "no parameter"), ({"ask": []}, "at least one"),
        ({"digits": 1}, "digits"), ({"digits": 4.5}, "digits"), ({"tolerance": 9}, "tolerance"),
        ({"learning_rate": 0}, "learning_rate"), ({"language": "fr"}, "language"),
        ({"learning_rate": 1e-5}, "larger learning_rate"), ({"seed": -1}, "seed"),
        ({"loss": "softmax_cross_entropy", "ask": "b2"}, "0 whatever the numbers"),
        ({"activation": "none"}, "no gate"), ({"layers": [2, 9, 9], "ask": "all"}, "at most 24"),
    ],
)  # fmt: skip
def test_what_makes_no_worksheet_is_said(settings, problem):
    with pytest.raises(ClearPropError, match=problem):
        cp.make_worksheets(**{"layers": [2, 2, 2], "students": 2, **settings})


GATES = ["sigmoid", "relu", "gelu", "identity", "softplus"]


@pytest.mark.parametrize(
    ("loss", "activation"), [(loss, GATES[k % 5]) for k, loss in enumerate(cp.LOSSES)]
)
def test_every_loss_makes_sheets(loss, activation):
    made = cp.make_worksheets([2, 3, 2], 1, seed=3, loss=loss, activation=activation,
                              shared_bias=loss != "logistic")  # fmt: skip
    student = made[1]
    grading = cp.grade(made, {1: {key: repr(value) for key, value in student.right.items()}})
    assert grading[1].n_right == len(grading.questions)
    for view in (made.html(), made.key_html()):
        Checker(view)
    gradients = student.net.gradients([student.x], student.targets)
    assert student.right["dloss/dw1"] == pytest.approx(gradients["W1"][0, 0], rel=1e-12)


def test_noise_is_no_known_mistake(sheets):
    plants, draws = Plants(sheets.task), np.random.RandomState(0)
    found = []
    for student in sheets.students[:4]:
        for question in sheets.task.questions:
            value = student.right[question.key] * draws.choice([-1, 1]) * draws.uniform(0.3, 3)
            finder = Finder(plants, student, {question.key: value}, set())
            found.append(finder.reasons(question)[0].kind)
    assert found.count("unknown") >= 0.9 * len(found)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda s: {"loss": figures(sloppy(s))}, "rounded"),
        (lambda s: {"loss": swapped(figures(s.right["loss"]))}, "digits"),
        (lambda s: {"loss": figures(s.right["loss"], 4, 7)}, "near"),
        (lambda s: {"loss": "12.34"}, "unknown"),
    ],
)  # fmt: skip
def test_lesser_reasons(sheets, make, kind):
    answers = {student.number: make(student) for student in sheets.students}
    marks = [mark for one in cp.grade(sheets, answers).students for mark in one.marks]
    found = [mark.reasons[0].kind for mark in marks if mark.reasons]
    assert found.count(kind) >= len(found) / 2
    assert found


def sloppy(student):
    """Return the loss as it comes out where each number is rounded to two decimals at once."""
    total, x, (t1, t2) = student.parameters, student.x, student.y

    def neuron(k, given, bias):
        net = total[f"w{k}"] * given[0] + total[f"w{k + 1}"] * given[1] + total[bias]
        return round(sigmoid(round(net, 2)), 2)

    h = [neuron(1, x, "b1"), neuron(3, x, "b1")]
    o = [neuron(5, h, "b2"), neuron(7, h, "b2")]
    return round(round((t1 - o[0]) ** 2 / 2, 2) + round((t2 - o[1]) ** 2 / 2, 2), 2)


def swapped(text):
    """Return a number with its last two digits the other way round (or another, if equal)."""
    return text[:-2] + text[-1] + text[-2]


def test_words_are_there_in_both_languages():
    assert WORDS["en"].keys() == WORDS["zh"].keys()
    hole = re.compile(r"\{(\w+)")
    for key, text in WORDS["en"].items():
        assert set(hole.findall(text)) == set(hole.findall(WORDS["zh"][key])), key
    for row in SLIPS.values():
        assert set(hole.findall(row.what["en"])) == set(hole.findall(row.what["zh"])), row.name


def test_all_views_of_marks_say_the_same(sheets, tmp_path):
    answers = all_right(sheets)
    answers[4]["w1_new"] = "abc"
    answers[5]["dloss/dw1"] = figures(-sheets[5].right["dloss/dw1"])
    grading = cp.grade(sheets, answers)
    page, text = grading.html(), grading.text()
    Checker(page)
    assert "default-src 'none'" in page
    for said in ("The sign is turned round", "not a number"):
        assert said in text
        assert said in re.sub("<[^>]*>", "", page)
        assert said in grading.csv()
    data = json.loads(grading.to_json())
    assert data["students"][4]["answers"][11]["reasons"][0]["name"] == "wrong_sign"
    for name in ("marks.html", "marks.csv", "marks.json"):
        grading.save(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000
    with pytest.raises(DoctorError, match=r"marks\.txt"):
        grading.save(tmp_path / "marks.txt")


def test_the_command_line(tmp_path):
    folder, names = tmp_path / "sheets", tmp_path / "class.csv"
    names.write_text("id;name\n1;Ada\n2;Ben Best\n", "utf-8")
    made = document("worksheet", "--network", "2-2-2", "--names", names, "--seed", "7", "--ask",
                    ASK, "--out", folder)  # fmt: skip
    assert made["students"] == 2
    assert made["questions"][-1] == "b2_new"
    assert all(Path(path).is_file() for path in made["files"])
    shown = run("grade", folder, folder / "answers.csv", "--out", tmp_path / "m.html", "--out",
                tmp_path / "m.csv").stdout  # fmt: skip
    assert "Ben Best" in shown
    assert "0 / 17" in shown
    assert (tmp_path / "m.html").is_file()
    assert "空白" in run("grade", folder, folder / "answers.csv", "--language", "zh").stdout
    assert len(document("grade", folder, folder / "answers.csv")["students"]) == 2
    alone = run("grade", folder, folder / "answers.csv", "--sheet", "2").stdout
    assert "Ben Best" in alone
    assert "Ada" not in alone


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["worksheet", "--network", "2-2-2", "--out", "x"], 2, "--students is missing"),
        (["worksheet", "--network", "2", "--students", "1", "--out", "x"], 2, "--network"),
        (["worksheet", "--network", "2-2-2", "--students", "1"], 2, "--out is missing"),
        (["worksheet", "--network", "2-2-2", "--students", "1", "--ask", "w99", "--out", "x"], 1,
         "there is no parameter 'w99'"),
        (["worksheet", "--network", "2-2-2", "--names", "none.csv", "--out", "x"], 1, "none.csv"),
        (["grade", "none", "none.csv"], 1, "there is no none"),
        (["grade", "none", "none.csv", "--out", "m.txt"], 2, "a report is"),
    ],
)  # fmt: skip
def test_wrong_usage_is_said(tmp_path, monkeypatch, words, code, problem):
    monkeypatch.chdir(tmp_path)
    assert problem in run(*words, code=code).stderr
    assert not (tmp_path / "x").exists()


def classes(language, count=3):
    settings = {"activation": "tanh", "loss": "softmax_cross_entropy"} if language == "zh" else {}
    names = ["Ada", r"50% \input{x} $#_^~&{}", "Zo\u00eb"] if language == "en" else ["李明"]
    names = names[:count]
    return cp.make_worksheets([2, 3, 2], count, seed=2, language=language, names=names, **settings)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_sheets_and_keys_compile_and_fit_on_paper(tmp_path, language):
    made = classes(language)
    for number in (1, 2, 3):
        log = compiled(made.latex(number), engine_of(made.latex(number)), tmp_path)
        assert "Overfull" not in log
        assert re.search(r"Output written on [^(]*\((1|2) pages?", log), "one or two pages"
    compiled(made.key_latex(1), engine_of(made.key_latex(1)), tmp_path)


def engine_of(text):
    return re.search(r"\b(pdflatex|xelatex)\b", text.splitlines()[0])[1]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_open_in_a_browser_without_a_message_and_fit_on_paper(tmp_path, language):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium; on Debian: apt-get install chromium")
    made = classes(language, 2)
    answers = {1: {"net_h1": "0.1", "loss": "0,2"}}
    pages = {"sheet": made.html(1), "key": made.key_html(1),
             "marks": cp.grade(made, answers).html()}  # fmt: skip
    for name, page in pages.items():
        file = tmp_path / f"{name}.html"
        file.write_text(page, "utf-8")
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
                   "--enable-logging=stderr", f"--user-data-dir={tmp_path / 'user'}",
                   f"--print-to-pdf={tmp_path / name}.pdf", file.as_uri()]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        assert "CONSOLE" not in done.stderr
    pages = (tmp_path / "sheet.pdf").read_bytes().count(b"/Type /Page\n")
    assert 1 <= pages <= 2
