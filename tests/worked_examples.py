"""Worked examples to audit: like those in print, with other digits or other given values."""

import copy
import functools

import numpy as np

import clearprop as cp
from clearprop.published import published_names
from clearprop.published.reading import read_example

W = {f"w{i}": v for i, v in enumerate((0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55), 1)}
GIVEN = {"i1": 0.05, "i2": 0.10, **W, "b1": 0.35, "b2": 0.60}
MAZUR = {"layers": [2, 2, 2], "activation": "sigmoid", "output_activation": "sigmoid",
         "loss": "squared_error", "shared_bias": True}  # fmt: skip
TUTORIAL = {**MAZUR, "loss": "softmax_cross_entropy"}


def mazur(printed, rate=0.5, biases="kept", **given):
    """An example like Mazur's, with other digits or other given values."""
    values = {**GIVEN, "target_o1": 0.01, "target_o2": 0.99, **given}
    return {"title": "t", "network": MAZUR, "given": values, "printed": printed,
            "training": {"learning_rate": rate, "biases": biases}}  # fmt: skip


def tutorial(formulas, true_class="o1", **given):
    values = {**GIVEN, "true_class": true_class, **given}
    return {"title": "t", "network": TUTORIAL, "given": values, "formulas": formulas}


def steps(row):
    return [[step.name for step in reason.steps] for reason in row.reasons]


class Independent:
    """Mazur's network in NumPy, written for these tests."""

    def __init__(self, rate=0.5, stale=False, biases=False, dtype=float, **given):
        at = {**GIVEN, "target_o1": 0.01, "target_o2": 0.99, **given}
        self.x = np.array([at["i1"], at["i2"]])
        self.t = np.array([at["target_o1"], at["target_o2"]])
        self.W1 = np.array([[at["w1"], at["w3"]], [at["w2"], at["w4"]]])
        self.W2 = np.array([[at["w5"], at["w7"]], [at["w6"], at["w8"]]])
        self.b1, self.b2, self.rate, self.stale, self.biases = (
            at["b1"],
            at["b2"],
            rate,
            stale,
            biases,
        )

    def forward(self):
        h = 1 / (1 + np.exp(-(self.x @ self.W1 + self.b1)))
        return h, 1 / (1 + np.exp(-(h @ self.W2 + self.b2)))

    @property
    def loss(self):
        return 0.5 * ((self.forward()[1] - self.t) ** 2).sum()

    def update(self, times=1):
        for _ in range(times):
            h, o = self.forward()
            d2 = (o - self.t) * o * (1 - o)
            new = self.W2 - self.rate * np.outer(h, d2)
            d1 = (new if self.stale else self.W2) @ d2 * h * (1 - h)
            self.W1, self.W2 = self.W1 - self.rate * np.outer(self.x, d1), new
            if self.biases:
                self.b1, self.b2 = self.b1 - self.rate * d1.sum(), self.b2 - self.rate * d2.sum()
        return self


@functools.cache
def audited():
    """The audit of each published example."""
    return {name: cp.audit(name) for name in published_names()}


def sliced(value, places):
    return f"{int(value * 10**places) / 10**places:.{places}f}"


def planted():
    """Digits that come from one known slip each, computed here and not by the package."""
    h, o = Independent().forward()
    first = (o[0] - 0.01) * o[0] * (1 - o[0]) * 0.40
    net = 0.3775
    return {
        "digits cut off": ({"net_o1": sliced(1.105905967059, 7)}, {}),
        "mean for sum over outputs": ({"E_total": f"{Independent().loss / 2:.9f}"}, {}),
        "without the one half": ({"E_o1": f"{(o[0] - 0.01) ** 2:.9f}"}, {}),
        "counted differently": ({"E_total after 3 updates":
                                 f"{Independent().update(4).loss:.9f}"}, {}),
        "other biases": ({"E_total after 3 updates":
                          f"{Independent(biases=True).update(3).loss:.9f}"}, {}),
        "path left out": ({"dE_total/dw1": f"{first * h[0] * (1 - h[0]) * 0.05:.12f}"}, {}),
        "wrong slope: of what goes in": ({"dout_h1/dnet_h1": f"{net * (1 - net):.6f}"}, {}),
        "wrong slope: left out": ({"dE_o1/dnet_o1": f"{o[0] - 0.01:.9f}"}, {}),
        "rounded intermediates": ({"out_o1": "0.75", "E_o1": f"{0.5 * 0.74**2:.9f}"}, {}),
    }  # fmt: skip


def moons(samples=200, step="sum", shown="mean", rate=0.01, l2="0.01", shown_l2="0.01 / 200"):
    example = copy.deepcopy(dict(read_example("moons").parts[0].data))
    run = example["run"]
    run["data"]["n_samples"] = samples
    run["training"] |= {"reduction": step, "learning_rate": rate, "l2": l2}
    run["loss"] = {"reduction": shown, "l2": shown_l2}
    example["printed"] = {"loss after 1 update": "0.4"}
    return {"title": "t", **example}
