"""What the report shows of a classification besides its metrics: confusion and classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.evaluation.decisions.reliability_tables import class_reliability, reliability_table
from shared.statistics.bootstrap import Resampling, draw, entity_codes, statistic_estimates
from shared.statistics.category_statistics import class_rate_statistic
from shared.statistics.class_entities import entities_per_class
from shared.statistics.class_ranking import measured_ranking
from shared.statistics.intervals import Estimate, Interval, clustered_wilson
from shared.statistics.number import number_or_null
from shared.targets.categories import Categories
from shared.targets.confusion import class_rates, count_confusion
from shared.targets.predictions import Predictions

__all__ = ["category_tables"]


def category_tables(
    target: Categories,
    predictions: Predictions,
    measured: Mapping[str, Estimate],
    resampling: Resampling,
) -> dict[str, Any]:
    """`confusion` (rows true, columns decided), `classes`, `reliability` and `class_reliability`, ready for JSON.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth, at least one row.
        measured: What was measured of these rows, by measure.
        resampling: Of entities; the rates' intervals are Wilson's, with the design effect that the
            resamples show.
    """
    confusion = count_confusion(
        predictions.targets, target.decide(predictions.scores), len(target.names)
    )
    ranking = measured_ranking(target, predictions, measured, resampling.confidence)
    unranked = {"auc": None, "average_precision": None}
    rows = _class_table(target, predictions, confusion, resampling)
    return {
        "confusion": confusion.tolist(),
        "classes": [row | ranking.get(c, unranked) for c, row in enumerate(rows)],
        "reliability": reliability_table(target, predictions, resampling.confidence),
        "class_reliability": class_reliability(target, predictions, resampling.confidence),
    }


def _class_table(
    target: Categories,
    predictions: Predictions,
    confusion: NDArray[np.int64],
    resampling: Resampling,
) -> list[dict[str, Any]]:
    codes, num_entities = entity_codes(predictions.entities)
    statistic = class_rate_statistic(target, predictions, codes, num_entities)
    (drawn,), level = draw([statistic], num_entities, resampling), resampling.confidence
    f1 = statistic_estimates(statistic, drawn, level)
    rates, num_classes = class_rates(confusion), len(target.names)
    true, decided = confusion.sum(axis=1), confusion.sum(axis=0)
    entities_true = entities_per_class(predictions.targets, codes, num_classes)
    entities_decided = entities_per_class(target.decide(predictions.scores), codes, num_classes)
    table = []
    for c, name in enumerate(target.names):
        recall, precision = float(rates["recall"][c]), float(rates["precision"][c])
        recall_interval = clustered_wilson(
            recall, int(true[c]), int(entities_true[c]), drawn.resampled[c], level
        )
        precision_interval = clustered_wilson(
            precision,
            int(decided[c]),
            int(entities_decided[c]),
            drawn.resampled[num_classes + c],
            level,
        )
        row = {
            "name": name,
            "n": int(true[c]),
            "num_entities": int(entities_true[c]),
            "num_decided": int(decided[c]),
        }
        row |= _rate_fields("recall", recall, recall_interval) | _rate_fields(
            "precision", precision, precision_interval
        )
        table.append(row | _rate_fields("f1", float(rates["f1"][c]), f1[f"f1:{name}"].interval))
    return table


def _rate_fields(name: str, value: float, interval: Interval | None) -> dict[str, float | None]:
    return {
        name: number_or_null(value),
        f"{name}_ci_low": None if interval is None else interval.low,
        f"{name}_ci_high": None if interval is None else interval.high,
    }
