"""The documentation site: ``sphinx-build -W -n --keep-going -b html docs build/site``.

Pages are Markdown (MyST), the reference is made of the docstrings, formulas become MathML: what
is built needs no network and no script from elsewhere to be read.
"""

import re
from pkgutil import resolve_name
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging

import clearprop

project = "ClearProp"
author = "The ClearProp developers"
copyright = author
release = version = clearprop.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3

# Docstrings say types in words; only links that were meant as links are held to lead somewhere.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_ivar = True
nitpick_ignore_regex = [("py:class", ".*")]

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = "ClearProp"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/logo.svg"
html_logo = "_static/logo.svg"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1a5f9c", "color-brand-content": "#1a5f9c"},
    "dark_css_variables": {"color-brand-primary": "#7bb6ea", "color-brand-content": "#7bb6ea"},
}
html_math_renderer = "mathml"
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


# LaTeX that the converter does not know, in words that it knows; signs before a number, not
# between two; signs of what it has not read.
SPELLED = (
    (re.compile(r"\\begin\{aligned(at\}\{\d)?\}"), r"\\begin{align*}"),
    (re.compile(r"\\end\{aligned(at)?\}"), r"\\end{align*}"),
    (re.compile(r"\\\\\[[\d.]+ex\]"), r"\\\\"),
)
OPENING = "|".join(("&#x0003D;", "&#x00028;", "&#x000B7;", "&#x022C5;", ","))
SIGNED = re.compile(rf"(<mo[^>]*>(?:{OPENING})</mo><mo)>(?=&#x02212;)")
UNREAD = re.compile(r"<m[ion]>(?:&|&amp;|\\\w*)</m[ion]>")


def mathml(page: Any, node: nodes.Element) -> None:
    """Write a formula as MathML, which browsers set by themselves."""
    block = isinstance(node, nodes.math_block)
    formula = node.astext()
    for pattern, spelled in SPELLED:
        formula = pattern.sub(spelled, formula)
    try:
        written = convert(formula, display="block" if block else "inline")
    except Exception as error:
        problem, written = repr(error), page.encode(formula)
    else:
        written = SIGNED.sub(r'\1 form="prefix">', written)
        problem = ", ".join(UNREAD.findall(written))
    if problem:
        say = logging.getLogger(__name__).warning
        say(f"a formula cannot be read ({problem}): {formula}", location=node)
    page.body.append(f'<div class="formula">{written}</div>\n' if block else written)
    raise nodes.SkipNode


def tidy(app: Any, name: str, source: list[str]) -> None:
    """Leave out the blank line with which examples that are run as tests end."""
    source[0] = source[0].replace("\n\n```\n", "\n```\n")


def make_room(app: Any, name: str, template: str, context: dict[str, Any], page: Any) -> None:
    """Give the pages with wide pictures the room of the table of contents."""
    context["furo_hide_toc"] |= name.startswith(("index", "ideas/", "gallery"))


def within(app: Any, env: Any, node: Any, text: Any) -> Any:
    """Let docstrings speak of what is inside: if it is there it is no broken link."""
    name = node["reftarget"]
    try:
        return text if name.startswith("clearprop.") and resolve_name(name) else None
    except (AttributeError, ImportError):
        return None


def setup(app: Any) -> dict[str, bool]:
    """Register what this site adds to Sphinx."""
    app.add_html_math_renderer("mathml", (mathml, None), (mathml, None))
    app.connect("source-read", tidy)
    app.connect("missing-reference", within)
    app.connect("html-page-context", make_room, priority=900)  # after the theme
    return {"parallel_read_safe": True, "parallel_write_safe": True}
