"""A training run on the screen: the bar, Ctrl-C, a run that fails, and the network in a line."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from ..errors import ClearPropWarning, TrainingError
from ..network import Network
from ..tables import GATES, LOSSES
from ..tables.rows import Row, Table
from ..training import Every, Progress, Result
from ..training.fit import fit
from .failures import DONE, INTERRUPTED
from .screen import Screen, counted, duration

Watch = Callable[[Progress], Any]


def train_on_screen(
    screen: Screen,
    network: Network,
    X: Any,
    y: Any,
    *,
    unit: str,
    shares: int = 1,
    watch: Watch | None = None,
    **settings: Any,
) -> Result:
    """Train with a progress bar.

    Parameters
    ----------
    screen : Screen
    network, X, y, settings
        As :func:`clearprop.fit` takes them.
    unit : str
        What the bar counts, such as "epochs".
    shares : int
        The bar shows the loss divided by this.
    watch : function of a Progress, optional
        Called about 20 times a second, the first time when the engine is known.
    """
    with screen.bar(settings["epochs"], unit) as advance, warnings.catch_warnings():
        # Why a run failed is in the result, and is said as an error.
        warnings.filterwarnings("ignore", "training stopped at", ClearPropWarning)

        def look(progress: Progress) -> None:
            if watch is not None:
                watch(progress)
            if progress.losses:
                advance(progress.epoch, progress.losses[-1] / shares)

        return fit(network, X, y, callbacks=[Every(None, look)], **settings)


def ending(result: Result, learning_rate: float | None) -> int:
    """Return the exit code of a run.

    Raises
    ------
    TrainingError
        If the run met NaN or infinity.
    """
    if result.trouble is not None:
        smaller = "" if learning_rate is None else (
            f"a smaller --learning-rate (it was {learning_rate:g}) or "
        )  # fmt: skip
        raise TrainingError(
            f"training stopped at {result.trouble}; {smaller}scaled numbers usually help"
        )
    return INTERRUPTED if result.stopped == "interrupted" else DONE


def how_long(result: Result, planned: int, unit: str) -> str:
    """Return how far a run came, in which time, on which engine."""
    done = counted(result.epochs, unit)
    if result.stopped in ("interrupted", "not finite"):
        how = "stopped" if result.trouble else "interrupted"
        done = f"{how} after {result.epochs:,} of {counted(planned, unit)}"
    elif result.stopped == "converged":
        done = f"converged after {done}"
    return f"{done} in {duration(result.seconds)} on the {result.engine} engine"


def described(network: Network) -> str:
    """Return a network in a line.

    >>> described(Network([2, 3, 2], "leaky_relu(alpha=0.2)", "hinge"))
    '2-3-2 leaky_relu(alpha=0.2), hinge'
    """
    shape = network.architecture
    hidden = [in_words(gate, GATES) for gate in shape.gates[:-1]]
    gates = ", ".join(hidden if len(set(hidden)) > 1 else hidden[:1])
    loss = in_words(shape.loss, LOSSES)
    if shape.gates[-1].name != "identity":
        loss += f" after {in_words(shape.gates[-1], GATES)}"
    return f"{'-'.join(map(str, shape.layers))} {gates}".rstrip() + f", {loss}"


def in_words(row: Row, table: Table[Any]) -> str:
    """Return a row's name, with those of its parameters that are not the default.

    >>> in_words(LOSSES["softmax_cross_entropy"], LOSSES)
    'softmax cross-entropy'
    """
    default = table[row.name].parameters
    own = [f"{name}={value:g}" for name, value in row.parameters.items() if value != default[name]]
    name = row.name
    if table is LOSSES:
        name = name.replace("cross_entropy", "cross-entropy").replace("_", " ")
    return f"{name}({', '.join(own)})" if own else name


def network_facts(network: Network) -> dict[str, Any]:
    """Return a network for a JSON document."""
    shape = network.architecture
    return {
        "layers": list(shape.layers),
        "activations": [gate.spec for gate in shape.gates[:-1]],
        "output_activation": shape.gates[-1].spec,
        "loss": shape.loss.spec,
        "parameters": network.n_parameters,
        "dtype": str(network.dtype),
    }
