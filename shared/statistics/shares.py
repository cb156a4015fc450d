"""Shares of rows, each with its n and an interval that knows how many entities stand behind it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.statistics.bootstrap import Resampling, draw, entity_codes
from shared.statistics.intervals import Measure, clustered_wilson
from shared.statistics.means import mean_statistic
from shared.statistics.number import number_or_null

__all__ = ["share_table"]


def share_table(
    hits: NDArray[np.float64], entities: NDArray[np.str_], resampling: Resampling
) -> list[dict[str, Any]]:
    """For each column the share of its rows that are hits.

    `n`, `num_entities`, `value`, `ci_low`, `ci_high` (null where unavailable).

    The interval is Wilson's with the design effect that the resamples show.

    Args:
        hits: (n, columns) float64: 1 or 0, NaN where the row does not count in the column.
        entities: (n,) str.
        resampling: Of entities.
    """
    codes, num_entities = entity_codes(entities)
    measures = [Measure(str(column), num_entities, 0.0, 1.0) for column in range(hits.shape[1])]
    drawn = draw([mean_statistic(measures, hits, codes, num_entities)], num_entities, resampling)[0]
    table = []
    for column in range(hits.shape[1]):
        counted = ~np.isnan(hits[:, column])
        num_rows, behind = int(counted.sum()), len(np.unique(codes[counted]))
        value = float(drawn.point[column])
        interval = clustered_wilson(
            value, num_rows, behind, drawn.resampled[column], resampling.confidence
        )
        table.append(
            {
                "n": num_rows,
                "num_entities": behind,
                "value": number_or_null(value),
                "ci_low": None if interval is None else interval.low,
                "ci_high": None if interval is None else interval.high,
            }
        )
    return table
