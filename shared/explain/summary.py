"""Means over the explained examples, each with its n and an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, sem, t

__all__ = ["summarise"]


@dataclass(frozen=True)
class _Measure:
    """One entry of an example: bounds, direction (None for what chance gives), and what it says."""

    name: str
    low: float
    high: float
    better: Literal["higher", "lower"] | None
    describe: str


_MEASURES = (
    _Measure(
        "additivity_error_relative",
        0.0,
        np.inf,
        "lower",
        "how far the attributions are from summing to what they explain",
    ),
    _Measure(
        "deletion_auc",
        -np.inf,
        np.inf,
        "lower",
        "score left while removing the most important segments first, in total attributions",
    ),
    _Measure(
        "deletion_auc_random",
        -np.inf,
        np.inf,
        None,
        "the same in random order: what knowing nothing reaches",
    ),
    _Measure(
        "deletion_gain",
        -np.inf,
        np.inf,
        "higher",
        "random minus informed removal; above 0 the explanation finds what the model uses",
    ),
    _Measure("localisation", 0.0, 1.0, "higher", "share of the attribution inside the known cause"),
    _Measure(
        "localisation_expected",
        0.0,
        1.0,
        None,
        "share that attribution spread evenly would have there",
    ),
    _Measure(
        "localisation_gain",
        -1.0,
        1.0,
        "higher",
        "share inside the known cause minus its share of the area",
    ),
    _Measure(
        "pointing_hit",
        0.0,
        1.0,
        "higher",
        "share of examples whose most important segment lies on the known cause",
    ),
    _Measure("pointing_expected", 0.0, 1.0, None, "share that a blind guess would hit"),
)


def summarise(
    examples: Sequence[dict[str, Any]], *, confidence: float
) -> dict[str, dict[str, Any]]:
    """Mean of each measure over the examples that have it.

    Intervals are Student's t over examples, and Wilson's for the share of hits. Localisation counts
    examples that were decided rightly: evidence marks the cause of the true label, which says
    nothing about what led to a wrong decision.

    Args:
        examples: One dictionary per example, as in `explanations.json`.
        confidence: Level of the intervals, in (0, 1).

    Returns:
        Measure -> `value`, `ci_low`, `ci_high` (None below two examples), `n`, `unit`, `better`
        (None for what chance gives), `describe`.
    """
    columns = {measure: _column(measure.name, examples) for measure in _MEASURES}
    return {
        measure.name: {
            "value": float(column.mean()),
            **_interval(measure, column, confidence),
            "n": len(column),
            "unit": "share",
            "better": measure.better,
            "describe": measure.describe,
        }
        for measure, column in columns.items()
        if len(column)
    }


def _column(name: str, examples: Sequence[dict[str, Any]]) -> NDArray[np.float64]:
    needs_right = name.startswith(("localisation", "pointing"))
    chosen = [row for row in examples if row.get("right", True) or not needs_right]
    return np.array(
        [float(row[name]) for row in chosen if row.get(name) is not None], dtype=np.float64
    )


def _interval(
    measure: _Measure, column: NDArray[np.float64], confidence: float
) -> dict[str, float | None]:
    if len(column) < 2:
        return {"ci_low": None, "ci_high": None}
    if measure.name == "pointing_hit":
        # All hits, or none, leave no spread to estimate an interval from.
        share = binomtest(int(column.sum()), len(column)).proportion_ci(confidence, method="wilson")
        return {"ci_low": float(share.low), "ci_high": float(share.high)}
    reach = float(t.ppf(0.5 + confidence / 2.0, len(column) - 1) * sem(column))
    mean = float(column.mean())
    return {"ci_low": max(measure.low, mean - reach), "ci_high": min(measure.high, mean + reach)}
