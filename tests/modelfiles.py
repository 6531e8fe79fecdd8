"""Sound model files for the tests, which take them apart and spoil them."""

import functools
import json
import tempfile
from pathlib import Path

import clearprop as cp
from clearprop.data import ClassTarget, Columns, NumberColumn, WordColumn
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


@functools.cache
def sound():
    """Return the bytes of a small file, in float64."""
    return small_file()


@functools.cache
def other():
    """Return the bytes of another, in float32, with shared biases."""
    return small_file(dtype="float32", shared_bias=True)


def small_file(**options):
    network = cp.Network([3, 2, 2], "leaky_relu(alpha=0.2)", "hinge", **options)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.clearprop"
        save_model(path, network, columns=COLUMNS, history=HISTORY)
        return path.read_bytes()


def loaded(folder, blob):
    """Write some bytes to a file of a folder, and load it."""
    path = folder / "given.clearprop"
    path.write_bytes(blob)
    return load_model(path)
