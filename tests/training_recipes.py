"""Runs for the training doctor: thirty that suffer from one named thing each, and ten healthy.

They were written as a teacher would set them up for a class: take a problem that trains well,
and spoil one thing so that everybody sees it. The thresholds stood in the doctor's table before
(from the literature named there), and no recipe was moved towards or away from one. At first
sight the doctor named 26 of the first thirty. Four recipes were changed since: three did not
suffer from what they were to show (no relu was dead, nothing overfitted, iris was learned all the
same), and ten epochs of digits are now taken with a rate that suits them.
"""

import numpy as np

import clearprop as cp
from training_problems import (
    GD,
    blobs,
    circles,
    diabetes,
    moons,
    rare,
    run,
    table,
    times,
    validated,
    wave,
)

# name: (what is wrong, a function that gives a result, or a result and validation rows)
SICK = {
    # the learning rate is too high
    "the tutorial's moons": (
        "rate_too_high",
        lambda: run(
            cp.Network([2, 3, 2], initializer="fan_in"),
            moons(),
            **GD,
            learning_rate=0.01,
            l2=0.01,
            reduction="sum",
            epochs=20_000,
        ),
    ),
    "a wave, the step five times too long": (
        "rate_too_high",
        lambda: run(
            cp.Network([1, 16, 1], "tanh", "squared_error"),
            wave(),
            **GD,
            learning_rate=0.5,
            epochs=2000,
        ),
    ),
    "iris with momentum and long steps": (
        "rate_too_high",
        lambda: run(
            cp.Network([4, 8, 3], "tanh"),
            table("iris"),
            optimizer="momentum",
            learning_rate=20.0,
            epochs=500,
        ),
    ),
    "adam with a rate of 1": (
        "rate_too_high",
        lambda: run(
            cp.Network([30, 16, 2], "tanh"),
            table("breast_cancer"),
            learning_rate=3.0,
            epochs=100,
            batch_size=32,
        ),
    ),
    "digits in minibatches, rate 10": (
        "rate_too_high",
        lambda: run(
            cp.Network([64, 32, 10], "sigmoid"),
            table("digits"),
            **GD,
            learning_rate=30.0,
            epochs=20,
            batch_size=32,
        ),
    ),
    # too low
    "moons with a rate of 0.001": (
        "rate_too_low",
        lambda: run(cp.Network([2, 8, 2]), moons(), **GD, learning_rate=0.001, epochs=500),
    ),
    "a wave with adam at 1e-5": (
        "rate_too_low",
        lambda: run(
            cp.Network([1, 16, 1], "tanh", "squared_error"), wave(), learning_rate=1e-5, epochs=500
        ),
    ),
    "wine with momentum at 1e-5": (
        "rate_too_low",
        lambda: run(
            cp.Network([13, 8, 3], "relu"),
            table("wine"),
            optimizer="momentum",
            learning_rate=1e-5,
            epochs=200,
            batch_size=16,
        ),
    ),
    # dead relus
    "relus with a bias of -10": (
        "dead_neurons",
        lambda: run(
            cp.Network([2, 16, 2], "relu").with_parameters(b1=np.full(16, -10.0)),
            moons(),
            learning_rate=0.01,
            epochs=200,
        ),
    ),
    "three quarters of a deep layer dead": (
        "dead_neurons",
        lambda: run(
            cp.Network([4, 16, 16, 3], "relu").with_parameters(
                b2=np.r_[np.full(12, -20.0), np.zeros(4)]
            ),
            table("iris"),
            learning_rate=0.01,
            epochs=200,
            batch_size=16,
        ),
    ),
    "a relu as the output, pushed below zero": (
        "dead_neurons",
        lambda: run(
            cp.Network([1, 8, 1], "tanh", "squared_error", "relu").with_parameters(b2=[-5.0]),
            (wave()[0], wave()[1] + 2),
            **GD,
            learning_rate=0.05,
            epochs=500,
        ),
    ),
    # saturated
    "sigmoids with weights forty times too large": (
        "saturated_neurons",
        lambda: run(
            times(cp.Network([30, 16, 2], "sigmoid"), 40),
            table("breast_cancer"),
            **GD,
            learning_rate=0.1,
            epochs=200,
        ),
    ),
    "tanh with weights thirty times too large": (
        "saturated_neurons",
        lambda: run(
            times(cp.Network([2, 16, 2], "tanh"), 30),
            circles(),
            **GD,
            learning_rate=0.05,
            epochs=300,
        ),
    ),
    "a sigmoid output that begins on the wrong side": (
        "saturated_neurons",
        lambda: run(
            cp.Network([2, 8, 1], "tanh", "squared_error", "sigmoid").with_parameters(b2=[12.0]),
            (moons()[0], moons()[1][:, None]),
            **GD,
            learning_rate=0.1,
            epochs=300,
        ),
    ),
    # vanishing and exploding
    "ten layers of sigmoids": (
        "fading_gradients",
        lambda: run(
            cp.Network([2, *[10] * 10, 2], "sigmoid"), moons(), **GD, learning_rate=0.5, epochs=500
        ),
    ),
    "tanh, twelve layers, tiny weights": (
        "fading_gradients",
        lambda: run(
            times(cp.Network([4, *[10] * 12, 3], "tanh"), 0.2),
            table("iris"),
            learning_rate=0.001,
            epochs=100,
        ),
    ),
    "relu, fifteen layers, weights three times too large": (
        "exploding_gradients",
        lambda: run(
            times(cp.Network([13, *[16] * 15, 3], "relu"), 3),
            table("wine"),
            **GD,
            learning_rate=1e-3,
            epochs=100,
        ),
    ),
    # data
    "wine as it comes": (
        "unscaled_inputs",
        lambda: run(
            cp.Network([13, 16, 3], "tanh"),
            table("wine", scale=False),
            learning_rate=0.01,
            epochs=200,
        ),
    ),
    "breast cancer as it comes, gradient descent": (
        "unscaled_inputs",
        lambda: run(
            cp.Network([30, 16, 2], "sigmoid"),
            table("breast_cancer", scale=False),
            **GD,
            learning_rate=0.1,
            epochs=300,
        ),
    ),
    "moons in thousandths": (
        "unscaled_inputs",
        lambda: run(
            cp.Network([2, 8, 2], "tanh"),
            (moons()[0] / 1000, moons()[1]),
            **GD,
            learning_rate=0.5,
            epochs=1000,
        ),
    ),
    "three in a hundred": (
        "class_imbalance",
        lambda: run(cp.Network([2, 8, 2], "tanh"), rare(), learning_rate=0.02, epochs=300),
    ),
    "five in a hundred, logistic": (
        "class_imbalance",
        lambda: run(
            cp.Network([2, 4, 1], "tanh", "logistic"),
            rare(800, 40, 1.2, "binary"),
            **GD,
            learning_rate=0.5,
            epochs=1000,
        ),
    ),
    # alike
    "all weights zero": (
        "symmetric_weights",
        lambda: run(
            cp.Network([2, 8, 2], "tanh", initializer="zeros"),
            moons(),
            learning_rate=0.05,
            epochs=200,
        ),
    ),
    "all weights one half": (
        "symmetric_weights",
        lambda: run(
            cp.Network([4, 6, 3], "sigmoid").with_parameters(
                W1=np.full((4, 6), 0.5), W2=np.full((6, 3), 0.5)
            ),
            table("iris"),
            learning_rate=0.02,
            epochs=300,
            batch_size=10,
        ),
    ),
    # numbers
    "squared error and a step far too long": (
        "not_finite",
        lambda: run(
            cp.Network([10, 16, 1], "relu", "squared_error"),
            diabetes(),
            **GD,
            learning_rate=5.0,
            epochs=200,
        ),
    ),
    "a target of 1e200": (
        "not_finite",
        lambda: run(
            cp.Network([1, 4, 1], "tanh", "squared_error"),
            (wave()[0], wave()[1] * 1e200),
            learning_rate=0.01,
            epochs=50,
        ),
    ),
    # validation
    "two layers for forty patients": (
        "overfitting",
        lambda: validated(
            cp.Network([10, 50, 50, 1], "tanh", "squared_error"),
            diabetes(),
            40,
            learning_rate=0.005,
            epochs=500,
        ),
    ),
    "two hundred neurons for forty noisy moons": (
        "overfitting",
        lambda: validated(
            cp.Network([2, 200, 2], "relu"), moons(240, 0.4), 40, learning_rate=0.01, epochs=1000
        ),
    ),
    "a line through circles": (
        "underfitting",
        lambda: validated(cp.Network([2, 2]), circles(), 140, **GD, learning_rate=0.5, epochs=1000),
    ),
    # too short
    "ten epochs of digits": (
        "still_falling",
        lambda: run(
            cp.Network([64, 32, 10], "tanh"), table("digits"), **GD, learning_rate=0.5, epochs=12
        ),
    ),
}

HEALTHY = {
    "moons, gradient descent": lambda: run(
        cp.Network([2, 8, 2], "tanh"), moons(), **GD, learning_rate=0.5, epochs=3000
    ),
    "circles, adam": lambda: run(
        cp.Network([2, 16, 2], "relu"), circles(), learning_rate=0.01, epochs=500
    ),
    "iris in minibatches": lambda: run(
        cp.Network([4, 8, 3], "tanh"), table("iris"), learning_rate=0.01, epochs=200, batch_size=16
    ),
    "wine, momentum": lambda: run(
        cp.Network([13, 8, 3], "tanh"),
        table("wine"),
        optimizer="momentum",
        learning_rate=0.05,
        epochs=300,
        batch_size=32,
    ),
    "digits in minibatches": lambda: validated(
        cp.Network([64, 32, 10], "relu"),
        table("digits"),
        1400,
        learning_rate=0.003,
        epochs=30,
        batch_size=32,
        l2=1e-3,
    ),
    "breast cancer with validation": lambda: validated(
        cp.Network([30, 8, 1], "tanh", "logistic"),
        (table("breast_cancer")[0], table("breast_cancer")[1][:, None]),
        400,
        learning_rate=0.005,
        epochs=40,
        batch_size=32,
        l2=0.01,
    ),
    "a wave, rprop": lambda: run(
        cp.Network([1, 16, 1], "tanh", "squared_error"), wave(), optimizer="rprop", epochs=300
    ),
    "diabetes": lambda: validated(
        cp.Network([10, 4, 1], "tanh", "squared_error"),
        diabetes(),
        300,
        **GD,
        learning_rate=0.05,
        epochs=400,
        l2=0.05,
    ),
    "blobs, hinge": lambda: run(
        cp.Network([2, 8, 3], "relu", "hinge"),
        blobs(),
        optimizer="nesterov",
        learning_rate=0.01,
        epochs=400,
        batch_size=30,
    ),
    "moons, L-BFGS": lambda: run(
        cp.Network([2, 6, 2], "sigmoid"), moons(), optimizer="lbfgs", epochs=300, l2=1e-3
    ),
}
