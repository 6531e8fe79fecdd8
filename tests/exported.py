"""Random networks as programs, and an interpreter that knows NumPy alone to run them."""

import dataclasses
import subprocess
import sys
import types
from pathlib import Path

import numpy as np

import clearprop as cp
from clearprop.numerics import quiet

# Runs beside NumPy alone; a warning is an error. Each job is a folder with a program and data.
DRIVER = """
import importlib.util, json, pathlib, sys
sys.path.append(sys.argv[1])
import numpy as np
assert importlib.util.find_spec("clearprop") is None

for folder in map(pathlib.Path, sys.argv[2:]):
    spec = importlib.util.spec_from_file_location("script", folder / "script.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    data = dict(np.load(folder / "data.npz"))
    job = json.loads((folder / "job.json").read_text())
    X, y = data["X"], data["y"]
    weight = {"sample_weight": data["w"]} if "w" in data else {}
    found = {f"value {k}": v for k, v in script.forward(X).items()}
    found["loss"] = script.loss(X, y, **weight)
    found |= {f"slope {k}": v for k, v in script.gradients(X, y, **weight).items()}
    found["predict"] = script.predict(X)
    if hasattr(script, "predict_proba"):
        found["chances"] = script.predict_proba(X)
    for name in job["optimizers"]:
        trained, losses = script.train(
            X, y, optimizer=getattr(script, name), epochs=4, learning_rate=0.01, **weight
        )
        found[f"losses {name}"] = losses
        found |= {f"{name} {k}": v for k, v in trained.items()}
    again = [script.train(X, y, epochs=2, batch_size=2, seed=s, **weight)[1] for s in (3, 3, 4)]
    found["minibatches"] = again
    found |= {f"parameter {k}": v for k, v in script.PARAMETERS.items()}
    found["check"] = script.check_gradients()
    np.savez(folder / "found.npz", **found)
"""


@dataclasses.dataclass
class Case:
    """A network, data that fit it, and how its loss is made."""

    net: cp.Network
    X: np.ndarray
    y: np.ndarray
    how: dict

    @property
    def digits(self):
        return 1e-5 if str(self.net.dtype) == "float32" else 1e-12

    def script(self, **more):
        settings = dict(self.how)
        weighted = settings.pop("sample_weight", None) is not None
        return cp.to_script(self.net, sample_weight=weighted, **settings, **more)


def a_case(rng, hidden, loss, output="identity", *, dtype="float64", shared=False, **how):
    layers = rng.integers(1, 6, len(hidden) + 2).tolist()
    targets = cp.LOSSES.resolve(loss).targets
    if targets == "class":
        layers[-1] += 1
    net = cp.Network(layers, hidden, loss, output, shared_bias=shared, initializer="fan_in",
                     seed=int(rng.integers(1000)))  # fmt: skip
    vector = net.vector + 0.2 * rng.normal(size=net.n_parameters)
    net = cp.Network.of(net.architecture, vector, dtype)
    rows = 7
    y = {
        "class": lambda: rng.integers(0, layers[-1], rows),
        "binary": lambda: rng.integers(0, 2, (rows, layers[-1])).astype(float),
        "value": lambda: rng.normal(size=(rows, layers[-1])),
    }[targets]()
    if how.pop("weighted", False):
        how["sample_weight"] = rng.uniform(0.5, 2, rows)
    return Case(net, rng.normal(size=(rows, layers[0])), y, how)


def random_case(number):
    rng = np.random.default_rng(number)
    depth = int(rng.integers(0, 4))
    return a_case(
        rng,
        [str(name) for name in rng.choice(cp.activations(), depth)],
        str(rng.choice(list(cp.LOSSES))),
        str(rng.choice(["identity", "identity", "tanh", "softplus"])),
        dtype=["float64", "float32"][number % 4 == 3],
        shared=bool(number % 3 == 2),
        reduction=["mean", "sum"][number % 2],
        l2=[0.0, 0.05][number // 2 % 2],
        weighted=bool(number // 4 % 2),
    )


MISH = cp.Gate(
    "mish", "x * t", ["t + x * (1 - t * t) / (1 + exp(-x))"],
    parts={"t": "tanh(max(x, 0) + log1p(exp(-abs(x))))"}, activation=True,
)  # fmt: skip
# Nothing is shared by name, nothing is safe to guess: numbers alone, views, a name that is taken.
ODD = cp.Gate(
    "odd", "x + where(x > 0, k, exp(-x * x) * pi) * a + 0.01 * ((x * 0.5) * (4 * x))",
    ["1 + where(x > 0, 0, -2 * x * exp(-x * x) * pi * a) + 0.04 * x"],
    parts={"a": "sqrt(2) / 2"}, parameters={"k": 3.0}, activation=True,
    kinks=[cp.Kink("x", ["1"])],
)  # fmt: skip


class Alone:
    """Runs programs by an interpreter that knows NumPy and nothing else."""

    def __init__(self, folder):
        self.numpy = folder
        for name in ("numpy", "numpy.libs"):
            place = Path(np.__file__).parents[1] / name
            if place.exists():
                (folder / name).symlink_to(place)

    def __call__(self, *arguments, check=True, **more):
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-W", "error", *map(str, arguments)],
            capture_output=True, text=True, timeout=300, check=False, **more,
        )  # fmt: skip
        assert done.returncode == 0 or not check, done.stderr
        return done


def parts(found, kind):
    return {key.removeprefix(f"{kind} "): value for key, value in found.items()
            if key.startswith(f"{kind} ")}  # fmt: skip


def error(found, wanted):
    """max|a − b| / max|b| over several arrays."""
    assert found.keys() == wanted.keys()
    difference = max(np.abs(found[key] - np.asarray(wanted[key])).max() for key in wanted)
    return difference / (max(np.abs(value).max() for value in wanted.values()) or 1.0)


def module_of(text):
    module = types.ModuleType("script")
    with quiet():
        exec(compile(text, "script", "exec"), vars(module))
    return module
