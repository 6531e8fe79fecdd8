"""What is wrong with the data that a run learned from: inputs out of scale, classes too rare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from .case import Case
from .rates import gain_of
from .report import Place
from .seen import MATERIAL, SUFFERS, Seen

Array: TypeAlias = np.ndarray[Any, Any]


def unscaled_inputs(case: Case, threshold: float) -> Iterator[Seen]:
    """Look for inputs far from a root mean square of 1, and try the run with scaled ones.

    Parameters
    ----------
    case : Case
    threshold : float
        How many times larger than 1 the largest input is, or smaller.
    """
    if case.finite and case.learned() >= SUFFERS:
        return
    X = np.asarray(case.plan.X[case.rows], np.float64)
    unit = np.abs(X).max(axis=0)
    sizes = unit * np.sqrt(np.mean(np.square(X / np.where(unit > 0, unit, 1.0)), axis=0))
    moving = X.std(axis=0) > 0
    if not moving.any():
        return
    largest = int(np.where(moving, sizes, 0).argmax())
    size = float(sizes[largest])
    if 1 / threshold < size < threshold:
        return
    trial = case.trial(X=standardised(case.plan.X), share=0.3)
    tried = trial is not None and trial.epochs > 0
    gain = gain_of(case, trial) if trial is not None and case.finite else None
    better = gain is not None and gain >= MATERIAL
    if trial is not None and not case.finite:
        better = bool(np.isfinite(trial.loss))
    # Where there was no time to try, only what is far beyond the threshold counts.
    if not better and (tried or threshold**-2 < size < threshold**2):
        return
    mean, std = float(X[:, largest].mean()), float(X[:, largest].std())
    yield Seen(
        size,
        {"mean": mean, "std": std, "smallest": float(X.std(axis=0)[moving].min()),
         "reaches": None if trial is None or not better else float(trial.losses[-1]),
         "loss": case.loss_at(trial.epochs) if trial is not None else case.loss,
         "trial_epochs": 0 if trial is None else trial.epochs},
        {"standardise": 1, "shift": -mean, "divide_by": std},
        Place(input=largest),
        case=("large" if size >= threshold else "small") if better else "untried",
    )  # fmt: skip


def standardised(X: Array) -> Array:
    """Return the inputs, each with mean 0 and standard deviation 1; constant ones become 0."""
    wide = np.asarray(X, np.float64)
    unit = np.abs(wide).max(axis=0)
    wide = wide / np.where(unit > 0, unit, 1.0)  # lest squares overflow
    std = wide.std(axis=0)
    return np.asarray((wide - wide.mean(axis=0)) / np.where(std > 0, std, 1.0), X.dtype)


def class_imbalance(case: Case, threshold: float) -> Iterator[Seen]:
    """Look for a class that is rare beside the largest one, and mostly answered wrongly.

    Parameters
    ----------
    case : Case
    threshold : float
        Rows of the rare class for each row of the largest one.
    """
    labels = _labels(case)
    if labels is None or not case.finite:
        return
    answers = np.asarray(case.network.predict(case.plan.X)).reshape(labels.shape)
    weights = np.ones(len(labels)) if case.plan.sample_weight is None else case.plan.sample_weight
    kinds = np.unique(labels)
    if len(kinds) < 2:
        return
    counts = np.array([weights[labels == kind].sum() for kind in kinds])
    recalls = np.array([(answers[labels == kind] == kind).mean() for kind in kinds])
    largest, rare = int(counts.argmax()), int(counts.argmin())
    ratio = float(counts[rare] / counts[largest])
    if ratio > threshold or recalls[rare] > 0.5 or recalls[largest] < 0.9:
        return
    rows = np.array([(labels == kind).sum() for kind in kinds])
    yield Seen(
        ratio,
        {"rare": int(rows[rare]), "common": int(rows[largest]), "recall": float(recalls[rare]),
         "accuracy": float((answers == labels).mean()), "most": int(kinds[largest])},
        {"sample_weight": len(labels) / (len(kinds) * float(rows[rare])),
         "others": len(labels) / (len(kinds) * float(rows[largest]))},
        Place(label=int(kinds[rare])),
    )  # fmt: skip


def _labels(case: Case) -> Array | None:
    kind, targets = case.net.loss.targets, case.plan.targets
    if kind == "class":
        return targets
    if kind == "binary" and targets.shape[1] == 1:
        return targets[:, 0].astype(np.int64)
    return None
