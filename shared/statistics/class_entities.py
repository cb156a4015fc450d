"""How many entities stand behind a class, and behind an average over classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["entities_of_average", "entities_per_class"]


def entities_per_class(
    labels: NDArray[np.int64], codes: NDArray[np.int64], num_classes: int
) -> NDArray[np.int64]:
    """(classes,) int64: how many entities have a row of each class."""
    pairs = np.unique(np.stack([labels, codes], axis=1), axis=0)
    return np.bincount(pairs[:, 0], minlength=num_classes)


def entities_of_average(
    labels: NDArray[np.int64], codes: NDArray[np.int64], num_classes: int
) -> int:
    """Entities behind an average over classes.

    The number of equally sure classes' entities that would make it as sure.

    The average of rates resting on k_c entities each has a variance proportional to sum(1 / k_c) /
    classes², so a class with few entities lowers the number.
    """
    counts = entities_per_class(labels, codes, num_classes)
    present = counts[counts > 0]
    return int(min(len(np.unique(codes)), len(present) ** 2 / float((1.0 / present).sum())))
