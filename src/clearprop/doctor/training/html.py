"""A diagnosis as a piece of HTML, for a notebook or a page.

>>> from clearprop.doctor.training.report import Diagnosis
>>> "Nothing is wrong" in as_html(Diagnosis((), ("dead_neurons",)))
True
"""

from __future__ import annotations

from html import escape

from .report import Diagnosis
from .text import heading, healthy, measured, sentences
from .words import WORDS

STYLE = """\
.clearprop-doctor { max-width: 46em; line-height: 1.45; font-family: inherit; }
.clearprop-doctor .run { opacity: .7; margin: 0 0 .8em; }
.clearprop-doctor ol { list-style: none; margin: 0; padding: 0; }
.clearprop-doctor li { border-left: 4px solid #d08700; padding: .1em 0 .1em .9em; margin: 0 0 1em; }
.clearprop-doctor li.fatal { border-color: #c53030; }
.clearprop-doctor li.minor { border-color: #8a8f98; }
.clearprop-doctor .well { border-left: 4px solid #2f855a; padding-left: .9em; }
.clearprop-doctor b { display: block; }
.clearprop-doctor p { margin: .25em 0; }
.clearprop-doctor .advice { font-weight: 600; }
.clearprop-doctor .source { font-size: .85em; opacity: .7; }
"""


def as_html(diagnosis: Diagnosis, language: str = "en") -> str:
    """Return a diagnosis as an element with its own style."""
    if diagnosis.healthy:
        body = f'<p class="well">{escape(healthy(diagnosis, language))}</p>'
    else:
        items = []
        for finding in diagnosis.findings:
            what, advice = sentences(finding, language)
            title = WORDS[language][finding.key].title
            items.append(
                f'<li class="{escape(finding.severity)}" data-key="{escape(finding.key)}">'
                f"<b>{escape(title)}</b><p>{escape(what)}</p>"
                f'<p class="advice">→ {escape(advice)}</p>'
                f'<p class="source">{escape(measured(finding, language))}</p></li>'
            )
        about = heading(diagnosis.run, language) if diagnosis.run else ""
        body = f'<p class="run">{escape(about)}</p><ol>{"".join(items)}</ol>'
    return f'<div class="clearprop-doctor" lang="{language}"><style>{STYLE}</style>{body}</div>'
