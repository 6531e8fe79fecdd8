"""The tutorial's two pages: their commands, formulas and numbers are what ClearProp makes."""

import json
import math
import re
import shlex
from functools import cache
from itertools import zip_longest
from pathlib import Path

import pytest

import clearprop as cp
from commands import run

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {"en": "tutorial.md", "zh": "tutorial.zh.md"}
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FORMULA = re.compile(r"^\$\$\n(.*?)^\$\$$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
KNOWN = {"0.693": math.log(2), "709": math.floor(math.log(1.797e308))}
"""Numbers of the text that are mathematics: to the digits that are written."""


def page(language):
    return (DOCS / PAGES[language]).read_text("utf-8")


def fences(language, kind):
    return [body for name, body in FENCE.findall(page(language)) if name == kind]


def commands(language):
    """Return each command of a page with what the page says that it prints."""
    for block in fences(language, "console"):
        for part in block.split("$ ")[1:]:
            line, _, shown = part.partition("\n")
            yield line, shown.splitlines()


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """Return a function that runs a command, in one folder for all of them, and only once."""
    folder = tmp_path_factory.mktemp("tutorial")

    @cache
    def print_lines(line):
        name, *words = shlex.split(line)
        assert name == "clearprop"
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            return run(*words).stdout.splitlines()

    return print_lines


def follows(shown, printed):
    """Whether lines are the printed ones, in their order, with "..." for any others."""
    at, free = 0, False
    for line in shown:
        if line == "...":
            free = True
            continue
        while free and at < len(printed) and printed[at] != line:
            at += 1
        if at == len(printed) or printed[at] != line:
            return False
        at, free = at + 1, False
    return free or at == len(printed)


def test_lines_follow_others_only_in_their_order():
    said = ["a", "b", "c"]
    assert follows(["a", "...", "c"], said)
    assert follows(["...", "b", "..."], said)
    assert not follows(["a", "c"], said)
    assert not follows(["...", "b"], said)
    assert not follows(["...", "c", "b", "..."], said)
    assert not follows(["a", "b", "c", "d"], said)


@pytest.mark.parametrize("language", PAGES)
def test_commands_print_what_the_page_shows(language, printed):
    for line, lines in commands(language):
        said, shown = ([each for each in some if each.strip()] for some in (printed(line), lines))
        assert not shown or follows(shown, said), f"{line}\n" + "\n".join(said)


@pytest.mark.parametrize("language", PAGES)
def test_formulas_are_made_by_commands(language, printed):
    net = cp.Network([2, 2, 2], "sigmoid", "softmax_cross_entropy", "sigmoid", shared_bias=True)
    made = cp.matrix_form(net, "W1", reduction="sum").latex().splitlines()
    for view in ("latex", "markdown"):
        made += printed(f"clearprop explain tutorial --wrt w1 --format {view}")
    lines = [line for formula in FORMULA.findall(page(language)) for line in formula.splitlines()]
    assert len(lines) > 20
    known = {r"\begin{aligned}", r"\end{aligned}"}
    known |= {tidied(line) for line in made if "&" in line or line.startswith(("\\begin", "\\end"))}
    assert [line for line in lines if tidied(line) not in known] == []


def tidied(line):
    """Return a line of a formula without what only parts it from the next."""
    return re.sub(r"\s*\\\\(\[\S+\])?$", "", line.strip())


@pytest.mark.parametrize("language", PAGES)
def test_numbers_in_the_text_stand_in_an_answer(language):
    text = re.sub(r"\]\(.*?\)|`[^`\n]*`", "", FORMULA.sub("", FENCE.sub("", page(language))))
    fences = [body.replace("_", "") for _, body in FENCE.findall(page(language))]
    found = NUMBER.findall("\n".join(fences))
    answers = [float(x.replace(",", "")) for x in found] + [*KNOWN.values()]
    numbers = [x for x in NUMBER.findall(text) if len(re.sub(r"\D", "", x)) > 2]
    assert len(numbers) > 30
    strange = [
        x for x in numbers
        if x not in ("2018", "97.5")  # the year; 0.975 as a percentage
        and not any(abs(float(x.replace(",", "")) - y) <= last_digit(x) / 2 * 1.01 for y in answers)
    ]  # fmt: skip
    assert strange == []


def last_digit(number):
    """Return the worth of one unit of a number's last digit."""
    return 10.0 ** -len(number.partition(".")[2])


@pytest.mark.parametrize("language", PAGES)
def test_what_is_given_is_the_examples(language):
    text = (Path(cp.__file__).parent / "published" / "tutorial.json").read_text("utf-8")
    part = next(part for part in json.loads(text)["parts"] if "i1" in part.get("given", {}))
    table = page(language).split("| --- | --- |\n")[1].split("\n\n")[0]
    given = {name: float(value) for name, value in re.findall(r"(\w\d) = ([\d.]+)", table)}
    assert given == {name: float(x) for name, x in part["given"].items() if name != "true_class"}
    assert part["given"]["true_class"] in table


def code(block):
    """Return the lines of a session that are typed."""
    return [line for line in block.splitlines() if line.startswith((">>>", "..."))]


def test_both_languages_show_the_same():
    english, chinese = list(commands("en")), list(commands("zh"))
    for (line, shown), (zh_line, zh_shown) in zip_longest(english, chinese):
        assert zh_line.replace(" --language zh", "") == line
        assert sorted(NUMBER.findall("\n".join(zh_shown))) == sorted(
            NUMBER.findall("\n".join(shown))
        )
        words = re.match(r"clearprop (explain|audit)(?!.*--format svg)", line)
        assert bool(words) == zh_line.endswith(" --language zh")
    for block, zh_block in zip_longest(fences("en", "python"), fences("zh", "python")):
        assert code(zh_block.replace('language="zh"', "")) == code(block)
        assert NUMBER.findall(zh_block) == NUMBER.findall(block)
    for pattern in (FORMULA, re.compile(r"\(pictures/.*?\)"), re.compile(r"^#+ |^:::", re.M)):
        assert pattern.findall(page("zh")) == pattern.findall(page("en"))
    kinds = [[kind for kind, _ in FENCE.findall(page(language))] for language in PAGES]
    assert kinds[0] == kinds[1]
