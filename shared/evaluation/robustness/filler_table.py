"""Who moves the score: frames that differ only in whom they mention, by the group mentioned."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ttest_1samp

from shared.contract.behaviours import Behaviour, Invariance
from shared.evaluation.robustness.behaviour_judgement import Judgement
from shared.run.artefacts.metrics.behaviour_entries import FillerEntry
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import NO_SPREAD, Estimate, Measure, number_or_none
from shared.statistics.means import mean_statistic
from shared.statistics.shares import ShareEstimate, clustered_share
from shared.statistics.significance import holm

__all__ = ["filler_table"]

_MIN_FRAMES = 5
"""Frames below which no verdict is given: a t-test on fewer hardly ever finds anything."""


def filler_table(
    tests: Mapping[str, tuple[Behaviour, Judgement]], margin: float, resampling: Resampling
) -> tuple[FillerEntry, ...]:
    """One entry per test, attribute and group.

    The verdict rests on a t-test of the frames' mean shifts, adjusted over all groups of all tests
    (Holm), at the level of the intervals. A shift that is sure to exist may be too small to matter
    (`within_margin`), nor need it be about a group: fillers that name nobody shift scores too
    (`control_reach`).

    Args:
        tests: Name -> test and its judgement; only invariances with fillers have entries.
        margin: Shifts below this do not matter.
        resampling: Of frames.
    """
    groups: list[_GroupShift] = []
    for number, (name, (behaviour, judgement)) in enumerate(tests.items()):
        if isinstance(behaviour.expectation, Invariance):
            draws = replace(resampling, seed=(*resampling.seed, number))
            groups += _groups(name, behaviour, behaviour.expectation, judgement, draws)
    reach = max((abs(one.shift.value or 0.0) for one in groups if one.control), default=None)
    p_values = [one.p_value for one in groups if one.p_value is not None]
    adjusted = iter(holm(np.array(p_values)).tolist())
    entries = []
    for one in groups:
        p_adjusted = None if one.p_value is None else next(adjusted)
        entry = FillerEntry(
            **vars(one),
            p_adjusted=p_adjusted,
            verdict=_verdict(one, p_adjusted, 1.0 - resampling.confidence),
            control_reach=reach,
            margin=margin,
            within_margin=_is_within(margin, one),
        )
        entries.append(entry)
    return tuple(entries)


@dataclass(frozen=True)
class _GroupShift:
    """One group of one test; fields as in `FillerEntry`."""

    test: str
    attribute: str
    group: str
    n: int
    num_cases: int
    flip_rate: Estimate
    shift: Estimate
    p_value: float | None
    control: bool


def _groups(
    test: str,
    behaviour: Behaviour,
    expectation: Invariance,
    judgement: Judgement,
    resampling: Resampling,
) -> Iterator[_GroupShift]:
    codes, num_cases = entity_codes(behaviour.cases)
    for attribute, labels in expectation.fillers.items():
        names = list(dict.fromkeys(labels.tolist()))
        members = np.stack([labels == name for name in names], axis=1)  # (rows, groups)
        shifts = np.where(members, judgement.shift[:, None], np.nan)
        measures = [Measure(str(place), num_cases, -1.0, 1.0) for place in range(len(names))]
        statistic = mean_statistic(measures, shifts, codes, num_cases)
        moved = estimates([statistic], num_cases, resampling)
        for place, name in enumerate(names):
            inside = members[:, place]
            failed = judgement.failed[inside].astype(np.float64)
            flips = clustered_share(failed, codes[inside], resampling.confidence)
            yield _GroupShift(
                test=test,
                attribute=attribute,
                group=name,
                n=flips.n,
                num_cases=flips.num_entities,
                flip_rate=_without_sizes(flips),
                shift=moved[str(place)],
                p_value=number_or_none(_p_value(shifts[:, place], codes, num_cases)),
                control=expectation.is_control,
            )


def _without_sizes(share: ShareEstimate) -> Estimate:
    return Estimate(value=share.value, ci_low=share.ci_low, ci_high=share.ci_high, note=share.note)


def _p_value(shifts: NDArray[np.float64], codes: NDArray[np.int64], num_cases: int) -> float:
    """Of the hypothesis that the mean over frames is 0 (two-sided t-test).

    NaN where there are too few frames.
    """
    known = ~np.isnan(shifts)
    counts = np.bincount(codes[known], minlength=num_cases)
    totals = np.bincount(codes[known], shifts[known], minlength=num_cases)
    means = totals[counts > 0] / counts[counts > 0]
    if len(means) < _MIN_FRAMES:
        return math.nan
    if np.ptp(means) <= NO_SPREAD:
        # Every frame says the same, for which the t statistic has no denominator.
        return 1.0 if abs(means[0]) <= NO_SPREAD else 0.0
    return float(ttest_1samp(means, 0.0).pvalue)


def _is_within(margin: float, one: _GroupShift) -> bool:
    """Whether the shift is surely small.

    Where all frames say the same, its value needs no interval.
    """
    interval = one.shift.interval
    if interval is not None:
        return -margin < interval.low and interval.high < margin
    return one.p_value is not None and abs(one.shift.value or 0.0) < margin


def _verdict(one: _GroupShift, p_adjusted: float | None, level: float) -> str:
    if p_adjusted is None:
        return "not enough data"
    if p_adjusted > level:
        return "inconclusive"
    return "raises" if (one.shift.value or 0.0) > 0 else "lowers"
