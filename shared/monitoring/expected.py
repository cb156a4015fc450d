"""Performance as the model itself expects it, without any truth."""

from __future__ import annotations

import math
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from shared.monitoring.outcomes import Outcome, row_outcomes
from shared.monitoring.scored_rows import ScoredRows
from shared.run.artefacts.monitoring.record import ExpectedOutcome
from shared.statistics.intervals import Estimate
from shared.statistics.shares import clustered_mean
from shared.targets import Categories, Horizon, Target

__all__ = ["expected_outcomes"]

_FEWEST_QUANTILES = 2
_CLASSES_ASSUME = (
    "probabilities are as right on the new rows as on the rows that they were calibrated on: then"
    " their mean is the accuracy. Drift of inputs may keep that; drift of the relation between"
    " input and truth does not, and can't be seen without labels"
)
_FORECASTS_ASSUME = (
    "errors keep their proportion to the spread of the model's own quantiles, which the test split"
    " gives: where the model knows that it is unsure, more error is expected. A level or season"
    " that it does not know, and does not know of, can't be seen without the truth"
)


def expected_outcomes(
    target: Target, new: ScoredRows, reference: ScoredRows, confidence: float
) -> tuple[ExpectedOutcome, ...]:
    """Accuracy of decisions; of forecasts the error of each channel, where there are quantiles.

    Accuracy: mean calibrated probability of the decided class, as "average confidence" in Guillory
    et al. 2021, section 4. Error: mean distance of the quantiles from the forecast, times the
    test split's measured error over the same distance there.

    Args:
        target: As the deployed model decides for it.
        new: The new rows.
        reference: The test split.
        confidence: Level of the intervals.
    """
    measured = row_outcomes(target, reference)
    match target:
        case Categories():
            return (_accuracy(target, new, reference, measured[0], confidence),)
        case Horizon():
            if len(target.quantiles) < _FEWEST_QUANTILES:
                return ()
            spreads = (_spread(target, new), _spread(target, reference))
            channels = range(len(target.channels))
            sides = [(spreads[0][:, c], spreads[1][:, c]) for c in channels]
            return tuple(
                _error(side, new, reference, of, confidence)
                for side, of in zip(sides, measured, strict=False)
            )
        case _:
            assert_never(target)


def _accuracy(
    target: Categories,
    new: ScoredRows,
    reference: ScoredRows,
    right: Outcome,
    confidence: float,
) -> ExpectedOutcome:
    expected = [
        clustered_mean(target.confidence(side.scores), side.entities, confidence, is_share=False)
        for side in (new, reference)
    ]
    measured = clustered_mean(right.values, reference.entities, confidence, is_share=True)
    return ExpectedOutcome(
        name=right.name,
        unit=right.unit,
        how="mean calibrated probability of the decided class",
        new=expected[0],
        reference=expected[1],
        measured=measured,
        assumes=_CLASSES_ASSUME,
    )


def _spread(target: Horizon, rows: ScoredRows) -> NDArray[np.float64]:
    """Mean distance of a row's quantiles from its forecast, (n, channels), in the target's unit.

    The expected absolute error of a distribution with these quantiles, E|Y − m| = ∫|Q(u) − m| du,
    by the trapezoid over levels; beyond the outermost levels Q stays as it is there.
    """
    levels = np.array(target.quantiles)
    edges = np.concatenate([[0.0], (levels[1:] + levels[:-1]) / 2.0, [1.0]])
    quantiles = target.quantile_forecasts(rows.scores).astype(np.float64)
    forecast = target.decide(rows.scores).astype(np.float64)[..., None]
    distances = np.abs(quantiles - forecast) @ np.diff(edges)  # (n, steps, channels)
    return np.asarray(distances.mean(axis=1))


def _error(
    spreads: tuple[NDArray[np.float64], NDArray[np.float64]],
    new: ScoredRows,
    reference: ScoredRows,
    errors: Outcome,
    confidence: float,
) -> ExpectedOutcome:
    """Of one channel; `spreads` are those of the new rows and of the test split."""
    measured = clustered_mean(errors.values, reference.entities, confidence, is_share=False)
    known = np.isfinite(errors.values)
    usual = float(spreads[1][known].mean()) if known.any() else 0.0
    raw = clustered_mean(spreads[0], new.entities, confidence, is_share=False)
    return ExpectedOutcome(
        name=errors.name,
        unit=errors.unit,
        how="spread of its own quantiles, in the proportion of the test split",
        new=_scaled(raw, measured, usual),
        reference=measured,
        measured=measured,
        assumes=_FORECASTS_ASSUME,
    )


def _scaled(spread: Estimate, measured: Estimate, usual: float) -> Estimate:
    """New spread × measured error / usual spread, with the relative widths of the first two.

    Both are independent, as they are of other rows: the squares of relative widths add up.
    """
    if spread.value is None or measured.value is None or usual <= 0.0:
        return Estimate(value=None)
    value = spread.value * measured.value / usual
    widths = [_relative_width(one) for one in (spread, measured)]
    if None in widths:
        return Estimate(value=value, note=spread.note or measured.note)
    reach = value * math.hypot(*(width for width in widths if width is not None))
    return Estimate(value=value, ci_low=max(0.0, value - reach), ci_high=value + reach)


def _relative_width(estimate: Estimate) -> float | None:
    interval = estimate.interval
    if interval is None or not estimate.value:
        return None
    return (interval.high - interval.low) / (2.0 * estimate.value)
