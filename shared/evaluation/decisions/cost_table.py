"""What predictions cost: as they are, as costs ask for, and as they would be without a model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.metrics.decision_entries import ConstantCost, CostTable
from shared.statistics.bootstrap import Resampling
from shared.statistics.class_mix import weighted_means
from shared.targets import Categories
from shared.targets.decision import MostProbable, decide
from shared.targets.predictions import Predictions

__all__ = ["cost_table"]


def cost_table(
    target: Categories,
    predictions: Predictions,
    costs: tuple[tuple[float, ...], ...],
    *,
    shares: NDArray[np.float64],
    mix: NDArray[np.float64] | None,
    resampling: Resampling,
) -> CostTable:
    """Mean cost of a row under several ways to decide.

    The lowest expected cost is the Bayes decision (Elkan 2001, eq. 1), as good as the probabilities
    are calibrated. A model is worth having where it costs less than `best_constant`, the one
    decision that would be cheapest at `shares` without looking at any row.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        costs: Cost of deciding (column) when the truth is (row).
        shares: (classes,) float64: how frequent classes are thought to be before the test split is
            looked at.
        mix: (classes,) float64: shares that the classes are given; None as in the test split.
        resampling: Of entities; all ways are seen on the same resamples.
    """
    matrix = np.asarray(costs, dtype=np.float64)
    expected = target.probabilities(predictions.scores) @ matrix  # (n, decisions)
    most_probable = matrix[predictions.targets, decide(MostProbable(), predictions.scores)]
    cheapest = matrix[predictions.targets, expected.argmin(axis=-1)]
    always = matrix[predictions.targets]  # (n, decisions)
    constant = int((shares @ matrix).argmin())
    columns = {
        "most_probable": most_probable,
        "lowest_expected_cost": cheapest,
        "difference": cheapest - most_probable,
        "versus_constant": cheapest - always[:, constant],
    }
    columns |= {f"always:{c}": always[:, c] for c in range(len(target.names))}
    found = weighted_means(columns, predictions, mix, resampling)
    constants = [
        ConstantCost(**dict(found.pop(f"always:{c}")), class_name=name)
        for c, name in enumerate(target.names)
    ]
    return CostTable(**found, always=tuple(constants), best_constant=target.names[constant])
