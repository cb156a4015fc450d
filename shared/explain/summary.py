"""Means over the explained examples, each with its n and an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, sem, t

from shared.run.artefacts.explanations.record import ExplainedExample, FaithfulnessMean

__all__ = ["summarise"]


@dataclass(frozen=True)
class _Number:
    """A number of an example: bounds, direction (None: what chance gives), meaning."""

    name: str
    low: float
    high: float
    better: Literal["higher", "lower"] | None
    describe: str


_NUMBERS = (
    _Number("settled", 0.0, 1.0, "higher", "share of examples whose strongest segments are known"),
    _Number(
        "additivity_error_relative",
        0.0,
        np.inf,
        "lower",
        "how far the attributions are from summing to what they explain",
    ),
    _Number(
        "deletion_auc",
        0.0,
        1.0,
        "lower",
        "answer left while removing the most important segments first",
    ),
    _Number(
        "deletion_auc_random",
        0.0,
        1.0,
        None,
        "the same in random order: what knowing nothing reaches",
    ),
    _Number(
        "deletion_gain",
        -1.0,
        1.0,
        "higher",
        "random minus informed removal; above 0 the explanation finds what the model uses",
    ),
    _Number(
        "insertion_auc",
        0.0,
        1.0,
        "higher",
        "answer reached while putting back the most important segments first",
    ),
    _Number(
        "insertion_auc_random",
        0.0,
        1.0,
        None,
        "the same in random order: what knowing nothing reaches",
    ),
    _Number(
        "insertion_gain",
        -1.0,
        1.0,
        "higher",
        "informed minus random putting back; above 0 the explanation finds what suffices",
    ),
    _Number("localisation", 0.0, 1.0, "higher", "share of the attribution inside the known cause"),
    _Number(
        "localisation_expected",
        0.0,
        1.0,
        None,
        "share that attribution spread evenly would have there",
    ),
    _Number(
        "localisation_gain",
        -1.0,
        1.0,
        "higher",
        "share inside the known cause minus its share of the area",
    ),
    _Number(
        "pointing_hit",
        0.0,
        1.0,
        "higher",
        "share of examples whose most important segment lies on the known cause",
    ),
    _Number("pointing_expected", 0.0, 1.0, None, "share that a blind guess would hit"),
)


def summarise(
    examples: Sequence[ExplainedExample], *, confidence: float
) -> dict[str, FaithfulnessMean]:
    """Mean of each number over the examples that have it.

    Intervals are Student's t over examples, and Wilson's for the share of hits. Localisation counts
    examples that were predicted rightly: ground truth marks the cause of the true label, which says
    nothing about what led to a wrong prediction.

    Args:
        examples: At least one.
        confidence: Level of the intervals, in (0, 1).

    Returns:
        Name of the number -> its mean, for numbers that at least one example has.
    """
    summary = {}
    for number in _NUMBERS:
        column = _column(number.name, examples)
        if len(column):
            low, high = _interval(number, column, confidence)
            summary[number.name] = FaithfulnessMean(
                value=float(column.mean()),
                ci_low=low,
                ci_high=high,
                n=len(column),
                better=number.better,
                describe=number.describe,
            )
    return summary


def _column(name: str, examples: Sequence[ExplainedExample]) -> NDArray[np.float64]:
    needs_right = name.startswith(("localisation", "pointing"))
    chosen = [example for example in examples if example.right is not False or not needs_right]
    values = [getattr(example, name) for example in chosen]
    return np.array([float(value) for value in values if value is not None], dtype=np.float64)


def _interval(
    number: _Number, column: NDArray[np.float64], confidence: float
) -> tuple[float | None, float | None]:
    if len(column) < 2:
        return None, None
    if number.name in ("pointing_hit", "settled"):
        # All hits, or none, leave no spread to estimate an interval from.
        share = binomtest(int(column.sum()), len(column)).proportion_ci(confidence, method="wilson")
        return float(share.low), float(share.high)
    # Student's t: mean ± t(n − 1) s / √n.
    reach = float(t.ppf(0.5 + confidence / 2.0, len(column) - 1) * sem(column))
    mean = float(column.mean())
    return max(number.low, mean - reach), min(number.high, mean + reach)
