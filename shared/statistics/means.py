"""Statistics that are ratios of sums: means over rows, over groups of rows, over steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.statistics.bootstrap import Statistic, entity_sums
from shared.statistics.intervals import Measure

__all__ = ["mean_statistic", "ratio"]


def mean_statistic(
    measures: Sequence[Measure],
    values: NDArray[np.float64],
    codes: NDArray[np.int64],
    num_entities: int,
) -> Statistic:
    """The mean of each column over the rows that have a value.

    Args:
        measures: One per column.
        values: (n, columns) float64; NaN counts as no value.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
    """
    rows, columns = np.nonzero(~np.isnan(values))
    evaluate = ratio(codes[rows], num_entities, columns, values[rows, columns], len(measures))
    return Statistic(tuple(measures), evaluate)


def ratio(
    codes: NDArray[np.int64],
    num_entities: int,
    cells: NDArray[np.int64],
    values: NDArray[np.float64],
    num_cells: int,
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The weighted mean of each cell.

    Weights (entities, resamples) -> (cells, resamples), NaN where a cell is empty.

    Args:
        codes: (n,) int64 entity of each value.
        num_entities: Number of entities.
        cells: (n,) int64 cell of each value; a row may stand in several cells by being repeated.
        values: (n,) float64.
        num_cells: Number of cells.
    """
    sums = entity_sums(codes, num_entities, cells, values, num_cells)
    counts = entity_sums(codes, num_entities, cells, np.ones(len(cells)), num_cells)

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        total = counts @ weights
        return np.where(total > 0, (sums @ weights) / np.where(total > 0, total, 1.0), np.nan)

    return evaluate
