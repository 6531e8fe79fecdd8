"""What is timed: one row a class of work, the same for everybody who does it.

A class is a whole training run (``train``, or ``many`` networks at once), a number of
predictions (``predict``), or a whole process from its start to its end (``process``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

OURS = "clearprop"
RAGGED = (
    "same start, same rows in the same order; what differs is rounding, and where Adam adds its "
    "epsilon"
)
BINARY = (
    "; scikit-learn has one logistic score for two classes where others have two, so Adam takes it "
    "another way"
)
STEEP = "; a net that learns its rows by heart so fast amplifies it (seen: 0.5 % after an epoch)"
CHAOS = (
    "at this learning rate the run oscillates, and amplifies rounding: from about pass 1,000 any "
    "two orders of summation part, inside a band of 1 % of the loss"
)


@dataclass(frozen=True)
class Work:
    """One class of work.

    Parameters
    ----------
    name, about : str
        The row's name, and the work in a line.
    layers : tuple of int
        Inputs, neurons of each hidden layer, outputs.
    data : str
        A generator of ``suite.data``.
    rows : int
    epochs : int
        Passes over all rows of the timed run. ``predict``: how many rows, one for each call.
    early : int
        Epochs of the first run, which is not timed (what compiles, compiles there).
    close, far : float
        By how much the loss may differ from ours, as a share of it: after ``early`` epochs,
        and after all of them. ``predict``: how many answers may differ.
    why : str
        Why these tolerances.
    own : mapping of str to float
        Tolerances of peers that cannot be given the same start or the same objective.
    marks : mapping of str to float
        How many times as long each peer is to take, at least.
    peers : tuple of str
        Who does it besides clearprop.
    batch : int, optional
        Rows a step; by default all.
    per : str
        What times are divided by the number of: "pass", "call", or "" for whole runs.
    memory : bool
        Whether the memory of a first run is compared.
    quick : mapping of str to int
        What --quick changes.
    """

    name: str
    about: str
    layers: tuple[int, ...]
    data: str
    rows: int
    epochs: int
    early: int
    close: float
    far: float
    why: str
    marks: Mapping[str, float]
    peers: tuple[str, ...]
    kind: str = "train"
    activation: str = "relu"
    loss: str = "softmax_cross_entropy"
    optimizer: str = "adam"
    learning_rate: float = 0.001
    l2: float = 0.0
    reduction: str = "mean"
    initializer: str | None = None
    dtype: str = "float32"
    batch: int | None = None
    nets: int = 1
    per: str = ""
    memory: bool = True
    own: Mapping[str, float] = field(default_factory=dict)
    quick: Mapping[str, int] = field(default_factory=dict)

    def changed(self, **changes: Any) -> Work:
        """Return this work with other numbers in it."""
        return replace(self, **changes)

    def shortened(self) -> Work:
        """Return what --quick does instead: not the real work."""
        return self.changed(**self.quick)

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can carry to a worker."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Work:
        """Return the work that came as JSON, its lists tuples again."""
        fields: Any = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
        return cls(**fields)

    def tolerance(self, peer: str, *, early: bool) -> float:
        """Return by how much this peer's loss may differ, as a share of ours."""
        return self.own.get(peer, self.close if early else self.far)


MOONS: dict[str, Any] = {
    "layers": (2, 3, 2), "data": "moons", "rows": 200, "activation": "tanh",
    "optimizer": "gradient_descent", "learning_rate": 0.01, "l2": 0.01, "reduction": "sum",
    "initializer": "fan_in",
}  # fmt: skip
TORCH = ("pytorch", "pytorch-compiled")
JAX = ("jax", "jax-rows-last")

WORKS: dict[str, Work] = {
    work.name: work
    for work in (
        Work(
            "tiny", "2-3-2 tanh, 200 rows, 20,000 full-batch passes, float64", **MOONS,
            dtype="float64", epochs=20_000, early=500, close=1e-9, far=0.02, why=CHAOS,
            marks={"tutorial": 40, "jax": 6, "pytorch": 200}, peers=("tutorial", *JAX, *TORCH),
            quick={"epochs": 600, "early": 100},
        ),
        Work(
            "tiny32", "the same in float32", **MOONS,
            epochs=20_000, early=200, close=1e-3, far=0.02, why=CHAOS,
            marks={"jax": 15}, peers=JAX,
            quick={"epochs": 600, "early": 100},
        ),
        Work(
            "many", "1,000 such networks of other seeds, 500 passes, float64; time a pass", **MOONS,
            dtype="float64", kind="many", nets=1_000, epochs=500, early=50, close=1e-8, far=0.02,
            why="each network is compared: of 1,000 a dozen amplify rounding within 500 passes, as "
            "the first does later; the others agree to 1e-9",
            marks={"jax": 20}, peers=JAX, per="pass",
            quick={"epochs": 40, "early": 20, "nets": 20},
        ),
        Work(
            "regression", "4-32-16-4 tanh, 10,000 rows, 300 full-batch passes of Adam, float32",
            (4, 32, 16, 4), "surface", 10_000,
            activation="tanh", loss="squared_error",
            epochs=300, early=50, close=1e-5, far=1e-4, why=RAGGED,
            marks={"jax": 4, "pytorch": 15}, peers=(*JAX, *TORCH, "scikit-learn"),
            quick={"rows": 1_000, "epochs": 20, "early": 10},
        ),
        Work(
            "small", "10,000 × 10, 32 hidden, 3 classes, batch 64, 50 epochs of Adam, float32",
            (10, 32, 3), "teacher", 10_000, batch=64,
            epochs=50, early=2, close=1e-5, far=2e-3, why=RAGGED,
            marks={"jax": 5, "scikit-learn": 50, "pytorch": 60},
            peers=("jax", "scikit-learn", *TORCH),
            quick={"rows": 1_000, "epochs": 3, "early": 1},
        ),
        Work(
            "tabular", "100,000 × 50, 64-64, 2 classes, batch 256, 5 epochs of Adam, float32",
            (50, 64, 64, 2), "teacher", 100_000, batch=256,
            epochs=5, early=1, close=1e-3, far=1e-2,
            why=RAGGED + BINARY, own={"scikit-learn": 0.05},
            marks={"jax": 2.5, "pytorch": 6, "scikit-learn": 10},
            peers=("jax", *TORCH, "scikit-learn"),
            quick={"rows": 2_000, "epochs": 2},
        ),
        Work(
            "image", "20,000 × 784, 512-512, 10 classes, batch 128, 2 epochs of Adam, float32",
            (784, 512, 512, 10), "teacher", 20_000, batch=128,
            epochs=2, early=1, close=0.02, far=0.02, why=RAGGED + STEEP,
            marks={"jax": 1.1, "pytorch": 1.5, "scikit-learn": 4},
            peers=("jax", *TORCH, "scikit-learn"),
            quick={"rows": 512},
        ),
        Work(
            "one-row", "the class of one row by a 50-64-64-2 network, float32; time a call",
            (50, 64, 64, 2), "teacher", 2_000, kind="predict",
            epochs=2_000, early=200, close=0, far=0, per="call", memory=False,
            why="every answer is compared with that of the same network in float64",
            marks={"scikit-learn": 30, "pytorch": 8},
            peers=("scikit-learn", *TORCH, "jax"),
            quick={"rows": 100, "epochs": 100, "early": 50},
        ),
        Work(
            "start", "`clearprop moons --no-plot` and the tutorial's script, as whole processes",
            **MOONS, dtype="float64", kind="process", epochs=20_000, early=1_001,
            close=2e-5, far=0.02, memory=False,
            why="compared is what both print, the losses of pass 1,000 and 19,000; " + CHAOS,
            marks={"tutorial": 5}, peers=("tutorial",),
            quick={"epochs": 1_001},
        ),
    )
}  # fmt: skip
"""Every class of work, by name."""
