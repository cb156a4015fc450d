"""What the model would do where it is going to work: at the class shares of that place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.evaluation.decisions.cost_table import cost_table
from shared.run.artefacts.calibration_file import OperatingPoint
from shared.statistics.bootstrap import Resampling, entity_codes
from shared.statistics.number import estimate_fields
from shared.statistics.predictive_values import Alarms, predictive_values
from shared.statistics.weighted_means import weighted_means
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["adjust_to_prevalence", "prevalence_table"]

_SMALLEST = 1e-12


def prevalence_table(
    target: Categories,
    predictions: Predictions,
    shares: tuple[float, ...],
    costs: tuple[tuple[float, ...], ...] | None,
    class_counts: Mapping[str, int],
    points: tuple[OperatingPoint, ...],
    resampling: Resampling,
) -> dict[str, Any]:
    """Accuracy and log loss at the class shares of the place of work, with and without correcting the probabilities for them.

    The means of the test split's classes are weighted by those shares. The predictive values of each
    class and operating point follow from their rates by Bayes' rule.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        shares: (classes,) at the place of work.
        costs: Cost of deciding (column) when the truth is (row), if it is known.
        class_counts: Rows of each class in the training split.
        points: Operating points.
        resampling: Of entities.
    """
    wanted = np.asarray(shares)
    found = np.bincount(predictions.targets, minlength=len(wanted)) / len(predictions)
    trained = np.array([class_counts.get(name, 0) for name in target.names], dtype=np.float64)
    corrected = predictions.with_scores(
        adjust_to_prevalence(predictions.scores, wanted, trained / trained.sum())
    )
    columns: dict[str, NDArray[np.float64]] = {}
    for name, scored in (("uncorrected", predictions), ("corrected", corrected)):
        errors = target.row_errors(scored)
        columns |= {
            f"accuracy:{name}": 1.0 - errors["error"],
            f"log_loss:{name}": errors["log_loss"],
        }
    missing = [
        name
        for name, share, seen in zip(target.names, wanted, found, strict=True)
        if share > 0 and seen == 0
    ]
    return {
        "shares": dict(zip(target.names, wanted.tolist(), strict=True)),
        "missing_classes": missing,
        "metrics": weighted_means(columns, predictions, wanted, resampling),
        "alarms": _alarm_values(target, predictions, points, wanted, resampling.confidence),
        "costs": (
            None
            if costs is None
            else cost_table(target, corrected, costs, wanted, wanted, resampling)
        ),
    }


def adjust_to_prevalence(
    scores: NDArray[np.float32], wanted: NDArray[np.float64], trained: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Logits for other class shares than those of training.

    Saerens, Latinne & Decaestecker 2002, eq. 2.4, in logarithms.

    Args:
        scores: (n, classes) calibrated logits.
        wanted: (classes,) shares at the place of work.
        trained: (classes,) shares in training.
    """
    return (
        scores + np.log(np.maximum(wanted, _SMALLEST)) - np.log(np.maximum(trained, _SMALLEST))
    ).astype(np.float32)


def _alarm_values(
    target: Categories,
    predictions: Predictions,
    points: tuple[OperatingPoint, ...],
    shares: NDArray[np.float64],
    confidence: float,
) -> list[dict[str, Any]]:
    """Predictive values of deciding for each class, and of each operating point."""
    probabilities, decided = (
        target.probabilities(predictions.scores),
        target.decide(predictions.scores),
    )
    raised = [(c, "most probable class", decided == c) for c in target.scored_classes()]
    raised += [
        (point.class_index, point.goal, probabilities[:, point.class_index] >= point.threshold)
        for point in points
        if point.threshold is not None
    ]
    codes, _ = entity_codes(predictions.entities)
    table = []
    for c, goal, alarm in raised:
        positive, negative = predictive_values(
            Alarms(alarm, predictions.targets, codes, c), shares, confidence
        )
        row: dict[str, Any] = {
            "class": target.names[c],
            "goal": goal,
            "prevalence": float(shares[c]),
        }
        row |= {
            "positive_predictive_value": estimate_fields(positive),
            "negative_predictive_value": estimate_fields(negative),
        }
        table.append(row)
    return table
