"""Do probabilities mean what they say? Stated against happened, in bins of equal mass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.metrics.class_entries import ClassReliability, ReliabilityBin
from shared.statistics.bootstrap import entity_codes
from shared.statistics.shares import clustered_share
from shared.targets.categories import Categories
from shared.targets.predictions import Predictions
from shared.targets.reliability import equal_mass_bins

__all__ = ["class_reliability", "reliability_table"]


def reliability_table(
    target: Categories, predictions: Predictions, confidence: float
) -> tuple[ReliabilityBin, ...]:
    """Bins of the predicted class' probability, each with the share of right predictions.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        confidence: Level of the intervals, in (0, 1).
    """
    correct = 1.0 - target.row_errors(predictions)["error"]
    stated = target.confidence(predictions.scores)
    return _bins(stated, correct, predictions.entities, confidence)


def class_reliability(
    target: Categories, predictions: Predictions, confidence: float
) -> tuple[ClassReliability, ...]:
    """For each scored class bins of its probability, each with the share of rows of the class.

    Probabilities that are right over all predictions can still be wrong about each class (Nixon et
    al. 2019, section 3).

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        confidence: Level of the intervals, in (0, 1).
    """
    probabilities = target.probabilities(predictions.scores)
    entries = []
    for c in target.scored_classes():
        happened = (predictions.targets == c).astype(np.float64)
        bins = _bins(probabilities[:, c], happened, predictions.entities, confidence)
        entries.append(ClassReliability(name=target.names[c], bins=bins))
    return tuple(entries)


def _bins(
    stated: NDArray[np.float64],
    happened: NDArray[np.float64],
    entities: NDArray[np.str_],
    confidence: float,
) -> tuple[ReliabilityBin, ...]:
    codes, _ = entity_codes(entities)
    bins = equal_mass_bins(stated)
    entries = []
    for number in np.unique(bins).tolist():
        inside = bins == number
        share = clustered_share(happened[inside], codes[inside], confidence)
        entry = ReliabilityBin(**dict(share), stated=float(stated[inside].mean()))
        entries.append(entry)
    return tuple(entries)
