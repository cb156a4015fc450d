"""What the model would do where it is going to work: at the class shares of that place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from shared.config import CalibrateConfig
from shared.evaluation.decisions.cost_table import cost_table
from shared.run.artefacts.calibration_file import OperatingPoint
from shared.run.artefacts.metrics.decision_entries import AlarmValues, PrevalenceTable
from shared.statistics.bootstrap import Resampling, entity_codes
from shared.statistics.class_mix import Alarms, predictive_values, weighted_means
from shared.statistics.intervals import Estimate
from shared.targets import Categories
from shared.targets.class_shares import adjust_to_prevalence
from shared.targets.predictions import Predictions

__all__ = ["prevalence_table"]


def prevalence_table(
    target: Categories,
    predictions: Predictions,
    config: CalibrateConfig,
    trained: NDArray[np.float64],
    points: tuple[OperatingPoint, ...],
    resampling: Resampling,
) -> PrevalenceTable | None:
    """Metrics, alarms and costs at the class shares of the place of work; None if none are stated.

    Accuracy and log loss are there with and without correcting the probabilities for those shares;
    the means of the test split's classes are weighted by them. Predictive values follow from the
    rates of each class and operating point by Bayes' rule.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        config: Class shares at the place of work, and costs if they are known.
        trained: (classes,) shares in training.
        points: Operating points.
        resampling: Of entities.
    """
    if config.deployment_prevalence is None:
        return None
    wanted = np.asarray(config.deployment_prevalence)
    scores = adjust_to_prevalence(predictions.scores, wanted, trained)
    corrected = predictions.with_scores(scores)
    costs = None
    if config.costs is not None:
        costs = cost_table(
            target, corrected, config.costs, shares=wanted, mix=wanted, resampling=resampling
        )
    scored = {"uncorrected": predictions, "corrected": corrected}
    return PrevalenceTable(
        shares=dict(zip(target.names, wanted.tolist(), strict=True)),
        missing_classes=_missing_classes(target, predictions, wanted),
        metrics=_weighted_metrics(target, scored, wanted, resampling),
        alarms=_alarm_values(target, predictions, points, wanted, resampling.confidence),
        costs=costs,
    )


def _missing_classes(
    target: Categories, predictions: Predictions, wanted: NDArray[np.float64]
) -> tuple[str, ...]:
    """Classes of the place of work that the test split lacks."""
    present = np.bincount(predictions.targets, minlength=len(wanted)) > 0
    return tuple(target.names[c] for c in np.flatnonzero((wanted > 0) & ~present))


def _weighted_metrics(
    target: Categories,
    scored: Mapping[str, Predictions],
    wanted: NDArray[np.float64],
    resampling: Resampling,
) -> dict[str, Estimate]:
    columns: dict[str, NDArray[np.float64]] = {}
    for name, predictions in scored.items():
        errors = target.row_errors(predictions)
        columns[f"accuracy:{name}"] = 1.0 - errors["error"]
        columns[f"log_loss:{name}"] = errors["log_loss"]
    return weighted_means(columns, scored["uncorrected"], wanted, resampling)


def _alarm_values(
    target: Categories,
    predictions: Predictions,
    points: tuple[OperatingPoint, ...],
    shares: NDArray[np.float64],
    confidence: float,
) -> tuple[AlarmValues, ...]:
    codes, _ = entity_codes(predictions.entities)
    entries = []
    for c, goal, raised in _alarms(target, predictions, points):
        alarms = Alarms(raised, predictions.targets, codes, c)
        positive, negative = predictive_values(alarms, shares, confidence)
        entry = AlarmValues(
            class_name=target.names[c],
            goal=goal,
            prevalence=float(shares[c]),
            positive_predictive_value=positive,
            negative_predictive_value=negative,
        )
        entries.append(entry)
    return tuple(entries)


def _alarms(
    target: Categories, predictions: Predictions, points: tuple[OperatingPoint, ...]
) -> Iterator[tuple[int, str, NDArray[np.bool_]]]:
    """Class, what raises an alarm for it, and the rows (n,) that do."""
    predicted = target.decide(predictions.scores)
    for c in target.scored_classes():
        yield c, "decision", predicted == c
    probabilities = target.probabilities(predictions.scores)
    for point in points:
        if point.threshold is not None:
            raised = probabilities[:, point.class_index] >= point.threshold
            yield point.class_index, point.goal, raised
