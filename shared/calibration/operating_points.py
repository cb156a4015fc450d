"""Thresholds for a stated goal, chosen on validation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from shared.config import CalibrateConfig
from shared.run.artefacts.calibration_file import OperatingPoint

__all__ = ["choose_operating_points"]


def choose_operating_points(
    probabilities: NDArray[np.float64],
    targets: NDArray[np.int64],
    classes: tuple[int, ...],
    config: CalibrateConfig,
) -> list[OperatingPoint]:
    """One point for each class and each goal that the configuration states.

    Args:
        probabilities: (n, classes) on validation.
        targets: (n,) true classes.
        classes: Those to raise alarms for.
        config: The goals.
    """
    points = []
    for c in classes:
        positives = probabilities[targets == c, c]
        negatives = probabilities[targets != c, c]
        if config.min_sensitivity is not None:
            threshold = _for_sensitivity(positives, config.min_sensitivity)
            points.append(
                OperatingPoint(
                    class_index=c,
                    goal="sensitivity",
                    requested=config.min_sensitivity,
                    threshold=threshold,
                )
            )
        if config.max_false_alarms_per_hour is not None and config.decisions_per_hour is not None:
            share = min(1.0, config.max_false_alarms_per_hour / config.decisions_per_hour)
            threshold = _for_false_alarms(negatives, share)
            points.append(
                OperatingPoint(
                    class_index=c, goal="false alarms", requested=share, threshold=threshold
                )
            )
    return points


def _for_sensitivity(positives: NDArray[np.float64], sensitivity: float) -> float | None:
    """The highest threshold that at least this share of the positives reaches.

    It raises the fewest alarms.
    """
    if len(positives) == 0:
        return None
    rank = math.ceil(len(positives) * sensitivity - 1e-9)
    return float(np.sort(positives)[::-1][rank - 1])


def _for_false_alarms(negatives: NDArray[np.float64], share: float) -> float | None:
    """The lowest threshold that at most this share of the negatives reaches.

    It misses the fewest positives.
    """
    if len(negatives) == 0:
        return None
    allowed = math.floor(len(negatives) * share + 1e-9)
    if allowed >= len(negatives):
        return 0.0
    return float(np.nextafter(np.sort(negatives)[::-1][allowed], np.inf))
