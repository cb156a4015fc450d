"""The part of the monitor page that asks whether the model is still right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.formatting import count_of, format_count, format_level, humanise
from shared.reporting.beside.marked_table import Gap, MarkedTable, gap_cell, gap_table
from shared.reporting.cells import value_cell
from shared.reporting.page import Cell, Table, Tone, make_table
from shared.run.artefacts.monitoring.record import ExpectedOutcome, MonitorRecord, OutcomeRecord

__all__ = ["Performance", "view_performance"]

_VERDICT_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "changed": "warn"}


@dataclass(frozen=True)
class Performance:
    """What the template lays out.

    Attributes:
        lead: What is measured.
        tables: Outcomes, and the estimate.
        forests: Gaps of groups, one for each attribute.
    """

    lead: str
    tables: tuple[Table, ...]
    forests: tuple[MarkedTable, ...]


def view_performance(record: MonitorRecord) -> Performance:
    """Outcomes and gaps of groups where labels are known, and the estimate without any.

    Args:
        record: What was found.
    """
    tables = []
    if record.expected:
        tables.append(_expected_table(record.expected, record.outcomes))
    if not record.outcomes:
        lead = (
            "No labels were given, so nothing below is measured on the new rows: the estimate says"
            " what the model itself expects."
        )
        if not record.expected:
            lead = "No labels were given, and without quantiles no error can be estimated."
        return Performance(lead, tuple(tables), ())
    tables.insert(0, _outcome_table(record))
    lead = (
        "Measured on the new rows with labels, beside the same number on the test split;"
        f" {format_level(record.confidence)} intervals count entities, not rows."
    )
    return Performance(lead, tuple(tables), _group_forests(record))


def _outcome_table(record: MonitorRecord) -> Table:
    columns = ("number", "#new", "#n", "#test split", "#n", "#difference", "found")
    return make_table("Outcomes", columns, [_outcome_row(one) for one in record.outcomes])


def _outcome_row(one: OutcomeRecord) -> tuple[str | Cell, ...]:
    tone = _VERDICT_TONES.get(one.verdict, "")
    unit = one.unit if one.unit == "share" else ""
    name = humanise(one.name) if not unit else one.name[:1].upper() + one.name[1:]
    return (
        Cell(name, "" if unit else one.unit),
        value_cell(one.new, unit),
        format_count(one.n),
        value_cell(one.reference, unit),
        format_count(one.reference_n),
        gap_cell(one.difference, unit, tone),
        Cell(one.verdict, tone=tone),
    )


def _expected_table(
    expected: Sequence[ExpectedOutcome], outcomes: Sequence[OutcomeRecord]
) -> Table:
    """Each number as estimated, and below as measured where labels are known."""
    known = {one.name: one.new for one in outcomes}
    rows: list[tuple[str | Cell, ...]] = []
    for one in expected:
        unit = one.unit if one.unit == "share" else ""
        name = one.name if unit else f"{one.name}, {one.unit}"
        rows.append(
            (
                Cell(f"{name[:1].upper()}{name[1:]}: estimated, without labels", one.how),
                value_cell(one.new, unit),
                value_cell(one.reference, unit),
            )
        )
        measured = value_cell(known.get(one.name), unit)
        rows.append(("Measured, with labels", measured, value_cell(one.measured, unit)))
    caption = f"Estimated performance. It assumes that {expected[0].assumes}."
    return make_table(caption, ("number", "#new", "#test split"), rows)


def _group_forests(record: MonitorRecord) -> tuple[MarkedTable, ...]:
    """One forest for each attribute: the group minus all other rows, in new rows."""
    forests = []
    for attribute in dict.fromkeys(one.attribute for one in record.groups):
        of_attribute = [one for one in record.groups if one.attribute == attribute]
        gaps = []
        for one in of_attribute:
            unit = one.unit if one.unit == "share" else ""
            value = value_cell(one.new, unit)
            before = gap_cell(one.reference_gap, unit)
            note = count_of(one.n, "new row", "new rows")
            gaps.append(Gap(one.group, note, one.gap, unit, "", (before, value)))
        caption = f"{humanise(attribute)}: {of_attribute[0].name} of a group minus all other rows"
        titles = ("group", "gap", "new gap", "gap in the test split", "in the group")
        forests.append(gap_table(caption, titles, gaps))
    return tuple(forests)
