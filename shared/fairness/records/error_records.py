"""The errors of one attribute's groups as records."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from shared.contract import UNKNOWN
from shared.fairness.gaps.errors import AdjustedErrors, ErrorAssessment
from shared.fairness.gaps.group_metric import Comparison, GroupRate
from shared.fairness.groups.grouped_errors import GroupSize
from shared.run.artefacts.fairness.record import (
    EquivalenceRecord,
    GroupRecord,
    PowerRecord,
    SpreadRecord,
)
from shared.statistics.equivalence import GapPower
from shared.statistics.intervals import Estimate, number_or_none

__all__ = ["Extremes", "equivalence_record", "group_record", "spread_record"]

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Extremes:
    """The group with the highest error, and the least that is known of any gap.

    Attributes:
        worst_group: The group with the highest error; None if fewer than two have one.
        worst: Its error.
        largest_compatible_gap: Of either sign, what the intervals leave possible; None if a group
            lacks an interval.
        smallest_detectable_gap: What would have been found for every group; None if unknown.
        rows_needed: What would settle the question for every group; None if unknown.
    """

    worst_group: str | None = None
    worst: Estimate | None = None
    largest_compatible_gap: float | None = None
    smallest_detectable_gap: float | None = None
    rows_needed: int | None = None

    @classmethod
    def of(cls, errors: ErrorAssessment) -> Extremes:
        """Look over all groups."""
        values = errors.of("value", errors.metric)
        known = [
            (estimate.value, group)
            for group, estimate in values.items()
            if group != UNKNOWN and estimate.value is not None
        ]
        worst_group = max(known)[1] if len(known) > 1 else None
        detectable = max(
            (power.smallest_detectable for power in errors.power.values()), default=math.nan
        )
        return cls(
            worst_group=worst_group,
            worst=None if worst_group is None else values[worst_group],
            largest_compatible_gap=_largest_compatible_gap(errors),
            smallest_detectable_gap=number_or_none(detectable),
            rows_needed=_largest_of_all([power.rows_needed for power in errors.power.values()]),
        )


_FIELDS: dict[str, Comparison] = {
    "metrics": "value",
    "gaps": "gap to rest",
    "ratios": "ratio to rest",
    "reference_gaps": "gap to reference",
    "reference_ratios": "ratio to reference",
}
"""Field of a `GroupRecord` -> what it holds, by metric."""


def group_record(size: GroupSize, errors: ErrorAssessment) -> GroupRecord:
    """One group, with its numbers or the reason why there are none."""
    rates = [rate for rate in errors.rates if rate.group == size.group]
    power = errors.power.get(size.group)
    return GroupRecord(
        group=size.group,
        n=size.num_rows,
        num_entities=size.num_entities,
        suppressed=bool(size.suppressed),
        reason=size.suppressed,
        not_tested=size.not_tested,
        **{field: _by_metric(rates, comparison) for field, comparison in _FIELDS.items()},
        case_mix_gap=errors.case_mix.get(size.group),
        power=_power_record(power),
    )


def spread_record(errors: ErrorAssessment, adjusted: AdjustedErrors | None) -> SpreadRecord | None:
    """The test of the largest minus the smallest error; None if there is none."""
    if errors.test is None or adjusted is None:
        return None
    return SpreadRecord(
        metric=errors.metric,
        value=errors.test.spread,
        p_value=errors.test.p_value,
        p_adjusted=adjusted.gap,
        p_adjusted_discovery=adjusted.gap_discovery,
        permutations=errors.test.permutations,
    )


def equivalence_record(
    errors: ErrorAssessment, adjusted: AdjustedErrors | None, margin: float
) -> EquivalenceRecord | None:
    """The test of whether every gap is below the margin; None if there is none."""
    if adjusted is None:
        return None
    return EquivalenceRecord(
        margin=margin, p_value=errors.equivalence_p_value, p_adjusted=adjusted.equivalence
    )


def _by_metric(rates: Sequence[GroupRate], comparison: Comparison) -> dict[str, Estimate]:
    return {
        rate.metric: rate.estimates[comparison] for rate in rates if comparison in rate.estimates
    }


def _power_record(power: GapPower | None) -> PowerRecord | None:
    if power is None:
        return None
    return PowerRecord(
        standard_error=number_or_none(power.standard_error),
        equivalence_p_value=power.equivalence_p_value,
        smallest_detectable_gap=number_or_none(power.smallest_detectable),
        rows_needed=power.rows_needed,
    )


def _largest_compatible_gap(errors: ErrorAssessment) -> float | None:
    gaps = errors.of("gap to rest", errors.metric).values()
    intervals = [gap.interval for gap in gaps]
    return _largest_of_all(
        [
            None if interval is None else max(abs(interval.low), abs(interval.high))
            for interval in intervals
        ]
    )


def _largest_of_all(values: Sequence[Number | None]) -> Number | None:
    """None if any is unknown, or if there is none."""
    known = [value for value in values if value is not None]
    return max(known) if known and len(known) == len(values) else None
