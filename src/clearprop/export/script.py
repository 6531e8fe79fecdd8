"""Puts a program together: numbers, mathematics, training, predictions, and what it does alone."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from ..architecture import Objective
from ..errors import NetworkError
from ..network import Network
from ..settings import check_l2, check_truth
from ..tables.optimizers import Optimizer
from . import tablecode
from .layout import MANY, WIDTH, array_lines, indented, prose
from .mathematics import Mathematics
from .training import resolve, step_function, train_function, trained_with, with_default

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..data import Columns
    from ..modelfile import History, Model

WORDS = (
    "Each takes other parameters than those of this file as an argument. N is the number of rows: "
    "X is (N, inputs), {y}. W1 is (inputs, neurons of layer 1), b1 has their biases, "
    "Z1 = X @ W1 + b1, A1 is what the activation makes of Z1; dZ1 is the derivative of the loss "
    "by Z1."
)
SHORT = 60  # lines of numbers that may stand before the mathematics
EPOCHS = 200


def to_script(
    network: Network | Model,
    *,
    columns: Columns | None = None,
    history: History | None = None,
    reduction: str | None = None,
    l2: float | None = None,
    sample_weight: bool = False,
    optimizers: str | Optimizer | Sequence[str | Optimizer] | None = None,
) -> str:
    """Print a network as a program that depends on NumPy alone, for people to read and change.

    The program has the parameters to the last bit, and the functions ``forward``, ``loss``,
    ``gradients``, ``train``, ``predict``, and ``predict_proba`` where the loss has
    probabilities. All of them are printed from the network's own circuits.

    Parameters
    ----------
    network : Network or Model
        A model, as :func:`clearprop.load_model` returns it, brings its columns and history.
    columns : Columns, optional
        What inputs and outputs mean; the program then reads tables and answers in their terms.
    history : History, optional
        How the network was trained: defaults for the rest.
    reduction : {"mean", "sum"}, optional
        How the losses of the samples become one; by default the history's, or the mean.
    l2 : float, optional
        Adds ``l2/2 · ΣW²`` (weights, not biases) to the loss; by default the history's, or 0.
    sample_weight : bool
        Whether samples may have weights of their own.
    optimizers : str, Optimizer or sequence of them, optional
        Those that the program can train with; its default is the first.

    Returns
    -------
    str
        A Python program.

    Raises
    ------
    NetworkError, TableError, TrainingError
        If there is no such setting, or an optimizer cannot be printed.

    Examples
    --------
    >>> import clearprop as cp
    >>> script = to_script(cp.Network([2, 3, 2]), l2=0.01, optimizers="gradient_descent")
    >>> print(next(line.strip() for line in script.splitlines() if "dW2 =" in line))
    dW2 = L2 * W2 + A1.T @ dZ2                                      # (3, 2)
    """
    net: Any = network
    if not isinstance(net, Network):
        net = getattr(network, "network", None)
        if not isinstance(net, Network):
            raise NetworkError(
                f"a network is printed, such as cp.Network([2, 3, 2]), not {network!r}"
            )
        model: Any = network
        columns = model.columns if columns is None else columns
        history = model.history if history is None else history
    if columns is not None:
        _check_fit(columns, net)
    if history is not None:
        reduction = reduction or history.reduction
        l2 = history.l2 if l2 is None else l2
    l2 = check_l2(l2 or 0.0)
    weighted = check_truth(sample_weight, "sample_weight")
    objective = Objective(reduction or "mean", l2 != 0, weighted)
    return _Script(net, columns, history, objective, l2, optimizers).text()


def _check_fit(columns: Columns, network: Network) -> None:
    from ..modelmeta import check_fit  # noqa: PLC0415

    check_fit(columns, network.architecture)


class _Script:
    """One program on its way."""

    def __init__(
        self,
        network: Network,
        columns: Columns | None,
        history: History | None,
        objective: Objective,
        l2: float,
        optimizers: str | Optimizer | Sequence[str | Optimizer] | None,
    ) -> None:
        self.network, self.columns, self.l2 = network, columns, l2
        self.objective = objective
        self.single = str(network.dtype) == "float32"
        self.mathematics = Mathematics(network.architecture, objective, l2, single=self.single)
        self.rate: dict[str, float] = {}
        self.epochs, self.batch_size = EPOCHS, None
        trained = None
        if history is not None:
            trained = trained_with(history.optimizer)
            self.epochs = max(1, history.epochs)
            self.batch_size = history.batch_size
            if trained is not None:
                self.rate[trained.name] = history.learning_rate
        if optimizers is None:
            self.optimizers = with_default(trained)
        else:
            one = isinstance(optimizers, str | Optimizer)
            self.optimizers = resolve([optimizers] if one else list(optimizers))  # type: ignore[list-item, arg-type]

    def text(self) -> str:
        """Return the program."""
        first = [self._docstring(), "", *self._imports()]
        last: list[list[str]] = []
        for data in (self._constants(), self._numbers()):
            if not data:
                continue
            if len(data) <= SHORT:
                first += ["", *data]
            else:
                last.append(data)
        sections = [first, *self._functions(), *last, self._alone()]
        return "\n\n\n".join("\n".join(lines) for lines in sections) + "\n"

    def _functions(self) -> list[list[str]]:
        of, weighted = self.mathematics, self.objective.weighted
        told = any("is_weight" in t.names() for row in self.optimizers
                   for t in row.update_trees.values())  # fmt: skip
        steps = [step_function(row, self.rate.get(row.name), single=self.single, weights=told)
                 for row in self.optimizers]  # fmt: skip
        steps[0] = [
            "# How a gradient becomes a step. w is a parameter, g its gradient, kept what is kept",
            "# for it from step to step (None at the first), t the number of the step, from 1"
            + (";" if told else "."),
            *(["# is_weight is 1 for a weight and 0 for a bias."] if told else []),
            *steps[0],
        ]
        train = train_function(
            self.optimizers[0], weighted=weighted, weights=told, epochs=self.epochs,
            batch_size=self.batch_size,
        )  # fmt: skip
        found = [
            of.forward(), of.loss_function(), of.gradients(), of.arrays(), *steps, train,
            of.scores_function(), of.predict(), of.predict_proba(),
        ]  # fmt: skip
        if self.columns is not None:
            found += tablecode.functions(self.columns)
        return [lines for lines in [*found, self._check()] if lines]

    def _imports(self) -> list[str]:
        return [*tablecode.module_imports(self.columns), "", "import numpy as np"]

    def _constants(self) -> list[str]:
        lines = []
        if self.objective.penalised:
            what = "the loss has L2 / 2 times the sum of the squared weights"
            lines.append(f"L2 = {self.l2!r}  # {what}")
        if self.columns is not None:
            lines += tablecode.constants(self.columns)
        return lines

    def _numbers(self) -> list[str]:
        lines = []
        if any(array.size > MANY for array in self.network.parameters.values()):
            lines += [
                "def numbers(text, *shape):",
                '    """Return the numbers in a text as an array."""',
                f"    return np.array(text.split(), dtype={self.mathematics.dtype}).reshape(shape)",
                "", "",
            ]  # fmt: skip
        lines.append("PARAMETERS = {")
        for name, array in self.network.parameters.items():
            first, *rest = array_lines(array)
            wide = array.size > MANY
            lines += indented([f'"{name}": {first}'])
            lines += rest if wide else indented(rest)
            lines[-1] += ","
        return [*lines, "}"]

    def _docstring(self) -> str:
        from .. import __version__  # noqa: PLC0415

        net, shape = self.network, self.network.architecture
        hidden = ", ".join(dict.fromkeys(gate.spec for gate in shape.gates[:-1]))
        sizes = "-".join(map(str, shape.layers)) if len(shape.layers) <= 12 else (
            f"{shape.layers[0]}-...-{shape.layers[-1]}"
        )  # fmt: skip
        by_class = shape.loss.targets == "class"
        y = "y (N,), the class number of each row" if by_class else "y (N, outputs), the targets"
        weight = ", sample_weight" if self.objective.weighted else ""
        said = self.mathematics.formula.partition(",")[0]
        chances = [("predict_proba(X)", "the probability of each class")]
        calls = [
            ("predict(X)", "what the network says of each row of X"),
            *(chances if shape.loss.probability_tree is not None else []),
            ("forward(X)", "every value on the way, by name"),
            (f"loss(X, y{weight})", said),
            (f"gradients(X, y{weight})", "its derivative by each parameter, by name"),
            ("train(X, y, epochs=100)", "new parameters, and the loss before each pass"),
        ]
        if self.columns is not None:
            calls.insert(0, ("predict_rows(read_csv(path))", "answers for the rows of a table"))
        width = max(len(call) for call, _ in calls)
        about = prose(shape.loss.about, 80) or "see the function loss"
        lines = [
            f'"""A {sizes} neural network in NumPy, with nothing hidden:'
            f" {net.n_parameters:,} parameters.",
            "",
            *([f"Activation: {hidden}."] if hidden else []),
            *textwrap.wrap(f"Loss: {shape.loss.spec}, {about}.", WIDTH),
            "",
            *(f"    {call:<{width}}   {what}" for call, what in calls),
            "",
            *textwrap.wrap(WORDS.format(y=y), WIDTH),
            "",
            f"Printed by ClearProp {__version__}, from the circuits that it computes with itself.",
            '"""',
        ]
        return "\n".join(lines)

    def _check(self) -> list[str]:
        shape = self.network.architecture
        n_in, n_out = shape.layers[0], shape.layers[-1]
        y = {
            "class": f"generator.integers(0, {n_out}, size=5)",
            "binary": f"generator.integers(0, 2, size=(5, {n_out}))",
            "value": f"generator.normal(size=(5, {n_out}))",
        }[shape.loss.targets]
        step = 1e-2 if self.single else 1e-6
        text = f'''
def check_gradients(seed=0, h={step!r}):
    """Return the largest difference between a gradient and a central difference, of 100 entries."""
    generator = np.random.default_rng(seed)
    X, y = generator.normal(size=(5, {n_in})), {y}
    found, worst = gradients(X, y), 0.0
    for _ in range(100):
        name = generator.choice(list(PARAMETERS))
        place = tuple(generator.integers(0, size) for size in PARAMETERS[name].shape)
        step = np.zeros_like(PARAMETERS[name])
        step[place] = h
        ahead = loss(X, y, {{**PARAMETERS, name: PARAMETERS[name] + step}})
        behind = loss(X, y, {{**PARAMETERS, name: PARAMETERS[name] - step}})
        worst = max(worst, abs(found[name][place] - (ahead - behind) / (2 * h)))
    return worst
'''
        return text.strip("\n").split("\n")

    def _alone(self) -> list[str]:
        if self.columns is not None:
            answer = ["for answer in predict_rows(read_csv(sys.argv[1])):", "    print(answer)"]
            what = "table.csv prints the answers for its rows."
        else:
            answer = [
                'X = np.loadtxt(sys.argv[1], delimiter=",", ndmin=2)',
                "for answer in predict(X).tolist():", "    print(answer)",
            ]  # fmt: skip
            what = "numbers.csv prints what it says of each row of numbers."
        return [
            'if __name__ == "__main__":',
            *indented([
                "if len(sys.argv) > 1:",
                *indented(answer),
                "else:",
                *indented([
                    'print(f"gradients and central differences differ by {check_gradients():.1e}")',
                    f'print(f"python {{sys.argv[0]}} {what}")',
                ]),
            ]),
        ]  # fmt: skip
