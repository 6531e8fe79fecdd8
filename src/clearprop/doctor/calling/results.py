"""Which of the arrays that came back is which gradient: recipes, and reading by one of them.

A recipe says what stands where in a result: ``(((0,), "loss"), ((1,), "W1"), ((2,), "b1"))``. One
is chosen when a function is first called, and holds for all calls after. A part may stand for
several gradients one after the other (``"flat:W1,b1"``), or for a weight and its bias together
(``"Theta1"``: the bias first).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from . import names
from .layouts import Array, Layout, adopt, adopt_step
from .leaves import Leaf, Path

__all__ = ["Reading", "Recipe", "named_parameters", "read", "recipes"]

Recipe = tuple[tuple[Path, str], ...]

_LOSS = re.compile(
    r"(?:total|data)?loss(?:value)?|costs?|j|objective|obj|(?:total)?error|l|e|err|nll|ce|mse|value"
    r"|fx|crossentropy"
)
_LAYER = re.compile(r"(?:layer|l|fc|dense|linear)?(\d+)")


@dataclass(frozen=True)
class Reading:
    """What a result says, in our shapes.

    ``how`` says of each gradient what bringing it here took: "", "turned", "reshaped", or
    "misfit" where its shape fits nothing.
    """

    loss: float | None
    gradients: Mapping[str, Array]
    others: Mapping[str, Array]
    how: Mapping[str, str]


def read(
    found: Mapping[Path, Array],
    recipe: Recipe,
    shapes: Mapping[str, tuple[int, ...]],
    layout: Layout,
    n_rows: int,
    turned: bool = False,
) -> Reading:
    """Read a result by a recipe; what it does not hold is left out.

    With ``turned`` square gradients are transposed, too.
    """
    loss, gradients, others, how = None, {}, {}, {}
    for path, what in recipe:
        array = found.get(path)
        if array is None:
            continue
        if what == "loss":
            loss = float(array.reshape(-1)[0]) if array.size == 1 else None
            continue
        parts = _split(array, what, shapes, layout)
        if parts is None:
            width = _width(what, shapes)
            step = width and adopt_step(array, n_rows, width, layout)
            if isinstance(step, np.ndarray):
                others[what] = step
            continue
        for name, part in parts.items():
            brought = adopt(part, name, shapes[name], layout)
            if brought is None:
                step = adopt_step(part, n_rows, shapes[name][-1] if shapes[name] else 1, layout)
                gradients[name], how[name] = part if step is None else step, "misfit"
                continue
            gradients[name], how[name] = brought
            square = len(shapes[name]) == 2 and part.ndim == 2 and len(set(shapes[name])) == 1
            if turned and square and shapes[name][0] > 1:
                gradients[name], how[name] = gradients[name].T, "turned"
    order = [name for name in shapes if name in gradients]
    return Reading(loss, {n: gradients[n] for n in order}, others, how)


def _width(step: str, shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Return how many neurons a step of the network (delta1, P) has."""
    weights = [shape for name, shape in shapes.items() if name[0] == "W"]
    number = step.lstrip("deltaAZP")
    return weights[(int(number) if number else len(weights)) - 1][1]


def _split(
    array: Array, what: str, shapes: Mapping[str, tuple[int, ...]], layout: Layout
) -> dict[str, Array] | None:
    """Return the gradients that an array holds, as they came; None for a step of the network."""
    if what in shapes:
        return {what: array}
    if what.startswith("flat:"):
        return _unflat(array.reshape(-1), what[5:].split(","), shapes, layout)
    if what.startswith("Theta"):
        return _apart(array, what[5:], shapes, layout)
    return None


def _unflat(
    flat: Array, order: Sequence[str], shapes: Mapping[str, tuple[int, ...]], layout: Layout
) -> dict[str, Array]:
    parts: dict[str, Array] = {}
    start = 0
    for name in order:
        if name.startswith("Theta"):
            n_in, n_out = shapes[f"W{name[5:]}"]
            shape = (n_out, n_in + 1) if layout.w == "out_in" else (n_in + 1, n_out)
        else:
            shape = layout.parameter(name, np.zeros(shapes[name])).shape
        size = int(np.prod(shape))
        part = flat[start : start + size]
        start += size
        if part.size != size:
            continue
        part = part.reshape(shape)
        parts |= _apart(part, name[5:], shapes, layout) if name[0] == "T" else {name: part}
    return parts


def _apart(
    array: Array, number: str, shapes: Mapping[str, tuple[int, ...]], layout: Layout
) -> dict[str, Array]:
    """Part a weight with its bias in front: the first column, or the first row of (in, out)."""
    weight, bias = f"W{number}", f"b{number}"
    n_in, n_out = shapes[weight]
    if array.shape == ((n_out, n_in + 1) if layout.w == "out_in" else (n_in + 1, n_out)):
        along = array.T if layout.w == "out_in" else array
        rest = along[1:]
        return {weight: rest.T if layout.w == "out_in" else rest, bias: along[0]}
    return {}


def recipes(
    found: Sequence[Leaf],
    order: Sequence[str],
    shapes: Mapping[str, tuple[int, ...]],
    returned: Mapping[Path, str],
) -> Iterator[Recipe]:
    """Yield the ways in which a result may be meant, the likeliest first.

    Parameters
    ----------
    found : sequence of Leaf
    order : sequence of str
        The parameters in the order in which they were handed over.
    shapes : mapping
        The parameters' shapes.
    returned : mapping
        What the function's return statement calls the parts of its result.
    """
    named, rest = _by_name(found, shapes, returned)
    if _n_gradients(named, shapes):
        loss = [] if any(what == "loss" for _, what in named) else _loss(rest)
        yield (*named, *loss)
    if returned:
        named, rest = _by_name(found, shapes, {})
    loss = [part for part in named if part[1] == "loss"] or _loss(rest)
    kept = tuple(part for part in named if part not in loss)
    bare = [leaf for leaf in rest if leaf.path not in {path for path, _ in loss}]
    for recipe in _placed(bare, order, shapes):
        yield (*loss, *recipe, *kept)
    if len(bare) < len(rest):  # what seemed to be the loss may be the gradient of one bias
        yield from ((*recipe, *kept) for recipe in _placed(rest, order, shapes, exact=True))


def _placed(
    found: Sequence[Leaf],
    order: Sequence[str],
    shapes: Mapping[str, tuple[int, ...]],
    *,
    exact: bool = False,
) -> Iterator[Recipe]:
    """Yield what arrays may be that have no names, going by their order and their shapes."""
    paths = [leaf.path for leaf in found]
    n_numbers = sum(int(np.prod(shape)) for shape in shapes.values())
    for meant in _orders(order, shapes):
        if len(meant) == len(paths):
            yield tuple(zip(paths, meant, strict=True))
        elif len(meant) < len(paths) and not exact:
            yield tuple(zip(paths, meant, strict=False))
            yield tuple(zip(paths[-len(meant) :], meant, strict=True))
    if exact:
        return
    for leaf in found:
        if leaf.array.size == n_numbers and max(leaf.array.shape, default=1) == n_numbers:
            for meant in _orders(order, shapes):
                yield ((leaf.path, "flat:" + ",".join(meant)),)
    if by_shape := _by_shape(found, shapes):
        yield by_shape


def named_parameters(
    found: Sequence[Leaf], shapes: Mapping[str, tuple[int, ...]]
) -> list[tuple[Path, str]]:
    """Return where an object keeps its parameters, going by the names of its attributes."""
    said = {leaf.path: leaf.names for leaf in found if not _any_gradient(leaf)}
    known = [
        leaf for leaf in found
        if leaf.path in said and any(sorted(_long(leaf.array.shape)) == sorted(_long(shape))
                                     for shape in shapes.values())
    ]  # fmt: skip
    return _named(known, said, shapes, names.parameter)


def _any_gradient(leaf: Leaf) -> bool:
    return any(names.gradient(name) for name in leaf.names)


def _long(shape: Iterable[int]) -> list[int]:
    return [n for n in shape if n != 1]


def _n_gradients(recipe: Iterable[tuple[Path, str]], shapes: Mapping[str, object]) -> int:
    return sum(what in shapes or what.startswith(("flat:", "Theta")) for _, what in recipe)


def _loss(found: Sequence[Leaf]) -> list[tuple[Path, str]]:
    """Return the first (or else the last) number that stands by itself."""
    single = [leaf for leaf in found if leaf.array.size == 1]
    plain = [leaf for leaf in single if leaf.array.ndim == 0]
    ends = [leaf for leaf in single if leaf in (found[0], found[-1])] if found else []
    best = plain or (ends if len(found) > 1 else [])
    return [(best[0].path, "loss")] if best else []


def _orders(order: Sequence[str], shapes: Mapping[str, object]) -> Iterator[tuple[str, ...]]:
    """Yield the orders in which people return gradients."""
    numbers = range(1, sum(name[0] == "W" for name in shapes) + 1)
    weights, biases = [f"W{k}" for k in numbers], [f"b{k}" for k in numbers]
    thetas = [f"Theta{k}" for k in numbers]
    pairs = [name for pair in zip(weights, biases, strict=True) for name in pair]
    swapped = [name for pair in zip(biases, weights, strict=True) for name in pair]
    back = [name for k in reversed(numbers) for name in (f"W{k}", f"b{k}")]
    known = [tuple(order)] if order else []
    known += [tuple(one) for one in (
        pairs, [*weights, *biases], back, [*biases, *weights], swapped, pairs[::-1],
        [*weights[::-1], *biases[::-1]], thetas, thetas[::-1],
        weights, weights[::-1], biases, biases[::-1],
    )]  # fmt: skip
    yield from dict.fromkeys(known)


def _by_shape(found: Sequence[Leaf], shapes: Mapping[str, tuple[int, ...]]) -> Recipe:
    """Return what the shapes alone decide: arrays that fit one parameter, and no other does."""
    fits: dict[str, list[Leaf]] = {name: [] for name in shapes}
    for leaf in found:
        for name, shape in shapes.items():
            if sorted(_long(leaf.array.shape)) == sorted(_long(shape)):
                fits[name].append(leaf)
    taken = [leaf.path for each in fits.values() for leaf in each]
    return tuple((each[0].path, name) for name, each in fits.items()
                 if len(each) == 1 and taken.count(each[0].path) == 1)  # fmt: skip


def _by_name(
    found: Sequence[Leaf], shapes: Mapping[str, tuple[int, ...]], returned: Mapping[Path, str]
) -> tuple[list[tuple[Path, str]], list[Leaf]]:
    """Return what the names alone decide, and the arrays that they say nothing of."""
    said = {leaf.path: _names(leaf, returned) for leaf in found}
    recipe: list[tuple[Path, str]] = []
    for parse in (names.gradient, names.parameter):
        recipe = _named(found, said, shapes, parse)
        if recipe:
            break
    taken = {path for path, _ in recipe}
    for leaf in found:
        if leaf.path in taken:
            continue
        plain = [names.plain(name) for name in said[leaf.path][:1]]
        if leaf.array.size == 1 and plain and _LOSS.fullmatch(plain[0]):
            recipe.append((leaf.path, "loss"))
        elif step := _step(said[leaf.path], leaf, shapes):
            recipe.append((leaf.path, step))
    taken = {path for path, _ in recipe}
    return recipe, [leaf for leaf in found if leaf.path not in taken]


def _names(leaf: Leaf, returned: Mapping[Path, str]) -> tuple[str, ...]:
    """Return the names of an array: those on the way to it, then the return statement's."""
    found = list(leaf.names)
    for end in range(len(leaf.path), 0, -1):
        if leaf.path[:end] in returned:
            found.append(returned[leaf.path[:end]])
    return tuple(found)


def _named(
    found: Sequence[Leaf],
    said: Mapping[Path, tuple[str, ...]],
    shapes: Mapping[str, tuple[int, ...]],
    parse: Callable[[str], names.Named | None],
) -> list[tuple[Path, str]]:
    n_layers = sum(name[0] == "W" for name in shapes)
    meant: list[tuple[Leaf, str, str]] = []
    for leaf in found:
        kinds = [named for name in said[leaf.path] if (named := parse(name))]
        if kinds:
            kind, place = kinds[0]
            meant.append((leaf, kind, place or _place_beside(leaf, said[leaf.path])))
    places = [place for _, _, place in meant]
    recipe = []
    for kind in "Wb":
        counted = sorted(
            {leaf.numbers for leaf, k, place in meant if k == kind and not place and leaf.numbers}
        )
        for leaf, k, place in meant:
            if k != kind:
                continue
            if not place and leaf.numbers and len(counted) == n_layers:
                layer: int | None = counted.index(leaf.numbers) + 1
            else:
                layer = names.layer_of(place, places, n_layers)
            if layer is not None:
                recipe.append((leaf.path, f"{kind}{layer}"))
    whats = [what for _, what in recipe]
    return [(path, what) for path, what in recipe if whats.count(what) == 1]


def _place_beside(leaf: Leaf, said: Sequence[str]) -> str:
    """Return the number of a layer from another name on the way: {"layer1": {"W": ...}}."""
    for name in said:
        if found := _LAYER.fullmatch(names.plain(name)):
            return found[1]
    return ""


def _step(said: Sequence[str], leaf: Leaf, shapes: Mapping[str, tuple[int, ...]]) -> str | None:
    n_layers = sum(name[0] == "W" for name in shapes)
    for name in said[:1]:
        named = names.intermediate(name)
        if named is not None and leaf.array.size > 1:
            kind, place = named
            if kind == "P":
                return "P"
            layer = names.layer_of(place, [], n_layers)
            return None if layer is None else f"{kind}{layer}"
    return None
