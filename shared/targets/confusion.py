"""Everything that follows from a confusion matrix, for one matrix or for many at once (a bootstrap has a thousand)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["class_rates", "confusion_metrics", "count_confusion", "ordinal_metrics"]


def count_confusion(
    targets: NDArray[np.int64], decided: NDArray[np.int64], num_classes: int
) -> NDArray[np.int64]:
    """Count rows by true and decided class.

    (classes, classes) int64, rows true, columns decided.
    """
    flat = np.bincount(targets * num_classes + decided, minlength=num_classes**2)
    return flat.reshape(num_classes, num_classes)


def class_rates(confusion: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Recall, precision and F1 of each class.

    Args:
        confusion: (classes, classes, …) counts or weights, first axis true, second decided; further
            axes are independent matrices.

    Returns:
        `recall`, `precision` and `f1`, (classes, …) float64 in [0, 1]; NaN where the denominator is
        empty.
    """
    hits = np.einsum("cc...->c...", confusion).astype(np.float64)
    true, decided = confusion.sum(axis=1), confusion.sum(axis=0)
    return {
        "recall": _ratio(hits, true),
        "precision": _ratio(hits, decided),
        "f1": _ratio(2.0 * hits, true + decided),
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
    true, decided = (
        confusion.sum(axis=1).astype(np.float64),
        confusion.sum(axis=0).astype(np.float64),
    )
    total = true.sum(axis=0)
    spread = (total**2 - (true**2).sum(axis=0)) * (total**2 - (decided**2).sum(axis=0))
    by_chance = (true * decided).sum(axis=0)
    covariance, room = hits * total - by_chance, total**2 - by_chance
    return {
        "accuracy": _ratio(hits, total),
        "balanced_accuracy": _mean_of_defined(rates["recall"]),
        "macro_f1": _mean_of_defined(rates["f1"]),
        "micro_f1": _ratio(2.0 * hits, total + decided.sum(axis=0)),
        "mcc": np.where(spread > 0, covariance / np.sqrt(np.where(spread > 0, spread, 1.0)), 0.0),
        "kappa": np.where(room > 0, covariance / np.where(room > 0, room, 1.0), 0.0),
    }


def ordinal_metrics(confusion: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Agreement of decision and truth where classes have an order, so that a near miss is less wrong than a far one.

    Args:
        confusion: As for `class_rates`; classes from lowest to highest.

    Returns:
        `quadratic_kappa` in [-1, 1]: Cohen 1968, with the squared distance of classes as
        disagreement (0 where it is undefined); `class_distance` in [0, classes - 1]: the mean
        distance of decision and truth. Each has the shape of the further axes.
    """
    places = np.arange(len(confusion), dtype=np.float64)
    distance = np.abs(places[:, None] - places)
    true, decided = (
        confusion.sum(axis=1).astype(np.float64),
        confusion.sum(axis=0).astype(np.float64),
    )
    total = true.sum(axis=0)
    found = np.einsum("td,td...->...", distance**2, confusion) * total
    by_chance = np.einsum("td,t...,d...->...", distance**2, true, decided)
    return {
        "quadratic_kappa": np.where(
            by_chance > 0, 1.0 - found / np.where(by_chance > 0, by_chance, 1.0), 0.0
        ),
        "class_distance": _ratio(np.einsum("td,td...->...", distance, confusion), total),
    }


def _ratio(numerator: NDArray[Any], denominator: NDArray[Any]) -> NDArray[np.float64]:
    return np.where(
        denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), np.nan
    )


def _mean_of_defined(values: NDArray[np.float64]) -> NDArray[np.float64]:
    defined = np.isfinite(values)
    return _ratio(np.where(defined, values, 0.0).sum(axis=0), defined.sum(axis=0))
