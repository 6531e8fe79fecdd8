"""Columns as JSON-able data, and back; what comes back is checked in every part.

A model file may come from anyone. Whatever is unsound in it gives a ModelFileError with the reason.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from ..errors import ModelFileError
from .columns import (
    MAX_CATEGORIES,
    MAX_CLASSES,
    ClassTarget,
    Columns,
    Label,
    NumberColumn,
    ValueTarget,
    WordColumn,
    unsound_inputs,
)
from .table import MAX_COLUMNS, MAX_TEXT, is_unicode, shown

__all__ = ["from_json", "to_json"]


def to_json(columns: Columns) -> dict[str, Any]:
    """Return columns as dicts, lists, numbers and texts."""
    features: list[dict[str, Any]] = []
    for feature in columns.features:
        if isinstance(feature, WordColumn):
            features.append(
                {"kind": "words", "name": feature.name, "categories": list(feature.categories)}
            )
        else:
            features.append({"kind": "number", **vars(feature)})
    target = columns.target
    if isinstance(target, ClassTarget):
        described = {"kind": "classes", "name": target.name, "classes": list(target.classes)}
    else:
        described = {"kind": "value", **vars(target)}
    return {"features": features, "target": described}


def from_json(obj: object) -> Columns:
    """Return the columns that were described, or raise ModelFileError with what is wrong."""
    parts = _fields(obj, "the columns", ("features", "target"))
    described = _list(parts["features"], "the features", MAX_COLUMNS)
    features = tuple(_feature(part, f"feature {n}") for n, part in enumerate(described, start=1))
    target = _target(parts["target"])
    names = [feature.name for feature in features] + [target.name]
    if len(set(names)) < len(names):
        raise ModelFileError("two columns have the same name")
    if reason := unsound_inputs(features):
        raise ModelFileError(reason)
    return Columns(features, target)


def _feature(obj: object, what: str) -> NumberColumn | WordColumn:
    if _kind(obj, what, ("number", "words")) == "words":
        parts = _fields(obj, what, ("kind", "name", "categories"))
        found = _list(parts["categories"], f"the categories of {what}", MAX_CATEGORIES + 1)
        categories = tuple(_text(text, f"a category of {what}") for text in found)
        _check_ascending(categories, f"the categories of {what}")
        return WordColumn(_text(parts["name"], f"the name of {what}"), categories)
    parts = _fields(obj, what, ("kind", "name", "centre", "scale", "fill"))
    column = NumberColumn(
        _text(parts["name"], f"the name of {what}"),
        _number(parts["centre"], f"the centre of {what}"),
        _scale(parts["scale"], f"the scale of {what}"),
        _number(parts["fill"], f"the fill of {what}"),
    )
    if not math.isfinite((column.fill - column.centre) / column.scale):
        raise ModelFileError(
            f"the fill of {what}, {column.fill:g}, is beyond all numbers when it is standardised: "
            f"centre {column.centre:g}, scale {column.scale:g}"
        )
    return column


def _target(obj: object) -> ClassTarget | ValueTarget:
    if _kind(obj, "the target", ("classes", "value")) == "classes":
        parts = _fields(obj, "the target", ("kind", "name", "classes"))
        found = _list(parts["classes"], "the classes", MAX_CLASSES, at_least=2)
        classes = tuple(_label(label, type(found[0])) for label in found)
        _check_ascending(classes, "the classes")
        return ClassTarget(_text(parts["name"], "the name of the target"), classes)
    parts = _fields(obj, "the target", ("kind", "name", "centre", "scale"))
    return ValueTarget(
        _text(parts["name"], "the name of the target"),
        _number(parts["centre"], "the centre of the target"),
        _scale(parts["scale"], "the scale of the target"),
    )


def _fields(obj: object, what: str, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(obj, dict) or set(obj) != set(names):
        raise ModelFileError(f"{what} must have just the fields {', '.join(names)}")
    return obj


def _kind(obj: object, what: str, kinds: tuple[str, ...]) -> str:
    kind = obj.get("kind") if isinstance(obj, dict) else None
    if not isinstance(kind, str) or kind not in kinds:
        raise ModelFileError(f"{what} must be of kind {' or '.join(kinds)}, not {shown(kind)}")
    return kind


def _list(obj: object, what: str, most: int, *, at_least: int = 1) -> list[Any]:
    if not isinstance(obj, list) or not at_least <= len(obj) <= most:
        raise ModelFileError(f"{what} must be a list of {at_least} to {most:,} entries")
    return obj


def _text(obj: object, what: str) -> str:
    if not isinstance(obj, str) or not obj.strip() or len(obj) > MAX_TEXT or not is_unicode(obj):
        raise ModelFileError(
            f"{what} must be a text of 1 to {MAX_TEXT:,} characters, not {shown(obj)}"
        )
    return obj


def _number(obj: object, what: str) -> float:
    if isinstance(obj, int) and not isinstance(obj, bool) and abs(obj) <= 2**53:
        return float(obj)
    if not isinstance(obj, float) or not math.isfinite(obj):
        raise ModelFileError(f"{what} must be a finite number, not {shown(obj)}")
    return obj


def _scale(obj: object, what: str) -> float:
    scale = _number(obj, what)
    if scale <= 0:
        raise ModelFileError(f"{what} must be above 0, not {shown(obj)}")
    return scale


def _label(obj: object, kind: type) -> Label:
    if type(obj) is not kind:
        raise ModelFileError("the classes must be all texts, all whole numbers or all floats")
    if isinstance(obj, int) and not isinstance(obj, bool):
        if not -(2**63) <= obj < 2**63:
            raise ModelFileError("a class is a whole number beyond 64 bits")
        return obj
    return _number(obj, "a class") if isinstance(obj, float) else _text(obj, "a class")


def _check_ascending(labels: tuple[Any, ...], what: str) -> None:
    if any(not low < high for low, high in pairwise(labels)):
        raise ModelFileError(f"{what} must be sorted, and no two alike")
