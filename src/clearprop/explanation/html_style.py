"""How the page of a derivation looks, and what it does where it is pointed at."""

from __future__ import annotations

from collections.abc import Mapping

from .svg_theme import _DARK, _LIGHT

# Every rule begins with the page's own class: inside a notebook it reaches nothing else.
_RULES = """\
.clearprop { line-height: 1.5; color: var(--ink);
  font-family: "Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", "Noto Serif",
    "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", Georgia, serif; }
.clearprop h1, .clearprop .title { font-size: 1.75em; font-weight: 600; line-height: 1.25;
  margin: 0 0 .3em; text-wrap: balance; }
.clearprop h2, .clearprop .heading { font-size: 1.12em; font-weight: 600; margin: 2.2em 0 .6em; }
.clearprop .about { color: var(--soft); margin: 0 0 1.6em; }
.clearprop p { margin: .6em 0; }
.clearprop math { font-size: 1.04em; }
.clearprop .picture { margin: 1.2em 0; }
.clearprop .picture svg { display: block; width: 100%; height: auto; max-height: 44vh;
  margin: 0 auto; }
.clearprop figcaption { color: var(--soft); font-size: .86em; text-align: center;
  margin-top: .5em; }
.clearprop .steps { display: grid; grid-template-columns: max-content 1fr max-content;
  border-top: 1px solid var(--faint); }
.clearprop .step { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid;
  column-gap: .55em; align-items: center; padding: .42em .4em;
  border-bottom: 1px solid var(--faint); }
.clearprop .left { text-align: right; }
.clearprop .sides { min-width: 0; overflow-x: auto; overflow-y: hidden; padding: 2px; }
.clearprop .side { margin: .15em .35em .15em 0; display: inline-block; }
.clearprop .sides math { margin-block: .14em; }
.clearprop mtd { text-align: left; padding: .1em .5em; }
.clearprop .value, .clearprop .numbers { font-variant-numeric: lining-nums tabular-nums; }
.clearprop .value { text-align: right; white-space: nowrap; }
.clearprop .forward .value { color: var(--value); }
.clearprop .equals { color: var(--soft); margin: 0 .28em; }
.clearprop .arrays .sides { grid-column: 2 / -1; }
.clearprop .shape { color: var(--soft); }
.clearprop .wide { overflow-x: auto; margin: .6em 0 1.4em; }
.clearprop table { border-collapse: collapse; font-variant-numeric: lining-nums tabular-nums; }
.clearprop :is(th, td) { text-align: right; padding: .34em 1em; background: none; border: 0;
  border-bottom: 1px solid var(--faint); white-space: nowrap; }
.clearprop thead th { font-weight: 400; color: var(--soft); vertical-align: bottom; }
.clearprop tbody th { font-weight: 400; }
.clearprop tr > :first-child { text-align: left; padding-left: .4em; }
.clearprop .table td:nth-child(2) { color: var(--value); }
.clearprop .table td:nth-child(3) { color: var(--gradient); }
.clearprop .path { margin: 1.1em 0 1.5em; break-inside: avoid; }
.clearprop .way { display: flex; flex-wrap: wrap; gap: .15em .35em; align-items: baseline; }
.clearprop .mark { color: var(--soft); margin-right: .3em; }
.clearprop .arrow { color: var(--soft); }
.clearprop .product { display: flex; flex-wrap: wrap; margin-top: .5em; row-gap: .8em; }
.clearprop .factor { display: grid; grid-template-rows: auto 1.8em 2.3em 1.9em;
  justify-items: center; align-items: center; padding: .1em .7em; position: relative;
  border-radius: 6px; }
.clearprop .factor + .factor::before { content: "·"; position: absolute; left: -.16em;
  bottom: 2em; line-height: 2.3em; color: var(--soft); font-weight: 700; }
.clearprop .factor .symbol { border-top: 1px solid var(--faint); align-self: stretch;
  justify-self: stretch; display: grid; place-items: center; }
.clearprop .gates { color: var(--soft); font-size: .85em; white-space: nowrap; }
.clearprop .numbers, .clearprop .share, .clearprop .backward .value, .clearprop .chain .value,
.clearprop .deltas .value, .clearprop .whole .value { color: var(--gradient); }
.clearprop .share { align-self: end; height: 2em; line-height: 2em; padding-left: .4em;
  white-space: nowrap; }
.clearprop .whole .value, .clearprop .chain .value, .clearprop .update .value { font-weight: 600; }
.clearprop [data-wire] { cursor: default; }
.clearprop .lit { background: var(--lit); border-radius: 4px; box-shadow: 0 0 0 2px var(--lit); }
.clearprop .lit .lit { background: none; box-shadow: none; }
.clearprop svg .lit { background: none; box-shadow: none; }
.clearprop svg .lit text { font-weight: 700; }
.clearprop :focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
@media (max-width: 40em) {
  .clearprop .steps { grid-template-columns: max-content 1fr; }
  .clearprop .step { row-gap: .2em; }
  .clearprop .step .value { grid-column: 2; text-align: left; }
}
@media print {
  .clearprop :is(.step, .path, tr) { break-inside: avoid; }
  .clearprop h2 { break-after: avoid; }
  .clearprop .lit { background: none; box-shadow: none; }
}
"""

_PAGE = """\
html { background: var(--paper); -webkit-text-size-adjust: 100%; }
body { margin: 0; }
main.clearprop { max-width: 54rem; margin: 0 auto; padding: clamp(1.2rem, 5vw, 4rem) 1.2rem 6rem;
  font-size: clamp(1rem, .94rem + .3vw, 1.12rem); }
.clearprop .says { position: fixed; inset: auto 0 0; min-height: 1.4em; padding: .55em 1.2em;
  text-align: center; background: var(--paper); border-top: 1px solid var(--faint);
  font-variant-numeric: lining-nums tabular-nums; color: var(--soft); font-size: .92em; }
@media (min-width: 60em) and (min-height: 50em) {
  .clearprop .picture { position: sticky; top: 0; z-index: 1; background: var(--paper);
    padding: .6em 0; border-bottom: 1px solid var(--faint); }
}
@media (max-width: 40em) {
  .clearprop .picture { overflow-x: auto; }
  .clearprop .picture svg { width: 44rem; max-height: none; }
}
@page { size: A4; margin: 18mm; }
@media print {
  main.clearprop { max-width: none; padding: 0; font-size: 10.5pt; }
  .clearprop .says, .clearprop figcaption { display: none; }
  .clearprop .picture { position: static; border: 0; }
}
"""

# In a notebook the ink is the notebook's own, light or dark.
_NOTEBOOK = """\
.clearprop.fragment { --ink: inherit; --soft: #808890; --faint: #8088903d; --value: #2c9a4b;
  --gradient: #d8524f; --lit: #ffb00040; --focus: #1f6fb4; max-width: 54rem; }
"""

SCRIPT = """\
"use strict";
{
  const page = document.querySelector("main.clearprop");
  const says = page.querySelector(".says");
  const known = JSON.parse(document.getElementById("values").textContent);
  const hint = says.textContent;
  const places = new Map();
  const add = (wire, place) => {
    if (!places.has(wire)) places.set(wire, new Set());
    places.get(wire).add(place);
  };
  for (const place of page.querySelectorAll("[data-wire]")) {
    add(place.dataset.wire, place);
    for (const hidden of (place.dataset.hides || "").split(" ")) if (hidden) add(hidden, place);
  }
  let lit = null, held = null;
  const light = (wire) => {
    if (wire === lit) return;
    for (const place of places.get(lit) || []) place.classList.remove("lit");
    for (const place of places.get(wire) || []) place.classList.add("lit");
    lit = wire;
    says.textContent = wire === null ? hint : Object.hasOwn(known, wire) ? known[wire] : wire;
  };
  const at = (event) => {
    const place = event.target instanceof Element ? event.target.closest("[data-wire]") : null;
    return place && page.contains(place) ? place.dataset.wire : null;
  };
  page.addEventListener("pointerover", (event) => light(at(event) ?? held));
  page.addEventListener("pointerleave", () => light(held));
  page.addEventListener("focusin", (event) => light(at(event) ?? held));
  page.addEventListener("focusout", () => light(held));
  page.addEventListener("click", (event) => {
    const wire = at(event);
    held = wire === held ? null : wire;
    light(held);
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") light(held = null);
    if (event.key === "Enter" && event.target instanceof Element) event.target.click?.();
  });
}
"""


def _variables(colours: Mapping[str, str], glow: str) -> str:
    chosen = ("paper", "ink", "soft", "faint", "value", "gradient")
    named = [f"--{name}: {colours[name]};" for name in chosen]
    return " ".join(
        [*named, f"--lit: {colours['glow']}{glow};", f"--focus: {colours['positive']};"]
    )


def page_style() -> str:
    """Return the style sheet of a whole page, light or dark as the reader's system is."""
    light, dark = _variables(_LIGHT, "55"), _variables(_DARK, "45")
    return (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f"{_RULES}{_PAGE}@media print {{ :root {{ color-scheme: light; {light} }} }}\n"
    )


def fragment_style() -> str:
    """Return the style sheet of a part of somebody else's page."""
    return _NOTEBOOK + _RULES
