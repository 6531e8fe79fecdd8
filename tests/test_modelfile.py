"""Model files: what is saved comes back bit by bit, and no file does anything but load or fail."""

import builtins
import copy
import errno
import io
import json
import math
import os
import pickle
import random
import re
import subprocess
import sys
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

import clearprop as cp
from clearprop import modelfile
from clearprop.data import ClassTarget, Columns, NumberColumn, ValueTarget, WordColumn
from clearprop.errors import ModelFileError
from clearprop.modelfile import History, load_model, save_model

COLUMNS = Columns(
    (NumberColumn("width é", 0.1, 2.5, 0.1), WordColumn('sky "x"', ("clear, blue", "grey[]{}"))),
    ClassTarget("kind", ("ja", "nein")),
)
HISTORY = History(
    "adam(beta1=0.9, beta2=0.999, epsilon=1e-08)", learning_rate=0.01, epochs=3,
    losses=(0.7, 1 / 3, 1e-300), loss=0.25, batch_size=16, l2=0.01, reduction="sum", seed=7,
    engine="reference", seconds=0.125, stopped="finished",
)  # fmt: skip


def with_other_parameters(row):
    return row.with_parameters(**{name: value + 0.25 for name, value in row.parameters.items()})


def assert_same(loaded, network):
    assert loaded.vector.tobytes() == network.vector.tobytes()
    assert loaded.dtype == network.dtype
    assert loaded.layers == network.layers
    assert repr(loaded) == repr(network)
    assert {n: p.shape for n, p in loaded.parameters.items()} == {
        n: p.shape for n, p in network.parameters.items()
    }


# What is saved comes back


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("loss", cp.LOSSES)
@pytest.mark.parametrize("gate", cp.activations())
def test_round_trip(tmp_path, gate, loss, dtype):
    row, cost = with_other_parameters(cp.GATES[gate]), with_other_parameters(cp.LOSSES[loss])
    network = cp.Network([3, 4, 2], row, cost, row, seed=3, dtype=dtype)
    save_model(tmp_path / "m.clearprop", network)
    model = load_model(tmp_path / "m.clearprop")
    assert_same(model.network, network)
    assert (model.columns, model.history, model.version) == (None, None, cp.__version__)
    X = np.random.RandomState(0).randn(50, 3)
    assert model.network.scores(X).tobytes() == network.scores(X).tobytes()
    assert model.network.predict(X).tobytes() == network.predict(X).tobytes()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_shared_bias_columns_and_history(tmp_path, dtype):
    network = cp.Network(
        [3, 2, 5, 2], ["relu", "gelu"], "hinge", "sigmoid", shared_bias=True, dtype=dtype
    )
    save_model(str(tmp_path / "m"), network, columns=COLUMNS, history=HISTORY)
    model = load_model(str(tmp_path / "m"))
    assert_same(model.network, network)
    assert model.network.parameters["b1"].shape == ()
    assert (model.columns, model.history) == (COLUMNS, HISTORY)


def test_every_finite_bit_pattern_survives(tmp_path):
    for dtype in ("float64", "float32"):
        limits = np.finfo(dtype)
        values = [limits.max, limits.min, limits.tiny, limits.smallest_subnormal, -0.0, 1 / 3]
        network = cp.Network([2, 2], loss="squared_error", dtype=dtype).with_parameters(
            W1=np.reshape(values[:4], (2, 2)), b1=values[4:]
        )
        save_model(tmp_path / "m", network)
        assert_same(load_model(tmp_path / "m").network, network)


def test_the_safetensors_library_reads_the_same_arrays(tmp_path):
    network = cp.Network([3, 4, 2], shared_bias=True, dtype="float32")
    save_model(tmp_path / "m", network)
    arrays = safetensors.numpy.load_file(tmp_path / "m")
    assert arrays.keys() == network.parameters.keys()
    for name, array in arrays.items():
        assert array.dtype == np.float32
        assert np.array_equal(array, network.parameters[name])
        assert array.shape == network.parameters[name].shape


def test_thousand_layers(tmp_path):
    alphas = [f"elu(alpha={0.1 + i / 1000})" for i in range(998)]
    network = cp.Network([1] * 1000, alphas, "squared_error")
    save_model(tmp_path / "m", network)
    assert_same(load_model(tmp_path / "m").network, network)


def wave(value="x * c", slope="c"):
    return cp.Gate("wave", value, [slope], parameters={"c": 2.0}, activation=True)


@pytest.fixture
def register():
    """Return a function that registers a row for the time of a test."""
    rows = []

    def add(row):
        (cp.register_gate if isinstance(row, cp.Gate) else cp.register_loss)(row)
        rows.append(row)

    yield add
    for row in rows:
        table = cp.GATES if isinstance(row, cp.Gate) else cp.LOSSES
        if row.name in table:
            table.remove(row.name)


def test_registered_rows(tmp_path, register):
    loss = cp.Loss(
        "steep_error", "e", "4 * (s - target)", "value",
        {"e": ("sum", "2 * (s - target) * (s - target)")},
    )  # fmt: skip
    network = cp.Network([2, 3, 1], wave().with_parameters(c=0.5), loss)
    path = tmp_path / "m.clearprop"
    with pytest.raises(ModelFileError, match=r"no gate is registered as 'wave'"):
        save_model(path, network)
    register(wave())
    with pytest.raises(ModelFileError, match=r"no loss is registered as 'steep_error'"):
        save_model(path, network)
    register(loss)
    save_model(path, network)
    assert_same(load_model(path).network, network)
    cp.GATES.remove("wave")
    with pytest.raises(ModelFileError, match=r"gate 'wave'.*register it first.*register_gate"):
        load_model(path)
    register(wave())
    cp.LOSSES.remove("steep_error")
    with pytest.raises(ModelFileError, match=r"loss 'steep_error'.*first.*register_loss"):
        load_model(path)


def test_an_unregistered_row_does_not_pass_for_its_namesake(tmp_path, register):
    register(wave())
    network = cp.Network([2, 3, 1], wave("x * c * 2", "c * 2"), "squared_error")
    with pytest.raises(ModelFileError, match=r"another gate is registered as 'wave'.*of its own"):
        save_model(tmp_path / "m", network)


def test_importing_loads_no_safetensors():
    code = "import sys, clearprop.modelfile; print({'safetensors', 'polars'} & {*sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


# The training history


def test_history_of_a_run(tmp_path):
    X, y = np.random.RandomState(0).randn(20, 2), np.arange(20) % 2
    settings = {"batch_size": 8, "l2": 0.1, "reduction": "sum", "seed": 5}
    result = cp.fit(cp.Network([2, 2]), X, y, epochs=7, **settings)
    history = History.of(result, **settings)
    assert history.learning_rate == cp.OPTIMIZERS["adam"].learning_rate
    assert history.losses == tuple(result.losses.tolist())
    assert (history.batch_size, history.l2, history.reduction, history.seed) == (8, 0.1, "sum", 5)
    assert (history.optimizer, history.epochs, history.loss) == (result.optimizer, 7, result.loss)
    save_model(tmp_path / "m", result.network, history=history)
    assert load_model(tmp_path / "m").history == history


def test_history_as_a_mapping_with_numpy_numbers(tmp_path):
    described = {
        "optimizer": "adam", "learning_rate": np.float32(0.5), "epochs": np.int64(2),
        "losses": np.array([1.0, np.inf]), "loss": float("nan"), "seed": np.uint8(3),
    }  # fmt: skip
    save_model(tmp_path / "m", cp.Network([2, 2]), history=described)
    history = load_model(tmp_path / "m").history
    assert (history.learning_rate, history.epochs, history.seed) == (0.5, 2, 3)
    assert history.losses[0] == 1.0
    assert math.isnan(history.losses[1])
    assert math.isnan(history.loss)


def test_a_long_history_is_thinned_out(monkeypatch):
    monkeypatch.setattr("clearprop.modelmeta.MAX_LOSSES", 10)
    network = cp.Network([2, 2])
    losses = np.arange(25.0)
    result = cp.Result(network, losses, 0.5, 1.0, "reference", "momentum", "finished")
    history = History.of(result)
    assert (history.epochs, history.every) == (25, 3)
    assert history.losses == tuple(losses[::3])


WRONG_HISTORY = [
    ("optimizer", ["", 3, None, "x" * 2000, "ad\x1b[31mam"]),
    ("learning_rate", [0, -1.0, math.inf, math.nan, "0.1", True, None, 10**400]),
    ("epochs", [-1, 4, 2.0, True, None, 2**60]),
    ("losses", [None, 1.0, "123", [1.0, 2.0], [1.0, 2.0, "3"], {}, np.array(1.0), [[1.0]] * 3]),
    ("loss", ["1", [], True]),
    ("batch_size", [0, -1, 1.5, "all"]),
    ("l2", [-1e-9, math.nan, None]),
    ("reduction", ["median", None, [], {}]),
    ("seed", [-1, 0.5, "0"]),
    ("seconds", [-1.0, None]),
    ("stopped", ["", None, "a\nb"]),
    ("every", [0, 2, None]),
]


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG_HISTORY for value in values]
)
def test_wrong_histories(name, value):
    with pytest.raises(ModelFileError, match="training history's"):
        History(**{**vars(HISTORY), name: value})


# Saving what could not be loaded again


def nan_network(name="W1"):
    network = cp.Network([2, 3, 2])
    return network.with_parameters(**{name: np.full(network.parameters[name].shape, np.nan)})


NETWORK = cp.Network([3, 2])
WRONG_SAVES = {
    "no network": (("a net",), {}, "clearprop.Network"),
    "NaN weights": ((nan_network(),), {}, "W1 holds NaN"),
    "infinite bias": ((NETWORK.with_parameters(b1=[np.inf, 0]),), {}, "b1 holds NaN or infinity"),
    "columns of JSON": ((NETWORK,), {"columns": COLUMNS.to_json()}, "Columns"),
    "inputs": ((cp.Network([2, 2]),), {"columns": COLUMNS}, "give 3 inputs, .* network has 2"),
    "outputs": ((cp.Network([3, 3]),), {"columns": COLUMNS}, "'kind' needs 2 outputs, .* has 3"),
    "values": (
        (NETWORK,),
        {"columns": Columns(COLUMNS.features, ValueTarget("t", 0.0, 1.0))},
        "'t' needs 1 outputs",
    ),
    "unsound columns": (
        (NETWORK,),
        {"columns": Columns((NumberColumn("a", math.nan, 1, 1),) * 3, COLUMNS.target)},
        "cannot be written as JSON",
    ),
    "history is a text": ((NETWORK,), {"history": "adam"}, "has the fields"),
    "history lacks": ((NETWORK,), {"history": {"optimizer": "adam"}}, "has the fields"),
    "history has more": ((NETWORK,), {"history": {**vars(HISTORY), "x": 1}}, "has the fields"),
}


@pytest.mark.parametrize("case", WRONG_SAVES)
def test_what_cannot_be_saved(tmp_path, case):
    given, options, words = WRONG_SAVES[case]
    with pytest.raises(ModelFileError, match=rf"m\.clearprop was not written.*{words}") as caught:
        save_model(tmp_path / "m.clearprop", *given, **options)
    assert "damaged" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_two_classes_may_share_one_output(tmp_path):
    network = cp.Network([3, 1], loss="logistic")
    save_model(tmp_path / "m", network, columns=COLUMNS)
    assert load_model(tmp_path / "m").columns == COLUMNS


@pytest.mark.parametrize(
    ("limit", "words"),
    [("MAX_HEADER", "more than 500 bytes"), ("MAX_VALUES", "more than 500 values")],
)
def test_limits_hold_for_saving_too(tmp_path, monkeypatch, limit, words):
    monkeypatch.setattr(modelfile, limit, 500)
    history = History("adam", learning_rate=1, epochs=600, losses=(0.5,) * 600, loss=0)
    with pytest.raises(ModelFileError, match=words):
        save_model(tmp_path / "m", NETWORK, history=history)


# Where it cannot be written


def test_paths_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    wrong = [tmp_path / "none" / "m", tmp_path / "folder", "", "a\0b", "x" * 5000, 3, b"m", None]
    for path in wrong:
        with pytest.raises(ModelFileError):
            save_model(path, NETWORK)
    kept = tmp_path / "kept"
    kept.write_bytes(b"mine")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ModelFileError, match="not a file that you may write to"):
        save_model(kept, NETWORK)
    assert kept.read_bytes() == b"mine"
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "kept"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipes_are_left_alone(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelFileError, match="not an ordinary file"):
        load_model(tmp_path / "pipe")
    with pytest.raises(ModelFileError, match="may write to"):
        save_model(tmp_path / "pipe", NETWORK)


class FullDisk(io.FileIO):
    """A file on which half of what is written fits."""

    code = errno.ENOSPC

    def write(self, data):
        super().write(bytes(data)[: len(data) // 2])
        raise OSError(self.code, os.strerror(self.code))


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("where", ["open", "write", "fsync", "replace"])
def test_a_failing_disk_leaves_all_as_it_was(tmp_path, monkeypatch, where, code, exists):
    path = tmp_path / "m.clearprop"
    before = {}
    if exists:
        save_model(path, cp.Network([2, 2]))
        before = {path: path.read_bytes()}

    def fail(*_args, **_options):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        if where == "write":
            patch.setattr(FullDisk, "code", code)
            patch.setattr(Path, "open", lambda self, mode: FullDisk(self, mode.replace("b", "")))
        elif where == "open":
            patch.setattr(Path, "open", fail)
        else:
            patch.setattr(os, where, fail)
        with pytest.raises(ModelFileError, match=rf"m\.clearprop .*{os.strerror(code)}.*disk"):
            save_model(path, cp.Network([2, 30, 2]))
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_interrupted_save_leaves_all_as_it_was(tmp_path, monkeypatch):
    def interrupt(_descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_model(tmp_path / "m", NETWORK)
    assert list(tmp_path.iterdir()) == []


def test_replacing_keeps_permissions_and_links(tmp_path):
    (tmp_path / "real").write_bytes(b"")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    save_model(tmp_path / "link", NETWORK)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o640
    assert_same(load_model(tmp_path / "real").network, NETWORK)


# Hostile files


class Parts:
    """A small sound file, taken apart: change any part, and put it together again."""

    def __init__(self, blob):
        length = int.from_bytes(blob[:8], "little")
        self.header, self.data = json.loads(blob[8 : 8 + length]), blob[8 + length :]
        self.text = self.header.pop("__metadata__")["clearprop"]
        self.described = json.loads(self.text)
        self.metadata = None

    def blob(self):
        if self.text is None:
            self.text = json.dumps(self.described)
        metadata = self.metadata or {"clearprop": self.text}
        return self.framed(json.dumps({"__metadata__": metadata, **self.header}))

    def framed(self, header):
        header = header if isinstance(header, bytes) else header.encode("utf-8", "surrogatepass")
        return len(header).to_bytes(8, "little") + header + self.data

    def describe(self, **changes):
        self.described.update(changes)
        self.text = json.dumps(self.described)
        return self.blob()


def small_file(folder, **options):
    network = cp.Network([3, 2, 2], "leaky_relu(alpha=0.2)", "hinge", **options)
    path = folder / "small.clearprop"
    save_model(path, network, columns=COLUMNS, history=HISTORY)
    return path.read_bytes()


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return small_file(tmp_path_factory.mktemp("sound"))


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return small_file(tmp_path_factory.mktemp("other"), dtype="float32", shared_bias=True)


@pytest.fixture
def load(tmp_path):
    path = tmp_path / "given.clearprop"

    def loader(blob):
        path.write_bytes(blob)
        return load_model(path)

    return loader


def test_taking_apart_and_putting_together_is_sound(sound, load):
    assert load(Parts(sound).blob()).history == HISTORY


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
    "huge layers": (described(layers=[3, 2**40, 2]), "has 6,597,069,766,658 parameters"),
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
def test_hostile_files(tmp_path, sound, capfd, case):
    change, words = HOSTILE[case]
    path = tmp_path / "given.clearprop"
    path.write_bytes(change(Parts(sound)))
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
    save_model(tmp_path / "m", NETWORK)

    def fail(*_args):
        raise error

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(ModelFileError, match=words):
        load_model(tmp_path / "m")


def test_a_file_that_shrinks_while_it_is_read(tmp_path, monkeypatch):
    save_model(tmp_path / "m", NETWORK)
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


def test_claims_take_no_memory(sound, load):
    parts = Parts(sound)
    parts.header["W1"]["shape"] = [3, 2**40]
    blob = parts.describe(layers=[3, 2**40, 2])
    tracemalloc.start()
    with pytest.raises(ModelFileError, match="bytes follow the header"):
        load(blob)
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()


MIB = 1024**2
HEAVY = {
    "empty texts": '"' * 15 * MIB,
    "a text without end": '["' + '\\"' * 7 * MIB,
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
def test_the_heaviest_headers_take_bounded_time_and_memory(sound, load, case):
    blob = Parts(sound).framed('{"W1":' + HEAVY[case] + "}")
    assert len(blob) <= modelfile.MAX_HEADER
    began = time.process_time()
    with pytest.raises(ModelFileError):
        load(blob)
    assert time.process_time() - began < 3  # below 1 on an idle machine
    tracemalloc.start()
    with pytest.raises(ModelFileError):
        load(blob)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 * MIB


def test_depth_is_bounded_whatever_the_recursion_limit(monkeypatch):
    monkeypatch.setattr(json, "loads", lambda *_, **__: pytest.fail("the parser was run"))
    with pytest.raises(ModelFileError, match="too deeply"):
        modelfile.read_json("[" * 30 + "]" * 30, "it")


# Mutations


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


def assert_loads_or_is_refused(load, blob, again):
    """Load; what loads must be sound: it can be saved and loaded once more."""
    try:
        model = load(blob)
    except ModelFileError:
        return False
    assert np.isfinite(model.network.vector).all()
    save_model(again, model.network, columns=model.columns, history=model.history)
    assert load_model(again).network.vector.tobytes() == model.network.vector.tobytes()
    return True


def test_every_part_replaced_by_strange_values(sound, load, tmp_path):
    parts = Parts(sound)
    loaded = count = 0
    for where in ("described", "header"):
        whole = getattr(parts, where)
        for path in leaves(whole):
            for value in STRANGE:
                changed = Parts(sound)
                new = replaced(whole, path, value)
                if where == "header" and not isinstance(new, dict):
                    continue
                setattr(changed, where, new)
                if where == "described":
                    changed.text = None
                loaded += assert_loads_or_is_refused(load, changed.blob(), tmp_path / "again")
                count += 1
    assert count > 1000
    assert 0 < loaded < count / 4


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


def mutate(rng, sound, other):
    """Return a mutated file: of all of it, or of one part, with the length set right again."""
    parts, donor = Parts(sound), Parts(other)
    if rng.random() < 0.4:
        return mutated(rng, sound, other)
    if rng.random() < 0.5:
        length = int.from_bytes(sound[:8], "little")
        return parts.framed(mutated(rng, sound[8 : 8 + length], other[8:]))
    parts.text = mutated(rng, parts.text.encode(), donor.text.encode()).decode("latin-1")
    return parts.blob()


@pytest.mark.parametrize(
    "count", [3_000, pytest.param(100_000, marks=pytest.mark.slow)], ids=["quick", "slow"]
)
def test_mutations_load_or_are_refused(sound, other, load, tmp_path, count):
    rng = random.Random(count)
    pairs = [(sound, other), (other, sound)]
    loaded = 0
    for _ in range(count):
        blob = mutate(rng, *rng.choice(pairs))
        loaded += assert_loads_or_is_refused(load, blob, tmp_path / "again")
    assert 0.01 * count < loaded < 0.5 * count
