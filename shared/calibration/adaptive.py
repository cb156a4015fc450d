"""Forecast intervals that learn from their own misses while they are used.

Adaptive conformal inference.

After each forecast whose truth has become known, every step ahead widens its interval a little if
too many values were missed, and narrows it a little otherwise:

    multiplier ← multiplier · exp(step_size · (missed − (1 − coverage)))

This is the recursion of Gibbs & Candès 2021 (eq. 2) on the logarithm of the interval's width in
place of the level. A level that falls below 0 asks for an infinite interval; tracking the width
itself never does ("quantile tracking", Angelopoulos, Candès & Tibshirani 2023). What holds
whatever the series does follows as in proposition 4.1 of Gibbs & Candès by summing the recursion
up: after n updates the share of misses differs from 1 − coverage by log(multiplier) / (step_size ·
n), which vanishes as long as the multiplier stays bounded.

It is a state machine: one number for each step and channel, that lives with whoever sees the truth
arrive. It is no part of the deployed graph, which has no memory. A client runs it beside the served
model:

    multipliers = start_multipliers(target, rule)                 # all 1: the intervals as served
    issued = widen(served_scores, multipliers, target.never_negative)    # for each forecast
    multipliers = next_multipliers(multipliers, missed, rule)     # once the truth of a step is
    known; rule from calibration.json
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.calibration_file import AdaptiveRule
from shared.targets import Horizon
from shared.targets.calibration import conformity
from shared.targets.predictions import Predictions

__all__ = ["next_multipliers", "replay", "start_multipliers"]

_BOUNDS = (1e-3, 1e3)
"""Of a multiplier: a forecast that needs more is not worth an interval."""


def start_multipliers(target: Horizon, rule: AdaptiveRule) -> NDArray[np.float64]:
    """(steps, channels): what multiplies the width of the first intervals.

    1 leaves them as they are served.
    """
    return np.full((target.steps, len(target.channels)), rule.start_multiplier)


def next_multipliers(
    multipliers: NDArray[np.float64], missed: NDArray[np.float64], rule: AdaptiveRule
) -> NDArray[np.float64]:
    """The multipliers after the truth of one more forecast moment became known.

    Args:
        multipliers: (steps, channels) > 0.
        missed: (steps, channels) in [0, 1]: the share, over the series forecast at that moment, of
            values outside of the interval that was issued then; NaN where the truth is not known
            (yet): such a multiplier stays.
        rule: Of `calibration.json`.
    """
    surplus = np.where(np.isnan(missed), 0.0, missed - (1.0 - rule.coverage))
    return np.asarray(np.clip(multipliers * np.exp(rule.step_size * surplus), *_BOUNDS))


def replay(target: Horizon, served: Predictions, rule: AdaptiveRule) -> NDArray[np.float64]:
    """The multipliers that a client would have had, had it begun with the first forecast.

    Forecasts are gone through in order of their start. A forecast sees only values that were
    measured before it starts: those of step k of a forecast that began at least k steps earlier.

    Args:
        target: The kind of target, with quantiles.
        served: Scores as the deployed graph answers, in any order; several series may start at one
            moment.
        rule: Of `calibration.json`.

    Returns:
        (n, steps, channels) float64 > 0.
    """
    seconds = served.forecast_context.starts.astype("datetime64[s]").astype(np.int64)
    starts, moment_of = np.unique(seconds, return_inverse=True)
    by_moment = np.argsort(moment_of, kind="stable")
    rows_of = np.split(by_moment, np.cumsum(np.bincount(moment_of))[:-1])
    nonconformity = conformity(target, served)  # (n, steps, channels)
    revealed = _num_revealed(starts, target.steps, target.step_seconds)  # (moments, steps)
    missed = np.empty((len(starts), *nonconformity.shape[1:]))
    issued = np.empty_like(missed)
    multipliers = start_multipliers(target, rule)
    absorbed = np.zeros(target.steps, dtype=np.int64)
    steps = np.arange(target.steps)
    for moment, rows in enumerate(rows_of):
        while (is_due := absorbed < revealed[moment]).any():
            news = np.where(is_due[:, None], missed[np.where(is_due, absorbed, 0), steps], np.nan)
            multipliers = next_multipliers(multipliers, news, rule)
            absorbed = absorbed + is_due
        issued[moment] = multipliers
        missed[moment] = _share_missed(nonconformity[rows], multipliers)
    return np.asarray(issued[moment_of])


def _num_revealed(
    starts: NDArray[np.int64], num_steps: int, step_seconds: int
) -> NDArray[np.int64]:
    """How many forecast moments have a truth that lies before each moment, (moments, steps).

    Step k of a forecast from `start` is measured at start + (k − 1) steps, and is known from the
    step after on.
    """
    delays = step_seconds * np.arange(1, num_steps + 1)
    return np.searchsorted(starts, starts[:, None] - delays, side="right")


def _share_missed(
    nonconformity: NDArray[np.float64], multipliers: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(rows, steps, channels) -> (steps, channels); NaN where no row was observed."""
    observed = np.isfinite(nonconformity)
    counts = observed.sum(axis=0)
    outside = (observed & (nonconformity > multipliers)).sum(axis=0)
    return np.where(counts > 0, outside / np.maximum(counts, 1), np.nan)
