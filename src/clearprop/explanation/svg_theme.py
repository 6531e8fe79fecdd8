"""The colours of pictures, light and dark.

Blue and orange stay apart for people with any kind of colour blindness, and so do the values and
slopes of a circuit, since those stand above and below the wires.
"""

from __future__ import annotations

from collections.abc import Mapping

THEMES = ("auto", "light", "dark")

_LIGHT: Mapping[str, str] = {
    "paper": "#ffffff",
    "ink": "#1d2731",
    "soft": "#5b6570",
    "line": "#8b959f",
    "faint": "#d9dee3",
    "gate": "#f2f5f8",
    "value": "#1a7f37",
    "gradient": "#c9222e",
    "positive": "#1f6fb4",
    "negative": "#e06c10",
    "blue": "#1a5f9c",
    "orange": "#a84e08",
    "glow": "#ffb000",
}
_DARK: Mapping[str, str] = {
    "paper": "#12181f",
    "ink": "#e8edf2",
    "soft": "#a3adb8",
    "line": "#76818c",
    "faint": "#333d47",
    "gate": "#202a34",
    "value": "#5bd075",
    "gradient": "#ff8078",
    "positive": "#62a8e5",
    "negative": "#f59a48",
    "blue": "#7bb6ea",
    "orange": "#f9ad69",
    "glow": "#ffd166",
}

_SHARED = """\
.{c} text {{ font-family: sans-serif; font-size: 13px; stroke: none; }}
.{c} .sign {{ font-size: 18px; }}
.{c} .word {{ font-size: 13px; }}
.{c} .value, .{c} .gradient, .{c} .small {{ font-size: 12px; }}
.{c} .heading {{ font-size: 14px; }}
.{c} .line {{ fill: none; stroke-width: 1.4px; stroke-linecap: round; }}
.{c} .disc {{ stroke-width: 1.6px; }}
.{c} .weight {{ fill: none; stroke-linecap: round; }}
.{c} .halo {{ paint-order: stroke; stroke-width: 4px; stroke-linejoin: round; }}
"""

_COLOURS = """\
.{c} .paper {{ fill: {paper}; }}
.{c} text {{ fill: {ink}; }}
.{c} .soft {{ fill: {soft}; }}
.{c} .value {{ fill: {value}; }}
.{c} .gradient {{ fill: {gradient}; }}
.{c} .line {{ stroke: {line}; }}
.{c} .tip {{ fill: {line}; }}
.{c} .disc {{ fill: {gate}; stroke: {soft}; }}
.{c} .box {{ fill: {gate}; stroke: {soft}; stroke-dasharray: 4 3; }}
.{c} .neuron {{ fill: {paper}; stroke: {soft}; }}
.{c} .tint.positive {{ fill: {positive}; }}
.{c} .tint.negative {{ fill: {negative}; }}
.{c} .weight.positive {{ stroke: {positive}; }}
.{c} .weight.negative {{ stroke: {negative}; }}
.{c} .weight.zero {{ stroke: {faint}; }}
.{c} .dot {{ fill: {soft}; }}
.{c} text.positive {{ fill: {blue}; }}
.{c} text.negative {{ fill: {orange}; }}
.{c} .halo {{ stroke: {paper}; }}
.{c} .lit .line, .{c} .lit .disc, .{c} .lit .box {{ stroke: {glow}; stroke-width: 3px; }}
"""


def sheet(theme: str) -> str:
    """Return the style sheet of a theme. Its rules reach no other picture of the page.

    An element of the class ``lit`` is highlighted: pages may set it.
    """
    c = f"clearprop-{theme}"
    colours = _DARK if theme == "dark" else _LIGHT
    rules = _SHARED.format(c=c) + _COLOURS.format(c=c, **colours)
    if theme == "auto":
        dark = _COLOURS.format(c=c, **_DARK)
        rules += f"@media (prefers-color-scheme: dark) {{\n{dark}}}\n"
    return rules
