"""Numbers at class shares other than those of the test split.

A test split that was enriched with a rare class flatters an alarm for it, because how sure an alarm
is depends on how frequent its class is. What happens within each class carries over to the place of
work; class shares do not, so they are put in: means by post-stratification (Cochran 1977, section
5A.9), predictive values by Bayes' rule (Mercaldo, Lau & Zhou 2007).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import t

from shared.statistics.bootstrap import Resampling, Statistic, entity_codes, entity_sums, estimates
from shared.statistics.intervals import Estimate, Interval, Measure
from shared.targets.predictions import Predictions

__all__ = ["Alarms", "predictive_values", "weighted_means"]


@dataclass(frozen=True)
class Alarms:
    """Which rows raise an alarm for one class, and which should.

    Attributes:
        raised: (n,) bool.
        targets: (n,) int64 true classes.
        codes: (n,) int64 entity of each row.
        class_index: The class that the alarm is for.
    """

    raised: NDArray[np.bool_]
    targets: NDArray[np.int64]
    codes: NDArray[np.int64]
    class_index: int


@dataclass(frozen=True)
class _Rate:
    """A rate of alarms and what each entity contributes to its variance.

    (entities,) float64, whose squares sum up to it.
    """

    value: float
    influence: NDArray[np.float64]
    num_entities: int


def predictive_values(
    alarms: Alarms, shares: NDArray[np.float64], confidence: float
) -> tuple[Estimate, Estimate]:
    """How often an alarm is right, and how often silence is, at these class shares.

    Interval: logit ± t standard errors, by the delta method on the logarithms of both rates
    (Mercaldo, Lau & Zhou 2007, "logit intervals"); the rates' covariance is by entity. Where a rate
    is 0 or 1 its variance says nothing; both are then drawn towards one half by half a squared
    critical value (Agresti & Coull 1998), as they advise, and entities count instead of rows.

    Args:
        alarms: On the test split.
        shares: (classes,) float64 at the place of work; classes that the test split lacks are left
            out of the other rows' mix.
        confidence: Level, in (0, 1).
    """
    share = float(shares[alarms.class_index])
    found = _rate(alarms, {alarms.class_index: 1.0})
    other = _rate(alarms, _false_alarm_mix(alarms, shares))
    if found.num_entities < 2 or other.num_entities < 2:
        unknown = Estimate.of(
            math.nan, None, "undefined: fewer than two entities have the class, or lack it"
        )
        return unknown, unknown
    critical = float(t.ppf(0.5 + confidence / 2.0, min(found.num_entities, other.num_entities) - 1))
    odds = share / (1.0 - share) if share < 1.0 else math.inf
    against = 1.0 / odds if odds > 0.0 else math.inf
    positive = _value_of(found, other, odds, critical)
    negative = _value_of(_complement(other), _complement(found), against, critical)
    return positive, negative


def _value_of(right: _Rate, wrong: _Rate, odds: float, critical: float) -> Estimate:
    """The share of right ones among all that are called.

    `right` of the rows that should be, `wrong` of those that should not.
    """
    called = right.value * odds + wrong.value
    if not math.isfinite(odds) or odds == 0.0:
        return Estimate.of(float(odds > 0.0), None, "follows from the class share alone")
    if called == 0.0:
        return Estimate.of(math.nan, None, "undefined: it never happens")
    value = right.value * odds / called
    if {right.value, wrong.value} & {0.0, 1.0}:
        right_rate, right_variance = _adjusted(right, critical)
        wrong_rate, wrong_variance = _adjusted(wrong, critical)
        centre = _logit_of(right_rate, wrong_rate, odds)
        variance = right_variance + wrong_variance
    else:
        centre = float(logit(value))
        variance = float(
            ((right.influence / right.value - wrong.influence / wrong.value) ** 2).sum()
        )
    half = critical * math.sqrt(variance)
    return Estimate.of(
        value,
        Interval(min(value, float(expit(centre - half))), max(value, float(expit(centre + half)))),
    )


def _logit_of(right: float, wrong: float, odds: float) -> float:
    """Logit of the predictive value that these rates have at these odds."""
    return math.log(right * odds / wrong)


def _adjusted(rate: _Rate, critical: float) -> tuple[float, float]:
    """A rate drawn towards one half, and the variance of its logarithm."""
    trials = rate.num_entities + critical**2
    value = (rate.value * rate.num_entities + critical**2 / 2.0) / trials
    return value, (1.0 - value) / (value * trials)


def _false_alarm_mix(alarms: Alarms, shares: NDArray[np.float64]) -> dict[int, float]:
    """The classes that the alarm is not for and the test split has, each with its share."""
    counts = np.bincount(alarms.targets, minlength=len(shares))
    others = [c for c in range(len(shares)) if c != alarms.class_index and counts[c] > 0]
    # Where the others have no share at all, their mix in the test split stands for it.
    source = shares if shares[others].sum() > 0 else counts
    return {c: float(source[c]) for c in others}


def _rate(alarms: Alarms, mix: Mapping[int, float]) -> _Rate:
    """The rate of alarms on rows of some classes, each class weighing what it has of the mix."""
    length = int(alarms.codes.max(initial=0)) + 1
    total = sum(mix.values())
    value = 0.0
    influence = np.zeros(length)
    for c, share in mix.items():
        of_class = alarms.targets == c
        raised = alarms.raised[of_class]
        if len(raised):
            rate = float(raised.mean())
            deviations = np.bincount(
                alarms.codes[of_class], weights=raised - rate, minlength=length
            )
            value += share / total * rate
            influence += share / total / len(raised) * deviations
    behind = len(np.unique(alarms.codes[np.isin(alarms.targets, list(mix))]))
    return _Rate(value, influence * math.sqrt(behind / max(behind - 1, 1)), behind)


def _complement(rate: _Rate) -> _Rate:
    return _Rate(1.0 - rate.value, -rate.influence, rate.num_entities)


def weighted_means(
    columns: Mapping[str, NDArray[np.float64]],
    predictions: Predictions,
    mix: NDArray[np.float64] | None,
    resampling: Resampling,
) -> dict[str, Estimate]:
    """The mean of each column with its interval.

    With a mix this is the mean of class means with the mix as weights (post-stratification; Cochran
    1977, section 5A.9): a resample changes the means, never the shares. Classes that a resample
    lacks are left out of its mix.

    Args:
        columns: Name -> (n,) float64.
        predictions: Of a classification, beside the truth.
        mix: (classes,) shares that the classes are given; None as they are.
        resampling: Of entities; all columns are seen on the same resamples.
    """
    codes, num_entities = entity_codes(predictions.entities)
    values = np.stack(list(columns.values()), axis=1)  # (n, columns)
    evaluate = _mixed_means(values, predictions.targets, codes, num_entities, mix)
    measures = tuple(
        Measure(name, num_entities, *_bounds(column)) for name, column in columns.items()
    )
    return estimates([Statistic(measures, evaluate)], num_entities, resampling)


def _mixed_means(
    values: NDArray[np.float64],
    targets: NDArray[np.int64],
    codes: NDArray[np.int64],
    num_entities: int,
    mix: NDArray[np.float64] | None,
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Means of the columns (n, columns), as a function of weights (entities, resamples)."""
    shares = np.ones(1) if mix is None else mix
    strata = np.zeros(len(codes), dtype=np.int64) if mix is None else targets
    num_columns = values.shape[1]
    cells = (strata[:, None] * num_columns + np.arange(num_columns)).reshape(-1)
    owners = np.repeat(codes, num_columns)
    num_cells = len(shares) * num_columns
    sums = entity_sums(owners, num_entities, cells, values.reshape(-1), num_cells)
    counts = entity_sums(codes, num_entities, strata, np.ones(len(codes)), len(shares))

    def evaluate(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        found = counts @ drawn  # (strata, resamples)
        weights = np.where(found > 0, shares[:, None], 0.0)
        totals = (sums @ drawn).reshape(len(shares), num_columns, -1)
        means = totals / np.maximum(found, 1.0)[:, None]
        total = weights.sum(axis=0)
        mixed = np.einsum("sr,scr->cr", weights, means) / np.where(total > 0, total, 1.0)
        return np.where(total > 0, mixed, np.nan)

    return evaluate


def _bounds(values: NDArray[np.float64]) -> tuple[float, float]:
    """A mean lies between the smallest and the largest value; of a share these are 0 and 1."""
    return (
        (0.0, 1.0)
        if set(np.unique(values)) <= {0.0, 1.0}
        else (float(values.min()), float(values.max()))
    )
