"""One attribute: its groups, their gaps, the test, and what all that amounts to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from shared.contract import UNKNOWN
from shared.evaluation.bootstrap import Resampling, estimate_each
from shared.evaluation.intervals import Estimate
from shared.fairness.disaggregate import GroupedErrors, GroupSize, group_sizes, value_statistic
from shared.fairness.disparity import CaseMix, case_mix_statistic, gap_statistic
from shared.fairness.permutation import PermutationTest, spread_test

__all__ = ["Assessment", "Verdict", "assess_groups", "judge"]

Verdict = Literal["gap found", "no gap found", "inconclusive", "insufficient evidence"]


@dataclass(frozen=True)
class Assessment:
    """What is known about one attribute, before the other attributes' tests are taken into account.

    Attributes:
        sizes: Per group, the unknown last.
        values: (metric, group) -> mean error.
        gaps: (metric, group) -> signed gap against the pooled rest.
        case_mix: Group -> gap of the first metric at equal class shares; empty where there are no classes.
        test: Of the first metric's largest minus smallest error; None if it can't be made.
        reason: Why there is no test; empty if there is one.
    """

    sizes: list[GroupSize]
    values: Mapping[tuple[str, str], Estimate]
    gaps: Mapping[tuple[str, str], Estimate]
    case_mix: Mapping[str, Estimate]
    test: PermutationTest | None
    reason: str


def assess_groups(
    grouped: GroupedErrors, mix: CaseMix | None, *, min_group_size: int, permutations: int, resampling: Resampling
) -> Assessment:
    """Measure one attribute with at least one known group.

    Args:
        grouped: Row errors by group; the first metric is the one that is tested.
        mix: Classes for the case-mix view; None where there are none.
        min_group_size: Rows below which a group gets no number.
        permutations: Of the test.
        resampling: Of entities.
    """
    sizes = group_sizes(grouped, min_group_size)
    metric = next(iter(grouped.errors))
    compared = [size.group for size in sizes if size.group != UNKNOWN and not size.suppressed]
    statistics = {("value", name): value_statistic(grouped, sizes, name) for name in grouped.errors}
    if len(compared) > 1:
        statistics |= {("gap", name): gap_statistic(grouped, sizes, name) for name in grouped.errors}
        statistics |= {} if mix is None else {("case mix", metric): case_mix_statistic(grouped, sizes, metric, mix)}
    found = estimate_each(statistics, grouped.num_entities, resampling)
    values, gaps = _by_metric(found, "value"), _by_metric(found, "gap")
    case_mix = found.get(("case mix", metric), {})
    if len(compared) < 2:
        return Assessment(sizes, values, gaps, case_mix, None, "No two groups are large enough to be compared.")
    test = _test(grouped, compared, metric, permutations, resampling.seed)
    if test.smallest_p_value > 1.0 - resampling.confidence:
        reason = f"So few entities can be told apart that no result could be surer than p = {test.smallest_p_value:.2g}."
        return Assessment(sizes, values, gaps, case_mix, None, reason)
    return Assessment(sizes, values, gaps, case_mix, test, "")


def judge(assessment: Assessment, adjusted_p_value: float | None, metric: str, alpha: float) -> Verdict:
    """The verdict at family-wise level `alpha`.

    "No gap found" is not "equal": it says that neither the test nor any group's own interval speaks of a gap. If one of them does,
    but not strongly enough for the whole family, the verdict is "inconclusive".
    """
    if assessment.test is None or adjusted_p_value is None:
        return "insufficient evidence"
    if adjusted_p_value <= alpha:
        return "gap found"
    intervals = [gap.interval for (name, _), gap in assessment.gaps.items() if name == metric]
    excludes_zero = any(interval is not None and not interval.low <= 0.0 <= interval.high for interval in intervals)
    return "inconclusive" if excludes_zero or assessment.test.p_value <= alpha else "no gap found"


def _by_metric(found: Mapping[tuple[str, str], Mapping[str, Estimate]], kind: str) -> dict[tuple[str, str], Estimate]:
    return {(name, group): estimate for (of, name), groups in found.items() if of == kind for group, estimate in groups.items()}


def _test(grouped: GroupedErrors, compared: list[str], metric: str, permutations: int, seed: tuple[int, ...]) -> PermutationTest:
    place = {group: i for i, group in enumerate(compared)}
    label_of_cell = np.array([place.get(group, -1) for group in grouped.groups], dtype=np.int64)
    labels = label_of_cell[grouped.cells]
    rows = np.flatnonzero(labels >= 0)
    return spread_test(grouped.errors[metric][rows], labels[rows], grouped.codes[rows], permutations=permutations, seed=(*seed, 1))
