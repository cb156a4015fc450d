"""From bootstrap draws to an interval, or to the reason why there is none.

Intervals are BCa (bias-corrected and accelerated; Efron 1987): metrics such as macro F1 or log loss
are biased and skewed in small samples, which a percentile interval ignores. Three amendments keep
them honest where the bootstrap is not:

- few entities: levels are widened by Student's t (Hesterberg 2015, section 5.3), because resampling
  k entities understates the spread by sqrt((k - 1) / k) and a normal quantile ignores that the
  spread is estimated;
- fewer than about six: the draws' range itself can't reach the level, so the interval is value ± t
  standard errors;
- a share of 0 or 1 in every draw: Wilson's interval, because seeing no error does not prove that
  there is none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit
from scipy.stats import norm

from shared.block import Block
from shared.errors import ContractError
from shared.targets.metric_info import MetricInfo

__all__ = [
    "NO_SPREAD",
    "Estimate",
    "Interval",
    "Measure",
    "bca_estimate",
    "distance_estimate",
    "number_or_none",
    "wilson_bounds",
    "wilson_interval",
]

NO_SPREAD = 1e-12
"""Draws that differ by less than this differ by rounding."""

_SMALLEST_STRETCH = 0.2
"""BCa divides by 1 - a (z0 + z), which loses its meaning as it nears 0; extreme draws then stand
for the end of the interval."""


@dataclass(frozen=True)
class Interval:
    """A confidence interval, low <= high."""

    low: float
    high: float


class Estimate(Block):
    """A number with its interval: what every table, JSON file and report shows.

    Attributes:
        value: On all rows; None if undefined.
        ci_low: Lower end of the confidence interval; None if none can be given.
        ci_high: Upper end; None with `ci_low`.
        note: Why there is no interval, or why it is less sure than it looks; empty if neither.
    """

    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    note: str = ""

    @classmethod
    def of(cls, value: float, interval: Interval | None = None, note: str = "") -> Estimate:
        """From numbers that may be NaN or infinite, which become None."""
        if interval is None:
            return Estimate(value=number_or_none(value), note=note)
        return Estimate(
            value=number_or_none(value),
            ci_low=number_or_none(interval.low),
            ci_high=number_or_none(interval.high),
            note=note,
        )

    @classmethod
    def of_equals(cls) -> Estimate:
        """The difference of two models that give the same predictions: nothing is unsure."""
        return cls.of(0.0, Interval(0.0, 0.0), "both give the same predictions")

    @property
    def mirrored(self) -> Estimate:
        """The estimate of the number with the opposite sign."""
        ends = {"value": self.value, "ci_low": self.ci_high, "ci_high": self.ci_low}
        # 0.0 - x, not -x: the opposite of 0 is no "-0.0" in JSON.
        opposite = {name: None if end is None else 0.0 - end for name, end in ends.items()}
        return Estimate(**opposite, note=self.note)

    @property
    def interval(self) -> Interval | None:
        """Both ends; None unless both are known."""
        if self.ci_low is None or self.ci_high is None:
            return None
        return Interval(self.ci_low, self.ci_high)


def number_or_none(value: float) -> float | None:
    """The value as a plain float; None if it is not finite, for JSON knows no NaN."""
    return float(value) if math.isfinite(value) else None


@dataclass(frozen=True)
class Measure:
    """What a bootstrap must know about one number.

    Attributes:
        name: Of the number.
        num_entities: Entities that bear on it; for a difference of two groups, those of the
            smaller.
        low: Smallest possible value.
        high: Largest possible value.
        part_of: The metric whose part it is, such as one class's part of a macro average; empty for
            a metric of its own.
    """

    name: str
    num_entities: int
    low: float = 0.0
    high: float = math.inf
    part_of: str = ""

    @classmethod
    def of_metric(cls, name: str, metrics: Mapping[str, MetricInfo], num_entities: int) -> Measure:
        """A metric with the bounds of its definition.

        Args:
            name: Of the metric.
            metrics: Definitions, as `target.describe()` gives them.
            num_entities: Entities that bear on it.

        Raises:
            ContractError: It has no definition.
        """
        if name not in metrics:
            raise ContractError(
                f"The metric {name!r} is measured but not defined. Add its MetricInfo (unit,"
                " direction, bounds, source) to shared/targets/category_metrics.py or"
                " horizon_metrics.py."
            )
        return cls(name, num_entities, metrics[name].low, metrics[name].high)


def bca_estimate(
    measure: Measure,
    value: float,
    draws: NDArray[np.float64],
    jackknife: NDArray[np.float64],
    confidence: float,
) -> Estimate:
    """The value with its BCa interval.

    What is said of B - A is what is said of A - B with the opposite sign, to the last bit: of two
    numbers that mirror each other one is computed, and the other is its mirror image.

    Args:
        measure: Bounds and size.
        value: On all rows.
        draws: (resamples,) float64; NaN where a resample leaves the number undefined.
        jackknife: (blocks,) float64: values with one block of entities left out, for the
            acceleration.
        confidence: Level, in (0, 1).
    """
    numbers = np.concatenate([[value], draws])
    signed = numbers[np.isfinite(numbers) & (numbers != 0.0)]
    if len(signed) and signed[0] < 0.0:
        opposite = replace(measure, low=-measure.high, high=-measure.low)
        return _bca_estimate(opposite, -value, -draws, -jackknife, confidence).mirrored
    return _bca_estimate(measure, value, draws, jackknife, confidence)


def _bca_estimate(
    measure: Measure,
    value: float,
    draws: NDArray[np.float64],
    jackknife: NDArray[np.float64],
    confidence: float,
) -> Estimate:
    reason = _unavailable(measure, value, draws)
    if reason:
        return Estimate.of(value, None, reason)
    defined = draws[np.isfinite(draws)]
    if np.ptp(defined) <= NO_SPREAD:
        return _without_spread(measure, value, confidence)
    critical = _critical_value(measure.num_entities, confidence)
    if _range_falls_short(measure.num_entities, confidence):
        half = critical * float(defined.std(ddof=1))
        low = max(measure.low, value - half)
        high = min(measure.high, value + half)
        return Estimate.of(
            value,
            Interval(low, high),
            f"only {measure.num_entities} entities bear on it, so the interval is rough",
        )
    low, high = np.quantile(defined, _bca_levels(value, defined, jackknife, critical))
    # An interval is read as "the value, give or take": it includes the value even if correction for
    # bias moved it past.
    return Estimate.of(value, Interval(min(float(low), value), max(float(high), value)))


def distance_estimate(
    measure: Measure, parts: NDArray[np.float64], draws: NDArray[np.float64], confidence: float
) -> Estimate:
    """A sum of absolute values, such as a calibration error, with its interval.

    Resampling adds noise to each part, and absolute values never cancel: all draws may lie above
    the value, and no quantile of them can reach a true 0. The interval is value ± the quantile of
    the summed |draw - part| instead, which by the triangle inequality covers at least as often as
    its level.

    Args:
        measure: Bounds and size.
        parts: (parts,) float64, signed, on all rows.
        draws: (parts, resamples) float64, signed.
        confidence: Level, in (0, 1).
    """
    value = float(np.abs(parts).sum())
    distances = np.abs(draws - parts[:, None]).sum(axis=0)
    reason = _unavailable(measure, value, distances)
    if reason:
        return Estimate.of(value, None, reason)
    level = 1.0 - 2.0 * float(norm.sf(_critical_value(measure.num_entities, confidence)))
    reach = float(np.quantile(distances[np.isfinite(distances)], level))
    return Estimate.of(
        value, Interval(max(measure.low, value - reach), min(measure.high, value + reach))
    )


def wilson_interval(share: float, num_trials: float, confidence: float) -> Interval:
    """Wilson's score interval of a share (Wilson 1927).

    `num_trials` may be an effective, fractional number.
    """
    return wilson_bounds(share, num_trials, float(norm.ppf(0.5 + confidence / 2.0)))


def wilson_bounds(share: float, num_trials: float, z: float) -> Interval:
    """Wilson's score interval of `z` standard errors."""
    centre = (share + z**2 / (2 * num_trials)) / (1 + z**2 / num_trials)
    half = (
        z
        / (1 + z**2 / num_trials)
        * math.sqrt(share * (1 - share) / num_trials + z**2 / (4 * num_trials**2))
    )
    return Interval(max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))


def _unavailable(measure: Measure, value: float, draws: NDArray[np.float64]) -> str:
    if not math.isfinite(value):
        return "undefined on these rows"
    if measure.num_entities < 2:
        return "no interval: all rows belong to one entity"
    if np.isfinite(draws).mean() < 0.5:
        return "no interval: most resamples leave it undefined"
    return ""


def _without_spread(measure: Measure, value: float, confidence: float) -> Estimate:
    if (measure.low, measure.high) == (0.0, 1.0) and value in (0.0, 1.0):
        return Estimate.of(value, wilson_interval(value, measure.num_entities, confidence))
    return Estimate.of(value, None, "no interval: all resamples agree")


def _critical_value(num_entities: int, confidence: float) -> float:
    return math.sqrt(num_entities / (num_entities - 1)) * float(
        stdtrit(num_entities - 1, 0.5 + confidence / 2.0)
    )


def _range_falls_short(num_entities: int, confidence: float) -> bool:
    # The mean of k symmetric values lies outside their range with probability 2^(1 - k).
    return 2.0 ** (1 - num_entities) > 1.0 - confidence


def _bca_levels(
    value: float, draws: NDArray[np.float64], jackknife: NDArray[np.float64], critical: float
) -> NDArray[np.float64]:
    # Efron 1987, eq. 2.3 and 6.6. Draws equal to the value count half, as discrete metrics need.
    below = float(((draws < value) + 0.5 * (draws == value)).mean())
    bias = float(ndtri(np.clip(below, 0.5 / len(draws), 1.0 - 0.5 / len(draws))))
    left_out = jackknife[np.isfinite(jackknife)]
    deviations = left_out.mean() - left_out if len(left_out) else np.zeros(1)
    spread = float((deviations**2).sum())
    acceleration = float((deviations**3).sum()) / (6.0 * spread**1.5) if spread > 0 else 0.0
    shifted = bias + np.array([-critical, critical])
    # scipy.special, because the same functions of scipy.stats take longer than all the rest of an
    # interval.
    return np.asarray(
        ndtr(bias + shifted / np.maximum(1.0 - acceleration * shifted, _SMALLEST_STRETCH))
    )
