"""The blocks of `fairness.json` about conformal sets by group and about mitigations."""

from __future__ import annotations

from typing import Literal

from shared.block import Block
from shared.statistics.intervals import Estimate
from shared.statistics.shares import ShareEstimate

__all__ = [
    "GroupSetsRecord",
    "MitigationRecord",
    "OutcomeOnTestRecord",
    "OutcomeOnValRecord",
    "SetCoverageRecord",
    "SetsRecord",
    "SmallRateRecord",
    "WorstGroupRecord",
]


class SetsRecord(Block):
    """Conformal sets of one group's rows.

    Attributes:
        coverage: How often they hold the true class.
        mean_size: Classes in them.
    """

    coverage: ShareEstimate
    mean_size: Estimate


class GroupSetsRecord(Block):
    """Conformal sets of one group.

    Attributes:
        group: The group.
        num_val: Its validation rows.
        reason: Why it has no sets of its own; empty if it has.
        deployed: With the thresholds of everybody.
        own: With thresholds of the group's own; None if it has none.
    """

    group: str
    num_val: int
    reason: str
    deployed: SetsRecord
    own: SetsRecord | None


class SetCoverageRecord(Block):
    """Conformal sets by group.

    Attributes:
        nominal: The share of sets that are to hold the true class.
        groups: Those that are large enough to speak of.
    """

    nominal: float
    groups: tuple[GroupSetsRecord, ...]


class WorstGroupRecord(Block):
    """The group with the lowest accuracy under a mitigation.

    Attributes:
        group: The group.
        accuracy: Share of its rows that are right.
        n: Its rows.
    """

    group: str
    accuracy: float
    n: int


class SmallRateRecord(ShareEstimate):
    """A rate of a group under a mitigation, of too few rows to be compared.

    Attributes:
        group: The group.
        metric: "accuracy", "recall" or "false_positive_rate".
        of_class: The class it is about; None if it is about all.
    """

    group: str
    metric: Literal["accuracy", "recall", "false_positive_rate"]
    of_class: str | None


class OutcomeOnValRecord(Block):
    """What a mitigation leads to on validation, where it is chosen.

    Attributes:
        balanced_accuracy: Of all rows; None if it is undefined.
        equalised_odds_difference: Largest difference of two groups; None if it can't be told.
        worst_group: None if every group is too small.
        small_rates: Rates that neither of the two includes.
    """

    balanced_accuracy: float | None
    equalised_odds_difference: float | None
    worst_group: WorstGroupRecord | None
    small_rates: tuple[SmallRateRecord, ...]


class OutcomeOnTestRecord(Block):
    """What a mitigation leads to on the test split.

    Attributes:
        balanced_accuracy: Of all rows, with its interval.
        equalised_odds_difference: Largest difference of two groups; None if it can't be told.
        worst_group: None if every group is too small.
        small_rates: Rates that neither of the two includes.
    """

    balanced_accuracy: Estimate
    equalised_odds_difference: float | None
    worst_group: WorstGroupRecord | None
    small_rates: tuple[SmallRateRecord, ...]


class MitigationRecord(Block):
    """One way to close a gap.

    Attributes:
        method: Its name.
        strength: Of the adjustment; None where it has none.
        needs_group: Whether the group must be known to predict.
        chosen: Whether validation prefers it.
        chosen_without_group: Whether validation prefers it among those that need no group.
        val: Its outcome on validation.
        test: Its outcome on the test split.
    """

    method: str
    strength: float | None
    needs_group: bool
    chosen: bool
    chosen_without_group: bool
    val: OutcomeOnValRecord
    test: OutcomeOnTestRecord
