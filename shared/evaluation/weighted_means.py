"""Means over rows that count unequally, as where classes are more frequent at the place of work than in the test part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.evaluation.bootstrap import Resampling, Statistic, entity_codes, entity_sums, estimates
from shared.evaluation.intervals import Measure
from shared.evaluation.number import estimate_fields

__all__ = ["weighted_means"]


def weighted_means(
    columns: Mapping[str, NDArray[np.float64]], entities: NDArray[np.str_], weights: NDArray[np.float64], resampling: Resampling
) -> dict[str, dict[str, Any]]:
    """The weighted mean of each column with its interval; a resample divides by its own sum of weights, so that a share stays a share.

    Args:
        columns: Name -> (n,) float64.
        entities: (n,) str.
        weights: (n,) float64, >= 0; ones for plain means.
        resampling: Of entities; all columns are seen on the same resamples.
    """
    codes, num_entities = entity_codes(entities)
    values = np.stack(list(columns.values()), axis=1)
    measures = tuple(Measure(name, num_entities, *_bounds(column)) for name, column in columns.items())
    cells = np.tile(np.arange(len(measures)), len(entities))
    sums = entity_sums(np.repeat(codes, len(measures)), num_entities, cells, (values * weights[:, None]).reshape(-1), len(measures))
    totals = np.bincount(codes, weights=weights, minlength=num_entities)
    statistic = Statistic(measures, lambda drawn: (sums @ drawn) / (totals @ drawn))
    return {name: estimate_fields(found) for name, found in estimates([statistic], num_entities, resampling).items()}


def _bounds(values: NDArray[np.float64]) -> tuple[float, float]:
    """A mean lies between the smallest and the largest value; of a share these are 0 and 1."""
    return (0.0, 1.0) if set(np.unique(values)) <= {0.0, 1.0} else (float(values.min()), float(values.max()))
