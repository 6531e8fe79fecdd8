"""Point sets to learn on, made by a formula: moons, circles, blobs and spirals.

    >>> from clearprop.data import make_moons
    >>> X, y = make_moons(200, noise=0.2, random_state=0)
    >>> X.shape, y.shape
    ((200, 2), (200,))

``make_moons``, ``make_circles`` and ``make_blobs`` draw the same random numbers in the same
order as scikit-learn's functions of these names, so the same integer ``random_state`` gives the
same points to the last bit. ``make_spirals`` does the same for the spiral of CS231n's notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from . import arguments as check
from .arguments import RandomSource

__all__ = ["make_blobs", "make_circles", "make_moons", "make_spirals"]

Floats: TypeAlias = NDArray[np.float64]
Labels: TypeAlias = NDArray[np.int64]


def make_moons(
    n_samples: int | tuple[int, int] = 100,
    *,
    shuffle: bool = True,
    noise: float | None = None,
    random_state: RandomSource = None,
) -> tuple[Floats, Labels]:
    """Make two half circles that reach into each other.

    Parameters
    ----------
    n_samples : int or (int, int)
        Points in all (an odd one goes to the second moon), or points of each moon.
    shuffle : bool
        Whether the points come in random order; otherwise all of class 0 come first.
    noise : float, optional
        Standard deviation of the Gaussian noise added to both coordinates.
    random_state : int or numpy.random.RandomState, optional
        The seed of the shuffle and of the noise; without it every call differs.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, 2)
    y : ndarray of int64, shape (n_samples,)
        0 for the upper moon, 1 for the lower.

    Raises
    ------
    DataError
        For counts, a noise or a seed that make no sense.

    Examples
    --------
    >>> X, y = make_moons(4, shuffle=False)
    >>> X.round(1).tolist()
    [[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [2.0, 0.5]]
    >>> y.tolist()
    [0, 0, 1, 1]
    """
    n_upper, n_lower = check.two_counts(n_samples)
    rng = check.generator(random_state)
    upper = np.linspace(0, np.pi, n_upper)
    lower = np.linspace(0, np.pi, n_lower)
    X = np.column_stack(
        [
            np.append(np.cos(upper), 1 - np.cos(lower)),
            np.append(np.sin(upper), 1 - np.sin(lower) - 0.5),
        ]
    )
    return _finished(X, [n_upper, n_lower], shuffle, noise, rng)


def make_circles(
    n_samples: int | tuple[int, int] = 100,
    *,
    shuffle: bool = True,
    noise: float | None = None,
    random_state: RandomSource = None,
    factor: float = 0.8,
) -> tuple[Floats, Labels]:
    """Make a circle of radius 1 with a smaller circle inside.

    Parameters
    ----------
    n_samples : int or (int, int)
        Points in all (an odd one goes to the inner circle), or points of the outer and of the
        inner circle.
    shuffle : bool
        Whether the points come in random order; otherwise all of class 0 come first.
    noise : float, optional
        Standard deviation of the Gaussian noise added to both coordinates.
    random_state : int or numpy.random.RandomState, optional
        The seed of the shuffle and of the noise; without it every call differs.
    factor : float
        Radius of the inner circle, at least 0 and below 1.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, 2)
    y : ndarray of int64, shape (n_samples,)
        0 for the outer circle, 1 for the inner.

    Raises
    ------
    DataError
        For counts, a factor, a noise or a seed that make no sense.

    Examples
    --------
    >>> X, y = make_circles(4, shuffle=False, factor=0.5)
    >>> (X.round(1) + 0.0).tolist()
    [[1.0, 0.0], [-1.0, 0.0], [0.5, 0.0], [-0.5, 0.0]]
    """
    n_outer, n_inner = check.two_counts(n_samples)
    factor = check.fraction("factor", factor)
    rng = check.generator(random_state)
    # The last angle is left out: it would be the first point again.
    outer = np.linspace(0, 2 * np.pi, n_outer, endpoint=False)
    inner = np.linspace(0, 2 * np.pi, n_inner, endpoint=False)
    X = np.column_stack(
        [
            np.append(np.cos(outer), np.cos(inner) * factor),
            np.append(np.sin(outer), np.sin(inner) * factor),
        ]
    )
    return _finished(X, [n_outer, n_inner], shuffle, noise, rng)


@overload
def make_blobs(
    n_samples: int | Sequence[int] = ...,
    n_features: int = ...,
    *,
    centers: int | ArrayLike | None = ...,
    cluster_std: float | Sequence[float] = ...,
    center_box: tuple[float, float] = ...,
    shuffle: bool = ...,
    random_state: RandomSource = ...,
    return_centers: Literal[False] = ...,
) -> tuple[Floats, Labels]: ...
@overload
def make_blobs(
    n_samples: int | Sequence[int] = ...,
    n_features: int = ...,
    *,
    centers: int | ArrayLike | None = ...,
    cluster_std: float | Sequence[float] = ...,
    center_box: tuple[float, float] = ...,
    shuffle: bool = ...,
    random_state: RandomSource = ...,
    return_centers: Literal[True],
) -> tuple[Floats, Labels, Floats]: ...
def make_blobs(
    n_samples: int | Sequence[int] = 100,
    n_features: int = 2,
    *,
    centers: int | ArrayLike | None = None,
    cluster_std: float | Sequence[float] = 1.0,
    center_box: tuple[float, float] = (-10.0, 10.0),
    shuffle: bool = True,
    random_state: RandomSource = None,
    return_centers: bool = False,
) -> tuple[Floats, Labels] | tuple[Floats, Labels, Floats]:
    """Make round Gaussian clouds of points, one per class.

    Parameters
    ----------
    n_samples : int or sequence of int
        Points in all, shared out evenly, or points of each blob.
    n_features : int
        Coordinates of a point; where ``centers`` gives places, theirs count instead.
    centers : int or array of shape (n_centers, n_features), optional
        How many blobs, or where they lie; 3 blobs (or one per entry of ``n_samples``) without it.
    cluster_std : float or sequence of float
        Standard deviation of all blobs, or of each.
    center_box : (float, float)
        The interval from which each coordinate of a random centre is drawn.
    shuffle : bool
        Whether the points come in random order; otherwise blob by blob.
    random_state : int or numpy.random.RandomState, optional
        The seed of centres, points and shuffle; without it every call differs.
    return_centers : bool
        Whether the centres are returned as well.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, n_features)
    y : ndarray of int64, shape (n_samples,)
        The number of the blob.
    centers : ndarray of float64, shape (n_centers, n_features)
        Only where ``return_centers=True``.

    Raises
    ------
    DataError
        For arguments that make no sense, or that do not fit each other.

    Examples
    --------
    >>> X, y = make_blobs([2, 1], centers=[[0.0, 0.0], [9.0, 9.0]], shuffle=False, random_state=0)
    >>> X.shape, y.tolist()
    ((3, 2), [0, 0, 1])
    """
    rng = check.generator(random_state)
    counts = None if check.is_whole(n_samples) else check.counts("n_samples", n_samples)
    places = _centers(centers, n_features, center_box, counts, rng)
    if counts is None:
        share, rest = divmod(check.whole("n_samples", n_samples), len(places))
        counts = [share + (blob < rest) for blob in range(len(places))]
    stds = check.deviations(cluster_std, len(places))
    check.bounded_size(sum(counts) * places.shape[1])
    clouds = [
        rng.normal(loc=place, scale=std, size=(n, len(place)))
        for n, place, std in zip(counts, places, stds, strict=True)
    ]
    X, y = _finished(np.concatenate(clouds), counts, shuffle, None, rng)
    return (X, y, places) if check.flag("return_centers", return_centers) else (X, y)


def _centers(
    centers: int | ArrayLike | None,
    n_features: int,
    box: tuple[float, float],
    counts: list[int] | None,
    rng: np.random.RandomState,
) -> Floats:
    """Draw the centres of blobs, or take those given; shape (n_centers, n_features)."""
    if counts is not None and check.is_whole(centers):
        raise DataError(
            "n_samples already says how many blobs there are, so centers must be their places "
            "(an array) or left out"
        )
    if centers is None:
        centers = 3 if counts is None else len(counts)
    if check.is_whole(centers):
        shape = check.whole("centers", centers), check.whole("n_features", n_features)
        check.bounded_size(shape[0] * shape[1])
        return rng.uniform(*check.interval("center_box", box), size=shape)
    places = check.places("centers", centers)
    if counts is not None and len(counts) != len(places):
        raise DataError(
            f"n_samples counts the points of {len(counts)} blobs, but centers has "
            f"{len(places)} places: give as many of one as of the other"
        )
    return places


def make_spirals(
    n_samples: int = 100,
    *,
    arms: int = 3,
    noise: float | None = 0.2,
    shuffle: bool = False,
    random_state: RandomSource = None,
) -> tuple[Floats, Labels]:
    """Make the arms of a spiral, one class per arm.

    This is the toy data set of the CS231n notes (cs231n.github.io/neural-networks-case-study):
    on arm j the radius r runs from 0 to 1 and the angle t from 4j to 4(j + 1), with Gaussian noise
    on the angle; a point is (r sin t, r cos t). The defaults with ``random_state=0`` are the
    published data bit by bit.

    Parameters
    ----------
    n_samples : int
        Points of each arm.
    arms : int
        How many arms.
    noise : float, optional
        Standard deviation of the noise on the angle, in radians.
    shuffle : bool
        Whether the points come in random order; otherwise arm by arm, from the inside outwards.
    random_state : int or numpy.random.RandomState, optional
        The seed of the noise and of the shuffle; without it every call differs.

    Returns
    -------
    X : ndarray of float64, shape (arms * n_samples, 2)
    y : ndarray of int64, shape (arms * n_samples,)
        The number of the arm.

    Raises
    ------
    DataError
        For counts, a noise or a seed that make no sense.

    Examples
    --------
    >>> X, y = make_spirals(random_state=0)
    >>> X.shape, sorted(set(y.tolist()))
    ((300, 2), [0, 1, 2])
    """
    n, n_arms = check.whole("n_samples", n_samples), check.whole("arms", arms)
    check.bounded_size(2 * n * n_arms)
    spread = None if noise is None else check.deviation("noise", noise)
    rng = check.generator(random_state)
    radius = np.linspace(0.0, 1, n)
    points = []
    for arm in range(n_arms):
        angle = np.linspace(4 * arm, 4 * (arm + 1), n)
        if spread is not None:
            angle = angle + rng.randn(n) * spread
        points.append(np.column_stack([radius * np.sin(angle), radius * np.cos(angle)]))
    return _finished(np.concatenate(points), [n] * n_arms, shuffle, None, rng)


def _finished(
    X: Floats, counts: list[int], shuffle: bool, noise: float | None, rng: np.random.RandomState
) -> tuple[Floats, Labels]:
    """Shuffle first and add noise after: the order of the draws is part of the result."""
    y = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    spread = None if noise is None else check.deviation("noise", noise)
    if check.flag("shuffle", shuffle):
        order = np.arange(len(X))
        rng.shuffle(order)
        X, y = X[order], y[order]
    if spread is not None:
        X = X + rng.normal(scale=spread, size=X.shape)
    return X, y
