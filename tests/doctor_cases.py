"""Cases for the doctor of gradients: callers, and what planted kinds are called in its table."""

from types import SimpleNamespace

import numpy as np

import clearprop as cp
from clearprop.errors import DoctorError

NAMES = {
    "sum_for_mean": "sum_for_mean",
    "mean_for_sum": "mean_for_sum",
    "divided_twice": "divided_twice",
    "twice_squared_error": "factor_two",
    "half_squared_error": "factor_half",
    "sign": "wrong_sign",
    "missing_slope": "missing_slope",
    "slope_at_z": "slope_at_z",
    "slope_at_a": "slope_at_a",
    "other_slope": "other_slope",
    "slope_twice_at_output": "slope_again_at_output",
    "p_for_p_minus_y": "targets_forgotten",
    "y_off_by_one": "targets_shifted",
    "y_transposed": "targets_transposed",
    "W_not_transposed": "weights_not_transposed",
    "gradient_transposed": "gradient_transposed",
    "wrong_input": "wrong_input",
    "one_path": "one_path",
    "samples_overwritten": "last_sample_only",
    "updated_before_use": "updated_weights",
    "not_reset": "not_reset",
    "in_place": "changed_in_place",
    "caller_changed": "changes_parameters changes_data",
    "l2_forgotten": "no_regulariser",
    "l2_one_layer": "no_regulariser",
    "l2_on_biases": "regulariser_on_biases",
    "l2_without_half": "regulariser_doubled",
    "l2_divided_by_N": "regulariser_averaged",
    "bias_wrong_axis": "bias_axis",
    "bias_not_summed": "bias_not_summed",
    "bias_averaged": "bias_averaged",
    "bias_first_sample": "first_sample_only",
    "last_batch": "last_batch fixed_divisor",
    "softmax_axis": "softmax_axis",
    "hinge_right_class": "hinge_count",
    "other_loss": "other_loss",
    "float32": "float32_noise float32_result",
    "kink": "other_side_of_kink",
}
"""Each kind of tests/planting_edits.py and tests/homework by its names in the doctor's tables."""


class Handed:
    """A caller of ``run(X, y, parameters) -> loss, gradients``: copies go in, and are kept."""

    notes = ()

    def __init__(self, run, dtype="float64"):
        self.run, self.dtype, self.handed, self.before = run, dtype, [], []

    def __call__(self, parameters, X, y):
        mine = {name: np.array(p, dtype=self.dtype) for name, p in parameters.items()}
        X, y = np.array(X, dtype=self.dtype), np.array(y)
        self.handed = [*mine.items(), ("X", X), ("y", y)]
        self.before = [np.array(array) for _, array in self.handed]
        try:
            loss, gradients = self.run(X, y, mine)
        except (ValueError, IndexError) as error:  # a program for one size of data
            raise DoctorError(str(error)) from error
        return SimpleNamespace(loss=loss, gradients=gradients, others={}, raw=gradients)

    def arguments(self, parameters, X, y):
        return self.handed

    def changed(self):
        pairs = zip(self.handed, self.before, strict=True)
        return tuple(name for (name, now), then in pairs if not np.array_equal(now, then))


def diagnosed(report):
    """What a report says, simplest first: names of slips and mistakes, tuples for pairs."""
    slips = [one.name for one in report.slips]
    return slips + [
        one.names[0] if len(one.names) == 1 else tuple(sorted(one.names))
        for one in report.explanations
    ]


def program_of(source):
    """The function of a program's text."""
    space = {}
    exec(compile(source, "program", "exec"), space)
    return space["loss_and_gradients"]


def checked(case):
    """The report on a case of tests/planting_mistakes.py."""
    told = case.told
    X, y, parameters = case.data
    net = cp.Network(told.layers, told.activations, told.loss, told.output)
    call = case.call.replace("loss_and_gradients", "f")
    how = {"reduction": told.reduction, "l2": told.l2}
    net = net.with_parameters(parameters)
    return cp.check_gradients(program_of(case.source), net, X, y, call=call, **how)
