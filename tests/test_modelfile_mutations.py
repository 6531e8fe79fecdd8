"""Thousands of spoiled model files: each loads a sound model or is refused, and nothing else."""

import copy
import os
import random

import numpy as np
import pytest

from clearprop.errors import ModelFileError
from clearprop.modelfile import load_model, save_model
from modelfiles import Parts, loaded, other, sound


def leaves(obj, path=()):
    """Yield the path of every part of a JSON value."""
    yield path
    if isinstance(obj, dict | list):
        for key in obj if isinstance(obj, dict) else range(len(obj)):
            yield from leaves(obj[key], (*path, key))


def replaced(obj, path, value):
    if not path:
        return value
    new = copy.copy(obj)
    new[path[0]] = replaced(obj[path[0]], path[1:], value)
    return new


STRANGE = [None, True, -1, 0, 1, 2, 2**31, 2**64, 10**39, 1.5, -0.0, 1e308, "", "tanh", "\ud800",
           "x" * 20_000, [], {}, [[]], [None], {"": 0}, [1, 2], "\x00", "__class__"]  # fmt: skip


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)


def loads(folder, blob):
    """Load; what loads must be sound: it can be saved and loaded once more."""
    try:
        model = loaded(folder, blob)
    except ModelFileError:
        return False
    assert np.isfinite(model.network.vector).all()
    again = folder / "again.clearprop"
    save_model(again, model.network, columns=model.columns, history=model.history)
    assert load_model(again).network.vector.tobytes() == model.network.vector.tobytes()
    return True


def test_every_part_replaced_by_strange_values(tmp_path):
    parts = Parts(sound())
    sound_ones = count = 0
    for where in ("described", "header"):
        whole = getattr(parts, where)
        for path in leaves(whole):
            for value in STRANGE:
                changed = Parts(sound())
                new = replaced(whole, path, value)
                if where == "header" and not isinstance(new, dict):
                    continue
                setattr(changed, where, new)
                if where == "described":
                    changed.text = None
                sound_ones += loads(tmp_path, changed.blob())
                count += 1
    assert count > 1000
    assert 0 < sound_ones < count / 4


TOKENS = [b"NaN", b"null", b"true", b"[", b"]", b"{", b"}", b'"', b"\\", b",", b":", b"-", b"1e999",
          b"0", b"9" * 50, b"\\ud800", b"\xff", b"\0", b"W1", b"F32", b"tanh", b"data_offsets",
          b"\xf0\x9f\x98\x80"]  # fmt: skip


def mutated(rng, blob, donor):
    """Return some bytes with one to four random changes."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(blob) + 1)
        end = min(len(blob), at + rng.choice((1, 1, 2, 8, 50)))
        kind = rng.randrange(8)
        if kind <= 1 and at < len(blob):
            flipped = blob[at] ^ (1 << rng.randrange(8))
            blob = blob[:at] + bytes([flipped]) + blob[at + 1 :]
        elif kind == 2:
            blob = blob[:at] + rng.randbytes(end - at) + blob[end:]
        elif kind == 3:
            blob = blob[:at] if rng.random() < 0.3 else blob[:at] + blob[end:]
        elif kind == 4:
            blob = blob[:at] + rng.choice(TOKENS) + blob[rng.choice((at, end)) :]
        elif kind == 5:
            blob = blob[:end] + blob[at:]
        elif kind == 6:
            blob = blob[:at] + donor[at:]
        else:
            start = rng.randrange(len(donor))
            blob = blob[:at] + donor[start : start + rng.randrange(100)] + blob[end:]
    return blob


def spoiled(rng, blob, donor):
    """Return a mutated file: of all of it, or of one part, with the length set right again."""
    if rng.random() < 0.4:
        return mutated(rng, blob, donor)
    parts = Parts(blob)
    if rng.random() < 0.5:
        length = int.from_bytes(blob[:8], "little")
        return parts.framed(mutated(rng, blob[8 : 8 + length], donor[8:]))
    text = mutated(rng, parts.text.encode(), Parts(donor).text.encode())
    parts.text = text.decode("latin-1")
    return parts.blob()


@pytest.mark.parametrize(
    ("seed", "count"),
    [(0, 3_000), *(pytest.param(seed, 25_000, marks=pytest.mark.slow) for seed in range(1, 5))],
)
def test_mutations_load_or_are_refused(tmp_path, seed, count):
    rng = random.Random(seed)
    pairs = [(sound(), other()), (other(), sound())]
    sound_ones = sum(loads(tmp_path, spoiled(rng, *rng.choice(pairs))) for _ in range(count))
    assert 0.01 * count < sound_ones < 0.5 * count
