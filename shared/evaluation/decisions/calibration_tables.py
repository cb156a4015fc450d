"""What calibration changed on the test split: distances from truth before and after."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.metrics.class_entries import (
    CategoryCalibration,
    ClassCalibration,
    ProbabilityErrors,
)
from shared.run.artefacts.metrics.forecast_entries import HorizonCalibration, IntervalCoverage
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.category_statistics import binned_sums, probability_statistics
from shared.statistics.horizon_statistics import coverage_statistic
from shared.statistics.intervals import Estimate, Measure, distance_estimate
from shared.statistics.means import multiplier_draws
from shared.targets import Categories, Horizon
from shared.targets.predictions import Predictions

__all__ = ["category_calibration", "class_errors", "horizon_calibration"]


def category_calibration(
    target: Categories,
    raw: Predictions,
    calibrated: Predictions,
    record: CalibrationRecord,
    resampling: Resampling,
) -> CategoryCalibration:
    """Calibration error, log loss and Brier score before and after, and each class's error.

    Args:
        target: The kind of target.
        raw: As the network emits them.
        calibrated: As they are served.
        record: What validation chose.
        resampling: Of entities; before and after are seen on the same resamples.
    """
    return CategoryCalibration(
        map=record.calibration,
        n_val=record.n,
        notes=record.notes,
        before=_distances(target, raw, resampling),
        after=_distances(target, calibrated, resampling),
        classes=class_errors(target, calibrated, resampling),
    )


def horizon_calibration(
    target: Horizon,
    raw: Predictions,
    calibrated: Predictions,
    record: CalibrationRecord,
    resampling: Resampling,
) -> HorizonCalibration | None:
    """The share of values inside the outer quantiles before and after; None without quantiles."""
    if target.nominal_coverage is None:
        return None
    return HorizonCalibration(
        map=record.calibration,
        n_val=record.n,
        notes=record.notes,
        nominal=target.nominal_coverage,
        before=IntervalCoverage(coverage=_coverage(target, raw, resampling)),
        after=IntervalCoverage(coverage=_coverage(target, calibrated, resampling)),
    )


def class_errors(
    target: Categories, predictions: Predictions, resampling: Resampling
) -> tuple[ClassCalibration, ...]:
    """Class-wise calibration error (Nixon et al. 2019, section 3).

    Stated probability of the class against how often it is the truth.
    """
    probabilities = target.probabilities(predictions.scores)
    entries = []
    for c in target.scored_classes():
        truth = (predictions.targets == c).astype(np.float64)
        error = _binned_error(probabilities[:, c], truth, predictions, resampling)
        entry = ClassCalibration(name=target.names[c], n=int(truth.sum()), ece=error)
        entries.append(entry)
    return tuple(entries)


def _binned_error(
    stated: NDArray[np.float64],
    happened: NDArray[np.float64],
    predictions: Predictions,
    resampling: Resampling,
) -> Estimate:
    codes, num_entities = entity_codes(predictions.entities)
    gaps, rows = binned_sums(stated, happened, codes, num_entities)
    drawn = multiplier_draws(gaps, rows, resampling)
    measure = Measure("ece", num_entities, 0.0, 1.0)
    return distance_estimate(measure, drawn.point, drawn.resampled, resampling.confidence)


def _distances(
    target: Categories, predictions: Predictions, resampling: Resampling
) -> ProbabilityErrors:
    codes, num_entities = entity_codes(predictions.entities)
    statistics = probability_statistics(target, predictions, codes, num_entities)
    found = estimates(statistics, num_entities, resampling)
    return ProbabilityErrors(log_loss=found["log_loss"], brier=found["brier"], ece=found["ece"])


def _coverage(target: Horizon, predictions: Predictions, resampling: Resampling) -> Estimate:
    codes, num_entities = entity_codes(predictions.entities)
    statistic = coverage_statistic(target, predictions, codes, num_entities)
    return estimates([statistic], num_entities, resampling)["coverage"]
