"""Reads the homework in tests/homework: hand-written back-propagations with a marked slip.

>>> work = homework()[0]
>>> X, y, parameters = work.data()
>>> loss, gradients = work.load()(X, y, parameters)      # as the student wrote it
>>> loss, gradients = work.load(mended=True)(X, y, parameters)

The format is explained at the top of tests/homework/index.toml.
"""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

import clearprop as cp
from gradient_checks import targets_for

FOLDER = Path(__file__).parent / "homework"
MARK = re.compile(r"^(\s*)(?:\S.*?\s\s)?# right: (.*)$")
FORMS = {  # of the arrays of a layer; each undoes itself for weights
    "in_out": lambda W: W,
    "out_in": lambda W: W.T,
    "vector": lambda b: b,
    "row": lambda b: b[None, :],
    "column": lambda b: b[:, None],
}
KEYS = {
    "sum_for_mean": "gradients are sums where the loss is a mean, all or some of them",
    "mean_for_sum": "gradients are means where the loss is a sum",
    "divided_twice": "divided by the batch size twice",
    "twice_squared_error": "factor 2 of a squared error that has its ½",
    "half_squared_error": "factor ½ that the derivative has not",
    "sign": "the other sign",
    "missing_slope": "the slope of the activation at a layer is forgotten",
    "slope_at_z": "a slope written in a is given z",
    "slope_at_a": "a slope written in z is given a",
    "other_slope": "the slope of another activation",
    "slope_twice_at_output": "the slope of the softmax or the logistic, which p - y contains",
    "p_for_p_minus_y": "p for p - y",
    "y_off_by_one": "each sample is held to the class beside its own",
    "y_transposed": "one-hot targets transposed",
    "W_not_transposed": "back through W for through its transpose",
    "gradient_transposed": "the gradient of W transposed",
    "wrong_input": "the gradient of W takes what is not the input of its layer",
    "one_path": "fan-out not summed",
    "samples_overwritten": "only the last sample remains",
    "updated_before_use": "a weight is updated before it is used",
    "not_reset": "gradients go on adding up from call to call",
    "in_place": "an array that is still needed is changed in place",
    "caller_changed": "an array of the caller is changed",
    "l2_forgotten": "the regulariser has no part in the gradients",
    "l2_one_layer": "the regulariser is forgotten at one layer",
    "l2_on_biases": "biases are regularised too",
    "l2_without_half": "factor 2: the regulariser's gradient without its ½",
    "l2_divided_by_N": "the regulariser's gradient divided by the number of samples",
    "bias_wrong_axis": "the bias gradient summed over the neurons",
    "bias_not_summed": "the bias gradient is the whole delta",
    "bias_averaged": "the bias gradient averaged where it should be summed",
    "bias_first_sample": "the bias gradient is the first sample's",
    "last_batch": "the last batch divided by the full batch size",
    "softmax_axis": "softmax along the wrong axis",
    "hinge_right_class": "hinge without the count for the right class",
    "other_loss": "loss and gradient of different losses",
}


def mend(source):
    """The source with what is right in place of what is marked, and how many lines that are."""
    lines, mended = source.splitlines(), 0
    for at, line in enumerate(lines):
        if found := MARK.match(line):
            lines[at] = "".join(found.groups())
            mended += 1
    return "\n".join(lines) + "\n", mended


@dataclass(frozen=True)
class Homework:
    """One file of tests/homework, and what index.toml says of it."""

    file: str
    call: str
    gives: str
    network: dict
    rows: int
    seed: int
    how: str
    before: str = ""
    gradient: str = "d{name}"
    W: str = "in_out"
    b: str = "vector"
    samples: str = "rows"
    targets: str = "as_is"
    flat: str = ""
    dtype: str = "float64"
    state: bool = False
    slip: dict = field(default_factory=dict)

    @property
    def path(self):
        return FOLDER / self.file

    def net(self, parameters=None):
        """The network that the student was told, with these parameters."""
        told = self.network
        net = cp.Network(told["layers"], told["activation"], told["loss"], told["output"])
        return net if parameters is None else net.with_parameters(parameters)

    @property
    def objective(self):
        """The reduction and the l2 that the student was told, as arguments of a Network."""
        return {"reduction": self.network["reduction"], "l2": self.network["l2"]}

    def data(self):
        """X and y as clearprop takes them, and random parameters by name; the same each time."""
        rng = np.random.default_rng(self.seed)
        layers, loss = self.network["layers"], self.network["loss"]
        X = rng.normal(size=(self.rows, layers[0]))
        if self.targets == "onehot" or loss in ("softmax_cross_entropy", "hinge"):
            y = rng.permutation(np.arange(self.rows) % layers[-1])  # each class is there
        else:
            y = targets_for(loss, rng, self.rows, layers[-1])
        shapes = self.net().architecture.shapes
        sizes = {"W": 0.7, "b": 0.5}
        return X, y, {n: sizes[n[0]] * rng.normal(size=s) for n, s in shapes.items()}

    def load(self, *, mended=False):
        """A function of X, y and parameters by name, for the student's code in its own module.

        It returns the loss (None where the code returns none) and the gradients by name,
        both in clearprop's shapes where the code's shapes allow. What the code keeps from
        call to call it keeps; what it does to the arrays handed in happens to them.
        """
        source = self.path.read_text(encoding="utf-8")
        code = compile(mend(source)[0] if mended else source, str(self.path), "exec")
        module = {"__name__": self.path.stem}
        exec(code, module)

        def run(X, y, parameters):
            scope = {**module, **self._arguments(X, y, parameters)}
            exec(f"{self.before}\n{self.gives} = {self.call}", scope)
            return scope.get("loss"), self._gradients(scope, parameters)

        return run

    def _arguments(self, X, y, parameters):
        if self.targets == "onehot":
            y = np.eye(self.network["layers"][-1])[y]
        if self.samples == "columns":
            X, y = X.T, y.T
        given = {name: FORMS[getattr(self, name[0])](p) for name, p in parameters.items()}
        weights = [p for name, p in given.items() if name[0] == "W"]
        biases = [p for name, p in given.items() if name[0] == "b"]
        layers = list(zip(weights, biases, strict=True))
        parts = list(parameters.values())
        if self.flat == "theta":
            parts = [
                np.column_stack([b, W.T]) for W, b in zip(parts[::2], parts[1::2], strict=True)
            ]
        return {
            "X": X, "y": y, **given, "params": given, "layers": layers, "weights": weights,
            "biases": biases, "theta": np.concatenate([part.ravel() for part in parts]),
        }  # fmt: skip

    def _gradients(self, scope, parameters):
        if self.flat:
            return self._split(scope["flat"], parameters)
        gradients = {}
        for k, (name, parameter) in enumerate(parameters.items()):
            text = self.gradient.format(name=name, kind=name[0], i=k // 2, c=k % 2, k=k)
            found = np.asarray(eval(text, scope))
            if name[0] == "W":
                found = FORMS[self.W](found)
            elif found.size == parameter.size == max(found.shape, default=0):
                found = found.ravel()  # (n,), (1, n) and (n, 1) are all said to be biases
            gradients[name] = found
        return gradients

    def _split(self, flat, parameters):
        gradients, start = {}, 0
        names = list(parameters)
        for W, b in zip(names[::2], names[1::2], strict=True):
            n_in, n_out = parameters[W].shape
            part = flat[start : start + n_out * (n_in + 1)]
            start += part.size
            if self.flat == "theta":
                theta = part.reshape(n_out, n_in + 1)
                gradients |= {W: theta[:, 1:].T, b: theta[:, 0]}
            else:
                gradients |= {W: part[: n_in * n_out].reshape(n_in, n_out), b: part[n_in * n_out :]}
        return gradients


@cache
def homework():
    """Every homework of the index, in its order."""
    index = tomllib.loads((FOLDER / "index.toml").read_text(encoding="utf-8"))
    return tuple(Homework(**entry) for entry in index["homework"])
