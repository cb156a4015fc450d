"""What decisions cost: as they are, as the costs ask for, and as they would be without a model."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.statistics.bootstrap import Resampling
from shared.statistics.weighted_means import weighted_means
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["cost_table"]


def cost_table(
    target: Categories,
    predictions: Predictions,
    costs: tuple[tuple[float, ...], ...],
    shares: NDArray[np.float64],
    mix: NDArray[np.float64] | None,
    resampling: Resampling,
) -> dict[str, Any]:
    """Mean cost of a row: deciding for the most probable class, for the lowest expected cost, and always for one class.

    The second is the Bayes decision (Elkan 2001, eq. 1), as good as the probabilities are
    calibrated. A model is worth having where it costs less than `best_constant`, the one decision
    that would be cheapest at `shares` without looking at any row.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        costs: Cost of deciding (column) when the truth is (row).
        shares: (classes,) float64: how frequent classes are thought to be before the test split is
            looked at.
        mix: (classes,) float64: shares that the classes are given; None as in the test split.
        resampling: Of entities; all ways are seen on the same resamples.

    Returns:
        `most_probable`, `lowest_expected_cost`, their `difference` (second minus first), `always`
        (one entry per class), `best_constant` (a class) and `versus_constant` (lowest expected cost
        minus that of the constant).
    """
    matrix = np.asarray(costs, dtype=np.float64)
    expected = target.probabilities(predictions.scores) @ matrix  # (n, decisions)
    most_probable = matrix[predictions.targets, target.decide(predictions.scores)]
    cheapest = matrix[predictions.targets, expected.argmin(axis=-1)]
    always = matrix[predictions.targets]  # (n, decisions)
    constant = int((shares @ matrix).argmin())
    columns = {
        "most_probable": most_probable,
        "lowest_expected_cost": cheapest,
        "difference": cheapest - most_probable,
    }
    columns |= {"versus_constant": cheapest - always[:, constant]} | {
        f"always:{c}": always[:, c] for c in range(len(target.names))
    }
    found = weighted_means(columns, predictions, mix, resampling)
    constants = [{"class": name, **found.pop(f"always:{c}")} for c, name in enumerate(target.names)]
    return {**found, "always": constants, "best_constant": target.names[constant]}
