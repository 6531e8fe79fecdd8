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
    from .doctor.gradcheck import check_gradients
    from .doctor.mistake import Edit, Mistake
    from .doctor.mistakes import MISTAKES, register_mistake
    from .doctor.report import GradientReport
    from .doctor.training.diagnosing import diagnose
    from .doctor.training.report import Diagnosis
    from .doctor.worksheets import Grading, Worksheets, grade, make_worksheets
    from .estimators import MLPClassifier, MLPRegressor
    from .explanation import (
        Derivation,
        LayerDerivation,
        MatrixForm,
        ParameterTable,
        explain,
        explain_all,
        explain_layers,
        matrix_form,
    )
    from .explanation.drawing import SVG, draw_circuit, draw_network
    from .export import to_script
    from .modelfile import History, Model, load_model, save_model
    from .plots import plot_boundaries, plot_decision_boundary, plot_loss, plot_spread
    from .published import Audit, audit

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
    "doctor.gradcheck": ("check_gradients",),
    "doctor.mistake": ("Edit", "Mistake"),
    "doctor.mistakes": ("MISTAKES", "register_mistake"),
    "doctor.report": ("GradientReport",),
    "doctor.training.diagnosing": ("diagnose",),
    "doctor.training.report": ("Diagnosis",),
    "doctor.worksheets": ("Grading", "Worksheets", "grade", "make_worksheets"),
    "estimators": ("MLPClassifier", "MLPRegressor"),
    "explanation": (
        "Derivation",
        "LayerDerivation",
        "MatrixForm",
        "ParameterTable",
        "explain",
        "explain_all",
        "explain_layers",
        "matrix_form",
    ),
    "explanation.drawing": ("SVG", "draw_circuit", "draw_network"),
    "export": ("to_script",),
    "modelfile": ("History", "Model", "load_model", "save_model"),
    "plots": ("plot_boundaries", "plot_decision_boundary", "plot_loss", "plot_spread"),
    "published": ("Audit", "audit"),
}
_ROOM = {name: room for room, names in _LATER.items() for name in names}

__all__ = [
    "GATES",
    "INITIALIZERS",
    "LOSSES",
    "MISTAKES",
    "OPTIMIZERS",
    "SVG",
    "Architecture",
    "Audit",
    "ClearPropError",
    "ClearPropWarning",
    "Columns",
    "Derivation",
    "Diagnosis",
    "Edit",
    "Every",
    "Gate",
    "GradientReport",
    "Grading",
    "History",
    "Initializer",
    "Kink",
    "LayerDerivation",
    "Loss",
    "MLPClassifier",
    "MLPRegressor",
    "ManyProgress",
    "MatrixForm",
    "Mistake",
    "Model",
    "Network",
    "Objective",
    "Optimizer",
    "ParameterTable",
    "Program",
    "Progress",
    "RawTable",
    "Result",
    "Shuffled",
    "Wire",
    "Worksheets",
    "__version__",
    "activations",
    "apply",
    "apply_loss",
    "audit",
    "backward",
    "check_gradients",
    "constant",
    "diagnose",
    "draw_circuit",
    "draw_network",
    "evaluate",
    "expand",
    "explain",
    "explain_all",
    "explain_layers",
    "fit",
    "fit_many",
    "gates",
    "grade",
    "gradients",
    "input",
    "inputs",
    "load_model",
    "make_blobs",
    "make_circles",
    "make_moons",
    "make_spirals",
    "make_worksheets",
    "matrix_form",
    "parse",
    "plot_boundaries",
    "plot_decision_boundary",
    "plot_loss",
    "plot_spread",
    "prepare",
    "read_csv",
    "register_gate",
    "register_loss",
    "register_mistake",
    "save_model",
    "set_threads",
    "threads",
    "to_script",
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
