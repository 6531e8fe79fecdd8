"""Print the tables of gates, losses and optimizers as C++, for the native engine to compile.

    python native/generate.py native-tables.hpp

Each row becomes a struct over vectors of samples, with the row's own expressions as text;
what is written twice in a row is computed once. The list macros at the end are what the
kernels loop over, so a new row is compiled in without any other edit.
"""

from __future__ import annotations

import importlib.util
import math
import operator
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

TABLES = Path(__file__).resolve().parent.parent / "src" / "clearprop" / "tables"
COSTLY = {"exp", "expm1", "log", "log1p", "tanh", "sqrt", "pow", "divide"}
STEP_SCALARS = {"learning_rate", "t"}


def load_tables() -> ModuleType:
    """Import the folder of tables alone; it needs nothing but the standard library."""
    spec = importlib.util.spec_from_file_location(
        "tables", TABLES / "__init__.py", submodule_search_locations=[str(TABLES)]
    )
    if spec is None or spec.loader is None:
        raise SystemExit(f"there are no tables in {TABLES}")
    module = importlib.util.module_from_spec(spec)
    sys.modules["tables"] = module
    spec.loader.exec_module(module)
    return module


tables = load_tables()
from tables.expression import COMPARISONS, CONSTANTS, Expression  # type: ignore[import-not-found]  # noqa: E402
from tables.printers import to_cpp  # type: ignore[import-not-found]  # noqa: E402


def cpp(tree: Expression) -> str:
    """Print an expression; every name gets a trailing underscore, so none is a keyword."""
    return str(to_cpp(tree, {name: f"{name}_" for name in tree.names()}))


def substitute(tree: Expression, names: Mapping[Any, Expression]) -> Expression:
    """Replace whole subtrees, or names, by others."""
    made: list[Expression] = []
    for node in tree.walk():
        count = len(node.arguments)
        arguments = tuple(made[len(made) - count :]) if count else ()
        del made[len(made) - count :]
        built = Expression(node.operation, arguments, node.value, node.name) if count else node
        made.append(names.get(built, names.get(built.name, built) if built.name else built))
    return made[0]


NUMBERS: Mapping[str, Any] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "pow": math.pow,
}


def folded(tree: Expression) -> Expression:
    """Compute what is made of numbers alone, such as sqrt(2 / pi), once and for all."""
    numbers: dict[Any, Expression] = {}
    for written in subtrees(tree):
        node = substitute(written, numbers)
        values = [CONSTANTS.get(a.name, a.value) for a in node.arguments]
        known = all(a.operation == "number" or a.name in CONSTANTS for a in node.arguments)
        if known and node.operation in NUMBERS:
            with suppress(ArithmeticError, ValueError):
                value = NUMBERS[node.operation](*values)
                if math.isfinite(value) and value >= 0:
                    numbers[node] = Expression("number", value=value)
    return substitute(tree, numbers)


def subtrees(tree: Expression) -> list[Expression]:
    """Return every operation in a tree, arguments before what uses them."""
    return [node for node in tree.walk() if node.arguments]


def costly(tree: Expression) -> bool:
    """Whether computing it again costs more than a load."""
    return any(node.operation in COSTLY for node in tree.walk())


def name(text: str) -> Expression:
    """Return a tree that is just a name."""
    return Expression("name", name=text)


class Lets:
    """Prints several expressions in one block; what they share gets a name of its own."""

    def __init__(self, trees: Iterable[Expression], prefix: str = "u") -> None:
        trees = list(trees)
        counts = Counter(node for tree in trees for node in subtrees(tree))
        self.lines: list[str] = []
        self.names: dict[Any, Expression] = {}
        for node in dict.fromkeys(node for tree in trees for node in subtrees(tree)):
            if counts[node] > 1 and node.operation not in COMPARISONS and node.names():
                text = cpp(substitute(node, self.names))
                shared = f"{prefix}{len(self.names)}"
                self.lines.append(f"const T {shared}_ = {text};")
                # The tree may come up as it was, or with what it shares put in already.
                replaced = substitute(node, self.names)
                self.names[node] = self.names[replaced] = name(shared)

    def __call__(self, tree: Expression) -> str:
        """Print one of the expressions, with the names in place of what they stand for."""
        return cpp(substitute(tree, self.names))


def with_parts(tree: Expression, parts: Mapping[str, Expression]) -> Expression:
    """Write a row's parts out."""
    whole: dict[Any, Expression] = {}
    for part, definition in parts.items():
        whole[part] = substitute(definition, whole)
    return folded(substitute(tree, whole))


def parameters(row: Any, struct: str) -> list[str]:
    """Return the members of a row's struct that hold its parameters, and its constructor."""
    names = list(row.parameters)
    given = ", ".join(f"{each}_(p[{i}])" for i, each in enumerate(names))
    lines = [f"static constexpr int parameters = {len(names)};"]
    if not names:
        return [*lines, f"explicit {struct}(const double*) {{}}"]
    return [*lines, f"T {', '.join(f'{n}_' for n in names)};",
            f"explicit {struct}(const double* p) : {given} {{}}"]  # fmt: skip


def struct_of(kind: str, row: Any, body: Sequence[str]) -> str:
    """Print a row's struct."""
    struct = f"{kind}_{row.name}"
    lines = ["using T = Vec<E>;", *parameters(row, struct), *body]
    inside = "\n".join(f"    {line}" if line else "" for line in lines)
    return f"template <class E>\nstruct {struct} {{\n{inside}\n}};\n"


def method(head: str, lines: Sequence[str]) -> list[str]:
    """Print a method."""
    return [f"CP_INLINE {head} {{", *(f"    {line}" for line in lines), "}"]


def gate(row: Any) -> str:
    """Print a gate: its value, and its slope by each input."""
    inputs = ", ".join(f"T {each}_" for each in row.inputs)
    value = with_parts(row.value_tree, row.part_trees)
    slopes = [with_parts(tree, row.part_trees) for tree in row.slope_trees]
    uses = {each for slope in slopes for each in slope.names()} & set(row.inputs)
    body = [
        f"static constexpr int inputs = {len(row.inputs)};",
        f"static constexpr bool slope_uses_input = {str(bool(uses)).lower()};",
        f"static constexpr bool is_identity = {str(value == name('x')).lower()};",
    ]
    lets = Lets([value])
    body += method(f"T value({inputs}) const", [*lets.lines, f"return {lets(value)};"])
    for index, slope in enumerate(slopes):
        lets = Lets([slope])
        lines = [*lets.lines, f"return {lets(slope)};"]
        body += method(f"T slope{index}({inputs}, T y_) const", lines)
    return struct_of("gate", row, body)


class LossPrinter:
    """Prints a loss: loops over the outputs, stage after stage, then the slopes.

    What a later loop needs again and is costly is kept, for each output, in ``cache``.
    """

    def __init__(self, row: Any) -> None:
        self.row = row
        self.slope = with_parts(row.slope_tree, row.part_trees)
        chance = row.probability_tree
        self.chance = with_parts(chance, row.part_trees) if chance else None
        self.each = "hit" if row.targets == "class" else "target"

    def kept(self, loops: Sequence[Expression]) -> list[Expression]:
        """Return the costly subtrees that a later loop needs again; no part of another."""
        found: list[Expression] = []
        for index, tree in enumerate(loops):
            later = {node for other in loops[index + 1 :] for node in subtrees(other)}
            for node in reversed(subtrees(tree)):
                inside = any(node in subtrees(bigger) for bigger in found)
                if node in later and costly(node) and not inside and "s" in node.names():
                    found.append(node)
        return found

    def loop(self, tree: Expression, kept: Sequence[Expression], known: set[Expression],
             last: Sequence[str]) -> list[str]:  # fmt: skip
        """Print one loop over the outputs; ``last`` may speak of ``each``."""
        lines = ["for (int j = 0; j < n; ++j) {", "    const T s_ = T::load(s + j * ld);"]
        if "hit" in tree.names():
            lines.append("    const T hit_ = prim::where(wanted == T(j), T(1), T(0));")
        if "target" in tree.names():
            lines.append("    const T target_ = T::load(target + j * ld);")
        replaced: dict[Any, Expression] = {}
        for index, node in enumerate(kept):
            if node not in subtrees(tree):
                continue
            place = f"cache + ({index} * n + j) * T::lanes"
            if node in known:
                lines.append(f"    const T k{index}_ = T::load({place});")
            else:
                lines.append(f"    const T k{index}_ = {cpp(node)};")
                lines.append(f"    k{index}_.store({place});")
                known.add(node)
            replaced[node] = name(f"k{index}")
        tree = substitute(tree, replaced)
        lets = Lets([tree])
        lines += [f"    {line}" for line in (*lets.lines, f"const T each = {lets(tree)};", *last)]
        return [*lines, "}"]

    def stages(
        self, final: Expression, only: set[str]
    ) -> tuple[list[str], list[Expression], set[Expression]]:
        """Print the loops of the stages."""
        stages = {n: s for n, s in self.row.stage_trees.items() if n in only}
        kept = self.kept([*(tree for _, tree in stages.values()), final])
        known: set[Expression] = set()
        lines: list[str] = []
        for stage, (reduction, tree) in stages.items():
            gather = {
                "sum": f"{stage}_ = {stage}_ + each;",
                "max": f"{stage}_ = j ? prim::max({stage}_, each) : each;",
                "pick": f"{stage}_ = prim::where(wanted == T(j), each, {stage}_);",
            }[reduction]
            lines += [f"T {stage}_(0);", *self.loop(tree, kept, known, [gather])]
        return lines, kept, known

    def needed(self, tree: Expression) -> set[str]:
        """Return the stages that an expression needs, and those that these need."""
        wanted: set[str] = set()
        trees = self.row.stage_trees
        waiting = set(tree.names() & trees.keys())
        while waiting:
            wanted.add(stage := waiting.pop())
            waiting |= (trees[stage][1].names() & trees.keys()) - wanted
        return wanted

    def print(self) -> str:
        """Print the struct."""
        row = self.row
        lines, kept, known = self.stages(self.slope, set(row.stage_trees))
        lets = Lets([row.value_tree])
        lines += [*lets.lines, f"const T loss = {lets(row.value_tree)};"]
        lines += self.loop(self.slope, kept, known, ["(each * scale).store(delta + j * ld);"])
        wanted = ["const T wanted = T::load(target);"] if row.targets == "class" else []
        arguments = (
            "const E* s, E* delta, const E* target, std::ptrdiff_t ld, int outputs, T scale, "
            "E* cache"
        )
        fixed = ["const int n = outputs_fixed ? outputs_fixed : outputs;"]
        columns = method(f"T column({arguments}) const", [*fixed, *wanted, *lines, "return loss;"])
        body = [
            f"static constexpr bool of_classes = {str(row.targets == 'class').lower()};",
            f"static constexpr bool has_probability = {str(bool(self.chance)).lower()};",
            "// The loss of a vector of samples; writes scale times its slopes into delta.",
            "template <int outputs_fixed>", *columns,
        ]  # fmt: skip
        caches = len(kept)
        if self.chance is not None:
            lines, kept, known = self.stages(self.chance, self.needed(self.chance))
            lines += self.loop(self.chance, kept, known, ["each.store(p + j * ld);"])
            head = "void chances(const E* s, E* p, std::ptrdiff_t ld, int n, E* cache) const"
            body += ["// The probabilities of a vector of samples.", *method(head, lines)]
            caches = max(caches, len(kept))
        body.insert(0, f"static constexpr int caches = {max(caches, 1)};")
        return struct_of("loss", row, body)


def optimizer(row: Any) -> str:
    """Print an optimizer: what a step needs once, and the update of one parameter."""
    fixed = STEP_SCALARS | row.parameters.keys()
    updates = dict(row.update_trees)
    scalars: dict[Any, Expression] = {}
    plain: dict[Any, Expression] = {}
    for target, written in row.update_trees.items():
        tree = substitute(written, plain)
        for node in reversed(subtrees(tree)):
            alone = node.names() <= fixed and node.operation not in COMPARISONS
            inside = any(node in subtrees(bigger) for bigger in scalars)
            if alone and not inside and node not in scalars:
                scalars[node] = name(f"h{len(scalars)}")
        if tree.names() <= fixed:
            plain[target] = tree
            scalars.setdefault(tree, name(f"h{len(scalars)}"))
            del updates[target]
        else:
            updates[target] = substitute(tree, scalars)
    lines = [f"T {slot}_ = slots[{i}];" for i, slot in enumerate(row.slots)]
    declared = {"w", *row.slots}
    for target, tree in updates.items():
        lets = Lets([tree], f"{target}_")
        lines += [*lets.lines, f"{'' if target in declared else 'T '}{target}_ = {lets(tree)};"]
        declared.add(target)
    lines += [f"slots[{i}] = {slot}_;" for i, slot in enumerate(row.slots)]
    names = [f"h{i}" for i in range(len(scalars))]

    def uses(used: str) -> str:
        return str(any(used in tree.names() for tree in updates.values())).lower()

    once = [f"const T {n}_(h[{i}]);" for i, n in enumerate(names)]
    prepare = ["namespace prim = ::clearprop::CP_ISA::scalar;", "using T = double;"]
    prepare += [f"const T {n}_ = p[{i}];" for i, n in enumerate(row.parameters)]
    prepare += [f"h[{i}] = {cpp(tree)};" for i, tree in enumerate(scalars)]
    body = [
        f"static constexpr int slots = {len(row.slots)};",
        f"static constexpr int scalars = {len(scalars)};",
        f"static constexpr bool uses_is_weight = {uses('is_weight')};",
        "// What a step needs once: expressions of its number, the learning rate, parameters.",
        *method("static void prepare(double learning_rate_, double t_, const double* p, double* h)",
                prepare),
        "CP_INLINE static T number(double x) { return T(x); }",
        *method("void apply(T& w_, T g_, T is_weight_, T learning_rate_, const double* h, "
                "T* slots) const", [*once, *lines]),
    ]  # fmt: skip
    return struct_of("update", row, body)


def quoted(text: str) -> str:
    """Print a C++ string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def listing(macro: str, kind: str, rows: Sequence[Any]) -> str:
    """Print a macro that names every row: M(struct, name, fingerprint)."""
    entries = [
        f"M({kind}_{row.name}, {quoted(row.name)}, {quoted(row.fingerprint)})" for row in rows
    ]
    return f"#define {macro}(M) \\\n    " + " \\\n    ".join(entries) + "\n"


def main(target: str) -> None:
    """Write the header, if it changed."""
    gates = list(tables.GATES.values())
    losses = list(tables.LOSSES.values())
    optimizers = [row for row in tables.OPTIMIZERS.values() if row.updates]
    text = "\n".join([
        "// Printed from the tables by native/generate.py; not to be edited.",
        "#pragma once\n",
        "#if defined(__GNUC__)  // a row need not use all that it is offered",
        '#pragma GCC diagnostic ignored "-Wunused-parameter"',
        '#pragma GCC diagnostic ignored "-Wunused-variable"',
        '#pragma GCC diagnostic ignored "-Wunused-but-set-variable"',
        '#pragma GCC diagnostic ignored "-Wunused-local-typedefs"',
        "#endif\n",
        '#include "primitives.hpp"',
        '#include "scalar.hpp"\n',
        "namespace clearprop::CP_ISA {\n",
        *map(gate, gates),
        *(LossPrinter(row).print() for row in losses),
        *map(optimizer, optimizers),
        "}  // namespace clearprop::CP_ISA\n",
        listing("CP_GATES", "gate", gates),
        listing("CP_ACTIVATIONS", "gate", [row for row in gates if row.activation]),
        listing("CP_LOSSES", "loss", losses),
        listing("CP_UPDATES", "update", optimizers),
    ])  # fmt: skip
    path = Path(target)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


if __name__ == "__main__":
    main(sys.argv[1])
