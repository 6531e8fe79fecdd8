"""Tests of the checks: with the package as it is they pass, with any planted error they fail.

An error that nothing finds is worse than one that somebody makes: each line of the tables
below is a slip that people do make, in one of the places where this package computes.
"""

import numpy as np
import pytest

import clearprop as cp
from clearprop import architecture, backprop, network, program
from clearprop.engines import protocol, reference
from gradient_checks import check_gradients, check_training, problem
from peers import ACTIVATIONS
from planting import plant_in_code, plant_in_row

WEIGHT = [0.5, 2.0, 0.0, 1.25]

# The gradients that are checked: arguments of problem, then of check_gradients.
GRADIENTS = {
    "plain": ({}, {}),
    "two layers": ({"layers": [3, 3, 3, 3]}, {}),
    "l2": ({}, {"l2": 0.3}),
    "sum": ({}, {"reduction": "sum"}),
    "sum with l2": ({}, {"reduction": "sum", "l2": 0.3}),
    "weighted": ({}, {"sample_weight": WEIGHT}),
    "weighted sum": ({}, {"sample_weight": WEIGHT, "reduction": "sum"}),
    "shared bias": ({"shared_bias": True}, {}),
} | {
    gate: ({"activation": gate}, {"peer": gate in ACTIVATIONS}) for gate in cp.activations()
} | {loss: ({"loss": loss}, {}) for loss in cp.LOSSES}  # fmt: skip

# The training runs that are checked: arguments of check_training.
RUNS = {
    "full batch": {"optimizer": "gradient_descent"},
    "batches": {"optimizer": "momentum", "batch_size": 3, "l2": 0.1},
    "sums": {"optimizer": "momentum", "batch_size": 3, "l2": 0.1, "reduction": "sum"},
    "weighted": {"optimizer": "adam", "batch_size": 3, "sample_weight": np.arange(7) % 4},
    "frozen": {"optimizer": "nesterov", "frozen": ("W1", "b2")},
} | {
    name: {"optimizer": name, "l2": 0.1} for name, row in cp.OPTIMIZERS.items() if row.updates
}  # fmt: skip


def gradients_are_right(case):
    of_problem, how = GRADIENTS[case]
    net, X, y = problem(**({"layers": [3, 3, 3], "rows": 4, "seed": 11} | of_problem))
    check_gradients(net, X, y, **how)


def training_is_right(run):
    net, X, y = problem([3, 3, 3], seed=11)
    check_training(net, X, y, rate=0.03, epochs=6, engine_name="reference", **RUNS[run])


@pytest.mark.parametrize("case", GRADIENTS)
def test_gradients_pass_as_they_are(case):
    gradients_are_right(case)


@pytest.mark.parametrize("run", RUNS)
def test_training_passes_as_it_is(run):
    training_is_right(run)


# What was done wrong: where, what stood there, what was planted, which check finds it.
IN_CODE = {
    "a transpose forgotten": (backprop, "_matmul", "right.T", "right", "plain"),
    "a transpose too many": (
        backprop, "_matmul", "left.T @ upstream", "(left.T @ upstream).T", "plain",
    ),
    "a factor of 1.000001 in every W": (
        backprop, "_matmul", "left.T @ upstream", "left.T @ upstream * 1.000001", "plain",
    ),
    "a factor of 1.000001 below": (
        backprop, "_matmul", "upstream @ right.T", "upstream @ right.T * 1.000001", "two layers",
    ),
    "a mean for the bias's sum": (
        backprop, "_broadcast", "operation(", "0.25 * operation(", "plain",
    ),
    "the bias's sign": (backprop, "_broadcast", "operation(", "-operation(", "plain"),
    "the shared bias's sum over rows alone": (
        backprop, "_broadcast", "setting=wire.setting[1])",
        "setting=wire.setting[1]) * (1 if wire.inputs[0].shape else 1 / 3)", "shared bias",
    ),
    "a sum's slope halved": (backprop, "_sum", "broadcast(", "0.5 * broadcast(", "plain"),
    "a lost path, the last one kept": (
        backprop, "_sweep", "slope_of[below] + part if below in slope_of else part", "part", "l2",
    ),
    "a lost path, the first one kept": (
        backprop, "_sweep", "slope_of[below] + part if below in slope_of else part",
        "slope_of.get(below, part)", "l2",
    ),
    "slopes at z instead of a": (
        backprop, "_through_gate", '"y"] = wire', '"y"] = wire.inputs[0]', "plain",
    ),
    "a lost sign in subtract": (
        backprop, "_through_gate", 'apply("negate", upstream)', "upstream", "plain",
    ),
    "a slope without what came back": (
        backprop, "_through_gate", "_times(upstream, build(tree, names))",
        "build(tree, names)", "two layers",
    ),
    "the mean's 1/N lost": (
        backprop, "_pass_back", "_times(_along_last(upstream, scores), unfold(wire).slope)",
        "unfold(wire).slope", "plain",
    ),
    "a factor of 1.000001 in every slope": (
        backprop, "_pass_back", "unfold(wire).slope)", "unfold(wire).slope * 1.000001)", "plain",
    ),
    "l2 forgotten in the gradient": (
        network.Network, "gradients", "_, feeds =", "l2 = 0.0; _, feeds =", "l2",
    ),
    "a mean for a sum in the gradient": (
        network.Network, "gradients", "_, feeds =", 'reduction = "mean"; _, feeds =', "sum",
    ),
    "sample weights forgotten in the gradient": (
        network.Network, "gradients", "_, feeds =", "sample_weight = None; _, feeds =", "weighted",
    ),
    "the half in l2/2 forgotten": (architecture, "_penalty", "l2 * 0.5 *", "l2 *", "l2"),
    "biases penalised too": (architecture, "_penalty", ' if name[0] == "W"', "", "l2"),
    "only the first weights penalised": (
        architecture, "_penalty", "in squares[1:]", "in squares[1:1]", "l2",
    ),
    "a mean for a sum in the loss": (
        architecture, "_build", 'if objective.reduction == "mean" else total', "", "sum",
    ),
    "a sum for a mean in the loss": (architecture, "_build", "total / count", "total", "plain"),
    "sample weights forgotten in the loss": (
        architecture, "_build", "losses * sample_weight", "losses", "weighted sum",
    ),
    "a weighted mean over the number of samples": (
        network.Network, "_objective", "feeds[circuit.count] = feeds[circuit.sample_weight].sum()",
        "pass", "weighted",
    ),
    "the bias subtracted": (architecture, "_build", "(product +", "(product -", "plain"),
    "stale inputs": (
        program.Program, "run", "intake.take(wire, self._whole.get(wire))",
        "vars(self).setdefault(wire, intake.take(wire, self._whole.get(wire)))", "plain",
    ),
    "a value taken for another": (
        program.Program, "primitive", "(operation, *arguments)", "(operation, arguments[0])", "l2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("error", IN_CODE)
def test_errors_in_the_gradients_code_are_found(monkeypatch, error):
    *place, case = IN_CODE[error]
    plant_in_code(monkeypatch, *place)
    with pytest.raises(AssertionError):
        gradients_are_right(case)


# The slopes that people write: row, what stands there is the right one, and these are not.
IN_SLOPES = [
    ("tanh", "1 - x * x"),
    ("tanh", "1 + y * y"),
    ("tanh", "1 - y"),
    ("tanh", "1.000001 * (1 - y * y)"),
    ("sigmoid", "y"),
    ("sigmoid", "x * (1 - x)"),
    ("sigmoid", "y * (y - 1)"),
    ("relu", "1"),
    ("relu", "where(x > 0, 0, 1)"),
    ("leaky_relu", "where(x > 0, 1, 0)"),
    ("elu", "where(x > 0, 1, y)"),
    ("softplus", "1 / (1 + exp(x))"),
    ("silu", "s"),
    ("gelu", "0.5 * (1 + t)"),
    ("identity", "x"),
]


@pytest.mark.parametrize(("gate", "slope"), IN_SLOPES)
def test_wrong_slopes_of_gates_are_found(monkeypatch, gate, slope):
    plant_in_row(monkeypatch, cp.GATES[gate], "slope_trees", 0, slope)
    with pytest.raises(AssertionError):
        gradients_are_right(gate)


def test_the_slope_of_the_square_in_l2(monkeypatch):
    plant_in_row(monkeypatch, cp.GATES["square"], "slope_trees", 0, "x")
    with pytest.raises(AssertionError):
        gradients_are_right("l2")


IN_LOSSES = [
    ("softmax_cross_entropy", "p"),
    ("softmax_cross_entropy", "hit - p"),
    ("softmax_cross_entropy", "s - hit"),
    ("softmax_cross_entropy", "p * (1 - p) * (p - hit)"),
    ("hinge", "where(hit > 0, -1, step)"),
    ("hinge", "where(hit > 0, 0, step)"),
    ("logistic", "p * (1 - p) * (p - target)"),
    ("logistic", "p + target"),
    ("squared_error", "2 * (s - target)"),
    ("squared_error", "target - s"),
    ("absolute_error", "s - target"),
    ("huber", "s - target"),
]


@pytest.mark.parametrize(("loss", "slope"), IN_LOSSES)
def test_wrong_slopes_of_losses_are_found(monkeypatch, loss, slope):
    plant_in_row(monkeypatch, cp.LOSSES[loss], "slope_tree", None, slope)
    with pytest.raises(AssertionError):
        gradients_are_right(loss)


def test_a_loss_that_is_not_what_its_slope_says(monkeypatch):
    plant_in_row(monkeypatch, cp.LOSSES["huber"], "value_tree", None, "2 * e")
    with pytest.raises(AssertionError):
        gradients_are_right("huber")


IN_TRAINING = {
    "a batch's mean over all rows": (
        reference.Work, "feeds", "circuit.count: len(X)", "circuit.count: plan.n_rows",
        "batches",
    ),
    "a batch's weights divided by its rows": (
        reference.Work, "feeds", "circuit.count: weights.sum() or 1.0", "circuit.count: len(X)",
        "weighted",
    ),
    "the first step counted as the second": (
        reference.Work, "updated", "state.step + 1", "state.step + 2", "adam",
    ),
    "frozen parameters moved": (
        reference.Work, "updated", "np.where(plan.frozen, state.vector, vector)", "vector",
        "frozen",
    ),
    "the others frozen": (
        reference.Work, "updated", "np.where(plan.frozen", "np.where(~plan.frozen", "frozen",
    ),
    "slots never kept": (
        reference.Work, "updated", "dict(zip(rule.slots, slots, strict=True))",
        "dict(state.slots)", "momentum",
    ),
    "biases taken for weights": (reference.Work, "__init__", 'name[0] == "W"', "True", "adamw"),
    "a row lost from each batch": (
        reference.ReferenceEngine, "advance", "start + plan.batch_size)",
        "start + plan.batch_size - 1)", "batches",
    ),
    "the first epoch's order kept for ever": (
        reference.ReferenceEngine, "advance", "epoch != order_epoch", "order is None", "batches",
    ),
    "rows as they stand": (
        reference.Work, "step", "batch if order is None else order[batch]", "batch", "batches",
    ),
    "the small last batch dropped": (
        protocol.Plan, "steps_per_epoch", "-(-self.n_rows // self.batch_size)",
        "self.n_rows // self.batch_size", "batches",
    ),
    "the running loss never started anew": (
        reference.ReferenceEngine, "advance",
        "state = State(state.vector, state.slots, state.step)", "pass", "full batch",
    ),
    "sums averaged in the history": (
        reference.Work, "step", 'data if plan.reduction == "sum" else data * share',
        "data * share", "sums",
    ),
    "the penalty counted once for each batch": (
        reference.Work, "step", "penalty * share)", "penalty)", "batches",
    ),
    "a stale velocity": (
        reference, "optimizer_circuit", "row.parameters, known", "row.parameters, dict(names)",
        "momentum",
    ),
}  # fmt: skip


@pytest.mark.parametrize("error", IN_TRAINING)
def test_errors_in_the_trainings_code_are_found(monkeypatch, error):
    *place, run = IN_TRAINING[error]
    plant_in_code(monkeypatch, *place)
    with pytest.raises(AssertionError):
        training_is_right(run)


IN_OPTIMIZERS = [
    ("gradient_descent", "w", "w + learning_rate * g"),
    ("gradient_descent", "w", "w - 1.000001 * learning_rate * g"),
    ("momentum", "v", "momentum * v + learning_rate * g"),
    ("momentum", "v", "-learning_rate * g"),
    ("nesterov", "w", "w + v"),
    ("rmsprop", "r", "rho * r + g * g"),
    ("rmsprop", "w", "w - learning_rate * g / (r + epsilon)"),
    ("rmsprop", "w", "w - learning_rate * g / sqrt(r + epsilon)"),
    ("adam", "v", "beta2 * v + (1 - beta1) * g * g"),
    ("adam", "rate", "learning_rate"),
    ("adam", "rate", "learning_rate * (1 - pow(beta2, t)) / (1 - pow(beta1, t))"),
    ("adamw", "w", "w - learning_rate * m_hat / (sqrt(v_hat) + epsilon)"),
    ("adamw", "m_hat", "m"),
    ("rprop", "before", "g"),
    ("rprop", "w", "w - step * g"),
]


@pytest.mark.parametrize(("optimizer", "name", "update"), IN_OPTIMIZERS)
def test_wrong_updates_are_found(monkeypatch, optimizer, name, update):
    plant_in_row(monkeypatch, cp.OPTIMIZERS[optimizer], "update_trees", name, update)
    with pytest.raises(AssertionError):
        training_is_right(optimizer)
