"""Plants the mistakes of issue 5's table in the source text of independent programs.

>>> case = next(cases(0))                     # 20 for each kind, in the order of KINDS
>>> case.kind, case.place
('sum_for_mean', 'all')
>>> loss, gradients = run(case.source, case.data)
>>> ("sum_for_mean", "all") in equal(case)    # which mistakes give these very numbers
True

A mistake is a list of edits of the text, each found exactly once. Its ``place`` is "all",
"layer 2", or the arrays, "W1" or "b1, b2". Layer l holds Wl, bl and the activation after
them; a mistake in what is carried back through W2 is at layer 2. Nothing here reads the
package: ``Told`` says in its words what the network is.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from planting_edits import KINDS, NOISE, ONLY_LOSS, STATE, EditError, edited, mistakes
from planting_programs import (
    OF_STATE,
    PLAIN,
    Style,
    Told,
    program,
    random_data,
    random_network,
    run,
)


@dataclass(frozen=True, eq=False)
class Case:
    """A program with a mistake (or two) in it, and what it is asked to compute."""

    kind: str
    place: str
    detail: str
    source: str
    told: Told
    style: Style
    data: tuple  # X, y, parameters by name, all as clearprop takes them
    mistakes: tuple = ()

    @property
    def calls(self):
        """How often to call until the numbers are wrong."""
        return 2 if self.kind in STATE else 1

    @property
    def call(self):
        return f"loss_and_gradients(X, y, {', '.join(self.told.names)})"


def plant(kind, told, rng, rows=8):
    """The text of this network's program with a mistake of this kind, at a random place.

    None where the network has no place for it. ``rows`` is how many the data will have: one-hot
    targets can be transposed unseen only where there are as many as outputs.
    """
    style = OF_STATE.get(kind) or PLAIN[rng.integers(len(PLAIN))]
    known = [m for m in mistakes(told, style, rows) if m.kind == kind]
    if not known:
        return None
    return edited(program(told, style), known[rng.integers(len(known))].edits)


def distance(gradients, expected):
    """The largest error of an array, max|a - b| / max|b|; infinite where shapes differ."""
    worst = 0.0
    largest = max(np.abs(array).max(initial=0) for array in expected.values())
    for name, array in expected.items():
        if gradients[name].shape != array.shape:
            return np.inf
        scale = max(np.abs(array).max(initial=0), 1e-9 * largest) or 1.0
        worst = max(worst, np.abs(gradients[name] - array).max(initial=0) / scale)
    return worst


def at_a_kink(data):
    """The data with one row and the first biases 0, so that a sample's z1 is 0 exactly."""
    X, y, parameters = data
    X = X.copy()
    X[0] = 0
    return X, y, {**parameters, "b1": np.zeros_like(parameters["b1"])}


def cases(seed, each=20, kinds=KINDS):
    """Yield ``each`` cases of every kind, in all of which the mistake changes the numbers."""
    for kind in kinds:
        where = (*KINDS, *ONLY_LOSS).index(kind)
        for number in range(each):
            yield case_of(kind, np.random.default_rng([seed, where, number]))


def case_of(kind, rng):
    """A case of this kind: networks, styles and data are drawn until one has it."""
    while True:
        told = random_network(rng)
        data = random_data(told, rng)
        if kind == "kink":
            data = at_a_kink(data)
        style = OF_STATE.get(kind) or PLAIN[rng.integers(len(PLAIN))]
        known = [m for m in mistakes(told, style, len(data[0])) if m.kind == kind]
        if known:
            chosen = known[rng.integers(len(known))]
            if case := _planted(told, style, data, (chosen,)):
                return case


def _planted(told, style, data, chosen):
    """The case of these mistakes, or None where they do not change the numbers."""
    source = edited(program(told, style), [edit for m in chosen for edit in m.edits])
    words = [" + ".join(getattr(m, part) for m in chosen) for part in ("kind", "place", "detail")]
    case = Case(*words, source, told, style, data, chosen)
    loss, right = run(program(told, style), data)
    wrong_loss, wrong = run(source, data, case.calls)
    changed = distance(wrong, right)
    if case.kind in ONLY_LOSS:
        changed = abs(wrong_loss - loss) / abs(loss)
    return case if changed > (1e-9 if case.kind in NOISE else 1e-6) else None


def pairs(seed, count=100):
    """Yield cases with two mistakes in one program that neither alone accounts for."""
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        while not (case := _pair(rng)):
            pass
        yield case


def _pair(rng):
    told = random_network(rng)
    data = random_data(told, rng)
    style = PLAIN[rng.integers(len(PLAIN))]
    known = [m for m in mistakes(told, style, len(data[0])) if m.kind not in ("float32", "kink")]
    kinds = sorted({m.kind for m in known})
    if len(kinds) < 2:
        return None
    chosen = []
    for kind in rng.choice(kinds, 2, replace=False):
        of_kind = [m for m in known if m.kind == kind]
        chosen.append(of_kind[rng.integers(len(of_kind))])
    try:
        case = _planted(told, style, data, tuple(chosen))
    except (EditError, ValueError):  # both edit the same line, or the shapes do not go together
        return None
    if case is None or equal(case):
        return None
    together = run(case.source, data)[1]
    for one in chosen:
        alone = run(edited(program(told, style), one.edits), data)[1]
        if distance(together, alone) < 1e-6 or distance(run(program(told), data)[1], alone) < 1e-6:
            return None
    return case


def equal(case, tolerance=1e-9):
    """Which single mistakes give a case's numbers: a set of (kind, place).

    All mistakes of all plain ways to write this network are tried, so a case's own is among
    them where it can be planted there. Slips of state are compared as they are in the call
    that is wrong. For a pair, see :func:`equal_pairs`.
    """
    wrong = run(case.source, case.data, case.calls)[1]
    alike = {
        (mistake.kind, mistake.place)
        for mistake, gradients in _singles(case.told, _Data(case.data))
        if distance(gradients, wrong) <= tolerance
    }
    return alike | ({(case.kind, case.place)} if len(case.mistakes) == 1 else set())


def equal_pairs(case, tolerance=1e-9):
    """Which pairs of mistakes give a case's numbers: a set of frozensets of (kind, place).

    Both mistakes of a pair are planted in one style, as those of :func:`pairs` are. This
    takes a second or two.
    """
    wrong = run(case.source, case.data, case.calls)[1]
    rows, alike, tried = len(case.data[0]), set(), set()
    for style in PLAIN:
        text = program(case.told, style)
        for two in combinations(mistakes(case.told, style, rows), 2):
            names = frozenset((m.kind, m.place, m.detail) for m in two)
            if names in tried or "float32" in (two[0].kind, two[1].kind):
                continue
            tried.add(names)
            try:
                gradients = run(edited(text, [e for m in two for e in m.edits]), case.data)[1]
            except (EditError, ValueError):
                continue
            if distance(gradients, wrong) <= tolerance:
                alike.add(frozenset((m.kind, m.place) for m in two))
    return alike


class _Data:
    """A case's data as a key: the same object is the same key."""

    def __init__(self, data):
        self.data = data

    def __eq__(self, other):
        return self.data is other.data

    def __hash__(self):
        return id(self.data)


@lru_cache(maxsize=4)
def _singles(told, key):
    found = []
    tried = set()
    for style in (*PLAIN, *OF_STATE.values()):
        text = program(told, style)
        for mistake in mistakes(told, style, len(key.data[0])):
            source = edited(text, mistake.edits)
            name = (mistake.kind, mistake.place, mistake.detail)
            if name in tried or mistake.kind in (*STATE, *ONLY_LOSS):
                continue
            tried.add(name)
            found.append((mistake, run(source, key.data)[1]))
    return found
