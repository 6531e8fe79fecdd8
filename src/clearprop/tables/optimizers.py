"""The table of optimizers: what each remembers per parameter, and how it takes a step.

``updates`` are carried out in order, each seeing what those before it made. Their names:
``w`` the parameter, ``g`` its gradient, ``learning_rate``, ``t`` the number of the step
(from 1), ``is_weight`` (1 for a weight, 0 for a bias), the row's own parameters, and its
slots, which start at the value given (an expression of ``learning_rate`` and parameters).

Gradient descent, Nesterov's momentum and Adam are in the form that scikit-learn uses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .expression import Expression
from .failures import TableError
from .rows import Row, Table

METHODS: Mapping[str, tuple[str, ...]] = {"updates": (), "lbfgs": ("memory",)}
"""How a row moves the parameters, and the row's parameters that this needs."""

STEP_NAMES = frozenset({"w", "g", "learning_rate", "t", "is_weight"})


@dataclass(frozen=True, eq=False)
class Optimizer(Row):
    """One row of the table of optimizers.

    Parameters
    ----------
    name : str
    updates : mapping of str to str
        New values of slots, of names used on the way, and of ``w``; in order.
    slots : mapping of str to str
        What is kept per parameter, with its value at the start.
    learning_rate : float
        The learning rate taken where none is given.
    full_batch : bool
        Whether it needs the gradient over all rows at each step.
    method : {"updates", "lbfgs"}
        By its updates, or by SciPy's L-BFGS (which has none).
    source : str
        Where the formula comes from.

    Raises
    ------
    TableError
        If an expression uses an unknown name, if ``w`` is never updated or its new value
        does not depend on ``w``, or if a slot's new value is one number for all parameters.
    """

    mathematics = ("updates", "slots")

    updates: Mapping[str, str]
    method: str = field(default="updates", kw_only=True)
    slots: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    learning_rate: float = field(default=0.01, kw_only=True)
    full_batch: bool = field(default=False, kw_only=True)
    source: str = field(default="", kw_only=True)
    update_trees: Mapping[str, Expression] = field(init=False, repr=False)
    slot_trees: Mapping[str, Expression] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Parse the expressions and see that every name is known where it is used."""
        self.check_name(*STEP_NAMES)
        self.freeze_mapping("updates", self.mapping("updates", self.updates))
        self.freeze_mapping("slots", self.mapping("slots", self.slots))
        self._check_method()
        self.freeze("learning_rate", self._finite("learning_rate", self.learning_rate))
        if self.learning_rate <= 0:
            raise TableError(f"{self.name}: learning_rate is above 0, not {self.learning_rate:g}")
        self.check_new("slot", self.slots, STEP_NAMES | self.parameters.keys())
        self.check_new("update", self.updates, (STEP_NAMES - {"w"}) | self.parameters.keys())
        start = frozenset({"learning_rate"})
        slots = {name: self.read(f"slot {name}", text, start) for name, text in self.slots.items()}
        known = STEP_NAMES | slots.keys()
        updates = {}
        for name, text in self.updates.items():
            updates[name] = self.read(f"update of {name}", text, known)
            known |= {name}
        self.freeze_mapping("slot_trees", slots)
        self.freeze_mapping("update_trees", updates)
        if updates:
            self._check_updates()

    def _check_method(self) -> None:
        if self.method not in METHODS:
            known = ", ".join(METHODS)
            raise TableError(f"{self.name}: method is one of {known}, not {self.method!r}")
        if (self.method == "updates") != bool(self.updates):
            must = "needs updates" if self.method == "updates" else "has no updates"
            raise TableError(f"{self.name}: the method {self.method!r} {must}")
        for name in METHODS[self.method]:
            if name not in self.parameters:
                raise TableError(f"{self.name}: {self.method} needs the parameter {name!r}")

    def _check_updates(self) -> None:
        """See that w moves on from where it is, and that slots stay one number per parameter."""
        if "w" not in self.updates:
            raise TableError(f"{self.name}: no update moves the parameter w")
        of_w, of_each = {"w"}, {"w", "g", *self.slots}
        for name, tree in self.update_trees.items():
            for kind in (of_w, of_each):
                (kind.add if tree.names() & kind else kind.discard)(name)
        if "w" not in of_w:
            raise TableError(
                f"{self.name}: the new value of w does not depend on w; write w - ... for a step "
                "from where it is"
            )
        for slot in self.slots.keys() - of_each:
            raise TableError(
                f"{self.name}: the new value of the slot {slot} depends on none of w, g and the "
                "slots, so it is not kept per parameter; make it a parameter of the row"
            )


OPTIMIZERS: Table[Optimizer] = Table(
    "optimizer",
    Optimizer,
    (
        Optimizer(
            "gradient_descent",
            {"w": "w - learning_rate * g"},
            also=("sgd", "gd", "stochastic_gradient_descent"),
            about="a step against the gradient",
        ),
        Optimizer(
            "momentum",
            {"v": "momentum * v - learning_rate * g", "w": "w + v"},
            slots={"v": "0"},
            parameters={"momentum": 0.9},
            limits={"momentum": "[0, 1]"},
            also=("heavy_ball",),
            about="keeps moving in the direction of earlier steps",
            source="Polyak 1964; scikit-learn's sgd with nesterovs_momentum=False",
        ),
        Optimizer(
            "nesterov",
            {
                "v": "momentum * v - learning_rate * g",
                "w": "w + momentum * v - learning_rate * g",
            },
            slots={"v": "0"},
            parameters={"momentum": 0.9},
            limits={"momentum": "[0, 1]"},
            also=("nag",),
            about="momentum that looks one step ahead",
            source="Nesterov 1983; scikit-learn's sgd with nesterovs_momentum=True",
        ),
        Optimizer(
            "rmsprop",
            {
                "r": "rho * r + (1 - rho) * g * g",
                "w": "w - learning_rate * g / (sqrt(r) + epsilon)",
            },
            slots={"r": "0"},
            parameters={"rho": 0.9, "epsilon": 1e-8},
            limits={"rho": "[0, 1)", "epsilon": "(0, inf)"},
            learning_rate=0.001,
            about="divides by the root of a running mean of squared gradients",
            source="Hinton, Coursera lecture 6e, 2012",
        ),
        Optimizer(
            "adam",
            {
                "m": "beta1 * m + (1 - beta1) * g",
                "v": "beta2 * v + (1 - beta2) * g * g",
                "rate": "learning_rate * sqrt(1 - pow(beta2, t)) / (1 - pow(beta1, t))",
                "w": "w - rate * m / (sqrt(v) + epsilon)",
            },
            slots={"m": "0", "v": "0"},
            parameters={"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
            limits={"beta1": "[0, 1)", "beta2": "[0, 1)", "epsilon": "(0, inf)"},
            learning_rate=0.001,
            about="momentum and a step length of its own for each parameter",
            source="Kingma & Ba, ICLR 2015, in the order of section 2's end, as in scikit-learn",
        ),
        Optimizer(
            "adamw",
            {
                "m": "beta1 * m + (1 - beta1) * g",
                "v": "beta2 * v + (1 - beta2) * g * g",
                "m_hat": "m / (1 - pow(beta1, t))",
                "v_hat": "v / (1 - pow(beta2, t))",
                "w": "w - learning_rate * (m_hat / (sqrt(v_hat) + epsilon)"
                " + is_weight * weight_decay * w)",
            },
            slots={"m": "0", "v": "0"},
            parameters={"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01},
            limits={
                "beta1": "[0, 1)",
                "beta2": "[0, 1)",
                "epsilon": "(0, inf)",
                "weight_decay": "[0, inf)",
            },
            learning_rate=0.001,
            about="Adam whose weights (not biases) also shrink at each step",
            source="Loshchilov & Hutter, ICLR 2019",
        ),
        Optimizer(
            "rprop",
            {
                "turn": "g * before",
                "step": "where(turn > 0, min(step * up, longest),"
                " where(turn < 0, max(step * down, shortest), step))",
                "before": "where(turn < 0, 0 * g, g)",
                "w": "w - step * where(before > 0, 1, where(before < 0, -1, 0 * before))",
            },
            slots={"step": "learning_rate", "before": "0"},
            parameters={"up": 1.2, "down": 0.5, "longest": 50.0, "shortest": 1e-6},
            limits={
                "up": "[1, inf)",
                "down": "(0, 1]",
                "longest": "(0, inf)",
                "shortest": "(0, inf)",
            },
            full_batch=True,
            also=("irprop",),
            about="uses the gradient's signs only; steps grow until a sign turns",
            source="Riedmiller & Braun 1993, in the form iRprop- of Igel & Hüsken 2000",
        ),
        Optimizer(
            "lbfgs",
            {},
            method="lbfgs",
            parameters={"memory": 10.0},
            limits={"memory": "[1, 1000]"},
            learning_rate=1.0,
            full_batch=True,
            also=("l_bfgs", "bfgs"),
            about="quasi-Newton steps with a line search, by SciPy; no learning rate",
            source="Liu & Nocedal 1989; scipy.optimize.minimize(method='L-BFGS-B')",
        ),
    ),
)
"""Every optimizer, by name."""
