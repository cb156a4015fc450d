"""What calibration changed on the test split.

The distances from truth before and after, over all rows and for each class.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.category_statistics import binned_sums, probability_statistics
from shared.statistics.horizon_statistics import coverage_statistic
from shared.statistics.intervals import Measure, distance_estimate
from shared.statistics.multiplier import multiplier_draws
from shared.statistics.number import estimate_fields
from shared.targets import Categories, Horizon
from shared.targets.predictions import Predictions

__all__ = ["category_calibration", "class_errors", "horizon_calibration"]


def category_calibration(
    target: Categories,
    raw: Predictions,
    calibrated: Predictions,
    record: CalibrationRecord,
    resampling: Resampling,
) -> dict[str, Any]:
    """`map` as chosen, `before` and `after` (ece, log loss, Brier score) and `classes`.

    Each class's own calibration error.

    Args:
        target: The kind of target.
        raw: As the network emits them.
        calibrated: As they are served.
        record: What validation chose.
        resampling: Of entities; before and after are seen on the same resamples.
    """
    return {
        "map": record.calibration.model_dump(mode="json"),
        "n_val": record.n,
        "before": _distances(target, raw, resampling),
        "after": _distances(target, calibrated, resampling),
        "classes": class_errors(target, calibrated, resampling),
    }


def horizon_calibration(
    target: Horizon,
    raw: Predictions,
    calibrated: Predictions,
    record: CalibrationRecord,
    resampling: Resampling,
) -> dict[str, Any]:
    """`map` as chosen, and the share of values inside the outer quantiles `before` and `after`.

    {} for forecasts without quantiles.
    """
    if target.nominal_coverage is None:
        return {}
    sides = {"before": raw, "after": calibrated}
    return {
        "map": record.calibration.model_dump(mode="json"),
        "n_val": record.n,
        "nominal": target.nominal_coverage,
        **{
            side: {"coverage": _coverage(target, predictions, resampling)}
            for side, predictions in sides.items()
        },
    }


def _distances(
    target: Categories, predictions: Predictions, resampling: Resampling
) -> dict[str, Any]:
    codes, num_entities = entity_codes(predictions.entities)
    found = estimates(
        probability_statistics(target, predictions, codes, num_entities), num_entities, resampling
    )
    return {name: estimate_fields(estimate) for name, estimate in found.items()}


def class_errors(
    target: Categories, predictions: Predictions, resampling: Resampling
) -> list[dict[str, Any]]:
    """Class-wise calibration error (Nixon et al. 2019, section 3).

    Stated probability of the class against how often it is the truth.
    """
    codes, num_entities = entity_codes(predictions.entities)
    probabilities = target.probabilities(predictions.scores)
    rows = []
    for c in target.scored_classes():
        truth = (predictions.targets == c).astype(np.float64)
        drawn = multiplier_draws(
            *binned_sums(probabilities[:, c], truth, codes, num_entities), resampling
        )
        error = distance_estimate(
            Measure("ece", num_entities, 0.0, 1.0),
            drawn.point,
            drawn.resampled,
            resampling.confidence,
        )
        rows.append({"name": target.names[c], "n": int(truth.sum()), "ece": estimate_fields(error)})
    return rows


def _coverage(target: Horizon, predictions: Predictions, resampling: Resampling) -> dict[str, Any]:
    codes, num_entities = entity_codes(predictions.entities)
    statistic = coverage_statistic(target, predictions, codes, num_entities)
    return estimate_fields(estimates([statistic], num_entities, resampling)["coverage"])
