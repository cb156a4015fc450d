"""One attribute: its groups, their gaps, the test, and what all that amounts to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from shared.contract import UNKNOWN
from shared.evaluation.bootstrap import Resampling, estimate_each
from shared.evaluation.intervals import Estimate
from shared.evaluation.multiplicity import benjamini_hochberg, holm
from shared.fairness.disaggregate import GroupedErrors, GroupSize, group_sizes, value_statistic
from shared.fairness.disparity import CaseMix, case_mix_statistic, gap_statistic, weigh_gaps
from shared.fairness.equivalence import GapEvidence
from shared.fairness.permutation import PermutationTest, spread_test

__all__ = ["Adjusted", "Assessment", "Questions", "Verdict", "adjust", "assess_groups", "judge"]

Verdict = Literal["gap found", "equivalent within ε", "inconclusive", "insufficient evidence"]


@dataclass(frozen=True)
class Questions:
    """What is asked of every attribute of a family.

    Attributes:
        min_group_size: Rows below which a group gets no number.
        permutations: Of the test.
        margin: Gaps below it do not matter; in the unit of the first metric.
        alpha: Level of the whole family.
        family_size: Attributes that are asked; detectable gaps are those of tests at the level `alpha / family_size`.
    """

    min_group_size: int
    permutations: int
    margin: float
    alpha: float
    family_size: int


@dataclass(frozen=True)
class Adjusted:
    """One attribute's p-values after adjustment for its family: of the gap (Holm; Benjamini-Hochberg), of equivalence (Holm)."""

    gap: float
    gap_discovery: float
    equivalence: float


@dataclass(frozen=True)
class Assessment:
    """What is known about one attribute, before the other attributes' tests are taken into account.

    Attributes:
        sizes: Per group, the unknown last.
        values: (metric, group) -> mean error.
        gaps: (metric, group) -> signed gap against the pooled rest.
        case_mix: Group -> gap of the first metric at equal class shares; empty where there are no classes.
        evidence: Group -> what the data can say about the gap of the first metric; empty if there is no test.
        test: Of the first metric's largest minus smallest error; None if it can't be made.
        reason: Why there is no test; empty if there is one.
    """

    sizes: list[GroupSize]
    values: Mapping[tuple[str, str], Estimate]
    gaps: Mapping[tuple[str, str], Estimate]
    case_mix: Mapping[str, Estimate]
    evidence: Mapping[str, GapEvidence]
    test: PermutationTest | None
    reason: str

    @property
    def equivalence_p_value(self) -> float:
        """Of the null hypothesis that any group's gap reaches the margin: the largest, because all must be refused (Berger 1982)."""
        return max((found.equivalence_p_value for found in self.evidence.values()), default=1.0)


def assess_groups(grouped: GroupedErrors, mix: CaseMix | None, questions: Questions, resampling: Resampling) -> Assessment:
    """Measure one attribute with at least one known group.

    Args:
        grouped: Row errors by group; the first metric is the one that is tested.
        mix: Classes for the case-mix view; None where there are none.
        questions: What is asked.
        resampling: Of entities.
    """
    sizes = group_sizes(grouped, questions.min_group_size)
    metric = next(iter(grouped.errors))
    compared = [size.group for size in sizes if size.group != UNKNOWN and not size.suppressed]
    statistics = {("value", name): value_statistic(grouped, sizes, name) for name in grouped.errors}
    if len(compared) > 1:
        statistics |= {("gap", name): gap_statistic(grouped, sizes, name) for name in grouped.errors}
        statistics |= {} if mix is None else {("case mix", metric): case_mix_statistic(grouped, sizes, metric, mix)}
    found = estimate_each(statistics, grouped.num_entities, resampling)
    measured = Assessment(sizes, _by_metric(found, "value"), _by_metric(found, "gap"), found.get(("case mix", metric), {}), {}, None, "")
    if len(compared) < 2:
        return replace(measured, reason="No two groups are large enough to be compared.")
    test = _test(grouped, compared, metric, questions.permutations, resampling.seed)
    if test.smallest_p_value > questions.alpha:
        reason = f"So few entities can be told apart that no result could be surer than p = {test.smallest_p_value:.2g}."
        return replace(measured, reason=reason)
    level = questions.alpha / max(1, questions.family_size)
    evidence = weigh_gaps(grouped, sizes, metric, margin=questions.margin, alpha=level, resampling=resampling)
    return replace(measured, evidence=evidence, test=test)


def adjust(assessments: Mapping[str, Assessment]) -> dict[str, Adjusted]:
    """Adjust the p-values of one family; attributes without a test are not part of it."""
    tests = {name: found.test for name, found in assessments.items() if found.test is not None}
    gaps = np.array([test.p_value for test in tests.values()])
    equivalence = np.array([assessments[name].equivalence_p_value for name in tests])
    columns = (holm(gaps).tolist(), benjamini_hochberg(gaps).tolist(), holm(equivalence).tolist())
    return {name: Adjusted(*values) for name, *values in zip(tests, *columns, strict=True)}


def judge(assessment: Assessment, adjusted: Adjusted | None, alpha: float) -> Verdict:
    """The verdict at family-wise level `alpha`.

    A gap that is found is reported even if it is shown to be smaller than the margin as well. Where neither is shown, more data are
    needed: finding no gap is not evidence of none.
    """
    if assessment.test is None or adjusted is None:
        return "insufficient evidence"
    if adjusted.gap <= alpha:
        return "gap found"
    return "equivalent within ε" if adjusted.equivalence <= alpha else "inconclusive"


def _by_metric(found: Mapping[tuple[str, str], Mapping[str, Estimate]], kind: str) -> dict[tuple[str, str], Estimate]:
    return {(name, group): estimate for (of, name), groups in found.items() if of == kind for group, estimate in groups.items()}


def _test(grouped: GroupedErrors, compared: list[str], metric: str, permutations: int, seed: tuple[int, ...]) -> PermutationTest:
    place = {group: i for i, group in enumerate(compared)}
    label_of_cell = np.array([place.get(group, -1) for group in grouped.groups], dtype=np.int64)
    labels = label_of_cell[grouped.cells]
    rows = np.flatnonzero(labels >= 0)
    return spread_test(grouped.errors[metric][rows], labels[rows], grouped.codes[rows], permutations=permutations, seed=(*seed, 1))
