"""LaTeX and Markdown of derivations: read back, balanced, compiled."""

import math
import re

import pytest

import clearprop as cp
from clearprop.errors import CircuitError
from clearprop.explanation.html import to_html
from clearprop.explanation.latex import ROOM, Page, aligned, documents, to_latex
from clearprop.explanation.latex_math import formula, named, width
from clearprop.explanation.markdown import to_markdown
from clearprop.explanation.outline import Equation, Product, Side, elided
from clearprop.explanation.reading import parse_formula
from compiling import compiled
from latex_reading import Reader, agree, readable
from random_derivations import TUTORIAL, cases, hostile

EVERYWHERE = 1e9  # room without end: every equation on one line


# Names.


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("net_h1", r"\mathrm{net}_{h1}"),
        ("out_h1", r"\mathrm{out}_{h1}"),
        ("net_h2_3", r"\mathrm{net}_{h2,3}"),
        ("w1", "w_1"),
        ("w12", "w_{12}"),
        ("i1", "i_1"),
        ("p1", "p_1"),
        ("b_h1", "b_{h1}"),
        ("h1_3", "h_{1,3}"),
        ("W1[0,2]", "W^{(1)}_{0,2}"),
        ("z1[0]", "z^{(1)}_0"),
        ("x[0]", "x_0"),
        ("loss", r"\mathrm{loss}"),
        ("target_o1", r"\mathrm{target}_{o1}"),
        ("alpha", r"\alpha"),
        ("w1⁺", "w^{+}_1"),
        ("50 %_", r"\text{50 \%\_}"),
        ("∂loss/∂w1", r"\frac{\partial \mathrm{loss}}{\partial w_1}"),
    ],
)
def test_names_are_set_as_mathematicians_do(name, latex):
    assert named(name) == latex


# What is printed, read back by a reader that knows nothing of how it was printed.


@pytest.mark.parametrize("shard", range(4))
def test_every_printed_equation_comes_to_its_printed_value(shard):
    seen = 0
    for seed in range(shard, 200, 4):
        page = Page(cases()[seed], "en", 6, EVERYWHERE)
        for section in page.outline.sections:
            for line in section.lines:
                if not isinstance(line, Equation) or len(line.sides) < 2:
                    continue
                text = aligned([page.row(line)], EVERYWHERE)
                *_, numbers, value = re.sub(
                    r"\\(begin|end)\{align.*?\}(\{\d\})?|&", "", text
                ).split("=")
                if readable(numbers) and line.sides[-2].values is not None:
                    digits = 9 if section.kind == "update" else 6
                    got, said = Reader(numbers).all(), Reader(value).all()
                    assert agree(got, said, digits), (seed, numbers, value, got)
                    seen += 1
    assert seen > 300


@pytest.mark.parametrize("view", [to_latex, to_markdown])
def test_every_printed_product_comes_to_its_printed_share(view):
    seen = 0
    for seed, found in enumerate(cases()):
        text = view(found)
        arrays = re.findall(r"\\begin\{array\}\{[cl]*\}(.*?)\\end\{array\}", text, re.S)
        factors = []
        for array in arrays:
            *above, symbols, numbers = re.split(r"\\\\\[.*?ex\]", array)
            assert {row.count("&") for row in above} == {symbols.count("&")}, seed
            # Names of the slopes and gates; of second derivatives, the gates alone.
            assert len(above) == (1 if found.result.startswith("∂") else 2)
            cells, _, share = numbers.partition("& =")
            assert cells.rstrip().count("&") == symbols.count("&"), "a number stands under a sign"
            factors += [c for c in map(str.strip, cells.split("&")) if c not in (r"\cdot", "")]
            if share:
                product = math.prod(Reader(cell).all() for cell in factors)
                said = Reader(share).all()
                assert math.isclose(product, said, rel_tol=5.1e-6), (seed, factors, share)
                factors, seen = [], seen + 1
        assert not factors
        assert bool(arrays) == bool(found.paths)
    assert seen > 400


def test_what_is_broken_into_lines_is_what_was_there():
    for found in cases():
        page = Page(found, "en", 6, ROOM)
        for section in page.outline.sections:
            for line in section.lines:
                if isinstance(line, Equation):
                    row = page.row(line)
                    broken, whole = (bare(aligned([row], r)) for r in (ROOM, EVERYWHERE))
                    assert broken == whole


def bare(text):
    """A formula without what only says where its lines end."""
    return re.sub(r"\\(begin|end)\{align.*?\}(\{\d\})?|\\quad \{\}|\\\\|[&\s]", "", text)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_braces_and_environments_are_balanced_and_no_number_is_all_zeros(language):
    for found in [*cases(), hostile()]:
        for text in (to_latex(found, language), to_markdown(found, language)):
            bare = re.sub(r"\\[{}\\]", "", text)
            assert bare.count("{") == bare.count("}")
            opened = []
            for kind, name in re.findall(r"\\(begin|end)\{(.*?)\}", text):
                assert kind == "begin" or opened.pop() == name
                opened += [name] * (kind == "begin")
            assert not opened
            assert not re.search(r"(?<![\d.])0\.0+(?!\d)", text)
            assert not re.search(r"\de[-+]?\d", text), "powers of ten are written as such"


def test_small_numbers_have_powers_of_ten():
    assert formula(Side(parse_formula("a"), {"a": -1.5e-7})) == r"-1.5 \cdot 10^{-7}"
    assert formula(Side(parse_formula("b - a * b"), {"a": -1e-7, "b": 2.0})) == (
        r"2 - (-10^{-7} \cdot 2)"
    )


def test_long_sums_are_elided():
    long = parse_formula(" + ".join(f"w{k} * i{k}" for k in range(1, 101)))
    assert formula(Side(elided(long))) == (
        r"w_1 i_1 + w_2 i_2 + w_3 i_3 + w_4 i_4 + \cdots + w_{99} i_{99} + w_{100} i_{100}"
    )


def test_a_new_gate_appears_in_every_view_without_another_edit():
    row = cp.Gate("bend", "x * exp(-x * x)", ["exp(-x * x) * (1 - 2 * x * x)"], activation=True)
    net = cp.Network([1, 1, 1], row, "squared_error", seed=3)
    cp.register_gate(row)
    try:
        found = net.explain([0.5], [1.0], "w1")
        assert r"e^{-\mathrm{net}_{h1} \cdot \mathrm{net}_{h1}}" in found.latex()
        assert "bend" in found.html()
    finally:
        cp.GATES.remove("bend")


def test_the_tutorial_in_latex():
    found = TUTORIAL.explain([0.05, 0.1], 0, "w1", learning_rate=0.5)
    text = found.latex()
    for part in (
        r"\mathrm{net}_{h1} &= w_1 i_1 + w_2 i_2 + b_1",
        r"\dfrac{\partial \mathrm{loss}}{\partial \mathrm{out}_{o1}}",
        r"(p_1 - 1) & \cdot & \mathrm{out}_{o1} (1 - \mathrm{out}_{o1}) & \cdot & w_5",
        r"w^{+}_1 &= w_1 - 0.5 \cdot \frac{\partial \mathrm{loss}}{\partial w_1}",
    ):
        assert part in text
    assert "documentclass" not in text
    whole = found.latex(document=True)
    assert whole.startswith("% Compile this document with pdflatex.")
    assert "ctex" not in whole
    chinese = found.latex(language="zh", document=True)
    assert chinese.startswith("% 请用 xelatex 编译")
    assert "{ctex}" in chinese
    assert re.findall(r"[\d.]{6,}", chinese) == re.findall(r"[\d.]{6,}", whole)


@pytest.mark.parametrize("view", [to_latex, to_markdown, to_html])
def test_all_views_say_all_there_is(view):
    for seed in (2, 6, 9, 12):
        found = cases()[seed]
        text = view(found)
        heads = ["Forward", "Update", "Check"]
        heads += ["Chain rule"] if found.paths else ["Layer by layer"] if found.n_paths else []
        heads += ["All samples"] if found.subject.n_samples > 1 else []
        heads += ["l2 adds"] if found.penalty else []
        assert found.n_paths == 0 or all(head in text for head in heads), seed


@pytest.mark.parametrize("view", [to_latex, to_markdown, to_html])
@pytest.mark.parametrize(
    ("how", "problem"),
    [({"language": "fr"}, "language is one of"), ({"digits": 0}, "from 1 to 17")],
)
def test_views_say_what_they_cannot_do(view, how, problem):
    with pytest.raises(CircuitError, match=problem):
        view(cases()[0], **how)


# Markdown.


def test_markdown_has_closed_formulas_and_whole_tables():
    for found in [*cases()[:60], hostile()]:
        text = to_markdown(found)
        assert text.count("$$\n") % 2 == 0
        for block in text.split("\n\n"):
            assert len(re.findall(r"(?<!\\)\$", block.replace("$$", ""))) % 2 == 0, block
            rows = [row for row in block.splitlines() if row.startswith("| ")]
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) <= 1


def test_the_outline_has_every_path_and_its_share():
    for found in cases():
        lines = [line for section in found.outline().sections for line in section.lines]
        products = [line for line in lines if isinstance(line, Product)]
        assert len(products) == len(found.paths)
        assert [p.share.tree.value for p in products] == [path.share for path in found.paths]


# What takes programs that are not always there.


@pytest.mark.slow
@pytest.mark.parametrize(("language", "engine"), [("en", "pdflatex"), ("zh", "xelatex")])
def test_random_derivations_compile_and_stay_on_the_page(language, engine, tmp_path):
    log = compiled(documents(cases(), language), engine, tmp_path)
    wide = [float(found) for found in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert not wide, max(wide)
    assert "Missing character" not in log


@pytest.mark.slow
def test_fragments_stay_in_the_column_of_an_article(tmp_path):
    body = "\n".join(to_latex(found) for found in cases())
    head = "\\documentclass[a4paper]{article}\n\\usepackage{amsmath}\n\\begin{document}\n"
    log = compiled(f"{head}{body}\\end{{document}}\n", "pdflatex", tmp_path)
    assert not re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)


@pytest.mark.slow
def test_hostile_names_compile(tmp_path):
    compiled(to_latex(hostile(), document=True), "xelatex", tmp_path)


def test_widths_are_never_less_than_what_a_font_takes():
    # In ems of Computer Modern: digits 0.5, w 0.716, m 0.878, a quad of sum signs 0.778 + 0.444.
    for text, least in (("0.123456", 3.77), ("w_{12}", 1.41), ("a + b", 2.18),
                        (r"\frac{1}{0.123456}", 3.77), (r"\mathrm{net}_{h1}", 2.2)):  # fmt: skip
        assert least <= width(text) <= 1.35 * least
