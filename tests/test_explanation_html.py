"""HTML of derivations: whole, closed, escaped, with nothing from elsewhere; notebooks."""

import base64
import hashlib
import re

import pytest

import clearprop as cp
from clearprop.errors import CircuitError
from clearprop.explanation.html import to_fragment, to_html
from clearprop.explanation.latex import to_latex
from clearprop.explanation.mathml import math as mathml
from clearprop.explanation.outline import Side
from clearprop.explanation.reading import parse_formula
from clearprop.explanation.svg import escaped
from compiling import opened
from page_reading import Checker
from random_derivations import HOSTILE, TUTORIAL, cases, hostile


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


@pytest.mark.slow
def test_pages_open_in_a_browser_without_a_message(tmp_path):
    found = TUTORIAL.explain([0.05, 0.1], 0, "w1", learning_rate=0.5)
    picture = str(cp.draw_circuit(TUTORIAL, x=[0.05, 0.1], y=0))
    document, messages = opened(found.html(picture=picture), tmp_path)
    assert not messages
    assert "net_h1" in document
