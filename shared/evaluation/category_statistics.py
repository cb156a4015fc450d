"""The metrics of `Categories` as functions of entity weights; the values on all rows equal `Categories.metrics`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shared.evaluation.bootstrap import Statistic, entity_sums
from shared.evaluation.intervals import Measure
from shared.evaluation.means import mean_statistic
from shared.evaluation.ranking import area_under_curve, average_precision
from shared.predictions import Predictions
from shared.targets.categories import Categories
from shared.targets.confusion import class_rates, confusion_metrics, ordinal_metrics
from shared.targets.reliability import NUM_BINS, equal_mass_bins

__all__ = ["binned_gap_statistic", "category_statistics", "class_rate_statistic", "entities_per_class", "probability_statistics"]

Evaluate = Callable[[NDArray[np.float64]], NDArray[np.float64]]
AreaOf = Callable[[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64], int], Evaluate]


def category_statistics(target: Categories, predictions: Predictions, codes: NDArray[np.int64], num_entities: int) -> list[Statistic]:
    """All metrics that `target.describe()` names.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
    """
    confusion = _weighted_confusion(target, predictions, codes, num_entities)
    return [
        _confusion_statistic(confusion, _effective_entities(target, predictions, codes, num_entities), num_entities),
        _ranking_statistic("auc_macro", area_under_curve, target, predictions, codes, num_entities),
        _ranking_statistic("pr_auc_macro", average_precision, target, predictions, codes, num_entities),
        *probability_statistics(target, predictions, codes, num_entities),
        *(_ordinal_statistics(target, predictions, confusion, codes, num_entities) if target.is_ordinal else ()),
    ]


def probability_statistics(target: Categories, predictions: Predictions, codes: NDArray[np.int64], num_entities: int) -> list[Statistic]:
    """How far probabilities are from the truth: `log_loss`, `brier` and `ece`."""
    errors = target.row_errors(predictions)
    losses = [Measure("log_loss", num_entities), Measure("brier", num_entities, 0.0, 2.0)]
    confidence, correct = target.confidence(predictions.scores), 1.0 - errors["error"]
    return [
        mean_statistic(losses, np.stack([errors["log_loss"], errors["brier"]], axis=1), codes, num_entities),
        binned_gap_statistic("ece", confidence, correct, codes, num_entities),
    ]


def binned_gap_statistic(
    name: str, stated: NDArray[np.float64], happened: NDArray[np.float64], codes: NDArray[np.int64], num_entities: int
) -> Statistic:
    """Expected calibration error: |stated probability - share that happened| over bins of equal mass (Guo et al. 2017, eq. 3).

    Args:
        name: Of the number.
        stated: (n,) probability.
        happened: (n,) float64, 1 or 0.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
    """
    # Bins stay where the whole part puts them, so that a resample moves rows and not edges.
    differences = entity_sums(codes, num_entities, equal_mass_bins(stated), stated - happened, NUM_BINS)
    rows = np.bincount(codes, minlength=num_entities).astype(np.float64)
    return Statistic((Measure(name, num_entities, 0.0, 1.0),), lambda weights: (differences @ weights) / (rows @ weights), form="distance")


def class_rate_statistic(target: Categories, predictions: Predictions, codes: NDArray[np.int64], num_entities: int) -> Statistic:
    """Recall of each class, then precision of each class, as `recall:<class>` and `precision:<class>`."""
    confusion = _weighted_confusion(target, predictions, codes, num_entities)
    measures = [Measure(f"{rate}:{name}", num_entities, 0.0, 1.0) for rate in ("recall", "precision") for name in target.names]

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        rates = class_rates(confusion(weights))
        return np.vstack([rates["recall"], rates["precision"]])

    return Statistic(tuple(measures), evaluate)


def entities_per_class(labels: NDArray[np.int64], codes: NDArray[np.int64], num_classes: int) -> NDArray[np.int64]:
    """(classes,) int64: how many entities have a row of each class."""
    pairs = np.unique(np.stack([labels, codes], axis=1), axis=0)
    return np.bincount(pairs[:, 0], minlength=num_classes)


def _confusion_statistic(confusion: Evaluate, averaged: int, num_entities: int) -> Statistic:
    measures = (
        Measure("accuracy", num_entities, 0.0, 1.0),
        Measure("balanced_accuracy", averaged, 0.0, 1.0),
        Measure("macro_f1", averaged, 0.0, 1.0),
        Measure("mcc", num_entities, -1.0, 1.0),
        Measure("kappa", num_entities, -1.0, 1.0),
    )

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        values = confusion_metrics(confusion(weights))
        return np.stack([values[measure.name] for measure in measures])

    return Statistic(measures, evaluate)


def _ordinal_statistics(
    target: Categories, predictions: Predictions, confusion: Evaluate, codes: NDArray[np.int64], num_entities: int
) -> list[Statistic]:
    furthest = float(len(target.names) - 1)
    measures = (Measure("quadratic_kappa", num_entities, -1.0, 1.0), Measure("class_distance", num_entities, 0.0, furthest))

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        values = ordinal_metrics(confusion(weights))
        return np.stack([values[measure.name] for measure in measures])

    losses = target.row_errors(predictions)["ranked_probability_score"][:, None]
    loss = mean_statistic([Measure("ranked_probability_score", num_entities, 0.0, furthest)], losses, codes, num_entities)
    return [Statistic(measures, evaluate), loss]


def _weighted_confusion(target: Categories, predictions: Predictions, codes: NDArray[np.int64], num_entities: int) -> Evaluate:
    num_classes = len(target.names)
    cells = predictions.targets * num_classes + target.decide(predictions.scores)
    counts = entity_sums(codes, num_entities, cells, np.ones(len(codes)), num_classes**2)
    return lambda weights: (counts @ weights).reshape(num_classes, num_classes, -1)


def _effective_entities(target: Categories, predictions: Predictions, codes: NDArray[np.int64], num_entities: int) -> int:
    """Entities behind an average over classes: the number of equally sure classes' entities that would make it as sure.

    The average of rates resting on k_c entities each has a variance proportional to sum(1 / k_c) / classes², so a class with few
    entities lowers the number.
    """
    counts = entities_per_class(predictions.targets, codes, len(target.names))
    present = counts[counts > 0]
    return int(min(num_entities, len(present) ** 2 / float((1.0 / present).sum())))


def _ranking_statistic(
    name: str, area_of: AreaOf, target: Categories, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> Statistic:
    probabilities = target.probabilities(predictions.scores)
    areas = [area_of(probabilities[:, c], predictions.targets == c, codes, num_entities) for c in target.scored_classes()]
    measure = Measure(name, _effective_entities(target, predictions, codes, num_entities), 0.0, 1.0)

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        values = np.stack([area(weights) for area in areas])  # (classes, resamples)
        defined = np.isfinite(values)
        total = np.where(defined, values, 0.0).sum(axis=0, keepdims=True)
        count = defined.sum(axis=0, keepdims=True)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    return Statistic((measure,), evaluate)
