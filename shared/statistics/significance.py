"""Tests of two models on the same rows, and what several tests at once ask for.

Each respects that rows of one entity, and forecasts of overlapping windows, resemble each other; a
test that takes them for independent finds differences that are not there. That of areas under ROC
curves is in `areas.py`. The more tests one makes, the more one finds by chance, so that p-values of
a family are adjusted together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, false_discovery_control, permutation_test, t

from shared.statistics.intervals import Estimate, Interval

__all__ = [
    "PairedTest",
    "benjamini_hochberg",
    "diebold_mariano_test",
    "difference_of_constants",
    "holm",
    "mcnemar_test",
]

_PERMUTATIONS = 4999
_FEW_ENTITIES = 12
"""As many have fewer ways to be exchanged (2^12) than there would be random ones."""

_MIN_MOMENTS = 10
"""Fewer moments than this say nothing about how errors follow each other."""


@dataclass(frozen=True)
class PairedTest:
    """Outcome of a test.

    Attributes:
        method: Its name.
        difference: First minus second.
        statistic: As the method defines it.
        p_value: Two-sided; NaN if the test can't be made.
        reason: Why it can't be made; empty if it can.
    """

    method: str
    difference: float
    statistic: float
    p_value: float
    reason: str = ""


def mcnemar_test(
    first: NDArray[np.bool_],
    second: NDArray[np.bool_],
    codes: NDArray[np.int64],
    seed: tuple[int, ...],
) -> PairedTest:
    """Test whether two models are right equally often.

    With one row an entity this is McNemar's test with the mid-p-value (Fagerland, Lydersen & Laake
    2013, eq. 4). With several, whole entities are exchanged between the models instead of rows: the
    permutation test that McNemar's is a special case of.

    Args:
        first: (n,) bool: rows on which the first model is right.
        second: (n,) bool, of the second.
        codes: (n,) int64 entity of each row.
        seed: Seed sequence of the permutations.

    Returns:
        The difference is that of the shares; the statistic is the number of rows on which only the
        first is right.
    """
    gained = int((first & ~second).sum())
    lost = int((second & ~first).sum())
    difference = (gained - lost) / len(first)
    if len(np.unique(codes)) == len(codes):
        return PairedTest(
            "McNemar, mid-p", difference, gained, _mid_p_value(min(gained, lost), gained + lost)
        )
    sums = np.bincount(codes, weights=first.astype(np.float64) - second)
    sums = sums[sums != 0.0]  # an entity without a difference is exchanged without effect
    p_value = _exchange_all(sums) if len(sums) <= _FEW_ENTITIES else _exchange(sums, seed)
    return PairedTest("McNemar by entity", difference, gained, p_value)


def diebold_mariano_test(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    starts_seconds: NDArray[np.int64],
    horizon_seconds: int,
) -> PairedTest:
    """Test whether two forecasts are equally far off: Diebold & Mariano 1995, section 1.1.

    Losses of all rows that start at the same moment are taken together (Driscoll & Kraay 1998),
    because series share their weather. The variance is that of Newey & West 1987, with twice the
    lags over which windows overlap: Bartlett's weights halve what lies there.

    Args:
        first: (n,) float64 losses of the first model.
        second: (n,) float64 losses of the second.
        starts_seconds: (n,) int64: when each row's forecast starts.
        horizon_seconds: From a window's first moment to its end.

    Returns:
        The mean difference of losses; the statistic is compared with Student's t.
    """
    name = "Diebold-Mariano, HAC"
    moments, of_row = np.unique(starts_seconds, return_inverse=True)
    differences = first - second
    mean = float(differences.mean())
    num_moments = len(moments)
    sums = np.asarray(np.bincount(of_row, weights=differences - mean), dtype=np.float64)
    overlap = _num_overlapping(moments, horizon_seconds)
    # Newey & West 1994, section 4: the least that serial correlation beyond the overlap asks for.
    lags = max(2 * overlap, int(4 * (num_moments / 100) ** (2 / 9)))
    if num_moments < max(_MIN_MOMENTS, 3 * lags):
        reason = f"{num_moments} moments are too few where {overlap} further windows overlap each"
        return PairedTest(name, mean, math.nan, math.nan, reason)
    variance = _long_run_variance(sums, lags) / len(differences) ** 2
    if variance <= 0.0:
        return _without_spread(name, mean)
    statistic = mean / math.sqrt(variance)
    return PairedTest(name, mean, statistic, 2.0 * float(t.sf(abs(statistic), num_moments - 1)))


def difference_of_constants(first: Estimate, second: Estimate) -> Estimate:
    """First minus second where no resample moves either: square-and-add (Newcombe 1998, method 10).

    Each is as unsure as its own interval says; one without an interval is taken as known.
    """
    value = (first.value or 0.0) - (second.value or 0.0)
    if first.interval is None and second.interval is None:
        return Estimate.of(value, None, first.note)
    above, below = (
        math.hypot(_reach(up, upwards=True), _reach(down, upwards=False))
        for up, down in ((first, second), (second, first))
    )
    return Estimate.of(value, Interval(value - below, value + above))


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p-values so that the chance of any false finding stays below the level (Holm 1979).

    Args:
        p_values: (tests,) float64 in [0, 1].

    Returns:
        (tests,) float64: compare each with the level as if it were the only test.

    Example:
        >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
        [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    factors = len(p_values) - np.arange(len(p_values))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p_values[order] * factors))
    return adjusted


def benjamini_hochberg(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p-values so that the expected share of false findings stays below the level.

    Benjamini & Hochberg 1995; the share is of all findings. Weaker than `holm`, and meant for
    looking around; verdicts rest on Holm's.

    Args:
        p_values: (tests,) float64 in [0, 1]; independent, or positively dependent.

    Returns:
        (tests,) float64: compare each with the level.

    Example:
        >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).tolist()
        [0.03, 0.04, 0.04]
    """
    return (
        np.asarray(false_discovery_control(p_values, method="bh"), dtype=np.float64)
        if len(p_values)
        else np.empty(0)
    )


def _exchange_all(sums: NDArray[np.float64]) -> float:
    """The exact two-sided p-value of a sum whose addends may each change their sign."""
    if len(sums) < 2:  # one entity can be exchanged or not, and either is as far from zero
        return 1.0
    found = permutation_test(
        (sums,),
        lambda values, axis: values.sum(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=2 ** len(sums),
    )
    return float(found.pvalue)


def _exchange(sums: NDArray[np.float64], seed: tuple[int, ...]) -> float:
    """The same from random signs, of many addends.

    Of n addends of one size v, B ~ Binomial(n, 1/2) keep their sign, and v (2 B - n) is their sum:
    what is drawn is as much as there are sizes, not addends.
    """
    generator = np.random.default_rng(list(seed))
    exchanged = np.zeros(_PERMUTATIONS)
    for size, count in zip(*np.unique(np.abs(sums), return_counts=True), strict=True):
        exchanged += size * (2.0 * generator.binomial(count, 0.5, _PERMUTATIONS) - count)
    num_as_far = int((np.abs(exchanged) >= abs(sums.sum())).sum())
    return (1 + num_as_far) / (1 + _PERMUTATIONS)


def _num_overlapping(moments: NDArray[np.int64], horizon_seconds: int) -> int:
    """The largest number of further windows that start before one window ends."""
    ends = np.searchsorted(moments, moments + horizon_seconds, side="left")
    return int((ends - np.arange(len(moments))).max()) - 1


def _reach(estimate: Estimate, *, upwards: bool) -> float:
    interval = estimate.interval
    if interval is None or estimate.value is None:
        return 0.0
    return interval.high - estimate.value if upwards else estimate.value - interval.low


def _without_spread(name: str, difference: float) -> PairedTest:
    if difference == 0.0:
        return PairedTest(name, difference, 0.0, 1.0)
    return PairedTest(name, difference, 0.0, math.nan, "no spread")


def _mid_p_value(fewer: int, discordant: int) -> float:
    if discordant == 0:
        return 1.0
    exact = 2.0 * float(binom.cdf(fewer, discordant, 0.5))
    return min(1.0, exact - float(binom.pmf(fewer, discordant, 0.5)))


def _long_run_variance(sums: NDArray[np.float64], lags: int) -> float:
    total = float(sums @ sums)
    for lag in range(1, lags + 1):
        total += 2.0 * (1.0 - lag / (lags + 1)) * float(sums[lag:] @ sums[:-lag])
    return total * len(sums) / (len(sums) - 1)
