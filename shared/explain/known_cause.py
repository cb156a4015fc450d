"""What is known about an explained example's truth, kind of target by kind of target."""

from __future__ import annotations

from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.explain.faithfulness import localisation
from shared.targets import Categories, Horizon, Target

__all__ = ["describe_decision", "describe_truth", "localise"]


def describe_decision(target: Target, scores: NDArray[np.float32]) -> str | float:
    """The decided class, or the mean forecast over steps and channels, of one row's scores (1, *target.shape)."""
    match target:
        case Categories():
            return target.names[int(target.decide(scores)[0])]
        case Horizon():
            return float(target.decide(scores).mean(dtype=np.float64))
        case _:
            assert_never(target)


def describe_truth(target: Target, value: NDArray[Any]) -> str | float | None:
    """The true class, or the mean of the observed targets (None if none was observed)."""
    match target:
        case Categories():
            return target.names[int(value)]
        case Horizon():
            return float(np.nanmean(value, dtype=np.float64)) if np.isfinite(value).any() else None
        case _:
            assert_never(target)


def localise(
    target: Target,
    values: NDArray[np.float64],
    spans: NDArray[np.float64],
    ground_truth: NDArray[np.float32],
) -> dict[str, float | bool | None]:
    """Entries of `explanations.json` about attribution and evidence.

    None where they can't be compared.

    What belongs on the evidence: for a class, what speaks for it; for a forecast, what moves it
    either way.
    """
    importance = np.maximum(values, 0.0) if isinstance(target, Categories) else np.abs(values)
    found = localisation(importance, spans, ground_truth)
    return {
        "localisation": None if found is None else found.mass,
        "localisation_expected": None if found is None else found.expected_mass,
        "localisation_gain": None if found is None else found.mass - found.expected_mass,
        "pointing_hit": None if found is None else found.pointing_hit,
        "pointing_expected": None if found is None else found.expected_hit,
    }
