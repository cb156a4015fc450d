"""Means over the explained examples, each with its n and an interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

__all__ = ["summarise"]

_RESAMPLES = 2000

_MEASURES: dict[str, tuple[str, str]] = {
    "additivity_error_relative": ("lower", "how far the attributions are from summing to the score they explain, relative to it"),
    "deletion_auc": ("lower", "score left while removing the most important segments first, in units of the total attribution"),
    "deletion_auc_random": ("higher", "the same in random order: what an uninformed explanation reaches"),
    "deletion_gain": ("higher", "random minus informed removal; above 0 the explanation finds what the model uses"),
    "localisation": ("higher", "share of attribution inside the known cause"),
    "localisation_expected": ("lower", "share that attribution spread evenly would have there"),
    "localisation_gain": ("higher", "share inside the known cause minus its share of the area"),
    "pointing_hit": ("higher", "share of examples whose most important segment lies on the known cause"),
    "pointing_expected": ("lower", "share that a blind guess would hit"),
}


def summarise(examples: Sequence[dict[str, Any]], *, confidence: float, seed: int) -> dict[str, dict[str, Any]]:
    """Mean of each measure over the examples that have it.

    Localisation counts examples that were decided rightly: evidence marks the cause of the true label, which says nothing about
    what led to a wrong decision.

    Args:
        examples: One dictionary per example, as in `explanations.json`.
        confidence: Level of the intervals, in (0, 1).
        seed: Seed of the bootstrap (percentile, by example).

    Returns:
        Measure -> `value`, `ci_low`, `ci_high` (None below two examples), `n`, `unit`, `better`, `describe`.
    """
    columns = {name: _column(name, examples) for name in _MEASURES}
    return {
        name: {
            "value": float(column.mean()),
            **_interval(column, confidence=confidence, seed=seed),
            "n": len(column),
            "unit": "share",
            "better": _MEASURES[name][0],
            "describe": _MEASURES[name][1],
        }
        for name, column in columns.items()
        if len(column)
    }


def _column(name: str, examples: Sequence[dict[str, Any]]) -> NDArray[np.float64]:
    needs_right = name.startswith(("localisation", "pointing"))
    chosen = [row for row in examples if row.get("right", True) or not needs_right]
    return np.array([float(row[name]) for row in chosen if row.get(name) is not None], dtype=np.float64)


def _interval(column: NDArray[np.float64], *, confidence: float, seed: int) -> dict[str, float | None]:
    if len(column) < 2:
        return {"ci_low": None, "ci_high": None}
    result = bootstrap(
        (column,),
        np.mean,
        n_resamples=_RESAMPLES,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng([seed, len(column)]),
    )
    return {"ci_low": float(result.confidence_interval.low), "ci_high": float(result.confidence_interval.high)}
