"""How well each class's probability ranks its rows above all others.

Areas by class, and their mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.statistics.bootstrap import Statistic, entity_codes
from shared.statistics.class_entities import entities_of_average, entities_per_class
from shared.statistics.delong import (
    RankedArea,
    area_difference,
    area_estimate,
    difference_estimate,
    ranked_area,
)
from shared.statistics.intervals import Estimate, Measure
from shared.statistics.number import estimate_fields
from shared.statistics.ranking import ranking_areas
from shared.targets.categories import Categories
from shared.targets.predictions import Predictions

__all__ = ["class_areas", "compared_ranking", "measured_ranking", "ranking_statistic"]

_NO_SKILL_AREA = 0.5


def ranking_statistic(
    target: Categories, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> Statistic:
    """`auc_macro` and `pr_auc_macro`, then the average precision of each scored class as a part of the latter.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
    """
    probabilities, classes = target.probabilities(predictions.scores), target.scored_classes()
    areas = [
        ranking_areas(probabilities[:, c], predictions.targets == c, codes, num_entities)
        for c in classes
    ]
    behind = entities_of_average(predictions.targets, codes, len(target.names))
    by_class = entities_per_class(predictions.targets, codes, len(target.names))
    macro = [Measure(name, behind, 0.0, 1.0) for name in ("auc_macro", "pr_auc_macro")]
    parts = [
        Measure(_part(target.names[c]), int(by_class[c]), 0.0, 1.0, part_of="pr_auc_macro")
        for c in classes
    ]

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        values = np.stack([area(weights) for area in areas])  # (classes, 2, resamples)
        defined = np.isfinite(values)
        total, count = np.where(defined, values, 0.0).sum(axis=0), defined.sum(axis=0)
        return np.vstack([np.where(count > 0, total / np.maximum(count, 1), np.nan), values[:, 1]])

    return Statistic((*macro, *parts), evaluate)


def class_areas(target: Categories, predictions: Predictions) -> dict[int, RankedArea]:
    """The area under the ROC curve of each scored class against the rest."""
    codes, num_entities = entity_codes(predictions.entities)
    probabilities = target.probabilities(predictions.scores)
    return {
        c: ranked_area(predictions.targets == c, probabilities[:, c], codes, num_entities)
        for c in target.scored_classes()
    }


def measured_ranking(
    target: Categories,
    predictions: Predictions,
    measured: Mapping[str, Estimate],
    confidence: float,
) -> dict[int, dict[str, Any]]:
    """For each scored class `auc` (DeLong's interval, by entity) and `average_precision` (bootstrap), each beside its `baseline`.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        measured: Estimates by measure, with those of `ranking_statistic`.
        confidence: Level, in (0, 1).
    """
    table = {}
    for c, area in class_areas(target, predictions).items():
        # A ranking without skill is right half of the time, and as precise as positives are
        # frequent.
        share = float((predictions.targets == c).mean())
        table[c] = {
            "auc": estimate_fields(area_estimate(area, confidence)) | {"baseline": _NO_SKILL_AREA},
            "average_precision": (
                estimate_fields(measured[_part(target.names[c])]) | {"baseline": share}
            ),
        }
    return table


def compared_ranking(
    target: Categories,
    sides: tuple[Predictions, Predictions],
    precision: Mapping[str, Mapping[str, Any]],
    confidence: float,
) -> list[dict[str, Any]]:
    """For each scored class `name`, `n`, and `auc` and `average_precision`, each as `first`, `second` and `difference`.

    Args:
        target: The kind of target.
        sides: Calibrated scores of two models for the same rows.
        precision: Those three of the average precision, by measure of `ranking_statistic`.
        confidence: Level, in (0, 1).
    """
    first, second = (class_areas(target, side) for side in sides)
    rows = []
    for c, area in first.items():
        values = {
            "first": area_estimate(area, confidence),
            "second": area_estimate(second[c], confidence),
        }
        values["difference"] = difference_estimate(area_difference(area, second[c]), confidence)
        areas = {key: estimate_fields(value) for key, value in values.items()}
        num_rows = int((sides[0].targets == c).sum())
        rows.append(
            {
                "name": target.names[c],
                "n": num_rows,
                "auc": areas,
                "average_precision": precision[_part(target.names[c])],
            }
        )
    return rows


def _part(class_name: str) -> str:
    return f"average_precision:{class_name}"
