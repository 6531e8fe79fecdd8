"""Pages of all explanations: what they print is what is computed, in every format and language."""

import functools
import json
import math
import re
import time

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import CircuitError
from clearprop.explanation.figures import significant
from clearprop.explanation.html import to_fragment
from clearprop.explanation.latex import ROOM, Page, aligned, documents
from clearprop.explanation.outline import Equation
from clearprop.explanation.views import Explanation
from commands import run
from compiling import compiled, opened, too_wide
from formula_readers import FUNCTIONS, Reader, evaluated
from latex_reading import Reader as Numbers
from latex_reading import agree, readable
from page_reading import Checker, LatexArrays, array_lines
from random_derivations import TUTORIAL
from random_networks import random_case

EVERYWHERE = 1e9


@functools.cache
def layer_derivations():
    """One parameter of each of many random networks, explained layer by layer."""
    return [layer_derivation(seed) for seed in range(60)]


def layer_derivation(seed):
    net, X, y, options, wrt = random_case(seed)
    if seed % 3 == 0:
        draw = np.random.RandomState(seed)
        net = cp.Network([12, 40, 30, 11], ["tanh", "relu", "gelu"][seed // 3 % 3], seed=seed)
        X, y, wrt = draw.randn(4, 12), draw.randint(0, 11, 4), "W1"
    place = ",".join("0" for _ in net.parameters[wrt].shape)
    name = f"{wrt}[{place}]" if place else wrt
    return cp.explain_layers(
        net, X, y, name, most=3, learning_rate=0.1, notation=("neuron", "matrix")[seed % 2],
        **{**options, "sample_weight": None if seed % 3 == 0 else options["sample_weight"]},
    )  # fmt: skip


@functools.cache
def tables():
    found = []
    for seed in range(30):
        net, X, y, options, wrt = random_case(seed)
        asked = wrt if seed % 2 and net.parameters[wrt].shape else "all"
        rate = 0.1 if seed % 3 else None
        found.append(cp.explain_all(net, X, y, asked, learning_rate=rate, **options))
    return found


@functools.cache
def forms():
    cases = [random_case(seed) for seed in range(100)]
    return [cp.matrix_form(net, wrt, **options) for net, _, _, options, wrt in cases]


def some_of_each():
    deep = cp.Network([3, 4, 4, 4, 4, 4, 3], "leaky_relu", "hinge", seed=1)
    return [
        *layer_derivations()[:8], *tables()[:6], *forms()[:8], cp.matrix_form(deep, "w1"),
        TUTORIAL.explain([0.05, 0.1], 0, "w1", learning_rate=0.5),
        deep.explain([0.1, 0.2, 0.3], 1, "b_h1_2"),
    ]  # fmt: skip


# Formulas of arrays, read back.


def applied(net, text, values):
    """Work out a formula; the network's own gates are functions too."""
    gates = {str(g).split("(")[0]: g for g in net.architecture.gates}
    own = {k: lambda z, g=g: cp.evaluate(cp.apply(g, cp.constant(z))) for k, g in gates.items()}
    known = dict(FUNCTIONS)
    FUNCTIONS.update({name: own[name] for name in own.keys() - known.keys()})
    try:
        text = re.sub(r"(\w+)\s*\(", r"\1(", re.sub(r"[;,] ?\w+ ?= ?[^,)]*", "", text))
        return Reader(re.sub(r"\|([^|]*)\|", r"abs(\1)", text), values).read()
    finally:
        for name in own.keys() - known.keys():
            del FUNCTIONS[name]


def equations_of(form):
    rows = form.equations_latex().split("\n")[1:-1]
    for row in rows:
        left, right = row.removesuffix(r" \\").split(" &= ", 1)
        yield LatexArrays(left).all().replace(" ", ""), LatexArrays(right).all()


@pytest.mark.parametrize("kind", ["latex", "html"])
@pytest.mark.parametrize("shard", range(4))
def test_formulas_of_arrays_give_what_the_data_say(kind, shard):
    seen = 0
    for seed in range(shard, 100, 4):
        net, X, y, options, _ = random_case(seed)
        form = forms()[seed]
        values = given(net, X, y, options)
        data = form.to_dict()
        wanted = {}
        lines = [*data["forward"], *data["definitions"], data["whole"], *data["steps"]]
        for line in lines:
            wanted[line["name"]] = evaluated(line["formula"], {**values, **wanted}, {"N": len(X)})
        printed = list(array_lines(form.html()) if kind == "html" else equations_of(form))
        assert sorted(name for name, _ in printed) == sorted(line["name"] for line in lines)
        for name, text in printed:
            found = applied(net, text, {**values, **wanted})
            size = max(1.0, np.max(np.abs(wanted[name])))
            assert np.max(np.abs(found - wanted[name])) <= 1e-9 * size, (seed, name, text)
            seen += 1
    assert seen > 100


def given(net, X, y, options):
    values = dict(net.parameters)
    values |= {n: v for n, v in net.forward(X).items() if n[0] in "ZA"}
    outputs = net.layers[-1]
    values["X"] = X
    values["Y"] = np.eye(outputs)[y] if y.dtype.kind == "i" else np.reshape(y, (-1, outputs))
    values |= {"N": float(len(X)), "λ": options["l2"]}
    if options["sample_weight"] is not None:
        values["s"] = options["sample_weight"][:, None]
    return values


@pytest.mark.parametrize("seed", range(40))
def test_a_derivation_has_the_form_of_its_array_beside_it(seed):
    net, X, y, options, wrt = random_case(seed)
    place = tuple(size - 1 for size in net.parameters[wrt].shape)
    name = f"{wrt}[{','.join(map(str, place))}]" if place else wrt
    found = net.explain(X, y, name, **options)
    form = found.matrix
    assert (form.wrt, form.entry) == (wrt, name)
    values = given(net, X, y, options)
    for line in [*form.to_dict()["definitions"], form.to_dict()["whole"]]:
        values[line["name"]] = evaluated(line["formula"], values, {"N": len(X)})
    assert values[f"∂L/∂{wrt}"][place] == pytest.approx(found.total, rel=1e-9, abs=1e-12)
    assert type(found).from_json(found.to_json()).matrix == form
    assert f"∂L/∂{wrt} = " in found.text()
    for page in (found.latex(), found.markdown()):
        assert r"\frac{\partial L}{\partial " + f"{wrt[0]}_{wrt[1:]}" in page
    assert f"∂L/∂{wrt}" in {name for name, _ in array_lines(found.html())}


@pytest.mark.parametrize(
    ("asked", "array", "entry"),
    [("i2", "X", "X[0,1]"), ("net_h1", "Z1", "Z1[0,0]"), ("out_h2", "A1", "A1[0,1]"),
     ("b1", "b1", ""), ("W2[1,0]", "W2", "W2[1,0]"), ("w7", "W2", "W2[0,1]")],
)  # fmt: skip
def test_which_array_a_number_is_in(asked, array, entry):
    found = TUTORIAL.explain([0.05, 0.1], 0, asked)
    assert (found.matrix.wrt, found.matrix.entry) == (array, entry or found.matrix.entry)
    heading = "Matrix form, with N = 1"
    named = asked if asked[0] not in "bW" else ""
    assert (f"{heading}: {named} is {entry}\n" if named else f"{heading}\n") in found.text()


def test_what_is_in_no_array_has_no_form():
    assert TUTORIAL.explain([0.05, 0.1], 0, "p1").matrix is None
    x, y = cp.inputs(x=1.0, y=2.0)
    found = cp.explain(x * y, "x")
    assert found.matrix is None
    assert "Matrix" not in found.text() + found.latex() + found.markdown() + found.html()


# Numbers, read back.


@pytest.mark.parametrize("shard", range(3))
def test_equations_of_layer_derivations_come_to_their_values(shard):
    seen = 0
    for number in range(shard, 60, 3):
        page = Page(layer_derivations()[number], "en", 6, EVERYWHERE)
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
                    got, said = Numbers(numbers).all(), Numbers(value).all()
                    assert agree(got, said, digits), (number, numbers, value, got)
                    seen += 1
    assert seen > 60


def test_the_rows_of_tables_are_the_numbers_in_every_format():
    for table in tables():
        wanted = [
            [significant(v, 9) for v in (row.value, row.gradient, row.updated) if v is not None]
            for row in table.rows
        ]
        pages = {
            "latex": re.findall(r"^\$(.*?)\$(?: \\\\)?$", table.latex(), re.M),
            "markdown": re.findall(r"^\| \$(.*?)\$ \|$", table.markdown(), re.M),
        }
        assert [len(rows) for rows in pages.values()] == [len(wanted)] * 2
        for view, rows in pages.items():
            for row, numbers in zip(rows, wanted, strict=True):
                cells = re.split(r"\$ (?:&|\|) \$", row)[1:]
                assert [Numbers(one).all() for one in cells] == pytest.approx(
                    list(map(float, numbers)), rel=1e-15
                ), view
        body = re.search("<tbody>(.*?)</tbody>", table.html(), re.DOTALL)[1]
        rows = re.findall("<tr(.*?)</tr>", body, re.DOTALL)
        for row, record, numbers in zip(rows, table.rows, wanted, strict=True):
            assert f'data-wire="{record.name}"' in row
            shown = [re.sub("<.*?>", "", cell) for cell in re.findall("<td>(.*?)</td>", row)]
            plain = [s.replace("−", "-").replace("⋅10", "e").replace(" ", "") for s in shown]
            assert [one for one in plain if "e" not in one] == [
                one for one in numbers if "e" not in one
            ]


# All of them, in both languages.


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_explanation_has_every_view(language):
    for found in some_of_each():
        page, part = found.html(language=language), found.view(language=language)._repr_html_()
        for text in (page, part):
            checked = Checker(text)
            names = {name for _, attrs in checked.seen for name in attrs}
            assert not names & {"src", "href", "srcset", "action", "style", "onclick"}
            assert "://" not in text
        assert "<script" not in part
        assert part == to_fragment(found, language, found.DIGITS)
        for text in (
            found.latex(language=language), found.markdown(language=language),
            found.view(language=language)._repr_latex_(),
        ):  # fmt: skip
            bare = re.sub(r"\\[{}\\]", "", text)
            assert bare.count("{") == bare.count("}")
            opened = []
            for kind, name in re.findall(r"\\(begin|end)\{(.*?)\}", text):
                assert kind == "begin" or opened.pop() == name
                opened += [name] * (kind == "begin")
            assert not opened
            assert not re.search(r"(?<![\d.])0\.0+(?!\d)", text)
        text = found.text(language=language)
        assert str(found.view(language=language)) == text
        chinese = bool(re.search("[\u4e00-\u9fff]", found.latex(language=language) + text))
        assert chinese == (language == "zh")
        assert type(found).from_json(found.to_json()) == found


def test_chinese_pages_have_the_same_numbers():
    for found in some_of_each():
        for view in ("latex", "markdown", "text"):
            pages = [getattr(found, view)(language=language) for language in ("en", "zh")]
            english, chinese = (re.findall(r"\d\.\d+", page) for page in pages)
            assert english == chinese


def test_what_is_broken_into_lines_is_what_was_there():
    bare = functools.partial(
        re.sub, r"\\(begin|end)\{align.*?\}(\{\d\})?|\\quad \{\}|\\\\|[&\s]", ""
    )
    for found in [*layer_derivations(), *forms()]:
        page = Page(found, "en", 6, ROOM)
        for section in page.outline.sections:
            for line in section.lines:
                if hasattr(line, "formula") or isinstance(line, Equation):
                    broken, whole = (bare(aligned([page.row(line)], r)) for r in (ROOM, EVERYWHERE))
                    assert broken == whole


def test_a_large_network_answers_at_once_in_every_format():
    net = cp.Network([784, 512, 512, 10], "relu")
    X, y = np.random.RandomState(0).rand(32, 784), np.arange(32) % 10
    start = time.perf_counter()
    found = net.explain(X, y, "W1[300,6]", learning_rate=0.1)
    pages = [found.text(), found.latex(), found.markdown(), found.html(), found.to_json(),
             str(cp.draw_network(net)), found.matrix.text(), found.matrix.html()]  # fmt: skip
    assert time.perf_counter() - start < 1
    assert all(pages)
    assert "784×N" in pages[0]


def test_many_samples_and_wide_sums_have_pages_too():
    net = cp.Network([300, 3], "tanh", seed=0)
    X, y = np.random.RandomState(0).rand(50, 300), np.arange(50) % 3
    found = net.explain(X, y, "w1", l2=0.1)
    for page in (found.latex(), found.html(), found.markdown()):
        assert "cdots" in page or "⋯" in page
    assert cp.Derivation.from_json(found.to_json()) == found
    first = json.loads(found.to_json())["steps"]
    assert max(len(step["formula"]) for step in first if step["formula"]) == 302


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"rows": 3}, "3 stands where list"),
        ({"rows": [{"name": "w1"}]}, "'array' is missing"),
        ({"loss": "much"}, "'much' stands where a number"),
        ({"wrt": 5}, "5 stands where str"),
        ({"subject": None}, "None stands where Mapping"),
        ({"learning_rate": True}, "True stands where a number"),
    ],
)
def test_data_with_something_amiss_are_refused_in_words(change, problem):
    data = {**tables()[1].to_dict(), **change}
    with pytest.raises(
        CircuitError, match=f"a table of parameters with something amiss: {problem}"
    ):
        cp.ParameterTable.from_dict(data)


def test_nothing_can_be_an_explanation_without_views():
    class Half(Explanation):
        FORMAT, KIND = "half", "a half"

    with pytest.raises(TypeError, match="abstract"):
        Half()


@pytest.mark.parametrize("how", [{"digits": 0}, {"language": "fr"}])
@pytest.mark.parametrize("view", ["html", "latex", "markdown"])
def test_views_say_what_they_cannot_do(view, how):
    with pytest.raises(CircuitError, match=r"from 1 to 17|language is one of"):
        getattr(tables()[0], view)(**how)


def test_small_slopes_keep_their_digits():
    net = cp.Network([2, 2, 2], "sigmoid", seed=1)
    net = cp.Network.of(net.architecture, net.vector * 1e-5)
    table = net.explain([1e-4, 1.0], 0, "all", learning_rate=1e-3)
    row = min(table.rows, key=lambda row: abs(row.gradient) or math.inf)
    assert 0 < abs(row.gradient) < 1e-6
    assert r" \cdot 10^{-" in table.latex()
    assert "10^{-" in table.markdown()


# The command.


@pytest.fixture(scope="module")
def large_model(tmp_path_factory):
    """A model file of a large network, and its table."""
    folder = tmp_path_factory.mktemp("large")
    rows = np.random.RandomState(0).rand(6, 40)
    names = [f"x{k}" for k in range(40)]
    columns = {name: rows[:, k] for k, name in enumerate(names)}
    table = cp.RawTable.from_columns({**columns, "kind": np.array(list("ababab"))})
    prepared = cp.prepare(table, "kind")
    net = cp.Network([40, 120, 60, 2], "tanh", seed=0)
    cp.save_model(folder / "large.clearprop", net, columns=prepared.columns)
    cp.write_csv(folder / "large.csv", {**columns, "kind": list("ababab")})
    return ["explain", folder / "large.clearprop", "--data", folder / "large.csv", "--row", "2"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("view", ["text", "markdown", "latex", "html", "svg"])
def test_every_answer_has_every_format(view, language, large_model, tmp_path):
    mazur = ["explain", "mazur"]
    for start, more in (
        (mazur, ["--wrt", "all"]), (mazur, ["--wrt", "W1"]), (mazur, ["--wrt", "w5"]),
        (mazur, ["--wrt", "w5", "--matrix"]), (large_model, ["--wrt", "W1[3,5]"]),
        (large_model, ["--wrt", "b2", "--matrix"]),
    ):  # fmt: skip
        out = tmp_path / "page"
        run(*start, *more, "--format", view, "--language", language, "--out", out)
        page = out.read_text("utf-8")
        starts = {"html": "<!DOCTYPE html>", "svg": "<svg", "latex": "% ", "markdown": "## "}
        assert page.startswith(starts.get(view, page[:1]))
        assert ("<svg" in page) == (view in ("html", "svg"))
        if view == "latex":
            assert page.rstrip().endswith(r"\end{document}")


def test_the_form_alone_is_for_networks():
    done = run("explain", "(x+y)*z", "--at", "x=1,y=2,z=3", "--matrix", code=2)
    assert "--matrix is for a network" in done.output
    assert run("explain", "mazur", "--wrt", "w5", "--matrix").output.startswith("∂L/∂W2, for whole")


# What takes programs that are not always there.


@pytest.mark.slow
@pytest.mark.parametrize(("language", "engine"), [("en", "pdflatex"), ("zh", "xelatex")])
def test_pages_compile_and_stay_on_the_page(language, engine, tmp_path):
    deep = [cp.matrix_form(cp.Network([3, *[4] * n, 3], a, "hinge"), "W1")
            for n in range(1, 8) for a in ("tanh", "leaky_relu", "gelu", "sigmoid")]  # fmt: skip
    pages = [*layer_derivations(), *tables(), *forms(), *deep, *some_of_each()]
    log = compiled(documents(pages, language), engine, tmp_path)
    assert not too_wide(log)
    assert "Missing character" not in log


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_open_in_a_browser_without_a_message(language, tmp_path):
    net = cp.Network([784, 512, 512, 10], "relu")
    large = net.explain(np.linspace(-1, 1, 784), 3, "W1[300,6]", learning_rate=0.1)
    for found in (*some_of_each()[::3], large):
        picture = str(cp.draw_network(net, language=language)) if found is large else ""
        document, messages = opened(found.html(language=language, picture=picture), tmp_path)
        assert not messages
        assert "<math" in document
