"""How well each fold of a cross-validation does.

With one entity a fold, how well each entity is served by models that never met it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.evaluation.measure import metric_statistics
from shared.run.artefacts.metrics.metric_entries import FoldEntry
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.targets import Target
from shared.targets.predictions import Predictions

__all__ = ["fold_table"]

_MOST_NAMED = 3


def fold_table(
    target: Target,
    test: Predictions,
    folds: NDArray[np.int64] | None,
    resampling: Resampling,
) -> tuple[FoldEntry, ...]:
    """The primary metric of each fold with its interval, in the order of the folds.

    Within one entity the examples are resampled: the interval says how well that entity is known,
    nothing about others. Folds of several entities are resampled by entity.

    Args:
        target: What is predicted.
        test: All rows that were tested, scored by the model of their fold.
        folds: (n,) int64: the fold of each row; None without a cross-validation.
        resampling: How.
    """
    if folds is None:
        return ()
    entries = []
    for fold in np.unique(folds).tolist():
        rows = test.take(np.flatnonzero(folds == fold))
        names = np.unique(rows.entities)
        codes, num_units = entity_codes(rows.entities if len(names) > 1 else rows.ids)
        statistics = metric_statistics(target, rows, codes, num_units)
        found = estimates(statistics, num_units, resampling)
        entry = FoldEntry(
            **dict(found[target.primary_metric]),
            fold=fold,
            entities=names[:_MOST_NAMED].tolist(),
            num_entities=len(names),
            n=len(rows),
        )
        entries.append(entry)
    return tuple(entries)
