"""Means over rows, as in the test split or as if its classes had other shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.statistics.bootstrap import Resampling, Statistic, entity_codes, entity_sums, estimates
from shared.statistics.intervals import Measure
from shared.statistics.number import estimate_fields
from shared.targets.predictions import Predictions

__all__ = ["weighted_means"]


def weighted_means(
    columns: Mapping[str, NDArray[np.float64]],
    predictions: Predictions,
    mix: NDArray[np.float64] | None,
    resampling: Resampling,
) -> dict[str, dict[str, Any]]:
    """The mean of each column with its interval.

    With a mix this is the mean of class means with the mix as weights (post-stratification; Cochran
    1977, section 5A.9): a resample changes the means, never the shares. Classes that a resample
    lacks are left out of its mix.

    Args:
        columns: Name -> (n,) float64.
        predictions: Of a classification, beside the truth.
        mix: (classes,) shares that the classes are given; None as they are.
        resampling: Of entities; all columns are seen on the same resamples.
    """
    codes, num_entities = entity_codes(predictions.entities)
    shares = np.ones(1) if mix is None else mix
    strata = np.zeros(len(codes), dtype=np.int64) if mix is None else predictions.targets
    values = np.stack(list(columns.values()), axis=1)  # (n, columns)
    num_columns, num_cells = values.shape[1], len(shares) * values.shape[1]
    cells = (strata[:, None] * num_columns + np.arange(num_columns)).reshape(-1)
    sums = entity_sums(
        np.repeat(codes, num_columns), num_entities, cells, values.reshape(-1), num_cells
    )
    counts = entity_sums(codes, num_entities, strata, np.ones(len(codes)), len(shares))

    def evaluate(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        found = counts @ drawn  # (strata, resamples)
        weights = np.where(found > 0, shares[:, None], 0.0)
        means = (sums @ drawn).reshape(len(shares), num_columns, -1) / np.maximum(found, 1.0)[
            :, None
        ]
        total = weights.sum(axis=0)
        return np.where(
            total > 0,
            np.einsum("sr,scr->cr", weights, means) / np.where(total > 0, total, 1.0),
            np.nan,
        )

    measures = tuple(
        Measure(name, num_entities, *_bounds(column)) for name, column in columns.items()
    )
    return {
        name: estimate_fields(each)
        for name, each in estimates(
            [Statistic(measures, evaluate)], num_entities, resampling
        ).items()
    }


def _bounds(values: NDArray[np.float64]) -> tuple[float, float]:
    """A mean lies between the smallest and the largest value; of a share these are 0 and 1."""
    return (
        (0.0, 1.0)
        if set(np.unique(values)) <= {0.0, 1.0}
        else (float(values.min()), float(values.max()))
    )
