"""Random array circuits: value, slopes and slopes of slopes, against NumPy step by step."""

import numpy as np
import pytest

import clearprop as cp
from gradient_checks import differences, error

# Elementwise steps on which nothing grows without bound, each as NumPy and as wires.
ONE = [
    (np.tanh, cp.gates.tanh),
    (np.negative, lambda a: -a),
    (lambda a: a * a / (1 + a * a), lambda a: a * a / (1 + a * a)),
    (lambda a: 1 / (1 + np.exp(-a)), cp.gates.sigmoid),
    (lambda a: np.logaddexp(0, a), cp.gates.softplus),
]
TWO = [
    (np.add, lambda a, b: a + b),
    (np.subtract, lambda a, b: a - b),
    (np.multiply, lambda a, b: a * b),
    (lambda a, b: a / (2 + b * b), lambda a, b: a / (2 + b * b)),
]


class Building:
    """A random circuit on the way: pairs of a wire and what NumPy makes of it."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        shapes = [(), (3,), (2, 3), (3, 2), (2,), (2, 2)]
        self.arrays = [0.7 * self.rng.normal(size=shape) for shape in shapes]
        self.inputs = [cp.input(f"x{i}", array) for i, array in enumerate(self.arrays)]
        self.steps = []
        self.wires = list(self.inputs)
        for _ in range(14):
            self.step()
        self.output = sum((wire.sum() for wire in self.wires[-5:]), 0.0 * self.inputs[0])

    def step(self):
        i, j = (int(n) for n in self.rng.integers(0, len(self.wires), 2))
        a, b = self.wires[i], self.wires[j]
        choices = [("one", n) for n in range(len(ONE))]
        if a.shape[len(a.shape) - len(b.shape) :] == b.shape and len(b.shape) <= len(a.shape):
            choices += [("two", n) for n in range(len(TWO))] * 2
        if len(a.shape) == 2:
            choices += [("transpose", 0), ("sum", 0), ("sum", 1)]
            if len(b.shape) == 2 and a.shape[1] == b.shape[0]:
                choices += [("matmul", 0)] * 6
        kind, n = choices[self.rng.integers(len(choices))]
        self.steps.append((kind, n, i, j))
        self.wires.append(
            {
                "one": lambda: ONE[n][1](a),
                "two": lambda: TWO[n][1](a, b),
                "transpose": lambda: a.T,
                "sum": lambda: a.sum(n),
                "matmul": lambda: a @ b,
            }[kind]()
        )

    def by_numpy(self, arrays):
        values = list(arrays)
        for kind, n, i, j in self.steps:
            a, b = values[i], values[j]
            values.append(
                {
                    "one": lambda a=a, n=n: ONE[n][0](a),
                    "two": lambda a=a, b=b, n=n: TWO[n][0](a, b),
                    "transpose": lambda a=a: a.T,
                    "sum": lambda a=a, n=n: a.sum(axis=n),
                    "matmul": lambda a=a, b=b: a @ b,
                }[kind]()
            )
        return values, sum(float(np.sum(value)) for value in values[-5:])


@pytest.mark.parametrize("seed", range(40))
def test_random_circuits(seed):
    built = Building(seed)
    values, total = built.by_numpy(built.arrays)
    found = cp.evaluate([*built.wires, built.output])
    for wire, value, expected in zip(built.wires, found, values, strict=False):
        assert wire.shape == np.shape(value) == np.shape(expected)
        assert error(value, expected) < 1e-13
    assert found[-1] == pytest.approx(total, rel=1e-13, abs=1e-13)

    slopes = cp.backward(built.output, built.inputs)
    for which, wire in enumerate(built.inputs):

        def at(array, which=which):
            changed = [array if i == which else old for i, old in enumerate(built.arrays)]
            return built.by_numpy(changed)[1]

        expected = differences(at, built.arrays[which])
        slope = cp.evaluate(slopes[wire])
        assert np.shape(slope) == wire.shape
        assert error(slope, expected, least=1e-3) < 1e-8

        # The slope of the slope, along all inputs of the wire at once.
        along = (slopes[wire] * slopes[wire]).sum()

        def slope_at(array, wire=wire, along=along):
            return cp.evaluate(along, {wire: array})

        second = cp.gradients(along, wrt=[wire])[wire]
        assert error(second, differences(slope_at, built.arrays[which]), least=1e-3) < 1e-7
