"""How frequent classes are, and probabilities for other frequencies than those of training."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from shared.targets.categories import Categories

__all__ = ["adjust_to_prevalence", "prevalence_offsets", "trained_shares"]

_SMALLEST = 1e-12


def trained_shares(target: Categories, class_counts: Mapping[str, int]) -> NDArray[np.float64]:
    """(classes,) float64: how frequent each class is in the training split."""
    counts = np.array([class_counts.get(name, 0) for name in target.names], dtype=np.float64)
    return np.asarray(counts / counts.sum())


def prevalence_offsets(
    wanted: NDArray[np.float64], trained: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(classes,) what makes logits those of other class shares than those of training.

    Saerens, Latinne & Decaestecker 2002, eq. 2.4, in logarithms. A class that training lacks keeps
    its logit: nothing is known of it that other shares could change.

    Args:
        wanted: (classes,) shares at the place of work.
        trained: (classes,) shares in training.
    """
    ratio = np.maximum(wanted, _SMALLEST) / np.maximum(trained, _SMALLEST)
    return np.where(trained > 0.0, np.log(ratio), 0.0)


def adjust_to_prevalence(
    scores: NDArray[np.float32], wanted: NDArray[np.float64], trained: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Logits (n, classes) for other class shares than those of training; see above."""
    return (scores + prevalence_offsets(wanted, trained)).astype(np.float32)
