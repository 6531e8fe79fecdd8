"""Saving models: what is saved comes back bit by bit, and a failing disk spoils nothing."""

import errno
import io
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

import clearprop as cp
from clearprop import modelfile
from clearprop.data import Columns, NumberColumn, ValueTarget
from clearprop.errors import ModelFileError
from clearprop.modelfile import History, load_model, save_model
from modelfiles import COLUMNS, HISTORY


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
    ("limit", "value", "words"),
    [
        ("MAX_HEADER", 500, "more than 500 bytes"),
        ("MAX_VALUES", 500, "more than 500 values"),
        ("MAX_FILE", modelfile.MAX_HEADER + 60, "larger than a model file"),
    ],
)
def test_limits_hold_for_saving_too(tmp_path, monkeypatch, limit, value, words):
    monkeypatch.setattr(modelfile, limit, value)
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
