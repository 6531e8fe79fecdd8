"""Examples as files, what is no example, and what the audit says in words and as data."""

import json
import time

import pytest

import clearprop as cp
from clearprop.errors import ExampleError
from clearprop.published import published_names
from clearprop.published.alternatives import ALTERNATIVES
from clearprop.published.slips import SLIPS
from clearprop.published.text import WIDTH, _width
from worked_examples import MAZUR, audited, mazur, moons, planted, tutorial

# --------------------------------------------------------------------------- files and language


BAD = [
    ({}, "title"),
    ({"title": "t"}, "network, circuit, scores, run"),
    ({"title": "t", "parts": 3}, "parts: a list"),
    ({"title": "t", "parts": [{"name": "x"}]}, "parts[0]: one of network"),
    ({"title": "t", "circuit": "x", "scores": [1]}, "scores: there is no such key"),
    ({"title": "t", "circuit": "x +", "given": {"x": 1}, "printed": {"f": "1"}}, "circuit: "),
    ({"title": "t", "circuit": "x", "given": {"x": 1}, "printed": {"f": 1}}, "in quotes"),
    ({"title": "t", "circuit": "x", "given": {"x": 1}, "printed": {"f": "one"}}, "printed, 'f'"),
    ({"title": "t", "circuit": "x", "given": {"x": 1}, "printed": {"g": "1"}}, "no 'g' here"),
    ({"title": "t", "circuit": "x", "given": {"x": True}, "printed": {"f": "1"}}, "given.x"),
    ({"title": "t", "circuit": "x", "given": {"x": 1}, "printed": {}}, "here are 0"),
    ({"title": "t", "circuit": "x", "given": {"x": 1}, "printed": {"f after 2 updates": "1"}},
     "no updates"),
    (mazur({"E_total": "0.3"}) | {"nework": 1}, "nework: there is no such key"),
    (mazur({"E_total": "0.3"}, w9=1.0), "given.w9"),
    (mazur({"E_total ++": "0.3"}), "names no quantity"),
    (mazur({"dE_total/dw99": "0.3"}), "no 'w99' here"),
    (mazur({"E_total after 99999999 updates": "0.3"}), "at most 1,000,000"),
    (mazur({"E_total": "0.3"}, biases="frozen"), "training.biases"),
    ({**mazur({"E_total": "0.3"}), "network": {**MAZUR, "layers": [2, "x"]}}, "network: layers"),
    ({**mazur({"E_total": "0.3"}), "network": {**MAZUR, "layers": [90, 90, 2]}}, "at most 500"),
    (tutorial({"dloss/dw1": "w1 **"}), "formulas, 'dloss/dw1'"),
    (tutorial({"dloss/dw1": "w1 * v1"}), "there is no v1 here"),
    (tutorial({"loss": "1"}, true_class="o3"), "true_class: one of o1, o2"),
    ({"title": "t", "scores": [1, 2], "printed": {"hinge": "1"}}, "correct: hinge needs it"),
    ({"title": "t", "scores": [1, 2], "correct": 5, "printed": {"hinge": "1"}}, "correct: "),
    ({"title": "t", "scores": [1, 2], "correct": 0, "printed": {"hing": "1"}}, "'hing'"),
    ({"title": "t", "run": {}, "printed": {"loss": "1"}}, "run: data is missing"),
    ({**moons(), "printed": {"lost after 2 updates": "1"}}, "a run has loss and accuracy"),
]  # fmt: skip


@pytest.fixture(scope="module")
def audits():
    return audited()


@pytest.mark.parametrize(("example", "message"), BAD, ids=[m for _, m in BAD])
def test_what_is_no_example_is_refused_with_the_key_named(example, message):
    with pytest.raises(ExampleError) as caught:
        cp.audit(example)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"title": "t",\n "circuit": x}', "bad.json, line 2, column 13"),
        ("[1]", "an object"),
        ('{"title": "t", "title": "u"}', "'title' stands twice"),
        ('{"title": "t", "circuit": "x", "given": {"x": NaN}}', "NaN is not a number"),
        ("[" * 100_000, "bad.json"),
    ],
)
def test_files_that_are_no_examples(tmp_path, text, message):
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ExampleError) as caught:
        cp.audit(path)
    assert message in str(caught.value)


def test_a_file_of_ones_own(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(mazur({"out_h1": "0.5933"})), encoding="utf-8")
    assert cp.audit(path)["out_h1"].verdict == cp.audit(str(path))["out_h1"].verdict == "reproduced"
    with pytest.raises(ExampleError, match="the published examples are: cs231n, mazur"):
        cp.audit(tmp_path / "none.json")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_fits_the_terminal_in_both_languages(audits, language):
    found = [*audits.values(), *(cp.audit(mazur(p, **m)) for p, m in planted().values())]
    for one in found:
        for line in one.text(language).splitlines():
            assert _width(line) <= WIDTH, line
            assert "{" not in line
            assert line == line.rstrip()


def test_the_text_says_what_was_found(audits):
    text = audits["tutorial"].text()
    assert "1. it takes out_o1 - 1 for the slope of softmax cross-entropy, which is p1 - 1" in text
    assert (
        "2. it follows the path through o1 only; w1 also reaches the loss through o2 (w7)" in text
    )
    assert "with both mended the formula gives 0.0000794438" in text
    assert "the sign is wrong" in text
    assert "26 of 32 reproduced; 5 of the others explained" in audits["mazur"].text()
    assert "符号是错的" in audits["tutorial"].text("zh")
    with pytest.raises(ExampleError, match="en, zh"):
        audits["tutorial"].text("fr")


@pytest.mark.parametrize("row", [*ALTERNATIVES, *SLIPS], ids=lambda row: row.name)
def test_every_row_has_words_in_both_languages(row):
    assert set(row.words) == {"en", "zh"}
    assert all(row.words.values())


def test_it_goes_to_json(audits):
    for found in audits.values():
        data = json.loads(found.to_json())
        assert data == found.to_data() == json.loads(json.dumps(found.to_data()))
        assert [row["name"] for row in data["rows"]] == [row.name for row in found.rows]
    with pytest.raises(KeyError, match="no row is named 'x'"):
        audits["mazur"]["x"]


def test_ten_thousand_updates_take_less_than_a_second():
    times = []
    for _ in range(3):
        start = time.process_time()
        cp.audit("mazur")
        times.append(time.process_time() - start)
    assert min(times) < 1


# ------------------------------------------------------------------------------------- command


def command(*args, code=0):
    commands = pytest.importorskip("commands")
    return commands.run("audit", *args, code=code)


def test_the_command_shows_one_example_or_all():
    lines = command("mazur").stdout.splitlines()
    assert lines[0] == "A Step by Step Backpropagation Example"
    assert all(len(line) <= 100 for line in lines)
    everything = command().stdout
    assert all(name in everything for name in published_names())
    assert "符号是错的" in command("tutorial", "--language", "zh").stdout


def test_the_command_gives_json():
    one = json.loads(command("tutorial", "--json").stdout)
    assert one["reproduced"] == 5
    everything = json.loads(command("--json").stdout)
    assert [each["name"] for each in everything["examples"]] == list(published_names())


def test_the_command_refuses_in_one_line(tmp_path):
    path = tmp_path / "bad.json"
    path.write_text("{", encoding="utf-8")
    assert "bad.json, line 1" in command(path, code=1).stderr
    assert "cannot be read" in command(tmp_path / "no.json", code=1).stderr
