from __future__ import annotations

from typing import Any

from shared.reporting.tables.mitigations import mitigations_chart, mitigations_table
from shared.run.artefacts.fairness.mitigations import (
    MitigationRecord,
    OutcomeOnTestRecord,
    OutcomeOnValRecord,
    SmallRateRecord,
    WorstGroupRecord,
)
from shared.run.artefacts.fairness.record import AttributeRecord
from shared.statistics.intervals import Estimate, Interval
from tests.shared.changed import changed
from tests.shared.fairness.records.examples import ATTRIBUTE


def mitigation(method: str, **changes: Any) -> MitigationRecord:
    worst = WorstGroupRecord(group="m", accuracy=0.7, n=40)
    val = OutcomeOnValRecord(
        balanced_accuracy=0.9,
        equalised_odds_difference=0.3,
        worst_group=worst,
        small_rates=(),
    )
    accuracy = Estimate.of(0.88, Interval(0.85, 0.91))
    record = MitigationRecord(
        method=method,
        strength=None,
        needs_group=False,
        chosen=False,
        chosen_without_group=False,
        val=val,
        test=OutcomeOnTestRecord(**dict(val) | {"balanced_accuracy": accuracy}),
    )
    return changed(record, **changes)


def entry(*mitigations: MitigationRecord) -> AttributeRecord:
    return changed(ATTRIBUTE, mitigations=mitigations)


ENTRY = entry(
    mitigation("as deployed"),
    mitigation("logit adjustment by group", strength=0.5, needs_group=True, chosen=True),
    mitigation("trained with group DRO", chosen_without_group=True),
)


def cells(row: int) -> dict[str, tuple[str, str]]:
    table = mitigations_table(ENTRY)
    return {
        column.title: (cell.text, cell.note)
        for column, cell in zip(table.columns, table.rows[row], strict=True)
    }


def test_what_each_mitigation_needs_closes_and_costs_is_told_before_and_after() -> None:
    assert [cells(row)["Needs the group"][0] for row in range(3)] == ["no", "yes", "no"]
    told = cells(2)
    assert told["Accuracy of the worst group, test"] == ("70.0\xa0%", "m, n = 40")
    assert (told["Balanced accuracy, validation"], told["Balanced accuracy, test"]) == (
        ("90.0\xa0%", ""),
        ("88.0\xa0%", "85.0 to 91.0\xa0%"),
    )


def test_two_choices_are_marked_that_of_all_and_that_of_those_that_need_no_group() -> None:
    assert [cells(row)["Decisions"][1] for row in range(3)] == [
        "",
        "chosen on validation",
        "chosen on validation among those that need no group",
    ]


def test_a_worst_group_that_is_not_known_is_not_a_number() -> None:
    unknown = mitigation("as deployed")
    unknown = changed(unknown, test=changed(unknown.test, worst_group=None))
    row = mitigations_table(entry(unknown)).rows[0]
    assert ("–", "every group is too small") in [(cell.text, cell.note) for cell in row]


def test_groups_and_rates_of_few_rows_are_named_with_their_counts() -> None:
    estimate = {"value": 8 / 18, "ci_low": 0.25, "ci_high": 0.66, "n": 18, "num_entities": 18}
    accuracy = SmallRateRecord(**estimate, group="x", metric="accuracy", of_class=None)
    recalls = [
        SmallRateRecord(**estimate | {"value": value}, group="x", metric="recall", of_class=name)
        for name, value in (("a", 1.0), ("b", 8 / 18), ("c", 0.5))
    ]
    known = mitigation("as deployed")
    test = changed(known.test, small_rates=(accuracy, *recalls))
    row = mitigations_table(entry(changed(known, test=test))).rows[0]
    notes = [cell.note for cell in row]
    assert (
        "not compared: x, recall of b: 8 of 18 (25.0 to 66.0\xa0%);"
        " x, recall of c: 9 of 18 (25.0 to 66.0\xa0%) and 1 more in fairness.json"
    ) in notes
    assert "m, n = 40; not compared: x, accuracy: 8 of 18 (25.0 to 66.0\xa0%)" in notes


def test_the_drawing_tells_which_mitigations_need_the_group() -> None:
    chart = mitigations_chart(ENTRY)
    assert chart is not None
    assert "Hollow: the group is needed to decide" in chart.figure.title
    assert [row.dot.is_hollow for row in chart.plot.rows] == [False, True, False]
    assert "trained with group DRO" in chart.figure.describe
