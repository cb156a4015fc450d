"""What the report shows of a classification besides its metrics: confusion, classes, reliability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.evaluation.bootstrap import Resampling, draw, entity_codes, statistic_estimates
from shared.evaluation.category_statistics import class_rate_statistic
from shared.evaluation.class_entities import entities_per_class
from shared.evaluation.class_ranking import measured_ranking
from shared.evaluation.intervals import Estimate, Interval, Measure, clustered_wilson
from shared.evaluation.means import mean_statistic
from shared.evaluation.number import number_or_null
from shared.predictions import Predictions
from shared.targets.categories import Categories
from shared.targets.confusion import class_rates, count_confusion
from shared.targets.reliability import equal_mass_bins

__all__ = ["category_tables"]


def category_tables(
    target: Categories, predictions: Predictions, measured: Mapping[str, Estimate], resampling: Resampling
) -> dict[str, Any]:
    """`confusion` (rows true, columns decided), `classes` and `reliability`, ready for JSON.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth, at least one row.
        measured: What was measured of these rows, by measure.
        resampling: Of entities; the rates' intervals are Wilson's, with the design effect that the resamples show.
    """
    confusion = count_confusion(predictions.targets, target.decide(predictions.scores), len(target.names))
    ranking = measured_ranking(target, predictions, measured, resampling.confidence)
    unranked = {"auc": None, "average_precision": None}
    rows = _class_table(target, predictions, confusion, resampling)
    return {
        "confusion": confusion.tolist(),
        "classes": [row | ranking.get(c, unranked) for c, row in enumerate(rows)],
        "reliability": _reliability_table(target, predictions, resampling),
    }


def _class_table(
    target: Categories, predictions: Predictions, confusion: NDArray[np.int64], resampling: Resampling
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
        recall_interval = clustered_wilson(recall, int(true[c]), int(entities_true[c]), drawn.resampled[c], level)
        precision_interval = clustered_wilson(precision, int(decided[c]), int(entities_decided[c]), drawn.resampled[num_classes + c], level)
        row = {"name": name, "n": int(true[c]), "num_entities": int(entities_true[c]), "num_decided": int(decided[c])}
        row |= _rate_fields("recall", recall, recall_interval) | _rate_fields("precision", precision, precision_interval)
        table.append(row | _rate_fields("f1", float(rates["f1"][c]), f1[f"f1:{name}"].interval))
    return table


def _reliability_table(target: Categories, predictions: Predictions, resampling: Resampling) -> list[dict[str, Any]]:
    codes, num_entities = entity_codes(predictions.entities)
    confidence = target.confidence(predictions.scores)
    correct = 1.0 - target.row_errors(predictions)["error"]
    occupied, bins = np.unique(equal_mass_bins(confidence), return_inverse=True)
    measures = [Measure(f"bin {b}", num_entities, 0.0, 1.0) for b in occupied]
    in_bin = np.where(bins[:, None] == np.arange(len(occupied)), correct[:, None], np.nan)
    drawn = draw([mean_statistic(measures, in_bin, codes, num_entities)], num_entities, resampling)[0]
    table = []
    for b in range(len(occupied)):
        rows = bins == b
        share, num_rows = float(drawn.point[b]), int(rows.sum())
        interval = clustered_wilson(share, num_rows, len(np.unique(codes[rows])), drawn.resampled[b], resampling.confidence)
        row: dict[str, Any] = {"n": num_rows, "confidence": float(confidence[rows].mean())}
        table.append(row | _rate_fields("share_correct", share, interval))
    return table


def _rate_fields(name: str, value: float, interval: Interval | None) -> dict[str, float | None]:
    return {
        name: number_or_null(value),
        f"{name}_ci_low": None if interval is None else interval.low,
        f"{name}_ci_high": None if interval is None else interval.high,
    }
