"""Where a difference between groups of people enters: the data, the model, or the threshold.

Four views of the same groups, in the order in which a decision comes about:

1. representation: how much of each split is of the group;
2. labels: how often each class is true, over all splits. Unequal labels are in the data before
   anything is learnt;
3. model: whether scores order the examples of each group equally well (area under the ROC curve
   within the group), and whether confidence is right in each. The first does not depend on how
   common a class is, and neither depends on a threshold;
4. threshold: how often each class is predicted, and how much more often than it is true.

Each of the last three has a permutation test by entity of its largest difference, adjusted over all
attributes of people and steps. Suresh & Guttag (2021), "A framework for understanding sources of
harm", names more places; these are the ones that a run's files show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from shared.fairness.assessment_settings import AssessmentSettings
from shared.fairness.gaps.group_metric import GroupRate
from shared.fairness.gaps.parity import CriterionAssessment, Difference, differences
from shared.fairness.gaps.ranking import ranking_rates, ranking_test
from shared.fairness.gaps.representation import SplitShare, label_rates, label_test
from shared.fairness.groups.grouped_errors import SizedGroups
from shared.run.artefacts.fairness.rates import StepName
from shared.statistics.permutations.arrangements import PermutationTest
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["GapSources", "Step", "criterion_steps", "label_step", "ranking_step"]

_STEPS_OF_CRITERIA: tuple[tuple[StepName, str, tuple[str, ...]], ...] = (
    ("confidence", "calibration", ("calibration_gap",)),
    ("decisions", "demographic parity", ("selection_rate", "selection_excess")),
)
"""Steps that a criterion has tested already, and the rates that show them."""


@dataclass(frozen=True)
class Step:
    """One step at which a difference may enter.

    Attributes:
        name: Which.
        rates: What is compared.
        largest: The largest difference between two groups; None if nothing can be compared.
        test: Of that difference; None if it can't be made.
        reason: Why there is no test; empty if there is one.
    """

    name: StepName
    rates: list[GroupRate]
    largest: Difference | None
    test: PermutationTest | None
    reason: str


@dataclass(frozen=True)
class GapSources:
    """All views of one attribute.

    Attributes:
        representation: Each group's share of each split.
        steps: In the order in which a decision comes about.
    """

    representation: list[SplitShare]
    steps: list[Step]


def label_step(
    target: Categories,
    tables: Mapping[str, pd.DataFrame],
    attribute: str,
    groups: SizedGroups,
    settings: AssessmentSettings,
) -> Step:
    """Whether the classes themselves depend on the group.

    Args:
        target: Names the classes.
        tables: Split -> `splits/<split>.parquet`.
        attribute: Its name.
        groups: The attribute in the test split.
        settings: How groups are compared.
    """
    shown = [groups.sizes[cell].group for cell in groups.shown]
    rates = label_rates(target, tables, attribute, shown, settings)
    test, reason = label_test(target, tables, attribute, rates, settings)
    return Step("labels", rates, _largest(rates), test, reason)


def ranking_step(
    target: Categories, test: Predictions, groups: SizedGroups, settings: AssessmentSettings
) -> Step:
    """Whether scores order the examples of some groups better.

    Args:
        target: The kind of target.
        test: Finite scores beside the truth.
        groups: The attribute; its rows are those of `test`.
        settings: How groups are compared.
    """
    rates = ranking_rates(target, test, groups, settings.resampling)
    outcome, reason = ranking_test(target, test, groups.grouped, rates, settings.plan)
    return Step("ranking", rates, _largest(rates), outcome, reason)


def criterion_steps(
    rates: Sequence[GroupRate], parity: Sequence[CriterionAssessment]
) -> list[Step]:
    """The steps that parity criteria have tested already.

    Args:
        rates: Rates of the test split.
        parity: Criteria, of which calibration and demographic parity are steps.
    """
    by_name = {item.criterion.name: item for item in parity}
    steps = []
    for name, criterion, metrics in _STEPS_OF_CRITERIA:
        if criterion in by_name:
            tested = by_name[criterion]
            shown = [rate for rate in rates if rate.metric in metrics]
            steps.append(Step(name, shown, tested.largest, tested.test, tested.reason))
    return steps


def _largest(rates: Sequence[GroupRate]) -> Difference | None:
    return next(iter(differences(rates)), None)
