"""Model files that lie, are damaged, or are something else: each is refused, quickly, quietly."""

import builtins
import errno
import io
import json
import math
import os
import pickle
import random
import re
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

import clearprop as cp
from clearprop import modelfile
from clearprop.data import Columns
from clearprop.errors import ModelFileError
from clearprop.modelfile import load_model, save_model
from modelfiles import COLUMNS, HISTORY, Parts, loaded, sound


def test_taking_apart_and_putting_together_is_sound(tmp_path):
    assert loaded(tmp_path, Parts(sound()).blob()).history == HISTORY


def entry(name, **changes):
    """Return what changes an array's entry in the header."""

    def change(parts):
        parts.header[name].update(changes)
        return parts.blob()

    return change


def renamed(old, new):
    def change(parts):
        parts.header[new] = parts.header.pop(old)
        return parts.blob()

    return change


def numbers(value):
    def change(parts):
        parts.data = np.array(value).tobytes() + parts.data[8:]
        return parts.blob()

    return change


def described(**changes):
    return lambda parts: parts.describe(**changes)


def retold(old, new):
    """Return what replaces a piece of the description's text."""

    def change(parts):
        assert old in parts.text
        parts.text = parts.text.replace(old, new, 1)
        return parts.blob()

    return change


def extended(parts):
    parts.header["W9"] = {"dtype": "F64", "shape": [0], "data_offsets": [0, 0]}
    return parts.blob()


def lacking(parts):
    del parts.header["b2"]
    return parts.blob()


def swapped(parts):
    """Let two arrays of one size stand at one place."""
    parts.header["b1"]["data_offsets"] = parts.header["b2"]["data_offsets"]
    return parts.blob()


def zipped(_parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("weights", b"\0" * 1000)
    return file.getvalue()


class Bomb:
    def __reduce__(self):
        return builtins.exec, ("raise SystemExit('a pickle was run')",)


def metadata(value):
    def change(parts):
        parts.metadata = value
        return parts.blob()

    return change


def plain(parts):
    parts.metadata = {"format": "pt"}
    return parts.blob()


HOSTILE = {
    "empty": (lambda p: b"", "is empty"),
    "one byte": (lambda p: b"{", "do not begin with the header"),
    "8 zeros": (lambda p: bytes(8), "header is no JSON object"),
    "text": (lambda p: b"width,kind\n1,2\n" * 50, "do not begin with"),
    "random": (lambda p: random.Random(0).randbytes(5000), "do not begin with"),
    "zip": (zipped, "zip archive"),
    "pickle": (lambda p: pickle.dumps(Bomb(), 4), "a pickle, which is never run"),
    "old pickle": (lambda p: pickle.dumps(Bomb(), 0), "do not begin with"),
    "length 2**64 - 1": (lambda p: b"\xff" * 8 + p.blob()[8:], "do not begin with"),
    "length past the end": (lambda p: (9999).to_bytes(8, "little") + p.blob()[8:], "do not begin"),
    "length too short": (lambda p: (99).to_bytes(8, "little") + p.blob()[8:], "brackets"),
    "cut by one": (lambda p: p.blob()[:-1], "bytes follow the header"),
    "one byte more": (lambda p: p.blob() + b"\0", "bytes follow the header"),
    "no UTF-8": (lambda p: p.framed(b'{"a\xff":1}'), "no text"),
    "half a pair": (lambda p: p.framed('{"\ud800":1}'), "no text"),
    "byte order mark": (lambda p: p.framed("\ufeff{}"), "no JSON object"),
    "a list": (lambda p: p.framed("[]"), "no JSON object"),
    "no JSON": (lambda p: p.framed("{,}"), "no JSON"),
    "nothing in it": (lambda p: p.framed("{}"), "not of ClearProp"),
    "NaN in the header": (lambda p: p.framed('{"a": NaN}'), "holds NaN"),
    "Infinity in the header": (lambda p: p.framed('{"a": -Infinity}'), "holds -Infinity"),
    "nested lists": (lambda p: p.framed('{"a":' + "[" * 99999 + "]" * 99999 + "}"), "too deeply"),
    "nested objects": (lambda p: p.framed('{"a":' * 99999 + "1" + "}" * 99999), "too deeply"),
    "brackets in the wrong order": (lambda p: p.framed('{"a":[}]'), "brackets do not match"),
    "key twice": (lambda p: p.framed('{"W1":{},"W1":{}}'), "key 'W1' twice"),
    "many values": (lambda p: p.framed('{"a":[' + "0," * 600_000 + "0]}"), "more than 500,000"),
    "many texts": (lambda p: p.framed('{"a":' + '""' * 2_100_000), "more than 500,000"),
    "large header": (lambda p: p.framed("{" + " " * 2**24 + "}"), "do not begin with"),
    "entries are lists": (lambda p: p.framed('{"W1":[]}'), "no safetensors header"),
    "other metadata": (plain, "not of ClearProp"),
    "metadata is a number": (metadata({"clearprop": 1}), "not of ClearProp"),
    "more metadata": (metadata({"clearprop": "{}", "x": ""}), "not of ClearProp"),
    "metadata is no JSON": (metadata({"clearprop": "W1"}), "no JSON"),
    "metadata is a list": (metadata({"clearprop": "[1]"}), "no JSON object"),
    "empty metadata": (metadata({"clearprop": ""}), "no JSON"),
    "extra array": (extended, "also has the array 'W9'"),
    "array lacks": (lacking, "lacks the array 'b2'"),
    "Cyrillic name": (renamed("W1", "\u04121"), "the array"),
    "full-width name": (renamed("W1", "\uff371"), "the array"),
    "name with a zero": (renamed("W1", "W1\0"), "the array"),
    "dtype F32": (entry("W1", dtype="F32"), "W1 should be F64"),
    "dtype I64": (entry("W1", dtype="I64"), "W1 should be F64"),
    "dtype is a list": (entry("W1", dtype=["F64"]), "W1 should be F64"),
    "shape turned": (entry("W1", shape=[2, 3]), r"shape \[3, 2\], and is"),
    "shape flat": (entry("W1", shape=[6]), r"shape \[3, 2\], and is"),
    "shape of floats": (entry("W1", shape=[3.0, 2.0]), r"shape \[3, 2\], and is"),
    "shape of truths": (entry("W2", shape=[2, True]), "shape"),
    "shape negative": (entry("W1", shape=[-3, -2]), "shape"),
    "shape overflows": (entry("W1", shape=[2**63, 2**63]), "shape"),
    "shape is a text": (entry("W1", shape="32"), "shape"),
    "offsets backward": (entry("W1", data_offsets=[48, 0]), "does not fit its place"),
    "offsets negative": (entry("W1", data_offsets=[-48, 0]), "overlap, or have gaps"),
    "offsets past the end": (entry("W1", data_offsets=[480, 528]), "overlap, or have gaps"),
    "offsets past 64 bits": (entry("W1", data_offsets=[2**64, 2**64 + 48]), "overlap"),
    "offsets of floats": (entry("W1", data_offsets=[0.0, 48.0]), "does not fit"),
    "offsets too short": (entry("W1", data_offsets=[0]), "does not fit"),
    "offsets lack": (entry("W1", data_offsets=None), "does not fit"),
    "entry has more": (entry("W1", strides=[1]), "does not give dtype"),
    "overlapping arrays": (swapped, "overlap, or have gaps"),
    "NaN": (numbers(math.nan), "holds NaN or infinity"),
    "infinity": (numbers(-math.inf), "holds NaN or infinity"),
    "signalling NaN": (numbers(np.int64(0x7FF0000000000001)), "holds NaN or infinity"),
    "later format": (described(format=2, surprise=1), "pip install --upgrade"),
    "format 0": (described(format=0), "its format is 0"),
    "format 1.0": (described(format=1.0), "its format is 1.0"),
    "format True": (described(format=True), "its format is True"),
    "huge format": (retold('"format":1', '"format":1' + "0" * 5000), "whole number of 5,001"),
    "format exponent": (retold('"format":1', '"format":1e999'), "its format is inf"),
    "NaN in the description": (retold("0.125", "NaN"), "holds NaN"),
    "inf in the description": (retold("0.125", "1e999"), "seconds is a finite number"),
    "key twice inside": (retold('"format":1', '"format":1,"format":1'), "'format' twice"),
    "unknown field": (described(pickle="gASV"), "just the fields"),
    "version": (described(version="1\n\x1b[2J"), "version of ClearProp"),
    "dtype": (described(dtype="float16"), "its dtype"),
    "dtype object": (described(dtype="O"), "its dtype"),
    "shared_bias": (described(shared_bias=1), "its shared_bias"),
    "one layer": (described(layers=[3]), "its layers"),
    "1,001 layers": (described(layers=[1] * 1001, gates=["tanh"] * 1000), "its layers"),
    "layer 0": (described(layers=[3, 0, 2]), "its layers"),
    "layer negative": (described(layers=[-3, -2, 2]), "its layers"),
    "layer True": (described(layers=[3, True, 2]), "its layers"),
    "huge layers": (described(layers=[3, 2**40, 2]), "would have 6,597,069,766,658 parameters"),
    "endless layers": (described(layers=[3, 10**30, 2]), "its layers"),
    "other layers": (described(layers=[3, 3, 2]), "parameters of 8 bytes"),
    "too few gates": (described(gates=["tanh"]), "its gates"),
    "gates a text": (described(gates="ab"), "its gates"),
    "gate a number": (described(gates=[1, "tanh"]), "does not name a gate"),
    "gate unknown": (described(gates=["mish", "tanh"]), "'mish'.*register it first"),
    "gate of two inputs": (described(gates=["add", "identity"]), "not an activation"),
    "gate is code": (described(gates=["__import__('os')", "tanh"]), "does not name a gate"),
    "gate parameter is code": (
        described(gates=["elu(alpha=exit())", "tanh"]),
        "does not name a gate",
    ),
    "gate parameter that warns": (described(gates=["elu(alpha=0e)", "tanh"]), "no network"),
    "gate parameter inf": (described(gates=["elu(alpha=1e999)", "tanh"]), "no network"),
    "gate parameter nan": (described(gates=["elu(alpha=nan)", "tanh"]), "does not name a gate"),
    "gate parameter unknown": (described(gates=["elu(beta=1)", "tanh"]), "no network"),
    "gate parameter too large": (described(gates=["elu(alpha=1e308)", "tanh"]), "no network"),
    "gate parameters run together": (
        described(gates=["elu(" + "a=1111111111" * 80 + "!", "tanh"]),
        "does not name a gate",
    ),
    "gate parameters without end": (
        described(gates=["elu(" + "alpha=1, " * 9999 + ")", "tanh"]),
        "does not name a gate",
    ),
    "loss unknown": (described(loss="mystery"), "'mystery'.*register it first"),
    "loss a list": (described(loss=["hinge"]), "does not name a loss"),
    "loss parameter": (described(loss="huber(delta=-1e308)"), "no network"),
    "columns a list": (described(columns=[]), "the columns"),
    "columns of others": (described(columns={"features": [], "target": {}}), "features"),
    "columns do not fit": (
        described(columns=Columns((COLUMNS.features[0],), COLUMNS.target).to_json()),
        "give 1 inputs",
    ),
    "history a text": (described(history="adam"), "has the fields"),
    "history lacks": (described(history={}), "has the fields"),
    "history colours the screen": (retold('"finished"', '"\\u001b[31m"'), "printable"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files(tmp_path, capfd, case):
    change, words = HOSTILE[case]
    path = tmp_path / "given.clearprop"
    path.write_bytes(change(Parts(sound())))
    began = time.process_time()
    with pytest.raises(ModelFileError, match=f"(?s){words}") as caught:
        load_model(path)
    assert time.process_time() - began < 1
    message = str(caught.value)
    assert message.startswith(f"{path} cannot be loaded: ")
    assert len(message) < 700
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", message)
    assert capfd.readouterr() == ("", "")


PLACES = {
    "missing": (lambda p: p / "none.clearprop", "does not exist"),
    "folder": (lambda p: p, "is a folder"),
    "file as folder": (lambda p: Path(__file__) / "m", "check the path|does not exist"),
    "nothing": (lambda p: "", "is a folder"),
    "zero byte": (lambda p: "a\0b", "check the path"),
    "long": (lambda p: "x" * 5000, "check the path"),
    "number": (lambda p: 0, "a text or a Path"),
    "bytes": (lambda p: b"m", "a text or a Path"),
    "none": (lambda p: None, "a text or a Path"),
}


@pytest.mark.parametrize("case", PLACES)
def test_places_without_a_file(tmp_path, case):
    place, words = PLACES[case]
    with pytest.raises(ModelFileError, match=words):
        load_model(place(tmp_path))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "may not read"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_a_file_that_does_not_open(tmp_path, monkeypatch, error, words):
    save_model(tmp_path / "m", cp.Network([3, 2]))

    def fail(*_args):
        raise error

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(ModelFileError, match=words):
        load_model(tmp_path / "m")


def test_a_file_that_shrinks_while_it_is_read(tmp_path, monkeypatch):
    save_model(tmp_path / "m", cp.Network([3, 2]))
    true = (tmp_path / "m").stat().st_size
    (tmp_path / "m").write_bytes((tmp_path / "m").read_bytes()[:-8])

    class Stat:
        st_size = true

    monkeypatch.setattr(os, "fstat", lambda _: Stat)
    with pytest.raises(ModelFileError, match="ends within b1"):
        load_model(tmp_path / "m")


# Bounds


def test_too_large_a_file_is_not_read(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(modelfile.MAX_FILE + 1)  # takes no room on the disk
    tracemalloc.start()
    with pytest.raises(ModelFileError, match="4,294,967,297 bytes"):
        load_model(path)
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()


def test_claims_take_no_memory(tmp_path):
    parts = Parts(sound())
    parts.header["W1"]["shape"] = [3, 2**28]
    blob = parts.describe(layers=[3, 2**28, 2])
    tracemalloc.start()
    with pytest.raises(ModelFileError, match="bytes follow the header"):
        loaded(tmp_path, blob)
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()


MIB = 1024**2
HEAVY = {
    "empty texts": '"' * 15 * MIB,
    "a text without end": '["' + '\\"' * 3_500_000,
    "escapes": '["' + '\\"' * 7 * MIB + '"]',
    "wide letters": '["' + "\U0001f600" * 3 * MIB + '"]',
    "commas": "[" + "1," * 7 * MIB + "1]",
    "brackets": "[" * 15 * MIB,
    "digits": "[" + "1" * 15 * MIB + "]",
    "decimals": "[1." + "1" * 15 * MIB + "]",
    "lists": "[" + "[]," * 249_000 + "1]",
    "objects": "[" + '{"a":1},' * 249_000 + "1]",
    "keys": "{" + ",".join(f'"{i:024}":1' for i in range(499_000)) + "}",
}


@pytest.mark.parametrize("case", HEAVY)
def test_the_heaviest_headers_take_bounded_time_and_memory(tmp_path, case):
    blob = Parts(sound()).framed('{"W1":' + HEAVY[case] + "}")
    assert len(blob) <= modelfile.MAX_HEADER
    began = time.process_time()
    with pytest.raises(ModelFileError):
        loaded(tmp_path, blob)
    assert time.process_time() - began < 3  # below 1 on an idle machine
    tracemalloc.start()
    with pytest.raises(ModelFileError):
        loaded(tmp_path, blob)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 * MIB


def test_depth_is_bounded_whatever_the_recursion_limit(monkeypatch):
    monkeypatch.setattr(json, "loads", lambda *_, **__: pytest.fail("the parser was run"))
    with pytest.raises(ModelFileError, match="too deeply"):
        modelfile.read_json("[" * 30 + "]" * 30, "it")
