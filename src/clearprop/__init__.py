"""ClearProp: feed-forward neural networks with nothing hidden.

Build circuits and ask for every derivative; build networks and train them; read tables,
draw pictures, save models. Start with :class:`Network`, :func:`fit` and
:func:`gradients`, or with the ``clearprop`` command.

>>> import clearprop as cp
>>> X, y = cp.make_moons(100, noise=0.1, random_state=0)
>>> net = cp.Network([2, 3, 2], activation="tanh", loss="softmax_cross_entropy")
>>> result = cp.fit(net, X, y, epochs=300, learning_rate=0.05)
>>> bool(result.loss < net.loss(X, y))
True
"""

from typing import TYPE_CHECKING, Any

from .architecture import Architecture, Objective
from .backprop import backward, gradients
from .circuit import Wire, apply, constant, gates, input, inputs
from .compiled import set_threads, threads
from .errors import ClearPropError, ClearPropWarning
from .expansion import expand
from .formulas import parse
from .loss_circuit import apply_loss
from .network import Network
from .program import Program, evaluate
from .tables import (
    GATES,
    INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    Gate,
    Initializer,
    Kink,
    Loss,
    Optimizer,
    activations,
    register_gate,
    register_loss,
)
from .training import Every, ManyProgress, Progress, Result, Shuffled
from .training.fit import fit
from .training.many import fit_many

if TYPE_CHECKING:
    from .data import (
        Columns,
        RawTable,
        make_blobs,
        make_circles,
        make_moons,
        make_spirals,
        prepare,
        read_csv,
        write_csv,
    )
    from .modelfile import History, Model, load_model, save_model
    from .plots import plot_boundaries, plot_decision_boundary, plot_loss, plot_spread

__version__ = "0.1.0"

# Rooms that few programs need are opened when one of their names is first used.
_LATER = {
    "data": (
        "Columns",
        "RawTable",
        "make_blobs",
        "make_circles",
        "make_moons",
        "make_spirals",
        "prepare",
        "read_csv",
        "write_csv",
    ),
    "modelfile": ("History", "Model", "load_model", "save_model"),
    "plots": ("plot_boundaries", "plot_decision_boundary", "plot_loss", "plot_spread"),
}
_ROOM = {name: room for room, names in _LATER.items() for name in names}

__all__ = [
    "GATES",
    "INITIALIZERS",
    "LOSSES",
    "OPTIMIZERS",
    "Architecture",
    "ClearPropError",
    "ClearPropWarning",
    "Columns",
    "Every",
    "Gate",
    "History",
    "Initializer",
    "Kink",
    "Loss",
    "ManyProgress",
    "Model",
    "Network",
    "Objective",
    "Optimizer",
    "Program",
    "Progress",
    "RawTable",
    "Result",
    "Shuffled",
    "Wire",
    "__version__",
    "activations",
    "apply",
    "apply_loss",
    "backward",
    "constant",
    "evaluate",
    "expand",
    "fit",
    "fit_many",
    "gates",
    "gradients",
    "input",
    "inputs",
    "load_model",
    "make_blobs",
    "make_circles",
    "make_moons",
    "make_spirals",
    "parse",
    "plot_boundaries",
    "plot_decision_boundary",
    "plot_loss",
    "plot_spread",
    "prepare",
    "read_csv",
    "register_gate",
    "register_loss",
    "save_model",
    "set_threads",
    "threads",
    "write_csv",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOM:
        raise AttributeError(f"module 'clearprop' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 (only when a room is opened)

    value = getattr(import_module(f".{_ROOM[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
