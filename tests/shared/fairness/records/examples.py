"""A record of `fairness.json` for tests that look at a few of its fields."""

from __future__ import annotations

from shared.run.artefacts.fairness.record import (
    AttributeRecord,
    FairnessRecord,
    FamiliesRecord,
    FamilyRecord,
    GroupRecord,
)

__all__ = ["ATTRIBUTE", "GROUP", "RECORD"]

ATTRIBUTE = AttributeRecord(
    attribute="sex",
    about="people",
    verdict="inconclusive",
    explanation="",
    note="",
    remarks=(),
    reference=None,
    groups=(),
    spread=None,
    equivalence=None,
    worst_group=None,
    worst=None,
    largest_compatible_gap=None,
    smallest_detectable_gap=None,
    rows_needed=None,
    rates=(),
    parity=(),
    reliability=(),
    gap_sources=None,
    mitigations=(),
    set_coverage=None,
)
"""One attribute of which nothing is known."""

GROUP = GroupRecord(
    group="light",
    n=200,
    num_entities=200,
    suppressed=False,
    reason="",
    not_tested="",
    metrics={},
    gaps={},
    ratios={},
    reference_gaps={},
    reference_ratios={},
    case_mix_gap=None,
    power=None,
)
"""One group without numbers, which may be tested."""

_FAMILY = FamilyRecord(size=1, parity_size=0, gap_sources_size=0, alpha=0.05)

RECORD = FairnessRecord(
    n=160,
    num_entities=80,
    metric="error",
    metrics=("error",),
    confidence=0.95,
    resamples=200,
    permutations=999,
    min_group_size=20,
    privacy_group_size=0,
    margin=0.05,
    power=0.8,
    families=FamiliesRecord(people=_FAMILY, conditions=_FAMILY),
    attributes=(ATTRIBUTE,),
    intersection_family=_FAMILY,
    intersections=(),
    notes=(),
)
"""All about it."""
