"""The table of what can be wrong with a training run: one row for each thing.

A row says how it is measured, where the threshold lies and where that comes from, which other
findings explain it, and how it is said. Causes stand before what they cause.

>>> CHECKS["dead_neurons"].threshold, sorted(CHECKS["dead_neurons"].words)
(0.4, ['en', 'zh'])
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .case import Case
from .data import class_imbalance, unscaled_inputs
from .fit import not_finite, overfitting, still_falling, underfitting
from .layers import (
    dead_neurons,
    exploding_gradients,
    fading_gradients,
    saturated_neurons,
    symmetric_weights,
)
from .rates import rate_too_high, rate_too_low
from .saying import Words
from .seen import MATERIAL, Seen
from .words import WORDS


@dataclass(frozen=True)
class Check:
    """One thing that can be wrong with a run.

    Parameters
    ----------
    key : str
    measure : function of a case and the threshold
        Yields what it has seen beyond the threshold.
    about : str
        What is measured.
    threshold : float
        What it is compared with, where that does not depend on the run.
    source : str
        Where the threshold comes from.
    explained_by : tuple of str
        Findings that cause this one: where one of them is there, this is not looked for.
    needs : tuple of str
        What the case must have: ``validation``, ``rate``.
    """

    key: str
    measure: Callable[[Case, float], Iterator[Seen]]
    about: str
    threshold: float
    source: str
    explained_by: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def words(self) -> Mapping[str, Words]:
        """How it is said, by language."""
        return {language: rows[self.key] for language, rows in WORDS.items()}


_ROWS = (
    Check(
        "symmetric_weights",
        symmetric_weights,
        "the share of a hidden layer's neurons whose weights, in and out, are those of another",
        0.5,
        "neurons with equal weights get equal gradients and stay equal (Goodfellow, Bengio & "
        "Courville, Deep Learning, 2016, section 8.4); half of a layer is more than chance",
    ),
    Check(
        "unscaled_inputs",
        unscaled_inputs,
        "the root mean square of the largest input",
        10.0,
        "inputs of mean 0 and variance 1 (LeCun, Bottou, Orr & Müller, Efficient BackProp, 1998, "
        "section 4.3), give or take a factor of 10; counted where the same run with scaled inputs "
        f"removes {MATERIAL:.0%} more of the constant answer's loss",
    ),
    Check(
        "exploding_gradients",
        exploding_gradients,
        "the slopes of the loss by z in the first layer, over those in the last (root mean square)",
        1e3,
        "slopes of the same size in all layers (Glorot & Bengio, AISTATS 2010, section 4.2), give "
        "or take a factor of 1,000",
        ("unscaled_inputs", "symmetric_weights"),
    ),
    Check(
        "not_finite",
        not_finite,
        "the first value that is NaN or infinite",
        1.7976931348623157e308,
        "the largest number that the precision holds (IEEE 754)",
    ),
    Check(
        "fading_gradients",
        fading_gradients,
        "the slopes of the loss by z in the first layer, over those in the last (root mean square)",
        1e-3,
        "slopes of the same size in all layers (Glorot & Bengio, AISTATS 2010, section 4.2), give "
        "or take a factor of 1,000",
        ("unscaled_inputs", "symmetric_weights"),
    ),
    Check(
        "saturated_neurons",
        saturated_neurons,
        "the share of a layer's values where the gate has less than 5 % of its steepest slope",
        0.5,
        "saturated gates pass back next to nothing (Glorot & Bengio, AISTATS 2010, section 3; "
        "LeCun et al., Efficient BackProp, 1998, section 4.4); half of a layer",
        ("unscaled_inputs", "symmetric_weights", "exploding_gradients", "not_finite"),
    ),
    Check(
        "dead_neurons",
        dead_neurons,
        "the share of a layer's neurons whose slope is 0 on every sample",
        0.4,
        "“as much as 40 % of your network can be dead” where the rate is too high (Karpathy, "
        "CS231n notes, Neural networks part 1)",
        ("symmetric_weights", "unscaled_inputs", "not_finite"),
    ),
    Check(
        "rate_too_high",
        rate_too_high,
        "the learning rate",
        MATERIAL,
        "2/sharpness, with momentum β (2 + 2β)/sharpness: above it gradient descent leaves the "
        "minimum (Polyak 1987, section 1.4; Cohen et al., ICLR 2021); shown by trying a smaller "
        "one (Bengio, Practical recommendations, 2012, section 3.1.1)",
        ("symmetric_weights", "unscaled_inputs", "exploding_gradients", "fading_gradients",
         "not_finite"),
        ("rate",),
    ),
    Check(
        "rate_too_low",
        rate_too_low,
        "the learning rate",
        0.1,
        "the best rate is usually within a factor of 2 of the largest stable one (Bengio, "
        "Practical recommendations, 2012, section 3.1.1): a tenth of that, or of the optimizer's "
        "usual rate; shown by trying a larger one",
        ("symmetric_weights", "unscaled_inputs", "exploding_gradients", "fading_gradients",
         "saturated_neurons", "dead_neurons", "rate_too_high", "not_finite"),
        ("rate",),
    ),
    Check(
        "class_imbalance",
        class_imbalance,
        "rows of the rarest class for each row of the largest one",
        0.25,
        "20 % of the rows or fewer are a moderate imbalance (Google, Machine Learning Crash "
        "Course, Imbalanced data); counted where most of that class is answered wrongly",
        ("symmetric_weights", "unscaled_inputs", "exploding_gradients", "fading_gradients",
         "saturated_neurons", "rate_too_high", "rate_too_low", "not_finite"),
    ),
    Check(
        "overfitting",
        overfitting,
        "how far above its minimum the validation loss ends",
        0.05,
        "generalisation loss above 5 % (Prechelt, Early stopping - but when?, 1998: GL5), and more "
        "than two standard errors",
        ("not_finite",),
        ("validation",),
    ),
    Check(
        "underfitting",
        underfitting,
        "what the run has learned, over what a larger network or a smaller penalty learns",
        0.75,
        "on the validation rows, by trying: three quarters, and three standard errors (the "
        "doctor's own measure; Goodfellow et al., 2016, section 5.2, for what it means)",
        ("symmetric_weights", "unscaled_inputs", "exploding_gradients", "fading_gradients",
         "saturated_neurons", "dead_neurons", "rate_too_high", "rate_too_low", "class_imbalance",
         "overfitting", "not_finite"),
        ("validation",),
    ),
    Check(
        "still_falling",
        still_falling,
        "the share of the loss's whole fall that the last tenth of the epochs has made",
        0.03,
        "an even pace gives 0.1 and a finished run 0; 0.03 is where an exponential decay is about "
        "to reach 95 % of its fall (the doctor's own measure)",
        ("symmetric_weights", "unscaled_inputs", "exploding_gradients", "fading_gradients",
         "saturated_neurons", "rate_too_high", "rate_too_low", "overfitting", "underfitting",
         "not_finite"),
    ),
)  # fmt: skip

CHECKS: Mapping[str, Check] = {row.key: row for row in _ROWS}
"""Every check, by its key, causes first."""
