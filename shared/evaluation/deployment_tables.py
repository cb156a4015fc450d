"""What the model would do where it is going to work: with the costs of errors and the class shares of that place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.calibration_file import OperatingPoint
from shared.evaluation.bootstrap import Resampling, Statistic, entity_codes, entity_sums, estimates
from shared.evaluation.intervals import Measure
from shared.evaluation.number import estimate_fields
from shared.predictions import Predictions
from shared.targets import Categories

__all__ = ["adjust_to_prevalence", "cost_table", "prevalence_table"]

_SMALLEST = 1e-12


def cost_table(
    target: Categories, predictions: Predictions, costs: tuple[tuple[float, ...], ...], resampling: Resampling
) -> dict[str, dict[str, Any]]:
    """Mean cost of a row on the test part: deciding for the most probable class, for the lowest expected cost, and their difference.

    The second is the Bayes decision (Elkan 2001, eq. 1), as good as the probabilities are calibrated.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        costs: Cost of deciding (column) when the truth is (row).
        resampling: Of entities; both ways are seen on the same resamples.
    """
    matrix = np.asarray(costs, dtype=np.float64)
    expected = target.probabilities(predictions.scores) @ matrix  # (n, decisions)
    most_probable = matrix[predictions.targets, target.decide(predictions.scores)]
    cheapest = matrix[predictions.targets, expected.argmin(axis=-1)]
    columns = {"most_probable": most_probable, "lowest_expected_cost": cheapest, "difference": cheapest - most_probable}
    return _means(columns, predictions, resampling, np.ones(len(predictions)))


def prevalence_table(
    target: Categories,
    predictions: Predictions,
    shares: tuple[float, ...],
    class_counts: Mapping[str, int],
    points: tuple[OperatingPoint, ...],
    resampling: Resampling,
) -> dict[str, Any]:
    """Accuracy and log loss at the class shares of the place of work, with and without correcting the probabilities for them.

    Rows of the test part are weighted so that its classes have those shares. For each operating point the predictive values follow from
    sensitivity and specificity by Bayes' rule.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        shares: (classes,) at the place of work.
        class_counts: Rows of each class in the training part.
        points: Operating points.
        resampling: Of entities.
    """
    wanted = np.asarray(shares)
    found = np.bincount(predictions.targets, minlength=len(wanted)) / len(predictions)
    weights = wanted[predictions.targets] / found[predictions.targets]
    trained = np.array([class_counts.get(name, 0) for name in target.names], dtype=np.float64)
    corrected = predictions.with_scores(adjust_to_prevalence(predictions.scores, wanted, trained / trained.sum()))
    columns: dict[str, NDArray[np.float64]] = {}
    for name, scored in (("uncorrected", predictions), ("corrected", corrected)):
        errors = target.row_errors(scored)
        columns |= {f"accuracy:{name}": 1.0 - errors["error"], f"log_loss:{name}": errors["log_loss"]}
    missing = [name for name, share, seen in zip(target.names, shares, found, strict=True) if share > 0 and seen == 0]
    return {
        "shares": dict(zip(target.names, shares, strict=True)),
        "missing_classes": missing,
        "metrics": _means(columns, predictions, resampling, weights),
        "operating_points": [_predictive_values(target, predictions, point, wanted) for point in points if point.threshold is not None],
    }


def adjust_to_prevalence(scores: NDArray[np.float32], wanted: NDArray[np.float64], trained: NDArray[np.float64]) -> NDArray[np.float32]:
    """Logits for other class shares than those of training: Saerens, Latinne & Decaestecker 2002, eq. 2.4, in logarithms.

    Args:
        scores: (n, classes) calibrated logits.
        wanted: (classes,) shares at the place of work.
        trained: (classes,) shares in training.
    """
    return (scores + np.log(np.maximum(wanted, _SMALLEST)) - np.log(np.maximum(trained, _SMALLEST))).astype(np.float32)


def _means(
    columns: Mapping[str, NDArray[np.float64]], predictions: Predictions, resampling: Resampling, weights: NDArray[np.float64]
) -> dict[str, Any]:
    """Weighted mean of each column; a resample divides by its own sum of weights, so that a share stays a share."""
    codes, num_entities = entity_codes(predictions.entities)
    values = np.stack(list(columns.values()), axis=1)
    measures = tuple(Measure(name, num_entities, *_bounds(column)) for name, column in columns.items())
    cells = np.tile(np.arange(len(measures)), len(predictions))
    sums = entity_sums(np.repeat(codes, len(measures)), num_entities, cells, (values * weights[:, None]).reshape(-1), len(measures))
    totals = np.bincount(codes, weights=weights, minlength=num_entities)
    statistic = Statistic(measures, lambda drawn: (sums @ drawn) / (totals @ drawn))
    return {name: estimate_fields(found) for name, found in estimates([statistic], num_entities, resampling).items()}


def _bounds(values: NDArray[np.float64]) -> tuple[float, float]:
    """A mean lies between the smallest and the largest value; of a share these are 0 and 1."""
    return (0.0, 1.0) if set(np.unique(values)) <= {0.0, 1.0} else (float(values.min()), float(values.max()))


def _predictive_values(target: Categories, predictions: Predictions, point: OperatingPoint, wanted: NDArray[np.float64]) -> dict[str, Any]:
    """Of an alarm and of silence; the other classes keep their test shares among themselves."""
    alarm = target.probabilities(predictions.scores)[:, point.class_index] >= (point.threshold or 0.0)
    positive = predictions.targets == point.class_index
    share = float(wanted[point.class_index])
    sensitivity, false_alarms = _rate(alarm[positive]), _rate(alarm[~positive])
    alarms = share * sensitivity + (1.0 - share) * false_alarms
    silence = 1.0 - alarms
    return {
        "class": target.names[point.class_index],
        "goal": point.goal,
        "prevalence": share,
        "positive_predictive_value": share * sensitivity / alarms if alarms > 0 else None,
        "negative_predictive_value": (1.0 - share) * (1.0 - false_alarms) / silence if silence > 0 else None,
    }


def _rate(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if len(hits) else 0.0
