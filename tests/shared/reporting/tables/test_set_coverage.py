from __future__ import annotations

from shared.reporting.page import Table
from shared.reporting.tables.set_coverage import set_coverage_tables
from shared.run.artefacts.fairness.mitigations import (
    GroupSetsRecord,
    SetCoverageRecord,
    SetsRecord,
)
from shared.statistics.intervals import Estimate, Interval
from shared.statistics.shares import ShareEstimate
from tests.shared.changed import changed
from tests.shared.fairness.records.examples import ATTRIBUTE

_GROUP = GroupSetsRecord(
    group="islanders",
    num_val=12,
    reason="12 validation rows, of which 20 are needed for a threshold of its own",
    deployed=SetsRecord(
        coverage=ShareEstimate(n=140, num_entities=70, value=0.71, ci_low=0.62, ci_high=0.79),
        mean_size=Estimate.of(1.5, Interval(1.4, 1.62)),
    ),
    own=None,
)


def _tables(nominal: float, group: GroupSetsRecord) -> tuple[Table, ...]:
    sets = SetCoverageRecord(nominal=nominal, groups=(group,))
    return set_coverage_tables(changed(ATTRIBUTE, set_coverage=sets))


def test_coverage_below_nominal_is_said_in_words() -> None:
    (table,) = _tables(0.9, _GROUP)
    name, counts, held, size, own, _ = table.rows[0]
    assert (name.text, counts.text, counts.note, size.text) == (
        "islanders",
        "140",
        "validation 12",
        "1.50",
    )
    assert (held.tone, held.note) == ("bad", "62.0 to 79.0\N{NO-BREAK SPACE}%; below nominal")
    assert (own.text, own.note) == ("–", _GROUP.reason)


def test_sets_of_its_own_stand_beside_the_deployed_ones() -> None:
    (table,) = _tables(0.7, changed(_GROUP, reason="", own=_GROUP.deployed))
    row = table.rows[0]
    assert [row[3].text, row[5].text] == ["1.50", "1.50"]
    assert row[2] == row[4]
    assert row[2].tone == ""


def test_without_sets_there_is_no_table() -> None:
    assert set_coverage_tables(ATTRIBUTE) == ()
