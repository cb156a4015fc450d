"""How well each class's probability ranks its rows above all others.

Areas by class, and their mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.statistics.areas import RankedArea, ranked_area
from shared.statistics.bootstrap import (
    Statistic,
    entities_of_average,
    entities_per_class,
    entity_codes,
)
from shared.statistics.intervals import Measure
from shared.statistics.ranking_areas import ranking_areas
from shared.targets.categories import Categories
from shared.targets.predictions import Predictions

__all__ = ["average_precision_name", "class_areas", "ranking_statistic"]


def ranking_statistic(
    target: Categories, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> Statistic:
    """`auc_macro` and `pr_auc_macro`, then each scored class's part of the latter.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
    """
    probabilities = target.probabilities(predictions.scores)
    classes = target.scored_classes()
    areas = [
        ranking_areas(probabilities[:, c], predictions.targets == c, codes, num_entities)
        for c in classes
    ]

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        values = np.stack([area(weights) for area in areas])  # (classes, 2, resamples)
        defined = np.isfinite(values)
        total = np.where(defined, values, 0.0).sum(axis=0)
        count = defined.sum(axis=0)
        means = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return np.vstack([means, values[:, 1]])

    measures = _ranking_measures(target, predictions.targets, codes)
    return Statistic(measures, evaluate)


def _ranking_measures(
    target: Categories, targets: NDArray[np.int64], codes: NDArray[np.int64]
) -> tuple[Measure, ...]:
    """Both macro averages, then what the second is the mean of."""
    num_classes = len(target.names)
    averaged = entities_of_average(targets, codes, num_classes)
    of_class = entities_per_class(targets, codes, num_classes).tolist()
    auc = Measure.of_metric("auc_macro", target.describe(), averaged)
    precision = Measure.of_metric("pr_auc_macro", target.describe(), averaged)
    by_class = [
        Measure(
            name=average_precision_name(target.names[c]),
            num_entities=of_class[c],
            low=precision.low,
            high=precision.high,
            part_of=precision.name,
        )
        for c in target.scored_classes()
    ]
    return (auc, precision, *by_class)


def class_areas(target: Categories, predictions: Predictions) -> dict[int, RankedArea]:
    """The area under the ROC curve of each scored class against the rest."""
    codes, num_entities = entity_codes(predictions.entities)
    probabilities = target.probabilities(predictions.scores)
    return {
        c: ranked_area(predictions.targets == c, probabilities[:, c], codes, num_entities)
        for c in target.scored_classes()
    }


def average_precision_name(class_name: str) -> str:
    """The measure that holds one class's part of `pr_auc_macro`."""
    return f"average_precision:{class_name}"
