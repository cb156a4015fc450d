"""Choosing on validation how quickly intervals follow their misses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.calibration.adaptive import replay
from shared.calibration.fit import fit_horizon
from shared.run.artefacts.calibration_file import AdaptiveRule
from shared.targets import Horizon
from shared.targets.calibration import calibrate, widen
from shared.targets.predictions import Predictions

__all__ = ["choose_adaptive_rule"]


def choose_adaptive_rule(
    target: Horizon, val: Predictions, step_sizes: Sequence[float]
) -> AdaptiveRule | None:
    """The rule whose intervals have the smallest interval score over the later half of validation.

    As when it is deployed, intervals begin with a map that was fitted on what lies before: here on
    the forecasts that had ended when the later half begins. Where validation is too short for that,
    the first step size is taken.

    Args:
        target: The kind of target.
        val: Finite raw scores of the validation split.
        step_sizes: Candidates.

    Returns:
        None for forecasts without an interval.
    """
    if target.nominal_coverage is None or val.forecast is None:
        return None
    rules = [AdaptiveRule(coverage=target.nominal_coverage, step_size=size) for size in step_sizes]
    starts = val.forecast.starts.astype("datetime64[s]")
    middle = np.sort(starts)[len(starts) // 2]
    before = starts + np.timedelta64(target.steps * target.step_seconds, "s") <= middle
    if not before.any():
        return rules[0]
    fitted = fit_horizon(target, val.take(np.flatnonzero(before))).calibration
    later = val.take(np.flatnonzero(starts >= middle))
    served = later.with_scores(calibrate(fitted, later.scores))
    return min(rules, key=lambda rule: _mean_interval_score(target, served, rule))


def _mean_interval_score(target: Horizon, served: Predictions, rule: AdaptiveRule) -> float:
    multipliers = replay(target, served, rule)
    adapted = served.with_scores(widen(served.scores, multipliers, target.never_negative))
    return float(np.nanmean(target.interval_scores(adapted)))
