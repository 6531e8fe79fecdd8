"""Worksheets as files and pages, on paper, in a browser and from the command line."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import clearprop as cp
from clearprop.doctor.worksheets.planted import Plants
from clearprop.doctor.worksheets.reasons import Finder
from clearprop.doctor.worksheets.slips import SLIPS
from clearprop.doctor.worksheets.words import WORDS
from clearprop.errors import ClearPropError, DoctorError
from commands import document, run
from compiling import compiled
from test_explanation_html import Checker
from worksheet_cases import ASK, all_right, figures, sigmoid


@pytest.fixture(scope="module")
def sheets():
    return cp.make_worksheets([2, 2, 2], 30, seed=7, ask=ASK)


@pytest.fixture(scope="module")
def small():
    return cp.make_worksheets([2, 2, 1], 1, seed=1).to_json()


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
