"""The blocks of `fairness.json` about rates, criteria, calibration and gap sources."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from shared.block import Block
from shared.statistics.intervals import Estimate

__all__ = [
    "CriterionRecord",
    "CurvePointRecord",
    "DifferenceRecord",
    "GapSourcesRecord",
    "PermutationTestRecord",
    "RateRecord",
    "ReliabilityRecord",
    "SplitShareRecord",
    "StepName",
    "StepRecord",
]

StepName = Literal["labels", "ranking", "confidence", "decisions"]


class _OfClass(Block):
    """A block with the key `class`, which is no name in Python.

    Attributes:
        of_class: The class it is about; None if it is about all.
    """

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    of_class: str | None = Field(alias="class")


class RateRecord(_OfClass):
    """One number of one group, beside those of the others.

    Attributes:
        metric: Its name, for example "recall".
        group: The group.
        n: Rows in the denominator.
        num_entities: Entities among them.
        reason: Why no number is given; empty if one is.
        not_tested: Why it takes no part in tests; empty if it does.
        estimate: The group's own number.
        gap: Signed, against the pooled rest.
        ratio: To the pooled rest.
        reference_gap: Signed, against the reference group.
        reference_ratio: To the reference group.
    """

    metric: str
    group: str
    n: int
    num_entities: int
    reason: str
    not_tested: str
    estimate: Estimate | None
    gap: Estimate | None
    ratio: Estimate | None
    reference_gap: Estimate | None
    reference_ratio: Estimate | None


class DifferenceRecord(_OfClass):
    """The largest difference of two groups in one rate.

    Attributes:
        metric: The rate.
        difference: The larger value minus the smaller.
        lowest: The group with the smaller value.
        highest: The group with the larger value.
    """

    metric: str
    difference: float
    lowest: str
    highest: str


class PermutationTestRecord(Block):
    """A permutation test.

    Attributes:
        p_value: Before adjustment.
        p_adjusted: After adjustment for the family (Holm).
        permutations: Random arrangements drawn.
    """

    p_value: float
    p_adjusted: float | None
    permutations: int


class CriterionRecord(Block):
    """One parity criterion.

    Attributes:
        criterion: Its name.
        num_rates: Rates that it wants to be equal.
        num_compared: Those of them that at least two groups have.
        largest: The largest difference in any of them; None if nothing can be compared.
        test: Of that difference; None if it can't be made.
        reason: Why there is no test; empty if there is one.
    """

    criterion: str
    num_rates: int
    num_compared: int
    largest: DifferenceRecord | None
    test: PermutationTestRecord | None
    reason: str


class CurvePointRecord(Block):
    """One bin of a group's reliability curve.

    Attributes:
        n: Rows in the bin.
        confidence: Their mean confidence.
        correct: The share of them that is correct.
        ci_low: Lower end of that share's interval.
        ci_high: Upper end of that share's interval.
    """

    n: int
    confidence: float
    correct: float
    ci_low: float | None
    ci_high: float | None


class ReliabilityRecord(Block):
    """One group's calibration error.

    Attributes:
        group: The group.
        n: Its rows.
        ece: Expected calibration error over bins of equal mass.
        curve: Empty if bins would hold too few rows.
    """

    group: str
    n: int
    ece: Estimate | None
    curve: tuple[CurvePointRecord, ...]


class SplitShareRecord(Estimate):
    """A group's share of the rows of one split.

    Attributes:
        split: train, val or test.
        group: The group.
        n: Its rows.
        num_entities: Entities among them.
    """

    split: str
    group: str
    n: int
    num_entities: int


class StepRecord(Block):
    """One step of a prediction at which a difference may enter.

    Attributes:
        step: Which.
        differs: Whether the groups differ there; None if that can't be told.
        sentence: The same in words.
        largest: The largest difference between two groups; None if nothing can be compared.
        test: Of that difference; None if it can't be made.
        rates: What is compared.
    """

    step: StepName
    differs: bool | None
    sentence: str
    largest: DifferenceRecord | None
    test: PermutationTestRecord | None
    rates: tuple[RateRecord, ...]


class GapSourcesRecord(Block):
    """Where a difference between groups of people enters.

    Attributes:
        representation: Each group's share of each split.
        steps: In the order in which a prediction comes about.
    """

    representation: tuple[SplitShareRecord, ...]
    steps: tuple[StepRecord, ...]
