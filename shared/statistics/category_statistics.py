"""The metrics of `Categories` as functions of entity weights.

They sum by entity what `Categories.metrics` sums over rows; tests hold both to the same values.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from shared.statistics.bootstrap import (
    Statistic,
    drawn_units,
    entities_of_average,
    entities_per_class,
    entity_sums,
)
from shared.statistics.class_ranking import ranking_statistic
from shared.statistics.intervals import Measure
from shared.statistics.means import mean_statistic
from shared.targets.categories import Categories
from shared.targets.confusion import class_rates, confusion_metrics, ordinal_metrics
from shared.targets.predictions import Predictions
from shared.targets.reliability import NUM_BINS, equal_mass_bins

__all__ = [
    "binned_gap_statistic",
    "binned_sums",
    "category_statistics",
    "class_f1_statistic",
    "decision_statistic",
    "probability_statistics",
]

Evaluate = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def category_statistics(
    target: Categories, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> list[Statistic]:
    """All metrics that `target.describe()` names, and parts of some by class.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
    """
    confusion = _weighted_confusion(target, predictions, codes, num_entities)
    averaged = entities_of_average(predictions.targets, codes, len(target.names))
    statistics = [
        _confusion_statistic(target, confusion, averaged, num_entities),
        ranking_statistic(target, predictions, codes, num_entities),
        *probability_statistics(target, predictions, codes, num_entities),
    ]
    if target.is_ordinal:
        statistics += _ordinal_statistics(target, predictions, confusion, codes, num_entities)
    return statistics


def probability_statistics(
    target: Categories, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> list[Statistic]:
    """How far probabilities are from the truth: `log_loss`, `brier` and `ece`."""
    errors = target.row_errors(predictions)
    names = ("log_loss", "brier")
    losses = [Measure.of_metric(name, target.describe(), num_entities) for name in names]
    values = np.stack([errors[name] for name in names], axis=1)
    confidence = target.confidence(predictions.scores)
    return [
        mean_statistic(losses, values, codes, num_entities),
        binned_gap_statistic("ece", confidence, 1.0 - errors["error"], codes, num_entities),
    ]


def binned_gap_statistic(
    name: str,
    stated: NDArray[np.float64],
    happened: NDArray[np.float64],
    codes: NDArray[np.int64],
    num_entities: int,
) -> Statistic:
    """Expected calibration error.

    |stated probability - share that happened| over bins of equal mass (Guo et al. 2017, eq. 3).

    Args:
        name: Of the number.
        stated: (n,) probability.
        happened: (n,) float64, 1 or 0.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
    """
    differences, rows = binned_sums(stated, happened, codes, num_entities)
    return Statistic(
        (Measure(name, num_entities, 0.0, 1.0),),
        lambda weights: (differences @ weights) / (rows @ weights),
        form="distance",
    )


def binned_sums(
    stated: NDArray[np.float64],
    happened: NDArray[np.float64],
    codes: NDArray[np.int64],
    num_entities: int,
) -> tuple[csr_array, NDArray[np.float64]]:
    """Stated minus happened by bin and entity, (bins, entities), and the rows of each.

    Ratios of their sums are the bins' gaps.

    Bins stay where the whole split puts them, so that a resample moves rows and not edges.
    """
    units, num_units = drawn_units(codes, num_entities)
    rows = np.bincount(units, minlength=num_units).astype(np.float64)
    return (
        entity_sums(codes, num_entities, equal_mass_bins(stated), stated - happened, NUM_BINS),
        rows,
    )


def class_f1_statistic(
    target: Categories, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> Statistic:
    """F1 of each class, as `f1:<class>`; recall and precision are shares, see `shares.py`."""
    confusion = _weighted_confusion(target, predictions, codes, num_entities)
    behind = entities_per_class(predictions.targets, codes, len(target.names)).tolist()
    measures = [
        Measure(f"f1:{name}", of_class, 0.0, 1.0)
        for name, of_class in zip(target.names, behind, strict=True)
    ]
    return Statistic(tuple(measures), lambda weights: class_rates(confusion(weights))["f1"])


def decision_statistic(
    target: Categories,
    predictions: Predictions,
    codes: NDArray[np.int64],
    num_entities: int,
    costs: tuple[tuple[float, ...], ...] | None,
) -> Statistic:
    """`accuracy` and `balanced_accuracy` of decisions, and their mean `cost` if costs are stated.

    Args:
        target: The kind of target, and how it is decided for.
        predictions: Calibrated scores beside the truth.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
        costs: Cost of deciding (column) when the truth is (row).
    """
    confusion = _weighted_confusion(target, predictions, codes, num_entities)
    averaged = entities_of_average(predictions.targets, codes, len(target.names))
    measures = [
        Measure.of_metric("accuracy", target.describe(), num_entities),
        Measure.of_metric("balanced_accuracy", target.describe(), averaged),
    ]
    matrix = np.asarray(costs or (), dtype=np.float64)
    if costs is not None:
        measures.append(Measure("cost", num_entities, float(matrix.min()), float(matrix.max())))

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        counted = confusion(weights)
        values = confusion_metrics(counted)
        rows = [values["accuracy"], values["balanced_accuracy"]]
        if costs is not None:
            rows.append(np.tensordot(matrix, counted, axes=2) / counted.sum(axis=(0, 1)))
        return np.stack(rows)

    return Statistic(tuple(measures), evaluate)


def _confusion_statistic(
    target: Categories, confusion: Evaluate, averaged: int, num_entities: int
) -> Statistic:
    """Metrics of the confusion matrix; `averaged` entities bear on those that average classes."""
    bearing = dict.fromkeys(("accuracy", "micro_f1", "mcc", "kappa"), num_entities)
    bearing |= dict.fromkeys(("balanced_accuracy", "macro_f1"), averaged)
    measures = tuple(
        Measure.of_metric(name, target.describe(), number) for name, number in bearing.items()
    )

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        values = confusion_metrics(confusion(weights))
        return np.stack([values[measure.name] for measure in measures])

    return Statistic(measures, evaluate)


def _ordinal_statistics(
    target: Categories,
    predictions: Predictions,
    confusion: Evaluate,
    codes: NDArray[np.int64],
    num_entities: int,
) -> list[Statistic]:
    names = ("quadratic_kappa", "class_distance", "ranked_probability_score")
    *of_confusion, score = (
        Measure.of_metric(name, target.describe(), num_entities) for name in names
    )

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        values = ordinal_metrics(confusion(weights))
        return np.stack([values[measure.name] for measure in of_confusion])

    losses = target.row_errors(predictions)[score.name][:, None]
    loss = mean_statistic([score], losses, codes, num_entities)
    return [Statistic(tuple(of_confusion), evaluate), loss]


def _weighted_confusion(
    target: Categories, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> Evaluate:
    num_classes = len(target.names)
    cells = predictions.targets * num_classes + target.decide(predictions.scores)
    counts = entity_sums(codes, num_entities, cells, np.ones(len(codes)), num_classes**2)
    return lambda weights: (counts @ weights).reshape(num_classes, num_classes, -1)
