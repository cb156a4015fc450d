"""The errors of one attribute's groups: their gaps, the test, and what all that amounts to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from shared.fairness.assessment_settings import AssessmentSettings
from shared.fairness.gaps.error_gaps import CaseMix, case_mix_statistic, compare_errors, weigh_gaps
from shared.fairness.gaps.group_metric import Comparison, GroupRate
from shared.fairness.groups.grouped_errors import SizedGroups
from shared.run.artefacts.fairness.record import Verdict
from shared.statistics.bootstrap import estimates
from shared.statistics.equivalence import GapPower
from shared.statistics.intervals import Estimate
from shared.statistics.permutations.arrangements import PermutationTest
from shared.statistics.permutations.permutation import spread_test, too_few_arrangements
from shared.statistics.significance import benjamini_hochberg, holm

__all__ = ["AdjustedErrors", "ErrorAssessment", "adjust", "assess_errors", "judge"]


@dataclass(frozen=True)
class AdjustedErrors:
    """One attribute's p-values after adjustment for its family.

    Attributes:
        gap: Of the largest difference (Holm).
        gap_discovery: The same (Benjamini-Hochberg).
        equivalence: Of equivalence (Holm).
    """

    gap: float
    gap_discovery: float
    equivalence: float


@dataclass(frozen=True)
class ErrorAssessment:
    """The errors by group, before the other attributes' tests are taken into account.

    Attributes:
        rates: Per metric and group: the mean error, beside those of the others.
        case_mix: Group -> gap of the first metric at equal class shares; empty where there are no
            classes.
        power: Group -> what the data can say about the gap of the first metric; empty if there
            is no test.
        test: Of the first metric's largest minus smallest error; None if it can't be made.
        reason: Why there is no test; empty if there is one.
    """

    rates: list[GroupRate]
    case_mix: Mapping[str, Estimate]
    power: Mapping[str, GapPower]
    test: PermutationTest | None
    reason: str

    @property
    def metric(self) -> str:
        """The error that is tested."""
        return self.rates[0].metric

    @property
    def equivalence_p_value(self) -> float:
        """Of the null hypothesis that any group's gap reaches the margin.

        The largest, because all must be refused (Berger 1982).
        """
        return max((gap.equivalence_p_value for gap in self.power.values()), default=1.0)

    def of(self, comparison: Comparison, metric: str) -> dict[str, Estimate]:
        """Group -> estimate, for the groups that have one."""
        return {
            rate.group: rate.estimates[comparison]
            for rate in self.rates
            if rate.metric == metric and comparison in rate.estimates
        }


def assess_errors(
    groups: SizedGroups, mix: CaseMix | None, settings: AssessmentSettings
) -> ErrorAssessment:
    """Measure the errors of one attribute with at least one known group.

    Args:
        groups: Row errors by group; the first metric is the one that is tested.
        mix: Classes for the case-mix view; None where there are none.
        settings: How groups are compared.
    """
    metric = next(iter(groups.grouped.errors))
    rates = compare_errors(groups, settings.resampling)
    measured = ErrorAssessment(rates, case_mix={}, power={}, test=None, reason="")
    if len(groups.tested) < 2:
        return replace(measured, reason="No two groups are large enough to be compared.")
    if mix is not None:
        statistic = case_mix_statistic(groups, metric, mix)
        case_mix = estimates([statistic], groups.grouped.num_entities, settings.resampling)
        measured = replace(measured, case_mix=case_mix)
    test = _test(groups, metric, settings)
    reason = too_few_arrangements(test, settings.alpha)
    if reason:
        return replace(measured, reason=reason)
    power = weigh_gaps(
        groups,
        metric,
        margin=settings.margin,
        # Bonferroni: Holm's level depends on p-values that are not known before the tests.
        alpha=settings.alpha / max(1, settings.family_size),
        resampling=settings.resampling,
    )
    return replace(measured, power=power, test=test)


def adjust(errors: Mapping[str, ErrorAssessment]) -> dict[str, AdjustedErrors]:
    """Adjust the p-values of one family; attributes without a test are not part of it."""
    tests = {name: found.test for name, found in errors.items() if found.test is not None}
    gaps = np.array([test.p_value for test in tests.values()])
    equivalence = np.array([errors[name].equivalence_p_value for name in tests])
    columns = zip(
        holm(gaps).tolist(),
        benjamini_hochberg(gaps).tolist(),
        holm(equivalence).tolist(),
        strict=True,
    )
    adjusted = (AdjustedErrors(*p_values) for p_values in columns)
    return dict(zip(tests, adjusted, strict=True))


def judge(errors: ErrorAssessment, adjusted: AdjustedErrors | None, alpha: float) -> Verdict:
    """The verdict at family-wise level `alpha`.

    A gap that is found is reported even if it is shown to be smaller than the margin as well. Where
    neither is shown, more data are needed: finding no gap is not evidence of none.
    """
    if errors.test is None or adjusted is None:
        return "not enough data"
    if adjusted.gap <= alpha:
        return "gap found"
    return "equivalent within ε" if adjusted.equivalence <= alpha else "inconclusive"


def _test(groups: SizedGroups, metric: str, settings: AssessmentSettings) -> PermutationTest:
    compared = [groups.sizes[cell].group for cell in groups.tested]
    rows, labels = groups.grouped.among(compared)
    return spread_test(
        groups.grouped.errors[metric][rows],
        labels,
        groups.grouped.codes[rows],
        permutations=settings.permutations,
        level=settings.alpha,
        seed=settings.of_stream(1).plan.seed,
    )
