"""What follows from a confusion matrix, for one or for many at once: a bootstrap has a thousand."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["class_rates", "confusion_metrics", "count_confusion", "ordinal_metrics"]


def count_confusion(
    targets: NDArray[np.int64], predicted: NDArray[np.int64], num_classes: int
) -> NDArray[np.int64]:
    """Count rows by true and predicted class.

    (classes, classes) int64, rows true, columns predicted.
    """
    flat = np.bincount(targets * num_classes + predicted, minlength=num_classes**2)
    return flat.reshape(num_classes, num_classes)


def class_rates(confusion: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Recall, precision and F1 of each class.

    Args:
        confusion: (classes, classes, …) counts or weights, first axis true, second predicted;
            further axes are independent matrices.

    Returns:
        `recall`, `precision` and `f1`, (classes, …) float64 in [0, 1]; NaN where the denominator is
        empty.
    """
    hits = np.einsum("cc...->c...", confusion).astype(np.float64)
    true = confusion.sum(axis=1)
    predicted = confusion.sum(axis=0)
    return {
        "recall": _ratio(hits, true),
        "precision": _ratio(hits, predicted),
        "f1": _ratio(2.0 * hits, true + predicted),
    }


def confusion_metrics(confusion: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Accuracy, balanced accuracy, macro and micro F1, Matthews correlation and Cohen's kappa.

    Classes without a row don't count: balanced accuracy averages over the classes that occur in the
    truth, macro F1 over those that occur in truth or decisions. For several classes the correlation
    is R_K (Gorodkin 2004, eq. 8); kappa is Cohen 1960, eq. 1. Both are 0 where they are undefined;
    all agree with scikit-learn.

    Args:
        confusion: As for `class_rates`.

    Returns:
        `accuracy`, `balanced_accuracy`, `macro_f1` and `micro_f1` in [0, 1], `mcc` and `kappa` in
        [-1, 1], each of the shape of the further axes.
    """
    rates = class_rates(confusion)
    hits = np.einsum("cc...->...", confusion).astype(np.float64)
    true = confusion.sum(axis=1).astype(np.float64)
    predicted = confusion.sum(axis=0).astype(np.float64)
    total = true.sum(axis=0)
    by_chance = (true * predicted).sum(axis=0)
    # Gorodkin 2004, eq. 8: covariance of prediction and truth over both standard deviations.
    covariance = hits * total - by_chance
    variance_of_truth = total**2 - (true**2).sum(axis=0)
    variance_of_predictions = total**2 - (predicted**2).sum(axis=0)
    # Rounding must not make a product of variances negative.
    deviations = np.sqrt(np.maximum(variance_of_truth * variance_of_predictions, 0.0))
    # Cohen 1960, eq. 1: agreement beyond chance over the room that chance leaves.
    kappa = _ratio_or_zero(covariance, total**2 - by_chance)
    micro_f1 = _ratio(2.0 * hits, total + predicted.sum(axis=0))
    return {
        "accuracy": _ratio(hits, total),
        "balanced_accuracy": _mean_of_defined(rates["recall"]),
        "macro_f1": _mean_of_defined(rates["f1"]),
        "micro_f1": micro_f1,
        "mcc": _ratio_or_zero(covariance, deviations),
        "kappa": kappa,
    }


def ordinal_metrics(confusion: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Agreement of prediction and truth where a near miss is less wrong than a far one.

    Args:
        confusion: As for `class_rates`; classes from lowest to highest.

    Returns:
        `quadratic_kappa` in [-1, 1]: Cohen 1968, with the squared distance of classes as
        disagreement (0 where it is undefined); `class_distance` in [0, classes - 1]: the mean
        distance of prediction and truth. Each has the shape of the further axes.
    """
    places = np.arange(len(confusion), dtype=np.float64)
    distance = np.abs(places[:, None] - places)
    true = confusion.sum(axis=1).astype(np.float64)
    predicted = confusion.sum(axis=0).astype(np.float64)
    total = true.sum(axis=0)
    # Cohen 1968: one minus disagreement over the disagreement that chance would give.
    found = np.einsum("td,td...->...", distance**2, confusion) * total
    by_chance = np.einsum("td,t...,d...->...", distance**2, true, predicted)
    agreement = np.where(by_chance > 0, 1.0 - _ratio_or_zero(found, by_chance), 0.0)
    return {
        "quadratic_kappa": agreement,
        "class_distance": _ratio(np.einsum("td,td...->...", distance, confusion), total),
    }


def _ratio(numerator: NDArray[Any], denominator: NDArray[Any]) -> NDArray[np.float64]:
    return np.where(
        denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), np.nan
    )


def _ratio_or_zero(
    numerator: NDArray[np.float64], denominator: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.where(denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), 0.0)


def _mean_of_defined(values: NDArray[np.float64]) -> NDArray[np.float64]:
    defined = np.isfinite(values)
    return _ratio(np.where(defined, values, 0.0).sum(axis=0), defined.sum(axis=0))
