"""LaTeX, Markdown and HTML of derivations: read back, balanced, closed, escaped, compiled."""

import base64
import functools
import hashlib
import math
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import CircuitError
from clearprop.explanation import Derivation
from clearprop.explanation.html import to_fragment, to_html
from clearprop.explanation.latex import ROOM, Page, aligned, documents, to_latex
from clearprop.explanation.latex_math import formula, named, width
from clearprop.explanation.markdown import to_markdown
from clearprop.explanation.mathml import math as mathml
from clearprop.explanation.outline import Equation, Product, Side, elided, outline_of
from clearprop.explanation.reading import parse_formula
from clearprop.explanation.svg import escaped

TUTORIAL = cp.Network([2, 2, 2], "sigmoid", "softmax_cross_entropy", "sigmoid", shared_bias=True)
HOSTILE = "</script><b>&\"'$\\{}^~#%_|`é\x00\u202e名"
EVERYWHERE = 1e9  # room without end: every equation on one line


def case(seed):
    """A derivation of a random network, or of a random formula."""
    rng = np.random.default_rng(seed)
    if seed % 5 == 4:
        names = [f"x{k}" for k in range(3)]
        text = ["sigmoid(x0*x1 - x2/3)", "pow(x0, 2) + max(x0*x1, x2)", "-log(x0*x0 + exp(x1)*x2)",
                "gelu(x0 + 1e-9*x1) * tanh(x2 - x0)", "sqrt(abs(x0)) - 1 / (x1 + x2 + 10)"][
                    seed // 5 % 5
                ]  # fmt: skip
        at = dict(zip(names, map(float, rng.uniform(0.1, 2, 3)), strict=True))
        return cp.explain(cp.parse(text, **at), wrt="x0", learning_rate=0.1)
    layers = [int(n) for n in rng.integers(1, 6, rng.integers(2, 5))]
    loss = list(cp.LOSSES)[seed % len(cp.LOSSES)]
    targets = cp.LOSSES[loss].targets
    layers[-1] = max(2, layers[-1])
    gates = cp.activations()
    hidden, last = gates[seed % len(gates)], gates[int(rng.integers(len(gates)))]
    net = cp.Network(layers, hidden, loss, last, shared_bias=bool(seed % 2), seed=seed)
    net = cp.Network.of(net.architecture, net.vector * 10 ** rng.uniform(-4, 0.5, net.n_parameters))
    rows = 1 if seed % 3 else 3
    X = rng.normal(size=(rows, layers[0]))
    y = {
        "class": lambda: rng.integers(0, layers[-1], rows),
        "binary": lambda: rng.integers(0, 2, (rows, layers[-1])).astype(float),
        "value": lambda: rng.normal(size=(rows, layers[-1])),
    }[targets]()
    place = f"W1[{rng.integers(layers[0])},{rng.integers(layers[1])}]"
    found = net.explain(
        X, y, place, notation=["neuron", "matrix"][seed % 2], l2=[0.0, 0.1][seed // 2 % 2],
        reduction=["mean", "sum"][seed // 3 % 2], learning_rate=0.05,
    )  # fmt: skip
    assert isinstance(found, Derivation)
    return found


@functools.cache
def cases():
    return [case(seed) for seed in range(200)]


def hostile(name=HOSTILE):
    x, y = cp.input(name, 2.0), cp.input("y", 3.0)
    return cp.explain((x * y).named(f"{name}!") + 1.0, wrt=name, learning_rate=0.1)


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

TOKEN = re.compile(r"\\left|\\right|\\operatorname|\\[A-Za-z,]+|\d+\.?\d*|.", re.DOTALL)
FUNCTIONS = {r"\log": math.log, r"\tanh": math.tanh, r"\sigma": lambda x: 1 / (1 + math.exp(-x)),
             r"\sqrt": math.sqrt, "relu": lambda x: max(x, 0.0)}  # fmt: skip


class Reader:
    """Works out a formula of LaTeX in which only numbers stand."""

    def __init__(self, text):
        marks = [t for t in TOKEN.findall(text) if t.strip()]
        self.marks = [t for t in marks if t not in (r"\left", r"\right", r"\,")]
        self.at = 0

    def all(self):
        value = self.sum()
        assert self.at == len(self.marks), self.marks[self.at :]
        return value

    def see(self):
        return self.marks[self.at] if self.at < len(self.marks) else ""

    def take(self, mark=None):
        found = self.see()
        assert mark in (None, found), (mark, found, self.marks)
        self.at += 1
        return found

    def sum(self):
        value = self.product()
        while self.see() in ("+", "-") and self.see():
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self):
        if self.see() == "-":
            self.take()
            return -self.product()
        value = self.power()
        while self.see() and self.see() not in "+-),}|":
            if self.see() == r"\cdot":
                self.take()
            value *= self.power()
        return value

    def power(self):
        base = self.atom()
        if self.see() == "^":
            self.take()
            exponent = self.group() if self.see() == "{" else float(self.take())
            return base**exponent
        return base

    def group(self, opened="{", closed="}"):
        self.take(opened)
        value = self.sum()
        self.take(closed)
        return value

    def atom(self):
        mark = self.take()
        if mark[0].isdigit():
            return float(mark)
        if mark == "e":
            return math.e
        if mark == r"\infty":
            return math.inf
        if mark == "(":
            self.at -= 1
            return self.group("(", ")")
        if mark == "|":
            value = self.sum()
            self.take("|")
            return abs(value)
        if mark == r"\frac":
            return self.group() / self.group()
        if mark in (r"\max", r"\min"):
            self.take("(")
            first = self.sum()
            self.take(",")
            second = self.sum()
            self.take(")")
            return max(first, second) if mark == r"\max" else min(first, second)
        if mark == r"\operatorname":
            mark = "".join(iter(self.take, "}")).removeprefix("{")
        pair = "{}" if self.see() == "{" else "()"
        return FUNCTIONS[mark](self.group(*pair))


def agree(printed, value, digits=6):
    """Whether a number is what is printed, to its last digit (or to the machine's)."""
    exact = float(f"{printed:.{digits - 1}e}")
    return math.isclose(exact, value, rel_tol=2e-15) or math.isclose(printed, value, rel_tol=1e-13)


def readable(text):
    other = r"\\operatorname\{(?!relu\})|cases|cdots|\\text|nan|\\pi"
    return not re.search(other, text)


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
            slopes, symbols, numbers = re.split(r"\\\\\[.*?ex\]", array)
            assert slopes.count("&") == symbols.count("&"), seed
            cells, _, share = numbers.partition("& =")
            assert cells.rstrip().count("&") == slopes.count("&"), "a number stands under a sign"
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


# HTML.

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Checker(HTMLParser):
    """Sees that every element is closed, in order, and keeps what it has seen."""

    def __init__(self, text):
        super().__init__()
        self.opened, self.seen, self.words = [], [], []
        self.feed(text)
        self.close()
        assert not self.opened

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.opened.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.opened.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def wires(checked):
    return {attrs["data-wire"] for _, attrs in checked.seen if "data-wire" in attrs}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_are_well_formed_and_need_nothing_from_elsewhere(language):
    for found in [*cases()[::4], hostile()]:
        for text in (to_html(found, language), to_fragment(found, language)):
            checked = Checker(text)
            attributes = {name for _, attrs in checked.seen for name in attrs}
            assert not attributes & {"src", "href", "srcset", "action", "style", "onclick"}
            assert "://" not in text.replace("http://www.w3.org/2000/svg", "")
            assert "@import" not in text
            assert "url(" not in text
            expected = {"zh": "zh-Hans", "en": "en"}[language]
            assert [a["lang"] for _, a in checked.seen if "lang" in a] == [expected]
            names = {step.name.replace("\x00", "\ufffd") for step in found.steps if step.on_the_way}
            assert names <= wires(checked) | {found.result}


def test_the_policy_lets_this_one_script_run_and_nothing_else():
    text = to_html(cases()[0])
    policy = next(a["content"] for tag, a in Checker(text).seen if "http-equiv" in a)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.S)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert len(scripts) == 1
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2]
    assert text.index("Content-Security-Policy") < text.index("<style>")


def test_hostile_names_are_only_names():
    page = to_html(hostile())
    checked = Checker(page)
    assert [tag for tag, _ in checked.seen].count("script") == 2
    assert "b" not in {tag for tag, _ in checked.seen}
    assert escaped(HOSTILE) in page
    latex = to_latex(hostile(), document=True)
    assert latex.startswith("% Compile this document with xelatex.")
    assert "\x00" not in latex


def test_everything_on_a_wire_has_its_name_in_formulas_and_picture():
    x = [0.05, 0.1]
    found = TUTORIAL.explain(x, 0, "w1", learning_rate=0.5)
    picture = cp.draw_circuit(TUTORIAL, x=x, y=0)
    page = found.html(picture=str(picture))
    body, drawn = page.replace(str(picture).strip(), ""), str(picture)
    for name in ("w1", "net_h1", "out_h1", "w5", "net_o2", "out_o1", "i1"):
        assert f'data-wire="{name}"' in body
        assert f'data-wire="{name}"' in drawn
    assert page.count('tabindex="0"') >= 11 + 10
    assert "∂loss/∂out_h1 = " in page
    assert found.html(picture=picture) == page


@pytest.mark.parametrize(
    "picture",
    [
        "<p>no picture</p>",
        "<svg><script>alert(1)</script></svg>",
        "<svg><g onclick='alert(1)'/></svg>",
        "<svg><image href='http://x/y.png'/></svg>",
        "<svg><use href='http://x/y.svg#a'/></svg>",
        "<svg><style>g { fill: url(http://x) }</style></svg>",
        "<svg><style>@import 'http://x'</style></svg>",
        "<svg><foreignObject><p>text</p></foreignObject></svg>",
        "<svg><g></svg>",
        "<svg></svg><svg></svg>",
        "<svg></svg></figure>",
        "<svg>",
    ],
)
def test_pictures_that_do_more_than_be_seen_are_refused(picture):
    with pytest.raises(CircuitError, match="picture"):
        to_html(cases()[0], picture=picture)


def test_mathml_of_a_product_of_negative_numbers():
    side = Side(parse_formula("a * b"), {"a": -2.0, "b": -0.5})
    assert re.sub("<[^>]*>", "", mathml(side)) == "−2⋅(−0.5)"


def test_notebooks():
    found = TUTORIAL.explain([0.05, 0.1], 0, "w1")
    shown = found._repr_html_()
    assert "<script" not in shown
    assert all(rule.startswith((".clearprop", "@media", " ", "}")) for rule in styles(shown))
    latex = found._repr_latex_()
    assert latex.startswith("$$\n")
    assert latex.endswith("$$")
    assert latex.count("array") == 2 * 2
    dead = cp.explain(cp.parse("x + 0 * y", x=1.0, y=2.0), "y")
    assert r"\frac{\partial f}{\partial y}" in dead._repr_latex_()


def styles(text):
    sheet = re.search(r"<style>\n(.*?)</style>", text, re.S)[1]
    return [line for line in sheet.splitlines() if line]


def test_the_outline_has_every_path_and_its_share():
    for found in cases():
        lines = [line for section in outline_of(found).sections for line in section.lines]
        products = [line for line in lines if isinstance(line, Product)]
        assert len(products) == len(found.paths)
        assert [p.share.tree.value for p in products] == [path.share for path in found.paths]


# What takes programs that are not always there.


def compiled(text, engine, folder):
    if shutil.which(engine) is None:
        pytest.skip(f"{engine} is not installed; on Debian: apt-get install {PACKAGES}")
    (folder / "page.tex").write_text(text, "utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300)
    log = (folder / "page.log").read_text("utf-8", "replace")
    assert done.returncode == 0, log[-3000:]
    return log


PACKAGES = "texlive-latex-base texlive-latex-recommended texlive-xetex texlive-lang-chinese"


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


@pytest.mark.slow
def test_pages_open_in_a_browser_without_a_message(tmp_path):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium; on Debian: apt-get install chromium")
    found = TUTORIAL.explain([0.05, 0.1], 0, "w1", learning_rate=0.5)
    picture = str(cp.draw_circuit(TUTORIAL, x=[0.05, 0.1], y=0))
    page = tmp_path / "page.html"
    page.write_text(found.html(picture=picture), "utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
               f"--user-data-dir={tmp_path / 'user'}", "--dump-dom", page.as_uri()]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert "CONSOLE" not in done.stderr
    assert "net_h1" in done.stdout


def test_widths_are_never_less_than_what_a_font_takes():
    # In ems of Computer Modern: digits 0.5, w 0.716, m 0.878, a quad of sum signs 0.778 + 0.444.
    for text, least in (("0.123456", 3.77), ("w_{12}", 1.41), ("a + b", 2.18),
                        (r"\frac{1}{0.123456}", 3.77), (r"\mathrm{net}_{h1}", 2.2)):  # fmt: skip
        assert least <= width(text) <= 1.35 * least
