"""One attribute: its groups, their gaps, the test, and what all that amounts to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from shared.contract import UNKNOWN
from shared.fairness.gaps.comparison import Comparison, GroupRate
from shared.fairness.gaps.disparity import CaseMix, case_mix_statistic, compare_errors, weigh_gaps
from shared.fairness.groups.disaggregate import GroupedErrors, GroupSize, group_sizes
from shared.fairness.groups.reference import Reference, choose_reference
from shared.statistics.arrangements import PermutationTest
from shared.statistics.bootstrap import Resampling, estimates
from shared.statistics.equivalence import GapPower
from shared.statistics.intervals import Estimate
from shared.statistics.permutation import spread_test, too_few_arrangements
from shared.statistics.significance import benjamini_hochberg, holm

__all__ = ["Adjusted", "Assessment", "Questions", "Verdict", "adjust", "assess_groups", "judge"]

Verdict = Literal["gap found", "equivalent within ε", "inconclusive", "not enough data"]


@dataclass(frozen=True)
class Questions:
    """What is asked of every attribute of a family.

    Attributes:
        min_group_size: Rows below which a group gets no number.
        permutations: Of the test.
        margin: Gaps below it do not matter; in the unit of the first metric.
        alpha: Level of the whole family.
        family_size: Attributes that are asked; detectable gaps are those of tests at the level
            `alpha / family_size`.
    """

    min_group_size: int
    permutations: int
    margin: float
    alpha: float
    family_size: int


@dataclass(frozen=True)
class Adjusted:
    """One attribute's p-values after adjustment for its family.

    Of the gap (Holm; Benjamini-Hochberg), of equivalence (Holm).
    """

    gap: float
    gap_discovery: float
    equivalence: float


@dataclass(frozen=True)
class Assessment:
    """What is known about one attribute, before the other attributes' tests are taken into account.

    Attributes:
        sizes: Per group, the unknown last.
        num_entities: Entities over all groups.
        reference: The group with which all others are compared.
        errors: Per metric and group: the mean error, beside those of the others.
        case_mix: Group -> gap of the first metric at equal class shares; empty where there are no
            classes.
        power: Group -> what the data can say about the gap of the first metric; empty if there
            is no test.
        test: Of the first metric's largest minus smallest error; None if it can't be made.
        reason: Why there is no test; empty if there is one.
    """

    sizes: list[GroupSize]
    num_entities: int
    reference: Reference
    errors: list[GroupRate]
    case_mix: Mapping[str, Estimate]
    power: Mapping[str, GapPower]
    test: PermutationTest | None
    reason: str

    @property
    def equivalence_p_value(self) -> float:
        """Of the null hypothesis that any group's gap reaches the margin.

        The largest, because all must be refused (Berger 1982).
        """
        return max((found.equivalence_p_value for found in self.power.values()), default=1.0)

    def of(self, comparison: Comparison, metric: str) -> dict[str, Estimate]:
        """Group -> estimate, for the groups that have one."""
        return {
            rate.group: rate.found[comparison]
            for rate in self.errors
            if rate.metric == metric and comparison in rate.found
        }


def assess_groups(
    grouped: GroupedErrors,
    mix: CaseMix | None,
    questions: Questions,
    resampling: Resampling,
    named: str | None = None,
) -> Assessment:
    """Measure one attribute with at least one known group.

    Args:
        grouped: Row errors by group; the first metric is the one that is tested.
        mix: Classes for the case-mix view; None where there are none.
        questions: What is asked.
        resampling: Of entities.
        named: The group that all others are to be compared with; None for the largest.
    """
    sizes = group_sizes(grouped, questions.min_group_size)
    metric = next(iter(grouped.errors))
    compared = [size.group for size in sizes if size.group != UNKNOWN and not size.suppressed]
    reference = choose_reference(sizes, named)
    errors = compare_errors(grouped, sizes, reference.group, resampling)
    measured = Assessment(sizes, grouped.num_entities, reference, errors, {}, {}, None, "")
    if len(compared) < 2:
        return replace(measured, reason="No two groups are large enough to be compared.")
    if mix is not None:
        statistic = case_mix_statistic(grouped, sizes, metric, mix)
        measured = replace(
            measured, case_mix=estimates([statistic], grouped.num_entities, resampling)
        )
    test = _test(grouped, compared, metric, questions.permutations, resampling.seed)
    reason = too_few_arrangements(test, questions.alpha)
    if reason:
        return replace(measured, reason=reason)
    level = questions.alpha / max(1, questions.family_size)
    power = weigh_gaps(
        grouped, sizes, metric, margin=questions.margin, alpha=level, resampling=resampling
    )
    return replace(measured, power=power, test=test)


def adjust(assessments: Mapping[str, Assessment]) -> dict[str, Adjusted]:
    """Adjust the p-values of one family; attributes without a test are not part of it."""
    tests = {name: found.test for name, found in assessments.items() if found.test is not None}
    gaps = np.array([test.p_value for test in tests.values()])
    equivalence = np.array([assessments[name].equivalence_p_value for name in tests])
    columns = (holm(gaps).tolist(), benjamini_hochberg(gaps).tolist(), holm(equivalence).tolist())
    return {name: Adjusted(*values) for name, *values in zip(tests, *columns, strict=True)}


def judge(assessment: Assessment, adjusted: Adjusted | None, alpha: float) -> Verdict:
    """The verdict at family-wise level `alpha`.

    A gap that is found is reported even if it is shown to be smaller than the margin as well. Where
    neither is shown, more data are needed: finding no gap is not evidence of none.
    """
    if assessment.test is None or adjusted is None:
        return "not enough data"
    if adjusted.gap <= alpha:
        return "gap found"
    return "equivalent within ε" if adjusted.equivalence <= alpha else "inconclusive"


def _test(
    grouped: GroupedErrors,
    compared: list[str],
    metric: str,
    permutations: int,
    seed: tuple[int, ...],
) -> PermutationTest:
    rows, labels = grouped.among(compared)
    return spread_test(
        grouped.errors[metric][rows],
        labels,
        grouped.codes[rows],
        permutations=permutations,
        seed=(*seed, 1),
    )
