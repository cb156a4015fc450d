"""How well each fold of a cross-validation does.

With one entity a fold, how well each entity is served by models that never met it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.evaluation.measure import metric_statistics
from shared.statistics.bootstrap import Resampling, draw, entity_codes, statistic_estimates
from shared.statistics.number import estimate_fields
from shared.targets import Target
from shared.targets.predictions import Predictions

__all__ = ["fold_table"]

_MOST_NAMED = 3


def fold_table(
    target: Target, test: Predictions, folds: NDArray[np.int64], resampling: Resampling
) -> list[dict[str, Any]]:
    """The headline metric of each fold with its interval, in the order of the folds.

    Within one entity the examples are resampled: the interval says how well that entity is known,
    nothing about others. Folds of several entities are resampled by entity.

    Args:
        target: What is predicted.
        test: All rows that were tested, scored by the model of their fold.
        folds: (n,) int64: the fold of each row.
        resampling: How.

    Returns:
        For each fold `fold`, `entities` (the first three), `num_entities`, `n`, `value`, `ci_low`,
        `ci_high`, and `note` where there is no interval.
    """
    rows = []
    for fold in np.unique(folds).tolist():
        part = test.take(np.flatnonzero(folds == fold))
        names = np.unique(part.entities)
        codes, num_units = entity_codes(part.entities if len(names) > 1 else part.ids)
        statistics = metric_statistics(target, part, codes, num_units)
        drawn = draw(statistics, num_units, resampling)
        estimates = {
            name: estimate
            for statistic, draws in zip(statistics, drawn, strict=True)
            for name, estimate in statistic_estimates(
                statistic, draws, resampling.confidence
            ).items()
        }
        facts = {
            "fold": fold,
            "entities": names[:_MOST_NAMED].tolist(),
            "num_entities": len(names),
            "n": len(part),
        }
        rows.append(facts | estimate_fields(estimates[target.headline]))
    return rows
