"""`fairness.json`: who is served worse, how sure that is, and where it comes from."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.block import Block
from shared.run.artefacts.artefact import Artefact
from shared.run.artefacts.fairness.mitigations import MitigationRecord, SetCoverageRecord
from shared.run.artefacts.fairness.rates import (
    CriterionRecord,
    GapSourcesRecord,
    RateRecord,
    ReliabilityRecord,
)
from shared.statistics.intervals import Estimate

__all__ = [
    "About",
    "AssessmentRecord",
    "AttributeRecord",
    "EquivalenceRecord",
    "FairnessRecord",
    "FamiliesRecord",
    "FamilyRecord",
    "GroupRecord",
    "PowerRecord",
    "ReferenceRecord",
    "SpreadRecord",
    "Verdict",
]

About = Literal["people", "conditions"]
"""Whether groups are of people (then a gap is a question of fairness) or circumstances of examples
(then one of reliability)."""

Verdict = Literal["gap found", "equivalent within ε", "inconclusive", "not enough data"]


class ReferenceRecord(Block):
    """The group with which all others are compared.

    Attributes:
        group: Its name; None if there is none.
        is_named: Whether the configuration names it; else it is the largest.
    """

    group: str | None
    is_named: bool


class PowerRecord(Block):
    """What the data can say about the gap of a group to the pooled rest.

    Attributes:
        standard_error: Of the gap; None if it can't be estimated.
        equivalence_p_value: Of the null hypothesis that the gap reaches the margin.
        smallest_detectable_gap: What a test would find with the stated power; None if unknown.
        rows_needed: Rows that would settle the question; None if it can't be said.
    """

    standard_error: float | None
    equivalence_p_value: float
    smallest_detectable_gap: float | None
    rows_needed: int | None


class GroupRecord(Block):
    """One group's errors. The dictionaries are by metric, without those that can't be given.

    Attributes:
        group: The group.
        n: Its rows.
        num_entities: Entities among them.
        suppressed: Whether its numbers are withheld.
        reason: Why they are; empty if they are not.
        not_tested: Why it takes no part in tests; empty if it does.
        metrics: Mean errors.
        gaps: Signed, against the pooled rest.
        ratios: To the pooled rest.
        reference_gaps: Signed, against the reference group.
        reference_ratios: To the reference group.
        case_mix_gap: The gap of the first metric at equal shares of classes.
        power: What the data can say about the gap of the first metric.
    """

    group: str
    n: int
    num_entities: int
    suppressed: bool
    reason: str
    not_tested: str
    metrics: dict[str, Estimate]
    gaps: dict[str, Estimate]
    ratios: dict[str, Estimate]
    reference_gaps: dict[str, Estimate]
    reference_ratios: dict[str, Estimate]
    case_mix_gap: Estimate | None
    power: PowerRecord | None


class SpreadRecord(Block):
    """The test of the largest minus the smallest error.

    Attributes:
        metric: Which error.
        value: The largest minus the smallest; never negative, so without an interval.
        p_value: Of the permutation test.
        p_adjusted: After adjustment for the family (Holm).
        p_adjusted_discovery: After adjustment for the family (Benjamini-Hochberg).
        permutations: Random arrangements drawn.
    """

    metric: str
    value: float
    p_value: float
    p_adjusted: float
    p_adjusted_discovery: float
    permutations: int


class EquivalenceRecord(Block):
    """The test of whether every gap is below the margin.

    Attributes:
        margin: ε: gaps below it do not matter.
        p_value: Of two one-sided tests, the largest over the groups.
        p_adjusted: After adjustment for the family (Holm).
    """

    margin: float
    p_value: float
    p_adjusted: float


class AssessmentRecord(Block):
    """One attribute, or pair of attributes.

    Attributes:
        attribute: Its name.
        about: What its groups are groups of.
        verdict: What the tests amount to.
        explanation: The same in words.
        note: Why there is nothing to compare; empty if there is.
        remarks: Sentences about single groups.
        reference: The group with which others are compared; None if nothing could be measured.
        groups: Errors by group, the unknown last.
        spread: None without a test.
        equivalence: None without a test.
        worst_group: The group with the highest error; None if fewer than two have one.
        worst: Its error.
        largest_compatible_gap: The largest gap, of either sign, that the intervals leave possible;
            None if any group lacks one.
        smallest_detectable_gap: What would have been found for every group; None if unknown.
        rows_needed: What would settle the question for every group; None if unknown.
        rates: Further rates by group.
        parity: Criteria that want these rates to be equal.
        reliability: Calibration error by group; empty where there are no classes.
        gap_sources: Where a difference enters; None for conditions, pairs and forecasts.
    """

    attribute: str
    about: About
    verdict: Verdict
    explanation: str
    note: str
    remarks: tuple[str, ...]
    reference: ReferenceRecord | None
    groups: tuple[GroupRecord, ...]
    spread: SpreadRecord | None
    equivalence: EquivalenceRecord | None
    worst_group: str | None
    worst: Estimate | None
    largest_compatible_gap: float | None
    smallest_detectable_gap: float | None
    rows_needed: int | None
    rates: tuple[RateRecord, ...]
    parity: tuple[CriterionRecord, ...]
    reliability: tuple[ReliabilityRecord, ...]
    gap_sources: GapSourcesRecord | None


class AttributeRecord(AssessmentRecord):
    """One attribute.

    Attributes:
        mitigations: Ways to close its gaps; empty where none can be compared.
        set_coverage: Conformal sets by group; None where there are none.
    """

    mitigations: tuple[MitigationRecord, ...]
    set_coverage: SetCoverageRecord | None


class FamilyRecord(Block):
    """How many tests each question of a family is adjusted for.

    Attributes:
        method: Of the adjustment that verdicts rest on.
        size: Attributes whose errors are tested.
        parity_size: Criteria that are tested.
        gap_sources_size: Steps that are tested.
        alpha: Level of each of the three.
        discovery_method: Of the weaker adjustment, for looking around.
    """

    method: Literal["Holm"] = "Holm"
    size: int
    parity_size: int
    gap_sources_size: int
    alpha: float
    discovery_method: Literal["Benjamini-Hochberg"] = "Benjamini-Hochberg"


class FamiliesRecord(Block):
    """The families that attributes are tested in.

    Attributes:
        people: Attributes of people.
        conditions: Attributes of circumstances.
    """

    people: FamilyRecord
    conditions: FamilyRecord

    def of(self, about: About) -> FamilyRecord:
        """The family of attributes of one subject."""
        return self.people if about == "people" else self.conditions


class FairnessRecord(Artefact):
    """What the fairness stage found.

    Attributes:
        split: Of which predictions.
        n: Its rows.
        num_entities: Its entities.
        metric: The error that is tested.
        metrics: All errors that are compared.
        confidence: Level of all intervals.
        resamples: Bootstrap resamples.
        permutations: Random arrangements of each test at most; fewer where that decides it.
        min_group_size: Rows below which a group, or a rate's denominator, is not tested.
        privacy_group_size: Rows below which it gives no number; 0 for none.
        margin: ε: gaps below it do not matter.
        power: Of detectable gaps and needed sizes.
        families: Those of single attributes.
        attributes: Those of people, then those of conditions.
        intersection_family: That of pairs of attributes.
        intersections: Pairs of attributes.
        notes: Sentences about all of it.
    """

    file: ClassVar[str] = "fairness.json"
    maker: ClassVar[str] = "fairness"

    schema_version: Literal[3] = 3
    split: Literal["test"] = "test"
    n: int
    num_entities: int
    metric: str
    metrics: tuple[str, ...]
    confidence: float
    resamples: int
    permutations: int
    min_group_size: int
    privacy_group_size: int
    margin: float
    power: float
    families: FamiliesRecord
    attributes: tuple[AttributeRecord, ...]
    intersection_family: FamilyRecord
    intersections: tuple[AssessmentRecord, ...]
    notes: tuple[str, ...]
