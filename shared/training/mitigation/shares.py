"""How many rows of each group and class there should be, for what is learned not to depend on how many there are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["apportion", "balanced_counts", "factors", "independent_counts"]


def independent_counts(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rows that each group and class would have if the two were independent.

    N · P(group) · P(class).

    Over what is observed this is the weight of reweighing (Kamiran & Calders 2012, section 4.3,
    algorithm 3). Groups and classes keep their shares.

    Args:
        counts: (groups, classes) rows.
    """
    return np.asarray(np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum())


def balanced_counts(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rows of each group and class if all groups were equally frequent, each with the class shares of all rows together.

    Idrissi et al. 2022 ("Simple data balancing…", section 3: RWG) draw group × class uniformly.
    Here classes keep their shares, because probabilities are to mean what they say of the data, and
    a rare class of a rare group would be a handful of rows over and over. A group that lacks a
    class shows more of its others.

    Args:
        counts: (groups, classes) rows; no group is empty.
    """
    shares = np.where(counts > 0, counts.sum(axis=0) / counts.sum(), 0.0)
    return np.asarray(counts.sum() / len(counts) * shares / shares.sum(axis=1, keepdims=True))


def factors(wanted: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The weight that makes `counts` rows count for `wanted`; 1 where there are none."""
    return np.where(counts > 0, wanted / np.maximum(counts, 1), 1.0)


def apportion(wanted: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers near `wanted` with the same sum (a whole number), by largest remainders.

    Equal ones by position.
    """
    whole = np.floor(wanted).astype(np.int64)
    missing = round(float(wanted.sum())) - int(whole.sum())
    order = np.argsort(-(wanted - whole).ravel(), kind="stable")[:missing]
    whole.ravel()[order] += 1
    return whole
