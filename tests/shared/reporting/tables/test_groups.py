from __future__ import annotations

import pytest

from shared.reporting.tables.groups import comparison_table, groups_table
from shared.run.artefacts.fairness.record import (
    AttributeRecord,
    GroupRecord,
    ReferenceRecord,
    Verdict,
)
from shared.statistics.intervals import Estimate, Interval
from tests.shared.changed import changed
from tests.shared.fairness.records.examples import ATTRIBUTE, RECORD

_UNITS = {"error": "share"}


def _entry(verdict: Verdict) -> AttributeRecord:
    gap = Estimate.of(0.094, Interval(0.01, 0.18))
    ratio = Estimate.of(1.9, Interval(1.1, 3.0))
    men = GroupRecord(
        group="men",
        n=80,
        num_entities=40,
        suppressed=False,
        reason="",
        not_tested="",
        metrics={"error": Estimate.of(0.2, Interval(0.12, 0.3))},
        gaps={"error": gap},
        ratios={"error": ratio},
        reference_gaps={"error": gap},
        reference_ratios={"error": ratio},
        case_mix_gap=gap,
        power=None,
    )
    reference = ReferenceRecord(group="women", is_named=False)
    return changed(ATTRIBUTE, verdict=verdict, groups=[men], reference=reference)


@pytest.mark.parametrize(("verdict", "tone"), [("gap found", "bad"), ("inconclusive", "")])
def test_a_gap_is_red_only_where_the_attribute_s_test_found_one(
    verdict: Verdict, tone: str
) -> None:
    entry = _entry(verdict)
    (shown,) = groups_table(entry, RECORD, _UNITS).rows
    assert [cell.tone for cell in shown[3:5]] == [tone, tone]
    (table,) = comparison_table(entry, RECORD, _UNITS)
    assert [cell.tone for cell in table.rows[0][1:]] == [tone] * 4
