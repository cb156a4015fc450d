"""Split conformal prediction.

Sets of classes that hold the true one at their nominal coverage, whatever the network is like.

The guarantee (Vovk et al. 2005; Lei et al. 2018, theorem 2.2) needs validation and test rows to be
exchangeable, nothing else.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["class_sets", "conformal_quantile", "rows_needed", "set_thresholds"]


def conformal_quantile(scores: NDArray[np.float64], coverage: float) -> float:
    """The ⌈(n + 1) · coverage⌉-th smallest score (Lei et al. 2018, eq. 8).

    Infinite if n is too small for the nominal coverage.

    Args:
        scores: (n,) conformity scores of rows that were not used for fitting: larger fits
            the rest less.
        coverage: Nominal share, in (0, 1).
    """
    rank = math.ceil((len(scores) + 1) * coverage - 1e-9)
    if rank > len(scores):
        return math.inf
    return float(np.partition(scores, rank - 1)[rank - 1])


def rows_needed(coverage: float) -> int:
    """The fewest validation rows n whose threshold can have this coverage 1 - α.

    The threshold is the ⌈(n + 1)(1 - α)⌉-th smallest score (Lei et al. 2018, eq. 8), which exists
    if n >= (1 - α) / α. With fewer rows, every class would be in every set.
    """
    return math.ceil(coverage / (1.0 - coverage) - 1e-9)


def set_thresholds(
    probabilities: NDArray[np.float64],
    targets: NDArray[np.int64],
    coverage: float,
    *,
    by_class: bool,
) -> NDArray[np.float64]:
    """The probability from which on a class belongs to the set, for each class.

    A row's score is one minus the probability of its true class (Sadinle, Lei & Wasserman 2019,
    section 2): of all sets with that coverage these are the smallest on average. `by_class`
    gives each class its own threshold, so that coverage holds within each class (their section
    3; "Mondrian" in Vovk et al. 2005, section 4.5), at the price of larger sets.

    Args:
        probabilities: (n, classes) of the validation rows, from a map that did not see them.
        targets: (n,) true classes.
        coverage: Nominal share, in (0, 1).
        by_class: One threshold for each class instead of one for all.

    Returns:
        (classes,) float64; 0 where validation has too few rows for that coverage, so that the class
        is in every set.
    """
    num_classes = probabilities.shape[1]
    scores = 1.0 - probabilities[np.arange(len(targets)), targets]
    if not by_class:
        return np.full(num_classes, max(0.0, 1.0 - conformal_quantile(scores, coverage)))
    return np.array(
        [
            max(0.0, 1.0 - conformal_quantile(scores[targets == c], coverage))
            for c in range(num_classes)
        ]
    )


def class_sets(
    probabilities: NDArray[np.float64],
    thresholds: NDArray[np.float64],
    decided: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Which classes are in each row's set, (n, classes).

    The decided one always is: an answer that contradicts itself, or an empty one, helps nobody, and
    adding to a set can't lower its coverage.

    Args:
        probabilities: (n, classes).
        thresholds: (classes,) of the rule.
        decided: (n,) the decided class.
    """
    inside = probabilities >= thresholds
    inside[np.arange(len(probabilities)), decided] = True
    return np.asarray(inside)
