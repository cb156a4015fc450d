"""How many rows of each group and class there should be.

So that what is learned does not depend on how many there are.
"""

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
    by_group = counts.sum(axis=1)
    by_class = counts.sum(axis=0)
    return np.asarray(np.outer(by_group, by_class) / counts.sum())


def balanced_counts(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rows of each group and class if all groups were equally frequent.

    Each group then has the class shares of all rows together. Idrissi et al. 2022 ("Simple data
    balancing…", section 3: RWG) draw group × class uniformly. Here classes keep their shares,
    because probabilities are to mean what they say of the data, and a rare class of a rare group
    would be a handful of rows over and over. A group that lacks a class shows more of its others.

    Args:
        counts: (groups, classes) rows; no group is empty.
    """
    num_rows = counts.sum()
    shares = np.where(counts > 0, counts.sum(axis=0) / num_rows, 0.0)
    rows_per_group = num_rows / len(counts)
    return np.asarray(rows_per_group * shares / shares.sum(axis=1, keepdims=True))


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
