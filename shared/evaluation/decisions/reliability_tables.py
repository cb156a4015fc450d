"""Do probabilities mean what they say? Stated against happened, in bins of equal mass, over all decisions and for each class."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.statistics.bootstrap import entity_codes
from shared.statistics.intervals import wilson_with_variance
from shared.statistics.number import number_or_null
from shared.targets.categories import Categories
from shared.targets.predictions import Predictions
from shared.targets.reliability import equal_mass_bins

__all__ = ["class_reliability", "reliability_table"]


def reliability_table(
    target: Categories, predictions: Predictions, confidence: float
) -> list[dict[str, Any]]:
    """Bins of the decided class's probability.

    `n`, its mean `confidence`, `share_correct` and the ends of that one's interval.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        confidence: Level of the intervals, in (0, 1).
    """
    correct = 1.0 - target.row_errors(predictions)["error"]
    bins = _bins(target.confidence(predictions.scores), correct, predictions.entities, confidence)
    return [
        {
            "n": item["n"],
            "confidence": item["stated"],
            "share_correct": item["share"],
            "share_correct_ci_low": item["share_ci_low"],
            "share_correct_ci_high": item["share_ci_high"],
        }
        for item in bins
    ]


def class_reliability(
    target: Categories, predictions: Predictions, confidence: float
) -> list[dict[str, Any]]:
    """For each scored class `name` and `bins` of its probability.

    `n`, mean `stated`, `share` of rows that are of the class, its interval.

    A confidence that keeps its promise over all decisions can still be wrong about each class
    (Nixon et al. 2019, section 3).

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        confidence: Level of the intervals, in (0, 1).
    """
    probabilities = target.probabilities(predictions.scores)
    return [
        {
            "name": target.names[c],
            "bins": _bins(
                probabilities[:, c],
                (predictions.targets == c).astype(np.float64),
                predictions.entities,
                confidence,
            ),
        }
        for c in target.scored_classes()
    ]


def _bins(
    stated: NDArray[np.float64],
    happened: NDArray[np.float64],
    entities: NDArray[np.str_],
    confidence: float,
) -> list[dict[str, Any]]:
    codes, num_entities = entity_codes(entities)
    occupied, bins = np.unique(equal_mass_bins(stated), return_inverse=True)
    table = []
    for number in range(len(occupied)):
        inside = bins == number
        share, behind = (
            float(happened[inside].mean()),
            np.bincount(codes[inside], minlength=num_entities),
        )
        deviations = np.bincount(
            codes[inside], weights=happened[inside] - share, minlength=num_entities
        )
        interval = wilson_with_variance(
            share,
            int(inside.sum()),
            int((behind > 0).sum()),
            _variance(deviations, behind),
            confidence,
        )
        table.append(
            {
                "n": int(inside.sum()),
                "stated": float(stated[inside].mean()),
                "share": number_or_null(share),
                "share_ci_low": None if interval is None else interval.low,
                "share_ci_high": None if interval is None else interval.high,
            }
        )
    return table


def _variance(deviations: NDArray[Any], counts: NDArray[np.int64]) -> float:
    """Of a mean over rows in clusters, linearised as a ratio of sums (Cochran 1977, chapter 9A).

    What the bootstrap by entity tends to.
    """
    num_entities = int((counts > 0).sum())
    if num_entities < 2:
        return math.nan
    return (
        float((deviations**2).sum()) / float(counts.sum()) ** 2 * num_entities / (num_entities - 1)
    )
